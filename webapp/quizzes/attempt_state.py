"""What an attempt and its slots are at a moment: answered, closed, shown. Read off the log, stored nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from webapp import questions
from webapp.questions import Response
from webapp.questions.answers import Message
from webapp.quizzes import eligibility
from webapp.quizzes.eligibility import Standing
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.revisions import question_of
from webapp.quizzes.vocabulary import Certainty, FeedbackTime


@dataclass(frozen=True)
class Saved:
    """The answer is kept. `sequence` is what the next answer to this slot has to carry."""

    sequence: int
    at: datetime | None
    #: False when it was there already: the same answer sent twice is one answer
    new: bool


@dataclass(frozen=True)
class Stale:
    """Meanwhile another page saved a different answer. Neither is lost: `mine` came now, the slot holds the other."""

    slot: Slot
    mine: Response | None
    certainty: Certainty | None


@dataclass(frozen=True)
class Closed:
    """No answer is taken any more: the attempt is handed in, its time is up, or this one question is graded already."""

    reason: Literal["submitted", "deadline", "checked"]


def is_graded(attempt: Attempt) -> bool:
    """Whether the attempt counts: pretests and practice don't."""
    return attempt.policy.graded and not attempt.is_practice


def asks_certainty(attempt: Attempt, preferences: dict[str, Any] | None) -> bool:
    """Whether to ask "how sure are you?": the quiz offers it, and the person hasn't said no."""
    return attempt.policy.certainty and (preferences or {}).get("certainty", True) is not False


def _feedback_of(attempt: Attempt) -> FeedbackTime | datetime:
    """When feedback comes, by the attempt itself. A date that an instructor set wins."""
    assignment = attempt.assignment
    if assignment is not None and assignment.withdrawn_at is None and assignment.feedback_at is not None:
        return assignment.feedback_at
    return attempt.policy.feedback


def checks_at_once(attempt: Attempt, now: datetime) -> bool:
    """Whether single questions are graded on request, before handing in. At most one query, mostly none."""
    if _feedback_of(attempt) != FeedbackTime.AT_ONCE:
        return False
    return eligibility.standing_of(attempt, now).keys_from(attempt, now) is None


def feedback_at(attempt: Attempt, now: datetime, standing: Standing | None = None) -> datetime | None:
    """When score and feedback of a handed-in attempt will be shown; None: they are shown now.

    `standing` is that of its learner to the quiz; without it, it costs a query.
    """
    standing = eligibility.standing_of(attempt, now) if standing is None else standing
    feedback = _feedback_of(attempt)
    dates = [feedback if isinstance(feedback, datetime) and feedback > now else None, standing.keys_from(attempt, now)]
    return max((date for date in dates if date is not None), default=None)


def is_released(attempt: Attempt, now: datetime, standing: Standing | None = None) -> bool:
    """Whether its learner may see score and feedback. Every page for learners has to ask this first."""
    return attempt.is_submitted and feedback_at(attempt, now, standing) is None


def unreadable(slot: Slot) -> Message | None:
    """Why the answer of a slot can't be read; None when it can, or when there is none."""
    if slot.response is None:
        return None
    question = question_of(slot.revision, slot.order_seed)
    return questions.type_of(question).malformed(question, slot.response)


def is_answered(slot: Slot) -> bool:
    """Whether there is an answer that can be read: "about ninety" in a field for a number is not one yet."""
    return slot.response is not None and unreadable(slot) is None


def is_checked(slot: Slot) -> bool:
    """Whether the slot is graded, and takes no answer any more."""
    return slot.graded_at is not None


def may_be_checked(slot: Slot) -> bool:
    """Whether a slot can be graded on request: not where people grade."""
    question = question_of(slot.revision, slot.order_seed)
    return questions.type_of(question).rubric(question) is None


def is_waiting(attempt: Attempt) -> bool:
    """Whether an attempt that is handed in has no result yet, because people grade some of its answers."""
    return attempt.is_submitted and attempt.awaiting > 0


def awaits_grade(slot: Slot) -> bool:
    """Whether the answer of a slot waits for people to grade it."""
    return is_waiting(slot.attempt) and slot.graded_at is None


def seconds_left(deadline: datetime | None, now: datetime) -> int | None:
    """Whole seconds until the deadline, never below 0; None without one."""
    return None if deadline is None else max(0, int((deadline - now).total_seconds()))
