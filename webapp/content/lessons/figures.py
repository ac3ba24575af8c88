"""The figures of a lesson: seven kinds of drawing, each with the sentence that says what to see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from webapp.content.frozen import Frozen, Slug, Text
from webapp.content.lessons import guesses
from webapp.content.lessons.guesses import Guess, Placeable, Slider
from webapp.questions.flaws import Flaw

Number = Annotated[int | float, Field(allow_inf_nan=False)]
When = Annotated[str, StringConstraints(pattern=r"^\d{4}(-(0[1-9]|1[0-2]))?(/\d{4}(-(0[1-9]|1[0-2]))?)?$")]

Drawing = Literal["recipes", "cook", "missing-knives", "menu", "street", "leaf", "pot", "cup"]
"""What a tile of a picture can show."""

#: one tile is no row, and more than six are too small beside each other
FEWEST_TILES, MOST_TILES = 2, 6


class Drawn(Frozen):
    """What every figure has."""

    what: Literal["figure"] = Field(default="figure", exclude=True, repr=False)
    id: str = ""
    title: Annotated[Text, Field(description="what the figure shows, as a short title")]
    see: Annotated[Text, Field(description="one sentence that says what to see in it")]
    note: str = ""
    facts: tuple[Slug, ...] = ()
    guess: Annotated[Guess | None, Field(description="what the reader is asked before it is drawn")] = None

    @model_validator(mode="before")
    @classmethod
    def _identity_is_given_by_the_lesson(cls, values: object) -> object:
        if isinstance(values, dict) and "what" in values:
            raise PydanticCustomError("unknown_key", "unknown key `what`")
        return values

    @property
    def cited(self) -> tuple[str, ...]:
        """The ids of all facts of the figure, each once, in order."""
        parts = [part for name in ("rows", "events", "steps", "parts", "sides") for part in getattr(self, name, ())]
        return tuple(dict.fromkeys([*self.facts, *(part.fact for part in parts if part.fact)]))

    @property
    def placeable(self) -> Sequence[Placeable]:
        """What a guess may be about, in the order of the figure."""
        return ()

    @property
    def no_order(self) -> str:
        """Why the order of its parts can't be asked for; "" when it can."""
        return ""

    @property
    def goes_to_hundred(self) -> bool:
        """Whether its values are percent of a whole."""
        return False

    @property
    def slider(self) -> Slider | None:
        """Where the reader places a guess; None without a guess, or where an order is asked for."""
        return guesses.slider(self.guess, self.placeable, percent=self.goes_to_hundred) if self.guess else None

    @property
    def offered(self) -> list[int]:
        """The places of its parts in the order in which they are offered to be put right."""
        return guesses.shuffled([part.label for part in self.placeable])

    def flaws(self) -> Iterator[Flaw]:
        """What is wrong with a figure that has the right form."""
        if self.guess is not None:
            yield from guesses.flaws(self.guess, self.placeable, ordered=self.no_order, percent=self.goes_to_hundred)


class Row(Frozen):
    """A bar or a square."""

    label: Text
    value: Annotated[Number, Field(ge=0, description="the number that sets its size, from 0")]
    text: Annotated[str, Field(description="the value as it is shown, such as US$912 billion")] = ""
    fact: Slug | None = None
    emphasis: bool = False


class ValueRows(Drawn):
    """Values side by side."""

    unit: str = ""
    rows: Annotated[tuple[Row, ...], Field(min_length=1)]

    @property
    def placeable(self) -> Sequence[Placeable]:
        return [Placeable(row.label, row.value) for row in self.rows]

    @property
    def no_order(self) -> str:
        steps = [one.value - other.value for one, other in pairwise(self.rows)]
        falls_or_rises = all(step > 0 for step in steps) or all(step < 0 for step in steps)
        return "" if falls_or_rises else "the rows don't stand in the order of their values"


class Bars(ValueRows):
    """Values side by side, as bars."""

    kind: Literal["bars"]


class Scale(ValueRows):
    """Values side by side, as squares whose area is proportional."""

    kind: Literal["scale"]


class Event(Frozen):
    """A year, a month or a span of them."""

    when: Annotated[When, Field(description="a year (2023), a month (2023-05) or a span (2014/2023)")]
    label: Text
    fact: Slug | None = None


class Timeline(Drawn):
    """Events in the order of time."""

    kind: Literal["timeline"]
    events: Annotated[tuple[Event, ...], Field(min_length=1)]

    @property
    def placeable(self) -> Sequence[Placeable]:
        times = [(event.label, guesses.at_month(event.when)) for event in self.events]
        return [
            Placeable(label, at.value, at.scale) if at is not None else Placeable(label, None) for label, at in times
        ]

    @property
    def no_order(self) -> str:
        starts = [event.when.partition("/")[0] for event in self.events]
        # A year and a month of that year can't be told apart.
        apart = all(not later.startswith(earlier) for earlier, later in pairwise(starts))
        return "" if starts == sorted(starts) and apart else "the events don't stand in the order of time"


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

    @property
    def placeable(self) -> Sequence[Placeable]:
        return [Placeable(step.text, None) for step in self.steps]

    @property
    def no_order(self) -> str:
        return "a loop has no first step" if self.loop else ""


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

    @property
    def placeable(self) -> Sequence[Placeable]:
        return [Placeable(part.label, part.value) for part in self.parts]

    @property
    def no_order(self) -> str:
        return "parts of a whole have no order"

    @property
    def goes_to_hundred(self) -> bool:
        return True


class Side(Frozen):
    """One side of a comparison: how many of one thing for how many of another."""

    label: Text
    of: Annotated[Number, Field(ge=0, description="how many of what is shared out")]
    per: Annotated[Number, Field(gt=0, description="how many it is shared among")]
    fact: Slug | None = None

    @property
    def ratio(self) -> float:
        return self.of / self.per


class Ratio(Drawn):
    """Ratios side by side, whose two numbers the reader can change. They begin as the author wrote them."""

    kind: Literal["ratio"]
    of: Annotated[Text, Field(description="what is shared out, such as citations")]
    per: Annotated[Text, Field(description="what it is shared among, such as patents")]
    unit: Annotated[Text, Field(description="what the ratio is, such as citations for each patent")]
    to: Annotated[Number, Field(gt=0, description="how far the sliders go")]
    step: Annotated[Number, Field(gt=0, description="the step of the sliders")] = 1
    sides: Annotated[tuple[Side, ...], Field(min_length=1, max_length=4)]

    def flaws(self) -> Iterator[Flaw]:
        yield from super().flaws()
        step = Fraction(str(self.step))
        if Fraction(str(self.to)) / step > guesses.MOST_STOPS:
            yield Flaw(("to",), f"the sliders have more than {guesses.MOST_STOPS:,} stops", "make `step` larger")
        for place, side in enumerate(self.sides):
            for key, value in (("of", side.of), ("per", side.per)):
                if value > self.to:
                    fix = f"write {value} or more, or a smaller number here"
                    yield Flaw(("sides", place, key), f"{value} lies beyond the sliders, which go `to` {self.to}", fix)
                elif Fraction(str(value)) % step:
                    fix = "make `step` smaller, or change the number"
                    yield Flaw(("sides", place, key), f"no stop of the slider is at {value}", fix)


class Tile(Frozen):
    """A part of a picture: one of the drawings of templates/figures.html, and its words."""

    drawing: Annotated[Drawing, Field(description="the name of what is drawn")]
    label: Text
    text: Annotated[str, Field(description="what it stands for, in a word or two")] = ""


class TilePicture(Drawn):
    """Tiles in a row that make one picture. It can grow from lesson to lesson: each draws one tile more."""

    kind: Literal["picture"]
    shown: Annotated[int, Field(ge=1, description="how many of its tiles are drawn by now")] | None = None
    tiles: tuple[Tile, ...]

    @property
    def drawn(self) -> int:
        """How many tiles are drawn: all of them where nothing else is said."""
        return len(self.tiles) if self.shown is None else self.shown

    def flaws(self) -> Iterator[Flaw]:
        if self.guess is not None:
            yield Flaw(("guess",), "a picture has nothing to guess", "delete the key", on_key=True)
        if not FEWEST_TILES <= len(self.tiles) <= MOST_TILES:
            expected = f"expected {FEWEST_TILES} to {MOST_TILES}"
            yield Flaw(("tiles",), f"the number of tiles is {len(self.tiles)}; {expected}", "", on_key=True)
        elif self.drawn > len(self.tiles):
            said = f"`shown` is {self.shown}, and the picture has {len(self.tiles)} tiles"
            yield Flaw(("shown",), said, f"write a number up to {len(self.tiles)}, or delete the line")


KINDS: dict[str, type[Bars | Scale | Timeline | Chain | Parts | Ratio | TilePicture]] = {
    "bars": Bars,
    "scale": Scale,
    "timeline": Timeline,
    "chain": Chain,
    "parts": Parts,
    "ratio": Ratio,
    "picture": TilePicture,
}
Figure = Bars | Scale | Timeline | Chain | Parts | Ratio | TilePicture
