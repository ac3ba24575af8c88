"""A lesson: sections of prose, figures and questions to check oneself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from webapp.content.frozen import Frozen, Slug, Text
from webapp.content.lessons.figures import Figure
from webapp.questions.contract import Question

__all__ = ["Block", "Check", "Figure", "Head", "Lesson", "Prose", "Section", "Term"]

WORDS_PER_MINUTE = 200
#: a figure is looked at, a check is answered and its feedback read, and both take time
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


Block = Prose | Figure | Check


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
    """Whole minutes that careful reading takes, with the figures and checks among `blocks`; at least 1."""
    kinds = [block.what for block in blocks]
    pauses = kinds.count("figure") * FIGURE_MINUTES + kinds.count("check") * CHECK_MINUTES
    return max(1, round(words / WORDS_PER_MINUTE + pauses))
