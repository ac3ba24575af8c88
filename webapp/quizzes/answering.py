"""Answering: each answer is a step that says which step it follows, so a stale page can't overwrite a newer answer."""

from __future__ import annotations

from datetime import datetime

from webapp.database import db
from webapp.questions import Response
from webapp.quizzes import attempt_state, handing_in
from webapp.quizzes.attempt_state import Closed, Saved, Stale
from webapp.quizzes.models import Slot, Step
from webapp.quizzes.terms import effective_deadline
from webapp.quizzes.vocabulary import Certainty, StepAction, SubmittedBy

#: more than this between two answers is not believed: the page was left open, or the browser does not tell the truth
_SECONDS_AT_MOST = 3_600


def answer(
    slot: Slot,
    *,
    sequence: int,
    response: Response | None,
    certainty: int | None,
    seconds: int,
    now: datetime,
) -> Saved | Stale | Closed:
    """Saves an answer to a slot, with the next flush: what else the request changes of the attempt goes along in one
    statement. `slot` comes from `service.slot_for`, which locks it.

    `sequence` is the step the sender's page showed. The same answer again is the same answer, whatever the sequence:
    a double click or a repeated request adds nothing. A different answer on an old sequence is Stale, and nothing
    changes. `seconds` is the time spent since the sender's last save. Grades nothing.
    """
    closed = why_closed(slot, now)
    if closed is not None:
        return closed
    sure = Certainty.read(certainty)
    same = slot.response == response and slot.certainty == sure
    if sequence != slot.sequence and not same:
        return Stale(slot, response, sure)
    if sequence == slot.sequence:
        _add_seconds(slot, seconds, now)
    if same:
        return Saved(slot.sequence, slot.answered_at, new=False)
    slot.sequence += 1
    slot.response = response
    slot.certainty = sure
    slot.answered_at = now
    slot.attempt.active_at = now
    db.session.add(
        Step(
            slot=slot,
            sequence=slot.sequence,
            action=StepAction.ANSWER,
            response=response,
            certainty=sure,
            actor_id=slot.attempt.user_id,
            at=now,
        )
    )
    return Saved(slot.sequence, now, new=True)


def why_closed(slot: Slot, now: datetime) -> Closed | None:
    """Why a slot takes no answer any more, or None. At most one query, and none without a deadline."""
    attempt = slot.attempt
    if not attempt.is_open:
        return Closed("deadline" if attempt.submitted_by == SubmittedBy.DEADLINE else "submitted")
    if attempt_state.is_checked(slot):
        return Closed("checked")
    deadline = effective_deadline(attempt)
    if deadline is not None and handing_in.is_past(deadline, now):
        return Closed("deadline")
    return None


def flag(slot: Slot, flagged: bool) -> None:
    """Marks a slot to come back to, or takes the mark away. Flushes."""
    slot.flagged = flagged
    db.session.flush()


def go_to(slot: Slot, position: int) -> None:
    """Keeps which question is looked at, so that any device resumes there. Flushes."""
    slot.attempt.position = position
    db.session.flush()


def check(slot: Slot, now: datetime) -> None:
    """Grades one slot before handing in, where the quiz gives feedback at once; closes it. Flushes.

    Nothing happens to a slot that is unanswered, graded already, graded by people, or in a quiz that doesn't do this.
    """
    attempt = slot.attempt
    if attempt.is_open and attempt_state.checks_at_once(attempt, now) and attempt_state.is_answered(slot):
        if not attempt_state.is_checked(slot) and attempt_state.may_be_checked(slot):
            handing_in.grade_slot(slot, now=now, actor_id=attempt.user_id)
        db.session.flush()


def _add_seconds(slot: Slot, seconds: int, now: datetime) -> None:
    most = int((now - slot.attempt.started_at).total_seconds())
    slot.seconds = max(slot.seconds, min(slot.seconds + max(0, min(seconds, _SECONDS_AT_MOST)), most))
