"""Fields whose words are chosen from what the course has, and the ids that such words need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wtforms import StringField

from webapp.content.course.course import Course
from webapp.editor import starters
from webapp.questions.inputs.blanks import named_in
from webapp.questions.text import plain

#: questions that a search shows
MOST_FOUND = 20
#: gaps of one text
MOST_GAPS = 26
#: what a field is called that a picker is searched with: the name of its field and this
FIND = "@find"


class Words(StringField):  # type: ignore[misc] # WTForms has no types
    """Words with commas between, typed or ticked one by one."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = ", ".join(word for word in valuelist if word.strip())


class WordOrTime(StringField):  # type: ignore[misc] # WTForms has no types
    """A word of a menu, or `at` and a time in UTC behind it; behind that, the time as the file has it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        self.data = valuelist[0]
        if self.data == "at" and len(valuelist) > 1:
            written = valuelist[2] if len(valuelist) > 2 else ""
            # One that was not changed stays as its author wrote it.
            self.data = written if written and in_utc(written) == valuelist[1] else f"{valuelist[1]}Z"

    @property
    def time(self) -> str:
        """The time as browsers take it; "" when a word is chosen."""
        return in_utc(self.data or "")


def in_utc(written: str) -> str:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return ""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if moment.tzinfo is not None else ""


#: lists of what others are put to, by the field that names one: (list, what its parts are called by)
NAMED = {"category": ("categories", "title"), "label": ("labels", "text")}


def with_ids(raw: dict[str, Any]) -> bool:
    """Gives groups and labels that have words and no id one; whether there were any. Items and places name theirs by
    it."""
    renewed = False
    for field, (name, words) in NAMED.items():
        renewed |= give_ids(raw.get(name), words, "group" if field == "category" else field)
    return renewed


def give_ids(rows: Any, words: str, otherwise: str) -> bool:
    """Gives rows that have words in this field and no id one that is made of them, or else `otherwise`, in which `{}`
    stands for how many have got one; whether there were any."""
    parts = [part for part in rows or () if isinstance(part, dict)]
    nameless = [part for part in parts if not _said(part, "id") and _said(part, words)]
    for number, part in enumerate(nameless, 1):
        taken = [_said(other, "id") for other in parts]
        made = starters.suggested_id(_said(part, words), "", taken)
        part["id"] = made or starters.free_id(otherwise.format(number), taken)
    return bool(nameless)


def with_gaps(raw: dict[str, Any]) -> bool:
    """Makes a row for each gap that the text has and no row is for; whether there were any.

    Empty rows are used first. Where one gap of the text is new and one row is for a gap that is there no longer, the
    gap was given another name, and the row goes along.
    """
    text, rows = raw.get("text"), raw.get("blanks")
    if not isinstance(text, str) or not isinstance(rows, list):
        return False
    there = list(dict.fromkeys(named_in(text)))
    new = [name for name in there if name not in {key.strip() for key, _value in rows}]
    left = [at for at, (key, _value) in enumerate(rows) if key.strip() and key.strip() not in there]
    free = left if len(left) == len(new) == 1 else [at for at, (key, _value) in enumerate(rows) if not key.strip()]
    for name in new[:MOST_GAPS]:
        if free:
            at = free.pop(0)
            rows[at] = (name, rows[at][1])
        elif len(rows) < MOST_GAPS:
            rows.append((name, None))
    return bool(new)


def _said(values: dict[str, Any], name: str) -> str:
    said = values.get(name)
    return said.strip() if isinstance(said, str) else ""


@dataclass(frozen=True, slots=True)
class Picker:
    """Questions to choose from, as (id, words): those that are chosen, and those that a search found besides."""

    find: str
    chosen: list[tuple[str, str]]
    found: list[tuple[str, str]]
    total: int


def picker(course: Course, chosen: Iterable[str], find: str) -> Picker:
    """What a picker shows: chosen ones in their order; of the others those with all the words of the search."""
    there = {question.id: plain(question.stem) for question in (*course.questions, *course.drafts.questions)}
    kept = [(name, there.get(name, "")) for name in dict.fromkeys(chosen)]
    words = find.casefold().split()
    others = [
        (name, stem)
        for name, stem in there.items()
        if words and name not in dict(kept) and all(word in f"{name} {stem}".casefold() for word in words)
    ]
    return Picker(find, kept, others[:MOST_FOUND], len(others))
