"""What a learner reads of a question, before and after it is graded, text by text, as its schema says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from webapp.questions.contract import Question
from webapp.questions.flaws import ValuePath


@dataclass(frozen=True, slots=True)
class Shown:
    """A text that is shown, where in the question it stands, and whether its Markdown is read."""

    path: ValuePath
    text: str
    is_markdown: bool


def shown_in(question: Question) -> Iterator[Shown]:
    """The texts in the order of their fields: an accepted answer is shown, as the review shows it, and patterns are
    not."""
    schema = _schema(type(question))
    yield from _shown(question, schema, schema.get("$defs", {}), ())


@cache
def _schema(kind: type[Question]) -> dict[str, Any]:
    return kind.model_json_schema()


def _shown(value: Any, schema: dict[str, Any], definitions: dict[str, Any], path: ValuePath) -> Iterator[Shown]:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        for variant in schema["anyOf"]:
            yield from _shown(value, variant, definitions, path)
    elif isinstance(value, BaseModel):
        fields = schema.get("properties", {})
        for name, field in type(value).model_fields.items():
            key = field.alias or name
            yield from _shown(getattr(value, name), fields.get(key, {}), definitions, (*path, key))
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from _shown(item, schema.get("items", {}), definitions, (*path, place))
    elif isinstance(value, dict):
        # Where the keys are names, their pattern stands before the schema of the values.
        patterns = list(schema.get("patternProperties", {}).values())
        each = patterns[0] if patterns else schema.get("additionalProperties", {})
        for name, item in value.items():
            yield from _shown(item, each, definitions, (*path, name))
    elif isinstance(value, str) and value and schema.get("format") in {"markdown", "markdown-inline", "text"}:
        yield Shown(path, value, schema["format"] != "text")
