"""Numbers to type, for programs that know an amount up and down, and no units in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from webapp.interchange.foreign_text import escaped
from webapp.interchange.own_text import TextWriter
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


def unit_behind(question: Any, writer: TextWriter) -> str:
    """What is to stand behind the stem of a question for a number, where the program asks for a number alone."""
    if not question.unit:
        return ""
    writer.lost("unit", ", ".join([question.unit, *(other.unit for other in question.units)]))
    return f" ({escaped(question.unit)})"
