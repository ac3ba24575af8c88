"""Tables that leave the building, as CSV, XLSX and Parquet: typed columns, rows that stream, text that can't run.

CSV is UTF-8 with a header and CRLF (RFC 4180): plain numbers, `true`/`false`, times in ISO 8601 UTC, nothing where
there is nothing. A spreadsheet runs a text cell that begins like a formula, so such cells get an apostrophe in front;
plain numbers are left alone. In XLSX and in Parquet each cell has its type, and text is text.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import IO, Any, Literal

Kind = Literal["text", "number", "integer", "boolean", "time"]

#: what XLSX allows, its header included
_ROWS_A_SHEET = 1_048_576
_CHARACTERS_A_CELL = 32_767
#: rows that go out together
_BATCH = 200
#: rows of a group in a Parquet file, which a reader takes in at once
_ROWS_A_GROUP = 50_000
#: characters of a text that is not likely to be in another cell, too
_LONG = 200
#: cells that a column remembers
_REMEMBERED = 2_000

# What begins a formula. The wide forms are what East Asian keyboards type, and are read as the narrow ones.
_SIGN = r"[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]"
# Spaces, control and invisible characters in front of it don't keep a spreadsheet from reading on, nor quotation marks
# where it takes them for those of the cell.
_BEFORE = r'["\s\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*'
_FORMULA = re.compile(rf"{_BEFORE}{_SIGN}|[\t\r\n]")
# Opened with another separator than the comma, a cell is cut in two, and what follows begins a cell of its own.
_FORMULA_INSIDE = re.compile(rf"([;\t\r\n|])(?={_BEFORE}{_SIGN})")
_NUMBER = re.compile(r"[+\-\u2212]?\d+(?:[.,]\d+)*(?:[eE][+\-]?\d+)?\s?%?")
_NEEDS_QUOTES = re.compile(r'[",;\t\r\n|]|^\s|\s$')


@dataclass(frozen=True)
class Column:
    """A column: its name in the header, what its cells hold, and its width in characters (XLSX)."""

    name: str
    kind: Kind = "text"
    width: int = 16


@dataclass(frozen=True)
class ByColumn:
    """Rows that come many at a time, and of these one column after the other: for tables of a million rows, where
    whatever is done for each row by itself takes longer than reading it. To be read once, as rows or as they come."""

    batches: Iterable[Sequence[Sequence[Any]]]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for columns in self.batches:
            yield from zip(*columns, strict=True)


@dataclass(frozen=True)
class Table:
    """A table under way: rows may be a generator, and are read once."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    #: whether its CSV begins with the mark by which Excel knows UTF-8; other programs take it for part of a name
    for_excel: bool = False


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula by the way it begins (a number such as -5 among them)."""
    return _FORMULA.match(text) is not None


def harmless(text: str) -> str:
    """The text, so that no spreadsheet runs it: an apostrophe before what looks like a formula, not before a number.

    This is the one rule for every cell that leaves the app as text.
    """
    if not text or _NUMBER.fullmatch(text):
        return text
    inside = _FORMULA_INSIDE.sub(r"\1'", text)
    return f"'{inside}" if looks_like_formula(text) else inside


def plain_number(value: float, places: int = 6) -> str:
    """A number as every program reads it: a point, no grouping, no exponent, no trailing zeros."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def iso(value: datetime | str) -> str:
    """A time in UTC to the second, also of a text as `webapp.database.TimeAsText` gives it."""
    if isinstance(value, str):
        return f"{value[:10]}T{value[11:19]}Z"
    value = value if value.tzinfo is UTC else value.astimezone(UTC)
    return f"{value.isoformat()[:19]}Z"


def cell_text(value: Any, kind: Kind) -> str:
    """A cell as CSV has it, before quoting."""
    if value is None:
        return ""
    if kind == "boolean":
        return "true" if value else "false"
    if kind in ("number", "integer"):
        return plain_number(value)
    if kind == "time":
        return iso(value)
    return harmless(str(value).replace("\x00", ""))


def csv_lines(table: Table) -> Iterator[str]:
    """The table as CSV text, the header first, some rows at a time."""
    mark = "\ufeff" if table.for_excel else ""
    yield mark + ",".join(_csv_cell(column.name, "text") for column in table.columns) + "\r\n"
    cells = [_Cells(column.kind) for column in table.columns]
    for columns in _batches(table.rows):
        written = [each.written(values) for each, values in zip(cells, columns, strict=True)]
        yield "\r\n".join([*map(",".join, zip(*written, strict=True)), ""])


def _batches(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    """The columns of some rows at a time."""
    if isinstance(rows, ByColumn):
        yield from rows.batches
        return
    left = iter(rows)
    while batch := list(islice(left, _BATCH)):
        yield list(zip(*batch, strict=True))


class _Cells(dict[Any, str]):
    """The cells of a column as CSV has them, by their values: most of what stands in a cell stood in one before."""

    def __init__(self, kind: Kind) -> None:
        self.kind: Kind = kind

    def __missing__(self, value: Any) -> str:
        cell = _csv_cell(value, self.kind)
        if len(cell) <= _LONG:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[value] = cell
        return cell

    def written(self, values: Iterable[Any]) -> list[str]:
        if self.kind == "time":  # as many as rows
            return ["" if value is None else iso(value) for value in values]
        if self.kind == "text":
            # Python takes True for 1, which are two texts.
            return [self[value] if type(value) is str else _csv_cell(value, "text") for value in values]
        return [self[value] for value in values]


def _csv_cell(value: Any, kind: Kind) -> str:
    return _quoted(cell_text(value, kind))


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _NEEDS_QUOTES.search(cell) else cell


def write_xlsx(table: Table, file: IO[bytes]) -> None:
    """Writes the table into an open file, row by row; a table too long for a sheet goes on on another."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options | {"strings_to_numbers": False}) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        formats = {"time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})}
        rows = iter(table.rows)
        number = 0
        while True:
            number += 1
            full = _write_sheet(book, table, rows, number, head, formats)
            if not full:
                return


def _write_sheet(book: Any, table: Table, rows: Iterator[Sequence[Any]], number: int, head: Any, formats: Any) -> bool:
    """One sheet; whether it is full, so that another has to follow."""
    sheet = book.add_worksheet(table.name[:28] + (f" {number}" if number > 1 else ""))
    sheet.freeze_panes(1, 1)
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, column.width)
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, column.name[:_CHARACTERS_A_CELL], head)
    at = 0
    for at, row in enumerate(islice(rows, _ROWS_A_SHEET - 1), 1):
        for place, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            if value is not None:
                _write_cell(sheet, at, place, value, column.kind, formats)
    return at == _ROWS_A_SHEET - 1


def _write_cell(sheet: Any, row: int, place: int, value: Any, kind: Kind, formats: Any) -> None:
    if kind == "boolean":
        sheet.write_boolean(row, place, bool(value))
    elif kind in ("number", "integer"):
        sheet.write_number(row, place, value)
    elif kind == "time":
        # A spreadsheet knows no zones; the header of a time column says that it is UTC.
        at = datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC).replace(tzinfo=None)
        sheet.write_datetime(row, place, at, formats["time"])
    else:
        sheet.write_string(row, place, str(value)[:_CHARACTERS_A_CELL])


@cache
def parquet_is_there() -> bool:
    """Whether Parquet can be written: its library is large, and installed by who wants it (`pip install pyarrow`)."""
    return importlib.util.find_spec("pyarrow") is not None


def write_parquet(table: Table, file: IO[bytes]) -> None:
    """Writes the table into an open file, for pandas, R, DuckDB and others that analyse: columns have the types of
    their kinds (text, double, 64-bit integer, boolean, time in UTC to the second), empty cells are null, text is as it
    was given."""
    import pyarrow
    import pyarrow.parquet

    types = {
        "text": pyarrow.string(),
        "number": pyarrow.float64(),
        "integer": pyarrow.int64(),
        "boolean": pyarrow.bool_(),
        "time": pyarrow.timestamp("ms", tz="UTC"),
    }
    schema = pyarrow.schema([(column.name, types[column.kind]) for column in table.columns])
    with pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        rows = iter(table.rows)
        while group := list(islice(rows, _ROWS_A_GROUP)):
            arrays = [
                pyarrow.array([_typed(value, column.kind) for value in values], type=types[column.kind])
                for values, column in zip(zip(*group, strict=True), table.columns, strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))


def _typed(value: Any, kind: Kind) -> Any:
    """A cell as its column in a Parquet file has it."""
    if value is None:
        return None
    if kind == "boolean":
        return bool(value)
    if kind == "time":
        at = datetime.fromisoformat(iso(value)) if isinstance(value, str) else value.astimezone(UTC)
        return at.replace(microsecond=0)
    return value if kind in ("number", "integer") else str(value)
