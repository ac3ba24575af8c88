"""Judging a typed word or phrase against accepted and foreseen answers: shared by `short_text` and by blanks.

Two texts are the same when they are so after folding: spaces, hyphens and dashes count as one space, punctuation at
the ends is dropped, typographic quotes are plain ones, and, unless the author says that they matter, so are case and
accents (Unicode NFKD without the combining marks of Latin, Greek and Cyrillic).

In Arabic and Hebrew the accents are what stands above and below the letters: vowels, doubling, and the hamza and madda
that are often left out in typing, so that أ, إ, آ and ا are one. ة and ه, ى and ي are letters of their own and differ,
and so do Persian ک and ی and Arabic ك and ي: an author who takes both says both. The stroke that only makes a word
wider (tatweel) and the signs that only turn the direction are never part of an answer.

A slip is forgiven up to a stated number of edits, counted as optimal string alignment: a letter added, left out,
changed, or swapped with its neighbour. A foreseen wrong answer goes before a slip: what is as near to it as to the
right answer is wrong.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field, ModelWrapValidatorHandler, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError
from rapidfuzz.distance import OSA

from webapp.questions.answers import N_, Message
from webapp.questions.fields import Note, Piece, Plain, Words
from webapp.questions.flaws import Flaw, ValuePath
from webapp.questions.inputs.patterns import PatternError, compiled
from webapp.questions.responses import LONGEST_ANSWER

_QUOTES = str.maketrans("’‘ʼ′׳“”„«»״", "'''''" + '"' * 6)
_DASHES = re.compile(r"[-‐‑‒–—−־]")
_GAPS = re.compile(r"[\s\u200b\ufeff]+")
_LATIN_MARKS = r"\u0300-\u036f"  # and Greek, and Cyrillic
_HEBREW_MARKS = r"\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
_ARABIC_MARKS = r"\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
_MARKS = re.compile(f"[{_LATIN_MARKS}{_HEBREW_MARKS}{_ARABIC_MARKS}]")
_UNSEEN = dict.fromkeys([0x0640, 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_NO_IDEA = ("no idea", "not sure", "something else")
_ENDS = " .,;:!?…\"'()[]،؛؟۔¿¡"
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "Ø": "O", "Ł": "L", "Đ": "D", "Æ": "AE", "Œ": "OE"}
)


def _distance(value: object) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or text not in ("0", "1", "2", "3"):
        raise PydanticCustomError("distance", "expected a whole number from 0 to 3")
    return int(text)


Distance = Annotated[int, BeforeValidator(_distance), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 3})]


class Accepted(Piece):
    """An answer that counts as right: a text, or a pattern that the whole answer has to match."""

    text: Words | None = Field(default=None, description="The answer, as it is shown in the review.")
    pattern: Plain | None = Field(default=None, description="A regular expression for the whole answer.")

    @model_validator(mode="wrap")
    @classmethod
    def _one_of_the_two(cls, value: object, read: ModelWrapValidatorHandler[Accepted]) -> Accepted:
        answer = read({"text": value} if isinstance(value, str) else value)
        if (answer.text is None) == (answer.pattern is None):
            raise PydanticCustomError("text_or_pattern", "expected either text or pattern")
        return answer


class WrongPhrase(Piece):
    """A wrong answer that people give, and what it tells about why."""

    text: Plain | None = Field(default=None, description="The answer.")
    pattern: Plain | None = Field(default=None, description="A regular expression for the whole answer.")
    feedback: Note = Field(default="", description="The error behind it.")

    @model_validator(mode="after")
    def _one_of_the_two(self) -> WrongPhrase:
        if (self.text is None) == (self.pattern is None):
            raise PydanticCustomError("text_or_pattern", "expected either text or pattern")
        return self


def unaccented(text: str) -> str:
    """The text with its letters' accents taken off."""
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", text))).translate(_LETTERS)


def folded(tidy: str, *, case: bool = False) -> str:
    """A tidied text so that answers meant to be the same are equal; `case` says whether capitals matter."""
    text = " ".join(_DASHES.sub(" ", tidy).split()).strip(_ENDS)
    return text if case else text.casefold()


def tidied(text: str, *, accents: bool = False) -> str:
    """The text as patterns see it: single spaces, plain quotes and hyphens, no punctuation at the ends."""
    text = unicodedata.normalize("NFKC", text[: 4 * LONGEST_ANSWER]).translate(_QUOTES)
    if not text.isascii():
        text = text.translate(_UNSEEN)
    text = _GAPS.sub(" ", _DASHES.sub("-", text)).strip(_ENDS)
    return text if accents else unaccented(text)


def too_long(text: str | None) -> Message | None:
    """What to tell somebody who typed more than is looked at."""
    if text is None or len(text.strip()) <= LONGEST_ANSWER:
        return None
    return Message(N_("Write at most %(count)s characters."), count=LONGEST_ANSWER)


@dataclass(frozen=True, slots=True)
class _Typed:
    """What somebody typed, made ready once for everything it is compared with."""

    tidy: str
    """As patterns see it."""
    folded: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """What a typed text is judged against."""

    answers: Sequence[Accepted]
    wrong: Sequence[tuple[str | None, str | None, str]] = ()
    """Foreseen wrong answers: text, pattern, feedback."""
    distance: int = 0
    case: bool = False
    accents: bool = False

    def judge(self, text: str) -> tuple[float, str]:
        """The fraction (0 or 1) and the feedback for a typed text. What is too long is worth 0."""
        if len(text) > LONGEST_ANSWER or not text.strip():
            return 0.0, ""
        typed = self._typed(text)
        if any(self._is(typed, answer.text, answer.pattern) for answer in self.answers):
            return 1.0, ""
        for wrong, pattern, feedback in self.wrong:
            if self._is(typed, wrong, pattern):
                return 0.0, feedback
        if not self.distance:
            return 0.0, ""
        right = min((self._edits(typed, answer.text) for answer in self.answers if answer.text), default=99)
        slips = [(self._edits(typed, wrong), feedback) for wrong, _, feedback in self.wrong if wrong]
        nearest = min(slips, key=lambda slip: slip[0], default=(99, ""))
        if nearest[0] <= min(right, self.distance):
            return 0.0, nearest[1]
        return (1.0, "") if right <= self.distance else (0.0, "")

    def miss(self, chance: random.Random) -> str:
        """A wrong text: mostly an error that was foreseen, else the words of somebody who has no idea."""
        foreseen = [text for text, _, _ in self.wrong if text]
        if foreseen and chance.random() < 0.7:
            return chance.choice(foreseen)
        wrong = [text for text in _NO_IDEA if self.judge(text)[0] == 0]
        return chance.choice(wrong) if wrong else "?"

    def right(self) -> str:
        """The first accepted answer that is a text."""
        return next((answer.text for answer in self.answers if answer.text), "")

    def check(self, path: ValuePath = ()) -> list[Flaw]:
        """Patterns that can't be used, texts that stand twice, foreseen errors that are right, slips too generous."""
        flaws = []
        both = [("answers", answer.text, answer.pattern) for answer in self.answers]
        places = [*enumerate(both), *enumerate(("wrong", text, pattern) for text, pattern, _ in self.wrong)]
        seen: set[str] = set()
        for place, (name, text, pattern) in places:
            if pattern is not None:
                try:
                    compiled(self._pattern(pattern), not self.case)
                except PatternError as error:
                    flaws.append(Flaw((*path, name, place, "pattern"), f"the pattern can't be used: {error}"))
            if text is None:
                continue
            typed = self._typed(text)
            same = typed.folded
            where = (*path, name, place) if name == "answers" else (*path, name, place, "text")
            if not same:
                flaws.append(
                    Flaw(where, f"nothing is left of `{text}` without its punctuation", "use letters or digits")
                )
            elif len(text) > LONGEST_ANSWER:
                flaws.append(Flaw(where, f"answers have at most {LONGEST_ANSWER} characters", "shorten it"))
            elif name == "wrong" and any(self._is(typed, answer.text, answer.pattern) for answer in self.answers):
                flaws.append(
                    Flaw(where, f"the foreseen error `{text}` is accepted as right", "take it out of one of the two")
                )
            elif same in seen:
                flaws.append(Flaw(where, f"`{text}` stands twice (spelling apart)", "take one out"))
            elif name == "answers" and self.distance * 3 > len(same):
                flaws.append(
                    Flaw((*path, "distance"), f"{self.distance} edits are too many for `{text}`",
                         "allow at most one for every three letters of the shortest answer")
                )  # fmt: skip
            seen.add(same)
        if self.answers and not self.right():
            flaws.append(
                Flaw((*path, "answers"), "no accepted answer is a text", "add one, to show as the right answer")
            )
        return flaws

    def _typed(self, text: str) -> _Typed:
        tidy = tidied(text, accents=self.accents)
        return _Typed(tidy, folded(tidy, case=self.case))

    def _pattern(self, pattern: str) -> str:
        return pattern if self.accents else unaccented(pattern)

    def _is(self, typed: _Typed, text: str | None, pattern: str | None) -> bool:
        if text is not None:
            return bool(typed.folded) and typed.folded == self._typed(text).folded
        try:
            automaton = compiled(self._pattern(pattern or ""), not self.case)
        except PatternError:
            return False
        return automaton.fullmatch(typed.tidy)

    def _edits(self, typed: _Typed, text: str) -> int:
        return int(OSA.distance(typed.folded, self._typed(text).folded, score_cutoff=self.distance))
