"""A text that people grade: what is kept of it, what is too long, its points, and what its author is told."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from webapp.questions import TYPES, parse

from .conftest import review

ESSAY = TYPES["essay"]
WHY: dict[str, Any] = {
    "id": "why",
    "type": "essay",
    "stem": "Why?",
    "rubric": [{"text": "Says why", "points": "2"}, {"text": "Says when", "points": "0.5"}],
    "max_words": "5",
}


def sent(text: str) -> Any:
    return ESSAY.form(parse(WHY), {}, formdata=MultiDict({"q-text": text}), prefix="q-")


def test_lines_stay_and_what_is_no_text_goes() -> None:
    assert sent("  one\r\ntwo\x00\tthree\ud800 \n ").response() == {"text": "one\ntwo  three"}
    assert sent(" \n\t ").response() is None


def test_too_many_words_are_said_to_be_and_too_many_characters_too() -> None:
    question = parse(WHY)
    assert ESSAY.malformed(question, {"text": "a b c d e"}) is None
    assert ESSAY.malformed(question, {"text": "a b\nc d e f"}) == (
        "Please shorten it: it has 6 words, and 5 are allowed."
    )
    assert "30000 characters" in str(ESSAY.malformed(question, {"text": "x" * 30_001}))
    assert len(sent("x" * 100_000).response()["text"]) == 40_000
    # Too long is for people to judge, too: it isn't worth nothing by itself.
    assert ESSAY.grade(question, {"text": "a b c d e f"}).pending


def test_what_was_written_is_shown_as_text() -> None:
    html = review(parse(WHY), {}, {"text": "<script>alert(1)</script>\nso"})
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\nso" in html


def test_the_points_are_those_of_the_criteria_unless_the_author_says_otherwise() -> None:
    assert parse(WHY).points == 2.5
    assert parse(WHY | {"points": "10"}).points == 10


def test_points_beyond_a_criterion_are_no_points_of_the_rubric() -> None:
    rubric = ESSAY.rubric(parse(WHY))
    assert rubric is not None
    assert rubric.fraction([1, 0.5]) == 0.6
    for points in ([2], [2.1, 0], [-0.1, 0], [1, 0, 0]):
        with pytest.raises(ValueError, match="not the points"):
            rubric.fraction(points)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"min_words": "6"}, ("min_words",)),
        ({"sample": "one two three four five six"}, ("sample",)),
        ({"tolerance": "1"}, ("tolerance",)),
        ({"rubric": [{"text": "Why", "points": "2", "levels": [{"text": "All", "points": "3"}]}]},
         ("rubric", 0, "levels", 0, "points")),
        ({"rubric": [{"text": "Why", "points": "2", "levels": [{"text": "All", "points": "1"}]}]},
         ("rubric", 0, "levels")),
        ({"rubric": [{"text": "Why", "points": "2"}, {"text": "why", "points": "2"}]}, ("rubric", 1, "text")),
    ],
)  # fmt: skip
def test_what_cannot_work_is_told_to_the_author(change: dict[str, Any], path: tuple[str | int, ...]) -> None:
    assert [flaw.path for flaw in ESSAY.check(parse(WHY | change))] == [path]


@pytest.mark.parametrize(
    "change", [{"rubric": []}, {"max_words": "many"}, {"max_words": "4000"}, {"markers": "3"}, {"min_words": "-1"}]
)
def test_numbers_out_of_bounds_are_refused_where_they_stand(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        parse(WHY | change)
    assert [error["loc"] for error in caught.value.errors()] == [(next(iter(change)),)]
