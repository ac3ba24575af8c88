"""A table as a download: streamed as CSV, or as XLSX or Parquet with typed cells."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from typing import IO

from flask import Response, abort, stream_with_context

from webapp.database import only_reading
from webapp.ui.spreadsheets import Table, csv_lines, parquet_is_there, write_parquet, write_xlsx
from webapp.web.current import now
from webapp.web.security import private

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PARQUET = "application/vnd.apache.parquet"


def forms() -> dict[str, str]:
    """In what forms a table can be had here, and what they are called."""
    names = {"csv": "CSV", "xlsx": "XLSX"}
    return names | {"parquet": "Parquet"} if parquet_is_there() else names


def as_file(table: Table, form: str) -> Response:
    """A table as a download called after it and the day: CSV as it is read, others by way of a temporary file.

    Not found (404) is what this server can't write.
    """
    name = f"{table.name}-{now():%Y-%m-%d}.{form}"
    if form == "csv":
        response = Response(stream_with_context(_read(table)), mimetype="text/csv")
    elif form not in forms():
        abort(404)
    else:
        write, mimetype = (write_parquet, PARQUET) if form == "parquet" else (write_xlsx, XLSX)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is sent
        write(table, file)
        response = Response(_sent(file), mimetype=mimetype)
        response.call_on_close(file.close)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return private(response)


def written_file(file: IO[bytes], name: str, mimetype: str) -> Response:
    """A file that was written and can be searched, as a download called so; closed when it is sent."""
    response = Response(_sent(file), mimetype=mimetype)
    response.content_length = file.seek(0, os.SEEK_END)
    response.call_on_close(file.close)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return private(response)


def _read(table: Table) -> Iterator[str]:
    """The lines of a table, read as they are sent: the view has returned by then."""
    with only_reading():
        yield from csv_lines(table)


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    """A file from its start, in pieces, closed at its end."""
    with file:
        file.seek(0)
        while piece := file.read(65_536):
            yield piece
