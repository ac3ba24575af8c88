"""Moodle's questions with gaps: `The {1:MULTICHOICE:cat~=dog#Right.} barks.`, in and out."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from webapp.interchange import making
from webapp.interchange.contract import Values
from webapp.interchange.foreign_text import TextReader
from webapp.interchange.losses import LeftOut, Loss
from webapp.interchange.making import ForeignAnswer

#: every name of a kind of gap → menu, several, number, word; whether capitals count, whether it is shuffled
_KINDS = {
    **dict.fromkeys(("MULTICHOICE", "MC"), "menu"),
    **dict.fromkeys(("MULTICHOICE_S", "MCS"), "menu"),
    **dict.fromkeys(("MULTICHOICE_V", "MCV", "MULTICHOICE_VS", "MCVS"), "menu"),
    **dict.fromkeys(("MULTICHOICE_H", "MCH", "MULTICHOICE_HS", "MCHS"), "menu"),
    **dict.fromkeys(("MULTIRESPONSE", "MR", "MULTIRESPONSE_H", "MRH"), "several"),
    **dict.fromkeys(("MULTIRESPONSE_S", "MRS", "MULTIRESPONSE_HS", "MRHS"), "several"),
    **dict.fromkeys(("NUMERICAL", "NM"), "number"),
    **dict.fromkeys(("SHORTANSWER", "SA", "MW"), "word"),
    **dict.fromkeys(("SHORTANSWER_C", "SAC", "MWC"), "case"),
}
_NAMES = "|".join(sorted(_KINDS, key=len, reverse=True))
_START = re.compile(rf"\{{(\d{{0,4}}):({_NAMES}):?")
_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d{0,12})?)%")
_UNCUT = re.compile(r"\\([}#~/\"\\=])")
#: stands for the gap of a number until the text is Markdown
_MARK, _MARKS = "\ue0a0{}\ue0a1", re.compile("\ue0a0([0-9]{1,4})\ue0a1")
_PRIVATE = dict.fromkeys(range(0xE0A0, 0xE0C0))
MOST_GAPS = 26


@dataclass(frozen=True, slots=True)
class _Gap:
    weight: str
    kind: str
    inside: str


def cloze(text: str, reader: TextReader, files: Mapping[str, bytes], losses: list[Loss]) -> Values:
    """The question in an HTML text with gaps. Raises LeftOut."""
    pieces, gaps = _cut(text.translate(_PRIVATE))
    if not gaps:
        raise LeftOut("broken", "a text without gaps")
    if len(gaps) > MOST_GAPS:
        raise LeftOut("unfit", f"{len(gaps)} gaps; there may be {MOST_GAPS}")
    blanks = {f"gap-{number}": _blank(gap, reader, losses) for number, gap in enumerate(gaps, 1)}
    marked = "".join(
        piece + (_MARK.format(number) if number <= len(gaps) else "") for number, piece in enumerate(pieces, 1)
    )
    return with_gaps(reader.from_html(marked, files), blanks)


def with_gaps(text: str, blanks: Mapping[str, Values]) -> Values:
    """The question of a text whose gaps are marks, and of what belongs into them. What stands before the first gap in
    paragraphs of their own is the stem. Raises LeftOut."""
    paragraphs = text.split("\n\n")
    before = 0
    while before < len(paragraphs) and not _MARKS.search(paragraphs[before]):
        before += 1
    if before == len(paragraphs):
        raise LeftOut("broken", "gaps where no text is")
    stem = "\n\n".join(paragraphs[:before]) or making.FILL_IN
    body = _MARKS.sub(lambda mark: f"[[gap-{mark[1]}]]", "\n\n".join(paragraphs[before:]))
    if any(body.count(f"[[{name}]]") != 1 for name in blanks):
        raise LeftOut("broken", "a gap that stands where no text is")
    return {"type": "cloze", "stem": stem, "text": body, "blanks": dict(blanks)}


def mark(number: int) -> str:
    """Stands for the gap of a number in a text that goes to `with_gaps`."""
    return _MARK.format(number)


def _cut(text: str) -> tuple[list[str], list[_Gap]]:
    """The text between the gaps, and the gaps. Raises LeftOut for one that doesn't end."""
    pieces, gaps, at = [], [], 0
    while match := _START.search(text, at):
        end = match.end()
        while end < len(text) and text[end] != "}":
            end += 2 if text[end] == "\\" else 1
        if end >= len(text):
            raise LeftOut("broken", f"a gap that doesn't end: {text[match.start() :]}")
        pieces.append(text[at : match.start()])
        gaps.append(_Gap(match[1] or "1", match[2], text[match.end() : end]))
        at = end + 1
    return [*pieces, text[at:]], gaps


def _blank(gap: _Gap, reader: TextReader, losses: list[Loss]) -> Values:
    kind = _KINDS[gap.kind]
    if kind == "several":
        raise LeftOut("gap", f"{{{gap.weight}:{gap.kind}:{gap.inside}}}")
    answers = [_answer(piece, reader, is_typed=kind != "menu") for piece in _answers(gap.inside)]
    if not answers:
        raise LeftOut("broken", f"{{{gap.weight}:{gap.kind}:…}} without answers")
    if kind == "menu":
        values = making.choice(answers, losses)
        values.pop("type")
    elif kind == "number":
        values = making.typed_number([_with_room(answer) for answer in answers], losses)
    else:
        values = making.typed_words(answers, losses, case=kind == "case")
    weight = int(gap.weight)
    if weight == 0:
        raise LeftOut("unfit", "a gap that counts for nothing")
    return {**values, **({"weight": str(weight)} if weight != 1 else {})}


def _answers(inside: str) -> list[str]:
    """The answers of a gap: each begins after a `~`, and a `=` before it says that it is right."""
    pieces, start, at = [], 0, 0
    while at < len(inside):
        if inside[at] == "\\":
            at += 2
            continue
        if inside[at] == "~":
            pieces.append(inside[start:at])
            start = at + 1
        at += 1
    return making.bounded([piece for piece in [*pieces, inside[start:]] if piece.strip()])


def _answer(piece: str, reader: TextReader, *, is_typed: bool) -> ForeignAnswer:
    piece, fraction = piece.strip(), 0.0
    if piece.startswith("="):
        piece, fraction = piece[1:], 1.0
    elif weight := _WEIGHT.match(piece):
        piece, fraction = piece[weight.end() :], float(weight[1]) / 100
    text, _, feedback = _parted(piece)
    shown = reader.from_html(_uncut(text), line=True) if not is_typed else typed(_uncut(text))
    return ForeignAnswer(shown, fraction, reader.from_html(_uncut(feedback)))


def _parted(piece: str) -> tuple[str, str, str]:
    at = 0
    while at < len(piece):
        if piece[at] == "\\":
            at += 2
            continue
        # `&#39;` is a sign in HTML, and no feedback.
        if piece[at] == "#" and not (at and piece[at - 1] == "&"):
            return piece[:at], "#", piece[at + 1 :]
        at += 1
    return piece, "", ""


def _uncut(text: str) -> str:
    return _UNCUT.sub(r"\1", text)


def typed(text: str) -> str:
    """An answer to type, as plain words: tags are no part of it."""
    return " ".join(html.unescape(re.sub(r"</?[A-Za-z][^<>]{0,200}>", "", text)).split())


def _with_room(answer: ForeignAnswer) -> ForeignAnswer:
    text, sign, room = answer.text.partition(":")
    tolerance = abs(making.number(room)) if sign and room.strip() else Decimal(0)
    return ForeignAnswer(text, answer.fraction, answer.feedback, tolerance)


# ------------------------------------------------------------------ out


def written_gaps(
    text: str, blanks: Mapping[str, Any], weights: Sequence[int], write: Callable[[str, Any, int], str]
) -> str:
    """HTML with marks as Moodle has it: each mark becomes what `write` makes of its blank."""
    names = list(blanks)

    def gap(match: re.Match[str]) -> str:
        number = int(match[1])
        return write(names[number], blanks[names[number]], weights[number])

    return _MARKS.sub(gap, text)


def guarded(text: str) -> str:
    """A text as it has to stand in a gap."""
    return re.sub(r"([}#~/\"\\=])", r"\\\1", text)
