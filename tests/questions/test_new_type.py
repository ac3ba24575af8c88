"""A new type is its module, its template and its example, and touches nothing else: one is put beside the others here,
and everything that deals with questions deals with it."""

from __future__ import annotations

import inspect
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import webapp.questions
from tests.editor.conftest import Screen
from tests.quizzes.conftest import Paper, right_answer, wrong_answer
from webapp.content.course.loading import load_course
from webapp.content.lint.run import lint
from webapp.content.questions import question_files
from webapp.database import db
from webapp.questions import TYPES, grade, json_schema, load, types
from webapp.quizzes.models import Attempt, Slot
from webapp.reports import demo_class

from . import conftest, test_contract
from .conftest import example

pytestmark = pytest.mark.usefixtures("bank", "own_app")

NEW = Path(__file__).parent / "new_type"
QUESTIONS = """\
questions:
  - id: loudest-in-the-kitchen
    type: loudest
    facts: [yeast-gas]
    section: rising
    level: understand
    stem: Which of these is the loudest?
    explanation: A whistle carries through the house.
    numbers: {85: "example: a kettle", 40: "example: a spoon"}
    sounds: {kettle: 85, spoon: 40, oven: 55}
"""
QUIZ = """\
  - id: loud
    title: Loud things
    kind: quiz
    summary: One question.
    draw: [{count: 1, types: [loudest]}]
"""


@pytest.fixture(autouse=True)
def new_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The new type in a folder of its own, before the app is made; forgotten afterwards."""
    folder = tmp_path / "types"
    shutil.copytree(NEW, folder)
    monkeypatch.setattr(types, "__path__", [*types.__path__, str(folder)])
    monkeypatch.setattr(conftest, "ENV", conftest.environment())
    monkeypatch.setattr(test_contract, "ENV", conftest.ENV)
    _forget()
    yield
    monkeypatch.undo()
    _forget()
    sys.modules.pop("webapp.questions.types.loudest", None)


def _forget() -> None:
    """The types are looked for once in the life of a process."""
    webapp.questions._found.cache_clear()
    question_files.adapter.cache_clear()
    question_files._schema.cache_clear()
    example.cache_clear()


@pytest.fixture
def bank(bank: Path, new_type: None) -> Path:
    """The tiny course with a question of the new type, and a quiz that draws it."""
    (bank / "2-bread" / "loud.yaml").write_text(QUESTIONS, encoding="utf-8")
    with (bank / "course.yaml").open("a", encoding="utf-8") as file:
        file.write(QUIZ)
    return bank


def test_it_is_found_graded_and_described() -> None:
    kind = TYPES["loudest"]
    question = example("loudest")
    assert grade(question, kind.key(question)).fraction == 1
    assert "LoudestQuestion" in json_schema()["$defs"]
    assert load(question.model_dump(mode="json")) == question


def test_it_keeps_the_whole_contract() -> None:
    promises = [
        promise
        for name, promise in vars(test_contract).items()
        if name.startswith("test_") and list(inspect.signature(promise).parameters) == ["kind"]
    ]
    assert len(promises) > 20
    for promise in promises:
        promise(TYPES["loudest"])


def test_the_course_reads_it_and_the_lint_looks_at_it(bank: Path) -> None:
    course = load_course(bank)
    question = course.question("loudest-in-the-kitchen")
    assert question is not None
    assert [str(finding) for finding in lint(course) if "loud" in finding.location.file] == [
        "2-bread/loud.yaml:10:43: the number 55 has no source; cite a fact that has it, or add "
        '`numbers: {"55": "= …"}` or `"example: why"` [number-without-source]'
    ]


def test_it_is_taken_in_a_quiz(app: Flask, client: Any, make_user: Callable[..., int], sign_in: Any) -> None:
    for right in (False, True):
        paper = Paper(sign_in(client, make_user()))
        paper.start("loud")
        slot = paper.slot(1)
        assert "Which of these is the loudest?" in paper.get(1).text
        paper.send(1, right_answer(slot) if right else wrong_answer(slot))
        result = client.get(paper.submit().location).text
        assert "kettle" in result
        with app.app_context():
            attempt = db.session.get(Attempt, paper.attempt_id)
            assert attempt is not None
            assert attempt.percent == (100 if right else 0)


def test_a_made_up_class_answers_it_and_the_statistics_count_its_choices(
    app: Flask, client: Any, clock: Any, make_user: Callable[..., int], sign_in: Any
) -> None:
    with app.app_context():
        course = app.extensions["courses"].only.current()
        loud = tuple(quiz for quiz in course.quizzes if quiz.id == "loud")
        for _user in demo_class.add(replace(course, quizzes=loud), clock()):
            db.session.commit()
        slots = db.session.query(Slot).filter_by(question_id="loudest-in-the-kitchen").all()
        answers = {slot.response["sound"] for slot in slots if slot.response}
    assert len(slots) > 15
    assert "kettle" in answers
    assert len(answers) > 1
    sign_in(client, make_user("admin"))
    page = client.get("/instructor/questions/loudest-in-the-kitchen").text
    assert "The loudest" in page
    assert "spoon" in page
    assert client.get("/instructor/statistics/loud").status_code == 200
    assert client.get("/instructor/attention").status_code == 200


def test_it_is_written_in_the_editor(bank: Path, client: Any, make_user: Callable[..., int], sign_in: Any) -> None:
    screen = Screen(sign_in(client, make_user("instructor")))
    assert "The loudest" in screen.open("/instructor/bank/new").text
    screen.open("/instructor/bank/new/loudest?file=2-bread/questions.yaml&example=1")
    assert "The sounds with their decibels." in screen.text
    assert "<legend>Sounds to compare</legend>" in screen.text
    screen.set("q.sounds.1.@value", "45").press("save")
    assert screen.status == 200
    written = (bank / "2-bread" / "questions.yaml").read_text(encoding="utf-8")
    assert "    type: loudest\n" in written
    assert "      spoon: 45\n" in written


def test_its_wrong_answers_are_drawn_by_the_chance_that_is_given() -> None:
    kind = TYPES["loudest"]
    drawn = {kind.wrong(example("loudest"), random.Random(seed))["sound"] for seed in range(20)}
    assert drawn == {"spoon", "oven"}
