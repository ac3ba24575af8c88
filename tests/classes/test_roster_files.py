from __future__ import annotations

import pytest

from webapp.classes.roster_files import BadFile, Sheet, field_of, read, read_text

GERMAN = (
    "Name;Vorname;E-Mail-Adresse;Klasse\r\nMüller;Jörg;joerg@example.org;11b\r\nGroß;Änne;aenne@example.org;11b\r\n"
)


def people(sheet: Sheet) -> list[tuple[str, str, str]]:
    return [(row.name, row.email, row.username) for row in sheet.rows]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman", "cp850", "utf-32"]
)
def test_umlauts_survive_every_way_a_german_school_saves_a_list(encoding: str) -> None:
    sheet = read(GERMAN.encode(encoding))
    assert people(sheet) == [("Jörg Müller", "joerg@example.org", ""), ("Änne Groß", "aenne@example.org", "")]
    assert sheet.delimiter == ";"
    assert sheet.ignored == ("Klasse",)


@pytest.mark.parametrize(
    ("encoding", "name"), [("cp1251", "Ольга Смирнова"), ("cp1250", "Małgorzata Wiśniewska"), ("utf-8", "李小龍")]
)
def test_names_of_other_scripts_survive_too(encoding: str, name: str) -> None:
    text = f"Name,E-Mail\n{name},a@example.org\n{name},b@example.org\n"
    assert {row.name for row in read(text.encode(encoding)).rows} == {name}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = f'first name{delimiter}last name{delimiter}e-mail\nAda{delimiter}"Lovelace, Countess"{delimiter}a@b.org\n'
    assert people(read_text(text)) == [("Ada Lovelace, Countess", "a@b.org", "")]


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ("E-Mail", "email"), ("EMAIL ADDRESS", "email"), ("e_mail", "email"), ("Mailadresse", "email"),
        ("Vorname", "first"), ("Given name(s)", "first"), ("Given Names", "first"), ("Nachname", "last"),
        ("Surname", "last"), ("Benutzername", "username"), ("User-Name", "username"), ("Login", "username"),
        ("Matrikelnummer", "id"), ("Student ID", "id"), ("Vollständiger Name", "name"), ("Schüler", "name"),
        ("Schüler*in", "name"), ("Klasse", None), ("", None), ("= evil", None),
    ],
)  # fmt: skip
def test_heads_are_understood_in_english_and_german(head: str, field: str | None) -> None:
    assert field_of(head) == field


def test_a_number_serves_as_user_name_where_there_is_none() -> None:
    assert people(read_text("Matrikelnummer;Name\n4711;Ada\n")) == [("Ada", "", "4711")]
    assert people(read_text("ID,user,name\n4711,ada,Ada\n")) == [("Ada", "", "ada")]


def test_a_list_without_heads_is_understood_when_it_has_addresses() -> None:
    assert people(read_text("Ada Lovelace, ada@example.org\nBob, bob@example.org\n")) == [
        ("Ada Lovelace", "ada@example.org", ""),
        ("Bob", "bob@example.org", ""),
    ]
    assert people(read_text("ada@example.org\tAda\tLovelace")) == [("Ada Lovelace", "ada@example.org", "")]


def test_lines_keep_the_numbers_they_have_in_the_file() -> None:
    sheet = read_text('\nname,email\n\nAda,a@b.org\n"Bo\nB.",b@b.org\n,,\nCy,c@b.org\n')
    assert [(row.line, row.name) for row in sheet.rows] == [(4, "Ada"), (5, "Bo B."), (8, "Cy")]


def test_excels_own_line_about_the_delimiter_is_understood() -> None:
    sheet = read_text("sep=;\nname;email\nAda;a@b.org\n")
    assert (sheet.delimiter, sheet.rows[0].line) == (";", 3)


def test_a_line_with_more_cells_than_heads_is_refused_and_not_shifted() -> None:
    sheet = read_text("name,email\nLovelace, Ada,ada@example.org\nBob,bob@example.org\n")
    assert [row.problem for row in sheet.rows] == ["fields", ""]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "nothing in it"),
        (b"\n \n", "nothing in it"),
        (b"name,email\n", "nobody below"),
        (b"PK\x03\x04rest", "Excel"),
        (b"colour,size\nred,4\n", "No heads"),
        (b"name,email\n" + b"a,b\n" * 5_001, "5,000"),
        (b"\xff\xfeo", "damaged"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_what_to_do(app: object, data: bytes, words: str) -> None:
    with app.test_request_context(), pytest.raises(BadFile, match=words):  # type: ignore[attr-defined]
        read(data)


@pytest.mark.parametrize(
    "data",
    [
        b'name,email\n"Ada,a@b.org\nBob,b@b.org\n',
        b"name,email\nA\x00da,a@b.org\n",
        b"name,email\r\rAda,a@b.org\r",
        b"name,name,email,email\nAda,B,a@b.org,c@d.org\n",
        b"name,email\n" + b"x" * 200_000 + b",a@b.org\n",
        b"\xef\xbb\xbfname,email\nAda,a@b.org",
        bytes(range(256)) * 3 + b"\nname,email\nAda,a@b.org",
    ],
)
def test_broken_files_never_break_the_reading(app: object, data: bytes) -> None:
    with app.test_request_context():  # type: ignore[attr-defined]
        try:
            sheet = read(data)
        except BadFile:
            return
    assert all(len(row.name) <= 300 for row in sheet.rows)


def test_five_thousand_lines_are_not_too_many() -> None:
    assert len(read_text("name,email\n" + "".join(f"L{n},l{n}@b.org\n" for n in range(5_000))).rows) == 5_000


def test_in_an_export_from_canvas_the_login_is_the_user_name() -> None:
    """`ID` is Canvas's own number, which nobody signs in with."""
    text = 'Student,ID,SIS User ID,SIS Login ID,Section\n"Learner, Ada",4711,s100,ada.l,11b\n'
    (row,) = read_text(text).rows
    assert row.username == "ada.l"
