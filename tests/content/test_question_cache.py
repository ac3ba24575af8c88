"""The memory of files that were read before."""

from __future__ import annotations

import json
import os
import time
from hashlib import sha256
from pathlib import Path

import pytest

from tests.content.conftest import TINY, Folder
from webapp.content.course.loading import load_course
from webapp.content.questions import question_cache as caching
from webapp.content.questions import question_files
from webapp.content.questions.question_cache import Cache


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_a_course_from_the_cache_equals_the_one_from_the_files(folder: Folder, cache: Path) -> None:
    folder.edit("1-tea/questions.yaml", "stem: How hot is", "stem: (see [here](section:tea/water)) How hot is")
    cold = load_course(folder.path, cache)
    assert len(list(cache.glob("*.json"))) == 3
    warm = load_course(folder.path, cache)
    assert warm == cold
    assert [file.mentions for file in warm.files] == [file.mentions for file in cold.files]
    assert load_course(folder.path) == cold


def test_a_second_start_reads_no_questions_file(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_course(TINY, cache)
    monkeypatch.setattr("webapp.content.course.loading.read_questions", lambda *_: pytest.fail("a file was read"))
    assert len(load_course(TINY, cache).questions) == 15


def test_a_file_with_problems_is_not_kept(folder: Folder, cache: Path) -> None:
    folder.edit("1-tea/questions.yaml", "type: multiple", "type: multipel")
    for _ in range(2):
        with pytest.raises(Exception, match="multipel"):
            load_course(folder.path, cache)
    assert len(list(cache.glob("*.json"))) == 2


def test_what_ties_files_together_is_checked_all_the_same(folder: Folder, cache: Path) -> None:
    folder.edit("1-tea/questions.yaml", "stem: How hot is", "stem: (see [here](section:tea/water)) How hot is")
    load_course(folder.path, cache)
    folder.edit("1-tea/lesson.md", "{#water}", "{#warmth}")
    with pytest.raises(Exception, match="the section `water` is not in the lesson `tea`"):
        load_course(folder.path, cache)


def damaged(raw: bytes) -> list[bytes]:
    head, mentions, body = raw.split(b"\n", 2)

    def sealed(mentions: bytes, body: bytes) -> bytes:
        return sha256(mentions + b"\n" + body).hexdigest().encode() + b"\n" + mentions + b"\n" + body

    return [
        b"", b"\n\n", b"x", raw[:-1], raw[: len(raw) // 2], raw.replace(b"tea", b"pea", 1), head + b"\n[]\n[]",
        sealed(mentions, b"{}"), sealed(mentions, b"[{}]"), sealed(b"7", body), sealed(b"[[1]]", body),
        sealed(b"[[1,2,3]]", body), sealed(mentions, b"[" * 100_000), sealed(mentions, b"\xff"), sealed(b"", body),
        sealed(b'[[99, ["stem"], "section:a/b"]]', body), sealed(b'[[0, ["stem"], 5]]', body),
    ]  # fmt: skip


def test_a_damaged_entry_is_as_good_as_none(cache: Path) -> None:
    cold = load_course(TINY, cache)
    entry = next(path for path in cache.glob("*.json") if b"tea-choice" in path.read_bytes())
    for raw in damaged(entry.read_bytes()):
        entry.write_bytes(raw)
        assert load_course(TINY, cache) == cold, raw[:80]


def test_an_entry_that_breaks_the_schema_is_not_believed(cache: Path) -> None:
    load_course(TINY, cache)
    entry = next(path for path in cache.glob("*.json") if b"tea-choice" in path.read_bytes())
    _, mentions, body = entry.read_bytes().split(b"\n", 2)
    values = json.loads(body)
    values[0]["options"] = "none"
    changed = json.dumps(values).encode()
    entry.write_bytes(sha256(mentions + b"\n" + changed).hexdigest().encode() + b"\n" + mentions + b"\n" + changed)
    assert len(load_course(TINY, cache).questions) == 15


def test_other_code_does_not_believe_old_entries(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_course(TINY, cache)
    monkeypatch.setattr(caching, "code_version", lambda: "another")
    read = []
    real = question_files.read_questions
    monkeypatch.setattr("webapp.content.course.loading.read_questions", lambda *a: (read.append(a[1]), real(*a))[1])
    load_course(TINY, cache)
    assert len(read) == 3


def test_a_cache_that_cannot_be_written_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert len(load_course(TINY, tmp_path / "file" / "cache").questions) == 15


def test_old_entries_are_forgotten(cache: Path) -> None:
    load_course(TINY, cache)
    old = next(cache.glob("*.json"))
    os.utime(old, (time.time() - 40 * 86_400,) * 2)
    Cache(cache).forget_old()
    assert not old.exists()
    assert len(list(cache.glob("*.json"))) == 2
