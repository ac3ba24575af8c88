"""Two texts that two people made of one item, brought together field by field.

What one of them changed is taken, from either; what both changed in different ways clashes, and somebody has to say
which of the two counts. An item of a list counts as a field where neither added, took out or moved one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Literal

from webapp.content.draft_flag import is_draft
from webapp.content.problems import Problems
from webapp.editor.yaml_roundtrip import edit, items

Side = Literal["mine", "theirs"]
_ABSENT: Any = object()
_COMMENT = re.compile(r"(?:^|\s)(#.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Joined:
    """One text made of two. `clashes` are the fields that both changed, by name."""

    text: str
    clashes: tuple[str, ...] = ()


def joined(base: str, theirs: str, mine: str, prefer: Side = "mine") -> Joined | None:
    """What both made of `base`; `prefer` tells whose words a field gets that both changed.

    None when a text can't be read, or when a comment that one of them wrote would be lost.
    """
    try:
        opened, there, here = (items.mapping_text(text) for text in (base, theirs, mine))
    except Problems:
        return None
    join = _Join(prefer)
    values = join.mapping(opened, there, here, top=True)
    if is_draft(there) not in (is_draft(opened), is_draft(here)):
        # Whether learners meet it is for those to say who see what they would meet.
        join.clashes["draft"] = None
        if prefer == "mine":
            values.pop("draft", None)
            values |= {"draft": here["draft"]} if "draft" in here else {}
    text = _text(base, theirs, mine, values)
    return Joined(text, tuple(join.clashes)) if text is not None else None


@dataclass
class _Join:
    prefer: Side
    clashes: dict[str, None] = field(default_factory=dict)

    def mapping(self, base: Any, theirs: Any, mine: Any, *, top: bool = False, name: str = "") -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key in dict.fromkeys((*mine, *theirs)):
            three = (each.get(key, _ABSENT) for each in (base, theirs, mine))
            value = self.value(*three, name=key if top else name)
            if value is not _ABSENT:
                made[key] = value
        return made

    def value(self, base: Any, theirs: Any, mine: Any, *, name: str) -> Any:
        if theirs in (base, mine):
            return mine
        if mine == base:
            return theirs
        if all(isinstance(each, dict) for each in (base, theirs, mine)):
            return self.mapping(base, theirs, mine, name=name)
        if all(isinstance(each, list) and len(each) == len(base) for each in (base, theirs, mine)):
            changed = [{n for n, old in enumerate(base) if each[n] != old} for each in (theirs, mine)]
            if not changed[0] & changed[1]:
                return [theirs[n] if n in changed[0] else value for n, value in enumerate(mine)]
        self.clashes[name] = None
        return mine if self.prefer == "mine" else theirs


def _text(base: str, theirs: str, mine: str, values: dict[str, Any]) -> str | None:
    """A text that says these values, with the spelling and the comments of both."""
    lines = _by_lines(base, theirs, mine)
    if lines is not None and edit.says(lines, values):
        return lines
    made = edit.revise(theirs, values)
    written = {comment for text in (theirs, mine) for comment in _comments(text)} - _comments(base)
    return made if written <= _comments(made) else None


def _comments(text: str) -> set[str]:
    return {found.strip() for found in _COMMENT.findall(text)}


def _by_lines(base: str, theirs: str, mine: str) -> str | None:
    """The lines of both; None where both changed the same ones."""
    old = base.split("\n")
    edits: list[tuple[int, int, list[str]]] = []
    for text in (theirs, mine):
        new = text.split("\n")
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        for tag, start, end, from_, to in matcher.get_opcodes():
            if tag != "equal" and (start, end, new[from_:to]) not in edits:
                edits.append((start, end, new[from_:to]))
    edits.sort(key=lambda each: each[:2])
    made: list[str] = []
    at = 0
    before = (-1, -1)
    for start, end, lines in edits:
        if start < at or (start, end) == before:
            return None
        made += [*old[at:start], *lines]
        at, before = end, (start, end)
    return "\n".join(made + old[at:])
