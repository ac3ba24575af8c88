"""What the tests of formats have in common: questions from YAML, and small files of our own."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from webapp.content.yaml.source import parse_yaml
from webapp.interchange import all_formats
from webapp.interchange.contract import FileFormat, ForeignItem, ForeignQuestions
from webapp.interchange.losses import verdict_of
from webapp.questions import parse
from webapp.questions.contract import Question

FILES = Path(__file__).parent / "files"


def question(text: str) -> Question:
    """The question in a YAML text."""
    values = parse_yaml(textwrap.dedent(text), "").values
    return parse({"id": "one", **values})


def found(format_: FileFormat | str, text: str | bytes, name: str = "algebra.txt") -> ForeignQuestions:
    """What a text holds in a format."""
    format_ = all_formats()[format_] if isinstance(format_, str) else format_
    raw = textwrap.dedent(text).encode() if isinstance(text, str) else text
    return format_.read(raw, name)


def only(format_: FileFormat | str, text: str | bytes) -> ForeignItem:
    """The one item of a text."""
    (item,) = found(format_, text).items
    return item


def told(item: ForeignItem) -> tuple[str, list[str]]:
    """The verdict on an item, and the codes of its losses."""
    return verdict_of(item.losses).value, [loss.code for loss in item.losses]


def carried(format_: FileFormat | str, text: str | bytes) -> dict[str, Any]:
    """What the one item of a text became, without loss; it is a question that a course takes."""
    item = only(format_, text)
    assert told(item) == ("carried", []), item.losses
    assert item.values is not None
    parse({"id": "one", **item.values})
    return item.values


def back(format_: FileFormat | str, *questions: Question) -> tuple[list[dict[str, Any]], list[list[str]]]:
    """What questions are after they were written and read again, and the codes of what was lost in writing."""
    format_ = all_formats()[format_] if isinstance(format_, str) else format_
    made = format_.write(questions, {})
    written_any = any(line.verdict.value != "left out" for line in made.lines)
    items = format_.read(made.raw, f"back{format_.endings[0]}").items if written_any else ()
    values = [json.loads(json.dumps(item.values)) for item in items if item.values is not None]
    return values, [[loss.code for loss in line.losses] for line in made.lines]
