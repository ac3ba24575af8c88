"""A course in a git repository (WEBAPP_GIT=on), edited in the browser: git's history is the history."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.conftest import token_of
from tests.content.test_git_repository import git, own_settings  # noqa: F401 - as a fixture
from tests.editor.conftest import FormReader, Screen, fields_of
from tests.editor.test_imports import WITH_PICTURE, Import
from webapp.config import BadSetting
from webapp.database import db
from webapp.editor import git_history
from webapp.editor.models import ContentVersion

FILE = "1-tea/questions.yaml"
CHOICE = "/instructor/bank/questions/tea-choice"
REPOSITORY = "/instructor/bank/repository"


@pytest.fixture
def elsewhere(bank: Path, tmp_path: Path, _a_course_to_edit: None) -> Path:
    """The course is in a repository that follows another one; the course folder of a colleague's clone of that."""
    top = bank.parent
    git(tmp_path, "init", "--quiet", "-b", "main", "--bare", str(tmp_path / "elsewhere.git"))
    git(top, "init", "--quiet", "-b", "main")
    git(top, "add", bank.name)
    git(top, "commit", "--quiet", "-m", "The course")
    git(top, "remote", "add", "origin", str(tmp_path / "elsewhere.git"))
    git(top, "push", "--quiet", "-u", "origin", "main")
    git(tmp_path, "clone", "--quiet", str(tmp_path / "elsewhere.git"), "colleague")
    return tmp_path / "colleague" / bank.name


@pytest.fixture
def app(elsewhere: Path, make_app: Callable[..., Flask]) -> Flask:
    return make_app(git=True)


def log(folder: Path, *more: str) -> list[str]:
    return git(folder, "log", "--format=%an: %s", *more).splitlines()


def edited_elsewhere(elsewhere: Path, old: str, new: str) -> None:
    path = elsewhere / FILE
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    git(elsewhere, "commit", "--quiet", "-am", "From elsewhere")
    git(elsewhere, "push", "--quiet")


def test_a_save_is_one_commit_by_who_saved_and_no_row_beside_it(screen: Screen, app: Flask, bank: Path) -> None:
    screen.open(CHOICE).fill(stem="Why?").press("save")
    assert "Saved." in screen.text
    newest, first = log(bank)
    assert newest.startswith("Ines Tructor: Saved")
    assert "tea-choice" in newest
    assert first == "Greta Git: The course"
    assert git(bank, "status", "--porcelain", "--", ".") == ""
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ContentVersion)) == 0


def test_what_was_changed_on_disk_is_a_commit_of_its_own_before_the_save(screen: Screen, bank: Path) -> None:
    screen.open("/instructor/bank")
    file = bank / FILE
    file.write_text(file.read_text() + "# on disk\n")
    assert len(log(bank)) == 1, "whoever edits on disk commits, or the next save does"
    screen.open(CHOICE).fill(stem="Why?").press("save")
    saved, on_disk, _first = log(bank)
    assert saved.startswith("Ines Tructor")
    assert on_disk == "The course's server: Changed on disk"


def test_the_history_is_that_of_git_and_leads_back(screen: Screen, bank: Path) -> None:
    before = (bank / FILE).read_bytes()
    screen.open(CHOICE).fill(stem="What makes a fresh leaf into green tea?").press("save")
    page = screen.open(f"/instructor/bank/history?path={FILE}").text
    for told in ("Greta Git", "Ines Tructor", "The course"):
        assert told in page
    newest, first = git(bank, "log", "--format=%H").split()
    page = screen.open(f"/instructor/bank/history/{newest}?path={FILE}").text
    assert "<ins>green</ins>" in page
    page = screen.open(f"/instructor/bank/history/{first}?path={FILE}").text
    data = {"csrf_token": token_of(page), "digest": page.partition('name="digest" value="')[2].partition('"')[0]}
    answer = screen.client.post(
        f"/instructor/bank/history/{first}/restore", query_string={"path": FILE}, data=data, follow_redirects=True
    )
    assert "back to this version" in answer.text
    assert (bank / FILE).read_bytes() == before
    assert len(log(bank)) == 3


@pytest.mark.parametrize(
    "version",
    ["1", "HEAD", "--output=x", "0" * 40, "../x", "main"],
    ids=["row", "name", "option", "none", "up", "branch"],
)
def test_only_a_commit_opens_a_version(screen: Screen, version: str) -> None:
    assert screen.client.get(f"/instructor/bank/history/{version}", query_string={"path": FILE}).status_code == 404


def test_a_file_outside_of_the_course_has_no_version(screen: Screen, bank: Path) -> None:
    (first,) = git(bank, "log", "--format=%H").split()
    for path in ("../ledger.yaml", "/etc/passwd", ""):
        assert screen.client.get(f"/instructor/bank/history/{first}", query_string={"path": path}).status_code == 404


def test_who_is_too_late_sees_what_was_changed_since(screen: Screen, bank: Path) -> None:
    screen.open(f"/instructor/bank/file?path={FILE}")
    file = bank / FILE
    file.write_text(file.read_text().replace("apple", "pear"))
    git(bank, "commit", "--quiet", "-am", "Pears")
    screen.set("text", screen.fields["text"] + "# mine\n").press("save")
    assert screen.status == 409
    assert "What they changed" in screen.text
    assert "<ins>pear</ins>" in screen.text


def test_what_is_pushed_elsewhere_is_served_and_what_is_saved_here_is_sent(
    screen: Screen, app: Flask, bank: Path, elsewhere: Path
) -> None:
    edited_elsewhere(elsewhere, "apple", "pear")
    screen.open(CHOICE).fill(stem="Why?").press("save")
    with app.app_context():
        git_history.bring_in_aside()
        assert "pear" in (bank / FILE).read_text()
        assert app.extensions["courses"].only.current().question("tea-choice").stem == "Why?"
    git(elsewhere, "pull", "--quiet")
    assert "Why?" in (elsewhere / FILE).read_text()
    assert "are the same" in screen.open(REPOSITORY).text


@pytest.fixture
def clash(screen: Screen, app: Flask, elsewhere: Path) -> str:
    """The page of the repository after a colleague and somebody here wrote the same stem anew."""
    stem = app.extensions["courses"].only.current().question("tea-choice").stem
    edited_elsewhere(elsewhere, stem, "Their stem?")
    screen.open(CHOICE).fill(stem="Our stem?").press("save")
    with app.app_context():
        git_history.bring_in_aside()
    return screen.open(REPOSITORY).text


def test_both_sides_of_one_place_are_kept_until_somebody_decides(
    screen: Screen, bank: Path, elsewhere: Path, clash: str
) -> None:
    assert "Their stem?" in clash
    assert "Our stem?" in clash
    assert "Our stem?" in (bank / FILE).read_text()
    both = (bank / FILE).read_text().replace("Our stem?", "Our stem and theirs?")
    answer = screen.client.post(
        f"{REPOSITORY}/decide", data={"csrf_token": token_of(clash), f"text:{FILE}": both}, follow_redirects=True
    )
    assert "Both sides are brought together." in answer.text
    assert "Our stem and theirs?" in (bank / FILE).read_text()
    git(elsewhere, "pull", "--quiet")
    assert "Our stem and theirs?" in (elsewhere / FILE).read_text()


def test_a_decision_about_less_than_all_changes_nothing(screen: Screen, bank: Path, clash: str) -> None:
    before = log(bank)
    answer = screen.client.post(f"{REPOSITORY}/decide", data={"csrf_token": token_of(clash)}, follow_redirects=True)
    assert "decide once more" in answer.text
    assert log(bank) == before
    assert git(bank, "status", "--porcelain", "--", ".") == ""


def test_a_save_stands_while_git_cannot_commit_and_the_page_says_so(screen: Screen, bank: Path) -> None:
    lock = bank.parent / ".git" / "index.lock"
    lock.touch()
    screen.open(CHOICE).fill(stem="Why?").press("save")
    assert "Saved." in screen.text
    assert "Why?" in (bank / FILE).read_text()
    lock.unlink()
    assert FILE in screen.open(REPOSITORY).text


def test_without_the_setting_there_is_no_such_page(
    make_app: Callable[..., Flask], make_user: Callable[..., int], sign_in: Callable[..., FlaskClient]
) -> None:
    app = make_app()
    client = sign_in(app.test_client(), make_user("instructor"))
    assert client.get(REPOSITORY).status_code == 404


def test_a_folder_in_no_repository_is_a_setting_that_cannot_be_used(make_app: Callable[..., Flask]) -> None:
    with pytest.raises(BadSetting, match=r"WEBAPP_GIT.*git init"):
        make_app(git=True)


def test_a_note_on_a_save_is_in_the_body_of_its_commit_and_in_the_history(screen: Screen, bank: Path) -> None:
    screen.open(CHOICE).fill(stem="Why?").set("note", "# a reader wrote").press("save")
    assert "Saved." in screen.text
    body = git(bank, "log", "-n1", "--format=%B").strip()
    assert body == "Saved tea-choice\n\n# a reader wrote"
    assert "# a reader wrote" in screen.open(f"/instructor/bank/history?path={FILE}").text


def test_the_history_of_one_question_is_read_from_the_commits_and_leads_back(screen: Screen, bank: Path) -> None:
    before = (bank / FILE).read_text()
    screen.open(CHOICE).fill(stem="Why?").set("note", "A reader wrote.").press("save")
    screen.open("/instructor/bank/questions/tea-numeric").fill(stem="How long?").press("save")
    between = (bank / FILE).read_text()
    page = screen.open(CHOICE + "/history").text
    for told in ("Greta Git", "Ines Tructor", "A reader wrote.", "<ins>Why?</ins>"):
        assert told in page
    assert "How long?" not in page
    _numeric, saved, first = git(bank, "log", "--format=%H").split()
    assert f"{CHOICE}/history/{saved}" in page
    page = screen.open(f"{CHOICE}/history/{first}").text
    form = FormReader("back").read(page)
    assert form is not None
    screen.show(screen.client.post(form.get("action"), data=fields_of(form), follow_redirects=True))
    assert "Saved." in screen.text
    stem = "What makes a fresh leaf into black tea?"
    assert stem in before
    assert (bank / FILE).read_text() == between.replace("stem: Why?", f"stem: {stem}")
    assert "Back to the version of" in git(bank, "log", "-n1", "--format=%B")


def test_a_question_that_git_alone_remembers_is_found_and_brought_back(screen: Screen, bank: Path) -> None:
    text = (bank / FILE).read_text()
    start, end = text.index("  - id: tea-choice\n"), text.index("  - id: tea-multiple")
    (bank / FILE).write_text(text[:start] + text[end:])
    course = bank / "course.yaml"
    course.write_text(course.read_text().replace("tea-choice, ", "").replace("count: 9", "count: 8"))
    git(bank, "commit", "--quiet", "-am", "One less")
    assert CHOICE + "/history" in screen.open("/instructor/bank/taken-out").text
    out, first = git(bank, "log", "--format=%H").split()
    page = screen.open(f"{CHOICE}/history").text
    assert page.index(out) < page.index(first)
    form = FormReader("back").read(screen.open(f"{CHOICE}/history/{out}").text)
    assert form is not None
    screen.show(screen.client.post(form.get("action"), data=fields_of(form), follow_redirects=True))
    assert "Saved." in screen.text
    assert "What makes a fresh leaf into black tea?" in (bank / FILE).read_text()


def test_different_fields_are_brought_together_where_a_commit_came_between(screen: Screen, bank: Path) -> None:
    screen.open(CHOICE)
    (bank / FILE).write_text((bank / FILE).read_text().replace("difficulty: easy", "difficulty: hard", 1))
    screen.fill(stem="Mine?").press("save")
    assert "Difficulty (easy → hard)" in screen.text
    assert len(log(bank)) == 3
    assert "difficulty: hard" in (bank / FILE).read_text()
    assert "stem: Mine?" in (bank / FILE).read_text()


def test_an_import_is_one_commit_with_its_pictures_and_goes_back_as_one(screen: Screen, bank: Path) -> None:
    before = (bank / FILE).read_bytes()
    desk = Import(screen.client).send(WITH_PICTURE, "q.xml").press_on("plan", "import")
    assert "1 question is new." in desk.said
    newest, first = log(bank)
    assert (newest, first) == ("Ines Tructor: Imported q.xml", "Greta Git: The course")
    assert len(git(bank, "show", "--name-only", "--format=").splitlines()) == 2
    assert git(bank, "status", "--porcelain", "--", ".") == ""
    desk.press_on("back")
    assert "The import is taken back" in desk.text
    assert (bank / FILE).read_bytes() == before
    assert "Ines Tructor: Taken back q.xml" in log(bank)
    assert git(bank, "status", "--porcelain", "--", ".") == ""
