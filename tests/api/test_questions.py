"""Questions with their keys, for programs of authors alone."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.api.conftest import COURSE, problem_of
from webapp.accounts import course_staff
from webapp.accounts.models import CourseRole, User
from webapp.content.course import revision
from webapp.database import db
from webapp.questions import load, type_of


def test_questions_come_whole_and_in_order(app: Flask, program: Any, teacher: int) -> None:
    here = app.extensions["courses"].only.current()
    told = program(teacher).read_all(f"{COURSE}/questions", limit=7)
    assert [each["id"] for each in told] == [question.id for question in here.questions]
    for each, question in zip(told, here.questions, strict=True):
        assert revision.digest(load(each["body"])) == revision.digest(question) == each["revision"]
        assert type_of(question).rubric(question) or type_of(question).grade(question, each["key"]).fraction == 1.0


def test_one_question_is_asked_for_by_its_name(program: Any, teacher: int) -> None:
    mine = program(teacher)
    told = mine.read(f"{COURSE}/questions/tea-choice")
    assert told["id"] == told["body"]["id"] == "tea-choice"
    assert problem_of(mine.ask(f"{COURSE}/questions/none-such")) == "404"


def test_who_only_teaches_or_learns_reads_no_key(
    app: Flask, program: Any, make_user: Any, admin: int, clock: Any
) -> None:
    learner, teaches = make_user(), make_user(name="Only Teacher")
    with app.app_context():
        boss, person = db.session.get_one(User, admin), db.session.get_one(User, teaches)
        course_staff.give("tea-and-bread", person, CourseRole.TEACHER, by=boss, now=clock())
        db.session.commit()
    for somebody in (learner, teaches):
        for path in (f"{COURSE}/questions", f"{COURSE}/questions/tea-choice"):
            answer = program(somebody).ask(path)
            assert (answer.status_code, problem_of(answer)) == (403, "403")
            assert "tea-choice" not in answer.text


def test_they_take_one_query(app: Flask, program: Any, teacher: int, count_queries: Any) -> None:
    mine = program(teacher)
    mine.read("/me")
    with count_queries(app) as counted:
        mine.read(f"{COURSE}/questions")
    assert counted.count == 1, counted.statements
