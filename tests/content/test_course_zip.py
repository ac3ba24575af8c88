"""A zip that somebody sends: a course comes out of it, or a refusal, and never anything beside the folder."""

from __future__ import annotations

import io
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import TINY
from webapp.content import course_zip
from webapp.content.course.loading import load_course
from webapp.content.course_zip import CourseZip, UnusableZip, WhyNot, course_files, write_zip

GOOD = {"tea/course.yaml": "id: tea\n", "tea/1/lesson.md": "x", "tea/1/questions.yaml": "y"}


def packed(files: dict[str, str | bytes], change: Callable[[zipfile.ZipInfo], None] | None = None) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name)
            info.filename = name  # as it is, also where this system would write it otherwise
            info.compress_type = zipfile.ZIP_DEFLATED
            if change is not None:
                change(info)
            archive.writestr(info, text)
    stream.seek(0)
    return stream


def refused(stream: io.BytesIO, folder: Path) -> WhyNot:
    """Why, after seeing that nothing was written, in the folder or around it."""
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(UnusableZip) as caught:
        CourseZip(stream).unpack(folder / "course")
    if caught.value.why != WhyNot.DAMAGED:
        assert sorted(folder.parent.rglob("*")) == before
    outside = [path for path in folder.parent.rglob("*") if path != folder and folder not in path.parents]
    assert outside == []
    return caught.value.why


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "around" / "in" / "here"
    made.mkdir(parents=True)
    return made


def test_what_is_taken_out_is_the_same_course_and_the_same_zip(tmp_path: Path) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    ledger = load_course(TINY).ledger_path
    assert write_zip(TINY, "tea", ledger, first) == write_zip(TINY, "tea", ledger, second) > 3
    assert first.getvalue() == second.getvalue()
    CourseZip(first).unpack(tmp_path / "out")
    assert load_course(tmp_path / "out").digest == load_course(TINY).digest
    assert dict.fromkeys(path for path, _ in course_files(tmp_path / "out")) == dict.fromkeys(
        path for path, _ in course_files(TINY)
    )


def test_a_ledger_beside_the_course_goes_along(tmp_path: Path) -> None:
    (tmp_path / "a" / "tea").mkdir(parents=True)
    (tmp_path / "a" / "seeds").mkdir()
    (tmp_path / "a" / "tea" / "course.yaml").write_text("id: tea\nledger: ../seeds/facts.yaml\n")
    (tmp_path / "a" / "seeds" / "facts.yaml").write_text("facts: []\n")
    (tmp_path / "a" / "seeds" / "other.yaml").write_text("of another course\n")
    stream = io.BytesIO()
    write_zip(tmp_path / "a" / "tea", "seeds", "../seeds/facts.yaml", stream)
    CourseZip(stream).unpack(tmp_path / "b" / "course")
    found = {path.relative_to(tmp_path / "b").as_posix() for path in (tmp_path / "b").rglob("*.yaml")}
    assert found == {"course/course.yaml", "seeds/facts.yaml"}


def test_links_hidden_files_and_what_no_course_has_stay_where_they_are(tmp_path: Path) -> None:
    course = tmp_path / "course"
    course.mkdir()
    (course / "course.yaml").write_text("id: tea\n")
    (course / ".env").write_text("secret")
    (course / "run.exe").write_text("no")
    (tmp_path / "passwords.txt").write_text("secret")
    (course / "notes.md").symlink_to(tmp_path / "passwords.txt")
    (course / "all").symlink_to(tmp_path)
    assert [path for path, _ in course_files(course)] == ["course.yaml"]


@pytest.mark.parametrize("top", ["", "tea/", "repo-main/courses/tea/"])
def test_the_course_may_be_in_a_folder_of_the_zip_with_other_things_around(top: str, folder: Path) -> None:
    files: dict[str, str | bytes] = {name.replace("tea/", top, 1): text for name, text in GOOD.items()}
    extra: dict[str, str | bytes] = {"__MACOSX/._x": "", f"{top}.DS_Store": "", f"{top}Thumbs.db": ""}
    found = CourseZip(packed(files | extra | ({"other/setup.py": ""} if top else {})))
    found.unpack(folder / "course")
    assert set(found.paths) == {"course.yaml", "1/lesson.md", "1/questions.yaml"}
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == {
        "course/course.yaml", "course/1/lesson.md", "course/1/questions.yaml",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../evil.md", WhyNot.PATH),
        ("tea/../../evil.md", WhyNot.PATH),
        ("/etc/evil.md", WhyNot.PATH),
        ("C:/evil.md", WhyNot.PATH),
        ("C:evil.md", WhyNot.PATH),
        ("tea\\..\\..\\evil.md", WhyNot.PATH),
        ("tea//evil.md", WhyNot.PATH),
        ("tea/./evil.md", WhyNot.PATH),
        ("tea/file.md:stream", WhyNot.PATH),
        ("tea/con.md", WhyNot.NAME),
        ("tea/AUX", WhyNot.NAME),
        ("tea/com1.yaml", WhyNot.NAME),
        ("tea/nul .md", WhyNot.NAME),
        ("tea/evil.md.", WhyNot.NAME),
        ("tea/ evil.md", WhyNot.NAME),
        ("tea/a\nb.md", WhyNot.NAME),
        ("tea/a\u202eb.md", WhyNot.NAME),
        ("tea/a?.md", WhyNot.NAME),
        ("tea/" + "a" * 101 + ".md", WhyNot.NAME),
        ("/".join("abcdefghij") + ".md", WhyNot.NAME),
        ("tea/COURSE.yaml", WhyNot.TWICE),
        ("tea/1", WhyNot.TWICE),
        ("tea/course.yaml/x.md", WhyNot.TWICE),
        ("tea/more.zip", WhyNot.NESTED),
        ("more.tar.gz", WhyNot.NESTED),
        ("tea/run.exe", WhyNot.KIND),
        ("tea/page.html", WhyNot.KIND),
        ("tea/more/course.yaml", WhyNot.COURSES),
        ("salt/course.yaml", WhyNot.COURSES),
    ],
)
def test_a_name_that_could_lead_elsewhere_or_is_no_course_s_is_refused(name: str, why: WhyNot, folder: Path) -> None:
    assert refused(packed({**GOOD, name: "x"}), folder) == why


def test_two_files_of_one_name_are_refused(folder: Path) -> None:
    stream = packed(dict(GOOD))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("tea/course.yaml", "id: other\n")
    assert refused(stream, folder) == WhyNot.TWICE
    accents = {**GOOD, "tea/caf\u00e9.md": "", "tea/cafe\u0301.md": ""}
    assert refused(packed(accents), folder) == WhyNot.TWICE


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_refused(kind: int, folder: Path) -> None:
    def link(info: zipfile.ZipInfo) -> None:
        if info.filename.endswith("lesson.md"):
            info.external_attr = (kind | 0o777) << 16

    assert refused(packed({**GOOD, "tea/1/lesson.md": "/etc/passwd"}, link), folder) == WhyNot.LINK


def test_no_zip_and_no_course(folder: Path) -> None:
    assert refused(io.BytesIO(b""), folder) == WhyNot.NO_ZIP
    assert refused(io.BytesIO(b"PK" + b"\0" * 5000), folder) == WhyNot.NO_ZIP
    assert refused(packed({"tea/lesson.md": "x"}), folder) == WhyNot.NO_COURSE
    assert refused(packed({}), folder) == WhyNot.NO_COURSE


def test_a_zip_with_a_password_or_in_another_packing_is_refused(folder: Path) -> None:
    locked = bytearray(packed(dict(GOOD)).getvalue())
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = locked.find(sign)
        locked[start + at] |= 1
    assert refused(io.BytesIO(bytes(locked)), folder) == WhyNot.LOCKED
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("course.yaml", "id: tea\n")
    assert refused(stream, folder) == WhyNot.PACKING


def test_a_bomb_is_refused_before_anything_of_it_is_unpacked(folder: Path) -> None:
    bomb = packed({**GOOD, "tea/big.md": b"\0" * 50_000_000})
    tracemalloc.start()
    try:
        assert refused(bomb, folder) == WhyNot.BOMB
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_what_is_too_large_in_all_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course_zip, "MOST_BYTES", 10_000)
    assert refused(packed({**GOOD, "tea/a.md": "x" * 6000, "tea/b.md": "y" * 6000}), folder) == WhyNot.BYTES


def test_files_that_share_their_bytes_are_refused(folder: Path) -> None:
    """As in the bombs that need no zip in a zip: each entry of the list names the same packed bytes."""
    raw = packed({"course.yaml": "id: tea\n", "big.md": bytes(range(256)) * 40}).getvalue()
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        start = archive.start_dir
        entry = raw[raw.rfind(b"PK\x01\x02") : raw.rfind(b"PK\x05\x06")]
    copies = b"".join(entry.replace(b"big.md", f"b{n:02}.md".encode()) for n in range(60))
    whole = raw[: raw.rfind(b"PK\x05\x06")] + copies
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 62, 62, len(whole) - start, start, 0)
    assert refused(io.BytesIO(whole + end), folder) == WhyNot.BOMB


def test_a_file_that_holds_more_than_it_states_is_refused_at_what_it_states(folder: Path) -> None:
    raw = bytearray(packed({"course.yaml": "id: tea\n", "a.md": b"\0" * 1_000_000}).getvalue())
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<L", 10)  # its size, in the list
    assert refused(io.BytesIO(bytes(raw)), folder) == WhyNot.DAMAGED
    written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert written < 100


def test_too_many_files_are_refused_by_their_number_alone(folder: Path) -> None:
    many: dict[str, str | bytes] = {f"tea/{number}.md": "" for number in range(course_zip.MOST_FILES + 1)}
    assert refused(packed({**GOOD, **many}), folder) == WhyNot.FILES
    # The list may state fewer than it has.
    raw = bytearray(packed({**GOOD, **many}).getvalue())
    at = raw.rfind(b"PK\x05\x06")
    raw[at + 8 : at + 12] = struct.pack("<2H", 3, 3)
    assert refused(io.BytesIO(bytes(raw)), folder) == WhyNot.FILES


def test_a_list_that_would_fill_the_memory_is_not_read(folder: Path) -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 5, 5, course_zip.LARGEST_LIST + 1, 0, 0)
    assert refused(io.BytesIO(b"PK\x01\x02" * 500_000 + end), folder) == WhyNot.FILES
    larger = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    assert refused(io.BytesIO(packed(dict(GOOD)).getvalue()[:-22] + larger + end), folder) == WhyNot.FILES


def test_a_damaged_file_is_refused(folder: Path) -> None:
    raw = bytearray(packed({"course.yaml": "id: tea\n" + "x: y\n" * 50}).getvalue())
    raw[45] ^= 0xFF
    assert refused(io.BytesIO(bytes(raw)), folder) == WhyNot.DAMAGED
