"""The catalogues of a course: a folder for each language in `translations/`, and in it a PO file for each part.

PO is what translators' programs read and write, and Babel brings a catalogue up to date with the texts: a new text
stands there without a translation, one that was changed keeps the old translation with the mark `fuzzy`, which is used
nowhere until somebody has looked at it, and one that is gone is kept at the end as a comment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from webapp.content.ledger import Fact
from webapp.content.lessons.lesson import Lesson
from webapp.content.lessons.lesson_files import read_lesson
from webapp.content.problems import Location, Problem, Problems
from webapp.content.translations.texts import normal
from webapp.questions.text import plain

FOLDER = "translations"
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")

#: what a translation keeps as it is: gaps, citations, and where links lead
_MARKS = re.compile(r"\[\[[^\]]+\]\]|\[@[^\]]+\]|\]\([^)\s]*\)")


@dataclass(frozen=True)
class CatalogueFile:
    """One PO file as it was read. Texts are keyed as `normal` makes them."""

    path: str
    #: text → translation, of those that are up to date
    texts: Mapping[str, str] = field(default_factory=dict)
    #: texts whose translation is of an earlier wording
    stale: frozenset[str] = frozenset()
    #: texts whose translation lacks or adds a gap, a citation or a link, and is not used
    broken: frozenset[str] = frozenset()
    #: text → line of the file
    lines: Mapping[str, int] = field(default_factory=dict)


def read_catalogue(text: str, path: str, language: str) -> CatalogueFile:
    """The translations of a PO text. Raises Problems."""
    texts: dict[str, str] = {}
    stale: set[str] = set()
    broken: set[str] = set()
    lines: dict[str, int] = {}
    for message in parse(text, path, language):
        if not message.id or not isinstance(message.id, str):
            continue
        name = normal(message.id)
        lines[name] = message.lineno or 1
        if message.string and isinstance(message.string, str):
            if message.fuzzy:
                stale.add(name)
            elif sorted(_MARKS.findall(message.id)) != sorted(_MARKS.findall(message.string)):
                broken.add(name)
            else:
                texts[name] = message.string
    return CatalogueFile(path, texts, frozenset(stale), frozenset(broken), lines)


def parse(text: str, path: str, language: str) -> Catalog:
    """The PO text as Babel's catalogue. Raises Problems."""
    try:
        return read_po(BytesIO(text.encode()), locale=language.replace("-", "_"), abort_invalid=True)
    except (PoFileError, ValueError, AssertionError, TypeError, IndexError) as error:
        line = (getattr(error, "lineno", None) or 0) + 1
        said = f"the catalogue can't be read: {error.args[0] if error.args else error}"
        raise Problems([Problem(Location(path, line), said, "expected msgid and msgstr in turn, in quotes")]) from None


@dataclass(frozen=True, eq=False)
class Translation:
    """A course in one more language: what its texts are there, and its lessons, read in it when they are asked for."""

    language: str
    files: tuple[CatalogueFile, ...]

    @cached_property
    def _texts(self) -> dict[str, str]:
        texts: dict[str, str] = {}
        for file in reversed(self.files):
            texts.update(file.texts)
        # Menus and labels show the bare words of a text.
        return {normal(plain(text)): plain(translated) for text, translated in texts.items()} | texts

    @cached_property
    def _given(self) -> frozenset[str]:
        return frozenset(translated for file in self.files for translated in file.texts.values())

    @cached_property
    def _lessons(self) -> dict[str, Lesson]:
        return {}

    def text(self, text: str) -> str | None:
        """The translation of a text; None where there is none."""
        return self._texts.get(text) or self._texts.get(normal(text))

    def knows(self, text: str) -> bool:
        """Whether a text is translated, or is a translation itself."""
        return self.text(text) is not None or text in self._given

    def lesson(self, lesson: Lesson, text: str, facts: Mapping[str, Fact] | None) -> Lesson:
        """A lesson in this language, read once from its `text`; the lesson itself, where a translation broke it."""
        if lesson.id not in self._lessons:
            found = read_lesson(text, lesson.path, lesson.id, self._facts(facts), self.text)
            # How long it takes is said in one way wherever the lesson is named.
            good = (
                None
                if found.problems or found.lesson is None
                else replace(found.lesson, minutes=lesson.minutes, course_id=lesson.course_id)
            )
            self._lessons[lesson.id] = good or lesson
        return self._lessons[lesson.id]

    def _facts(self, facts: Mapping[str, Fact] | None) -> Mapping[str, Fact] | None:
        if facts is None:
            return None
        return {
            name: fact.model_copy(update={"claim": self.text(fact.claim) or fact.claim}) for name, fact in facts.items()
        }
