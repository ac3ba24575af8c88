"""The answers that wait for people to grade them, as those who teach their learners see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import contains_eager, joinedload
from werkzeug.exceptions import NotFound

from webapp.accounts import teaching
from webapp.accounts.models import Cohort, User
from webapp.classes import attempts
from webapp.database import db
from webapp.quizzes.marking import marks
from webapp.quizzes.marking.models import GivenMark
from webapp.quizzes.models import Assignment, Attempt, Slot
from webapp.quizzes.vocabulary import AttemptKind, AttemptState


@dataclass(frozen=True)
class Pile:
    """The answers to one question of one quiz that wait."""

    quiz_id: str
    question_id: str
    #: all that wait, also for the other of two markers
    waiting: int
    #: those for the person who looks
    to_do: int
    #: of these, pairs of marks that are too far apart
    differ: int
    #: the slot to begin with; None where there is nothing to do
    first: int | None


def piles(user: User, course_id: str) -> list[Pile]:
    """What waits in a course for anybody whom `user` may grade, by quiz and question: one query."""
    given, mine = _given(), _is_mine(user)
    to_do = _to_do(given, mine)
    rows = db.session.execute(
        select(
            Attempt.quiz_id,
            Slot.question_id,
            func.count(),
            func.count().filter(to_do),
            func.count().filter(given >= 2),
            func.min(case((to_do, Slot.id))),
        )
        .select_from(Slot)
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .join(User, User.id == Attempt.user_id)
        .where(_waits_for(user, course_id))
        .group_by(Attempt.quiz_id, Slot.question_id)
        .order_by(Attempt.quiz_id, Slot.question_id)
    )
    return [Pile(*row) for row in rows]


def slot_to_mark(user: User, slot_id: int) -> Slot:
    """An answer that people grade, of a learner whose attempts `user` may act on, locked for a change.

    NotFound where it isn't handed in, is the person's own, or nobody grades it; Forbidden where only another class's
    people may.
    """
    slot = db.session.scalar(
        select(Slot)
        .join(Slot.attempt)
        .options(contains_eager(Slot.attempt).joinedload(Attempt.assignment), joinedload(Slot.revision))
        .where(Slot.id == slot_id, Attempt.state == AttemptState.SUBMITTED)
        .with_for_update(of=Slot)
    )
    if slot is None:
        raise NotFound
    attempts.attempt_to_act_on(user, slot.attempt_id)
    never = slot.graded_at is None and slot.attempt.awaiting == 0
    if never or slot.response is None or marks.rubric_of(slot) is None:
        raise NotFound
    return slot


def neighbours(user: User, slot: Slot) -> tuple[int | None, int | None]:
    """The slots before and after one among those that are to do at the same question of the same quiz."""
    given, mine = _given(), _is_mine(user)
    ids: Sequence[int] = db.session.scalars(
        select(Slot.id)
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .join(User, User.id == Attempt.user_id)
        .where(
            Attempt.quiz_id == slot.attempt.quiz_id,
            Slot.question_id == slot.question_id,
            Slot.id != slot.id,
            _waits_for(user, slot.attempt.course_id),
            _to_do(given, mine),
        )
        .order_by(Slot.id)
    ).all()
    before = [id for id in ids if id < slot.id]
    after = [id for id in ids if id > slot.id]
    return (before[-1] if before else None), (after[0] if after else None)


def next_to_do(user: User, slot: Slot) -> int | None:
    """The slot to go on with: the next one, or from the end the first that was passed over."""
    before, after = neighbours(user, slot)
    return after if after is not None else before


def _waits_for(user: User, course_id: str) -> ColumnElement[bool]:
    """The condition on Slot, Attempt and User: the answer waits in this course, and `user` may grade it (see
    `may_act_on`)."""
    theirs: ColumnElement[bool] = true()
    if not user.is_admin:
        taught = (
            select(Assignment.id)
            .join(Cohort, Cohort.id == Assignment.cohort_id)
            .where(teaching.cohorts_of(user, course_id))
        )
        theirs = and_(
            Attempt.user_id.in_(teaching.learners_of(user, course_id)),
            or_(Attempt.assignment_id.is_(None), Attempt.assignment_id.in_(taught)),
        )
    return and_(
        Attempt.course_id == course_id,
        Attempt.state == AttemptState.SUBMITTED,
        Attempt.awaiting > 0,
        Attempt.set_aside.is_(None),
        Attempt.kind != AttemptKind.REVIEW,
        Attempt.user_id != user.id,
        User.deleted_at.is_(None),
        Slot.graded_at.is_(None),
        theirs,
    )


def _given() -> Any:
    """How many marks a slot has."""
    return select(func.count()).where(GivenMark.slot_id == Slot.id).correlate(Slot).scalar_subquery()


def _is_mine(user: User) -> ColumnElement[bool]:
    query: Select[Any] = (
        select(GivenMark.id).where(GivenMark.slot_id == Slot.id, GivenMark.marker_id == user.id).correlate(Slot)
    )
    return exists(query)


def _to_do(given: Any, mine: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is something to do for a person: they gave no marks yet, or two are to be settled."""
    return or_(~mine, given >= 2)
