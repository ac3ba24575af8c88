"""The key never leaves the server before grading: what is asked tells nothing about what is right.

Each test writes the same question with another key and finds the page unchanged, to the character.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import Any

import pytest

from webapp.questions import TYPES, type_of
from webapp.questions.contract import Question, QuestionType

from .conftest import ask, example, read

OPTIONS = ["Paris", "London", "Rome", "Bern"]


def choice(kind: str, keys: set[int], explicit: bool = False) -> Question:
    lines = [
        f"  - {{{f'id: o{place}, ' if explicit else ''}text: {text}, key: {place in keys}, feedback: {place in keys}}}"
        for place, text in enumerate(OPTIONS)
    ]
    return read("\n".join([f"id: q\ntype: {kind}\nstem: Which?\nexplanation: key {sorted(keys)}\noptions:", *lines]))


@pytest.mark.parametrize("kind", ["choice", "multiple"])
def test_options_look_the_same_whichever_is_right(kind: str) -> None:
    for seed in range(5):
        pages = set()
        for place in range(len(OPTIONS)):
            question = choice(kind, {place})
            pages.add(ask(question, type_of(question).order(question, seed)))
        assert len(pages) == 1


def test_ids_that_an_author_gives_are_not_on_the_page() -> None:
    question = choice("choice", {1}, explicit=True)
    html = ask(question, type_of(question).order(question, 1))
    assert not re.search(r"\bo[0-3]\b", html)


def test_a_statement_looks_the_same_whether_it_is_true_or_not() -> None:
    pages = {ask(read(f"id: q\ntype: true_false\nstem: So?\nanswer: {answer}"), {}) for answer in ("true", "false")}
    assert len(pages) == 1


def test_fields_for_typing_look_the_same_for_every_answer() -> None:
    numbers = {
        ask(read(f"id: q\ntype: numeric\nstem: So?\nunit: m\nanswer: {answer}"), {}) for answer in (1, 1234567.89)
    }
    texts = {ask(read(f"id: q\ntype: short_text\nstem: So?\nanswers: [{answer}]"), {}) for answer in ("x", "y" * 90)}
    assert len(numbers) == len(texts) == 1


def ordering(texts: tuple[str, ...]) -> Question:
    return read(
        "\n".join(["id: q\ntype: ordering\nstem: Order!\nitems:", *(f"  - {{text: {text}}}" for text in texts)])
    )


def test_the_right_order_cannot_be_read_off_the_page() -> None:
    """Whatever the right order is, the same items at the same places of the page make the same HTML."""
    shown = ["Rome", "Paris", "Bern"]
    pages = set()
    for right in itertools.permutations(shown):
        question: Any = ordering(right)
        ids = {item.text: "abc"[place] for place, item in enumerate(question.items)}
        pages.add(ask(question, {"items": [ids[text] for text in shown]}))
    assert len(pages) == 1


def test_every_order_is_shown_equally_often() -> None:
    """Also the right one: a paper that avoided it would give away what the answer is not."""
    question: Any = ordering(("Rome", "Paris", "Bern"))
    kind = type_of(question)
    counts = Counter(tuple(kind.order(question, seed)["items"]) for seed in range(6_000))
    assert len(counts) == 6
    # Chi-squared with 5 degrees of freedom; the order is a fixed function, so this never fails by chance.
    assert sum((count - 1_000) ** 2 / 1_000 for count in counts.values()) < 20.5


def test_without_an_order_the_file_does_not_show_through() -> None:
    question: Any = ordering(("a1", "a2", "a3", "a4", "a5"))
    assert [item.text for _, item in question.shown({})] != ["a1", "a2", "a3", "a4", "a5"]
    pairs = "\n".join(f"  - {{left: l{place}, right: r{place}}}" for place in range(5))
    matching: Any = read(f"id: q\ntype: matching\nstem: Match!\npairs:\n{pairs}")
    assert [name for name, _ in matching.shown_rights({})] != ["r1", "r2", "r3", "r4", "r5"]


def test_partners_cannot_be_read_off_the_page() -> None:
    lefts, rights = ["Italy", "France", "Spain"], ["Rome", "Paris", "Madrid"]
    pages = set()
    for match in itertools.permutations(rights):
        lines = [f"  - {{left: {left}, right: {right}}}" for left, right in zip(lefts, match, strict=True)]
        question: Any = read("\n".join(["id: q\ntype: matching\nstem: Match!\npairs:", *lines]))
        ids = {text: name for name, text in question.all_rights.items()}
        pages.add(
            ask(question, {"lefts": ["c", "a", "b"], "rights": [ids[text] for text in ("Madrid", "Rome", "Paris")]})
        )
    assert len(pages) == 1


def test_groups_cannot_be_read_off_the_page() -> None:
    pages = set()
    for groups in itertools.product(("south", "north"), repeat=3):
        lines = [f"  - {{text: i{place}, category: {group}}}" for place, group in enumerate(groups)]
        head = (
            "id: q\ntype: categorise\nstem: Sort!\ncategories: [{id: south, title: S}, {id: north, title: N}]\nitems:"
        )
        pages.add(ask(read("\n".join([head, *lines])), {"items": ["b", "c", "a"]}))
    assert len(pages) == 1


def test_gaps_cannot_be_read_off_the_page() -> None:
    """Neither by the key of a menu nor by the name an author gave to a gap."""
    pages = set()
    for name, key in itertools.product(("rome", "capital"), (0, 1)):
        options = ", ".join(f"{{text: t{place}, key: {place == key}}}" for place in range(2))
        question = read(
            f'id: q\ntype: cloze\nstem: Fill!\ntext: "It is [[{name}]], or [[word]]."\n'
            f"blanks: {{{name}: {{options: [{options}]}}, word: {{answers: [x{key}]}}}}"
        )
        pages.add(ask(question, type_of(question).order(question, 4)))
    assert len(pages) == 1


def test_feedback_and_explanation_are_not_on_the_page(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    html = ask(question, kind.order(question, 1))
    body = question.model_dump(mode="json")
    secrets = {body["explanation"], *_values(body, "feedback"), *_values(body, "pattern")}
    assert secrets
    for secret in secrets:
        assert secret.split(".")[0] not in html
    assert "key" not in html.replace("keep", "")
    assert "data-answer" not in html


def _values(body: Any, name: str) -> set[str]:
    if isinstance(body, dict):
        own = {body[name]} if isinstance(body.get(name), str) and body[name] else set()
        return own.union(*(_values(value, name) for value in body.values()))
    if isinstance(body, list):
        return set().union(*(_values(value, name) for value in body))
    return set()


def test_two_questions_of_a_paper_are_not_shuffled_alike() -> None:
    """Otherwise, who knows where the key stood in one question knows it in all."""
    kind = TYPES["ordering"]
    questions = [ordering(("a1", "a2", "a3", "a4", "a5")).model_copy(update={"id": f"q{place}"}) for place in range(8)]
    assert len({tuple(kind.order(question, 1)["items"]) for question in questions}) > 4
