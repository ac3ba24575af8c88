"""Arranging: pairs, orders and groups. Fractions computed by hand."""

from __future__ import annotations

import itertools
from math import factorial
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from webapp.questions import TYPES, carry, grade
from webapp.questions.contract import Question

from .conftest import ask, example, read

ORDERING, MATCHING, CATEGORISE = TYPES["ordering"], TYPES["matching"], TYPES["categorise"]


def ordering(texts: str, rest: str = "") -> Question:
    items = "\n".join(f"  - {{text: {text}}}" for text in texts.split())
    return read(f"id: q\ntype: ordering\nstem: Order!\n{rest}\nitems:\n{items}")


def matching(pairs: str, rest: str = "") -> Question:
    lines = "\n".join(
        f"  - {{left: {left}, right: {right}, feedback: '{left}!'}}" for left, right in map(str.split, pairs.split(","))
    )
    return read(f"id: q\ntype: matching\nstem: Match!\n{rest}\npairs:\n{lines}")


def categorise(items: str, rest: str = "") -> Question:
    lines = "\n".join(f"  - {{text: {text}, category: {group}}}" for text, group in map(str.split, items.split(",")))
    groups = "categories: [{id: fish, title: Fish}, {id: bird, title: Bird}, {id: tree, title: Tree}]"
    return read(f"id: q\ntype: categorise\nstem: Sort!\n{groups}\n{rest}\nitems:\n{lines}")


# ------------------------------------------------------------------ ordering


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("abcd", 1),
        ("bacd", 5 / 6),
        ("abdc", 5 / 6),
        ("badc", 4 / 6),
        ("bcda", 3 / 6),
        ("dabc", 3 / 6),
        ("dcba", 0),
        ("dcab", 1 / 6),
    ],
)
def test_an_order_earns_its_share_of_pairs(order: str, expected: float) -> None:
    assert grade(ordering("A B C D"), {"order": list(order)}).fraction == pytest.approx(expected, abs=1e-6)


def test_all_or_nothing_orders_are_whole() -> None:
    question = ordering("A B C", "scoring: all-or-nothing")
    assert [grade(question, {"order": list(order)}).fraction for order in ("abc", "acb")] == [1, 0]
    assert ORDERING.guess(question) == 1 / 6


def test_the_guess_at_an_order_is_the_mean_over_all_orders() -> None:
    question = ordering("A B C D")
    total = sum(grade(question, {"order": list(order)}).fraction for order in itertools.permutations("abcd"))
    assert total / factorial(4) == pytest.approx(ORDERING.guess(question), abs=1e-6)


def test_each_item_says_where_it_was_put() -> None:
    parts = grade(ordering("A B C"), {"order": ["c", "a", "b"]}).parts
    assert [(part.label, part.given, part.right, part.fraction) for part in parts] == [
        ("A", "2", "1", 0.5),
        ("B", "3", "2", 0.5),
        ("C", "1", "3", 0),
    ]


@pytest.mark.parametrize("order", [[], ["a"], ["a", "b", "b"], ["a", "b", "c", "d"], ["a", "b", "x"], "abc", None])
def test_what_is_no_order_of_all_items_is_worth_nothing(order: Any) -> None:
    assert grade(ordering("A B C"), {"order": order}).fraction == 0


def send(question: Question, positions: dict[str, str], **more: str) -> Any:
    order = {"items": ["c", "a", "b"]}  # shown as 1: C, 2: A, 3: B
    fields = {f"q-item-{token}": position for token, position in positions.items()}
    buttons = {f"q-{name}": value for name, value in more.items()}
    return ORDERING.form(question, order, formdata=MultiDict(fields | buttons), prefix="q")


def test_positions_make_an_order() -> None:
    assert send(ordering("A B C"), {"1": "3", "2": "1", "3": "2"}).response() == {"order": ["a", "b", "c"]}


def test_the_last_missing_position_goes_without_saying() -> None:
    assert send(ordering("A B C"), {"1": "3", "2": "1", "3": ""}).response() == {"order": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("positions", "kept", "message"),
    [
        ({"1": "1", "2": "1", "3": "2"}, {"a": 1, "b": 2, "c": 1}, "Two items have the position 1. Give each its own."),
        ({"1": "1"}, {"c": 1}, "Give every item a position."),
        ({"1": "1", "2": "1"}, {"a": 1, "c": 1}, "Two items have the position 1. Give each its own."),
    ],
)
def test_positions_that_are_no_order_are_kept_and_asked_about(positions: Any, kept: Any, message: str) -> None:
    question = ordering("A B C")
    form = send(question, positions)
    assert form.response() == {"positions": kept}
    assert form.malformed == ORDERING.malformed(question, form.response()) == message
    assert grade(question, form.response()).fraction == 0
    again = ORDERING.form(question, {"items": ["c", "a", "b"]}, response=form.response(), prefix="q")
    assert again.response() == form.response()


def test_nothing_chosen_is_not_answered() -> None:
    form = send(ordering("A B C"), {"1": "", "2": "", "3": ""})
    assert form.response() is None
    assert form.malformed is None
    assert form.untouched


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("up:2", "acb"),
        ("down:1", "acb"),
        ("up:1", "cab"),
        ("down:3", "cab"),
        ("up:3", "cba"),
        ("keep", "cab"),
    ],
)
def test_buttons_move_an_item_from_where_it_is_shown(button: str, expected: str) -> None:
    form = send(ordering("A B C"), {"1": "", "2": "", "3": ""}, move=button)
    assert form.moved
    assert form.response() == {"order": list(expected)}
    assert [row.item.text.lower() for row in form.rows] == list(expected)


def test_buttons_go_on_from_the_positions_chosen() -> None:
    form = send(ordering("A B C"), {"1": "2", "2": "1", "3": "3"}, move="down:2")
    assert form.response() == {"order": ["c", "a", "b"]}
    form = send(ordering("A B C"), {"1": "", "2": "1", "3": ""}, move="up:3")
    assert form.response() == {"order": ["a", "b", "c"]}


@pytest.mark.parametrize("button", ["", "up:", "up:9", "sideways:1", "up", "up:a", "UP:1", "up:1:2"])
def test_no_other_button_moves_anything(button: str) -> None:
    form = send(ordering("A B C"), {"1": "", "2": "", "3": ""}, move=button)
    assert not form.moved
    assert form.response() is None


def test_a_saved_order_is_shown_in_its_order_with_the_ends_closed() -> None:
    question = ordering("Ann Bob Cid", "first: oldest\nlast: youngest")
    html = ask(question, {"items": ["c", "a", "b"]}, response={"order": ["b", "c", "a"]})
    assert html.index("Bob") < html.index("Cid") < html.index("Ann")
    assert html.index("oldest") < html.index("Bob")
    assert html.index("youngest") > html.index("Ann")
    assert html.count(" disabled") == 2
    assert "as it stands" not in html


def test_an_order_is_carried_by_text_and_new_items_come_last() -> None:
    old = ordering("A B C")
    assert carry(old, ordering("C A B"), {"order": ["a", "b", "c"]}) == {"order": ["b", "c", "a"]}
    assert carry(old, ordering("A B"), {"order": ["c", "b", "a"]}) == {"order": ["b", "a"]}
    assert carry(old, ordering("A X B C"), {"order": ["c", "b", "a"]}) == {"order": ["d", "c", "a", "b"]}
    assert carry(old, ordering("A Bee C"), {"order": ["c", "b", "a"]}) == {"order": ["c", "b", "a"]}


def test_items_that_stand_twice_and_unshuffled_orders_are_found() -> None:
    assert [flaw.path for flaw in ORDERING.check(ordering("A B A", "shuffle: false"))] == [
        ("items", 2, "text"),
        ("shuffle",),
    ]


# ------------------------------------------------------------------ matching


def test_pairs_earn_their_share() -> None:
    question = matching("Italy Rome,France Paris,Spain Madrid", "extra: [{text: Bern, feedback: Swiss.}]")
    result = grade(question, {"pairs": {"a": "r1", "b": "r3", "c": "x1", "z": "r1"}})
    assert result.fraction == 0.333333
    assert [(part.label, part.given, part.right, part.feedback) for part in result.parts] == [
        ("Italy", "Rome", "Rome", "Italy!"),
        ("France", "Madrid", "Paris", "France!"),
        ("Spain", "Bern", "Madrid", "Swiss."),
    ]
    assert MATCHING.guess(question) == 1 / 4
    assert MATCHING.describe(question, {"pairs": {"b": "r3"}}) == "France → Madrid"
    assert MATCHING.classify(question, {"pairs": {"b": "r3", "c": "nope"}}) == ["b:r3"]


def test_all_or_nothing_pairs_are_whole() -> None:
    question = matching("Italy Rome,France Paris", "scoring: all-or-nothing")
    assert grade(question, {"pairs": {"a": "r1", "b": "r2"}}).fraction == 1
    assert grade(question, {"pairs": {"a": "r1"}}).fraction == 0
    assert MATCHING.guess(question) == 1 / 4


def test_things_may_share_their_match() -> None:
    question: Any = matching("Milan Italy,Rome Italy,Paris France")
    assert list(question.rights.values()) == ["Italy", "France"]
    assert MATCHING.key(question) == {"pairs": {"a": "r1", "b": "r1", "c": "r3"}}
    assert grade(question, {"pairs": {"a": "r2", "b": "r1", "c": "r3"}}).fraction == 1
    assert MATCHING.guess(question) == 1 / 2


def test_pairs_are_carried_with_both_their_sides() -> None:
    old = matching("Italy Rome,France Paris,Spain Madrid", "extra: [{text: Bern}]")
    moved = matching("Spain Madrid,Italy Rome,France Paris", "extra: [{text: Oslo}]")
    response = {"pairs": {"a": "r2", "b": "x1", "c": "r3"}}
    assert carry(old, moved, response) == {"pairs": {"b": "r3", "c": "x1", "a": "r1"}}
    mended = matching("Italy Roma,France Paris,Spain Madrid")
    assert carry(old, mended, {"pairs": {"a": "r1", "b": "x1"}}) == {"pairs": {"a": "r1"}}
    # The key is mended: Rome and Paris had been swapped. Answers keep their words.
    swapped = matching("Italy Paris,France Rome,Spain Madrid")
    right = {"pairs": {"a": "r1", "b": "r2", "c": "r3"}}
    assert grade(old, carry(swapped, old, {"pairs": {"a": "r2", "b": "r1", "c": "r3"}})).fraction == 1
    assert carry(swapped, old, right) == {"pairs": {"a": "r2", "b": "r1", "c": "r3"}}


@pytest.mark.parametrize(
    ("pairs", "rest", "path"),
    [
        ("Italy Rome,Italy Paris", "", ("pairs", 1, "left")),
        ("Milan Italy,Rome Italy", "", ("pairs",)),
        ("Italy Rome,France Paris", "extra: [{text: paris}]", ("extra", 0, "text")),
        ("Italy Rome,France Paris", "extra: [{text: Bern}, {text: Bern}]", ("extra", 1, "text")),
    ],
)
def test_pairs_that_leave_doubt_are_found(pairs: str, rest: str, path: tuple[Any, ...]) -> None:
    assert [flaw.path for flaw in MATCHING.check(matching(pairs, rest))] == [path]


# ------------------------------------------------------------------ categorise


def test_items_earn_their_share() -> None:
    question = categorise("cod fish,owl bird,oak tree")
    result = grade(question, {"items": {"a": "fish", "b": "tree", "c": "nowhere"}})
    assert result.fraction == 0.333333
    assert [(part.given, part.right) for part in result.parts] == [("Fish", "Fish"), ("Tree", "Bird"), (None, "Tree")]
    assert CATEGORISE.guess(question) == 1 / 3
    assert CATEGORISE.classify(question, {"items": {"a": "fish", "b": "tree"}}) == ["a:fish", "b:tree"]
    whole = categorise("cod fish,owl bird", "scoring: all-or-nothing")
    assert grade(whole, {"items": {"a": "fish", "b": "tree"}}).fraction == 0
    assert CATEGORISE.guess(whole) == pytest.approx(1 / 9)


def test_groups_that_do_not_exist_or_give_themselves_away_are_found() -> None:
    assert [flaw.path for flaw in CATEGORISE.check(categorise("cod fish,owl brid"))] == [("items", 1, "category")]
    sorted_already = categorise("cod fish,eel fish,owl bird", "shuffle: false")
    assert [flaw.path for flaw in CATEGORISE.check(sorted_already)] == [("shuffle",)]
    mixed = categorise("cod fish,owl bird,eel fish", "shuffle: false")
    assert list(CATEGORISE.check(mixed)) == []


def test_groups_are_carried_by_id_then_by_title() -> None:
    old = example("categorise")
    new = read(TYPES["categorise"].example.replace(": judgement", ": opinion"))
    key = CATEGORISE.key(old)
    assert carry(old, new, key) == CATEGORISE.key(new)


def test_many_groups_are_a_menu() -> None:
    groups = ", ".join(f"{{id: g{place}, title: Group {place}}}" for place in range(6))
    question = read(f"id: q\ntype: categorise\nstem: S\ncategories: [{groups}]\nitems: [{{text: x, category: g3}}]")
    html = ask(question, {"items": ["a"]}, response={"items": {"a": "g3"}})
    assert '<option value="4" selected>Group 3</option>' in html
    assert 'type="radio"' not in html


def test_all_or_nothing_groups_are_whole() -> None:
    whole = categorise("cod fish,owl bird", "scoring: all-or-nothing")
    assert grade(whole, {"items": {"a": "fish", "b": "bird"}}).fraction == 1
    assert grade(whole, {"items": {"a": "bird", "b": "fish"}}).fraction == 0


def test_each_item_is_reviewed_with_its_words_and_its_feedback() -> None:
    for name in ("ordering", "categorise"):
        question: Any = example(name)
        parts = grade(question, TYPES[name].key(question)).parts
        expected = list(zip("abcd", ((item.text, item.feedback) for item in question.items), strict=False))
        assert [(part.id, (part.label, part.feedback)) for part in parts] == expected


def test_each_extra_match_has_its_own_feedback() -> None:
    extra = "extra: [{text: Bern, feedback: Swiss.}, {text: Oslo, feedback: Norse.}]"
    question = matching("Italy Rome,France Paris", extra)
    parts = grade(question, {"pairs": {"a": "x1", "b": "x2"}}).parts
    assert [part.feedback for part in parts] == ["Swiss.", "Norse."]
