"""The items of one list in a file (the questions of a questions file, the quizzes of course.yaml) as texts of their
own, and put back so that no other byte of the file changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

from yaml.nodes import MappingNode, SequenceNode

from webapp.content.problems import Problems
from webapp.content.yaml.source import parse_yaml, with_line_feeds
from webapp.editor.yaml_roundtrip import emit
from webapp.editor.yaml_roundtrip.nodes import (
    column_of,
    compose,
    dashes,
    end_of,
    entries,
    is_flow,
    node_at,
    start_of,
    tail_of,
)


@dataclass(frozen=True, slots=True)
class FileItem:
    """One item of a list. `text` is it without its dash and indentation; the indexes are places in the file."""

    values: Any
    text: str
    start: int
    end: int
    column: int
    first_line: int
    """The line of the file on which it begins, from 1."""

    @property
    def id(self) -> str:
        name = self.values.get("id") if isinstance(self.values, Mapping) else None
        return name if isinstance(name, str) else ""

    @property
    def last_line(self) -> int:
        return self.first_line + self.text.count("\n")


def items(text: str, key: str, file: str = "") -> list[FileItem]:
    """The items of the list under a key, in order; [] when there is none. Raises Problems when the file is no YAML."""
    document = parse_yaml(text, file)
    node = node_at(compose(text), (key,))
    if not isinstance(node, SequenceNode):
        return []
    values = document.values[key]
    found = []
    for child, value in zip(node.value, values, strict=True):
        start, end = start_of(child), end_of(child, text)
        if not is_flow(node):
            end = tail_of(text, end)
        column = column_of(child)
        raw = text[start:end]
        found.append(FileItem(value, _dedented(raw, column), start, end, column, text.count("\n", 0, start) + 1))
    return found


def find(text: str, key: str, item_id: str, file: str = "") -> FileItem | None:
    """The item with an id. Raises Problems when the file is no YAML."""
    return next((item for item in items(text, key, file) if item.id == item_id), None)


def replaced(text: str, item: FileItem, new: str) -> str:
    """The file with another text for an item. Lines that are the same keep every byte."""
    new = tidy(new)
    raw = text[item.start : item.end].split("\n")
    old_lines, new_lines = item.text.split("\n"), new.split("\n")
    made: list[str] = []
    matcher = SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    for tag, first, last, from_, to in matcher.get_opcodes():
        if tag == "equal":
            made.extend(raw[first:last])
        else:
            made.extend(_indented(line, item.column) for line in new_lines[from_:to])
    # The first line stands behind its dash already; a raw line that moved away from there has no indentation.
    made[0] = made[0].lstrip(" ") if made[0] not in raw[:1] else made[0]
    for number in range(1, len(made)):
        if made[number] == raw[0] and new_lines[number] == old_lines[0]:
            made[number] = _indented(new_lines[number], item.column)
    return text[: item.start] + "\n".join(made) + text[item.end :]


def appended(text: str, key: str, new: str) -> str:
    """The file with one more item at the end of the list, which is begun if it is not there."""
    new = tidy(new)
    root = compose(text) if text.strip() else None
    node = node_at(root, (key,))
    if isinstance(node, SequenceNode) and node.value and is_flow(node):
        end = end_of(node.value[-1], text)
        return f"{text[:end]}, {emit.flow(parse_yaml(new, '').values)}{text[end:]}"
    if isinstance(node, SequenceNode) and node.value:
        places = dashes(node, text)
        dash = places[-1][0]
        margin = dash - (text.rfind("\n", 0, dash) + 1)
        gaps = [text[end_of(item, text) : following] for (_, item), (following, _) in pairwise(places)]
        end = tail_of(text, end_of(places[-1][1], text))
        apart = "\n\n" if not gaps or any(re.search(r"\n[ \t]*\n", gap) for gap in gaps[-3:]) else "\n"
        return text[:end] + apart + _listed(new, margin) + (text[end:] or "\n")
    if isinstance(root, MappingNode):
        entry = next((entry for entry in entries(root, text) if entry.key == key), None)
        if entry is not None:
            colon = text.rfind(":", entry.start, entry.value_start) + 1
            end = tail_of(text, entry.end)
            comment = text[entry.end : end]
            return text[:colon] + comment + "\n" + _listed(new, 2) + (text[end:] or "\n")
        before = text if text.endswith("\n") else text + "\n"
        return f"{before}{key}:\n{_listed(new, 2)}\n"
    before = text if not text or text.endswith("\n") else text + "\n"
    return f"{before}{key}:\n{_listed(new, 2)}\n"


def appended_all(text: str, key: str, texts: Sequence[str]) -> str:
    """The file with more items at the end of the list, as `appended` would add one after the other, and in the time of
    two of them."""
    if not texts:
        return text
    made = appended(text, key, texts[0])
    node = node_at(compose(made), (key,))
    if len(texts) == 1 or not isinstance(node, SequenceNode) or is_flow(node):
        for each in texts[1:]:
            made = appended(made, key, each)
        return made
    places = dashes(node, made)
    margin = places[-1][0] - (made.rfind("\n", 0, places[-1][0]) + 1)
    end = tail_of(made, end_of(places[-1][1], made))
    gap = made[end_of(places[-2][1], made) : places[-1][0]] if len(places) > 1 else "\n\n"
    apart = "\n\n" if re.search(r"\n[ \t]*\n", gap) else "\n"
    return made[:end] + "".join(apart + _listed(tidy(each), margin) for each in texts[1:]) + made[end:]


def removed(text: str, key: str, item_id: str) -> str:
    """The file without an item. Comments around it stay. Raises KeyError when it is not there."""
    node = node_at(compose(text), (key,))
    values = parse_yaml(text, "").values
    if not isinstance(node, SequenceNode):
        raise KeyError(item_id)
    place = next((n for n, item in enumerate(values[key]) if isinstance(item, dict) and item.get("id") == item_id), -1)
    if place < 0:
        raise KeyError(item_id)
    if is_flow(node):
        ends = [end_of(item, text) for item in node.value]
        if place:
            return text[: ends[place - 1]] + text[ends[place] :]
        after = start_of(node.value[1]) if len(node.value) > 1 else ends[0]
        return text[: start_of(node.value[0])] + text[after:]
    dash, child = dashes(node, text)[place]
    start = text.rfind("\n", 0, dash) + 1
    end = tail_of(text, end_of(child, text))
    end = end + 1 if text[end : end + 1] == "\n" else end
    # One of the two blank lines around it goes with it.
    blank = re.compile(r"[ \t]*\n").match(text, end)
    if blank and (start == 0 or text[:start].endswith("\n\n") or len(node.value) == place + 1):
        end = blank.end()
    return text[:start] + text[end:]


def moved(text: str, key: str, item_id: str, by: int) -> str:
    """The file with an item in the place of one of its neighbours (`by` is -1 for the one before, 1 for the one after),
    and that one in its place; unchanged at the ends of the list. Comments between the items stay where they are. Raises
    KeyError when it is not there."""
    found = items(text, key)
    place = next((number for number, item in enumerate(found) if item.id == item_id), -1)
    if place < 0:
        raise KeyError(item_id)
    if not 0 <= place + by < len(found):
        return text
    first, second = found[min(place, place + by)], found[max(place, place + by)]
    between = text[first.end : second.start]
    return text[: first.start] + _at(second, first, text) + between + _at(first, second, text) + text[second.end :]


def _at(item: FileItem, place: FileItem, text: str) -> str:
    """An item as it stands in the place of another: byte for byte, unless that is further right or left."""
    if item.column == place.column or "\n" not in item.text:
        return text[item.start : item.end]
    first, *rest = item.text.split("\n")
    return "\n".join([first, *(_indented(line, place.column) for line in rest)])


def tidy(text: str) -> str:
    """A text as it came from a browser: plain line ends, no blank lines around it, no indentation of the whole."""
    text = with_line_feeds(text).rstrip()
    lines = text.split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:] for line in lines)


def mapping_text(text: str) -> dict[str, Any]:
    """The values of an item's text. Raises Problems, also when it is not a group of keys."""
    document = parse_yaml(text, "")
    if not isinstance(document.values, dict):
        said = "nothing is written here" if document.values is None else "this is not a group of keys"
        raise Problems([document.problem((), said, "expected lines such as `id: my-question`")])
    return document.values


def _dedented(raw: str, column: int) -> str:
    first, *rest = raw.split("\n")
    margin = re.compile(rf" {{0,{column}}}")
    return "\n".join([first, *(margin.sub("", line, count=1) for line in rest)])


def _indented(line: str, column: int) -> str:
    return " " * column + line if line.strip() else ""


def _listed(text: str, margin: int) -> str:
    first, *rest = text.split("\n")
    return "\n".join([" " * margin + "- " + first, *(_indented(line, margin + 2) for line in rest)])
