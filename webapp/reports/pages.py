"""Reports: who stands where, which questions work, and the rows behind it to take away."""

from __future__ import annotations

from webapp.reports import export_pages  # noqa: F401 - the pages register themselves
from webapp.reports.blueprint import bp

__all__ = ["bp"]
