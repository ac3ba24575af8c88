"""The guide for authors says what is so: its examples are the types' own, and they load."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from tests.content.conftest import Folder
from webapp.content.course.quiz import Policy
from webapp.content.lessons.figures import KINDS, Drawing
from webapp.content.lessons.guesses import Guess
from webapp.content.lessons.lesson_files import read_lesson
from webapp.content.questions.question_files import read_questions
from webapp.content.variants import flaws_of_variants
from webapp.questions import TYPES, variant
from webapp.questions.contract import Question

GUIDE = (Path(__file__).parent.parent.parent / "question_bank" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TYPES)
def test_the_guide_has_the_example_of_every_type(name: str) -> None:
    assert f": `{name}`\n\n```yaml\n{TYPES[name].example}```\n" in GUIDE


def test_the_examples_of_the_guide_load_as_it_says() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    items = ["  - " + example.rstrip().replace("\n", "\n    ") for example in examples]
    found = read_questions("questions:\n" + "\n".join(items) + "\n", "x.yaml", "tea")
    assert [str(problem) for problem in found.problems] == []
    assert len(found.questions) == len(TYPES)


def test_the_questions_with_parameters_of_the_guide_work_in_all_their_variants() -> None:
    examples = re.findall(r"\n\n    (- id: .*?)\n\n", GUIDE, re.DOTALL)
    varied = [example for example in examples if "parameters:" in example]
    assert len(varied) == 3
    text = "questions:\n" + "".join(f"    {example}\n" for example in varied)
    found = read_questions(text, "x.yaml", "tea")
    assert [str(problem) for problem in found.problems] == []
    for question in found.questions:
        assert [told.message for told in flaws_of_variants(question)] == [], question.id
        stems = {variant(question, seed).stem for seed in range(50)}
        assert len(stems) > 5
        assert not any("<<" in stem for stem in stems)


def test_the_guide_names_every_key_of_a_question() -> None:
    for name in set(Question.model_fields) - {
        "pillar",
        "template",
        "shown_with",
    }:  # set by the reader, refused in files
        assert f"`{name}`" in GUIDE or f"`{name}:" in GUIDE or name == "shuffle", name
    assert "`shuffle: false`" in GUIDE


def test_the_guide_names_every_kind_of_figure_and_every_setting_of_a_quiz() -> None:
    for name in (*KINDS, *Policy.model_fields):
        assert name in GUIDE


def test_the_guide_names_every_drawing_of_a_picture() -> None:
    for name in get_args(Drawing):
        assert f"`{name}`" in GUIDE


def test_the_guide_names_every_key_of_a_guess() -> None:
    for name, field in Guess.model_fields.items():
        assert f"`{field.alias or name}" in GUIDE


def test_the_lesson_of_the_guide_is_a_lesson(folder: Folder) -> None:
    indented = re.search(r"\n\n(    ---\n.*?)\n\n- `## A title", GUIDE, re.DOTALL)
    assert indented is not None
    text = "\n".join(line[4:] for line in indented[1].split("\n")) + "\n"
    blocks = re.findall(r"\n    (```(?:figure|check)\n.*?\n    ```)\n", GUIDE, re.DOTALL)
    text += (
        "\n".join("\n" + block.replace("\n    ", "\n") + "\n" for block in blocks) + "\n## Water {#water}\n\nText.\n"
    )
    course = folder.load()
    found = read_lesson(text, "x.md", "tea", course.facts)
    assert [str(problem) for problem in found.problems] == []
    assert found.lesson is not None
    assert [block.what for block in found.lesson.blocks].count("figure") == 3
    assert len(found.lesson.checks) == 1


def test_the_guide_is_no_part_of_the_course(folder: Folder) -> None:
    folder.write("README.md", GUIDE)
    folder.write("1-tea/README.md", GUIDE)
    assert folder.problems() == []
