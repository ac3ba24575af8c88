"""What can be filled in for a question or a quiz, read off its own schema.

A type of question states its fields once, as a pydantic model; the form of the editor, the completion of its YAML and
the words beside the fields all come from there. A new type needs nothing here. A field that no table below knows gets
its name for a label and is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, get_args

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import BaseModel, ValidationError

from webapp.content.course.quiz import PolicyGiven, QuizEntry
from webapp.questions import TYPES
from webapp.questions.contract import Question

Kind = Literal[
    "line", "prose", "inline", "number", "id", "flag", "choice", "choices", "words", "group", "list", "table", "fixed"
]


@dataclass(frozen=True, slots=True)
class Shape:
    """One field. `label` is what it is called and `help` says in a sentence what belongs there; `default` is what an
    absent one means, as text. A list or table has the shape of its `item`, a group has `fields`."""

    name: str
    kind: Kind
    label: Any
    help: str = ""
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    fields: tuple[Shape, ...] = ()
    item: Shape | None = None
    least: int = 0
    most: int = 100
    expert: bool = False
    """Folded away at first."""
    variant: str = ""
    """Of which kind of group the field is, for groups that come in kinds: `A menu`, `A word`. "" when of all."""
    blank: Any = ""
    """What to call a choice that is left open; "" when one has to be made."""
    suggest: str = ""
    """What is suggested while typing, by the name of the field that says so."""
    shorthand: str = ""
    """Of a group that may be written as a bare text: the field which that text is."""

    @property
    def says_more(self) -> bool:
        """Whether the help tells more than the label does."""
        words = str(_(self.help) if self.help else "").casefold().rstrip(".").removeprefix("the ").removeprefix("its ")
        return bool(words) and words != str(self.label).casefold()

    def field(self, name: str) -> Shape | None:
        return next((field for field in self.fields if field.name == name), None)


LABELS: Mapping[str, Any] = {
    "stem": _l("Question"),
    "options": _l("Answers to choose from"),
    "text": _l("Text"),
    "key": _l("This is right"),
    "feedback": _l("Feedback"),
    "explanation": _l("Explanation"),
    "level": _l("What it asks of the learner"),
    "difficulty": _l("Difficulty"),
    "tags": _l("Tags"),
    "facts": _l("Facts it asks for"),
    "section": _l("Section that teaches it"),
    "points": _l("Points"),
    "hints": _l("Hints"),
    "numbers": _l("Where its numbers come from"),
    "shuffle": _l("Shuffle the parts"),
    "retired": _l("Retired"),
    "accept": _l("Accepted findings"),
    "id": _l("Id"),
    "fixed": _l("Keeps its place"),
    "scoring": _l("How points are given"),
    "answer": _l("Right answer"),
    "answers": _l("Right answers"),
    "pattern": _l("Pattern"),
    "wrong": _l("Foreseen wrong answers"),
    "unit": _l("Unit"),
    "units": _l("Other units that are accepted"),
    "factor": _l("Factor"),
    "tolerance": _l("Tolerance"),
    "absolute": _l("By this much"),
    "relative": _l("By this share"),
    "distance": _l("Slips forgiven"),
    "case": _l("Capitals matter"),
    "accents": _l("Accents matter"),
    "pairs": _l("Pairs"),
    "left": _l("Thing"),
    "right": _l("Its match"),
    "extra": _l("Extra matches"),
    "items": _l("Things"),
    "first": _l("Beginning of the order"),
    "last": _l("End of the order"),
    "categories": _l("Groups"),
    "category": _l("Group it belongs to"),
    "title": _l("Title"),
    "blanks": _l("Gaps"),
    "weight": _l("Weight"),
    "value": _l("Number"),
    "true": _l("To those who say “true”"),
    "false": _l("To those who say “false”"),
    "kind": _l("Kind"),
    "pillar": _l("Pillar"),
    "summary": _l("Summary"),
    "draw": _l("Questions drawn"),
    "count": _l("How many"),
    "from": _l("From the pillars"),
    "levels": _l("Of these levels"),
    "difficulties": _l("Of these difficulties"),
    "types": _l("Of these types"),
    "questions": _l("Only these questions"),
    "time_limit": _l("Time limit"),
    "attempts": _l("Attempts"),
    "pass_mark": _l("Pass mark"),
    "score": _l("Which attempt counts"),
    "shuffle_questions": _l("Shuffle the questions"),
    "graded": _l("Counts for the grade"),
    "certainty": _l("Ask how sure learners are"),
}

#: what one row of a list is called
ONE: Mapping[str, Any] = {
    "options": _l("Answer"),
    "answers": _l("Right answer"),
    "wrong": _l("Wrong answer"),
    "units": _l("Unit"),
    "pairs": _l("Pair"),
    "extra": _l("Extra match"),
    "items": _l("Thing"),
    "categories": _l("Group"),
    "blanks": _l("Gap"),
    "hints": _l("Hint"),
    "facts": _l("Fact"),
    "draw": _l("Rule"),
    "numbers": _l("Number"),
    "accept": _l("Finding"),
}

#: fields that most authors never need
EXPERT = {"id", "fixed", "pattern", "numbers", "accept", "case", "accents", "distance", "weight", "shuffle", "scoring",
          "points", "retired", "difficulties", "types", "questions", "units", "factor"}  # fmt: skip
#: lists of ids that are shown one to a row, because each is chosen from many
ROWS = {"facts"}
#: fields that a fresh question states even where they say what is usual
STATED = ("level", "difficulty")
#: the common fields as authors of this course order them: those before a type's own, and those after
BEFORE = ("id", "type", "stem")
AFTER = ("explanation", "level", "difficulty", "tags", "facts", "section", "points", "hints", "numbers", "shuffle",
         "retired", "accept")  # fmt: skip
_QUIZ = ("id", "title", "kind", "pillar", "summary", "draw", "time_limit", "attempts", "pass_mark", "score",
         "feedback", "graded", "certainty", "shuffle_questions")  # fmt: skip


def of_type(name: str) -> Shape:
    """The shape of a type of question. Raises KeyError for a type that does not exist."""
    return of_schema(TYPES[name].Schema)


@cache
def of_schema(model: type[Question]) -> Shape:
    """The shape of a question with this schema."""
    shape = _of_model(model)
    common = {*BEFORE, *AFTER}
    own = [field for field in shape.fields if field.name not in common and field.name != "pillar"]
    named = {field.name: field for field in shape.fields}
    fields = [named[name] for name in BEFORE] + own + [named[name] for name in AFTER]
    return replace(shape, fields=tuple(replace(field, expert=field.name in EXPERT) for field in fields))


@cache
def of_quiz() -> Shape:
    """The shape of a quiz in course.yaml. What a quiz leaves open comes from the `defaults` of the course, so choices
    of its policy have no default of their own."""
    shape = _of_model(QuizEntry)
    fields = [field for name in _QUIZ if (field := shape.field(name))]
    fields += [field for field in shape.fields if field.name not in _QUIZ]
    return replace(shape, fields=tuple(_inherited(field) for field in fields))


_QUIZ_LABELS: Mapping[str, Any] = {
    "feedback": _l("When answers are shown"),
    "time_limit": _l("Time limit in minutes"),
    "pass_mark": _l("Pass mark in percent"),
    "attempts": _l("How many attempts"),
}


def _inherited(field: Shape) -> Shape:
    field = replace(field, label=_QUIZ_LABELS.get(field.name, field.label))
    if field.name == "id":
        return replace(field, expert=True)
    if field.name not in PolicyGiven.model_fields:
        return field
    usual = _l("As the course has it")
    if field.kind == "flag":
        return replace(field, kind="choice", choices=("true", "false"), default="", blank=usual)
    if field.kind == "choice":
        return replace(field, default="", blank=usual)
    return replace(field, default="")


def _of_model(model: type[BaseModel]) -> Shape:
    schema = model.model_json_schema(by_alias=True)
    reader = _Reader(schema.get("$defs", {}), {inner.__name__: inner for inner in _pieces(model)})
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


class _Reader:
    def __init__(self, definitions: Mapping[str, Any], models: Mapping[str, type[BaseModel]]) -> None:
        self.definitions, self.models = definitions, models

    def shape(self, name: str, schema: Mapping[str, Any], *, required: bool) -> Shape:
        whole = self.resolved(schema)
        label: Any = LABELS.get(name) or name.replace("_", " ").capitalize()
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
