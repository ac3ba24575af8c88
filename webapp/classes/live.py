"""A quiz as it is being taken: who has started, where they are, who is stuck.

Somebody is **stuck** when their attempt is under way, questions are left, and nothing was answered for five minutes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import aliased

from webapp.accounts.models import Cohort, CohortMember, User
from webapp.database import db
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.vocabulary import AttemptState

STUCK_AFTER = timedelta(minutes=5)

NOT_STARTED, AT_WORK, STUCK, HANDED_IN = "not-started", "at-work", "stuck", "handed-in"
#: who may need help comes first
_ORDER = {STUCK: 0, AT_WORK: 1, NOT_STARTED: 2, HANDED_IN: 3}


@dataclass(frozen=True)
class Sitting:
    """One member of a class at one quiz: their latest attempt, if there is one."""

    user_id: int
    name: str
    #: not-started, at-work, stuck or handed-in
    state: str
    attempt_id: int | None = None
    number: int = 0
    #: the question they look at, from 1, and its id
    position: int = 0
    question_id: str | None = None
    answered: int = 0
    questions: int = 0
    #: whole minutes since the last answer (or the start)
    idle: int = 0
    #: whole minutes until the server hands in; None without a limit
    left: int | None = None
    submitted_at: datetime | None = None
    percent: float | None = None


@dataclass(frozen=True)
class LiveView:
    """A class at a quiz at one moment."""

    sittings: tuple[Sitting, ...]

    def count(self, *states: str) -> int:
        return sum(1 for sitting in self.sittings if sitting.state in states)

    @property
    def stuck_at(self) -> list[tuple[str, int]]:
        """The questions that several people are stuck at, with how many, the most first."""
        counted = Counter(s.question_id for s in self.sittings if s.state == STUCK and s.question_id)
        return [(question_id, count) for question_id, count in counted.most_common(5) if count > 1]

    @property
    def etag(self) -> str:
        """Changes when anything that the page shows does."""
        return hashlib.sha256(repr(self.sittings).encode()).hexdigest()[:32]


def view(cohort: Cohort, quiz_id: str, now: datetime) -> LiveView:
    """Everybody of the class with their latest attempt at the quiz that counts: one query.

    Those who are stuck come first, then those at work, not started, handed in; each by name.
    """
    latest = (
        select(Attempt.user_id, func.max(Attempt.number).label("number"))
        .join(CohortMember, CohortMember.user_id == Attempt.user_id)
        .where(
            CohortMember.cohort_id == cohort.id,
            CohortMember.left_at.is_(None),
            Attempt.quiz_id == quiz_id,
            Attempt.state != AttemptState.VOID,
        )
        .group_by(Attempt.user_id)
        .subquery()
    )
    attempt = aliased(Attempt)
    counted = (
        select(
            Slot.attempt_id,
            func.count().label("questions"),
            func.count(Slot.response).label("answered"),
            func.max(case((Slot.position == Attempt.position, Slot.question_id))).label("question_id"),
        )
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .join(latest, and_(latest.c.user_id == Attempt.user_id, latest.c.number == Attempt.number))
        .where(Attempt.quiz_id == quiz_id)
        .group_by(Slot.attempt_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            User.id, User.name, attempt.id, attempt.number, attempt.state, attempt.position, attempt.active_at,
            attempt.deadline, attempt.submitted_at, attempt.percent,
            counted.c.questions, counted.c.answered, counted.c.question_id,
        )
        .join(CohortMember, CohortMember.user_id == User.id)
        .outerjoin(latest, latest.c.user_id == User.id)
        .outerjoin(
            attempt,
            and_(
                attempt.user_id == User.id, attempt.quiz_id == quiz_id, attempt.number == latest.c.number
            ),
        )
        .outerjoin(counted, counted.c.attempt_id == attempt.id)
        .where(CohortMember.cohort_id == cohort.id, CohortMember.left_at.is_(None), User.deleted_at.is_(None))
    )  # fmt: skip
    sittings = [_sitting(row, now) for row in rows]
    sittings.sort(key=lambda s: (_ORDER[s.state], s.name.casefold(), s.user_id))
    return LiveView(tuple(sittings))


def _sitting(row: Any, now: datetime) -> Sitting:
    user_id, name, attempt_id, number, state, position, active_at, deadline, submitted_at, percent, *counts = row
    if attempt_id is None:
        return Sitting(user_id, name, NOT_STARTED)
    questions, answered, question_id = counts
    if state == AttemptState.SUBMITTED:
        return Sitting(
            user_id, name, HANDED_IN, attempt_id, number, answered=answered, questions=questions,
            submitted_at=submitted_at, percent=percent,
        )  # fmt: skip
    idle = now - active_at
    stuck = idle >= STUCK_AFTER and answered < questions
    return Sitting(
        user_id, name, STUCK if stuck else AT_WORK, attempt_id, number, position, question_id, answered, questions,
        idle=_minutes(idle), left=None if deadline is None else _minutes(deadline - now),
    )  # fmt: skip


def _minutes(span: timedelta) -> int:
    return max(0, int(span.total_seconds() // 60))
