"""What a schema refuses, said in plain words and at its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from webapp.content.problems import MOST_TOLD, Problem, did_you_mean, listed, nearest_word
from webapp.content.yaml.source import Document
from webapp.questions.flaws import ValuePath

SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
"""What an id looks like: small letters and digits, in groups joined by single hyphens."""


def explain(
    error: ValidationError, document: Document, base: ValuePath, values: Any, schema: Mapping[str, Any]
) -> list[Problem]:
    """The errors as Problems. `values` is what was validated and stands at `base` in the document; `schema` is the
    JSON Schema of the model, from which the allowed keys and the descriptions come."""
    errors = error.errors(include_url=False, include_context=True)
    faults = _nearest_branches([_Fault(details, values) for details in errors[: 10 * MOST_TOLD]])[:MOST_TOLD]
    unknown = {fault.path: fault.name for fault in faults if fault.kind == "extra_forbidden"}
    problems = []
    for fault in faults:
        if fault.kind == "missing" and any(
            path[:-1] == fault.path and nearest_word(name, [fault.name]) for path, name in unknown.items()
        ):
            continue  # A misspelt key is one mistake, not two: the unknown key already suggests the missing one.
        message, expected, suggestion = _plainly(fault, schema)
        on_key = fault.kind == "extra_forbidden" or fault.on_key
        problems.append(document.problem(base + fault.path, message, expected, suggestion, key=on_key))
    if len(errors) > 10 * MOST_TOLD:
        said = f"{len(errors):,} things are wrong here, of which the first are told"
        problems.append(document.problem(base, said, "", "mend these, and check again"))
    return problems


class _Fault:
    """One error of pydantic with its place among the values."""

    def __init__(self, details: ErrorDetails, values: Any) -> None:
        self.kind: str = details["type"]
        self.said: str = details["msg"]
        self.context: Mapping[str, Any] = details.get("ctx") or {}
        self.branch: tuple[ValuePath, str] | None = None
        self.on_key = False
        path: list[str | int] = []
        here = values
        loc = details["loc"]
        if self.kind == "missing":
            self.name, loc = str(loc[-1]), loc[:-1]
        for part in loc:
            if isinstance(here, dict) and str(part) in here:
                here = here[str(part)]
                path.append(str(part))
            elif isinstance(here, list) and isinstance(part, int) and part < len(here):
                here = here[part]
                path.append(part)
            elif part == "[key]":
                self.on_key = True
            elif self.branch is None:
                # Not a place in the file but the label of one alternative of a union.
                self.branch = (tuple(path), str(part))
        self.path: ValuePath = tuple(path)
        self.value = here
        if self.kind != "missing":
            names = [part for part in path if isinstance(part, str)]
            self.name = names[-1] if names else ""

    @property
    def label(self) -> str:
        """The value's key, and its number when it is an item of a list."""
        if self.path and isinstance(self.path[-1], int):
            return f"item {self.path[-1] + 1} of `{self.name}`" if self.name else f"item {self.path[-1] + 1}"
        return f"`{self.name}`" if self.name else "this"


def _nearest_branches(faults: list[_Fault]) -> list[_Fault]:
    """A value that fits no alternative of a union fails in every one; only the one it came nearest to counts."""
    groups: dict[ValuePath, dict[str, list[_Fault]]] = {}
    for fault in faults:
        if fault.branch is not None:
            place, label = fault.branch
            groups.setdefault(place, {}).setdefault(label, []).append(fault)
    kept: list[_Fault] = []
    for fault in faults:
        if fault.branch is None:
            kept.append(fault)
            continue
        place, label = fault.branch
        best = min(groups[place].items(), key=lambda item: _distance(place, item[1]))[0]
        if label == best:
            kept.append(fault)
    return kept


def _distance(place: ValuePath, faults: Sequence[_Fault]) -> tuple[int, int]:
    """How far a value is from an alternative: wrong in kind counts most, then the number of errors."""
    wrong_kind = any(fault.path == place and fault.kind.endswith("_type") for fault in faults)
    weight = sum(2 if fault.kind in ("extra_forbidden", "missing") else 1 for fault in faults)
    return (1 if wrong_kind else 0, weight)


def _plainly(fault: _Fault, schema: Mapping[str, Any]) -> tuple[str, str, str]:
    """What is wrong, what was expected, a suggestion."""
    kind, value, label, context = fault.kind, fault.value, fault.label, fault.context
    if kind == "parameters":
        return str(context["said"]), "", str(context["suggestion"])
    if kind == "missing":
        about = _description(schema, (*fault.path, fault.name))
        return f"the key `{fault.name}` is missing", f"expected {about}" if about else "", f"add `{fault.name}:`"
    if kind == "extra_forbidden":
        allowed = _keys(schema, fault.path[:-1])
        meant = did_you_mean(fault.name, allowed)
        expected = "" if meant or not allowed else f"expected one of {listed(sorted(allowed), limit=30)}"
        if value is None and re.search(r"[\s.!?]", fault.name):
            meant = "a comma between { and } begins a new key: put the text before and after it between quotes"
            expected = ""
        return f"unknown key `{_cut(fault.name)}`", expected, meant or "delete it, or mend its name"
    if fault.on_key:
        return f"`{fault.name}` cannot be a key here", _expected(fault), ""
    if kind in ("value_error", "assertion_error"):
        said = str(context.get("error", fault.said))
        return said.rstrip("."), "", ""
    if fault.said.startswith("expected "):
        # Schemas with words of their own say what they expected; what was found is added.
        suggestion = "write a value after the colon, or delete the key" if value is None else ""
        if isinstance(value, dict):
            allowed = _keys(schema, fault.path)
            hints = (did_you_mean(key, allowed) for key in islice(value, MOST_TOLD) if key not in allowed)
            suggestion = next((hint for hint in hints if hint), "")
            return f"the keys of {label} do not fit", fault.said.rstrip("."), suggestion
        return f"{label} is {_shown(value)}", fault.said.rstrip("."), suggestion
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        shown = _shown(value)
        meant = did_you_mean(value, words) if isinstance(value, str) else ""
        return f"{label} is {shown}", f"expected one of {listed(words, limit=30)}", meant
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        tags = re.findall(r"'([^']*)'", str(context.get("expected_tags", "")))
        tag = str(context.get("tag", ""))
        expected = f"expected one of {listed(tags, limit=30)}" if tags else _expected(fault)
        if kind == "union_tag_invalid":
            return f"`{tag}` is not known here", expected, did_you_mean(tag, tags)
        return f"{label} is {_shown(value)}, and it does not say which kind it is", expected, ""
    if value is None:
        return f"{label} is empty", _expected(fault), "write a value after the colon, or delete the key"
    suggestion = ""
    if kind == "string_type" and isinstance(value, dict):
        suggestion = "put the text between quotes: a colon followed by a space makes YAML see a key"
    elif kind in ("model_type", "model_attributes_type", "dict_type"):
        keys = _keys(schema, fault.path)
        expected = f"expected keys such as {listed(sorted(keys), limit=8)}" if keys else _expected(fault)
        if isinstance(value, str) and _required(schema, fault.path) == {"text"}:
            suggestion = f"write {{text: {_quoted(value)}}}"
        return f"{label} is {_shown(value)}", expected, suggestion
    elif kind in ("list_type", "tuple_type") and isinstance(value, str):
        suggestion = f"write [{value[:40]}] if it is the only item"
    return f"{label} is {_shown(value)}", _expected(fault), suggestion


def _expected(fault: _Fault) -> str:
    context = fault.context
    kind = fault.kind
    if kind in _EXPECTED:
        return "expected " + _EXPECTED[kind]
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        limit = context.get("ge", context.get("gt", context.get("le", context.get("lt"))))
        word = {
            "greater_than_equal": "at least",
            "greater_than": "more than",
            "less_than_equal": "at most",
            "less_than": "less than",
        }[kind]
        return f"expected {word} {limit}"
    if kind == "too_short":
        return f"expected at least {_items(context.get('min_length'))}"
    if kind == "too_long":
        return f"expected at most {_items(context.get('max_length'))}"
    if kind == "string_too_short":
        return "expected some text"
    if kind == "string_too_long":
        return f"expected at most {context.get('max_length')} letters"
    if kind == "string_pattern_mismatch":
        if context.get("pattern") == SLUG or "a-z0-9" in str(context.get("pattern")):
            return "expected small letters, digits and single hyphens, as in `my-first-question`"
        return f"expected text of the form {context.get('pattern')}"
    said = fault.said[:1].lower() + fault.said[1:]
    return said.replace("input should be", "expected").replace("Input should be", "expected")


_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller number",
    "float_type": "a number (with a point, as in 1.67)",
    "float_parsing": "a number (with a point, as in 1.67)",
    "finite_number": "a number that is not infinite",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list: lines that begin with `- `, or [one, two]",
    "tuple_type": "a list: lines that begin with `- `, or [one, two]",
    "dict_type": "a group of keys, each `key: value`",
    "model_type": "a group of keys, each `key: value`",
    "model_attributes_type": "a group of keys, each `key: value`",
    "mapping_type": "a group of keys, each `key: value`",
    "datetime_type": "a date and time such as 2026-12-01T12:00Z",
    "datetime_parsing": "a date and time such as 2026-12-01T12:00Z",
    "datetime_from_date_parsing": "a date and time such as 2026-12-01T12:00Z",
    "timezone_aware": "a time with its zone, as in 2026-12-01T12:00Z",
}


def _items(number: object) -> str:
    return "one item" if number == 1 else f"{number} items"


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "…"


def _shown(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, str):
        text = value.strip().replace("\n", " ")
        return f"`{_cut(text)}`" if text else "empty"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, dict):
        return "a group of keys"
    return f"`{value}`"


def _keys(schema: Mapping[str, Any], path: ValuePath) -> set[str]:
    """The keys that the JSON Schema allows at a path, over all alternatives."""
    keys: set[str] = set()
    for place in _places(schema, path):
        keys.update(place.get("properties", {}))
    return keys


def _required(schema: Mapping[str, Any], path: ValuePath) -> set[str]:
    """The keys that the value at a path has to have."""
    return {str(key) for place in _places(schema, path) for key in place.get("required", ())}


def _quoted(text: str) -> str:
    """A text as it can stand between { and }."""
    text = text[:40]
    return f'"{text}"' if re.search(r"[,\[\]{}:#'\"&*!|>%@`]", text) else text


def _description(schema: Mapping[str, Any], path: ValuePath) -> str:
    for place in _places(schema, path):
        if place.get("description"):
            text = str(place["description"]).rstrip(".")
            return text[:1].lower() + text[1:]
    return ""


def _places(schema: Mapping[str, Any], path: ValuePath) -> list[Mapping[str, Any]]:
    """The subschemas that describe the value at a path."""
    places = list(_alternatives(schema, schema))
    for part in path:
        following: list[Mapping[str, Any]] = []
        for place in places:
            if isinstance(part, int):
                inner = place.get("items")
            else:
                inner = place.get("properties", {}).get(part) or place.get("additionalProperties")
                inner = inner or next(iter(place.get("patternProperties", {}).values()), None)
            if isinstance(inner, Mapping):
                following.extend(_alternatives(inner, schema))
        places = following
    return places


def _alternatives(place: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "$ref" in place:
        name = str(place["$ref"]).rsplit("/", 1)[-1]
        if place.get("description"):
            yield {"description": place["description"]}
        yield from _alternatives(schema.get("$defs", {}).get(name, {}), schema)
        return
    yield place
    for word in ("anyOf", "oneOf", "allOf"):
        for inner in place.get(word, ()):
            yield from _alternatives(inner, schema)
