"""Choosing: one answer, several, true or false. Fractions and guesses computed by hand."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from webapp.questions import TYPES, carry, grade
from webapp.questions.contract import Question

from .conftest import ask, example, read, review

MULTIPLE = TYPES["multiple"]


def choice(options: str, rest: str = "") -> Question:
    return read(f"id: q\ntype: choice\nstem: Which?\n{rest}\noptions:\n{options}")


def multiple(scoring: str, keys: str = "KK--") -> Question:
    options = "\n".join(f"  - {{text: o{place}, key: {sign == 'K'}}}" for place, sign in enumerate(keys))
    return read(f"id: q\ntype: multiple\nstem: Which?\nscoring: {scoring}\noptions:\n{options}")


def test_the_feedback_is_that_of_the_option_chosen() -> None:
    question = example("choice")
    assert grade(question, {"option": "b"}).parts[0].feedback == "China filed roughly six times as many."
    wrong = grade(question, {"option": "c"})
    assert (wrong.fraction, wrong.verdict) == (0, "wrong")
    part = wrong.parts[0]
    assert (part.given, part.right) == ("About 60", "About 6")
    assert part.feedback.startswith("The gap is wide")
    assert grade(question, {"option": "d"}).parts[0].given is None


@pytest.mark.parametrize(
    ("scoring", "ticks", "expected"),
    [
        # a and b are right, c and d are not.
        ("per-option", "", 0),
        ("per-option", "ab", 1),
        ("per-option", "a", 0.75),
        ("per-option", "ac", 0.5),
        ("per-option", "abc", 0.75),
        ("per-option", "abcd", 0.5),
        ("per-option", "cd", 0),
        ("right-minus-wrong", "", 0),
        ("right-minus-wrong", "ab", 1),
        ("right-minus-wrong", "a", 0.5),
        ("right-minus-wrong", "ac", 0),
        ("right-minus-wrong", "abc", 0.5),
        ("right-minus-wrong", "abcd", 0),
        ("right-minus-wrong", "cd", 0),
        ("all-or-nothing", "", 0),
        ("all-or-nothing", "ab", 1),
        ("all-or-nothing", "a", 0),
        ("all-or-nothing", "abc", 0),
    ],
)
def test_ticks_earn_what_the_scoring_says(scoring: str, ticks: str, expected: float) -> None:
    assert grade(multiple(scoring), {"options": list(ticks)}).fraction == expected


def test_a_third_is_rounded_to_six_places() -> None:
    assert grade(multiple("right-minus-wrong", "KKK-"), {"options": ["a"]}).fraction == 0.333333
    assert grade(multiple("per-option", "KK-"), {"options": ["a"]}).fraction == 0.666667


def test_unknown_and_repeated_ticks_count_for_nothing() -> None:
    assert grade(multiple("right-minus-wrong"), {"options": ["a", "a", "z", 3, None]}).fraction == 0.5


def test_the_guess_is_the_mean_over_all_ways_to_tick() -> None:
    for scoring in ("per-option", "right-minus-wrong", "all-or-nothing"):
        for keys in ("K-", "KK--", "K----", "KKK"):
            question = multiple(scoring, keys)
            ways = [
                grade(question, {"options": list(ticks)}).fraction
                for size in range(len(keys) + 1)
                for ticks in itertools.combinations("abcdefg"[: len(keys)], size)
            ]
            assert MULTIPLE.guess(question) == pytest.approx(sum(ways) / 2 ** len(keys), abs=1e-6)
    # By hand: 1/2 − (2/4)/16; and (1/16)(1 + 4·1/2 ... ) for the floored difference; and 1/16.
    assert MULTIPLE.guess(multiple("per-option")) == 0.5 - 0.5 / 16
    assert MULTIPLE.guess(multiple("right-minus-wrong")) == (2 * 0.5 + 1 + 2 * 0.5) / 16
    assert MULTIPLE.guess(multiple("all-or-nothing")) == 1 / 16


def test_guesses_at_one_of_several() -> None:
    assert TYPES["choice"].guess(example("choice")) == pytest.approx(1 / 3)
    assert TYPES["true_false"].guess(example("true_false")) == 0.5


def test_a_fixed_option_keeps_its_place_and_the_others_move() -> None:
    question = choice(
        "\n".join(f"  - {{text: o{place}, key: {place == 0}, fixed: {place == 3}}}" for place in range(4))
    )
    orders = [TYPES["choice"].order(question, seed)["options"] for seed in range(30)]
    assert {order[3] for order in orders} == {"d"}
    assert len({tuple(order) for order in orders}) == 6


def test_an_unshuffled_question_keeps_the_order_of_the_file() -> None:
    question = choice("  - {text: one, key: true}\n  - {text: two}", "shuffle: false")
    assert {tuple(TYPES["choice"].order(question, seed)["options"]) for seed in range(9)} == {("a", "b")}


@pytest.mark.parametrize(
    ("options", "paths"),
    [
        ("  - {text: one}\n  - {text: two}", [("options",)]),
        ("  - {text: one, key: true}\n  - {text: two, key: true}", [("options", 1, "key")]),
        ("  - {text: one, key: true}\n  - {text: '**One**'}", [("options", 1, "text")]),
        ("  - {text: one, key: true, id: b}\n  - {text: two}", [("options", 1)]),
        ("  - {text: one, key: true, id: x}\n  - {text: two, id: x}", [("options", 1, "id")]),
    ],
)
def test_no_key_two_keys_and_clashes_are_found(options: str, paths: list[tuple[Any, ...]]) -> None:
    question = choice(options)
    assert [flaw.path for flaw in TYPES["choice"].check(question)] == paths
    TYPES["choice"].key(question)


def test_several_right_answers_need_one_and_a_wrong_one() -> None:
    assert [flaw.path for flaw in MULTIPLE.check(multiple("per-option", "--"))] == [("options",)]
    assert [flaw.path for flaw in MULTIPLE.check(multiple("right-minus-wrong", "KK"))] == [("scoring",)]
    assert grade(multiple("right-minus-wrong", "--"), {"options": ["a"]}).fraction == 0


def test_a_statement_has_feedback_for_both_answers() -> None:
    question = example("true_false")
    wrong = grade(question, {"answer": True})
    assert (wrong.fraction, wrong.parts[0].given, wrong.parts[0].right) == (0, "True", "False")
    assert wrong.parts[0].feedback.startswith("The figure runs over")
    for other in ("false", 0, None, "False"):
        assert grade(question, {"answer": other}).parts[0].given is None


def test_an_answer_is_carried_by_id_then_by_text_then_by_place() -> None:
    old = choice("  - {text: one, id: first}\n  - {text: two, key: true}\n  - {text: three}\n  - {text: four}")
    new = choice("  - {text: '*Two*', key: true}\n  - {text: a new one}\n  - {text: thre}\n  - {text: 1, id: first}")
    assert carry(old, new, {"option": "first"}) == {"option": "first"}
    assert carry(old, new, {"option": "b"}) == {"option": "a"}
    assert carry(old, new, {"option": "c"}) == {"option": "c"}
    assert carry(old, new, {"option": "d"}) == {}
    assert carry(old, new, {"option": "zzz"}) == {}


def test_ticks_are_carried_one_by_one() -> None:
    old, new = multiple("per-option", "KK--"), multiple("per-option", "KK-")
    assert carry(old, new, {"options": ["a", "d"]}) == {"options": ["a"]}
    assert carry(old, new, {"options": ["d"]}) == {}


def test_the_review_marks_what_was_missed() -> None:
    question = multiple("per-option", "KK--")
    html = review(question, {}, {"options": ["a", "c"]})
    assert html.count("Your answer: right") == 1
    assert html.count("Your answer: wrong") == 1
    assert html.count("Right answer") == 1


def test_each_option_says_whether_it_was_ticked_and_should_have_been() -> None:
    question = read(
        "id: q\ntype: multiple\nstem: Which?\noptions:\n"
        "  - {text: one, key: true, feedback: A.}\n  - {text: two, key: true, feedback: B.}\n"
        "  - {text: three, feedback: C.}\n  - {text: four, feedback: D.}"
    )
    parts = grade(question, {"options": ["a", "c"]}).parts
    assert [(part.id, part.label, part.given, part.right, part.fraction, part.feedback) for part in parts] == [
        ("a", "one", "chosen", "chosen", 1, "A."),
        ("b", "two", "not chosen", "chosen", 0, "B."),
        ("c", "three", "chosen", "not chosen", 0, "C."),
        ("d", "four", "not chosen", "not chosen", 1, "D."),
    ]
    assert [(part.given, part.fraction) for part in grade(question, None).parts] == [(None, 0)] * 4


def test_each_answer_to_a_statement_has_its_own_feedback() -> None:
    question = example("true_false")
    assert grade(question, {"answer": False}).parts[0].feedback == "It is spread over two decades."


@pytest.mark.parametrize("name", ["choice", "numeric", "short_text", "true_false"])
def test_an_answer_in_one_piece_has_one_part_without_a_label(name: str) -> None:
    question = example(name)
    for response in (None, TYPES[name].key(question)):
        (part,) = grade(question, response).parts
        assert (part.id, part.label) == ("answer", "")


@pytest.mark.parametrize("kind", ["choice", "multiple"])
def test_an_option_that_is_a_formula_is_called_by_its_words(kind: str) -> None:
    options = "options:\n  - {text: '$t = \\sqrt{h}$', key: true}\n  - {text: Its **height**}"
    question = read(f"id: fall\ntype: {kind}\nstem: How long?\n{options}")
    page = ask(question, TYPES[kind].order(question, 1))
    assert re.findall('aria-label="([^"]*)"', page) == ["t = √h"]
