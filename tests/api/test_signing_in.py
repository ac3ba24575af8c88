"""A token signs in at the API and nowhere else; nothing else signs in there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.api.conftest import COURSE, Program, problem_of
from tests.conftest import session_of
from webapp.accounts import api_tokens, service
from webapp.accounts.models import ApiToken, TokenScope, User
from webapp.database import db


def test_a_token_says_whose_it_is(program: Any, teacher: int, clock: Any) -> None:
    told = program(teacher, TokenScope.COURSES).read("/me")
    assert (told["id"], told["name"], told["role"]) == (teacher, "Tess Teacher", "instructor")
    assert told["scopes"] == ["courses:read"]
    assert told["expires_at"].startswith((clock.at + timedelta(days=7)).isoformat()[:19])


def test_without_a_token_a_program_is_told_how_to_get_one(app: Flask) -> None:
    answer = Program(app, None).ask("/me")
    assert (answer.status_code, problem_of(answer)) == (401, "token-missing")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer webapp_" + 43 * "x", "Basic dGVzczpwYXNz", "Bearer \xff", "x" * 9000]
)
def test_what_is_no_token_signs_nobody_in(app: Flask, header: str) -> None:
    answer = app.test_client().get("/api/v1/me", headers={"Authorization": header})
    assert (answer.status_code, problem_of(answer)) == (401, "token-invalid")


def test_a_cookie_signs_in_at_no_operation(app: Flask, teacher: int) -> None:
    client = app.test_client()
    client.set_cookie("session", session_of(app, teacher))
    assert client.get("/account").status_code == 200
    assert client.get("/api/v1/me").status_code == 401


def test_a_token_opens_no_page(app: Flask, program: Any, admin: int) -> None:
    mine = program(admin)
    headers = {"Authorization": f"Bearer {mine.token}"}
    for page in ("/account", "/admin/people", "/instructor", "/account/data"):
        assert app.test_client().get(page, headers=headers).status_code == 303, page
    assert app.test_client().get("/session", headers=headers).json["reader"] == "nobody"


def test_an_answer_sets_no_cookie_and_is_for_nobody_else(program: Any, teacher: int) -> None:
    answer = program(teacher).ask("/me")
    assert answer.headers.getlist("Set-Cookie") == []
    assert "Authorization" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_token_that_ended_or_was_taken_back_signs_nobody_in(
    app: Flask, program: Any, teacher: int, clock: Any
) -> None:
    ends, taken = program(teacher, days=7), program(teacher, days=30)
    clock.advance(days=8)
    assert problem_of(ends.ask("/me")) == "token-invalid"
    assert taken.ask("/me").status_code == 200
    with app.app_context():
        assert api_tokens.take_back(db.session.get_one(User, teacher), 2, now=clock())
        db.session.commit()
    assert problem_of(taken.ask("/me")) == "token-invalid"


def test_a_deleted_persons_token_signs_nobody_in(app: Flask, program: Any, teacher: int, clock: Any) -> None:
    mine = program(teacher)
    with app.app_context():
        db.session.get_one(User, teacher).deleted_at = clock()  # even where the row of the token was left
        db.session.commit()
    assert problem_of(mine.ask("/me")) == "token-invalid"


def test_a_role_that_is_taken_away_takes_the_tokens_reach_along(
    app: Flask, program: Any, teacher: int, admin: int, clock: Any
) -> None:
    mine = program(teacher)
    assert mine.ask(f"{COURSE}/classes").status_code == 200
    with app.app_context():
        service.set_role(db.session.get_one(User, teacher), "learner", by=db.session.get_one(User, admin), now=clock())
        db.session.commit()
    assert mine.ask("/me").status_code == 200
    assert problem_of(mine.ask(f"{COURSE}/classes")) == "403"


def test_scopes_narrow_and_never_widen(program: Any, teacher: int, make_user: Any) -> None:
    narrow = program(teacher, TokenScope.COURSES).ask(f"{COURSE}/classes")
    assert problem_of(narrow) == "scope-missing"
    assert 'scope="classes:read"' in narrow.headers["WWW-Authenticate"]
    assert problem_of(program(make_user(), *TokenScope).ask(f"{COURSE}/classes")) == "403"


def test_the_last_use_is_noted_once_a_minute(
    app: Flask, program: Any, teacher: int, clock: Any, count_queries: Any
) -> None:
    mine = program(teacher)

    def noted() -> Any:
        with app.app_context():
            return db.session.scalars(select(ApiToken.last_used_at)).one()

    assert noted() is None
    first = clock()
    mine.read("/me")
    assert noted() == first
    clock.advance(seconds=40)
    with count_queries(app) as counted:
        mine.read("/me")
    assert counted.count == 1
    assert noted() == first
    clock.advance(seconds=40)
    mine.read("/me")
    assert noted() == clock()


def test_where_a_second_factor_is_required_the_token_was_made_with_one(
    make_app: Any, make_user: Any, program: Any
) -> None:
    app = make_app(staff_mfa="required")
    tess = make_user(role="instructor", username="tess", app=app)
    without, given = program(tess), program(tess, second=True)
    without.client = given.client = app.test_client()
    assert problem_of(without.ask("/me")) == "second-factor-missing"
    assert given.ask("/me").status_code == 200


def test_one_token_asks_six_hundred_times_a_minute(make_app: Any, make_user: Any, program: Any, clock: Any) -> None:
    app = make_app(limits=True)
    tess = make_user(role="instructor", username="tess", app=app)
    mine, other = program(tess), program(tess)
    mine.client = other.client = app.test_client()
    assert {mine.ask("/me").status_code for _ in range(600)} == {200}
    refused = mine.ask("/me")
    assert problem_of(refused) == "429"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert other.ask("/me").status_code == 200
    clock.advance(seconds=61)
    assert mine.ask("/me").status_code == 200


def test_who_looks_for_tokens_is_slowed(make_app: Any) -> None:
    app = make_app(limits=True)
    answers = [Program(app, "webapp_" + 43 * "x").ask("/me") for _ in range(70)]
    assert answers[0].status_code == 401
    assert problem_of(answers[-1]) == "429"
