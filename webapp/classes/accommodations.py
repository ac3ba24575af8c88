"""What holds for single learners, or a whole class, beyond the rules: more time, later dates, more attempts.

How it is applied is said in `webapp.quizzes.terms`. A change holds at once (`effects`), and is recorded.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from werkzeug.exceptions import NotFound

from webapp.accounts.models import Cohort, CohortMember, User
from webapp.audit.service import record
from webapp.classes.effects import Effect, take_effect
from webapp.database import db
from webapp.quizzes.models import Accommodation


def of_cohort(cohort: Cohort) -> list[tuple[Accommodation, User | None]]:
    """What holds for the cohort as a whole (no person) or for one of its members; the whole class first."""
    members = select(CohortMember.user_id).where(CohortMember.cohort_id == cohort.id, CohortMember.left_at.is_(None))
    rows = db.session.execute(
        select(Accommodation, User)
        .outerjoin(User, User.id == Accommodation.user_id)
        .where(
            Accommodation.ended_at.is_(None),
            or_(Accommodation.cohort_id == cohort.id, Accommodation.user_id.in_(members)),
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
) -> Effect:
    """Gives a member, or with no `person` the whole class, more time, attempts or later dates, from now on. Flushes."""
    accommodation = Accommodation(
        user_id=person.id if person else None,
        cohort_id=None if person else cohort.id,
        quiz_id=quiz_id,
        extra_time_percent=extra_time_percent,
        extra_attempts=extra_attempts,
        later_hours=later_hours,
        reason=reason,
        created_by=by.id,
        created_at=now,
    )
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


def end(cohort: Cohort, accommodation_id: int, *, by: User, now: datetime) -> Effect:
    """Ends an accommodation of the cohort or one of its members; NotFound otherwise. Flushes."""
    for accommodation, _person in of_cohort(cohort):
        if accommodation.id == accommodation_id:
            accommodation.ended_at = now
            db.session.flush()
            effect = _take_effect(accommodation)
            _record(cohort, accommodation, "accommodation.ended", effect, by=by, now=now)
            return effect
    raise NotFound


def _take_effect(accommodation: Accommodation) -> Effect:
    return take_effect(user_id=accommodation.user_id, cohort_id=accommodation.cohort_id, quiz_id=accommodation.quiz_id)


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
        reason=reason,
        accommodation=accommodation.id,
        deadlines_moved=effect.deadlines,
        scores_changed=effect.scores,
        **details,
    )
