"""Shared material in the browser: written and changed by form, and chosen in the form of a question."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.clients import within
from tests.conftest import Clock
from tests.editor.conftest import Screen
from tests.editor.test_menus import options
from tests.quizzes.conftest import Desk
from webapp.content.course.course import Course
from webapp.content.course.loading import load_course

FILE = "1-tea/questions.yaml"
NEW = f"/instructor/bank/materials/new?file={FILE}"
LETTER = "\nmaterials:\n  - id: letter\n    title: A letter\n    text: The tea came **late**.\n"


@pytest.fixture
def lettered(bank: Path) -> Path:
    path = bank / FILE
    text = path.read_text(encoding="utf-8")
    path.write_text(text + LETTER, encoding="utf-8")
    return bank


def text_of(course: Course, name: str) -> str:
    return course.materials[name][1].text


def test_a_material_is_written_by_form_and_gets_its_id_from_its_title(screen: Screen, bank: Path) -> None:
    before = (bank / FILE).read_text(encoding="utf-8")
    screen.open(NEW).fill(title="A letter of 1886", text="The tea came **late**.").press("to-yaml")
    assert "<strong>late</strong>" in screen.text
    screen.press("save")
    assert "Saved." in screen.text
    assert text_of(load_course(bank), "letter-1886") == "The tea came **late**."
    assert (bank / FILE).read_text(encoding="utf-8").startswith(before)
    assert (
        f'href="{within("/instructor/bank/materials/letter-1886")}"' in screen.open("/instructor/bank/materials").text
    )


def test_one_without_a_text_is_not_saved_and_says_why(screen: Screen, bank: Path) -> None:
    screen.open(NEW).fill(title="A letter").press("save")
    assert screen.status == 422
    assert load_course(bank).materials == {}


def test_the_first_of_a_file_without_questions_is_written_too(screen: Screen, bank: Path) -> None:
    path = bank / "2-bread" / "more.yaml"
    path.write_text("", encoding="utf-8")
    screen.open("/instructor/bank/materials/new?file=2-bread/more.yaml").fill(title="Rye", text="Rye is dark.")
    screen.press("save")
    assert "Saved." in screen.text
    assert path.read_text(encoding="utf-8").startswith("materials:\n")
    assert text_of(load_course(bank), "rye") == "Rye is dark."


def test_a_question_chooses_it_from_a_menu_and_the_preview_shows_it(screen: Screen, lettered: Path) -> None:
    screen.open("/instructor/bank/questions/tea-choice")
    assert options(screen.text, "q.material") == [("", "None"), ("letter", "A letter")]
    screen.fill(material="letter").press("to-yaml")
    assert "<strong>late</strong>" in screen.text
    screen.press("save")
    assert "Saved." in screen.text
    shown = load_course(lettered).question("tea-choice")
    assert shown is not None
    assert shown.shown_with == load_course(lettered).materials["letter"][1]
    # That of another file is none of its own.
    assert options(screen.open("/instructor/bank/questions/bread-cloze").text, "q.material") == [("", "None")]


def test_a_draft_that_is_half_written_is_previewed_with_it(screen: Screen, lettered: Path) -> None:
    screen.open("/instructor/bank/new/true_false?pillar=tea").fill(stem="Was it late?", answer="true")
    screen.fill(material="letter").press("to-yaml")
    assert "<strong>late</strong>" in screen.text


def test_a_material_is_changed_by_form_and_lists_its_questions(screen: Screen, lettered: Path) -> None:
    path = lettered / FILE
    text = path.read_text(encoding="utf-8").replace("id: tea-choice\n", "id: tea-choice\n    material: letter\n")
    path.write_text(text, encoding="utf-8")
    screen.open("/instructor/bank/materials/letter")
    assert f'href="{within("/instructor/bank/questions/tea-choice")}"' in screen.text
    screen.fill(text="The tea came early.").press("save")
    assert "Saved." in screen.text
    assert path.read_text(encoding="utf-8") == text.replace("The tea came **late**.", "The tea came early.")


def test_whoever_changes_what_was_read_is_told_whom_it_touches(
    screen: Screen, lettered: Path, app: Flask, make_user: Any, clock: Clock
) -> None:
    path = lettered / FILE
    text = path.read_text(encoding="utf-8").replace("id: tea-choice\n", "id: tea-choice\n    material: letter\n")
    path.write_text(text, encoding="utf-8")
    with app.app_context():
        Desk(make_user(), load_course(lettered), clock).start("every-type")
    screen.open("/instructor/bank/materials/letter").fill(text="The tea came early.").press("save")
    assert screen.status == 409
    assert "Questions that show it are in use" in screen.text
    assert "tea-choice: What changes: Shared material. The right answer stays." in screen.text
    assert path.read_text(encoding="utf-8") == text
    confirm = re.search(r'value="(confirm:[^"]+)"', screen.text)
    assert confirm is not None
    screen.press(confirm[1])
    assert text_of(load_course(lettered), "letter") == "The tea came early."


def test_one_that_is_named_can_not_get_another_id_alone(screen: Screen, lettered: Path) -> None:
    path = lettered / FILE
    text = path.read_text(encoding="utf-8").replace("id: tea-choice\n", "id: tea-choice\n    material: letter\n")
    path.write_text(text, encoding="utf-8")
    screen.open("/instructor/bank/materials/letter").fill(id="note").press("save")
    assert screen.status == 422
    assert "the material `letter` is not in this file".capitalize() in screen.text
    assert path.read_text(encoding="utf-8") == text
