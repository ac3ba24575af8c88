"""Questions as Moodle XML, with their pictures."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from lxml import etree

from webapp.interchange.contract import WrittenQuestions
from webapp.interchange.gift_writing import note_ends, note_essay, note_fixed, note_pairs, sorted_pairs
from webapp.interchange.losses import LeftOut, ReportLine
from webapp.interchange.moodle_cloze import guarded, written_gaps
from webapp.interchange.own_text import TextWriter, line_of, note_filing, stem_of, tags_of
from webapp.interchange.quantities_out import with_room
from webapp.interchange.shares import shares
from webapp.interchange.words_out import right_words, wrong_words
from webapp.questions.contract import Question
from webapp.questions.inputs.blanks import Blank
from webapp.questions.numbers import written

_KEPT = frozenset({"hints", "points", "tags", "shuffle"})
_NEVER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
#: how much a gap may count in Moodle
_HEAVIEST = 99


def written_moodle(questions: Sequence[Question], media: Mapping[str, bytes]) -> WrittenQuestions:
    """The questions as one file for Moodle's question bank."""
    root = etree.Element("quiz")
    lines: list[ReportLine] = []
    pictures: set[str] = set()
    for place, question in enumerate(questions, 1):
        made = _Item(question, media)
        try:
            root.append(made.element())
            pictures |= made.pictures
        except LeftOut as out:
            made.writer.losses.append(out.loss)
        lines.append(line_of(question, place, made.writer.losses))
    raw = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return WrittenQuestions(raw, tuple(lines), len(pictures))


class _Item:
    """One question on its way."""

    def __init__(self, question: Question, media: Mapping[str, bytes]) -> None:
        self.question, self.media = question, media
        self.writer = TextWriter(media)
        self.pictures: set[str] = set()
        self.node = etree.Element("question")

    def element(self) -> etree._Element:
        """The question as an element. Raises LeftOut."""
        question: Any = self.question
        write = _WRITERS.get(question.type)
        if write is None:
            raise LeftOut("type-out", question.type)
        note_filing(question, self.writer, _KEPT)
        kind, fill, has_own_text = write
        self.node.set("type", kind)
        self._words(self.node, "name", question.id)
        if not has_own_text:
            self._html(self.node, "questiontext", stem_of(question, self.writer))
        self._html(self.node, "generalfeedback", question.explanation)
        self._value("defaultgrade", f"{question.points:g}")
        self._value("penalty", "0")
        self._value("hidden", "1" if question.retired else "0")
        self._value("idnumber", question.id)
        fill(self, question)
        for hint in question.hints:
            self._html(self.node, "hint", hint)
        tags = etree.SubElement(self.node, "tags")
        for tag in tags_of(question):
            self._words(tags, "tag", tag)
        return self.node

    # ------------------------------------------------------------------ types

    def choice(self, question: Any) -> None:
        note_fixed(question, self.writer)
        self._options(question, "true", ["100" if option.key else "0" for option in question.options])

    def multiple(self, question: Any) -> None:
        note_fixed(question, self.writer)
        self._options(question, "false", shares(question, self.writer))

    def _options(self, question: Any, single: str, fractions: Sequence[str]) -> None:
        self._value("single", single)
        self._value("shuffleanswers", "true" if question.shuffle else "false")
        self._value("answernumbering", "abc")
        for option, fraction in zip(question.options, fractions, strict=True):
            answer = self._html(self.node, "answer", option.text, line=True)
            answer.set("fraction", fraction)
            self._html(answer, "feedback", option.feedback)

    def true_false(self, question: Any) -> None:
        for word, is_it, feedback in (
            ("true", question.answer, question.feedback.true),
            ("false", not question.answer, question.feedback.false),
        ):
            answer = self._answer(word, "100" if is_it else "0")
            self._html(answer, "feedback", feedback)

    def short_text(self, question: Any) -> None:
        self._value("usecase", "1" if question.case else "0")
        for text in right_words(question, self.writer):
            self._answer(text, "100")
        for text, feedback in wrong_words(question, self.writer):
            self._html(self._answer(text, "0"), "feedback", feedback)

    def numeric(self, question: Any) -> None:
        for value, fraction, feedback in (
            (question.answer, "100", ""),
            *((error.value, "0", error.feedback) for error in question.wrong),
        ):
            answer = self._answer(written(value), fraction)
            self._html(answer, "feedback", feedback)
            etree.SubElement(answer, "tolerance").text = with_room(question.tolerance, value, self.writer)
        if question.unit:
            units = etree.SubElement(self.node, "units")
            for name, factor in ((question.unit, 1), *((other.unit, other.factor) for other in question.units)):
                unit = etree.SubElement(units, "unit")
                etree.SubElement(unit, "multiplier").text = f"{float(1 / Fraction(factor)):.12g}"
                etree.SubElement(unit, "unit_name").text = _clean(name)
        self._value("unitgradingtype", "0")
        self._value("unitpenalty", "0")
        self._value("showunits", "3" if not question.unit else "0")
        self._value("unitsleft", "0")

    def matching(self, question: Any) -> None:
        note_pairs(question, self.writer)
        pairs = [(pair.left, pair.right) for pair in question.pairs]
        self._pairs(question, [*pairs, *(("", extra.text) for extra in question.extra)])

    def categorise(self, question: Any) -> None:
        self._pairs(question, sorted_pairs(question, self.writer))

    def _pairs(self, question: Any, pairs: Sequence[tuple[str, str]]) -> None:
        self._value("shuffleanswers", "true" if question.shuffle else "false")
        for left, right in pairs:
            pair = self._html(self.node, "subquestion", left, line=True)
            self._words(pair, "answer", self.writer.plain(right))

    def ordering(self, question: Any) -> None:
        note_ends(question, self.writer)
        whole = question.scoring == "all-or-nothing"
        self._value("layouttype", "VERTICAL")
        self._value("selecttype", "ALL")
        self._value("selectcount", "0")
        self._value("gradingtype", "ALL_OR_NOTHING" if whole else "RELATIVE_ALL_PREVIOUS_AND_NEXT")
        self._value("showgrading", "SHOW")
        for place, item in enumerate(question.items, 1):
            self._html(self.node, "answer", item.text, line=True).set("fraction", f"{place}.0000000")

    def essay(self, question: Any) -> None:
        note_essay(question, self.writer)
        self._value("responseformat", "noinline" if question.takes == "file" else "editor")
        self._value("responserequired", "1" if question.takes == "text" else "0")
        self._value("responsefieldlines", "15")
        self._value("minwordlimit", str(question.min_words) if question.min_words else "")
        self._value("maxwordlimit", str(question.max_words))
        self._value("attachments", "0" if question.takes == "text" else "1")
        self._value("attachmentsrequired", "1" if question.takes == "file" else "0")

    def cloze(self, question: Any) -> None:
        blanks: dict[str, Blank] = question.numbered
        weights, total = _whole_weights(blanks)
        if total != Fraction(str(question.points)):
            self.writer.lost("points", f"{question.points:g} points")
        stem = stem_of(question, self.writer)
        marked = self.writer.html(question.with_marks(question.text))
        body = written_gaps(marked, blanks, weights, lambda name, blank, weight: self._gap(question, blank, weight))
        if not body.startswith("<"):
            body = f"<p>{body}</p>"
        node = etree.Element("questiontext", format="html")
        before = self.writer.html(stem)
        before = before if before.startswith("<") else f"<p>{before}</p>"
        etree.SubElement(node, "text").text = _clean(f"{before}\n{body}")
        self._files(node)
        self.node.insert(1, node)

    def _gap(self, question: Any, blank: Blank, weight: int) -> str:
        if blank.options:
            kind = "MULTICHOICE_S" if question.shuffle else "MULTICHOICE"
            answers = [("=" if each.key else "", self.writer.html(each.text, line=True), each.feedback)
                       for each in blank.options]  # fmt: skip
        elif blank.answers:
            kind = "SHORTANSWER_C" if blank.case else "SHORTANSWER"
            answers = [("=", _typed(text), "") for text in right_words(blank, self.writer)]
            answers += [("%0%", _typed(text), note) for text, note in wrong_words(blank, self.writer)]
        else:
            kind = "NUMERICAL"
            values = [("=", blank.target.answer, ""), *(("%0%", *each) for each in blank.target.wrong)]
            answers = [
                (sign, f"{written(value)}:{with_room(blank.tolerance, value, self.writer)}", note)
                for sign, value, note in values
            ]
        inside = "~".join(
            f"{sign}{guarded(text)}{f'#{guarded(self.writer.html(note))}' if note else ''}"
            for sign, text, note in answers
        )
        gap = f"{{{weight}:{kind}:{inside}}}"
        if not blank.unit:
            return gap
        self.writer.lost("unit", ", ".join([blank.unit, *(other.unit for other in blank.units)]))
        return f"{gap} {_typed(blank.unit)}"

    # ------------------------------------------------------------------ pieces

    def _value(self, name: str, value: str) -> None:
        etree.SubElement(self.node, name).text = value

    def _answer(self, text: str, fraction: str) -> etree._Element:
        answer = self._words(self.node, "answer", text)
        answer.set("fraction", fraction)
        answer.set("format", "moodle_auto_format")
        return answer

    @staticmethod
    def _words(parent: etree._Element, name: str, text: str) -> etree._Element:
        node = etree.SubElement(parent, name)
        etree.SubElement(node, "text").text = _clean(text)
        return node

    def _html(self, parent: etree._Element, name: str, text: str, *, line: bool = False) -> etree._Element:
        node = self._words(parent, name, self.writer.html(text, line=line))
        node.set("format", "html")
        self._files(node)
        return node

    def _files(self, node: etree._Element) -> None:
        """The pictures that the text of a node shows, beside it."""
        for file, name in self.writer.used.items():
            self.pictures.add(name)
            packed = etree.SubElement(node, "file", name=file, path="/", encoding="base64")
            packed.text = base64.b64encode(self.media[name]).decode()
        self.writer.used.clear()


def _clean(text: str) -> str:
    return _NEVER.sub("\ufffd", text)


def _typed(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _whole_weights(blanks: Mapping[str, Blank]) -> tuple[list[int], Fraction]:
    """The weights of gaps as whole numbers of the same proportions, and what they come to. Raises LeftOut."""
    exact = [Fraction(str(blank.weight)) for blank in blanks.values()]
    factor = lcm(*(weight.denominator for weight in exact))
    whole = [int(weight * factor) for weight in exact]
    if max(whole) > _HEAVIEST:
        raise LeftOut("type-out", "gaps that count " + ", ".join(f"{float(weight):g}" for weight in exact))
    return whole, Fraction(sum(whole))


#: its type in Moodle, what writes it, and whether that writes the text of the question, too
_WRITERS: Mapping[str, tuple[str, Callable[[_Item, Any], None], bool]] = {
    "choice": ("multichoice", _Item.choice, False),
    "multiple": ("multichoice", _Item.multiple, False),
    "true_false": ("truefalse", _Item.true_false, False),
    "short_text": ("shortanswer", _Item.short_text, False),
    "numeric": ("numerical", _Item.numeric, False),
    "matching": ("matching", _Item.matching, False),
    "categorise": ("matching", _Item.categorise, False),
    "ordering": ("ordering", _Item.ordering, False),
    "cloze": ("cloze", _Item.cloze, True),
    "essay": ("essay", _Item.essay, False),
}
