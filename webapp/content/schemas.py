"""JSON Schemas of the files of a course, for editors that complete and check YAML."""

from __future__ import annotations

from typing import Any, Literal

from webapp.content.course.course_file import WholeCourseFile
from webapp.content.file_names import COURSE_FILE
from webapp.content.ledger import Ledger
from webapp.content.lessons.lesson import Head
from webapp.questions import json_schema as questions_schema

Name = Literal["questions", "course", "ledger", "lesson"]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(name: str) -> dict[str, Any]:
    """The schema (2020-12) of questions.yaml, course.yaml, the ledger, or the front matter of a lesson."""
    if name == "questions":
        return questions_schema()
    models: dict[str, tuple[type[WholeCourseFile | Ledger | Head], str]] = {
        "course": (WholeCourseFile, f"The {COURSE_FILE} file of a course."),
        "ledger": (Ledger, "The ledger of facts of a course."),
        "lesson": (Head, "The front matter of a lesson."),
    }
    model, about = models[name]
    return {"$schema": _DIALECT, **model.model_json_schema(by_alias=True), "description": about}
