"""A guess at a figure: the reader answers before it is drawn, and sees the answer drawn on it afterwards.

Either one value is placed on a slider, or the parts of the figure are put in order. Nothing is scored or sent.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from webapp.content.frozen import Frozen, Text
from webapp.content.problems import did_you_mean, listed
from webapp.questions.flaws import Flaw

Number = Annotated[int | float, Field(allow_inf_nan=False)]
#: stops of a slider: more can't be reached with a finger on a phone, nor told apart
MOST_STOPS = 1_000
#: stops of a slider whose author names no step, at most
USUAL_STOPS = 100
#: parts that can be put in order: of two there is one other order, and eight are a chore
FEWEST_IN_ORDER, MOST_IN_ORDER = 3, 7


class Guess(Frozen):
    """What the reader is asked before a figure is drawn."""

    ask: Annotated[Text, Field(max_length=300, description="the question, as a sentence")]
    row: Annotated[Text | None, Field(description="the label of the row, part or event to place")] = None
    order: Annotated[bool, Field(description="whether the parts are to be put in order")] = False
    start: Annotated[Number | None, Field(alias="from", description="the left end of the slider")] = None
    to: Annotated[Number | None, Field(description="the right end of the slider")] = None
    step: Annotated[Number | None, Field(gt=0, description="the step of the slider")] = None
    unit: Annotated[str | None, Field(description="what stands with the number; the figure's unit if left out")] = None


#: what a slider moves over: plain numbers, years, or months (year * 12 + month - 1)
Scale = Literal["number", "year", "month"]


@dataclass(frozen=True, slots=True)
class Slider:
    """The slider of a guess. `truth` is what the figure shows; `row` is the place of the row, part or event."""

    low: int | float
    high: int | float
    step: int | float
    truth: int | float
    row: int
    scale: Scale = "number"


@dataclass(frozen=True, slots=True)
class Placeable:
    """A row, part or event of a figure as a guess sees it. `value` is None for what has no place of its own."""

    label: str
    value: int | float | None
    scale: Scale = "number"


def at_month(when: str) -> Placeable | None:
    """A time written YYYY or YYYY-MM as something to place, without its label; None for a span."""
    parts = when.split("-")
    if "/" in when:
        return None
    year = int(parts[0])
    return Placeable("", year, "year") if len(parts) == 1 else Placeable("", year * 12 + int(parts[1]) - 1, "month")


def place_of(guess: Guess, rows: Sequence[Placeable]) -> int | None:
    """The place of the row that a guess is about, whatever the case of its letters; None when there is none."""
    wanted = (guess.row or "").casefold()
    return next((place for place, row in enumerate(rows) if row.label.casefold() == wanted), None)


def slider(guess: Guess, rows: Sequence[Placeable], *, percent: bool = False) -> Slider | None:
    """The slider of a guess without flaws; None for one that asks for an order. `percent`: it goes to 100 by itself."""
    place = place_of(guess, rows)
    if place is None or rows[place].value is None:
        return None
    row = rows[place]
    truth = row.value or 0
    low: int | float = guess.start or 0
    high: int | float = guess.to if guess.to is not None else 100 if percent else 0
    if row.scale == "month":
        low, high = int(low) * 12, int(high) * 12 + 11
    step = guess.step or (1 if row.scale != "number" else usual_step(low, high, truth))
    return Slider(low, high, step, truth, place, row.scale)


def usual_step(low: int | float, high: int | float, truth: int | float) -> int | float:
    """1, 2 or 5 times a power of ten that makes at most USUAL_STOPS of a slider; a whole one where the answer is."""
    least = max((high - low) / USUAL_STOPS, 1 if float(truth).is_integer() else 0)
    power = Decimal(10) ** math.floor(math.log10(least)) if least > 0 else Decimal(1)
    step = next(power * times for times in (1, 2, 5, 10) if float(power * times) >= least * (1 - 1e-9))
    return int(step) if step == int(step) else float(step)


def shuffled(labels: Sequence[str]) -> list[int]:
    """The places of the parts in the order in which they are offered: the same every time, and never the right one."""
    offered = sorted(range(len(labels)), key=lambda place: zlib.crc32(labels[place].encode()))
    return offered if offered != sorted(offered) else offered[1:] + offered[:1]


def flaws(guess: Guess, rows: Sequence[Placeable], *, ordered: str, percent: bool = False) -> Iterator[Flaw]:
    """What keeps a guess from being asked. `rows` is what can be placed or put in order; `ordered` says why their order
    can't be asked for ("" when it can)."""
    if guess.order == (guess.row is not None):
        said = "asks for both a place and an order" if guess.order else "does not say what is guessed"
        yield Flaw(("guess",), f"the guess {said}", "write `row:` with the label of a row, or `order: true`")
    elif guess.order:
        yield from _flaws_of_order(guess, rows, ordered)
    else:
        yield from _flaws_of_place(guess, rows, percent)


def _flaws_of_order(guess: Guess, rows: Sequence[Placeable], ordered: str) -> Iterator[Flaw]:
    for key, value in (("from", guess.start), ("to", guess.to), ("step", guess.step), ("unit", guess.unit)):
        if value is not None:
            yield Flaw(("guess", key), f"an order has no `{key}`", "delete the key", on_key=True)
    if ordered:
        yield Flaw(("guess", "order"), ordered, "ask for a `row`, or change the figure")
    elif not FEWEST_IN_ORDER <= len(rows) <= MOST_IN_ORDER:
        said = f"{len(rows)} parts can't be put in order here; expected {FEWEST_IN_ORDER} to {MOST_IN_ORDER}"
        yield Flaw(("guess", "order"), said, "ask for a `row`, or change the figure")
    elif len({row.label.casefold() for row in rows}) < len(rows):
        yield Flaw(("guess", "order"), "two parts of the figure say the same", "change one of the two")


def _flaws_of_place(guess: Guess, rows: Sequence[Placeable], percent: bool) -> Iterator[Flaw]:
    can = [row.label for row in rows if row.value is not None]
    place = place_of(guess, rows)
    if place is None or rows[place].value is None:
        said = "has no value to guess" if place is not None else "is not in the figure"
        expected = f"; expected one of {listed(can)}" if can else ""
        fix = did_you_mean(guess.row or "", can) if place is None else ""
        yield Flaw(("guess", "row"), f"`{guess.row}` {said}{expected}", fix or "write the label as it stands there")
        return
    scale = rows[place].scale
    if guess.to is None and not percent:
        expected = "the right end of the slider, well beyond the answer" if scale == "number" else "the last year"
        yield Flaw(("guess",), f"the key `to` is missing; expected {expected}", "add `to:`")
        return
    if scale != "number":
        for key, value in (("from", guess.start), ("to", guess.to)):
            if value is None:
                yield Flaw(("guess",), f"the key `{key}` is missing; expected a year", f"add `{key}:`")
                return
            if value != int(value) or not 1 <= value <= 9999:
                yield Flaw(("guess", key), f"`{key}` is {value}; expected a year", "write four digits, such as 2018")
                return
        if guess.unit is not None or guess.step is not None:
            key = "unit" if guess.unit is not None else "step"
            yield Flaw(("guess", key), f"a place in time has no `{key}`", "delete the key", on_key=True)
            return
    found = slider(guess, rows, percent=percent)
    if found is None:
        return
    if found.low >= found.high:
        yield Flaw(("guess", "to"), "the slider ends before it begins", "make `to` larger than `from`")
    elif not found.low <= found.truth <= found.high:
        end = "from" if found.truth < found.low and guess.start is not None else "to"
        yield Flaw(
            ("guess", end) if end == "from" or guess.to is not None else ("guess",),
            "the right answer lies beyond the slider",
            f"let `{end}` reach further than what the figure shows",
        )
    elif (Fraction(str(found.high)) - Fraction(str(found.low))) / Fraction(str(found.step)) > MOST_STOPS:
        yield Flaw(
            ("guess", "step") if guess.step is not None else ("guess",),
            f"the slider has more than {MOST_STOPS:,} stops",
            "make `step` larger, or the slider shorter",
        )
