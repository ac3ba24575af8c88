"""What can be filled in for a question or a quiz, read off its own schema.

A type of question states its fields once, as a pydantic model; the form of the editor, the completion of its YAML and
the words beside the fields all come from there. A new type needs nothing here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from flask_babel import lazy_gettext as _l

from webapp.content.course.quiz import PolicyGiven, QuizEntry
from webapp.editor.forms.labels import AFTER, BEFORE, EXPERT, QUIZ, QUIZ_LABELS
from webapp.editor.forms.schema_reader import shape_of_model
from webapp.editor.forms.shapes import Shape
from webapp.questions import TYPES
from webapp.questions.contract import Question
from webapp.questions.materials import Material


def of_type(name: str) -> Shape:
    """The shape of a type of question. Raises KeyError for a type that does not exist."""
    return of_schema(TYPES[name].Schema)


@cache
def of_schema(model: type[Question]) -> Shape:
    """The shape of a question with this schema."""
    shape = shape_of_model(model)
    common = {*BEFORE, *AFTER}
    own = [field for field in shape.fields if field.name not in {*common, "pillar", "draft"}]
    named = {field.name: field for field in shape.fields}
    fields = [named[name] for name in BEFORE] + own + [named[name] for name in AFTER]
    return replace(shape, fields=tuple(replace(field, expert=field.name in EXPERT) for field in fields))


@cache
def of_quiz() -> Shape:
    """The shape of a quiz in course.yaml. What a quiz leaves open comes from the `defaults` of the course, so choices
    of its policy have no default of their own."""
    shape = shape_of_model(QuizEntry)
    fields = [field for name in QUIZ if (field := shape.field(name))]
    fields += [field for field in shape.fields if field.name not in {*QUIZ, "draft"}]
    return replace(shape, fields=tuple(_inherited(field) for field in fields))


@cache
def of_material() -> Shape:
    """The shape of a material that several questions share."""
    return shape_of_model(Material)


def _inherited(field: Shape) -> Shape:
    field = replace(field, label=QUIZ_LABELS.get(field.name, field.label))
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
