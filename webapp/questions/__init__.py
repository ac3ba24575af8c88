"""Question types: their schemas, forms, grading and templates. Pure but for WTForms.

The types are found, not listed: every module of `questions.types` that ends with `TYPE = …` is one. See `contract` for
what a type gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from pydantic import ValidationError
from pydantic.json_schema import models_json_schema
from pydantic_core import InitErrorDetails, PydanticCustomError

from webapp.questions import types
from webapp.questions.contract import Choice, Flaw, Grade, Order, Part, Question, QuestionType, Response
from webapp.questions.expressions import Value
from webapp.questions.materials import Material
from webapp.questions.variants import PARAMETERS, BadTemplate, Filled, filled, has_formula

__all__ = [
    "TYPES", "Choice", "Flaw", "Grade", "Order", "Part", "Question", "QuestionType", "Response",
    "carry", "describes_alike", "draw_variant", "fill_in", "grade", "json_schema", "load", "parse", "scripts",
    "type_of", "variant",
]  # fmt: skip


#: the seed of the variant that stands for a question wherever none was drawn: in lists, searches and checks of form
SPECIMEN = 0
_MOST_SEEDS, _NEXT_SEED = 5, 1 << 53


@cache
def _found() -> dict[str, QuestionType[Any]]:
    found = {}
    for module in iter_modules(types.__path__):
        kind = getattr(import_module(f"{types.__name__}.{module.name}"), "TYPE", None)
        if isinstance(kind, QuestionType):
            found[kind.name] = kind
    return found


class _Types(Mapping[str, QuestionType[Any]]):
    """The types by name, imported at the first look."""

    def __getitem__(self, name: str) -> QuestionType[Any]:
        return _found()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_found())

    def __len__(self) -> int:
        return len(_found())


TYPES: Mapping[str, QuestionType[Any]] = _Types()


def type_of(question: Question) -> QuestionType[Any]:
    """The type of a question."""
    return TYPES[question.type]


def scripts() -> list[str]:
    """The files in `static` that the templates of all types load, each once."""
    return list(dict.fromkeys(f"js/{name}.js" for kind in TYPES.values() for name in kind.scripts))


def _schema(values: object) -> type[Question]:
    def refuse(error: PydanticCustomError | str, loc: tuple[str | int, ...], given: object) -> ValidationError:
        return ValidationError.from_exception_data("Question", [InitErrorDetails(type=error, loc=loc, input=given)])

    if not isinstance(values, dict):
        raise refuse(PydanticCustomError("question", "expected a question: keys such as id, type and stem"), (), values)
    name = values.get("type")
    if name is None:
        raise refuse("missing", ("type",), values)
    if not isinstance(name, str) or name not in TYPES:
        known = {"expected": ", ".join(TYPES)}
        raise refuse(PydanticCustomError("unknown_type", "expected one of: {expected}", known), ("type",), name)
    return TYPES[name].Schema


def parse(values: Any) -> Question:
    """The question in one mapping of a questions file, whose scalars are the texts its author wrote.

    Raises pydantic.ValidationError with all that is wrong with its form. What form can't say (no key, two keys, a
    tolerance that accepts a foreseen error) comes from `type_of(question).check(question)`.

    Of a question with parameters it is the specimen: the one that the seed 0 makes, with its template.
    """
    schema = _schema(values)
    if not values.get(PARAMETERS):
        return schema.model_validate(values, context={"from_file": True})
    made = schema.model_validate(fill_in(values), context={"from_file": True})
    return made.model_copy(update={"template": values})


def fill_in(values: dict[str, Any]) -> dict[str, Any]:
    """What the specimen of a question with parameters says, as plain values. Raises pydantic.ValidationError."""
    try:
        return filled(values, SPECIMEN).body
    except BadTemplate as error:
        details: list[InitErrorDetails] = []
        for flaw in error.flaws:
            said = {"said": flaw.message, "suggestion": flaw.suggestion}
            place = (*flaw.path, "[key]") if flaw.on_key else flaw.path
            details.append(
                InitErrorDetails(type=PydanticCustomError("parameters", "{said}", said), loc=place, input=values)
            )
        raise ValidationError.from_exception_data("Question", details) from None


def draw_variant(question: Question, seed: int, given: Mapping[str, Value] | None = None) -> tuple[Question, Filled]:
    """The question that a template makes for a seed, and how it was filled in; with the values that are `given`, where
    it has such parameters. Raises BadTemplate where the seed makes none, and pydantic.ValidationError where what it
    makes has not the form of a question."""
    made = filled(question.template or {}, seed, given)
    concrete = type(question).model_validate(made.body)
    kept = {"template": question.template, "pillar": question.pillar, "shown_with": question.shown_with}
    return concrete.model_copy(update=kept), made


def variant(question: Question, seed: int, shown: Question | None = None) -> Question:
    """The question as it stands on the paper with this seed: itself, where it has no parameters. The same seed gives
    the same values in every version of Python. A seed that makes no question (`bank check` reports it) gives way to the
    next that follows from it, and at last to the specimen: whoever takes a quiz is never shown an error.

    `shown` is the earlier revision that stood on the paper: its values are kept, so that an answer to them is judged by
    formulas that were mended and not by other values.
    """
    if question.template is None:
        return question
    given = None
    if shown is not None and shown.template is not None and shown.template != question.template:
        found = _first_variant(shown, seed, None)
        given = found[1].values if found else filled(shown.template, SPECIMEN).values
    made = _first_variant(question, seed, given)
    return made[0] if made else question


def _first_variant(question: Question, seed: int, given: Mapping[str, Value] | None) -> tuple[Question, Filled] | None:
    for attempt in range(_MOST_SEEDS):
        with suppress(BadTemplate, ValidationError):
            return draw_variant(question, seed + attempt * _NEXT_SEED, given)
    return None


def describes_alike(question: Question) -> bool:
    """Whether an answer reads alike on every paper that has the question: nothing that its type describes answers by
    has a formula in it."""
    if question.template is None:
        return True
    fields = type_of(question).describes_by
    return fields is not None and not any(has_formula(question.template.get(field)) for field in fields)


def load(body: Any) -> Question:
    """The question in a stored body, as `model_dump(mode="json")` gave it. Raises pydantic.ValidationError."""
    return _schema(body).model_validate(body)


def grade(question: Question, response: Response | None) -> Grade:
    """What a response to a question is worth."""
    return type_of(question).grade(question, response)


def carry(old: Question, new: Question, response: Response | None) -> Response:
    """A response to an old revision in the ids of a new one; empty when the question changed its type."""
    return type_of(new).carry(old, new, response) if old.type == new.type else {}


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a questions file, by which editors complete and check."""
    schemas = [kind.Schema for kind in TYPES.values()]
    models: list[type[Question] | type[Material]] = [*schemas, Material]
    named, definitions = models_json_schema([(model, "validation") for model in models])
    defs = definitions["$defs"]
    items = []
    for schema in schemas:
        reference = named[schema, "validation"]
        own = defs[reference["$ref"].rsplit("/", 1)[-1]]
        own["properties"].pop("pillar")
        own["required"] = [name for name in own["properties"] if name in {*own.get("required", ()), "type"}]
        items.append(reference)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Questions",
        "description": "A questions.yaml file of a course.",
        "type": "object",
        "properties": {
            "questions": {"type": "array", "items": {"oneOf": items}},
            "materials": {"type": "array", "items": named[Material, "validation"]},
        },
        "anyOf": [{"required": ["questions"]}, {"required": ["materials"]}],
        "additionalProperties": False,
        "$defs": defs,
    }
