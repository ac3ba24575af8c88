"""The values of a question, whatever its type: for rules that look at every text of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from webapp.questions.flaws import ValuePath

NOT_SHOWN = frozenset({"numbers", "accept", "source", "parameters", "constraints", "template", "shown_with"})
"""Fields of every question that are words to authors, or shared with others."""


def values_of(value: object, path: ValuePath = ()) -> Iterator[tuple[ValuePath, Any]]:
    """Every text, number and flag in a question, at any depth, with its path; what learners never see left out."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if path or name not in NOT_SHOWN:
                yield from values_of(getattr(value, name), (*path, name))
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from values_of(item, (*path, place))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from values_of(item, (*path, name))
    else:
        yield path, value
