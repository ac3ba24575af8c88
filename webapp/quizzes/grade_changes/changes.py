"""The one way by which recorded results change: tried first, done for a reason, recorded with before and after, told.

`trial` does the act and takes it back within the same transaction, so the forecast is the outcome. `carry_out` does it
for good, and refuses when it touches anybody without a reason, or whom it touches was not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import insert, select, update
from werkzeug.exceptions import NotFound

from webapp.accounts.models import User
from webapp.audit.service import record
from webapp.database import db, pieces
from webapp.quizzes.grade_changes.forecast import ChangeForecast, ResultChange, Scope, compare, pictures
from webapp.quizzes.grade_changes.models import GradeNote, RecordedChange
from webapp.quizzes.vocabulary import ChangeKind

T = TypeVar("T")

#: results that the audit entry names; every one of them is in the notes
IN_THE_LOG = 200
#: the audit log's word for every change of recorded results
ACTION = "grades.changed"


class NotDecided(Exception):
    """The change touches recorded results, and there is no reason, or whoever decides has not seen whose they are.
    Holds `forecast`; nothing is changed."""

    def __init__(self, forecast: ChangeForecast) -> None:
        super().__init__(f"{len(forecast.differences)} results would change")
        self.forecast = forecast


class NotUndone(Exception):
    """A change can't be taken back: it was already, something later stands on it, or it is not of that kind."""


@dataclass(frozen=True)
class Decision:
    """What is decided, by whom, and why."""

    kind: ChangeKind
    subject: str
    reason: str
    by: User
    now: datetime
    #: whose results it changes
    course_id: str
    quiz_id: str | None = None
    cohort_id: int | None = None
    undoes: int | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    #: the seal of the forecast that was seen, "" for none; None where nobody looks, as in a command
    seen: str | None = None


@dataclass(frozen=True)
class Done(Generic[T]):
    """What came of a change: what the act returned, whom it touched, and its record (None: it touched nobody)."""

    value: T
    forecast: ChangeForecast
    change: RecordedChange | None


class _Tried(Exception):
    """Ends a trial."""


def trial(act: Callable[[], Any], scope: Scope) -> ChangeForecast:
    """What `act` would change, without changing it. Needs a writing transaction, which it leaves as it was."""
    seen = ChangeForecast(())
    try:
        with db.session.begin_nested():
            before = pictures(scope)
            act()
            db.session.flush()
            seen = compare(before, pictures(scope))
            raise _Tried
    except _Tried:
        db.session.expire_all()
    return seen


def carry_out(act: Callable[[], T], scope: Scope, decision: Decision, *, needs_reason: bool = True) -> Done[T]:
    """Does `act`, and records whose results that changed. Flushes.

    Raises NotDecided when it touches anybody, and there is no reason or another forecast was seen; then, and when `act`
    raises, nothing is changed.
    """
    try:
        with db.session.begin_nested():
            before = pictures(scope)
            value = act()
            db.session.flush()
            forecast = compare(before, pictures(scope))
            unseen = decision.seen is not None and decision.seen != forecast.seal
            if forecast and (unseen or (needs_reason and not decision.reason.strip())):
                raise NotDecided(forecast)
            change = keep(decision, forecast) if forecast else None
    except NotDecided:
        db.session.expire_all()
        raise
    return Done(value, forecast, change)


def keep(decision: Decision, forecast: ChangeForecast) -> RecordedChange:
    """The record of a change with a note to each learner it touches, and its entry in the audit log. Flushes."""
    change = RecordedChange(
        kind=decision.kind,
        subject=decision.subject[:200],
        course_id=decision.course_id,
        quiz_id=decision.quiz_id,
        before=dict(decision.before or {}),
        after=dict(decision.after or {}),
        reason=decision.reason.strip(),
        actor_id=decision.by.id,
        at=decision.now,
        undoes=decision.undoes,
        cohort_id=decision.cohort_id,
        touched=len(forecast.differences),
        gained=forecast.newly_passed,
        lost=forecast.newly_failed,
    )
    db.session.add(change)
    db.session.flush()
    tell(change, forecast.differences)
    record(
        decision.by,
        ACTION,
        decision.subject,
        now=decision.now,
        cohort_id=decision.cohort_id,
        course_id=decision.course_id,
        reason=decision.reason.strip(),
        change=change.id,
        kind=decision.kind,
        quiz=decision.quiz_id,
        undoes=decision.undoes,
        before=_for_log(decision.before),
        after=_for_log(decision.after),
        touched=change.touched,
        passes_gained=change.gained,
        passes_lost=change.lost,
        results=[
            {"user": each.user_id, "quiz": each.quiz_id, "from": each.percent_before, "to": each.percent_after,
             "passed_before": each.passed_before, "passed_after": each.passed_after}
            for each in forecast.differences[:IN_THE_LOG]
        ],
    )  # fmt: skip
    return change


def tell(change: RecordedChange, differences: Sequence[ResultChange]) -> None:
    """Leaves a note for each learner whose result a change touched. Flushes."""
    rows = [
        {
            "change_id": change.id,
            "user_id": each.user_id,
            "course_id": change.course_id,
            "quiz_id": each.quiz_id,
            "attempt_id": each.attempt_id,
            "percent_before": each.percent_before,
            "percent_after": each.percent_after,
            "passed_before": each.passed_before,
            "passed_after": each.passed_after,
        }
        for each in differences
    ]
    if not rows:
        return
    db.session.execute(insert(GradeNote).execution_options(render_nulls=True), rows)
    for ids in pieces(sorted({each.user_id for each in differences})):
        told = update(User).where(User.id.in_(ids), User.has_notes.is_(False)).values(has_notes=True)
        db.session.execute(told.execution_options(synchronize_session="fetch"))


def change_by_id(change_id: int) -> RecordedChange:
    """A change; NotFound when there is none."""
    change = db.session.get(RecordedChange, change_id)
    if change is None:
        raise NotFound
    return change


def is_undone(change: RecordedChange) -> bool:
    """Whether another change took this one back."""
    return db.session.scalar(select(RecordedChange.id).where(RecordedChange.undoes == change.id).limit(1)) is not None


def _for_log(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Rules as the audit log has them: without the numbers of attempts that are kept for taking a change back, and
    without an access code."""
    shown = {key: value for key, value in (values or {}).items() if key != "attempts"}
    return shown | ({"access_code": bool(shown["access_code"])} if "access_code" in shown else {})
