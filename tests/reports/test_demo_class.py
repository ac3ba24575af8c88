"""The made-up class comes, is plausible, and goes without a trace."""

from __future__ import annotations

import statistics
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from tests.conftest import Clock
from webapp import commands
from webapp.accounts.models import Cohort, User
from webapp.audit.models import AuditEntry
from webapp.content.course.course import Course
from webapp.database import db
from webapp.quizzes.models import Attempt, Slot, Step
from webapp.reports import demo_class


@pytest.fixture
def run(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("webapp.create_app", lambda: app)

    def command(word: str) -> str:
        result = CliRunner().invoke(commands.group, ["demo", word])
        assert result.exit_code == 0, result.output
        return result.output

    return command


def counts(app: Flask) -> dict[str, int]:
    """Rows of every table."""
    with app.app_context():
        return {
            table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in db.metadata.sorted_tables
        }


def test_thirty_people_with_obviously_made_up_names_and_no_way_in(app: Flask, run: Any) -> None:
    assert "30 made-up learners" in run("add")
    with app.app_context():
        people = db.session.scalars(select(User).where(User.origin == "demo")).all()
        assert len(people) == 30
        assert all(person.name.split()[1] in ("Example", "Sample", "Madeup") for person in people)
        assert not any(person.password_hash or person.username or person.email for person in people)
        cohort = db.session.scalars(select(Cohort)).one()
        assert cohort.demo
        assert not cohort.joinable


def test_a_second_time_changes_nothing_and_an_interrupted_time_is_completed(
    app: Flask, run: Any, course: Course, clock: Clock
) -> None:
    with app.app_context():
        for number, _user in enumerate(demo_class.add(course, clock())):
            db.session.commit()
            if number == 4:
                break
    run("add")
    whole = counts(app)
    assert whole["user"] == 30
    assert "already" in run("add")
    assert counts(app) == whole


def test_removing_takes_everything_but_the_log_and_what_was_shown(
    app: Flask, run: Any, make_user: Any, take: Any
) -> None:
    ada = make_user(username="ada")
    take(ada, "tea", right=2)
    before = counts(app)
    run("add")
    assert "Removed 30" in run("remove")
    after = counts(app)
    assert {name for name in after if after[name] != before[name]} <= {"audit_entry", "question_revision"}
    with app.app_context():
        assert list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))) == [
            "demo.added",
            "demo.removed",
        ]
    assert "no made-up class" in run("remove")


def test_instructors_of_the_moment_can_see_it(app: Flask, run: Any, teacher: int, as_person: Any) -> None:
    run("add")
    page = as_person(teacher).get("/instructor/gradebook").text
    assert "made up" in page.lower()
    assert "30 learners" in page


def test_what_they_did_is_plausible_and_in_the_past(app: Flask, run: Any, clock: Clock) -> None:
    run("add")
    with app.app_context():
        now = clock()
        attempts = db.session.scalars(select(Attempt)).all()
        assert all(attempt.started_at < now for attempt in attempts)
        assert all(attempt.submitted_at is None or attempt.submitted_at <= now for attempt in attempts)
        percents = [attempt.percent for attempt in attempts if attempt.percent is not None]
        assert 35 < statistics.mean(percents) < 90
        assert statistics.stdev(percents) > 10
        # Through the real services: each answer is a step, each graded slot has its grade.
        graded = db.session.scalar(select(func.count()).select_from(Slot).where(Slot.fraction.is_not(None)))
        steps = db.session.scalar(select(func.count()).select_from(Step).where(Step.action == "grade"))
        assert graded == steps


def test_the_same_seed_gives_the_same_class(app: Flask, course: Course, clock: Clock) -> None:
    def scores() -> list[tuple[str, str, float | None]]:
        rows = db.session.execute(
            select(User.name, Attempt.quiz_id, Attempt.score)
            .join(Attempt, Attempt.user_id == User.id)
            .order_by(User.name, Attempt.quiz_id, Attempt.number)
        )
        return [tuple(row) for row in rows]

    seen = []
    for _turn in range(2):
        with app.app_context():
            for _user in demo_class.add(course, clock()):
                db.session.commit()
            seen.append(scores())
            demo_class.remove()
            db.session.commit()
    assert seen[0] == seen[1]
