from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pyarrow.parquet
import pytest

from webapp.ui.spreadsheets import ByColumn, Column, Table, csv_lines, harmless, write_parquet, write_xlsx

HOSTILE = [
    "=1+1",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(A1)",
    " =1+1",
    '"=1+1"',
    "\u200b=1+1",
    "\u00ad=1+1",
    "\u202e=1+1",
    "−2+3",
    "\tx",
    "\rx",
    '=HYPERLINK("https://example.org?"&A1,"click")',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    assert harmless(text).startswith("'")
    assert harmless(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a;=1+1", "a;'=1+1"),
        (";=1+1", ";'=1+1"),
        ("|=cmd", "|'=cmd"),
        ("a|@SUM(A1)", "a|'@SUM(A1)"),
        ("a\t=1+1", "a\t'=1+1"),
        ("a\n=1+1", "a\n'=1+1"),
        ("a; \u200b=1+1", "a;' \u200b=1+1"),
        ('a;"=1+1"', 'a;\'"=1+1"'),
        ("a;−2+3", "a;'−2+3"),
        ("=1;=2", "'=1;'=2"),
    ],
)
def test_a_cell_that_another_separator_would_cut_in_two_is_harmless_in_both_halves(text: str, made: str) -> None:
    assert harmless(text) == made


@pytest.mark.parametrize(
    "text", ["-5", "+5", "−5", "1,670,000", "1.67e6", "-3.5", "12 %", "Ada", "a-b", "a = b", "a; b"]
)
def test_numbers_and_plain_words_are_left_alone(text: str) -> None:
    assert harmless(text) == text


def table(rows: list[list[Any]]) -> Table:
    kinds = ["text", "number", "integer", "boolean", "time"]
    return Table("things", [Column(kind, kind) for kind in kinds], rows)  # type: ignore[arg-type]


AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_csv_has_plain_numbers_words_for_truth_and_times_in_utc() -> None:
    text = "".join(
        csv_lines(table([["Ada", 83.33, 3, True, AT], ["Bo", 100.0, 0, False, None], ["C", None, 1, None, AT]]))
    )
    assert text == (
        "text,number,integer,boolean,time\r\n"
        "Ada,83.33,3,true,2026-03-02T09:00:00Z\r\n"
        "Bo,100,0,false,\r\n"
        "C,,1,,2026-03-02T09:00:00Z\r\n"
    )


def test_the_header_runs_no_more_than_the_cells() -> None:
    assert list(csv_lines(Table("t", [Column("=1+1")], []))) == ["'=1+1\r\n"]


def test_a_table_for_excel_begins_with_the_mark_of_utf_8() -> None:
    assert next(csv_lines(Table("t", [Column("name")], [], for_excel=True))) == "\ufeffname\r\n"


def test_any_text_comes_back_from_csv_as_it_was_but_for_the_apostrophe() -> None:
    texts = ['say "hi"', "a,b", "two\nlines", "tab\tinside", " space ", "ünï → ok", *HOSTILE]
    text = "".join(csv_lines(Table("t", [Column("x"), Column("y")], [[each, "end"] for each in texts])))
    read = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert [row[0] for row in read] == [harmless(each) for each in texts]
    assert all(row[1] == "end" for row in read)


def test_xlsx_cells_have_types_and_text_is_never_a_formula() -> None:
    file = io.BytesIO()
    write_xlsx(table([["=1+1", -5.5, 3, True, AT], ["https://example.org", 1.0, 2, False, None]]), file)
    sheet = openpyxl.load_workbook(io.BytesIO(file.getvalue())).active
    assert [cell.value for cell in sheet[1]] == ["text", "number", "integer", "boolean", "time"]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "b", "d"]
    assert sheet["A2"].value == "=1+1"
    assert sheet["E2"].value == datetime(2026, 3, 2, 9, 0)
    assert sheet["A3"].hyperlink is None
    assert sheet["E3"].value is None


def test_a_table_too_long_for_a_sheet_goes_on_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    from webapp.ui import spreadsheets

    monkeypatch.setattr(spreadsheets, "_ROWS_A_SHEET", 4)
    file = io.BytesIO()
    write_xlsx(Table("n", [Column("i", "integer")], ([i] for i in range(7))), file)
    book = openpyxl.load_workbook(io.BytesIO(file.getvalue()))
    assert [[row[0].value for row in sheet.iter_rows(min_row=2)] for sheet in book] == [[0, 1, 2], [3, 4, 5], [6]]


PARQUET = (
    Column("name"), Column("points", "number"), Column("seconds", "integer"), Column("passed", "boolean"),
    Column("at", "time"),
)  # fmt: skip
PARQUET_AT = datetime(2026, 11, 27, 9, 30, 15, 250_000, tzinfo=UTC)


def parquet_of(rows: Any) -> Any:
    file = io.BytesIO()
    write_parquet(Table("scores", PARQUET, rows), file)
    file.seek(0)
    return pyarrow.parquet.read_table(file)


def test_parquet_columns_have_types_and_text_is_as_it_was_given() -> None:
    # A time comes as the database has it where a table is long.
    found = parquet_of(
        [["=1+1", 1, 7, 1, PARQUET_AT], [None] * 5, ["Ada", 0.5, 8, False, "2026-11-27 09:30:15.250000"]]
    )
    assert [str(field.type) for field in found.schema] == ["string", "double", "int64", "bool", "timestamp[ms, tz=UTC]"]
    at = PARQUET_AT.replace(microsecond=0)
    assert found.to_pydict() == {
        "name": ["=1+1", None, "Ada"],
        "points": [1.0, None, 0.5],
        "seconds": [7, None, 8],
        "passed": [True, None, False],
        "at": [at, None, at],
    }


def test_parquet_of_no_rows_has_its_columns_and_one_of_many_its_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parquet_of([]).column_names == [column.name for column in PARQUET]
    monkeypatch.setattr("webapp.ui.spreadsheets._ROWS_A_GROUP", 3)
    batches = [[("a", "b"), (1, 2), (3, 4), (True, False), (PARQUET_AT, PARQUET_AT)] for _batch in range(5)]
    found = parquet_of(ByColumn(batches))
    assert found["name"].to_pylist() == ["a", "b"] * 5
