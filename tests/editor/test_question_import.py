"""Carrying out the plan of an import: all of it, or nothing."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from tests.pictures import picture
from webapp.content.course.loading import load_course
from webapp.content.folder_store import CourseStore
from webapp.content.problems import Problems
from webapp.editor import question_import
from webapp.editor.starters import copy_of
from webapp.editor.yaml_roundtrip import items
from webapp.interchange import all_formats
from webapp.interchange.plan import QuestionPlan, planned, present_questions


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def plan(bank: Path, stem: str = "What is this?") -> QuestionPlan:
    """That of a file of Moodle with a picture."""
    packed = base64.b64encode(picture()).decode()
    raw = f"""<quiz><!-- question: 7 --><question type="truefalse"><name><text>Leaf</text></name>
        <questiontext format="html">
            <text><![CDATA[{stem} <img src="@@PLUGINFILE@@/leaf.png" alt="Three leaves">]]></text>
            <file name="leaf.png" encoding="base64">{packed}</file>
        </questiontext>
        <answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>
        </question></quiz>""".encode()
    format_ = all_formats()["moodle"]
    present = present_questions(load_course(bank))
    return planned(format_.read(raw, "q.xml"), format_, "q.xml", present=present, into="mixed/questions.yaml")


def test_a_question_comes_with_its_picture_and_a_second_time_with_neither(bank: Path) -> None:
    done = question_import.put(CourseStore(bank), plan(bank))
    (name,) = done.pictures
    assert (bank / name).read_bytes() == picture()
    question = load_course(bank).question("leaf")
    assert question is not None
    assert f"![Three leaves]({name}#" in question.stem
    assert question.source is not None
    assert question.source.startswith("moodle:7#")
    once = files(bank)
    again = plan(bank)
    assert again.writes == []
    question_import.put(CourseStore(bank), again)
    assert files(bank) == once


def test_an_update_keeps_the_picture_that_is_there(bank: Path) -> None:
    question_import.put(CourseStore(bank), plan(bank))
    done = question_import.put(CourseStore(bank), plan(bank, "What is that?"))
    assert done.pictures == ()
    question = load_course(bank).question("leaf")
    assert question is not None
    assert question.stem.startswith("What is that?")


@pytest.mark.parametrize("broken", [{"facts": ["no-such-fact"]}, {"id": "tea-choice"}, {"stem": ""}])
def test_nothing_is_written_where_the_course_would_not_load_with_it(bank: Path, broken: dict[str, object]) -> None:
    before, wanted = files(bank), plan(bank)
    (item,) = wanted.items
    assert item.values is not None
    spoilt = replace(wanted, items=(replace(item, values={**item.values, **broken}),))
    with pytest.raises(Problems):
        question_import.put(CourseStore(bank), spoilt)
    assert files(bank) == before


def test_a_copy_of_an_imported_question_is_no_import(bank: Path) -> None:
    question_import.put(CourseStore(bank), plan(bank))
    item = items.find((bank / "mixed" / "questions.yaml").read_text(), "questions", "leaf")
    assert item is not None
    assert "source:" in item.text
    assert "source:" not in copy_of(item, {"leaf"})
