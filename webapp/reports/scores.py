"""Scores of learners at quizzes, streamed person by person: what the gradebook, its exports and the command line show.

One pass over users and attempts, ordered by person, so that memory holds one person at a time. Every figure comes from
`quizzes.scores.recorded_score`, as on the learners' own pages.

What a class was set counts there as far as it was done under its assignment; whatever else its members did at the same
quiz is told apart (`quizzes.eligibility`). Who left a class has no line in it: leaving ends what its instructors see,
and there is no grade to give. Whoever comes back has their line, and what they did under the assignment, back.

Guests are left out unless asked for. Somebody who deleted their account is left out, too: there is nobody to give a
grade to, and they asked to go. (Their answers, which name nobody, stay in the statistics of the questions.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, String, and_, cast, func, or_, select

from webapp.accounts.models import CohortMember, User
from webapp.content.course.course import Course
from webapp.content.course.quiz import Score
from webapp.database import db
from webapp.quizzes import eligibility
from webapp.quizzes.models import Assignment, Attempt
from webapp.quizzes.scores import NOTHING, QuizScore, recorded_score
from webapp.quizzes.vocabulary import AttemptKind, AttemptState
from webapp.reports.scope import Population, login
from webapp.ui.spreadsheets import Column, Table

#: attempts of these kinds make a score; practice and review don't
KINDS = (AttemptKind.PRETEST, AttemptKind.QUIZ, AttemptKind.FINAL)
_ROWS_AT_ONCE = 500

COLUMNS = (
    Column("learner", width=20),
    Column("name", width=26),
    Column("cohort", width=20),
    Column("quiz", width=20),
    Column("attempts", "integer", 10),
    Column("score", "number", 10),
    Column("max_score", "number", 10),
    Column("percent", "number", 10),
    Column("passed", "boolean", 10),
    Column("submitted_at", "time", 20),
    Column("email", width=28),
    Column("apart", "integer", 8),
    Column("pending", "integer", 8),
)


@dataclass(frozen=True)
class QuizColumn:
    """A quiz as the gradebook knows it: also one that the course doesn't have any more."""

    id: str
    title: str
    kind: str
    #: which attempt counts
    keep: Score
    #: percent
    pass_mark: float
    graded: bool


class ScoreRow(NamedTuple):
    """One learner at one quiz, as scores.csv has it. A quiz that counts for nothing has no score.

    `apart` is how many more attempts were handed in that count for nothing here: not made under the assignment of the
    class, or beyond a limit. Who has only such ones has a row with no attempt and no score. `pending` is how many of
    the attempts wait for people to grade them: no score, or one that is not decided yet, is not 0.
    """

    learner: str
    name: str
    cohort: str
    quiz: str
    attempts: int
    score: float | None
    max_score: float | None
    percent: float | None
    passed: bool | None
    submitted_at: datetime | None
    email: str
    apart: int
    pending: int


@dataclass(frozen=True)
class LearnerScores:
    """One person with their scores by quiz (handed-in attempts only)."""

    user_id: int
    #: what they are called in the column `learner`
    login: str
    name: str
    cohort: str
    role: str
    email: str = ""
    scores: Mapping[str, QuizScore] = field(default_factory=dict)
    #: quizzes with an attempt under way
    open: frozenset[str] = frozenset()
    #: quiz → how many attempts are handed in that don't count here: not made under the assignment of the class
    apart: Mapping[str, int] = field(default_factory=dict)


def quiz_columns(course: Course, *, quiz_id: str | None = None, graded_only: bool = False) -> list[QuizColumn]:
    """The quizzes to report on: those of the course in its order, then those that only old attempts remember."""
    known = {quiz.id for quiz in course.quizzes}
    counting = {quiz.id for quiz in course.quizzes if quiz.policy.graded}
    # Also quizzes of the course that count no more: they keep what was recorded while they did.
    remembered = [
        id for id, was_kept in _taken(course.id) if id not in counting and (was_kept if id in known else _may_score(id))
    ]
    old = _latest(course.id, remembered, known) if remembered else {}
    columns = [
        QuizColumn(
            quiz.id,
            quiz.title,
            quiz.kind,
            quiz.policy.score,
            quiz.policy.pass_mark,
            quiz.policy.graded or quiz.id in old,
        )
        for quiz in course.quizzes
    ]
    for row in old.values():
        if row.quiz_id not in known:
            columns.append(
                QuizColumn(
                    row.quiz_id,
                    row.policy.title or row.quiz_id,
                    row.kind,
                    row.policy.score,
                    row.policy.pass_mark,
                    row.policy.graded,
                )
            )
    return [column for column in columns if quiz_id in (None, column.id) and (column.graded or not graded_only)]


def _taken(course_id: str) -> Sequence[Row[tuple[str, bool]]]:
    """The id of each quiz that was ever begun, and whether any attempt at it counts for something: one query, which
    goes from one quiz to the next in an index, and not through all attempts."""
    of_course = Attempt.course_id == course_id
    ids = select(func.min(Attempt.quiz_id).label("quiz_id")).where(of_course).cte("taken", recursive=True)
    following = select(func.min(Attempt.quiz_id)).where(of_course, Attempt.quiz_id > ids.c.quiz_id).correlate(ids)
    ids = ids.union_all(select(following.scalar_subquery()).where(ids.c.quiz_id.is_not(None)))
    was_kept = select(Attempt.id).where(of_course, Attempt.quiz_id == ids.c.quiz_id, Attempt.keep > "").correlate(ids)
    return db.session.execute(select(ids.c.quiz_id, was_kept.exists()).where(ids.c.quiz_id.is_not(None))).tuples().all()


def _may_score(quiz_id: str) -> bool:
    """Whether it is the id of a quiz, and not of practice or a round of reviews."""
    return quiz_id != AttemptKind.REVIEW and not quiz_id.startswith(f"{AttemptKind.PRACTICE}:")


def _latest(course_id: str, quiz_ids: Sequence[str], known: Collection[str]) -> dict[str, Row[Any]]:
    """By quiz the latest attempt that was handed in: of those that the course has, that counts for something."""
    latest = (
        select(func.max(Attempt.id))
        .where(
            Attempt.course_id == course_id,
            Attempt.kind.in_(KINDS),
            Attempt.state == AttemptState.SUBMITTED,
            Attempt.quiz_id.in_(quiz_ids),
            or_(Attempt.quiz_id.not_in(known), Attempt.keep.is_not(None)),
        )
        .group_by(Attempt.quiz_id)
    )
    wanted = select(Attempt.quiz_id, Attempt.kind, Attempt.policy).where(Attempt.id.in_(latest))
    return {row.quiz_id: row for row in db.session.execute(wanted.order_by(Attempt.quiz_id))}


def learner_scores(
    population: Population,
    columns: Sequence[QuizColumn],
    *,
    only: Collection[int] | None = None,
    backwards: bool = False,
    by_login: bool = False,
) -> Iterator[LearnerScores]:
    """Everybody in the population with their scores, by name (or login); those without an attempt are among them.

    `only` narrows to these user ids. One streamed query, one person at a time.
    """
    quizzes = {column.id: column for column in columns}
    by_name = [User.name, User.username, User.email]
    first = func.lower(func.coalesce(User.username, User.email, "")) if by_login else User.name_order.expression
    order: list[ColumnElement[Any]] = [first, User.id.expression]
    classes = (
        select(func.aggregate_strings(cast(CohortMember.cohort_id, String), ","))
        .where(CohortMember.user_id == User.id, CohortMember.left_at.is_(None))
        .correlate(User)
        .scalar_subquery()
    )
    wanted = (
        select(
            User.id,
            *by_name,
            User.role,
            classes,
            Attempt.quiz_id,
            Attempt.number,
            Attempt.state,
            Attempt.kind,
            Attempt.score,
            Attempt.max_score,
            Attempt.submitted_at,
            Attempt.awaiting,
            Attempt.set_aside,
            Assignment.cohort_id.label("under"),
            Attempt.keep,
            Attempt.pass_mark,
        )
        .join(
            Attempt,
            and_(
                Attempt.user_id == User.id,
                Attempt.course_id == population.course_id,
                Attempt.state.in_((AttemptState.SUBMITTED, AttemptState.OPEN)),
                Attempt.kind.in_(KINDS),
                Attempt.quiz_id.in_(quizzes),
            ),
            isouter=True,
        )
        .outerjoin(Assignment, Assignment.id == Attempt.assignment_id)
        .where(population.learners())
        .order_by(*(column.desc() if backwards else column for column in order))
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    if only is not None:
        wanted = wanted.where(User.id.in_(only))
    names = population.names
    quizzes_set = {each.id: each.quizzes for each in population.shown}
    for _id, rows in groupby(db.session.execute(wanted), key=lambda row: row.id):
        yield _scores_of(list(rows), quizzes, names, quizzes_set)


def _scores_of(
    rows: Sequence[Any],
    quizzes: Mapping[str, QuizColumn],
    classes: Mapping[int, str],
    quizzes_set: Mapping[int, Collection[str]],
) -> LearnerScores:
    first = rows[0]
    attempts: dict[str, list[Any]] = {}
    running = set()
    apart: Counter[str] = Counter()
    cohort_ids = [int(text) for text in (first[5] or "").split(",") if text]
    for row in rows:
        if row.state == AttemptState.SUBMITTED:
            setters = [id for id in cohort_ids if row.quiz_id in quizzes_set.get(id, ())]
            if eligibility.counts(row.set_aside, row.under, setters):
                attempts.setdefault(row.quiz_id, []).append(row)
            else:
                apart[row.quiz_id] += 1
        elif row.state == AttemptState.OPEN:
            running.add(row.quiz_id)
    return LearnerScores(
        user_id=first.id,
        login=login(first.id, first.username, first.email, first.role),
        name=first.name,
        cohort="; ".join(sorted(classes[id] for id in cohort_ids if id in classes)),
        role=first.role,
        email=first.email or "",
        scores={
            id: recorded_score(attempts[id], column.keep, column.pass_mark)
            for id, column in quizzes.items()
            if id in attempts
        },
        open=frozenset(running),
        apart=apart,
    )


def learner_ids(population: Population, *, after: int = 0, limit: int) -> list[int]:
    """So many people of the population with a number above `after`, in the order of their numbers: one query."""
    ids = select(User.id).where(population.learners(), User.id > after).order_by(User.id).limit(limit)
    return list(db.session.scalars(ids))


#: what a filter on passing may be: all that count passed, at least one not passed yet, nothing handed in
PASSED = ("yes", "no", "none")


def fits(learner: LearnerScores, passed: str) -> bool:
    """Whether a person fits the filter on passing, by the quizzes whose scores were asked for."""
    results = [score.passed for score in learner.scores.values() if score.passed is not None]
    if passed == "yes":
        return bool(results) and all(results)
    if passed == "no":
        return any(result is False for result in results)
    if passed == "none":
        return not learner.scores
    return True


def score_rows(population: Population, columns: Sequence[QuizColumn], *, passed: str = "") -> Iterator[ScoreRow]:
    """One row per learner and quiz with at least one attempt handed in, whether it counts or not.

    Quizzes are in the order of `columns`.
    """
    for learner in learner_scores(population, columns):
        if not fits(learner, passed):
            continue
        for column in columns:
            apart = learner.apart.get(column.id, 0)
            score = learner.scores.get(column.id) or (NOTHING if apart else None)
            if score is not None:
                yield ScoreRow(
                    learner.login,
                    learner.name,
                    learner.cohort,
                    column.id,
                    score.attempts,
                    score.score,
                    score.max_score,
                    score.percent,
                    score.passed,
                    score.submitted_at,
                    learner.email,
                    apart,
                    score.awaiting,
                )


def score_table(population: Population, columns: Sequence[QuizColumn], *, passed: str = "") -> Table:
    """scores.csv, tidy."""
    return Table("scores", COLUMNS, score_rows(population, columns, passed=passed))


def gradebook_table(population: Population, columns: Sequence[QuizColumn], *, passed: str = "") -> Table:
    """gradebook.csv, wide: one row per learner, the percent of each quiz that counts; those without one are there."""
    counting = [column for column in columns if column.graded]
    heads = (*COLUMNS[:3], Column("email", width=28), *(Column(column.id, "number", 14) for column in counting))

    def rows() -> Iterator[list[Any]]:
        for learner in learner_scores(population, counting):
            if fits(learner, passed):
                percents = [learner.scores[c.id].percent if c.id in learner.scores else None for c in counting]
                yield [learner.login, learner.name, learner.cohort, learner.email, *percents]

    return Table("gradebook", heads, rows())
