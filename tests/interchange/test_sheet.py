"""Question sheets: English and German heads, those of Kahoot and Quizizz, and keys that are never guessed."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest

from tests.interchange.conftest import back, found, question, told
from webapp.interchange import recognised
from webapp.interchange.contract import UnreadableQuestions
from webapp.questions import parse

HEADS = "type,question,option 1,option 2,option 3,correct answer"


def row(cells: str, heads: str = HEADS) -> Any:
    (item,) = found("sheet", f"{heads}\n{cells}\n", "quiz.csv").items
    return item


def values(cells: str, heads: str = HEADS) -> dict[str, Any]:
    item = row(cells, heads)
    assert told(item) == ("carried", []), item.losses
    parse({"id": "one", **item.values})
    return dict(item.values)


def workbook(rows: list[list[object]], above: int = 0) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for number, cells in enumerate(rows, 1 + above):
        for column, cell in enumerate(cells, 1):
            sheet.cell(number, column, cell)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("key", ["B", "2", "b)", "Blue", "blue", "(2)"])
def test_a_key_may_be_a_letter_a_place_or_the_words(key: str) -> None:
    made = values(f",Which is cold?,Red,Blue,,{key}")
    assert made["options"] == [{"text": "Red"}, {"text": "Blue", "key": "true"}]
    assert made["type"] == "choice"


@pytest.mark.parametrize("key", ['"A, C"', "A;C", "1 und 3", '"Red, Rose"', "Red; Rose"])
def test_several_keys_make_a_question_with_several_right_answers(key: str) -> None:
    made = values(f",Which are warm?,Red,Blue,Rose,{key}")
    assert made["type"] == "multiple"
    assert [each["text"] for each in made["options"] if each.get("key")] == ["Red", "Rose"]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (",How many?,2,3,5,2", "key-unclear"),
        (",Which?,a,b,c,", "no-key"),
        (",Which?,a,b,c,d", "key-unclear"),
        (",Which?,a,b,c,7", "key-unclear"),
        (",How many?,,,,4", "type-unknown"),
        ("hologram,Which?,a,b,c,a", "type-unknown"),
        ("choice,Which?,x,y,z,1;2", "keys"),
        ("numeric,How many?,,,,many", "broken"),
        ("matching,Match.,a = b,c = d,,", "broken"),
        (",,a,b,,a", "broken"),
    ],
)
def test_nothing_is_guessed(cells: str, code: str) -> None:
    item = row(cells)
    assert told(item) == ("left out", [code])
    assert item.text


def test_german_heads_and_words() -> None:
    text = (
        "Nr;Fragetyp;Frage;Antwort A;Antwort B;Richtige Antwort;Erklärung;Punkte;Schwierigkeit;Schlagworte\n"
        "1;;Was ist kalt?;Rot;Blau;B;Blau ist kalt.;2;leicht;Farben, Kunst\n"
        "2;Wahr/Falsch;Rot ist warm.;;;wahr;;;;\n"
        "3;Zahl;Wie viele?;;;1,5;;;;\n"
        "4;Zuordnung;Ordne zu.;a -> b;c -> d;;;;;\n"
        "5;Reihenfolge;Sortiere.;eins;zwei;;;;;\n"
        "6;Freitext;Schreib.;;;;;;;\n"
        "7;Kurzantwort;Wer?;;;Goethe;;;;\n"
    )
    items = found("sheet", text.encode("cp1252"), "Fragen.csv").items
    assert [each.values and each.values["type"] for each in items] == [
        "choice", "true_false", "numeric", "matching", "ordering", "essay", "short_text",
    ]  # fmt: skip
    first = items[0].values
    assert first is not None
    assert (first["points"], first["difficulty"], first["tags"]) == ("2", "easy", ["farben", "kunst"])
    assert items[2].values is not None
    assert items[2].values["answer"] == "1.5"


def test_a_sheet_of_kahoot_with_its_advice_above_the_heads() -> None:
    heads = [None, "Question - max 120 characters", "Answer 1 - max 75 characters", "Answer 2 - max 75 characters",
             "Answer 3 - max 75 characters", "Answer 4 - max 75 characters",
             "Time limit (sec) – 5, 10, 20, 30, 60, 90, 120, or 240 secs",
             "Correct answer(s) - choose at least one"]  # fmt: skip
    raw = workbook([["Quiz template"], [], heads, [1, "How many?", 3, 2, 5, None, 20, 2],
                    [2, "Which are even?", 2, 3, 4, None, 20, "1,3"]], above=5)  # fmt: skip
    assert recognised(raw, "kahoot.xlsx").name == "sheet"
    first, second = found("sheet", raw, "kahoot.xlsx").items
    assert told(first) == ("carried with losses", ["time-limit"])
    assert first.values is not None
    assert second.values is not None
    assert first.place == "row 9"
    assert [each["text"] for each in first.values["options"] if each.get("key")] == ["2"]
    assert [each["text"] for each in second.values["options"] if each.get("key")] == ["2", "4"]


def test_a_sheet_of_quizizz() -> None:
    heads = ["Question Text", "Question Type", "Option 1", "Option 2", "Option 3", "Correct Answer", "Time in seconds",
             "Image Link", "Answer explanation"]  # fmt: skip
    raw = workbook([heads, ["Which is cold?", "Multiple Choice", "Red", "Blue", None, 2, 30, None, "Blue is cold."],
                    ["Which are warm?", "Checkbox", "Red", "Blue", "Rose", "1,3", 30, "https://x.org/a.png", None],
                    ["Name one.", "Fill-in-the-Blank", "red", "rose", None, None, 30, None, None],
                    ["What do you think?", "Open-Ended", None, None, None, None, 30, None, None],
                    ["Vote!", "Poll", "a", "b", None, None, 30, None, None]])  # fmt: skip
    items = found("sheet", raw, "quizizz.xlsx").items
    assert [each.values["type"] if each.values else None for each in items] == [
        "choice", "multiple", "short_text", "essay", None,
    ]  # fmt: skip
    assert set(told(items[1])[1]) == {"time-limit", "picture-remote"}
    assert told(items[4]) == ("left out", ["type-unknown"])


def test_a_column_that_means_nothing_is_named_once() -> None:
    read = found("sheet", "question,a,option 1,option 2,key\nWhich?,x,p,q,p\n", "q.csv")
    assert [(loss.code, loss.was) for loss in read.losses] == [("column", "a")]


@pytest.mark.parametrize(
    "text",
    [
        "{type: choice, stem: 'A #1 $x^2$?', options: [{text: B}, {text: A, key: true, feedback: Yes.}], points: 2}",
        "{type: multiple, stem: Which?, options: [{text: a, key: true}, {text: b}, {text: c, key: true}]}",
        "{type: true_false, stem: So., answer: false, feedback: {true: No., false: Yes.}}",
        "{type: numeric, stem: How many?, answer: 6.5, unit: kg, tolerance: {absolute: 0.1}}",
        "{type: short_text, stem: Who?, answers: [me, 'a*b']}",
        "{type: matching, stem: Match., pairs: [{left: a, right: b}, {left: c, right: d}], extra: [{text: e}]}",
        "{type: ordering, stem: Sort., items: [{text: one}, {text: two}], level: apply, tags: [x]}",
    ],
)
def test_it_goes_out_and_comes_back(text: str) -> None:
    before = question(text)
    (made,), lost = back("sheet", before)
    assert lost == [[]]
    assert parse({"id": "one", **made}).model_dump() == before.model_dump()


def test_cells_that_look_like_formulas_stay_words() -> None:
    before = question("{type: choice, stem: '=1+1', options: [{text: '+3', key: true}, {text: '@b'}]}")
    (made,), _ = back("sheet", before)
    assert made["stem"] == "=1+1"
    assert [each["text"] for each in made["options"]] == ["+3", "@b"]


@pytest.mark.parametrize(
    "raw", [b"a,b\n1,2\n", b"question,key\n", b"PK\x03\x04xl/", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
)
def test_what_is_no_sheet_of_questions_is_refused_with_a_sentence(raw: bytes) -> None:
    with pytest.raises(UnreadableQuestions, match=r"\.$"):
        found("sheet", raw, "q.xlsx")


def test_a_sheet_that_unpacks_to_far_more_is_refused_before_it_is_opened() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    with pytest.raises(UnreadableQuestions, match=r"larger|MB"):
        found("sheet", stream.getvalue(), "bomb.xlsx")
