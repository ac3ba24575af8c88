"""The whole bank as a list: what each question is like, how it does, and which of them are asked for."""

from __future__ import annotations

import logging
import threading
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import func, select

from webapp.content.course.course import Course
from webapp.content.course.course_file import MIXED
from webapp.content.lint.run import lint
from webapp.content.problems import Problem, Problems
from webapp.content.questions.question_files import texts_of
from webapp.database import db
from webapp.questions.contract import Question
from webapp.quizzes.models import Attempt
from webapp.quizzes.vocabulary import AttemptState
from webapp.reports.scope import Population
from webapp.reports.statistics import items
from webapp.web.paging import PageOf, page_of_list

Health = Literal["problem", "flaw", "weak", "untested", "fine", "retired"]
HEALTHS: tuple[Health, ...] = ("problem", "flaw", "weak", "untested", "fine", "retired")
PAGE = 50
_AT_ONCE = 1_500
"""Questions. A bank no larger is linted while the page waits (a second or two); a larger one in the background."""
_WEAK_BELOW = 20.0
"""Percent of discrimination, as the statistics pages read it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A question in the list. Percents are None where fewer than thirty answers say nothing yet."""

    question: Question
    file: str
    health: Health
    flaws: tuple[str, ...] = ()
    answered: int = 0
    facility: float | None = None
    discrimination: float | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed to, as an address says it. Anything not known narrows nothing."""

    text: str = ""
    pillar: str = ""
    type: str = ""
    tag: str = ""
    level: str = ""
    fact: str = ""
    flaw: str = ""
    health: str = ""
    facility: str = ""
    discrimination: str = ""
    sort: str = ""

    @property
    def is_narrow(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__ if name != "sort")

    def arguments(self) -> dict[str, str]:
        """The filters as arguments of an address; what is not set is left out."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}


FACILITIES: Mapping[str, tuple[float, float]] = {"hard": (0, 35), "middle": (35, 80), "easy": (80, 100.001)}
DISCRIMINATIONS: Mapping[str, tuple[float, float]] = {
    "negative": (-100.001, 0),
    "weak": (0, 20),
    "fair": (20, 30),
    "good": (30, 100.001),
}


# ---------------------------------------------------------------------- what the files say


@dataclass(slots=True)
class Index:
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


_indexes: dict[str, Index] = {}
_lock = threading.Lock()


def index_of(course: Course) -> Index:
    """The index of an edition of the course. In a large bank its flaws may still be on their way."""
    with _lock:
        index = _indexes.get(course.digest)
        if index is not None:
            return index
        index = Index(
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
    values = question.model_dump(mode="json", exclude={"accept", "numbers", "type", "pillar"})
    return "\n".join(text for _path, text in texts_of(values)).casefold()


def _look_for_flaws(course: Course, index: Index) -> None:
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


# ---------------------------------------------------------------------- what the answers say


@dataclass(frozen=True, slots=True)
class Figure:
    """How a question did: answers in first attempts, and percents where there are thirty or more."""

    answered: int
    facility: float | None
    discrimination: float | None


@dataclass(slots=True)
class _Kept:
    key: object = None
    figures: dict[str, Figure] = field(default_factory=dict)


_kept: dict[object, _Kept] = {}


def figures(people: Population, course: Course) -> dict[str, Figure]:
    """The figures of every question that was answered, over the learners one may see. Worked out anew only when an
    attempt was handed in or regraded meanwhile; then in one pass over the answers."""
    who = (people.everyone, people.chosen, tuple(each.id for each in people.classes), people.guests)
    totals = select(
        func.count(Attempt.id), func.max(Attempt.submitted_at), func.sum(Attempt.score), func.max(Attempt.id)
    ).where(Attempt.state == AttemptState.SUBMITTED)
    key = tuple(db.session.execute(totals).one())
    kept = _kept.get(who)
    if kept is not None and kept.key == key:
        return kept.figures
    found: dict[str, Figure] = {}
    if key[0]:
        best: dict[str, tuple[int, float]] = {}
        for quiz in course.quizzes:
            for name, item in items.quiz_report(people, quiz.id).questions.items():
                if item.enough and item.discrimination is not None and item.n > best.get(name, (0, 0.0))[0]:
                    best[name] = (item.n, item.discrimination)
        for name, facility in items.facilities(people).items():
            percent = facility.percent if facility.enough else None
            found[name] = Figure(facility.n, percent, best[name][1] if name in best else None)
    if len(_kept) > 50:
        _kept.clear()
    _kept[who] = _Kept(key, found)
    return found


# ---------------------------------------------------------------------- the list


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the list, and how many of the questions that fit are in each state of health."""

    rows: PageOf[Row]
    healths: Mapping[str, int]


def listed(
    course: Course,
    asked: Asked,
    measured: Mapping[str, Figure],
    page: int = 1,
    broken: Problems | None = None,
) -> Listed:
    """The questions that fit what is asked, a page of them."""
    index = index_of(course)
    bad = _broken(course, broken)
    found = [
        row
        for question in course.questions
        if _may_fit(question, asked, index)
        and _fits(row := _row(question, index, measured.get(question.id), bad), asked)
    ]
    healths: dict[str, int] = {}
    for row in found:
        healths[row.health] = healths.get(row.health, 0) + 1
    if asked.health:
        found = [row for row in found if row.health == asked.health]
    if asked.sort == "facility":
        found.sort(key=lambda row: (row.facility is None, row.facility or 0))
    elif asked.sort == "discrimination":
        found.sort(key=lambda row: (row.discrimination is None, row.discrimination or 0))
    elif asked.sort == "id":
        found.sort(key=lambda row: row.question.id)
    return Listed(page_of_list(found, page, PAGE), healths)


def _broken(course: Course, problems: Problems | None) -> set[str]:
    """Ids of questions that have problems in the files as they are now."""
    return set(by_question(course, problems or ())) - {""}


def _row(question: Question, index: Index, figure: Figure | None, bad: set[str]) -> Row:
    flaws = tuple(sorted({problem.code for problem in (index.flaws or {}).get(question.id, ())}))
    weak = figure is not None and figure.discrimination is not None and figure.discrimination < _WEAK_BELOW
    health: Health = (
        "retired" if question.retired
        else "problem" if question.id in bad
        else "flaw" if flaws
        else "weak" if weak
        else "untested" if figure is None
        else "fine"
    )  # fmt: skip
    if figure is None:
        return Row(question, index.file_of.get(question.id, ""), health, flaws)
    return Row(
        question,
        index.file_of.get(question.id, ""),
        health,
        flaws,
        figure.answered,
        figure.facility,
        figure.discrimination,
    )


def _may_fit(question: Question, asked: Asked, index: Index) -> bool:
    return (
        (not asked.pillar or question.pillar == asked.pillar)
        and (not asked.type or question.type == asked.type)
        and (not asked.level or question.level == asked.level)
        and (not asked.tag or asked.tag in question.tags)
        and (not asked.fact or asked.fact in question.facts)
        and all(word in index.words[question.id] for word in asked.text.casefold().split())
    )


def _fits(row: Row, asked: Asked) -> bool:
    if asked.flaw and asked.flaw not in row.flaws:
        return False
    return _within(row.facility, FACILITIES.get(asked.facility)) and _within(
        row.discrimination, DISCRIMINATIONS.get(asked.discrimination)
    )


def _within(value: float | None, limits: tuple[float, float] | None) -> bool:
    return limits is None or (value is not None and limits[0] <= value < limits[1])


# ---------------------------------------------------------------------- words for the fields


def suggestions(course: Course) -> dict[str, list[tuple[str, str]]]:
    """What can be written into fields that name something of the course: (word, what it stands for) by field."""
    sections = [
        (f"{lesson.id}/{section.id}", f"{lesson.title}: {section.title}")
        for lesson in course.lessons.values()
        for section in lesson.sections
    ]
    pillars: list[tuple[Any, Any]] = [(pillar.id, pillar.title) for pillar in course.pillars]
    return {
        "facts": [(fact.id, fact.claim) for fact in course.facts.values()],
        "section": sections,
        "tags": [(tag, "") for tag in index_of(course).tags],
        "pillar": pillars,
        "from": [*pillars, *([(MIXED, MIXED)] if course.mixed else [])],
    }
