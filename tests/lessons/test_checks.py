"""Checks in lessons: a miss shows the reason and keeps the key, the second miss tells it, and what was done stays."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import token_of
from webapp.accounts.models import User
from webapp.content.lessons.lesson import Check
from webapp.database import db
from webapp.lessons import service
from webapp.lessons.models import CheckAnswer
from webapp.questions import type_of
from webapp.web.current import course


@pytest.fixture
def check(course_app: Flask) -> Check:
    """A single choice among three, with reasons, in a lesson of the course that ships."""
    with course_app.app_context():
        return next(
            check
            for check in course().pillars[0].lesson.checks
            if check.question.type == "choice" and len(check.question.options) > 2
        )


def fields(app: Flask, check: Check, *, right: bool, place: int = 0) -> dict[str, str]:
    """The answer as the check's form sends it; of the wrong ones, the one at this place."""
    with app.app_context():
        lesson = course().pillars[0].lesson
        question, order = check.question, service.check_order(lesson, check.id)
        key = type_of(question).key(question)["option"]
        shown = [name for name, _option in question.shown(order)]
    wanted = [key] if right else [name for name in shown if name != key]
    return {f"{check.id}-answer": str(shown.index(wanted[place]) + 1)}


def send(client: FlaskClient, app: Flask, check: Check, data: dict[str, str]) -> str:
    with app.app_context():
        lesson_id = course().pillars[0].id
    token = token_of(client.get(f"/lessons/{lesson_id}").text)
    answer = client.post(
        f"/lessons/{lesson_id}/checks/{check.id}",
        data={"csrf_token": token, **data},
        headers={"X-Requested-With": "fetch"},
    )
    assert answer.status_code == 200
    return answer.text


def test_a_first_miss_says_why_and_keeps_the_key(course_app: Flask, check: Check) -> None:
    client = course_app.test_client()
    said = send(client, course_app, check, fields(course_app, check, right=False))
    assert "Not yet. Think once more." in said
    assert 'data-state="open"' in said
    assert "Right answer" not in said
    assert "check-why" not in said


def test_the_second_miss_tells_the_key(course_app: Flask, check: Check) -> None:
    client = course_app.test_client()
    send(client, course_app, check, fields(course_app, check, right=False))
    said = send(client, course_app, check, {"again": "1", **fields(course_app, check, right=False, place=1)})
    assert 'data-state="closed"' in said
    assert "Right answer" in said


def test_what_was_done_stands_as_it_was_left_and_can_be_done_again(
    course_app: Flask, check: Check, make_user: Any, sign_in: Any
) -> None:
    person = make_user(app=course_app)
    client = sign_in(course_app.test_client(), person)
    send(client, course_app, check, fields(course_app, check, right=False))
    with course_app.app_context():
        assert db.session.query(CheckAnswer).count() == 0, "it is not done yet"
        lesson_id, lesson = course().pillars[0].id, course().pillars[0].lesson
    send(client, course_app, check, fields(course_app, check, right=True))
    page = client.get(f"/lessons/{lesson_id}").text
    assert 'data-state="closed"' in page.split(f'id="{check.id}"')[1][:200]
    others = [each for each in lesson.checks if each.id != check.id]
    assert all('data-state="open"' in page.split(f'id="{each.id}"')[1][:200] for each in others)


def test_of_a_visitor_nothing_is_kept_and_nobody_is_made_a_guest(course_app: Flask, check: Check) -> None:
    send(course_app.test_client(), course_app, check, fields(course_app, check, right=True))
    with course_app.app_context():
        assert db.session.query(CheckAnswer).count() == 0
        assert db.session.query(User).count() == 0
