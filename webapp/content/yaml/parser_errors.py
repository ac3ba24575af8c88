"""What the YAML parser says, said again for somebody who has never seen YAML, with the way to mend it."""

from __future__ import annotations

import re
from typing import Any

import yaml

from webapp.content.problems import Location, Problem

_INDENTATION = "move it with spaces so that it stands in line with its neighbours"
_QUOTES = "put the whole text between quotes"


def explain(error: yaml.YAMLError, text: str, file: str, first_line: int = 1) -> Problem:
    """The parser's error as a Problem at its exact place. `text` is what was parsed."""
    mark: Any = getattr(error, "problem_mark", None)
    if mark is None:
        return _unreadable(error, text, file, first_line)
    lines = text.split("\n")
    line, column = int(mark.line), int(mark.column)
    while line > 0 and (line >= len(lines) or not lines[line].strip()):
        # The parser only noticed at the end of the text; the last line with something on it is where to look.
        line -= 1
        column = len(lines[line].rstrip()) if line < len(lines) else 0
    context: Any = getattr(error, "context_mark", None)
    said = _Said(
        problem=str(getattr(error, "problem", None) or error),
        context=str(getattr(error, "context", None) or ""),
        before=lines[line][:column],
        rest=lines[line][column:],
        first=lines[int(context.line)][int(context.column) :] if context and context.line < len(lines) else "",
        first_place=(int(context.line), int(context.column)) if context else (line, column),
        place=(line, column),
        first_line=first_line,
        above=lines[line - 1] if line else "",
        opened=_open_bracket(lines[: line + 1], column),
    )
    message, expected, suggestion, (line, column) = said.plainly()
    return Problem(Location(file, first_line + line, column + 1), message, expected, suggestion)


def _unreadable(error: yaml.YAMLError, text: str, file: str, first_line: int) -> Problem:
    position = int(getattr(error, "position", 0) or 0)
    line = text.count("\n", 0, position)
    column = position - (text.rfind("\n", 0, position) + 1)
    character = getattr(error, "character", 0)
    code = f" (U+{character:04X})" if isinstance(character, int) else ""
    return Problem(
        Location(file, first_line + line, column + 1),
        f"an invisible control character stands here{code}",
        "expected only letters that can be seen",
        "delete it and type the text again",
    )


def _open_bracket(lines: list[str], column: int) -> tuple[int, int, str] | None:
    """(line, column, sign) of the last bracket before a place that is not closed, counted from 0."""
    open_ones: list[tuple[int, int, str]] = []
    quote = ""
    for number, line in enumerate(lines):
        for at, sign in enumerate(line if number < len(lines) - 1 else line[:column]):
            if quote:
                quote = "" if sign == quote else quote
            elif sign in "\"'" and not line[:at].rstrip()[-1:].isalnum():
                quote = sign
            elif sign in "[{":
                open_ones.append((number, at, sign))
            elif sign in "]}" and open_ones:
                open_ones.pop()
    return open_ones[-1] if open_ones else None


_Answer = tuple[str, str, str, tuple[int, int]]


class _Said:
    """One error of the parser with the text around it."""

    def __init__(
        self,
        problem: str,
        context: str,
        before: str,
        rest: str,
        first: str,
        first_place: tuple[int, int],
        place: tuple[int, int],
        first_line: int,
        above: str,
        opened: tuple[int, int, str] | None,
    ) -> None:
        self.opened = opened
        self.above = above
        self.problem, self.context = problem, context
        self.before, self.rest, self.first = before, rest, first
        self.first_place, self.place, self.first_line = first_place, place, first_line

    def plainly(self) -> _Answer:
        place, start = self.place, self.first_place
        problem = self.problem
        if "\t" in self.before[: len(self.before) - len(self.before.lstrip())] or (
            "tab character" in problem or (not self.before.strip() and self.rest.startswith("\t"))
        ):
            return "the line begins with a tab", "expected spaces", "replace each tab with two spaces", place
        if "while scanning a quoted scalar" in self.context:
            quote = self.first[:1]
            message = f"the quote that begins here ({quote}) is never closed"
            return message, f"expected a second {quote} at the end of the text", "add the closing quote", start
        if problem.startswith("mapping values are not allowed"):
            return self._colon()
        if problem.startswith("mapping keys are not allowed"):
            return "a text begins with a question mark", "YAML gives `? ` a meaning of its own", _QUOTES, place
        if problem.startswith("could not find expected ':'"):
            return (
                "the line has no key, or no space after its colon",
                "expected `key: value`",
                "add the colon and a space; text that goes on from the line above needs more spaces in front of it",
                start,
            )
        if problem.startswith("block sequence entries"):
            return (
                "a list begins behind a key on the same line",
                "expected each `- ` on a line of its own",
                "go to a new line before the `-`, or put the text between quotes if it is not a list",
                place,
            )
        if problem.startswith("found unknown escape"):
            return (
                "a backslash \\ between double quotes has a meaning of its own",
                "expected text without it, or single quotes",
                "use single quotes ' around the text, or write the backslash twice",
                place,
            )
        if "alias" in problem or "alias" in self.context:
            return (
                "a text begins with *, which has a meaning of its own in YAML",
                "expected a text that begins with another character",
                _QUOTES,
                place if "undefined" in problem else start,
            )
        if "anchor" in self.context:
            return (
                "a text begins with &, which has a meaning of its own in YAML",
                "expected a text that begins with another character",
                _QUOTES,
                start,
            )
        if "tag" in self.context or "tag" in problem:
            return (
                "a text begins with !, which has a meaning of its own in YAML",
                "expected a text that begins with another character",
                _QUOTES,
                start,
            )
        if problem.startswith("found character that cannot start any token"):
            return (
                f"a text cannot begin with {self.rest[:1]} here",
                "YAML keeps this character for itself",
                _QUOTES,
                place,
            )
        if "directive" in self.context:
            return "the line begins with %", "YAML keeps this character for itself", _QUOTES, place
        if "expected a single document" in self.context:
            return (
                "a line `---` begins a second document",
                "expected one document in the file",
                "delete the line",
                place,
            )
        if "block scalar" in self.context:
            return (
                "text stands on the same line as the | or > that announces it",
                "expected the text on the next lines, with more spaces in front",
                "go to a new line after the sign, or put the text between quotes",
                place,
            )
        if "nesting depth" in problem:
            return "the values are nested too deeply", "expected a few levels", "check the brackets", place
        if "flow" in self.context:
            return self._flow()
        if self.before.rstrip().endswith(('"', "'")) and self.before.strip() and self.rest.strip():
            return self._after_quote()
        if problem.startswith(("did not find expected key", "did not find expected '-'")):
            return self._indentation()
        if "document start" in problem:
            return "the text goes on where it should have ended", "expected one list or group", _INDENTATION, place
        return f"this is not valid YAML ({problem})", "expected `key: value` or `- item`", _QUOTES, place

    def _colon(self) -> _Answer:
        before = self.before.strip().removeprefix("- ")
        if ": " in before:
            return (
                "a colon followed by a space inside a text makes YAML see a second key",
                "expected the text between quotes",
                'write it like this: key: "text: more text"',
                self.place,
            )
        if before.endswith(('"', "'")) or not before:
            return "a colon stands where none is expected", "expected `key: value`", _QUOTES, self.place
        line = self.place[0]
        if re.match(r"[^\s'\"#:]+:[^\s/:]", self.above.strip().removeprefix("- ")):
            return (
                "the colon has no space behind it, so YAML sees no key here",
                "expected `key: value`",
                "put a space behind the colon",
                (line - 1, len(self.above) - len(self.above.lstrip())),
            )
        start = (line, len(self.before) - len(self.before.lstrip()))
        return (
            f"the key `{before[:40]}` stands further right than the keys it belongs with, or the line above it is "
            "not complete",
            "expected the keys of one group exactly below each other, and a space after each colon",
            _INDENTATION,
            start,
        )

    def _flow(self) -> _Answer:
        opened = self.first[:1]
        if opened not in ("[", "{"):
            return self._bracket()
        closing = {"[": "]", "{": "}"}.get(opened, "] or }")
        if self.rest.startswith(":"):
            before = self.before.rstrip()
            after_quote = before.endswith(('"', "'"))
            if self.place[0] == self.first_place[0] or after_quote or " " in before.strip():
                return (
                    f"a colon followed by a space inside a text between {opened} and {closing} makes YAML see a "
                    "second key",
                    "expected the text between quotes",
                    'write it like this: {text: "first: second", key: true}',
                    self.place,
                )
        if (
            self.place[0] > self.first_place[0]
            and self.rest.startswith((":", "-", ""))
            and not (self.before.rstrip().endswith(('"', "'")))
        ):
            return (
                f"the {opened} that begins here is not closed",
                f"expected {closing} at its end, and a comma between its items",
                f"add the {closing}; text that holds , [ ] {{ }} or `: ` needs quotes",
                self.first_place,
            )
        if self.before.rstrip().endswith(('"', "'")):
            return self._after_quote()
        return (
            f"a comma or the closing {closing} is missing",
            f"expected the items between {opened} and {closing} separated by commas",
            "text that holds , [ ] { } or `: ` needs quotes",
            self.place,
        )

    def _bracket(self) -> _Answer:
        """The parser stopped inside brackets and does not say which: the last one that is open is to blame."""
        if self.opened is None:
            return "a bracket is wrong here", "expected a comma between items", _QUOTES, self.place
        line, column, sign = self.opened
        closing = {"[": "]", "{": "}"}[sign]
        return (
            f"the {sign} that begins here is not closed",
            f"expected {closing} at its end, and a comma between its items",
            f"add the {closing}; text that holds , [ ] {{ }} or `: ` needs quotes",
            (line, column),
        )

    def _after_quote(self) -> _Answer:
        quote = self.before.rstrip()[-1]
        other = "'" if quote == '"' else '"'
        return (
            f"text goes on after the closing quote {quote}",
            "expected the line to end there",
            f"a quote inside the text needs the other kind of quotes around the whole: {other}…{other}; "
            "or an opening quote further up was never closed",
            self.place,
        )

    def _indentation(self) -> _Answer:
        line, column = self.first_place
        return (
            "this line does not stand in line with the group it belongs to",
            f"expected {_spaces(column)} in front of it, as on line {self.first_line + line}",
            _INDENTATION,
            self.place,
        )


def _spaces(number: int) -> str:
    return {0: "no space", 1: "1 space"}.get(number, f"{number} spaces")
