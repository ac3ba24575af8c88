"""Where the values of a YAML text begin and end, to the character.

libyaml's own end of a block is where the next token begins, past blank lines and comments that belong to what follows.
Here a value ends with its last character, so that what lies between two values can be left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_TAIL = re.compile(r"[ \t]+#[^\n]*|[ \t]+(?=\n|\Z)")


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value in a text: `start` of the key, `value_start` and `end` of the value (character indexes)."""

    key: str
    node: Node
    start: int
    value_start: int
    end: int


def compose(text: str) -> Node | None:
    """The root node; None for an empty text. Raises yaml.YAMLError."""
    node: Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    return node


def start_of(node: Node) -> int:
    mark: Any = node.start_mark
    return int(mark.index)


def column_of(node: Node) -> int:
    """The column in which the node begins, from 0."""
    mark: Any = node.start_mark
    return int(mark.column)


def is_flow(node: Node) -> bool:
    """Whether a collection is written in brackets or braces."""
    return bool(getattr(node, "flow_style", False))


def end_of(node: Node, text: str) -> int:
    """The index after the last character of the value."""
    mark: Any = node.end_mark
    if isinstance(node, ScalarNode):
        end = int(mark.index)
        if node.style in ("|", ">"):
            while end > start_of(node) and text[end - 1] in " \n":
                end -= 1
        return end
    if is_flow(node):
        return int(mark.index)
    if isinstance(node, MappingNode):
        return entries(node, text)[-1].end
    return end_of(node.value[-1], text) if node.value else int(mark.index)


def entries(node: MappingNode, text: str) -> list[Entry]:
    """The keys of a mapping in the order of the text."""
    found = []
    for key, value in node.value:
        start, value_start = start_of(key), start_of(value)
        if isinstance(value, ScalarNode) and not value.value and not value.style and end_of(value, text) <= value_start:
            # An empty value stands nowhere; it begins after the colon.
            after = end_of(key, text)
            colon = re.compile(r"\s*:").match(text, after)
            value_start = end = colon.end() if colon else after
        else:
            end = end_of(value, text)
        found.append(Entry(str(key.value), value, start, value_start, end))
    return found


def dashes(node: SequenceNode, text: str) -> list[tuple[int, Node]]:
    """The index of the dash of each item of a block sequence, with the item."""
    found = []
    at = start_of(node)
    for item in node.value:
        # Between two items stand only blanks and comments; the dash is the first one outside of a comment.
        dash = re.compile(r"(?:[ \t\n]|#[^\n]*)*-").match(text, at)
        place = dash.end() - 1 if dash else start_of(item)
        found.append((place, item))
        at = max(end_of(item, text), place + 1)
    return found


def tail_of(text: str, end: int) -> int:
    """The index after the blanks and the comment that follow a value on its line."""
    found = _TAIL.match(text, end)
    return found.end() if found else end


def node_at(node: Node | None, path: tuple[str | int, ...]) -> Node | None:
    """The node that a path leads to, or None."""
    for part in path:
        if isinstance(node, MappingNode):
            node = next((value for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, SequenceNode) and isinstance(part, int) and 0 <= part < len(node.value):
            node = node.value[part]
        else:
            return None
    return node


def path_at(text: str, line: int, column: int) -> tuple[str | int, ...]:
    """The path to the innermost value that stands at a place (both counted from 1); () when there is none."""
    try:
        node = compose(text)
    except yaml.YAMLError:
        return ()
    rows = text.split("\n")
    if node is None or not 1 <= line <= len(rows):
        return ()
    index = sum(len(row) + 1 for row in rows[: line - 1]) + max(column - 1, 0)
    path: list[str | int] = []
    while True:
        if isinstance(node, MappingNode):
            inner: list[tuple[str | int, int, int, Node]] = [
                (entry.key, entry.start, entry.end, entry.node) for entry in entries(node, text)
            ]
        elif isinstance(node, SequenceNode):
            inner = [(n, start_of(item), end_of(item, text), item) for n, item in enumerate(node.value)]
        else:
            return tuple(path)
        for part, start, end, child in inner:
            if start <= index <= end:
                path.append(part)
                node = child
                break
        else:
            return tuple(path)
