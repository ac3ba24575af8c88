"""Questions with parameters in the browser: written by form, shown variant after variant, and what a change means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.editor.conftest import Screen
from tests.quizzes.conftest import Desk
from webapp.content.course.course import Course

CUPS = "/instructor/bank/questions/tea-cups"
TEXT = """
  - id: tea-cups
    type: numeric
    stem: How many leaves do <<pots>> pots of <<each>> leaves take?
    parameters:
      pots: 2 to 40
      each: 3 to 90
    answer: <<pots * each>>
    explanation: <<pots>> · <<each>> = <<pots * each>>.
"""
QUIZ = """
  - {id: varied, title: Varied, kind: quiz, summary: One., draw: [{count: 1, questions: [tea-cups]}]}
"""


@pytest.fixture(autouse=True)
def _with_parameters(questions_file: Path, bank: Path) -> None:
    questions_file.write_text(questions_file.read_text() + TEXT)
    (bank / "course.yaml").write_text((bank / "course.yaml").read_text() + QUIZ)


def test_the_preview_shows_one_variant_after_the_other_and_grades_it(screen: Screen) -> None:
    screen.open(CUPS)
    assert "Variant 1: pots = " in screen.text
    stems = set()
    for number in (2, 3, 4):
        screen.press("reshuffle")
        values = screen.text.partition(f"Variant {number}: ")[2].partition("<")[0]
        pots, each = (part.split(" = ")[1] for part in values.split(", "))
        assert f"How many leaves do {pots} pots of {each} leaves take?" in screen.text
        stems.add((pots, each))
    assert len(stems) == 3
    screen.set("answer-text", str(int(pots) * int(each))).press("grade")
    assert f"{pots} · {each} = {int(pots) * int(each)}." in screen.text
    assert "1 of 1 points" in screen.text


def test_the_form_holds_the_formulas_and_saving_keeps_them(screen: Screen, questions_file: Path) -> None:
    before = questions_file.read_text()
    screen.open(CUPS).press("save")
    assert "Saved." in screen.text
    assert questions_file.read_text() == before
    screen.open(CUPS).fill(answer="<<pots * each + 1>>").press("save")
    assert "Saved." in screen.text
    assert questions_file.read_text() == before.replace("answer: <<pots * each>>", "answer: <<pots * each + 1>>")


def test_a_formula_that_cannot_be_worked_out_is_said_at_its_field(screen: Screen, questions_file: Path) -> None:
    before = questions_file.read_text()
    screen.open(CUPS).fill(answer="<<pots * nobody>>").press("save")
    assert "`nobody` is not known" in screen.text.replace("<code>", "`").replace("</code>", "`")
    assert questions_file.read_text() == before


def test_a_key_that_moves_in_some_variants_only_is_noticed(
    screen: Screen, app: Flask, clock: Clock, make_user: Callable[..., int]
) -> None:
    with app.app_context():
        course: Course = app.extensions["course_store"].current()
        Desk(make_user(), course, clock).take("varied")
    screen.open(CUPS).fill(answer="<<pots * each + if(pots > 30, 1, 0)>>").press("save")
    assert "The key moves from" in screen.text
