"""The contract of a format: what its module gives, and what an import and an export may rely on.

A format is one module of `interchange.formats` with `FORMAT = SomeFormat()` at its end. Everything is pure: bytes in,
plain values and losses out, or the other way. A file may come from anywhere: `read` raises UnreadableQuestions for one
that can't be read as a whole, and nothing else; what is wrong with one item is said of that item.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from webapp.interchange.losses import Loss, ReportLine
from webapp.questions.contract import Question

#: bytes of a file that is looked at, and of all that a package holds when it is unpacked
LARGEST, LARGEST_UNPACKED = 50_000_000, 200_000_000
#: items of one file, and characters of the text of one of them
MOST_ITEMS, LONGEST_ITEM = 20_000, 200_000

Values = dict[str, Any]
"""A question as the course's YAML says it: texts, lists and dictionaries, without an id."""


class UnreadableQuestions(Exception):
    """A file can't be read, or questions can't be written, as a whole: a sentence or two says why."""


@dataclass(slots=True)
class ForeignItem:
    """One item of a file. `source` names it among those of its kind of file, and stays when the file is written anew;
    `is_named` says that its program gave that name to this item alone, wherever the file goes."""

    place: str
    """For people: `line 12`, or `row 3`."""
    kind: str
    """What its format calls it."""
    title: str = ""
    source: str = ""
    is_named: bool = False
    values: Values | None = None
    """None for what is left out, and for what is no question, such as a category."""
    losses: list[Loss] = field(default_factory=list)
    text: str = ""
    """What stands in the file, for what is left out."""
    pictures: tuple[str, ...] = ()
    """Those of `media` that it shows."""


@dataclass(frozen=True)
class ForeignQuestions:
    """What a file holds: each of its items, and the pictures that the questions show, by the names that they will have
    in the course."""

    items: tuple[ForeignItem, ...]
    media: Mapping[str, bytes] = field(default_factory=dict)
    encoding: str = ""
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True)
class WrittenQuestions:
    """A file to hand out, and what became of each question."""

    raw: bytes
    lines: tuple[ReportLine, ...]
    pictures: int = 0


class FileFormat(ABC):
    """One format. Instances hold nothing."""

    name: ClassVar[str]
    """As in `--as`, and at the head of a question's `source`."""
    title: ClassVar[str]
    """What people call it."""
    endings: ClassVar[tuple[str, ...]]
    """How its files end, with the dot; the first is what is written."""
    reads: ClassVar[bool] = True
    writes: ClassVar[bool] = True

    @abstractmethod
    def fits(self, raw: bytes) -> bool:
        """Whether a file could be of this format, by a quick look; never raises."""

    @abstractmethod
    def read(self, raw: bytes, name: str) -> ForeignQuestions:
        """What a file holds. `name` is what its sender calls it. Raises UnreadableQuestions."""

    def write(
        self, questions: Sequence[Question], media: Mapping[str, bytes], language: str = "en"
    ) -> WrittenQuestions:
        """The questions as a file, and a line for each. `media` has the pictures that they show, by name; `language` is
        that of the course. Raises UnreadableQuestions for what would be too large."""
        raise UnreadableQuestions(f"{self.title} can be read and not written.")


def within_bounds(raw: bytes) -> None:
    """Raises UnreadableQuestions for a file that is too large to be looked at, or has nothing in it."""
    if len(raw) > LARGEST:
        raise UnreadableQuestions(f"The file has {len(raw) / 1e6:,.0f} MB; at most {LARGEST // 1_000_000} are read.")
    if not raw.strip():
        raise UnreadableQuestions("There is nothing in the file.")
