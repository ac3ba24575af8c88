"""What every question has, whatever its type."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from webapp.questions.fields import Flag, Note, Piece, Plain, Points, Prose, SectionRef, Slug
from webapp.questions.materials import Material

Level = Literal["recall", "understand", "apply", "analyse", "evaluate"]
Difficulty = Literal["easy", "medium", "hard"]
Use = Literal["any", "exam"]


class Question(Piece):
    """What all questions have in common. `stem`, `explanation`, `hints` and all feedback are Markdown."""

    type: str = Field(description="The type of the question.")
    id: Slug = Field(description="The question's name in the course: unique, and kept for good.")
    stem: Prose = Field(description="The question itself, or the instruction above the task.")
    material: Slug | None = Field(default=None, description="The shared material that it asks about.")
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
    parameters: dict[str, Plain] = Field(
        default={}, description="Values that differ from paper to paper: `2 to 20 step 2`, `2, 4, 5`, or `= m * a`."
    )
    constraints: tuple[Plain, ...] = Field(
        default=(), description="Comparisons that the values have to meet, such as `a > b`."
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
    source: Plain | None = Field(default=None, description="Where it was imported from; set by the import.")
    pillar: str = Field(default="", description="Set by the loader: the pillar whose folder it stands in, or `mixed`.")
    template: SkipJsonSchema[dict[str, Any] | None] = Field(
        default=None, description="Set by the reader: what the file says of a question with parameters, to make others."
    )

    shown_with: SkipJsonSchema[Material | None] = Field(
        default=None, description="Set by the loader: the material itself, which is part of what is shown."
    )

    @field_validator("shown_with", mode="before")
    @classmethod
    def _comes_from_its_file(cls, value: object, info: ValidationInfo) -> object:
        if info.context and info.context.get("from_file"):
            raise PydanticCustomError("extra_forbidden", "a material is named by its id, under `material`")
        return value

    @field_validator("template", mode="before")
    @classmethod
    def _comes_from_the_reader(cls, value: object, info: ValidationInfo) -> object:
        if info.context and info.context.get("from_file"):
            raise PydanticCustomError("extra_forbidden", "the template is what the file says itself")
        return value

    @field_validator("constraints")
    @classmethod
    def _with_parameters(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if value and not info.data.get("parameters"):
            raise PydanticCustomError("constraints", "expected no constraints where there are no parameters")
        return value

    @field_validator("pillar", mode="before")
    @classmethod
    def _comes_from_the_folder(cls, value: object, info: ValidationInfo) -> object:
        if info.context and info.context.get("from_file"):
            raise PydanticCustomError("extra_forbidden", "the pillar comes from the folder the file stands in")
        return value
