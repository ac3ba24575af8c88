"""What the person who saves says of the change: kept with the save, and shown in the history."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.editor.conftest import Screen
from webapp.audit.models import AuditEntry
from webapp.database import db
from webapp.editor.models import ContentVersion

CHOICE = "/instructor/bank/questions/tea-choice"
NOTE = "Leaves are not boiled; a reader wrote."


def notes(app: Flask, path: str) -> list[str]:
    with app.app_context():
        found = db.session.query(ContentVersion).filter_by(path=path, origin="browser").order_by(ContentVersion.id)
        return [version.note for version in found]


@pytest.mark.parametrize(
    ("address", "field", "path"),
    [
        (CHOICE, "q.stem", "1-tea/questions.yaml"),
        ("/instructor/bank/quizzes/tea", "q.title", "course.yaml"),
        ("/instructor/bank/file?path=1-tea/lesson.md", "text", "1-tea/lesson.md"),
        ("/instructor/bank/lessons/tea", "text", "1-tea/lesson.md"),
        ("/instructor/bank/file?path=course.yaml", "text", "course.yaml"),
    ],
    ids=["question", "quiz", "lesson as a file", "lesson", "file"],
)
def test_a_note_on_a_save_stands_in_the_history_and_in_the_log(
    screen: Screen, app: Flask, address: str, field: str, path: str
) -> None:
    screen.open(address)
    assert screen.fields["note"] == ""
    typed = screen.fields[field]
    screen.set(field, typed.replace("\r\n", "\n") + ("\n" if field == "text" else " anew")).set("note", NOTE)
    screen.press("save")
    assert "Saved." in screen.text
    assert screen.fields["note"] == "", "a note is about one save"
    (kept,) = notes(app, path)
    assert kept.startswith(NOTE)
    assert NOTE in screen.open(f"/instructor/bank/history?path={path}").text
    with app.app_context():
        newest = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
        assert newest is not None
        assert NOTE in newest.reason


def test_the_history_says_what_was_saved_beside_the_note(screen: Screen, app: Flask) -> None:
    screen.open(CHOICE).fill(stem="Why?").set("note", NOTE).press("save")
    screen.fill(stem="Why so?").press("save")
    assert notes(app, "1-tea/questions.yaml") == [f"{NOTE}\n\ntea-choice", "tea-choice"]


def test_a_note_is_one_line_of_bounded_length(screen: Screen, app: Flask) -> None:
    screen.open(CHOICE).fill(stem="Why?").set("note", "a\x00b\r\n c\t" + "x" * 400).press("save")
    (kept,) = notes(app, "1-tea/questions.yaml")
    note = kept.partition("\n")[0]
    assert note.startswith("a b c x")
    assert len(note) == 300


def test_a_note_is_not_lost_on_the_way_to_a_save(screen: Screen, another_screen: Callable[[], Screen]) -> None:
    other = another_screen()
    screen.open(CHOICE)
    other.open(CHOICE).fill(stem="Theirs?").press("save")
    screen.fill(stem="").set("note", NOTE).press("save")
    assert screen.status == 422
    assert screen.fields["note"] == NOTE
    screen.fill(stem="Mine?").press("save")
    assert screen.status == 409
    assert screen.fields["note"] == NOTE


def test_enter_in_the_note_of_a_file_saves_nothing(screen: Screen) -> None:
    screen.open("/instructor/bank/file?path=1-tea/lesson.md")
    form = screen.form("desk")
    assert form is not None
    first = next(button for button in form.iter("button") if button.get("type") == "submit")
    assert first.get("value") == "check"
