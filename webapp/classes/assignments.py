"""What instructors set: quizzes with dates and rules for a cohort, and accommodations for a learner or a cohort.

The rules themselves are applied in `webapp.quizzes.terms`. What is changed here holds at once: deadlines of
attempts under way move, and late penalties of what is handed in are reckoned anew.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound

from webapp.accounts.models import Cohort, CohortMember, User
from webapp.database import db
from webapp.quizzes import service as quizzes
from webapp.quizzes.models import Accommodation, Assignment, Attempt
from webapp.quizzes.vocabulary import AttemptState, LatePolicy


@dataclass(frozen=True)
class Rules:
    """What an assignment says; None is as the quiz itself says. Times in UTC, `time_limit` in minutes."""

    opens_at: datetime | None = None
    due_at: datetime | None = None
    closes_at: datetime | None = None
    time_limit: int | None = None
    attempts: int | None = None
    access_code: str | None = None
    feedback_at: datetime | None = None
    late_policy: LatePolicy = LatePolicy.ACCEPT
    #: percent for each day begun, with the policy PENALTY
    late_percent: float = 0.0

    def told(self) -> dict[str, Any]:
        """For the audit log: JSON-able, without the access code itself."""
        said = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in asdict(self).items()}
        return said | {"access_code": bool(self.access_code)}


@dataclass(frozen=True)
class Effect:
    """What a change did at once: deadlines that moved, and scores of late work that changed."""

    deadlines: int
    scores: int


def of_cohort(cohort: Cohort) -> dict[str, Assignment]:
    """quiz id → the assignment in force."""
    wanted = select(Assignment).where(Assignment.cohort_id == cohort.id, Assignment.withdrawn_at.is_(None))
    return {assignment.quiz_id: assignment for assignment in db.session.scalars(wanted)}


def assign(cohort: Cohort, quiz_id: str, rules: Rules, *, by: User, now: datetime) -> tuple[Assignment, Effect]:
    """Sets a quiz to a cohort, or changes how it is set. Flushes."""
    assignment = db.session.scalar(
        select(Assignment).where(Assignment.cohort_id == cohort.id, Assignment.quiz_id == quiz_id)
    )
    if assignment is None:
        assignment = Assignment(cohort_id=cohort.id, quiz_id=quiz_id, created_by=by.id, created_at=now)
        db.session.add(assignment)
    assignment.withdrawn_at = None
    for key, value in asdict(rules).items():
        setattr(assignment, key, value)
    db.session.flush()
    return assignment, _take_effect(assignment_id=assignment.id)


def rules_of(assignment: Assignment) -> Rules:
    return Rules(**{key: getattr(assignment, key) for key in Rules.__dataclass_fields__})


def withdraw(cohort: Cohort, quiz_id: str, now: datetime) -> tuple[Assignment, Effect]:
    """Takes an assignment back: the quiz is as the course says again. Attempts made under it stay. NotFound."""
    assignment = of_cohort(cohort).get(quiz_id)
    if assignment is None:
        raise NotFound
    assignment.withdrawn_at = now
    db.session.flush()
    return assignment, _take_effect(assignment_id=assignment.id)


# --- accommodations --------------------------------------------------------------------------------------------------


def accommodations(cohort: Cohort) -> list[tuple[Accommodation, User | None]]:
    """What holds for the cohort as a whole (no person) or for one of its members; the whole class first."""
    members = select(CohortMember.user_id).where(CohortMember.cohort_id == cohort.id)
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
) -> tuple[Accommodation, Effect]:
    """Gives a member, or with no `person` the whole class, more time, attempts or later dates, from now on. Flushes."""
    granted = Accommodation(
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
    db.session.add(granted)
    db.session.flush()
    return granted, _effect_of(granted)


def end(cohort: Cohort, accommodation_id: int, now: datetime) -> tuple[Accommodation, Effect]:
    """Ends an accommodation of the cohort or one of its members; NotFound otherwise. Flushes."""
    for granted, _person in accommodations(cohort):
        if granted.id == accommodation_id:
            granted.ended_at = now
            db.session.flush()
            return granted, _effect_of(granted)
    raise NotFound


def _effect_of(granted: Accommodation) -> Effect:
    return _take_effect(user_id=granted.user_id, cohort_id=granted.cohort_id, quiz_id=granted.quiz_id)


def _take_effect(
    *,
    user_id: int | None = None,
    cohort_id: int | None = None,
    quiz_id: str | None = None,
    assignment_id: int | None = None,
) -> Effect:
    """Brings deadlines of attempts under way and late penalties of those handed in up to date."""
    moved = quizzes.refresh_deadlines(
        user_id=user_id, cohort_id=cohort_id, quiz_id=quiz_id, assignment_id=assignment_id
    )
    late = (
        select(Attempt)
        .join(Attempt.assignment)
        .options(joinedload(Attempt.assignment))
        .where(
            Attempt.state == AttemptState.SUBMITTED,
            or_(
                Attempt.late_penalty > 0,
                (Assignment.late_policy == LatePolicy.PENALTY) & (Attempt.submitted_at > Assignment.due_at),
            ),
        )
    )
    if user_id is not None:
        late = late.where(Attempt.user_id == user_id)
    if cohort_id is not None:
        late = late.where(Attempt.user_id.in_(select(CohortMember.user_id).where(CohortMember.cohort_id == cohort_id)))
    if quiz_id is not None:
        late = late.where(Attempt.quiz_id == quiz_id)
    if assignment_id is not None:
        late = late.where(Attempt.assignment_id == assignment_id)
    changed = 0
    for attempt in db.session.scalars(late).all():
        before = attempt.score
        changed += quizzes.rescore(attempt).score != before
    db.session.flush()
    return Effect(moved, changed)
