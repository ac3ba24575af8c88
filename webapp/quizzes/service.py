"""The door to attempts for the rooms above: loaders that check whose an attempt is, and what can be done with it.

The loaders are here. The rest is offered by name from the modules of this room, so that other rooms need not know how
it is divided; what only this room uses is imported from where it is written, and is not named in `__all__`.

Everything here takes the person and the time, flushes, and leaves the commit to the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import contains_eager, joinedload
from werkzeug.exceptions import NotFound

from webapp.accounts import teaching
from webapp.accounts.models import User
from webapp.content.course.quiz import Quiz
from webapp.database import db
from webapp.quizzes import eligibility
from webapp.quizzes.answering import answer, check, flag, go_to
from webapp.quizzes.attempt_state import Closed, Stale, is_released
from webapp.quizzes.expiry import bring_up_to_date
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
from webapp.quizzes.revisions import question_of
from webapp.quizzes.scores import QuizScore, recorded_score
from webapp.quizzes.starting import (
    NotOffered,
    Offer,
    WrongCode,
    offer,
    offers,
    own_attempts,
    practise,
    start,
    times_seen,
)
from webapp.quizzes.terms import effective_deadline, refresh_deadlines
from webapp.quizzes.vocabulary import AttemptKind, AttemptState

__all__ = [
    "Closed",
    "NotOffered",
    "Offer",
    "Stale",
    "WasReset",
    "WrongCode",
    "answer",
    "any_overdue",
    "append_step",
    "attempt_for",
    "attempt_seen_by",
    "bring_up_to_date",
    "check",
    "courses_of",
    "effective_deadline",
    "expire",
    "extend",
    "flag",
    "go_to",
    "hand_in_overdue",
    "is_over",
    "is_past",
    "may_act_on",
    "offer",
    "offers",
    "own_attempts",
    "practise",
    "question_of",
    "refresh_deadlines",
    "released_attempt_for",
    "rescore",
    "reset_attempt_for",
    "result_for",
    "slot_for",
    "slots_of",
    "start",
    "submit",
    "times_seen",
    "void",
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
    attempt = db.session.scalar(_own_attempt(), {"attempt_id": attempt_id, "user_id": user.id})
    if attempt is None:
        raise _missing(user, attempt_id)
    return attempt


@cache
def _own_attempt() -> Select[tuple[Attempt]]:
    return (
        select(Attempt)
        .options(joinedload(Attempt.assignment))
        .where(
            Attempt.id == bindparam("attempt_id"),
            Attempt.user_id == bindparam("user_id"),
            Attempt.state != AttemptState.VOID,
            Attempt.kind != AttemptKind.REVIEW,
        )
    )


def released_attempt_for(user: User, attempt_id: int, now: datetime) -> Attempt:
    """The same, of which the person may see the result; NotFound while it waits for its date or runs."""
    attempt = attempt_for(user, attempt_id)
    if not is_released(attempt, now):
        raise NotFound
    return attempt


def _missing(user: User, attempt_id: int) -> NotFound:
    quiz_id = db.session.scalar(
        select(Attempt.quiz_id).where(
            Attempt.id == attempt_id, Attempt.user_id == user.id, Attempt.state == AttemptState.VOID
        )
    )
    return WasReset(quiz_id) if quiz_id is not None else NotFound()


def attempt_seen_by(user: User, attempt_id: int) -> Attempt:
    """An attempt that `user` may look at: their own, one of a learner in a class of its course that they
    teach, any for an admin.

    NotFound otherwise, so that nobody learns which numbers exist. Void ones are there for instructors only, rounds of
    review for nobody but on their own pages.
    """
    attempt = db.session.scalar(
        select(Attempt)
        .options(joinedload(Attempt.assignment), joinedload(Attempt.user))
        .where(Attempt.id == attempt_id, Attempt.kind != AttemptKind.REVIEW)
    )
    if attempt is None:
        raise NotFound
    own = attempt.user_id == user.id and not attempt.is_void
    if not own and not teaching.may_see(user, attempt.user_id, attempt.course_id):
        raise NotFound
    return attempt


def reset_attempt_for(user: User, attempt_id: int) -> Attempt:
    """The person's own attempt that was reset, to be told so; NotFound for any other."""
    attempt = db.session.scalar(
        select(Attempt).where(
            Attempt.id == attempt_id,
            Attempt.user_id == user.id,
            Attempt.state == AttemptState.VOID,
            Attempt.kind != AttemptKind.REVIEW,
        )
    )
    if attempt is None:
        raise NotFound
    return attempt


def may_act_on(user: User, attempt: Attempt) -> bool:
    """Whether a person may extend, hand in or reset an attempt of a learner, and read what was done with it and why.

    What was made under an assignment is that class's: its instructors'. What was made under none belongs to no class;
    it is for the instructors of any class the learner is in, because else nobody but an admin could help. Admins may.
    """
    if user.is_admin:
        return True
    if not teaching.may_see(user, attempt.user_id, attempt.course_id):
        return False
    return attempt.assignment is None or teaching.may_open(user, attempt.assignment.cohort)


def slot_for(user: User, attempt_id: int, position: int, *, review: bool = False) -> Slot:
    """One slot of the person's own attempt, with attempt, assignment and revision in one query, locked for a change.

    With `review` it is one of a round of questions that were due, else never: they are answered on pages of their own.
    NotFound for anybody else's and positions that don't exist, WasReset for void ones.
    """
    asked = {"attempt_id": attempt_id, "user_id": user.id, "position": position}
    slot = db.session.scalar(_own_slot(review=review), asked)
    if slot is None:
        raise _missing(user, attempt_id)
    return slot


@cache
def _own_slot(*, review: bool) -> Select[tuple[Slot]]:
    return (
        select(Slot)
        .join(Slot.attempt)
        .options(
            contains_eager(Slot.attempt).joinedload(Attempt.assignment),
            joinedload(Slot.revision),
        )
        .where(
            Attempt.id == bindparam("attempt_id"),
            Attempt.user_id == bindparam("user_id"),
            Attempt.state != AttemptState.VOID,
            Attempt.kind == AttemptKind.REVIEW if review else Attempt.kind != AttemptKind.REVIEW,
            Slot.position == bindparam("position"),
        )
        # The attempt first, as everything that changes one does: locks taken in one order can't block each other.
        .with_for_update(of=(Attempt, Slot))
    )


def slots_of(attempt: Attempt, *, revisions: bool = False) -> Sequence[Slot]:
    """The slots in order, without their steps: one query; with `revisions`, the questions as shown come along."""
    return db.session.scalars(_slots(revisions=revisions), {"attempt_id": attempt.id}).all()


@cache
def _slots(*, revisions: bool) -> Select[tuple[Slot]]:
    query = select(Slot).where(Slot.attempt_id == bindparam("attempt_id")).order_by(Slot.position)
    return query.options(joinedload(Slot.revision)) if revisions else query


def courses_of(user: User) -> set[str]:
    """The ids of the courses in which a person has begun something."""
    return set(db.session.scalars(select(Attempt.course_id).where(Attempt.user_id == user.id).distinct()))


def result_for(user: User, quiz: Quiz) -> QuizScore:
    """The person's score at a quiz, by the rules it is recorded under, whether or not they may see it yet. Two queries.

    For the learner's own pages take `offer(…).score`, which waits for the date of the feedback.
    """
    mine = [
        assignment
        for assignment in eligibility.assignments_of(user.id, quiz.course_id)
        if assignment.quiz_id == quiz.id
    ]
    attempts = db.session.scalars(
        select(Attempt)
        .options(joinedload(Attempt.assignment))
        .where(
            Attempt.user_id == user.id,
            Attempt.course_id == quiz.course_id,
            Attempt.quiz_id == quiz.id,
            Attempt.state == AttemptState.SUBMITTED,
        )
    )
    counting = eligibility.Standing(mine=tuple(mine)).counting(attempts)
    return recorded_score(counting, quiz.policy.score, quiz.policy.pass_mark)
