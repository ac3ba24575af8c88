"""Labels onto a picture: each place by itself, places that stay empty, and what the page keeps to itself."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from webapp.questions import TYPES, carry, parse

from .conftest import ask, review

LABEL = TYPES["label"]
PLACES = [
    {"text": "At the top", "x": "50", "y": "10", "label": "sail", "feedback": "It takes the wind."},
    {"text": "In the middle", "x": "50", "y": "50", "label": "axle"},
    {"text": "Below", "x": "50", "y": "90"},
]
LABELS = [{"id": "sail", "text": "Sail"}, {"id": "axle", "text": "Axle"}, {"id": "stone", "text": "Stone"}]


def mill(**more: Any) -> Any:
    picture = "![A mill with three numbers](media/mill.png)"
    head = {"id": "mill", "type": "label", "stem": "Name its parts.", "picture": picture}
    return parse(head | {"places": PLACES, "labels": LABELS} | more)


@pytest.mark.parametrize(
    ("places", "parts", "whole"),
    [
        ({"a": "sail", "b": "axle"}, [1, 1, 1], 1),
        ({"a": "sail"}, [1, 0, 1], 0),
        ({"a": "sail", "b": "axle", "c": "stone"}, [1, 1, 0], 0),
        ({"a": "axle", "b": "sail"}, [0, 0, 1], 0),
        ({"c": "stone"}, [0, 0, 0], 0),
        ({"a": "nothing", "z": "sail"}, [0, 0, 0], 0),
        ({}, [0, 0, 0], 0),
    ],
)
def test_each_place_earns_its_share_and_an_empty_one_only_beside_labels(
    places: Any, parts: list[int], whole: int
) -> None:
    grade = LABEL.grade(mill(), {"places": places})
    assert [part.fraction for part in grade.parts] == parts
    assert grade.fraction == pytest.approx(sum(parts) / 3)
    assert LABEL.grade(mill(scoring="all-or-nothing"), {"places": places}).fraction == whole


def test_one_label_may_belong_to_two_places() -> None:
    both = mill(places=[PLACES[0], {**PLACES[1], "label": "sail"}])
    assert list(LABEL.check(both)) == []
    assert LABEL.grade(both, LABEL.key(both)).fraction == 1


def test_the_menus_send_places_of_labels_on_the_paper() -> None:
    order = {"labels": ["stone", "sail", "axle"]}
    sent = MultiDict({"q-place-1": "2", "q-place-2": "", "q-place-3": "7"})
    assert LABEL.form(mill(), order, formdata=sent, prefix="q").response() == {"places": {"a": "sail"}}


def test_the_page_is_the_same_whatever_belongs_where() -> None:
    pages = set()
    for first, second in itertools.permutations(["sail", "axle", "stone"], 2):
        places = [{**PLACES[0], "label": first}, {**PLACES[1], "label": second}, PLACES[2]]
        pages.add(ask(mill(places=places), {"labels": ["stone", "sail", "axle"]}))
    assert len(pages) == 1
    assert not re.search(r'"(sail|axle|stone)"', pages.pop())


def test_the_review_says_at_each_place_what_belongs_there() -> None:
    html = " ".join(re.sub(r"<[^>]+>", " ", review(mill(), {}, {"places": {"a": "sail", "c": "stone"}})).split())
    assert re.search(r"1 At the top Your answer Sail .*2 In the middle Your answer no label Right answer Axle", html)
    assert "3 Below Your answer Stone Right answer no label" in html
    drawn = review(mill(), {}, {"places": {"a": "sail", "c": "stone"}})
    assert re.findall(r"spot-number--(\w+)", drawn) == ["right", "wrong", "wrong"]


def test_answers_are_described_counted_and_guessed() -> None:
    assert LABEL.describe(mill(), {"places": {"c": "stone", "a": "sail"}}) == "At the top → Sail; Below → Stone"
    assert LABEL.classify(mill(), {"places": {"c": "stone", "a": "sail"}}) == ["a:sail", "c:stone"]
    assert LABEL.guess(mill()) == pytest.approx(1 / 4)
    assert [(sought.answer, sought.others) for sought in LABEL.sought(mill())] == [
        ("Sail", ("Axle", "Stone")),
        ("Axle", ("Sail", "Stone")),
    ]


def test_an_answer_follows_its_places_and_labels() -> None:
    renamed = [{"id": "wing", "text": "Sail"}, *LABELS[1:]]
    moved = mill(places=[PLACES[1], {**PLACES[0], "label": "wing"}, PLACES[2]], labels=renamed)
    assert carry(mill(), moved, {"places": {"a": "sail", "b": "axle"}}) == {"places": {"b": "wing", "a": "axle"}}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"places": [PLACES[2]]}, ("places",)),
        ({"places": [PLACES[0], {**PLACES[1], "label": "wing"}]}, ("places", 1, "label")),
        ({"places": [PLACES[0], {**PLACES[1], "y": "16"}]}, ("places", 1)),
        ({"places": [PLACES[0], {**PLACES[1], "text": "at the top"}]}, ("places", 1, "text")),
        ({"places": [{**PLACES[0], "text": "The sail at the top"}, PLACES[1]]}, ("places", 0, "text")),
        ({"labels": [*LABELS, {"id": "sail", "text": "Wing"}]}, ("labels", 3, "id")),
        ({"labels": [*LABELS, {"id": "wing", "text": "Sail"}]}, ("labels", 3, "text")),
    ],
)
def test_what_cannot_be_answered_or_gives_itself_away_is_told_to_the_author(change: Any, path: Any) -> None:
    assert path in [flaw.path for flaw in LABEL.check(mill(**change))]
    assert list(LABEL.check(mill())) == []
