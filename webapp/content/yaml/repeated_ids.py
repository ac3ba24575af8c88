"""Ids that a list of a file uses twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from webapp.content.problems import Problem
from webapp.content.yaml.source import Document
from webapp.questions.flaws import ValuePath


def repeated_ids(ids: Sequence[str] | Mapping[int, str], document: Document, base: ValuePath) -> list[Problem]:
    """A Problem for each id of a list that stands there a second time. `ids` are all of them, or those by place."""
    first: dict[str, int] = {}
    problems = []
    for index, name in sorted(ids.items()) if isinstance(ids, Mapping) else enumerate(ids):
        if name in first:
            place = document.locate((*base, first[name], "id"))
            problems.append(
                document.problem(
                    (*base, index, "id"),
                    f"the id `{name}` is used a second time",
                    f"it is already on line {place.line}",
                    "give one of the two another id",
                )
            )
        first.setdefault(name, index)
    return problems
