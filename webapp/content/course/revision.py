"""The revision of a question: what is shown and graded, as canonical JSON, and its hash."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from webapp.questions.contract import Question

_NEVER_SHOWN = {"accept", "numbers", "draft"}
"""Notes of the author to the checks, and what is said of no question that learners meet."""

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
