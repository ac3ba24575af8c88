"""Formulas with names: what they are worth, and that none of them can do harm."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.time_limits import CROWDED
from webapp.questions.expressions import BadExpression, evaluate, names_in, work_out, written_out

NAMES = {"a": Fraction(3), "b": Fraction(2), "metal.c": Fraction(385), "city": "Paris"}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("a * b", 6),
        ("metal.c / 5", 77),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(1234.567, 1)", Fraction(12346, 10)),
        ("round(1234.567, -2)", 1200),
        ("sig(0.0123456, 3)", Fraction(123, 10000)),
        ("sig(987654, 2)", 990000),
        ("min(a, b, 9)", 2),
        ("max(1,200,3)", 200),
        ("if(a > b, a, b)", 3),
        ("if(city = 'Paris', 1, 2)", 1),
        ("if(b = 0, 0, a / b)", Fraction(3, 2)),
        ("if(a = 3, 7, 1 / 0)", 7),
        ("if(1 < b <= 2 and not a = b, 1, 2)", 1),
        ("if(a ≠ 3 or b ≥ 3, 1, 2)", 2),
        ("mod(17, 5)", 2),
        ("abs(-3) + floor(2.9) + ceil(2.1)", 8),
        ("sqrt(1.44)", Fraction(12, 10)),
        ("sin(30°)", Fraction(1, 2)),
        ("cos(90°)", 0),
        ("tan(45°)", 1),
        ("ln(exp(2))", 2),
        ("log10(1000)", 3),
        ("9 ^ 0.5", 3),
        ("20% * 50", 10),
    ],
)
def test_what_a_formula_is_worth(formula: str, value: Fraction | int) -> None:
    assert evaluate(formula, NAMES) == value


def test_a_formula_may_be_a_text_or_an_answer() -> None:
    assert work_out("if(a > b, 'up', 'down')", NAMES) == "up"
    assert work_out("a > b", NAMES) is True
    assert work_out("fixed(2.5, 2)", {}) == "2.50"
    assert work_out("fixed(-0.005, 2)", {}) == "-0.01"
    assert work_out("grouped(1234567.5)", {}) == "1\u202f234\u202f567.5"
    assert work_out("grouped(-1234)", {}) == "-1234"


def test_the_names_of_a_formula() -> None:
    assert names_in("if(a > metal.c, round(x * pi), y)") == {"a", "metal.c", "x", "y"}


@pytest.mark.parametrize(
    "formula",
    [
        "c", "a.b", "metal.d", "a.__class__", "metal.c.numerator", "__import__('os')", "open('x')", "a()", "a(b)",
        "(a)(b)", "round.__globals__", "min(*a)", "min(a, key=b)", "min()", "round(1, 2, 3)", "round(1, 0.5)",
        "round(1, 999)", "sig(1, 0)", "fixed(1, 99)", "[a for a in b]", "{a: b}", "{a}", "(a, b)", "a[0]",
        "a if b else a", "lambda: a", "f'{a}'", "b'a'", "a := 1", "a; b", "a\nb", "'\\x41'", "a and b", "not a",
        "if(a, 1, 2)", "if(a > b, 1)",
        "city * 2", "city + city", "-city", "city < 'X'", "a in city", "a is b", "a // b", "a % b",
        "a | b", "a << b", "~a", "a @ b", "9**9**9", "10**64", "9^(9^9)", "exp(999)", "sqrt(-1)", "ln(0)", "(-8)^0.5",
        "1 / (a - 3)", "mod(a, 0)", "tan(90°)", "sin(10**20)", "1e400", "2a", "0x10", "1j", "1_000", "1if a else 2",
        "True", "None", "...", "await a", "yield", "*a", "a" * 300, "(" * 150, "-" * 180 + "?",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused_in_words(formula: str) -> None:
    began = time.process_time()
    with pytest.raises(BadExpression) as caught:
        evaluate(formula, NAMES)
    assert str(caught.value)
    assert time.process_time() - began < 0.5 * CROWDED


@given(st.text(alphabet="ab019.+-*/^%°()<>=!, 'ifmaxsqrtroundlne_\\\n×≤", max_size=60))
@settings(max_examples=300)
def test_any_text_is_a_value_or_refused(text: str) -> None:
    try:
        value = work_out(text, NAMES)
    except BadExpression:
        return
    assert isinstance(value, Fraction | str | bool)
    if isinstance(value, Fraction):
        written_out(value)


@pytest.mark.parametrize(
    ("value", "text", "ugly"),
    [
        (Fraction(5, 2), "2.5", False),
        (Fraction(-1, 8), "-0.125", False),
        (Fraction(1_670_000), "1670000", False),
        (Fraction(0), "0", False),
        (Fraction(10), "10", False),
        (Fraction(12, 10**6), "0.000012", False),
        (Fraction(1, 3), "0.3333333333", True),
        (Fraction(200, 3), "66.66666667", True),
        (Fraction(12345678, 1000), "12345.678", True),
        (Fraction(10**13 + 1), "10000000000001", True),
        (Fraction(10**29), "100000000000000000000000000000", True),
    ],
)
def test_how_a_number_is_written_and_whether_that_is_ugly(value: Fraction, text: str, ugly: bool) -> None:
    assert written_out(value) == (text, ugly)
