"""What an import would do: of each item whether it is new, changes a question, changes nothing, or is left out. Nothing
is written here; a command or a page shows the plan and has it carried out.

A question that was imported says so under `source`: `gift:algebra/roots#1a2b3c4d`, the kind of file, the name of the
item (with that of the file where the item's name may stand in others, too), and a fingerprint of what was imported. So
the same file again changes what was changed in it, and neither doubles questions nor undoes what was edited here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from pydantic import ValidationError
from rapidfuzz import fuzz

from webapp.content import markdown
from webapp.content.course.course import Course
from webapp.content.problems import Problems
from webapp.content.yaml.source import decode, parse_yaml
from webapp.interchange import making
from webapp.interchange.contract import FileFormat, ForeignItem, ForeignQuestions, Values
from webapp.interchange.losses import Loss, LossReport, ReportLine, Verdict, verdict_of
from webapp.questions import parse, type_of
from webapp.questions.shown import shown_in

#: what says where a question belongs and how it is used here: no file changes it but by a tag that names it
_OURS = ("id", "level", "difficulty", "tags", "facts", "section", "material", "numbers", "use", "retired", "draft",
         "accept", "source")  # fmt: skip
#: what an import leaves as it is where its file says nothing of it
_KEPT = ("points", "explanation", "hints", "shuffle")
_ORDER = ("id", "type", "level", "difficulty", "tags", "facts", "section", "material", "stem")
_LAST = ("explanation", "points", "hints", "shuffle", "numbers", "use", "retired", "draft", "accept", "source")
#: how alike two texts have to be to be one question that was edited: 0 to 100
_ALIKE = 55
_COPY = re.compile(r"(?:[\s_-]*(?:\(\d+\)|\d{6,}|copy|kopie))+$", re.IGNORECASE)


class ItemFate(StrEnum):
    """What becomes of an item in the course."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FILED = "became tags"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class PresentQuestion:
    """A question of the course as its file says it."""

    path: str
    values: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.values.get("id", ""))


@dataclass(frozen=True, slots=True)
class PlannedQuestion:
    """What is to become of one item. `values` is all that the file is to say of the question, at `path`; `before` what
    it says now. `edited_here`: somebody has changed it since it was imported, and the update takes that back."""

    line: ReportLine
    fate: ItemFate
    path: str = ""
    values: Values | None = None
    before: Mapping[str, Any] | None = None
    edited_here: bool = False
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True)
class QuestionPlan:
    """What an import would do, item by item. `into` is the file that new questions go to."""

    report: LossReport
    items: tuple[PlannedQuestion, ...]
    media: Mapping[str, bytes]
    into: str

    @property
    def fates(self) -> dict[ItemFate, int]:
        """How many items have which fate."""
        return {fate: sum(item.fate is fate for item in self.items) for fate in ItemFate}

    @property
    def writes(self) -> list[PlannedQuestion]:
        """Those that change the course."""
        return [item for item in self.items if item.fate in (ItemFate.NEW, ItemFate.UPDATED)]

    @property
    def pictures(self) -> dict[str, bytes]:
        """The pictures that these need."""
        needed = {name for item in self.writes for name in item.pictures}
        return {name: raw for name, raw in self.media.items() if name in needed}

    def only(self, ids: Collection[str]) -> QuestionPlan:
        """The plan for those questions alone, by the ids that it gives them; of the others nothing is written."""
        return replace(self, items=tuple(item for item in self.items if item.line.id in ids))


def present_questions(course: Course) -> list[PresentQuestion]:
    """The questions of a course, drafts among them, as their files say them."""
    paths = dict.fromkeys(file.path for file in (*course.files, *course.drafts.files))
    found: list[PresentQuestion] = []
    for path in paths:
        try:
            values = parse_yaml(decode(course.sources[path], path), path).values
        except (KeyError, Problems):
            continue
        listed = values.get("questions") if isinstance(values, dict) else None
        found.extend(PresentQuestion(path, each) for each in listed or () if isinstance(each, dict))
    return found


def planned(
    found: ForeignQuestions,
    format_: FileFormat,
    name: str,
    *,
    present: Iterable[PresentQuestion],
    into: str,
    language: str = "en",
) -> QuestionPlan:
    """What the import of a file would do to a course that has the questions `present`. `name` is what the file is
    called, `into` where new questions go, `language` that of the course."""
    planner = _Planner(format_, name, list(present), into, language)
    items = [planner.item(each) for each in found.items]
    report = LossReport(
        PurePosixPath(name).name, format_.title, tuple(item.line for item in items), found.losses, found.encoding,
        len(found.media),
    )  # fmt: skip
    return QuestionPlan(report, tuple(items), found.media, into)


class _Planner:
    def __init__(
        self, format_: FileFormat, name: str, present: Sequence[PresentQuestion], into: str, language: str
    ) -> None:
        self.format, self.into, self.language = format_, into, language
        self.file = making.slug(_COPY.sub("", PurePosixPath(name.replace("\\", "/")).name.partition(".")[0]), 40)
        self.by_source: dict[str, PresentQuestion] = {}
        self.by_content: dict[str, PresentQuestion] = {}
        self.by_id = {question.id: question for question in present}
        for question in present:
            if source := str(question.values.get("source") or ""):
                self.by_source.setdefault(source.rpartition("#")[0] or source, question)
            self.by_content.setdefault(fingerprint(question.values), question)
        self.taken = set(self.by_id)
        self.met: set[str] = set()
        self.sources: set[str] = set()
        #: how often a name was given already, so that a thousand items of one name are numbered at once
        self.counted: dict[str, int] = {}

    def item(self, item: ForeignItem) -> PlannedQuestion:
        """What is to become of one item."""
        if item.values is None:
            fate = ItemFate.LEFT_OUT if verdict_of(item.losses) is Verdict.LEFT_OUT else ItemFate.FILED
            return PlannedQuestion(_line(item), fate)
        values = {key: _in_language(value, self.language) for key, value in item.values.items()}
        content = fingerprint(values)
        if content in self.met:
            item.losses.append(Loss("duplicate", item.title))
            return PlannedQuestion(_line(item), ItemFate.LEFT_OUT)
        if problem := problem_of({"id": "question", **values}):
            item.losses.append(Loss("unfit", problem))
            return PlannedQuestion(_line(item), ItemFate.LEFT_OUT)
        self.met.add(content)
        source = self._source(item, values)
        old = self.by_source.get(source)
        if old is None and content in self.by_content:
            # It is here already, from a file of another name or made here.
            same = self.by_content[content]
            return PlannedQuestion(_line(item, same.id, values), ItemFate.UNCHANGED, same.path, before=same.values)
        if old is not None:
            return self._again(item, values, old, f"{source}#{content}")
        wanted = making.slug(item.source if item.is_named else item.title) or making.slug(item.title)
        own = self.by_id.get(wanted)
        if own is not None and not own.values.get("source") and _is_alike(own.values, values):
            item.losses.append(Loss("own", wanted))
            return PlannedQuestion(_line(item), ItemFate.LEFT_OUT)
        if not wanted or wanted.isdigit():
            wanted = making.slug(f"{item.title}") or making.slug(str(values["stem"])) or "question"
        name = self._free(wanted)
        made = _arranged({"id": name, **values, "source": f"{source}#{content}"})
        return PlannedQuestion(_line(item, name, values), ItemFate.NEW, self.into, made, pictures=item.pictures)

    def _again(self, item: ForeignItem, values: Values, old: PresentQuestion, source: str) -> PlannedQuestion:
        before = str(old.values.get("source"))
        if before == source:
            return PlannedQuestion(_line(item, old.id, values), ItemFate.UNCHANGED, old.path, before=old.values)
        kept = {key: old.values[key] for key in (*_OURS, *_KEPT) if key in old.values}
        made = _arranged({**kept, **values, "id": old.id, "source": source})
        edited = fingerprint(old.values) != before.rpartition("#")[2]
        return PlannedQuestion(
            _line(item, old.id, values), ItemFate.UPDATED, old.path, made, old.values, edited, item.pictures
        )

    def _free(self, wanted: str) -> str:
        """An id that nothing has yet; it is taken then."""
        number = self.counted.get(f"id {wanted}", 1)
        name = wanted if number == 1 else f"{wanted}-{number}"
        while name in self.taken:
            number += 1
            name = f"{wanted}-{number}"
        self.counted[f"id {wanted}"] = number
        self.taken.add(name)
        return name

    def _source(self, item: ForeignItem, values: Values) -> str:
        """What names the item, of all that were and will be imported."""
        name = re.sub(r"[\s#]+", "-", item.source)[:80]
        base = f"{self.format.name}:{name}" if item.is_named else f"{self.format.name}:{self.file}/{name}"
        number = self.counted.get(base, 1)
        source = base if number == 1 else f"{base}~{number}"
        # Two programs may give the same name; what is not alike is not the same question.
        while source in self.sources or (
            (old := self.by_source.get(source)) is not None and not _is_alike(old.values, values)
        ):
            number += 1
            source = f"{base}~{number}"
        self.sources.add(source)
        self.counted[base] = number
        return source


def _line(item: ForeignItem, name: str = "", values: Mapping[str, Any] | None = None) -> ReportLine:
    losses = tuple(dict.fromkeys(item.losses))
    text = item.text if verdict_of(losses) is Verdict.LEFT_OUT else ""
    return ReportLine(
        item.place, item.title, item.kind, losses, str((values or {}).get("type", "")) if name else "", name, text
    )


def fingerprint(values: Mapping[str, Any]) -> str:
    """Eight letters that change with what a question says, and not with where it is filed."""
    said = {key: value for key, value in values.items() if key not in _OURS}
    return sha256(json.dumps(said, sort_keys=True, ensure_ascii=True, default=str).encode()).hexdigest()[:8]


def _is_alike(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether the one may have become the other by editing."""
    if old.get("type") != new.get("type"):
        return False
    return fuzz.ratio(str(old.get("stem", ""))[:2000], str(new.get("stem", ""))[:2000]) >= _ALIKE


def _arranged(values: Values) -> Values:
    """The keys as an author would write them."""
    first = {key: values[key] for key in _ORDER if key in values}
    last = {key: values[key] for key in _LAST if key in values}
    return {**first, **{key: value for key, value in values.items() if key not in last}, **last}


def _in_language(value: Any, language: str) -> Any:
    """A value in which the few words that an import adds are in the language of the course."""
    if isinstance(value, str):
        return making.ADDED.get(value, {}).get(language.partition("-")[0], value)
    if isinstance(value, list):
        return [_in_language(each, language) for each in value]
    if isinstance(value, dict):
        return {key: _in_language(each, language) for key, each in value.items()}
    return value


def problem_of(values: Values) -> str:
    """What keeps a question out of a course; empty when nothing does."""
    try:
        question = parse(values)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    for flaw in type_of(question).check(question):
        return flaw.message
    for shown in shown_in(question):
        if shown.is_markdown:
            for formula in markdown.unreadable(shown.text):
                return formula.problem[0]
    return ""
