"""Numbers in texts, and whether each has a source."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.content.numbers import agrees, declared, ledger_numbers, numbers_in, unused, without_source
from webapp.questions.expressions import BadExpression, evaluate


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It filed 1,670,000 patents.", ["1,670,000"]),
        ("About 1.67 million in 2023.", ["1.67 million", "2023"]),
        ("US$912 billion, 23 percent, 6:1", ["912 billion", "23", "6", "1"]),
        ("from 2014–2023 and 2014-2023", ["2014", "2023", "2014", "2023"]),
        ("Since the 2000s", ["2000s"]),
        ("DeepSeek-R1, GPT-4, H100, CO2, 5G and 3D", []),
        ("Qwen2.5-Turbo", []),
        ("Llama 3.1", ["3.1"]),
        ("five pillars over two decades", []),
        ("1. first\n2. second", []),
        ("`x = 42` and [see](section:a/b-2) [@fact-7]", []),
        ("a 40-year plan", ["40"]),
        ("It ended in 2025.", ["2025"]),
        ("[[a]] has 3 parts", ["3"]),
        ("https://example.org/2024", []),
        ("1 670 000 in French spacing", ["1", "670", "000"]),
        ("1\u202f670\u202f000 with thin spaces", ["1\u202f670\u202f000"]),
        ("٣ and ½", ["٣"]),
    ],
)
def test_what_counts_as_a_number(text: str, found: list[str]) -> None:
    assert [number.text for number in numbers_in(text)] == found


def test_a_number_is_the_same_however_it_is_written() -> None:
    known = {Decimal(1_670_000).normalize()}
    for text in ("1.67 million", "1,670,000", "1670000", "1.670 million"):
        assert not list(without_source(text, [known]))
    assert [n.text for n in without_source("1.68 million", [known])] == ["1.68 million"]


def test_the_ledger_vouches_for_its_figures_and_the_numbers_of_its_claims(tiny: object) -> None:
    values = ledger_numbers(tiny.ledger)  # type: ignore[attr-defined]
    assert {Decimal(80).normalize(), Decimal(4), Decimal(65), Decimal(100).normalize()} <= values


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("912 * 0.23", Fraction(20976, 100)),
        ("(1 + 2) * 3 - 4 / 8", Fraction(17, 2)),
        ("2 ** 10", Fraction(1024)),
        ("2^3", Fraction(8)),
        ("-3 + 5", Fraction(2)),
        ("23% * 200", Fraction(46)),
        ("1,670,000 / 10", Fraction(167_000)),
        ("3 × 4 ÷ 6 − 1", Fraction(1)),
        ("0.1 + 0.2", Fraction(3, 10)),
    ],
)
def test_a_sum_is_worked_out_exactly(expression: str, value: Fraction) -> None:
    assert evaluate(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "", "1 +", "1 / 0", "x", "__import__('os')", "(1).__class__", "[1]", "1 if 1 else 2", "9 ** 9 ** 9", "0 ** -1",
        "(-8) ** 0.5", "1e400", "'a' * 9", "True + 1", "1 // 2", "1 < 2", "a := 1", "10 ** 64", "1" * 300, "(" * 100,
        "lambda: 1", "1; 2", "\x00", "1_000 .real",
    ],
)  # fmt: skip
def test_what_is_no_sum_is_refused(expression: str) -> None:
    with pytest.raises(BadExpression):
        evaluate(expression)


@given(st.text(alphabet=st.sampled_from("0123456789+-*/(). %,e^_x"), max_size=30))
@settings(max_examples=400)
def test_no_sum_raises_anything_else(expression: str) -> None:
    with contextlib.suppress(BadExpression):
        assert isinstance(evaluate(expression), Fraction)


@pytest.mark.parametrize(
    ("written", "value", "fits"),
    [
        ("210", "209.76", True), ("211", "209.76", False), ("209.8", "209.76", True), ("209.7", "209.76", False),
        ("1.7", "1.67", True), ("1.70", "1.67", False), ("1700", "1670", True), ("1700", "1640", False),
        ("0", "0.4", True), ("0", "0.6", False), ("46", "45.6", True),
    ],
)  # fmt: skip
def test_a_number_has_to_agree_at_the_precision_it_is_written_in(written: str, value: str, fits: bool) -> None:
    assert agrees(Decimal(written), Fraction(value)) is fits


def test_declarations_are_sums_or_examples() -> None:
    good, bad = declared(
        {
            "210": "= 912 * 0.23", "1.67 million": "= 1670000", "US$46 billion": "= 912 / 20", "400": "example: a firm",
            "211": "= 912 * 0.23", "5": "because", "6": "example:", "seven": "= 7", "8": "= 4 +",
        }
    )  # fmt: skip
    assert [entry.key for entry in good][:4] == ["210", "1.67 million", "US$46 billion", "400"]
    said = {key: message for key, message, _ in bad}
    assert set(said) == {"211", "5", "6", "seven", "8"}
    assert "209.76" in said["211"]
    assert "cannot be worked out" in said["8"]


def test_a_declared_number_is_used_by_a_text_or_by_another_sum() -> None:
    numbers = {"30": "= 60 / 2", "70": "= 40 + 30", "9": "example: none"}
    assert list(unused(numbers, ["It costs 70 in all."])) == ["9"]
