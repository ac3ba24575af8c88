"""Every answer as a row, for those who want to work with the data themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Select, Text, bindparam, cast, select

from webapp import questions
from webapp.accounts.models import CohortMember, User
from webapp.database import TimeAsText, db, pieces
from webapp.questions.text import formulas_as_written
from webapp.quizzes import eligibility, revisions
from webapp.quizzes.models import Assignment, Attempt, Slot
from webapp.quizzes.scores import rounded
from webapp.quizzes.vocabulary import AttemptState
from webapp.reports.scope import Population, login
from webapp.reports.scores import KINDS, QuizColumn, fits, learner_scores
from webapp.ui.spreadsheets import ByColumn, Column, Table

_ATTEMPTS_AT_ONCE = 100
#: answers that are kept in words
_REMEMBERED = 20_000
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
    return Table("responses", COLUMNS, ByColumn(_batches(population, columns, passed)))


def _batches(population: Population, columns: Sequence[QuizColumn], passed: str) -> Iterator[list[Sequence[Any]]]:
    """The columns of the table, the questions of some attempts at a time. What is the same for a whole attempt is read
    once for it, beside its questions."""
    fitting = {each.user_id for each in learner_scores(population, columns) if fits(each, passed)} if passed else None
    setters = setters_of(population)
    said = AnswersInWords()
    earned = lru_cache(_REMEMBERED)(lambda worth, fraction: rounded(worth * fraction))
    # By the session each row would go through the hands of the mapper, for which there is nothing to map.
    connection = db.session.connection()
    for attempts in db.session.execute(handed_in(population, columns)).partitions(_ATTEMPTS_AT_ONCE):
        of = {
            each.id: (
                login(each.user_id, each.username, each.email, each.role),
                each.quiz_id,
                each.number,
                eligibility.counts(each.set_aside, each.under, setters.get((each.user_id, each.quiz_id), ())),
                each.awaiting > 0,
            )
            for each in attempts
            if fitting is None or each.user_id in fitting
        }
        slots = connection.execute(_slots(), {"attempts": list(of)}).all() if of else []
        if not slots:
            continue
        attempt_ids, positions, question_ids, digests, seeds, responses, fractions, points, seconds, times = zip(
            *slots, strict=True
        )
        learners, quiz_ids, numbers, counting, waiting = zip(*[of[id] for id in attempt_ids], strict=True)
        yield [
            learners,
            quiz_ids,
            numbers,
            positions,
            question_ids,
            [digest[:DIGITS] for digest in digests],
            [
                "" if response is None else said.known.get((digest, response)) or said.in_words(digest, seed, response)
                for digest, seed, response in zip(digests, seeds, responses, strict=True)
            ],
            [None if fraction is None else fraction >= 1 for fraction in fractions],
            fractions,
            [
                None if fraction is None else earned(worth, fraction)
                for worth, fraction in zip(points, fractions, strict=True)
            ],
            seconds,
            times,
            counting,
            [fraction is None and waits for fraction, waits in zip(fractions, waiting, strict=True)],
        ]


def handed_in(population: Population, columns: Sequence[QuizColumn]) -> Select[Any]:
    """The attempts that were handed in, in their order, with whom and what they are of."""
    return (
        select(
            Attempt.id,
            Attempt.user_id,
            User.username,
            User.email,
            User.role,
            Attempt.quiz_id,
            Attempt.number,
            Attempt.set_aside,
            Attempt.awaiting,
            Assignment.cohort_id.label("under"),
        )
        .join(User, User.id == Attempt.user_id)
        .outerjoin(Assignment, Assignment.id == Attempt.assignment_id)
        .where(
            Attempt.course_id == population.course_id,
            Attempt.state == AttemptState.SUBMITTED,
            Attempt.kind.in_(KINDS),
            Attempt.quiz_id.in_([column.id for column in columns]),
            population.learners(),
        )
        .order_by(Attempt.id)
        .execution_options(yield_per=_ATTEMPTS_AT_ONCE)
    )


@cache
def _slots() -> Select[Any]:
    """The questions of `attempts`, in the order of the table."""
    return (
        select(
            Slot.attempt_id,
            Slot.position,
            Slot.question_id,
            Slot.digest,
            Slot.order_seed,
            cast(Slot.response, Text),
            Slot.fraction,
            Slot.points,
            Slot.seconds,
            TimeAsText(Slot.answered_at),
        )
        .where(Slot.attempt_id.in_(bindparam("attempts", expanding=True)))
        .order_by(Slot.attempt_id, Slot.position)
    )


def setters_of(population: Population) -> dict[tuple[int, str], list[int]]:
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


class AnswersInWords:
    """Answers as they are stored, in words; what reads alike on many papers is put into words once."""

    def __init__(self) -> None:
        self._alike: dict[str, bool] = {}
        #: those that read alike on every paper, by digest and response
        self.known: dict[tuple[str, str], str] = {}
        #: those that read alike where a paper drew the same values, by their places, too
        self._by_values: dict[tuple[str, tuple[int, ...], str], str] = {}

    def of(self, digest: str, order_seed: int, response: dict[str, Any] | None) -> str:
        """An answer as a slot has it, "" where it was not answered."""
        return _in_words(digest, order_seed, response)

    def in_words(self, digest: str, order_seed: int, response: str) -> str:
        places = () if self._reads_alike(digest) else revisions.shown_alike(digest, order_seed)[1]
        words = self._by_values.get((digest, places, response)) if places else None
        if words is None:
            words = _in_words(digest, order_seed, json.loads(response))
            if len(response) <= _LONG and places is not None:
                if places:
                    _remember(self._by_values, (digest, places, response), words)
                else:
                    _remember(self.known, (digest, response), words)
        return words

    def _reads_alike(self, digest: str) -> bool:
        if digest not in self._alike:
            shown = revisions.shown_as(digest)
            self._alike[digest] = shown is None or questions.describes_alike(shown)
        return self._alike[digest]


def _remember(words: dict[Any, str], key: tuple[Any, ...], said: str) -> None:
    if len(words) >= _REMEMBERED:
        words.clear()
    words[key] = said


def _in_words(digest: str, order_seed: int, response: dict[str, Any] | None) -> str:
    if response is None:
        return ""
    question = revisions.shown_as(digest, order_seed)
    if question is None:
        return ""
    with formulas_as_written():
        return questions.type_of(question).describe(question, response)
