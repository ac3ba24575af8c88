"""What a response is worth, in whole and in its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Part:
    """How one part of an answer did: an option, a blank, a pair, an item, or the answer as a whole.

    `label`, `given` and `right` are plain text (`given` is None where nothing was given); `feedback` is Markdown.
    """

    id: str
    label: str
    given: str | None
    right: str
    fraction: float
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Grade:
    """What a response is worth: `fraction` from 0 to 1, rounded to six places, and how its parts did.

    One that people have to judge is `pending`: what it is worth nobody knows yet, and `fraction` is 0.
    """

    fraction: float
    parts: tuple[Part, ...] = ()
    pending: bool = False

    @property
    def verdict(self) -> Literal["right", "partly", "wrong", "pending"]:
        if self.pending:
            return "pending"
        if self.fraction >= 1:
            return "right"
        return "partly" if self.fraction > 0 else "wrong"

    def part(self, name: str) -> Part | None:
        """The part with an id."""
        return next((part for part in self.parts if part.id == name), None)


def mean(fractions: Sequence[float]) -> float:
    """The mean, rounded to the six places of a grade; 0 of nothing."""
    return round(sum(fractions) / len(fractions), 6) if fractions else 0.0


def graded(parts: Sequence[Part], fraction: float | None = None) -> Grade:
    """A grade of these parts: their mean, or the fraction given, kept within 0…1 and rounded to six places."""
    value = mean([part.fraction for part in parts]) if fraction is None else fraction
    return Grade(round(min(1.0, max(0.0, value)), 6), tuple(parts))
