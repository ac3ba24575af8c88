"""GIFT, the text format of Moodle: `::Name::What is it? {=right ~wrong#why}`.

What a text means is what Moodle makes of it (its importer is the only description that is exact): a blank line ends a
question, a line that begins with `//` is a comment, backslashes before `: # = { } ~` are taken away and `\\n` is a line
end, the kind of a question follows from the signs in its braces, and the first feedback of `{T#a#b}` is that on the
wrong answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import ClassVar

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
from webapp.interchange.losses import LeftOut, Loss
from webapp.interchange.making import ForeignAnswer
from webapp.interchange.pictures import Pictures
from webapp.questions.contract import Question
from webapp.questions.numbers import written

#: signs that have a meaning, hidden while the text is cut at those that have one: characters for private use
_HIDDEN = {":": "\ue0b0", "#": "\ue0b1", "=": "\ue0b2", "{": "\ue0b3", "}": "\ue0b4", "~": "\ue0b5", "n": "\ue0b6",
           "\\": "\ue0b7"}  # fmt: skip
_SHOWN = str.maketrans({hidden: {"n": "\n"}.get(sign, sign) for sign, hidden in _HIDDEN.items()})
_ESCAPED = re.compile(r"\\([:#={}~n\\])")
_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d{0,12})?)%")
_FORMAT = re.compile(r"\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_IN_COMMENT = re.compile(r"\[(id|tag):([^\]]{1,200})\]")
_EMBEDDED = re.compile(r"\d{0,4}:[A-Z][A-Z_]+:")
_NUMBER_OF_ITEM = re.compile(r"//\s*question:\s*([1-9]\d{0,15})\b")
_ORDERING = re.compile(r">[ \t]*(-?\d{0,4})((?:[ \t]+\w+)*)[ \t]*\n(.*)", re.DOTALL)
#: the end of a question's answers
_CLOSED = re.compile(r"(?<!\\)(?:\\\\)*\}")
#: how Moodle gives points for an order
_GRADED = ("ALL_OR_NOTHING", "ABSOLUTE", "ABSOLUTE_POSITION", "RELATIVE_NEXT_EXCLUDE_LAST",
           "RELATIVE_NEXT_INCLUDE_LAST", "RELATIVE_ONE_PREVIOUS_AND_NEXT", "RELATIVE_ALL_PREVIOUS_AND_NEXT",
           "LONGEST_ORDERED_SUBSET",
           "LONGEST_CONTIGUOUS_SUBSET", "RELATIVE_TO_CORRECT")  # fmt: skip
#: what a name is shortened to in a report
_LONGEST_TITLE = 80


@dataclass(slots=True)
class _Block:
    """The lines of one question, without its comments, and what these say."""

    line: int
    lines: list[str]
    number: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()
    #: whether a line of it ends its answers
    is_closed: bool = False

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


class Gift(FileFormat):
    """GIFT."""

    name: ClassVar[str] = "gift"
    title: ClassVar[str] = "GIFT"
    endings: ClassVar[tuple[str, ...]] = (".gift", ".gift.txt", ".txt")

    def fits(self, raw: bytes) -> bool:
        text = starts_of_text(raw).lstrip("\ufeff \r\n\t")
        if not text or text.startswith("<") or re.search(r"^ANSWER:", text, re.MULTILINE):
            return False
        return text.startswith(("::", "$CATEGORY:")) or "{" in text or "::" in text

    def read(self, raw: bytes, name: str) -> ForeignQuestions:
        text, encoding, losses = decoded_text(raw)
        pictures = Pictures()
        items: list[ForeignItem] = []
        tag = ""
        for block in _blocks(text):
            if len(items) >= MOST_ITEMS:
                raise UnreadableQuestions(f"The file has more than {MOST_ITEMS:,} questions.")
            item, category = _read_item(block, pictures, tag)
            tag = category if category is not None else tag
            items.append(item)
        if not items:
            raise UnreadableQuestions("There is no question in the file.")
        return ForeignQuestions(tuple(items), pictures.media, encoding, losses)

    def write(
        self, questions: Sequence[Question], media: Mapping[str, bytes], language: str = "en"
    ) -> WrittenQuestions:
        from webapp.interchange.gift_writing import written_gift

        return written_gift(questions, media)


def _blocks(text: str) -> Iterator[_Block]:
    """Each question of a file. Blank lines are between questions, and so is the line of a category. Where a blank line
    was forgotten, a question begins with its name, if the one before has its answers."""
    block: _Block | None = None
    about: dict[str, list[str]] = {}
    number = ""
    for at, line in enumerate(text.translate(_NO_PRIVATE).lstrip("\ufeff").split("\n"), 1):
        line = line.strip()
        if line.startswith("//"):
            found = _NUMBER_OF_ITEM.match(line)
            number = found[1] if found else number
            for what, value in _IN_COMMENT.findall(line):
                about.setdefault(what, []).append(value.strip())
            continue
        if block is not None and block.is_closed and line.startswith("::"):
            yield _told(block, number, about)
            block, about, number = None, {}, ""
        if line:
            block = block or _Block(at, [])
            block.lines.append(line)
            block.is_closed = block.is_closed or _CLOSED.search(line) is not None
        if block is not None and (not line or block.lines[0].startswith("$CATEGORY:")):
            yield _told(block, number, about)
            block, about, number = None, {}, ""
    if block is not None:
        yield _told(block, number, about)


_NO_PRIVATE = dict.fromkeys(range(0xE0A0, 0xE0C0))


def _told(block: _Block, number: str, about: Mapping[str, list[str]]) -> _Block:
    block.number = number
    block.name = next(iter(about.get("id", ())), "")
    block.tags = tuple(about.get("tag", ()))
    return block


def _read_item(block: _Block, pictures: Pictures, tag: str) -> tuple[ForeignItem, str | None]:
    """One item and, of a category, the tag that the questions after it get."""
    item = ForeignItem(f"line {block.line}", "question", text=block.text)
    reader = TextReader(pictures, item.losses)
    category = None
    try:
        if len(block.text) > LONGEST_ITEM:
            raise LeftOut("broken", f"a question of {len(block.text):,} characters")
        text = _ESCAPED.sub(lambda match: _HIDDEN[match[1]], block.text)
        if text.startswith("$CATEGORY:"):
            item.kind, item.title = "category", _plain(text.removeprefix("$CATEGORY:"))
            category = category_tag(item.title)
            item.losses.append(Loss("category", item.title))
        else:
            item.values = _GiftReader(item, reader, block, tag).values(text)
    except LeftOut as out:
        item.losses.append(out.loss)
        item.values = None
    item.losses = list(dict.fromkeys(item.losses))
    item.title = item.title or _plain(block.text.partition("{")[0])[:_LONGEST_TITLE]
    own = block.name or block.number
    item.is_named = bool(own)
    item.source = own or making.slug(item.title) or sha256(block.text.encode()).hexdigest()[:12]
    item.pictures = tuple(dict.fromkeys(reader.used))
    return item, category


def category_tag(path: str) -> str:
    """The tag for what is in a category, `$course$/top/Unit 1` → `unit-1`; empty for the outermost ones."""
    parts = [part for part in re.split(r"(?<!/)/(?!/)", path) if not part.strip().startswith("$")]
    last = parts[-1].strip().replace("//", "/") if parts else ""
    return "" if last.lower() in ("top", "") else making.slug(last)


def _plain(text: str) -> str:
    """Words without what the format means by signs."""
    return " ".join(_FORMAT.sub("", text).translate(_SHOWN).split())


class _GiftReader:
    """Reads one question. Signs with a backslash before them are hidden in all texts that it is given."""

    def __init__(self, item: ForeignItem, reader: TextReader, block: _Block, tag: str) -> None:
        self.item, self.reader, self.block, self.tag = item, reader, block, tag
        self.format = "moodle"

    def values(self, text: str) -> Values:
        """The question in the text of a block. Raises LeftOut."""
        if text.startswith("::"):
            name, sign, rest = text[2:].partition("::")
            if sign:
                self.item.title, text = _plain(name)[:_LONGEST_TITLE], rest.strip()
        start, end = text.find("{"), text.find("}")
        if start < 0 and end < 0:
            self.item.kind = "description"
            raise LeftOut("description", _plain(text)[:_LONGEST_TITLE])
        if start < 0 or end < start:
            raise LeftOut("broken", "a brace without its partner")
        if "{" in text[end:]:
            # Two questions without a blank line between them: the second would be words of the first.
            raise LeftOut("broken", "braces after its answers, with no blank line before and no backslash")
        inside = text[start + 1 : end].strip()
        missing = "" if text.endswith("}") and text.find("}") == len(text) - 1 else "_____"
        stem, self.format = self._format_of(text[:start] + missing + text[end + 1 :], self.format)
        inside, sign, general = _cut_last(inside, "####")
        made = self._made(inside)
        stem_text = self._text(stem, line=False)
        if not stem_text:
            raise LeftOut("broken", "a question without words")
        return {
            "type": made.pop("type"),
            "stem": stem_text,
            **made,
            **making.texts(explanation=self._text(general, line=False)),
            **making.filed([self.tag, *self.block.tags], self.item.losses),
        }

    def _made(self, inside: str) -> Values:
        """What the braces say. The order of the questions is Moodle's."""
        if not inside:
            self.item.kind = "essay"
            return making.essay(self.item.losses)
        if match := _EMBEDDED.match(inside):
            # Moodle's own importer makes an answer of these words.
            self.item.kind = "cloze"
            raise LeftOut("gap", f"{{{match[0]}…}}, which belongs into Moodle XML")
        if inside[0] == ">":
            self.item.kind = "ordering"
            return self._ordering(inside)
        if inside[0] == "#":
            self.item.kind = "numerical"
            return making.numeric(self._numbers(inside[1:]), self.item.losses)
        if "~" in inside:
            self.item.kind = "multichoice"
            return self._options(inside)
        if "=" in inside and "->" in inside:
            self.item.kind = "match"
            return making.matching(self._pairs(inside), self.item.losses)
        word = inside.partition("#")[0].strip()
        if word in ("T", "TRUE", "F", "FALSE"):
            self.item.kind = "truefalse"
            _, *feedback = inside.split("#", 2)
            wrong, right = (*map(self._text, feedback), "", "")[:2]
            is_true = word in ("T", "TRUE")
            return making.true_false(is_true, right if is_true else wrong, wrong if is_true else right)
        self.item.kind = "shortanswer"
        return making.short_text(list(self._answers(inside, typed=True)), self.item.losses)

    def _options(self, inside: str) -> Values:
        is_single = "=" in inside
        pieces = making.bounded([piece.strip() for piece in inside.replace("=", "~=").split("~")])
        if not pieces[0]:
            pieces = pieces[1:]
        # `~` before a `=` of its own leaves an empty piece between the two.
        answers = [self._option(piece) for piece in pieces if piece]
        return making.choice(answers, self.item.losses) if is_single else making.multiple(answers, self.item.losses)

    def _option(self, piece: str) -> ForeignAnswer:
        fraction = 0.0
        if piece[0] == "=":
            fraction, piece = 1.0, piece[1:].strip()
            if weight := _WEIGHT.match(piece):
                fraction, piece = float(weight[1]) / 100, piece[weight.end() :]
        elif weight := _WEIGHT.match(piece):
            fraction, piece = float(weight[1]) / 100, piece[weight.end() :]
        text, _, feedback = piece.partition("#")
        return ForeignAnswer(self._text(text), fraction, self._text(feedback, line=False))

    def _answers(self, inside: str, *, typed: bool) -> Iterator[ForeignAnswer]:
        pieces = making.bounded([piece.strip() for piece in inside.split("=")])
        for piece in pieces if pieces[0] else pieces[1:]:
            fraction = 1.0
            if weight := _WEIGHT.match(piece):
                fraction, piece = float(weight[1]) / 100, piece[weight.end() :]
            text, _, feedback = piece.partition("#")
            # What is typed is plain words; a format before it is not part of the answer.
            yield ForeignAnswer(_plain(text), fraction, self._text(feedback, line=False))

    def _numbers(self, inside: str) -> list[ForeignAnswer]:
        inside, sign, otherwise = inside.partition("~")
        answers = []
        for answer in self._answers(inside, typed=True):
            text = answer.text
            if ".." in text[1:]:
                low, _, high = text.partition("..")
                least, most = making.number(low), making.number(high)
                middle = (least + most) / 2
                made = ForeignAnswer(written(middle), answer.fraction, answer.feedback, abs(most - middle))
            elif ":" in text[1:]:
                middle_text, _, room = text.partition(":")
                made = ForeignAnswer(middle_text, answer.fraction, answer.feedback, abs(making.number(room)))
            else:
                made = ForeignAnswer(text, answer.fraction, answer.feedback, Decimal(0))
            answers.append(made)
        if not answers:
            raise LeftOut("no-key", "no number")
        if sign:
            feedback = self._text(otherwise.partition("#")[2], line=False)
            answers.append(ForeignAnswer("*", 0.0, feedback))
        return answers

    def _pairs(self, inside: str) -> Iterator[tuple[str, str]]:
        pieces = making.bounded([piece.strip() for piece in inside.split("=")])
        for piece in pieces if pieces[0] else pieces[1:]:
            left, sign, right = piece.partition("->")
            if not sign:
                raise LeftOut("broken", f"“{_plain(piece)}” without ->")
            yield self._text(left), self.reader.from_auto(right.translate(_SHOWN).strip(), line=True)

    def _ordering(self, inside: str) -> Values:
        match = _ORDERING.fullmatch(inside)
        if match is None:
            raise LeftOut("broken", "the first line of things to put in order")
        count, words, rest = match[1], match[2].upper().split(), match[3]
        if count not in ("", "0", "-1") and "ALL" not in words:
            self.item.losses.append(Loss("scoring", f"only {count} of the things are shown"))
        kind = next((word for word in words if word in _GRADED), "ABSOLUTE")
        if kind not in ("ALL_OR_NOTHING", "RELATIVE_ALL_PREVIOUS_AND_NEXT"):
            self.item.losses.append(Loss("scoring", kind))
        things = [self._text(line) for line in making.bounded(rest.strip().split("\n")) if line.strip()]
        return making.ordering(things, all_or_nothing=kind == "ALL_OR_NOTHING")

    def _format_of(self, text: str, otherwise: str) -> tuple[str, str]:
        text = text.strip()
        match = _FORMAT.match(text)
        return (text[match.end() :], match[1].lower()) if match else (text, otherwise)

    def _text(self, text: str, *, line: bool = True) -> str:
        """A text as Markdown: in the format that it names, else in that of the question."""
        body, kind = self._format_of(text, self.format)
        body = body.translate(_SHOWN).strip()
        if not body:
            return ""
        if kind == "plain":
            return self.reader.from_plain(body, line=line)
        if kind == "html":
            return self.reader.from_html(body, line=line)
        if kind == "markdown":
            return self.reader.from_markdown(body, line=line)
        return self.reader.from_auto(body, line=line)


def _cut_last(text: str, sign: str) -> tuple[str, str, str]:
    before, found, after = text.rpartition(sign)
    return (before.strip(), found, after) if found else (text, "", "")


FORMAT = Gift()
