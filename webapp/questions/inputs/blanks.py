"""The gaps of a cloze text: what one accepts, and where it stands."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from webapp.questions.answers import Message
from webapp.questions.fields import Count, Flag, Note, Number, Piece, Plain, Points, Words
from webapp.questions.flaws import Flaw, ValuePath
from webapp.questions.inputs.mistakes import tempting
from webapp.questions.inputs.options import Option, clashing, identified, one_key, same_options
from webapp.questions.inputs.phrases import Accepted, Distance, Phrases, too_long
from webapp.questions.inputs.quantities import OtherUnit, Target, Tolerance, with_unit
from webapp.questions.numbers import Unreadable, written
from webapp.questions.responses import LONGEST_ANSWER
from webapp.questions.text import plain

_BLANK = re.compile(r"\[\[\s*([a-z0-9]+(?:-[a-z0-9]+)*)\s*\]\]")
# Characters for private use: no author types them, and Markdown passes them through.
_MARK = "\ue0a0{}\ue0a1"
_MARKS = re.compile("\ue0a0([0-9]{1,3})\ue0a1")


class BlankError(Piece):
    """A wrong entry that people make, and what it tells: a text, a pattern, or a number."""

    text: Plain | None = Field(default=None, description="The entry (for a word).")
    pattern: Plain | None = Field(default=None, description="A regular expression for the whole entry (for a word).")
    value: Number | None = Field(default=None, description="The number (for a number).")
    feedback: Note = Field(default="", description="The error behind it.")

    @model_validator(mode="after")
    def _one_of_the_three(self) -> BlankError:
        if sum(given is not None for given in (self.text, self.pattern, self.value)) != 1:
            raise PydanticCustomError("text_pattern_or_value", "expected one of text, pattern and value")
        return self


_KINDS: dict[str, set[str]] = {
    "options": {"options"},
    "answers": {"answers", "distance", "case", "accents", "wrong"},
    "answer": {"answer", "tolerance", "unit", "units", "wrong"},
}


class Blank(Piece):
    """A gap: a menu (`options`), a word (`answers`), or a number (`answer`)."""

    options: Annotated[tuple[Option, ...], Count(0, 26)] = Field(default=(), description="A menu: what to choose from.")
    answers: tuple[Accepted, ...] = Field(default=(), description="A word: the answers that are right, the best first.")
    answer: Number | None = Field(default=None, description="A number: the right one.")
    distance: Distance = Field(default=0, description="A word: how many slips of the finger are forgiven.")
    case: Flag = Field(default=False, description="A word: whether capitals matter.")
    accents: Flag = Field(default=False, description="A word: whether accents matter.")
    tolerance: Tolerance | None = Field(default=None, description="A number: how far off is right.")
    unit: Words | None = Field(default=None, description="A number: its unit, shown after the gap.")
    units: tuple[OtherUnit, ...] = Field(default=(), description="A number: other units that may be typed with it.")
    wrong: tuple[BlankError, ...] = Field(default=(), description="Wrong entries that people make.")
    weight: Points = Field(default=1.0, description="How many times the gap counts.")

    @model_validator(mode="before")
    @classmethod
    def _one_kind(cls, values: Any) -> Any:
        if isinstance(values, dict):
            kinds = [kind for kind in _KINDS if values.get(kind) not in (None, (), [])]
            if len(kinds) != 1:
                raise PydanticCustomError(
                    "kind_of_blank", "expected one of options (a menu), answers (a word) and answer (a number)"
                )
        return values

    @property
    def target(self) -> Target:
        """What a typed number is judged against."""
        wrong = [(error.value, error.feedback) for error in self.wrong if error.value is not None]
        return Target(Decimal(0) if self.answer is None else self.answer, self.unit, self.units, self.tolerance, wrong)

    @property
    def phrases(self) -> Phrases:
        """What a typed word is judged against."""
        wrong = [(error.text, error.pattern, error.feedback) for error in self.wrong]
        return Phrases(self.answers, wrong, self.distance, self.case, self.accents)

    def judge(self, value: str) -> tuple[float, str]:
        """The fraction (0 or 1) and the feedback for an entry: an option's id, or what was typed."""
        if self.options:
            option = identified(self.options).get(value)
            return (float(option.key), option.feedback) if option else (0.0, "")
        return self.phrases.judge(value) if self.answers else self.target.judge(value)

    def shown(self, value: str) -> str | None:
        """An entry in plain text; None when it is no option of the menu."""
        if self.options:
            option = identified(self.options).get(value)
            return plain(option.text) if option else None
        text = " ".join(value[:LONGEST_ANSWER].split())
        return with_unit(text, self.unit) if text[-1:].isdigit() else text

    def unreadable(self, value: str | None) -> Message | None:
        """Why a typed entry can't be read; None when it can, or when there is none."""
        if value is None or self.options:
            return None
        if self.answers:
            return too_long(value[: LONGEST_ANSWER + 1])
        try:
            self.target.values(value)
        except Unreadable as error:
            return error.message
        return None

    def read_as(self, value: str | None, decimal_sign: str) -> str | None:
        """How a typed number was read; None for other gaps, and for what can't be read."""
        if value is None or self.answer is None:
            return None
        try:
            return self.target.read_as(value, None, decimal_sign)
        except Unreadable:
            return None

    def right(self) -> str:
        """The right entry in plain text."""
        if self.options:
            return next((plain(option.text) for option in self.options if option.key), "")
        return self.phrases.right() if self.answers else self.target.right()

    def key(self) -> str:
        """An entry that is right."""
        if self.options:
            return next((name for name, option in identified(self.options).items() if option.key), "")
        return self.phrases.right() if self.answers else written(self.target.answer)

    def miss(self, chance: random.Random) -> str:
        """An entry that is wrong."""
        if self.options:
            return tempting([name for name, option in identified(self.options).items() if not option.key], chance)
        return self.phrases.miss(chance) if self.answers else self.target.miss(chance)

    def texts(self) -> list[str]:
        """Everything that is written in the gap's options, answers and foreseen errors."""
        written_in: list[Option | Accepted | BlankError] = [*self.options, *self.answers, *self.wrong]
        return [piece.text for piece in written_in if piece.text]

    def stated(self, path: ValuePath) -> Iterable[tuple[ValuePath, str]]:
        """What is right in the gap, with its place."""
        if self.answer is not None:
            yield (*path, "answer"), f"{self.answer} {self.unit or ''}"
        for place, option in enumerate(self.options):
            if option.key:
                yield (*path, "options", place, "text"), option.text
        for place, answer in enumerate(self.answers):
            if answer.text:
                yield (*path, "answers", place, "text"), answer.text

    def check(self, path: ValuePath) -> Iterable[Flaw]:
        """What is wrong with the gap beyond its form."""
        kind = next(kind for kind in _KINDS if getattr(self, kind) not in (None, ()))
        for name in sorted(self.model_fields_set - _KINDS[kind] - {"weight"}):
            if getattr(self, name) not in (None, ()):
                yield Flaw((*path, name), f"`{name}` means nothing beside `{kind}`", "take it out")
        for place, error in enumerate(self.wrong):
            if kind != "options" and (error.value is not None) != (kind == "answer"):
                expected = "value" if kind == "answer" else "text"
                yield Flaw(
                    (*path, "wrong", place),
                    f"a foreseen error beside `{kind}` has a `{expected}`",
                    f"use `{expected}:`",
                )
        if kind == "options":
            if len(self.options) < 2:
                yield Flaw((*path, "options"), "a menu needs two options at least", "add one, or use `answers`")
            yield from one_key(self.options, (*path, "options"))
            yield from same_options(self.options, (*path, "options"))
            yield from (
                Flaw((*path, *flaw.path), flaw.message, flaw.suggestion) for flaw in clashing(self.options, "options")
            )
        elif kind == "answers":
            yield from self.phrases.check(path)
        else:
            yield from self.target.check(path)


def named_in(text: str) -> list[str]:
    """The names of the blanks in a text, in its order."""
    return _BLANK.findall(text)


def text_before(text: str, name: str) -> str:
    """The text up to a blank; all of it when it doesn't have the blank."""
    return next((text[: match.start()] for match in _BLANK.finditer(text) if match[1] == name), text)


def marked(text: str, names: Sequence[str]) -> str:
    """The text with each blank as a mark that holds its place in `names`."""

    def mark(match: re.Match[str]) -> str:
        return _MARK.format(names.index(match[1])) if match[1] in names else match[0]

    return _BLANK.sub(mark, text)


def pieces(html: str, names: Sequence[str]) -> list[tuple[str, str | None]]:
    """HTML cut at its marks: each piece with the blank after it, None after the last. No blank is lost or doubled."""
    cut = _MARKS.split(html)
    left = list(names)
    result: list[tuple[str, str | None]] = []
    text = ""
    for place in range(0, len(cut) - 1, 2):
        text += cut[place]
        name = names[int(cut[place + 1])] if int(cut[place + 1]) < len(names) else None
        if name in left:
            left.remove(name)
            result.append((type(html)(text), name))
            text = ""
    text += cut[-1]
    for name in left:
        result.append((type(html)(text), name))
        text = ""
    return [*result, (type(html)(text), None)]
