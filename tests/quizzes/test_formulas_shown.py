"""Formulas in every text of every type of question: on its page, in its review, and in what is written as words."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.quizzes.conftest import Paper, right_answer, wrong_answer
from webapp.content.course.loading import load_course
from webapp.questions.text import plain
from webapp.quizzes import selection, trial

pytestmark = pytest.mark.usefixtures("bank")

#: words of the tiny course behind which a formula is put, by the type of the question and the part of it
PLACES = {
    "choice stem": "What makes a fresh leaf into black tea",
    "choice option": "Leaving it in the air",
    "choice feedback": "The air turns it black",
    "choice hint": "Think of a cut apple",
    "choice explanation": "Rolled leaves that lie in the air oxidise",
    "multiple option": "White tea",
    "multiple feedback": "Peppermint is a different plant",
    "true_false stem": "Green tea wants hotter water than black tea",
    "true_false feedback": "It is the other way round",
    "numeric stem": "How long do the leaves steep in all",
    "numeric feedback": "That would be two pots of green tea or one of black",
    "short_text stem": "What is the name of the change that turns a leaf black in the air",
    "short_text feedback": "Many people call it that",
    "matching left": "left: Yeast",
    "matching right": "makes the gas",
    "matching extra": "stops the oven",
    "matching feedback": "Yeast turns sugar into gas",
    "ordering item": "text: Knead",
    "ordering feedback": "The dough rises before it is shaped",
    "cloze text": "of flour the dough takes about",
    "cloze option": "text: Salt",
    "cloze feedback": "Yeast lives on sugar",
    "categorise title": "Before the oven",
    "categorise item": "text: Kneading",
    "categorise feedback": "Baked dough cannot be kneaded",
}
#: the index that tells its formula from others
LETTERS = dict(zip(PLACES, ascii_lowercase, strict=False))
POSITIONS = {
    name: number
    for number, name in enumerate(
        ("choice", "multiple", "true_false", "numeric", "short_text", "matching", "ordering", "cloze", "categorise"), 1
    )
}
#: what a menu holds has no marks, so the formula stands there in words
IN_MENUS = {"matching right", "matching extra", "cloze option"}
ONLY_AFTERWARDS = ("feedback", "explanation")


def drawn(place: str) -> str:
    return f"<msub><mi>q</mi><mi>{LETTERS[place]}</mi></msub>"


def said(place: str) -> str:
    return plain(f"$q_{LETTERS[place]}$")


@pytest.fixture
def bank(bank: Path) -> Path:
    for path in (bank / "1-tea" / "questions.yaml", bank / "2-bread" / "questions.yaml"):
        text = path.read_text()
        for place, words in PLACES.items():
            # Not in front of letters: `text: Knead` is not the beginning of `text: Kneading`.
            text = re.sub(rf"({re.escape(words)})(?![a-z])", rf"\1 $q_{LETTERS[place]}$", text, count=1)
        path.write_text(text)
    return bank


@pytest.fixture
def taken(paper: Paper) -> Paper:
    started = paper.start("every-type")
    assert started.status_code == 303, started.text
    return paper


def test_each_text_of_a_question_has_its_formula_drawn_or_in_words(taken: Paper) -> None:
    for place in PLACES:
        kind, part = place.split(" ")
        page = taken.get(POSITIONS[kind]).text
        if part in ONLY_AFTERWARDS:
            assert drawn(place) not in page, place
        elif place in IN_MENUS:
            assert said(place) in page, place
        else:
            assert drawn(place) in page, place
        assert "$" not in page.replace("US$", ""), place


def test_a_list_of_questions_has_them_in_words_and_the_review_draws_them(taken: Paper) -> None:
    for position in POSITIONS.values():
        # Right and wrong answers, so that both kinds of feedback are read.
        slot = taken.slot(position)
        taken.send(position, wrong_answer(slot) if position in (2, 3, 6, 8, 9) else right_answer(slot))
    summary = taken.client.get(f"{taken.path}/summary").text
    assert said("choice stem") in summary
    assert "<math" not in summary
    taken.submit()
    result = taken.client.get(taken.path, follow_redirects=True).text
    assert re.search(rf'<span class="quiz-review-stem"[^>]*>[^<]*{said("choice stem")}', result)
    seen = set(PLACES) - {"choice hint", "multiple feedback", "numeric feedback", "short_text feedback", "cloze option"}
    seen -= {"matching extra", "cloze feedback"}  # not chosen
    assert [place for place in sorted(seen) if drawn(place) not in result] == []


def test_the_table_of_answers_has_them_as_the_course_writes_them(
    taken: Paper, app: Any, make_user: Callable[..., int], sign_in: Any
) -> None:
    for position in POSITIONS.values():
        taken.send(position, right_answer(taken.slot(position)))
    taken.submit()
    admin: FlaskClient = sign_in(app.test_client(), make_user("admin"))
    rows = list(csv.DictReader(io.StringIO(admin.get("/instructor/responses.csv").text.lstrip("\ufeff"))))
    answers = {row["question"]: row["response"] for row in rows}
    for place, question in {
        "choice option": "tea-choice",
        "multiple option": "tea-multiple",
        "matching left": "bread-matching",
        "matching right": "bread-matching",
        "ordering item": "bread-ordering",
        "categorise title": "bread-categorise",
        "categorise item": "bread-categorise",
    }.items():
        assert f"$q_{LETTERS[place]}$" in answers[question], answers[question]


def test_a_paper_as_text_has_them_in_words(app: Any, bank: Path) -> None:
    course = load_course(bank)
    quiz = course.quiz("every-type")
    assert quiz is not None
    with app.app_context():
        paper = "\n".join(trial._as_text(each) for each in selection.draw(quiz, course, 1, {}))
    for place in ("choice stem", "choice option", "matching left", "matching right", "cloze text"):
        assert said(place) in paper, place
