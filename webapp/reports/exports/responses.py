"""Every answer as a row, for those who want to work with the data themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, cast, select

from webapp import questions
from webapp.accounts.models import CohortMember, User
from webapp.database import db, pieces
from webapp.questions.text import formulas_as_written
from webapp.quizzes import eligibility, revisions
from webapp.quizzes.models import Assignment, Attempt, Slot
from webapp.quizzes.scores import rounded
from webapp.quizzes.vocabulary import AttemptState
from webapp.reports.scope import Population, login
from webapp.reports.scores import KINDS, QuizColumn, fits, learner_scores
from webapp.ui.spreadsheets import Column, Table

_ROWS_AT_ONCE = 500
#: characters of an answer that nobody else is likely to have given, too
_LONG = 500
#: so much of a revision's digest tells it from every other one
DIGITS = 12

COLUMNS = (
    Column("learner", width=20),
    Column("quiz", width=20),
    Column("attempt", "integer", 9),
    Column("position", "integer", 9),
    Column("question", width=32),
    Column("revision", width=14),
    Column("response", width=48),
    Column("correct", "boolean", 9),
    Column("fraction", "number", 10),
    Column("points", "number", 9),
    Column("seconds", "integer", 9),
    Column("answered_at", "time", 20),
    Column("counts", "boolean", 9),
    Column("pending", "boolean", 9),
)


def response_table(population: Population, columns: Sequence[QuizColumn], *, passed: str = "") -> Table:
    """responses.csv: one row per question of every attempt that was handed in, in the order of the attempts.

    `attempt` is the number of the learner's attempt at the quiz, `position` the place on the paper, `revision` the
    first digits of the digest of the question as shown, `response` the answer in words, with formulas as the course
    writes them (empty: not answered), `fraction` 0 to 1, `points` those earned (2 decimals), `seconds` the time with
    the question open as far as the browser told, `counts` whether the attempt makes a score here, as in the gradebook:
    what a class was set counts as far as it was made under its assignment. `pending` is true where people have yet to
    grade the answer; then, and where nobody will, `correct`, `fraction` and `points` are empty.
    """
    return Table("responses", COLUMNS, _rows(population, columns, passed))


def _rows(population: Population, columns: Sequence[QuizColumn], passed: str) -> Iterator[list[Any]]:
    fitting = {each.user_id for each in learner_scores(population, columns) if fits(each, passed)} if passed else None
    setters = _setters(population)
    wanted = (
        select(
            User.id,
            User.username,
            User.email,
            User.role,
            Attempt.quiz_id,
            Attempt.number,
            Slot.position,
            Slot.question_id,
            Slot.digest,
            Slot.order_seed,
            cast(Slot.response, Text).label("response"),
            Slot.fraction,
            Slot.points,
            Slot.seconds,
            Slot.answered_at,
            Attempt.set_aside,
            Attempt.awaiting,
            Assignment.cohort_id.label("under"),
        )
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .join(User, User.id == Attempt.user_id)
        .outerjoin(Assignment, Assignment.id == Attempt.assignment_id)
        .where(
            Attempt.course_id == population.course_id,
            Attempt.state == AttemptState.SUBMITTED,
            Attempt.kind.in_(KINDS),
            Attempt.quiz_id.in_([column.id for column in columns]),
            population.learners(),
        )
        .order_by(Slot.attempt_id, Slot.position)
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    for row in db.session.execute(wanted):
        if fitting is not None and row.id not in fitting:
            continue
        yield [
            login(row.id, row.username, row.email, row.role),
            row.quiz_id,
            row.number,
            row.position,
            row.question_id,
            row.digest[:DIGITS],
            _said(row.digest, row.order_seed, row.response),
            None if row.fraction is None else row.fraction >= 1,
            row.fraction,
            None if row.fraction is None else rounded(row.points * row.fraction),
            row.seconds,
            row.answered_at,
            eligibility.counts(row.set_aside, row.under, setters.get((row.id, row.quiz_id), ())),
            row.fraction is None and row.awaiting > 0,
        ]


def _setters(population: Population) -> dict[tuple[int, str], list[int]]:
    """(user id, quiz id) → the classes shown that set the quiz to the person: one query, none without assignments."""
    quizzes_set = {each.id: each.quizzes for each in population.shown if each.quizzes}
    of: dict[tuple[int, str], list[int]] = {}
    for ids in pieces(sorted(quizzes_set)):
        members = select(CohortMember.user_id, CohortMember.cohort_id).where(
            CohortMember.cohort_id.in_(ids), CohortMember.left_at.is_(None)
        )
        for user_id, cohort_id in db.session.execute(members):
            for quiz_id in quizzes_set[cohort_id]:
                of.setdefault((user_id, quiz_id), []).append(cohort_id)
    return of


def _said(digest: str, order_seed: int, response: str | None) -> str:
    """An answer as it is stored, in words."""
    if response is None:
        return ""
    shown = revisions.shown_as(digest)
    # What is offered stands for itself, unless the paper drew values for it.
    if (shown is None or shown.template is None) and len(response) <= _LONG:
        return _said_again(digest, response)
    return _in_words(digest, order_seed, json.loads(response))


@lru_cache(maxsize=20_000)
def _said_again(digest: str, response: str) -> str:
    return _in_words(digest, 0, json.loads(response))


def _in_words(digest: str, order_seed: int, response: dict[str, Any] | None) -> str:
    if response is None:
        return ""
    question = revisions.shown_as(digest, order_seed)
    if question is None:
        return ""
    with formulas_as_written():
        return questions.type_of(question).describe(question, response)
