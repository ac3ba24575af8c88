"""What instructors set: quizzes with dates and rules for a cohort.

The rules themselves are applied in `webapp.quizzes.terms`. A change holds at once, also for attempts under way
(`effects`), and is recorded.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from werkzeug.exceptions import NotFound

from webapp.accounts.models import Cohort, User
from webapp.audit.service import record
from webapp.classes.effects import Effect, take_effect
from webapp.database import db
from webapp.quizzes.conditions import NO_CONDITIONS, Conditions
from webapp.quizzes.models import Assignment
from webapp.quizzes.vocabulary import LatePolicy


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
    conditions: Conditions = NO_CONDITIONS

    def for_log(self) -> dict[str, Any]:
        """For the audit log: JSON-able, without the access code itself."""
        times = {key: value.isoformat() for key, value in asdict(self).items() if isinstance(value, datetime)}
        return (
            asdict(self)
            | times
            | {
                "access_code": bool(self.access_code),
                "conditions": self.conditions.for_log() if self.conditions else None,
            }
        )


def of_cohort(cohort: Cohort) -> dict[str, Assignment]:
    """quiz id → the assignment in force."""
    in_force = select(Assignment).where(Assignment.cohort_id == cohort.id, Assignment.withdrawn_at.is_(None))
    return {assignment.quiz_id: assignment for assignment in db.session.scalars(in_force)}


def rules_of(assignment: Assignment) -> Rules:
    values = {key: getattr(assignment, key) for key in Rules.__dataclass_fields__}
    return Rules(**values | {"conditions": assignment.conditions or NO_CONDITIONS})


def assign(cohort: Cohort, quiz_id: str, rules: Rules, *, by: User, now: datetime) -> Effect:
    """Sets a quiz to a cohort, or changes how it is set. Flushes."""
    assignment = db.session.scalar(
        select(Assignment).where(Assignment.cohort_id == cohort.id, Assignment.quiz_id == quiz_id)
    )
    before = rules_of(assignment) if assignment is not None and assignment.withdrawn_at is None else None
    if assignment is None:
        assignment = Assignment(cohort_id=cohort.id, quiz_id=quiz_id, created_by=by.id, created_at=now)
        db.session.add(assignment)
    assignment.withdrawn_at = None
    for key in Rules.__dataclass_fields__:
        setattr(assignment, key, getattr(rules, key))
    db.session.flush()
    effect = take_effect(assignment_id=assignment.id)
    _record(
        assignment,
        "assignment.made" if before is None else "assignment.changed",
        effect,
        by=by,
        now=now,
        before=before.for_log() if before is not None else None,
        after=rules.for_log(),
    )
    return effect


def withdraw(cohort: Cohort, quiz_id: str, *, by: User, now: datetime) -> Effect:
    """Takes an assignment back: the quiz is as the course says again. Attempts made under it stay. NotFound."""
    assignment = of_cohort(cohort).get(quiz_id)
    if assignment is None:
        raise NotFound
    assignment.withdrawn_at = now
    db.session.flush()
    effect = take_effect(assignment_id=assignment.id)
    _record(assignment, "assignment.withdrawn", effect, by=by, now=now)
    return effect


def _record(assignment: Assignment, action: str, effect: Effect, *, by: User, now: datetime, **details: Any) -> None:
    record(
        by,
        action,
        f"assignment:{assignment.id}",
        now=now,
        cohort_id=assignment.cohort_id,
        quiz=assignment.quiz_id,
        deadlines_moved=effect.deadlines,
        scores_changed=effect.scores,
        **details,
    )
