"""The second factor of staff: an authenticator app, recovery codes, and what the setting makes of it."""

from __future__ import annotations

import re
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import session_of, token_of
from webapp.accounts import links
from webapp.accounts.models import AuthenticatorApp, RecoveryCode, User
from webapp.audit.models import AuditEntry
from webapp.database import db

PASSWORD = "correct horse battery"


@pytest.fixture
def tess(make_user: Any) -> int:
    return make_user(role="instructor", username="tess", name="Tess Teacher")


def code_at(secret: str, clock: Any, steps: int = 0) -> str:
    return pyotp.TOTP(secret).generate_otp(int(clock().timestamp()) // 30 + steps)


def set_up(client: FlaskClient, clock: Any) -> tuple[str, list[str]]:
    """Sets up an app as a person does; gives its secret and the recovery codes."""
    page = client.get("/account/second-factor").text
    shown = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    sealed = re.search(r'name="secret"[^>]*value="([^"]+)"', page)
    assert shown
    assert sealed
    secret = shown[1].replace(" ", "")
    data = {"csrf_token": token_of(page), "secret": sealed[1], "code": code_at(secret, clock)}
    done = client.post("/account/second-factor", data=data)
    assert done.status_code == 200
    codes = re.findall(r"<code>([a-z0-9-]{14})</code>", done.text)
    assert len(codes) == 10
    return secret, codes


def hidden_fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*type="hidden"[^>]*value="([^"]*)"', page))


def password_given(client: FlaskClient, post: Any, **more: str) -> dict[str, str]:
    """Signs in with the password; gives the fields of the page that asks for the second factor."""
    page = post(client, "/sign-in", {"login": "tess", "password": PASSWORD, **more})
    assert page.status_code == 200
    assert client.get_cookie("session") is None
    return hidden_fields(page.text)


def test_after_the_password_comes_the_code_of_the_app(
    app: Flask, client: FlaskClient, tess: int, as_person: Any, clock: Any, post: Any
) -> None:
    secret, _codes = set_up(as_person(tess), clock)
    clock.advance(minutes=1)
    fields = password_given(client, post, next="/quizzes")
    wrong = client.post("/sign-in/second", data=fields | {"code": "000000"})
    assert wrong.status_code == 401
    assert client.get("/account").status_code == 303
    right = client.post("/sign-in/second", data=fields | {"code": code_at(secret, clock)})
    assert (right.status_code, right.location) == (303, "/quizzes")
    assert client.get("/account").status_code == 200


def test_a_code_works_once(app: Flask, client: FlaskClient, tess: int, as_person: Any, clock: Any, post: Any) -> None:
    secret, _codes = set_up(as_person(tess), clock)
    clock.advance(minutes=1)
    code = code_at(secret, clock)
    fields = password_given(client, post)
    assert client.post("/sign-in/second", data=fields | {"code": code}).status_code == 303
    other = app.test_client()
    fields = password_given(other, post)
    assert other.post("/sign-in/second", data=fields | {"code": code}).status_code == 401


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 303), (0, 303), (1, 303), (2, 401)])
def test_a_phone_may_be_half_a_minute_off(
    client: FlaskClient, tess: int, as_person: Any, clock: Any, post: Any, steps: int, status: int
) -> None:
    secret, _codes = set_up(as_person(tess), clock)
    clock.advance(minutes=5)
    fields = password_given(client, post)
    assert client.post("/sign-in/second", data=fields | {"code": code_at(secret, clock, steps)}).status_code == status


def test_a_clock_that_is_put_back_makes_no_code_wait(
    client: FlaskClient, tess: int, as_person: Any, clock: Any, post: Any
) -> None:
    secret, _codes = set_up(as_person(tess), clock)
    clock.advance(hours=-1)
    fields = password_given(client, post)
    assert client.post("/sign-in/second", data=fields | {"code": code_at(secret, clock)}).status_code == 303


def test_a_recovery_code_stands_in_once_and_is_recorded(
    app: Flask, client: FlaskClient, tess: int, as_person: Any, clock: Any, post: Any
) -> None:
    _secret, codes = set_up(as_person(tess), clock)
    fields = password_given(client, post)
    assert client.post("/sign-in/second", data=fields | {"code": codes[3].upper().replace("-", " ")}).status_code == 303
    told = client.get("/account").text
    assert "9 are left" in told
    assert "/account/second-factor" in told
    other = app.test_client()
    fields = password_given(other, post)
    assert other.post("/sign-in/second", data=fields | {"code": codes[3]}).status_code == 401
    with app.app_context():
        actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert actions == ["person.second_factor_added", "person.recovery_code_used"]


def test_the_database_alone_gives_no_second_factor(app: Flask, tess: int, as_person: Any, clock: Any) -> None:
    secret, codes = set_up(as_person(tess), clock)
    with app.app_context():
        kept = db.session.scalars(select(AuthenticatorApp.secret)).one()
        kept += " ".join(db.session.scalars(select(RecoveryCode.digest)))
    assert secret not in kept
    assert not any(code.replace("-", "") in kept for code in codes)


def test_the_password_is_good_for_ten_minutes_of_searching_the_phone(
    client: FlaskClient, tess: int, as_person: Any, clock: Any, post: Any
) -> None:
    secret, _codes = set_up(as_person(tess), clock)
    fields = password_given(client, post)
    clock.advance(minutes=11)
    late = client.post("/sign-in/second", data=fields | {"code": code_at(secret, clock)})
    assert late.status_code == 422
    assert "sign in once more" in late.text
    assert client.get_cookie("session") is None
    fields = password_given(client, post) | {"pending": "made up"}
    assert client.post("/sign-in/second", data=fields | {"code": code_at(secret, clock)}).status_code == 422
    assert client.get_cookie("session") is None


def test_a_password_that_was_changed_meanwhile_is_worth_nothing(
    app: Flask, client: FlaskClient, tess: int, as_person: Any, clock: Any, post: Any
) -> None:
    own = as_person(tess)
    secret, _codes = set_up(own, clock)
    fields = password_given(client, post)
    post(own, "/account/password", {"current": PASSWORD, "password": "teal bicycle moon"})
    clock.advance(minutes=1)
    assert client.post("/sign-in/second", data=fields | {"code": code_at(secret, clock)}).status_code == 422
    assert client.get_cookie("session") is None


def test_codes_are_not_guessed(make_app: Any, make_user: Any, sign_in: Any, clock: Any, post: Any) -> None:
    app = make_app(limits=True)
    tess = make_user(role="instructor", username="tess", app=app)
    set_up(sign_in(app.test_client(), tess), clock)
    client = app.test_client()
    fields = password_given(client, post)
    for _ in range(5):
        assert client.post("/sign-in/second", data=fields | {"code": "000000"}).status_code == 401
    assert client.post("/sign-in/second", data=fields | {"code": "000000"}).status_code == 429


def test_setting_it_up_ends_the_sessions_without(app: Flask, tess: int, as_person: Any, clock: Any) -> None:
    other = app.test_client()
    other.set_cookie("session", session_of(app, tess))
    client = as_person(tess)
    set_up(client, clock)
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    page = client.get("/account/second-factor").text
    assert "An authenticator app, since" in page
    assert "10 recovery codes" in page


def test_it_is_removed_by_its_person_or_by_an_admin(
    app: Flask, client: FlaskClient, tess: int, admin: int, as_person: Any, clock: Any, post: Any
) -> None:
    own = as_person(tess)
    set_up(own, clock)
    assert post(own, "/account/second-factor/remove", page="/account").status_code == 303
    assert post(client, "/sign-in", {"login": "tess", "password": PASSWORD}).status_code == 303
    set_up(own, clock)
    page = f"/admin/people/{tess}"
    assert post(as_person(admin), f"{page}/second-factor/remove", page=page).status_code == 303
    assert own.get("/account").status_code == 303
    assert post(app.test_client(), "/sign-in", {"login": "tess", "password": PASSWORD}).status_code == 303


def test_learners_are_not_asked_and_set_up_nothing(make_user: Any, as_person: Any) -> None:
    client = as_person(make_user())
    assert client.get("/account/second-factor").status_code == 403
    assert "/account/second-factor" not in client.get("/account").text


def test_where_it_is_required_staff_set_it_up_before_anything_else(
    make_app: Any, make_user: Any, sign_in: Any, clock: Any, post: Any
) -> None:
    app = make_app(staff_mfa="required")
    tess = make_user(role="instructor", username="tess", app=app)
    client = sign_in(app.test_client(), tess)
    for path in ("/instructor", "/account", "/account/data", "/instructor/cohorts"):
        assert client.get(path).location == "/account/second-factor", path
    set_up(client, clock)
    assert client.get("/account").status_code == 200
    assert post(client, "/account/second-factor/remove", page="/account").status_code == 403
    learner = sign_in(app.test_client(), make_user(app=app))
    assert learner.get("/account").status_code == 200


def test_where_it_is_off_the_password_is_enough(
    app: Flask, client: FlaskClient, tess: int, as_person: Any, clock: Any, post: Any, settings: Any
) -> None:
    from dataclasses import replace

    set_up(as_person(tess), clock)
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], staff_mfa="off")
    assert post(client, "/sign-in", {"login": "tess", "password": PASSWORD}).status_code == 303
    assert client.get("/account/second-factor").status_code == 404


@pytest.mark.parametrize("credential", ["x", "{}", "[]", "null", '{"id": "a"}', "9" * 30_000])
def test_what_is_no_passkey_opens_nothing_and_breaks_nothing(
    client: FlaskClient, tess: int, as_person: Any, clock: Any, post: Any, credential: str
) -> None:
    own = as_person(tess)
    set_up(own, clock)
    fields = password_given(client, post)
    assert client.post("/sign-in/second", data=fields | {"credential": credential}).status_code in {401, 422}
    assert client.get_cookie("session") is None
    page = "/account/second-factor"
    assert post(own, f"{page}/passkey", {"credential": credential}, page=page).location == page


def test_a_link_for_a_new_password_is_no_way_past_the_second_factor(
    app: Flask, client: FlaskClient, tess: int, as_person: Any, clock: Any
) -> None:
    """Whoever got hold of a link was in with it alone, and could put an app of their own in the place of the other."""
    secret, _codes = set_up(as_person(tess), clock)
    clock.advance(minutes=1)
    with app.app_context():
        token = links.reset(db.session.get_one(User, tess), now=clock())
        db.session.commit()
    page = client.get(f"/reset/{token}")
    sent = {"csrf_token": token_of(page.text), "password": "teal bicycle moon"}
    asked = client.post(f"/reset/{token}", data=sent)
    assert asked.status_code == 200
    assert client.get_cookie("session") is None
    fields = hidden_fields(asked.text)
    assert client.post("/sign-in/second", data=fields | {"code": "000000"}).status_code == 401
    assert client.post("/sign-in/second", data=fields | {"code": code_at(secret, clock)}).status_code == 303
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("rule", ["offered", "required"])
def test_whoever_is_in_without_their_second_factor_gives_it_before_they_change_it(
    make_app: Any, make_user: Any, sign_in: Any, clock: Any, rule: str
) -> None:
    """A session from before the factor was asked for could replace it, and new codes came with the password alone."""
    app = make_app(staff_mfa=rule)
    tess = make_user(role="instructor", username="tess", app=app)
    set_up(sign_in(app.test_client(), tess), clock)
    for method, path in (
        ("GET", ""), ("POST", ""), ("POST", "/passkey"), ("POST", "/codes"), ("POST", "/remove"),
    ):  # fmt: skip
        without = app.test_client()
        without.set_cookie("session", session_of(app, tess))
        token = without.get("/session").json["token"]  # type: ignore[index]
        data = {"csrf_token": token} if method == "POST" else None
        answer = without.open(f"/account/second-factor{path}", method=method, data=data)
        assert (answer.status_code, answer.location) == (303, "/sign-in"), path
        assert without.get("/account").status_code == 303, "the session is over"


def test_what_one_page_carries_sealed_is_worth_nothing_on_another(
    client: FlaskClient, tess: int, as_person: Any, clock: Any, post: Any
) -> None:
    """The sealed secret of an app, handed in as a sign-in half done, gave an error 500; and the other way round."""
    own = as_person(tess)
    page = own.get("/account/second-factor").text
    sealed = re.search(r'name="secret"[^>]*value="([^"]+)"', page)
    challenge = re.search(r'name="challenge"[^>]*value="([^"]+)"', page)
    assert sealed
    assert challenge
    set_up(own, clock)
    fields = password_given(client, post)
    for other in (sealed[1], challenge[1]):
        assert client.post("/sign-in/second", data=fields | {"pending": other, "code": "000000"}).status_code == 422
    token = token_of(own.get("/account/second-factor").text)
    for other in (fields["pending"], challenge[1]):
        data = {"csrf_token": token, "secret": other, "code": "000000"}
        assert own.post("/account/second-factor", data=data).status_code == 422
