"""What the tests of reports share: classes whose learners took quizzes, by the services or, where it is about numbers
of rows only, put into the tables directly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from tests.conftest import Clock
from tests.quizzes.conftest import Desk, right_answer, wrong_answer
from webapp.accounts.models import Cohort, CohortInstructor, CohortMember, User
from webapp.content.course.course import Course
from webapp.database import db
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.policy import AttemptPolicy


@pytest.fixture
def course(app: Flask) -> Course:
    return app.extensions["courses"].only.current()


@pytest.fixture
def make_class(app: Flask, clock: Clock) -> Callable[..., int]:
    """Makes a class with members and instructors; returns its id, committed."""

    def make(name: str, members: list[int], instructors: list[int] | None = None, **more: Any) -> int:
        with app.app_context():
            cohort = Cohort(course_id="tea-and-bread", name=name, join_code=name[:16], created_at=clock(), **more)
            db.session.add(cohort)
            db.session.flush()
            for user_id in members:
                db.session.add(CohortMember(cohort_id=cohort.id, user_id=user_id, joined_at=clock()))
            for user_id in instructors or []:
                db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=user_id))
            db.session.commit()
            return cohort.id

    return make


@pytest.fixture
def take(app: Flask, course: Course, clock: Clock) -> Callable[..., int]:
    """Lets somebody take a quiz, with `right` answers first and the rest wrong. Returns the id of the attempt."""

    def do(user_id: int, quiz_id: str, right: int = 0, seed: int = 1) -> int:
        with app.app_context():
            desk = Desk(user_id, course, clock)
            attempt = desk.start(quiz_id, seed=seed)
            for slot in list(attempt.slots):
                good = slot.position <= right
                desk.answer(attempt, slot.position, right_answer(slot) if good else wrong_answer(slot), seconds=20)
                clock.advance(minutes=1)
            return desk.submit(attempt).id

    return do


def fill(
    learners: int, at: datetime, *, cohort_id: int | None = None, quiz_id: str = "tea", slots: int = 0
) -> list[int]:
    """Puts learners with one handed-in attempt each into the tables, as fast as they take it; returns their ids.

    To be called in an app context.

    With `slots`, each attempt has so many answers, to the choice questions of the tiny course.
    """
    from webapp.quizzes import revisions

    first = (db.session.query(db.func.max(User.id)).scalar() or 0) + 1
    ids = list(range(first, first + learners))
    db.session.execute(
        insert(User),
        [
            {
                "id": id, "name": f"Learner {id:05}", "username": f"filled-{id}", "role": "learner",
                "origin": "roster", "created_at": at, "preferences": {},
            }
            for id in ids
        ],
    )  # fmt: skip
    if cohort_id is not None:
        db.session.execute(
            insert(CohortMember), [{"cohort_id": cohort_id, "user_id": id, "joined_at": at} for id in ids]
        )
    policy = AttemptPolicy(pass_mark=60.0, title=quiz_id, questions=slots)
    db.session.execute(
        insert(Attempt),
        [
            {
                "id": id, "user_id": id, "course_id": "tea-and-bread", "quiz_id": quiz_id, "kind": "quiz", "number": 1,
                "seed": id, "drawn_from": {}, "policy": policy, "state": "submitted", "started_at": at, "active_at": at,
                "submitted_at": at + timedelta(minutes=5), "submitted_by": "learner", "score": float(id % 4),
                "max_score": 3.0, "percent": round(id % 4 / 3 * 100, 2), "passed": id % 4 >= 2, "position": 1,
                "late_penalty": 0.0,
            }
            for id in ids
        ],
    )  # fmt: skip
    if slots:
        from flask import current_app

        course = current_app.extensions["courses"].only.current()
        asked = [course.question(name) for name in ("tea-choice", "tea-choice-heat", "tea-choice-plan")][:slots]
        digests = revisions.keep(asked, at)
        db.session.execute(
            insert(Slot),
            [
                {
                    "attempt_id": id, "position": place, "question_id": question.id, "digest": digests[question.id],
                    "order_seed": 1, "points": 1.0, "flagged": False, "sequence": 2,
                    "response": {"option": "abc"[(id + place) % 3]}, "fraction": float((id + place) % 3 == 0),
                    "graded_at": at, "answered_at": at, "seconds": 10 + id % 50,
                }
                for id in ids
                for place, question in enumerate(asked, 1)
            ],
        )  # fmt: skip
    db.session.commit()
    return ids
