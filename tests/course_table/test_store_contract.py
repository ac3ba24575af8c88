"""What a store of a course promises, whether its files are in a folder that servers share or in the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from tests.course_table.servers import app_on_table
from webapp.content.folder_store import Conflict, CourseStore, NotPartOfCourse
from webapp.content.problems import Problems
from webapp.database import db

QUESTIONS, LESSON = "1-tea/questions.yaml", "1-tea/lesson.md"
STEM = "How hot is the water for green tea?"


@dataclass
class Pair:
    """The store of one course as two servers have it. What is saved counts when `commit` was called."""

    stores: Callable[[int], CourseStore]
    work: Callable[[int], AbstractContextManager[object]]
    commit: Callable[[], None]

    def saved(self, number: int, path: str, change: Callable[[str], str]) -> str:
        with self.work(number):
            text, digest = self.stores(number).read(path)
            new = self.stores(number).save(path, change(text), digest)
            self.commit()
        return new

    def stem(self, number: int) -> str:
        with self.work(number):
            question = self.stores(number).current().question("tea-choice-heat")
        assert question is not None
        return question.stem


@contextmanager
def on_a_folder(folder: Path, caches: Path) -> Iterator[Pair]:
    both = [CourseStore(folder, caches / str(number)) for number in range(2)]
    yield Pair(both.__getitem__, lambda _number: nullcontext(), lambda: None)


@contextmanager
def on_a_database(folder: Path, data: Path, database: str) -> Iterator[Pair]:
    both = [app_on_table(data / str(number), database, folder) for number in range(2)]
    both[0].put(folder)
    yield Pair(lambda number: both[number].store(), lambda number: both[number].work(), db.session.commit)
    for each in both:
        each.close()


@pytest.fixture(params=["folder", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def pair(request: pytest.FixtureRequest, bank: Path, tmp_path: Path) -> Iterator[Pair]:
    if request.param == "folder":
        with on_a_folder(bank, tmp_path / "caches") as made:
            yield made
        return
    is_lite = request.param == "sqlite"
    database = f"sqlite:///{tmp_path / 'shared.sqlite3'}" if is_lite else request.getfixturevalue("postgres")()
    with on_a_database(bank, tmp_path / "servers", database) as made:
        yield made


def test_both_have_the_same_files(pair: Pair) -> None:
    found = []
    for number in range(2):
        with pair.work(number):
            store = pair.stores(number)
            found.append({path: store.read(path) for path in store.files()})
    assert found[0] == found[1]
    assert {"course.yaml", "ledger.yaml", QUESTIONS, LESSON} <= set(found[0])


def test_what_one_saves_the_other_serves(pair: Pair) -> None:
    digest = pair.saved(0, QUESTIONS, lambda text: text.replace(STEM, "How hot?"))
    assert pair.stem(1) == "How hot?"
    assert pair.stem(0) == "How hot?"
    with pair.work(1):
        assert pair.stores(1).read(QUESTIONS)[1] == digest


def test_a_save_over_what_another_has_saved_is_a_conflict_with_its_text(pair: Pair) -> None:
    with pair.work(0):
        text, digest = pair.stores(0).read(QUESTIONS)
    pair.saved(1, QUESTIONS, lambda text: text.replace(STEM, "Changed elsewhere?"))
    with pair.work(0), pytest.raises(Conflict) as caught:
        pair.stores(0).save(QUESTIONS, text.replace(STEM, "Changed here?"), digest)
    assert "Changed elsewhere?" in caught.value.current_text
    assert pair.stem(0) == pair.stem(1) == "Changed elsewhere?"
    with pair.work(0):
        pair.stores(0).save(QUESTIONS, caught.value.current_text + "\n", caught.value.current_digest)
        pair.commit()


def test_of_many_saves_at_once_only_one_wins(pair: Pair) -> None:
    with pair.work(0):
        text, digest = pair.stores(0).read(QUESTIONS)
    won, lost, broken = [], [], []
    gate = threading.Barrier(6)

    def save(number: int) -> None:
        try:
            with pair.work(number % 2):
                store = pair.stores(number % 2)
                gate.wait(20)
                try:
                    won.append(store.save(QUESTIONS, text.replace(STEM, f"Number {number}?"), digest))
                    pair.commit()
                except Conflict:
                    lost.append(number)
        except (SQLAlchemyError, threading.BrokenBarrierError) as error:
            broken.append(error)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(won), len(lost), broken) == (1, 5, [])
    with pair.work(1):
        assert pair.stores(1).read(QUESTIONS)[1] == won[0]


def test_a_save_that_begins_before_another_one_is_committed_loses(pair: Pair) -> None:
    with pair.work(0):
        text, digest = pair.stores(0).read(QUESTIONS)
    outcome = []

    def save() -> None:
        with pair.work(1):
            try:
                pair.stores(1).save(QUESTIONS, text.replace(STEM, "The second?"), digest)
                pair.commit()
                outcome.append("saved")
            except Conflict as conflict:
                outcome.append("The first?" in conflict.current_text)

    second = threading.Thread(target=save)
    with pair.work(0):
        pair.stores(0).save(QUESTIONS, text.replace(STEM, "The first?"), digest)
        second.start()
        time.sleep(0.5)
        pair.commit()
    second.join(30)
    assert outcome == [True]


def test_a_broken_edition_leaves_the_last_good_one_and_tells_why(pair: Pair) -> None:
    assert pair.stem(0) == pair.stem(1)
    pair.saved(0, QUESTIONS, lambda text: text.replace("type: multiple", "type: multipel"))
    for number in range(2):
        with pair.work(number):
            store = pair.stores(number)
            assert store.current().question("tea-multiple") is not None
            assert store.problems is not None
    pair.saved(1, QUESTIONS, lambda text: text.replace("type: multipel", "type: multiple"))
    with pair.work(0):
        store = pair.stores(0)
        store.current()
        assert store.problems is None


def test_a_new_file_may_be_saved_where_none_is_and_taken_back(pair: Pair) -> None:
    text = "questions:\n  - {id: new, type: true_false, stem: So?, answer: true}\n"
    with pair.work(0):
        pair.stores(0).save("2-bread/more.yaml", text, "")
        pair.commit()
    with pair.work(1):
        store = pair.stores(1)
        assert store.current().question("new") is not None
        with pytest.raises(Conflict):
            store.save("2-bread/more.yaml", text, "")
    with pair.work(0):
        pair.stores(0).take_back("2-bread/more.yaml")
        pair.commit()
    for number in range(2):
        with pair.work(number):
            assert pair.stores(number).current().question("new") is None


def test_what_was_just_saved_is_read_back(pair: Pair) -> None:
    """Also before it is committed: the history keeps it in the same transaction."""
    with pair.work(0):
        store = pair.stores(0)
        text, digest = store.read(LESSON)
        new = store.save(LESSON, text + "\nMore.\n", digest)
        assert store.read(LESSON) == (text + "\nMore.\n", new)
        again = store.save(LESSON, text + "\nMore words.\n", new)
        assert store.read(LESSON)[1] == again
        assert "More words." in str(store.trial({}).pillars[0].lesson.sections[-1].blocks[-1])
        pair.commit()
    with pair.work(1):
        assert pair.stores(1).read(LESSON) == (text + "\nMore words.\n", again)


def test_line_ends_and_the_mark_at_the_beginning_are_kept(pair: Pair) -> None:
    with pair.work(0):
        text = "\ufeff# More\r\n\r\nquestions: []\r\n"
        digest = pair.stores(0).save("2-bread/more.yaml", text.replace("\r\n", "\n"), "")
        pair.commit()
    with pair.work(1):
        store = pair.stores(1)
        read, same = store.read("2-bread/more.yaml")
        assert same == digest
        assert "\r" not in read


def test_no_other_file_is_read_or_written(pair: Pair) -> None:
    for path in ("../outside.yaml", "/etc/passwd", "1-tea", "a/../course.yaml", "\x00.yaml", "nowhere/x.yaml",
                 ".hidden.yaml", "", "1-tea\\..\\x.yaml"):  # fmt: skip
        with pair.work(0):
            store = pair.stores(0)
            with pytest.raises(NotPartOfCourse):
                store.read(path)
            with pytest.raises(NotPartOfCourse):
                store.save(path, "x", "")


def test_a_text_too_long_is_refused(pair: Pair) -> None:
    with pair.work(0), pytest.raises(Problems, match="too long"):
        pair.stores(0).save("2-bread/more.yaml", "#" * 5_000_001, "")


def test_a_text_can_be_tried_without_being_saved(pair: Pair) -> None:
    with pair.work(0):
        store = pair.stores(0)
        text, _digest = store.read(QUESTIONS)
        assert store.check(QUESTIONS, text) == ()
        assert store.check(QUESTIONS, text.replace("type: multiple", "type: multipel"))
        assert store.read(QUESTIONS)[0] == text
        assert store.current().question("tea-multiple") is not None


def test_an_app_is_no_more_than_needed(app: Flask) -> None:
    """With a folder nothing of it is there: no tables are read, no folder is made."""
    assert app.test_client().get("/").status_code == 200
    assert not (app.config["SETTINGS"].data / "courses").exists()
