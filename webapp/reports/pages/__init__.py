"""Reports: who stands where, which questions work, and the rows behind it to take away."""

from __future__ import annotations

from webapp.reports.pages import exports, gradebook, statistics  # noqa: F401 - each adds its pages
from webapp.reports.pages.blueprint import bp

__all__ = ["bp"]
