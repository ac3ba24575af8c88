"""Which item of a list became which, after somebody changed, moved, added or took out some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rapidfuzz import fuzz


def followed(old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """For each new item the place of the old one that it was; None for one that was added.

    Equal items are the same; of the others those that are most alike, a change of place counting little."""
    result: list[int | None] = [None] * len(new)
    left = set(range(len(old)))
    for place, value in enumerate(new):
        same = [number for number in sorted(left, key=lambda n: abs(n - place)) if old[number] == value]
        if same:
            result[place] = same[0]
            left.discard(same[0])
    for place, value in enumerate(new):
        if result[place] is not None or not left:
            continue
        alike = {number: fuzz.ratio(repr(old[number]), repr(value)) for number in left}
        best = max(left, key=lambda number: (alike[number] + (25 if number == place else 0), -number))
        if alike[best] >= 45 or (best == place and len(old) == len(new)):
            result[place] = best
            left.discard(best)
    return result
