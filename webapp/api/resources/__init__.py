"""The operations of the API, by noun."""

from __future__ import annotations

from webapp.api import document  # noqa: F401 - adds its address
from webapp.api.resources import classes, courses, questions, results  # noqa: F401 - each adds its operations
from webapp.api.routes import bp

__all__ = ["bp"]
