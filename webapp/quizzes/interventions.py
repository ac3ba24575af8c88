"""What instructors did with attempts, and why: read from the audit log, for the learner to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp.audit.models import AuditEntry
from webapp.content.course.quiz import Quiz
from webapp.database import db
from webapp.quizzes.models import Attempt, AttemptNote
from webapp.quizzes.vocabulary import AttemptState, NoteKind, SubmittedBy

EXTENDED, HANDED_IN, RESET = "attempt.extended", "attempt.handed_in", "attempt.reset"


@dataclass(frozen=True)
class Act:
    """One act of an instructor on one attempt."""

    #: extended, handed_in or reset
    what: str
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True)
class Reset:
    """An attempt that was reset; act is None for one that became void by joining two accounts."""

    number: int
    act: Act | None


def subject(attempt_id: int) -> str:
    """How the audit log calls an attempt."""
    return f"attempt:{attempt_id}"


def on(attempt_ids: Sequence[int]) -> dict[int, list[Act]]:
    """attempt id → what was done with it, in order; one query."""
    attempt_of = {subject(attempt_id): attempt_id for attempt_id in attempt_ids}
    if not attempt_of:
        return {}
    acts: dict[int, list[Act]] = {}
    entries = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject.in_(attempt_of), AuditEntry.action.in_((EXTENDED, HANDED_IN, RESET)))
        .order_by(AuditEntry.id)
    )
    for entry in entries:
        act = Act(entry.action.partition(".")[2], entry.reason, entry.at, entry.actor_name)
        acts.setdefault(attempt_of[entry.subject], []).append(act)
    return acts


def acts_on(attempt: Attempt) -> list[Act]:
    """What was done with one attempt; asks the log only where something was done."""
    if attempt.extended_to is None and attempt.submitted_by != SubmittedBy.INSTRUCTOR and not attempt.is_void:
        return []
    return on([attempt.id]).get(attempt.id, [])


def resets(user_id: int, quiz: Quiz) -> list[Reset]:
    """A person's attempts at a quiz that an instructor reset, the latest first; one query, two if there are any."""
    void = db.session.execute(
        select(Attempt.id, Attempt.number)
        .where(
            Attempt.user_id == user_id,
            Attempt.course_id == quiz.course_id,
            Attempt.quiz_id == quiz.id,
            Attempt.state == AttemptState.VOID,
        )
        .order_by(Attempt.number.desc())
    ).all()
    done = on([attempt.id for attempt in void])
    return [
        Reset(attempt.number, next((a for a in reversed(done[attempt.id]) if a.what == "reset"), None))
        for attempt in void
        if attempt.id in done
    ]


def count_notes(attempt_id: int, kind: NoteKind) -> int:
    """How many lines of a kind the quiet log of an attempt has."""
    counted = select(func.count()).select_from(AttemptNote)
    return db.session.scalar(counted.where(AttemptNote.attempt_id == attempt_id, AttemptNote.kind == kind)) or 0


def notes(attempt_id: int) -> Sequence[AttemptNote]:
    """The quiet log of an attempt, for its instructor and its learner."""
    return db.session.scalars(
        select(AttemptNote).where(AttemptNote.attempt_id == attempt_id).order_by(AttemptNote.id)
    ).all()
