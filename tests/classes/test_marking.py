"""Written answers: they wait for people, nobody is graded before, and what people give arrives like any grade."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.clients import TINY
from webapp.content.course.loading import load_course
from webapp.database import db
from webapp.quizzes.grade_changes.models import GradeNote
from webapp.quizzes.marking import marks
from webapp.quizzes.marking.models import GivenMark
from webapp.quizzes.models import Attempt, Slot, Step
from webapp.reports.scope import everybody

from .conftest import Browser

pytestmark = pytest.mark.usefixtures("bank")

QUESTIONS = """\
questions:
  - id: why-it-rises
    type: essay
    facts: [yeast-gas]
    section: rising
    level: evaluate
    stem: In your own words, why does bread rise?
    explanation: The yeast makes gas.
    rubric:
      - text: Names the yeast
        points: 2
        levels:
          - {text: Names it and what it makes, points: 2}
          - {text: Names it, points: 1}
          - {text: Says nothing of it, points: 0}
      - {text: Says what holds the gas, points: 4}
    min_words: 2
    max_words: 20
    sample: The yeast makes gas, and the dough holds it.
  - id: why-twice
    type: essay
    facts: [yeast-gas]
    section: rising
    level: evaluate
    stem: Why does it rise twice?
    explanation: The gas comes back.
    rubric: [{text: Says that the gas comes back, points: 4}]
    markers: 2
    tolerance: 1
"""
QUIZZES = """\
  - id: essay
    title: In your own words
    kind: quiz
    summary: One that is graded by people, and one that is not.
    draw: [{count: 2, questions: [why-it-rises, tea-true-false]}]
    shuffle_questions: false
    pass_mark: 60
  - id: twice
    title: Marked twice
    kind: quiz
    summary: One that two people grade.
    draw: [{count: 1, questions: [why-twice]}]
"""
WRITTEN = "The yeast makes <b>gas</b>,\nand the dough holds it."


@pytest.fixture
def bank(bank: Path) -> Path:
    """The tiny course with questions that people grade."""
    (bank / "2-bread" / "essays.yaml").write_text(QUESTIONS, encoding="utf-8")
    with (bank / "course.yaml").open("a", encoding="utf-8") as file:
        file.write(QUIZZES)
    return bank


@pytest.fixture
def hand_in(at_work: Any) -> Callable[..., tuple[int, int]]:
    """Somebody writes an answer and hands in; (attempt id, slot id)."""

    def write(person: Browser, quiz_id: str = "essay", text: str | None = WRITTEN) -> tuple[int, int]:
        with at_work(person.user_id) as desk:
            attempt = desk.start(quiz_id)
            desk.answer(attempt, 1, {"text": text} if text else None)
            if quiz_id == "essay":
                desk.answer(attempt, 2, desk_key(attempt.slots[1]))
            desk.submit(attempt)
            return attempt.id, attempt.slots[0].id

    return write


def desk_key(slot: Slot) -> dict[str, Any]:
    from tests.quizzes.conftest import right_answer

    return right_answer(slot)


@pytest.fixture
def waiting(a_class: int, enrol: Any, ada: Browser, hand_in: Any) -> tuple[int, int]:
    """An answer of Ada's, who is in Irene's class: (attempt id, slot id)."""
    enrol(a_class, ada.user_id)
    return hand_in(ada)


def give(person: Browser, slot_id: int, *points: str, comment: str = "", settles: str = "") -> Any:
    fields = {f"points_{place}": value for place, value in enumerate(points)}
    return person.post(f"/instructor/grading/{slot_id}", {**fields, "comment": comment, "settles": settles})


def test_the_course_is_sound(bank: Path) -> None:
    course = load_course(bank)
    question = course.question("why-it-rises")
    assert question is not None
    assert question.points == 6


def test_what_people_grade_is_neither_passed_nor_failed_before(
    app: Flask, waiting: tuple[int, int], ada: Browser, irene: Browser
) -> None:
    attempt_id, slot_id = waiting
    with app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        assert (attempt.awaiting, attempt.score, attempt.percent, attempt.passed) == (1, None, None, None)
        assert [step.action for step in db.session.get_one(Slot, slot_id).steps] == ["answer"]
    page = ada.get(f"/attempts/{attempt_id}/result").text
    assert "It waits to be graded by your teacher." in page
    assert "Not passed yet" not in page
    assert "the dough holds it" in page
    assert "<b>gas</b>" not in page
    for later in ("An answer that would earn everything", "Says what holds the gas", "The yeast makes gas.<"):
        assert later not in page, "what tells a good answer is for after grading"
    assert "Waits to be graded" in ada.get("/quizzes").text
    assert "waits to be graded" in irene.get("/instructor/gradebook").text
    row = next(csv.DictReader(io.StringIO(irene.get("/instructor/scores.csv").get_data(as_text=True))))
    assert (row["quiz"], row["attempts"], row["percent"], row["passed"], row["pending"]) == ("essay", "1", "", "", "1")
    answers = list(csv.DictReader(io.StringIO(irene.get("/instructor/responses.csv").get_data(as_text=True))))
    assert [(each["fraction"], each["points"], each["pending"]) for each in answers] == [
        ("", "", "true"),
        ("1", "1", "false"),
    ]


def test_points_make_a_grade_that_reaches_the_learner(
    app: Flask, waiting: tuple[int, int], ada: Browser, irene: Browser, log: Any
) -> None:
    attempt_id, slot_id = waiting
    assert f"/instructor/grading/{slot_id}" in irene.get("/instructor/grading").text
    page = irene.get(f"/instructor/grading/{slot_id}").text
    assert "Ada Learner" in page
    assert "Says what holds the gas" in page
    answer = give(irene, slot_id, "1", "3", comment="Well put.\nWhat <i>holds</i> it?")
    assert (answer.status_code, answer.location) == (303, "/instructor/grading")
    with app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        slot = db.session.get_one(Slot, slot_id)
        assert (attempt.awaiting, round(attempt.score or 0, 2), attempt.percent) == (0, 5.0, 71.43)
        assert attempt.passed is True
        assert slot.fraction == round(4 / 6, 6)
        assert [(step.action, step.actor_id) for step in slot.steps][-1] == ("grade", irene.user_id)
        assert db.session.scalars(select(GradeNote.percent_after)).all() == [71.43]
    assert [entry[:2] for entry in log()][-2:] == [
        ("answer.marked", f"slot:{slot_id}"),
        ("grades.changed", f"slot:{slot_id}"),
    ]
    result = ada.get(f"/attempts/{attempt_id}/result").text
    assert "Your written answers are graded." in result
    assert "3 of 4" in result
    assert "What &lt;i&gt;holds&lt;/i&gt; it?" in result
    assert "An answer that would earn everything" in result
    assert "Nothing waits" in irene.get("/instructor/grading").text


def test_points_out_of_range_and_missing_ones_are_refused(waiting: tuple[int, int], app: Flask, irene: Browser) -> None:
    for points in (("1", "5"), ("1", "-1"), ("7", "1"), ("1", ""), ("", "1"), ("1", "NaN")):
        assert give(irene, waiting[1], *points).status_code == 422, points
    with app.app_context():
        assert db.session.scalars(select(GivenMark)).all() == []


def test_only_who_teaches_the_learner_may_see_and_grade(
    waiting: tuple[int, int], carl: Browser, ada: Browser, adam: Browser
) -> None:
    slot_id = waiting[1]
    assert "Nothing waits" in carl.get("/instructor/grading").text
    assert carl.get(f"/instructor/grading/{slot_id}").status_code == 404
    assert give(carl, slot_id, "0", "4").status_code == 404
    assert ada.get("/instructor/grading").status_code == 403
    assert ada.get(f"/instructor/grading/{slot_id}").status_code == 403
    assert f"/instructor/grading/{slot_id}" in adam.get("/instructor/grading").text


def test_what_is_not_answered_is_worth_nothing_and_waits_for_nobody(
    app: Flask, a_class: int, enrol: Any, ada: Browser, hand_in: Any
) -> None:
    enrol(a_class, ada.user_id)
    attempt_id, slot_id = hand_in(ada, text=None)
    with app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        assert (attempt.awaiting, attempt.percent) == (0, 14.29)
        assert db.session.get_one(Slot, slot_id).fraction == 0


def test_without_a_class_the_learner_compares_and_it_counts_nowhere(
    app: Flask, ada: Browser, irene: Browser, adam: Browser, hand_in: Any
) -> None:
    attempt_id, slot_id = hand_in(ada)
    with app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        assert (attempt.awaiting, attempt.score, attempt.max_score, attempt.percent, attempt.passed) == (
            0,
            1,
            1,
            100,
            True,
        )
    page = ada.get(f"/attempts/{attempt_id}/result").text
    assert "Compare it yourself" in page
    assert "An answer that would earn everything" in page
    assert "waits to be graded" not in page
    assert adam.get(f"/instructor/grading/{slot_id}").status_code == 404


def test_of_two_who_grade_at_once_the_second_is_told_and_loses_nothing(
    app: Flask, waiting: tuple[int, int], irene: Browser, adam: Browser
) -> None:
    slot_id = waiting[1]
    assert give(irene, slot_id, "0", "4").status_code == 303
    late = give(adam, slot_id, "2", "1", comment="I read it otherwise.")
    assert late.status_code == 409
    assert "Meanwhile somebody else graded it." in late.text
    assert "I read it otherwise." in late.text
    assert give(irene, slot_id, "0", "4").status_code == 303, "the same again is the same"
    with app.app_context():
        assert db.session.get_one(Slot, slot_id).fraction == 1
        assert len(db.session.scalars(select(GivenMark)).all()) == 1


def test_names_are_hidden_for_who_wants_that_until_it_is_graded(waiting: tuple[int, int], irene: Browser) -> None:
    irene.post("/instructor/grading/names")
    address = f"/instructor/grading/{waiting[1]}"
    assert "Ada Learner" not in irene.get(address).text
    give(irene, waiting[1], "0", "4")
    assert "Ada Learner" in irene.get(address).text


def test_a_second_marker_does_not_see_the_first_ones_points_and_both_make_the_grade(
    app: Flask, a_class: int, enrol: Any, ada: Browser, irene: Browser, adam: Browser, hand_in: Any
) -> None:
    enrol(a_class, ada.user_id)
    attempt_id, slot_id = hand_in(ada, "twice")
    assert give(irene, slot_id, "3", comment="Nearly all of it.").status_code == 303
    assert give(irene, slot_id, "1").status_code == 409, "one person is not two"
    with app.app_context():
        assert db.session.get_one(Attempt, attempt_id).awaiting == 1
    page = adam.get(f"/instructor/grading/{slot_id}").text
    assert "Irene" not in page
    assert "Nearly all of it." not in page
    assert "Nearly all" not in ada.get(f"/attempts/{attempt_id}/result").text
    assert give(adam, slot_id, "4").status_code == 303
    with app.app_context():
        assert db.session.get_one(Slot, slot_id).fraction == 0.875


def test_two_who_are_too_far_apart_settle_it(
    app: Flask, a_class: int, enrol: Any, ada: Browser, irene: Browser, adam: Browser, hand_in: Any
) -> None:
    enrol(a_class, ada.user_id)
    attempt_id, slot_id = hand_in(ada, "twice")
    give(irene, slot_id, "1")
    assert give(adam, slot_id, "4").location == f"/instructor/grading/{slot_id}"
    with app.app_context():
        assert db.session.get_one(Attempt, attempt_id).awaiting == 1
    page = irene.get(f"/instructor/grading/{slot_id}").text
    assert "Adam Admin" in page
    assert "Settle it" in page
    assert give(irene, slot_id, "3").status_code == 409, "a form from before doesn't settle"
    assert give(irene, slot_id, "3", settles="1").status_code == 303
    with app.app_context():
        assert db.session.get_one(Slot, slot_id).fraction == 0.75
        assert db.session.get_one(Attempt, attempt_id).percent == 75


def test_a_grade_that_people_gave_is_changed_in_the_open_and_no_regrade_touches_it(
    app: Flask, waiting: tuple[int, int], irene: Browser, adam: Browser
) -> None:
    attempt_id, slot_id = waiting
    give(irene, slot_id, "0", "4")
    assert "Nothing to regrade" in adam.get("/instructor/questions/why-it-rises/regrade").text
    address = f"/instructor/attempts/{attempt_id}/questions/1"
    assert irene.post(address, {"points": "0", "reason": "Copied."}).status_code == 409, "the forecast first"
    with app.app_context():
        assert db.session.get_one(Slot, slot_id).fraction == 1


def test_statistics_leave_out_what_waits_and_take_the_points_of_what_is_graded(
    app: Flask, waiting: tuple[int, int], irene: Browser
) -> None:
    from webapp.reports.statistics.items import quiz_report

    def facility() -> float | None:
        with app.app_context():
            report = quiz_report(everybody(TINY), "essay").questions.get("why-it-rises")
            return None if report is None else report.facility

    assert facility() is None
    give(irene, waiting[1], "1", "3")
    assert facility() == pytest.approx(100 * 4 / 6, abs=0.001)
    assert irene.get("/instructor/questions/why-it-rises").status_code == 200
    assert irene.get("/instructor/statistics/essay").status_code == 200


def test_learners_take_their_points_and_comments_away(waiting: tuple[int, int], ada: Browser, irene: Browser) -> None:
    give(irene, waiting[1], "1", "3", comment="Well put.")
    data = json.loads(ada.get("/account/data").get_data(as_text=True))
    answer = data["attempts"][0]["answers"][0]
    assert (answer["criteria"], answer["comments"]) == ([1.0, 3.0], ["Well put."])


def test_steps_and_marks_are_only_added(app: Flask, waiting: tuple[int, int], irene: Browser) -> None:
    give(irene, waiting[1], "1", "3")
    with app.app_context():
        slot = db.session.get_one(Slot, waiting[1])
        standing = marks.marking_of(slot)
        assert standing is not None
        assert (standing.state, standing.points) == ("done", (1.0, 3.0))
        assert [step.sequence for step in db.session.scalars(select(Step).where(Step.slot_id == slot.id))] == [1, 2]
