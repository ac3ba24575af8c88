"""The bank in the browser: the list, questions and quizzes, files and their history."""

from __future__ import annotations

from webapp.editor import (  # noqa: F401 - each adds its pages
    bank_pages,
    file_pages,
    filing_pages,
    history_pages,
    item_pages,
)
from webapp.editor.blueprint import bp

__all__ = ["bp"]
