"""Who teaches whom: the one rule that the desk, the reports and the results go by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import Clock
from webapp.accounts import teaching
from webapp.accounts.models import Cohort, CohortInstructor, CohortMember, User
from webapp.database import db


@pytest.fixture
def people(make_user: Callable[..., int]) -> dict[str, int]:
    return {
        "admin": make_user(role="admin"),
        "teacher": make_user(role="instructor"),
        "colleague": make_user(role="instructor"),
        "demoted": make_user(role="learner"),
        "learner": make_user(),
        "other": make_user(),
    }


@pytest.fixture
def cohort(db_session: Any, people: dict[str, int], clock: Clock) -> Cohort:
    """A class with the learner in it, which the teacher teaches, and somebody who has lost the role since."""
    made = Cohort(course_id="tea-and-bread", name="Class", join_code="CODE", created_at=clock())
    db.session.add(made)
    db.session.flush()
    db.session.add(CohortMember(cohort_id=made.id, user_id=people["learner"], joined_at=clock()))
    for name in ("teacher", "demoted"):
        db.session.add(CohortInstructor(cohort_id=made.id, user_id=people[name]))
    db.session.commit()
    return made


def test_only_instructors_of_the_class_and_admins_open_it_and_see_its_learners(
    cohort: Cohort, people: dict[str, int]
) -> None:
    users = {name: db.session.get_one(User, user_id) for name, user_id in people.items()}
    assert {name for name, user in users.items() if teaching.may_open(user, cohort)} == {"admin", "teacher"}
    assert {name for name, user in users.items() if teaching.may_see(user, people["learner"], "tea-and-bread")} == {
        "admin",
        "teacher",
    }
    assert {name for name, user in users.items() if teaching.may_see(user, people["other"], "tea-and-bread")} == {
        "admin"
    }


def test_the_conditions_of_queries_say_the_same(cohort: Cohort, people: dict[str, int]) -> None:
    for user_id in people.values():
        user = db.session.get_one(User, user_id)
        opened = db.session.scalars(select(Cohort).where(teaching.cohorts_of(user, "tea-and-bread"))).all()
        assert (cohort in opened) == teaching.may_open(user, cohort)
        seen = set(db.session.scalars(teaching.learners_of(user, "tea-and-bread")))
        assert {each for each in people.values() if teaching.may_see(user, each, "tea-and-bread")} == seen


def test_an_admin_is_among_the_instructors_of_a_class_only_when_they_teach_it(
    cohort: Cohort, people: dict[str, int]
) -> None:
    assert teaching.teaches(db.session.get_one(User, people["teacher"]), cohort)
    assert not teaching.teaches(db.session.get_one(User, people["admin"]), cohort)
