"""What a new question or quiz begins with: a skeleton, the worked example of its type, a copy; and an id of its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from webapp.content.draft_flag import is_draft
from webapp.editor.yaml_roundtrip import edit, items
from webapp.questions import TYPES

#: characters of a stem that an id is made from
_LONGEST_WORDS = 500


def skeleton(kind: str, type_name: str = "") -> str:
    """The YAML that a new item begins with."""
    if kind == "quiz":
        return "kind: quiz"
    if kind == "material":
        return ""
    return f"type: {type_name}\nlevel: understand\ndifficulty: medium"


def example_of(type_name: str) -> dict[str, Any]:
    """The worked example of a type, as values, without what only makes sense in the course it comes from."""
    values = items.mapping_text(TYPES[type_name].example)
    return {name: value for name, value in values.items() if name not in ("id", "facts", "section", "tags")}


def example_text(type_name: str) -> str:
    """The worked example of a type, to be changed."""
    return edit.revise(TYPES[type_name].example.strip(), example_of(type_name))


def copy_of(item: items.FileItem, taken: Iterable[str]) -> str:
    """The text of an item with an id that is still free."""
    values = dict(item.values)
    values["id"] = free_id(f"{item.id}-copy", taken)
    values.pop("retired", None)
    values.pop("source", None)
    values.pop("draft", None)
    return edit.revise(item.text, values)


def flagged(text: str, draft: bool) -> str:
    """The text of an item as a draft, or as what is published. Raises Problems when it is no YAML."""
    values = items.mapping_text(text) if text.strip() else {}
    if is_draft(values) == draft and (draft or "draft" not in values):
        return text
    values = {name: value for name, value in values.items() if name != "draft"}
    if not draft:
        return edit.revise(text, values)
    head = {name: values[name] for name in values if name in ("id", "type")}
    return edit.revise(text, {**head, "draft": "true", **values} if text.strip() else {"draft": "true"})


_COMMON = re.compile(
    r"an?|and|are|as|at|be|by|did|do|does|for|from|had|has|have|how|in|is|it|its|of|on|or|that|the|their|this|to|was|"
    r"were|what|when|which|who|why|will|with|your?"
)


def suggested_id(words: str, pillar: str, taken: Iterable[str]) -> str:
    """An id made of a pillar and the first words that say something; "" when there are none."""
    plain = unicodedata.normalize("NFKD", words[:_LONGEST_WORDS]).encode("ascii", "ignore").decode().lower()
    found = [word for word in re.findall(r"[a-z0-9]+", plain) if not _COMMON.fullmatch(word)][:4]
    if not found:
        return ""
    name = "-".join([pillar, *found] if pillar and not found[0].startswith(pillar) else found)
    return free_id(name[:70].rstrip("-"), taken)


def free_id(name: str, taken: Iterable[str]) -> str:
    """The name, with a number behind it when it is taken."""
    used = set(taken)
    number = 2
    free = name
    while free in used:
        free = f"{name}-{number}"
        number += 1
    return free


def with_id(text: str, name: str) -> str:
    """The text with an id at its head."""
    return f"id: {name}\n{text}" if text else f"id: {name}"
