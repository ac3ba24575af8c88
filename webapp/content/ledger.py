"""The ledger: the source of a course and its numbered facts, each with how firmly it is known."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from webapp.content.frozen import Frozen, Slug, Text
from webapp.content.problems import Problems
from webapp.content.yaml import schema_errors
from webapp.content.yaml.source import Document, parse_yaml

Firmness = Literal["stated", "reported", "estimated", "claimed", "judgement"]


class FactFigure(Frozen):
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
    figures: tuple[FactFigure, ...] = ()
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
