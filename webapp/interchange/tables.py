"""Rows of cells from CSV and from sheets of Excel and LibreOffice."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, WorksheetNotFound, XmlError, ZipError

from webapp.interchange.archive import SafeZip
from webapp.interchange.contract import MOST_ITEMS, UnreadableQuestions, within_bounds
from webapp.interchange.decoding import decoded_text
from webapp.interchange.losses import Loss

#: columns that are looked at, characters of a cell, and bytes of a sheet: one that holds as much text has no end
MOST_COLUMNS, _LONGEST_CELL, _LARGEST_SHEET = 120, 20_000, 20_000_000
_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DELIMITERS = (",", ";", "\t", "|")

Rows = list[list[str]]


def rows_of(raw: bytes) -> tuple[Rows, str, tuple[Loss, ...]]:
    """The rows of the first sheet that has any, the encoding of a text, and what is doubtful about it. Raises
    UnreadableQuestions."""
    within_bounds(raw)
    if raw.startswith((_ZIP, _OLD)):
        return _of_workbook(raw), "", ()
    text, encoding, losses = decoded_text(raw)
    return _of_csv(text.lstrip("\ufeff")), encoding, losses


def is_workbook(raw: bytes) -> bool:
    """Whether this looks like a sheet of Excel or LibreOffice."""
    if raw.startswith(_OLD):
        return True
    return raw.startswith(_ZIP) and (b"xl/" in raw or b"spreadsheet" in raw[:200])


def _of_workbook(raw: bytes) -> Rows:
    if raw.startswith(_OLD):
        raise UnreadableQuestions("This is a file of an old Excel. Save it as .xlsx or .csv, and try again.")
    sizes = SafeZip(raw)
    if sizes.unpacked > _LARGEST_SHEET:
        raise UnreadableQuestions(f"The sheets hold more than {_LARGEST_SHEET // 1_000_000} MB.")
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.height > MOST_ITEMS + 100 or sheet.width > 2_000 or sheet.height * sheet.width > 4_000_000:
                raise UnreadableQuestions(f"The sheet {name[:40]!r} has more rows or columns than are read.")
            rows = [[_cell(cell) for cell in row[:MOST_COLUMNS]] for row in sheet.iter_rows()]
            if any(any(row) for row in rows):
                return rows
    except (CalamineError, PasswordError, WorksheetNotFound, XmlError, ZipError, OSError, ValueError) as error:
        raise UnreadableQuestions(f"The sheet can't be read: {' '.join(str(error).split())[:200]}.") from None
    raise UnreadableQuestions("There is nothing in the sheet.")


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return _bounded(str(value).strip()) if value is not None else ""


def _bounded(text: str) -> str:
    if len(text) > _LONGEST_CELL:
        raise UnreadableQuestions(f"A cell has {len(text):,} characters; at most {_LONGEST_CELL:,} are read.")
    return text


def _of_csv(text: str) -> Rows:
    first = text.partition("\n")[0].strip().lower()
    delimiters: Sequence[str] = _DELIMITERS
    if first.startswith("sep=") and len(first) == 5:
        delimiters, text = (first[4],), "\n" + text.partition("\n")[2]
    best: Rows = []
    start = text[:100_000]
    chosen = max(delimiters, key=lambda each: _fitness(_split(start, each)))
    best = _split(text, chosen)
    if len(best) > MOST_ITEMS + 100:
        raise UnreadableQuestions(f"The file has more than {MOST_ITEMS:,} rows.")
    return [[_bounded(cell.strip()) for cell in row[:MOST_COLUMNS]] for row in best]


def _split(text: str, delimiter: str) -> Rows:
    try:
        return list(csv.reader(io.StringIO(text.replace("\0", "")), delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableQuestions(f"The file can't be read as a table: {error}.") from None


def _fitness(rows: Rows) -> tuple[int, int]:
    """How much a table looks like one: how many rows are as wide as its widest usual one."""
    widths = [len(row) for row in rows[:200] if any(row)]
    usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
    return (min(usual, 2) - 1) * widths.count(usual), usual
