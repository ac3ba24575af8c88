"""Numbers to type, for programs that know an amount up and down, and no units in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from webapp.interchange.foreign_text import escaped
from webapp.interchange.own_text import TextWriter
from webapp.questions.contract import Question
from webapp.questions.inputs.quantities import Tolerance
from webapp.questions.numbers import written


def with_room(tolerance: Tolerance | None, value: Decimal, writer: TextWriter) -> str:
    """How far from a value is near enough, as an amount."""
    if tolerance is None:
        return "0"
    if tolerance.absolute is not None:
        return written(tolerance.absolute)
    writer.lost("tolerance", f"{(tolerance.relative or Decimal(0)) * 100:f} % of the answer")
    return written(abs(value) * (tolerance.relative or Decimal(0)))


def in_stem(question: Question, stem: str, writer: TextWriter, *, with_units: bool = False) -> str:
    """The stem, with the unit behind it where the program asks for a number alone."""
    unit: Any = getattr(question, "unit", None)
    if not unit or with_units:
        return stem
    others = [other.unit for other in getattr(question, "units", ())]
    writer.lost("unit", ", ".join([unit, *others]))
    return f"{stem} ({escaped(unit)})"
