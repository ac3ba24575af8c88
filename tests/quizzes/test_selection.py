from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import TINY
from webapp.content.course.course import Course
from webapp.content.course.loading import load_course
from webapp.content.course.quiz import DrawRule, Policy, Quiz
from webapp.quizzes import selection
from webapp.quizzes.selection import draw


@pytest.fixture(scope="module")
def tiny() -> Course:
    return load_course(TINY)


def quiz_of(*rules: dict[str, Any], **policy: Any) -> Quiz:
    return Quiz(
        id="made", course_id="tea-and-bread", title="Made", kind="quiz", pillar=None, summary="",
        draw=tuple(DrawRule.model_validate(rule) for rule in rules), policy=Policy(**policy),
    )  # fmt: skip


def ids(paper: list[selection.Drawn]) -> list[str]:
    return [drawn.question.id for drawn in paper]


def test_the_same_seed_gives_the_same_paper(tiny: Course) -> None:
    for quiz in tiny.quizzes:
        assert draw(quiz, tiny, 4711, {}) == draw(quiz, tiny, 4711, {})


def test_this_seed_gives_this_paper_in_every_version(tiny: Course) -> None:
    """Written down once: if it fails, papers of the past can't be rebuilt any more."""
    final = tiny.quiz("final")
    assert final is not None
    assert ids(draw(final, tiny, 5, {})) == [
        "bread-matching", "bread-categorise", "tea-short", "tea-numeric", "bread-ordering", "mixed-true-false",
    ]  # fmt: skip
    assert draw(final, tiny, 5, {})[0].order_seed == selection.order_seed(5, "bread-matching")


def test_other_seeds_give_other_papers_and_every_question_gets_its_turn(tiny: Course) -> None:
    quiz = quiz_of({"from": ["tea"], "count": 2})
    drawn = Counter(id for seed in range(300) for id in ids(draw(quiz, tiny, seed, {})))
    pool = {question.id for question in tiny.questions if question.pillar == "tea" and not question.retired}
    assert set(drawn) == pool
    # 600 draws over 7 questions: 86 each on average; five standard deviations are about 40.
    assert all(46 < times < 126 for times in drawn.values()), drawn


def test_a_rule_draws_only_what_it_names(tiny: Course) -> None:
    quiz = quiz_of(
        {"from": ["tea"], "levels": ["apply"], "count": 1},
        {"tags": ["steps"], "count": 2},
        {"types": ["cloze"], "difficulties": ["medium"], "count": 1},
        {"questions": ["mixed-choice"], "count": 1},
    )
    for seed in range(20):
        found = set(ids(draw(quiz, tiny, seed, {})))
        assert len(found) == 5
        assert found & {"tea-numeric", "tea-choice-plan"}
        assert {"bread-ordering", "bread-categorise", "bread-cloze", "mixed-choice"} <= found


def test_a_question_is_on_a_paper_at_most_once(tiny: Course) -> None:
    quiz = quiz_of({"count": 5}, {"from": ["tea"], "count": 5}, {"tags": ["leaf"], "count": 3})
    for seed in range(50):
        found = ids(draw(quiz, tiny, seed, {}))
        assert len(found) == len(set(found))


def test_retired_questions_are_never_drawn(tiny: Course) -> None:
    everything = quiz_of({"count": 1000})
    found = ids(draw(everything, tiny, 1, {}))
    assert "tea-retired" not in found
    assert len(found) == 14


def test_rules_that_compete_are_all_served_when_that_is_possible(tiny: Course) -> None:
    # The first rule may take any of tea; the second needs both questions that the tag leaves it.
    quiz = quiz_of({"from": ["tea"], "count": 5}, {"tags": ["time"], "count": 2})
    for seed in range(50):
        assert len(draw(quiz, tiny, seed, {})) == 7


def test_a_rule_that_wants_too_much_gives_a_shorter_paper(tiny: Course) -> None:
    quiz = quiz_of({"from": ["tea"], "levels": ["apply"], "count": 9}, {"from": ["bread"], "count": 1})
    assert len(draw(quiz, tiny, 3, {})) == 3


def test_unseen_questions_come_first_then_those_seen_least(tiny: Course) -> None:
    quiz = quiz_of({"from": ["tea"], "count": 4})
    pool = [question.id for question in tiny.pool(quiz)]
    unseen, once, twice = set(pool[:2]), set(pool[2:4]), set(pool[4:])
    seen = dict.fromkeys(once, 1) | dict.fromkeys(twice, 2)
    for seed in range(20):
        assert set(ids(draw(quiz, tiny, seed, seen))) == unseen | once


def test_questions_come_as_written_when_they_are_not_shuffled(tiny: Course) -> None:
    listed = ["bread-cloze", "tea-short", "tea-choice"]
    quiz = quiz_of({"from": ["bread"], "count": 2}, {"questions": listed, "count": 3}, shuffle_questions=False)
    for seed in range(10):
        paper = ids(draw(quiz, tiny, seed, {"bread-cloze": 1}))
        in_bank = [question.id for question in tiny.questions]
        assert sorted(paper[:2], key=in_bank.index) == paper[:2]
        assert paper[2:] == listed


def test_a_question_added_to_the_bank_leaves_the_others_as_they_stand_to_each_other(tiny: Course) -> None:
    small = quiz_of({"questions": ["tea-choice", "tea-short", "bread-cloze"], "count": 3})
    large = quiz_of({"questions": ["tea-choice", "tea-short", "bread-cloze", "mixed-choice"], "count": 4})
    for seed in range(30):
        others = [id for id in ids(draw(large, tiny, seed, {})) if id != "mixed-choice"]
        assert others == ids(draw(small, tiny, seed, {}))


def test_seeds_fit_a_double_and_a_bigint() -> None:
    assert all(0 <= selection.new_seed() < 2**53 for _ in range(100))
    assert all(0 <= selection.derive(seed, "order", "x") < 2**53 for seed in range(1000))


def shared(course: Course, *names: str, material: str = "letter") -> Course:
    """The course, with these questions about one material."""
    changed = [
        question.model_copy(update={"material": material}) if question.id in names else question
        for question in course.questions
    ]
    return replace(course, questions=tuple(changed))


LETTER = ("tea-choice", "tea-numeric", "bread-cloze", "mixed-choice")


def test_questions_about_one_material_stand_together_in_the_order_of_the_course(tiny: Course) -> None:
    course = shared(tiny, *LETTER)
    places = set()
    for seed in range(40):
        found = ids(draw(quiz_of({"count": 14}), course, seed, {}))
        alone = [name for name in ids(draw(quiz_of({"count": 14}), tiny, seed, {})) if name not in LETTER]
        at = min(map(found.index, LETTER))
        assert tuple(found[at : at + 4]) == LETTER
        # The others stand to each other as they would without it, and the block where its first question would.
        assert [name for name in found if name not in LETTER] == alone
        places.add(at)
    assert len(places) > 5


def test_a_paper_that_is_not_shuffled_keeps_the_order_of_its_rules_within_a_block(tiny: Course) -> None:
    course = shared(tiny, "tea-choice", "tea-numeric", "bread-cloze")
    listed = ["bread-cloze", "mixed-choice", "tea-numeric", "bread-ordering", "tea-choice"]
    quiz = quiz_of({"questions": listed, "count": 5}, shuffle_questions=False)
    found = ids(draw(quiz, course, 1, {}))
    assert found == ["bread-cloze", "tea-numeric", "tea-choice", "mixed-choice", "bread-ordering"]


def test_a_material_changes_nothing_about_what_is_drawn(tiny: Course) -> None:
    course = shared(tiny, *LETTER)
    quiz = quiz_of({"from": ["tea"], "count": 3}, {"tags": ["steps"], "count": 2})
    for seed in range(20):
        assert set(ids(draw(quiz, course, seed, {}))) == set(ids(draw(quiz, tiny, seed, {})))


def test_mistakes_that_are_practised_stand_together_as_well(tiny: Course) -> None:
    course = shared(tiny, *LETTER)
    for seed in range(20):
        found = ids(selection.again(course.questions, seed))
        at = min(map(found.index, LETTER))
        assert set(found[at : at + 4]) == set(LETTER)
