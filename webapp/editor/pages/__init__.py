"""The bank in the browser: the list, questions and quizzes, files and their history."""

from __future__ import annotations

from webapp.editor.pages import bank, files, history, questions, quizzes, unpublished  # noqa: F401 - each adds its pages
from webapp.editor.pages.blueprint import bp

__all__ = ["bp"]
