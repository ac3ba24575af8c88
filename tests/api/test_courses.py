"""The courses of a person, and their quizzes, as programs read them."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.api.conftest import COURSE, problem_of
from webapp.accounts.models import Admission, CourseAdmission
from webapp.database import db


def test_a_course_is_listed_with_what_its_person_is_in_it(program: Any, teacher: int, make_user: Any) -> None:
    (told,) = program(teacher).read("/courses")["items"]
    assert told["id"] == "tea-and-bread"
    assert told["roles"] == ["author", "teacher"]
    assert program(teacher).read(COURSE) == told
    (told,) = program(make_user()).read("/courses")["items"]
    assert told["roles"] == []


def test_quizzes_come_in_the_order_of_the_course_and_say_nothing_of_their_questions(
    app: Flask, program: Any, make_user: Any
) -> None:
    here = app.extensions["courses"].only.current()
    mine = program(make_user())
    told = mine.read_all(f"{COURSE}/quizzes", limit=2)
    assert [each["id"] for each in told] == [quiz.id for quiz in here.quizzes]
    assert told[0]["questions"] == here.quizzes[0].size
    text = mine.ask(f"{COURSE}/quizzes").text
    assert not [question.id for question in here.questions if f'"{question.id}"' in text]


def test_a_course_that_does_not_admit_its_reader_is_closed_and_not_listed(
    app: Flask, program: Any, make_user: Any, admin: int, clock: Any
) -> None:
    mine = program(make_user())
    with app.app_context():
        db.session.add(
            CourseAdmission(
                course_id="tea-and-bread", admission=Admission.CLASS, join_code="abc", made_at=clock(), made_by=admin
            )
        )
        db.session.commit()
    assert mine.read("/courses")["items"] == []
    for path in (COURSE, f"{COURSE}/quizzes"):
        answer = mine.ask(path)
        assert (answer.status_code, problem_of(answer)) == (403, "not-admitted")


def test_an_answer_that_has_not_changed_is_not_sent_again(app: Flask, program: Any, teacher: int) -> None:
    mine = program(teacher)
    first = mine.ask(f"{COURSE}/quizzes")
    again = mine.ask(f"{COURSE}/quizzes", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    packed = {"Accept-Encoding": "br", "Sec-Fetch-Site": "none"}
    compressed = mine.ask(f"{COURSE}/quizzes", headers=packed)
    assert compressed.headers["Content-Encoding"] == "br"
    etag = compressed.headers["ETag"]
    assert mine.ask(f"{COURSE}/quizzes", headers=packed | {"If-None-Match": etag}).status_code == 304
    assert mine.ask(f"{COURSE}/quizzes?limit=1", headers={"If-None-Match": etag}).status_code == 200


def test_the_next_page_has_an_address(program: Any, teacher: int) -> None:
    mine = program(teacher)
    answer = mine.ask(f"{COURSE}/quizzes?limit=1")
    address = answer.headers["Link"].removeprefix("<").removesuffix('>; rel="next"')
    assert address.startswith(f"/api/v1{COURSE}/quizzes?")
    following = mine.read(address.removeprefix("/api/v1"))
    assert following["items"][0]["id"] != answer.json["items"][0]["id"]


def test_reading_a_course_takes_one_query(app: Flask, program: Any, teacher: int, count_queries: Any) -> None:
    mine = program(teacher)
    mine.read("/me")
    with count_queries(app) as counted:
        mine.read(f"{COURSE}/quizzes")
    assert counted.count == 1, counted.statements
