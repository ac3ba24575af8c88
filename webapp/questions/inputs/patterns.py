"""Regular expressions that can't run away: matched in time proportional to pattern × text, whatever the two are.

Python's own engine may need ages for an unlucky pair, and a pattern comes from an author while the text comes from
anybody. So a pattern is taken apart here into a small automaton whose states advance together over the text
(Thompson 1968, doi:10.1145/363347.363387). Only single characters and classes are left to `re`, where nothing can
blow up.

Understood: text, `.`, classes `[a-z]`, `\\d \\w \\s` and escapes, groups `( )` and `(?: )`, `|`, `* + ? {2} {2,} {2,4}`
(lazy marks are allowed and change nothing), and `^`, `$` at the ends. The whole text has to match. What looks around
or back (`(?=`, `\\1`, `\\b`) is refused.

Judged in its place: google-re2 1.1.20251105, which, once `\\d \\w \\s` were spelt out as Unicode ranges, matched as
this does in every one of thousands of random pairs (only `ı` and `İ` are no `i` to it), mostly in 4 µs instead of 10,
and in 1 ms where this needs 45. It lost because its wheels come late for a new Python (nine months for 3.13, none for
3.15 in November 2026) and without one it needs RE2 and a C++ compiler, while the reader below would have to stay for
its messages, and a pattern of many `\\w` would take 300 ms and 4 MB to build, not 1 ms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

_MOST_STATES = 1_000
_LONGEST = 300
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_ESCAPE = re.compile(r"\\(?:[dDwWsS]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^a-zA-Z0-9]|[nrtfv])")
_COUNT = re.compile(r"\{(\d{1,3})(,(\d{1,3})?)?\}")
# What Python reads as plain signs for now, with a warning that a later version may read it as a set within a set.
_SET_OF_SETS = re.compile(r"^\[\^?(\[)|(--|&&|~~|\|\|)")


class PatternError(ValueError):
    """Why a pattern can't be used, in plain words."""


@dataclass
class Pattern:
    """An automaton: states are numbers; state 0 has no way out and is the end."""

    flags: re.RegexFlag
    atoms: list[re.Pattern[str] | None] = field(default_factory=lambda: [None])
    ways: list[tuple[int, ...]] = field(default_factory=lambda: [()])
    start: int = 0

    def fullmatch(self, text: str) -> bool:
        """Whether the whole text matches."""
        states = self._closed({self.start})
        for sign in text:
            states = self._closed(
                {
                    self.ways[state][0]
                    for state in states
                    if (atom := self.atoms[state]) is not None and atom.fullmatch(sign)
                }
            )
            if not states:
                return False
        return 0 in states

    def _closed(self, states: set[int]) -> set[int]:
        """The states and all that can be reached from them without a character."""
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if self.atoms[state] is None:
                for target in self.ways[state]:
                    if target not in states:
                        states.add(target)
                        waiting.append(target)
        return states

    def add(self, atom: re.Pattern[str] | None, *ways: int) -> int:
        """A new state that takes a character of the atom (or none) and goes on to `ways`. Raises PatternError."""
        if len(self.atoms) >= _MOST_STATES:
            raise PatternError("the pattern is too large; use smaller counts")
        self.atoms.append(atom)
        self.ways.append(ways)
        return len(self.atoms) - 1


@dataclass(frozen=True)
class Sequence:
    """Parts one after the other."""

    parts: list[Tree]


@dataclass(frozen=True)
class Alternatives:
    """Alternatives."""

    branches: list[Tree]


@dataclass(frozen=True)
class Repeat:
    """A part several times; `most` is None where there is no end."""

    part: Tree
    least: int
    most: int | None


Tree = str | Sequence | Alternatives | Repeat
"""A pattern taken apart; a text is an atom."""


class _PatternReader:
    """Reads a pattern into a tree, from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def alternatives(self, depth: int = 0) -> Tree:
        if depth > 20:
            raise PatternError("the pattern's groups are too deep")
        branches = [self._sequence(depth)]
        while self._take("|"):
            branches.append(self._sequence(depth))
        return branches[0] if len(branches) == 1 else Alternatives(branches)

    def _take(self, sign: str) -> bool:
        if self.text.startswith(sign, self.place):
            self.place += len(sign)
            return True
        return False

    def _sequence(self, depth: int) -> Tree:
        parts: list[Tree] = []
        while self.place < len(self.text) and self.text[self.place] not in "|)":
            parts.append(self._repeated(self._part(depth)))
        return Sequence(parts)

    def _part(self, depth: int) -> Tree:
        if self._take("("):
            if self._take("?") and not self._take(":"):
                raise PatternError("`(?` is only understood as a plain group `(?: )`")
            inner = self.alternatives(depth + 1)
            if not self._take(")"):
                raise PatternError("a `(` isn't closed")
            return inner
        for shape, wrong in ((_CLASS, "["), (_ESCAPE, "\\")):
            if self.text[self.place] == wrong:
                match = shape.match(self.text, self.place)
                if match is None:
                    raise PatternError(
                        "a `[` isn't closed"
                        if wrong == "["
                        else f"`{self.text[self.place : self.place + 2]}` isn't understood"
                    )
                self.place = match.end()
                if wrong == "[":
                    _refuse_sets(match[0])
                return match[0]
        sign = self.text[self.place]
        if sign in "*+?":
            raise PatternError(f"`{sign}` has nothing to repeat")
        if sign in "^$":
            raise PatternError(f"`{sign}` isn't needed: the whole answer has to match")
        self.place += 1
        return sign if sign == "." else re.escape(sign)

    def _repeated(self, part: Tree) -> Tree:
        if self.place >= len(self.text):
            return part
        sign = self.text[self.place]
        if sign in "*+?":
            self.place += 1
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        elif count := _COUNT.match(self.text, self.place):
            self.place = count.end()
            least = int(count[1])
            most = least if count[2] is None else (int(count[3]) if count[3] else None)
            if most is not None and most < least:
                raise PatternError(f"`{count[0]}` counts down")
        else:
            return part
        self._take("?")
        if self.place < len(self.text) and (self.text[self.place] in "*+?" or _COUNT.match(self.text, self.place)):
            raise PatternError("two repetitions stand one after the other")
        return Repeat(part, least, most)


def _refuse_sets(text: str) -> None:
    """Refuses a class that may mean a set within a set. Raises PatternError."""
    if found := _SET_OF_SETS.search(re.sub(r"\\.", "..", text)):
        sign = found[1] or found[2]
        raise PatternError(f"`{sign}` in `{text}` can be read in two ways; write `\\{sign[0]}` for the sign itself")


def _build(pattern: Pattern, tree: Tree, target: int) -> int:
    """Adds states that match the tree and go on to the target; gives the first of them."""
    if isinstance(tree, str):
        try:
            atom = re.compile(tree, pattern.flags | re.DOTALL)
        except re.error as error:
            raise PatternError(f"`{tree}` isn't a class of characters: {error}") from None
        return pattern.add(atom, target)
    if isinstance(tree, Sequence):
        for part in reversed(tree.parts):
            target = _build(pattern, part, target)
        return target
    if isinstance(tree, Alternatives):
        return pattern.add(None, *[_build(pattern, branch, target) for branch in tree.branches])
    if tree.most is None:
        loop = pattern.add(None)
        pattern.ways[loop] = (_build(pattern, tree.part, loop), target)
        target = loop
    else:
        end = target
        for _ in range(tree.most - tree.least):
            target = pattern.add(None, _build(pattern, tree.part, target), end)
    for _ in range(tree.least):
        size = len(pattern.atoms)
        target = _build(pattern, tree.part, target)
        if len(pattern.atoms) == size:
            break  # nothing, any number of times, is nothing; counting it in nested groups would take forever
    return target


@lru_cache(maxsize=2_000)
def compiled(text: str, ignore_case: bool) -> Pattern:
    """The automaton of a pattern. Raises PatternError."""
    if len(text) > _LONGEST:
        raise PatternError(f"the pattern is longer than {_LONGEST} characters")
    pattern = Pattern(re.IGNORECASE if ignore_case else re.NOFLAG)
    pattern.start = _build(pattern, tree_of(text), 0)
    return pattern


def tree_of(text: str) -> Tree:
    """A pattern taken apart. Raises PatternError."""
    inner = text.removeprefix("^")
    before = inner.removesuffix("$")
    if (len(before) - len(before.rstrip("\\"))) % 2 == 0:  # else the backslash before the `$` makes it a plain sign
        inner = before
    reader = _PatternReader(inner)
    tree = reader.alternatives()
    if reader.place < len(inner):
        raise PatternError("a `)` closes nothing")
    return tree
