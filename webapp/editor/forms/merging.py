"""What a form says, and what a file says: compared by meaning, and joined so that the author's spelling stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.content.yaml.source import with_line_feeds
from webapp.editor.forms.shapes import Shape
from webapp.editor.yaml_roundtrip.matching import followed

Values = dict[str, Any]
_YES = {"true", "yes", "on"}
_NO = {"false", "no", "off"}
_GONE: Any = object()


def canonical(shape: Shape, value: Any) -> Any:
    """A value as a form would give it: texts without blanks around them, lists of words, groups without what is empty
    or goes without saying. What has not the right kind counts as empty."""
    if shape.kind == "group":
        if isinstance(value, str) and shape.shorthand:
            value = {shape.shorthand: value}
        if not isinstance(value, dict):
            return {}
        made = {field.name: canonical(field, value.get(field.name)) for field in shape.fields}
        return {name: inner for name, inner in made.items() if not _says_nothing(shape.field(name), inner)}
    if shape.kind == "list":
        assert shape.item is not None
        given = value if isinstance(value, list) else []
        return [made for item in given if (made := canonical(shape.item, item)) not in ("", {}, [])]
    if shape.kind == "table":
        assert shape.item is not None
        # A form gives pairs, because its rows may still be without names.
        pairs = value.items() if isinstance(value, dict) else value if isinstance(value, list) else ()
        pairs = [pair for pair in pairs if isinstance(pair, tuple) and isinstance(pair[0], str)]
        return {name.strip(): canonical(shape.item, item) for name, item in pairs if name.strip()}
    if shape.kind in ("words", "choices"):
        words = value if isinstance(value, list) else [value]
        return [word.strip() for word in words if isinstance(word, str) and word.strip()]
    if not isinstance(value, str):
        return ""
    text = with_line_feeds(value).strip()
    return flag(text) if shape.kind == "flag" else text


def flag(text: str) -> str:
    """`true` or `false` for whichever word says so; another text as it is."""
    word = text.strip().lower()
    return "true" if word in _YES else "false" if word in _NO else text


def _says_nothing(shape: Shape | None, value: Any) -> bool:
    if value in ("", [], {}):
        return True
    return shape is not None and shape.kind in ("flag", "choice", "number") and value == shape.default


def merged(shape: Shape, old: Mapping[str, Any], given: Mapping[str, Any]) -> Values:
    """The values of a group after a form was filled in: what means the same keeps the words of `old`, keys that no
    form shows stay, what was emptied is gone, and what is new stands after the field before it."""
    kept: Values = {}
    for name, value in old.items():
        field = shape.field(name)
        made = value if field is None else _kept(field, value, given.get(name))
        if made is not _GONE:
            kept[name] = made
    result = list(kept)
    before: list[str] = []
    for field in shape.fields:
        name = field.name
        if name not in old:
            made = _fresh(field, given.get(name))
            if made is not _GONE:
                kept[name] = made
                earlier = [other for other in before if other in result]
                place = max((result.index(other) for other in earlier[-1:]), default=-1) + 1
                result.insert(place, name)
        before.append(name)
    return {name: kept[name] for name in result}


def _kept(shape: Shape, old: Any, given: Any) -> Any:
    """What becomes of a value that the file has."""
    now = canonical(shape, given)
    was = canonical(shape, old)
    if shape.kind in ("flag", "choice", "number"):
        # What goes without saying is not among what a form gives.
        now, was = now or shape.default, was or shape.default
    if now == was:
        return old
    if shape.kind in ("group", "list", "table", "words", "choices") and now in ([], {}):
        return _GONE
    if shape.kind == "group":
        return _group(shape, old, now)
    if shape.kind == "list":
        return _list(shape, old, now)
    if shape.kind == "table":
        before = old if isinstance(old, dict) else {}
        return {key: _part(shape.item, before.get(key), value) for key, value in now.items()}
    if shape.kind in ("words", "choices"):
        return now
    if shape.kind == "flag":
        # A line that only says what is usual goes: unticking takes `key: true` out.
        return _GONE if now in ("", shape.default) and not shape.required else now
    if now == "" or (shape.kind == "number" and now == shape.default):
        return _GONE
    return now + "\n" if isinstance(old, str) and old.endswith("\n") else now


def _fresh(shape: Shape, given: Any) -> Any:
    """What becomes of a value that the file does not have yet."""
    now = canonical(shape, given)
    if _says_nothing(shape, now) and not (shape.required and now not in ("", [], {})):
        return _GONE
    if shape.kind == "group":
        return _group(shape, None, now)
    if shape.kind == "list":
        return _list(shape, [], now)
    if shape.kind == "table":
        return {key: _part(shape.item, None, value) for key, value in now.items()}
    return now


def _part(shape: Shape | None, old: Any, now: Any, *, short: bool = False) -> Any:
    """An item of a list or table."""
    assert shape is not None
    if old is not None and canonical(shape, old) == now:
        return old
    if shape.kind == "group":
        return _group(shape, old, now, short=short)
    return now + "\n" if isinstance(old, str) and isinstance(now, str) and old.endswith("\n") else now


def _group(shape: Shape, old: Any, now: Values, *, short: bool = False) -> Any:
    if isinstance(old, str) and shape.shorthand:
        short, old = True, {shape.shorthand: old}
    made = merged(shape, old if isinstance(old, dict) else {}, now)
    return made[shape.shorthand] if short and list(made) == [shape.shorthand] else made


def _list(shape: Shape, old: Any, now: list[Any]) -> list[Any]:
    assert shape.item is not None
    before = old if isinstance(old, list) else []
    # A fresh item is written as a bare text where the others are, or where there are none.
    short = all(isinstance(item, str) for item in before)
    places = followed([canonical(shape.item, item) for item in before], now)
    return [
        _part(shape.item, None if place is None else before[place], value, short=short)
        for place, value in zip(places, now, strict=True)
    ]
