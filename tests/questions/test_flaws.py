"""What an author is told about a question that has the right form and is wrong all the same."""

from __future__ import annotations

import pytest

from webapp.questions import type_of

from .conftest import read

PAIRS = "pairs: [{left: Italy, right: Rome}, {left: France, right: Paris}]"
GROUPS = "categories: [{id: fish, title: Fish}, {id: bird, title: Bird}]"


@pytest.mark.parametrize(
    ("rest", "named"),
    [
        ("type: numeric\nanswer: 10\ntolerance: {absolute: 2}\nwrong: [{value: 12}]", "error 12 is accepted as right"),
        ("type: numeric\nanswer: 10\nwrong: [{value: 8}, {value: 8.0}]", "error 8 stands twice"),
        ("type: numeric\nanswer: 10\nunit: kg\nunits: [{unit: KG, factor: 1}]", "unit `KG` stands twice"),
        ("type: numeric\nanswer: 10\nunits: [{unit: kg, factor: 1}]", "need a unit of the question"),
        ("type: short_text\nanswers: [WIPO, '...']", "nothing is left of `...`"),
        (f"type: short_text\nanswers: [WIPO, {'x' * 201}]", "at most 200 characters"),
        ("type: short_text\nanswers: [WIPO]\nwrong: [{text: wipo}]", "error `wipo` is accepted as right"),
        ("type: short_text\nanswers: [WIPO, wipo]", "`wipo` stands twice"),
        ("type: short_text\nanswers: [WIPO]\ndistance: 2", "2 edits are too many for `WIPO`"),
        ("type: short_text\nanswers: [{pattern: wipo}]", "no accepted answer is a text"),
        ("type: multiple\noptions: [{text: one}, {text: two}]", "no option is right"),
        (
            "type: multiple\nscoring: right-minus-wrong\noptions: [{text: one, key: true}, {text: two, key: true}]",
            "ticking everything is always right",
        ),
        ("type: choice\noptions: [{text: one}, {text: two}]", "no option is the key"),
        (
            "type: ordering\nshuffle: false\nitems: [{text: one}, {text: two}]",
            "they are always shuffled",
        ),
        ("type: ordering\nitems: [{text: one}, {text: One}]", "the item `One` stands twice"),
        ("type: matching\npairs: [{left: Milan, right: Italy}, {left: Rome, right: italy}]", "the same match"),
        (f"type: matching\n{PAIRS}\nextra: [{{text: rome}}]", "`rome` is the match of a thing above"),
        (f"type: matching\n{PAIRS}\nextra: [{{text: Bern}}, {{text: bern}}]", "the match `bern` stands twice"),
        ("type: matching\npairs: [{left: x, right: Rome}, {left: X, right: Paris}]", "the thing `X` stands twice"),
        (f"type: categorise\n{GROUPS}\nitems: [{{text: cod, category: brid}}]", "no group has the id `brid`"),
        (
            f"type: categorise\n{GROUPS}\nitems: [{{text: cod, category: fish}}, {{text: Cod, category: fish}}]",
            "the item `Cod` stands twice",
        ),
        (
            "type: categorise\ncategories: [{id: a, title: Fish}, {id: b, title: fish}]\n"
            "items: [{text: cod, category: a}]",
            "the group `fish` stands twice",
        ),
        (
            "type: categorise\ncategories: [{id: a, title: Fish}, {id: a, title: Bird}]\n"
            "items: [{text: cod, category: a}]",
            "the id `a` stands twice",
        ),
        ("type: cloze\ntext: '[[a]] [[b]]'\nblanks: {a: {answers: [x]}}", "[[b]], which isn't one of the blanks"),
        ("type: cloze\ntext: '[[a]] [[a]]'\nblanks: {a: {answers: [x]}}", "[[a]] more than once"),
        ("type: cloze\ntext: '[[a]]'\nblanks: {a: {answers: [x]}, b: {answers: [x]}}", "doesn't have [[b]]"),
    ],
)
def test_a_flaw_says_what_is_wrong_and_what_to_do(rest: str, named: str) -> None:
    question = read(f"id: q\nstem: Which?\n{rest}")
    (flaw,) = type_of(question).check(question)
    assert named in flaw.message
    assert flaw.suggestion
    assert named not in flaw.suggestion
