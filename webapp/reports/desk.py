"""The figures with which the desk begins."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select

from webapp.accounts.models import CohortMember, User
from webapp.database import db
from webapp.quizzes.models import Attempt
from webapp.quizzes.vocabulary import AttemptState
from webapp.reports.scope import Population
from webapp.reports.scores import KINDS


def members_by_class(population: Population) -> dict[int, int]:
    """How many members each class to choose from has; those without any are left out. One query."""
    counted = (
        select(CohortMember.cohort_id, func.count())
        .where(CohortMember.cohort_id.in_([each.id for each in population.classes]), CohortMember.left_at.is_(None))
        .group_by(CohortMember.cohort_id)
    )
    return dict(db.session.execute(counted).tuples().all())


def handed_in(population: Population) -> int:
    """How many attempts that make a score are handed in by the learners: one query."""
    counted = (
        select(func.count())
        .select_from(Attempt)
        .join(User, User.id == Attempt.user_id)
        .where(*_making_scores(population))
    )
    return db.session.scalar(counted) or 0


def is_anything_handed_in(population: Population) -> bool:
    """Whether there is any such attempt: one query, which ends with the first."""
    return bool(
        db.session.scalar(
            select(
                select(Attempt.id).join(User, User.id == Attempt.user_id).where(*_making_scores(population)).exists()
            )
        )
    )


def _making_scores(population: Population) -> tuple[ColumnElement[bool], ...]:
    return (
        Attempt.course_id == population.course_id,
        Attempt.state == AttemptState.SUBMITTED,
        Attempt.kind.in_(KINDS),
        population.learners(),
    )
