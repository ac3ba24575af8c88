"""The figures of a lesson: five kinds of drawing, each with the sentence that says what to see."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from webapp.content.frozen import Frozen, Slug, Text

Number = Annotated[int | float, Field(allow_inf_nan=False)]
When = Annotated[str, StringConstraints(pattern=r"^\d{4}(-(0[1-9]|1[0-2]))?(/\d{4}(-(0[1-9]|1[0-2]))?)?$")]


class Drawn(Frozen):
    """What every figure has."""

    what: Literal["figure"] = Field(default="figure", exclude=True, repr=False)
    id: str = ""
    title: Annotated[Text, Field(description="what the figure shows, as a short title")]
    see: Annotated[Text, Field(description="one sentence that says what to see in it")]
    note: str = ""
    facts: tuple[Slug, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _identity_is_given_by_the_lesson(cls, values: object) -> object:
        if isinstance(values, dict) and "what" in values:
            raise PydanticCustomError("unknown_key", "unknown key `what`")
        return values

    @property
    def cited(self) -> tuple[str, ...]:
        """The ids of all facts of the figure, each once, in order."""
        parts = [part for name in ("rows", "events", "steps", "parts") for part in getattr(self, name, ())]
        return tuple(dict.fromkeys([*self.facts, *(part.fact for part in parts if part.fact)]))


class Row(Frozen):
    """A bar or a square."""

    label: Text
    value: Annotated[Number, Field(ge=0, description="the number that sets its size, from 0")]
    text: Annotated[str, Field(description="the value as it is shown, such as US$912 billion")] = ""
    fact: Slug | None = None
    emphasis: bool = False


class Bars(Drawn):
    """Values side by side, as bars."""

    kind: Literal["bars"]
    unit: str = ""
    rows: Annotated[tuple[Row, ...], Field(min_length=1)]


class Scale(Drawn):
    """Values side by side, as squares whose area is proportional."""

    kind: Literal["scale"]
    unit: str = ""
    rows: Annotated[tuple[Row, ...], Field(min_length=1)]


class Event(Frozen):
    """A year, a month or a span of them."""

    when: Annotated[When, Field(description="a year (2023), a month (2023-05) or a span (2014/2023)")]
    label: Text
    fact: Slug | None = None


class Timeline(Drawn):
    """Events in the order of time."""

    kind: Literal["timeline"]
    events: Annotated[tuple[Event, ...], Field(min_length=1)]


class ChainStep(Frozen):
    """A link of a chain."""

    text: Text
    kind: Literal["cause", "effect", "risk"] | None = None
    fact: Slug | None = None


class Chain(Drawn):
    """Steps that lead to each other."""

    kind: Literal["chain"]
    steps: Annotated[tuple[ChainStep, ...], Field(min_length=2)]
    loop: Annotated[bool, Field(description="whether the last step leads back to the first")] = False


class PartOfWhole(Frozen):
    """A part of a whole."""

    label: Text
    text: str = ""
    value: Annotated[Number, Field(ge=0, le=100, description="its share in percent")] | None = None
    fact: Slug | None = None


class Parts(Drawn):
    """A map of the parts of a whole; with values in percent they are drawn in proportion."""

    kind: Literal["parts"]
    whole: Text
    parts: Annotated[tuple[PartOfWhole, ...], Field(min_length=1)]


KINDS: dict[str, type[Bars | Scale | Timeline | Chain | Parts]] = {
    "bars": Bars,
    "scale": Scale,
    "timeline": Timeline,
    "chain": Chain,
    "parts": Parts,
}
Figure = Bars | Scale | Timeline | Chain | Parts
