"""What is wrong with a question that has the right form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: the way to a value in a file: keys of mappings and places in lists, from the top
ValuePath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something to mend in a question. `path` leads to the place within the question; `on_key` says that the key there
    is meant, not its value."""

    path: ValuePath
    message: str
    suggestion: str = ""
    on_key: bool = False


def duplicated(values: Mapping[ValuePath, str], what: str) -> Iterable[Flaw]:
    """A flaw at each value that stood before; the values are compared without regard to case and space."""
    seen: set[str] = set()
    for path, value in values.items():
        same = " ".join(value.casefold().split())
        if same in seen:
            yield Flaw(path, f"{what} `{value}` stands twice", "change one of the two, or take it out")
        seen.add(same)


def unexplained_errors(feedback: Iterable[str], path: ValuePath = ()) -> Iterable[Flaw]:
    """A flaw at each foreseen error (`wrong:`) without a word of feedback; `feedback` is that of each, in order."""
    for place, words in enumerate(feedback):
        if not words:
            yield Flaw((*path, "wrong", place), "the foreseen error has no feedback", "say how it comes about")
