"""The shape of a form, read off the JSON Schema of a pydantic model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import BaseModel, ValidationError

from webapp.editor.forms.labels import EXPERT, LABELS, ONE, ROWS
from webapp.editor.forms.shapes import Kind, Shape


def shape_of_model(model: type[BaseModel]) -> Shape:
    schema = model.model_json_schema(by_alias=True)
    reader = _SchemaReader(schema.get("$defs", {}), {inner.__name__: inner for inner in _pieces(model)})
    return reader.shape("", schema, required=True)


def _pieces(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model and all models in its fields."""
    yield model
    waiting: list[Any] = [field.annotation for field in model.model_fields.values()]
    while waiting:
        part = waiting.pop()
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield from _pieces(part)
        else:
            waiting.extend(get_args(part))


class _SchemaReader:
    def __init__(self, definitions: Mapping[str, Any], models: Mapping[str, type[BaseModel]]) -> None:
        self.definitions, self.models = definitions, models

    def shape(self, name: str, schema: Mapping[str, Any], *, required: bool) -> Shape:
        whole = self.resolved(schema)
        label = _label(name, str(schema.get("title", "")))
        variant = _VARIANT.match(whole.get("description", ""))
        common: dict[str, Any] = {
            "name": name,
            "label": LazyString(_of_kind, label, variant[1]) if variant else label,
            "variant": variant[1] if variant else "",
            "help": _sentence(whole.get("description", "")[variant.end() if variant else 0 :]),
            "required": required,
            "default": _as_text(whole.get("default")),
            "expert": name in EXPERT,
            "suggest": name,
        }
        kind = whole.get("type")
        if "const" in whole:
            return Shape(kind="fixed", choices=(str(whole["const"]),), **common)
        if "enum" in whole:
            return Shape(kind="choice", choices=tuple(map(str, whole["enum"])), **common)
        if kind == "boolean":
            return Shape(kind="flag", **common)
        if kind == "array":
            return self.list(whole, common)
        if kind == "object":
            return self.mapping(whole, common)
        if kind in ("integer", "number") or kind == ["number", "string"]:
            return Shape(kind="number", **common)
        if "pattern" in whole:
            return Shape(kind="id", **common)
        format_ = whole.get("format")
        shown: Kind = "prose" if format_ == "markdown" or name == "summary" else "inline" if format_ else "line"
        return Shape(kind=shown, **common)

    def list(self, schema: Mapping[str, Any], common: dict[str, Any]) -> Shape:
        name = common["name"]
        inner = self.shape("", schema.get("items", {}), required=True)
        inner = replace(inner, label=ONE.get(name) or common["label"], suggest=name)
        if inner.kind == "choice":
            return Shape(kind="choices", choices=inner.choices, **common)
        if inner.kind in ("id", "line") and "format" not in schema.get("items", {}) and name not in ROWS and (
            inner.kind == "id" or schema["items"].get("type") == "string"
        ):  # fmt: skip
            return Shape(kind="words", **common)
        least, most = schema.get("minItems", 0), schema.get("maxItems", 100)
        return Shape(kind="list", item=inner, least=least, most=most, **common)

    def mapping(self, schema: Mapping[str, Any], common: dict[str, Any]) -> Shape:
        name = common["name"]
        if "properties" in schema:
            wanted = set(schema.get("required", ()))
            keys = schema["properties"].items()
            fields = tuple(self.shape(key, inner, required=key in wanted) for key, inner in keys)
            return Shape(kind="group", fields=fields, shorthand=self.shorthand(schema), **{**common, "default": ""})
        patterns = schema.get("patternProperties") or {"": schema.get("additionalProperties") or {}}
        inner = self.shape("", next(iter(patterns.values())), required=True)
        inner = replace(inner, label=ONE.get(name) or common["label"])
        least, most = schema.get("minProperties", 0), schema.get("maxProperties", 100)
        return Shape(kind="table", item=inner, least=least, most=most, **common)

    def resolved(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema with references and "or nothing" taken in; what stands nearer goes before."""
        found = dict(schema)
        if "$ref" in found:
            definition = self.definitions[str(found.pop("$ref")).rsplit("/", 1)[-1]]
            found = {**self.resolved(definition), **found}
        for word in ("anyOf", "allOf", "oneOf"):
            branches = [branch for branch in found.pop(word, ()) if branch.get("type") != "null"]
            if branches:
                found = {**self.resolved(branches[0]), **found}
        return found

    def shorthand(self, schema: Mapping[str, Any]) -> str:
        """The field of a group that a bare text stands for, found by trying one."""
        model = self.models.get(str(schema.get("title", "")))
        if model is None or len(schema.get("required", ())) > 1:
            return ""
        try:
            made = model.model_validate("text")
        except ValidationError:
            return ""
        return next((name for name in model.model_fields if getattr(made, name) == "text"), "")


# How a description says that its field belongs to one kind of the group: "A menu: what to choose from."
_VARIANT = re.compile(r"([A-Z][a-z]* [a-z]+): ")


def _label(name: str, title: str) -> Any:
    """What a field is called: as its type says, else as all fields of the name are, else by the name."""
    words = name.replace("_", " ")
    # pydantic gives every field a title made from its name; another one was written by somebody.
    if title and title != words.title():
        return _l(title)
    return LABELS.get(name) or words.capitalize()


def _of_kind(label: Any, variant: str) -> str:
    """`Right answers (a word)`."""
    words = _(variant)
    return f"{label} ({words[:1].lower()}{words[1:]})"


def _sentence(text: str) -> str:
    """A description as a sentence."""
    text = " ".join(text.split())
    return text and text[0].upper() + text[1:] + ("" if text.endswith((".", "?", "…")) else ".")


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None or isinstance(value, list | dict) else str(value)
