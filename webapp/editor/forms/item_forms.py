"""Forms made from shapes: WTForms fields for each text, number and choice, in groups and rows that can be added,
removed and moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms.fields.core import Field
from wtforms.form import BaseForm

from webapp.editor.forms.fields import data_of, field_of, given_in
from webapp.editor.forms.merging import canonical
from webapp.editor.forms.shapes import Shape

PREFIX = "q."
"""Names of the fields of the form start with this, and the place of a value follows: `q.options.0.text`."""
KEY, VALUE = "@key", "@value"


class Group:
    """The fields of a group, in its order: `parts` has a WTForms field, a Group or Rows for each name."""

    def __init__(
        self,
        shape: Shape,
        prefix: str = PREFIX,
        *,
        values: Any = None,
        formdata: MultiDict[str, str] | None = None,
        examples: Any = None,
    ) -> None:
        """Filled from `formdata` (what was sent) if given, else from `values`. `examples` are shown where nothing
        is filled in."""
        self.shape, self.prefix = shape, prefix
        if isinstance(values, str) and shape.shorthand:
            values = {shape.shorthand: values}
        if isinstance(examples, str) and shape.shorthand:
            examples = {shape.shorthand: examples}
        values = values if isinstance(values, dict) else {}
        examples = examples if isinstance(examples, dict) else {}
        leaves = {
            field.name: field_of(field, values.get(field.name), examples.get(field.name))
            for field in shape.fields
            if field.kind not in ("group", "list", "table", "fixed")
        }
        self.leaves = BaseForm(leaves, prefix=prefix)
        data = {name: data_of(shape.field(name), values.get(name)) for name in leaves}
        self.leaves.process(formdata, data=None if formdata is not None else data)
        self.parts: dict[str, Field | Group | Rows] = {}
        for field in shape.fields:
            name = field.name
            given: dict[str, Any] = {
                "values": values.get(name),
                "formdata": formdata,
                "examples": examples.get(name),
            }
            if field.kind == "group":
                self.parts[name] = Group(field, f"{prefix}{name}.", **given)
            elif field.kind in ("list", "table"):
                self.parts[name] = Rows(field, f"{prefix}{name}", **given)
            elif field.kind != "fixed":
                self.parts[name] = self.leaves[name]

    @property
    def shown(self) -> list[tuple[Shape, Any]]:
        """What stands in the open, in order."""
        return [(field, self.parts[field.name]) for field in self.shape.fields if self.is_open(field)]

    @property
    def folded(self) -> list[tuple[Shape, Any]]:
        """What is folded away."""
        fields = [field for field in self.shape.fields if field.name in self.parts and not self.is_open(field)]
        return [(field, self.parts[field.name]) for field in fields]

    def is_open(self, field: Shape) -> bool:
        if field.name not in self.parts or field.expert:
            return False
        # A group that is of one kind has no use for the fields of the others.
        return not field.variant or not self.kinds or field.variant in self.kinds

    @cached_property
    def kinds(self) -> set[str]:
        """The kinds of group whose fields are filled in."""
        fields = [field for field in self.shape.fields if field.variant and field.name in self.parts]
        return {field.variant for field in fields if _speaks(field, self.parts[field.name])}

    @property
    def is_unfolded(self) -> bool:
        """Whether something that is folded away has a mistake."""
        return any(_is_bad(part) for _field, part in self.folded)

    @property
    def stated(self) -> list[str]:
        """The labels of what is folded away and says something."""
        return [str(field.label) for field, part in self.folded if field.name != "id" and _speaks(field, part)]

    def raw(self) -> dict[str, Any]:
        """All that is filled in, empty fields and rows included."""
        stated = {field.name: field.choices[0] for field in self.shape.fields if field.kind == "fixed"}
        return stated | {
            name: part.raw() if isinstance(part, Group | Rows) else given_in(self.shape.field(name), part)
            for name, part in self.parts.items()
        }

    def values(self) -> Any:
        """What is filled in, as the file would have it, without what is empty or goes without saying."""
        return canonical(self.shape, self.raw())

    def complain(self, path: tuple[str | int, ...], message: str) -> str:
        """Puts a message at the field that a path leads to; gives the id of the field, "" when there is none."""
        name = str(path[0]) if path else ""
        part = self.parts.get(name)
        if part is None and self.shape.shorthand and not path:
            part = self.parts.get(self.shape.shorthand)
        if isinstance(part, Group | Rows):
            return part.complain(path[1:], message)
        if part is None:
            return ""
        part.errors = [*part.errors, message]
        return str(part.id)

    def rows(self, name: str) -> Rows | None:
        """The list or table whose rows have names that start with this, at any depth."""
        return next((rows for rows in self.all_rows() if rows.name == name), None)

    def all_rows(self) -> Iterator[Rows]:
        for part in self.parts.values():
            if isinstance(part, Rows):
                yield part
                for row in part.rows:
                    yield from row.all_rows()
            elif isinstance(part, Group):
                yield from part.all_rows()


class FormRow(Group):
    """One item of a list or table: a group, or a single field; in a table with a name before it."""

    def __init__(self, rows: Rows, number: int, **given: Any) -> None:
        inner = rows.shape.item
        assert inner is not None
        self.rows_of, self.number = rows, number
        fields = inner.fields if inner.kind == "group" else (_as(inner, VALUE),)
        if rows.shape.kind == "table":
            fields = (_key(rows.shape), *fields)
        shape = Shape("", "group", inner.label, fields=fields, shorthand=inner.shorthand)
        super().__init__(shape, f"{rows.name}.{number}.", **given)

    def value(self) -> tuple[str, Any]:
        """Its name in the table ("" in a list), and what is filled in."""
        raw = self.raw()
        name = str(raw.pop(KEY, "")).strip()
        inner = self.rows_of.shape.item
        assert inner is not None
        return name, canonical(inner, raw if inner.kind == "group" else raw[VALUE])

    @property
    def is_empty(self) -> bool:
        name, value = self.value()
        return not name and value in ("", {}, [])


class Rows:
    """A list or a table: rows that can be added, removed and moved."""

    def __init__(
        self,
        shape: Shape,
        name: str,
        *,
        values: Any = None,
        formdata: MultiDict[str, str] | None = None,
        examples: Any = None,
    ) -> None:
        self.shape, self.name = shape, name
        self.errors: list[str] = []
        shown = _listed(shape, examples)
        if formdata is not None:
            numbers = _numbers(name, formdata)
            self.rows = [FormRow(self, number, formdata=formdata, examples=_nth(shown, number)) for number in numbers]
        else:
            given = _listed(shape, values)
            # The least that is needed is there to be filled in; where there are examples, as many as they are.
            as_shown = len(shown) if not given and (shape.required or shape.variant) else 0
            wanted = max(len(given), shape.least, as_shown)
            blank: list[Any] = [None] * (wanted - len(given))
            self.rows = [
                FormRow(self, number, values=value, examples=_nth(shown, number))
                for number, value in enumerate([*given, *blank])
            ]

    @property
    def id(self) -> str:
        return self.name

    @property
    def one(self) -> Any:
        """What a row is called."""
        return self.shape.item.label if self.shape.item else self.shape.label

    @property
    def is_full(self) -> bool:
        return len(self.rows) >= self.shape.most

    def raw(self) -> list[Any]:
        raws = [row.raw() for row in self.rows]
        if self.shape.kind == "table":
            # The names may still be empty or stand twice, so rows are kept as a list of pairs.
            return [(raw.pop(KEY, ""), raw.get(VALUE, raw)) for raw in raws]
        return [raw.get(VALUE, raw) for raw in raws]

    def complain(self, path: tuple[str | int, ...], message: str) -> str:
        filled = [row for row in self.rows if not row.is_empty]
        row: FormRow | None = None
        if path and isinstance(path[0], int):
            row = filled[path[0]] if path[0] < len(filled) else None
        elif path:
            row = next((each for each in filled if each.value()[0] == path[0]), None)
        if row is not None:
            rest = path[1:]
            inner = self.shape.item
            if inner is not None and inner.kind != "group":
                rest = (VALUE,)
            found = row.complain(rest, message)
            if found:
                return found
        self.errors.append(message)
        return self.name

    def act(self, action: str, number: int | None) -> list[Any]:
        """The rows after a button was pressed, with what is filled in: `add`, or `remove`, `up` and `down` of the row
        with a number."""
        raws = self.raw()
        places = {row.number: place for place, row in enumerate(self.rows)}
        place = places.get(number if number is not None else -1)
        if action == "add" and not self.is_full:
            raws.append(("", None) if self.shape.kind == "table" else None)
        elif place is not None and action == "remove":
            raws.pop(place)
        elif place is not None and action in ("up", "down"):
            other = place + (-1 if action == "up" else 1)
            if 0 <= other < len(raws):
                raws[place], raws[other] = raws[other], raws[place]
        return raws


def _speaks(shape: Shape, part: Any) -> bool:
    if isinstance(part, Rows):
        return any(not row.is_empty for row in part.rows)
    if isinstance(part, Group):
        return bool(part.values() != {})
    return given_in(shape, part) not in ("", [], shape.default)


def _is_bad(part: Any) -> bool:
    if isinstance(part, Group):
        return any(_is_bad(inner) for inner in part.parts.values())
    return bool(part.errors) or (isinstance(part, Rows) and any(_is_bad(row) for row in part.rows))


def _listed(shape: Shape, values: Any) -> list[Any]:
    """The rows that a value of the file has."""
    if shape.kind == "list":
        items = values if isinstance(values, list) else []
        is_group = shape.item is not None and shape.item.kind == "group"
        return list(items) if is_group else [{VALUE: item} for item in items]
    pairs = values.items() if isinstance(values, Mapping) else values if isinstance(values, list) else ()
    made: list[Any] = []
    for name, value in (pair for pair in pairs if isinstance(pair, tuple) and len(pair) == 2):
        inner = value if isinstance(value, dict) else {VALUE: value} if value is not None else {}
        made.append({KEY: name, **inner})
    return made


def _nth(examples: list[Any], number: int) -> Any:
    return examples[number] if number < len(examples) else None


def _numbers(name: str, formdata: MultiDict[str, str]) -> list[int]:
    """The numbers of the rows that were sent, in order."""
    start = name + "."
    found = {key[len(start) :].partition(".")[0] for key in formdata if key.startswith(start)}
    return sorted(int(number) for number in found if number.isdecimal() and len(number) < 4)


def _as(shape: Shape, name: str) -> Shape:
    return replace(shape, name=name, required=True)


def _key(shape: Shape) -> Shape:
    named = shape.name == "parameters" or (shape.item is not None and shape.item.kind == "group")
    label = _("Name") if named else _("As written")
    if shape.name == "accept":
        label = _("Code of the finding")
    return Shape(KEY, "id", label, required=True)
