"""What is shown and graded, and its hash."""

from __future__ import annotations

import json

import pytest

from tests.content.conftest import Folder
from webapp.content.course.course import Course
from webapp.content.course.revision import body, digest
from webapp.questions import load
from webapp.questions.contract import Question


def question(course: Course, name: str) -> Question:
    found = course.question(name)
    assert found is not None
    return found


def test_every_question_comes_back_from_its_body(tiny: Course) -> None:
    for original in tiny.questions:
        stored = json.loads(json.dumps(body(original)))
        again = load(stored)
        assert digest(again) == digest(original)
        assert again.pillar == original.pillar


def test_every_question_has_its_own_digest(tiny: Course) -> None:
    assert len({digest(found) for found in tiny.questions}) == len(tiny.questions)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("stem: How hot is the water for green tea?", "stem: How hot?"),
        ("feedback: That is right for black tea.", "feedback: No."),
        ("{text: About 80 °C, key: true,", "{id: eighty, text: About 80 °C, key: true,"),
        ("explanation: Green tea is brewed at about 80 °C.\n\n", "explanation: So.\n\n"),
        ("id: tea-choice-heat\n", "id: tea-choice-heat\n    points: 2\n"),
    ],
)
def test_what_a_learner_sees_or_is_graded_by_makes_a_new_revision(folder: Folder, old: str, new: str) -> None:
    before = digest(question(folder.load(), "tea-choice-heat"))
    text = folder.text("1-tea/questions.yaml")
    at = text.index(old, text.index("id: tea-choice-heat") if not old.startswith("id") else 0)
    folder.write("1-tea/questions.yaml", text[:at] + new + text[at + len(old) :])
    assert digest(question(folder.load(), "tea-choice-heat")) != before


@pytest.mark.parametrize(
    "line",
    [
        "accept: {clang: So.}",
        "source: gift:tea/heat#1a2b3c4d",
        'numbers: {"9": "example: x"}',
        "retired: true",
        "",
        "# a comment",
    ],
)
def test_notes_of_the_author_make_no_new_revision(folder: Folder, line: str) -> None:
    before = digest(question(folder.load(), "tea-choice-heat"))
    folder.edit("1-tea/questions.yaml", "id: tea-choice-heat\n", f"id: tea-choice-heat\n    {line}\n")
    folder.edit(
        "1-tea/questions.yaml",
        "tags: [time]\n    facts: [steeping-time, b",
        "tags: [time]\n    facts: [steeping-time, b",
    )
    assert digest(question(folder.load(), "tea-choice-heat")) == before
