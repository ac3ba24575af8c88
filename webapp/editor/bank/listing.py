"""The whole bank as a list: what each question is like, how it does, and which of them are wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from webapp.content.course.course import Course
from webapp.content.problems import Problems
from webapp.editor.bank.figures import BankFigures
from webapp.editor.bank.index import BankIndex, by_question, index_of
from webapp.questions.contract import Question
from webapp.web.paging import PageOf, page_of_list

Health = Literal["problem", "flaw", "weak", "untested", "fine", "retired"]
HEALTHS: tuple[Health, ...] = ("problem", "flaw", "weak", "untested", "fine", "retired")
PAGE = 50
_WEAK_BELOW = 20.0
"""Percent of discrimination, as the statistics pages read it."""


@dataclass(frozen=True, slots=True)
class BankRow:
    """A question in the list. Percents are None where fewer than thirty answers say nothing yet."""

    question: Question
    file: str
    health: Health
    flaws: tuple[str, ...] = ()
    answered: int = 0
    facility: float | None = None
    discrimination: float | None = None


@dataclass(frozen=True, slots=True)
class BankFilter:
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


@dataclass(frozen=True, slots=True)
class BankPage:
    """One page of the list, and how many of the questions that fit are in each state of health."""

    rows: PageOf[BankRow]
    healths: Mapping[str, int]


def bank_page(
    course: Course,
    wanted: BankFilter,
    measured: Mapping[str, BankFigures],
    page: int = 1,
    broken: Problems | None = None,
) -> BankPage:
    """The questions that fit what is wanted, a page of them."""
    index = index_of(course)
    bad = _broken(course, broken)
    rows = [
        row
        for question in course.questions
        if _may_fit(question, wanted, index)
        and _fits(row := _row(question, index, measured.get(question.id), bad), wanted)
    ]
    healths: dict[str, int] = {}
    for row in rows:
        healths[row.health] = healths.get(row.health, 0) + 1
    if wanted.health:
        rows = [row for row in rows if row.health == wanted.health]
    if wanted.sort == "facility":
        rows.sort(key=lambda row: (row.facility is None, row.facility or 0))
    elif wanted.sort == "discrimination":
        rows.sort(key=lambda row: (row.discrimination is None, row.discrimination or 0))
    elif wanted.sort == "id":
        rows.sort(key=lambda row: row.question.id)
    return BankPage(page_of_list(rows, page, PAGE), healths)


def _broken(course: Course, problems: Problems | None) -> set[str]:
    """Ids of questions that have problems in the files as they are now."""
    return set(by_question(course, problems or ())) - {""}


def _row(question: Question, index: BankIndex, figures: BankFigures | None, bad: set[str]) -> BankRow:
    flaws = tuple(sorted({problem.code for problem in (index.flaws or {}).get(question.id, ())}))
    weak = figures is not None and figures.discrimination is not None and figures.discrimination < _WEAK_BELOW
    health: Health = (
        "retired" if question.retired
        else "problem" if question.id in bad
        else "flaw" if flaws
        else "weak" if weak
        else "untested" if figures is None
        else "fine"
    )  # fmt: skip
    if figures is None:
        return BankRow(question, index.file_of.get(question.id, ""), health, flaws)
    return BankRow(
        question,
        index.file_of.get(question.id, ""),
        health,
        flaws,
        figures.answered,
        figures.facility,
        figures.discrimination,
    )


def _may_fit(question: Question, wanted: BankFilter, index: BankIndex) -> bool:
    return (
        (not wanted.pillar or question.pillar == wanted.pillar)
        and (not wanted.type or question.type == wanted.type)
        and (not wanted.level or question.level == wanted.level)
        and (not wanted.tag or wanted.tag in question.tags)
        and (not wanted.fact or wanted.fact in question.facts)
        and all(word in index.words[question.id] for word in wanted.text.casefold().split())
    )


def _fits(row: BankRow, wanted: BankFilter) -> bool:
    if wanted.flaw and wanted.flaw not in row.flaws:
        return False
    return _within(row.facility, FACILITIES.get(wanted.facility)) and _within(
        row.discrimination, DISCRIMINATIONS.get(wanted.discrimination)
    )


def _within(value: float | None, limits: tuple[float, float] | None) -> bool:
    return limits is None or (value is not None and limits[0] <= value < limits[1])
