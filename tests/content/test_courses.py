"""A folder of courses: each by its id, loaded when it is asked for, and none broken by another."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from tests.several import write_course, write_several
from webapp.content.courses import Courses
from webapp.content.problems import Problems


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    return write_several(tmp_path / "bank", "ale", "bun", "cup")


def test_a_folder_of_one_course_is_that_course(tmp_path: Path) -> None:
    known = Courses(write_course(tmp_path / "one", "ale"))
    assert known.only is not None
    assert known.ids() == ("ale",)
    assert known.store("ale") is known.only
    assert known.store("bun") is None
    assert [each.title for each in known.listed()] == ["All about ale"]


def test_one_course_that_is_broken_is_told_at_once(tmp_path: Path) -> None:
    write_course(tmp_path / "one", "ale")
    (tmp_path / "one" / "course.yaml").write_text("id: ale\n")
    with pytest.raises(Problems):
        Courses(tmp_path / "one")


def test_of_several_each_is_loaded_when_it_is_asked_for(bank: Path) -> None:
    known = Courses(bank)
    assert known.only is None
    assert known.ids() == ("ale", "bun", "cup")
    assert [each.title for each in known.listed()] == ["All about ale", "All about bun", "All about cup"]
    assert known.loaded == ()
    store = known.store("bun")
    assert store is not None
    assert store.current().title == "All about bun"
    assert known.loaded == (store,)
    assert known.store("bun") is store
    assert known.store("dip") is None


def test_the_one_used_longest_ago_makes_room(bank: Path) -> None:
    known = Courses(bank, most=2)
    for course_id in ("ale", "bun", "ale", "cup"):
        known.store(course_id)
    assert [store.id for store in known.loaded] == ["ale", "cup"]


def test_courses_come_go_and_are_called_otherwise_while_it_runs(bank: Path) -> None:
    known = Courses(bank)
    assert known.store("cup") is not None
    write_course(bank / "dip", "dip")
    assert known.ids() == ("ale", "bun", "cup", "dip")
    shutil.rmtree(bank / "cup")
    assert known.ids() == ("ale", "bun", "dip")
    assert known.loaded == ()
    file = bank / "ale" / "course.yaml"
    file.write_text(file.read_text().replace("id: ale\n", "id: beer\n"))
    os.utime(file, (time.time() - 60, time.time() - 60))
    assert known.ids() == ("beer", "bun", "dip")


def test_a_broken_course_leaves_the_others(bank: Path) -> None:
    (bank / "bun" / "one" / "questions.yaml").write_text("questions: 3\n")
    (bank / "cup" / "course.yaml").write_text("id: [\n")
    known = Courses(bank)
    with pytest.raises(Problems):
        known.store("bun")
    ale, bun, cup = known.listed()
    assert (ale.problems, ale.opens) == (None, True)
    assert bun.problems is not None
    assert not bun.opens
    assert cup.problems is not None
    assert not cup.opens
    assert cup.id == "cup", "the name of its folder, while it says no other"
    assert known.store("ale") is not None


def test_a_course_that_is_mended_opens(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = bank / "bun" / "one" / "questions.yaml"
    good = file.read_text()
    file.write_text("questions: 3\n")
    known = Courses(bank)
    with pytest.raises(Problems):
        known.store("bun")
    file.write_text(good)
    monkeypatch.setattr("webapp.content.courses.AGAIN", 0)
    assert known.store("bun") is not None
    assert all(each.opens for each in known.listed())


def test_while_a_course_is_broken_its_last_good_edition_has_its_address(bank: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert Courses(bank, cache).store("cup") is not None
    (bank / "cup" / "course.yaml").write_text("id: [\n")
    known = Courses(bank, cache)
    cup = known.listed()[-1]
    assert (cup.id, cup.title, cup.opens) == ("cup", "All about cup", True)
    assert cup.problems is not None
    store = known.store("cup")
    assert store is not None
    assert store.current().title == "All about cup"


def test_two_courses_with_one_id_are_told_and_the_first_has_the_address(bank: Path) -> None:
    file = bank / "cup" / "course.yaml"
    file.write_text(file.read_text().replace("id: cup\n", "id: ale\n"))
    known = Courses(bank)
    assert known.ids() == ("ale", "bun")
    second = known.listed()[-1]
    assert not second.opens
    assert "the id `ale` is that of another course, in the folder ale" in str(second.problems)
    store = known.store("ale")
    assert store is not None
    assert store.bank == bank / "ale"
