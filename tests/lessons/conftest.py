"""What the tests of the lessons share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Clock
from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.database import db
from webapp.quizzes.models import Attempt
from webapp.quizzes.policy import AttemptPolicy
from webapp.web.current import course as current_course


@pytest.fixture
def course(app: Flask) -> Iterator[Course]:
    """The tiny course, in an app context that stays open for the test."""
    with app.app_context():
        yield current_course()


@pytest.fixture
def reader(course: Course, make_user: Callable[..., int]) -> User:
    """A learner, attached to the session of the test."""
    found = db.session.get(User, make_user())
    assert found is not None
    return found


@pytest.fixture
def hand_in(clock: Clock) -> Callable[..., Attempt]:
    """Adds a finished attempt at a quiz; keywords replace columns."""

    def add(course: Course, user: User, quiz_id: str, percent: float, **more: Any) -> Attempt:
        quiz = course.quiz(quiz_id)
        assert quiz is not None
        policy = replace(AttemptPolicy.of(quiz, quiz.policy.time_limit), **more.pop("policy", {}))
        at: datetime = clock()
        number = 1 + db.session.query(Attempt).filter_by(user_id=user.id, quiz_id=quiz_id).count()
        values: dict[str, Any] = {
            "kind": quiz.kind, "number": number, "seed": 1, "drawn_from": {}, "policy": policy, "state": "submitted",
            "started_at": at, "submitted_at": at, "submitted_by": "learner", "active_at": at,
            "score": percent / 10, "max_score": 10.0, "percent": percent, "passed": percent >= quiz.policy.pass_mark,
        }  # fmt: skip
        attempt = Attempt(course_id="tea-and-bread", user_id=user.id, quiz_id=quiz_id, **(values | more))
        db.session.add(attempt)
        db.session.commit()
        return attempt

    return add
