"""Fields whose words are chosen from what the course has, and the ids that such words need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wtforms import StringField

from webapp.content.course.course import Course
from webapp.editor import starters
from webapp.questions.text import plain

#: questions that a search shows
MOST_FOUND = 20
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


def with_ids(raw: dict[str, Any]) -> bool:
    """Gives groups that have a title and no id one; whether there were any. Items name their group by it."""
    groups = [group for group in raw.get("categories") or () if isinstance(group, dict)]
    nameless = [group for group in groups if not _said(group, "id") and _said(group, "title")]
    for group in nameless:
        taken = [_said(other, "id") for other in groups]
        group["id"] = starters.suggested_id(_said(group, "title"), "", taken) or starters.free_id("group", taken)
    return bool(nameless)


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
