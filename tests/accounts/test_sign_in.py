"""Signing in and out, and what a session is worth."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pwdlib.hashers.argon2 import Argon2Hasher

from webapp.accounts import passwords, service, session_store
from webapp.accounts.models import User
from webapp.database import db
from webapp.web import access

PASSWORD = "correct horse battery"


def who(client: FlaskClient) -> str | None:
    """The name of the person this client is signed in as."""
    page = client.get("/account")
    if page.status_code != 200:
        return None
    found = re.search(r'name="name"[^>]* value="([^"]*)"', page.text)
    assert found
    return found.group(1)


def test_signing_in_leads_to_where_one_was_going(client: FlaskClient, make_user: Any, post: Any) -> None:
    make_user(username="ada", name="Ada")
    going = client.get("/account/password")
    assert going.status_code == 303
    assert going.location == "/sign-in?next=/account/password"
    form = client.get(going.location)
    target = re.search(r'name="next"[^>]*value="([^"]*)"', form.text)
    assert target
    done = post(client, "/sign-in", {"login": "ada", "password": PASSWORD, "next": target.group(1)})
    assert done.status_code == 303
    assert done.location == "/account/password"
    assert who(client) == "Ada"


@pytest.mark.parametrize("login", ["ada", "ADA ", "ａｄａ", "Ada@Example.org", "ada@example.ORG"])
def test_user_name_and_address_both_work_however_typed(
    client: FlaskClient, make_user: Any, post: Any, login: str
) -> None:
    make_user(username="ada", email="ada@example.org", name="Ada")
    assert post(client, "/sign-in", {"login": login, "password": PASSWORD}).status_code == 303
    assert who(client) == "Ada"


def test_a_wrong_password_and_an_unknown_name_are_told_in_the_same_words(
    client: FlaskClient, make_user: Any, post: Any
) -> None:
    make_user(username="ada")
    wrong = post(client, "/sign-in", {"login": "ada", "password": "not the password"})
    unknown = post(client, "/sign-in", {"login": "eve", "password": "not the password"})
    assert wrong.status_code == unknown.status_code == 401

    def words(page: str) -> str:
        return re.sub(r'nonce="[^"]*"|value="[^"]*"', "", page)

    assert words(wrong.text) == words(unknown.text)


def test_an_unknown_name_costs_the_same_hash_as_a_known_one(
    client: FlaskClient, make_user: Any, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(username="ada")
    passwords.check(None, "made once")
    hashes: list[int] = []
    real = Argon2Hasher.verify

    def counted(self: Argon2Hasher, password: Any, hash: Any) -> bool:
        hashes.append(1)
        return real(self, password, hash)

    monkeypatch.setattr(Argon2Hasher, "verify", counted)
    for login in ("ada", "eve", "eve@example.org", "\u202e", "x" * 250):
        post(client, "/sign-in", {"login": login, "password": "not the password"})
    assert len(hashes) == 5


def test_what_was_typed_stays_but_for_the_password(client: FlaskClient, post: Any) -> None:
    page = post(client, "/sign-in", {"login": '"><b>eve', "password": "my secret pass"})
    assert "&#34;&gt;&lt;b&gt;eve" in page.text
    assert "my secret pass" not in page.text
    assert 'id="form-errors"' in page.text
    assert re.search(r'<div[^>]*autofocus[^>]*id="form-errors"', page.text)


def test_an_empty_form_says_what_is_missing(client: FlaskClient, post: Any) -> None:
    page = post(client, "/sign-in", {"login": "", "password": ""})
    assert page.status_code == 422
    assert 'href="#login"' in page.text
    assert 'href="#password"' in page.text


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/%09/evil.example\n",
        "javascript:alert(1)",
        "http:evil",
        "evil.example",
        "",
        "/" + "a" * 3000,
        "/\x7f/evil",
        "/ /evil",
    ],
)
def test_next_never_leads_away(client: FlaskClient, make_user: Any, post: Any, target: str) -> None:
    make_user(username="ada")
    done = post(client, "/sign-in", {"login": "ada", "password": PASSWORD, "next": target})
    assert done.status_code == 303
    assert done.location == "/"


@pytest.mark.parametrize("target", ["/", "/attempts/3", "/lessons/tea?at=water#section", "/a//b", "/%2F%2Fevil"])
def test_next_takes_paths_of_this_site(app: Flask, target: str) -> None:
    assert access.local_path(target) == target


def test_the_session_is_a_new_one_after_signing_in(client: FlaskClient, make_user: Any, post: Any) -> None:
    make_user(username="ada")
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    client.get("/sign-in")
    with client.session_transaction() as session:
        token = session["csrf_token"]
    post(client, "/sign-in", {"login": "ada", "password": PASSWORD})
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != token


def test_signing_out_ends_the_session(client: FlaskClient, make_user: Any, post: Any) -> None:
    make_user(username="ada", name="Ada")
    post(client, "/sign-in", {"login": "ada", "password": PASSWORD})
    assert who(client) == "Ada"
    assert post(client, "/sign-out", page="/account").status_code == 303
    assert who(client) is None
    assert client.get_cookie("session") is None


def test_signing_out_needs_a_form(client: FlaskClient) -> None:
    assert client.get("/sign-out").status_code == 405


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient, make_user: Any, post: Any) -> None:
    make_user(username="ada")
    cookie = session_cookie(post(client, "/sign-in", {"login": "ada", "password": PASSWORD}))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires" not in cookie  # ends with the browser
    stays = post(app_client(client), "/sign-in", {"login": "ada", "password": PASSWORD, "stay": "y"})
    assert "Expires" in session_cookie(stays)


def session_cookie(response: Any) -> str:
    return next(each for each in response.headers.getlist("Set-Cookie") if each.startswith("session="))


def app_client(client: FlaskClient) -> FlaskClient:
    return client.application.test_client()


def test_an_out_of_date_hash_is_renewed_at_sign_in(app: Flask, client: FlaskClient, make_user: Any, post: Any) -> None:
    user_id = make_user(username="ada")
    old = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with app.app_context():
        db.session.get_one(User, user_id).password_hash = old
        db.session.commit()
    assert post(client, "/sign-in", {"login": "ada", "password": PASSWORD}).status_code == 303
    with app.app_context():
        renewed = db.session.get_one(User, user_id).password_hash
    assert renewed is not None
    assert renewed != old
    assert post(app_client(client), "/sign-in", {"login": "ada", "password": PASSWORD}).status_code == 303


def test_somebody_without_a_password_does_not_get_in(app: Flask, client: FlaskClient, clock: Any, post: Any) -> None:
    with app.app_context():
        service.create_user(name="New Here", username="new.here", origin="roster", now=clock())
        db.session.commit()
    for password in ("nobody has this password", "None", "new.here"):
        assert post(client, "/sign-in", {"login": "new.here", "password": password}).status_code == 401


@pytest.mark.parametrize("token", ["", ":", "1:0000", "a" * 43, "²" * 43, "a" * 4000, "1:\ud83d" + 40 * "x"])
def test_a_made_up_session_is_nobody(app: Flask, make_user: Any, sign_in: Any, token: str) -> None:
    sign_in(app.test_client(), make_user())
    with app.app_context():
        assert session_store.find(token, now=app.config["CLOCK"]()) is None


def test_a_session_costs_one_query(
    app: Flask, client: FlaskClient, make_user: Any, sign_in: Any, count_queries: Any
) -> None:
    sign_in(client, make_user())
    client.get("/account/password")
    with count_queries(app) as counted:
        client.get("/account/password")
    assert sum('FROM "user"' in statement or "FROM user" in statement for statement in counted.statements) == 1
    assert counted.commits == 0


def test_somebody_signed_in_is_not_asked_again(
    client: FlaskClient, make_user: Any, sign_in: Callable[..., FlaskClient]
) -> None:
    sign_in(client, make_user())
    assert client.get("/sign-in?next=/account").location == "/account"
    assert client.get("/sign-up").location == "/"


def test_an_old_sign_in_page_shows_itself_again_with_what_was_typed(client: FlaskClient, make_user: Any) -> None:
    make_user(username="ada")
    page = client.post("/sign-in", data={"csrf_token": "old", "login": "ada", "password": PASSWORD, "next": "/account"})
    assert page.status_code == 422
    assert 'value="ada"' in page.text
    assert PASSWORD not in page.text
    assert 'value="/account"' in page.text
    assert "once more" in page.text
    assert who(client) is None


def test_pages_of_somebody_signed_in_are_not_stored(client: FlaskClient, make_user: Any, sign_in: Any) -> None:
    sign_in(client, make_user())
    assert client.get("/account").headers["Cache-Control"] == "no-store"
