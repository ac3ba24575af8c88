"""One learner: what they did, attempt by attempt, and what they read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from webapp.accounts.models import CohortMember, User
from webapp.content.course.course import Course
from webapp.database import db
from webapp.lessons import service as lessons
from webapp.lessons.service import Progress
from webapp.quizzes import eligibility
from webapp.quizzes.models import Attempt
from webapp.quizzes.scores import QuizScore, recorded_score
from webapp.quizzes.vocabulary import AttemptState
from webapp.reports.scope import Class
from webapp.reports.scores import KINDS, QuizColumn


@dataclass(frozen=True)
class AtQuiz:
    """A learner at one quiz: the score that counts, and the attempts, the latest first (void ones among them)."""

    quiz: QuizColumn
    score: QuizScore
    attempts: tuple[Attempt, ...]
    #: ids of attempts that were made otherwise than their classes set it, and count for nothing
    apart: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Dossier:
    learner: User
    quizzes: tuple[AtQuiz, ...]
    lessons: tuple[Progress, ...]
    #: handed-in papers of their own mistakes
    practice: int


def dossier(learner: User, course: Course, columns: Sequence[QuizColumn], classes: Sequence[Class] = ()) -> Dossier:
    """All there is to see of a learner in a course: five queries. Scores are those that count in `classes`, as in the
    gradebook."""
    ids = select(CohortMember.cohort_id).where(CohortMember.user_id == learner.id, CohortMember.left_at.is_(None))
    member_of = set(db.session.scalars(ids))
    of_learner = [each for each in classes if each.id in member_of]
    by_quiz: dict[str, list[Attempt]] = {}
    for attempt in db.session.scalars(
        select(Attempt)
        .options(joinedload(Attempt.assignment))
        .where(Attempt.user_id == learner.id, Attempt.course_id == course.id, Attempt.kind.in_(KINDS))
        .order_by(Attempt.number.desc())
    ):
        by_quiz.setdefault(attempt.quiz_id, []).append(attempt)
    practice = db.session.scalar(
        select(func.count())
        .select_from(Attempt)
        .where(
            Attempt.user_id == learner.id,
            Attempt.course_id == course.id,
            Attempt.kind.not_in(KINDS),
            Attempt.state == AttemptState.SUBMITTED,
        )
    )
    progress = lessons.progress_of(learner, list(course.lessons.values()))
    return Dossier(
        learner=learner,
        quizzes=tuple(
            _at_quiz(
                column,
                by_quiz.get(column.id, ()),
                [each.id for each in of_learner if column.id in each.quizzes],
            )
            for column in columns
            if column.graded or column.id in by_quiz
        ),
        lessons=tuple(progress.values()),
        practice=practice or 0,
    )


def _at_quiz(column: QuizColumn, attempts: Sequence[Attempt], setters: Collection[int]) -> AtQuiz:
    counting = [
        attempt
        for attempt in attempts
        if eligibility.counts(
            attempt.set_aside, attempt.assignment.cohort_id if attempt.assignment is not None else None, setters
        )
    ]
    apart = {attempt.id for attempt in attempts if attempt.is_submitted and attempt not in counting}
    return AtQuiz(column, recorded_score(counting, column.keep, column.pass_mark), tuple(attempts), frozenset(apart))
