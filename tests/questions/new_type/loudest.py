"""Which of several sounds is the loudest.

Example::

    id: loudest-in-the-kitchen
    type: loudest
    stem: Which of these is the loudest?
    explanation: A whistle carries through the house.
    sounds:
      kettle: 85
      spoon: 40
      oven: 55

A blind guess earns one over the number of sounds.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field
from wtforms import RadioField

from webapp.questions.answers import AnswerForm, menu
from webapp.questions.contract import (
    Choice,
    Flaw,
    Grade,
    Order,
    Part,
    Question,
    QuestionType,
    Response,
    ValuePath,
    entry,
    graded,
)
from webapp.questions.fields import Count, Number, Slug
from webapp.questions.inputs.options import arranged, place_of, shuffled, token_of


class LoudestQuestion(Question):
    """Which of several sounds is the loudest."""

    type: Literal["loudest"]
    sounds: Annotated[dict[Slug, Number], Count(2, 9)] = Field(
        title="Sounds to compare", description="The sounds with their decibels."
    )

    @property
    def loudest(self) -> str:
        """The name of the loudest sound."""
        return max(self.sounds, key=lambda name: self.sounds[name])


class LoudestForm(AnswerForm):
    """Radio buttons."""

    def __init__(
        self, question: LoudestQuestion, order: Order, formdata: Any, response: Response | None, prefix: str
    ) -> None:
        self.names = arranged(list(question.sounds), order.get("sounds"))
        field = RadioField(choices=menu(self.names), validate_choice=False)
        data = {"sound": token_of(entry(response, "sound"), self.names)}
        super().__init__({"sound": field}, formdata=formdata, data=data, prefix=prefix)

    def response(self) -> Response | None:
        name = place_of(self["sound"].data, self.names)
        return None if name is None else {"sound": name}


class Loudest(QuestionType[LoudestQuestion]):
    """Which of several sounds is the loudest."""

    name = "loudest"
    title = "The loudest"
    summary = "Say which sound is the loudest."
    Schema = LoudestQuestion
    picks_one = True

    def order(self, question: LoudestQuestion, seed: int) -> Order:
        return {"sounds": shuffled(list(question.sounds), seed, question.id)}

    def form(
        self,
        question: LoudestQuestion,
        order: Order,
        *,
        formdata: Any = None,
        response: Response | None = None,
        prefix: str = "",
    ) -> LoudestForm:
        return LoudestForm(question, order, formdata, response, prefix)

    def grade(self, question: LoudestQuestion, response: Response | None) -> Grade:
        said = self.describe(question, response)
        return graded([Part("answer", "", said or None, question.loudest, float(said == question.loudest))])

    def describe(self, question: LoudestQuestion, response: Response | None) -> str:
        name = entry(response, "sound") or ""
        return name if name in question.sounds else ""

    def key(self, question: LoudestQuestion) -> Response:
        return {"sound": question.loudest}

    def wrong(self, question: LoudestQuestion, chance: random.Random, knows: float = 0.0) -> Response:
        return {"sound": chance.choice([name for name in question.sounds if name != question.loudest])}

    def guess(self, question: LoudestQuestion) -> float:
        return 1 / len(question.sounds)

    def choices(self, question: LoudestQuestion) -> list[Choice]:
        return [Choice(name, name, float(name == question.loudest)) for name in question.sounds]

    def classify(self, question: LoudestQuestion, response: Response | None) -> list[str]:
        return [self.describe(question, response) or "blank"]

    def stated(self, question: LoudestQuestion) -> Iterable[tuple[ValuePath, str]]:
        for name, decibels in question.sounds.items():
            yield ("sounds", name), f"{decibels}"

    def check(self, question: LoudestQuestion) -> Iterable[Flaw]:
        if sorted(question.sounds.values())[-2:] == [question.sounds[question.loudest]] * 2:
            yield Flaw(("sounds",), "two sounds are the loudest", "change one of the two")


TYPE = Loudest()
