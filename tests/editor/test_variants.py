"""Questions with parameters in the browser: written by form, shown variant after variant, and what a change means."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.clients import within
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


def test_the_seed_of_a_variant_stands_in_the_address_so_that_it_is_found_again(screen: Screen) -> None:
    screen.open(CUPS)
    assert f'formaction="{within(CUPS)}?seed=2"' in screen.text
    screen.press("reshuffle")
    values = screen.text.partition("Variant 2: ")[2].partition("<")[0]
    assert f'formaction="{within(CUPS)}?seed=3"' in screen.text
    assert f"Variant 2: {values}<" in screen.open(f"{CUPS}?seed=2").text
    for wrong in ("x", "-1", "9" * 400, ""):
        assert "Variant 1: " in screen.open(f"{CUPS}?seed={wrong}").text


def test_the_next_variants_stand_in_a_table_with_their_right_answers(screen: Screen) -> None:
    screen.open(CUPS)
    rows = re.findall(r'<th scope="row">(\d+)</th><td>pots = (\d+), each = (\d+)</td><td>(\d+)</td>', screen.text)
    assert [int(seed) for seed, *_more in rows] == [2, 3, 4, 5]
    assert all(int(pots) * int(each) == int(answer) for _seed, pots, each, answer in rows)
    assert "The next variants" not in screen.open("/instructor/bank/questions/tea-choice-heat").text


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
        course: Course = app.extensions["courses"].only.current()
        Desk(make_user(), course, clock).take("varied")
    screen.open(CUPS).fill(answer="<<pots * each + if(pots > 30, 1, 0)>>").press("save")
    assert "The key moves from" in screen.text
