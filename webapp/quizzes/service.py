"""The door to attempts: loaders that check whose they are, and what can be done with them.

Everything here takes the person and the time, flushes, and leaves the commit to the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload
from werkzeug.exceptions import NotFound

from webapp.accounts.models import CohortInstructor, CohortMember, User
from webapp.content.course.quiz import Quiz
from webapp.database import db
from webapp.quizzes.answering import answer, check, flag, go_to, why_closed
from webapp.quizzes.attempt_state import Closed, Saved, Stale, is_released
from webapp.quizzes.handing_in import (
    any_overdue,
    append_step,
    expire,
    extend,
    hand_in_overdue,
    is_over,
    is_past,
    rescore,
    submit,
    void,
)
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.revisions import keep, question_of
from webapp.quizzes.scores import QuizScore, quiz_score
from webapp.quizzes.starting import NotOffered, Offer, Refusal, WrongCode, offer, offers, practise, start, times_seen
from webapp.quizzes.terms import (
    GRACE,
    Allowance,
    Terms,
    allowance_for,
    effective_deadline,
    refresh_deadlines,
)
from webapp.quizzes.vocabulary import AttemptKind, AttemptState

__all__ = [
    "GRACE",
    "Allowance",
    "Closed",
    "NotOffered",
    "Offer",
    "QuizScore",
    "Refusal",
    "Saved",
    "Stale",
    "Terms",
    "WasReset",
    "WrongCode",
    "allowance_for",
    "answer",
    "any_overdue",
    "append_step",
    "attempt_for",
    "attempt_seen_by",
    "check",
    "effective_deadline",
    "expire",
    "extend",
    "flag",
    "go_to",
    "hand_in_overdue",
    "is_over",
    "is_past",
    "is_released",
    "keep",
    "offer",
    "offers",
    "practise",
    "question_of",
    "quiz_score",
    "refresh_deadlines",
    "rescore",
    "result_for",
    "slot_for",
    "slots_of",
    "start",
    "submit",
    "times_seen",
    "void",
    "why_closed",
]


class WasReset(NotFound):
    """The person's own attempt, which was reset: it is not found any more, and they may know why."""

    def __init__(self, quiz_id: str) -> None:
        super().__init__()
        self.quiz_id = quiz_id


def attempt_for(user: User, attempt_id: int) -> Attempt:
    """The person's own attempt, with its assignment; NotFound for anybody else's, rounds and none.

    For void ones it is WasReset.
    """
    found = db.session.scalar(
        select(Attempt)
        .options(joinedload(Attempt.assignment))
        .where(
            Attempt.id == attempt_id,
            Attempt.user_id == user.id,
            Attempt.state != AttemptState.VOID,
            Attempt.kind != AttemptKind.REVIEW,
        )
    )
    if found is None:
        raise _missing(user, attempt_id)
    return found


def _missing(user: User, attempt_id: int) -> NotFound:
    quiz_id = db.session.scalar(
        select(Attempt.quiz_id).where(
            Attempt.id == attempt_id, Attempt.user_id == user.id, Attempt.state == AttemptState.VOID
        )
    )
    return WasReset(quiz_id) if quiz_id is not None else NotFound()


def attempt_seen_by(user: User, attempt_id: int) -> Attempt:
    """An attempt that `user` may look at: their own, one of a learner in a cohort they teach, any for an admin.

    NotFound otherwise, so that nobody learns which numbers exist. Void ones are there for instructors only, rounds of
    review for nobody but on their own pages.
    """
    found = db.session.scalar(
        select(Attempt)
        .options(joinedload(Attempt.assignment), joinedload(Attempt.user))
        .where(Attempt.id == attempt_id, Attempt.kind != AttemptKind.REVIEW)
    )
    if found is None or not (
        (found.user_id == user.id and not found.is_void)
        or user.is_admin
        or (user.is_instructor and _teaches(user.id, found.user_id))
    ):
        raise NotFound
    return found


def slot_for(user: User, attempt_id: int, position: int, *, review: bool = False) -> Slot:
    """One slot of the person's own attempt, with attempt, assignment and revision in one query, locked for a change.

    With `review` it is one of a round of questions that were due, else never: they are answered on pages of their own.
    NotFound for anybody else's and positions that don't exist, WasReset for void ones.
    """
    found = db.session.scalar(
        select(Slot)
        .join(Slot.attempt)
        .options(
            contains_eager(Slot.attempt).joinedload(Attempt.assignment),
            joinedload(Slot.revision),
        )
        .where(
            Attempt.id == attempt_id,
            Attempt.user_id == user.id,
            Attempt.state != AttemptState.VOID,
            Attempt.kind == AttemptKind.REVIEW if review else Attempt.kind != AttemptKind.REVIEW,
            Slot.position == position,
        )
        # The attempt first, as everything that changes one does: locks taken in one order can't block each other.
        .with_for_update(of=(Attempt, Slot))
    )
    if found is None:
        raise _missing(user, attempt_id)
    return found


def slots_of(attempt: Attempt, *, revisions: bool = False) -> Sequence[Slot]:
    """The slots in order, without their steps: one query; with `revisions`, the questions as shown come along."""
    wanted = select(Slot).where(Slot.attempt_id == attempt.id).order_by(Slot.position)
    if revisions:
        wanted = wanted.options(joinedload(Slot.revision))
    return db.session.scalars(wanted).all()


def result_for(user: User, quiz: Quiz) -> QuizScore:
    """The person's score at a quiz, by its way of keeping score, whether or not they may see it yet. One query.

    For the learner's own pages take `offer(…).score`, which waits for the date of the feedback.
    """
    return quiz_score(
        db.session.execute(
            select(
                Attempt.number,
                Attempt.state,
                Attempt.kind,
                Attempt.score,
                Attempt.max_score,
                Attempt.submitted_at,
            ).where(Attempt.user_id == user.id, Attempt.quiz_id == quiz.id, Attempt.state == AttemptState.SUBMITTED)
        ).all(),
        quiz.policy.score,
        quiz.policy.pass_mark,
    )


def _teaches(instructor_id: int, learner_id: int) -> Any:
    return db.session.scalar(
        select(CohortMember.user_id)
        .join(CohortInstructor, CohortInstructor.cohort_id == CohortMember.cohort_id)
        .where(CohortInstructor.user_id == instructor_id, CohortMember.user_id == learner_id)
        .limit(1)
    )
