"""What a learner answered, and how the parts stood on the paper. Both may come from anywhere, so reading one never
raises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webapp.questions.answers import typed, written

Response = dict[str, Any]
"""What a learner answered, as a JSON-able dictionary of the question's own ids. None is "not answered"."""
Order = dict[str, list[str]]
"""How the parts of a question stand on one learner's paper: lists of ids, made from a seed."""

LONGEST_ANSWER = 200
"""The most characters of a typed answer that are looked at. More is refused as badly formed."""


def entry(response: object, name: str) -> str | None:
    """The text under a name of a response; None when it isn't there, is blank or isn't text."""
    value = response.get(name) if isinstance(response, dict) else None
    return (typed(value) or None) if isinstance(value, str) else None


def passage(response: object, name: str) -> str | None:
    """The text of several lines under a name of a response; None when it isn't there, is blank or isn't text."""
    value = response.get(name) if isinstance(response, dict) else None
    return (written(value) or None) if isinstance(value, str) else None


def entries(response: object, name: str) -> list[str]:
    """The texts in the list under a name of a response, without repeats; what isn't text is left out."""
    value = response.get(name) if isinstance(response, dict) else None
    return list(dict.fromkeys(item for item in value if isinstance(item, str))) if isinstance(value, list) else []


def table(response: object, name: str) -> dict[str, str]:
    """The texts by id under a name of a response; what is blank or isn't text is left out."""
    value = response.get(name) if isinstance(response, dict) else None
    if not isinstance(value, dict):
        return {}
    texts = {key: typed(text) for key, text in value.items() if isinstance(key, str) and isinstance(text, str)}
    return {key: text for key, text in texts.items() if text}


@dataclass(frozen=True, slots=True)
class HandedFile:
    """A file that was handed in as an answer, as the response tells of it; its bytes are kept elsewhere."""

    id: int
    name: str
    size: int
    #: sha256 (hex) of its bytes
    digest: str
    #: when it was handed in, ISO 8601
    at: str

    def as_response(self) -> Response:
        return {"id": self.id, "name": self.name, "size": self.size, "digest": self.digest, "at": self.at}


def handed_file(response: object) -> HandedFile | None:
    """The file under `file` of a response; None where there is none, or what is there tells of none."""
    told = response.get("file") if isinstance(response, dict) else None
    if not isinstance(told, dict):
        return None
    number, name, size = told.get("id"), told.get("name"), told.get("size")
    if not isinstance(number, int) or not isinstance(name, str) or not isinstance(size, int):
        return None
    digest, at = told.get("digest"), told.get("at")
    return HandedFile(number, typed(name), size, str(digest or ""), str(at or ""))
