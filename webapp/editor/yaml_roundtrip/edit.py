"""Changing values in a YAML text so that everything else stays as its author left it, byte for byte.

`revise` compares what a text says with what it is to say and rewrites only the values that differ, each in the style
it had: quotes, folding, brackets, indentation. Comments, blank lines, the order of keys and the spelling of everything
else stay. The result is parsed again before it is handed out; should it not say what was asked, the mapping is written
afresh, which loses its comments and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from webapp.content.problems import Problems
from webapp.content.yaml.source import parse_yaml
from webapp.editor.yaml_roundtrip import emit
from webapp.editor.yaml_roundtrip.matching import followed
from webapp.editor.yaml_roundtrip.nodes import (
    column_of,
    compose,
    dashes,
    end_of,
    entries,
    is_flow,
    start_of,
    tail_of,
)

Values = dict[str, Any]
Piece = tuple[str | None, str]
"""What stands before a part, and the part; None before a new one, which gets what is usual."""


def values_of(text: str) -> Any:
    """The plain values of a YAML text: texts, lists, dictionaries and None. Raises Problems."""
    return parse_yaml(text, "").values


def revise(text: str, new: Values) -> str:
    """The text of a mapping, changed to say `new`. Keys that are new stand after the one before them in `new`.

    Raises Problems when the text is no YAML."""
    old = values_of(text)
    if not new or not isinstance(old, dict) or not old:
        return emit.mapping(new, 0) if new else ""
    if old == new:
        return text
    root = compose(text)
    assert root is not None
    start, end = start_of(root), end_of(root, text)
    reviser = _Reviser(text)
    made = text[:start] + reviser.value(root, old, new) + text[end:]
    if says(made, new):
        return made
    return emit.mapping(new, 0, nested=reviser.nested)


def says(text: str, values: Any) -> bool:
    """Whether a text is YAML and has exactly these values."""
    try:
        return bool(values_of(text) == values)
    except Problems:
        return False


class _Reviser:
    """One text, and the habits of its author."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.nested = _list_indent(compose(text))
        longest = max((len(line) for line in text.split("\n")), default=0)
        self.width = min(max(longest, 80), emit.WIDTH)

    def value(self, node: Node, old: Any, new: Any, indent: int = 2) -> str:
        """The text of a node from its start to its end, changed where it has to be. Both values are of one kind."""
        if old == new:
            return self.text[start_of(node) : end_of(node, self.text)]
        if isinstance(node, MappingNode):
            return self.mapping(node, old, new)
        if isinstance(node, SequenceNode):
            return self.sequence(node, old, new)
        return self.scalar(node, new, indent, flow=False)

    def scalar(self, node: Node, new: str | None, indent: int, *, flow: bool) -> str:
        raw = self.text[start_of(node) : end_of(node, self.text)]
        before = ""
        style = getattr(node, "style", None)
        width = self.width
        if style in ("|", ">"):
            lines = raw.split("\n")[1:]
            filled = [line for line in lines if line.strip()]
            indent = min((len(line) - len(line.lstrip(" ")) for line in filled), default=indent)
            before = "\n".join(line[indent:] for line in lines)
            width = max((len(line) for line in filled), default=width)
            width = max(width, 80) if len(filled) > 1 else self.width
        elif style is None and "\n" not in raw:
            # A long line that its author left as one line stays one.
            width = max(width, column_of(node) + len(raw) + 40) if len(raw) > self.width else width
        return emit.scalar(
            new, style=style, indent=indent, column=column_of(node), flow=flow, width=width, before=before
        )

    # ------------------------------------------------------------------ mappings

    def mapping(self, node: MappingNode, old: Values, new: Values, flow: bool = False) -> str:
        text, flow = self.text, flow or is_flow(node)
        column = column_of(node)
        found = entries(node, text)
        pieces: dict[str, Piece] = {}
        at = start_of(node)
        usual = ", " if flow else "\n" + " " * column
        for number, entry in enumerate(found):
            last = number == len(found) - 1
            tail = entry.end if last or flow else tail_of(text, entry.end)
            before = text[at : entry.start]
            at = tail
            if entry.key not in new:
                continue
            chunk = text[entry.start : tail]
            if old[entry.key] != new[entry.key]:
                name = text[entry.start : entry.value_start]
                rest = text[entry.end : tail]
                chunk = self.entry(name, entry.node, old[entry.key], new[entry.key], column, flow, rest)
            pieces[entry.key] = (before, chunk)
        ordered = [key for key in (entry.key for entry in found) if key in new]
        for place, key in enumerate(new):
            if key in pieces:
                continue
            name = emit.key(key)
            if flow:
                made = f"{name}: {emit.flow(new[key])}"
            else:
                made = f"{name}:" + emit.after_key(
                    new[key], column, nested=self.nested, width=self.width, at=column + len(name) + 1
                )
            pieces[key] = (None, made)
            earlier = [other for other in list(new)[:place] if other in ordered]
            ordered.insert(ordered.index(earlier[-1]) + 1 if earlier else min(1, len(ordered)), key)
        body = _joined([pieces[key] for key in ordered], usual)
        if is_flow(node):
            first, last_end = found[0].start if found else end_of(node, text) - 1, found[-1].end if found else None
            close = text[last_end : end_of(node, text)] if last_end is not None else "}"
            return text[start_of(node) : first] + body + close
        return body

    def entry(self, name: str, node: Node, old: Any, new: Any, column: int, flow: bool, rest: str) -> str:
        """`key: value` with a changed value; `rest` is the comment after it."""
        bare = name[: name.rfind(":") + 1] if ":" in name else name + ":"
        if _kind(old) != _kind(new) or (isinstance(new, list | dict) and not new) or old is None:
            if flow:
                return f"{bare} {emit.flow(new)}"
            made = bare + emit.after_key(new, column, nested=self.nested, width=self.width, at=column + len(bare))
        elif isinstance(node, ScalarNode):
            made = name + self.scalar(node, new, column + 2, flow=flow)
        elif flow:
            made = name + self.inside(node, old, new)
        else:
            made = name + self.value(node, old, new, column + 2)
        if rest.strip() and isinstance(new, str) and "\n" in made:
            head, _, lines = made.partition("\n")
            return f"{head}{rest}\n{lines}"  # the comment of a text that became a block stands at its head
        return made + rest

    def inside(self, node: Node, old: Any, new: Any) -> str:
        """A collection within brackets or braces."""
        if isinstance(node, MappingNode):
            return self.mapping(node, old, new, flow=True)
        assert isinstance(node, SequenceNode)
        return self.sequence(node, old, new)

    # ------------------------------------------------------------------ lists

    def sequence(self, node: SequenceNode, old: list[Any], new: list[Any]) -> str:
        text = self.text
        if not new:
            return "[]"
        if is_flow(node):
            return self.flow_sequence(node, old, new)
        column = column_of(node)
        starts = dashes(node, text)
        ends = [
            end_of(item, text) if number == len(starts) - 1 else tail_of(text, end_of(item, text))
            for number, (_, item) in enumerate(starts)
        ]
        before = ["", *(text[end:dash] for end, (dash, _) in zip(ends, starts[1:], strict=False))]
        plain = [lead for lead in before[1:] if "#" not in lead]
        usual = Counter(plain).most_common(1)[0][0] if plain else "\n" + " " * column
        in_flow = _custom([item for _, item in starts])

        def kept(number: int, value: Any) -> str:
            dash, item = starts[number]
            gap = text[dash : start_of(item)]
            rest = text[end_of(item, text) : ends[number]]
            if old[number] == value:
                return text[dash : ends[number]]
            if _kind(old[number]) != _kind(value) or old[number] is None or value in ({}, []):
                return "- " + emit.item(value, column + 2, nested=self.nested, width=self.width) + rest
            if isinstance(item, ScalarNode):
                return gap + self.scalar(item, value, column + 2, flow=False) + rest
            return gap + self.value(item, old[number], value) + rest

        def added(value: Any) -> str:
            made = emit.item(value, column + 2, nested=self.nested, width=self.width, in_flow=in_flow)
            return f"- {made}"

        return _joined(_arranged(old, new, before, kept, added), usual)

    def flow_sequence(self, node: SequenceNode, old: list[Any], new: list[Any]) -> str:
        text = self.text
        items = node.value
        if not items:
            return "[" + ", ".join(emit.flow(value) for value in new) + "]"
        ends = [end_of(item, text) for item in items]
        before = ["", *(text[end : start_of(item)] for end, item in zip(ends, items[1:], strict=False))]
        usual = Counter(before[1:]).most_common(1)[0][0] if len(before) > 1 else ", "

        def kept(number: int, value: Any) -> str:
            item = items[number]
            if old[number] == value:
                return text[start_of(item) : ends[number]]
            if _kind(old[number]) != _kind(value) or value in ({}, []):
                return emit.flow(value)
            if isinstance(item, ScalarNode):
                return self.scalar(item, value, 0, flow=True)
            return self.inside(item, old[number], value)

        body = _joined(_arranged(old, new, before, kept, emit.flow), usual)
        return text[start_of(node) : start_of(items[0])] + body + text[ends[-1] : end_of(node, text)]


def _joined(pieces: Sequence[Piece], usual: str) -> str:
    made = pieces[0][1] if pieces else ""
    for before, part in pieces[1:]:
        made += (before or usual) + part
    return made


def _arranged(
    old: list[Any],
    new: list[Any],
    before: list[str],
    kept: Callable[[int, Any], str],
    added: Callable[[Any], str],
) -> list[Piece]:
    """The items of a list in their new order, each with what stood before it."""
    pieces: list[Piece] = []
    for value, number in zip(new, followed(old, new), strict=True):
        pieces.append((None, added(value)) if number is None else (before[number], kept(number, value)))
    return pieces


def _kind(value: Any) -> type:
    return dict if isinstance(value, dict) else list if isinstance(value, list) else str


def _custom(items: Sequence[Node]) -> bool | None:
    """Whether the author writes the items of a list in braces; None when there are none to tell by."""
    kinds = [is_flow(item) for item in items if isinstance(item, MappingNode)]
    return sum(kinds) * 2 > len(kinds) if kinds else None


def _list_indent(node: Node | None) -> int:
    """How far lists stand from their keys in a text; 2 when it has none."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(value, SequenceNode) and not is_flow(value) and value.value:
                offset = column_of(value) - column_of(key)
                return offset if 0 <= offset <= 8 else 2
            if isinstance(value, MappingNode) and not is_flow(value):
                inner = _list_indent(value)
                if inner != 2:
                    return inner
    return 2
