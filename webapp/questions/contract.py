"""The contract of a question type: what its module gives, and what the rest of the application may rely on.

A type is one module of this package with `TYPE = SomeType()` at its end, and one template beside it. Nothing else
knows the type by name. Everything here is pure: no request, no database, no clock; chance comes from a seed.

Two words are used throughout:

- a **response** is what a learner answered, as a plain JSON-able dictionary of the question's own ids
  (`{"option": "b"}`). None is "not answered". A response may come from anywhere, so every function that takes one
  gives a sensible result for any dictionary and never raises.
- an **order** is how the parts of a question stand on one learner's paper: lists of ids, made from a seed.
"""

from __future__ import annotations

import sys
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, ClassVar, Generic, Literal, TypeVar

from pydantic import ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from webapp.questions.answers import N_, AnswerForm, Message, typed
from webapp.questions.fields import Flag, Note, Piece, Plain, Points, Prose, SectionRef, Slug

__all__ = [
    "N_", "AnswerForm", "Choice", "Flaw", "Grade", "Message", "Order", "Part", "Question", "QuestionType", "Response",
    "entry", "table",
]  # fmt: skip

Response = dict[str, Any]
Order = dict[str, list[str]]
Level = Literal["recall", "understand", "apply", "analyse", "evaluate"]
Difficulty = Literal["easy", "medium", "hard"]

LONGEST_ANSWER = 200
"""The most characters of a typed answer that are looked at. More is refused as badly formed."""


class Question(Piece):
    """What all questions have in common. `stem`, `explanation`, `hints` and all feedback are Markdown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str = Field(description="The type of the question.")
    id: Slug = Field(description="The question's name in the course: unique, and kept for good.")
    stem: Prose = Field(description="The question itself, or the instruction above the task.")
    points: Points = Field(default=1.0, description="What a full answer is worth.")
    level: Level = Field(default="recall", description="What the learner has to do with the matter.")
    difficulty: Difficulty = Field(default="medium", description="How hard the author thinks it is.")
    tags: tuple[Slug, ...] = Field(default=(), description="Words to find and to draw the question by.")
    facts: tuple[Slug, ...] = Field(default=(), description="The facts of the ledger that it asks for.")
    section: SectionRef | None = Field(default=None, description="The section of a lesson that teaches it.")
    hints: tuple[Prose, ...] = Field(default=(), description="Hints, the gentlest first.")
    explanation: Note = Field(default="", description="Why the right answer is right; shown after grading.")
    numbers: dict[str, Plain] = Field(
        default={}, description="Where its numbers come from: `= 912 * 0.23` or `example: why`."
    )
    shuffle: Flag = Field(default=True, description="Whether its parts may change places from paper to paper.")
    retired: Flag = Field(default=False, description="Kept for old attempts, and no longer drawn.")
    accept: dict[str, Plain] = Field(
        default={}, description="Findings of the lint that are accepted, each with a reason."
    )
    pillar: str = Field(default="", description="Set by the loader: the pillar whose folder it stands in, or `mixed`.")

    @field_validator("pillar", mode="before")
    @classmethod
    def _comes_from_the_folder(cls, value: object, info: ValidationInfo) -> object:
        if info.context and info.context.get("from_file"):
            raise PydanticCustomError("extra_forbidden", "the pillar comes from the folder the file stands in")
        return value


@dataclass(frozen=True, slots=True)
class Part:
    """How one part of an answer did: an option, a blank, a pair, an item, or the answer as a whole.

    `label`, `given` and `right` are plain text (`given` is None where nothing was given); `feedback` is Markdown.
    """

    id: str
    label: str
    given: str | None
    right: str
    fraction: float
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Grade:
    """What a response is worth: `fraction` from 0 to 1, rounded to six places, and how its parts did."""

    fraction: float
    parts: tuple[Part, ...] = ()

    @property
    def verdict(self) -> Literal["right", "partly", "wrong"]:
        if self.fraction >= 1:
            return "right"
        return "partly" if self.fraction > 0 else "wrong"

    def part(self, name: str) -> Part | None:
        """The part with an id."""
        return next((part for part in self.parts if part.id == name), None)


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a learner can choose, for statistics: its id, its plain text, and the fraction it earns (0…1)."""

    id: str
    label: str
    fraction: float


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a question that has the right form. `path` leads to the place within the question."""

    path: tuple[str | int, ...]
    message: str
    suggestion: str = ""


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
        """What the response is worth. Not answered or badly formed is worth 0."""

    @abstractmethod
    def describe(self, question: Q, response: Response | None) -> str:
        """The response in plain text, for reviews, CSV and statistics; empty when not answered."""

    @abstractmethod
    def key(self, question: Q) -> Response:
        """A response worth full marks."""

    @abstractmethod
    def guess(self, question: Q) -> float:
        """The fraction to expect from answering blindly (0…1); 0 where there is nothing to choose from."""

    def malformed(self, question: Q, response: Response | None) -> Message | None:
        """Why an answer can't be read, and how to write it; None when it can. A badly formed answer isn't wrong."""
        return None

    def choices(self, question: Q) -> list[Choice]:
        """What can be chosen, for statistics. Types with free answers give an empty list."""
        return []

    def classify(self, question: Q, response: Response | None) -> list[str]:
        """Which of `choices` the response picked, by id; `["blank"]` when not answered, `["other"]` for the rest."""
        return ["other"] if self.describe(question, response) else ["blank"]

    def check(self, question: Q) -> Iterable[Flaw]:
        """What is wrong with the question beyond its form."""
        return ()

    def carry(self, old: Q, new: Q, response: Response | None) -> Response:
        """A response to `old` in the ids of `new`: by explicit id, then by the same text, then by the same place.

        What has no counterpart is left out, so the result may be empty, which is "not answered".
        """
        return dict(response) if isinstance(response, dict) else {}


def entry(response: object, name: str) -> str | None:
    """The text under a name of a response; None when it isn't there, is blank or isn't text."""
    value = response.get(name) if isinstance(response, dict) else None
    return (typed(value) or None) if isinstance(value, str) else None


def entries(response: object, name: str) -> list[str]:
    """The texts in the list under a name of a response, without repeats; what isn't text is left out."""
    value = response.get(name) if isinstance(response, dict) else None
    return list(dict.fromkeys(item for item in value if isinstance(item, str))) if isinstance(value, list) else []


def table(response: object, name: str) -> dict[str, str]:
    """The texts by id under a name of a response; what is blank or isn't text is left out."""
    value = response.get(name) if isinstance(response, dict) else None
    if not isinstance(value, dict):
        return {}
    texts = {key: typed(text) for key, text in value.items() if isinstance(key, str) and isinstance(text, str)}
    return {key: text for key, text in texts.items() if text}


def mean(fractions: Sequence[float]) -> float:
    """The mean, rounded to the six places of a grade; 0 of nothing."""
    return round(sum(fractions) / len(fractions), 6) if fractions else 0.0


def graded(parts: Sequence[Part], fraction: float | None = None) -> Grade:
    """A grade of these parts: their mean, or the fraction given, kept within 0…1 and rounded to six places."""
    value = mean([part.fraction for part in parts]) if fraction is None else fraction
    return Grade(round(min(1.0, max(0.0, value)), 6), tuple(parts))


def duplicated(values: Mapping[tuple[str | int, ...], str], what: str) -> Iterable[Flaw]:
    """A flaw at each value that stood before; the values are compared without regard to case and space."""
    seen: set[str] = set()
    for path, value in values.items():
        same = " ".join(value.casefold().split())
        if same in seen:
            yield Flaw(path, f"{what} `{value}` stands twice", "change one of the two, or take it out")
        seen.add(same)
