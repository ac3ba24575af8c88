"""What every type builds on: grades and their parts, what is typed, and menus."""

from __future__ import annotations

import re

import pytest

from webapp.questions.answers import menu, typed
from webapp.questions.grades import Grade, Part, graded, mean

from .conftest import ask, example


def part(name: str, fraction: float) -> Part:
    return Part(name, "", None, "", fraction)


def test_a_grade_is_the_mean_of_its_parts_to_six_places() -> None:
    assert mean([1.0, 0.0, 0.0]) == 0.333333
    assert mean([1.0, 1.0, 0.0]) == 0.666667
    assert mean([]) == 0
    assert graded([part("a", 1.0), part("b", 0.0)]).fraction == 0.5


@pytest.mark.parametrize(("fraction", "expected"), [(-0.5, 0.0), (0.0, 0.0), (1 / 3, 0.333333), (1.0, 1.0), (1.5, 1.0)])
def test_a_fraction_that_is_given_stays_between_nothing_and_all(fraction: float, expected: float) -> None:
    assert graded([part("a", 1.0)], fraction).fraction == expected


@pytest.mark.parametrize(
    ("fraction", "verdict"), [(0.0, "wrong"), (0.000001, "partly"), (0.999999, "partly"), (1.0, "right")]
)
def test_only_all_of_it_is_right_and_only_none_of_it_wrong(fraction: float, verdict: str) -> None:
    assert Grade(fraction).verdict == verdict


def test_a_part_is_found_by_its_id() -> None:
    grade = graded([part("a", 1.0), part("b", 0.0)])
    assert grade.part("b") == part("b", 0.0)
    assert grade.part("c") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  two words  ", "two words"),
        ("tab\there", "tab here"),
        ("nul\x00l", "nul l"),
        ("\x85next\x9f", "next"),
        ("half\ud800 of a pair", "half of a pair"),
        ("no\ufffe character", "no character"),
        ("Zürich 東京", "Zürich 東京"),
        ("x" * 1000, "x" * 1000),
        ("x" * 1001, "x" * 1000),
        ("x" * 998 + "  yz", "x" * 998),
        ("a\U0001fffeb\U0010ffffc", "abc"),
    ],
)
def test_what_is_no_text_is_taken_out_of_what_was_typed(text: str, expected: str) -> None:
    assert typed(text) == expected


def test_a_menu_counts_from_one_and_begins_blank_where_it_says_so() -> None:
    assert [(choice.value, choice.label) for choice in menu(["x", "y"])] == [("1", "x"), ("2", "y")]
    assert [(choice.value, choice.label) for choice in menu(["x", "y"], "–")] == [("", "–"), ("1", "x"), ("2", "y")]
    assert [(choice.value, choice.label) for choice in menu(["x"], "")] == [("", ""), ("1", "x")]


@pytest.mark.parametrize("name", ["ordering", "matching", "cloze"])
def test_whoever_touches_no_menu_has_chosen_nothing(name: str) -> None:
    """A browser sends the first entry of a menu that nobody touched."""
    html = ask(example(name), {})
    menus = re.findall(r"<select\b.*?</select>", html, re.S)
    assert menus
    for text in menus:
        first = re.search(r"<option\b[^>]*>", text)
        assert first
        assert 'value=""' in first[0]
