"""Words to type, for programs that compare letter by letter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from webapp.interchange.losses import LeftOut
from webapp.interchange.own_text import TextWriter

#: what other programs count and a course doesn't
_FOLDED = ("-", "–", "’", ".", "'")


def right_words(question: Any, writer: TextWriter) -> list[str]:
    """The texts that are right, of a question or a gap; notes what else would be. A star is written so that it stands
    for itself."""
    words = [answer.text for answer in question.answers if answer.text]
    for answer in question.answers:
        if answer.pattern:
            writer.lost("pattern", answer.pattern)
    if question.distance:
        writer.lost("distance", f"{question.distance} slips of the finger")
    if not words:
        raise LeftOut("type-out", "answers that are patterns only")
    if any(not word.isascii() or any(sign in word for sign in _FOLDED) for word in words):
        writer.lost("folding", ", ".join(words))
    return [word.replace("*", "\\*") for word in words]


def wrong_words(question: Any, writer: TextWriter) -> Iterator[tuple[str, str]]:
    """The texts that are foreseen as wrong, each with its feedback."""
    for error in question.wrong:
        if error.text:
            yield error.text.replace("*", "\\*"), error.feedback
        elif error.pattern:
            writer.lost("pattern", f"{error.pattern}, which is wrong")
