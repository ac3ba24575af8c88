"""H5P: multiple choice, true or false, blanks and drag text, alone or in a set of questions. Read and not written: a
package has the program of each type in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from webapp.interchange import making
from webapp.interchange.archive import SafeZip
from webapp.interchange.contract import (
    LONGEST_ITEM,
    MOST_ITEMS,
    FileFormat,
    ForeignItem,
    ForeignQuestions,
    UnreadableQuestions,
    Values,
)
from webapp.interchange.foreign_text import TextReader
from webapp.interchange.losses import LeftOut, Loss
from webapp.interchange.making import ForeignAnswer
from webapp.interchange.moodle_cloze import mark, typed, with_gaps
from webapp.interchange.packages import is_package
from webapp.interchange.pictures import Pictures
from webapp.interchange.qti_texts import FilesBeside

_CONTENT = "content/content.json"
_VERSION = re.compile(r"\s+[\d.]+$")
_BLANK = re.compile(r"\*([^*\n]{1,500})\*")
_LONGEST_TITLE, _LARGEST_JSON, _DEEPEST = 80, 5_000_000, 6
#: content types that have others in them, and where
_SETS = {"H5P.QuestionSet": "questions", "H5P.SingleChoiceSet": "", "H5P.Column": "content"}


class H5p(FileFormat):
    """H5P."""

    name: ClassVar[str] = "h5p"
    title: ClassVar[str] = "H5P"
    endings: ClassVar[tuple[str, ...]] = (".h5p",)
    writes: ClassVar[bool] = False

    def fits(self, raw: bytes) -> bool:
        if not is_package(raw):
            return False
        try:
            return "h5p.json" in SafeZip(raw).paths
        except UnreadableQuestions:
            return False

    def read(self, raw: bytes, name: str) -> ForeignQuestions:
        files = SafeZip(raw)
        about, content = (_json(files, path) for path in ("h5p.json", _CONTENT))
        kind = str(about.get("mainLibrary", ""))
        pictures = Pictures()
        found = list(_items(kind, content, str(about.get("title", "")), files, pictures))
        if not found:
            raise UnreadableQuestions("There is no question in the package.")
        return ForeignQuestions(tuple(found), pictures.media, "UTF-8")


def _json(files: SafeZip, path: str) -> dict[str, Any]:
    try:
        raw = files.read(path)
    except KeyError:
        raise UnreadableQuestions(f"This is no H5P that can be read: it has no {path}.") from None
    if len(raw) > _LARGEST_JSON:
        raise UnreadableQuestions(f"{path} has more than {_LARGEST_JSON // 1_000_000} MB.")
    try:
        found = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UnreadableQuestions(f"{path} is no JSON that can be read.") from None
    if not isinstance(found, dict):
        raise UnreadableQuestions(f"{path} says nothing.")
    return found


def _items(
    kind: str, content: Any, title: str, files: SafeZip, pictures: Pictures, place: str = "", depth: int = 0
) -> Iterator[ForeignItem]:
    """The questions of a content and of those in it, one after the other."""
    inside = _SETS.get(kind)
    if inside is None or depth > _DEEPEST:
        yield _item(kind, _mapping(content), title, place or "content", files, pictures)
        return
    if kind == "H5P.SingleChoiceSet":
        for number, choice in enumerate(_list(_mapping(content).get("choices"))[:MOST_ITEMS], 1):
            yield _item(kind, _mapping(choice), "", f"{place}question {number}", files, pictures)
        return
    for number, part in enumerate(_list(_mapping(content).get(inside))[:MOST_ITEMS], 1):
        inner = _mapping(part)
        inner = _mapping(inner.get("content")) if "content" in inner else inner
        library = _VERSION.sub("", _text(inner.get("library")))
        name = _text(_mapping(inner.get("metadata")).get("title"))
        where = f"{place}question {number}"
        deeper = _SETS.get(library) is not None
        yield from _items(
            library, inner.get("params"), name, files, pictures, f"{where}, " if deeper else where, depth + 1
        )


def _item(
    kind: str, content: Mapping[str, Any], title: str, place: str, files: SafeZip, pictures: Pictures
) -> ForeignItem:
    item = ForeignItem(place, kind[:60] or "content", " ".join(title.split())[:_LONGEST_TITLE])
    reader = TextReader(pictures, item.losses)
    asked = _H5pReader(content, reader, FilesBeside(files, "content"), item)
    try:
        read = _READERS.get(kind)
        if read is None:
            raise LeftOut("type-unknown", kind or "a content without a type")
        item.values = read(asked)
    except LeftOut as out:
        item.losses.append(out.loss)
        # What nests as deep as can be read may be too deep to be written.
        with suppress(RecursionError):
            item.text = json.dumps(content, ensure_ascii=False)[:LONGEST_ITEM]
    item.losses[:] = dict.fromkeys(item.losses)
    item.title = item.title or typed(asked.words("question", "text"))[:_LONGEST_TITLE]
    item.source = making.slug(item.title) or making.slug(place) or "item"
    item.pictures = tuple(dict.fromkeys(reader.used))
    return item


class _H5pReader:
    """Reads one question."""

    def __init__(
        self, content: Mapping[str, Any], reader: TextReader, files: Mapping[str, bytes], item: ForeignItem
    ) -> None:
        self.content, self.reader, self.files = content, reader, files
        self.losses = item.losses
        self.behaviour = _mapping(content.get("behaviour"))

    def words(self, *names: str) -> str:
        """The first of several texts that there is."""
        return next((text for name in names if (text := _text(self.content.get(name)))), "")

    def choice(self) -> Values:
        answers = making.bounded([_mapping(each) for each in _list(self.content.get("answers"))])
        right = [each.get("correct") is True for each in answers]
        kind = _text(self.behaviour.get("type")) or "auto"
        is_one = kind == "single" or (kind == "auto" and sum(right) == 1)
        if is_one and sum(right) != 1:
            raise LeftOut("keys" if any(right) else "no-key", f"{sum(right)} right answers")
        found = []
        for each, is_right in zip(answers, right, strict=True):
            told = _mapping(each.get("tipsAndFeedback"))
            found.append(
                ForeignAnswer(
                    self._html(each.get("text"), line=True),
                    1 / max(sum(right), 1) if is_right else -1 / max(len(right) - sum(right), 1) if not is_one else 0.0,
                    self._html(told.get("chosenFeedback")),
                )
            )
            for name in ("tip", "notChosenFeedback"):
                if said := typed(_text(told.get(name))):
                    self.losses.append(Loss("feedback", said))
        made = making.choice(found, self.losses) if is_one else self._several(found)
        shuffle = {} if self.behaviour.get("randomAnswers", True) else {"shuffle": "false"}
        return self._whole({**made, **shuffle}, "question")

    def _several(self, found: list[ForeignAnswer]) -> Values:
        made = making.multiple(found, self.losses)
        if self.behaviour.get("singlePoint") is True:
            made["scoring"] = "all-or-nothing"
        else:
            self.losses.append(Loss("scoring", "each wrong tick takes off as much as a right one earns"))
        return made

    def true_false(self) -> Values:
        correct = _text(self.content.get("correct")).lower()
        if correct not in ("true", "false"):
            raise LeftOut("no-key", f"“{correct}” where true or false belongs")
        told = {
            word: self._html(self.behaviour.get(name))
            for word, name in (("right", "feedbackOnCorrect"), ("wrong", "feedbackOnWrong"))
        }
        is_true = correct == "true"
        made = making.true_false(is_true, told["right" if is_true else "wrong"], told["wrong" if is_true else "right"])
        return self._whole(made, "question")

    def single(self) -> Values:
        """One of a set of choices: the first answer is the right one."""
        texts = [self._html(each, line=True) for each in making.bounded(_list(self.content.get("answers")))]
        answers = [ForeignAnswer(text, float(place == 0)) for place, text in enumerate(texts)]
        return self._whole(making.choice(answers, self.losses), "question")

    def blanks(self) -> Values:
        texts = [_text(each) for each in making.bounded(_list(self.content.get("questions")))]
        blanks: dict[str, Values] = {}
        case = self.behaviour.get("caseSensitive", True) is not False

        def gap(match: re.Match[str]) -> str:
            inside, _, tip = match[1].partition(":")
            if tip.strip():
                self.losses.append(Loss("hints", tip))
            answers = [ForeignAnswer(typed(each).replace("*", "\\*"), 1.0) for each in inside.split("/")]
            blanks[f"gap-{len(blanks) + 1}"] = making.typed_words(answers, self.losses, case=case)
            return mark(len(blanks))

        made = self._gaps("\n".join(_BLANK.sub(gap, text) for text in texts), blanks)
        if self.behaviour.get("acceptSpellingErrors") is True:
            for blank in blanks.values():
                if all(len(each) >= 4 for each in blank["answers"] if isinstance(each, str)):
                    blank["distance"] = "1"
        return made

    def drag_text(self) -> Values:
        text = _text(self.content.get("textField"))
        pieces = [match[1].partition(":")[0].strip() for match in _BLANK.finditer(text)]
        distractors = _text(self.content.get("distractors"))
        others = [match[1].partition(":")[0].strip() for match in _BLANK.finditer(distractors)]
        words = list(dict.fromkeys(typed(each) for each in [*pieces, *others] if typed(each)))
        making.bounded(pieces)
        blanks: dict[str, Values] = {}

        def gap(match: re.Match[str]) -> str:
            inside, _, tip = match[1].partition(":")
            if tip.strip("\\+- "):
                self.losses.append(Loss("hints", tip))
            key = typed(inside.strip())
            answers = [ForeignAnswer(self.reader.from_plain(each, line=True), float(each == key)) for each in words]
            blank = making.choice(answers, self.losses)
            blank.pop("type")
            blanks[f"gap-{len(blanks) + 1}"] = blank
            return mark(len(blanks))

        self.reader.lost("layout", "words to drag into the text")
        marked = _BLANK.sub(gap, text)
        return self._gaps(
            "".join(f"<p>{line}</p>" for line in marked.split("\n") if line.strip()), blanks, "taskDescription"
        )

    def _gaps(self, html: str, blanks: Mapping[str, Values], *names: str) -> Values:
        if not blanks:
            raise LeftOut("broken", "a text without gaps")
        if len(blanks) > making.MOST_OPTIONS:
            raise LeftOut("unfit", f"{len(blanks)} gaps; there may be {making.MOST_OPTIONS}")
        made = with_gaps(self.reader.from_html(html, self.files), blanks)
        if before := self.reader.from_html(self.words(*names, "text", "taskDescription"), self.files):
            made["stem"] = before if made["stem"] == making.FILL_IN else f"{before}\n\n{made['stem']}"
        return self._whole(made)

    def _whole(self, made: Values, *names: str) -> Values:
        """The question with its stem, its picture, and what is lost of the rest."""
        stem = made.pop("stem", "") or self._html(self.words(*names) if names else "")
        media = _mapping(_mapping(self.content.get("media")).get("type"))
        file = _mapping(_mapping(media.get("params")).get("file"))
        if path := _text(file.get("path")):
            words = _text(_mapping(media.get("params")).get("alt"))
            picture = self.reader.from_html(f'<img src="{_quoted(path)}" alt="{_quoted(words)}">', self.files)
            stem = f"{picture}\n\n{stem}"
        if not stem:
            raise LeftOut("broken", "a question without words")
        for each in _list(self.content.get("overallFeedback")):
            if said := typed(_text(_mapping(each).get("feedback"))):
                self.losses.append(Loss("feedback-combined", said))
        return {"type": made.pop("type"), "stem": stem, **made}

    def _html(self, text: Any, *, line: bool = False) -> str:
        return self.reader.from_html(_text(text), self.files, line=line)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


_READERS: Mapping[str, Callable[[_H5pReader], Values]] = {
    "H5P.MultiChoice": _H5pReader.choice,
    "H5P.TrueFalse": _H5pReader.true_false,
    "H5P.Blanks": _H5pReader.blanks,
    "H5P.DragText": _H5pReader.drag_text,
    "H5P.SingleChoiceSet": _H5pReader.single,
}

FORMAT = H5p()
