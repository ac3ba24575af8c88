"""Places in a picture, to be pointed at.

Example::

    id: where-pollen-lands
    type: hotspot
    stem: Point at the part of the flower on which pollen has to land.
    level: understand
    picture: "![A flower cut in half, seen from the side](media/flower.png)"
    spots:
      - {text: "At the top, in the middle", circle: {x: 50, y: 14, r: 6}, key: true, feedback: The stigma is sticky.}
      - {text: "Upper left, on a thin stalk", circle: {x: 26, y: 26, r: 6}, feedback: "The anther gives pollen away."}
      - {text: "Below, in the middle", rect: {x: 40, y: 62, w: 20, h: 18}, feedback: "In the ovary, seeds grow later."}
      - {text: "Far right, at the edge", rect: {x: 78, y: 30, w: 18, h: 24}, feedback: "A petal, which calls the bees."}
    explanation: What sticks to the stigma can grow down to the ovary.

Numbers are percent of the picture: `x` from the left, `y` from the top; of a `circle` its middle and its radius `r` (of
the width), of a `rect` its upper left corner, its width and its height. Where two spots lie over each other, the first
counts.

The learner points in the picture, which shows none of the spots, or chooses from the list of their texts. So each
text says where its spot is, and not what is there. `how_many` places are to be found; left out, as many as have
`key: true`. Each right one earns its share, each wrong one nothing. A blind guess picks from the list.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from wtforms import SelectMultipleField, StringField

from webapp.questions.answers import N_, AnswerForm, Message, menu
from webapp.questions.contract import (
    Choice,
    Flaw,
    Grade,
    OptionList,
    Order,
    Part,
    Question,
    QuestionType,
    Response,
    entries,
    graded,
)
from webapp.questions.fields import Count, Whole
from webapp.questions.inputs.mistakes import partly_known
from webapp.questions.inputs.options import (
    arranged,
    clashing,
    followed,
    identified,
    place_of,
    same_options,
    shuffled,
    token_of,
)
from webapp.questions.inputs.pictures import Picture, height_of
from webapp.questions.inputs.spots import Point, Spot, points_in, points_of, points_text
from webapp.questions.text import plain

TOO_MANY = N_("Choose fewer places: %(most)s at most.")


@dataclass(frozen=True, slots=True)
class Pick:
    """A place that somebody chose: the id of its spot (None: there is none), and the point where they pointed."""

    spot: str | None
    point: Point | None = None


class HotspotQuestion(Question):
    """Places in a picture, to be pointed at."""

    type: Literal["hotspot"]
    picture: Picture = Field(
        title=N_("Picture"), description="The picture, with what is seen on it: `![A flower](media/flower.png)`."
    )
    spots: Annotated[tuple[Spot, ...], Count(2, 26)] = Field(
        title=N_("Places"), description="Places that can be chosen, right and wrong ones."
    )
    how_many: Annotated[int, Whole(0, 9)] = Field(
        default=0, title=N_("How many to find"), description="How many places are to be found; 0: all that are right."
    )

    @model_validator(mode="after")
    def _as_many_as_are_right(self) -> HotspotQuestion:
        if not self.how_many:
            # Frozen for everybody else; here it is still being made.
            self.__dict__["how_many"] = min(9, max(1, sum(spot.key for spot in self.spots)))
        return self

    @property
    def height(self) -> float:
        """How high the picture is, in parts of its width."""
        return height_of(self.picture)

    def shown(self, order: Order) -> list[tuple[str, Spot]]:
        """The spots by id, as their texts stand on a paper."""
        spots = identified(self.spots)
        return [(name, spots[name]) for name in arranged(list(spots), order.get("spots"))]

    def picks(self, response: object) -> list[Pick]:
        """What a response chose: from the list, in the order of the file, then the points."""
        spots, ticked = identified(self.spots), set(entries(response, "spots"))
        pointed = [Pick(self.hit(point), point) for point in points_in(response)]
        return [Pick(name) for name in spots if name in ticked] + pointed

    def hit(self, point: Point) -> str | None:
        """The id of the first spot that a point lies in."""
        return next((name for name, spot in identified(self.spots).items() if spot.has(point, self.height)), None)

    def is_right(self, pick: Pick) -> bool:
        """Whether a place is one of those to be found."""
        return pick.spot is not None and identified(self.spots)[pick.spot].key

    def chosen(self, response: object) -> set[str]:
        """The ids of the spots that a response chose or hit."""
        return {pick.spot for pick in self.picks(response) if pick.spot is not None}


class HotspotForm(AnswerForm):
    """Check boxes (radio buttons, where one place is to be found), whose values are places on the paper, from 1; and a
    field for points, which is filled by pointing."""

    def __init__(
        self, question: HotspotQuestion, order: Order, formdata: Any, response: Response | None, prefix: str
    ) -> None:
        self.question = question
        self.shown = question.shown(order)
        self.names = [name for name, _ in self.shown]
        tokens = [token_of(name, self.names) for name in entries(response, "spots")]
        super().__init__(
            {
                "answer": SelectMultipleField(choices=menu(plain(spot.text) for _, spot in self.shown),
                                              validate_choice=False),
                "points": StringField(),
            },
            formdata=formdata,
            data={
                "answer": [token for token in tokens if token],
                "points": points_text(points_in(response)),
            },
            prefix=prefix,
        )  # fmt: skip

    def response(self) -> Response | None:
        ticked = {place_of(token, self.names) for token in self["answer"].data or ()}
        names = sorted(name for name in ticked if name)
        # Without scripts nobody can take a point away that was set with them: what is chosen from the list goes before.
        room = max(0, self.question.how_many - len(names))
        points = points_of(self["points"].data or "")
        return answered(names, points[len(points) - room :] if len(points) > room else points)

    @property
    def malformed(self) -> Message | None:
        return TYPE.malformed(self.question, self.response())

    @property
    def points_set(self) -> list[Point]:
        """The points that are set already."""
        return points_in(self.response())


def answered(names: list[str], points: Iterable[Point]) -> Response | None:
    """A response; None where nothing is chosen."""
    made = {"spots": names, "points": [list(point) for point in points]}
    return {name: value for name, value in made.items() if value} or None


class HotspotType(QuestionType[HotspotQuestion]):
    """Places in a picture, to be pointed at."""

    name = "hotspot"
    title = N_("Pointing in a picture")
    summary = N_("Point at places in a picture.")
    Schema = HotspotQuestion
    scripts = ("pointing",)

    def order(self, question: HotspotQuestion, seed: int) -> Order:
        spots = identified(question.spots)
        if not question.shuffle:
            return {"spots": list(spots)}
        fixed = {name for name, spot in spots.items() if spot.fixed}
        return {"spots": shuffled(list(spots), seed, question.id, fixed)}

    def form(
        self,
        question: HotspotQuestion,
        order: Order,
        *,
        formdata: Any = None,
        response: Response | None = None,
        prefix: str = "",
    ) -> HotspotForm:
        return HotspotForm(question, order, formdata, response, prefix)

    def grade(self, question: HotspotQuestion, response: Response | None) -> Grade:
        spots = identified(question.spots)
        right = "; ".join(plain(spot.text) for spot in question.spots if spot.key)
        parts: list[Part] = []
        found: set[str] = set()
        for number, pick in enumerate(question.picks(response), 1):
            spot = spots[pick.spot] if pick.spot is not None else None
            fraction = float(spot is not None and spot.key and pick.spot not in found)
            found.add(pick.spot or "")
            feedback = spot.feedback if spot is not None else ""
            parts.append(Part(str(number), str(number), self._said(question, pick), right, fraction, feedback))
        if len(parts) > question.how_many:
            return graded(parts, 0.0)
        missing = range(len(parts) + 1, question.how_many + 1)
        return graded([*parts, *(Part(str(number), str(number), None, right, 0.0) for number in missing)])

    def malformed(self, question: HotspotQuestion, response: Response | None) -> Message | None:
        if len(question.picks(response)) > question.how_many:
            return Message(TOO_MANY, most=question.how_many)
        return None

    def describe(self, question: HotspotQuestion, response: Response | None) -> str:
        return "; ".join(self._said(question, pick) for pick in question.picks(response))[:1500]

    def key(self, question: HotspotQuestion) -> Response:
        keys = [name for name, spot in identified(question.spots).items() if spot.key]
        return {"spots": sorted(keys[: question.how_many])}

    def wrong(self, question: HotspotQuestion, chance: random.Random, knows: float = 0.0) -> Response:
        spots = identified(question.spots)
        keys = self.key(question)["spots"]
        others = [name for name, spot in spots.items() if not spot.key]
        known = partly_known(keys, knows, chance) if keys else set()
        taken = chance.sample(others, min(len(others), question.how_many - len(known)))
        return answered(sorted([*known, *taken]), ()) or {"points": [[0.0, 0.0]]}

    def guess(self, question: HotspotQuestion) -> float:
        return sum(spot.key for spot in question.spots) / len(question.spots)

    def choices(self, question: HotspotQuestion) -> list[Choice]:
        return [Choice(name, plain(spot.text), float(spot.key)) for name, spot in identified(question.spots).items()]

    def classify(self, question: HotspotQuestion, response: Response | None) -> list[str]:
        picks = question.picks(response)
        hit = [name for name in identified(question.spots) if name in {pick.spot for pick in picks}]
        beside = ["other"] if any(pick.spot is None for pick in picks) else []
        return hit + beside or ["blank"]

    def option_lists(self, question: HotspotQuestion) -> list[OptionList]:
        return [OptionList(("spots",), question.stem, question.spots)]

    def check(self, question: HotspotQuestion) -> Iterable[Flaw]:
        keys = sum(spot.key for spot in question.spots)
        if not keys:
            yield Flaw(("spots",), "no place is right", "mark each right one with `key: true`")
        elif keys == len(question.spots):
            yield Flaw(("spots",), "every place is right, and the list tells them", "add places that are not")
        if question.how_many > max(1, keys):
            yield Flaw(("how_many",), "more places are to be found than are right", f"make it {max(1, keys)} at most")
        yield from same_options(question.spots, ("spots",))
        yield from clashing(question.spots, "spots")
        for place, spot in enumerate(question.spots):
            if any(_covers(earlier, spot) for earlier in question.spots[:place]):
                said = "nobody can hit this place: an earlier one lies over it"
                yield Flaw(("spots", place), said, "put the smaller one first")

    def carry(self, old: HotspotQuestion, new: HotspotQuestion, response: Response | None) -> Response:
        became = followed(identified(old.spots), identified(new.spots), lambda spot: spot.text)
        names = sorted(became[name] for name in entries(response, "spots") if name in became)
        # A point stays where somebody set it: who mends a region has it judged by the new one.
        return answered(names, points_in(response)) or {}

    @staticmethod
    def _said(question: HotspotQuestion, pick: Pick) -> str:
        """A place in plain words; where no spot is, in percent from the left and from the top."""
        if pick.spot is not None:
            return plain(identified(question.spots)[pick.spot].text)
        x, y = pick.point or (0.0, 0.0)
        return f"({x:g} %, {y:g} %)"


def _covers(one: Spot, other: Spot) -> bool:
    """Whether a spot has all of another one, as far as can be said without knowing the picture."""
    if one.rect is not None and other.rect is not None:
        corners = [(other.rect.x, other.rect.y), (other.rect.x + other.rect.w, other.rect.y + other.rect.h)]
        return all(one.rect.has(corner, 1.0) for corner in corners)
    if one.circle is not None and other.circle is not None:
        same = (one.circle.x, one.circle.y) == (other.circle.x, other.circle.y)
        return same and one.circle.r >= other.circle.r
    return False


TYPE = HotspotType()
