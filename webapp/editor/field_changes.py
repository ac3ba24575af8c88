"""What changed between two texts of a question or a quiz: field by field, in the words of the form."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from webapp.content.problems import Problems
from webapp.editor import drafts
from webapp.editor.diffs import Parts, words
from webapp.editor.forms.labels import LABELS
from webapp.editor.forms.merging import canonical
from webapp.editor.forms.shapes import Shape
from webapp.editor.yaml_roundtrip import emit, items
from webapp.editor.yaml_roundtrip.matching import followed
from webapp.questions import TYPES


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field, or a row of a list, that changed. `before` and `after` are its words in pieces, each with whether it is
    what changed; None for what was not there yet, or is not there any more."""

    #: the field of the question or quiz in which it stands, by the name that it has in the file
    name: str
    label: str
    before: Parts | None
    after: Parts | None

    @property
    def said(self) -> str:
        """The change in a few words: `Difficulty (easy → hard)`."""
        was, now = (_short(parts) for parts in (self.before, self.after))
        if was and now:
            return f"{self.label} ({was} → {now})"
        told = _("new: %(words)s", words=now) if now else _("no more: %(words)s", words=was)
        return f"{self.label} ({told})"


def changes(kind: drafts.ItemKind, old: str, new: str, only: Collection[str] | None = None) -> list[FieldChange]:
    """The fields in which two texts of an item differ, in the order of the form; with `only`, of these fields alone. []
    also for a text that can't be read."""
    try:
        before, after = items.mapping_text(old), items.mapping_text(new)
    except Problems:
        return []
    was, now = drafts.shape_of(kind, before), drafts.shape_of(kind, after)
    names = [field.name for field in (now or was).fields] if now or was else []  # type: ignore[union-attr]  # one is
    found: list[FieldChange] = []
    for name in dict.fromkeys((*names, *before, *after)):
        if only is not None and name not in only:
            continue
        one, other = (shape.field(name) if shape is not None else None for shape in (was, now))
        if one is not None and other is not None and one.kind == other.kind:
            found += _changed(name, str(other.label), other, before.get(name), after.get(name))
        else:
            found += _whole(name, before.get(name), after.get(name), one, other)
    return found


def stated(kind: drafts.ItemKind, text: str, only: Collection[str]) -> list[tuple[str, str]]:
    """(label, words) of these fields as a text has them; no words for one that it does not have."""
    try:
        values = items.mapping_text(text)
    except Problems:
        return []
    shape = drafts.shape_of(kind, values)
    made = []
    for name in only:
        field = shape.field(name) if shape is not None else None
        label = str(field.label) if field is not None else str(LABELS.get(name, name))
        made.append((label, _stated(field, values.get(name))))
    return made


def _changed(name: str, label: str, shape: Shape, old: Any, new: Any) -> Iterator[FieldChange]:
    was, now = (canonical(shape, value) for value in (old, new))
    if shape.kind in ("flag", "choice", "number"):
        was, now = was or shape.default, now or shape.default
    if was == now:
        return
    if shape.kind == "group" and was and now:
        for field in shape.fields:
            yield from _changed(name, f"{label}: {field.label}", field, was.get(field.name), now.get(field.name))
    elif shape.kind == "list" and shape.item is not None:
        yield from _rows(name, label, shape, was, now)
    elif shape.kind == "table" and shape.item is not None:
        for key in dict.fromkeys((*was, *now)):
            if was.get(key) != now.get(key):
                row = f"{label}: {key}"
                if key in was and key in now:
                    yield from _changed(name, row, shape.item, was[key], now[key])
                else:
                    yield _change(name, row, _stated(shape.item, was.get(key)), _stated(shape.item, now.get(key)))
    else:
        yield _change(name, label, _stated(shape, was), _stated(shape, now))


def _rows(name: str, label: str, shape: Shape, was: list[Any], now: list[Any]) -> Iterator[FieldChange]:
    """What changed in a list: rows that are new, gone or written anew, and their order."""
    item = shape.item
    assert item is not None
    places = followed(was, now)
    one = str(item.label)
    for place, (value, before) in enumerate(zip(now, places, strict=True), 1):
        row = one if one == label else f"{one} {place}"
        if before is None:
            yield _change(name, row, "", _stated(item, value))
        else:
            yield from _changed(name, row, item, was[before], value)
    for place, value in enumerate(was):
        if place not in places:
            yield _change(name, one if one == label else f"{one} {place + 1}", _stated(item, value), "")
    kept = [place for place in places if place is not None]
    if kept != sorted(kept):
        order = [", ".join(str(place + 1) for place in each) for each in (sorted(kept), kept)]
        yield _change(name, _("%(field)s: their order", field=label), *order)


def _whole(name: str, old: Any, new: Any, was: Shape | None, now: Shape | None) -> Iterator[FieldChange]:
    """A field that no form has, that only one of two types has, or that means something else in the other."""
    before, after = _stated(was, old), _stated(now, new)
    if old != new and before != after:
        shape = now or was
        yield _change(name, str(shape.label) if shape is not None else str(LABELS.get(name, name)), before, after)


def _change(name: str, label: str, before: str, after: str) -> FieldChange:
    if before and after:
        return FieldChange(name, label, *words(before, after))
    return FieldChange(name, label, ((before, True),) if before else None, ((after, True),) if after else None)


def _stated(shape: Shape | None, value: Any) -> str:
    """A value in words; a row of a list to a line."""
    if value is None:
        return ""
    if shape is None:
        yes_no = {"true": _("Yes"), "false": _("No")}
        return yes_no.get(value, value) if isinstance(value, str) else emit.flow(value)
    value = canonical(shape, value)
    if shape.kind == "group":
        return _group(shape, value)
    if shape.kind == "list":
        return "\n".join(_stated(shape.item, each) for each in value)
    if shape.kind == "table":
        return "\n".join(f"{key}: {_stated(shape.item, each)}" for key, each in value.items())
    if shape.kind in ("words", "choices"):
        return ", ".join(_(word) if shape.kind == "choices" else word for word in value)
    if shape.kind == "fixed" and value in TYPES:
        return str(_(TYPES[value].title))
    if shape.kind in ("flag", "choice") and value:
        return str({"true": _("Yes"), "false": _("No")}.get(value) or _(value.replace("-", " ")))
    return str(value)


def _group(shape: Shape, values: Mapping[str, Any]) -> str:
    """The first text of a group as it is, and its other fields by their names: `A cat · Feedback: It is a dog.`"""
    said: list[str] = []
    for field in shape.fields:
        if field.name not in values or not (inside := _stated(field, values[field.name])):
            continue
        plain = field.name == shape.shorthand or (not said and field.kind in ("line", "inline", "prose"))
        said.append(inside if plain else f"{field.label}: {inside}")
    return " · ".join(said)


def _short(parts: Parts | None) -> str:
    text = " ".join("".join(text for text, _is_new in parts or ()).split())
    return text if len(text) <= 60 else text[:57] + "…"
