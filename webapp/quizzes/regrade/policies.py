"""What each way of regrading makes of one graded answer, and reading the graded answers to a question in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, exists, or_, select, true

from webapp import questions
from webapp.accounts.models import CohortMember
from webapp.database import db
from webapp.questions.contract import Question, Response
from webapp.quizzes import revisions
from webapp.quizzes.marking.models import GivenMark
from webapp.quizzes.models import Assignment, Attempt, QuestionRevision, Slot
from webapp.quizzes.vocabulary import AttemptState, RegradePolicy

#: what an instructor can choose, the usual one first
POLICIES = (RegradePolicy.RECOMPUTE, RegradePolicy.NEVER_LOWER, RegradePolicy.FULL_MARKS)

#: attempts whose slots are read at once


class NotPossible(Exception):
    """This regrade can't be made, for this reason."""

    def __init__(self, reason: Literal["running", "type-changed", "gone", "not-latest", "by-people"]) -> None:
        super().__init__(reason)
        self.reason = reason


class Graded(NamedTuple):
    """A slot that is graded, as far as regrading needs it."""

    id: int
    attempt_id: int
    digest: str
    graded_by: str | None
    response: Response | None
    certainty: int | None
    sequence: int
    fraction: float
    points: float
    order_seed: int


def by_policy(question: Question | None, digest: str, policy: RegradePolicy) -> Callable[[Graded], float]:
    """What gives the new fraction (0 to 1) of a slot. Raises NotPossible where there is nothing to grade by."""
    if policy == RegradePolicy.FULL_MARKS:
        return lambda slot: 1.0
    if question is None:
        raise NotPossible("gone")
    fractions: dict[tuple[str, int, str], float] = {}
    varies: dict[str, bool] = {digest: question.template is not None}

    def again(slot: Graded) -> float:
        # A class gives the same few answers over and over.
        if slot.digest not in varies:
            varies[slot.digest] = _shown(slot.digest).template is not None
        # The values of a question with parameters are the slot's own, and with them what an answer is worth.
        values = slot.order_seed if varies[digest] or varies[slot.digest] else 0
        key = (slot.digest, values, json.dumps(slot.response, sort_keys=True))
        if key not in fractions:
            fractions[key] = _grade_again(question, digest, slot)
        return fractions[key]

    if policy == RegradePolicy.NEVER_LOWER:
        return lambda slot: max(slot.fraction, again(slot))
    return again


def _shown(digest: str, order_seed: int | None = None) -> Question:
    return revisions.question_of(db.session.get_one(QuestionRevision, digest), order_seed)


def _grade_again(question: Question, digest: str, slot: Graded) -> float:
    response = slot.response
    if slot.digest == digest or response is None:
        question = questions.variant(question, slot.order_seed)
    else:
        shown = _shown(slot.digest, slot.order_seed)
        question = questions.variant(question, slot.order_seed, shown)
        response = questions.carry(shown, question, response) or None
    return questions.grade(question, response).fraction


def check_possible(course_id: str, question_id: str, question: Question | None, policy: RegradePolicy) -> None:
    """Raises NotPossible where a policy needs to read answers again that can't be read by the question as it is now.

    Answers to a question of one type are none to a question of another, and answers to one without parameters are none
    to one whose values are drawn. What people grade is graded by nothing else.
    """
    if question is not None and questions.type_of(question).rubric(question) is not None:
        raise NotPossible("by-people")
    if policy == RegradePolicy.FULL_MARKS:
        return
    if question is None or policy not in POLICIES:
        raise NotPossible("gone")
    digests = revisions.shown_in(course_id, question_id).where(Slot.graded_at.is_not(None)).distinct()
    for revision in db.session.scalars(select(QuestionRevision).where(QuestionRevision.digest.in_(digests))):
        varied = revision.body.get("template") is not None
        if revision.body.get("type") != question.type or varied is not (question.template is not None):
            raise NotPossible("type-changed")


def graded_slots(*more: Any) -> Any:
    """A query for graded slots of attempts that count, with the columns of `Graded`, then `more`.

    Those that an instructor overruled are not among them: their grade stands until that is taken back. Nor are those
    that people graded, whatever the question has become since.
    """
    return (
        select(
            Slot.id,
            Slot.attempt_id,
            Slot.digest,
            Slot.graded_by,
            Slot.response,
            Slot.certainty,
            Slot.sequence,
            Slot.fraction,
            Slot.points,
            Slot.order_seed,
            *more,
        )
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .where(
            Slot.graded_at.is_not(None),
            Slot.overruled.is_(False),
            Attempt.state != AttemptState.VOID,
            by_machine(),
        )
    )


def by_machine() -> ColumnElement[bool]:
    """The condition on Slot: no person graded it criterion by criterion."""
    return ~exists().where(GivenMark.slot_id == Slot.id)


def within(cohorts: Sequence[int] | None) -> ColumnElement[bool]:
    """The condition on Attempt: it is in the reach of these classes' instructors; with None, every attempt is.

    That is what was made under an assignment of one of them, and what a member made under none (see
    `quizzes.service.may_act_on`).
    """
    if cohorts is None:
        return true()
    theirs = select(Assignment.id).where(Assignment.cohort_id.in_(cohorts))
    members = select(CohortMember.user_id).where(CohortMember.cohort_id.in_(cohorts), CohortMember.left_at.is_(None))
    return or_(Attempt.assignment_id.in_(theirs), Attempt.assignment_id.is_(None) & Attempt.user_id.in_(members))


def graded_after(
    course_id: str,
    question_id: str,
    cursor: int,
    batch: int,
    *,
    cohorts: Sequence[int] | None = None,
    lock: bool = False,
) -> list[Graded]:
    """The next `batch` graded slots of a course's question after the slot `cursor`, in the order of their ids.

    `lock` holds slots and attempts against a hand-in that would add up the grades of a moment ago.
    """
    query = graded_slots().where(
        Slot.question_id == question_id, Slot.id > cursor, Attempt.course_id == course_id, within(cohorts)
    )
    if lock:
        query = query.with_for_update(of=(Attempt, Slot))
    return [Graded(*row) for row in db.session.execute(query.order_by(Slot.id).limit(batch))]


def all_graded(course_id: str, question_id: str, cohorts: Sequence[int] | None = None) -> Iterator[Graded]:
    """All graded slots of a course's question, read in pieces."""
    cursor = 0
    while batch := graded_after(course_id, question_id, cursor, 5_000, cohorts=cohorts):
        yield from batch
        cursor = batch[-1].id
