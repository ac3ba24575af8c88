"""One learner: what they did, attempt by attempt, and what they read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.database import db
from webapp.lessons import service as lessons
from webapp.lessons.service import Progress
from webapp.quizzes.models import Attempt
from webapp.quizzes.scores import QuizScore, recorded_score
from webapp.quizzes.vocabulary import AttemptState
from webapp.reports.scores import KINDS, QuizColumn


@dataclass(frozen=True)
class AtQuiz:
    """A learner at one quiz: the score that counts, and the attempts, the latest first (void ones among them)."""

    quiz: QuizColumn
    score: QuizScore
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class Dossier:
    learner: User
    quizzes: tuple[AtQuiz, ...]
    lessons: tuple[Progress, ...]
    #: handed-in papers of their own mistakes
    practice: int


def dossier(learner: User, course: Course, columns: Sequence[QuizColumn]) -> Dossier:
    """All there is to see of a learner: four queries."""
    by_quiz: dict[str, list[Attempt]] = {}
    for attempt in db.session.scalars(
        select(Attempt).where(Attempt.user_id == learner.id, Attempt.kind.in_(KINDS)).order_by(Attempt.number.desc())
    ):
        by_quiz.setdefault(attempt.quiz_id, []).append(attempt)
    practice = db.session.scalar(
        select(func.count())
        .select_from(Attempt)
        .where(Attempt.user_id == learner.id, Attempt.kind.not_in(KINDS), Attempt.state == AttemptState.SUBMITTED)
    )
    progress = lessons.progress_of(learner, list(course.lessons.values()))
    return Dossier(
        learner=learner,
        quizzes=tuple(
            AtQuiz(
                column,
                recorded_score(by_quiz.get(column.id, []), column.keep, column.pass_mark),
                tuple(by_quiz.get(column.id, ())),
            )
            for column in columns
            if column.graded or column.id in by_quiz
        ),
        lessons=tuple(progress.values()),
        practice=practice or 0,
    )
