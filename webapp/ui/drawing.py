"""The geometry behind the pictures: pure functions from numbers to lengths and places, used by the SVG macros.

Lengths and places are percent of the picture's width (0…100) unless said otherwise, so that a picture grows with
its page while its words stay at reading size.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import format_date, format_decimal
from flask_babel import gettext as _

#: places of the first and last moment of a timeline
TIMELINE_EDGES = (5.0, 95.0)
#: two marks nearer than this (percent) would touch on a narrow screen and go on different lanes
TIMELINE_APART = 9.0

#: the side of the largest square of a picture, in pixels
LONGEST_SIDE = 176


def share(value: float | None, top: float | None) -> float:
    """What part of `top` a value is, in percent, from 0 to 100; nothing to compare with gives 0."""
    if not value or not top or top <= 0:
        return 0.0
    return round(min(max(100 * value / top, 0.0), 100.0), 2)


def side(value: float | None, top: float | None, longest: int = LONGEST_SIDE) -> float:
    """The side, in pixels, of a square whose area stands to the largest one's as `value` to `top`.

    Never under 2, so that the smallest can be seen at all; the picture says its numbers anyway.
    """
    return round(max(longest * math.sqrt(share(value, top) / 100), 2.0), 1)


def top_of(values: Iterable[float | None]) -> float:
    """The largest of the values, or 0 when there is none."""
    return max((value for value in values if value is not None), default=0)


def ticks(low: float, high: float, at_most: int = 6) -> list[float]:
    """Round numbers from `low` to `high` (1, 2 or 5 times a power of ten apart), at most `at_most` of them."""
    if high <= low:
        return [low]
    raw = (high - low) / max(at_most - 1, 1)
    unit = 10 ** math.floor(math.log10(raw))
    step = next(unit * nice for nice in (1, 2, 5, 10, 20) if unit * nice >= raw)
    first = math.ceil(low / step - 1e-9)
    marked: list[float] = []
    while first * step <= high + step * 1e-9 and len(marked) < at_most:
        marked.append(round(first * step, 10))
        first += 1
    return marked


def moment(when: str) -> tuple[float, float]:
    """Start and end of a time written YYYY, YYYY-MM, YYYY-MM-DD or first/last, as years with a fraction.

    A year alone lies in its middle when it stands alone, and reaches from its start to its end in a span.
    """
    first, _slash, last = str(when).partition("/")
    if last:
        return _edge(first, 0.0), _edge(last, 1.0)
    return _edge(first, 0.5), _edge(first, 0.5)


def _edge(text: str, within: float) -> float:
    parts = [int(part) for part in text.strip().split("-")]
    if len(parts) == 1:
        return parts[0] + within
    if len(parts) == 2:
        return parts[0] + (parts[1] - 1 + within) / 12
    return parts[0] + (parts[1] - 1) / 12 + (parts[2] - 1) / 365


def when_text(when: str) -> str:
    """A time as people write it in the reader's language: 2023-05 becomes May 2023, 2014/2023 becomes 2014–2023."""
    first, _slash, last = str(when).partition("/")
    if last:
        return (
            f"{_one_moment(first)}–{_one_moment(last)}"
            if len(first + last) < 10
            else (f"{_one_moment(first)} – {_one_moment(last)}")
        )
    return _one_moment(first)


def _one_moment(text: str) -> str:
    parts = [int(part) for part in text.strip().split("-")]
    if len(parts) == 1:
        return str(parts[0])
    if len(parts) == 2:
        return str(format_date(date(parts[0], parts[1], 1), "MMMM y"))
    return str(format_date(date(*parts[:3]), "long"))


@dataclass(frozen=True)
class Mark:
    """One event on a timeline: its number (1…), from where to where (percent), and its lane (0 lies on the axis)."""

    number: int
    start: float
    end: float
    lane: int

    @property
    def spans(self) -> bool:
        return self.end > self.start


@dataclass(frozen=True)
class TimelineLayout:
    """Marks, lanes needed, the years to write at the axis as (year, place in percent), and its first and last year."""

    marks: tuple[Mark, ...]
    lanes: int
    years: tuple[tuple[int, float], ...]
    first: int = 0
    last: int = 0


def timeline(whens: Sequence[str]) -> TimelineLayout:
    """Where the events of a timeline lie, true to time, on as few lanes as keep them apart."""
    moments = [moment(when) for when in whens]
    if not moments:
        return TimelineLayout((), 0, ())
    low = math.floor(min(start for start, _end in moments) + 1e-9)
    high = math.ceil(max(end for _start, end in moments) - 1e-9)
    high = max(high, low + 1)
    left, right = TIMELINE_EDGES

    def place(year: float) -> float:
        return round(left + (right - left) * (year - low) / (high - low), 2)

    marks: dict[int, Mark] = {}
    # Longest first, so that spans lie near the axis and moments stand above them.
    order = sorted(range(len(moments)), key=lambda i: (-(moments[i][1] - moments[i][0]), moments[i][0]))
    lanes: list[list[tuple[float, float]]] = []
    half = TIMELINE_APART / 2
    for index in order:
        start, end = (place(edge) for edge in moments[index])
        width = (start - half, end + half) if end == start else (start - 1, end + 1)
        free = (
            number
            for number, others in enumerate(lanes)
            if all(width[1] <= other[0] or width[0] >= other[1] for other in others)
        )
        lane = next(free, len(lanes))
        if lane == len(lanes):
            lanes.append([])
        lanes[lane].append(width)
        marks[index] = Mark(index + 1, start, end, lane)
    years = tuple((int(year), place(year)) for year in ticks(low, high) if float(year).is_integer())
    return TimelineLayout(tuple(marks[index] for index in range(len(moments))), len(lanes), years, low, high)


def points(values: Sequence[float], top: float = 100.0, height: float = 28.0) -> str:
    """The `points` of a polyline through values, evenly spaced from x 0 to 100, with `top` at y 0."""
    if not values:
        return ""
    apart = 100 / max(len(values) - 1, 1)
    return " ".join(
        f"{round(index * apart, 2)},{round(height - height * share(value, top) / 100, 2)}"
        for index, value in enumerate(values)
    )


def figure_value(value: float | None, unit: str | None) -> str:
    """A number with its unit, for figures that give no wording of their own; "" for no number."""
    return "" if value is None else with_unit(str(format_decimal(value)), unit)


def with_unit(number: str, unit: str | None) -> str:
    """A number that is written already, or a mark that stands for one, with its unit."""
    if not unit:
        return number
    if unit in {"percent", "%"}:
        return str(_("%(number)s%%", number=number))
    return f"{unit}{number}" if unit.endswith("$") else f"{number} {unit}"


def time_text(value: int, scale: str) -> str:
    """A place on a slider of years or months (year * 12 + month - 1) in words."""
    return when_text(str(value) if scale == "year" else f"{value // 12}-{value % 12 + 1:02d}")
