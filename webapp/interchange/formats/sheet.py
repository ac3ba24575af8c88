"""A question sheet: one question a row, CSV or XLSX, with heads in English or German, or those of Kahoot and Quizizz.

Cells are plain words; a formula stands between `\\(` and `\\)`. Which answers are right is said by their letters, their
places or their words. Where these say different things (the answers are 2 and 3, and the key is 2) nothing is guessed,
but for the sheets of programs that always count places. A pair is written `left -> right`; things to put in order stand
in their order.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar

import xlsxwriter

from webapp.interchange import making
from webapp.interchange.contract import (
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
from webapp.interchange.gift_writing import note_ends, note_essay, note_fixed, note_pairs
from webapp.interchange.losses import LeftOut, Loss
from webapp.interchange.making import ForeignAnswer
from webapp.interchange.own_text import TextWriter, note_filing, stem_of, write_each
from webapp.interchange.pictures import Pictures
from webapp.interchange.sheet_heads import Columns, columns_of, folded_head
from webapp.interchange.tables import is_workbook, rows_of
from webapp.interchange.words_out import right_words, wrong_words
from webapp.questions.contract import Question
from webapp.questions.numbers import written

_TYPES = {
    "choice": "choice singlechoice singleselect quiz dropdown einfachauswahl einfachwahl auswahl",
    "several": "multiplechoice mc",
    "multiple": "multiple checkbox checkboxes multipleselect multipleresponse multiselect mehrfachauswahl mehrfachwahl",
    "true_false": "truefalse trueorfalse tf wahrfalsch richtigfalsch wahroderfalsch richtigoderfalsch",
    "numeric": "numeric number numerical zahl numerisch slider",
    "short_text": """shorttext shortanswer fillintheblank fillinthegap fillinblank typeanswer kurzantwort kurztext
        luckentext eingabe""",
    "matching": "matching match zuordnung zuordnen paare",
    "ordering": "ordering order reorder puzzle reihenfolge sortieren",
    "essay": "essay openended open paragraph offen freitext offenefrage aufsatz",
}
_TYPE_OF = {word: name for name, words in _TYPES.items() for word in words.split()}
#: pairs of words that say true and false, in the languages that are known
_WORDS = {"true": True, "false": False, "wahr": True, "falsch": False, "richtig": True, "vrai": True, "faux": False,
          "verdadero": True, "falso": False}  # fmt: skip
_ARROW = re.compile(r"\s*(?:->|→|⇒)\s*")
_LEVELS = {
    "level": {"recall", "understand", "apply", "analyse", "evaluate"},
    "difficulty": {"easy", "medium", "hard"},
}
_SAME = {"leicht": "easy", "einfach": "easy", "mittel": "medium", "schwer": "hard", "schwierig": "hard",
         "erinnern": "recall", "verstehen": "understand", "anwenden": "apply", "analysieren": "analyse",
         "bewerten": "evaluate"}  # fmt: skip
_LONGEST_TITLE = 80


class QuestionSheet(FileFormat):
    """A question sheet."""

    name: ClassVar[str] = "sheet"
    title: ClassVar[str] = "Question sheet"
    endings: ClassVar[tuple[str, ...]] = (".xlsx", ".csv", ".tsv", ".ods")

    def fits(self, raw: bytes) -> bool:
        if is_workbook(raw):
            return True
        start = starts_of_text(raw, 8_192)
        if start.lstrip("\ufeff \r\n").startswith("<"):
            return False
        lines = start.split("\n")[:31]
        return any(columns_of([re.split(r"[,;\t|]", line.replace('"', ""))]) is not None for line in lines)

    def read(self, raw: bytes, name: str) -> ForeignQuestions:
        rows, encoding, losses = rows_of(raw)
        columns = columns_of(rows)
        if columns is None:
            raise UnreadableQuestions(
                "No row has heads that say where the questions and their right answers stand, "
                "such as: question, option 1, option 2, correct answer."
            )
        items: list[ForeignItem] = []
        for number, row in enumerate(rows[columns.row + 1 :], columns.row + 2):
            if not any(row):
                continue
            if len(items) >= MOST_ITEMS:
                raise UnreadableQuestions(f"The file has more than {MOST_ITEMS:,} questions.")
            items.append(_RowReader(row, columns, number).item())
        if not items:
            raise UnreadableQuestions("There is no question below the heads.")
        unknown = tuple(Loss("column", head) for head in columns.ignored)
        return ForeignQuestions(tuple(items), {}, encoding, (*losses, *unknown))

    def write(
        self, questions: Sequence[Question], media: Mapping[str, bytes], language: str = "en"
    ) -> WrittenQuestions:
        return _written_sheet(questions)


class _RowReader:
    """Reads one row."""

    def __init__(self, row: Sequence[str], columns: Columns, number: int) -> None:
        self.row, self.columns = row, columns
        self.words = {name: self._at(place) for name, place in columns.fields.items()}
        self.item_ = ForeignItem(f"row {number}", self.words.get("type", "") or "question")
        self.reader = TextReader(Pictures(), self.item_.losses)

    def item(self) -> ForeignItem:
        """The item of the row."""
        item = self.item_
        item.title = " ".join(self.words["stem"].split())[:_LONGEST_TITLE]
        item.text = " | ".join(cell for cell in self.row if cell)
        own = self.words.get("id", "")
        item.is_named = len(own) > 3 and not own.isdigit()
        item.source = own or making.slug(item.title) or sha256(item.text.encode()).hexdigest()[:12]
        try:
            item.values = self._values()
        except LeftOut as out:
            item.losses.append(out.loss)
        item.losses = list(dict.fromkeys(item.losses))
        return item

    def _at(self, place: int | None) -> str:
        return self.row[place] if place is not None and place < len(self.row) else ""

    def _text(self, words: str, *, line: bool = True) -> str:
        return self.reader.from_plain(words, line=line)

    def _values(self) -> Values:
        if not self.words["stem"]:
            raise LeftOut("broken", "a row without a question")
        options = [
            (words, self._at(feedback))
            for place, feedback in zip(self.columns.options, self.columns.feedback, strict=True)
            if (words := self._at(place))
        ]
        made = self._made(options)
        if time := self.words.get("time"):
            self.reader.lost("time-limit", time)
        if picture := self.words.get("picture"):
            self.reader.lost("picture-remote" if picture.startswith("https://") else "picture-missing", picture)
        link = f"\n\n[{picture}]({picture})" if _is_address(picture) else ""
        points = self.words.get("points", "")
        hint = self._text(self.words.get("hint", ""), line=False)
        return {
            "type": made.pop("type"),
            "stem": self._text(self.words["stem"], line=False) + link,
            **made,
            **making.texts(explanation=self._text(self.words.get("explanation", ""), line=False)),
            **self._points(points),
            **({"hints": [hint]} if hint else {}),
            **self._filed(),
        }

    def _points(self, said: str) -> Values:
        if not said:
            return {}
        points = making.number(said)
        if points <= 0:
            self.reader.lost("points", said)
            return {}
        return {} if points == 1 else {"points": written(points)}

    def _filed(self) -> Values:
        tags = [each.strip() for each in re.split(r"[,;|]", self.words.get("tags", ""))]
        for name, known in _LEVELS.items():
            said = self.words.get(name, "").strip().lower()
            word = _SAME.get(said, said)
            if word in known:
                tags.append(f"{name}:{word}")
            elif said:
                self.reader.lost("tags", f"{name}: {said}")
        return making.filed(tags, self.item_.losses)

    # ------------------------------------------------------------------ types

    def _made(self, options: Sequence[tuple[str, str]]) -> Values:
        said = self.words.get("type", "")
        kind = _TYPE_OF.get(folded_head(said).replace("question", ""), "") or said
        key = self.words.get("key", "")
        if kind not in _TYPES and said:
            raise LeftOut("type-unknown", said)
        if kind == "true_false" or (not said and _are_true_and_false(options)):
            return self._true_false(key, options)
        if kind in ("numeric", "short_text"):
            return self._typed(kind, key, options)
        if kind == "matching":
            return making.matching((self._pair(words) for words, _ in options), self.item_.losses)
        if kind == "ordering":
            return making.ordering([self._text(words) for words, _ in options], all_or_nothing=False)
        if kind == "essay":
            return making.essay(self.item_.losses)
        if not options:
            raise LeftOut("type-unknown", said or "no answers to choose from, and no type")
        return self._choice(kind, key, options)

    def _choice(self, kind: str, key: str, options: Sequence[tuple[str, str]]) -> Values:
        keys = self._keys(key, [words for words, _ in options])
        answers = [
            ForeignAnswer(self._text(words), float(place in keys), self._text(feedback, line=False))
            for place, (words, feedback) in enumerate(options)
        ]
        if kind == "multiple" or len(keys) > 1:
            if kind == "choice":
                raise LeftOut("keys", f"{len(keys)} right answers where one is to be chosen")
            made = making.multiple(answers, [])
            made.pop("scoring")
            return made
        return making.choice(answers, self.item_.losses)

    def _keys(self, key: str, options: Sequence[str]) -> set[int]:
        """The places of the right answers, from 0. Raises LeftOut where these can't be told for certain."""
        if not key:
            raise LeftOut("no-key", "an empty cell")
        by_words = _by_words(key, options)
        by_place = _by_place(key, len(options))
        if self.columns.counts_places and by_place:
            return by_place
        if by_words and by_place and by_words != by_place:
            raise LeftOut("key-unclear", key)
        if not by_words and not by_place:
            raise LeftOut("key-unclear", key)
        return by_words or by_place

    def _true_false(self, key: str, options: Sequence[tuple[str, str]]) -> Values:
        answer = _WORDS.get(key.strip().lower())
        feedback = {_WORDS.get(words.strip().lower()): self._text(said, line=False) for words, said in options}
        if answer is None and options:
            words = [each for each, _ in options]
            (place,) = found if len(found := self._keys(key, words)) == 1 else (-1,)
            answer = _WORDS.get(words[place].strip().lower()) if place >= 0 else None
        if answer is None:
            raise LeftOut("key-unclear" if key else "no-key", key or "an empty cell")
        return making.true_false(answer, feedback.get(True, ""), feedback.get(False, ""))

    def _typed(self, kind: str, key: str, options: Sequence[tuple[str, str]]) -> Values:
        right = [words for words, _ in options] or ([key] if key else [])
        if key and options and key not in right:
            right = [key, *right]
        if not right:
            raise LeftOut("no-key", "an empty cell")
        # A star is a star here.
        if kind == "short_text":
            return making.short_text(
                [ForeignAnswer(each.replace("*", "\\*"), 1.0) for each in right], self.item_.losses
            )
        room = self.words.get("tolerance", "")
        tolerance = abs(making.number(room)) if room else making.number("0")
        made = making.numeric([ForeignAnswer(each, 1.0, "", tolerance) for each in right], self.item_.losses)
        unit = " ".join(self.words.get("unit", "").split())
        return {**made, **({"unit": unit} if unit else {})}

    def _pair(self, words: str) -> tuple[str, str]:
        parts = _ARROW.split(words, maxsplit=1)
        if len(parts) != 2:
            raise LeftOut("broken", f"“{words}” without ->")
        return self._text(parts[0]), self._text(parts[1])


def _is_address(picture: str | None) -> bool:
    return bool(picture and re.fullmatch(r"https://[A-Za-z0-9./?&=%_~:+-]{4,500}", picture) and "_" not in picture)


def _are_true_and_false(options: Sequence[tuple[str, str]]) -> bool:
    words = [_WORDS.get(each.strip().lower()) for each, _ in options]
    return sorted(map(str, words)) == ["False", "True"]


def _by_words(key: str, options: Sequence[str]) -> set[int]:
    """The answers that a key names by their words."""

    def same(words: str) -> set[int]:
        wanted = " ".join(words.split()).casefold()
        return {place for place, each in enumerate(options) if " ".join(each.split()).casefold() == wanted}

    whole = same(key)
    if whole:
        return whole
    for signs in (r"\s*\n\s*", r"\s*[;|]\s*", r"\s*,\s*"):
        parts = [part for part in re.split(signs, key.strip()) if part]
        found = [same(part) for part in parts]
        if len(parts) > 1 and all(found):
            return set().union(*found)
    return set()


def _by_place(key: str, number: int) -> set[int]:
    """The answers that a key names by letters or numbers."""
    parts = [part for part in re.split(r"[\s,;|/&+]+|\bund\b|\band\b", key.strip().strip("().")) if part]
    places = set()
    for part in parts:
        part = part.strip("().")
        if re.fullmatch(r"[A-Za-z]", part):
            place = ord(part.upper()) - 65
        elif re.fullmatch(r"[0-9]{1,2}", part):
            place = int(part) - 1
        else:
            return set()
        if not 0 <= place < number:
            return set()
        places.add(place)
    return places


# ------------------------------------------------------------------ out

_KEPT = frozenset({"points", "tags", "hints"})
_HEADS = ("id", "type", "question", "correct answer", "explanation", "points", "level", "difficulty", "tags", "hint",
          "tolerance", "unit")  # fmt: skip


def _written_sheet(questions: Sequence[Question]) -> WrittenQuestions:
    """The questions as a workbook of one sheet."""
    rows, lines = write_each(questions, _row)
    most = max((len(options) for _, options in rows), default=2)
    stream = io.BytesIO()
    with xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet("Questions")
        numbered = [f"{name} {number}" for number in range(1, most + 1) for name in ("option", "feedback")]
        for column, head in enumerate([*_HEADS, *numbered]):
            sheet.write_string(0, column, head, book.add_format({"bold": True}) if column == 0 else None)
        for number, (fields, options) in enumerate(rows, 1):
            cells = [fields.get(head, "") for head in _HEADS] + [cell for option in options for cell in option]
            for column, cell in enumerate(cells):
                if cell:
                    sheet.write_string(number, column, cell[:32_000])
        sheet.freeze_panes(1, 0)
    return WrittenQuestions(stream.getvalue(), lines)


def _row(question: Any, writer: TextWriter) -> tuple[dict[str, str], list[tuple[str, str]]]:
    write = _WRITERS.get(question.type)
    if write is None:
        raise LeftOut("type-out", question.type)
    note_filing(question, writer, _KEPT)
    if len(question.hints) > 1:
        writer.lost("hints", f"{len(question.hints) - 1} of {len(question.hints)} hints")
    fields = {
        "id": question.id,
        "type": question.type,
        "question": writer.words(stem_of(question, writer)),
        "explanation": writer.words(question.explanation),
        "points": "" if question.points == 1 else f"{question.points:g}",
        "level": question.level,
        "difficulty": question.difficulty,
        "tags": ", ".join(question.tags),
        "hint": writer.words(question.hints[0]) if question.hints else "",
    }
    more, options = write(question, writer)
    return {**fields, **more}, options


_Parts = tuple[dict[str, str], list[tuple[str, str]]]


def _multiple(question: Any, writer: TextWriter) -> _Parts:
    if question.scoring != "per-option":
        writer.lost("scoring", question.scoring)
    return _options(question, writer)


def _options(question: Any, writer: TextWriter) -> _Parts:
    note_fixed(question, writer)
    options = [(writer.words(option.text), writer.words(option.feedback)) for option in question.options]
    named = [words for words, _ in options]
    right = {place for place, option in enumerate(question.options) if option.key}
    # Where the answers are letters or numbers themselves, a key has to be written so that it means one thing.
    letters, numbers = (("; ".join(f"{first(place)}" for place in sorted(right))) for first in (_letter, _number))
    for key in (letters, numbers, "; ".join(named[place] for place in sorted(right))):
        by_words, by_place = _by_words(key, named), _by_place(key, len(named))
        if right == (by_words or by_place) and (not by_words or not by_place or by_words == by_place):
            return {"correct answer": key}, options
    raise LeftOut("type-out", "answers that are letters and numbers")


def _letter(place: int) -> str:
    return chr(65 + place)


def _number(place: int) -> int:
    return place + 1


def _true_false(question: Any, writer: TextWriter) -> _Parts:
    options = [("true", writer.words(question.feedback.true)), ("false", writer.words(question.feedback.false))]
    return {"correct answer": "true" if question.answer else "false"}, options


def _numeric(question: Any, writer: TextWriter) -> _Parts:
    room = ""
    if question.tolerance is not None:
        if question.tolerance.absolute is None:
            writer.lost("tolerance", f"{question.tolerance.relative * 100:f} % of the answer")
        amount = question.tolerance.absolute
        room = written(amount if amount is not None else abs(question.answer) * question.tolerance.relative)
    if question.units:
        writer.lost("unit", ", ".join(other.unit for other in question.units))
    if question.wrong:
        writer.lost("feedback", "on foreseen wrong answers")
    return {"correct answer": written(question.answer), "tolerance": room, "unit": question.unit or ""}, []


def _short_text(question: Any, writer: TextWriter) -> _Parts:
    words = [each.replace("\\*", "*") for each in right_words(question, writer)]
    if any(True for _ in wrong_words(question, writer)):
        writer.lost("feedback", "on foreseen wrong answers")
    if question.case:
        writer.lost("folding", "capitals matter")
    return {"correct answer": words[0]}, [(each, "") for each in words] if len(words) > 1 else []


def _matching(question: Any, writer: TextWriter) -> _Parts:
    note_pairs(question, writer)
    pairs = [(writer.words(pair.left), writer.words(pair.right)) for pair in question.pairs]
    pairs += [("", writer.words(extra.text)) for extra in question.extra]
    if any(_ARROW.search(left) for left, _ in pairs):
        raise LeftOut("type-out", "an arrow within a pair")
    return {}, [(f"{left} -> {right}".strip(), "") for left, right in pairs]


def _ordering(question: Any, writer: TextWriter) -> _Parts:
    note_ends(question, writer)
    if question.scoring != "pairs":
        writer.lost("scoring", question.scoring)
    return {}, [(writer.words(item.text), "") for item in question.items]


def _essay(question: Any, writer: TextWriter) -> _Parts:
    note_essay(question, writer)
    if question.takes != "text":
        writer.lost("layout", f"takes: {question.takes}")
    return {}, []


_WRITERS = {
    "choice": _options,
    "multiple": _multiple,
    "true_false": _true_false,
    "numeric": _numeric,
    "short_text": _short_text,
    "matching": _matching,
    "ordering": _ordering,
    "essay": _essay,
}

FORMAT = QuestionSheet()
