"""What a change of rules does at once: deadlines of attempts under way move, late penalties are worked out again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from webapp.accounts.models import CohortMember
from webapp.database import db
from webapp.quizzes import service as quizzes
from webapp.quizzes.models import Assignment, Attempt
from webapp.quizzes.vocabulary import AttemptState, LatePolicy


@dataclass(frozen=True)
class Effect:
    """How many deadlines moved, and how many scores of late work changed."""

    deadlines: int
    scores: int


def take_effect(
    *,
    user_id: int | None = None,
    cohort_id: int | None = None,
    course_id: str | None = None,
    quiz_id: str | None = None,
    assignment_id: int | None = None,
) -> Effect:
    """Brings deadlines of attempts under way and late penalties of those handed in up to date. Flushes.

    What is given narrows it: to a person, the members of a cohort, a course, a quiz of it, what was set by an
    assignment.
    """
    moved = quizzes.refresh_deadlines(
        user_id=user_id, cohort_id=cohort_id, course_id=course_id, quiz_id=quiz_id, assignment_id=assignment_id
    )
    late = (
        select(Attempt)
        .join(Attempt.assignment)
        .options(joinedload(Attempt.assignment))
        .where(
            Attempt.state == AttemptState.SUBMITTED,
            or_(
                Attempt.late_penalty > 0,
                (Assignment.late_policy == LatePolicy.PENALTY) & (Attempt.submitted_at > Assignment.due_at),
            ),
        )
    )
    if user_id is not None:
        late = late.where(Attempt.user_id == user_id)
    if cohort_id is not None:
        late = late.where(Attempt.user_id.in_(select(CohortMember.user_id).where(CohortMember.cohort_id == cohort_id)))
    if course_id is not None:
        late = late.where(Attempt.course_id == course_id)
    if quiz_id is not None:
        late = late.where(Attempt.quiz_id == quiz_id)
    if assignment_id is not None:
        late = late.where(Attempt.assignment_id == assignment_id)
    changed = 0
    for attempt in db.session.scalars(late).all():
        before = attempt.score
        changed += quizzes.rescore(attempt).score != before
    db.session.flush()
    return Effect(moved, changed)
