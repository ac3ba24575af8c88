"""What a class was set counts in its reports as far as it was done under its assignment; the rest stands apart."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Clock
from webapp.accounts.models import Cohort, User
from webapp.classes import joining
from webapp.database import db
from webapp.quizzes.models import Assignment
from webapp.reports import scope
from webapp.reports.statistics.answers import ALL, attempts


@pytest.fixture
def set_to(app: Flask, clock: Clock) -> Callable[..., None]:
    """Sets the bread quiz to a class."""

    def do(cohort_id: int, **rules: Any) -> None:
        with app.app_context():
            db.session.add(Assignment(cohort_id=cohort_id, quiz_id="bread", created_at=clock(), **rules))
            db.session.commit()

    return do


def scores(client: Any, cohort_id: int) -> list[tuple[str, str, str]]:
    text = client.get(f"/instructor/scores.csv?cohort={cohort_id}").text
    return [(row["quiz"], row["attempts"], row["percent"]) for row in csv.DictReader(io.StringIO(text))]


def test_a_class_counts_what_was_done_under_its_own_assignment(
    app: Flask, make_user: Any, make_class: Any, take: Any, set_to: Any, teacher: int, as_person: Any
) -> None:
    """H2, B1: a score made outside the rules of the class stands in no gradebook of it."""
    ada = make_user()
    one = make_class("One", [ada], [teacher])
    two = make_class("Two", [ada], [teacher])
    take(ada, "bread", right=3)
    set_to(one)
    take(ada, "bread", right=0)
    client = as_person(teacher)
    assert scores(client, one) == [("bread", "1", "0")]
    assert scores(client, two) == [("bread", "2", "0")], "the last one counts, and this class was set nothing"
    page = client.get(f"/instructor/gradebook?cohort={one}").text
    assert "1 otherwise" in page
    assert "don’t count" in page
    assert "otherwise" not in client.get(f"/instructor/gradebook?cohort={two}").text
    assert "Made otherwise, does not count" in client.get(f"/instructor/learners/{ada}").text
    with app.app_context():
        person = db.session.get_one(User, teacher)
        for cohort_id, count in ((one, 1), (two, 2)):
            chosen = scope.population(person, "tea-and-bread", cohort_id=cohort_id)
            assert len(db.session.execute(attempts(chosen, "bread", ALL)).all()) == count


def test_the_exports_mark_what_does_not_count(
    make_user: Any, make_class: Any, take: Any, set_to: Any, teacher: int, as_person: Any
) -> None:
    """What was done otherwise stood in responses.csv like any answer, and in scores.csv not at all."""
    ada, bo = make_user(username="ada", email="ada@example.org"), make_user(username="bo")
    one = make_class("One", [ada, bo], [teacher])
    take(ada, "bread", right=3)
    take(bo, "bread", right=3)
    set_to(one)
    take(ada, "bread", right=0)
    take(ada, "tea", right=1)
    client = as_person(teacher)

    def rows(name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(client.get(f"/instructor/{name}.csv?cohort={one}").text)))

    assert [(r["learner"], r["quiz"], r["attempts"], r["percent"], r["apart"], r["email"]) for r in rows("scores")] == [
        ("ada", "tea", "1", "25", "0", "ada@example.org"),
        ("ada", "bread", "1", "0", "1", "ada@example.org"),
        ("bo", "bread", "0", "", "1", ""),
    ]
    marked = {(row["learner"], row["quiz"], row["attempt"], row["counts"]) for row in rows("responses")}
    assert marked == {
        ("ada", "bread", "1", "false"), ("bo", "bread", "1", "false"), ("ada", "bread", "2", "true"),
        ("ada", "tea", "1", "true"),
    }  # fmt: skip
    assert [row["email"] for row in rows("gradebook")] == ["ada@example.org", ""]
    assert "what was done under it counts" in client.get(f"/instructor/statistics?cohort={one}").text


def test_two_classes_count_each_their_own(
    make_user: Any, make_class: Any, take: Any, set_to: Any, teacher: int, as_person: Any
) -> None:
    ada = make_user()
    one, two = make_class("One", [ada], [teacher]), make_class("Two", [ada], [teacher])
    set_to(one, attempts=1)
    set_to(two, attempts=1)
    take(ada, "bread", right=3)
    take(ada, "bread", right=0)
    client = as_person(teacher)
    assert sorted(scores(client, one) + scores(client, two)) == [("bread", "1", "0"), ("bread", "1", "100")]


def test_who_left_is_in_no_list_of_the_class_and_comes_back_with_what_was_done_under_it(
    app: Flask, clock: Clock, make_user: Any, make_class: Any, take: Any, set_to: Any, teacher: int, as_person: Any
) -> None:
    ada = make_user()
    one = make_class("One", [ada], [teacher])
    set_to(one)
    take(ada, "bread", right=3)
    client = as_person(teacher)
    before = scores(client, one)
    with app.app_context():
        joining.leave(one, db.session.get_one(User, ada), clock())
        db.session.commit()
    assert scores(client, one) == []
    for path in (
        f"/instructor/gradebook?cohort={one}",
        f"/instructor/cohorts/{one}",
        f"/instructor/cohorts/{one}/live/bread",
    ):
        assert "Ada Learner" not in client.get(path).text, path
    assert client.get(f"/instructor/learners/{ada}").status_code == 404
    take(ada, "bread", right=0)
    with app.app_context():
        joining.join(db.session.get_one(Cohort, one), db.session.get_one(User, ada), clock())
        db.session.commit()
    assert before == [("bread", "1", "100")]
    assert scores(client, one) == [("bread", "2", "0")], "taken by the rules of the class while away, it counts there"
