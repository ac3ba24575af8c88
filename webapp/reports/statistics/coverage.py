"""Facts by levels: what the questions in use ask for, what they leave out, and where learners are weak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from webapp.content.course.course import Course
from webapp.content.ledger import Fact
from webapp.questions.contract import Question
from webapp.reports.statistics.figures import LEAST
from webapp.reports.statistics.items import Facility

LEVELS = ("recall", "understand", "apply", "analyse", "evaluate")
#: below this mean (percent) a fact counts as weak
WEAK = 50.0
#: a fact is over-tested from so many questions on, and from so many times the median of the tested facts
MANY, TIMES_THE_MEDIAN = 5, 3


@dataclass(frozen=True)
class Cell:
    """The questions on one fact at one level, and how they were answered."""

    questions: tuple[Question, ...]
    n: int = 0
    #: mean percent over the answers; None without answers enough
    percent: float | None = None

    @property
    def is_weak(self) -> bool:
        return self.percent is not None and self.percent < WEAK


@dataclass(frozen=True)
class FactRow:
    """One fact with its cells by level."""

    fact: Fact
    #: (lesson id, anchor), or None where no lesson teaches it
    taught: tuple[str, str] | None
    cells: Mapping[str, Cell]
    over_tested: bool

    @property
    def count(self) -> int:
        """Questions in use that ask for it."""
        return sum(len(cell.questions) for cell in self.cells.values())

    @property
    def n(self) -> int:
        return sum(cell.n for cell in self.cells.values())

    @property
    def is_untested(self) -> bool:
        return self.count == 0

    @property
    def is_weak(self) -> bool:
        return any(cell.is_weak for cell in self.cells.values())

    @property
    def is_shallow(self) -> bool:
        """Whether it is asked for, but only to be remembered."""
        return self.count > 0 and not any(self.cells[level].questions for level in LEVELS[1:])


@dataclass(frozen=True)
class Coverage:
    rows: tuple[FactRow, ...]

    @property
    def untested(self) -> list[FactRow]:
        return [row for row in self.rows if row.is_untested]

    @property
    def over_tested(self) -> list[FactRow]:
        return [row for row in self.rows if row.over_tested]

    @property
    def weak(self) -> list[FactRow]:
        return [row for row in self.rows if row.is_weak]


def coverage(course: Course, answered: Mapping[str, Facility]) -> Coverage:
    """Every fact of the ledger by level; `answered` is `items.facilities`. Retired questions don't count."""
    asking: dict[str, list[Question]] = {name: [] for name in course.facts}
    for question in course.questions:
        if not question.retired:
            for name in question.facts:
                if name in asking:
                    asking[name].append(question)
    tested = [len(of_fact) for of_fact in asking.values() if of_fact]
    many = max(MANY, TIMES_THE_MEDIAN * median(tested)) if tested else MANY
    return Coverage(
        tuple(
            FactRow(
                fact=fact,
                taught=course.where_taught(name),
                cells={level: _cell([q for q in asking[name] if q.level == level], answered) for level in LEVELS},
                over_tested=len(asking[name]) >= many,
            )
            for name, fact in course.facts.items()
        )
    )


def _cell(in_cell: list[Question], answered: Mapping[str, Facility]) -> Cell:
    seen = [answered[question.id] for question in in_cell if question.id in answered]
    n = sum(each.n for each in seen)
    percent = sum(each.n * each.percent for each in seen) / n if n >= LEAST else None
    return Cell(tuple(in_cell), n, percent)
