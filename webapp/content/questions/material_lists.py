"""The shared material of a questions file: read, checked, and given to the questions that name it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic import ValidationError

from webapp.content import markdown
from webapp.content.problems import MOST_TOLD, Problem, did_you_mean, listed
from webapp.content.yaml import schema_errors
from webapp.content.yaml.source import Document
from webapp.questions.contract import Question
from webapp.questions.flaws import ValuePath
from webapp.questions.materials import Material

LIST = "materials"


@dataclass(frozen=True, slots=True)
class FoundMaterials:
    """The materials of a file with their places in its list. `names` has the id of those with problems, too: they
    exist, so that nobody who names them need be told otherwise."""

    materials: tuple[Material, ...] = ()
    places: tuple[int, ...] = ()
    names: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()

    def given_to(self, questions: Iterable[Question]) -> tuple[Question, ...]:
        """The questions, each with the material that it names."""
        if not self.materials:
            return tuple(questions)
        by_name = {material.id: material for material in self.materials}
        return tuple(
            question.model_copy(update={"shown_with": by_name[question.material]})
            if question.material in by_name
            else question
            for question in questions
        )


def read_materials(document: Document) -> FoundMaterials:
    """The materials of a questions file, which is a mapping or empty."""
    items = (document.values or {}).get(LIST)
    if items is None:
        return FoundMaterials()
    if not isinstance(items, list):
        said = f"`{LIST}` is not a list"
        return FoundMaterials(problems=(document.problem((LIST,), said, "expected items that begin with `- `"),))
    problems: list[Problem] = []
    found: list[tuple[int, Material]] = []
    for place, item in enumerate(items):
        if len(problems) >= MOST_TOLD:
            break
        try:
            material = Material.model_validate(item, context={"from_file": True})
        except ValidationError as error:
            schema = Material.model_json_schema()
            problems.extend(schema_errors.explain(error, document, (LIST, place), item, schema))
            continue
        found.append((place, material))
        problems.extend(_formulas(document, material, (LIST, place)))
    said_ids = [item.get("id") for item in items if isinstance(item, dict)]
    return FoundMaterials(
        tuple(material for _, material in found),
        tuple(place for place, _ in found),
        frozenset(name for name in said_ids if isinstance(name, str)),
        tuple(problems),
    )


def _formulas(document: Document, material: Material, base: ValuePath) -> Iterable[Problem]:
    """A problem for each formula that can't be shown."""
    for name in ("title", "text"):
        text = getattr(material, name)
        for formula in markdown.unreadable(text) if "$" in text else ():
            yield Problem(document.locate((*base, name), needle=formula.source), *formula.problem)


def unknown_materials(
    document: Document, items: Sequence[Any], places: Iterable[int], names: Collection[str]
) -> Iterable[Problem]:
    """A problem for each question at these places of the list that names a material which the file hasn't."""
    said_there = ((place, items[place].get("material")) for place in places if isinstance(items[place], dict))
    unknown = ((place, name) for place, name in said_there if isinstance(name, str) and name not in names)
    expected = f"expected one of {listed(sorted(names))}" if names else f"expected it under `{LIST}:`"
    for place, name in islice(unknown, MOST_TOLD):
        said = f"the material `{name}` is not in this file"
        yield document.problem(("questions", place, "material"), said, expected, did_you_mean(name, names))
