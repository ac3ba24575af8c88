"""What a walk is made of, in the order in which a teacher makes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MATERIAL = Path(__file__).parent / "material"


@dataclass(frozen=True)
class Medium:
    """A file of `material` that is sent by the dialog "Picture or recording", with its words for those who don't see or
    hear it. `words`: what is said in a recording, or for a video its captions; `listening`: to hear it is the task."""

    file: str
    alt: str = ""
    decorative: bool = False
    words: str = ""
    listening: bool = False

    @property
    def path(self) -> Path:
        return MATERIAL / self.file


#: what is filled in: a text; a picture or recording; a text with them in their places; a box that is ticked (True)
Value = str | bool | Medium | tuple[str | Medium, ...]
#: the names of the rows that lead to a field, such as "Answer 1", then its label
Way = str | tuple[str, ...]


@dataclass(frozen=True)
class Lesson:
    """A lesson: the fields of its head, and its text with the media in their places."""

    head: Mapping[str, Any]
    text: tuple[str | Medium, ...]


@dataclass(frozen=True)
class QuestionForm:
    """A question of a type as its form is filled in, from top to bottom. `mistake`: what the student answers instead of
    the right answer, made of the question with the values on the student's paper."""

    type: str
    fields: tuple[tuple[Way, Value], ...]
    mistake: Callable[[Any], dict[str, Any]] | None = None

    @property
    def stem(self) -> str:
        """The beginning of what it asks, up to a formula or value, by which it is told from the others."""
        said = dict(self.fields)["Question"]
        first = said if isinstance(said, str) else next(part for part in said if isinstance(part, str))  # type: ignore[union-attr]
        return re.split(r"[<$!]", first.strip()[:40])[0].strip()


@dataclass(frozen=True)
class PillarForm:
    """A pillar, with its lesson and its questions."""

    title: str
    lesson: Lesson
    questions: tuple[QuestionForm, ...]
    short: str = ""


@dataclass(frozen=True)
class QuizForm:
    """A quiz of all questions of a course, in the order in which they were made. `fields` are those of its form."""

    title: str
    fields: tuple[tuple[Way, Value], ...] = ()


@dataclass(frozen=True)
class Walk:
    """A whole course, and what its student gets: `result` stands on the page of the result."""

    title: str
    language: str
    subtitle: str
    summary: str
    pillars: tuple[PillarForm, ...]
    quiz: QuizForm
    result: str

    @property
    def folder(self) -> str:
        """The id that the server makes of the title, which is the name of the folder, too."""
        return self.title.lower().replace(" ", "-")
