"""A lesson: sections of prose, figures, claims to sort and questions to check oneself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from webapp.content.frozen import Frozen, Slug, Text
from webapp.content.ledger import Fact
from webapp.content.lessons.figures import Figure, TilePicture
from webapp.questions.contract import Question
from webapp.questions.fields import Flag

__all__ = ["Block", "Check", "Figure", "Head", "Lesson", "Prose", "Section", "Sort", "SortKeys", "Term"]

WORDS_PER_MINUTE = 200
#: a figure is looked at, a check answered and its feedback read, claims are sorted, and all of it takes time; only a
#: picture, which has nothing to be worked out, is looked at in passing and counts for nothing
FIGURE_MINUTES, CHECK_MINUTES = 1 / 3, 1 / 2
"""The pace of careful reading of a text one learns from; a usual round figure."""


class Term(Frozen):
    """A word of the field, explained."""

    id: Slug
    term: Text
    definition: Text


class Head(Frozen):
    """The front matter."""

    title: Annotated[Text, Field(description="the title of the lesson")]
    pillar: Annotated[str, Field(description="the id of the pillar")] = ""
    hook: Annotated[Text, Field(description="one question the reader will care about")]
    draft: Annotated[Flag, Field(description="seen by staff only, until it is published")] = False
    minutes: Annotated[int, Field(ge=1, le=600)] | None = None
    terms: tuple[Term, ...] = ()
    summary: Annotated[tuple[Text, ...], Field(description="a few short lines, as a list")] = ()
    remember: Annotated[tuple[Text, ...], Field(description="what to remember, as a list")] = ()
    numbers: dict[str, Text] = {}
    accept: dict[str, Text] = {}


@dataclass(frozen=True, slots=True)
class Prose:
    """A run of paragraphs, lists and tables as safe HTML, and the facts it cites."""

    html: str
    facts: tuple[str, ...] = ()
    what: Literal["prose"] = "prose"


@dataclass(frozen=True, slots=True)
class Check:
    """A question inside a lesson; it counts for nothing."""

    question: Question
    id: str
    what: Literal["check"] = "check"


class SortKeys(Frozen):
    """A block of claims to sort, as its author writes it: the claims and how firm they are come from the ledger."""

    ask: Annotated[str, Field(max_length=300, description="a question of your own above the claims")] = ""
    facts: Annotated[tuple[Slug, ...], Field(min_length=3, max_length=5, description="the ids of three to five facts")]


@dataclass(frozen=True, slots=True)
class Sort:
    """Claims that the reader sorts by how firmly the source puts them; it counts for nothing."""

    id: str
    ask: str
    claims: tuple[Fact, ...]
    what: Literal["sort"] = "sort"


Block = Prose | Figure | Check | Sort


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading. `minutes` is 1 or more."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    words: int

    @property
    def minutes(self) -> int:
        return reading_minutes(self.words, self.blocks)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson as it is read. `path` is relative to the course folder; `cited` has the ids of its facts by first use,
    so that the number of a citation is the fact's place in it."""

    id: str
    title: str
    hook: str
    minutes: int
    lead: tuple[Block, ...]
    sections: tuple[Section, ...]
    terms: tuple[Term, ...]
    summary: tuple[str, ...]
    remember: tuple[str, ...]
    numbers: Mapping[str, str]
    accept: Mapping[str, str]
    words: int
    path: str
    cited: tuple[str, ...]
    anchors: Mapping[str, str]
    """Where each cited fact is taught: the fact's id → the id of the paragraph or figure."""
    course_id: str = ""
    """The course it is a lesson of; empty for one that was read by itself. What is kept of readers needs it."""

    def section(self, section_id: str) -> Section | None:
        return next((section for section in self.sections if section.id == section_id), None)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks, in the order of reading."""
        return (*self.lead, *(block for section in self.sections for block in section.blocks))

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Check))

    def check(self, check_id: str) -> Check | None:
        return next((check for check in self.checks if check.id == check_id), None)


def reading_minutes(words: int, blocks: Iterable[Block] = ()) -> int:
    """Whole minutes that careful reading takes, with figures, checks and claims to sort among `blocks`; at least 1."""
    kinds = [block.what for block in blocks if not isinstance(block, TilePicture)]
    pauses = kinds.count("figure") * FIGURE_MINUTES + (kinds.count("check") + kinds.count("sort")) * CHECK_MINUTES
    return max(1, round(words / WORDS_PER_MINUTE + pauses))
