"""A course that is broken when a server starts: the last good edition is served, the same by every process."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from webapp.content.folder_store import CourseStore
from webapp.content.problems import Problems


def break_it(bank: Path, how: str) -> None:
    course = bank / "course.yaml"
    if how == "junk":
        course.write_bytes(b"\x00\xff" * 5000)
    elif how == "half":
        course.write_bytes(course.read_bytes()[:200])
    elif how == "empty":
        for path in bank.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    else:
        course.write_bytes(b"# " + b"x" * 60_000_000)


@pytest.mark.parametrize("how", ["junk", "half", "empty", "60 MB"])
def test_a_start_with_a_broken_course_serves_the_last_good_edition(bank: Path, tmp_path: Path, how: str) -> None:
    good = CourseStore(bank, cache=tmp_path / "cache").current()
    break_it(bank, how)
    store = CourseStore(bank, cache=tmp_path / "cache")
    assert store.problems, "and it is known to be an old one"
    assert store.current().digest == good.digest
    assert store.current().question("tea-choice") == good.question("tea-choice")
    assert store.current().folder == bank


def test_the_mended_course_takes_its_place(bank: Path, tmp_path: Path) -> None:
    CourseStore(bank, cache=tmp_path / "cache")
    text = (bank / "course.yaml").read_text()
    (bank / "course.yaml").write_text("title: [")
    store = CourseStore(bank, cache=tmp_path / "cache")
    (bank / "course.yaml").write_text(text + "\n# mended\n")
    store.current()
    assert store.problems is None


def test_processes_serve_one_edition_whatever_they_have_seen(bank: Path, tmp_path: Path) -> None:
    """One has seen the second edition, the other was asked for nothing until it was broken."""
    seen, idle = (CourseStore(bank, cache=tmp_path / "cache") for _process in range(2))
    text = (bank / "course.yaml").read_text()
    (bank / "course.yaml").write_text(text + "\n# second edition\n")
    second = seen.current().digest
    (bank / "course.yaml").write_text("title: [")
    assert seen.current().digest == idle.current().digest == second
    assert CourseStore(bank, cache=tmp_path / "cache").current().digest == second


def test_an_edition_that_was_changed_or_cut_short_is_as_good_as_none(bank: Path, tmp_path: Path) -> None:
    CourseStore(bank, cache=tmp_path / "cache")
    (bank / "course.yaml").write_text("title: [")
    (kept,) = (tmp_path / "cache").rglob("course.yaml")
    kept.write_text(kept.read_text() + "\n# forged\n")
    with pytest.raises(Problems):
        CourseStore(bank, cache=tmp_path / "cache")


def test_another_course_in_the_same_data_folder_is_not_mistaken_for_it(bank: Path, tmp_path: Path) -> None:
    CourseStore(bank, cache=tmp_path / "cache")
    other = Path(shutil.copytree(bank, tmp_path / "other"))
    (other / "course.yaml").write_text("title: [")
    with pytest.raises(Problems):
        CourseStore(other, cache=tmp_path / "cache")


def test_a_few_editions_are_kept(bank: Path, tmp_path: Path) -> None:
    store = CourseStore(bank, cache=tmp_path / "cache")
    text = (bank / "course.yaml").read_text()
    for number in range(6):
        (bank / "course.yaml").write_text(f"{text}\n# {number}\n")
        store.current()
    assert len(list((tmp_path / "cache").rglob("course.yaml"))) <= 3
