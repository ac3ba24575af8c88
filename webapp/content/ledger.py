"""The ledger: the source of a course and its numbered facts, each with how firmly it is known."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, StringConstraints, ValidationError, model_validator

from webapp.content.frozen import Frozen, Slug, Text
from webapp.content.problems import Problems
from webapp.content.yaml import schema_errors
from webapp.content.yaml.source import Document, parse_yaml

Firmness = Literal["stated", "reported", "estimated", "claimed", "judgement", "looked-up"]
#: firmest first, as the source puts it; and last what the course took from elsewhere
FIRMNESSES: tuple[Firmness, ...] = get_args(Firmness)


class FactFigure(Frozen):
    """One number of a fact."""

    value: Annotated[int | float, Field(allow_inf_nan=False, description="the number itself")]
    unit: Annotated[str, Field(description="what is counted, such as percent or billion US dollars")]
    period: Annotated[str, Field(description="the time it belongs to")] = ""
    about: Annotated[str, Field(description="what the number is about")] = ""


Address = Annotated[str, StringConstraints(pattern=r"^(https://\S+)?$", max_length=500)]


class OutsideSource(Frozen):
    """Where a fact was looked up that the source of the course does not state."""

    name: Annotated[Text, Field(description="who says it, as a reader would look for it")]
    date: Annotated[Text, Field(description="when it was said or, for a page without a date, when it was read")]
    address: Annotated[Address, Field(description="where it stands, beginning with https://")] = ""


class Fact(Frozen):
    """One claim of the source in the course's own words, or one that the course looked up elsewhere."""

    id: Annotated[Slug, Field(description="a short id that stays the same for good")]
    claim: Annotated[Text, Field(description="what is claimed, in one or two sentences")]
    firmness: Annotated[Firmness, Field(description="how firmly the source puts it")]
    section: Annotated[Slug, Field(description="the pillar it belongs to, or opening or closing")]
    figures: tuple[FactFigure, ...] = ()
    note: str = ""
    looked_up: Annotated[OutsideSource | None, Field(description="where, for the firmness looked-up")] = None

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if self.firmness == "looked-up" and self.looked_up is None:
            raise ValueError("a fact that was looked up says where: add `looked_up:` with name and date")
        if self.firmness != "looked-up" and self.looked_up is not None:
            raise ValueError("`looked_up:` stands only beside `firmness: looked-up`")
        return self


class Source(Frozen):
    """Where the facts come from."""

    author: Text
    title: Text
    publisher: str = ""
    series: str = ""
    address: Address = ""
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
