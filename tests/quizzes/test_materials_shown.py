"""Shared material on the pages of learners: with each of its questions, in the result, in a review and in print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Clock, token_of
from tests.quizzes.conftest import Desk, Paper
from webapp.content.course.loading import load_course
from webapp.database import db
from webapp.quizzes import revisions, selection, trial
from webapp.quizzes.models import Attempt
from webapp.review import rounds

LETTER = """
materials:
  - id: letter
    title: A letter of *1886*
    text: |
      The tea came late, and **cold**.

      | cup | heat |
      |-----|------|
      | one | 80   |
"""


pytestmark = pytest.mark.usefixtures("bank")


@pytest.fixture
def bank(bank: Path) -> Path:
    share(bank, "id: tea-choice\n", "id: tea-numeric\n")
    return bank


def share(bank: Path, *questions: str) -> None:
    path = bank / "1-tea" / "questions.yaml"
    text = path.read_text(encoding="utf-8")
    for line in questions:
        assert text.count(line) == 1
        text = text.replace(line, f"{line}    material: letter\n")
    path.write_text(text + LETTER, encoding="utf-8")


@pytest.fixture
def taken(paper: Paper) -> Paper:
    started = paper.start("every-type")
    assert started.status_code == 303, started.text
    return paper


def test_the_material_stands_above_each_of_its_questions_and_they_stand_together(taken: Paper) -> None:
    asked = [taken.slot(position).question_id for position in (1, 2, 3)]
    assert asked == ["tea-choice", "tea-numeric", "tea-multiple"]
    for position in (1, 2):
        page = taken.get(position).text
        material, stem = page.index('<details class="material" open>'), page.index('class="quiz-stem"')
        assert material < page.index("A letter of <em>1886</em>") < page.index("<strong>cold</strong>") < stem
        assert page.count("<strong>cold</strong>") == 1
    assert "cold" not in taken.get(3).text


def test_what_the_browser_keeps_for_offline_has_it(taken: Paper) -> None:
    pages: dict[str, str] = taken.client.get(f"{taken.path}/paper").json["pages"]
    with_it = sorted(address for address, page in pages.items() if "<strong>cold</strong>" in page)
    assert [address.rpartition("/")[2] for address in with_it] == ["1", "2"]


def test_a_result_has_it_folded_away_and_on_paper_once(taken: Paper) -> None:
    taken.submit()
    result = taken.client.get(taken.path, follow_redirects=True).text
    assert re.findall(r'<details class="(more material-again[^"]*)"', result) == [
        "more material-again",
        "more material-again no-print",
    ]
    assert result.count("<strong>cold</strong>") == 2


def test_a_paper_shows_what_its_learner_read_whatever_the_file_says_today(taken: Paper, bank: Path) -> None:
    path = bank / "1-tea" / "questions.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("and **cold**", "and hot"), encoding="utf-8")
    assert "and hot" in load_course(bank).materials["letter"][1].text
    assert "<strong>cold</strong>" in taken.get(1).text
    taken.submit()
    result = taken.client.get(taken.path, follow_redirects=True).text
    assert "<strong>cold</strong>" in result
    assert "and hot" not in result


def test_a_review_shows_it_before_and_after_the_answer(
    app: Flask, bank: Path, clock: Clock, make_user: Any, sign_in: Any
) -> None:
    user_id = make_user()
    with app.app_context():
        course = load_course(bank)
        question = course.question("tea-choice")
        assert question is not None
        slot = rounds.ask(Desk(user_id, course, clock).user, question, course, clock())
        db.session.commit()
        address = f"/review/{slot.attempt_id}/{slot.position}"
    client = sign_in(app.test_client(), user_id)
    before = client.get(address).text
    assert before.index("<strong>cold</strong>") < before.index('class="quiz-stem"')
    sent = {"csrf_token": token_of(before), "sequence": "0", "action": "unknown"}
    after = client.post(address, data=sent, follow_redirects=True).text
    assert "Your answer" in after
    assert after.index("<strong>cold</strong>") < after.index('class="quiz-stem"')


def test_a_paper_in_print_tells_it_once_before_its_questions(app: Flask, bank: Path) -> None:
    course = load_course(bank)
    quiz = course.quiz("every-type")
    assert quiz is not None
    with app.app_context():
        text = trial.as_text(trial.paper(course, quiz, 1))
    assert text.count("The tea came late, and cold.") == 1
    assert text.startswith("A letter of 1886\nThe tea came late")
    assert "one 80" in text


def test_a_paper_drawn_before_there_was_material_is_shown_as_it_was_drawn(
    app: Flask, bank: Path, clock: Clock, make_user: Any
) -> None:
    """The order of a started paper is in its slots, and what each shows in its revision."""
    path = bank / "1-tea" / "questions.yaml"
    plain = path.read_text(encoding="utf-8").replace("    material: letter\n", "")
    now = path.read_text(encoding="utf-8")
    path.write_text(plain, encoding="utf-8")
    with app.app_context():
        desk = Desk(make_user(), load_course(bank), clock)
        attempt = desk.start("every-type", seed=3)
        drawn = [slot.question_id for slot in attempt.slots]
        path.write_text(now, encoding="utf-8")
        again = db.session.get(Attempt, attempt.id)
        assert again is not None
        assert [slot.question_id for slot in again.slots] == drawn
        assert drawn.index("tea-numeric") == 3
        assert revisions.question_of(again.slots[0].revision).shown_with is None
        course = load_course(bank)
        quiz = course.quiz("every-type")
        assert quiz is not None
        fresh = [each.question.id for each in selection.draw(quiz, course, 3, {})]
        assert fresh.index("tea-numeric") == 1
