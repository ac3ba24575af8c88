"""What instructors do with one attempt of a learner they teach: let it run longer, hand it in, reset it.

Each act is recorded with its reason, which the learner reads (`quizzes.interventions`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import Forbidden, NotFound

from webapp.accounts import teaching
from webapp.accounts.models import Cohort, CohortMember, User
from webapp.audit.service import record
from webapp.database import db
from webapp.quizzes import interventions
from webapp.quizzes import service as quizzes
from webapp.quizzes.grade_changes.changes import Decision, carry_out
from webapp.quizzes.models import Attempt
from webapp.quizzes.vocabulary import AttemptKind, AttemptState, ChangeKind, SubmittedBy


def attempt_taught(user: User, attempt_id: int) -> Attempt:
    """An attempt of a learner in a class of its course that `user` teaches, any for an admin; NotFound otherwise.

    Unlike `quizzes.attempt_seen_by`, never one's own: nobody grades themselves. Rounds of review are nobody else's.
    """
    attempt = db.session.scalar(
        select(Attempt)
        .options(joinedload(Attempt.assignment), joinedload(Attempt.user))
        .where(Attempt.id == attempt_id, Attempt.user_id != user.id, Attempt.kind != AttemptKind.REVIEW)
    )
    if attempt is None or not teaching.may_see(user, attempt.user_id, attempt.course_id):
        raise NotFound
    return attempt


def attempt_to_act_on(user: User, attempt_id: int) -> Attempt:
    """The same, of which `user` may also change how it goes on; Forbidden where only another class's people may."""
    attempt = attempt_taught(user, attempt_id)
    if not quizzes.may_act_on(user, attempt):
        raise Forbidden
    return attempt


def cohorts_shared(user: User, learner_id: int, course_id: str) -> list[Cohort]:
    """The cohorts of a learner in a course that `user` may open, those in use first."""
    return list(
        db.session.scalars(
            select(Cohort)
            .join(CohortMember, CohortMember.cohort_id == Cohort.id)
            .where(
                CohortMember.user_id == learner_id,
                CohortMember.left_at.is_(None),
                teaching.cohorts_of(user, course_id),
            )
            .order_by(Cohort.archived_at.is_not(None), Cohort.name)
        )
    )


def is_under_way(attempt: Attempt, now: datetime) -> bool:
    """Whether an attempt can still be worked at; one whose time is up is handed in on the way, flushed."""
    return attempt.is_open and not quizzes.expire(attempt, now)


def extend(attempt: Attempt, until: datetime, *, reason: str, by: User, now: datetime) -> bool:
    """Lets an attempt under way run until then; False when it may run that long anyway. Flushes."""
    before = quizzes.effective_deadline(attempt)
    if before is None or until <= before:
        return False
    quizzes.extend(attempt, until)
    details = {"before": before.isoformat(), "until": until.isoformat()}
    _record(attempt, interventions.EXTENDED, reason, by=by, now=now, **details)
    return True


def hand_in(attempt: Attempt, *, reason: str, by: User, now: datetime) -> None:
    """Hands an attempt under way in, with the answers that are saved. Flushes."""
    quizzes.submit(attempt, now, SubmittedBy.INSTRUCTOR, actor_id=by.id)
    _record(attempt, interventions.HANDED_IN, reason, by=by, now=now, percent=attempt.percent)


def let_go_on_elsewhere(attempt: Attempt, *, by: User, now: datetime) -> None:
    """Lets an attempt under way go on in the browser that comes next. Flushes."""
    attempt.session_digest = None
    _record(attempt, "attempt.let_go_on", "", by=by, now=now)


def reset(attempt: Attempt, *, reason: str, by: User, now: datetime, seen: str | None = None) -> None:
    """Resets an attempt: it is kept, counts for nothing, and gives its place back. Flushes.

    Raises NotDecided (see `changes.carry_out`) when that changes the recorded result.
    """
    before = {"state": attempt.state, "percent": attempt.percent}
    decision = Decision(
        kind=ChangeKind.RESET,
        subject=interventions.subject(attempt.id),
        reason=reason,
        by=by,
        now=now,
        course_id=attempt.course_id,
        quiz_id=attempt.quiz_id,
        cohort_id=cohort_of(attempt, by),
        before=before,
        after={"state": AttemptState.VOID},
        seen=seen,
    )

    def act() -> None:
        quizzes.void(attempt)
        _record(attempt, interventions.RESET, reason, by=by, now=now, **before)

    scope = [
        Attempt.user_id == attempt.user_id,
        Attempt.course_id == attempt.course_id,
        Attempt.quiz_id == attempt.quiz_id,
    ]
    carry_out(act, scope, decision)


def cohort_of(attempt: Attempt, by: User) -> int | None:
    """The class that an act on an attempt belongs to: the one whose assignment it is, else one that both are in."""
    if attempt.assignment is not None:
        return attempt.assignment.cohort_id
    cohorts = cohorts_shared(by, attempt.user_id, attempt.course_id)
    return cohorts[0].id if cohorts else None


def _record(attempt: Attempt, action: str, reason: str, *, by: User, now: datetime, **details: Any) -> None:
    record(
        by,
        action,
        interventions.subject(attempt.id),
        now=now,
        cohort_id=cohort_of(attempt, by),
        course_id=attempt.course_id,
        reason=reason,
        user=attempt.user_id,
        quiz=attempt.quiz_id,
        **details,
    )
