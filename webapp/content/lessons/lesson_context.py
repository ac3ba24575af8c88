"""A lesson file while it is read: its lines, what is wrong with it, and what it leans on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from markdown_it.token import Token

from webapp.content import markdown
from webapp.content.ledger import Fact
from webapp.content.lessons.lesson import Lesson, Term
from webapp.content.problems import MOST_TOLD, Location, Problem, did_you_mean, listed
from webapp.content.references import Reference, needed, refused_link, refused_picture
from webapp.content.yaml.source import Document
from webapp.questions.contract import Question
from webapp.questions.flaws import ValuePath

Translate = Callable[[str], str | None]
"""Gives the translation of a text; None where there is none."""

#: links of one lesson, in its text, front matter and checks; a long lesson has some dozens
MOST_LINKS = 2_000


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of a lesson as its author wrote it, and a way to find words in it."""

    text: str
    locate: Callable[[str], Location]


@dataclass(frozen=True, slots=True)
class DraftCheck:
    """A check of a lesson that is a draft: its YAML, the question as far as it can be read, and what is wrong."""

    id: str
    document: Document
    question: Question | None
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class LessonFile:
    """What reading one lesson file gave: the lesson as far as it could be made, what is wrong, what it leans on."""

    path: str
    lesson: Lesson | None
    problems: list[Problem] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    body_line: int = 1
    head: Document | None = None
    passages: list[Passage] = field(default_factory=list)
    """The texts of the lesson, for the lint."""
    documents: dict[str, Document] = field(default_factory=dict)
    """The YAML of each check by its id."""
    is_draft: bool = False
    """Whether its front matter says so; `problems` then keep it from being published, and from nothing else."""
    draft_checks: list[DraftCheck] = field(default_factory=list)
    """The checks that are drafts: they stand in no lesson."""
    lines: dict[str, int] = field(default_factory=dict)
    """The line on which each section and each block with an id begins."""


class Manuscript:
    """What the parts of the reader share: places in the text, problems, links and facts."""

    def __init__(
        self, text: str, path: str, lesson_id: str, facts: Mapping[str, Fact] | None, translate: Translate | None = None
    ) -> None:
        self.path, self.lesson_id, self.facts = path, lesson_id, facts
        #: gives the words of the lesson in another language, for a lesson that is read in it
        self.translate = translate
        self.lines = text.split("\n")
        self.found = LessonFile(path, None)
        #: by their ids; None where the front matter can't be read, and nobody knows which there are
        self.terms: Mapping[str, Term] | None = {}
        self._looked: dict[tuple[int, str], int] = {}
        self._block: tuple[tuple[int, int], str] = ((0, 0), "")
        self._links = 0

    @property
    def is_told_enough(self) -> bool:
        """Whether so much is wrong that the rest is told when this is mended: finding places takes time."""
        return len(self.found.problems) >= MOST_TOLD

    def report(
        self, location: Location | Callable[[], Location], message: str, expected: str = "", suggestion: str = ""
    ) -> None:
        if not self.is_told_enough:
            place = location if isinstance(location, Location) else location()
            self.found.problems.append(Problem(place, message, expected, suggestion))

    def place(self, token: Token, needle: str = "") -> Location:
        """Where a block stands, or the next place of `needle` in it that was not asked for yet."""
        first, last = token.map or (0, len(self.lines) if needle else 1)
        if needle:
            key = (first, needle)
            if self._block[0] != (first, last):
                self._block = (first, last), "\n".join(self.lines[first:last])
            block = self._block[1]
            at = block.find(needle, self._looked.get(key, -1) + 1)
            if at < 0:
                at = block.find(needle)
            if at >= 0:
                self._looked[key] = at
                line = block.count("\n", 0, at)
                return Location(self.path, self.found.body_line + first + line, at - block.rfind("\n", 0, at))
        return Location(self.path, self.found.body_line + first, 1)

    def passage(self, text: str, locate: Callable[[str], Location]) -> None:
        """Keeps a text for the lint."""
        self.found.passages.append(Passage(text, locate))

    def check_text(self, text: str, document: Document, path: ValuePath) -> None:
        """Checks the links and formulas of a text that stands in YAML."""
        for formula in markdown.unreadable(text):
            self.report(partial(document.locate, path, needle=formula.source), *formula.problem)
        for link in markdown.links(text):
            self.check_link(link, partial(document.locate, path, needle=link.href))

    def translated(self, values: Any, is_shown: Callable[[ValuePath], bool], path: ValuePath = ()) -> Any:
        """Plain values with the texts at the paths that are shown in the language the lesson is read in."""
        if self.translate is None:
            return values
        if isinstance(values, dict):
            return {key: self.translated(value, is_shown, (*path, key)) for key, value in values.items()}
        if isinstance(values, list):
            return [self.translated(value, is_shown, (*path, place)) for place, value in enumerate(values)]
        if isinstance(values, str) and values.strip() and is_shown(path):
            return self.translate(values) or values
        return values

    def check_link(self, link: markdown.Link, locate: Callable[[], Location]) -> None:
        """Checks a link. Of more than MOST_LINKS none is, and the lesson is refused."""
        self._links += 1
        if self._links > MOST_LINKS:
            if self._links == MOST_LINKS + 1:
                said, expected = "the lesson has too many links", f"expected at most {MOST_LINKS:,}"
                self.found.problems.append(Problem(locate(), said, expected, "make several lessons of it"))
            return
        if link.kind == "picture":
            refused = refused_picture(link.href, link.alt, link.title)
            if refused is not None:
                self.report(locate, *refused)
            elif not self.is_told_enough:
                for name in needed(link.href, link.title):
                    self.found.references.append(Reference("picture", self.lesson_id, name, link.href, locate()))
        elif link.kind == "refused":
            self.report(locate, *refused_link(link.href))
        elif link.kind == "term" and link.lesson in (None, self.lesson_id):
            if self.terms is not None and link.name not in self.terms and not self.is_told_enough:
                self.report(
                    locate,
                    f"the term `{link.name}` is not explained in this lesson",
                    f"expected one of {listed(self.terms)}" if self.terms else "expected a term of the front matter",
                    did_you_mean(link.name, self.terms) or f"add it under `terms:` with `id: {link.name}`",
                )
        elif link.kind in ("term", "section"):
            kind: Literal["term", "section"] = "term" if link.kind == "term" else "section"
            lesson = self.lesson_id if link.lesson is None else link.lesson
            self.found.references.append(Reference(kind, lesson, link.name, link.href, locate()))

    def know_fact(self, name: str, locate: Callable[[], Location]) -> bool:
        """Whether a fact exists; one that does not is reported. Without a ledger every fact does."""
        if self.facts is not None and name not in self.facts:
            if not self.is_told_enough:
                self.report(
                    locate,
                    f"the fact `{name}` is not in the ledger",
                    "expected the id of one of its facts",
                    did_you_mean(name, self.facts),
                )
            return False
        return True


def finder(document: Document, path: ValuePath) -> Callable[[str], Location]:
    """Finds words in a value of a document."""
    return lambda needle: document.locate(path, needle=needle)
