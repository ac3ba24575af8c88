"""`webapp bank push` and `pull`, as typed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from tests.course_table.servers import files_of
from tests.pictures import picture
from tests.several import write_course, write_several
from webapp.audit.models import AuditEntry
from webapp.commands.bank import bank as command
from webapp.course_table.models import KeptCourse, KeptFile
from webapp.database import db

LESSON = "1-tea/lesson.md"
Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command on the database of `app`, by the same variables as an operator sets."""
    settings = app.config["SETTINGS"]
    for name in ("data", "secret_key", "database_url"):
        monkeypatch.setenv(f"WEBAPP_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("WEBAPP_STORE", "database")

    def invoke(*arguments: str | Path) -> Result:
        return CliRunner().invoke(command, [str(each) for each in arguments])

    return invoke


def works(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def refused(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    return result.output


def edited_elsewhere(app: Flask, run: Run, there: Path, path: str, words: str) -> None:
    """Somebody pulls the course, changes a file, and pushes it."""
    works(run("pull", there, "--course", "tea-and-bread"))
    with (there / path).open("a") as file:
        file.write(words)
    works(run("push", there))


def test_what_is_pushed_is_pulled_byte_for_byte(run: Run, bank: Path, tmp_path: Path) -> None:
    (bank / "media").mkdir(exist_ok=True)
    (bank / "media" / "a.png").write_bytes(picture())
    (bank / "notes.txt").write_bytes(b"\xef\xbb\xbfEnds\r\nof lines\r\n\x00\xff")
    (bank / "2-bread" / "empty.md").write_bytes(b"")
    (bank / ".git").mkdir()
    (bank / ".git" / "config").write_text("x")
    (bank / "course.yaml~").write_text("x")
    said = works(run("push", bank))
    assert f"tea-and-bread: added {LESSON}" in said
    assert "12 added, 0 changed, 0 removed" in said
    works(run("pull", tmp_path / "there"))
    (bank / "course.yaml~").unlink()
    assert files_of(tmp_path / "there") == files_of(bank)
    assert not (tmp_path / "there" / ".git").exists()
    assert "nothing to do" in works(run("pull", tmp_path / "there"))
    assert "nothing to do" in works(run("push", tmp_path / "there"))


def test_several_courses_go_and_come_together(run: Run, app: Flask, tmp_path: Path) -> None:
    works(run("push", write_several(tmp_path / "all", "ale", "bun")))
    works(run("push", write_course(tmp_path / "cup", "cup")))
    works(run("pull", tmp_path / "there"))
    assert files_of(tmp_path / "there" / "bun") == files_of(tmp_path / "all" / "bun")
    assert sorted(path.name for path in (tmp_path / "there").iterdir()) == ["ale", "bun", "cup"]
    works(run("pull", tmp_path / "one", "--course", "cup"))
    assert files_of(tmp_path / "one") == files_of(tmp_path / "cup")
    assert "no course 'dip'" in refused(run("pull", tmp_path / "two", "--course", "dip"))
    # A folder knows whose it is.
    assert "cup: nothing to do" in works(run("pull", tmp_path / "one"))
    assert "another course, cup" in refused(run("pull", tmp_path / "one", "--course", "ale"))
    assert "Say of which" in refused(run("pull", write_course(tmp_path / "new", "new")))


def test_a_push_says_what_it_does_and_is_one_edition_in_the_log(run: Run, app: Flask, bank: Path) -> None:
    works(run("push", bank))
    (bank / "closing.md").write_text((bank / "closing.md").read_text() + "\nMore.\n")
    (bank / "notes.txt").write_text("New.")
    said = works(run("push", bank, "--dry-run"))
    assert "Nothing was written." in said
    assert "changed closing.md" in said
    assert "added notes.txt" in said
    with app.app_context():
        assert db.session.scalars(select(KeptCourse.edition)).all() == [1]
        assert db.session.get(KeptFile, ("tea-and-bread", "notes.txt")) is None
    assert works(run("push", bank)).replace("Nothing was written.\n", "") == said.replace("Nothing was written.\n", "")
    (bank / "notes.txt").unlink()
    assert "removed notes.txt" in works(run("push", bank))
    with app.app_context():
        assert db.session.scalars(select(KeptCourse.edition)).all() == [3]
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [entry.action for entry in entries] == ["course.pushed"] * 3
        assert entries[1].details == {"added": ["notes.txt"], "changed": ["closing.md"], "removed": []}


def test_a_course_with_problems_is_refused_and_nothing_of_a_push_is_written(
    run: Run, app: Flask, tmp_path: Path
) -> None:
    folder = write_several(tmp_path / "all", "ale", "bun")
    (folder / "bun" / "course.yaml").write_text("titel: Bun\n")
    assert "did you mean `title`" in refused(run("push", folder))
    with app.app_context():
        assert db.session.scalars(select(KeptCourse.name)).all() == []
    shutil.rmtree(folder / "bun")
    shutil.copytree(folder / "ale", folder / "bun")
    assert "two folders" in refused(run("push", folder))


def test_edits_that_a_folder_has_not_seen_are_not_overwritten(run: Run, app: Flask, bank: Path, tmp_path: Path) -> None:
    works(run("push", bank))
    edited_elsewhere(app, run, tmp_path / "there", LESSON, "\nOf somebody else.\n")
    (bank / "closing.md").write_text((bank / "closing.md").read_text() + "\nMine.\n")
    said = refused(run("push", bank))
    assert LESSON in said
    assert "closing.md" not in said
    assert "--force" in said
    # Pulling brings theirs and keeps mine; then mine can go.
    said = works(run("pull", bank))
    assert f"changed {LESSON}" in said
    assert "kept closing.md" in said
    assert "Of somebody else." in (bank / LESSON).read_text()
    assert "1 changed" in works(run("push", bank))
    works(run("pull", tmp_path / "there"))
    assert files_of(tmp_path / "there") == files_of(bank)


def test_a_file_that_both_have_changed_is_overwritten_by_nobody_without_a_word(
    run: Run, app: Flask, bank: Path, tmp_path: Path
) -> None:
    works(run("push", bank))
    edited_elsewhere(app, run, tmp_path / "there", LESSON, "\nOf somebody else.\n")
    mine = (bank / LESSON).read_text() + "\nMine.\n"
    (bank / LESSON).write_text(mine)
    assert LESSON in refused(run("pull", bank))
    assert (bank / LESSON).read_text() == mine
    works(run("push", bank, "--force"))
    works(run("pull", tmp_path / "there"))
    assert (tmp_path / "there" / LESSON).read_text() == mine
    (bank / LESSON).write_text("Nothing.")
    edited_elsewhere(app, run, tmp_path / "there", LESSON, "\nAgain.\n")
    assert f"changed {LESSON}" in works(run("pull", bank, "--force"))
    assert "Again." in (bank / LESSON).read_text()


def test_what_was_removed_in_the_database_goes_unless_it_was_changed_here(run: Run, bank: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    (bank / "more").mkdir()
    for name in ("more/a.md", "more/b.md", "c.md"):
        (bank / name).write_text(name)
    works(run("push", bank))
    works(run("pull", there))
    shutil.rmtree(bank / "more")
    (bank / "c.md").unlink()
    works(run("push", bank))
    (there / "c.md").write_text("Mine.")
    (there / "own.md").write_text("Mine, too.")
    said = works(run("pull", there))
    assert "removed more/a.md" in said
    assert "kept c.md" in said
    assert not (there / "more").exists()
    assert (there / "c.md").read_text() == "Mine."
    assert (there / "own.md").exists()


def test_a_folder_that_was_never_pulled_overwrites_no_course(run: Run, bank: Path, tmp_path: Path) -> None:
    shutil.copytree(bank, tmp_path / "copy")
    works(run("push", bank))
    assert "nothing to do" in works(run("push", tmp_path / "copy")), "it is the same"
    (tmp_path / "copy" / ".pulled.json").unlink()
    (tmp_path / "copy" / "closing.md").write_text("---\ntitle: End\nhook: So?\n---\n\n## End {#end}\n\nWords.\n")
    assert "is there already" in refused(run("push", tmp_path / "copy"))
    (tmp_path / "copy" / LESSON).write_text("Mine.")
    assert LESSON in refused(run("pull", tmp_path / "copy"))


def test_links_and_names_that_no_course_can_have_are_refused(run: Run, bank: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_text("A secret.")
    (tmp_path / "outside").mkdir()
    for name, target in (("link.md", "outside.md"), ("linked", "outside")):
        (bank / name).symlink_to(tmp_path / target)
        assert "link" in refused(run("push", bank))
        (bank / name).unlink()
    (bank / "a:b.txt").write_text("x")
    assert "called so" in refused(run("push", bank))
    (bank / "a:b.txt").unlink()
    with (bank / "large.bin").open("wb") as file:
        file.truncate(50_000_001)
    assert "50 MB at most" in refused(run("push", bank))


def test_a_path_that_leads_elsewhere_is_not_pulled(run: Run, app: Flask, bank: Path, tmp_path: Path) -> None:
    works(run("push", bank))
    with app.app_context():
        db.session.add(KeptFile(course="tea-and-bread", path="../outside.md", digest="x", content=b"x"))
        db.session.commit()
    assert "leads elsewhere" in refused(run("pull", tmp_path / "there"))
    assert not (tmp_path / "outside.md").exists()
    assert not (tmp_path / "there").exists()
    note = {"course": "tea-and-bread", "edition": 1, "files": {"../../outside.md": "x"}}
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / ".pulled.json").write_text(json.dumps(note))
    assert "leads elsewhere" in refused(run("pull", tmp_path / "there"))


def test_without_a_course_the_way_to_one_is_told(run: Run, tmp_path: Path) -> None:
    assert "webapp bank push FOLDER" in refused(run("pull", tmp_path / "there"))
