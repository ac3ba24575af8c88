"""The ledger: the source of a course and its numbered facts, each with how firmly it is known."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from webapp.content.problems import Problem, Problems
from webapp.content.yaml import schema_errors
from webapp.content.yaml.source import Document, parse_yaml

Slug = Annotated[str, StringConstraints(pattern=schema_errors.SLUG, max_length=80)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Firmness = Literal["stated", "reported", "estimated", "claimed", "judgement"]


class Frozen(BaseModel):
    """What every part of a course is: read once, never changed, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Amount(Frozen):
    """One number of a fact."""

    value: Annotated[int | float, Field(allow_inf_nan=False, description="the number itself")]
    unit: Annotated[str, Field(description="what is counted, such as percent or billion US dollars")]
    period: Annotated[str, Field(description="the time it belongs to")] = ""
    about: Annotated[str, Field(description="what the number is about")] = ""


class Fact(Frozen):
    """One claim of the source, in the course's own words."""

    id: Annotated[Slug, Field(description="a short id that stays the same for good")]
    claim: Annotated[Text, Field(description="what is claimed, in one or two sentences")]
    firmness: Annotated[Firmness, Field(description="how firmly the source puts it")]
    section: Annotated[Slug, Field(description="the pillar it belongs to, or opening or closing")]
    figures: tuple[Amount, ...] = ()
    note: str = ""


class Source(Frozen):
    """Where the facts come from."""

    author: Text
    title: Text
    publisher: str = ""
    series: str = ""
    address: Annotated[str, StringConstraints(pattern=r"^(https://\S+)?$")] = ""
    summary: str = ""


class Ledger(Frozen):
    """The whole file."""

    source: Source
    facts: tuple[Fact, ...]


def read_ledger(text: str, file: str) -> tuple[Ledger, Document]:
    """The ledger of a YAML text. Raises Problems."""
    document = parse_yaml(text, file)
    values: Any = document.values
    if not isinstance(values, dict):
        raise Problems([document.problem((), "the ledger is empty", "expected the keys `source` and `facts`")])
    try:
        ledger = Ledger.model_validate(values)
    except ValidationError as error:
        raise Problems(schema_errors.explain(error, document, (), values, Ledger.model_json_schema())) from None
    return ledger, document


def twins(ids: list[str], document: Document, base: tuple[str | int, ...]) -> list[Problem]:
    """A Problem for each id of a list that stands there a second time."""
    first: dict[str, int] = {}
    problems = []
    for index, name in enumerate(ids):
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
