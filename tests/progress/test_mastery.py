"""The rule of mastery, answer by answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import ROOT, TINY
from webapp.content.course.course import Course
from webapp.content.course.loading import load_course
from webapp.progress.mastery import Answer, State, fact_mastery, mastery
from webapp.quizzes.vocabulary import AttemptKind

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def tiny() -> Course:
    return load_course(TINY)


def given(question_id: str, hours: float, fraction: float = 1.0, kind: AttemptKind = AttemptKind.QUIZ) -> Answer:
    return Answer(question_id, kind, fraction, START + timedelta(hours=hours))


def state(*answers: Answer) -> State:
    return fact_mastery("fact", answers).state


def test_without_an_answer_a_fact_is_not_started() -> None:
    assert state() is State.NOT_STARTED


def test_a_right_answer_is_practice_and_a_second_one_twelve_hours_later_is_mastery() -> None:
    assert state(given("a", 0)) is State.PRACTISED
    assert state(given("a", 0), given("a", 11.9)) is State.PRACTISED
    assert state(given("a", 0), given("a", 12)) is State.MASTERED


def test_another_question_about_the_fact_serves_as_well() -> None:
    assert state(given("a", 0), given("b", 24)) is State.MASTERED


def test_anything_less_than_right_keeps_a_fact_at_learning() -> None:
    assert state(given("a", 0, 0.0)) is State.LEARNING
    assert state(given("a", 0, 0.99)) is State.LEARNING
    assert state(given("a", 0), given("b", 24, 0.5)) is State.LEARNING


def test_one_question_still_wrong_is_not_made_up_for_by_another() -> None:
    found = fact_mastery("fact", [given("a", 0, 0.0), given("b", 24), given("b", 48)])
    assert found.state is State.LEARNING
    assert found.missed == ("a",)


def test_what_was_right_before_a_mistake_does_not_count_after_it() -> None:
    answers = [given("a", 0), given("a", 24), given("a", 48, 0.0), given("a", 49)]
    assert state(*answers) is State.PRACTISED
    assert state(*answers, given("a", 62)) is State.MASTERED


def test_the_order_in_which_answers_are_read_does_not_matter() -> None:
    answers = [given("a", 0, 0.0), given("a", 24), given("a", 48)]
    assert state(*reversed(answers)) is state(*answers) is State.MASTERED


def test_the_final_confirms_what_is_mastered_and_nothing_else() -> None:
    assert state(given("a", 0), given("a", 24, kind=AttemptKind.FINAL)) is State.CONFIRMED
    assert state(given("a", 0, kind=AttemptKind.FINAL)) is State.PRACTISED
    assert (
        state(given("a", 0, kind=AttemptKind.FINAL), given("a", 1, 0.0), given("a", 24), given("a", 48))
        is State.MASTERED
    )


def test_a_pillar_is_as_far_as_four_in_five_of_its_facts(tiny: Course) -> None:
    facts = tiny.questions_by_fact
    tea = mastery(tiny, []).pillars["tea"].facts
    assert [fact.id for fact in tea] == ["one-plant", "brewing-heat", "steeping-time", "oxidation"]
    questions = sorted({question for fact in tea for question in facts[fact.id]})
    once = [given(question, 0) for question in questions]
    twice = once + [given(question, 24) for question in questions]
    assert mastery(tiny, []).pillars["tea"].state is State.NOT_STARTED
    assert mastery(tiny, once[:1]).pillars["tea"].state is State.LEARNING
    assert mastery(tiny, once).pillars["tea"].state is State.PRACTISED
    assert mastery(tiny, twice).pillars["tea"].state is State.MASTERED
    assert mastery(tiny, twice, final_passed=True).pillars["tea"].state is State.CONFIRMED
    assert mastery(tiny, once, final_passed=True).pillars["tea"].state is State.PRACTISED
    # Three of four are less than four in five.
    missing = [answer for answer in twice if answer.question_id not in facts["one-plant"]]
    assert mastery(tiny, missing).pillars["tea"].state is State.LEARNING


def test_a_pillar_is_drawn_full_only_when_it_is_mastered(tiny: Course) -> None:
    questions = [question.id for question in tiny.questions if not question.retired]
    once = [given(question, 0) for question in questions]
    assert 0 < mastery(tiny, once[:2]).pillars["tea"].filled < mastery(tiny, once).pillars["tea"].filled < 1
    assert mastery(tiny, once + [given(q, 24) for q in questions]).pillars["tea"].filled == 1


def test_retired_questions_neither_help_nor_hold_back(tiny: Course) -> None:
    assert mastery(tiny, [given("tea-retired", 0, 0.0)]).facts["one-plant"].state is State.NOT_STARTED


def test_without_a_ledger_each_question_stands_for_itself(tiny: Course) -> None:
    bare = replace(tiny, ledger=None)
    tea = mastery(bare, [given("tea-choice", 0), given("tea-choice", 24)]).pillars["tea"]
    assert {fact.id for fact in tea.facts} == {
        question.id for question in tiny.questions if question.pillar == "tea" and not question.retired
    }
    assert tea.count(State.MASTERED) == 1


def test_every_pillar_of_the_shipped_course_can_be_mastered() -> None:
    course = load_course(ROOT / "question_bank")
    questions = [question.id for question in course.questions]
    answers = [given(question, hours) for question in questions for hours in (0, 24)]
    found = mastery(course, answers, final_passed=True)
    assert {pillar.state for pillar in found.pillars.values()} == {State.CONFIRMED}
    assert {fact.state for fact in found.facts.values()} == {State.MASTERED}
