"""What a course holds that is not published yet: drafts, and what goes with them. Learners meet none of it.

A question, a quiz, a lesson and a check of a lesson are drafts when they say `draft: true`. A pillar whose lesson is a
draft is one as a whole: its questions and its quizzes wait with it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from webapp.content.course.quiz import Quiz
from webapp.content.lessons.lesson_context import LessonFile
from webapp.content.problems import Location, Problem
from webapp.content.questions.question_files import QuestionFile
from webapp.questions.contract import Question

DraftKind = Literal["question", "lesson", "quiz", "check"]


@dataclass(frozen=True, slots=True)
class UnpublishedPillar:
    """A pillar whose lesson is a draft. `folder` is relative to the course folder."""

    id: str
    title: str
    folder: str


@dataclass(frozen=True, slots=True)
class Unpublished:
    """One thing that learners don't meet yet. `title` is what it is best known by, and may be empty.

    `open_ends` are what keeps it from being published; `is_draft` is False for what is only waiting for its pillar.
    """

    kind: DraftKind
    id: str
    title: str
    pillar: str
    place: Location
    open_ends: tuple[Problem, ...] = ()
    is_draft: bool = True
    question: Question | None = None


@dataclass(frozen=True)
class Drafts:
    """All that is not published yet, in the order of the files."""

    all: tuple[Unpublished, ...] = ()
    pillars: tuple[UnpublishedPillar, ...] = ()
    quizzes: tuple[Quiz, ...] = ()
    files: tuple[QuestionFile, ...] = field(default=(), repr=False, compare=False)
    lesson_files: tuple[LessonFile, ...] = field(default=(), repr=False, compare=False)

    def of_kind(self, kind: DraftKind) -> tuple[Unpublished, ...]:
        return tuple(each for each in self.all if each.kind == kind)

    def find(self, kind: DraftKind, name: str) -> Unpublished | None:
        return next((each for each in self.all if each.kind == kind and each.id == name), None)

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions among them that are whole."""
        return tuple(each.question for each in self.of_kind("question") if each.question is not None)

    @property
    def open_ends(self) -> tuple[Problem, ...]:
        return tuple(problem for each in self.all for problem in each.open_ends)


def shared_out(problems: Iterable[Problem], starts: Sequence[tuple[Location, str]]) -> dict[str, list[Problem]]:
    """Open ends by the name of the item of the file that they stand in. `starts` has where each item begins; what
    stands before the first of a file, or in another file, is under ""."""
    ordered = sorted((place.file, place.line, name) for place, name in starts)
    lines = [(file, line) for file, line, _ in ordered]
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        at = bisect_right(lines, (problem.location.file, problem.location.line)) - 1
        within = at >= 0 and ordered[at][0] == problem.location.file
        found.setdefault(ordered[at][2] if within else "", []).append(problem)
    return found
