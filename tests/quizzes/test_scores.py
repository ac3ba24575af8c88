"""Figures computed by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from webapp.quizzes.scores import late_share, percent_of, points, quiz_score, rounded

DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class Row:
    number: int
    score: float | None
    max_score: float = 10.0
    state: str = "submitted"
    kind: str = "quiz"
    awaiting: int = 0

    @property
    def submitted_at(self) -> datetime | None:
        return DAY + timedelta(days=self.number) if self.state != "open" else None


@dataclass
class Worth:
    points: float
    fraction: float | None


THREE = [Row(1, 6.0), Row(2, 9.0), Row(3, 7.5)]


@pytest.mark.parametrize(
    ("keep", "score", "percent", "passed", "day"),
    [
        ("best", 9.0, 90.0, True, 2),
        ("last", 7.5, 75.0, True, 3),
        ("first", 6.0, 60.0, False, 1),
        ("mean", 7.5, 75.0, True, 3),
    ],
)
def test_each_way_of_keeping_score_on_three_attempts(
    keep: str, score: float, percent: float, passed: bool, day: int
) -> None:
    kept = quiz_score(THREE, keep, 70)
    assert (kept.attempts, kept.score, kept.max_score, kept.percent, kept.passed) == (3, score, 10.0, percent, passed)
    assert kept.submitted_at == DAY + timedelta(days=day)


def test_the_order_in_which_attempts_come_does_not_matter() -> None:
    for keep in ("best", "last", "first", "mean"):
        assert quiz_score(THREE[::-1], keep, 70) == quiz_score(THREE, keep, 70)


def test_best_is_by_percent_and_of_equals_the_earliest() -> None:
    # 8 of 10 is more than 9 of 12, and 8 of 10 is as good as 4 of 5.
    kept = quiz_score([Row(1, 9.0, 12.0), Row(2, 8.0), Row(3, 4.0, 5.0)], "best", 70)
    assert (kept.score, kept.max_score, kept.percent) == (8.0, 10.0, 80.0)
    assert kept.submitted_at == DAY + timedelta(days=2)


def test_the_mean_is_that_of_the_percents_even_when_papers_differ() -> None:
    # 50 % of 10 and 100 % of 20: 75 % of the mean maximum, 15.
    kept = quiz_score([Row(1, 5.0, 10.0), Row(2, 20.0, 20.0)], "mean", 70)
    assert (kept.score, kept.max_score, kept.percent) == (11.25, 15.0, 75.0)


def test_the_mean_of_thirds_is_rounded_once() -> None:
    # 33.333…, 33.333… and 66.666… have the mean 44.444…; of the rounded ones it would be the same here,
    # of 1/3 and 2/3 it is 50 exactly.
    assert quiz_score([Row(1, 1.0, 3.0), Row(2, 2.0, 3.0)], "mean", 50).percent == 50.0
    assert quiz_score([Row(1, 1.0, 3.0), Row(2, 1.0, 3.0), Row(3, 2.0, 3.0)], "mean", 50).percent == 44.44


def test_open_and_void_attempts_practice_and_ungraded_ones_count_for_nothing() -> None:
    rows = [Row(1, 9.0, state="void"), Row(2, None, state="open"), Row(3, 8.0, kind="practice"), Row(4, 5.0)]
    assert quiz_score(rows, "best", 50).score == 5.0
    ungraded = quiz_score([Row(1, None, kind="pretest")], "best", 50)
    assert (ungraded.attempts, ungraded.score, ungraded.percent, ungraded.passed) == (1, None, None, None)
    assert quiz_score([], "mean", 50).attempts == 0


def test_what_was_handed_in_and_is_not_graded_yet_has_the_day_of_the_latest() -> None:
    rows = [Row(1, None), Row(4, None), Row(2, None), Row(5, None, kind="practice")]
    assert quiz_score(rows, "best", 50).submitted_at == DAY + timedelta(days=4)
    assert quiz_score([], "best", 50).submitted_at is None


@pytest.mark.parametrize("keep", ["best", "last", "first", "mean"])
def test_an_empty_paper_is_worth_nothing_and_fails(keep: str) -> None:
    kept = quiz_score([Row(1, 0.0)], keep, 5)
    assert (kept.score, kept.max_score, kept.percent, kept.passed) == (0.0, 10.0, 0.0, False)


@pytest.mark.parametrize(
    ("value", "expected"), [(2.675, 2.68), (0.125, 0.13), (62.5, 62.5), (1.005, 1.01), (99.994, 99.99), (99.995, 100.0)]
)
def test_figures_are_rounded_half_up_as_on_paper(value: float, expected: float) -> None:
    assert rounded(value) == expected


def test_a_figure_just_below_the_half_is_rounded_down_however_near_it_is() -> None:
    # As a float it would be 0.125.
    assert rounded(Decimal("0.12499999999999999999")) == 0.12


def test_percent_of_a_thirty_second() -> None:
    assert percent_of(1, 32) == 3.13  # 3.125
    assert percent_of(0, 0) == 0.0


def test_who_shows_the_pass_mark_has_passed() -> None:
    # 69.996 % is shown as 70 %.
    assert quiz_score([Row(1, 69.996, 100.0)], "best", 70).passed is True
    assert quiz_score([Row(1, 69.994, 100.0)], "best", 70).passed is False


def test_points_are_fractions_times_points_summed_exactly() -> None:
    assert points([Worth(0.1, 1.0)] * 3) == 0.3
    assert points([Worth(2, 0.333333), Worth(1, None), Worth(3, 1.0)]) == 3.666666
    assert points([Worth(10, 1.0)], late_penalty=0.2) == 8.0
    assert points([Worth(0.1, 0.333333)]) == 0.033333  # six places, as a fraction has
    assert points([]) == 0.0


def test_a_late_penalty_is_taken_for_each_day_begun() -> None:
    due = DAY
    assert late_share(due, due, 10) == 0.0
    assert late_share(due + timedelta(seconds=1), due, 10) == 0.1
    assert late_share(due + timedelta(days=1), due, 10) == 0.1
    assert late_share(due + timedelta(days=1, seconds=1), due, 10) == 0.2
    assert late_share(due + timedelta(days=30), due, 10) == 1.0
    assert late_share(due + timedelta(days=30), None, 10) == 0.0


@pytest.mark.parametrize(
    ("keep", "rows", "percent", "passed"),
    [
        # what waits may be better: the best so far is told, and passes if it does
        ("best", [Row(1, 5.0), Row(2, None, awaiting=1)], 50.0, None),
        ("best", [Row(1, 8.0), Row(2, None, awaiting=1)], 80.0, True),
        # what counts is what waits
        ("last", [Row(1, 8.0), Row(2, None, awaiting=1)], None, None),
        ("first", [Row(1, None, awaiting=2), Row(2, 8.0)], None, None),
        ("mean", [Row(1, 8.0), Row(2, None, awaiting=1)], None, None),
        # what waits does not count
        ("last", [Row(1, None, awaiting=1), Row(2, 6.0)], 60.0, False),
        ("first", [Row(1, 6.0), Row(2, None, awaiting=1)], 60.0, False),
        ("best", [Row(1, None, awaiting=1)], None, None),
    ],
)
def test_nobody_fails_by_what_waits_to_be_graded(
    keep: str, rows: list[Row], percent: float | None, passed: bool | None
) -> None:
    kept = quiz_score(rows, keep, 70)
    assert (kept.attempts, kept.percent, kept.passed, kept.awaiting) == (len(rows), percent, passed, 1)
