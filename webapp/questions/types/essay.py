"""A text in the learner's own words, graded by people.

Example::

    id: why-patents-mislead
    type: essay
    stem: >
      In your own words: why do the patents that a country files say little about what its firms invent?
      Give at least one example.
    level: evaluate
    rubric:
      - text: Says why a patent is not an invention
        points: 3
        levels:
          - {text: "Gives two reasons or more, and they hold", points: 3}
          - {text: Gives one reason that holds, points: 2}
          - {text: Names the matter without a reason, points: 1}
          - {text: Says nothing of it, points: 0}
      - {text: Gives an example and says what it shows, points: 2}
      - {text: Can be followed from beginning to end, points: 1}
    min_words: 60
    max_words: 250
    sample: >
      A patent is a right, not a product. Some firms file many for one idea, others keep theirs secret, and a subsidy
      for each patent brings patents, not ideas. A firm that is paid for filing will cut one idea into ten.
    explanation: Whoever counts patents counts decisions to file.

Nothing is worked out: an answer waits until somebody has given it points for each criterion of the `rubric`, and its
quiz is neither passed nor failed until then. `points` may be left out; it is then what the criteria earn together.
`markers: 2` has two people grade it, each without seeing the other's points; where these differ by more than
`tolerance`, they settle it. `takes: file` asks for a file instead of a text, `takes: either` for one of them or both.
The `sample`, an answer that would earn everything, is shown after grading. Without a class there is nobody to grade;
the learner is shown rubric and sample to compare, and the answer counts for nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from wtforms import TextAreaField

from webapp.questions.answers import N_, AnswerForm, Message, written
from webapp.questions.contract import (
    Flaw,
    Grade,
    Order,
    Part,
    Question,
    QuestionType,
    Response,
    Rubric,
    ValuePath,
)
from webapp.questions.fields import Count, Note, PointsOrNone, Whole
from webapp.questions.inputs.rubrics import Criterion, check_criteria, total
from webapp.questions.responses import handed_file, passage
from webapp.questions.text import plain

#: the most characters of an answer, whatever its words
LONGEST_TEXT = 30_000
#: the most words that `max_words` may allow
MOST_WORDS = 3_000


class EssayQuestion(Question):
    """A text in the learner's own words, graded by people."""

    type: Literal["essay"]
    rubric: Annotated[tuple[Criterion, ...], Count(1, 20)] = Field(
        title=N_("Criteria"), description="What an answer is judged by, each with its points."
    )
    min_words: Annotated[int, Whole(0, MOST_WORDS)] = Field(
        default=0, title=N_("Words at least"), description="How many words are asked for; the learner reads it."
    )
    max_words: Annotated[int, Whole(1, MOST_WORDS)] = Field(
        default=500, title=N_("Words at most"), description="How many words there may be."
    )
    sample: Note = Field(
        default="", title=N_("Sample answer"), description="An answer that would earn everything; shown after grading."
    )
    takes: Literal["text", "file", "either"] = Field(
        default="text",
        title=N_("What is handed in"),
        description="A text that is written on the page, a file, or either, which may also be both.",
    )
    markers: Annotated[int, Whole(1, 2)] = Field(
        default=1, title=N_("People who grade"), description="How many people grade each answer: 1 or 2."
    )
    tolerance: PointsOrNone = Field(
        default=0.0,
        title=N_("How far two may differ"),
        description="By how many points two markers may differ, and the mean counts.",
    )

    @model_validator(mode="after")
    def _points_of_the_rubric(self) -> EssayQuestion:
        if "points" not in self.model_fields_set:
            # Frozen for everybody else; here it is still being made.
            self.__dict__["points"] = total(criterion.points for criterion in self.rubric)
        return self


class EssayForm(AnswerForm):
    """One field of several lines."""

    def __init__(self, question: EssayQuestion, formdata: Any, response: Response | None, prefix: str) -> None:
        self.question = question
        data = {"text": passage(response, "text") or ""}
        super().__init__({"text": TextAreaField()}, formdata=formdata, data=data, prefix=prefix)

    def response(self) -> Response | None:
        text = written(self["text"].data or "")
        return {"text": text} if text else None

    @property
    def takes_file(self) -> bool:
        return TYPE.takes_file(self.question)

    @property
    def malformed(self) -> Message | None:
        return TYPE.malformed(self.question, self.response())

    @property
    def words(self) -> int:
        """How many words there are so far."""
        return len((self["text"].data or "").split())

    @property
    def longest(self) -> int:
        """How many characters the field takes."""
        return LONGEST_TEXT


class EssayType(QuestionType[EssayQuestion]):
    """A text in the learner's own words, graded by people."""

    name = "essay"
    title = N_("Essay")
    summary = N_("Write an answer in your own words; people grade it.")
    Schema = EssayQuestion
    describes_by = frozenset({"takes"})
    scripts = ("word-count", "file-answer")

    def order(self, question: EssayQuestion, seed: int) -> Order:
        return {}

    def form(
        self,
        question: EssayQuestion,
        order: Order,
        *,
        formdata: Any = None,
        response: Response | None = None,
        prefix: str = "",
    ) -> EssayForm:
        return EssayForm(question, formdata, response, prefix)

    def grade(self, question: EssayQuestion, response: Response | None) -> Grade:
        given = self.describe(question, response) or None
        whole = Part("answer", "", given, plain(question.sample) or N_("What its criteria ask for"), 0.0)
        return Grade(0.0, (whole,), pending=given is not None)

    def rubric(self, question: EssayQuestion) -> Rubric:
        return Rubric(question.rubric, question.markers, question.tolerance, question.sample)

    def takes_file(self, question: EssayQuestion) -> bool:
        return question.takes != "text"

    def malformed(self, question: EssayQuestion, response: Response | None) -> Message | None:
        text = passage(response, "text") or ""
        words = len(text.split())
        if words > question.max_words:
            return Message(N_("Please shorten it: it has %(words)s words, and %(most)s are allowed."),
                           words=words, most=question.max_words)  # fmt: skip
        if len(text) > LONGEST_TEXT:
            return Message(N_("Please shorten it: more than %(most)s characters are not taken."), most=LONGEST_TEXT)
        return None

    def describe(self, question: EssayQuestion, response: Response | None) -> str:
        words = (passage(response, "text") or "").split()
        file = handed_file(response) if self.takes_file(question) else None
        return " ".join(words if file is None else [*words, f"[{file.name}]"])

    def key(self, question: EssayQuestion) -> Response:
        return {"text": plain(question.sample) or self._filled(question, plain(question.stem).split())}

    def wrong(self, question: EssayQuestion, chance: random.Random, knows: float = 0.0) -> Response:
        words = plain(question.stem).split()
        return {"text": self._filled(question, chance.sample(words, len(words)))}

    def guess(self, question: EssayQuestion) -> float:
        return 0.0

    def stated(self, question: EssayQuestion) -> Iterable[tuple[ValuePath, str]]:
        if question.sample:
            yield ("sample",), question.sample

    def check(self, question: EssayQuestion) -> Iterable[Flaw]:
        yield from check_criteria(question.rubric)
        if question.min_words > question.max_words:
            yield Flaw(("min_words",), "more words are asked for than allowed", "make it less than max_words")
        if len(plain(question.sample).split()) > question.max_words:
            yield Flaw(("sample",), "the sample has more words than an answer may have", "shorten it")
        if question.takes == "file" and question.min_words:
            yield Flaw(("min_words",), "nothing is written, so no words are asked for", "take it out", on_key=True)
        if question.tolerance and question.markers < 2:
            yield Flaw(("tolerance",), "there is nobody to differ from", "add markers: 2, or take it out", on_key=True)

    @staticmethod
    def _filled(question: EssayQuestion, words: list[str]) -> str:
        """These words over and over, as many as are asked for: a text for made-up classes."""
        wanted = min(max(question.min_words, 12), question.max_words)
        return " ".join((words * (wanted // len(words) + 1))[:wanted])


TYPE = EssayType()
