"""Downloads: the same rows as the pages, streamed as CSV, or as XLSX or Parquet with typed cells."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request

from webapp.reports.exports.responses import response_table
from webapp.reports.pages.blueprint import Filters, bp, bring_up_to_date, filters
from webapp.reports.scores import gradebook_table, score_table
from webapp.ui.downloads import as_file
from webapp.ui.spreadsheets import Table
from webapp.web import access

TABLES: dict[str, Callable[[Filters], Table]] = {
    "scores": lambda chosen: score_table(chosen.population, chosen.columns, passed=chosen.passed),
    "gradebook": lambda chosen: gradebook_table(chosen.population, chosen.columns, passed=chosen.passed),
    "responses": lambda chosen: response_table(chosen.population, chosen.columns, passed=chosen.passed),
}


@bp.get("/instructor/<any(scores, gradebook, responses):name>.<any(csv, xlsx, parquet):form>")
@access.open_to(access.TEACHER)
def export(name: str, form: str) -> Response:
    """A report as a file. `cohort`, `quiz`, `q`, `passed` filter it; `graded=1` leaves out what counts for nothing."""
    bring_up_to_date()
    return as_file(TABLES[name](filters(graded_only=request.args.get("graded") == "1")), form)
