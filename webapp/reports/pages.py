"""Reports: who stands where, which questions work, and the rows behind it to take away."""

from __future__ import annotations

from webapp.reports import audit_pages, export_pages, gradebook_pages, statistics_pages  # noqa: F401
from webapp.reports.blueprint import bp

__all__ = ["bp"]
