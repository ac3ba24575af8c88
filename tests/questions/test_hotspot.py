"""Pointing in a picture: what a point hits, what both ways of answering make, and what the page keeps to itself."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from webapp.questions import TYPES, carry, load, parse

from .conftest import ask, review

HOTSPOT = TYPES["hotspot"]
PIN = f"#{'0' * 64}-"
SPOTS = [
    {"text": "Upper left", "circle": {"x": "20", "y": "20", "r": "10"}, "key": "true", "feedback": "It turns."},
    {"text": "Upper right", "rect": {"x": "70", "y": "10", "w": "20", "h": "20"}, "key": "true"},
    {"text": "Below", "rect": {"x": "40", "y": "70", "w": "20", "h": "20"}, "feedback": "It stands still."},
]


def mill(pin: str = "", spots: Any = None, **more: Any) -> Any:
    return parse(
        {"id": "mill", "type": "hotspot", "stem": "What turns?", "picture": f"![A mill](media/mill.png{pin})"}
        | {"spots": spots or SPOTS}
        | more
    )


def sent(**values: Any) -> MultiDict[str, str]:
    return MultiDict({f"q-{name}": value for name, value in values.items()})


@pytest.mark.parametrize(
    ("point", "hit"),
    [((20, 20), "a"), ((29.9, 20), "a"), ((30.2, 20), None), ((70, 10), "b"), ((90, 30), "b"), ((90.1, 30), None),
     ((50, 80), "c"), ((50, 50), None)],
)  # fmt: skip
def test_a_point_hits_the_region_it_lies_in(point: tuple[float, float], hit: str | None) -> None:
    assert mill().hit(point) == hit


def test_a_circle_is_round_also_where_the_picture_is_not_square() -> None:
    """In a picture twice as high as wide, ten percent of the width are five of the height."""
    assert mill().hit((20, 29)) == "a"
    high = mill(f"{PIN}300x600")
    assert high.hit((20, 29)) is None
    assert high.hit((20, 24.9)) == high.hit((29.9, 20)) == "a"
    assert 'rx="10.0%" ry="5.0%"' in review(high, {}, None)


def test_the_first_of_two_spots_that_lie_over_each_other_counts() -> None:
    over = [{"text": "In it", "circle": {"x": "75", "y": "15", "r": "4"}}, *SPOTS]
    assert mill(spots=over).hit((75, 15)) == "a"
    assert mill(spots=over).hit((85, 25)) == "c"


@pytest.mark.parametrize(
    ("response", "fraction"),
    [
        ({"points": [[20, 20], [80, 20]]}, 1),
        ({"points": [[20, 20]], "spots": ["b"]}, 1),
        ({"spots": ["a", "b"]}, 1),
        ({"points": [[20, 20]]}, 0.5),
        ({"points": [[20, 20], [22, 20]]}, 0.5),
        ({"points": [[22, 20]], "spots": ["a"]}, 0.5),
        ({"points": [[50, 80], [80, 20]]}, 0.5),
        ({"points": [[50, 50]]}, 0),
        ({"spots": ["c"]}, 0),
        ({"spots": ["a", "b", "c"]}, 0),
        ({"points": [[20, 20], [80, 20], [50, 80]]}, 0),
        ({"points": [["20", "20"], [True, 1], [float("nan"), 3], [200, 20], [1], 7]}, 0),
    ],
)
def test_each_right_place_earns_its_share_and_none_twice(response: Any, fraction: float) -> None:
    assert HOTSPOT.grade(mill(), response).fraction == fraction


def test_one_of_several_right_places_may_be_all_that_is_asked_for() -> None:
    one = mill(how_many="1")
    assert HOTSPOT.grade(one, {"points": [[80, 20]]}).fraction == 1
    assert HOTSPOT.key(one) == {"spots": ["a"]}
    assert 'type="radio"' in ask(one, {})
    assert 'type="checkbox"' in ask(mill(), {})


def test_what_is_pointed_at_and_what_is_chosen_is_one_answer() -> None:
    form = HOTSPOT.form(mill(), {}, formdata=sent(answer="2", points="12.34 56; 80 20"), prefix="q")
    assert form.response() == {"spots": ["b"], "points": [[80.0, 20.0]]}
    assert form.malformed is None
    alone = HOTSPOT.form(mill(), {}, formdata=sent(points="12.34 56; 80 20; rubbish; 101 3"), prefix="q")
    assert alone.response() == {"points": [[12.3, 56.0], [80.0, 20.0]]}


def test_more_places_than_asked_for_are_said_to_be_too_many_and_not_called_wrong() -> None:
    form = HOTSPOT.form(
        mill(), {}, formdata=MultiDict([("q-answer", "1"), ("q-answer", "2"), ("q-answer", "3")]), prefix="q"
    )
    assert form.malformed == "Choose fewer places: 2 at most."


def test_the_page_tells_no_region_before_it_is_graded() -> None:
    pages = set()
    for x in ("20", "21"):
        for key in ("true", "false"):
            spots = [
                {**SPOTS[0], "key": key, "circle": {"x": x, "y": "20", "r": "10"}},
                {**SPOTS[1], "key": "false" if key == "true" else "true"},
                SPOTS[2],
            ]
            pages.add(ask(mill(spots=spots), {"spots": ["b", "c", "a"]}))
    assert len(pages) == 1
    assert "<ellipse" not in pages.pop()


def test_the_review_tells_right_and_wrong_by_form_and_words() -> None:
    html = review(mill(), {}, {"points": [[20, 20], [50, 50]]})
    assert len(re.findall('class="spot spot--right"', html)) == 2
    assert 'class="spot-mark spot-mark--right" x="20.0%" y="20.0%"' in html
    assert 'class="spot-mark spot-mark--wrong" x="50.0%" y="50.0%"' in html
    assert "A place beside all of these: 50 percent from the left, 50 percent from the top" in html
    assert html.count("Your answer: right") == html.count("Your answer: wrong") == 1
    assert html.count("Right answer") == 1  # the one that was missed


def test_answers_are_described_and_counted_by_spot() -> None:
    response = {"points": [[20, 20], [50.5, 50]]}
    assert HOTSPOT.describe(mill(), response) == "Upper left; (50.5 %, 50 %)"
    assert HOTSPOT.classify(mill(), response) == ["a", "other"]
    assert HOTSPOT.guess(mill()) == pytest.approx(2 / 3)


def test_a_point_is_judged_by_the_region_as_it_was_mended() -> None:
    mended = mill(spots=[{**SPOTS[0], "circle": {"x": "50", "y": "50", "r": "10"}}, *SPOTS[1:]])
    carried = carry(mill(), mended, {"points": [[50, 50]]})
    assert carried == {"points": [[50.0, 50.0]]}
    assert HOTSPOT.grade(mended, carried).fraction == 0.5


def test_a_stored_question_finds_as_many_as_it_did() -> None:
    assert load(mill().model_dump(mode="json")).how_many == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "picture",
    ["media/mill.png", "![](media/mill.png)", "![A mill](https://example.org/mill.png)", "![A mill](media/mill.mp3)",
     "See ![A mill](media/mill.png)", '![A mill](media/mill.png "decorative")'],
)  # fmt: skip
def test_what_is_no_picture_to_point_in_is_refused(picture: str) -> None:
    with pytest.raises(ValidationError) as caught:
        mill(picture=picture)
    (error,) = caught.value.errors()
    assert error["loc"] == ("picture",)
    assert "such as ![A flower cut in half](media/flower.png)" in error["msg"]


@pytest.mark.parametrize(
    ("spot", "message"),
    [
        ({"circle": {"x": "5", "y": "5", "r": "3"}}, "3.5 or more"),
        ({"rect": {"x": "5", "y": "5", "w": "6", "h": "7"}}, "7 or more"),
        ({"rect": {"x": "95", "y": "5", "w": "7", "h": "7"}}, "beyond the picture"),
        ({"circle": {"x": "101", "y": "5", "r": "4"}}, "from 0 to 100"),
        ({"circle": {"x": "left", "y": "5", "r": "4"}}, "from 0 to 100"),
        ({}, "either circle or rect"),
        ({"circle": {"x": "5", "y": "5", "r": "4"}, "rect": {"x": "5", "y": "5", "w": "7", "h": "7"}}, "either circle"),
    ],
)
def test_a_region_that_cannot_be_hit_is_refused(spot: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        mill(spots=[*SPOTS, {"text": "There", **spot}])


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"spots": [{**spot, "key": "false"} for spot in SPOTS]}, ("spots",)),
        ({"spots": SPOTS[:2]}, ("spots",)),
        ({"how_many": "3"}, ("how_many",)),
        ({"spots": [*SPOTS, {**SPOTS[2], "rect": {"x": "75", "y": "12", "w": "8", "h": "8"}}]}, ("spots", 3, "text")),
        ({"spots": [*SPOTS, {"text": "In", "rect": {"x": "75", "y": "12", "w": "8", "h": "8"}}]}, ("spots", 3)),
        ({"spots": [*SPOTS, {"text": "In", "circle": {"x": "20", "y": "20", "r": "5"}}]}, ("spots", 3)),
    ],
)
def test_what_cannot_be_answered_is_told_to_the_author(change: Any, path: Any) -> None:
    assert path in [flaw.path for flaw in HOTSPOT.check(mill(**change))]
    assert list(HOTSPOT.check(mill())) == []
