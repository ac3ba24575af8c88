"""The revision of a question: what is shown and graded, as canonical JSON, and its hash."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from webapp.content.media.names import Medium, pinned
from webapp.questions import load
from webapp.questions.contract import Question

_NEVER_SHOWN = {"accept", "numbers"}
"""Notes of the author to the checks."""

_FOR_FILING = {"tags", "level", "difficulty", "use", "retired"}
"""What sorts questions. It is kept in the body, and a change of it alone makes no new revision."""


def body(question: Question) -> dict[str, Any]:
    """The question as plain JSON-able values, enough for `webapp.questions.load` to bring it back."""
    return question.model_dump(mode="json", exclude=_NEVER_SHOWN)


def digest(question: Question) -> str:
    """SHA-256, in hex, of all that a learner sees or is graded by."""
    shown = question.model_dump(mode="json", exclude=_NEVER_SHOWN | _FOR_FILING)
    canonical = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def tied(question: Question, pictures: Mapping[str, Medium]) -> Question:
    """The question with each picture that it shows tied to its content of today, as it is in a course."""
    return load(_tied(question.model_dump(mode="json"), pictures))


def _tied(values: Any, pictures: Mapping[str, Medium]) -> Any:
    if isinstance(values, dict):
        return {key: _tied(value, pictures) for key, value in values.items()}
    if isinstance(values, list):
        return [_tied(value, pictures) for value in values]
    return pinned(values, pictures) if isinstance(values, str) else values
