"""Regions of a picture, and the points that somebody set in it.

A point is two numbers in percent of the picture, from the left and from the top, with one decimal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import isfinite
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from webapp.questions.answers import N_
from webapp.questions.fields import Piece
from webapp.questions.inputs.options import Option
from webapp.questions.inputs.pictures import Percent

Point = tuple[float, float]

_POINT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ([0-9]{1,3}(?:\.[0-9]{1,6})?)")
#: the most points that are looked at
_MOST = 20
#: smaller ones can't be hit by a finger on a telephone, which is 24 pixels wide there, and a picture some 330
_LEAST_RADIUS, _LEAST_SIDE = 3.5, 7.0


def _reachable(least: float, value: float) -> float:
    if value < least:
        bounds = {"least": f"{least:g}"}
        raise PydanticCustomError("reachable", "expected {least} or more: a finger can't hit less", bounds)
    return value


Radius = Annotated[Percent, AfterValidator(lambda value: _reachable(_LEAST_RADIUS, value))]
Side = Annotated[Percent, AfterValidator(lambda value: _reachable(_LEAST_SIDE, value))]


class Circle(Piece):
    """A round region."""

    x: Percent = Field(title=N_("From the left"), description="Its middle, in percent of the picture's width.")
    y: Percent = Field(title=N_("From the top"), description="Its middle, in percent of the picture's height.")
    r: Radius = Field(title=N_("Radius"), description="Its radius, in percent of the picture's width.")

    def has(self, point: Point, height: float) -> bool:
        """Whether a point lies in it or on its edge, in a picture that is `height` times as high as wide."""
        return (point[0] - self.x) ** 2 + ((point[1] - self.y) * height) ** 2 <= self.r**2 + 1e-9


class Rectangle(Piece):
    """A region with four corners."""

    x: Percent = Field(title=N_("From the left"), description="Its left edge, in percent of the picture's width.")
    y: Percent = Field(title=N_("From the top"), description="Its upper edge, in percent of the picture's height.")
    w: Side = Field(title=N_("Width"), description="In percent of the picture's width.")
    h: Side = Field(title=N_("Height"), description="In percent of the picture's height.")

    @model_validator(mode="after")
    def _within(self) -> Rectangle:
        if self.x + self.w > 100 or self.y + self.h > 100:
            raise PydanticCustomError("within", "expected a rectangle that does not reach beyond the picture")
        return self

    def has(self, point: Point, height: float) -> bool:
        """Whether a point lies in it or on its edge."""
        return self.x <= point[0] <= self.x + self.w and self.y <= point[1] <= self.y + self.h


class Spot(Option):
    """A place in a picture: its region, and the words by which it stands in the list."""

    circle: Circle | None = Field(default=None, title=N_("A circle"), description="Its region, if it is round.")
    rect: Rectangle | None = Field(
        default=None, title=N_("A rectangle"), description="Its region, if it has four corners."
    )

    @model_validator(mode="after")
    def _one_region(self) -> Spot:
        if (self.circle is None) == (self.rect is None):
            raise PydanticCustomError("region", "expected either circle or rect")
        return self

    def has(self, point: Point, height: float) -> bool:
        """Whether a point lies in it, in a picture that is `height` times as high as wide."""
        region = self.circle or self.rect
        return region is not None and region.has(point, height)

    def corner(self, height: float) -> Point:
        """Where its number stands: on its edge, where it covers no mark within, and wholly in the picture."""
        x, y = 50.0, 50.0
        if self.circle is not None:
            x, y = self.circle.x, self.circle.y - self.circle.r / height
        elif self.rect is not None:
            x, y = self.rect.x, self.rect.y
        return min(96.0, max(4.0, x)), min(95.0, max(5.0, y))


def points_in(response: object) -> list[Point]:
    """The points of a response, each once, in the order in which they were set; what is none is left out."""
    given = response.get("points") if isinstance(response, dict) else None
    found = (_point(each) for each in given[:_MOST]) if isinstance(given, list) else ()
    return list(dict.fromkeys(point for point in found if point is not None))


def _point(value: object) -> Point | None:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    x, y = value
    for each in (x, y):
        if isinstance(each, bool) or not isinstance(each, int | float) or not 0 <= each <= 100 or not isfinite(each):
            return None
    return round(float(x), 1), round(float(y), 1)


def points_of(text: str) -> list[Point]:
    """The points in a field: `12.5 40; 30 7`."""
    found = (_POINT.fullmatch(each.strip()) for each in text.split(";")[:_MOST])
    return points_in({"points": [[float(match[1]), float(match[2])] for match in found if match]})


def points_text(points: Iterable[Point]) -> str:
    """Points as they stand in a field."""
    return "; ".join(f"{x:g} {y:g}" for x, y in points)
