"""The table of all answers is put together many rows at a time, and says what each row by itself would say."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import Clock
from tests.quizzes.conftest import Desk
from tests.quizzes.test_variants import CUPS, QUIZ
from webapp import questions
from webapp.accounts.models import Cohort, CohortMember
from webapp.content.course.course import Course
from webapp.database import db
from webapp.questions.text import formulas_as_written
from webapp.quizzes.models import Assignment, Attempt, Slot
from webapp.quizzes.vocabulary import AttemptState, SetAside
from webapp.reports import scope
from webapp.reports.exports import responses
from webapp.reports.exports.responses import COLUMNS, response_table
from webapp.reports.scores import quiz_columns
from webapp.ui.spreadsheets import cell_text, csv_lines

MENTAL = """
  - id: tea-mental
    type: matching
    stem: Which is how much, with <<rows>> rows?
    parameters: {rows: 3 to 5, twice: = rows * 2}
    pairs:
      - {left: Once, right: "<<rows>>"}
      - {left: Twice, right: "<<twice>>"}
      - {left: "Thrice $x^2$", right: "<<rows * 3>>"}
"""


@pytest.fixture
def bank(bank: Path) -> Path:
    """The tiny course with three questions with parameters, and a quiz of them."""
    quiz = QUIZ.replace("count: 2, questions: [", "count: 3, questions: [tea-mental, ")
    for name, more in (("1-tea/questions.yaml", CUPS + MENTAL), ("course.yaml", quiz)):
        path = bank / name
        path.write_text(path.read_text() + more)
    return bank


@pytest.fixture
def school(bank: Path, db_session: Any, course: Course, make_user: Callable[..., int], clock: Clock) -> list[Attempt]:
    """Ten people with two or three papers each: of a class that is set a quiz, outside, void, set aside, under way."""
    desks = [Desk(make_user(), course, clock) for _ in range(10)]
    cohort = Cohort(course_id="tea-and-bread", name="Green", join_code="green", created_at=clock())
    db.session.add(cohort)
    db.session.flush()
    attempts = []
    for place, desk in enumerate(desks):
        quizzes = ("varied", "tea", "varied")[: 2 + place % 2]
        for number, quiz_id in enumerate(quizzes):
            best = place if number else 9  # so many questions of the paper are answered right
            attempts.append(desk.take(quiz_id, lambda slot, best=best: slot.position <= best, seed=97 * place + number))
        if place < 4:
            db.session.add(CohortMember(cohort_id=cohort.id, user_id=desk.user_id, joined_at=clock()))
    desks[9].start("tea", seed=5)
    setting = Assignment(cohort_id=cohort.id, quiz_id="varied", created_at=clock())
    db.session.add(setting)
    db.session.flush()
    attempts[0].assignment_id = setting.id
    attempts[4].state = AttemptState.VOID
    attempts[5].set_aside = next(iter(SetAside))
    waiting = attempts[6].slots[0]
    waiting.fraction, attempts[6].awaiting, attempts[6].score, attempts[6].percent = None, 1, None, None
    db.session.commit()
    return attempts


def one_by_one(population: scope.Population) -> list[list[str]]:
    """The table as its description says, each row from its own entities, with nothing remembered."""
    rows = []
    people = {row.id for row in db.session.execute(select(scope.User).where(population.learners())).scalars()}
    slots = db.session.scalars(select(Slot).join(Attempt).order_by(Slot.attempt_id, Slot.position)).all()
    for slot in slots:
        attempt = slot.attempt
        if attempt.state != AttemptState.SUBMITTED or attempt.user_id not in people:
            continue
        question = questions.load(slot.revision.body)
        with formulas_as_written():
            variant = questions.variant(question, slot.order_seed)
            words = "" if slot.response is None else questions.type_of(question).describe(variant, slot.response)
        classes = select(CohortMember.cohort_id).where(CohortMember.user_id == attempt.user_id)
        setters = set(
            db.session.scalars(
                select(Assignment.cohort_id).where(
                    Assignment.quiz_id == attempt.quiz_id,
                    Assignment.cohort_id.in_(classes),
                    Assignment.cohort_id.in_([each.id for each in population.shown]),
                )
            )
        )
        under = attempt.assignment.cohort_id if attempt.assignment is not None else None
        graded = slot.fraction is not None
        rows.append([
            attempt.user.username or attempt.user.email or f"{attempt.user.role}-{attempt.user_id}",
            attempt.quiz_id, attempt.number, slot.position, slot.question_id, slot.digest[:12], words,
            slot.fraction >= 1 if graded else None, slot.fraction,
            round(slot.points * slot.fraction + 1e-9, 2) if graded else None, slot.seconds, slot.answered_at,
            attempt.set_aside is None and (not setters or under in setters), not graded and attempt.awaiting > 0,
        ])  # fmt: skip
    return [[cell_text(value, column.kind) for value, column in zip(row, COLUMNS, strict=True)] for row in rows]


def exported(population: scope.Population, course: Course, **more: Any) -> list[list[str]]:
    text = "".join(csv_lines(response_table(population, quiz_columns(course), **more)))
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_the_table_says_of_each_answer_what_its_row_by_itself_says(
    app: Flask, school: list[Attempt], course: Course, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(responses, "_ATTEMPTS_AT_ONCE", at_once)
    everybody = scope.everybody("tea-and-bread", guests=True)
    expected = one_by_one(everybody)
    assert exported(everybody, course) == expected
    # What was to be told apart is there.
    assert {row[-2] for row in expected} == {row[-1] for row in expected} == {"true", "false"}
    assert len({row[6] for row in expected if row[4] == "tea-mental"}) == 3
    green = scope.choose(everybody, everybody.classes[0].id)
    assert exported(green, course) == one_by_one(green)
    assert 0 < len(exported(green, course)) < len(expected)


def test_only_those_who_passed_are_in_the_table_of_those_who_passed(
    app: Flask, school: list[Attempt], course: Course
) -> None:
    everybody = scope.everybody("tea-and-bread", guests=True)
    everything, passed = exported(everybody, course), exported(everybody, course, passed="yes")
    names = {row[0] for row in passed}
    assert passed == [row for row in everything if row[0] in names]
    assert 0 < len(passed) < len(everything)


def test_the_statements_do_not_grow_with_the_answers(
    app: Flask, school: list[Attempt], course: Course, count_queries: Any
) -> None:
    everybody = scope.everybody("tea-and-bread", guests=True)
    exported(everybody, course)
    with count_queries(app) as sent:
        exported(everybody, course)
    # The quizzes taken, who is in the classes, the attempts, and the questions of all of them.
    assert len(sent.statements) == 4


def test_the_same_table_can_be_read_row_by_row(app: Flask, school: list[Attempt], course: Course) -> None:
    everybody = scope.everybody("tea-and-bread", guests=True)
    rows = list(response_table(everybody, quiz_columns(course)).rows)
    written = [[cell_text(value, column.kind) for value, column in zip(row, COLUMNS, strict=True)] for row in rows]
    assert written == one_by_one(everybody)
