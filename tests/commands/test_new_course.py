"""`webapp bank new`: a course that works from the first minute, in a folder that was empty."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from tests.quizzes.conftest import Paper, right_answer
from webapp.commands import group
from webapp.content.course.loading import load_course
from webapp.content.lint.run import lint


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(group, ("bank", *words), prog_name="webapp")
    return result.exit_code, result.output


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A new course in place of the tiny one."""
    folder = tmp_path / "Física moderna"
    code, out = run("new", str(folder), "--title", 'Física: "moderna"', "--language", "es")
    assert (code, f"Written to {folder}" in out) == (0, True), out
    return folder


def test_check_and_lint_find_nothing_in_a_new_course(bank: Path) -> None:
    assert run("check", str(bank))[0] == 0
    course = load_course(bank)
    assert (course.id, course.title, course.language) == ("fisica-moderna", 'Física: "moderna"', "es")
    assert (len(course.questions), len(course.quizzes), course.drafts.all) == (6, 1, ())
    assert lint(course) == []
    assert not any(course.rules.model_dump().values()), "the rules of another course are not its own"


@pytest.mark.parametrize("language", ["en", "de"])
def test_it_explains_itself_in_its_language(tmp_path: Path, language: str) -> None:
    code, _ = run("new", str(tmp_path / "one"), "--id", "my-course", "--language", language)
    course = load_course(tmp_path / "one")
    assert (code, course.id, course.language) == (0, "my-course", language)
    assert lint(course) == []
    readme = (tmp_path / "one" / "README.md").read_text(encoding="utf-8")
    assert all(name in readme for name in ("course.yaml", "lesson.md", "questions.yaml", course.title))
    assert {path.relative_to(tmp_path / "one").as_posix() for path in (tmp_path / "one").rglob("*.*")} == {
        "README.md", "course.yaml", "1-start/lesson.md", "1-start/questions.yaml",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "why"),
    [(("--language", "Spanish"), "no code of a language"), (("--id", "My course"), "is no id")],
)
def test_what_would_make_no_course_is_refused(tmp_path: Path, words: tuple[str, str], why: str) -> None:
    code, out = run("new", str(tmp_path / "new"), *words)
    assert (code, why in out) == (1, True)
    assert not (tmp_path / "new").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    code, out = run("new", str(tmp_path))
    assert (code, "is not empty; nothing was written" in out) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_student_reads_the_lesson_and_takes_the_quiz_of_a_new_course(
    app: Flask, bank: Path, make_user: Callable[..., int], sign_in: Callable[..., Any]
) -> None:
    paper = Paper(sign_in(app.test_client(), make_user()))
    for address in ("/", "/lessons/start", "/progress"):
        assert paper.client.get(address).status_code == 200, address
    assert paper.start("start").status_code == 303
    for position in range(1, 6):
        assert paper.send(position, right_answer(paper.slot(position))).status_code == 303
    result = paper.client.get(paper.submit().location)
    assert result.status_code == 200
    assert "100" in result.text


def test_a_course_of_which_nothing_is_published_yet_is_empty_and_works(
    app: Flask, bank: Path, make_user: Callable[..., int], sign_in: Callable[..., Any]
) -> None:
    lesson = bank / "1-start" / "lesson.md"
    lesson.write_text(lesson.read_text(encoding="utf-8").replace("---\n", "---\ndraft: true\n", 1), encoding="utf-8")
    learner = sign_in(app.test_client(), make_user())
    for address in ("/", "/quizzes", "/progress", "/review"):
        page = learner.get(address, follow_redirects=True)
        assert page.status_code == 200, address
        assert "course.yaml" not in page.text, address
    assert learner.get("/lessons/start").status_code == 404
    staff = sign_in(app.test_client(), make_user(role="instructor", username="ines"))
    for address in ("/instructor", "/instructor/bank", "/instructor/bank/unpublished", "/instructor/coverage"):
        assert staff.get(address).status_code == 200, address
    assert staff.get("/instructor/bank/questions/start-one-thing").status_code == 200
