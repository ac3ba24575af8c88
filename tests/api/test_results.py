"""Scores, attempts and answers, as programs of teachers read them: what the gradebook shows, and no more."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.api.conftest import COURSE, problem_of
from webapp.accounts.models import CohortMember, User
from webapp.classes import cohorts
from webapp.database import db
from webapp.questions import type_of
from webapp.quizzes import revisions
from webapp.quizzes import service as quizzes
from webapp.quizzes.models import Attempt


@pytest.fixture
def class_of_three(app: Flask, teacher: int, make_user: Any, clock: Any) -> list[int]:
    """Learners of a class of the teacher: two handed in a quiz, answered with the key, and one is still at it."""
    members = [make_user(name=name, username=name.lower()) for name in ("Ada", "Ben", "Cleo")]
    here = app.extensions["courses"].only.current()
    with app.app_context():
        cohort = cohorts.create("Evening class", here.id, by=db.session.get_one(User, teacher), now=clock())
        db.session.add_all(CohortMember(cohort_id=cohort.id, user_id=each, joined_at=clock()) for each in members)
        for number, each in enumerate(members):
            attempt = quizzes.start(db.session.get_one(User, each), here.quiz("tea"), here, clock(), seed=number)
            for slot in attempt.slots:
                question = revisions.question_of(slot.revision, slot.order_seed)
                key = type_of(question).key(question)
                quizzes.answer(slot, sequence=0, response=key, certainty=None, seconds=5, now=clock())
            if each != members[2]:
                quizzes.submit(attempt, clock())
        db.session.commit()
    return members


@pytest.fixture
def stranger(make_user: Any) -> int:
    """An instructor with no class."""
    return make_user(role="instructor", name="Colleague")


def test_scores_are_those_of_the_gradebook(program: Any, teacher: int, class_of_three: list[int]) -> None:
    told = program(teacher).read_all(f"{COURSE}/scores", limit=2)
    assert [each["id"] for each in told] == class_of_three
    assert [each["login"] for each in told] == ["ada", "ben", "cleo"]
    ada, _ben, cleo = told
    (score,) = ada["scores"]
    assert (score["quiz"], score["percent"], score["passed"], score["attempts"]) == ("tea", 100.0, True, 1)
    assert ada["classes"] == "Evening class"
    assert cleo["scores"] == []


def test_attempts_are_those_handed_in(program: Any, teacher: int, class_of_three: list[int]) -> None:
    mine = program(teacher)
    told = mine.read_all(f"{COURSE}/attempts", limit=1)
    assert [each["learner_id"] for each in told] == class_of_three[:2]
    assert all(each["counts"] and each["percent"] == 100.0 for each in told)
    assert mine.read(f"{COURSE}/attempts?quiz=final")["items"] == []
    assert problem_of(mine.ask(f"{COURSE}/attempts?quiz=none-such")) == "404"
    assert problem_of(mine.ask(f"{COURSE}/attempts?class_id=99")) == "404"


def test_answers_say_what_was_given_and_what_it_earned(program: Any, teacher: int, class_of_three: list[int]) -> None:
    mine = program(teacher)
    first = mine.read(f"{COURSE}/attempts")["items"][0]
    told = mine.read(f"{COURSE}/attempts/{first['id']}/responses")
    assert told["attempt"] == first
    assert [each["position"] for each in told["responses"]] == list(range(1, len(told["responses"]) + 1))
    assert sum(each["points"] for each in told["responses"]) == pytest.approx(first["score"])
    for each in told["responses"]:
        assert each["response"]
        assert each["in_words"]
        assert each["fraction"] == 1.0
        assert each["pending"] is False


def test_nobody_reads_what_is_still_under_way(
    app: Flask, program: Any, teacher: int, class_of_three: list[int]
) -> None:
    with app.app_context():
        numbers = {attempt.user_id: attempt.id for attempt in db.session.scalars(select(Attempt))}
    assert problem_of(program(teacher).ask(f"{COURSE}/attempts/{numbers[class_of_three[2]]}/responses")) == "404"


def test_who_does_not_teach_them_reads_nothing_of_them(
    app: Flask, program: Any, stranger: int, class_of_three: list[int]
) -> None:
    mine = program(stranger)
    assert mine.read(f"{COURSE}/scores")["items"] == []
    assert mine.read(f"{COURSE}/attempts")["items"] == []
    assert problem_of(mine.ask(f"{COURSE}/attempts/1/responses")) == "404"
    assert problem_of(mine.ask(f"{COURSE}/scores?class_id=1")) == "404"
    for path in ("scores", "attempts", "attempts/1/responses"):
        assert problem_of(program(class_of_three[0]).ask(f"{COURSE}/{path}")) == "403"


def test_queries_do_not_grow_with_the_class(
    app: Flask, program: Any, teacher: int, class_of_three: list[int], count_queries: Any
) -> None:
    mine = program(teacher)
    mine.read("/me")
    for path, most in (("scores", 6), ("attempts", 6), ("attempts/1/responses", 7)):
        mine.read(f"{COURSE}/{path}")
        with count_queries(app) as counted:
            mine.read(f"{COURSE}/{path}")
        assert counted.count <= most, counted.statements
