"""Overruling the grade of one answer, and taking that back: each a further step, for a reason that its learner reads.

An overruled grade stands whatever is regraded, until it is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from werkzeug.exceptions import NotFound

from webapp.accounts.models import User
from webapp.database import db
from webapp.quizzes import handing_in
from webapp.quizzes.grade_changes.changes import Decision, Done, NotUndone, carry_out, keep, trial
from webapp.quizzes.grade_changes.forecast import ChangeForecast, Scope
from webapp.quizzes.grade_changes.models import RecordedChange
from webapp.quizzes.models import Attempt, Slot, Step
from webapp.quizzes.vocabulary import ChangeKind, StepAction


class OutOfRange(ValueError):
    """Points below 0 or above what the question is worth."""


def graded_slot(attempt: Attempt, position: int) -> Slot:
    """A graded answer of an attempt that is handed in, locked for a change; NotFound otherwise."""
    slot = db.session.scalar(
        select(Slot)
        .where(Slot.attempt_id == attempt.id, Slot.position == position, Slot.graded_at.is_not(None))
        .with_for_update(of=Slot)
    )
    if slot is None or not attempt.is_submitted:
        raise NotFound
    return slot


def share(slot: Slot, points: Decimal) -> float:
    """The fraction that so many points of a slot are. Raises OutOfRange."""
    most = Decimal(repr(slot.points))
    if not 0 <= points <= most:
        raise OutOfRange
    return float(round(points / most, 6)) if most else 0.0


def forecast(slot: Slot, points: Decimal) -> ChangeForecast:
    """What overruling would do to its learner's result. Needs a writing transaction. Raises OutOfRange."""
    fraction = share(slot, points)
    return trial(lambda: _grade(slot, fraction, overruled=True, digest=slot.graded_by, by=None, now=None), _scope(slot))


def override(
    slot: Slot,
    points: Decimal,
    *,
    reason: str,
    by: User,
    now: datetime,
    cohort_id: int | None = None,
    seen: str | None = None,
) -> Done[Step]:
    """Gives an answer so many points instead of its grade. Flushes. Raises OutOfRange, and NotDecided."""
    fraction = share(slot, points)
    decision = Decision(
        kind=ChangeKind.OVERRIDE,
        subject=f"slot:{slot.id}",
        reason=reason,
        by=by,
        now=now,
        course_id=slot.attempt.course_id,
        quiz_id=slot.attempt.quiz_id,
        cohort_id=cohort_id,
        before=_row(slot),
        after={"fraction": fraction, "overruled": True},
        seen=seen,
    )
    return _done(slot, decision, fraction, overruled=True, digest=slot.graded_by)


def take_back(change: RecordedChange, *, reason: str, by: User, now: datetime, seen: str | None = None) -> Done[Step]:
    """Gives an answer back the grade it had before it was overruled. Flushes.

    Raises NotUndone when it is not overruled any more, or was overruled again since.
    """
    slot = db.session.get(Slot, change.slot_id) if change.slot_id is not None else None
    if change.kind != ChangeKind.OVERRIDE or slot is None or not slot.overruled or latest_on(slot.id) != change.id:
        raise NotUndone
    graded = last_grade(slot)
    decision = Decision(
        kind=ChangeKind.OVERRIDE,
        subject=change.subject,
        reason=reason,
        by=by,
        now=now,
        course_id=change.course_id,
        quiz_id=change.quiz_id,
        cohort_id=change.cohort_id,
        undoes=change.id,
        before=_row(slot),
        after={"fraction": graded.fraction, "overruled": False},
        seen=seen,
    )
    return _done(slot, decision, graded.fraction or 0.0, overruled=False, digest=graded.digest)


def latest_on(slot_id: int) -> int | None:
    """The id of the latest change that overruled an answer or took that back."""
    return db.session.scalar(
        select(RecordedChange.id).where(RecordedChange.slot_id == slot_id).order_by(RecordedChange.id.desc()).limit(1)
    )


def last_grade(slot: Slot) -> Step:
    """The last step that graded an answer by the question, and not by an instructor's word."""
    return db.session.scalars(
        select(Step)
        .where(Step.slot_id == slot.id, Step.fraction.is_not(None), Step.action != StepAction.OVERRIDE)
        .order_by(Step.sequence.desc())
        .limit(1)
    ).one()


def reasons(slot_ids: Sequence[int]) -> dict[tuple[int, int], RecordedChange]:
    """(slot id, sequence of the step) → the change that the step belongs to. One query, none without slots."""
    if not slot_ids:
        return {}
    changes = db.session.scalars(select(RecordedChange).where(RecordedChange.slot_id.in_(slot_ids)))
    return {(each.slot_id or 0, each.sequence or 0): each for each in changes}


def _done(slot: Slot, decision: Decision, fraction: float, *, overruled: bool, digest: str | None) -> Done[Step]:
    def act() -> Step:
        return _grade(slot, fraction, overruled=overruled, digest=digest, by=decision.by, now=decision.now)

    done = carry_out(act, _scope(slot), decision)
    # An answer that gets the points it had is overruled all the same: no regrade changes it from now on.
    change = done.change or keep(decision, done.forecast)
    change.slot_id, change.sequence = slot.id, slot.sequence
    db.session.flush()
    return Done(done.value, done.forecast, change)


def _grade(
    slot: Slot, fraction: float, *, overruled: bool, digest: str | None, by: User | None, now: datetime | None
) -> Step:
    step = handing_in.append_step(
        slot,
        StepAction.OVERRIDE,
        now=now or slot.attempt.submitted_at or slot.attempt.started_at,
        actor_id=by.id if by is not None else None,
        fraction=fraction,
        digest=digest,
    )
    slot.overruled = overruled
    attempt = slot.attempt
    if attempt.score is not None:
        # Points only: what was taken off for lateness stays as it was decided.
        handing_in.score(attempt, db.session.scalars(select(Slot).where(Slot.attempt_id == attempt.id)).all())
    db.session.flush()
    return step


def _scope(slot: Slot) -> Scope:
    attempt = slot.attempt
    return [
        Attempt.user_id == attempt.user_id,
        Attempt.course_id == attempt.course_id,
        Attempt.quiz_id == attempt.quiz_id,
    ]


def _row(slot: Slot) -> dict[str, Any]:
    return {"fraction": slot.fraction, "overruled": slot.overruled}
