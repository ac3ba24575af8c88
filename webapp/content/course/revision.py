"""The revision of a question: what is shown and graded, as canonical JSON, and its hash."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from webapp.content.media.names import Medium, pinned
from webapp.questions import load, type_of
from webapp.questions.contract import Question

_NEVER_SHOWN = {"accept", "numbers", "draft", "source"}
"""Notes to the checks and to an import, and what is said of no question that learners meet."""

_FOR_FILING = {"tags", "level", "difficulty", "use", "retired"}
"""What sorts questions. It is kept in the body, and a change of it alone makes no new revision."""


_OF_TEMPLATES = {"parameters", "constraints", "template"}
"""What only questions with parameters have. Elsewhere it is left out, so that revisions from before there were any keep
their hash."""


_OF_MATERIALS = {"material", "shown_with"}
"""What only questions with shared material have, left out elsewhere for the same reason."""


_OF_FILES = {"takes"}
"""What only questions have whose answer may be a file, left out elsewhere for the same reason."""


def body(question: Question) -> dict[str, Any]:
    """The question as plain JSON-able values, enough for `webapp.questions.load` to bring it back."""
    hidden = _NEVER_SHOWN | _missing(question)
    return question.model_dump(mode="json", exclude=hidden)


def _missing(question: Question) -> set[str]:
    """The fields that only other questions have."""
    without_template = _OF_TEMPLATES if question.template is None else set()
    without_files = set() if type_of(question).takes_file(question) else _OF_FILES
    return without_template | without_files | (_OF_MATERIALS if question.shown_with is None else set())


def digest(question: Question) -> str:
    """SHA-256, in hex, of all that a learner sees or is graded by, shared material included. Of a question with
    parameters it is that of the template, whichever of its variants is asked."""
    if question.template is None:
        shown = question.model_dump(mode="json", exclude=_NEVER_SHOWN | _FOR_FILING | _missing(question))
    else:
        said = {name: value for name, value in question.template.items() if name not in _NEVER_SHOWN | _FOR_FILING}
        shown = {"template": said, "pillar": question.pillar}
        if question.shown_with is not None:
            shown["shown_with"] = question.shown_with.model_dump(mode="json")
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
