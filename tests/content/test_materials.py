"""Shared material: what several questions are shown with, read, checked and kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests import second_language
from tests.content.conftest import TINY, Folder
from tests.pictures import picture
from webapp import questions
from webapp.commands import group
from webapp.content.course.course import Course
from webapp.content.course.loading import load_course
from webapp.content.course.revision import body, digest
from webapp.content.translating import gaps, parts_of
from webapp.questions.contract import Question

FILE = "1-tea/questions.yaml"
LETTER = """
materials:
  - id: letter
    title: A letter of 1886
    text: |
      The tea came **late**.

      | cup | heat |
      |-----|------|
      | one | $80$ |
"""
ASKING = "id: tea-choice-heat\n"


def share(folder: Folder, more: str = LETTER) -> None:
    """Puts the letter into the file, and one question names it."""
    folder.append(FILE, more)
    folder.edit(FILE, ASKING, f"{ASKING}    material: letter\n")


def asking(course: Course, name: str = "tea-choice-heat") -> Question:
    found = course.question(name)
    assert found is not None
    return found


def test_a_question_is_shown_with_the_material_that_it_names(folder: Folder) -> None:
    share(folder)
    shown = asking(folder.load()).shown_with
    assert shown is not None
    assert (shown.id, shown.title) == ("letter", "A letter of 1886")
    assert shown.text.startswith("The tea came **late**.")
    assert asking(folder.load(), "tea-choice").shown_with is None


def test_what_was_shown_is_kept_and_comes_back_from_its_body(folder: Folder) -> None:
    alone = digest(asking(folder.load()))
    share(folder)
    first = asking(folder.load())
    folder.edit(FILE, "came **late**", "came early")
    second = asking(folder.load())
    assert len({alone, digest(first), digest(second)}) == 3
    again = questions.load(body(first))
    assert digest(again) == digest(first)
    assert again.shown_with == first.shown_with


def test_questions_without_material_keep_their_digest(folder: Folder) -> None:
    before = {question.id: digest(question) for question in load_course(TINY).questions}
    share(folder)
    after = {question.id: digest(question) for question in folder.load().questions}
    assert {name for name in before if before[name] != after[name]} == {"tea-choice-heat"}
    # As it was computed before there was any material.
    assert before["tea-choice-heat"] == "246b4c97a8180536e7e3ec469db03dd89cc8b741ae86de8ad1e570d3b7d48937"


def test_a_question_with_parameters_shows_its_material_in_every_variant(folder: Folder) -> None:
    folder.append(FILE, LETTER)
    folder.edit(
        FILE,
        "questions:\n",
        "questions:\n  - id: cups\n    type: numeric\n    material: letter\n    stem: What is <<a>> and 2?\n"
        "    parameters: {a: 1 to 9}\n    answer: <<a + 2>>\n",
    )
    template = asking(folder.load(), "cups")
    first = digest(template)
    made = questions.variant(template, 4)
    assert made.shown_with == template.shown_with is not None
    folder.edit(FILE, "came **late**", "came early")
    assert digest(asking(folder.load(), "cups")) != first


def test_pictures_of_a_material_are_tied_to_their_content(folder: Folder) -> None:
    folder.write("media/leaf.png", picture(size=(40, 30)))
    share(folder, "materials:\n  - id: letter\n    text: '![A leaf](media/leaf.png)'\n")
    shown = asking(folder.load()).shown_with
    assert shown is not None
    assert "media/leaf.png#" in shown.text
    first = digest(asking(folder.load()))
    folder.write("media/leaf.png", picture(size=(50, 30)))
    assert digest(asking(folder.load())) != first


def test_a_file_that_was_read_before_gives_the_same(folder: Folder, tmp_path: Path) -> None:
    folder.write("media/leaf.png", picture(size=(40, 30)))
    share(folder, LETTER + "\n      ![A leaf](media/leaf.png)\n")
    cache = tmp_path / "cache"
    read = load_course(folder.path, cache)
    assert list(cache.glob("*.json"))
    again = load_course(folder.path, cache)
    assert again.questions == read.questions
    assert [digest(question) for question in again.questions] == [digest(question) for question in read.questions]
    assert asking(again).shown_with is not None
    assert again.files[0].shared_mentions == read.files[0].shared_mentions != ()


def test_a_material_that_is_not_there_is_reported_at_its_place(folder: Folder) -> None:
    share(folder)
    folder.edit(FILE, "material: letter\n", "material: lettre\n")
    problem = folder.problem()
    assert str(problem.location) == folder.place(FILE, "lettre")
    assert problem.message == "the material `lettre` is not in this file"
    assert problem.suggestion == "did you mean `letter`?"


def test_a_draft_may_name_a_material_that_is_still_to_be_written(folder: Folder) -> None:
    folder.edit(FILE, ASKING, f"{ASKING}    draft: true\n    material: letter\n")
    open_ends = folder.load().drafts.open_ends
    assert "the material `letter` is not in this file" in [problem.message for problem in open_ends]


@pytest.mark.parametrize(
    ("old", "new", "message", "at"),
    [
        ("    title: A letter of 1886\n", "    titel: A letter\n", "unknown key `titel`", "titel: A"),
        ("$80$", "$\\nosuch$", "the formula `$\\nosuch$`", "$\\nosuch$"),
        ("**late**", "![A leaf](media/none.png)", "the picture `media/none.png` does not exist", "media/none.png"),
        ("**late**", "[late](section:tea/none)", "the section `none` is not in the lesson `tea`", "section:tea/none"),
        ("  - id: letter\n", "  - id: Letter No 1\n", "`Letter No 1`", "Letter No 1"),
    ],
)
def test_what_is_wrong_with_a_material_is_told_with_its_place(
    folder: Folder, old: str, new: str, message: str, at: str
) -> None:
    folder.append(FILE, LETTER.replace(old, new))
    problem = folder.problem()
    assert message in problem.text
    assert str(problem.location) == folder.place(FILE, at)


@pytest.mark.parametrize("items", ["- ", "- just words", "5", "- [1, 2]", "- id: a"])
def test_materials_of_no_form_are_problems_and_no_crash(folder: Folder, items: str) -> None:
    folder.append(FILE, f"materials:\n  {items}\n")
    assert folder.problems()


def test_two_materials_of_one_name_are_reported_across_files(folder: Folder) -> None:
    share(folder)
    folder.append("2-bread/questions.yaml", LETTER)
    problem = folder.problem()
    assert problem.message == "the material id `letter` is used a second time"
    assert problem.expected.endswith(folder.place(FILE, "id: letter", 4))


def test_a_check_of_a_lesson_has_no_material(folder: Folder) -> None:
    text = folder.text("1-tea/lesson.md")
    folder.write("1-tea/lesson.md", text.replace("type: true_false\n", "type: true_false\nmaterial: letter\n", 1))
    assert folder.problem().message == "a check has the lesson around it"


def test_bank_check_tells_of_a_material_that_nobody_shows(folder: Folder) -> None:
    folder.append(FILE, LETTER)
    course = folder.load()
    assert [str(problem.location) for problem in course.unused_materials] == [folder.place(FILE, "id: letter", 4)]
    ran = CliRunner().invoke(group, ["bank", "check", str(folder.path)])
    assert ran.exit_code == 1
    assert "warning: no question shows the material `letter`" in ran.output
    folder.edit(FILE, ASKING, f"{ASKING}    draft: true\n    material: letter\n")
    assert folder.load().unused_materials == []


def test_a_material_is_translated_once_and_only_where_it_is_met(folder: Folder) -> None:
    share(folder)
    folder.edit(FILE, "id: tea-choice\n", "id: tea-choice\n    material: letter\n")
    places = parts_of(folder.load())["tea"]["A letter of 1886"]
    assert places == ["material letter"]
    second_language.translate(folder.path, lambda text: f"Ü {text}")
    course = folder.load()
    assert [gap for each in course.translations for gap in gaps(course, each)] == []
    assert course.translation("de").text("A letter of 1886") == "Ü A letter of 1886"  # type: ignore[union-attr]
