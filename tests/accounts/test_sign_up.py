"""Creating an account: open, by code, or not at all; the first admin; links that set a password."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.accounts.test_sign_in import who
from webapp.accounts import links, service
from webapp.accounts.models import OneTimeLink, User
from webapp.audit.models import AuditEntry
from webapp.database import db

GOOD = {"name": "Ada Lovelace", "login": "ada", "password": "teal bicycle moon"}


def test_an_account_is_there_at_once(app: Flask, client: FlaskClient, post: Any) -> None:
    done = post(client, "/sign-up", {**GOOD, "next": "/quizzes"}, page="/sign-up?next=/quizzes")
    assert (done.status_code, done.location) == (303, "/quizzes")
    assert who(client) == "Ada Lovelace"
    with app.app_context():
        user = service.find("ADA")
        assert user is not None
        assert (user.role, user.origin, user.username, user.email) == ("learner", "signup", "ada", None)
        assert user.password_hash is not None
        assert GOOD["password"] not in user.password_hash


def test_an_address_serves_as_well_as_a_user_name(app: Flask, client: FlaskClient, post: Any) -> None:
    post(client, "/sign-up", {**GOOD, "login": " Ada@Example.org "})
    with app.app_context():
        user = service.find("ada@example.org")
        assert user is not None
        assert user.username is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\u202e\u200b"),
        ("name", "---"),
        ("login", ""),
        ("login", "a b"),
        ("login", "<script>"),
        ("login", "ada@"),
        ("login", "@example.org"),
        ("password", ""),
        ("password", "too short"),
        ("password", "x" * 201),
        ("password", "adalovelace1"),
        ("password", "TeaAndBread1!"),
    ],
)
def test_what_does_not_do_is_told_at_its_field_and_the_rest_is_kept(
    app: Flask, client: FlaskClient, post: Any, field: str, value: str
) -> None:
    page = post(client, "/sign-up", {**GOOD, field: value})
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert "teal bicycle moon" not in page.text
    for other, text in GOOD.items():
        if other not in {field, "password"}:
            assert f'value="{text}"' in page.text
    with app.app_context():
        assert service.people().total == 0


def test_a_hostile_name_is_shown_as_text_everywhere(
    app: Flask, client: FlaskClient, post: Any, make_user: Any, sign_in: Any
) -> None:
    name = "<img src=x onerror=alert(1)>\u202e&amp;\x07" + "y" * 200
    post(client, "/sign-up", {**GOOD, "name": name})
    with app.app_context():
        kept = db.session.scalars(select(User.name)).one()
    assert kept.startswith("<img src=x onerror=alert(1)>&amp;y")
    assert len(kept) == 120
    assert "<img src=x" not in client.get("/account").text
    admin = sign_in(app.test_client(), make_user(role="admin", username="root"))
    for path in ("/admin/people", "/admin/people/1", "/admin/people?q=%3Cimg"):
        page = admin.get(path).text
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


def test_a_taken_name_is_refused_in_every_spelling(client: FlaskClient, make_user: Any, post: Any) -> None:
    make_user(username="ada", email="ada@example.org")
    for login in ("ADA", "ａｄａ", "Ada@EXAMPLE.org", "a\u200bda"):
        page = post(client, "/sign-up", {**GOOD, "login": login})
        assert page.status_code == 422
        assert 'href="#login"' in page.text
    assert who(client) is None


def test_with_a_code_only_those_who_have_it_come_in(make_app: Any, post: Any) -> None:
    client = make_app(signup="code", signup_code="violet tide").test_client()
    for code in ("", "violet", "VIOLET TIDE "):
        page = post(client, "/sign-up", {**GOOD, "code": code})
        assert page.status_code == 422
        assert 'href="#code"' in page.text
        assert "violet tide" not in page.text
    assert post(client, "/sign-up", {**GOOD, "code": " violet tide "}).status_code == 303


def test_a_wrong_code_does_not_tell_who_has_an_account(make_app: Any, make_user: Any, post: Any) -> None:
    app = make_app(signup="code", signup_code="violet tide")
    make_user(username="ada", app=app)
    page = post(app.test_client(), "/sign-up", {**GOOD, "code": "x"})
    assert 'href="#code"' in page.text
    assert 'href="#login"' not in page.text


def test_closed_means_closed(make_app: Any, post: Any) -> None:
    app = make_app(signup="closed")
    client = app.test_client()
    page = client.get("/sign-up")
    assert page.status_code == 200
    assert "<form" not in page.text.split("<main", 1)[1].split("</main>")[0]
    done = post(client, "/sign-up", GOOD, page="/sign-in")
    assert done.status_code == 403
    with app.app_context():
        assert service.people().total == 0


def test_the_form_works_with_password_managers(client: FlaskClient) -> None:
    page = client.get("/sign-up").text
    assert 'autocomplete="new-password"' in page
    assert 'autocomplete="username"' in page
    assert 'autocomplete="name"' in page
    assert "onpaste" not in page
    assert 'autocomplete="current-password"' in client.get("/sign-in").text


# --- the first admin -------------------------------------------------------------------------------------------------


@pytest.fixture
def setup_path(app: Flask, clock: Any) -> str:
    with app.app_context():
        token = service.setup_token(now=clock())
        db.session.commit()
    return f"/setup/{token}"


def test_the_first_link_makes_an_admin_once(app: Flask, client: FlaskClient, post: Any, setup_path: str) -> None:
    assert post(client, setup_path, GOOD).status_code == 303
    assert client.get("/admin/people").status_code == 200
    with app.app_context():
        assert db.session.scalars(select(User.role)).all() == ["admin"]
        assert db.session.scalars(select(AuditEntry.action)).all() == ["person.created"]
    late = app.test_client()
    assert late.get(setup_path).status_code == 404
    assert post(late, setup_path, {**GOOD, "login": "eve"}, page="/sign-in").status_code == 404
    with app.app_context():
        assert service.people().total == 1


def test_looking_at_the_link_does_not_use_it_up(client: FlaskClient, post: Any, setup_path: str) -> None:
    for _ in range(3):
        assert client.get(setup_path).status_code == 200
    assert post(client, setup_path, {**GOOD, "password": "short"}).status_code == 422
    assert post(client, setup_path, GOOD).status_code == 303


def test_the_link_ends_when_an_instructor_exists_otherwise(
    app: Flask, client: FlaskClient, make_user: Any, setup_path: str, clock: Any
) -> None:
    make_user(role="instructor")
    assert client.get(setup_path).status_code == 404
    with app.app_context():
        assert service.setup_token(now=clock()) is None


def test_the_link_ends_with_its_day_and_with_the_next_start(
    app: Flask, client: FlaskClient, clock: Any, setup_path: str
) -> None:
    with app.app_context():
        newer = service.setup_token(now=clock())
        db.session.commit()
    assert client.get(setup_path).status_code == 404
    assert client.get(f"/setup/{newer}").status_code == 200
    clock.advance(hours=24)
    assert client.get(f"/setup/{newer}").status_code == 404


def test_a_link_of_one_purpose_does_not_serve_another(app: Flask, client: FlaskClient, setup_path: str) -> None:
    assert client.get(setup_path.replace("setup", "reset")).status_code == 404


def test_only_the_hash_of_a_link_is_kept(app: Flask, setup_path: str) -> None:
    with app.app_context():
        kept = db.session.scalars(select(OneTimeLink)).one()
        assert setup_path.removeprefix("/setup/") not in repr(vars(kept))


# --- a new password by link ------------------------------------------------------------------------------------------


@pytest.fixture
def ada(make_user: Any) -> int:
    user_id: int = make_user(username="ada", name="Ada Lovelace")
    return user_id


@pytest.fixture
def reset_path(app: Flask, clock: Any, ada: int) -> str:
    with app.app_context():
        token = links.reset(db.session.get_one(User, ada), now=clock())
        db.session.commit()
    return f"/reset/{token}"


def test_a_link_sets_a_new_password_and_ends_all_sessions(
    app: Flask, client: FlaskClient, post: Any, sign_in: Any, ada: int, reset_path: str
) -> None:
    elsewhere = sign_in(app.test_client(), ada)
    assert who(elsewhere) == "Ada Lovelace"
    assert 'value="ada"' in client.get(reset_path).text
    assert post(client, reset_path, {"password": "teal bicycle moon"}).status_code == 303
    assert who(client) == "Ada Lovelace"
    assert who(elsewhere) is None
    fresh = app.test_client()
    assert post(fresh, "/sign-in", {"login": "ada", "password": "correct horse battery"}).status_code == 401
    assert post(fresh, "/sign-in", {"login": "ada", "password": "teal bicycle moon"}).status_code == 303
    assert fresh.get(reset_path).status_code == 404


def test_a_bad_password_does_not_use_the_link_up(client: FlaskClient, post: Any, reset_path: str) -> None:
    assert post(client, reset_path, {"password": "ada lovelace"}).status_code == 422
    assert post(client, reset_path, {"password": "teal bicycle moon"}).status_code == 303


def test_a_link_lasts_three_days(client: FlaskClient, clock: Any, reset_path: str) -> None:
    clock.advance(days=3, seconds=-1)
    assert client.get(reset_path).status_code == 200
    clock.advance(seconds=1)
    assert client.get(reset_path).status_code == 404


def test_a_newer_link_and_a_new_password_end_the_older_link(
    app: Flask, client: FlaskClient, clock: Any, ada: int, reset_path: str
) -> None:
    with app.app_context():
        user = db.session.get_one(User, ada)
        newer = links.reset(user, now=clock())
        db.session.commit()
        assert client.get(reset_path).status_code == 404
        assert links.find("reset", newer, now=clock()) is not None
        service.set_password(user, "hash")
        db.session.commit()
        assert links.find("reset", newer, now=clock()) is None


def test_two_people_with_one_link_cannot_both_use_it(app: Flask, clock: Any, reset_path: str) -> None:
    token = reset_path.removeprefix("/reset/")
    with app.app_context():
        link = links.find("reset", token, now=clock())
        assert link is not None
        assert links.consume(link, now=clock())
        assert not links.consume(link, now=clock())


def test_links_long_over_are_removed(app: Flask, clock: Any, ada: int, reset_path: str) -> None:
    with app.app_context():
        links.create("setup", now=clock() + timedelta(days=60))
        assert len(db.session.scalars(select(OneTimeLink)).all()) == 1
