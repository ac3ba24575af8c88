"""The course that ships: complete, in its own words, each number with a source, and clean of check and lint."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOT_IN_COURSES
from webapp.content.course.course import Course
from webapp.content.course.loading import load_course
from webapp.content.lessons.figures import TilePicture
from webapp.content.lint.run import lint
from webapp.content.translations.texts import of_question
from webapp.content.variants import check_variants
from webapp.questions import TYPES, variant

ROOT = Path(__file__).parent.parent
#: Hashes of every run of eight words of the article, so that the test can compare without repeating its sentences:
#: the first 12 hex digits of the SHA-256 of eight words, lower case, letters and digits only, joined by spaces.
ARTICLE_RUNS = frozenset((Path(__file__).parent / "data" / "article-runs.txt").read_text().split())
#: names and titles that the article and the course must both say
NAMES = ("deeper than deepseek chinas ai ascendancy", "hurun china ai enterprise top 50")


@pytest.fixture(scope="module")
def course() -> Course:
    return load_course(ROOT / "question_bank")


def own_texts() -> Iterator[tuple[Path, str]]:
    for folder in ("question_bank", "seeds"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".md", ".yaml"}:
                yield path, path.read_text()


def runs_of_eight(text: str) -> Iterator[tuple[str, str]]:
    text = re.sub(r"\[@[^\]]*\]|\]\([^)]*\)|https?://\S+", " ", text)
    words = re.findall(r"[a-z0-9]+", text.lower().replace("’", "'").replace("'", ""))
    for start in range(len(words) - 7):
        run = " ".join(words[start : start + 8])
        yield run, hashlib.sha256(run.encode()).hexdigest()[:12]


def test_no_eight_words_in_a_row_are_the_articles() -> None:
    shared = [
        f"{path.relative_to(ROOT)}: {run}"
        for path, text in own_texts()
        for run, mark in runs_of_eight(text)
        if mark in ARTICLE_RUNS and not any(name in run or run in name for name in NAMES)
    ]
    assert not shared, "\n".join(shared)


def test_the_comparison_finds_what_the_article_says() -> None:
    assert len(ARTICLE_RUNS) > 1000
    named = "the Hurun China AI Enterprise Top 50 list"  # a name is enough to try the comparison
    assert all(mark in ARTICLE_RUNS for _run, mark in runs_of_eight(named))


def test_check_and_lint_find_nothing(course: Course) -> None:
    assert [str(problem) for problem in lint(course)] == []


def test_every_variant_of_a_question_with_parameters_is_one_and_is_german(course: Course) -> None:
    varied = [question for question in course.questions if question.template is not None]
    assert len(varied) >= 20
    assert [str(problem) for problem in check_variants(course)] == []
    (german,) = course.translations
    for question in varied:
        stems = set()
        for seed in range(20):
            made = variant(question, seed)
            stems.add(made.stem)
            for text in of_question(made.model_copy(update={"template": None})):
                said = german.text(text)
                assert said or not any(letter.isalpha() for letter in text), (question.id, seed, text)
                assert "<<" not in f"{text}{said}", (question.id, seed, text)
        assert len(stems) >= 4, question.id


def test_there_are_questions_enough_of_every_kind(course: Course) -> None:
    assert len(course.questions) >= 120
    assert all(len(pillar.questions) >= 20 for pillar in course.pillars)
    assert len(course.mixed) >= 20
    used = Counter(question.type for question in course.questions)
    assert set(used) == set(TYPES) - NOT_IN_COURSES
    for pillar in course.pillars:
        assert len({question.type for question in pillar.questions}) >= 7, pillar.id


def test_at_most_two_in_five_questions_ask_for_recall(course: Course) -> None:
    for name, asked in [*((p.id, p.questions) for p in course.pillars), ("mixed", course.mixed)]:
        recall = sum(question.level == "recall" for question in asked)
        assert recall <= 0.4 * len(asked), name


def test_every_fact_is_taught_and_tested(course: Course) -> None:
    assert len(course.facts) >= 50
    assert list(course.untaught) == []
    assert list(course.untested) == []


def test_every_question_explains_itself_and_leads_back_to_the_lesson(course: Course) -> None:
    for question in course.questions:
        assert question.explanation, question.id
        assert question.facts, question.id
        assert course.place(question) is not None, question.id


@pytest.mark.parametrize("pillar", ["research", "talent", "constraints", "frugal-innovation", "competition"])
def test_a_lesson_has_all_its_parts(course: Course, pillar: str) -> None:
    lesson = course.lesson(pillar)
    assert lesson is not None
    assert 700 <= lesson.words <= 1100
    assert 5 <= lesson.minutes <= 9
    assert lesson.hook
    assert len(lesson.terms) >= 2
    assert len(lesson.summary) == 3
    assert lesson.remember
    figures = [block for block in lesson.blocks if block.what == "figure" and block.kind != "picture"]
    assert len(figures) >= 2
    assert len({figure.kind for figure in figures}) >= 2
    assert lesson.section("how-sure") is not None
    others = [section for section in lesson.sections if section.id != "how-sure"]
    assert 3 <= len(others) <= 6
    for section in others:
        assert any(block.what == "check" for block in section.blocks), f"{section.id} has no check"


def test_each_pillar_has_a_pretest_and_a_quiz_and_the_course_a_final(course: Course) -> None:
    kinds = {(quiz.pillar, quiz.kind) for quiz in course.quizzes}
    for pillar in course.pillars:
        assert {(pillar.id, "pretest"), (pillar.id, "quiz")} <= kinds
    assert (None, "final") in kinds
    for quiz in course.quizzes:
        assert quiz.policy.graded == (quiz.kind != "pretest")


def test_the_position_of_the_key_tells_nothing(course: Course) -> None:
    positions = Counter(
        next(index for index, option in enumerate(question.options) if option.key)
        for question in course.questions
        if question.type == "choice" and len(question.options) == 3
    )
    total = sum(positions.values())
    assert total >= 60
    assert all(0.27 <= positions[place] / total <= 0.40 for place in range(3)), positions


def test_one_picture_carries_the_course_and_each_pillar_adds_a_tile(course: Course) -> None:
    pictures = [
        (name, block)
        for name, lesson in course.lessons.items()
        for block in lesson.blocks
        if isinstance(block, TilePicture)
    ]
    grown = [(pillar.id, number) for number, pillar in enumerate(course.pillars, start=1)]
    assert [(name, picture.shown) for name, picture in pictures] == [*grown, ("closing", None)]
    # Its words are the same everywhere, so that they are translated once.
    assert len({(picture.title, picture.see, picture.tiles) for _name, picture in pictures}) == 1
    assert len(pictures[0][1].tiles) == len(course.pillars)
