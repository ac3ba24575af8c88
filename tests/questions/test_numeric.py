"""Typed numbers with units and tolerances, graded by hand first."""

from __future__ import annotations

import json
import random
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from webapp.questions import TYPES
from webapp.questions.contract import Question
from webapp.questions.inputs.quantities import PROBLEMS, OtherUnit, Target
from webapp.questions.numbers import Unreadable

from .conftest import read

NUMERIC = TYPES["numeric"]


def numeric(rest: str) -> Question:
    return read(f"id: q\ntype: numeric\nstem: How many?\n{rest}")


def fraction(question: Question, text: str, unit: str | None = None) -> float:
    return NUMERIC.grade(question, {"text": text, "unit": unit}).fraction


def refusal(question: Question, text: str, unit: str | None = None) -> str | None:
    return NUMERIC.malformed(question, {"text": text, "unit": unit})


PLAIN = numeric("answer: 1,670,000")
MILLION = numeric(
    "answer: 1.67\nunit: million\ntolerance: {absolute: 0.01}\nwrong: [{value: 0.28, feedback: A sixth.}]"
)
DOLLARS = numeric("answer: 912\nunit: US$ billion")
PERCENT = numeric("answer: 23\nunit: '%'\ntolerance: {absolute: 0.5}")
SHARE = numeric("answer: 0.23")
PATENTS = numeric("answer: 1.67\nunit: million patents")
MINUTES = numeric("answer: 6\nunit: minutes\nunits: [{unit: seconds, factor: 0.0166666667}, {unit: hours, factor: 60}]")


@pytest.mark.parametrize(
    "text", ["1670000", "1,670,000", "1 670 000", "1.670.000", "1.67 million", "1.67e6", "1670 thousand", "1670k"]
)
def test_every_way_of_writing_the_answer_is_right(text: str) -> None:
    assert fraction(PLAIN, text) == 1
    assert refusal(PLAIN, text) is None


@pytest.mark.parametrize(
    "text", ["1.67", "1.67 million", "1670 thousand", "0.00167 billion", "1,670,000", "1670000", "1.66", "1.68", "1,68"]
)
def test_a_unit_that_is_a_power_of_ten_can_be_left_out_repeated_or_written_out(text: str) -> None:
    assert fraction(MILLION, text) == 1


def test_a_round_power_of_ten_can_be_written_out_too() -> None:
    assert fraction(numeric("answer: 1\nunit: million"), "1,000,000") == 1
    # Who asks for a million millions may be told so.
    assert fraction(numeric("answer: 1,000,000\nunit: million"), "1,000,000") == 1
    assert fraction(numeric("answer: 1,000,000\nunit: million"), "1") == 0


@pytest.mark.parametrize(("text", "right"), [("1.66", 1), ("1.6599999999", 0), ("1.68", 1), ("1.6800000001", 0)])
def test_both_ends_belong_to_the_tolerance_and_nothing_beyond(text: str, right: float) -> None:
    assert fraction(MILLION, text) == right


def test_a_relative_tolerance_is_a_share_of_the_answer() -> None:
    question = numeric("answer: -50\ntolerance: {relative: 0.02}")
    assert [fraction(question, text) for text in ("-49", "-51", "-48.99", "-51.01", "50")] == [1, 1, 0, 0, 0]


def test_a_tolerance_of_nothing_is_none() -> None:
    for size in ("absolute: 0", "relative: 0"):
        question = numeric(f"answer: 50\ntolerance: {{{size}}}")
        assert [fraction(question, text) for text in ("50", "50.0001", "49.9999")] == [1, 0, 0]


def test_without_a_tolerance_the_number_is_exact() -> None:
    question = numeric("answer: 0.3")
    assert [fraction(question, text) for text in ("0.3", "0.30", "3e-1", "0.30000000000000004")] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    "text", ["912", "US$912 billion", "$912 billion", "912 bn", "$912", "912 billion dollars", "USD 912bn",
             "0.912 trillion", "912,000,000,000", "$912,000,000,000"],
)  # fmt: skip
def test_money_is_read_with_and_without_its_sign(text: str) -> None:
    assert fraction(DOLLARS, text) == 1


def test_money_of_another_currency_is_badly_formed_not_wrong() -> None:
    assert refusal(DOLLARS, "€912 billion") == "Write the number in US$ billion."
    assert fraction(DOLLARS, "€912 billion") == 0


def test_a_currency_may_be_written_where_the_unit_names_none() -> None:
    assert fraction(numeric("answer: 912\nunit: billion"), "US$912 billion") == 1
    assert fraction(numeric("answer: 912\nunit: billion"), "$912") == 1
    assert fraction(numeric("answer: 912\nunit: per head"), "$912") == 1


@pytest.mark.parametrize("text", ["23", "23%", "23 %", "23 percent", "23 per cent", "22.5", "23,5 %"])
def test_percent_is_read_in_words_and_signs(text: str) -> None:
    assert fraction(PERCENT, text) == 1


def test_a_percentage_stands_for_a_share_where_the_answer_is_one() -> None:
    assert fraction(SHARE, "23%") == fraction(SHARE, "0.23") == fraction(SHARE, ".23") == 1
    assert fraction(SHARE, "23") == 0
    assert fraction(numeric("answer: 23"), "23 %") == 1
    assert fraction(numeric("answer: 1"), "100 %") == 1
    assert fraction(numeric("answer: 1.5"), "1.5 %") == 1


@pytest.mark.parametrize(
    "text",
    [
        "1.67",
        "1.67 million",
        "1.67 million patents",
        "about 1.67 millions of patents",
        "1,670,000 patents",
        "1 670 000",
        "1.67m",
    ],
)
def test_what_is_counted_may_be_written_with_its_power_of_ten(text: str) -> None:
    assert fraction(PATENTS, text) == 1


@pytest.mark.parametrize("text", ["6", "6 times", "6x", "6×", "6-fold", "6 fold"])
def test_a_factor_is_read_with_its_sign(text: str) -> None:
    assert fraction(numeric("answer: 6\nunit: times"), text) == 1


@pytest.mark.parametrize(
    "text", ["125.6", "125,600", "US$125,600", "$125.6k", "125.6 thousand", "125 600 dollars", "0.1256m"]
)
def test_thousands_of_dollars_are_read_in_full_and_in_short(text: str) -> None:
    question = numeric("answer: 125.6\nunit: thousand US dollars\nwrong: [{value: 546.1}]")
    assert fraction(question, text) == 1


def test_one_and_several_are_the_same_unit_and_money_may_stand_before_it() -> None:
    assert fraction(numeric("answer: 1\nunit: days"), "1 day") == 1
    assert fraction(numeric("answer: 5\nunit: per head"), "$5 per head") == 1
    assert fraction(numeric("answer: 5\nunit: US$ per head"), "5 per head") == 1


def test_other_units_are_converted() -> None:
    assert fraction(MINUTES, "360", "seconds") == 1
    assert fraction(MINUTES, "0.1", "hours") == 1
    assert fraction(MINUTES, "6", "minutes") == 1
    assert fraction(MINUTES, "6") == 1
    assert fraction(MINUTES, "6", "hours") == 0
    assert fraction(MINUTES, "6", "no such unit") == 1


def test_a_unit_typed_with_the_number_goes_before_the_preset_one() -> None:
    assert fraction(MINUTES, "360 seconds", "minutes") == 1
    assert fraction(MINUTES, "360 Second", "seconds") == 1
    assert refusal(MINUTES, "6 minutes", "hours") == "Two different units are given. Write the unit once."


@pytest.mark.parametrize("text", ["many", "1/2", "5-6", "2.000", "6 apples", "1e6.5", "6 minutes 7", "x" * 101])
def test_what_cannot_be_read_is_badly_formed_and_worth_nothing(text: str) -> None:
    for question in (PLAIN, MILLION, DOLLARS, PERCENT, MINUTES):
        message = refusal(question, text)
        assert message
        assert "%" not in message
        assert fraction(question, text) == 0


def test_a_foreseen_error_is_told_and_the_nearest_one_wins() -> None:
    grade = NUMERIC.grade(MILLION, {"text": "0.28 million", "unit": None})
    assert (grade.fraction, grade.parts[0].feedback) == (0, "A sixth.")
    question = numeric(
        "answer: 10\ntolerance: {absolute: 2}\nwrong: [{value: 14, feedback: far}, {value: 15, feedback: near}]"
    )
    assert NUMERIC.grade(question, {"text": "15.2"}).parts[0].feedback == "near"
    assert NUMERIC.grade(question, {"text": "18"}).parts[0].feedback == ""


def test_a_foreseen_error_is_told_in_every_unit() -> None:
    question = numeric(
        "answer: 6\nunit: minutes\nunits: [{unit: seconds, factor: 0.0166666667}]\n"
        "wrong: [{value: 2, feedback: A third.}]"
    )
    for text, unit in (("2", "minutes"), ("120", "seconds"), ("120 seconds", None)):
        assert NUMERIC.grade(question, {"text": text, "unit": unit}).parts[0].feedback == "A third."


@pytest.mark.parametrize("text", ["1.67", "many"])
def test_what_is_right_or_cannot_be_read_has_no_feedback(text: str) -> None:
    assert NUMERIC.grade(MILLION, {"text": text}).parts[0].feedback == ""


def misses(question: Question) -> Counter[str]:
    answers = [NUMERIC.wrong(question, random.Random(seed)) for seed in range(200)]
    assert {NUMERIC.grade(question, answer).fraction for answer in answers} == {0}
    return Counter(answer["text"] for answer in answers)


def test_who_errs_mostly_errs_as_foreseen_and_else_slips() -> None:
    slips = {"16.7", "0.167", "3.34", "0.835", "-1.67"}
    drawn = misses(MILLION)
    assert set(drawn) == {"0.28", *slips}
    assert 100 < drawn["0.28"] < 180
    assert set(misses(numeric("answer: 1.67"))) == slips


@pytest.mark.parametrize(
    "rest", ["answer: 0", "answer: 0\ntolerance: {absolute: 1e15}", "answer: 3\ntolerance: {relative: 1e3}"]
)
def test_there_is_a_wrong_number_however_wide_the_tolerance(rest: str) -> None:
    assert misses(numeric(rest))


def test_the_review_says_the_answer_with_its_unit() -> None:
    part = NUMERIC.grade(PERCENT, {"text": "19"}).parts[0]
    assert (part.given, part.right) == ("19", "23%")
    assert NUMERIC.describe(MINUTES, {"text": "360", "unit": "seconds"}) == "360 seconds"
    assert NUMERIC.describe(MINUTES, {"text": "360 seconds", "unit": "minutes"}) == "360 seconds"


@pytest.mark.parametrize(
    ("rest", "path"),
    [
        ("answer: 10\ntolerance: {absolute: 2}\nwrong: [{value: 30}, {value: 12}]", ("wrong", 1, "value")),
        ("answer: 10\ntolerance: {relative: 0.2}\nwrong: [{value: 8}]", ("wrong", 0, "value")),
        ("answer: 10\nwrong: [{value: 8}, {value: 8.0}]", ("wrong", 1, "value")),
        ("answer: 10\nunit: kg\nunits: [{unit: KG, factor: 1}]", ("units", 0, "unit")),
        ("answer: 10\nunit: kg\nunits: [{unit: g, factor: 0.001}, {unit: G., factor: 0.001}]", ("units", 1, "unit")),
        ("answer: 10\nunits: [{unit: kg, factor: 1}]", ("units",)),
    ],
)
def test_a_tolerance_that_accepts_a_foreseen_error_is_found(rest: str, path: tuple[Any, ...]) -> None:
    assert [flaw.path for flaw in NUMERIC.check(numeric(rest))] == [path]


@pytest.mark.parametrize(
    ("rest", "place"),
    [
        ("answer: many", ("answer",)),
        ("answer: nan", ("answer",)),
        ("answer: 1\ntolerance: {}", ("tolerance",)),
        ("answer: 1\ntolerance: {absolute: 1, relative: 1}", ("tolerance",)),
        ("answer: 1\ntolerance: {absolute: -1}", ("tolerance", "absolute")),
        ("answer: 1\nunit: kg\nunits: [{unit: g, factor: 0}]", ("units", 0, "factor")),
    ],
)
def test_numbers_in_files_are_checked_at_their_place(rest: str, place: tuple[Any, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        numeric(rest)
    assert [error["loc"] for error in caught.value.errors()] == [place]
    assert caught.value.errors()[0]["msg"].startswith("expected")


def test_a_response_keeps_its_meaning_in_a_question_with_other_units() -> None:
    without = numeric("answer: 6\nunit: minutes")
    assert NUMERIC.carry(MINUTES, without, {"text": "360", "unit": "seconds"}) == {"text": "360 seconds", "unit": None}
    assert NUMERIC.carry(without, MINUTES, {"text": "6", "unit": None}) == {"text": "6", "unit": "minutes"}
    assert NUMERIC.carry(MINUTES, MINUTES, {"text": "0.1", "unit": "hours"}) == {"text": "0.1", "unit": "hours"}


def test_the_unit_chosen_goes_through_the_form_and_the_first_stands_for_none() -> None:
    for unit in ("minutes", "seconds", "hours"):
        saved = {"text": "6", "unit": unit}
        shown = NUMERIC.form(MINUTES, {}, response=saved, prefix="q")
        assert shown["unit"].data == unit
        assert shown.response() == saved
        sent = NUMERIC.form(MINUTES, {}, formdata=MultiDict({"q-text": "6", "q-unit": unit}), prefix="q")
        assert sent.response() == saved
    for fields in ({"q-text": "6"}, {"q-text": "6", "q-unit": "years"}):
        form = NUMERIC.form(MINUTES, {}, formdata=MultiDict(fields), prefix="q")
        assert form.response() == {"text": "6", "unit": "minutes"}
    assert NUMERIC.form(MINUTES, {}, prefix="q")["unit"].data == "minutes"


READINGS = json.loads((Path(__file__).parents[1] / "data" / "numbers.json").read_text("utf-8"))


@pytest.mark.parametrize("case", READINGS, ids=lambda case: f"{case['text'][:20]} {case['units']}")
def test_how_a_number_was_read_is_said_whatever_the_answer_is(case: dict[str, Any]) -> None:
    """The same cases are held against static/js/numbers.js, by tests/js/numbers.test.js."""
    first, *others = case["units"] or [None]
    for answer in ("0.5", "3", "2000000"):
        units = [OtherUnit(unit=unit, factor=Decimal(2)) for unit in others]
        target = Target(Decimal(answer), first, units)
        try:
            found: dict[str, Any] = {"read": target.read_as(case["text"], case["chosen"] or None, case["sign"])}
        except Unreadable as error:
            names = {msgid: name for name, msgid in PROBLEMS.items()}
            found = {"problem": names[error.message.msgid], "values": dict(error.message.values)}
        assert found == {name: case[name] for name in found}


def test_every_way_of_being_unreadable_has_words_and_a_case() -> None:
    assert {case["problem"] for case in READINGS if "problem" in case} == set(PROBLEMS)
