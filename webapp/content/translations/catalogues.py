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

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import get_decimal_symbol, get_group_symbol

from webapp.content.ledger import Fact
from webapp.content.lessons.lesson import Lesson
from webapp.content.lessons.lesson_files import read_lesson
from webapp.content.markdown import unreadable
from webapp.content.media.names import pinned_like, unpinned
from webapp.content.problems import Location, Problem, Problems
from webapp.content.translations.texts import normal
from webapp.questions.text import plain
from webapp.questions.variants import Cut

FOLDER = "translations"
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")

#: what a translation keeps as it is: gaps, citations, where links lead, and formulas
_MARKS = re.compile(r"\[\[[^\]]+\]\]|\[@[^\]]+\]|\]\([^)\s]*\)|<<(?:(?!<<|>>).)+>>")
#: a number as English writes it, with signs that other languages don't share
_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)")
#: texts of variants that are remembered with their translations
_MOST_VARIED = 5_000


def _has_letters(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


@dataclass(frozen=True)
class CatalogueFile:
    """One PO file as it was read. Texts are keyed as `normal` makes them."""

    path: str
    #: text → translation, of those that are up to date
    texts: Mapping[str, str] = field(default_factory=dict)
    #: texts whose translation is of an earlier wording
    stale: frozenset[str] = frozenset()
    #: texts whose translation lacks or adds a gap, a citation or a link or has a broken formula, and is not used
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
            elif sorted(_MARKS.findall(message.id)) != sorted(_MARKS.findall(message.string)) or any(
                unreadable(message.string)
            ):
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
    def _templates(self) -> list[tuple[Cut, Cut]]:
        """The texts that have formulas, with their translations; those with more words first, so that a text goes by
        the template that says more of it."""
        found = [(Cut.of(text), Cut.of(said)) for text, said in self._texts.items() if "<<" in text]
        named = [(cut, said) for cut, said in found if cut.formulas and _has_letters("".join(cut.words))]
        return sorted(named, key=lambda each: -sum(map(len, each[0].words)))

    @cached_property
    def _varied(self) -> dict[str, str | None]:
        return {}

    @cached_property
    def _lessons(self) -> dict[str, Lesson]:
        return {}

    def text(self, text: str) -> str | None:
        """The translation of a text; None where there is none."""
        written = unpinned(text)
        found = self._texts.get(written) or self._texts.get(normal(written)) or self._of_variant(normal(written))
        return pinned_like(found, text) if found else found

    def _of_variant(self, text: str) -> str | None:
        """The translation of a text in which formulas were filled in: that of the template, with the same values."""
        if not self._templates:
            return None
        kept = self._varied
        if text not in kept:
            if len(kept) >= _MOST_VARIED:
                kept.clear()
            kept[text] = None
            for template, said in self._templates:
                values = template.values_in(text)
                if values is None or not values.keys() >= set(said.formulas):
                    continue
                # What a formula gives is a number or a word of the question: anything else is another text.
                if all(value in self._texts or not _has_letters(value) for value in values.values()):
                    kept[text] = said.filled({formula: self._written(value) for formula, value in values.items()})
                    break
        return kept[text]

    def _written(self, value: str) -> str:
        """A value as it is written in this language: 2,5 and 50.000 in German."""
        if _NUMBER.fullmatch(value):
            locale = Locale.parse(self.language, sep="-")
            return value.translate({ord("."): get_decimal_symbol(locale), ord(","): get_group_symbol(locale)})
        return self._texts.get(value, value)

    def knows(self, text: str) -> bool:
        """Whether a text is translated, or is a translation itself."""
        if self.text(text) is not None or unpinned(text) in self._given:
            return True
        return any(
            all(value in self._given or not _has_letters(value) for value in values.values())
            for _template, said in self._templates
            if (values := said.values_in(unpinned(text))) is not None
        )

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
