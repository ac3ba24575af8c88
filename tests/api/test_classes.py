"""Classes as programs of their teachers read them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.api.conftest import COURSE, problem_of
from webapp.accounts.models import Cohort, CohortMember, User
from webapp.classes import assignments, cohorts
from webapp.database import db


@pytest.fixture
def taught(app: Flask, teacher: int, make_user: Any, clock: Any) -> int:
    """A class of the teacher, with two members."""
    members = [make_user(name=name, username=name.lower()) for name in ("Ada", "Ben")]
    with app.app_context():
        cohort = cohorts.create("Evening class", "tea-and-bread", by=db.session.get_one(User, teacher), now=clock())
        db.session.add_all(CohortMember(cohort_id=cohort.id, user_id=each, joined_at=clock()) for each in members)
        db.session.commit()
        return cohort.id


def test_a_teacher_reads_their_own_classes(app: Flask, program: Any, teacher: int, taught: int, make_user: Any) -> None:
    (told,) = program(teacher).read(f"{COURSE}/classes")["items"]
    assert (told["id"], told["name"], told["members"]) == (taught, "Evening class", 2)
    assert "join_code" not in told
    colleague = make_user(role="instructor", name="Colleague")
    assert program(colleague).read(f"{COURSE}/classes")["items"] == []


def test_they_take_two_queries(app: Flask, program: Any, teacher: int, taught: int, count_queries: Any) -> None:
    mine = program(teacher)
    mine.read("/me")
    with count_queries(app) as counted:
        mine.read(f"{COURSE}/classes")
    assert counted.count == 2, counted.statements


def test_who_is_in_a_class_is_read_by_its_teachers_alone(
    app: Flask, program: Any, teacher: int, taught: int, make_user: Any, admin: int
) -> None:
    told = program(teacher).read_all(f"{COURSE}/classes/{taught}/people", limit=1)
    assert [(each["name"], each["username"]) for each in told] == [("Ada", "ada"), ("Ben", "ben")]
    assert program(admin).read(f"{COURSE}/classes/{taught}/people")["items"] == told
    colleague = make_user(role="instructor", name="Colleague")
    for path in ("", "/people", "/assignments"):
        assert problem_of(program(colleague).ask(f"{COURSE}/classes/{taught}{path}")) == "404"


def test_who_left_is_not_among_them(app: Flask, program: Any, teacher: int, taught: int, clock: Any) -> None:
    with app.app_context():
        db.session.scalars(select(CohortMember).order_by(CohortMember.user_id)).first().left_at = clock()
        db.session.commit()
    assert [each["name"] for each in program(teacher).read(f"{COURSE}/classes/{taught}/people")["items"]] == ["Ben"]


def test_what_a_class_is_set_is_told_without_its_access_code(
    app: Flask, program: Any, teacher: int, taught: int, clock: Any
) -> None:
    with app.app_context():
        rules = assignments.Rules(due_at=clock(), time_limit=20, access_code="teapot")
        cohort, tess = db.session.get_one(Cohort, taught), db.session.get_one(User, teacher)
        assignments.assign(cohort, "tea", rules, by=tess, now=clock())
        db.session.commit()
    mine = program(teacher)
    (told,) = mine.read(f"{COURSE}/classes/{taught}/assignments")["items"]
    assert (told["quiz"], told["time_limit"], told["has_access_code"]) == ("tea", 20, True)
    assert told["due_at"] == clock().isoformat().replace("+00:00", "Z")
    assert "teapot" not in mine.ask(f"{COURSE}/classes/{taught}/assignments").text
