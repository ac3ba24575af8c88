"""Aiken: one question, its answers as `A)` or `A.`, and `ANSWER: B`. One right answer, no feedback, plain words.

What is broken in Moodle is broken here: answers without a question, a question without answers or `ANSWER:`, a letter
that no answer has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar

from webapp.interchange import making
from webapp.interchange.contract import (
    LONGEST_ITEM,
    MOST_ITEMS,
    FileFormat,
    ForeignItem,
    ForeignQuestions,
    UnreadableQuestions,
    Values,
    WrittenQuestions,
)
from webapp.interchange.decoding import decoded_text, starts_of_text
from webapp.interchange.foreign_text import TextReader
from webapp.interchange.losses import LeftOut
from webapp.interchange.making import ForeignAnswer
from webapp.interchange.own_text import TextWriter, note_filing, stem_of, write_each
from webapp.interchange.pictures import Pictures
from webapp.questions.contract import Question

_OPTION = re.compile(r"([A-Z])[).]\s*(.*)")
_KEY = re.compile(r"ANSWER:\s*(.*)")
_LETTER = re.compile(r"([A-Z])\b[).]?\s*")
_LONGEST_TITLE = 80


class Aiken(FileFormat):
    """Aiken."""

    name: ClassVar[str] = "aiken"
    title: ClassVar[str] = "Aiken"
    endings: ClassVar[tuple[str, ...]] = (".txt", ".aiken")

    def fits(self, raw: bytes) -> bool:
        text = starts_of_text(raw)
        return bool(re.search(r"^ANSWER:", text, re.MULTILINE) and re.search(r"^\s*[A-Z][).]", text, re.MULTILINE))

    def read(self, raw: bytes, name: str) -> ForeignQuestions:
        text, encoding, losses = decoded_text(raw)
        items: list[ForeignItem] = []
        for line, lines in _blocks(text):
            if len(items) >= MOST_ITEMS:
                raise UnreadableQuestions(f"The file has more than {MOST_ITEMS:,} questions.")
            items.append(_read_item(line, lines))
        if not items:
            raise UnreadableQuestions("There is no question in the file.")
        return ForeignQuestions(tuple(items), {}, encoding, losses)

    def write(
        self, questions: Sequence[Question], media: Mapping[str, bytes], language: str = "en"
    ) -> WrittenQuestions:
        parts, lines = write_each(questions, _written)
        return WrittenQuestions("\n".join(parts).encode() or b"\n", lines)


def _written(question: Question, writer: TextWriter) -> str:
    """Raises LeftOut."""
    write = _WRITERS.get(question.type)
    if write is None:
        raise LeftOut("type-out", question.type)
    return write(question, writer)


def _blocks(text: str) -> list[tuple[int, list[str]]]:
    """The lines of each question with the number of the first: up to its ANSWER, or to the words after its answers."""
    found: list[tuple[int, list[str]]] = []
    block: list[str] = []
    for number, line in enumerate(text.lstrip("\ufeff").split("\n"), 1):
        line = line.strip()
        if not line:
            continue
        if block and not _OPTION.match(line) and not _KEY.match(line) and any(map(_OPTION.match, block)):
            block = []
        if not block:
            found.append((number, block))
        block.append(line)
        if _KEY.match(line):
            block = []
    return found


def _read_item(line: int, lines: list[str]) -> ForeignItem:
    text = "\n".join(lines)
    item = ForeignItem(f"line {line}", "multichoice", lines[0][:_LONGEST_TITLE], text=text[:LONGEST_ITEM])
    item.source = making.slug(item.title) or sha256(text.encode()).hexdigest()[:12]
    try:
        if len(text) > LONGEST_ITEM:
            raise LeftOut("broken", f"a question of {len(text):,} characters")
        item.values = _values(lines, item)
    except LeftOut as out:
        item.losses.append(out.loss)
    return item


def _values(lines: list[str], item: ForeignItem) -> Values:
    reader = TextReader(Pictures(), item.losses)
    stem = [line for line in lines if not _OPTION.match(line) and not _KEY.match(line)]
    options = [match for line in lines if (match := _OPTION.match(line))]
    keys = [match[1] for line in lines if (match := _KEY.match(line))]
    if not stem:
        raise LeftOut("broken", "answers without a question")
    if not keys:
        raise LeftOut("no-key", "no line that begins with ANSWER:")
    letters = [match[1] for match in options]
    if len(set(letters)) != len(letters):
        raise LeftOut("broken", f"two answers of one letter: {', '.join(letters)}")
    letter = _LETTER.fullmatch(keys[0])
    if letter is None or letter[1] not in letters:
        raise LeftOut("key-unclear" if letters else "broken", f"ANSWER: {keys[0]}")
    answers = [ForeignAnswer(reader.from_plain(match[2], line=True), float(match[1] == letter[1])) for match in options]
    made = making.choice(answers, item.losses)
    return {"type": made.pop("type"), "stem": reader.from_plain("\n".join(stem)), **made}


def _choice(question: Any, writer: TextWriter) -> str:
    """A question on its lines."""
    note_filing(question, writer, frozenset())
    options = question.options
    if question.explanation:
        writer.lost("feedback", "the explanation")
    if any(option.feedback for option in options):
        writer.lost("feedback", "on answers")
    if question.shuffle and any(option.fixed for option in options):
        writer.lost("fixed-option", "options that keep their place")
    lines = [_one_line(_words(writer, stem_of(question, writer)))]
    lines += [f"{chr(65 + place)}. {_words(writer, option.text)}" for place, option in enumerate(options)]
    key = next(place for place, option in enumerate(options) if option.key)
    return "\n".join([*lines, f"ANSWER: {chr(65 + key)}", ""])


def _words(writer: TextWriter, text: str) -> str:
    return " ".join(writer.words(text).split())


def _one_line(stem: str) -> str:
    """A stem that is not taken for an answer or for the key."""
    return f"– {stem}" if _OPTION.match(stem) or _KEY.match(stem) else stem


_WRITERS = {"choice": _choice}

FORMAT = Aiken()
