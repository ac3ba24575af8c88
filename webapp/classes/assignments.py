"""What instructors set: quizzes with dates and rules for a cohort.

The rules themselves are applied in `webapp.quizzes.terms`. A change holds at once, also for attempts under way
(`effects`), and is recorded.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from werkzeug.exceptions import NotFound

from webapp.accounts.models import Cohort, CohortMember, User
from webapp.audit.service import record
from webapp.classes.effects import Effect, take_effect
from webapp.database import db
from webapp.quizzes.conditions import NO_CONDITIONS, Conditions
from webapp.quizzes.grade_changes.changes import Decision, NotUndone, carry_out, is_undone
from webapp.quizzes.grade_changes.forecast import Scope
from webapp.quizzes.grade_changes.models import RecordedChange
from webapp.quizzes.models import Assignment, Attempt
from webapp.quizzes.vocabulary import ChangeKind, LatePolicy


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
    #: on whose clock the times were typed; shown beside the reader's own
    zone: str | None = None

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


def assign(
    cohort: Cohort,
    quiz_id: str,
    rules: Rules,
    *,
    by: User,
    now: datetime,
    reason: str = "",
    seen: str | None = None,
    undoes: RecordedChange | None = None,
) -> Effect:
    """Sets a quiz to a cohort, or changes how it is set. Flushes.

    Raises NotDecided (see `changes.carry_out`) when that changes recorded results: `seen` is the seal of the forecast
    that was seen.
    """
    assignment = db.session.scalar(
        select(Assignment).where(Assignment.cohort_id == cohort.id, Assignment.quiz_id == quiz_id)
    )
    before = rules_of(assignment) if assignment is not None and assignment.withdrawn_at is None else None
    if assignment is None:
        # Not in force until `act`, so that it is seen whose results that changes.
        assignment = Assignment(
            cohort_id=cohort.id, quiz_id=quiz_id, created_by=by.id, created_at=now, withdrawn_at=now
        )
        db.session.add(assignment)
        db.session.flush()
    made = assignment

    def act() -> Effect:
        made.withdrawn_at = None
        for key in Rules.__dataclass_fields__:
            setattr(made, key, getattr(rules, key))
        db.session.flush()
        effect = take_effect(assignment_id=made.id)
        _record(
            made,
            "assignment.made" if before is None else "assignment.changed",
            effect,
            by=by,
            now=now,
            reason=reason,
            before=before.for_log() if before is not None else None,
            after=rules.for_log(),
        )
        return effect

    return carry_out(act, _touched_by(made), _dates(made, before, rules, reason, by, now, seen, undoes)).value


def withdraw(
    cohort: Cohort,
    quiz_id: str,
    *,
    by: User,
    now: datetime,
    reason: str = "",
    seen: str | None = None,
    undoes: RecordedChange | None = None,
) -> Effect:
    """Takes an assignment back: the quiz is as the course says again. Attempts made under it stay. NotFound.

    Raises NotDecided like `assign`.
    """
    assignment = of_cohort(cohort).get(quiz_id)
    if assignment is None:
        raise NotFound

    def act() -> Effect:
        assignment.withdrawn_at = now
        db.session.flush()
        effect = take_effect(assignment_id=assignment.id)
        _record(assignment, "assignment.withdrawn", effect, by=by, now=now, reason=reason)
        return effect

    decision = _dates(assignment, rules_of(assignment), None, reason, by, now, seen, undoes)
    return carry_out(act, _touched_by(assignment), decision).value


def undo(change: RecordedChange, *, reason: str, by: User, now: datetime, seen: str | None = None) -> Effect:
    """Gives an assignment the dates and rules back that it had before a change. Flushes.

    Raises NotUndone where it was changed again since, and NotDecided like `assign`.
    """
    assignment = db.session.get(Assignment, int(change.subject.partition(":")[2]))
    if change.kind != ChangeKind.DATES or assignment is None or is_undone(change):
        raise NotUndone
    stands = {} if assignment.withdrawn_at is not None else _row(rules_of(assignment))
    if stands != change.after:
        raise NotUndone
    cohort, quiz_id = assignment.cohort, assignment.quiz_id
    if not change.before:
        return withdraw(cohort, quiz_id, by=by, now=now, reason=reason, seen=seen, undoes=change)
    return assign(cohort, quiz_id, _from_row(change.before), by=by, now=now, reason=reason, seen=seen, undoes=change)


def _touched_by(assignment: Assignment) -> Scope:
    """The attempts at the quiz of those who took it under the assignment, and of everybody who is or was in the class.

    What they did otherwise counts as long as the class is not set the quiz, and no more when it is.
    """
    takers = select(Attempt.user_id).where(Attempt.assignment_id == assignment.id)
    members = select(CohortMember.user_id).where(CohortMember.cohort_id == assignment.cohort_id)
    return [*at_quiz(assignment), or_(Attempt.user_id.in_(takers), Attempt.user_id.in_(members))]


def at_quiz(assignment: Assignment) -> Scope:
    """The attempts at the quiz that an assignment sets: the one with this id in the course of the class."""
    return [Attempt.course_id == assignment.cohort.course_id, Attempt.quiz_id == assignment.quiz_id]


def _dates(
    assignment: Assignment,
    before: Rules | None,
    after: Rules | None,
    reason: str,
    by: User,
    now: datetime,
    seen: str | None,
    undoes: RecordedChange | None,
) -> Decision:
    return decision_on(
        assignment, ChangeKind.DATES, reason, by, now, seen, before=_row(before), after=_row(after), undoes=undoes
    )


def decision_on(
    assignment: Assignment,
    kind: ChangeKind,
    reason: str,
    by: User,
    now: datetime,
    seen: str | None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    undoes: RecordedChange | None = None,
) -> Decision:
    """A decision about what a class is set, for `changes.carry_out`."""
    return Decision(
        kind=kind,
        subject=f"assignment:{assignment.id}",
        reason=reason,
        by=by,
        now=now,
        course_id=assignment.cohort.course_id,
        quiz_id=assignment.quiz_id,
        cohort_id=assignment.cohort_id,
        undoes=undoes.id if undoes is not None else None,
        before=before,
        after=after,
        seen=seen,
    )


def _row(rules: Rules | None) -> dict[str, Any]:
    """Rules as they are kept with a change, to be taken back; empty for no assignment."""
    if rules is None:
        return {}
    values = asdict(rules) | {"conditions": rules.conditions.as_row()}
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}


def _from_row(row: dict[str, Any]) -> Rules:
    times = {
        key: datetime.fromisoformat(row[key])
        for key in ("opens_at", "due_at", "closes_at", "feedback_at")
        if row[key] is not None
    }
    found = Conditions.from_row(row.get("conditions") or {})
    return Rules(**row | times | {"late_policy": LatePolicy(row["late_policy"]), "conditions": found})


def _record(
    assignment: Assignment, action: str, effect: Effect, *, by: User, now: datetime, reason: str, **details: Any
) -> None:
    record(
        by,
        action,
        f"assignment:{assignment.id}",
        now=now,
        cohort_id=assignment.cohort_id,
        course_id=assignment.cohort.course_id,
        reason=reason,
        quiz=assignment.quiz_id,
        deadlines_moved=effect.deadlines,
        scores_changed=effect.scores,
        **details,
    )
