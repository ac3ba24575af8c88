"""`webapp trial`: papers say as much as the page does and no more, and their answers are marked as there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from flask import Flask

from tests.conftest import ROOT
from webapp.commands import group
from webapp.questions import type_of
from webapp.questions.text import plain
from webapp.quizzes import trial
from webapp.quizzes.selection import DrawnQuestion
from webapp.web.current import course


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBAPP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("WEBAPP_BANK", str(ROOT / "question_bank"))


def run(*words: str) -> Result:
    return CliRunner().invoke(group, ("trial", *words), prog_name="webapp")


def key_of(drawn: DrawnQuestion) -> list[str]:
    """What somebody who knows everything fills in, field by field."""
    kind = type_of(drawn.question)
    order = kind.order(drawn.question, drawn.order_seed)
    form = kind.form(drawn.question, order, response=kind.key(drawn.question))
    values: list[str] = []
    for field in form:
        values.extend(map(str, field.data) if isinstance(field.data, list) else [str(field.data)])
    return values


@pytest.fixture
def whole_bank(course_app: Flask) -> list[DrawnQuestion]:
    """Every question of the course that comes with the app, as if all stood on one paper."""
    with course_app.app_context():
        return [DrawnQuestion(question, 7) for question in course().questions]


def test_a_paper_holds_no_id_no_feedback_and_no_explanation(course_app: Flask, whole_bank: list[DrawnQuestion]) -> None:
    with course_app.app_context():
        for drawn in whole_bank:
            text = trial.as_text([drawn])
            assert drawn.question.id not in text
            assert plain(drawn.question.explanation)[:60] not in text
            for options in type_of(drawn.question).option_lists(drawn.question):
                for option, words in zip(options.options, options.texts, strict=True):
                    assert " ".join(words.split()) in " ".join(text.split()), f"{drawn.question.id} lacks an option"
                    if option.feedback:
                        assert plain(option.feedback) not in text


def test_whoever_knows_everything_gets_full_marks_on_every_question_of_the_course(
    course_app: Flask, whole_bank: list[DrawnQuestion]
) -> None:
    with course_app.app_context():
        tried = trial.mark(whole_bank, {number: key_of(drawn) for number, drawn in enumerate(whole_bank, 1)})
    assert [one.question_id for one in tried if one.fraction != 1] == []


def test_what_is_left_out_is_worth_nothing(course_app: Flask, whole_bank: list[DrawnQuestion]) -> None:
    with course_app.app_context():
        tried = trial.mark(whole_bank, {})
    assert {one.fraction for one in tried} == {0}
    assert {one.given for one in tried} == {""}


def test_a_paper_is_printed_answered_and_marked(tmp_path: Path) -> None:
    printed = run("print", "research", "--seed", "5")
    assert printed.exit_code == 0, printed.output
    assert "\n10. " in printed.output
    assert printed.output == run("print", "research", "--seed", "5").output
    file = tmp_path / "stranger.yaml"
    file.write_text(yaml.safe_dump({"quiz": "research", "seed": 5, "answers": {}}))
    marked = run("mark", str(file), "--each")
    assert marked.exit_code == 0, marked.output
    assert " of 10" in marked.output
    assert "all" in marked.output


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("- 1", "does not hold"),
        ("quiz: research\nanswers: {11: 1}", "no question 11"),
        ("quiz: research\nanswers: {one: 1}", "under `answers:`"),
        ("quiz: research\nseed: soon\nanswers: {1: 1}", "`seed:`"),
        ("quiz: nowhere\nanswers: {1: 1}", "There is no quiz 'nowhere'; there are research-pretest"),
        ("quiz: [", "can't be read as YAML"),
        ("quiz: research\nanswers: {1: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 99]}", "question 1"),
    ],
)
def test_answers_that_cannot_be_read_are_refused_with_the_place(tmp_path: Path, said: str, expected: str) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(said)
    result = run("mark", str(file))
    assert result.exit_code == 1
    assert expected in result.output
    assert result.stderr.count("\n") == 1
