"""Scores, attempts and answers of learners, for those who teach them: what the gradebook and its exports show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from werkzeug.exceptions import NotFound

from webapp.accounts.models import TokenScope
from webapp.accounts.sessions import current_person
from webapp.api import cursors
from webapp.api.routes import read
from webapp.api.schemas import (
    ApiAttempt,
    ApiLearner,
    ApiResponse,
    ApiResponses,
    ApiScore,
    NoQuery,
    Page,
    ResultsQuery,
)
from webapp.quizzes.scores import NOTHING
from webapp.reports import scope, scores
from webapp.reports.exports import attempts as handed_in
from webapp.reports.scope import Population
from webapp.reports.scores import LearnerScores, QuizColumn
from webapp.web import access, current


def _meant(query: ResultsQuery) -> tuple[Population, list[QuizColumn]]:
    """Whose results are meant, and of which quizzes. NotFound for a class that isn't the person's, or no quiz."""
    here = current.course()
    columns = scores.quiz_columns(here, quiz_id=query.quiz)
    if query.quiz is not None and not columns:
        raise NotFound
    return scope.population(current_person(), here.id, cohort_id=query.class_id), columns


@read(
    "/courses/<course>/scores",
    audience=access.TEACHER,
    scope=TokenScope.SCORES,
    answers=Page[ApiLearner],
    asks=ResultsQuery,
)
def results(query: ResultsQuery) -> Page[ApiLearner]:
    """The learners of the person's classes with their scores, in the order of their numbers."""
    population, columns = _meant(query)
    ids = scores.learner_ids(population, after=cursors.after_of("scores", query.cursor), limit=query.limit + 1)
    piece = cursors.piece_of_rows("scores", ids, lambda id: id, query.limit)
    found = scores.learner_scores(population, columns, only=piece.items) if piece.items else ()
    learners = sorted(found, key=lambda each: each.user_id)
    return Page[ApiLearner](items=[_learner(each, columns) for each in learners], next=piece.next)


def _learner(learner: LearnerScores, columns: Sequence[QuizColumn]) -> ApiLearner:
    taken = [each.id for each in columns if each.id in learner.scores or learner.apart.get(each.id)]
    return ApiLearner(
        id=learner.user_id,
        login=learner.login,
        name=learner.name,
        classes=learner.cohort,
        scores=[_score(learner, quiz) for quiz in taken],
    )


def _score(learner: LearnerScores, quiz: str) -> ApiScore:
    score = learner.scores.get(quiz, NOTHING)
    return ApiScore(
        quiz=quiz,
        attempts=score.attempts,
        score=score.score,
        max_score=score.max_score,
        percent=score.percent,
        passed=score.passed,
        submitted_at=score.submitted_at,
        apart=learner.apart.get(quiz, 0),
        pending=score.awaiting,
    )


@read(
    "/courses/<course>/attempts",
    audience=access.TEACHER,
    scope=TokenScope.SCORES,
    answers=Page[ApiAttempt],
    asks=ResultsQuery,
)
def attempts(query: ResultsQuery) -> Page[ApiAttempt]:
    """The attempts that learners of the person's classes handed in, in the order of their numbers."""
    population, columns = _meant(query)
    after = cursors.after_of("attempts", query.cursor)
    rows = handed_in.attempts_after(population, columns, after=after, limit=query.limit + 1)
    piece = cursors.piece_of_rows("attempts", rows, lambda each: each.id, query.limit)
    return Page[ApiAttempt](items=[ApiAttempt(**asdict(each)) for each in piece.items], next=piece.next)


@read(
    "/courses/<course>/attempts/<int:attempt_id>/responses",
    audience=access.TEACHER,
    scope=TokenScope.SCORES,
    answers=ApiResponses,
)
def responses(query: NoQuery, attempt_id: int) -> ApiResponses:
    """The answers of an attempt that was handed in, with what they earned."""
    population, columns = _meant(ResultsQuery())
    attempt = handed_in.attempt_in(population, columns, attempt_id)
    return ApiResponses(
        attempt=ApiAttempt(**asdict(attempt)),
        responses=[ApiResponse(**asdict(each)) for each in handed_in.answers_of(attempt)],
    )
