"""What goes out comes back as it was, but for what the report of the export names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from webapp.content.course.loading import load_course
from webapp.interchange import all_formats
from webapp.interchange.contract import ForeignItem
from webapp.interchange.losses import Verdict
from webapp.interchange.plan import problem_of
from webapp.questions import grade, parse, type_of
from webapp.questions.contract import Question
from webapp.questions.text import plain
from webapp.questions.types.cloze import ClozeQuestion

BANKS = Path(__file__).parents[1] / "banks"
WRITTEN = [name for name, each in all_formats().items() if each.writes]

#: which fields of a question may differ after a loss of this code
LOST = {
    "filing": {"facts", "section", "level", "difficulty", "tags"},
    "pattern": {"answers", "wrong", "blanks"},
    "feedback": {"pairs", "extra", "items", "sample", "feedback", "options", "wrong", "explanation"},
    "ends": {"first", "last"},
    "scoring": {"scoring"},
    "distance": {"distance", "blanks"},
    "folding": {"accents", "case"},
    "tolerance": {"tolerance"},
    "points": {"points"},
    "hints": {"hints"},
    "shuffle": {"shuffle"},
    "unit": {"unit", "units", "stem", "text", "blanks"},
    "picture-out": {"stem"},
    "recording-out": {"stem"},
    "type-out": set(),
    "parameters": {"parameters", "constraints", "template"},
    "rubric-out": {"rubric", "max_words", "points", "min_words"},
    "layout": {"takes"},
    "fixed-option": {"options"},
    "material": {"stem", "material", "shown_with"},
    "html": {"stem", "text", "options", "explanation", "hints", "feedback"},
    "exam": set(),
    "repeated": set(),
}
#: notes of authors to themselves, and what the loader sets
NEVER = {"id", "source", "pillar", "numbers", "accept", "use", "retired", "draft"}


def comparable(value: Any) -> Any:
    """Values whose texts are plain words, gaps numbered."""
    if isinstance(value, dict):
        return {key: comparable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [comparable(each) for each in value]
    if isinstance(value, str):
        return plain(re.sub(r"\[\[[a-z0-9-]+\]\]", "GAP", value.partition("#")[0] if "media/" in value else value))
    return value


def said(question: Question) -> dict[str, Any]:
    values = question.model_dump(exclude=NEVER)
    if isinstance(question, ClozeQuestion):
        values["blanks"] = [values["blanks"][name] for name in question.numbered]
    return {key: comparable(value) for key, value in values.items()}


def cases() -> list[tuple[str, str]]:
    return [(name, bank) for name in WRITTEN for bank in ("tiny", "spanish", "physics", "first-aid", "arabic")]


@pytest.mark.parametrize(("name", "bank"), cases())
def test_a_course_comes_back_but_for_what_was_named(name: str, bank: str) -> None:
    course = load_course(BANKS / bank)
    media = {each: (BANKS / bank / each).read_bytes() for each in course.media}
    format_ = all_formats()[name]
    made = format_.write(course.questions, media)
    assert len(made.lines) == len(course.questions)
    kept = [(each, line) for each, line in zip(course.questions, made.lines, strict=True)
            if line.verdict is not Verdict.LEFT_OUT]  # fmt: skip
    items = format_.read(made.raw, f"x{format_.endings[0]}").items
    assert len(items) == len(kept)
    for (before, line), item in zip(kept, items, strict=True):
        compare(before, [loss.code for loss in line.losses], item)


def compare(before: Question, codes: list[str], item: ForeignItem) -> None:
    assert item.values is not None, (item.losses, item.text)
    values = {**item.values, "id": before.id}
    assert problem_of(values) == ""
    after = parse(values)
    if "as-matching" in codes:
        assert (before.type, after.type) == ("categorise", "matching")
        return
    assert after.type == before.type
    may_differ = set().union(*(LOST[code] for code in codes))
    if before.type == "essay":
        may_differ |= {"rubric"}
    old, new = said(before), said(after)
    differing = {key for key in old if old[key] != new.get(key)}
    assert differing <= may_differ, {key: (old[key], new.get(key)) for key in differing - may_differ}
    if not may_differ & {"blanks", "answers", "scoring", "rubric"} and before.type not in ("essay",):
        key = type_of(after).key(after)
        assert grade(after, key).fraction == 1
