"""Drafts: what says `draft: true` is in no part of a course that learners meet, however little of it is written."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from webapp.content import translating
from webapp.content.course import revision
from webapp.content.course.course import Course
from webapp.content.course.loading import load_course
from webapp.content.problems import Problems

TINY = Path(__file__).parent.parent / "banks" / "tiny"
EXTRA = """
  - id: tea-half
    type: choice
    draft: yes
"""
WHOLE = """
  - id: tea-whole
    type: true_false
    draft: true
    stem: "SECRET: the pot is warm."
    answer: true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(TINY, tmp_path / "tiny")
    return tmp_path / "tiny"


@pytest.fixture
def change(folder: Path) -> Callable[[str, str, str], Course]:
    """Puts one text for another in a file and loads the course."""

    def made(path: str, old: str, new: str) -> Course:
        file = folder / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))
        return load_course(folder)

    return made


def added(folder: Path, path: str, text: str) -> Course:
    file = folder / path
    file.write_text(file.read_text().rstrip() + "\n" + text)
    return load_course(folder)


def problems_of(load: Callable[[], object]) -> str:
    with pytest.raises(Problems) as caught:
        load()
    return str(caught.value)


def test_a_half_written_draft_question_breaks_nothing_and_tells_what_is_open(folder: Path) -> None:
    before = load_course(folder)
    course = added(folder, "1-tea/questions.yaml", EXTRA)
    assert course.questions == before.questions
    draft = course.drafts.find("question", "tea-half")
    assert draft is not None
    assert draft.pillar == "tea"
    assert [problem.message for problem in draft.open_ends] == [
        "the key `stem` is missing",
        "the key `options` is missing",
    ]
    assert {problem.severity for problem in draft.open_ends} == {"note"}
    assert draft.open_ends[0].location == draft.place


def test_the_same_question_without_the_line_is_refused(folder: Path) -> None:
    said = problems_of(lambda: added(folder, "1-tea/questions.yaml", EXTRA.replace("    draft: yes\n", "")))
    assert "the key `stem` is missing" in said


@pytest.mark.parametrize("word", ["maybe", "1"])
def test_a_draft_is_one_by_yes_or_true_and_nothing_unclear_passes_for_published(folder: Path, word: str) -> None:
    said = problems_of(lambda: added(folder, "1-tea/questions.yaml", WHOLE.replace("draft: true", f"draft: {word}")))
    assert "draft" in said


def test_a_draft_has_an_id_of_its_own(folder: Path) -> None:
    twice = EXTRA.replace("tea-half", "tea-choice")
    assert "the question id `tea-choice` is used a second time" in problems_of(
        lambda: added(folder, "1-tea/questions.yaml", twice)
    )


def test_no_quiz_draws_a_draft_and_none_counts_it(change: Callable[[str, str, str], Course]) -> None:
    said = problems_of(lambda: change("1-tea/questions.yaml", "id: tea-choice\n", "id: tea-choice\n    draft: true\n"))
    assert "the question `tea-choice` is a draft" in said


def test_a_draft_is_in_no_pool_no_pillar_and_no_text_to_translate(folder: Path) -> None:
    course = added(folder, "1-tea/questions.yaml", WHOLE)
    assert course.question("tea-whole") is None
    assert all(question.id != "tea-whole" for quiz in course.quizzes for question in course.pool(quiz))
    assert all(question.id != "tea-whole" for pillar in course.pillars for question in pillar.questions)
    assert not any("SECRET" in text for _part, text, _where in translating.texts_of_course(course))
    assert [question.id for question in course.drafts.questions] == ["tea-whole"]
    published = course.drafts.questions[0].model_copy(update={"draft": False})
    assert revision.digest(published) == revision.digest(course.drafts.questions[0])
    assert "draft" not in revision.body(published)


def test_what_the_cache_brings_back_is_as_it_was_read(folder: Path, tmp_path: Path) -> None:
    whole = WHOLE.replace("warm.", "warm, see [it](section:nowhere/x).")
    (folder / "1-tea" / "questions.yaml").write_text(
        (folder / "1-tea" / "questions.yaml").read_text().rstrip() + "\n" + whole
    )
    first, again = (load_course(folder, tmp_path / "cache") for _ in range(2))
    assert [file.plain for file in again.files] == [None] * len(again.files)
    assert first.questions == again.questions
    assert first.drafts.all == again.drafts.all
    assert "a lesson that does not exist" in again.drafts.open_ends[0].message


def test_a_draft_quiz_is_not_there_and_its_rules_are_open_ends(folder: Path) -> None:
    quiz = """
  - id: later
    draft: true
    title: Later
    draw:
      - {from: [tea], count: 99}
  - id: hardly-begun
    draft: true
"""
    course = added(folder, "course.yaml", quiz)
    assert course.quiz("later") is None
    assert len(course.quizzes) == len(load_course(TINY).quizzes)
    later, begun = course.drafts.of_kind("quiz")
    assert "only" in later.open_ends[0].message
    assert [problem.message for problem in begun.open_ends] == [
        "the key `title` is missing",
        "the key `draw` is missing",
    ]


def test_a_draft_quiz_may_draw_drafts(folder: Path) -> None:
    added(folder, "1-tea/questions.yaml", WHOLE)
    quiz = "  - id: later\n    draft: true\n    title: Later\n    draw:\n      - {count: 1, questions: [tea-whole]}\n"
    assert added(folder, "course.yaml", quiz).drafts.find("quiz", "later").open_ends == ()  # type: ignore[union-attr]


def test_a_draft_lesson_takes_its_pillar_along(folder: Path) -> None:
    """Nothing else of the course leans on bread, so that it can go."""
    course_file = folder / "course.yaml"
    text = re.sub(r"  - id: (before|every-type|final)\n(?:    .*\n)+", "", course_file.read_text())
    course_file.write_text(text.replace("mixed: mixed/questions.yaml\n", ""))
    lesson = folder / "1-tea" / "lesson.md"
    lesson.write_text(lesson.read_text().replace("section:bread/rising", "https://example.org"))
    closing = folder / "closing.md"
    closing.write_text(re.sub(r"\((section|term):bread[^)]*\)", "(https://example.org)", closing.read_text()))
    bread = folder / "2-bread" / "lesson.md"
    whole = bread.read_text()
    bread.write_text(whole.replace("---\n", "---\ndraft: true\n", 1))
    course = load_course(folder)
    assert [pillar.id for pillar in course.pillars] == ["tea"]
    assert course.lesson("bread") is None
    assert course.quiz("bread") is None
    assert {question.pillar for question in course.questions} == {"tea"}
    assert {(each.kind, each.id) for each in course.drafts.all if each.is_draft} == {("lesson", "bread")}
    assert ("quiz", "bread") in {(each.kind, each.id) for each in course.drafts.all}
    bread.write_text("---\ndraft: true\n---\nHardly begun.\n")
    (folder / "2-bread" / "questions.yaml").write_text("questions: []\n")
    course_file.write_text(re.sub(r"  - id: bread\n(?:    .*\n)+", "", course_file.read_text()))
    draft = load_course(folder).drafts.find("lesson", "bread")
    assert draft is not None
    assert "`title` is missing" in draft.open_ends[0].message


def test_what_is_published_leads_to_no_draft(change: Callable[[str, str, str], Course]) -> None:
    said = problems_of(lambda: change("2-bread/lesson.md", "---\n", "---\ndraft: true\n"))
    assert "`section:bread/rising` leads to the lesson `bread`, which is a draft; expected a published one" in said


def test_a_draft_check_stands_in_no_lesson(folder: Path) -> None:
    lesson = folder / "1-tea" / "lesson.md"
    before = load_course(folder).lesson("tea")
    lesson.write_text(lesson.read_text() + "\n```check\ndraft: true\ntype: choice\nstem: Why?\n```\n")
    course = load_course(folder)
    after = course.lesson("tea")
    assert before is not None
    assert after is not None
    assert after.checks == before.checks
    (draft,) = course.drafts.of_kind("check")
    assert (draft.pillar, draft.title) == ("tea", "Why?")
    assert draft.open_ends
