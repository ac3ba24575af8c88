"""Shares of the points as Moodle takes them: it refuses others than those of its list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webapp.interchange.own_text import TextWriter
from webapp.questions.inputs.options import Option

#: numbers of right or wrong answers whose equal shares Moodle knows
_KNOWN = frozenset((*range(1, 11), 20))


def shares(question: Any, writer: TextWriter) -> list[str]:
    """What each option of a `multiple` question earns in percent: right ones what they have together, wrong ones take
    as much off. Notes where its own rule is another, or Moodle has no such share."""
    if question.scoring != "right-minus-wrong":
        writer.lost("scoring", question.scoring)
    options: Sequence[Option] = question.options
    keys = sum(option.key for option in options)
    others = len(options) - keys
    if keys not in _KNOWN or (others and others not in _KNOWN):
        writer.lost("scoring", f"shares of {keys} right and {others} wrong answers")
    return [share(100 / _nearest(keys) if option.key else -100 / _nearest(others)) for option in options]


def _nearest(number: int) -> int:
    return number if number in _KNOWN else min(_KNOWN, key=lambda known: (abs(known - number), known))


def share(percent: float) -> str:
    """A share with five places, as Moodle compares it."""
    return f"{percent:.5f}".rstrip("0").rstrip(".")
