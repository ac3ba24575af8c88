"""The buttons of lists on a form: a row is added, taken out or moved, and all that is filled in stays."""

from __future__ import annotations

from typing import Any

from webapp.editor.forms.fields import given_in
from webapp.editor.forms.item_forms import KEY, VALUE, Group, Rows


def after_action(form: Group, action: str) -> tuple[Group, str] | None:
    """The form after a button such as `add:q.options` or `up:q.options.2` was pressed, and the id of what should have
    the focus then; None when the button is none of these."""
    verb, _colon, target = action.partition(":")
    if verb not in ("add", "remove", "up", "down"):
        return None
    name, _dot, number = target.rpartition(".")
    rows = form.rows(target) if verb == "add" else form.rows(name) if number.isdecimal() else None
    if rows is None:
        return None
    place = next((at for at, row in enumerate(rows.rows) if str(row.number) == number), 0)
    changed = rows.act(verb, int(number) if verb != "add" else None)
    made = Group(form.shape, form.prefix, values=_with(form, rows.name, changed))
    if verb == "add":
        return made, f"{rows.name}.{len(changed) - 1}"
    if verb == "remove":
        return made, f"{rows.name}.{min(place, len(changed) - 1)}" if changed else rows.name
    moved = max(0, min(len(changed) - 1, place + (-1 if verb == "up" else 1)))
    return made, f"{rows.name}.{moved}:{verb}"


def _with(form: Group, name: str, rows: list[Any]) -> dict[str, Any]:
    """What a form holds, with other rows in one place."""
    raw: dict[str, Any] = {}
    for key, part in form.parts.items():
        if isinstance(part, Rows):
            raw[key] = rows if part.name == name else _rows_with(part, name, rows)
        elif isinstance(part, Group):
            raw[key] = _with(part, name, rows)
        else:
            raw[key] = given_in(form.shape.field(key), part)
    return raw


def _rows_with(part: Rows, name: str, rows: list[Any]) -> list[Any]:
    if not name.startswith(part.name + "."):
        return part.raw()
    made = []
    for row in part.rows:
        raw = _with(row, name, rows)
        key = raw.pop(KEY, None)
        value = raw.get(VALUE, raw)
        made.append((key, value) if part.shape.kind == "table" else value)
    return made
