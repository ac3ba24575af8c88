"""Handing in and grading: steps are added to the log, the slots hold the latest, the attempt the sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select, text
from sqlalchemy.orm import joinedload

from webapp import questions
from webapp.accounts.models import CohortMember
from webapp.database import db
from webapp.quizzes import attempt_state, scores
from webapp.quizzes.models import Attempt, Slot, Step
from webapp.quizzes.revisions import question_of
from webapp.quizzes.terms import GRACE, allowance_of, due, effective_deadline, set_deadline
from webapp.quizzes.vocabulary import AttemptState, LatePolicy, StepAction, SubmittedBy

_listeners: list[Callable[[Attempt, Sequence[Slot]], None]] = []


def connect(listener: Callable[[Attempt, Sequence[Slot]], None]) -> None:
    """Lets a room above this one learn from handed-in papers: it gets the attempt and its graded slots, in the
    transaction that hands in, and flushes at most. Connecting the same one again changes nothing."""
    if listener not in _listeners:
        _listeners.append(listener)


def append_step(
    slot: Slot,
    action: StepAction,
    *,
    now: datetime,
    actor_id: int | None,
    fraction: float | None = None,
    digest: str | None = None,
    regrade_id: int | None = None,
) -> Step:
    """Adds a step and brings the slot up to date with it. Besides this, only `regrade.run` writes grades."""
    values = _next_step(slot, action, now=now, actor_id=actor_id, fraction=fraction)
    step = Step(**values, digest=digest, regrade_id=regrade_id)
    db.session.add(step)
    if fraction is not None:
        slot.graded_by = digest
    return step


def grade_slot(slot: Slot, *, now: datetime, actor_id: int | None) -> None:
    """Grades the slot's answer against the revision its learner saw. Not for answers that people grade."""
    append_step(slot, StepAction.GRADE, now=now, actor_id=actor_id, fraction=_fraction(slot))


def _next_step(
    slot: Slot, action: StepAction, *, now: datetime, actor_id: int | None, fraction: float | None
) -> dict[str, Any]:
    """Brings the slot up to date with its next step, and gives the step's columns."""
    slot.sequence += 1
    if fraction is not None:
        slot.fraction = fraction
        slot.graded_at = now
    return {
        "slot_id": slot.id,
        "sequence": slot.sequence,
        "action": action,
        "response": slot.response,
        "certainty": slot.certainty,
        "fraction": fraction,
        "actor_id": actor_id,
        "at": now,
    }


def _fraction(slot: Slot) -> float | None:
    """What the answer of a slot is worth, 0 to 1; None where people have to say."""
    grade = questions.grade(question_of(slot.revision, slot.order_seed), slot.response)
    return None if grade.pending else grade.fraction


def submit(
    attempt: Attempt, now: datetime, by: SubmittedBy = SubmittedBy.LEARNER, *, actor_id: int | None = None
) -> Attempt:
    """Hands an attempt in: grades what isn't graded and sets score, percent and pass. Handing in again changes nothing.

    What comes after the deadline is handed in as of the deadline.
    """
    _lock(attempt)
    if not attempt.is_open:
        return attempt
    deadline = set_deadline(attempt)
    at = now
    if deadline is not None and deadline <= now:
        at = deadline
        by = SubmittedBy.DEADLINE if by == SubmittedBy.LEARNER else by
    slots = _slots_with_revisions(attempt)
    steps = [
        _next_step(slot, StepAction.GRADE, now=at, actor_id=actor_id, fraction=fraction)
        for slot in slots
        if not attempt_state.is_checked(slot) and (fraction := _fraction(slot)) is not None
    ]
    if steps:
        # All in one statement: a whole class may hand in within the same second.
        db.session.execute(insert(Step).execution_options(render_nulls=True), steps)
    attempt.state = AttemptState.SUBMITTED
    attempt.submitted_at = at
    attempt.submitted_by = by
    left = sum(not attempt_state.is_checked(slot) for slot in slots)
    attempt.awaiting = left if left and _somebody_grades(attempt) else 0
    if attempt_state.is_graded(attempt):
        attempt.late_penalty = _penalty(attempt)
        score(attempt, slots)
    db.session.flush()
    for learn in _listeners:
        learn(attempt, slots)
    return attempt


def rescore(attempt: Attempt) -> Attempt:
    """Brings score, percent and pass up to date with the slots, after a regrade or a change of the late policy."""
    if attempt.is_submitted and attempt_state.is_graded(attempt):
        attempt.late_penalty = _penalty(attempt)
        score(attempt, attempt.slots)
        db.session.flush()
    return attempt


def score(attempt: Attempt, slots: Sequence[Slot]) -> None:
    """Sets score, percent and pass by the slots: none as long as people have to grade some of them.

    Where nobody will, what is not graded is left out of the paper, as if it had not been asked.
    """
    graded = [slot for slot in slots if slot.fraction is not None]
    if attempt.awaiting or (slots and not graded):
        attempt.score = attempt.percent = attempt.passed = None
        return
    if len(graded) < len(slots):
        attempt.max_score = float(sum(slot.points for slot in graded))
    attempt.score = scores.points(slots, attempt.late_penalty)
    attempt.percent = scores.percent_of(attempt.score, attempt.max_score)
    attempt.passed = scores.is_pass(attempt.percent, attempt.mark)


def is_over(attempt: Attempt, now: datetime) -> bool:
    """Whether an open attempt's time is up, the few seconds for an answer under way included."""
    if not attempt.is_open:
        return False
    deadline = effective_deadline(attempt)
    return deadline is not None and is_past(deadline, now)


def is_past(deadline: datetime, now: datetime) -> bool:
    """Whether a deadline is over, the grace included."""
    return now > deadline + GRACE


def expire(attempt: Attempt, now: datetime) -> bool:
    """Hands an attempt in if its time is up, with what is saved; returns whether it did."""
    if not is_over(attempt, now):
        return False
    submit(attempt, now, SubmittedBy.DEADLINE)
    return True


def any_overdue(now: datetime) -> bool:
    """Whether `hand_in_overdue` would find something: cheap, and reads only."""
    return db.session.scalar(_overdue(now).with_only_columns(Attempt.id).limit(1)) is not None


def number_open(_now: datetime) -> int:
    """How many attempts are not handed in: counted in the index of open ones, which needs the word itself."""
    return db.session.scalar(select(func.count()).select_from(Attempt).where(text("state = 'open'"))) or 0


def hand_in_overdue(now: datetime, *, at_most: int = 1_000) -> int:
    """Hands in attempts whose time is up and whose learner went away; returns how many. Flushes.

    In a writing transaction; `expiry` says when, and how many at once.
    """
    handed_in = 0
    for attempt in db.session.scalars(_overdue(now).options(joinedload(Attempt.assignment)).limit(at_most)).all():
        # An accommodation may have come since the column was written.
        set_deadline(attempt)
        handed_in += expire(attempt, now)
    db.session.flush()
    return handed_in


def extend(attempt: Attempt, until: datetime) -> Attempt:
    """Lets an open attempt run until then (an act of an instructor; the caller records it)."""
    _lock(attempt)
    # What is given to all comes on top of it.
    attempt.extended_to = until - timedelta(seconds=attempt.given_seconds)
    set_deadline(attempt)
    db.session.flush()
    return attempt


def reopen(attempt: Attempt) -> Attempt:
    """Opens an attempt again that was handed in by the clock, with the answers it had; the caller gives it more time.

    Its steps stay; questions that were checked before stay checked. Only for what the learner has seen no result of.
    """
    _lock(attempt)
    for slot in attempt.slots:
        if slot.graded_at is not None and attempt.submitted_at is not None and slot.graded_at >= attempt.submitted_at:
            slot.fraction = slot.graded_at = slot.graded_by = None
            # The answer can be another one now; what was decided of the old one stays in the log.
            slot.overruled = False
    attempt.state = AttemptState.OPEN
    attempt.submitted_at = attempt.submitted_by = None
    attempt.score = attempt.percent = attempt.passed = None
    attempt.max_score = float(sum(slot.points for slot in attempt.slots))
    attempt.awaiting = 0
    attempt.late_penalty = 0.0
    db.session.flush()
    return attempt


def void(attempt: Attempt) -> Attempt:
    """Resets an attempt: it is kept, counts for nothing, and leaves its place to another one."""
    _lock(attempt)
    attempt.state = AttemptState.VOID
    db.session.flush()
    return attempt


def _overdue(now: datetime) -> Select[tuple[Attempt]]:
    over = select(Attempt).where(Attempt.state == AttemptState.OPEN, Attempt.deadline < now - GRACE)
    return over.order_by(Attempt.deadline, Attempt.id)


def _penalty(attempt: Attempt) -> float:
    assignment = attempt.assignment
    if assignment is None or assignment.late_policy != LatePolicy.PENALTY or attempt.submitted_at is None:
        return 0.0
    due_at = due(assignment, allowance_of(attempt))
    if due_at is not None:
        # Time given to all makes nobody late.
        due_at += timedelta(seconds=attempt.given_seconds)
    return scores.late_share(attempt.submitted_at, due_at, assignment.late_percent)


def _somebody_grades(attempt: Attempt) -> bool:
    """Whether there is anybody to grade what no machine can: of what counts, those who teach its learner."""
    if not attempt_state.is_graded(attempt):
        return False
    if attempt.assignment_id is not None:
        return True
    member = select(CohortMember.cohort_id).where(
        CohortMember.user_id == attempt.user_id, CohortMember.left_at.is_(None)
    )
    return db.session.scalar(member.limit(1)) is not None


def _lock(attempt: Attempt) -> None:
    """Lets one change of an attempt follow the other (SQLite does so anyway, from BEGIN IMMEDIATE on)."""
    if db.session.get_bind().dialect.name != "sqlite":
        db.session.refresh(attempt, with_for_update={"of": Attempt})


def _slots_with_revisions(attempt: Attempt) -> list[Slot]:
    return list(db.session.scalars(_with_revisions(), {"attempt_id": attempt.id}))


@cache
def _with_revisions() -> Select[tuple[Slot]]:
    return (
        select(Slot)
        .where(Slot.attempt_id == bindparam("attempt_id"))
        .options(joinedload(Slot.revision))
        .order_by(Slot.position)
        .execution_options(populate_existing=True)
    )
