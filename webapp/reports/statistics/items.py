"""The statistics of a quiz, and of a question in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from webapp import questions
from webapp.database import db
from webapp.questions.contract import Question
from webapp.quizzes import revisions
from webapp.quizzes.models import Attempt, QuestionRevision, Slot
from webapp.quizzes.revisions import question_of
from webapp.reports.scope import Population
from webapp.reports.statistics.answers import FIRST, attempts, tally
from webapp.reports.statistics.by_variant import ByVariant, by_variant
from webapp.reports.statistics.choices import Picks, Share, picks, shares_of, typed_answers
from webapp.reports.statistics.figures import LEAST, QuestionFigures, QuizFigures


@dataclass(frozen=True)
class QuizReport:
    """The statistics of one quiz."""

    figures: QuizFigures
    #: by question id, in the order of the facility, the hardest first; those with too few answers last
    questions: dict[str, QuestionFigures]


def quiz_report(population: Population, quiz_id: str, which: str = FIRST) -> QuizReport:
    """The statistics of a quiz and its questions: one streamed query."""
    taken = tally(population, quiz_id, which)
    figures = taken.questions()
    order = sorted(figures, key=lambda name: (not figures[name].enough, figures[name].facility or 0.0, name))
    return QuizReport(taken.quiz(), {name: figures[name] for name in order})


@dataclass(frozen=True)
class Use:
    """A quiz in which a question was answered."""

    quiz_id: str
    n: int
    #: percent
    facility: float | None


@dataclass(frozen=True)
class QuestionReport:
    """The statistics of one question in one quiz."""

    figures: QuestionFigures | None
    #: expected percent of a blind guess
    guess: float
    shares: tuple[Share, ...]
    #: the same for what isn't among the choices: not answered ("blank"), typed ("other")
    rest: tuple[Share, ...]
    #: the most common typed answers, for types without choices: (answer, fraction, how often)
    typed: tuple[tuple[str, float, int], ...]
    #: how many different revisions the answers were given to
    revisions: int
    #: seconds → how many
    seconds: dict[float, int]
    variants: ByVariant


def uses(population: Population, question_id: str, which: str = FIRST) -> list[Use]:
    """The quizzes in which the question was answered, the one with the most answers first: one query."""
    chosen = attempts(population, None, which)
    rows = db.session.execute(
        select(
            Attempt.quiz_id,
            func.count(),
            func.sum(Slot.points * func.coalesce(Slot.fraction, 0.0)),
            func.sum(Slot.points),
        )
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .where(Slot.question_id == question_id, Slot.attempt_id.in_(chosen), Slot.fraction.is_not(None))
        .group_by(Attempt.quiz_id)
        .order_by(func.count().desc(), Attempt.quiz_id)
    )
    return [Use(quiz_id, n, 100 * marks / worth if worth else None) for quiz_id, n, marks, worth in rows]


def question_report(
    population: Population, question: Question, quiz_id: str, which: str = FIRST, *, most_typed: int = 12
) -> QuestionReport:
    """The statistics of a question in a quiz, as on the quiz's page, and what was chosen: two streamed queries, and
    one more for the variants of a question with parameters."""
    # The weights need the whole quiz, so it is the whole quiz that is read.
    taken = tally(population, quiz_id, which)
    marks = taken.marks().get(question.id)
    figures = taken.questions().get(question.id)
    chosen = attempts(population, quiz_id, which)
    # What people write in their own words no two write alike, and it is long: nothing to be counted.
    by_people = questions.type_of(question).rubric(question) is not None
    picked: Picks = Counter() if by_people else picks(chosen, question.id)
    shares, rest = shares_of(question, picked)
    return QuestionReport(
        figures=figures,
        guess=100 * questions.type_of(question).guess(question),
        shares=tuple(shares),
        rest=tuple(rest),
        typed=() if shares else tuple(typed_answers(picked, most_typed)),
        revisions=len({digest for digest, *_more in picked}),
        seconds=dict(marks.seconds) if marks else {},
        variants=by_variant(chosen, question),
    )


def latest_shown(course_id: str, question_id: str) -> Question | None:
    """The newest revision of a question that anybody saw in a course, for one that it doesn't have any more."""
    revision = db.session.scalar(
        select(QuestionRevision)
        .where(QuestionRevision.digest.in_(revisions.shown_in(course_id, question_id)))
        .order_by(QuestionRevision.first_seen_at.desc())
        .limit(1)
    )
    return question_of(revision) if revision is not None else None


@dataclass(frozen=True)
class Facility:
    """How often a question was answered in attempts that count, and what it earned on average (percent)."""

    n: int
    percent: float

    @property
    def enough(self) -> bool:
        return self.n >= LEAST


def facilities(population: Population, which: str = FIRST) -> dict[str, Facility]:
    """The facility of every question that was answered, over all quizzes together: one query."""
    rows = db.session.execute(
        select(Slot.question_id, func.count(), func.sum(func.coalesce(Slot.fraction, 0.0)))
        .where(Slot.attempt_id.in_(attempts(population, None, which)), Slot.fraction.is_not(None))
        .group_by(Slot.question_id)
    )
    return {question_id: Facility(n, 100 * fractions / n) for question_id, n, fractions in rows}
