"""Numbers as people write them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.questions.numbers import Unreadable, read_amount, read_number, written


def value(text: str) -> Fraction:
    amount = read_amount(text)
    return amount.value * amount.unit.scale


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1670000", "1670000"),
        ("1,670,000", "1670000"),
        ("1 670 000", "1670000"),
        ("1\u00a0670\u00a0000", "1670000"),
        ("1\u202f670\u202f000", "1670000"),
        ("1.670.000", "1670000"),
        ("1'670'000", "1670000"),
        ("1’670’000", "1670000"),
        ("16,70,000", "1670000"),
        ("1,67,00,000", "16700000"),
        ("1.67 million", "1670000"),
        ("1,67 million", "1670000"),
        ("1.67 Millions", "1670000"),
        ("1.67mn", "1670000"),
        ("1.67m", "1670000"),
        ("1.67 Mio.", "1670000"),
        ("16.7 lakh", "1670000"),
        ("0.167 crore", "1670000"),
        ("1.67e6", "1670000"),
        ("1.67E+6", "1670000"),
        ("167e-2", "1.67"),
        ("1.67 × 10^6", "1670000"),
        ("1.67x10^6", "1670000"),
        ("1.67·10⁶", "1670000"),
        ("1.67 × 10⁻²", "0.0167"),
        ("US$912 billion", "912000000000"),
        ("US$ 912bn", "912000000000"),
        ("$912 billion", "912000000000"),
        ("912 billion US dollars", "912000000000"),
        ("USD 912 bn", "912000000000"),
        ("912 milliard", "912000000000"),
        ("2 trillion", "2000000000000"),
        ("3 hundred thousand", "300000"),
        ("23%", "23"),
        ("23 %", "23"),
        ("23 percent", "23"),
        ("23 per cent", "23"),
        ("-23", "-23"),
        ("−23", "-23"),
        ("–23", "-23"),
        ("- 23", "-23"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("− US$ 5", "-5"),
        ("US$-5", "-5"),
        ("US$ +5", "5"),
        ("$1.67m", "1670000"),
        ("+5", "5"),
        ("0.5", "0.5"),
        (".5", "0.5"),
        (",5", "0.5"),
        ("0,5", "0.5"),
        ("1,67", "1.67"),
        ("12,5", "12.5"),
        ("1,670", "1670"),
        ("0,125", "0.125"),
        ("0.230", "0.23"),
        ("1.125", "1.125"),
        ("1,670.5", "1670.5"),
        ("1.670,5", "1670.5"),
        ("1,670,000.25", "1670000.25"),
        ("1.670.000,25", "1670000.25"),
        ("1 670,5", "1670.5"),
        ("1670.", "1670"),
        ("007", "7"),
        ("1２３", "123"),
        ("١٢٣", "123"),
        ("١,٦٧٠", "1670"),
        ("１，６７０", "1670"),
        ("about 912", "912"),
        ("~912", "912"),
        ("ca. 912", "912"),
        ("  912  ", "912"),
        ("9.99e-30", "9.99e-30"),
        ("1e60", "1e60"),
        ("1e-60", "1e-60"),
        ("9" * 40, "9" * 40),
        ("5".rjust(100), "5"),
    ],
)
def test_the_usual_ways_of_writing_are_read(text: str, expected: str) -> None:
    assert value(text) == Fraction(expected)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "abc", "two million", "-", ".", ",", "1/2", "1 1/2", "½", "1½", "5-6", "5 to 6", "5–6", "1,67,000.5.5",
        "1.67.0", "1,6,7", "12,34,5", "1..5", "1,,000", "1.670.00", "16 70", "1 2", "1e999", "1e-999", "9" * 41,
        "1" * 101, "1'67", "1,670 000", "1.670,000.5", "1e61", "1e-61",
    ],
)  # fmt: skip
def test_what_is_not_one_number_is_refused_with_advice(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_amount(text)
    message = caught.value.message
    assert message.startswith("Write ") or "Write " in message
    assert "%" not in message


@pytest.mark.parametrize(
    ("text", "small", "large"), [("2.000", "2", "2000"), ("1.670", "1.67", "1670"), ("12.500", "12.5", "12500")]
)
def test_what_can_be_read_in_two_ways_is_asked_about(text: str, small: str, large: str) -> None:
    with pytest.raises(Unreadable, match=rf"^{text} can be read in two ways. Write {small} or {large}\."):
        read_amount(text)


@pytest.mark.parametrize(
    ("text", "scale", "base"),
    [
        ("-$5", 1, "$"),
        ("US$-5", 1, "$"),
        ("5 m", 10**6, ""),
        ("$5m", 10**6, "$"),
        ("5 m deep", 1, "m deep"),
        ("about 5 kg", 1, "kg"),
        ("5 thousands of days", 1000, "day"),
        ("5 gas", 1, "gas"),
    ],
)
def test_the_words_around_a_number_are_its_unit(text: str, scale: int, base: str) -> None:
    amount = read_amount(text)
    assert (abs(amount.value), amount.unit.scale, amount.unit.base) == (5, scale, base)


def test_infinities_and_nans_are_no_numbers() -> None:
    for text in ("inf", "Infinity", "-inf", "nan", "NaN", "sNaN"):
        with pytest.raises(Unreadable):
            read_amount(text)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("1.67E+6", "1670000"),
        ("100", "100"),
        ("2.00", "2"),
        ("100.00", "100"),
        ("0.250", "0.25"),
        ("-0.50", "-0.5"),
        ("0", "0"),
        ("0.0", "0"),
        ("1E-7", "0.0000001"),
    ],
)
def test_a_number_is_shown_in_digits_without_zeros_that_say_nothing(number: str, expected: str) -> None:
    assert written(Decimal(number)) == expected


@given(st.text(max_size=120))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        amount = read_amount(text)
    except Unreadable:
        return
    assert abs(amount.value) < Fraction(10) ** 110


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_a_number_written_out_is_read_back_exactly(number: Decimal) -> None:
    assert value(written(number)) == Fraction(number)
    assert read_number(written(number)) == number


@given(st.integers(min_value=-(10**15), max_value=10**15), st.sampled_from([",", " ", "\u00a0", "\u202f", "'", "’"]))
def test_grouped_integers_are_read_back_exactly(number: int, mark: str) -> None:
    assert value(f"{number:,}".replace(",", mark)) == number


@given(st.integers(min_value=10**6, max_value=10**15))
def test_dots_group_from_a_million_on(number: int) -> None:
    assert value(f"{number:,}".replace(",", ".")) == number


def test_numbers_in_files_may_have_last_zeros_and_words() -> None:
    assert read_number("1.670") == Decimal("1.67")
    assert read_number("1,670,000") == read_number("1.67 million") == 1670000
    assert read_number("1e6") == 10**6
    assert read_number("1,67") == read_number("0,00167 thousand") == Decimal("1.67")
    for text in ("5 apples", "23%", "yes", "1e999", ""):
        with pytest.raises(Unreadable):
            read_number(text)
