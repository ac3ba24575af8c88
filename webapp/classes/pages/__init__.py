"""The pages of classes: cohorts, rosters, what is set to a class, the live view, attempts, regrades; joining one."""

from __future__ import annotations

from webapp.classes.pages import (  # noqa: F401 - each adds its pages to the blueprint
    accommodations,
    assignments,
    attempts,
    cohorts,
    given_time,
    grade_changes,
    live,
    marking,
    paper,
    regrades,
    rosters,
)
from webapp.classes.pages.blueprint import bp
from webapp.classes.pages.joining import bp as joining_bp

__all__ = ["bp", "joining_bp"]
