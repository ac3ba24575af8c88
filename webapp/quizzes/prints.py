"""A quiz on paper: versions of it, each drawn from a seed of its own, to be printed for a class.

The draw is that of attempts (`selection`), so that a version is what somebody who has seen no question of the quiz
would get in the app. The same seed gives the same versions as long as the course stays as it is. Nothing is stored:
what is answered on paper is no attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from string import ascii_uppercase
from typing import Any

from webapp.content.course.course import Course
from webapp.content.course.quiz import Quiz
from webapp.questions import Question, QuestionType, type_of, variant
from webapp.questions.answers import AnswerForm
from webapp.questions.contract import Order, Rubric
from webapp.quizzes import selection
from webapp.quizzes.selection import SEED_BITS

#: versions that a print may have: each has a letter
MOST_VERSIONS = len(ascii_uppercase)
#: the largest seed that is taken
LARGEST_SEED = 2**SEED_BITS - 1


@dataclass(frozen=True)
class PrintedQuestion:
    """A question of a version, with the values of its parameters and the order of its parts."""

    number: int
    question: Question
    order: Order

    @property
    def kind(self) -> QuestionType[Any]:
        return type_of(self.question)

    @cached_property
    def form(self) -> AnswerForm:
        """Its inputs, empty."""
        return self.kind.form(self.question, self.order)

    # What follows is the key: for the sheet of those who grade, and for no other.

    @cached_property
    def key_form(self) -> AnswerForm:
        """Its inputs, filled in rightly."""
        return self.kind.form(self.question, self.order, response=self.kind.key(self.question))

    @property
    def key_words(self) -> str:
        """A right answer in words."""
        return self.kind.describe(self.question, self.kind.key(self.question))

    @property
    def rubric(self) -> Rubric | None:
        """By what people grade it; None where there is a key."""
        return self.kind.rubric(self.question)


@dataclass(frozen=True)
class Version:
    """One version of a print: its letter, the seed that all versions of the print come from, and its questions."""

    letter: str
    seed: int
    questions: tuple[PrintedQuestion, ...]

    @property
    def points(self) -> float:
        """What all its questions are worth together."""
        return sum(each.question.points for each in self.questions)


@dataclass(frozen=True)
class Copy:
    """One copy for one person; without a name it has a line for it."""

    version: Version
    name: str = ""


def versions(course: Course, quiz: Quiz, seed: int, count: int) -> list[Version]:
    """The first `count` versions (1 to MOST_VERSIONS) of a print from `seed` (0 to LARGEST_SEED).

    Version B is the same whether there is a C or not. Questions that are kept for exams are on exams only, whatever the
    dates of classes say: what is printed must not depend on the day.
    """
    kept = frozenset(course.exams)
    return [_version(course, quiz, seed, letter, kept) for letter in ascii_uppercase[:count]]


def _version(course: Course, quiz: Quiz, seed: int, letter: str, kept: frozenset[str]) -> Version:
    drawn = selection.draw(quiz, course, selection.derive(seed, "version", letter), {}, kept)
    questions = []
    for number, each in enumerate(drawn, 1):
        question = variant(each.question, each.order_seed)
        questions.append(PrintedQuestion(number, question, type_of(question).order(question, each.order_seed)))
    return Version(letter, seed, tuple(questions))


def deal(made: Sequence[Version], names: Sequence[str]) -> list[Copy]:
    """A copy for each name, the versions dealt round in their order; without names one of each version."""
    if not names:
        return [Copy(version) for version in made]
    return [Copy(made[place % len(made)], name) for place, name in enumerate(names)]
