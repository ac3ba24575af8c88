"""Any file as text: checked before it is saved, lessons previewed, questions in use guarded as on their desk."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from tests.conftest import Clock
from tests.editor.conftest import Screen
from tests.quizzes.conftest import Desk

LESSON = "/instructor/bank/file?path=1-tea/lesson.md"


def test_a_lesson_is_edited_and_every_other_byte_stays(screen: Screen, bank: Path) -> None:
    path = bank / "1-tea" / "lesson.md"
    before = path.read_text()
    screen.open(LESSON)
    screen.set("text", screen.fields["text"].replace("title: ", "title: New ", 1)).press("save")
    assert "Saved." in screen.text
    assert path.read_text() == before.replace("title: ", "title: New ", 1)


def test_a_lesson_is_previewed_as_its_readers_meet_it_without_being_saved(screen: Screen, bank: Path) -> None:
    before = (bank / "1-tea" / "lesson.md").read_text()
    screen.open(LESSON)
    screen.set("text", screen.fields["text"].replace("title: ", "title: Previewed ", 1)).press("preview")
    assert 'id="lesson"' in screen.text
    assert "Previewed" in screen.text
    assert "nothing here is saved" in screen.text
    assert (bank / "1-tea" / "lesson.md").read_text() == before


def test_a_lesson_with_a_mistake_names_its_line_and_keeps_the_text(screen: Screen, bank: Path) -> None:
    before = (bank / "1-tea" / "lesson.md").read_text()
    screen.open(LESSON)
    typed = screen.fields["text"].replace("\r\n", "\n") + "\nSee [@no-such-fact].\n"
    for action in ("preview", "save", "check"):
        screen.set("text", typed).press(action)
        assert "no-such-fact" in screen.text
        assert f'data-line="{typed.count(chr(10))}"' in screen.text
        assert screen.fields["text"].replace("\r\n", "\n").rstrip("\n") == typed.rstrip("\n")
    assert (bank / "1-tea" / "lesson.md").read_text() == before


def test_a_script_gets_the_problems_of_a_text_at_their_lines(screen: Screen) -> None:
    screen.open("/instructor/bank/file?path=course.yaml")
    screen.set("text", screen.fields["text"].replace("kind: final", "kind: finale"))
    answer = screen.client.post(
        screen.address, data={**screen.fields.to_dict(), "action": "check"}, headers={"X-Requested-With": "fetch"}
    ).json
    line = (
        screen.fields["text"]
        .split("\n")
        .index(next(each for each in screen.fields["text"].split("\n") if "finale" in each))
    )
    assert [problem["line"] for problem in answer["problems"]] == [line + 1]


def test_two_people_at_one_file_see_what_the_other_changed(
    screen: Screen, another_screen: Callable[[], Screen], bank: Path
) -> None:
    other = another_screen()
    screen.open(LESSON)
    other.open(LESSON)
    other.set("text", other.fields["text"].replace("title: ", "title: Theirs ", 1)).press("save")
    screen.set("text", screen.fields["text"].replace("title: ", "title: Mine ", 1)).press("save")
    assert screen.status == 409
    assert "What they changed" in screen.text
    assert re.search("<ins> ?Theirs ?</ins>", screen.text)
    assert "title: Mine" in screen.fields["text"]
    digest = screen.text.partition('value="over:')[2].partition('"')[0]
    screen.press(f"over:{digest}")
    assert "Saved." in screen.text
    assert "title: Mine" in (bank / "1-tea" / "lesson.md").read_text()


def test_a_key_moved_in_the_text_of_a_file_asks_as_the_desk_does(
    screen: Screen, app: Flask, make_user: Callable[..., int], clock: Clock, questions_file: Path
) -> None:
    with app.app_context():
        Desk(make_user(), app.extensions["courses"].only.current(), clock).take("every-type")
    screen.open("/instructor/bank/file?path=1-tea/questions.yaml")
    screen.set("text", screen.fields["text"].replace("answer: false", "answer: true")).press("save")
    assert screen.status == 409
    assert "The key moves from “False” to “True”." in screen.text
    seal = screen.text.partition('value="confirm:')[2].partition('"')[0]
    screen.press(f"confirm:{seal}")
    assert "Saved." in screen.text
    assert "answer: true" in questions_file.read_text()


def test_the_ledger_outside_the_folder_can_be_edited_when_the_course_names_it(
    make_app: Callable[..., Flask], tmp_path: Path, bank: Path
) -> None:
    moved = tmp_path / "seeds"
    moved.mkdir()
    (bank / "ledger.yaml").rename(moved / "ledger.yaml")
    course = bank / "course.yaml"
    course.write_text(course.read_text().replace("ledger: ledger.yaml", "ledger: ../seeds/ledger.yaml"))
    app = make_app()
    from webapp.editor import saving

    store = app.extensions["courses"].only
    text, digest = store.read("../seeds/ledger.yaml")
    with app.test_request_context():
        change = saving.FileChange("../seeds/ledger.yaml", text + "# seen\n", digest)
        saving.save(store, [change], user="a command", now=app.config["CLOCK"](), action="file.saved", subject="x")
    assert (moved / "ledger.yaml").read_text().endswith("# seen\n")
