"""Zips from anywhere: what could do harm is refused before anything is unpacked."""

from __future__ import annotations

import io
import stat
import zipfile

import pytest

from webapp.interchange.archive import SafeZip
from webapp.interchange.contract import UnreadableQuestions


def packed(*files: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, raw in files:
            made.writestr(zipfile.ZipInfo(name), raw)
    return stream.getvalue()


def test_files_are_read_by_path() -> None:
    found = SafeZip(packed(("a/b.xml", b"<x/>"), ("c.txt", b"hello")))
    assert found.paths == ["a/b.xml", "c.txt"]
    assert found.read("c.txt") == b"hello"
    assert found.unpacked == 9


@pytest.mark.parametrize(
    "name", ["../up.txt", "/root.txt", "a/../../b", "a//b", "c:\\x.txt", "a\\b.txt", "./x", "C:x", "x/" * 300 + "y"]
)
def test_a_path_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(UnreadableQuestions, match="leads elsewhere"):
        SafeZip(packed((name, b"x")))


def test_links_bombs_locks_and_doubles_are_refused() -> None:
    link = io.BytesIO()
    with zipfile.ZipFile(link, "w") as made:
        info = zipfile.ZipInfo("link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(info, "/etc/passwd")
    with pytest.raises(UnreadableQuestions, match="link"):
        SafeZip(link.getvalue())
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("big", b"\0" * 30_000_000)
    with pytest.raises(UnreadableQuestions, match="larger"):
        SafeZip(bomb.getvalue())
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = packed(("a", b"1"), ("a", b"2"))
    with pytest.raises(UnreadableQuestions, match="two files"):
        SafeZip(twice)
    for raw in (b"", b"PK", b"no zip", packed(("a", b"x"))[:-30]):
        with pytest.raises(UnreadableQuestions, match=r"\.$"):
            SafeZip(raw)


def test_a_file_that_is_not_what_its_sum_says_is_refused() -> None:
    raw = bytearray(packed(("a", b"hello hello hello hello")))
    raw[35] ^= 0xFF
    with pytest.raises(UnreadableQuestions, match="damaged"):
        SafeZip(bytes(raw)).read("a")
