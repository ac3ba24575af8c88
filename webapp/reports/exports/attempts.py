"""Attempts that were handed in, and the answers of one, a piece at a time: what programs read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from werkzeug.exceptions import NotFound

from webapp.database import db
from webapp.quizzes import eligibility
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.scores import rounded
from webapp.reports.exports.responses import AnswersInWords, handed_in, setters_of
from webapp.reports.scope import Population, login
from webapp.reports.scores import QuizColumn


@dataclass(frozen=True)
class HandedIn:
    """An attempt that was handed in. Without `score`, `percent` and `passed` where people have yet to grade it."""

    id: int
    learner_id: int
    learner: str
    quiz: str
    number: int
    started_at: datetime
    submitted_at: datetime
    score: float | None
    max_score: float
    #: 0 to 100
    percent: float | None
    passed: bool | None
    #: whether it makes a score here, as in the gradebook
    counts: bool
    #: answers that wait for people to grade them
    pending: int


@dataclass(frozen=True)
class GivenAnswer:
    """A question of an attempt, and its answer. None for what was not answered, or has no grade yet."""

    position: int
    question: str
    #: digest of the question as shown
    revision: str
    #: in the ids of the question as shown
    response: dict[str, Any] | None
    #: the same in words
    in_words: str
    #: 0 to 1
    fraction: float | None
    #: earned, of `worth`
    points: float | None
    worth: float
    seconds: int
    answered_at: datetime | None
    #: whether people have yet to grade it
    pending: bool


def attempts_after(
    population: Population, columns: Sequence[QuizColumn], *, after: int = 0, limit: int
) -> list[HandedIn]:
    """So many attempts at these quizzes with a number above `after`, in the order of their numbers. Two queries."""
    return _read(population, _with_results(population, columns).where(Attempt.id > after).limit(limit))


def attempt_in(population: Population, columns: Sequence[QuizColumn], attempt_id: int) -> HandedIn:
    """One of them by its number. NotFound where there is none, or it is nobody's whose results are shown here."""
    found = _read(population, _with_results(population, columns).where(Attempt.id == attempt_id))
    if not found:
        raise NotFound
    return found[0]


def _with_results(population: Population, columns: Sequence[QuizColumn]) -> Select[Any]:
    return handed_in(population, columns).add_columns(
        Attempt.started_at, Attempt.submitted_at, Attempt.score, Attempt.max_score, Attempt.percent, Attempt.passed
    )


def _read(population: Population, query: Select[Any]) -> list[HandedIn]:
    rows = db.session.execute(query).all()
    setters = setters_of(population) if rows else {}
    return [
        HandedIn(
            id=row.id,
            learner_id=row.user_id,
            learner=login(row.user_id, row.username, row.email, row.role),
            quiz=row.quiz_id,
            number=row.number,
            started_at=row.started_at,
            submitted_at=row.submitted_at,
            score=row.score,
            max_score=row.max_score,
            percent=row.percent,
            passed=row.passed,
            counts=eligibility.counts(row.set_aside, row.under, setters.get((row.user_id, row.quiz_id), ())),
            pending=row.awaiting,
        )
        for row in rows
    ]


def answers_of(attempt: HandedIn) -> list[GivenAnswer]:
    """Its questions in the order of the paper. One query, and one more for each revision that this process did not
    read before."""
    said = AnswersInWords()
    slots = db.session.scalars(select(Slot).where(Slot.attempt_id == attempt.id).order_by(Slot.position)).all()
    return [
        GivenAnswer(
            position=slot.position,
            question=slot.question_id,
            revision=slot.digest,
            response=slot.response,
            in_words=said.of(slot.digest, slot.order_seed, slot.response),
            fraction=slot.fraction,
            points=None if slot.fraction is None else rounded(slot.points * slot.fraction),
            worth=slot.points,
            seconds=slot.seconds,
            answered_at=slot.answered_at,
            pending=slot.fraction is None and attempt.pending > 0,
        )
        for slot in slots
    ]
