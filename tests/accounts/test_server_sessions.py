"""Sessions are the server's: they end when they should, wherever their cookie is, and never by a clock that is off."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.conftest import ABOUT_SQLITE, session_of, token_of
from webapp.accounts import limits
from webapp.accounts.models import Session, User
from webapp.accounts.session_store import device_of, digest_of
from webapp.database import db

PASSWORD = "correct horse battery"


def enters(client: FlaskClient, post: Any, **more: str) -> str:
    """Signs Ada in; gives the id in the cookie."""
    assert post(client, "/sign-in", {"login": "ada", "password": PASSWORD, **more}).status_code == 303
    cookie = client.get_cookie("session")
    assert cookie is not None
    return cookie.value


def works(app: Flask, token: str) -> bool:
    """Whether a copy of a cookie opens the account."""
    client = app.test_client()
    client.set_cookie("session", token)
    return client.get("/account").status_code == 200


@pytest.fixture
def ada(make_user: Callable[..., int]) -> int:
    return make_user(username="ada", email="ada@example.org")


def test_a_copied_cookie_is_worth_nothing_after_signing_out(
    app: Flask, client: FlaskClient, ada: int, post: Any
) -> None:
    copied = enters(client, post, stay="y")
    assert works(app, copied)
    assert post(client, "/sign-out", page="/account").status_code == 303
    assert not works(app, copied)


def test_the_database_holds_no_id_that_opens_anything(app: Flask, client: FlaskClient, ada: int, post: Any) -> None:
    token = enters(client, post)
    assert len(token) == 43
    with app.app_context():
        row = db.session.scalars(select(Session)).one()
        assert row.digest == digest_of(token)
        assert token not in str(vars(row))


def test_looking_around_leaves_no_session(app: Flask, client: FlaskClient) -> None:
    for path in ("/", "/quizzes", "/sign-in", "/sign-up"):
        client.get(path)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Session)) == 0


@pytest.mark.parametrize("act", ["role", "e-mail", "password", "others"])
def test_what_changes_who_may_come_in_ends_the_other_sessions(
    app: Flask, client: FlaskClient, ada: int, admin: int, sign_in: Any, post: Any, act: str
) -> None:
    other = session_of(app, ada)
    own = enters(client, post)
    if act == "role":
        changed = post(
            sign_in(app.test_client(), admin), f"/admin/people/{ada}/role", {"role": "instructor"},
            page=f"/admin/people/{ada}",
        )  # fmt: skip
    elif act == "e-mail":
        changed = post(client, "/account", {"name": "Ada", "username": "ada", "email": "new@example.org"})
    elif act == "password":
        changed = post(client, "/account/password", {"current": PASSWORD, "password": "teal bicycle moon"})
    else:
        changed = post(client, "/account/sessions", page="/account")
    assert changed.status_code == 303
    assert not works(app, other)
    assert not works(app, own), "who goes on does so with a new id"
    assert (client.get("/account").status_code == 200) is (act != "role")


def test_another_name_alone_ends_nothing(app: Flask, client: FlaskClient, ada: int, post: Any) -> None:
    other = session_of(app, ada)
    enters(client, post)
    post(client, "/account", {"name": "Ada L.", "username": "ada", "email": "ada@example.org"})
    assert works(app, other)


def test_staff_are_signed_out_after_half_an_hour_without_use(
    app: Flask, teacher: int, as_person: Any, clock: Any
) -> None:
    client = as_person(teacher)
    for _ in range(3):
        clock.advance(minutes=29)
        assert client.get("/account").status_code == 200
    clock.advance(minutes=31)
    assert client.get("/account").status_code == 303


def test_staff_sign_in_again_after_twelve_hours_whatever_they_do(
    app: Flask, teacher: int, as_person: Any, clock: Any
) -> None:
    client = as_person(teacher)
    for _ in range(35):
        clock.advance(minutes=20)
        assert client.get("/account").status_code == 200
    clock.advance(minutes=20)
    assert client.get("/account").status_code == 303


def test_a_learner_who_stays_is_there_for_thirty_days_since_the_last_use(app: Flask, ada: int, clock: Any) -> None:
    token = session_of(app, ada, stay=True)
    clock.advance(days=29)
    assert works(app, token)
    clock.advance(days=29)
    assert works(app, token)
    clock.advance(days=31)
    assert not works(app, token)


@pytest.mark.parametrize("step", [{"seconds": -1}, {"hours": -1}, {"days": -1}, {"minutes": 5}, {"minutes": -5}])
@pytest.mark.parametrize("role", ["learner", "instructor", "guest"])
def test_a_clock_that_steps_signs_nobody_out_and_their_forms_stay_valid(
    app: Flask, client: FlaskClient, make_user: Any, post: Any, clock: Any, role: str, step: dict[str, float]
) -> None:
    if role == "guest":
        post(client, "/quizzes/tea/attempts", page="/quizzes/tea")
    else:
        make_user(role=role, username="ada")
        enters(client, post)
    token = client.get("/session").json["token"]  # type: ignore[index]
    reader = client.get("/session").json["reader"]  # type: ignore[index]
    clock.advance(**step)
    assert client.get("/session").json["reader"] == reader  # type: ignore[index]
    assert client.post("/language", data={"csrf_token": token, "language": "de"}).status_code == 303


def test_a_visitors_form_survives_a_clock_that_steps_back(client: FlaskClient, ada: int, clock: Any) -> None:
    token = token_of(client.get("/sign-in").text)
    clock.advance(hours=-1)
    sent = client.post("/sign-in", data={"csrf_token": token, "login": "ada", "password": PASSWORD})
    assert sent.status_code == 303


def test_a_clock_a_day_ahead_ends_nothing_for_good(app: Flask, teacher: int, clock: Any, post: Any) -> None:
    token = session_of(app, teacher)
    clock.advance(days=1)
    assert not works(app, token)
    post(app.test_client(), "/sign-in", {"login": "nobody", "password": "wrong"})
    clock.advance(days=-1)
    assert works(app, token)


def test_the_last_use_is_written_once_a_minute_at_most(
    app: Flask, client: FlaskClient, ada: int, post: Any, clock: Any, count_queries: Any
) -> None:
    enters(client, post)
    for after, commits in ((0, 0), (59, 0), (1, 1), (0, 0), (59, 0), (1, 1)):
        clock.advance(seconds=after)
        with count_queries(app) as counted:
            assert client.get("/account").status_code == 200
        assert counted.commits == commits
    with app.app_context():
        assert db.session.scalars(select(Session.last_used_at)).one() == clock()


def test_two_servers_minutes_apart_do_not_write_in_turns(
    app: Flask, client: FlaskClient, ada: int, post: Any, clock: Any, count_queries: Any
) -> None:
    enters(client, post)
    clock.advance(minutes=5)
    client.get("/account")
    for step in (-5, 5, -5, 5):
        clock.advance(minutes=step)
        with count_queries(app) as counted:
            assert client.get("/account").status_code == 200
        assert counted.commits == 0


@ABOUT_SQLITE
def test_a_page_is_shown_at_once_while_somebody_else_writes(
    app: Flask, client: FlaskClient, ada: int, post: Any, clock: Any
) -> None:
    enters(client, post)
    clock.advance(minutes=2)
    file = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert client.get("/account").status_code == 200
        other.execute("ROLLBACK")
    assert client.get("/account").status_code == 200


def test_devices_are_listed_and_ended_one_by_one(app: Flask, client: FlaskClient, ada: int, post: Any) -> None:
    phone = session_of(app, ada, device="Safari, iPhone")
    enters(client, post)
    page = client.get("/account").text
    assert "Safari, iPhone" in page
    path = re.search(r"/account/sessions/\d+/end", page)
    assert path
    assert page.count('/end"') == 1, "the own session ends by signing out"
    assert post(client, path[0], page="/account").status_code == 303
    assert not works(app, phone)
    assert client.get("/account").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(
    app: Flask, client: FlaskClient, ada: int, make_user: Any, sign_in: Any, post: Any
) -> None:
    token = session_of(app, ada)
    with app.app_context():
        number = db.session.scalars(select(Session.id)).one()
    eve = sign_in(client, make_user(username="eve"))
    assert post(eve, f"/account/sessions/{number}/end", page="/account").status_code == 404
    assert works(app, token)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1", "Safari, iPhone"),
        ("curl/8", ""),
        ("<script>" * 1000, ""),
    ],
)
def test_a_device_is_told_by_what_its_browser_says(agent: str, device: str) -> None:
    assert device_of(agent) == device


def test_signing_in_takes_a_new_session_in_the_same_browser(
    app: Flask, client: FlaskClient, ada: int, post: Any
) -> None:
    post(client, "/quizzes/tea/attempts", page="/quizzes/tea")
    guests = client.get_cookie("session")
    assert guests is not None
    enters(client, post)
    assert not works(app, guests.value)
    with app.app_context():
        assert db.session.scalars(select(Session.user_id)).all() == [ada]
        assert db.session.scalars(select(User.id)).all() == [ada]


@pytest.mark.parametrize(("headers", "name"), [({}, "session"), ({"https": "1"}, "__Host-session")])
def test_by_https_no_neighbour_can_plant_the_cookie(
    client: FlaskClient, ada: int, headers: dict[str, str], name: str
) -> None:
    base = "https://localhost" if headers else "http://localhost"
    token = token_of(client.get("/sign-in", base_url=base).text)
    data = {"csrf_token": token, "login": "ada", "password": PASSWORD}
    done = client.post("/sign-in", data=data, base_url=base, headers={"Referer": f"{base}/sign-in"})
    cookie = next(each for each in done.headers.getlist("Set-Cookie") if each.startswith(f"{name}="))
    parts = set(cookie.split("; "))
    assert {"Path=/", "HttpOnly", "SameSite=Lax"} <= parts
    assert ("Secure" in parts) is bool(headers)
    assert "Domain" not in cookie


def test_every_page_has_another_token_and_all_of_a_session_are_valid(client: FlaskClient, ada: int, post: Any) -> None:
    enters(client, post)
    tokens = [token_of(client.get("/account").text) for _page in range(3)]
    assert len({token[:8] for token in tokens}) == 3
    assert len({token[-8:] for token in tokens}) == 3
    for token in tokens:
        assert client.post("/language", data={"csrf_token": token, "language": "de"}).status_code == 303
    spoilt = tokens[0][:-2] + ("A=" if tokens[0][-2] != "A" else "B=")
    for wrong in ("", "x", spoilt, "ä" * 88, "A" * 5000):
        sent = client.post("/language", data={"csrf_token": wrong, "language": "de"})
        assert sent.status_code == 400, wrong


def test_the_token_of_a_visitor_is_not_that_of_the_guest_or_person_they_become(
    client: FlaskClient, ada: int, post: Any
) -> None:
    def refuses(token: str) -> bool:
        sent = client.post("/language", data={"csrf_token": token, "language": "de"})
        return sent.status_code == 400

    visitors = token_of(client.get("/sign-in").text)
    post(client, "/quizzes/tea/attempts", page="/quizzes/tea")
    guests = token_of(client.get("/quizzes").text)
    assert refuses(visitors)
    enters(client, post)
    assert refuses(guests)


# --- the password again -----------------------------------------------------------------------------------------------


def test_what_matters_asks_for_the_password_when_it_was_not_given_lately(
    app: Flask, client: FlaskClient, ada: int, post: Any, clock: Any
) -> None:
    enters(client, post)
    assert client.get("/account/data").status_code == 200
    clock.advance(minutes=11)
    asked = client.get("/account/data")
    assert (asked.status_code, asked.location) == (303, "/account/confirm?next=/account/data")
    wrong = post(client, "/account/confirm", {"password": "a wrong one"})
    assert wrong.status_code == 401
    assert client.get("/account/data").status_code == 303
    right = post(client, "/account/confirm", {"password": PASSWORD, "next": "/account/data"})
    assert right.location == "/account/data"
    assert client.get("/account/data").status_code == 200


def test_a_form_that_met_the_question_for_the_password_is_sent_again_with_one_button(
    app: Flask, ada: int, admin: int, as_person: Any, clock: Any, post: Any
) -> None:
    client = as_person(admin)
    clock.advance(minutes=11)
    path = f"/admin/people/{ada}/role"
    asked = post(client, path, {"role": "instructor"}, page=f"/admin/people/{ada}")
    assert asked.status_code == 401
    kept = re.search(r'name="kept"[^>]*value="([^"]+)"', asked.text)
    assert kept
    again = client.post(
        "/account/confirm", data={"csrf_token": token_of(asked.text), "password": PASSWORD, "kept": kept[1]}
    )
    assert f'action="{path}"' in again.text
    assert 'value="instructor"' in again.text
    sent = client.post(path, data={"csrf_token": token_of(again.text), "role": "instructor"})
    assert sent.status_code == 303
    with app.app_context():
        assert db.session.get_one(User, ada).role == "instructor"


def test_each_act_that_matters_asks(app: Flask, ada: int, admin: int, as_person: Any, clock: Any, post: Any) -> None:
    client = as_person(admin)
    clock.advance(minutes=11)
    person = f"/admin/people/{ada}"
    for path, data, page in (
        (f"{person}/role", {"role": "admin"}, person),
        (f"{person}/link", {}, person),
        (f"{person}/second-factor/remove", {}, person),
        ("/account", {"name": "Adam", "username": "adam", "email": "x@example.org"}, "/account"),
        ("/account/sessions", {}, "/account"),
        ("/account/second-factor/codes", {}, "/account"),
        ("/account/second-factor/remove", {}, "/account"),
    ):
        assert post(client, path, data, page=page).status_code == 401, path
    assert client.get("/account/second-factor").location.startswith("/account/confirm?next=")
    with app.app_context():
        assert db.session.get_one(User, ada).role == "learner"
        assert db.session.get_one(User, admin).email is None


@pytest.mark.postgres
def test_on_postgresql_two_servers_share_sessions_tries_and_one_time_codes(
    postgres: Callable[[], str], make_app: Callable[..., Flask], make_user: Any, post: Any, clock: Any
) -> None:
    address = postgres()
    one, other = (make_app(database_url=address, limits=True) for _server in range(2))
    make_user(username="ada", app=one)
    client = one.test_client()
    token = enters(client, post)
    clock.advance(minutes=2)
    assert works(other, token)
    stranger = [server.test_client() for server in (one, other)]
    wrong = {"login": "ada", "password": "a wrong one"}
    statuses = [post(stranger[number % 2], "/sign-in", wrong).status_code for number in range(11)]
    assert statuses == [401] * 10 + [429]
    clock.advance(seconds=1)
    assert post(stranger[0], "/sign-in", {"login": "ada", "password": PASSWORD}).status_code == 303
    assert post(client, "/sign-out", page="/account").status_code == 303
    assert not works(other, token)
    with one.app_context():
        assert limits.is_new("a challenge")
    with other.app_context():
        assert not limits.is_new("a challenge")
