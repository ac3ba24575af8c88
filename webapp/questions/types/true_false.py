"""A statement that is true or false.

Example::

    id: fund-is-one-year
    type: true_false
    stem: The state fund's 912 billion dollars were all spent in a single year.
    level: understand
    facts: [state-fund]
    answer: false
    feedback:
      true: The figure runs over two decades; it is easily taken for one year's.
      false: It is spread over two decades.
    explanation: A total over decades looks large beside a figure for one year.

`feedback` has what each of the two answers tells. The order never changes, and a blind guess earns one half.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice

from webapp.questions.answers import N_, AnswerForm
from webapp.questions.contract import Choice, Flaw, Grade, Order, Part, Question, QuestionType, Response, graded
from webapp.questions.fields import Flag, Note, Piece

WORDS = {True: N_("True"), False: N_("False")}


class Feedback(Piece):
    """What each of the two answers tells."""

    true: Note = Field(default="", description="For those who say that it is true.")
    false: Note = Field(default="", description="For those who say that it is false.")


class TrueFalseQuestion(Question):
    """A statement that is true or false."""

    type: Literal["true_false"]
    answer: Flag = Field(description="Whether the statement is true.")
    feedback: Feedback = Field(default=Feedback(), description="What each answer tells.")

    def chosen(self, response: object) -> list[str]:
        """What a response said, as `true` or `false` in a list; empty when it said nothing."""
        given = answered(response)
        return [] if given is None else [str(given).lower()]


class TrueFalseForm(AnswerForm):
    """Two radio buttons, always in the same order."""

    def __init__(self, formdata: Any, response: Response | None, prefix: str) -> None:
        given = answered(response)
        field = RadioField(
            choices=[SelectChoice("true", WORDS[True]), SelectChoice("false", WORDS[False])], validate_choice=False
        )
        data = {"answer": None if given is None else str(given).lower()}
        super().__init__({"answer": field}, formdata=formdata, data=data, prefix=prefix)

    def response(self) -> Response | None:
        given = {"true": True, "false": False}.get(str(self["answer"].data))
        return None if given is None else {"answer": given}


class TrueFalseType(QuestionType[TrueFalseQuestion]):
    """A statement that is true or false."""

    name = "true_false"
    title = N_("True or false")
    summary = N_("Say whether the statement is true.")
    Schema = TrueFalseQuestion
    describes_by = frozenset()
    picks_one = True

    def order(self, question: TrueFalseQuestion, seed: int) -> Order:
        return {}

    def form(
        self,
        question: TrueFalseQuestion,
        order: Order,
        *,
        formdata: Any = None,
        response: Response | None = None,
        prefix: str = "",
    ) -> TrueFalseForm:
        return TrueFalseForm(formdata, response, prefix)

    def grade(self, question: TrueFalseQuestion, response: Response | None) -> Grade:
        given = answered(response)
        right = WORDS[question.answer]
        if given is None:
            return graded([Part("answer", "", None, right, 0.0)])
        feedback = question.feedback.true if given else question.feedback.false
        return graded([Part("answer", "", WORDS[given], right, float(given == question.answer), feedback)])

    def describe(self, question: TrueFalseQuestion, response: Response | None) -> str:
        given = answered(response)
        return "" if given is None else WORDS[given]

    def key(self, question: TrueFalseQuestion) -> Response:
        return {"answer": question.answer}

    def wrong(self, question: TrueFalseQuestion, chance: random.Random, knows: float = 0.0) -> Response:
        return {"answer": not question.answer}

    def guess(self, question: TrueFalseQuestion) -> float:
        return 0.5

    def choices(self, question: TrueFalseQuestion) -> list[Choice]:
        return [Choice(str(value).lower(), WORDS[value], float(question.answer == value)) for value in (True, False)]

    def classify(self, question: TrueFalseQuestion, response: Response | None) -> list[str]:
        return question.chosen(response) or ["blank"]

    def truth(self, question: TrueFalseQuestion) -> bool:
        return question.answer

    def unexplained(self, question: TrueFalseQuestion) -> Iterable[Flaw]:
        wrong = str(not question.answer).lower()
        if not (question.feedback.false if question.answer else question.feedback.true):
            message = f"whoever answers “{wrong}” gets no feedback"
            yield Flaw(("feedback",), message, f"add `{wrong}:` under `feedback:`", on_key=True)


def answered(response: object) -> bool | None:
    """What was said; None when nothing was."""
    given = response.get("answer") if isinstance(response, dict) else None
    return given if isinstance(given, bool) else None


TYPE = TrueFalseType()
