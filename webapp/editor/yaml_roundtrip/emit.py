"""New YAML, written as a careful author would: plain where that is safe, quoted where not, long texts folded.

All values are texts, lists and dictionaries (and None); a text is written so that this application and other YAML
readers find the same text again.
"""

from __future__ import annotations

import re
from typing import Any

WIDTH = 120
"""Columns; a longer text is folded over several lines."""

_SPECIAL = re.compile(r"^(?:[-?:](?=\s|$)|[,\[\]{}#&*!|>'\"%@`~])|: |:$| #|^\s|\s$|^(?:---|\.\.\.)")
_IN_FLOW = re.compile(r"[,\[\]{}]|^[-?:]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_PLAIN_KEY = re.compile(r"^[A-Za-z_][A-Za-z0-9_-]*$")
_WORD = re.compile(r"^[\w./-]{1,60}$")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def is_plain(text: str, *, flow: bool = False) -> bool:
    """Whether a text can stand without quotes and be read as itself."""
    if not text or text == "null" or "\n" in text or "\t" in text:
        return False
    if _SPECIAL.search(text) or _UNPRINTABLE.search(text):
        return False
    return not (flow and _IN_FLOW.search(text))


def quoted(text: str, mark: str = '"') -> str:
    """A text between quotes; single ones only where they can hold it."""
    if mark == "'" and "\n" not in text and not _UNPRINTABLE.search(text):
        return "'" + text.replace("'", "''") + "'"

    def escape(match: re.Match[str]) -> str:
        char = match[0]
        return _ESCAPES.get(char) or (f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}")

    return '"' + re.sub(r'["\\\n\t\r\x00]|' + _UNPRINTABLE.pattern, escape, text) + '"'


def scalar(
    text: str | None,
    *,
    style: str | None = None,
    indent: int = 2,
    column: int = 0,
    flow: bool = False,
    width: int = WIDTH,
    before: str = "",
) -> str:
    """A text as YAML. `style` is the one it had (`'`, `"`, `|`, `>` or None for plain); `indent` is where lines of a
    block begin and `column` where the value does. `before` is a folded block to keep the first lines of."""
    if text is None:
        return "null" if flow else ""
    if not flow and style in ("|", ">") and _is_block(text):
        return block(text, style, indent, width, before)
    if not flow and "\n" in text.rstrip("\n") and _is_block(text):
        return block(text, "|", indent, width)
    made = quoted(text, style) if style in ("'", '"') else text if is_plain(text, flow=flow) else quoted(text)
    if not flow and style is None and column + len(made) > width and " " in text and _is_block(text):
        return block(text, ">", indent, width)
    return made


def _is_block(text: str) -> bool:
    """Whether a text can stand as a block: no blanks where a block would give them another meaning."""
    body = text.removesuffix("\n")
    return bool(body.strip()) and not (
        body.endswith(("\n", " ", "\t")) or body[0] in " \t\n" or _UNPRINTABLE.search(body)
    )


def block(text: str, style: str, indent: int, width: int = WIDTH, before: str = "") -> str:
    """A text as a literal (`|`) or folded (`>`) block, its header included, without a line end."""
    body = text.removesuffix("\n")
    header = "" if text.endswith("\n") else "-"
    if style == ">" and re.search(r"(?:^|\n)[ \t]| \n", body):
        style = "|"  # folding would lose the line ends before and after indented lines
    lines = body.split("\n") if style == "|" else _folded(body, max(width - indent, 40), before)
    return f"{style}{header}\n" + "\n".join(" " * indent + line if line else "" for line in lines)


def _folded(body: str, width: int, before: str) -> list[str]:
    lines: list[str] = []
    rest = body
    # As many of the author's own lines as still begin the text.
    for line in before.split("\n"):
        if "\n" in rest or not line or not rest.startswith(line + " ") or rest[len(line) + 1 : len(line) + 2] == " ":
            break
        lines.append(line)
        rest = rest[len(line) + 1 :]
    for number, part in enumerate(re.split(r"(\n+)", rest)):
        if number % 2:
            lines.extend([""] * len(part))
            continue
        line = ""
        for word in re.split(r"(?<=\S) (?=\S)", part):
            if line and len(line) + 1 + len(word) > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return lines


def key(name: str, *, flow: bool = False) -> str:
    """A key, quoted unless it is a plain word: other readers take 1990 for a number."""
    return name if _PLAIN_KEY.match(name) and name not in ("null", "y", "n") else quoted(name)


def flow(value: Any) -> str:
    """A value on one line, in brackets and braces."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key(name)}: {flow(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(inner) for inner in value) + "]"
    return scalar(value, flow=True)


def after_key(value: Any, column: int, *, nested: int = 2, width: int = WIDTH, at: int = 0) -> str:
    """What follows `key:` in a block, the key being in a column: a space and a value, or indented lines.

    `nested` is how far lists stand from their key; `at` is where the key ends."""
    if isinstance(value, list | dict):
        if not value or _is_short(value, width - max(at, column)):
            return " " + flow(value)
        if isinstance(value, dict):
            return "\n" + " " * (column + 2) + mapping(value, column + 2, nested=nested, width=width)
        inner = column + nested
        return "".join("\n" + " " * inner + "- " + item(part, inner + 2, nested=nested, width=width) for part in value)
    made = scalar(value, indent=column + 2, column=max(at, column) + 1, width=width)
    return f" {made}" if made else ""


def item(value: Any, column: int, *, nested: int = 2, width: int = WIDTH, in_flow: bool | None = None) -> str:
    """What follows `- ` in a block; `in_flow` is how the other items are written, None for no custom."""
    if isinstance(value, list | dict):
        line = flow(value)
        fits = column + len(line) <= width and "\\n" not in line
        if not value or (fits and (in_flow or (in_flow is None and len(line) <= 100 and _is_flat(value)))):
            return line
        if isinstance(value, dict):
            return mapping(value, column, nested=nested, width=width)
        return line
    return scalar(value, indent=column, column=column, width=width)


def mapping(value: dict[str, Any], column: int, *, nested: int = 2, width: int = WIDTH) -> str:
    """The lines of a block mapping that begins in a column, without the indentation of the first."""
    lines = []
    for name, inner in value.items():
        name = key(name)
        at = column + len(name) + 1
        lines.append(f"{name}:" + after_key(inner, column, nested=nested, width=width, at=at))
    return ("\n" + " " * column).join(lines)


def _is_flat(value: Any) -> bool:
    values = value.values() if isinstance(value, dict) else value
    return not any(isinstance(inner, list | dict) for inner in values)


def _is_short(value: Any, room: int) -> bool:
    """Whether a collection reads well on the line of its key: words in a list, or one or two short values."""
    if not _is_flat(value) or len(flow(value)) + 1 > room:
        return False
    if isinstance(value, list):
        return all(isinstance(inner, str) and _WORD.match(inner) for inner in value)
    return len(value) <= 2 and all(len(inner or "") <= 30 for inner in value.values())
