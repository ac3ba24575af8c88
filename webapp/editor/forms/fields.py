"""One text, number or choice of a form: the WTForms field for it, and its value as the file has it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField, widgets
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import Field

from webapp.editor.forms.chosen import WordOrTime, Words
from webapp.editor.forms.merging import canonical, flag
from webapp.editor.forms.shapes import Shape


class Boxes(SelectMultipleField):  # type: ignore[misc] # WTForms has no types
    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


def field_of(shape: Shape, value: Any, example: Any) -> Field:
    """The unbound field of a leaf."""
    text = value if isinstance(value, str) else ""
    common: dict[str, Any] = {"label": shape.label, "description": _(shape.help) if shape.help else ""}
    keys: dict[str, Any] = {}
    if isinstance(example, list) and all(isinstance(word, str) for word in example):
        example = ", ".join(example)
    if isinstance(example, str) and shape.kind in ("line", "inline", "prose", "number", "words", "id"):
        # Not to be taken for something that is filled in already.
        keys["placeholder"] = _("e.g. %(example)s", example=" ".join(example.split()))
    if shape.kind == "flag" and not shape.required:
        return BooleanField(false_values=(False, "false", ""), render_kw=keys, **common)
    if shape.kind == "flag":
        choices = [SelectChoice("", _("Choose …")), SelectChoice("true", _("True")), SelectChoice("false", _("False"))]
        return SelectField(choices=choices, validate_choice=False, **common)
    if shape.kind == "choice":
        return _select(shape, text, common)
    if shape.kind == "choices":
        words = [SelectChoice(word, _(word)) for word in shape.choices]
        return Boxes(choices=words, validate_choice=False, **common)
    if shape.kind in ("prose", "inline") or "\n" in text.strip() or len(text) > 120:
        keys["rows"] = 3 if shape.kind == "prose" and shape.name != "feedback" else 1
        if shape.kind in ("prose", "inline"):
            keys["data-takes-media"] = ""
        return TextAreaField(render_kw=keys, **common)
    if shape.kind == "number":
        keys["inputmode"] = "decimal"
        if shape.default:
            keys.setdefault("placeholder", _("%(value)s, unless stated", value=shape.default))
    if shape.kind == "id":
        keys["spellcheck"] = "false"
        keys["autocapitalize"] = "off"
    keys["autocomplete"] = "off"
    if shape.kind == "words":
        return Words(render_kw=keys, **common)
    if shape.kind == "line" and shape.name == "feedback":
        return WordOrTime(render_kw=keys, **common)
    return StringField(render_kw=keys, **common)


def _select(shape: Shape, value: str, common: dict[str, Any]) -> Field:
    words = list(shape.choices)
    if value and value not in words:
        words.append(value)  # something else stands in the file: it is shown until another is chosen
    yes_no = {"true": _("Yes"), "false": _("No")}
    choices = [SelectChoice(word, yes_no.get(word) or _(word.replace("-", " "))) for word in words]
    if not shape.default:
        choices.insert(0, SelectChoice("", shape.blank or _("Choose …")))
    return SelectField(choices=choices, validate_choice=False, default=shape.default, **common)


def data_of(shape: Shape | None, value: Any) -> Any:
    """A value of the file as a field takes it."""
    assert shape is not None
    if shape.kind == "flag":
        text = flag(value) if isinstance(value, str) else shape.default
        return text if shape.required else text == "true"
    if shape.kind == "words":
        return ", ".join(canonical(shape, value))
    if shape.kind == "choices":
        return canonical(shape, value)
    if shape.kind == "choice":
        return value if isinstance(value, str) and value else shape.default
    return value.rstrip("\n") if isinstance(value, str) else ""


def given_in(shape: Shape | None, field: Any) -> Any:
    """What a field holds, as the file would have it."""
    assert shape is not None
    if shape.kind == "flag" and not shape.required:
        return "true" if field.data else "false"
    if shape.kind == "words":
        return [word for word in (part.strip() for part in (field.data or "").replace("\n", ",").split(",")) if word]
    if shape.kind == "choices":
        return list(field.data or ())
    return field.data or ""
