"""What holds for single learners, or a whole class, beyond the rules: more time, later dates, more attempts.

How it is applied is said in `webapp.quizzes.terms`. A change holds at once (`effects`), and is recorded.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from werkzeug.exceptions import NotFound

from webapp.accounts.models import Cohort, CohortMember, User
from webapp.audit.service import record
from webapp.classes.effects import Effect, take_effect
from webapp.database import db
from webapp.quizzes.grade_changes.changes import Decision, carry_out
from webapp.quizzes.grade_changes.forecast import Scope
from webapp.quizzes.models import Accommodation, Attempt
from webapp.quizzes.vocabulary import ChangeKind


def of_cohort(cohort: Cohort, *, by: User) -> list[tuple[Accommodation, User | None]]:
    """What the cohort granted, as a whole (no person) or to one of its members; the whole class first.

    What another class granted to a member is that class's: its reason may tell of somebody's health. Of what is not
    known who granted it, admins only learn.
    """
    members = select(CohortMember.user_id).where(CohortMember.cohort_id == cohort.id, CohortMember.left_at.is_(None))
    granted_here: ColumnElement[bool] = Accommodation.granted_by_cohort == cohort.id
    if by.is_admin:
        granted_here = granted_here | (
            Accommodation.granted_by_cohort.is_(None) & (Accommodation.course_id == cohort.course_id)
        )
    rows = db.session.execute(
        select(Accommodation, User)
        .outerjoin(User, User.id == Accommodation.user_id)
        .where(
            Accommodation.ended_at.is_(None),
            or_(Accommodation.cohort_id == cohort.id, Accommodation.user_id.in_(members) & granted_here),
        )
        .order_by(User.id.is_not(None), User.name, Accommodation.id)
    )
    return [(row[0], row[1]) for row in rows]


def grant(
    cohort: Cohort,
    *,
    person: User | None,
    quiz_id: str | None,
    extra_time_percent: int,
    extra_attempts: int,
    later_hours: int,
    reason: str,
    by: User,
    now: datetime,
    seen: str | None = None,
) -> Effect:
    """Gives a member, or with no `person` the whole class, more time, attempts or later dates, from now on. Flushes.

    Raises NotDecided (see `changes.carry_out`) when that changes recorded results.
    """
    accommodation = Accommodation(
        user_id=person.id if person else None,
        cohort_id=None if person else cohort.id,
        course_id=cohort.course_id,
        granted_by_cohort=cohort.id,
        quiz_id=quiz_id,
        extra_time_percent=extra_time_percent,
        extra_attempts=extra_attempts,
        later_hours=later_hours,
        reason=reason,
        created_by=by.id,
        created_at=now,
    )

    def act() -> Effect:
        db.session.add(accommodation)
        db.session.flush()
        effect = _take_effect(accommodation)
        _record(
            cohort,
            accommodation,
            "accommodation.granted",
            effect,
            by=by,
            now=now,
            reason=reason,
            quiz=quiz_id,
            extra_time_percent=extra_time_percent,
            extra_attempts=extra_attempts,
            later_hours=later_hours,
        )
        return effect

    after = {"extra_time_percent": extra_time_percent, "extra_attempts": extra_attempts, "later_hours": later_hours}
    decision = _decision(cohort, accommodation, reason, by, now, seen, before={}, after=after)
    return carry_out(act, _touched_by(accommodation), decision).value


def end(
    cohort: Cohort, accommodation_id: int, *, by: User, now: datetime, reason: str = "", seen: str | None = None
) -> Effect:
    """Ends an accommodation that the cohort granted; NotFound otherwise. Flushes.

    Raises NotDecided like `grant`.
    """
    for accommodation, _person in of_cohort(cohort, by=by):
        if accommodation.id == accommodation_id:
            return _end(cohort, accommodation, by, now, reason, seen)
    raise NotFound


def _end(
    cohort: Cohort, accommodation: Accommodation, by: User, now: datetime, reason: str, seen: str | None
) -> Effect:
    def act() -> Effect:
        accommodation.ended_at = now
        db.session.flush()
        effect = _take_effect(accommodation)
        _record(cohort, accommodation, "accommodation.ended", effect, by=by, now=now, reason=reason)
        return effect

    before = {
        "extra_time_percent": accommodation.extra_time_percent,
        "extra_attempts": accommodation.extra_attempts,
        "later_hours": accommodation.later_hours,
    }
    decision = _decision(cohort, accommodation, reason, by, now, seen, before=before, after={})
    return carry_out(act, _touched_by(accommodation), decision).value


def _touched_by(accommodation: Accommodation) -> Scope:
    """The attempts of those whom an accommodation is for, at the quizzes that it covers."""
    scope: list[ColumnElement[bool]] = [Attempt.course_id == accommodation.course_id]
    if accommodation.user_id is not None:
        scope.append(Attempt.user_id == accommodation.user_id)
    else:
        members = select(CohortMember.user_id).where(CohortMember.cohort_id == accommodation.cohort_id)
        scope.append(Attempt.user_id.in_(members))
    return scope if accommodation.quiz_id is None else [*scope, Attempt.quiz_id == accommodation.quiz_id]


def _decision(
    cohort: Cohort,
    accommodation: Accommodation,
    reason: str,
    by: User,
    now: datetime,
    seen: str | None,
    *,
    before: dict[str, Any],
    after: dict[str, Any],
) -> Decision:
    return Decision(
        kind=ChangeKind.ACCOMMODATION,
        subject=f"user:{accommodation.user_id}" if accommodation.user_id else f"cohort:{cohort.id}",
        reason=reason,
        by=by,
        now=now,
        course_id=accommodation.course_id,
        quiz_id=accommodation.quiz_id,
        cohort_id=cohort.id,
        before=before,
        after=after,
        seen=seen,
    )


def _take_effect(accommodation: Accommodation) -> Effect:
    return take_effect(
        user_id=accommodation.user_id,
        cohort_id=accommodation.cohort_id,
        course_id=accommodation.course_id,
        quiz_id=accommodation.quiz_id,
    )


def _record(
    cohort: Cohort,
    accommodation: Accommodation,
    action: str,
    effect: Effect,
    *,
    by: User,
    now: datetime,
    reason: str = "",
    **details: Any,
) -> None:
    record(
        by,
        action,
        f"user:{accommodation.user_id}" if accommodation.user_id else f"cohort:{cohort.id}",
        now=now,
        cohort_id=cohort.id,
        course_id=cohort.course_id,
        reason=reason,
        accommodation=accommodation.id,
        deadlines_moved=effect.deadlines,
        scores_changed=effect.scores,
        **details,
    )
