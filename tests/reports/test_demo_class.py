"""The made-up class comes, is plausible, and goes without a trace."""

from __future__ import annotations

import shutil
import sqlite3
import statistics
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from tests.conftest import Clock, token_of
from webapp import commands
from webapp.accounts.models import Cohort, User
from webapp.audit.models import AuditEntry
from webapp.config import Settings
from webapp.content.course.course import Course
from webapp.database import db
from webapp.quizzes.models import Accommodation, Attempt, Slot, Step
from webapp.reports import demo_class, scope
from webapp.reports.scores import learner_scores, quiz_columns

pytestmark = pytest.mark.long


@dataclass
class MadeUp:
    """A database with a teacher, a learner with a paper, and then the made-up class; and how it came about."""

    database: Path
    said: str
    teacher: int
    #: rows of every table before the class was added
    before: dict[str, int]
    at: datetime


@dataclass
class Keep:
    """The class takes seconds to make, so it is made once, and each test has a copy."""

    folder: Path
    made: MadeUp | None = field(default=None)


@pytest.fixture(scope="module")
def keep(tmp_path_factory: pytest.TempPathFactory) -> Keep:
    return Keep(tmp_path_factory.mktemp("made-up"))


@pytest.fixture
def demo(app: Flask, run: Any, settings: Settings, clock: Clock, keep: Keep, make_user: Any, take: Any) -> MadeUp:
    """The database of the test is one with the made-up class."""
    database = settings.data / "webapp.sqlite3"
    if keep.made is None:
        teacher = make_user(role="instructor", name="Tess Teacher")
        take(make_user(username="ada"), "tea", right=2)
        before = counts(app)
        said = run("add")
        keep.made = MadeUp(keep.folder / "webapp.sqlite3", said, teacher, before, clock())
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(keep.made.database)) as target:
            source.backup(target)
    else:
        shutil.copyfile(keep.made.database, database)
        clock.set(keep.made.at)
    return keep.made


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


def test_thirty_people_with_obviously_made_up_names_and_no_way_in(app: Flask, demo: MadeUp) -> None:
    assert "30 made-up learners" in demo.said
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


def test_removing_takes_everything_but_the_log_and_what_was_shown(app: Flask, run: Any, demo: MadeUp) -> None:
    assert "Removed 30" in run("remove")
    after = counts(app)
    assert {name for name in after if after[name] != demo.before[name]} <= {
        "audit_entry",
        "question_revision",
        "report_change",
    }
    with app.app_context():
        assert list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))) == [
            "demo.added",
            "demo.removed",
        ]
    assert "no made-up class" in run("remove")


def test_instructors_of_the_moment_can_see_it(demo: MadeUp, as_person: Any) -> None:
    page = as_person(demo.teacher).get("/instructor/gradebook").text
    assert "made up" in page.lower()
    assert "30 learners" in page


def test_what_they_did_is_plausible_and_in_the_past(app: Flask, demo: MadeUp, clock: Clock) -> None:
    with app.app_context():
        now = clock()
        theirs = select(Attempt).join(User, User.id == Attempt.user_id).where(User.origin == "demo")
        attempts = db.session.scalars(theirs).all()
        assert len(attempts) > 100
        assert all(attempt.started_at < now for attempt in attempts)
        assert all(attempt.submitted_at is None or attempt.submitted_at <= now for attempt in attempts)
        percents = [attempt.percent for attempt in attempts if attempt.percent is not None]
        assert 35 < statistics.mean(percents) < 90
        assert statistics.stdev(percents) > 10
        # Through the real services: each answer is a step, each graded slot has its grade.
        graded = db.session.scalar(select(func.count()).select_from(Slot).where(Slot.fraction.is_not(None)))
        steps = db.session.scalar(select(func.count()).select_from(Step).where(Step.action == "grade"))
        assert graded == steps


def test_what_they_did_counts_in_their_class_and_what_it_grants_is_its_own(
    app: Flask, demo: MadeUp, clock: Clock, as_person: Any, course: Course
) -> None:
    """The rules for real classes hold for it: no attempt stands apart, and an accommodation belongs to it."""
    with app.app_context():
        (cohort,) = db.session.scalars(select(Cohort).where(Cohort.demo)).all()
        people = scope.everybody("tea-and-bread", cohort_id=cohort.id)
        learners = list(learner_scores(people, quiz_columns(course)))
        assert len(learners) == 30
        assert sum(len(learner.scores) for learner in learners) > 30
        assert [dict(learner.apart) for learner in learners] == [{}] * 30
        member, cohort_id = learners[0].user_id, cohort.id
    client = as_person(demo.teacher)
    path = f"/instructor/cohorts/{cohort_id}/accommodations"
    sent = {"csrf_token": token_of(client.get(path).text), "person": member, "quiz": "", "extra_time_percent": 25}
    assert client.post(path, data=sent).status_code == 303
    with app.app_context():
        (given,) = db.session.scalars(select(Accommodation)).all()
        assert (given.user_id, given.of_class) == (member, cohort_id)
        demo_class.remove()
        db.session.commit()
        assert db.session.scalars(select(Accommodation)).all() == [], "it goes with the class"


def test_the_same_seed_gives_the_same_class(app: Flask, demo: MadeUp, course: Course, clock: Clock) -> None:
    def scores() -> list[tuple[str, str, float | None]]:
        rows = db.session.execute(
            select(User.name, Attempt.quiz_id, Attempt.score)
            .join(Attempt, Attempt.user_id == User.id)
            .where(User.origin == "demo")
            .order_by(User.name, Attempt.quiz_id, Attempt.number)
        )
        return [tuple(row) for row in rows]

    with app.app_context():
        first = scores()
        demo_class.remove()
        db.session.commit()
        assert scores() == []
        for _user in demo_class.add(course, clock()):
            db.session.commit()
        assert scores() == first
