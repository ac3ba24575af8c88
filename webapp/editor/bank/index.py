"""What is worked out once for each edition of the course: words to search, files, tags, and what the lint says."""

from __future__ import annotations

import logging
import threading
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from webapp.content.course.course import Course
from webapp.content.lint.run import lint
from webapp.content.problems import Problem
from webapp.content.questions.question_files import texts_of
from webapp.questions.contract import Question

_AT_ONCE = 1_500
"""Questions. A bank no larger is linted while the page waits (a second or two); a larger one in the background."""


@dataclass(slots=True)
class BankIndex:
    """What is worked out once for each edition of the course. `flaws` is None until the lint has been through."""

    words: dict[str, str]
    file_of: dict[str, str]
    tags: tuple[str, ...]
    flaws: dict[str, tuple[Problem, ...]] | None = None
    course_flaws: tuple[Problem, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        found = {problem.code for problems in (self.flaws or {}).values() for problem in problems}
        return tuple(sorted(found))


_indexes: dict[str, BankIndex] = {}
_lock = threading.Lock()


def index_of(course: Course) -> BankIndex:
    """The index of an edition of the course. In a large bank its flaws may still be on their way."""
    with _lock:
        index = _indexes.get(course.digest)
        if index is not None:
            return index
        index = BankIndex(
            {question.id: _words(question) for question in course.questions},
            {question.id: file.path for file in course.files for question in file.questions},
            tuple(sorted({tag for question in course.questions for tag in question.tags})),
        )
        while len(_indexes) >= 3:
            del _indexes[next(iter(_indexes))]
        _indexes[course.digest] = index
    if len(course.questions) <= _AT_ONCE:
        _look_for_flaws(course, index)
    else:
        threading.Thread(target=_look_for_flaws, args=(course, index), daemon=True, name="lint").start()
    return index


def _words(question: Question) -> str:
    values = question.model_dump(mode="json", exclude={"accept", "numbers", "source", "type", "pillar", "template"})
    return "\n".join(text for _path, text in texts_of(values)).casefold()


def _look_for_flaws(course: Course, index: BankIndex) -> None:
    try:
        problems = [problem for problem in lint(course) if problem.severity == "warning"]
    except Exception:
        # A flaw in a rule must not take the list away.
        logging.getLogger(__name__).exception("The lint failed")
        problems = []
    found = by_question(course, problems)
    index.course_flaws = tuple(found.pop("", ()))
    index.flaws = {name: tuple(each) for name, each in found.items()}


def by_question(course: Course, problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    """Problems by the id of the question they stand in; under "" those that stand in none."""
    by_file: dict[str, list[Problem]] = {}
    for problem in problems:
        by_file.setdefault(problem.location.file, []).append(problem)
    found: dict[str, list[Problem]] = {}
    files = {file.path: file for file in course.files}
    for path, here in by_file.items():
        file = files.get(path)
        starts: list[tuple[int, str]] = []
        if file is not None:
            starts = sorted(
                (file.locate(place).line, question.id)
                for question, place in zip(file.questions, file.places, strict=True)
            )
        lines = [line for line, _name in starts]
        for problem in here:
            place = bisect_right(lines, problem.location.line) - 1
            found.setdefault(starts[place][1] if place >= 0 else "", []).append(problem)
    return found
