"""The contract of a question type: what its module gives, and what the rest of the application may rely on.

A type is one module of `questions.types` with `TYPE = SomeType()` at its end, and one template beside it. Nothing else
knows the type by name, nor looks for attributes that only some types have: whatever the rest of the application wants
to know, it asks here. Everything is pure: no request, no database, no clock; chance comes from a seed.

Two words are used throughout:

- a **response** is what a learner answered, as a plain JSON-able dictionary of the question's own ids
  (`{"option": "b"}`). None is "not answered". A response may come from anywhere, so every function that takes one
  gives a sensible result for any dictionary and never raises.
- an **order** is how the parts of a question stand on one learner's paper: lists of ids, made from a seed.
"""

from __future__ import annotations

import random
import sys
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, ClassVar, Generic, TypeVar

from webapp.questions.answers import N_, AnswerForm, Message
from webapp.questions.flaws import Flaw, ValuePath, duplicated, unexplained_errors
from webapp.questions.grades import Grade, Part, graded, mean
from webapp.questions.inputs.options import OptionList
from webapp.questions.inputs.rubrics import Rubric
from webapp.questions.question import Difficulty, Level, Question
from webapp.questions.responses import LONGEST_ANSWER, Order, Response, entries, entry, table
from webapp.questions.text import plain

__all__ = [
    "LONGEST_ANSWER", "N_", "AnswerForm", "Choice", "Difficulty", "Flaw", "Grade", "Level", "Message", "OptionList",
    "Order", "Part", "Question", "QuestionType", "Response", "Rubric", "Sought", "ValuePath", "duplicated", "entries",
    "entry", "graded", "mean", "table", "unexplained_errors",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a learner can choose, for statistics: its id, its plain text, and the fraction it earns (0…1)."""

    id: str
    label: str
    fraction: float


@dataclass(frozen=True, slots=True)
class Sought:
    """One thing that a question wants to know, in plain words: what about, the answer, and the answers it lets choose
    from beside that one."""

    about: str
    answer: str
    others: tuple[str, ...] = ()


Q = TypeVar("Q", bound=Question)


class QuestionType(ABC, Generic[Q]):
    """One type of question. Instances hold nothing; every method is a function of its arguments."""

    name: ClassVar[str]
    """As in `type:`, the module and the template."""
    title: ClassVar[str]
    """A short name for people, to be translated."""
    summary: ClassVar[str]
    """One sentence on what the learner does, to be translated."""
    Schema: ClassVar[type[Question]]
    """What the YAML may say."""
    picks_one: ClassVar[bool] = False
    """Whether a response is one of `choices` and nothing else, so that each of the others is an alternative to it."""
    describes_by: ClassVar[frozenset[str] | None] = None
    """The fields of a question that `describe` reads, beside the response; None: any. An answer to a question with
    parameters reads alike on all papers where none of these has a formula."""
    scripts: ClassVar[tuple[str, ...]] = ()
    """The files in `static/js` that the template loads, without their ending, so that they are there offline too."""

    @property
    def template(self) -> str:
        """The template with the macros `ask` and `review`."""
        return f"questions/{self.name}.html"

    @property
    def example(self) -> str:
        """The worked example of the module's docstring: one question as YAML text."""
        doc = sys.modules[type(self).__module__].__doc__ or ""
        lines = doc.partition("Example::\n")[2].strip("\n").splitlines()
        block = takewhile(lambda line: not line or line.startswith(" "), lines)
        return textwrap.dedent("\n".join(block)).strip() + "\n"

    @abstractmethod
    def order(self, question: Q, seed: int) -> Order:
        """How the parts stand on a paper. The same seed gives the same order, in every version of Python."""

    @abstractmethod
    def form(
        self,
        question: Q,
        order: Order,
        *,
        formdata: Any = None,
        response: Response | None = None,
        prefix: str = "",
    ) -> AnswerForm:
        """The inputs, filled from `formdata` (what was sent) if given, else from `response` (what was saved).

        Names start with `prefix`. Values are places in `order`, never the question's ids: an id can tell where a
        part stands in the file, and with that the key.
        """

    @abstractmethod
    def grade(self, question: Q, response: Response | None) -> Grade:
        """What the response is worth. Not answered or badly formed is worth 0.

        Where people grade (see `rubric`), whatever is answered is pending, and not answered is worth 0 all the same.
        """

    @abstractmethod
    def describe(self, question: Q, response: Response | None) -> str:
        """The response in plain text, for reviews, CSV and statistics; empty when not answered."""

    @abstractmethod
    def key(self, question: Q) -> Response:
        """A response worth full marks. Where people grade, one that could be."""

    @abstractmethod
    def wrong(self, question: Q, chance: random.Random, knows: float = 0.0) -> Response:
        """A response that can be read and isn't right, as somebody might give it: for made-up classes and tests.

        `knows` (0…1) is how likely each part comes out right all the same, though never all of them; types whose
        answer is one thing pay no heed to it. With 0 the response is worth nothing, if the question has anything wrong.
        """

    @abstractmethod
    def guess(self, question: Q) -> float:
        """The fraction to expect from answering blindly (0…1); 0 where there is nothing to choose from."""

    def rubric(self, question: Q) -> Rubric | None:
        """By what people grade the answers; None where the type grades them itself."""
        return None

    def takes_file(self, question: Q) -> bool:
        """Whether an answer may be a file, or have one: under `file` of the response (see `responses.handed_file`)."""
        return False

    def malformed(self, question: Q, response: Response | None) -> Message | None:
        """Why an answer can't be read, and how to write it; None when it can. A badly formed answer isn't wrong."""
        return None

    def choices(self, question: Q) -> list[Choice]:
        """What can be chosen, for statistics. Types with free answers give an empty list."""
        return []

    def classify(self, question: Q, response: Response | None) -> list[str]:
        """Which of `choices` the response picked, by id; `["blank"]` when not answered, `["other"]` for the rest."""
        return ["other"] if self.describe(question, response) else ["blank"]

    def option_lists(self, question: Q) -> list[OptionList]:
        """The lists of options to choose from, wherever the question has them."""
        return []

    def asked(self, question: Q) -> list[str]:
        """What the question asks, in Markdown: its stem and, where that is only an instruction, what it is about."""
        return [question.stem]

    def stated(self, question: Q) -> Iterable[tuple[ValuePath, str]]:
        """What the type's own fields state as true, in Markdown, with the path of each text: keys, never distractors.
        Stem, explanation and hints are looked at anyway. By default the keys among the options."""
        for options in self.option_lists(question):
            yield from options.stated()

    def sought(self, question: Q) -> Iterable[Sought]:
        """What the question wants to know, for the rule that no other question may tell it. By default the keys of its
        lists of options."""
        for options in self.option_lists(question):
            if (key := options.only_key) is not None:
                others = tuple(text for place, text in enumerate(options.texts) if place != key)
                yield Sought(plain(options.before), options.texts[key], others)

    def truth(self, question: Q) -> bool | None:
        """Whether the stem, as a statement to be judged, is true; None where the stem asks or instructs."""
        return None

    def unexplained(self, question: Q) -> Iterable[Flaw]:
        """The wrong answers whose choice tells the learner nothing. By default the wrong options without feedback."""
        for options in self.option_lists(question):
            yield from options.unexplained()

    def check(self, question: Q) -> Iterable[Flaw]:
        """What is wrong with the question beyond its form."""
        return ()

    def carry(self, old: Q, new: Q, response: Response | None) -> Response:
        """A response to `old` in the ids of `new`: by explicit id, then by the same text, then by the same place.

        What has no counterpart is left out, so the result may be empty, which is "not answered".
        """
        return dict(response) if isinstance(response, dict) else {}
