"""Tokens for programs: shown once, kept as a hash, of limited reach and time, and gone when their person says so."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import String, cast, func, select

from tests.accounts.test_second_factor import set_up
from webapp.accounts import api_tokens, credentials, passwords, service
from webapp.accounts.models import ApiToken, TokenScope, User
from webapp.audit.models import AuditEntry
from webapp.database import db

ASKED = {"name": "Gradebook of the school", "scopes": ["courses:read", "scores:read"], "days": "30"}
TOKEN = re.compile(r"webapp_[\w-]{43}")


@pytest.fixture
def as_teacher(teacher: int, as_person: Any) -> FlaskClient:
    return as_person(teacher)


def made(app: Flask, user_id: int, **more: Any) -> str:
    """A token of a person, committed."""
    with app.app_context():
        asked = {"name": "A program", "scopes": [TokenScope.COURSES], "days": 7, "now": app.config["CLOCK"]()}
        token = api_tokens.make(db.session.get_one(User, user_id), **asked | more)
        db.session.commit()
        return token


def works(app: Flask, token: str) -> bool:
    with app.app_context():
        return api_tokens.find(token, now=app.config["CLOCK"]()) is not None


def test_a_token_is_shown_once_and_only_its_hash_is_kept(app: Flask, as_teacher: FlaskClient, post: Any) -> None:
    answer = post(as_teacher, "/account/tokens", ASKED)
    (token,) = TOKEN.findall(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    later = as_teacher.get("/account/tokens").text
    assert "Gradebook of the school" in later
    assert "Not used yet" in later
    assert not TOKEN.search(later)
    assert works(app, token)
    with app.app_context():
        for table in db.metadata.sorted_tables:
            for column in table.columns:
                kept = select(func.count()).where(cast(column, String).contains(token[len(api_tokens.PREFIX) :]))
                assert db.session.scalar(kept) == 0, column


def test_making_and_taking_back_are_in_the_audit_log(
    app: Flask, teacher: int, as_teacher: FlaskClient, post: Any, clock: Any
) -> None:
    (token,) = TOKEN.findall(post(as_teacher, "/account/tokens", ASKED).text)
    assert post(as_teacher, "/account/tokens/1/end", page="/account/tokens").status_code == 303
    assert not works(app, token)
    with app.app_context():
        first, second = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert (first.action, second.action) == ("person.token_made", "person.token_ended")
        assert (first.actor_id, first.subject) == (teacher, f"user:{teacher}")
        assert first.details == {
            "name": ASKED["name"],
            "scopes": ["courses:read", "scores:read"],
            "until": (clock.at + timedelta(days=30)).isoformat(),
        }


def test_making_one_needs_a_password_that_was_given_a_moment_ago(
    app: Flask, as_teacher: FlaskClient, post: Any, clock: Any
) -> None:
    page = as_teacher.get("/account/tokens").text
    clock.advance(minutes=11)
    assert as_teacher.get("/account/tokens").status_code == 303
    sent = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert sent is not None
    assert as_teacher.post("/account/tokens", data=ASKED | {"csrf_token": sent[1]}).status_code == 401
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ApiToken)) == 0


@pytest.mark.parametrize("wrong", [{"name": " "}, {"scopes": []}, {"scopes": ["everything"]}, {"days": "4000"}])
def test_what_is_no_token_is_refused_and_stays_as_typed(as_teacher: FlaskClient, post: Any, wrong: Any) -> None:
    answer = post(as_teacher, "/account/tokens", ASKED | wrong)
    assert answer.status_code == 422
    assert not TOKEN.search(answer.text)
    assert wrong.get("name") or ASKED["name"] in answer.text


def test_learners_are_offered_only_what_is_of_use_to_them(make_user: Any, as_person: Any, post: Any) -> None:
    learner = as_person(make_user())
    assert "scores:read" not in learner.get("/account/tokens").text
    assert post(learner, "/account/tokens", ASKED).status_code == 422
    assert post(learner, "/account/tokens", ASKED | {"scopes": ["courses:read"]}).status_code == 200


def test_nobody_has_more_than_twenty_at_a_time(app: Flask, teacher: int, as_teacher: FlaskClient, post: Any) -> None:
    for _ in range(api_tokens.MOST):
        made(app, teacher)
    answer = post(as_teacher, "/account/tokens", ASKED)
    assert answer.status_code == 422
    assert "Take one back first" in answer.text


def test_a_token_ends_at_its_date(app: Flask, teacher: int, clock: Any) -> None:
    token = made(app, teacher, days=7)
    clock.advance(days=6, hours=23)
    assert works(app, token)
    clock.advance(hours=2)
    assert not works(app, token)


def test_a_new_password_ends_all_tokens(app: Flask, teacher: int) -> None:
    token = made(app, teacher)
    with app.app_context():
        user = db.session.get_one(User, teacher)
        credentials.set_password(user, passwords.hash_password("a much better one"))
        db.session.commit()
    assert not works(app, token)


def test_a_second_factor_or_a_higher_role_ends_all_tokens(
    app: Flask, teacher: int, as_teacher: FlaskClient, make_user: Any, clock: Any
) -> None:
    """Whoever had the password for a minute could read on for a year."""
    before = made(app, teacher)
    set_up(as_teacher, clock)
    assert not works(app, before)
    learner = make_user(username="lea")
    small = made(app, learner)
    with app.app_context():
        service.set_role(db.session.get_one(User, learner), "instructor", by="an admin", now=clock())
        db.session.commit()
    assert not works(app, small)


def test_a_deleted_account_leaves_none(app: Flask, teacher: int, clock: Any) -> None:
    token = made(app, teacher)
    with app.test_request_context():
        service.delete_account(db.session.get_one(User, teacher), now=clock())
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(ApiToken)) == 0
    assert not works(app, token)


def test_what_is_near_a_token_is_none(app: Flask, teacher: int) -> None:
    token = made(app, teacher)
    for near in ("", token[:-1], token + "A", token.swapcase(), token.removeprefix(api_tokens.PREFIX)):
        assert not works(app, near)


def test_they_are_among_ones_own_data(app: Flask, teacher: int, clock: Any) -> None:
    made(app, teacher)
    with app.test_request_context():
        data = service.data_export(db.session.get_one(User, teacher), now=clock())
    (program,) = data["sign_ins"]["programs"]
    assert (program["name"], program["scopes"]) == ("A program", ["courses:read"])
    assert "digest" not in program
