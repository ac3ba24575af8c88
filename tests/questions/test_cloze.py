"""Gaps in a text."""

from __future__ import annotations

from typing import Any

import pytest
from markupsafe import Markup
from pydantic import ValidationError

from webapp.questions import TYPES, carry, grade
from webapp.questions.contract import Question
from webapp.questions.inputs.blanks import marked, named_in, pieces

from .conftest import ask, example, read, review

CLOZE = TYPES["cloze"]


def cloze(text: str, blanks: str) -> Question:
    return read(f"id: q\ntype: cloze\nstem: Fill!\ntext: '{text}'\nblanks:\n{blanks}")


def test_gaps_count_by_their_weight() -> None:
    question = example("cloze")  # weights 1, 1 and 2
    assert grade(question, {"blanks": {"what": "a"}}).fraction == 0.25
    assert grade(question, {"blanks": {"cost": "6 million dollars"}}).fraction == 0.5
    assert grade(question, {"blanks": {"what": "b", "how": "sofware", "cost": "6.5"}}).fraction == 0.75
    assert CLOZE.guess(question) == 0.5 / 4


def test_each_gap_has_its_feedback() -> None:
    result = grade(example("cloze"), {"blanks": {"what": "b", "how": "Hardware", "cost": "100 million"}})
    assert [(part.label, part.given, part.right, part.feedback) for part in result.parts] == [
        ("1", "engineers", "chips", "People weren't limited."),
        ("2", "Hardware", "software", "The hardware was what they lacked."),
        ("3", "100 million", "6 million dollars", "That is what others are thought to spend."),
    ]
    assert result.fraction == 0


def test_a_number_that_cannot_be_read_is_asked_about_with_its_gap() -> None:
    question = example("cloze")
    message: Any = CLOZE.malformed(question, {"blanks": {"cost": "six"}})
    assert message == "What stands in gap 3 can’t be read."
    assert (message.msgid, message.values) == ("What stands in gap %(number)s can’t be read.", {"number": "3"})
    assert CLOZE.malformed(question, {"blanks": {"how": "x" * 201}}) == "What stands in gap 2 can’t be read."
    html = ask(question, {}, response={"blanks": {"cost": "six"}})
    assert html.count('aria-invalid="true"') == 1
    assert "Write one number in digits, such as 1670000" in html
    assert 'aria-describedby="q-blank-3-error q-blank-3-unit q-blank-3-read"' in html


def test_gaps_stand_where_the_author_put_them() -> None:
    html = ask(cloze("One **[[b]]** and\n\n- [[a]] two", "  a: {answers: [x]}\n  b: {answers: [y]}"), {})
    assert html.index("One <strong>") < html.index('name="q-blank-1"') < html.index("</strong>")
    assert html.index("<li>") < html.index('name="q-blank-2"') < html.index(" two")
    assert "[[" not in html


def test_no_gap_is_lost_or_doubled_whatever_markdown_makes_of_it() -> None:
    assert pieces(Markup("<p>no marks</p>"), ["a", "b"]) == [("<p>no marks</p>", "a"), ("", "b"), ("", None)]
    doubled = marked("[[a]] [[a]]", ["a"])
    assert [name for _, name in pieces(doubled, ["a"])] == ["a", None]
    assert named_in("[[a]] [[ b-2 ]] [[C]] [d] [[e e]]") == ["a", "b-2"]


def test_the_review_shows_the_text_with_the_answers_in_it() -> None:
    question = cloze("It is [[a]] and [[b]].", "  a: {answers: [tea]}\n  b: {answers: [bread]}")
    html = review(question, {}, {"blanks": {"a": "<b>tea</b>"}})
    assert "It is" in html
    assert "&lt;b&gt;tea&lt;/b&gt;" in html
    assert "Not answered" in html


def test_typed_answers_and_menus_are_told_apart_in_statistics() -> None:
    question = example("cloze")
    assert [choice.id for choice in CLOZE.choices(question)] == ["what:a", "what:b"]
    assert CLOZE.classify(question, {"blanks": {"what": "b", "how": "x"}}) == ["what:b"]
    assert CLOZE.classify(question, {"blanks": {"how": "x"}}) == ["other"]


@pytest.mark.parametrize(
    ("text", "blanks", "paths"),
    [
        ("[[a]] [[b]]", "  a: {answers: [x]}", [("text",)]),
        ("[[a]] [[a]]", "  a: {answers: [x]}", [("text",)]),
        ("[[a]]", "  a: {answers: [x]}\n  b: {answers: [y]}", [("blanks", "b")]),
        ("[[a]]", "  a: {options: [{text: x, key: true}]}", [("blanks", "a", "options")]),
        ("[[a]]", "  a: {options: [{text: x}, {text: y}]}", [("blanks", "a", "options")]),
        ("[[a]]", "  a: {options: [{text: x, key: true}, {text: X}]}", [("blanks", "a", "options", 1, "text")]),
        ("[[a]]", "  a: {answers: [WIPO], tolerance: {absolute: 1}}", [("blanks", "a", "tolerance")]),
        ("[[a]]", "  a: {answer: 5, distance: 1}", [("blanks", "a", "distance")]),
        ("[[a]]", "  a: {answer: 5, wrong: [{text: six}]}", [("blanks", "a", "wrong", 0)]),
        ("[[a]]", "  a: {answer: 5, wrong: [{value: 5}]}", [("blanks", "a", "wrong", 0, "value")]),
        ("[[a]]", "  a: {answers: [WIPO], wrong: [{text: wipo}]}", [("blanks", "a", "wrong", 0, "text")]),
    ],
)
def test_flaws_are_found_at_their_place(text: str, blanks: str, paths: list[tuple[Any, ...]]) -> None:
    assert [flaw.path for flaw in CLOZE.check(cloze(text, blanks))] == paths


@pytest.mark.parametrize(
    ("blanks", "place"),
    [
        ("  a: {}", ("blanks", "a")),
        ("  a: {answers: [x], answer: 5}", ("blanks", "a")),
        ("  a: {answer: five}", ("blanks", "a", "answer")),
        ("  a: {answer: 5, weight: 0}", ("blanks", "a", "weight")),
        ("  a: {answers: [x], wrong: [{feedback: y}]}", ("blanks", "a", "wrong", 0)),
        ("  A b: {answers: [x]}", ("blanks", "A b", "[key]")),
    ],
)
def test_the_form_is_checked_at_its_place(blanks: str, place: tuple[Any, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        cloze("[[a]]", blanks)
    assert [error["loc"] for error in caught.value.errors()] == [place]


def test_an_answer_is_carried_between_menus_and_typing() -> None:
    menu = cloze("[[a]]", "  a: {options: [{text: tea, key: true}, {text: bread}]}")
    typing = cloze("[[b]]", "  b: {answers: [tea]}")
    assert carry(menu, typing, {"blanks": {"a": "b"}}) == {"blanks": {"b": "bread"}}
    assert carry(typing, menu, {"blanks": {"b": "Tea"}}) == {"blanks": {"a": "a"}}
    assert carry(typing, menu, {"blanks": {"b": "coffee"}}) == {}
    swapped = cloze("[[a]]", "  a: {options: [{text: bread}, {text: tea, key: true}]}")
    assert carry(menu, swapped, {"blanks": {"a": "a"}}) == {"blanks": {"a": "b"}}
