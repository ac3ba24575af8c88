"""The pages of quizzes: what there is, starting, answering, handing in, the result."""

from __future__ import annotations

from webapp.quizzes.pages import answer_files, questions, quizzes  # noqa: F401 - each adds its pages to the blueprint
from webapp.quizzes.pages.blueprint import bp

__all__ = ["bp"]
