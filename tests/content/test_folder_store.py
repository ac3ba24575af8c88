"""The current course of a running server."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.content.conftest import Folder
from webapp.content.course import files, loading
from webapp.content.folder_store import Conflict, CourseStore, NotPartOfCourse
from webapp.content.problems import Problems

NOT_ON_WINDOWS = pytest.mark.skipif(sys.platform == "win32", reason="there the course's folder is no lock")
QUESTIONS = "1-tea/questions.yaml"
STEM = "How hot is the water for green tea?"


def stem(store: CourseStore) -> str:
    question = store.current().question("tea-choice-heat")
    assert question is not None
    return question.stem


@pytest.fixture
def store(folder: Folder) -> CourseStore:
    return CourseStore(folder.path)


def test_nothing_is_read_while_nothing_changes(store: CourseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    time.sleep(0.15)
    course = store.current()

    def fail(*_: object) -> None:
        raise AssertionError("a file was read")

    monkeypatch.setattr(loading.Loader, "load", fail)
    assert store.current() is course


def test_a_file_dated_in_the_future_is_not_read_at_every_request(
    folder: Folder, store: CourseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.utime(folder.path / QUESTIONS, (time.time() + 86_400,) * 2)
    time.sleep(0.15)
    store.current()
    monkeypatch.setattr(loading.Loader, "load", lambda self: pytest.fail("the course was read again"))
    store.current()


def test_an_edited_file_is_noticed_at_once(folder: Folder, store: CourseStore) -> None:
    for number in range(3):
        text = f"How hot is it, turn {number}?"
        folder.edit(QUESTIONS, stem(store), text)
        assert stem(store) == text


def test_an_edit_that_keeps_size_and_time_is_noticed(folder: Folder, store: CourseStore) -> None:
    path = folder.path / QUESTIONS
    before = path.stat()
    folder.edit(QUESTIONS, STEM, STEM.replace("hot", "hit"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert stem(store) == STEM.replace("hot", "hit")


def test_two_edits_within_one_tick_of_the_clock_are_both_noticed(folder: Folder, store: CourseStore) -> None:
    for number in range(50):
        text = f"At turn-{number:02}?"
        folder.edit(QUESTIONS, stem(store), text)
        assert stem(store) == text


def test_a_broken_edit_keeps_the_last_good_course_and_tells_why(folder: Folder, store: CourseStore) -> None:
    good = store.current()
    assert store.problems is None
    folder.edit(QUESTIONS, "type: multiple", "type: multipel")
    assert store.current() is good
    assert store.problems is not None
    assert [str(problem.location) for problem in store.problems] == [folder.place(QUESTIONS, "multipel")]
    folder.edit(QUESTIONS, "type: multipel", "type: multiple")
    assert store.current().digest == good.digest
    assert store.problems is None


def test_a_broken_file_is_read_once_and_not_at_every_request(
    folder: Folder, store: CourseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.edit(QUESTIONS, "type: multiple", "type: multipel")
    time.sleep(0.15)
    store.current()
    loads = []
    monkeypatch.setattr(CourseStore, "_reload", lambda self: loads.append(1))
    store.current()
    assert loads == []


@pytest.mark.parametrize("name", [QUESTIONS, "course.yaml", "ledger.yaml", "1-tea/lesson.md"])
def test_a_file_that_disappears_and_comes_back_is_noticed(folder: Folder, store: CourseStore, name: str) -> None:
    text = folder.text(name)
    good = store.current()
    (folder.path / name).unlink()
    assert store.current() is good
    assert store.problems is not None
    folder.write(name, text)
    assert store.current().digest == good.digest
    assert store.problems is None


def test_a_new_questions_file_is_noticed(folder: Folder, store: CourseStore) -> None:
    store.current()
    folder.write("2-bread/more.yaml", "questions:\n  - {id: new, type: true_false, stem: So?, answer: true}\n")
    assert store.current().question("new") is not None
    (folder.path / "2-bread/more.yaml").unlink()
    assert store.current().question("new") is None


def test_only_the_edited_file_is_read_again(
    folder: Folder, store: CourseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    time.sleep(0.15)
    store.current()
    read = []
    real = files.read_text
    monkeypatch.setattr(files, "read_text", lambda path, name: (read.append(name), real(path, name))[1])
    folder.edit(QUESTIONS, STEM, "How hot?")
    store.current()
    assert read == [QUESTIONS]


def test_a_course_that_cannot_be_loaded_at_all_stops_the_start(folder: Folder) -> None:
    folder.edit("course.yaml", "title: Tea and bread", "titel: Tea and bread")
    with pytest.raises(Problems, match="did you mean `title`"):
        CourseStore(folder.path)


def test_a_save_replaces_the_file_in_one_step(folder: Folder, store: CourseStore) -> None:
    path = folder.path / QUESTIONS
    path.chmod(0o640)
    text, digest = store.read(QUESTIONS)
    new = store.save(QUESTIONS, text.replace(STEM, "How hot?"), digest)
    assert stem(store) == "How hot?"
    assert store.read(QUESTIONS) == (text.replace(STEM, "How hot?"), new)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [entry.name for entry in path.parent.iterdir() if "saving" in entry.name] == []


def test_a_save_over_somebody_elses_change_is_a_conflict(folder: Folder, store: CourseStore) -> None:
    text, digest = store.read(QUESTIONS)
    folder.edit(QUESTIONS, STEM, "Changed elsewhere?")
    with pytest.raises(Conflict) as caught:
        store.save(QUESTIONS, text.replace(STEM, "Changed here?"), digest)
    assert "Changed elsewhere?" in caught.value.current_text
    assert stem(store) == "Changed elsewhere?"
    store.save(QUESTIONS, caught.value.current_text + "\n", caught.value.current_digest)


def test_two_stores_see_each_others_saves(folder: Folder, tmp_path: Path) -> None:
    one, other = CourseStore(folder.path, tmp_path / "cache"), CourseStore(folder.path, tmp_path / "cache")
    text, digest = one.read(QUESTIONS)
    one.save(QUESTIONS, text.replace(STEM, "Saved by one?"), digest)
    assert stem(other) == "Saved by one?"
    with pytest.raises(Conflict):
        other.save(QUESTIONS, text, digest)


def test_of_many_saves_at_once_only_one_wins(folder: Folder, tmp_path: Path) -> None:
    stores = [CourseStore(folder.path, tmp_path / "cache") for _ in range(4)]
    text, digest = stores[0].read(QUESTIONS)
    won, lost = [], []
    gate = threading.Barrier(8)

    def save(number: int) -> None:
        gate.wait()
        try:
            won.append(stores[number % 4].save(QUESTIONS, text.replace(STEM, f"Number {number}?"), digest))
        except Conflict:
            lost.append(number)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 7)
    assert stores[0].read(QUESTIONS)[1] == won[0]


@pytest.mark.parametrize("apart", [False, pytest.param(True, marks=NOT_ON_WINDOWS)])
def test_of_saves_by_several_processes_only_one_wins(folder: Folder, tmp_path: Path, apart: bool) -> None:
    """Also by those of several servers, which share the folder of the course and no other one."""
    _, digest = CourseStore(folder.path).read(QUESTIONS)
    program = (
        "import sys; from pathlib import Path; from webapp.content.folder_store import CourseStore, Conflict\n"
        "store = CourseStore(Path(sys.argv[1]), Path(sys.argv[2])); text, _ = store.read('1-tea/questions.yaml')\n"
        "sys.stdout.write('ready'); sys.stdout.flush(); sys.stdin.readline()\n"
        "try: store.save('1-tea/questions.yaml', text + '# ' + sys.argv[4] + chr(10), sys.argv[3]); print('won')\n"
        "except Conflict: print('lost')\n"
    )
    # So long somebody else may come between the look at a file and its new text.
    program = "import webapp.content.folder_store as s, time; r = s._replace\n" + (
        "s._replace = lambda *a: (time.sleep(0.3), r(*a))\n" + program
    )
    root = str(Path(__file__).parent.parent.parent)
    caches = [tmp_path / f"cache{number}" for number in range(3)]
    workers = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                program,
                str(folder.path),
                str(caches[number * apart]),
                digest,
                str(number),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        for number in range(3)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.read(5) == "ready"
    results = []
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        results.append(worker.communicate(timeout=30)[0].strip())
    assert sorted(results) == ["lost", "lost", "won"]


def test_readers_never_see_half_a_file(folder: Folder, store: CourseStore) -> None:
    stop = threading.Event()
    broken: list[str] = []

    def write() -> None:
        other = CourseStore(folder.path)
        for number in range(20):
            text, digest = other.read(QUESTIONS)
            other.save(QUESTIONS, text + f"# {number}\n", digest)
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not stop.is_set():
        store.current()
        if store.problems is not None:
            broken.append(str(store.problems))
    writer.join()
    assert broken == []


def test_many_threads_may_ask_while_the_files_change(folder: Folder, store: CourseStore) -> None:
    stop = threading.Event()
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            while not stop.is_set():
                assert len(store.current().pillars) == 2
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(10):
        folder.append("2-bread/lesson.md", f"\nLine {number}.\n")
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert "Line 9." in str(store.current().pillars[1].lesson.sections[-1].blocks[-1])


def test_windows_line_ends_are_kept_by_a_save(folder: Folder) -> None:
    folder.write(QUESTIONS, folder.text(QUESTIONS).replace("\n", "\r\n"))
    store = CourseStore(folder.path)
    text, digest = store.read(QUESTIONS)
    assert "\r" not in text
    store.save(QUESTIONS, text.replace(STEM, "How hot?").replace("\n", "\r\n"), digest)
    raw = (folder.path / QUESTIONS).read_bytes()
    assert raw.count(b"\r\n") == raw.count(b"\n")
    assert b"\r\r" not in raw


def test_the_files_of_the_course_can_be_listed_and_no_others_touched(folder: Folder, store: CourseStore) -> None:
    assert store.files()[0] == "course.yaml"
    assert {"ledger.yaml", "1-tea/lesson.md", QUESTIONS, "mixed/questions.yaml", "opening.md"} <= set(store.files())
    folder.write("secret.txt", "x")
    (folder.path.parent / "outside.yaml").write_text("x")
    (folder.path / "link.yaml").symlink_to(folder.path.parent / "outside.yaml")
    for path in ("../outside.yaml", "secret.txt", "/etc/passwd", "link.yaml", "1-tea", "a/../course.yaml", "\x00.yaml",
                 "nowhere/x.yaml", ".hidden.yaml", "", "1-tea\\..\\x.yaml"):  # fmt: skip
        with pytest.raises(NotPartOfCourse):
            store.read(path)
        with pytest.raises(NotPartOfCourse):
            store.save(path, "x", "")


def test_a_new_file_may_be_saved_where_none_is(store: CourseStore) -> None:
    text = "questions:\n  - {id: new, type: true_false, stem: So?, answer: true}\n"
    store.save("2-bread/more.yaml", text, "")
    assert store.current().question("new") is not None
    with pytest.raises(Conflict):
        store.save("2-bread/more.yaml", text, "")


def test_the_ledger_outside_the_folder_can_be_edited(folder: Folder) -> None:
    (folder.path.parent / "seeds").mkdir()
    (folder.path / "ledger.yaml").rename(folder.path.parent / "seeds/facts.yaml")
    folder.edit("course.yaml", "ledger: ledger.yaml", "ledger: ../seeds/facts.yaml")
    store = CourseStore(folder.path)
    text, digest = store.read("../seeds/facts.yaml")
    store.save("../seeds/facts.yaml", text.replace("A. Baker", "B. Baker"), digest)
    ledger = store.current().ledger
    assert ledger is not None
    assert ledger.source.author == "B. Baker"


def test_a_text_can_be_checked_without_being_saved(folder: Folder, store: CourseStore) -> None:
    text = folder.text(QUESTIONS)
    assert store.check(QUESTIONS, text) == ()
    found = store.check(QUESTIONS, text.replace("type: multiple", "type: multipel"))
    assert [problem.location.file for problem in found] == [QUESTIONS]
    assert folder.text(QUESTIONS) == text
    assert store.current().question("tea-multiple") is not None
    assert store.problems is None


def test_a_touched_file_gives_the_same_course(folder: Folder, store: CourseStore) -> None:
    course = store.current()
    os.utime(folder.path / QUESTIONS)
    assert store.current() is course
