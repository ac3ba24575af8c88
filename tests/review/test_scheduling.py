"""Answers become ratings by the stated rule, and ratings become days as the published scheduler says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import fsrs
import pytest

from webapp.review.scheduling import Memory, rating, remembered

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AGAIN, HARD, GOOD, EASY = fsrs.Rating.Again, fsrs.Rating.Hard, fsrs.Rating.Good, fsrs.Rating.Easy


@pytest.mark.parametrize(
    ("fraction", "certainty", "expected"),
    [
        (0.0, None, AGAIN),
        (0.0, 3, AGAIN),
        (0.5, None, HARD),
        (0.999999, 3, HARD),
        (1.0, 1, HARD),
        (1.0, None, GOOD),
        (1.0, 2, GOOD),
        (1.0, 3, EASY),
    ],
)
def test_answers_are_rated_by_the_stated_rule(fraction: float, certainty: int | None, expected: fsrs.Rating) -> None:
    assert rating(fraction, certainty) is expected


def test_days_are_those_of_the_published_scheduler_at_its_defaults() -> None:
    scheduler = fsrs.Scheduler(enable_fuzzing=False)
    card, memory, at = fsrs.Card(card_id=1, due=START), None, START
    for rated in (GOOD, GOOD, EASY, AGAIN, GOOD, HARD, GOOD):
        card, _log = scheduler.review_card(card, rated, at)
        memory = remembered(memory, rated, at)
        assert (memory.due, memory.stability, memory.difficulty) == (card.due, card.stability, card.difficulty)
        assert (memory.state, memory.step) == (int(card.state), card.step)
        at = memory.due + timedelta(hours=1)
    assert memory is not None
    assert (memory.reviews, memory.lapses) == (7, 1)


def test_wrong_comes_back_within_minutes_and_sure_and_right_after_days() -> None:
    assert remembered(None, AGAIN, START).due - START == timedelta(minutes=1)
    assert remembered(None, GOOD, START).due - START == timedelta(minutes=10)
    assert remembered(None, EASY, START).due - START >= timedelta(days=5)


def test_each_right_answer_makes_the_gap_longer() -> None:
    memory: Memory | None = None
    at, gaps = START, []
    for _ in range(6):
        memory = remembered(memory, GOOD, at)
        gaps.append(memory.due - at)
        at = memory.due
    assert gaps == sorted(gaps)
    assert gaps[-1] > timedelta(days=60)


def test_an_answer_that_arrives_late_does_not_turn_time_back() -> None:
    first = remembered(None, GOOD, START)
    second = remembered(first, GOOD, START - timedelta(days=3))
    assert second.last_review == START
    assert second.due > START
