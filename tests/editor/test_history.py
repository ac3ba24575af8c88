"""Every version of every file is known: who, when, what changed; and any of them can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import Clock, token_of
from tests.editor.conftest import Screen
from webapp.database import db
from webapp.editor.diffs import differences
from webapp.editor.models import ContentVersion

FILE = "1-tea/questions.yaml"
CHOICE = "/instructor/bank/questions/tea-choice"


def versions(app: Flask, path: str = FILE) -> list[tuple[int, str, str]]:
    with app.app_context():
        found = db.session.query(ContentVersion).filter_by(path=path).order_by(ContentVersion.id)
        return [(version.id, version.origin, version.author_name) for version in found]


def test_the_first_visit_records_every_file_as_it_was_found(screen: Screen, app: Flask) -> None:
    screen.open("/instructor/bank")
    store = app.extensions["courses"].only
    for path in store.files():
        assert [origin for _, origin, _ in versions(app, path)] == ["found"], path


def test_a_visit_without_a_change_records_nothing(screen: Screen, app: Flask) -> None:
    for _ in range(3):
        screen.open("/instructor/bank")
        screen.open(CHOICE)
    with app.app_context():
        assert db.session.query(ContentVersion).count() == len(app.extensions["courses"].only.files())


def test_an_edit_on_disk_appears_in_the_history(screen: Screen, app: Flask, clock: Clock, questions_file: Path) -> None:
    screen.open("/instructor/bank")
    clock.advance(minutes=20)
    questions_file.write_text(questions_file.read_text().replace("apple", "pear"))
    screen.open(f"/instructor/bank/history?path={FILE}")
    assert [origin for _, origin, _ in versions(app)] == ["found", "disk"]
    assert "on disk" in screen.text
    assert "nobody known" in screen.text


def test_an_edit_on_disk_right_before_a_save_is_recorded_before_it(
    screen: Screen, app: Flask, questions_file: Path
) -> None:
    screen.open("/instructor/bank")
    questions_file.write_text(questions_file.read_text().replace("apple", "pear"))
    screen.open(CHOICE).fill(stem="Why?").press("save")
    assert [origin for _, origin, _ in versions(app)] == ["found", "disk", "browser"]


def test_a_version_shows_what_it_changed_by_words(screen: Screen, app: Flask) -> None:
    screen.open(CHOICE).fill(stem="What makes a fresh leaf into green tea?").press("save")
    newest = versions(app)[-1][0]
    screen.open(f"/instructor/bank/history/{newest}")
    assert "<del>black</del>" in screen.text
    assert "<ins>green</ins>" in screen.text
    assert "Ines Tructor" in screen.text


def test_any_version_can_be_restored_and_that_is_a_version_too(
    screen: Screen, app: Flask, questions_file: Path
) -> None:
    before = questions_file.read_bytes()
    screen.open(CHOICE).fill(stem="Why?").press("save")
    first = versions(app)[0][0]
    page = screen.open(f"/instructor/bank/history/{first}").text
    digest = page.partition('name="digest" value="')[2].partition('"')[0]
    data = {"csrf_token": token_of(page), "digest": digest}
    screen.show(screen.client.post(f"/instructor/bank/history/{first}/restore", data=data, follow_redirects=True))
    assert "back to this version" in screen.text
    assert questions_file.read_bytes() == before
    assert [origin for _, origin, _ in versions(app)] == ["found", "browser", "restore"]


def test_restoring_what_would_break_the_course_or_what_has_changed_again_is_refused(
    screen: Screen, app: Flask, bank: Path, questions_file: Path
) -> None:
    screen.open("/instructor/bank")
    first = versions(app)[0][0]
    page = screen.open(f"/instructor/bank/history/{first}").text
    questions_file.write_text(questions_file.read_text() + "# later\n")
    data = {"csrf_token": token_of(page), "digest": "0" * 64}
    screen.show(screen.client.post(f"/instructor/bank/history/{first}/restore", data=data, follow_redirects=True))
    assert "somebody else" in screen.text
    assert questions_file.read_text().endswith("# later\n")

    text = questions_file.read_text()
    extra = text[text.index("  - id: tea-true-false") : text.index("  - id: tea-numeric")].replace("true-false", "more")
    screen.open(f"/instructor/bank/file?path={FILE}")
    screen.set("text", text + "\n" + extra).press("save")
    assert "Saved." in screen.text
    screen.open("/instructor/bank/file?path=course.yaml")
    screen.set(
        "text", screen.fields["text"].replace("count: 9", "count: 10").replace("tea-short,", "tea-short, tea-more,")
    )
    screen.press("save")
    assert "Saved." in screen.text
    page = screen.open(f"/instructor/bank/history/{first}").text
    digest = page.partition('name="digest" value="')[2].partition('"')[0]
    data = {"csrf_token": token_of(page), "digest": digest}
    screen.show(screen.client.post(f"/instructor/bank/history/{first}/restore", data=data, follow_redirects=True))
    assert "the course would not be whole" in screen.text
    assert "tea-more" in questions_file.read_text()


def test_two_workers_do_not_record_one_change_twice(screen: Screen, app: Flask, questions_file: Path) -> None:
    from webapp.editor import history

    screen.open("/instructor/bank")
    questions_file.write_text(questions_file.read_text() + "# once\n")
    store = app.extensions["courses"].only
    with app.app_context():
        assert history.notice(store, [FILE], app.config["CLOCK"]()) == 1
        db.session.commit()
        assert history.notice(store, [FILE], app.config["CLOCK"]()) == 0


@pytest.mark.parametrize("path", ["nothing.yaml", "../ledger.yaml", "/etc/passwd", ""])
def test_files_that_are_no_part_of_the_course_have_neither_editor_nor_history(screen: Screen, path: str) -> None:
    assert screen.client.get("/instructor/bank/file", query_string={"path": path}).status_code == 404
    assert screen.client.get("/instructor/bank/history", query_string={"path": path}).status_code == 404


def test_differences_say_which_words_of_which_lines() -> None:
    lines = differences("a\nb\nthe black tea\nc\nd\ne\nf\ng", "a\nb\nthe green tea\nc\nd\ne\nf\ng\nh")
    assert [(line.kind, line.old_number, line.new_number) for line in lines] == [
        ("same", 1, 1), ("same", 2, 2), ("old", 3, None), ("new", None, 3), ("same", 4, 4), ("same", 5, 5),
        ("same", 6, 6), ("same", 7, 7), ("same", 8, 8), ("new", None, 9),
    ]  # fmt: skip
    assert lines[2].parts == (("the ", False), ("black", True), (" tea", False))
    assert differences("same", "same") == []


def test_differences_leave_out_what_is_far_from_any_change() -> None:
    old = "\n".join(map(str, range(100)))
    lines = differences(old, old.replace("50", "fifty"))
    assert [line.count for line in lines if line.kind == "gap"] == [47, 46]


def test_differences_of_two_large_and_wholly_different_files_come_at_once() -> None:
    assert len(differences("a\n" * 20_000, "b\n" * 20_000)) > 20_000
