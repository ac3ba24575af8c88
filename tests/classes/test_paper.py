"""A quiz as a print: versions by seed, sheets for the answers, names of a class, and who gets the key."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient

from tests.classes.conftest import Browser
from webapp.classes.pages import paper as pages
from webapp.content.course.course import Course
from webapp.content.course.quiz import Quiz
from webapp.database import db
from webapp.questions import TYPES, grade, parse, variant
from webapp.quizzes import prints
from webapp.quizzes.models import Attempt

PAPER = "/instructor/quizzes/every-type/paper"


#: a question with parameters, one that is kept for exams, and quizzes for them
MORE = """
  - id: sum-of-cups
    type: numeric
    level: apply
    parameters: {a: 2 to 40, b: 2 to 40}
    stem: There are <<a>> cups on a table and <<b>> on another. How many are there?
    answer: <<a + b>>
    facts: [steeping-time]
    section: water
    explanation: Together they are <<a + b>>.
  - id: kept-back
    type: true_false
    use: exam
    level: recall
    stem: Tea is made with water.
    answer: true
    facts: [steeping-time]
    section: water
    explanation: It is.
"""
QUIZZES = """
  - id: sums
    title: Sums
    draw:
      - {count: 1, questions: [sum-of-cups]}
  - id: exam
    title: An exam
    open_to: assigned
    draw:
      - {count: 9, from: [tea]}
"""


def current(app: Flask) -> Course:
    course: Course = app.extensions["courses"].only.current()
    return course


def quiz_of(course: Course, quiz_id: str) -> Quiz:
    quiz = course.quiz(quiz_id)
    assert quiz
    return quiz


@pytest.fixture
def course(app: Flask) -> Course:
    return current(app)


@pytest.fixture
def sums(bank: Path, app: Flask) -> Course:
    """The tiny course with MORE and QUIZZES."""
    for file, more in (("1-tea/questions.yaml", MORE), ("course.yaml", QUIZZES)):
        with (bank / file).open("a", encoding="utf-8") as text:
            text.write(more)
    now = current(app)
    assert not app.extensions["courses"].only.problems, app.extensions["courses"].only.problems
    return now


def sheets(page: str) -> list[str]:
    """The sheets of a page in their order, as HTML."""
    return re.findall(r'<article class="print-sheet.*?</article>', page, re.DOTALL)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_same_seed_gives_the_same_versions_and_another_seed_others(course: Course) -> None:
    quiz = quiz_of(course, "every-type")

    def said(seed: int, count: int) -> list[Any]:
        return [
            [(each.question.id, each.question.stem, each.order) for each in version.questions]
            for version in prints.versions(course, quiz, seed, count)
        ]

    assert said(4711, 3) == said(4711, 3)
    assert said(4711, 2) == said(4711, 3)[:2]
    three = said(4711, 3)
    assert three[0] != three[1] != three[2] != three[0]
    assert said(4712, 1) != three[:1]


def test_versions_have_their_own_questions_values_and_orders(sums: Course) -> None:
    drawn = prints.versions(sums, quiz_of(sums, "final"), 7, 8)
    assert len({tuple(each.question.id for each in version.questions) for version in drawn}) == 8
    values = {version.questions[0].question.stem for version in prints.versions(sums, quiz_of(sums, "sums"), 7, 8)}
    assert len(values) > 4
    every = prints.versions(sums, quiz_of(sums, "every-type"), 7, 8)
    orders = {str(each.order) for version in every for each in version.questions if each.question.type == "ordering"}
    assert len(orders) > 1


def test_what_is_ticked_on_the_key_is_right(course: Course) -> None:
    quiz = quiz_of(course, "every-type")
    for version in prints.versions(course, quiz, 7, 5):
        for each in version.questions:
            assert each.form.response() is None, "what learners get is empty"
            if each.rubric is None:
                assert grade(each.question, each.key_form.response()).fraction == 1


def test_versions_are_dealt_round_by_name(course: Course) -> None:
    quiz = quiz_of(course, "every-type")
    made = prints.versions(course, quiz, 7, 2)
    copies = prints.deal(made, ["Ada", "Bo", "Cy"])
    assert [(copy.name, copy.version.letter) for copy in copies] == [("Ada", "A"), ("Bo", "B"), ("Cy", "A")]
    assert [copy.version.letter for copy in prints.deal(made, [])] == ["A", "B"]


def test_questions_for_exams_are_on_exams_only(sums: Course) -> None:
    def on(quiz_id: str) -> set[str]:
        quiz = quiz_of(sums, quiz_id)
        made = [version for seed in range(10) for version in prints.versions(sums, quiz, seed, 2)]
        return {each.question.id for version in made for each in version.questions}

    assert "kept-back" in on("exam")
    assert "kept-back" not in on("tea")


def test_a_print_has_questions_answer_sheets_and_keys_apart(irene: Browser) -> None:
    page = irene.get(f"{PAPER}?versions=2&seed=4711&cohort=&key=y")
    assert page.status_code == 200
    made = sheets(page.text)
    assert [re.search(r"<h2>(.*?)</h2>", sheet, re.DOTALL) is not None for sheet in made] == [True] * 6
    questions, answers, _questions, _answers, key, other_key = map(words, made)
    assert all("seed 4711" in words(sheet) for sheet in made)
    for sheet, letter in zip(made, "AABBAB", strict=True):
        assert f"Version {letter}" in words(sheet) or f"version {letter}" in words(sheet)
    assert "Answer sheet" in answers
    assert "Key of version A" in key
    assert "Key of version B" in other_key
    assert questions != _questions
    for sheet in made[:4]:
        assert "print-box--ticked" not in sheet
        assert "print-why" not in sheet
        assert "print-right" not in sheet
    assert "print-box--ticked" in made[4]
    assert "print-why" in made[4]


def test_without_being_asked_for_there_is_no_key(irene: Browser) -> None:
    made = sheets(irene.get(f"{PAPER}?versions=2&seed=4711&cohort=").text)
    assert len(made) == 4
    assert not any("Key" in words(sheet) or "ticked" in sheet for sheet in made)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_type_has_a_form_on_paper(app: Flask, name: str) -> None:
    """What is printed has no input and no script, and nothing is ticked or written on it but on the key."""
    kind = TYPES[name]
    question = variant(parse(yaml.load(kind.example, yaml.BaseLoader)), 5)
    each = prints.PrintedQuestion(1, question, kind.order(question, 5))
    with app.test_request_context():
        macros = app.jinja_env.get_template(kind.template).module
        asked = str(macros.paper(question, each.order, each.form)) if hasattr(macros, "paper") else ""
        if not hasattr(macros, "sheet"):
            return  # a line, by the page
        empty = str(macros.sheet(question, each.order, each.form))
        key = str(macros.sheet(question, each.order, each.key_form))
    assert words(asked)
    assert not re.search(r"<(input|select|textarea|button|script|audio|video)\b", asked + empty + key)
    assert "print-box--ticked" not in asked + empty
    assert "print-box" in empty or "print-line" in empty
    if each.rubric is None:
        assert key != empty
        assert key.count("print-box--ticked") or words(key) != words(empty)


def test_the_key_names_the_letters_that_stand_before_what_is_right(app: Flask, sums: Course) -> None:
    for version in prints.versions(sums, quiz_of(sums, "every-type"), 3, 4):
        for each in version.questions:
            if each.question.type not in ("choice", "ordering", "matching"):
                continue
            with app.test_request_context():
                macros = app.jinja_env.get_template(each.kind.template).module
                listed = re.findall(r'print-letter">([A-Z])</span><span>(.*?)</span></li>',
                                    str(macros.paper(each.question, each.order, each.form)))  # fmt: skip
                key = str(macros.sheet(each.question, each.order, each.key_form))
            texts = {letter: words(text) for letter, text in listed}
            if each.question.type == "choice":
                (letter,) = re.findall(r"×</span>([A-Z])<", key)
                assert texts[letter] == each.key_words
            else:
                letters = re.findall(r'print-line--short">([A-Z])</span>', key)
                said = each.key_words.split("; " if each.question.type == "matching" else " → ")
                if each.question.type == "ordering":
                    assert [texts[letter] for letter in letters] == said
                else:
                    assert sorted(texts[letter] for letter in letters) == sorted(p.split(" → ")[1] for p in said)


def test_what_is_printed_has_no_input(irene: Browser) -> None:
    for sheet in sheets(irene.get(f"{PAPER}?versions=1&seed=1&cohort=&key=y").text):
        assert not re.search(r"<(input|select|textarea|button|script|audio|video)\b", sheet)
        assert 'loading="lazy"' not in sheet


def test_a_class_gets_a_copy_for_each_with_the_name_on_it(
    irene: Browser, carl: Browser, a_class: int, enrol: Callable[..., None], make_user: Callable[..., int]
) -> None:
    enrol(a_class, make_user(name="Bo & Co"), make_user(name="Ada Example"))
    made = sheets(irene.get(f"{PAPER}?versions=2&seed=4711&cohort={a_class}").text)
    assert len(made) == 5
    assert "Ada Example" in made[0]
    assert "Ada Example" in made[1]
    assert "Bo &amp; Co" in made[2]
    assert "Version A" in words(made[0])
    assert "Version B" in words(made[2])
    assert "Who has which version" in made[4]
    refused = carl.get(f"{PAPER}?versions=2&seed=4711&cohort={a_class}")
    assert refused.status_code == 422
    assert "Ada Example" not in refused.text
    assert not sheets(refused.text)


@pytest.mark.parametrize(
    "asked",
    ["versions=0&seed=1", "versions=27&seed=1", "versions=2&seed=-1", "versions=2&seed=", "versions=&seed=x",
     f"versions=2&seed={2**53}", "versions=2&seed=1&cohort=x", "versions=2&seed=1&cohort=999999"],
)  # fmt: skip
def test_what_cannot_be_printed_is_said_at_its_field(irene: Browser, asked: str) -> None:
    answer = irene.get(f"{PAPER}?{asked}")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert not sheets(answer.text)


def test_only_the_staff_of_the_course_may_print(
    app: Flask, irene: Browser, adam: Browser, make_user: Callable[..., int], browse: Any, sign_in: Any
) -> None:
    address = f"{PAPER}?versions=1&seed=1&cohort=&key=y"
    assert irene.get(address).status_code == 200
    assert adam.get(address).status_code == 200
    learner: FlaskClient = sign_in(app.test_client(), make_user())
    assert learner.get(address).status_code == 403
    assert app.test_client().get(address).status_code in (302, 303)


def test_no_more_copies_are_made_than_a_page_can_hold(
    irene: Browser, a_class: int, enrol: Callable[..., None], make_user: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    address = f"{PAPER}?versions=2&seed=4711&cohort={a_class}"
    assert "Nobody is in this class yet." in irene.get(address).text
    monkeypatch.setattr(pages, "MOST_COPIES", 1)
    enrol(a_class, make_user(name="Ada"), make_user(name="Bo"))
    answer = irene.get(address)
    assert answer.status_code == 422
    assert "at most 1 copies" in answer.text


def test_a_print_leaves_no_attempt(irene: Browser, app: Flask) -> None:
    irene.get(f"{PAPER}?versions=5&seed=1&cohort=&key=y")
    with app.app_context():
        assert db.session.query(Attempt).count() == 0
