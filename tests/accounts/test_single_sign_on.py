"""Signing in with an identity provider: the first time, again, linked to an account, with roles; and when it fails."""

from __future__ import annotations

import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.conftest import token_of
from tests.identity_provider import Provider, address_in, rsa_key, serving
from webapp.accounts import service
from webapp.accounts.models import Session, User
from webapp.accounts.single_sign_on import client as provider_client
from webapp.accounts.single_sign_on import fetching
from webapp.accounts.single_sign_on.models import BegunSignIn, Identity
from webapp.audit.models import AuditEntry
from webapp.database import db

PASSWORD = "correct horse battery"
BACK = "/sign-in/with/school/back"


@pytest.fixture
def app(make_app: Any, provider: Provider) -> Flask:
    """The app with a school that signs people in."""
    return make_app(oidc=(provider.settings(),))


@pytest.fixture
def with_school(app: Flask, provider: Provider) -> Any:
    """Changes how the school is set."""

    def change(**settings: Any) -> None:
        from dataclasses import replace

        app.config["SETTINGS"] = replace(app.config["SETTINGS"], oidc=(provider.settings(**settings),))

    return change


def way_there(client: FlaskClient, path: str = "/sign-in/with/school", page: str = "/sign-in", **data: Any) -> str:
    sent = client.post(path, data={"csrf_token": token_of(client.get(page).text), **data})
    assert sent.status_code == 200, sent.text
    return address_in(sent.text)


def come_back(client: FlaskClient, provider: Provider, subject: str = "ada", data: Any = None, **claims: Any) -> Any:
    """To the provider and back: the answer of the app."""
    address = way_there(client, **(data or {}))
    return client.get(BACK, query_string=provider.authorize(address, subject, **claims))


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"the page has no {name}"
    return found[1]


def make_account(client: FlaskClient, page: Any, **data: Any) -> Any:
    fields = {"csrf_token": token_of(page.text), "pending": hidden(page.text, "pending"), "name": "Ada Learner"}
    return client.post("/sign-in/with/school/account", data=fields | data)


def enter_first(client: FlaskClient, provider: Provider, subject: str = "ada", **claims: Any) -> None:
    done = make_account(client, come_back(client, provider, subject, **claims))
    assert done.status_code == 303, done.text


def person(app: Flask, subject: str = "ada") -> User:
    query = select(User).join(Identity, Identity.user_id == User.id).where(Identity.subject == subject)
    return db.session.scalars(query).one()


# --- the first time, and again ----------------------------------------------------------------------------------------


def test_the_sign_in_page_offers_the_school_and_leads_there_without_a_script(
    client: FlaskClient, provider: Provider
) -> None:
    page = client.get("/sign-in").text
    assert "Sign in with School" in page
    assert 'formaction="/sign-in/with/school"' in page
    address = way_there(client)
    assert address.startswith(f"{provider.address}/authorize?")
    for part in ("response_type=code", "scope=openid", "code_challenge_method=S256", "nonce=", "state="):
        assert part in address


def test_a_first_sign_in_asks_and_makes_an_account_and_the_next_one_enters_it(
    app: Flask, client: FlaskClient, provider: Provider
) -> None:
    page = come_back(client, provider, name="Ada Lovelace", email="ada@example.org", email_verified=True)
    assert page.status_code == 200
    assert "Ada Lovelace" in page.text
    assert "ada@example.org" in page.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 0
    assert make_account(client, page, name="Ada L.").status_code == 303
    assert client.get("/account").status_code == 200
    other = app.test_client()
    again = come_back(other, provider, data={"next": "/review"})
    assert (again.status_code, again.location) == (303, "/review")
    assert "Ada L." in other.get("/account").text
    with app.app_context():
        user = person(app)
        assert (user.password_hash, user.email, user.username, user.origin) == (None, None, None, "oidc")
        assert db.session.scalar(select(func.count()).select_from(Identity)) == 1


def test_a_subject_alone_is_enough(app: Flask, client: FlaskClient, provider: Provider) -> None:
    page = come_back(client, provider, "0")
    assert hidden(page.text, "pending")
    assert make_account(client, page, name="Somebody", email="").status_code == 303
    with app.app_context():
        assert person(app, "0").name == "Somebody"


def test_the_same_e_mail_address_joins_nothing(
    app: Flask, client: FlaskClient, provider: Provider, make_user: Any
) -> None:
    there = make_user(name="Ada Before", username=None, email="ada@example.org")
    page = come_back(client, provider, email="ada@example.org", email_verified=True)
    assert page.status_code == 200
    taken = make_account(client, page, email="ada@example.org")
    assert taken.status_code == 422
    assert "sign in and link" in taken.text
    assert make_account(client, taken, email="").status_code == 303
    with app.app_context():
        assert person(app).id != there


def test_the_same_subject_of_another_issuer_is_somebody_else(
    app: Flask, client: FlaskClient, provider: Provider, clock: Any
) -> None:
    enter_first(client, provider)
    with serving(clock) as other:
        from dataclasses import replace

        app.config["SETTINGS"] = replace(app.config["SETTINGS"], oidc=(other.settings(),))
        page = come_back(app.test_client(), other)
        assert "New here?" in page.text


def test_what_was_done_as_a_guest_stays(app: Flask, client: FlaskClient, provider: Provider, sign_in: Any) -> None:
    with app.app_context():
        guest = service.create_guest(now=app.config["CLOCK"]()).id
        db.session.commit()
    sign_in(client, guest)
    enter_first(client, provider)
    with app.app_context():
        assert person(app).id == guest
        assert person(app).role == "learner"
        second = service.create_guest(now=app.config["CLOCK"]()).id
        db.session.commit()
    other = sign_in(app.test_client(), second)
    assert come_back(other, provider).status_code == 303
    with app.app_context():
        assert db.session.get(User, second) is None


def test_where_nobody_signs_up_only_linked_people_get_in(
    app: Flask, client: FlaskClient, provider: Provider, with_school: Any
) -> None:
    enter_first(client, provider)
    with_school(signup=False)
    assert come_back(app.test_client(), provider).status_code == 303
    stranger = app.test_client()
    told = come_back(stranger, provider, "somebody")
    assert told.status_code == 401
    assert "then link School under Your account" in told.text
    assert stranger.get("/account").status_code == 303


def test_a_form_that_waited_for_the_sign_in_goes_on(
    app: Flask, client: FlaskClient, provider: Provider, make_user: Any
) -> None:
    enter_first(client, provider)
    stranger = app.test_client()
    with stranger:
        page = stranger.post(
            "/account",
            data={"csrf_token": stranger.get("/session").json["token"], "name": "Ada Newname"},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
    assert page.status_code == 401
    kept = hidden(page.text, "kept")
    again = come_back(stranger, provider, data={"kept": kept})
    assert again.status_code == 200
    assert "Ada Newname" in again.text


def test_a_session_that_stays_is_asked_for_as_with_a_password(
    app: Flask, client: FlaskClient, provider: Provider
) -> None:
    enter_first(client, provider)
    stay = app.test_client()
    assert come_back(stay, provider, data={"stay": "y"}).status_code == 303
    with app.app_context():
        assert sorted(db.session.scalars(select(Session.stay))) == [False, True]


# --- state ------------------------------------------------------------------------------------------------------------


def test_a_way_back_works_once(app: Flask, client: FlaskClient, provider: Provider) -> None:
    enter_first(client, provider)
    other = app.test_client()
    answer = provider.authorize(way_there(other), "ada")
    assert other.get(BACK, query_string=answer).status_code == 303
    again = provider.codes
    assert again == {}
    assert other.get(BACK, query_string=answer).status_code == 401


def test_a_way_back_is_of_the_browser_that_began_it(app: Flask, client: FlaskClient, provider: Provider) -> None:
    """Nobody signs somebody else in as themselves, with a link."""
    enter_first(client, provider)
    attacker, victim = app.test_client(), app.test_client()
    answer = provider.authorize(way_there(attacker), "ada")
    way_there(victim)
    assert victim.get(BACK, query_string=answer).status_code == 401
    assert victim.get("/account").status_code == 303
    assert provider.codes, "the code was not even asked about"


def test_a_way_back_is_good_for_ten_minutes(app: Flask, client: FlaskClient, provider: Provider, clock: Any) -> None:
    enter_first(client, provider)
    other = app.test_client()
    address = way_there(other)
    clock.advance(minutes=11)
    late = other.get(BACK, query_string=provider.authorize(address, "ada"))
    assert late.status_code == 401
    assert "Please begin again" in late.text


@pytest.mark.parametrize("state", ["", "made-up", "x" * 5000, "\x00", "ü"])
def test_a_state_that_was_never_given_opens_nothing(client: FlaskClient, provider: Provider, state: str) -> None:
    way_there(client)
    assert client.get(BACK, query_string={"state": state, "code": "x"}).status_code == 401


def test_neither_state_nor_secret_stands_in_the_database_or_the_log(
    app: Flask, client: FlaskClient, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    address = way_there(client)
    answer = provider.authorize(address, "ada", aud="somebody else")
    with app.app_context():
        row = db.session.scalars(select(BegunSignIn)).one()
        assert answer["state"] not in " ".join(str(value) for value in vars(row).values())
    assert client.get(BACK, query_string=answer).status_code == 401
    said = caplog.text
    assert "InvalidClaimError" in said
    for secret in (answer["state"], answer["code"], provider.settings().client_secret, "eyJ"):
        assert secret not in said
    assert "a secret" not in repr(provider.settings())


def test_the_page_that_leads_on_is_not_kept_and_tells_the_provider_nothing(
    client: FlaskClient, provider: Provider
) -> None:
    sent = client.post("/sign-in/with/school", data={"csrf_token": token_of(client.get("/sign-in").text)})
    assert sent.headers["Cache-Control"] == "no-store"
    assert sent.headers["Referrer-Policy"] == "same-origin"
    cookie = next(each for each in sent.headers.getlist("Set-Cookie") if each.startswith("begun="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    secure = client.post(
        "/sign-in/with/school",
        data={"csrf_token": token_of(client.get("/sign-in", base_url="https://localhost").text)},
        base_url="https://localhost",
        headers={"Referer": "https://localhost/sign-in"},
    )
    cookie = next(each for each in secure.headers.getlist("Set-Cookie") if "begun=" in each)
    assert cookie.startswith("__Host-begun=")
    assert "Secure" in cookie


# --- providers that are down, and people who turn back ----------------------------------------------------------------


def test_somebody_who_turns_back_is_told_so(client: FlaskClient, provider: Provider) -> None:
    answer = provider.authorize(way_there(client, next="/review"), "ada")
    del answer["code"]
    told = client.get(BACK, query_string=answer | {"error": "access_denied"})
    assert told.status_code == 401
    assert "did not let you in" in told.text
    assert hidden(told.text, "next") == "/review"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", 500),
        ("/.well-known/openid-configuration", 302),
        ("/.well-known/openid-configuration", b"<html>"),
        ("/.well-known/openid-configuration", b"[" * 100_000),
        ("/.well-known/openid-configuration", b"[]"),
        ("/.well-known/openid-configuration", b" " * (1024 * 1024 + 1)),
        ("/.well-known/openid-configuration", {"issuer": "https://elsewhere.example"}),
    ],
)
def test_a_provider_that_gives_no_usable_answer_is_a_sentence_and_passwords_go_on(
    client: FlaskClient, provider: Provider, make_user: Any, post: Any, path: str, answer: Any
) -> None:
    make_user(username="ada")
    provider.answers[path] = answer
    told = post(client, "/sign-in/with/school", page="/sign-in", data={"next": "/review"})
    assert told.status_code == 503
    assert "School can’t be reached at the moment" in told.text
    assert "/elsewhere" not in provider.asked
    assert post(client, "/sign-in", {"login": "ada", "password": PASSWORD}).status_code == 303


@pytest.mark.parametrize(
    ("path", "answer"), [("/token", 500), ("/token", b"?"), ("/keys", 404), ("/keys", {"keys": 1})]
)
def test_a_provider_that_goes_down_on_the_way_back_is_a_sentence(
    client: FlaskClient, provider: Provider, path: str, answer: Any
) -> None:
    back = provider.authorize(way_there(client), "ada")
    provider.answers[path] = answer
    told = client.get(BACK, query_string=back)
    assert told.status_code == 503
    assert "can’t be reached" in told.text


def test_a_provider_that_gave_no_answer_is_left_alone_for_a_moment(
    client: FlaskClient, provider: Provider, post: Any, clock: Any
) -> None:
    provider.answers["/.well-known/openid-configuration"] = 500
    for _time in range(3):
        assert post(client, "/sign-in/with/school", page="/sign-in").status_code == 503
    assert len(provider.asked) == 1
    provider.answers.clear()
    clock.advance(seconds=11)
    assert way_there(client)


def test_a_provider_that_is_not_there_is_a_sentence(
    client: FlaskClient, provider: Provider, with_school: Any, post: Any
) -> None:
    with_school(issuer="http://127.0.0.1:9", client_id="not there")
    assert post(client, "/sign-in/with/school", page="/sign-in").status_code == 503


@pytest.mark.parametrize("endpoint", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "address", ["http://192.0.2.1/", "ftp://127.0.0.1/", "https://user@127.0.0.1/", "file:///x", 7]
)
def test_an_address_that_is_not_https_is_never_asked(
    client: FlaskClient, provider: Provider, post: Any, endpoint: str, address: Any
) -> None:
    provider.document[endpoint] = address
    assert post(client, "/sign-in/with/school", page="/sign-in").status_code == 503


def test_a_certificate_that_nobody_vouches_for_is_no_provider(
    client: FlaskClient, provider: Provider, with_school: Any, post: Any, tmp_path: Path
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (tmp_path / "key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (tmp_path / "certificate").write_bytes(made.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    with serving(lambda: today, tls=context) as there:
        with_school(issuer=there.address, plain_http=False, client_id="by TLS")
        assert post(client, "/sign-in/with/school", page="/sign-in").status_code == 503
        assert there.asked == []


def test_an_answer_that_comes_drop_by_drop_is_not_waited_for(
    client: FlaskClient, provider: Provider, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LONGEST", 0.3)
    provider.slow = 0.1
    assert post(client, "/sign-in/with/school", page="/sign-in").status_code == 503


def test_new_keys_are_fetched_when_a_token_names_one_and_not_for_every_token(
    app: Flask, client: FlaskClient, provider: Provider, clock: Any
) -> None:
    enter_first(client, provider)
    provider.keys = [rsa_key("first"), rsa_key("second")]
    assert come_back(app.test_client(), provider).status_code == 303, "a rotation"
    assert provider.asked.count("/keys") == 2
    provider.keys = [rsa_key("second")]
    provider.forge = lambda there, claims: there.sign(claims, key=rsa_key("unknown"))
    for _time in range(3):
        assert come_back(app.test_client(), provider).status_code == 401
    assert provider.asked.count("/keys") == 2
    clock.advance(seconds=31)
    assert come_back(app.test_client(), provider).status_code == 401
    assert provider.asked.count("/keys") == 3


# --- linking ----------------------------------------------------------------------------------------------------------


def link(client: FlaskClient, provider: Provider, subject: str = "ada", **claims: Any) -> Any:
    address = way_there(client, "/account/identities/school/link", page="/account")
    return client.get(BACK, query_string=provider.authorize(address, subject, **claims), follow_redirects=True)


def test_somebody_who_is_signed_in_links_signs_in_by_it_and_unlinks(
    app: Flask, client: FlaskClient, provider: Provider, make_user: Any, as_person: Any
) -> None:
    ada = make_user(username="ada")
    own = as_person(ada)
    assert "School is linked" in link(own, provider).text
    assert come_back(client, provider).status_code == 303
    assert 'value="ada"' in client.get("/account").text
    page = own.get("/account").text
    number = re.search(r"/account/identities/(\d+)/unlink", page)
    assert number
    assert own.post(f"/account/identities/{number[1]}/unlink", data={"csrf_token": token_of(page)}).status_code == 303
    assert "New here?" in come_back(app.test_client(), provider).text
    with app.app_context():
        actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert actions == ["person.identity_linked", "person.identity_unlinked"]
        assert "ada" not in str(db.session.scalars(select(AuditEntry.details)).all())


def test_linking_asks_for_the_password_when_it_was_given_long_ago(
    client: FlaskClient, provider: Provider, make_user: Any, as_person: Any, clock: Any
) -> None:
    own = as_person(make_user(username="ada"))
    clock.advance(minutes=11)
    page = own.get("/account").text
    asked = own.post("/account/identities/school/link", data={"csrf_token": token_of(page)})
    assert asked.status_code == 401
    assert "Your password, please" in asked.text


def test_an_identity_of_somebody_else_is_not_linked(
    app: Flask, client: FlaskClient, provider: Provider, make_user: Any, as_person: Any
) -> None:
    enter_first(client, provider)
    assert "linked to somebody else’s account" in link(as_person(make_user(username="eve")), provider).text


def test_nothing_is_linked_to_whoever_signed_in_meanwhile(
    app: Flask, provider: Provider, make_user: Any, as_person: Any, sign_in: Any
) -> None:
    own = as_person(make_user(username="ada"))
    address = way_there(own, "/account/identities/school/link", page="/account")
    sign_in(own, make_user(username="eve"))
    told = own.get(BACK, query_string=provider.authorize(address, "ada"), follow_redirects=True)
    assert "Nothing was linked" in told.text
    with app.app_context():
        assert db.session.scalars(select(Identity)).all() == []


def test_the_last_way_in_is_not_unlinked(app: Flask, client: FlaskClient, provider: Provider) -> None:
    enter_first(client, provider)
    page = client.get("/account").text
    number = re.search(r"/account/identities/(\d+)/unlink", page)
    assert number
    told = client.post(
        f"/account/identities/{number[1]}/unlink", data={"csrf_token": token_of(page)}, follow_redirects=True
    )
    assert "Please set a password first" in told.text
    with app.app_context():
        assert person(app)


# --- people without a password ----------------------------------------------------------------------------------------


def test_people_without_a_password_change_their_profile_and_need_no_login(
    client: FlaskClient, provider: Provider, post: Any
) -> None:
    enter_first(client, provider)
    page = client.get("/account").text
    saved = client.post(
        "/account", data={"csrf_token": token_of(page), "name": "Ada Newname", "username": "", "email": ""}
    )
    assert saved.status_code == 303, saved.text
    assert "Ada Newname" in client.get("/account").text


def test_before_what_matters_people_without_a_password_sign_in_once_more(
    app: Flask, client: FlaskClient, provider: Provider, clock: Any
) -> None:
    enter_first(client, provider)
    assert client.get("/account/data").status_code == 200, "a moment ago"
    clock.advance(minutes=11)
    asked = client.get("/account/data")
    assert asked.status_code == 303
    page = client.get(asked.location)
    assert "Go on with School" in page.text
    assert 'name="password"' not in page.text
    address = way_there(client, "/account/confirm/with/school", page=asked.location, next="/account/data")
    assert "prompt=login" in address
    assert "max_age=0" in address
    stale = int(clock().timestamp()) - 3600
    refused = client.get(BACK, query_string=provider.authorize(address, "ada", auth_time=stale))
    assert (refused.status_code, refused.location) == (303, "/account#security")
    assert client.get("/account/data").status_code == 303
    for claims in ({"auth_time": None}, {"sub": "eve"}):
        address = way_there(client, "/account/confirm/with/school", page=asked.location)
        client.get(BACK, query_string=provider.authorize(address, "ada", **claims))
        assert client.get("/account/data").status_code == 303, claims
    address = way_there(client, "/account/confirm/with/school", page=asked.location, next="/account/data")
    done = client.get(BACK, query_string=provider.authorize(address, "ada"))
    assert (done.status_code, done.location) == (303, "/account/data")
    assert client.get("/account/data").status_code == 200


def test_a_sign_in_that_the_provider_gave_without_asking_is_not_a_fresh_one(
    app: Flask, client: FlaskClient, provider: Provider, clock: Any
) -> None:
    enter_first(client, provider)
    for auth_time in (int(clock().timestamp()) - 3600, None):
        other = app.test_client()
        assert come_back(other, provider, auth_time=auth_time).status_code == 303
        assert other.get("/account/data").status_code == 303


def test_people_without_a_password_delete_their_account_or_set_a_password(
    app: Flask, client: FlaskClient, provider: Provider, post: Any, clock: Any
) -> None:
    enter_first(client, provider)
    assert client.get("/account/password").location == "/account"
    page = client.get("/account").text
    client.post("/account", data={"csrf_token": token_of(page), "name": "Ada", "username": "ada", "email": ""})
    new = "six quiet herons at dusk"
    set_now = post(client, "/account/password", {"password": new})
    assert set_now.status_code == 303, set_now.text
    assert post(app.test_client(), "/sign-in", {"login": "ada", "password": new}).status_code == 303
    enter_first(other := app.test_client(), provider, "bob")
    clock.advance(minutes=11)
    assert other.get("/account/delete").status_code == 303, "first once more"
    address = way_there(other, "/account/confirm/with/school", page="/account", next="/account/delete")
    assert other.get(BACK, query_string=provider.authorize(address, "bob")).location == "/account/delete"
    assert post(other, "/account/delete").status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Identity.subject)).all() == ["ada"]


def test_an_admin_erases_somebody_who_has_no_login(
    app: Flask, client: FlaskClient, provider: Provider, admin: int, as_person: Any, post: Any
) -> None:
    enter_first(client, provider)
    with app.app_context():
        number = person(app).id
    desk, path = as_person(admin), f"/admin/people/{number}"
    assert "None" not in desk.get(path).text
    wrong = post(desk, f"{path}/erase", {"confirmation": "somebody"}, page=f"{path}/data")
    assert wrong.status_code == 422
    assert post(desk, f"{path}/erase", {"confirmation": "Ada Learner"}, page=f"{path}/data").status_code == 303


def test_ones_own_data_has_the_identity(client: FlaskClient, provider: Provider) -> None:
    enter_first(client, provider)
    told = client.get("/account/data").json["sign_ins"]["identities"]
    assert [(each["provider"], each["subject"], each["issuer"]) for each in told] == [
        ("school", "ada", provider.address)
    ]


# --- roles and second factors -----------------------------------------------------------------------------------------

GROUPS = {"roles_claim": "groups", "roles": (("teachers", "instructor"), ("heads", "admin"))}


def role_after(app: Flask, provider: Provider, groups: Any, subject: str = "ada") -> str:
    assert come_back(app.test_client(), provider, subject, groups=groups).status_code == 303
    with app.app_context():
        return person(app, subject).role


@pytest.mark.parametrize("sparing", [False, True])
def test_roles_are_followed_at_each_sign_in(
    app: Flask, client: FlaskClient, provider: Provider, with_school: Any, sparing: bool
) -> None:
    with_school(**GROUPS)
    provider.sparing = sparing
    enter_first(client, provider, groups=["pupils"])
    assert role_after(app, provider, ["pupils", "teachers"]) == "instructor"
    assert role_after(app, provider, "teachers") == "instructor"
    assert role_after(app, provider, ["teachers", "heads"]) == "admin"
    assert role_after(app, provider, ["teachers"]) == "admin", "nobody takes the last admin away"
    with app.app_context():
        service.create_user(name="Adam", username="adam", password=PASSWORD, role="admin", now=app.config["CLOCK"]())
        db.session.commit()
    assert role_after(app, provider, ["teachers"]) == "instructor"
    assert role_after(app, provider, []) == "learner"
    with app.app_context():
        changes = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "person.role_changed")).all()
        assert {entry.actor_name for entry in changes} == {"single sign-on (school)"}


def test_nobody_becomes_what_the_settings_do_not_say(
    app: Flask, client: FlaskClient, provider: Provider, with_school: Any
) -> None:
    with_school(roles_claim="groups", roles=(("teachers", "instructor"),))
    enter_first(client, provider, groups=["admin", "heads", "instructor"], role="admin")
    assert role_after(app, provider, ["admin", {"teachers": 1}, 7, None]) == "learner"
    assert role_after(app, provider, {"teachers": "teachers"}) == "learner"


def test_only_what_was_given_is_taken_back(
    app: Flask, client: FlaskClient, provider: Provider, with_school: Any, make_user: Any, as_person: Any
) -> None:
    with_school(**GROUPS)
    tess = make_user(role="instructor", username="tess")
    link(as_person(tess), provider, "tess", groups=[])
    assert role_after(app, provider, [], "tess") == "instructor", "an admin gave it"
    assert role_after(app, provider, ["heads"], "tess") == "admin"
    make_user(role="admin", username="adam")
    assert role_after(app, provider, [], "tess") == "instructor"
    enter_first(client, provider, "bob", groups=["teachers"])
    with app.app_context():
        service.set_role(person(app, "bob"), "learner", by="an admin", now=app.config["CLOCK"]())
        db.session.commit()
    assert role_after(app, provider, ["teachers"], "bob") == "learner", "what an admin took away stays away"


def test_a_role_that_an_admin_took_away_does_not_come_back_by_linking_anew(
    app: Flask, client: FlaskClient, provider: Provider, with_school: Any, make_user: Any, as_person: Any, post: Any
) -> None:
    with_school(**GROUPS)
    tess = make_user(username="tess")
    link(as_person(tess), provider, "tess", groups=["teachers"])
    with app.app_context():
        assert person(app, "tess").role == "instructor"
        service.set_role(person(app, "tess"), "learner", by="an admin", now=app.config["CLOCK"]())
        db.session.commit()
        identity = db.session.scalars(select(Identity.id).where(Identity.subject == "tess")).one()
    refused = post(as_person(tess), f"/account/identities/{identity}/unlink", page="/account")
    assert refused.status_code == 303
    with app.app_context():
        assert person(app, "tess").role == "learner", "and the identity is still there"


def test_a_provider_that_says_nothing_of_the_time_does_not_stand_in_for_a_password(
    app: Flask, client: FlaskClient, provider: Provider, with_school: Any, make_user: Any, as_person: Any, clock: Any
) -> None:
    """As Google and Microsoft don't: somebody at a device found signed in needed no password for what matters."""
    with_school(tells_time=False)
    own = as_person(make_user(username="tess"))
    link(own, provider, "tess")
    other = app.test_client()
    assert come_back(other, provider, "tess", auth_time=None).status_code == 303
    asked = other.get("/account/data")
    assert asked.status_code == 303
    page = other.get(asked.location).text
    assert "Go on with School" not in page
    assert 'name="password"' in page
    address = way_there(other, "/account/confirm/with/school", page=asked.location, next="/account/data")
    other.get(BACK, query_string=provider.authorize(address, "tess", auth_time=None))
    assert other.get("/account/data").status_code == 303


def test_a_provider_that_never_ends_its_answers_keeps_two_threads_at_most(
    client: FlaskClient, provider: Provider, post: Any, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_client, "TURN_WITHIN", 0.1)
    with app.app_context():
        asked = provider_client.client_of(app.config["SETTINGS"].oidc[0])
    for _turn in range(provider_client.AT_ONCE):
        assert asked._turns.acquire()
    told = post(client, "/sign-in/with/school", page="/sign-in")
    assert told.status_code == 503
    assert "can’t be reached" in told.text


def test_a_claim_may_lie_deeper(app: Flask, client: FlaskClient, provider: Provider, with_school: Any) -> None:
    with_school(roles_claim="realm_access.roles", roles=(("teacher", "instructor"),))
    enter_first(client, provider, realm_access={"roles": ["teacher"]})
    with app.app_context():
        assert person(app).role == "instructor"


@pytest.mark.parametrize(("mfa", "asked"), [(False, True), (True, False)])
def test_our_second_factor_is_asked_for_unless_the_provider_is_trusted_with_it(
    app: Flask, client: FlaskClient, provider: Provider, with_school: Any, make_user: Any, as_person: Any, clock: Any,
    mfa: bool, asked: bool,
) -> None:  # fmt: skip
    from tests.accounts.test_second_factor import code_at, hidden_fields, set_up

    with_school(mfa=mfa)
    own = as_person(make_user(role="instructor", username="tess"))
    secret, _codes = set_up(own, clock)
    link(own, provider, "tess")
    clock.advance(minutes=1)
    page = come_back(client, provider, "tess", data={"next": "/review"})
    if not asked:
        assert (page.status_code, page.location) == (303, "/review")
        return
    assert page.status_code == 200
    assert client.get_cookie("session") is None
    given = client.post("/sign-in/second", data=hidden_fields(page.text) | {"code": code_at(secret, clock)})
    assert (given.status_code, given.location) == (303, "/review")
