"""Which answers a statistic rests on, and the figures of a quiz and of its questions from them.

Answers are read in one pass, as narrow rows grouped by attempt, and counted as they pass (`statistics.Tally`), so that
a million of them take some seconds and bounded memory.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Subquery, Text, cast, func, select

from webapp import questions
from webapp.database import db
from webapp.questions.contract import Question
from webapp.quizzes.models import Attempt, QuestionRevision, Slot
from webapp.quizzes.revisions import question_of
from webapp.quizzes.vocabulary import AttemptState
from webapp.reports.scope import Population
from webapp.reports.scores import KINDS
from webapp.reports.statistics import figures as statistics
from webapp.reports.statistics.figures import LEAST, ItemFigures, QuizFigures, Tally

#: which attempts of a learner at a quiz count. Only the first is free of what earlier ones taught
FIRST, LAST, ALL = "first", "last", "all"
WHICH = (FIRST, LAST, ALL)
#: so many rows and their columns stay in the processor's cache; twenty times as many take half as long again
_ROWS_AT_ONCE = 1_000


def attempts(population: Population, quiz_id: str | None = None, which: str = FIRST) -> Select[Any]:
    """The attempts that count, as a query of (id): handed in, by the population; of each learner the first, last, all.

    First and last go by the attempt's number, among those that were handed in and not reset.
    """
    conditions = [Attempt.state == AttemptState.SUBMITTED, Attempt.kind.in_(KINDS)]
    if quiz_id is not None:
        conditions.append(Attempt.quiz_id == quiz_id)
    takers = Attempt.user_id.in_(population.takers())
    if which == ALL:
        return select(Attempt.id).where(*conditions, takers)
    pick = func.min(Attempt.number) if which == FIRST else func.max(Attempt.number)
    of_each = (
        select(Attempt.user_id, Attempt.quiz_id, pick.label("number"))
        .where(*conditions)
        .group_by(Attempt.user_id, Attempt.quiz_id)
        .subquery()
    )
    return (
        select(Attempt.id)
        .join(
            of_each,
            (Attempt.user_id == of_each.c.user_id)
            & (Attempt.quiz_id == of_each.c.quiz_id)
            & (Attempt.number == of_each.c.number),
        )
        .where(takers)
    )


def answers(chosen: Select[Any]) -> Iterator[Sequence[statistics.Row]]:
    """The answers of these attempts in chunks, each a `statistics.Row`; those of one attempt follow each other."""
    return narrow(
        select(
            Slot.attempt_id,
            Slot.question_id,
            Slot.position,
            Slot.points * func.coalesce(Slot.fraction, 0.0),
            Slot.points,
            Slot.seconds,
        )
        .where(Slot.attempt_id.in_(chosen))
        .order_by(Slot.attempt_id)
    )


def narrow(wanted: Select[Any]) -> Iterator[Sequence[Any]]:
    """Rows of numbers and text in chunks, from SQLite straight from its driver.

    A row object for each of a million rows costs several times what the database needs to find them. Columns whose
    values need converting (times, JSON) must not be among them.
    """
    connection = db.session.connection()
    if connection.dialect.name != "sqlite":
        result = connection.execute(wanted, execution_options={"yield_per": _ROWS_AT_ONCE})
        yield from result.partitions()
        return
    # Not with stream_results, which reads the first row ahead; SQLite gives rows as they are asked for in any case.
    result = connection.execute(wanted)
    cursor = result.cursor
    assert cursor is not None
    try:
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield rows
    finally:
        result.close()


def tally(population: Population, quiz_id: str, which: str = FIRST) -> Tally:
    """All answers to a quiz that count, taken in."""
    return Tally().take(answers(attempts(population, quiz_id, which)))


@dataclass(frozen=True)
class QuizReport:
    """The statistics of one quiz."""

    figures: QuizFigures
    #: by question id, in the order of the facility, the hardest first; those with too few answers last
    questions: dict[str, ItemFigures]


def quiz_report(population: Population, quiz_id: str, which: str = FIRST) -> QuizReport:
    """The statistics of a quiz and its questions: one streamed query."""
    taken = tally(population, quiz_id, which)
    found = taken.questions()
    order = sorted(found, key=lambda name: (not found[name].enough, found[name].facility or 0.0, name))
    return QuizReport(taken.quiz(), {name: found[name] for name in order})


# --- one question ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Use:
    """A quiz in which a question was answered."""

    quiz_id: str
    n: int
    #: percent
    facility: float | None


@dataclass(frozen=True)
class Share:
    """How often something to choose was chosen, in all and by third of the learners (percent of the third).

    The thirds go by the marks for the rest of the test; None where there are too few for thirds.
    """

    id: str
    label: str
    #: what choosing it earns, 0 to 1
    fraction: float
    n: int
    percent: float
    lower: float | None = None
    middle: float | None = None
    upper: float | None = None

    @property
    def is_key(self) -> bool:
        return self.fraction > 0


@dataclass(frozen=True)
class QuestionReport:
    """The statistics of one question in one quiz."""

    figures: ItemFigures | None
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
        .where(Slot.question_id == question_id, Slot.attempt_id.in_(chosen))
        .group_by(Attempt.quiz_id)
        .order_by(func.count().desc(), Attempt.quiz_id)
    )
    return [Use(quiz_id, n, 100 * marks / worth if worth else None) for quiz_id, n, marks, worth in rows]


def question_report(
    population: Population, question: Question, quiz_id: str, which: str = FIRST, *, most_typed: int = 12
) -> QuestionReport:
    """The statistics of a question in a quiz, as on the quiz's page, and what was chosen: two streamed queries."""
    chosen = attempts(population, quiz_id, which)
    # The weights need the whole quiz, so it is the whole quiz that is read.
    taken = Tally().take(answers(chosen))
    item = taken.items().get(question.id)
    figures = taken.questions().get(question.id)
    picked = picks(chosen, question.id)
    shares, rest = shares_of(question, picked)
    return QuestionReport(
        figures=figures,
        guess=100 * questions.type_of(question).guess(question),
        shares=tuple(shares),
        rest=tuple(rest),
        typed=() if shares else tuple(_typed(picked, most_typed)),
        revisions=len({digest for digest, *_more in picked}),
        seconds=dict(item.seconds) if item else {},
    )


def _with(question_id: str) -> Select[Any]:
    return select(Slot.attempt_id).where(Slot.question_id == question_id)


Picks = Counter[tuple[str, str | None, float, float]]
"""How often each (revision, response as JSON text, fraction, marks for the rest of the test) occurred."""


def totals(chosen: Select[Any]) -> Subquery:
    """The marks of each attempt, before anything was taken off for lateness: (attempt_id, total)."""
    return (
        select(Slot.attempt_id, func.sum(Slot.points * func.coalesce(Slot.fraction, 0.0)).label("total"))
        .where(Slot.attempt_id.in_(chosen))
        .group_by(Slot.attempt_id)
        .subquery()
    )


def picks(chosen: Select[Any], question_id: str) -> Picks:
    """What was answered to a question, counted: one streamed query."""
    whole = totals(chosen.where(Attempt.id.in_(_with(question_id))))
    wanted = (
        select(
            Slot.digest,
            cast(Slot.response, Text),
            func.coalesce(Slot.fraction, 0.0),
            whole.c.total - Slot.points * func.coalesce(Slot.fraction, 0.0),
        )
        .join(whole, whole.c.attempt_id == Slot.attempt_id)
        .where(Slot.question_id == question_id)
    )
    found: Picks = Counter()
    for chunk in narrow(wanted):
        found.update((digest, response, fraction, round(rest, 4)) for digest, response, fraction, rest in chunk)
    return found


def shares_of(question: Question, picked: Picks) -> tuple[list[Share], list[Share]]:
    """How often each choice was chosen, and how often none (`blank`, `other`). Empty for types without choices.

    Answers to older revisions count for the choice with the same words; a choice that only old revisions had is left
    out, its answers stay in the totals.
    """
    choices = questions.type_of(question).choices(question)
    if not choices:
        return [], []
    by_label = {choice.label: choice.id for choice in choices}
    bands = _bands(picked)
    in_band: Counter[int] = Counter()
    chosen: Counter[tuple[str, int]] = Counter()
    for (digest, response, _fraction, rest), times in picked.items():
        band = _band(rest, bands)
        in_band[band] += times
        for name in _classified(digest, response, by_label):
            chosen[name, band] += times
    n = sum(in_band.values())

    def share(name: str, label: str, fraction: float) -> Share:
        each = [chosen[name, band] for band in range(3)]
        parts: list[float | None] = [
            100 * each[band] / in_band[band] if bands and in_band[band] else None for band in range(3)
        ]
        return Share(name, label, fraction, sum(each), 100 * sum(each) / n if n else 0.0, *parts)

    found = [share(choice.id, choice.label, choice.fraction) for choice in choices]
    return found, [share(name, "", 0.0) for name in ("blank", "other") if any(chosen[name, band] for band in range(3))]


def _bands(picked: Picks) -> tuple[float, float] | None:
    rests: Counter[float] = Counter()
    for (_digest, _response, _fraction, rest), times in picked.items():
        rests[rest] += times
    return statistics.thirds(rests) if statistics.count(rests) >= LEAST else None


def _band(rest: float, bands: tuple[float, float] | None) -> int:
    if bands is None:
        return 0
    return 0 if rest <= bands[0] else 1 if rest <= bands[1] else 2


def _classified(digest: str, response: str | None, by_label: dict[str, str]) -> list[str]:
    """The ids, in today's question, of what a response picked."""
    shown = revision_shown(digest)
    if shown is None:
        return []
    kind = questions.type_of(shown)
    labels = {choice.id: choice.label for choice in kind.choices(shown)}
    names = kind.classify(shown, json.loads(response) if response is not None else None)
    # "blank" and "other" are no choices, and stay what they are.
    return [by_label.get(labels[name], "gone") if name in labels else name for name in names]


def _typed(picked: Picks, most: int) -> Iterator[tuple[str, float, int]]:
    """The most common answers in words, each with what it earned."""
    in_words: Counter[tuple[str, float]] = Counter()
    for (digest, response, fraction, _rest), times in picked.items():
        shown = revision_shown(digest)
        if shown is not None:
            words = " ".join(
                questions.type_of(shown).describe(shown, json.loads(response) if response is not None else None).split()
            )
            in_words[words, fraction] += times
    for (words, fraction), times in in_words.most_common(most):
        yield words, fraction, times


def revision_shown(digest: str) -> Question | None:
    """The question as it was shown under a digest."""
    revision = db.session.get(QuestionRevision, digest)
    return question_of(revision) if revision is not None else None


def latest_shown(question_id: str) -> Question | None:
    """The newest revision of a question that anybody saw, for one that the course doesn't have any more."""
    revision = db.session.scalar(
        select(QuestionRevision)
        .where(QuestionRevision.question_id == question_id)
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
        .where(Slot.attempt_id.in_(attempts(population, None, which)))
        .group_by(Slot.question_id)
    )
    return {question_id: Facility(n, 100 * fractions / n) for question_id, n, fractions in rows}
