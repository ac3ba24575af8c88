"""What is taken as a file for an answer, by its bytes; hostile files and names are refused or made harmless."""

from __future__ import annotations

import io
import struct
import time
import zipfile

import pytest

from tests.time_limits import CROWDED
from webapp.quizzes.answer_files import kinds
from webapp.quizzes.answer_files.kinds import FileKind, FileRefused, Why, clean_name, kind_of

TYPES = (
    '<?xml version="1.0"?><Types><Override PartName="/word/document.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)


def zipped(parts: dict[str, str | bytes], pressed: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            # an entry that says no time, so that the same parts give the same bytes
            archive.writestr(zipfile.ZipInfo(name), content, pressed)
    return file.getvalue()


def docx(**more: str | bytes) -> bytes:
    return zipped({"[Content_Types].xml": TYPES, "word/document.xml": "<w/>", **more})


def odt(**more: str | bytes) -> bytes:
    return zipped({"mimetype": kinds.ODT.mimetype, "content.xml": "<o/>", **more})


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"%PDF-1.7\n<html><script>alert(1)</script>", kinds.PDF),
        (docx(), kinds.DOCX),
        (odt(), kinds.ODT),
        ("Brot geht auf, weil …\n\tHefe".encode(), kinds.TEXT),
        (b"<html><script>alert(1)</script></html>", kinds.TEXT),
        (b"\x89PNG\r\n\x1a\n123", kinds.PNG),
        (b"\xff\xd8\xff\xe0123", kinds.JPEG),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", kinds.WEBP),
    ],
)
def test_a_file_is_known_by_its_bytes(raw: bytes, kind: FileKind) -> None:
    assert kind_of(raw) is kind


def refusal(raw: bytes) -> Why:
    with pytest.raises(FileRefused) as refused:
        kind_of(raw)
    return refused.value.why


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", Why.EMPTY),
        (b" \n", Why.UNKNOWN),
        (b"a" * (kinds.LARGEST + 1), Why.TOO_LARGE),
        (b"MZ\x90\x00", Why.UNKNOWN),
        (b"GIF89a\x01\x00\x01", Why.UNKNOWN),
        ("Brot".encode("utf-16"), Why.UNKNOWN),
        ("süß".encode("latin-1"), Why.UNKNOWN),
        (b"PK\x03\x04", Why.UNKNOWN),
        (zipped({"a.txt": "a"}), Why.UNKNOWN),
        (docx()[:-30], Why.UNKNOWN),
        (docx(**{"word/vbaProject.bin": b"1"}), Why.MACROS),
        (
            zipped(
                {
                    "[Content_Types].xml": TYPES.replace(
                        "vnd.openxmlformats-officedocument.wordprocessingml", "vnd.ms-word.macroEnabled"
                    ),
                    "word/document.xml": "<w/>",
                }
            ),
            Why.MACROS,
        ),
        (
            zipped(
                {
                    "[Content_Types].xml": TYPES.replace("</Types>", "<!-- macro&#69;nabled --></Types>"),
                    "word/document.xml": "",
                }
            ),
            Why.UNKNOWN,
        ),
        (odt(**{"Basic/Standard/Module1.xml": "1"}), Why.MACROS),
        (odt(**{"Scripts/python/a.py": "1"}), Why.MACROS),
    ],
)
def test_what_is_none_of_them_is_refused_and_why(raw: bytes, why: Why) -> None:
    assert refusal(raw) is why


def test_ten_megabytes_are_taken_and_a_byte_more_is_not() -> None:
    whole = b"%PDF-" + b"a" * (kinds.LARGEST - 5)
    assert kind_of(whole) is kinds.PDF
    assert refusal(whole + b"a") is Why.TOO_LARGE


def test_bombs_are_refused_and_never_unpacked() -> None:
    began = time.process_time()
    # One that says how large it is; one whose first part says that it is small; and one of a hundred thousand parts.
    assert refusal(docx(**{"word/media/a.png": b"\0" * (201 * 1024 * 1024)})) is Why.TOO_MUCH_INSIDE
    bomb = zipped({"[Content_Types].xml": b" " * (30 * 1024 * 1024), "word/document.xml": ""})
    lies = bomb.replace(struct.pack("<I", 30 * 1024 * 1024), struct.pack("<I", 1_000))
    assert lies != bomb
    assert refusal(bomb) is Why.TOO_MUCH_INSIDE
    assert refusal(lies) in (Why.UNKNOWN, Why.TOO_MUCH_INSIDE)
    many = zipped({f"{number:06}": b"" for number in range(20_000)}, zipfile.ZIP_STORED)
    told = time.process_time()
    assert refusal(many) is Why.TOO_MUCH_INSIDE
    assert time.process_time() - told < 0.1 * CROWDED
    assert time.process_time() - began < 20 * CROWDED


def test_a_list_of_parts_in_the_larger_form_is_not_looked_at() -> None:
    raw = docx()
    end = raw.rfind(b"PK\x05\x06")
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, 0, 1)
    assert refusal(raw[:end] + locator + raw[end:]) is Why.UNKNOWN


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("essay.pdf", "essay.pdf"),
        ("Mein Aufsatz v1.2", "Mein Aufsatz v1.2.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\ada\\essay.PDF", "essay.pdf"),
        ("a\r\nSet-Cookie: x=1\x00.pdf", "a Set-Cookie_ x=1.pdf"),
        ("essay\u202efdp.exe", "essay fdp.exe.pdf"),
        ('"><script>.html', "___script_.html.pdf"),
        ("...", "file.pdf"),
        ("", "file.pdf"),
        (".pdf", "pdf.pdf"),
    ],
)
def test_a_name_can_be_saved_anywhere(called: str, name: str) -> None:
    assert clean_name(called, kinds.PDF) == name


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    name = clean_name("ä" * 1_000 + ".jpeg", kinds.JPEG)
    assert name == "ä" * 100 + ".jpeg"
    assert len(clean_name("a" * 100_000, kinds.DOCX)) <= 120
