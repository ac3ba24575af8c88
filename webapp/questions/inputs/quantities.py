"""Judging a typed quantity against an answer with a unit and a tolerance: shared by `numeric` and by blanks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from webapp.questions.answers import N_
from webapp.questions.fields import Note, Number, Piece, Plain, PositiveNumber, Size
from webapp.questions.flaws import Flaw, ValuePath
from webapp.questions.numbers import (
    FRACTION,
    HOW,
    RANGE,
    TOO_FAR,
    TOO_LONG,
    TWO_WAYS,
    Amount,
    Unreadable,
    grouped,
    read_amount,
    written,
)
from webapp.questions.units import Unit, folded, read_unit

OWN_UNIT = N_("Write the number in %(unit)s.")
ALONE = N_("Write the number alone, such as 1,670,000 or 1.67 million.")
TWO_UNITS = N_("Two different units are given. Write the unit once.")

PROBLEMS = {
    "how": HOW, "too-long": TOO_LONG, "fraction": FRACTION, "too-far": TOO_FAR, "range": RANGE, "two-ways": TWO_WAYS,
    "own-unit": OWN_UNIT, "alone": ALONE, "two-units": TWO_UNITS,
}  # fmt: skip
"""All that may be wrong with a typed quantity, under the names that scripts know it by."""

# A factor such as 0.0166666667 is as exact as its author wrote it.
_SLACK = Fraction(1, 10**6)


class Tolerance(Piece):
    """How far off an answer may be, its ends included: an amount in the question's unit, or a share of the answer."""

    absolute: Size | None = Field(default=None, description="The same amount up and down, in the question's unit.")
    relative: Size | None = Field(default=None, description="A share of the answer: 0.02 is two percent of it.")

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Tolerance:
        if (self.absolute is None) == (self.relative is None):
            raise PydanticCustomError("tolerance", "expected either absolute or relative")
        return self

    def around(self, value: Decimal) -> Fraction:
        """How far from a value is near enough."""
        if self.absolute is not None:
            return Fraction(self.absolute)
        return abs(Fraction(value)) * Fraction(self.relative or 0)


class OtherUnit(Piece):
    """A unit that is accepted beside the question's own: `factor` times the typed number is in the question's unit."""

    unit: Plain = Field(description="Its name, as a learner writes or chooses it.")
    factor: PositiveNumber = Field(description="How many of the question's unit one of it is.")


class WrongNumber(Piece):
    """A wrong number that people arrive at, and what it tells about how they did."""

    value: Number = Field(description="The number, in the question's unit.")
    feedback: Note = Field(default="", description="The error behind it.")


@dataclass(frozen=True, slots=True)
class Target:
    """What a typed quantity is judged against."""

    answer: Decimal
    unit: str | None = None
    units: Sequence[OtherUnit] = ()
    tolerance: Tolerance | None = None
    wrong: Sequence[tuple[Decimal, str]] = ()

    def near(self, value: Fraction, target: Decimal, slack: Fraction = Fraction(0)) -> bool:
        """Whether a value is within the tolerance around a target, ends included."""
        room = self.tolerance.around(target) if self.tolerance else Fraction(0)
        return abs(value - Fraction(target)) <= room + slack

    def values(self, text: str, chosen: str | None = None) -> tuple[Fraction, Fraction]:
        """The typed quantity in the question's unit, and the slack its conversion needs. Raises Unreadable.

        `chosen` is the unit chosen beside the field; a unit typed with the number goes before the preset one.
        """
        return self._converted(read_amount(text), chosen)

    def read_as(self, text: str, chosen: str | None = None, decimal_sign: str = ".") -> str:
        """How a typed quantity is read, for its author to check: `92%`, `1 670 000`. It depends on the text and on the
        units alone, never on the answer. Raises Unreadable."""
        amount = read_amount(text)
        typed = amount.unit
        place = self._unit_of(typed, chosen)
        unit, name = self._known[place][0], self._names[place]
        value = amount.value
        if self._scaled(typed, unit):
            value = value * typed.scale / unit.scale
        elif typed.text != unit.text and unit.scale > 1 and abs(value) >= unit.scale:
            name = ""  # Written in full, or that many of it: which of the two, the answer would tell.
        elif typed.percent and not name:
            name = "%"
        return with_unit(grouped(value, decimal_sign), name)

    def judge(self, text: str, chosen: str | None = None) -> tuple[float, str]:
        """The fraction (0 or 1) and the feedback for a typed quantity. What can't be read is worth 0."""
        try:
            value, slack = self.values(text, chosen)
        except Unreadable:
            return 0.0, ""
        if self.near(value, self.answer, slack):
            return 1.0, ""
        near = [(abs(value - Fraction(wrong)), note) for wrong, note in self.wrong if self.near(value, wrong, slack)]
        return 0.0, min(near, key=lambda found: found[0])[1] if near else ""

    def miss(self, chance: random.Random) -> str:
        """A wrong number, written in digits and meant in the question's unit: mostly an error that was foreseen, else
        a slip of the point or the like."""
        foreseen = [value for value, _ in self.wrong]
        slips = [self.answer * Decimal(factor) for factor in ("10", "0.1", "2", "0.5", "-1")]
        if foreseen and chance.random() < 0.7:
            return written(chance.choice(foreseen))
        # With a wide tolerance none of these may be wrong; far enough away, every number is.
        room = 1 + (self.tolerance.around(self.answer) if self.tolerance else 0)
        far = [self.answer + Decimal(2**power) * Decimal(ceil(room)) for power in range(1, 40)]
        wrong = (text for number in far if self.judge(text := written(number))[0] == 0)
        return chance.choice([text for slip in slips if self.judge(text := written(slip))[0] == 0] or [next(wrong)])

    def right(self) -> str:
        """The answer with its unit, in plain text."""
        return with_unit(written(self.answer), self.unit)

    def check(self, path: ValuePath = ()) -> list[Flaw]:
        """Foreseen errors that would be taken for the answer or for each other."""
        flaws = []
        for place, (value, _) in enumerate(self.wrong):
            where = (*path, "wrong", place, "value")
            if self.near(Fraction(value), self.answer):
                flaws.append(
                    Flaw(where, f"the foreseen error {written(value)} is accepted as right",
                         "narrow the tolerance, or take the foreseen error out")
                )  # fmt: skip
            elif value in [earlier for earlier, _ in self.wrong[:place]]:
                flaws.append(Flaw(where, f"the foreseen error {written(value)} stands twice", "take one out"))
        names = [folded(self.unit or "")]
        for place, other in enumerate(self.units):
            if folded(other.unit) in names:
                flaws.append(
                    Flaw((*path, "units", place, "unit"), f"the unit `{other.unit}` stands twice", "take one out")
                )
            names.append(folded(other.unit))
        if self.units and not self.unit:
            flaws.append(Flaw((*path, "units"), "other units need a unit of the question", "add `unit:`"))
        return flaws

    def _converted(self, amount: Amount, chosen: str | None) -> tuple[Fraction, Fraction]:
        typed = amount.unit
        place = self._unit_of(typed, chosen)
        unit, factor = self._known[place]
        value = amount.value
        if self._scaled(typed, unit):
            value = value * typed.scale / unit.scale
        elif typed.text != unit.text and self._in_full(value, unit.scale):
            value /= unit.scale
        elif typed.percent and not self.unit and abs(self.answer) <= 1:
            value /= 100
        value *= factor
        return value, abs(value) * _SLACK if factor != 1 else Fraction(0)

    @property
    def _known(self) -> list[tuple[Unit, Fraction]]:
        """The units that are taken, each with how many of the question's own one of it is; that one first."""
        known: list[tuple[Unit, Fraction]] = [(read_unit(self.unit or ""), Fraction(1))]
        return known + [(read_unit(other.unit), Fraction(other.factor)) for other in self.units]

    @property
    def _names(self) -> list[str]:
        return [self.unit or "", *(other.unit for other in self.units)]

    def _unit_of(self, typed: Unit, chosen: str | None) -> int:
        """The place in `_known` of the unit that a number is meant in. Raises Unreadable."""
        names = [folded(name) for name in self._names]
        preset = names.index(folded(chosen)) if chosen and folded(chosen) in names else 0
        place = self._meant(typed, self._known, preset)
        if place is None:
            if self.unit:
                raise Unreadable(OWN_UNIT, unit=self.unit)
            raise Unreadable(ALONE)
        if preset and place != preset:
            raise Unreadable(TWO_UNITS)
        return place

    @staticmethod
    def _scaled(typed: Unit, unit: Unit) -> bool:
        """Whether a number was typed with a power of ten, or a thing counted, that is written otherwise in its unit."""
        return typed.text != unit.text and (
            typed.scale != 1 or bool(typed.base and not typed.currency and not typed.percent)
        )

    def _in_full(self, value: Fraction, scale: int) -> bool:
        """Whether a number before a unit such as million was written out in full: 1,670,000 beside "million".

        It was when it reaches the unit's power of ten, unless the question deals in numbers of that size.
        """
        largest = max(abs(number) for number in (self.answer, *(wrong for wrong, _ in self.wrong)))
        return scale > 1 and abs(value) >= scale > largest

    def _meant(self, typed: Unit, known: list[tuple[Unit, Fraction]], preset: int) -> int | None:
        """The place in `known` of the unit that was typed; the preset one when none was."""
        if not typed.text:
            return preset
        for place, (unit, _) in enumerate(known):
            if unit.text == typed.text:
                return place
        if not typed.base:
            return preset
        for place, (unit, _) in enumerate(known):
            if unit.base == typed.base:
                return place
        if typed.currency and not known[preset][0].currency and typed.without_currency in ("", known[preset][0].base):
            return preset
        if known[preset][0].currency and typed.base == known[preset][0].without_currency:
            return preset
        return preset if typed.percent and not self.unit else None


def with_unit(number: str, unit: str | None) -> str:
    """A number and its unit as they stand beside each other."""
    if not unit:
        return number
    return f"{number}{unit}" if unit.startswith("%") else f"{number} {unit}"
