"""The bank in the browser: the list, questions and quizzes, files and their history."""

from __future__ import annotations

from webapp.editor.pages import (  # noqa: F401 - each adds its pages
    bank,
    exports,
    files,
    history,
    imports,
    lessons,
    materials,
    media,
    question_history,
    questions,
    quizzes,
    repository,
    structure,
    unpublished,
)
from webapp.editor.pages.blueprint import bp

__all__ = ["bp"]
