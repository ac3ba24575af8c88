"""What can be filled in for a lesson beside its text: the shape of its front matter, and what is wrong with what was
filled in, in the words of the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import ValidationError

from webapp.content.lessons.lesson import Head
from webapp.editor.forms.schema_reader import shape_of_model
from webapp.editor.forms.shapes import Shape
from webapp.questions.answers import N_
from webapp.questions.flaws import ValuePath

#: what stands in the open; the rest is folded away below it
OPEN = ("title", "hook", "minutes")
FOLDED = ("summary", "remember", "terms", "numbers", "accept")
#: what a field is called here, what belongs into it, and what one of its rows is called
WORDS: Mapping[str, tuple[Any, str, Any]] = {
    "title": (_l("Title"), "", None),
    "hook": (_l("Opening question"), N_("One question the reader will care about."), None),
    "minutes": (_l("Reading time in minutes"), N_("Left empty, it is worked out from the text."), None),
    "summary": (_l("Summary"), N_("A few short lines."), _l("Line")),
    "remember": (_l("What to remember"), N_("What learners need for the quiz."), _l("Line")),
    "terms": (_l("Words explained"), N_("In the text, [word](term:its-id) leads here."), _l("Word")),
    "numbers": (_l("Where its numbers come from"), "", _l("Number")),
    "accept": (_l("Accepted findings"), "", _l("Finding")),
}
TERM: Mapping[str, Any] = {"term": _l("Word"), "definition": _l("Explanation"), "id": _l("Id")}


@cache
def of_lesson() -> Shape:
    """The shape of the front matter. Whether it is a draft is said by a button, and its pillar by where it lies."""
    shape = shape_of_model(Head)
    return replace(shape, fields=tuple(_field(shape, name) for name in (*OPEN, *FOLDED)))


def _field(shape: Shape, name: str) -> Shape:
    field = shape.field(name)
    assert field is not None
    label, help_, row = WORDS[name]
    item = field.item
    if field.kind == "words":
        # Lines of text, with commas of their own.
        field, item = replace(field, kind="list"), Shape("", "inline", row, required=True)
    elif item is not None and row is not None:
        # What stands in a row says by itself what it is.
        item = replace(item, label=row, fields=tuple(_of_term(inner) for inner in item.fields), suggest="")
    return replace(field, label=label, help=help_, item=item, expert=name in FOLDED, suggest="")


def _of_term(field: Shape) -> Shape:
    # An id is made from the word where none is typed.
    kind = "prose" if field.name == "definition" else field.kind
    return replace(field, kind=kind, label=TERM[field.name], required=field.name != "id", suggest="")


def mistakes(values: Mapping[str, Any]) -> Iterator[tuple[ValuePath, str]]:
    """What keeps values from being the front matter of a lesson: the way to the field, and what to do there ("" where
    no form can be the reason)."""
    try:
        Head.model_validate(values)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            # A table tells of its names with a part of its own.
            path = tuple(part for part in each["loc"] if part != "[key]")
            yield path, _said(each["type"], each.get("ctx") or {})


def _said(kind: str, context: Mapping[str, Any]) -> str:
    said = ""
    if kind in ("missing", "string_too_short", "string_type"):
        said = _("Fill this in.")
    elif kind.startswith("int_"):
        said = _("Write a whole number.")
    elif kind == "greater_than_equal":
        said = _("Write a number from %(least)s.", least=context["ge"])
    elif kind == "less_than_equal":
        said = _("Write a number up to %(most)s.", most=context["le"])
    elif kind == "string_pattern_mismatch":
        said = _("Write small letters, digits and single hyphens, such as green-tea.")
    elif kind == "string_too_long":
        said = _("Write at most %(count)s letters.", count=context["max_length"])
    return said
