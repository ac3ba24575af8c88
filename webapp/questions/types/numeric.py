"""A number, typed.

Example::

    id: patents-in-a-year
    type: numeric
    stem: How many patents did China file in that year?
    level: recall
    facts: [wipo-patent-count]
    answer: 1.67
    unit: million
    units: [{unit: thousand, factor: 0.001}]
    tolerance: {absolute: 0.01}
    wrong:
      - {value: 0.28, feedback: That is nearer to a sixth of it.}
    explanation: China filed about 1.67 million patents.

All usual ways of writing are read: 1,670,000 · 1 670 000 · 1.670.000 · 1.67 million · 1.67e6 · US$912 billion · 23 %.
A number with a unit that isn't the question's, one that can be read in two ways, and what is no number are badly
formed: the learner is told how to write it. Both ends of the tolerance belong to it; without one, the number has to be
exact. `units` lists others that are accepted, each with how many of the question's `unit` it is; then a learner
chooses one beside the field. Words for powers of ten, currency signs and percent are known without being listed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field
from wtforms import SelectField, StringField

from webapp.questions.answers import N_, AnswerForm, Message, typed
from webapp.questions.contract import (
    Flaw,
    Grade,
    Order,
    Part,
    Question,
    QuestionType,
    Response,
    Sought,
    ValuePath,
    entry,
    graded,
    unexplained_errors,
)
from webapp.questions.fields import Number, Words
from webapp.questions.inputs.quantities import PROBLEMS, OtherUnit, Target, Tolerance, WrongNumber, with_unit
from webapp.questions.numbers import Unreadable, written
from webapp.questions.text import plain


class NumericQuestion(Question):
    """A number, typed."""

    type: Literal["numeric"]
    answer: Number = Field(description="The right number.")
    unit: Words | None = Field(default=None, description="Its unit, shown after the field.")
    units: tuple[OtherUnit, ...] = Field(default=(), description="Other units that are accepted.")
    tolerance: Tolerance | None = Field(default=None, description="How far off is right; without it, exactly.")
    wrong: tuple[WrongNumber, ...] = Field(default=(), description="Wrong numbers that people arrive at.")

    @property
    def target(self) -> Target:
        """What a typed number is judged against."""
        wrong = [(error.value, error.feedback) for error in self.wrong]
        return Target(self.answer, self.unit, self.units, self.tolerance, wrong)

    @property
    def known_units(self) -> list[str]:
        """The units to choose from; empty unless there are several."""
        return [self.unit, *(other.unit for other in self.units)] if self.unit and self.units else []


class NumericForm(AnswerForm):
    """A text field, and a list of units where there are several."""

    problems = PROBLEMS

    def __init__(self, question: NumericQuestion, formdata: Any, response: Response | None, prefix: str) -> None:
        self.question = question
        fields: dict[str, Any] = {"text": StringField()}
        data = {"text": entry(response, "text") or ""}
        units = question.known_units
        if units:
            fields["unit"] = SelectField(choices=units, validate_choice=False, default=units[0])
            chosen = entry(response, "unit")
            data["unit"] = chosen if chosen in units else units[0]
        super().__init__(fields, formdata=formdata, data=data, prefix=prefix)

    def response(self) -> Response | None:
        text = typed(self["text"].data or "")
        if not text:
            return None
        units = self.question.known_units
        unit = self["unit"].data if units else None
        return {"text": text, "unit": unit if unit in units else (units[0] if units else None)}

    def read_as(self, decimal_sign: str) -> str | None:
        """How the number was read, for whoever typed it; None where there is none that can be."""
        given = self.response()
        try:
            return self.question.target.read_as(given["text"], given["unit"], decimal_sign) if given else None
        except Unreadable:
            return None

    @property
    def malformed(self) -> Message | None:
        return TYPE.malformed(self.question, self.response())


class NumericType(QuestionType[NumericQuestion]):
    """A number, typed."""

    name = "numeric"
    title = N_("Number")
    summary = N_("Type a number.")
    Schema = NumericQuestion
    describes_by = frozenset({"unit", "units"})
    scripts = ("number-field",)

    def order(self, question: NumericQuestion, seed: int) -> Order:
        return {}

    def form(
        self,
        question: NumericQuestion,
        order: Order,
        *,
        formdata: Any = None,
        response: Response | None = None,
        prefix: str = "",
    ) -> NumericForm:
        return NumericForm(question, formdata, response, prefix)

    def grade(self, question: NumericQuestion, response: Response | None) -> Grade:
        target, text = question.target, entry(response, "text")
        if text is None:
            return graded([Part("answer", "", None, target.right(), 0.0)])
        fraction, feedback = target.judge(text, entry(response, "unit"))
        return graded([Part("answer", "", self.describe(question, response), target.right(), fraction, feedback)])

    def malformed(self, question: NumericQuestion, response: Response | None) -> Message | None:
        text = entry(response, "text")
        if text is None:
            return None
        try:
            question.target.values(text, entry(response, "unit"))
        except Unreadable as error:
            return error.message
        return None

    def describe(self, question: NumericQuestion, response: Response | None) -> str:
        text, unit = entry(response, "text"), entry(response, "unit")
        if text is None:
            return ""
        shown = " ".join(text[:200].split())
        return with_unit(shown, unit) if unit in question.known_units and shown[-1].isdigit() else shown

    def key(self, question: NumericQuestion) -> Response:
        return {"text": written(question.answer), "unit": question.unit if question.known_units else None}

    def wrong(self, question: NumericQuestion, chance: random.Random, knows: float = 0.0) -> Response:
        return self.key(question) | {"text": question.target.miss(chance)}

    def guess(self, question: NumericQuestion) -> float:
        return 0.0

    def stated(self, question: NumericQuestion) -> Iterable[tuple[ValuePath, str]]:
        yield ("answer",), f"{question.answer} {question.unit or ''}"

    def sought(self, question: NumericQuestion) -> Iterable[Sought]:
        yield Sought(plain(question.stem), str(question.answer))

    def unexplained(self, question: NumericQuestion) -> Iterable[Flaw]:
        return unexplained_errors(error.feedback for error in question.wrong)

    def check(self, question: NumericQuestion) -> Iterable[Flaw]:
        yield from question.target.check()

    def carry(self, old: NumericQuestion, new: NumericQuestion, response: Response | None) -> Response:
        text, unit = entry(response, "text"), entry(response, "unit")
        if text is None:
            return {}
        # A unit that the new revision doesn't offer is written out, so that the number keeps its meaning.
        meant = unit or old.unit
        if meant and meant not in (*new.known_units, new.unit) and text.strip()[-1].isdigit():
            text = f"{text.strip()} {meant}"
        return {"text": text, "unit": unit if unit in new.known_units else next(iter(new.known_units), None)}


TYPE = NumericType()
