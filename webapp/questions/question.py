"""What every question has, whatever its type."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from webapp.questions.fields import Flag, Note, Piece, Plain, Points, Prose, SectionRef, Slug

Level = Literal["recall", "understand", "apply", "analyse", "evaluate"]
Difficulty = Literal["easy", "medium", "hard"]
Use = Literal["any", "exam"]


class Question(Piece):
    """What all questions have in common. `stem`, `explanation`, `hints` and all feedback are Markdown."""

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
    use: Use = Field(
        default="any", description="`exam` keeps it for quizzes by assignment, until their feedback dates have passed."
    )
    retired: Flag = Field(default=False, description="Kept for old attempts, and no longer drawn.")
    draft: Flag = Field(default=False, description="Seen by staff only, and drawn for nobody, until it is published.")
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
