"""Moodle XML: what Moodle's question bank writes, with all its types that a course has, and pictures.

A number before a question (`<!-- question: 4711 -->`) or its `idnumber` names it for good. Old files (pictures in
`<image_base64>`) are read as Moodle reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import ClassVar

from lxml import etree

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
from webapp.interchange.decoding import starts_of_text
from webapp.interchange.foreign_text import TextReader
from webapp.interchange.formats.gift import category_tag
from webapp.interchange.losses import LeftOut, Loss
from webapp.interchange.making import ForeignAnswer
from webapp.interchange.moodle_cloze import cloze, mark, typed, with_gaps
from webapp.interchange.pictures import Pictures, decoded
from webapp.interchange.xml import line_of_element, parsed, text_at
from webapp.questions.contract import Question
from webapp.questions.numbers import written

_NUMBER = re.compile(r"question:\s*([1-9]\d{0,15})\b")
_GAP = re.compile(r"\[\[\s*(\d{1,3})\s*\]\]")
#: what Moodle writes into every question unless somebody changes it
_USUAL = {
    "your answer is correct.", "your answer is partially correct.", "your answer is incorrect.",
    "die antwort ist richtig.", "die antwort ist teilweise richtig.", "die antwort ist falsch.", "",
}  # fmt: skip
_COMBINED = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
#: types that people or other programs grade, or that hang on a picture whose places only Moodle knows
_MANUAL = {"ddimageortext", "ddmarker", "drawing", "recordrtc", "poodllrecording", "coderunner", "stack", "geogebra"}
_LONGEST_TITLE = 80


class MoodleXml(FileFormat):
    """Moodle XML."""

    name: ClassVar[str] = "moodle"
    title: ClassVar[str] = "Moodle XML"
    endings: ClassVar[tuple[str, ...]] = (".xml",)

    def fits(self, raw: bytes) -> bool:
        start = starts_of_text(raw)
        return re.search(r"<quiz[\s>]|<question\s[^>]*type=", start) is not None

    def read(self, raw: bytes, name: str) -> ForeignQuestions:
        root = parsed(raw)
        if root.tag == "question":
            # One question alone, as it stands within such a file.
            root, alone = etree.Element("quiz"), root
            root.append(alone)
        if root.tag != "quiz":
            raise UnreadableQuestions(f"This is no Moodle XML: it begins with <{str(root.tag)[:60]}>, not with <quiz>.")
        pictures = Pictures()
        items: list[ForeignItem] = []
        number = tag = ""
        for child in root:
            if isinstance(child, etree._Comment):
                match = _NUMBER.search(child.text or "")
                number = match[1] if match else number
            elif child.tag == "question":
                if len(items) >= MOST_ITEMS:
                    raise UnreadableQuestions(f"The file has more than {MOST_ITEMS:,} questions.")
                item, category = _read_item(child, number, pictures, tag)
                tag = category if category is not None else tag
                items.append(item)
                number = ""
        if not items:
            raise UnreadableQuestions("There is no question in the file.")
        return ForeignQuestions(tuple(items), pictures.media, root.getroottree().docinfo.encoding or "UTF-8")

    def write(
        self, questions: Sequence[Question], media: Mapping[str, bytes], language: str = "en"
    ) -> WrittenQuestions:
        from webapp.interchange.moodle_writing import written_moodle

        return written_moodle(questions, media)


def _read_item(element: etree._Element, number: str, pictures: Pictures, tag: str) -> tuple[ForeignItem, str | None]:
    """One item and, of a category, the tag that the questions after it get."""
    kind = element.get("type", "").strip()[:60]
    item = ForeignItem(f"line {line_of_element(element)}", kind or "question")
    item.title = " ".join(text_at(element, "name/text").split())[:_LONGEST_TITLE]
    reader = TextReader(pictures, item.losses)
    category = None
    try:
        if kind == "category":
            path = " ".join(text_at(element, "category/text").split())
            item.title, category = path[:_LONGEST_TITLE], category_tag(path)
            item.losses.append(Loss("category", path))
            if described := text_at(element, "info/text").strip():
                item.losses.append(Loss("feedback", described))
        else:
            item.values = _MoodleReader(element, reader, item, tag).values()
    except LeftOut as out:
        item.losses.append(out.loss)
        item.values = None
        item.text = typed(text_at(element, "questiontext/text") or text_at(element, "name/text"))[:LONGEST_ITEM]
    item.losses = list(dict.fromkeys(item.losses))
    own = text_at(element, "idnumber").strip()[:80] or number
    item.is_named = bool(own)
    item.source = own or making.slug(item.title) or sha256(etree.tostring(element)).hexdigest()[:12]
    item.title = item.title or typed(text_at(element, "questiontext/text"))[:_LONGEST_TITLE]
    item.pictures = tuple(dict.fromkeys(reader.used))
    return item, category


class _MoodleReader:
    """Reads one `<question>`."""

    def __init__(self, element: etree._Element, reader: TextReader, item: ForeignItem, tag: str) -> None:
        self.element, self.reader, self.item, self.tag = element, reader, item, tag
        self.losses = item.losses

    def values(self) -> Values:
        """The question as the course says it. Raises LeftOut."""
        kind = self.item.kind
        read = _READERS.get(kind)
        if read is None:
            if kind == "description":
                raise LeftOut("description", self.item.title)
            raise LeftOut("type-manual" if kind in _MANUAL else "type-unknown", kind or "a question without a type")
        made = read(self)
        stem = made.pop("stem", None) or self._text(self.element.find("questiontext"))
        old = self._old_picture()
        stem = "\n\n".join(part for part in (old, stem) if part)
        if not stem:
            raise LeftOut("broken", "a question without words")
        self._note_the_rest()
        return {
            "type": made.pop("type"),
            "stem": stem,
            **made,
            **making.texts(explanation=self._text(self.element.find("generalfeedback"))),
            **self._points(made_of_gaps=kind == "cloze", made=made),
            **self._hints(),
            **({"shuffle": "false"} if self._flag("shuffleanswers", True) is False and kind in _SHUFFLED else {}),
            **({"retired": "true"} if self._flag("hidden", False) else {}),
            **making.filed(
                [
                    self.tag,
                    *(typed("".join(map(str, each.itertext()))) for each in self._all("tags/tag/text")),
                ],
                self.losses,
            ),
        }

    # ------------------------------------------------------------------ types

    def choice(self) -> Values:
        answers = self._answers()
        if self._flag("single", True) is False:
            return making.multiple(answers, self.losses)
        return making.choice(answers, self.losses)

    def true_false(self) -> Values:
        answers = {typed(text_at(each, "text")).lower(): each for each in self._all("answer")}
        shares = {word: _fraction(each) for word, each in answers.items() if word in ("true", "false")}
        right = [word for word, share in shares.items() if share >= 1]
        if len(right) != 1:
            raise LeftOut("keys" if right else "no-key", ", ".join(answers) or "no answer")
        feedback = {word: self._text(each.find("feedback")) for word, each in answers.items()}
        return making.true_false(right[0] == "true", feedback.get("true", ""), feedback.get("false", ""))

    def short_text(self) -> Values:
        answers = [
            ForeignAnswer(typed(text_at(each, "text")), _fraction(each), self._text(each.find("feedback")))
            for each in self._all("answer")
        ]
        if not answers:
            raise LeftOut("no-key", "no answer")
        return making.short_text(answers, self.losses, case=self._flag("usecase", False) is True)

    def numeric(self) -> Values:
        answers = []
        for each in self._all("answer"):
            room = text_at(each, "tolerance").strip() or each.get("tolerance", "")
            text = typed(text_at(each, "text") or (each.text or ""))
            tolerance = abs(making.number(room)) if room and text != "*" else Decimal(0)
            answers.append(ForeignAnswer(text, _fraction(each), self._text(each.find("feedback")), tolerance))
        if not answers:
            raise LeftOut("no-key", "no number")
        return {**making.numeric(answers, self.losses), **self._units()}

    def matching(self) -> Values:
        # The things are HTML, their matches plain words.
        return making.matching(
            (
                (self._text(each, line=True), self.reader.from_auto(text_at(each, "answer/text").strip(), line=True))
                for each in self._all("subquestion")
            ),
            self.losses,
        )

    def ordering(self) -> Values:
        grading = text_at(self.element, "gradingtype").strip().upper() or "ABSOLUTE_POSITION"
        whole = grading in ("ALL_OR_NOTHING", "-1")
        if not whole and grading != "RELATIVE_ALL_PREVIOUS_AND_NEXT":
            self.losses.append(Loss("scoring", grading))
        answers = self._all("answer")
        if text_at(self.element, "selecttype").strip().upper() not in ("", "ALL", "0"):
            self.losses.append(Loss("scoring", f"only {text_at(self.element, 'selectcount').strip()} things are shown"))
        if all(each.get("fraction") for each in answers):
            answers = sorted(answers, key=_fraction)
        if text_at(self.element, "layouttype").strip().upper() == "HORIZONTAL":
            self.reader.lost("layout", "things side by side")
        return making.ordering([self._text(each, line=True) for each in answers], all_or_nothing=whole)

    def cloze(self) -> Values:
        node = self.element.find("questiontext")
        return cloze(_body(node), self.reader, _files(node), self.losses)

    def menus(self) -> Values:
        """A text with numbered gaps and groups of words to choose from."""
        groups: dict[str, list[str]] = {}
        words: list[tuple[str, str]] = []
        for each in (*self._all("selectoption"), *self._all("dragbox")):
            text, group = self._text(each, line=True), text_at(each, "group").strip() or "1"
            words.append((text, group))
            groups.setdefault(group, []).append(text)
        node = self.element.find("questiontext")
        blanks: dict[str, Values] = {}

        def gap(match: re.Match[str]) -> str:
            number = int(match[1])
            if not 1 <= number <= len(words):
                raise LeftOut("broken", f"the gap [[{number}]], for which there is no word")
            right, group = words[number - 1]
            blanks[f"gap-{len(blanks) + 1}"] = {
                "options": [
                    {"text": text, **({"key": "true"} if text == right else {})}
                    for text in dict.fromkeys(groups[group])
                ]
            }
            return mark(len(blanks))

        text = self.reader.from_html(_GAP.sub(gap, _body(node)), _files(node))
        if self.item.kind == "ddwtos":
            self.reader.lost("layout", "words to drag into the text")
        if not blanks or any(len(blank["options"]) < 2 for blank in blanks.values()):
            raise LeftOut("broken", "gaps with nothing to choose from")
        return with_gaps(text, blanks)

    def essay(self) -> Values:
        if text_at(self.element, "responsetemplate/text").strip():
            self.losses.append(Loss("response-template", typed(text_at(self.element, "responsetemplate/text"))))
        least, most = (text_at(self.element, name).strip() for name in ("minwordlimit", "maxwordlimit"))
        values = making.essay(
            self.losses,
            least_words=least if least.isdigit() and int(least) else "",
            most_words=most if most.isdigit() and int(most) else "",
        )
        attached = text_at(self.element, "attachments").strip()
        if text_at(self.element, "responseformat").strip() == "noinline":
            values["takes"] = "file"
        elif attached not in ("", "0"):
            values["takes"] = "either"
        if graders := typed(text_at(self.element, "graderinfo/text")):
            self.losses.append(Loss("feedback", f"for those who grade: {graders}"))
        return values

    # ------------------------------------------------------------------ pieces

    def _all(self, path: str) -> list[etree._Element]:
        return making.bounded(self.element.findall(path))

    def _answers(self) -> list[ForeignAnswer]:
        return [
            ForeignAnswer(self._text(each, line=True), _fraction(each), self._text(each.find("feedback")))
            for each in self._all("answer")
        ]

    def _text(self, node: etree._Element | None, *, line: bool = False) -> str:
        """The text in a node with `<text>`, in the format that the node names."""
        if node is None:
            return ""
        body, files = _body(node), _files(node)
        if not body.strip():
            return ""
        kind = node.get("format", "html")
        if kind == "plain_text":
            return self.reader.from_plain(body, line=line)
        if kind == "markdown":
            return self.reader.from_markdown(body, files, line=line)
        if kind == "html":
            return self.reader.from_html(body, files, line=line)
        return self.reader.from_auto(body.strip(), files, line=line)

    def _old_picture(self) -> str:
        """The picture that files of Moodle 1.9 have beside the text."""
        name = text_at(self.element, "image").strip()
        packed = text_at(self.element, "image_base64")
        if not name:
            return ""
        files = {name.rpartition("/")[2]: raw} if (raw := decoded(packed)) else {}
        where = html_quoted(name.rpartition("/")[2])
        return self.reader.from_html(f'<img src="{where}" alt="">', files)

    def _units(self) -> Values:
        units = []
        for each in self._all("units/unit"):
            name = " ".join(text_at(each, "unit_name").split())
            factor = making.number(text_at(each, "multiplier").strip() or "1")
            if name and factor > 0:
                units.append((name, factor))
        if not units:
            return {}
        own = next((name for name, factor in units if factor == 1), None)
        if own is None:
            raise LeftOut("unfit", "units without one that counts as 1")
        others = [
            {"unit": name, "factor": written((1 / factor).quantize(Decimal("1.0000000000000000")).normalize())}
            for name, factor in units
            if name != own
        ]
        if text_at(self.element, "unitgradingtype").strip() not in ("", "0"):
            self.losses.append(Loss("penalty", "points are taken off for a wrong unit"))
        return {"unit": own, **({"units": others} if others else {})}

    def _points(self, *, made_of_gaps: bool, made: Values) -> Values:
        said = text_at(self.element, "defaultgrade").strip() or text_at(self.element, "defaultmark").strip()
        if not said and made_of_gaps:
            said = str(sum(int(blank.get("weight", "1")) for blank in made["blanks"].values()))
        return making.points(said, self.losses)

    def _hints(self) -> Values:
        hints = [text for each in self._all("hint") if (text := self._text(each))]
        return {"hints": hints} if hints else {}

    def _note_the_rest(self) -> None:
        for name in _COMBINED:
            said = typed(text_at(self.element, f"{name}/text"))
            if said.lower() not in _USUAL:
                self.losses.append(Loss("feedback-combined", said))
        if self.element.find("hint") is not None:
            penalty = text_at(self.element, "penalty").strip()
            if penalty and penalty.strip("0.") != "":
                self.losses.append(Loss("penalty", f"{penalty.rstrip('0')} for each further try"))

    def _flag(self, name: str, otherwise: bool) -> bool:
        nodes = self.element.findall(name)
        said = (nodes[-1].text or "").strip().lower() if nodes else ""
        return {"1": True, "true": True, "0": False, "false": False}.get(said, otherwise)


def html_quoted(text: str) -> str:
    """A text as the value of an attribute."""
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def _body(node: etree._Element | None) -> str:
    return text_at(node, "text") if node is not None else ""


def _files(node: etree._Element | None) -> dict[str, bytes]:
    """The files that lie beside a text, by name."""
    files: dict[str, bytes] = {}
    for each in node.findall("file") if node is not None else ():
        raw = decoded(each.text or "") if each.get("encoding") == "base64" else None
        if raw is not None:
            path = (each.get("path", "/").strip("/") + "/" + each.get("name", "")).strip("/")
            files[path] = raw
            files.setdefault(each.get("name", ""), raw)
    return files


def _fraction(answer: etree._Element) -> float:
    said = answer.get("fraction", "0").strip()
    return float(making.number(said or "0")) / 100


_READERS = {
    "multichoice": _MoodleReader.choice,
    "truefalse": _MoodleReader.true_false,
    "shortanswer": _MoodleReader.short_text,
    "numerical": _MoodleReader.numeric,
    "matching": _MoodleReader.matching,
    "match": _MoodleReader.matching,
    "ordering": _MoodleReader.ordering,
    "cloze": _MoodleReader.cloze,
    "multianswer": _MoodleReader.cloze,
    "gapselect": _MoodleReader.menus,
    "ddwtos": _MoodleReader.menus,
    "essay": _MoodleReader.essay,
}
#: types whose parts may change places
_SHUFFLED = {"multichoice", "matching", "match", "gapselect", "ddwtos"}

FORMAT = MoodleXml()
