"""Patterns match as Python's do, and never take long."""

from __future__ import annotations

import re
import time
import warnings
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.time_limits import CROWDED
from webapp.questions.inputs.patterns import PatternError, compiled


def matches(pattern: str, text: str, ignore_case: bool = True) -> bool:
    return compiled(pattern, ignore_case).fullmatch(text)


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        ("oxidi[sz]ing", ["oxidising", "Oxidizing"], ["oxidiing", "oxidizingly"]),
        ("colou?r", ["color", "colour"], ["colouur"]),
        (r"(about )?\d{1,3}(,\d{3})*", ["5", "about 1,000", "12,345,678"], ["1,00", "about"]),
        ("(?:a|b|)c", ["ac", "bc", "c"], ["abc"]),
        ("^wipo$", ["WIPO"], ["wipo!"]),
        ("a{2,}", ["aa", "aaaa"], ["a"]),
        ("a{0,2}b", ["b", "ab", "aab"], ["aaab"]),
        ("a{3}", ["aaa"], ["aa", "aaaa"]),
        (r"\(x\)\.", ["(x)."], ["(x)!"]),
        ("[^a-c]+", ["xyz"], ["xaz"]),
        (r"[\w-]+?", ["a-b"], ["a b"]),
        ("", [""], ["a"]),
        ("a.c", ["abc", "a c"], ["ac"]),
        ("é+", ["é", "ÉÉ"], ["e"]),
        ("{x", ["{x"], ["x"]),
        (r"a\\$", ["a\\"], ["a", "a$"]),
        (r"a\$", ["a$"], ["a", "a\\$"]),
        (r"[\[a]", ["[", "a"], ["[a"]),
    ],
)
def test_patterns_say_what_they_say_in_python(pattern: str, right: list[str], wrong: list[str]) -> None:
    for text in right:
        assert matches(pattern, text)
        assert re.fullmatch(pattern, text, re.IGNORECASE)
    for text in wrong:
        assert not matches(pattern, text)
        assert not re.fullmatch(pattern, text, re.IGNORECASE)


def test_case_counts_when_it_should() -> None:
    assert not matches("abc", "ABC", ignore_case=False)


atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", "1"])
shapes = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "*?"])).map(
            lambda two: f"({two[0]}){two[1]}"
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=400)
@given(pattern=shapes, text=st.text("ab1c", max_size=7))
def test_patterns_match_exactly_what_pythons_match(pattern: str, text: str) -> None:
    assert matches(pattern, text, ignore_case=False) == bool(re.fullmatch(pattern, text))


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "(a|a)*", "(a|aa)+", "a*a*a*a*a*a*a*a*", "(.*)*x", "(a?){50}a{50}", "([a-z]+)*1", "(((a*)*)*)*"],
)
def test_no_pattern_runs_away(pattern: str) -> None:
    start = time.perf_counter()
    matches(pattern, "a" * 199 + "!")
    assert time.perf_counter() - start < 2 * CROWDED


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "(a", "a)", "[a", "*a", "a**", "a+*", "(?=a)", "(?!a)", "(?<=a)b", r"(a)\1", r"\ba", r"\Z", "a^b", "a$b",
     "a{3,2}", "[z-a]", "a{999}{9}", "(a{500}){500}", "a" * 301, "(" * 40 + "a" + ")" * 40, "(?P<x>a)", "\\"],
)  # fmt: skip
def test_what_is_not_understood_is_refused_in_words(pattern: str) -> None:
    with pytest.raises(PatternError) as caught:
        compiled(pattern, True)
    assert str(caught.value)


@pytest.mark.parametrize("pattern", ["[[a]", "[^[a]", "[a--b]", "[a&&b]", "[a~~b]", "[a||b]", r"[\]&&b]"])
def test_a_set_within_a_set_is_refused_whatever_warnings_do(pattern: str) -> None:
    """Python only warns of these, and warnings are errors in tests alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(PatternError, match="two ways"):
            compiled(pattern, True)


@settings(max_examples=300)
@given(inside=st.text("[]^-&~|\\ab", max_size=6))
def test_python_never_warns_of_a_pattern_that_is_accepted(inside: str) -> None:
    with suppress(PatternError):
        compiled(f"[{inside}]", True)


@given(st.text(max_size=40))
def test_any_pattern_is_compiled_or_refused(pattern: str) -> None:
    with suppress(PatternError):
        compiled(pattern, True).fullmatch("some text")


def test_nothing_repeated_many_times_over_is_still_nothing() -> None:
    start = time.perf_counter()
    assert matches("(((((((){900}){900}){900}){900}){900}){900}){900}a", "a")
    assert time.perf_counter() - start < 1 * CROWDED
