"""Rows of what people have, for tests that don't need to take a quiz for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from webapp.database import db
from webapp.lessons.models import Place, Reading
from webapp.quizzes.models import Attempt, QuestionRevision, Slot, Step
from webapp.quizzes.policy import AttemptPolicy
from webapp.review.models import Card

BODY = {
    "id": "tea-water",
    "type": "true_false",
    "stem": "Water for green tea boils.",
    "answer": False,
    "feedback": {"true": "It would be bitter."},
    "pillar": "tea",
}


def attempt(user_id: int, quiz_id: str, number: int, at: datetime, *, state: str = "submitted") -> Attempt:
    """An attempt with one answered slot, flushed."""
    if db.session.get(QuestionRevision, "0" * 64) is None:
        db.session.add(QuestionRevision(digest="0" * 64, question_id="tea-water", body=BODY, first_seen_at=at))
        db.session.flush()
    made = Attempt(
        course_id="tea-and-bread",
        user_id=user_id,
        quiz_id=quiz_id,
        kind="quiz",
        number=number,
        seed=1,
        policy=AttemptPolicy(title=quiz_id),
        state=state,
        started_at=at,
        submitted_at=at if state == "submitted" else None,
        active_at=at,
        max_score=1.0,
        score=1.0,
        percent=100.0,
        passed=True,
    )
    db.session.add(made)
    db.session.flush()
    slot = Slot(
        attempt_id=made.id,
        position=1,
        question_id="tea-water",
        digest="0" * 64,
        order_seed=1,
        points=1.0,
        sequence=1,
        response={"answer": False},
        fraction=1.0,
        answered_at=at,
    )
    db.session.add(slot)
    db.session.flush()
    db.session.add(
        Step(slot_id=slot.id, sequence=1, action="answer", response={"answer": False}, actor_id=user_id, at=at)
    )
    db.session.flush()
    return made


def reading(user_id: int, lesson_id: str, section_id: str, at: datetime) -> Reading:
    return Reading(course_id="tea-and-bread", user_id=user_id, lesson_id=lesson_id, section_id=section_id, read_at=at)


def place(user_id: int, lesson_id: str, section_id: str, at: datetime) -> Place:
    return Place(course_id="tea-and-bread", user_id=user_id, lesson_id=lesson_id, section_id=section_id, at=at)


def card(user_id: int, question_id: str, at: datetime, **more: Any) -> Card:
    return Card(course_id="tea-and-bread", user_id=user_id, question_id=question_id, due=at, last_review=at, **more)
