"""Downloads: the same rows as the pages, streamed as CSV or as XLSX with typed cells."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import IO

from flask import Response, request, stream_with_context

from webapp.accounts import access
from webapp.current import now
from webapp.reports.blueprint import Filters, bp, bring_up_to_date, filters
from webapp.reports.responses import response_table
from webapp.reports.scores import gradebook_table, score_table
from webapp.reports.sheets import Table, csv_lines, write_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

TABLES: dict[str, Callable[[Filters], Table]] = {
    "scores": lambda asked: score_table(asked.population, asked.columns, passed=asked.passed),
    "gradebook": lambda asked: gradebook_table(asked.population, asked.columns, passed=asked.passed),
    "responses": lambda asked: response_table(asked.population, asked.columns, passed=asked.passed),
}


@bp.get("/instructor/<any(scores, gradebook, responses):name>.<any(csv, xlsx):form>")
@access.open_to(access.INSTRUCTOR)
def export(name: str, form: str) -> Response:
    """A report as a file. `cohort`, `quiz`, `q`, `passed` filter it; `graded=1` leaves out what counts for nothing."""
    bring_up_to_date()
    return as_file(TABLES[name](filters(graded_only=request.args.get("graded") == "1")), form)


def as_file(table: Table, form: str) -> Response:
    """A table as a download called after it and the day: CSV as it is read, XLSX by way of a temporary file."""
    name = f"{table.name}-{now():%Y-%m-%d}.{form}"
    if form == "csv":
        response = Response(stream_with_context(csv_lines(table)), mimetype="text/csv")
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is sent
        write_xlsx(table, file)
        response = Response(_sent(file), mimetype=XLSX)
        response.call_on_close(file.close)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    """A file from its start, in pieces, closed at its end."""
    with file:
        file.seek(0)
        while piece := file.read(65_536):
            yield piece
