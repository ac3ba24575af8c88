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
from webapp.web.paging import PageOf, page_of_list

STUCK_AFTER = timedelta(minutes=5)

NOT_STARTED, AT_WORK, STUCK, HANDED_IN = "not-started", "at-work", "stuck", "handed-in"
STATES = (STUCK, AT_WORK, NOT_STARTED, HANDED_IN)
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
    #: answers that wait for people to grade them
    awaiting: int = 0


#: rows of one page
ROWS = 60
#: what the rows can be ordered by
ORDERS = ("state", "name", "answered", "idle")


@dataclass(frozen=True)
class Wanted:
    """Which part of a class somebody looks at."""

    #: a part of the name; "": everybody
    search: str = ""
    #: one of the states; "": all
    state: str = ""
    #: one of ORDERS
    order: str = "state"
    page: int = 1

    @property
    def address(self) -> dict[str, str]:
        """The fields of an address that ask for it, but for the page."""
        fields = {"q": self.search, "state": self.state, "order": "" if self.order == "state" else self.order}
        return {name: value for name, value in fields.items() if value}


@dataclass(frozen=True)
class LiveView:
    """A class at a quiz at one moment."""

    sittings: tuple[Sitting, ...]

    def part(self, wanted: Wanted) -> PageOf[Sitting]:
        """The rows that somebody looks at."""
        needle = wanted.search.casefold()
        found = [
            sitting
            for sitting in self.sittings
            if (not wanted.state or sitting.state == wanted.state) and needle in sitting.name.casefold()
        ]
        match wanted.order:
            case "name":
                found.sort(key=lambda s: (s.name.casefold(), s.user_id))
            case "answered":
                found.sort(key=lambda s: (s.attempt_id is None, s.answered / (s.questions or 1)))
            case "idle":
                found.sort(key=lambda s: -s.idle)
        return page_of_list(found, wanted.page, ROWS)

    def count(self, *states: str) -> int:
        return sum(1 for sitting in self.sittings if sitting.state in states)

    @property
    def stuck_at(self) -> list[tuple[str, int]]:
        """The questions that several people are stuck at, with how many, the most first."""
        counted = Counter(s.question_id for s in self.sittings if s.state == STUCK and s.question_id)
        return [(question_id, count) for question_id, count in counted.most_common(5) if count > 1]

    def etag(self, shown: PageOf[Sitting]) -> str:
        """Changes when anything that the page shows does: its rows, the counts, what several are stuck at."""
        counts = sorted(Counter(sitting.state for sitting in self.sittings).items())
        said = (shown.items, shown.number, shown.total, counts, self.stuck_at)
        return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


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
            Attempt.course_id == cohort.course_id,
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
        .where(Attempt.course_id == cohort.course_id, Attempt.quiz_id == quiz_id)
        .group_by(Slot.attempt_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            User.id, User.name, attempt.id, attempt.number, attempt.state, attempt.position, attempt.active_at,
            attempt.deadline, attempt.submitted_at, attempt.percent, attempt.awaiting,
            counted.c.questions, counted.c.answered, counted.c.question_id,
        )
        .join(CohortMember, CohortMember.user_id == User.id)
        .outerjoin(latest, latest.c.user_id == User.id)
        .outerjoin(
            attempt,
            and_(
                attempt.user_id == User.id,
                attempt.course_id == cohort.course_id,
                attempt.quiz_id == quiz_id,
                attempt.number == latest.c.number,
            ),
        )
        .outerjoin(counted, counted.c.attempt_id == attempt.id)
        .where(CohortMember.cohort_id == cohort.id, CohortMember.left_at.is_(None), User.deleted_at.is_(None))
    )  # fmt: skip
    sittings = [_sitting(row, now) for row in rows]
    sittings.sort(key=lambda s: (_ORDER[s.state], s.name.casefold(), s.user_id))
    return LiveView(tuple(sittings))


def _sitting(row: Any, now: datetime) -> Sitting:
    user_id, name, attempt_id, number, state, position, active_at, deadline, submitted_at, *more = row
    if attempt_id is None:
        return Sitting(user_id, name, NOT_STARTED)
    percent, awaiting, questions, answered, question_id = more
    if state == AttemptState.SUBMITTED:
        return Sitting(
            user_id, name, HANDED_IN, attempt_id, number, answered=answered, questions=questions,
            submitted_at=submitted_at, percent=percent, awaiting=awaiting,
        )  # fmt: skip
    idle = now - active_at
    stuck = idle >= STUCK_AFTER and answered < questions
    return Sitting(
        user_id, name, STUCK if stuck else AT_WORK, attempt_id, number, position, question_id, answered, questions,
        idle=_minutes(idle), left=None if deadline is None else _minutes(deadline - now),
    )  # fmt: skip


def _minutes(span: timedelta) -> int:
    return max(0, int(span.total_seconds() // 60))
