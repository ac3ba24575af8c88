"""Which answers a statistic rests on, and their rows.

They are read in one pass, as narrow rows grouped by attempt, and counted as they pass (`tally.Tally`): a million take
some seconds and bounded memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, Subquery, and_, func, select

from webapp.database import db
from webapp.quizzes import eligibility
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.vocabulary import AttemptState
from webapp.reports.scope import Population
from webapp.reports.scores import KINDS
from webapp.reports.statistics.tally import AnswerRow, Tally

#: which attempts of a learner at a quiz count. Only the first is free of what earlier ones taught
FIRST, LAST, ALL = "first", "last", "all"
WHICH = (FIRST, LAST, ALL)
#: so many rows and their columns stay in the processor's cache; twenty times as many take half as long again
_ROWS_AT_ONCE = 1_000


def attempts(population: Population, quiz_id: str | None = None, which: str = FIRST) -> Select[Any]:
    """The attempts that count, as a query of (id): handed in, by the population; of each learner the first, last, all.

    First and last go by the attempt's number, among those that were handed in and not reset. Of one class, only what
    was done under its assignment counts, where it is set the quiz. What waits for people to grade it is left out: its
    marks are not known yet.
    """
    conditions = [
        Attempt.course_id == population.course_id,
        Attempt.state == AttemptState.SUBMITTED,
        Attempt.kind.in_(KINDS),
    ]
    if quiz_id is not None:
        conditions.append(Attempt.quiz_id == quiz_id)
    if population.chosen is not None:
        conditions.append(eligibility.counting_in(population.chosen.id))
    of_people = Attempt.user_id.in_(population.takers())
    takers = and_(of_people, Attempt.awaiting == 0)
    if population.is_part:
        # Else the first attempts of a whole school were looked for, to find those of a class among them.
        conditions.append(of_people)
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
        .where(Attempt.course_id == population.course_id, takers)
    )


def answers(chosen: Select[Any]) -> Iterator[Sequence[AnswerRow]]:
    """The answers of these attempts in chunks, each a `tally.AnswerRow`; those of one attempt follow each other.

    Those that nobody graded, because there was nobody, are not among them.
    """
    return narrow(
        select(
            Slot.attempt_id,
            Slot.question_id,
            Slot.position,
            Slot.points * func.coalesce(Slot.fraction, 0.0),
            Slot.points,
            Slot.seconds,
        )
        .where(Slot.attempt_id.in_(chosen), Slot.fraction.is_not(None))
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


def counts_by_quiz(population: Population, which: str = FIRST) -> dict[str, int]:
    """How many attempts count at each quiz that has any: one query."""
    chosen = attempts(population, None, which)
    counted = select(Attempt.quiz_id, func.count()).where(Attempt.id.in_(chosen)).group_by(Attempt.quiz_id)
    return dict(db.session.execute(counted).tuples().all())


def totals(chosen: Select[Any]) -> Subquery:
    """The marks of each attempt, before anything was taken off for lateness: (attempt_id, total)."""
    return (
        select(Slot.attempt_id, func.sum(Slot.points * func.coalesce(Slot.fraction, 0.0)).label("total"))
        .where(Slot.attempt_id.in_(chosen))
        .group_by(Slot.attempt_id)
        .subquery()
    )
