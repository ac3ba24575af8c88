"""A word or a phrase, typed.

Example::

    id: body-that-counts
    type: short_text
    stem: By its short name, which body of the United Nations counts the world's patents?
    level: recall
    facts: [wipo-patent-count]
    answers:
      - WIPO
      - World Intellectual Property Organization
      - pattern: "world intellectual property organi[sz]ation"
    distance: 1
    wrong:
      - {text: WTO, feedback: The WTO settles disputes over trade.}
    explanation: WIPO is the World Intellectual Property Organization.

Case, accents, spaces, hyphens and punctuation at the ends don't matter; `case: true` and `accents: true` make the
first two count. `distance` (0 to 3) forgives that many slips of the finger: letters added, left out, changed, or
swapped with a neighbour (optimal string alignment). A foreseen wrong answer goes before a forgiven slip. A `pattern`
is a regular expression for the whole answer; at least one answer must be a plain text, which is shown as the right one.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field
from wtforms import StringField

from webapp.questions.answers import N_, AnswerForm, Message, typed
from webapp.questions.contract import (
    LONGEST_ANSWER,
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
from webapp.questions.fields import Count, Flag
from webapp.questions.inputs.phrases import Accepted, Distance, Phrases, WrongPhrase, too_long
from webapp.questions.text import plain


class ShortTextQuestion(Question):
    """A word or a phrase, typed."""

    type: Literal["short_text"]
    answers: Annotated[tuple[Accepted, ...], Count(1, 100)] = Field(
        description="The answers that are right, the best one first."
    )
    distance: Distance = Field(default=0, description="How many slips of the finger are forgiven.")
    case: Flag = Field(default=False, description="Whether capitals matter.")
    accents: Flag = Field(default=False, description="Whether accents matter.")
    wrong: tuple[WrongPhrase, ...] = Field(default=(), description="Wrong answers that people give.")

    @property
    def phrases(self) -> Phrases:
        """What a typed text is judged against."""
        wrong = [(error.text, error.pattern, error.feedback) for error in self.wrong]
        return Phrases(self.answers, wrong, self.distance, self.case, self.accents)


class ShortTextForm(AnswerForm):
    """One text field."""

    def __init__(self, question: ShortTextQuestion, formdata: Any, response: Response | None, prefix: str) -> None:
        self.question = question
        data = {"text": entry(response, "text") or ""}
        super().__init__({"text": StringField()}, formdata=formdata, data=data, prefix=prefix)

    def response(self) -> Response | None:
        text = typed(self["text"].data or "")
        return {"text": text} if text else None

    @property
    def malformed(self) -> Message | None:
        return TYPE.malformed(self.question, self.response())


class ShortTextType(QuestionType[ShortTextQuestion]):
    """A word or a phrase, typed."""

    name = "short_text"
    title = N_("Short text")
    summary = N_("Type a word or a phrase.")
    Schema = ShortTextQuestion
    describes_by = frozenset()

    def order(self, question: ShortTextQuestion, seed: int) -> Order:
        return {}

    def form(
        self,
        question: ShortTextQuestion,
        order: Order,
        *,
        formdata: Any = None,
        response: Response | None = None,
        prefix: str = "",
    ) -> ShortTextForm:
        return ShortTextForm(question, formdata, response, prefix)

    def grade(self, question: ShortTextQuestion, response: Response | None) -> Grade:
        phrases, text = question.phrases, entry(response, "text")
        if text is None:
            return graded([Part("answer", "", None, phrases.right(), 0.0)])
        fraction, feedback = phrases.judge(text)
        return graded([Part("answer", "", self.describe(question, response), phrases.right(), fraction, feedback)])

    def malformed(self, question: ShortTextQuestion, response: Response | None) -> Message | None:
        return too_long(entry(response, "text"))

    def describe(self, question: ShortTextQuestion, response: Response | None) -> str:
        return " ".join((entry(response, "text") or "")[:LONGEST_ANSWER].split())

    def key(self, question: ShortTextQuestion) -> Response:
        return {"text": question.phrases.right()}

    def wrong(self, question: ShortTextQuestion, chance: random.Random, knows: float = 0.0) -> Response:
        return {"text": question.phrases.miss(chance)}

    def guess(self, question: ShortTextQuestion) -> float:
        return 0.0

    def stated(self, question: ShortTextQuestion) -> Iterable[tuple[ValuePath, str]]:
        for place, answer in enumerate(question.answers):
            if answer.text:
                yield ("answers", place, "text"), answer.text

    def sought(self, question: ShortTextQuestion) -> Iterable[Sought]:
        for answer in question.answers[:1]:
            if answer.text:
                yield Sought(plain(question.stem), plain(answer.text))

    def unexplained(self, question: ShortTextQuestion) -> Iterable[Flaw]:
        return unexplained_errors(error.feedback for error in question.wrong)

    def check(self, question: ShortTextQuestion) -> Iterable[Flaw]:
        yield from question.phrases.check()


TYPE = ShortTextType()
