"""What changed between two texts, to read: by lines, and within a changed line by words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_LINES = 4_000
"""Beyond so many changed lines the two sides are shown as a whole: pairing them would take minutes."""
Parts = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference. `parts` are its pieces, each with whether it is what changed; a `gap` stands for
    lines that are the same on both sides and not shown (`count` of them)."""

    kind: Literal["same", "old", "new", "gap"]
    parts: Parts = ()
    old_number: int | None = None
    new_number: int | None = None
    count: int = 0

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.parts)


def differences(old: str, new: str, *, context: int = 3) -> list[DiffLine]:
    """The lines that changed, with some around them; [] when nothing did."""
    if old == new:
        return []
    before, after = old.split("\n"), new.split("\n")
    lines = list(_lines(before, after))
    shown = {
        near
        for place, line in enumerate(lines)
        if line.kind != "same"
        for near in range(place - context, place + context + 1)
    }
    made: list[DiffLine] = []
    hidden = 0
    for place, line in enumerate(lines):
        if place in shown:
            if hidden:
                made.append(DiffLine("gap", count=hidden))
                hidden = 0
            made.append(line)
        else:
            hidden += 1
    if hidden:
        made.append(DiffLine("gap", count=hidden))
    return made


def _lines(before: Sequence[str], after: Sequence[str]) -> Iterator[DiffLine]:
    start, end = _same_ends(before, after)
    for number in range(start):
        yield _same(before[number], number, number)
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    if max(len(old), len(new)) > _MOST_LINES:
        yield from (DiffLine("old", ((text, True),), start + n + 1) for n, text in enumerate(old))
        yield from (DiffLine("new", ((text, True),), None, start + n + 1) for n, text in enumerate(new))
    else:
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        for tag, a, b, c, d in matcher.get_opcodes():
            if tag == "equal":
                for offset in range(b - a):
                    yield _same(old[a + offset], start + a + offset, start + c + offset)
            else:
                yield from _changed(old[a:b], new[c:d], start + a, start + c)
    for offset in range(end, 0, -1):
        yield _same(before[-offset], len(before) - offset, len(after) - offset)


def _same(text: str, old: int, new: int) -> DiffLine:
    return DiffLine("same", ((text, False),), old + 1, new + 1)


def _same_ends(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How many lines at the beginning and at the end are the same."""
    most = min(len(before), len(after))
    start = next((n for n in range(most) if before[n] != after[n]), most)
    end = next((n for n in range(most - start) if before[-1 - n] != after[-1 - n]), most - start)
    return start, end


def _changed(old: Sequence[str], new: Sequence[str], old_at: int, new_at: int) -> Iterator[DiffLine]:
    """Lines that were replaced. Those that stand opposite each other and are alike are compared by words."""
    pairs = [words(one, other) for one, other in zip(old, new, strict=False)]
    for place, text in enumerate(old):
        parts = pairs[place][0] if place < len(pairs) else ((text, True),)
        yield DiffLine("old", parts, old_at + place + 1)
    for place, text in enumerate(new):
        parts = pairs[place][1] if place < len(pairs) else ((text, True),)
        yield DiffLine("new", parts, None, new_at + place + 1)


def words(old: str, new: str) -> tuple[Parts, Parts]:
    """The pieces of two texts, each with whether it is what changed; wholly, when they are hardly alike."""
    one, other = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.ratio() < 0.4 or len(one) + len(other) > 4_000:
        return ((old, True),), ((new, True),)
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if a < b:
            left.append(("".join(one[a:b]), tag != "equal"))
        if c < d:
            right.append(("".join(other[c:d]), tag != "equal"))
    return tuple(left), tuple(right)
