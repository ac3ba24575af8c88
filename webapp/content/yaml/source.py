"""YAML text as plain values: dictionaries, lists, strings and None, nothing else.

A scalar stays as it was written: `NO`, `1.10` and `12:30` are strings, and only an empty value, `~` and `null` are
None. The schema of each field decides later what a string means, so nobody's "NO" turns into false. Duplicate keys,
anchors and aliases, tags and second documents are refused, each with a sentence for somebody who has never seen YAML.

Places are not recorded while all is well. A document that has something to report parses its text a second time,
keeps the nodes and finds any key or value in it: that makes the common case cheap and the rare case exact.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from webapp.content.problems import MOST_TOLD, Location, Problem, Problems
from webapp.content.yaml.parser_errors import explain

try:
    from yaml._yaml import CParser
except ImportError as error:  # PyYAML was built without libyaml; the pure parser would miss the targets tenfold.
    raise ImportError("PyYAML is needed with its C parser (libyaml); install it from a wheel") from error

LARGEST_FILE = 5_000_000
"""Bytes. A hundred times the largest lesson; above this a file is in the folder by accident."""

# An anchor stands at the start of a value: `&name`. The expression finds every anchor and, rarely, prose that looks
# like one; only then are the events of the parser asked.
_MAY_BE_ANCHOR = re.compile(r"(?:^|[\s\[{,:?-])&[^\s,\[\]{}&;]", re.MULTILINE)
_NULLS = frozenset(("", "~", "null"))
_TEXT, _NULL = "text", "null"


class _Composer(CParser):  # type: ignore[misc,unused-ignore]
    """The C parser with the least resolver that works: a plain null is null, everything else is text."""

    def descend_resolver(self, parent: Node | None, index: object) -> None:
        """Path resolvers are not used."""

    def ascend_resolver(self) -> None:
        """Path resolvers are not used."""

    def resolve(self, kind: type[Node], value: str | None, implicit: Any) -> str:
        if kind is ScalarNode and value in _NULLS and implicit[0]:
            return _NULL
        return _TEXT


class Document:
    """The values of one YAML text, and where each of them stands."""

    __slots__ = ("_keys", "_root", "_root_known", "file", "first_line", "text", "values")

    def __init__(self, text: str, file: str, values: Any, first_line: int = 1) -> None:
        self.text, self.file, self.values, self.first_line = text, file, values, first_line
        self._root: Node | None = None
        self._root_known = False
        self._keys: dict[int, dict[str, tuple[Node, Node]]] = {}

    def locate(self, path: Sequence[str | int] = (), *, key: bool = False, needle: str = "") -> Location:
        """Where the value at `path` stands, or its key; `needle` is looked for inside the value.

        Parts of the path that lead nowhere are skipped: the place is then that of the nearest value that exists.
        """
        if not self._root_known:
            self._root = _Composer(self.text).get_single_node()
            self._root_known = True
        node, at = self._root, self._root
        for part in path:
            if isinstance(node, MappingNode):
                found = self._pairs(node).get(str(part))
                if found is not None:
                    node, at = found[1], found[0] if key else found[1]
            elif isinstance(node, SequenceNode) and isinstance(part, int) and 0 <= part < len(node.value):
                node = at = node.value[part]
        if node is None or at is None:
            return Location(self.file, self.first_line, 1)
        if needle:
            start = self.text.find(needle, node.start_mark.index, node.end_mark.index)
            if start >= 0:
                line = self.text.count("\n", 0, start)
                return Location(self.file, self.first_line + line, start - self.text.rfind("\n", 0, start))
        return Location(self.file, self.first_line + at.start_mark.line, at.start_mark.column + 1)

    def _pairs(self, node: MappingNode) -> dict[str, tuple[Node, Node]]:
        """The keys and values of a mapping by name, the first of each: looked through once, however much is asked."""
        kept = self._keys.get(id(node))
        if kept is None:
            kept = {}
            for pair in node.value:
                if pair[0].__class__ is ScalarNode:
                    kept.setdefault(pair[0].value, pair)
            self._keys[id(node)] = kept
        return kept

    def problem(
        self,
        path: Sequence[str | int],
        message: str,
        expected: str = "",
        suggestion: str = "",
        *,
        key: bool = False,
        needle: str = "",
    ) -> Problem:
        return Problem(self.locate(path, key=key, needle=needle), message, expected, suggestion)


def read_text(path: Path, file: str) -> tuple[str, bytes]:
    """The text of a file (line ends as \\n, no byte order mark) and its bytes; raises Problems."""

    def refuse(message: str, expected: str, suggestion: str = "", line: int = 1, column: int = 1) -> Problems:
        return Problems([Problem(Location(file, line, column), message, expected, suggestion)])

    try:
        if path.is_dir():
            raise refuse("this is a folder", "expected a file")
        if not stat.S_ISREG(path.stat().st_mode):
            raise refuse("this is no file with text in it", "expected a file")  # a pipe is waited for, a device endless
        if path.stat().st_size > LARGEST_FILE:
            raise refuse(
                "the file is too big",
                f"expected at most {LARGEST_FILE // 1_000_000} MB of text",
                "split it, or take it out of the course folder if it is not part of the course",
            )
        raw = path.read_bytes()
    except FileNotFoundError:
        raise refuse("the file is missing", "expected a file with this name", "create it, or mend its name") from None
    except OSError as error:
        raise refuse("the file cannot be read", f"the system says: {error.strerror or error}") from None
    return decode(raw, file), raw


def decode(raw: bytes, file: str) -> str:
    """Bytes as text with \\n line ends and without a byte order mark; raises Problems."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Problems(
            [
                Problem(
                    Location(file),
                    "the file is saved as UTF-16",
                    "expected UTF-8",
                    "save it again with the encoding UTF-8 (in Notepad: Save as, Encoding)",
                )
            ]
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        raise Problems(
            [
                Problem(
                    Location(file, line, column),
                    "the letter here is not saved as UTF-8",
                    "expected a file in UTF-8",
                    "save the file again with the encoding UTF-8 (in Notepad: Save as, Encoding)",
                )
            ]
        ) from None
    return with_line_feeds(text)


def with_line_feeds(text: str) -> str:
    """A text with the line ends that it has in here, whatever system or browser it comes from."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse_yaml(text: str, file: str, *, first_line: int = 1) -> Document:
    """The values of a YAML text. `first_line` is the line of the file on which the text begins. Raises Problems."""
    try:
        root = _Composer(text).get_single_node()
        if _MAY_BE_ANCHOR.search(text):
            _refuse_anchors(text, file, first_line)
    except yaml.YAMLError as error:
        raise Problems([explain(error, text, file, first_line)]) from None
    except (UnicodeEncodeError, ValueError):
        raise Problems(
            [Problem(Location(file, first_line), "the text holds letters that do not exist", "expected plain UTF-8")]
        ) from None
    reader = _DocumentReader(file, first_line)
    try:
        values = None if root is None else reader.plain(root)
    except RecursionError:
        raise Problems(
            [Problem(Location(file, first_line), "the values are nested too deeply", "expected a few levels")]
        ) from None
    if reader.problems:
        raise Problems(reader.problems)
    return Document(text, file, values, first_line)


class _DocumentReader:
    """Nodes to plain values; what cannot be one is noted."""

    def __init__(self, file: str, first_line: int) -> None:
        self.file, self.first_line = file, first_line
        self.problems: list[Problem] = []

    def plain(self, node: Node) -> Any:
        kind = node.__class__
        if kind is ScalarNode:
            tag = node.tag
            if tag is _TEXT:
                return node.value
            if tag is _NULL:
                return None
            self.refuse_tag(node)
            return node.value
        if node.tag is not _TEXT:
            self.refuse_tag(node)
        if kind is SequenceNode:
            return [self.plain(item) for item in node.value]
        pairs = node.value
        values: dict[str, Any] = {}
        for key_node, value_node in pairs:
            if key_node.__class__ is ScalarNode:
                values[key_node.value] = self.plain(value_node)
        if len(values) != len(pairs):
            self.refuse_keys(pairs)
        return values

    def refuse_tag(self, node: Node) -> None:
        self.note(
            node,
            f"the value begins with `{_short(node.tag)}`, which YAML takes for a tag",
            "tags are not used here",
            "put the whole text between quotes",
        )

    def refuse_keys(self, pairs: list[tuple[Node, Node]]) -> None:
        first: dict[str, Node] = {}
        for key_node, _ in pairs:
            if key_node.__class__ is not ScalarNode:
                self.note(
                    key_node,
                    "a list or a group stands where a key belongs",
                    "expected a word before the colon",
                    "put text that begins with { or [ between quotes",
                )
            elif key_node.value in first:
                self.note(
                    key_node,
                    f"the key `{_short(key_node.value)}` stands here a second time",
                    f"it is already on line {self.first_line + first[key_node.value].start_mark.line}",
                    "delete one of the two, or begin a new list item with `-`",
                )
            else:
                first[key_node.value] = key_node

    def note(self, node: Node, message: str, expected: str, suggestion: str) -> None:
        if len(self.problems) >= MOST_TOLD:
            return
        place = Location(self.file, self.first_line + node.start_mark.line, node.start_mark.column + 1)
        self.problems.append(Problem(place, message, expected, suggestion))


def _refuse_anchors(text: str, file: str, first_line: int) -> None:
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if getattr(event, "anchor", None) is not None:
            mark: Any = event.start_mark
            raise Problems(
                [
                    Problem(
                        Location(file, first_line + mark.line, mark.column + 1),
                        "a value begins with & or *, which makes it a YAML anchor or a reference to one",
                        "anchors are not used here",
                        "put the text between quotes",
                    )
                ]
            )


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
