"""The geometry of the pictures."""

from __future__ import annotations

import pytest
from flask import Flask

from webapp.ui import drawing


@pytest.mark.parametrize(
    ("value", "top", "expected"),
    [(50, 200, 25), (0, 200, 0), (None, 200, 0), (3, 0, 0), (300, 200, 100), (1, 3, 33.33)],
)
def test_a_share_is_a_percentage_and_stays_within_the_picture(value, top, expected) -> None:
    assert drawing.share(value, top) == expected


def test_a_quarter_of_the_area_has_half_the_side() -> None:
    assert drawing.side(25, 100, 200) == 100


def test_the_smallest_square_can_still_be_seen() -> None:
    assert drawing.side(1, 10**9, 200) == 2


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2023", (2023.5, 2023.5)),
        ("2023-07", (2023 + 6.5 / 12, 2023 + 6.5 / 12)),
        ("2014/2023", (2014, 2024)),
        ("2022-10/2023-03", (2022.75, 2023.25)),
    ],
)
def test_a_moment_lies_in_its_middle_and_a_span_from_edge_to_edge(when: str, expected: tuple[float, float]) -> None:
    assert drawing.moment(when) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2023", "2023"),
        ("2023-05", "May 2023"),
        ("2014/2023", "2014–2023"),
        ("2022-10/2023-03", "October 2022 – March 2023"),
    ],
)
def test_times_are_written_as_people_write_them(app: Flask, when: str, expected: str) -> None:
    with app.test_request_context():
        assert drawing.when_text(when) == expected


def test_events_that_would_touch_go_on_different_lanes_and_keep_their_numbers() -> None:
    line = drawing.timeline(["2000/2024", "2022-10", "2023-02", "2010"])
    assert [mark.number for mark in line.marks] == [1, 2, 3, 4]
    span, one, other, far = line.marks
    assert span.spans
    assert not one.spans
    assert len({span.lane, one.lane, other.lane}) == 3
    assert far.lane == one.lane
    assert line.lanes == 3
    assert all(0 <= mark.start <= mark.end <= 100 for mark in line.marks)


def test_places_are_true_to_time() -> None:
    early, middle, late = drawing.timeline(["2000", "2010", "2020"]).marks
    assert middle.start - early.start == pytest.approx(late.start - middle.start, abs=0.02)


def test_an_axis_has_few_round_years() -> None:
    years = [year for year, _place in drawing.timeline(["1997", "2025"]).years]
    assert years == [2000, 2010, 2020]
    assert drawing.timeline([]).years == ()


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (23, "percent", "23%"),
        (912, "US$", "US$912"),
        (1.67, "million", "1.67 million"),
        (200, "", "200"),
        (None, "x", ""),
    ],
)
def test_a_number_is_shown_with_its_unit(app: Flask, value, unit, expected) -> None:
    with app.test_request_context():
        assert drawing.figure_value(value, unit) == expected
