"""What is kept no longer than it is needed goes by itself: the right rows, all that is theirs, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select, text

from tests.accounts.rows import attempt, card, place, reading
from tests.conftest import Clock
from webapp.accounts import api_tokens, service, session_store, tries
from webapp.accounts.models import ApiToken, OneTimeLink, Session, TokenScope, User
from webapp.audit.models import AuditEntry
from webapp.audit.service import record
from webapp.commands.tidy import tidy as command
from webapp.database import db
from webapp.editor.models import ContentVersion
from webapp.quizzes.models import AttemptNote, ServerRun, Slot, Step
from webapp.web import chores, retention

#: older than the database keeps every row of the log, by its own clock
LONG_AGO = datetime(2019, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def site(request: pytest.FixtureRequest, make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """An app that keeps what the defaults say, on either database."""
    url = request.getfixturevalue("postgres")() if request.param == "postgresql" else ""
    app = make_app(database_url=url) if url else make_app()
    with app.app_context():
        yield app


def guest(at: datetime) -> User:
    """A guest who answered a question, read a section and was then not seen any more."""
    made = service.create_guest(now=at)
    session_store.begin(made, stay=True, now=at)
    done = attempt(made.id, "tea", 1, at)
    db.session.add_all(
        [
            AttemptNote(attempt_id=done.id, kind="left", at=at),
            reading(made.id, "tea", "water", at),
            place(made.id, "tea", "water", at),
            card(made.id, "tea-water", at),
        ]
    )
    db.session.commit()
    return made


def test_guests_who_were_not_seen_again_go_with_all_that_is_theirs(site: Flask, clock: Clock) -> None:
    gone = guest(clock.at).id
    # Who came by long ago and did something since stays, and so does who only looked.
    worked = guest(clock.at).id
    looked = guest(clock.at).id
    learner = service.create_user(name="Ada", username="ada", password="teal bicycle moon", now=clock.at).id
    attempt(learner, "tea", 1, clock.at)
    clock.advance(days=181)
    attempt(worked, "tea", 2, clock.at)
    session_store.begin(db.session.get_one(User, looked), stay=True, now=clock.at)
    db.session.commit()
    assert retention.tidy(clock.at)["guests"] == 1
    assert set(db.session.scalars(select(User.id))) == {worked, looked, learner}
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table.name == "user" for key in column.foreign_keys):
                assert db.session.scalar(select(func.count()).where(column == gone)) == 0, column
    assert db.session.scalar(select(func.count()).select_from(Slot)) == 4
    assert db.session.scalar(select(func.count()).select_from(Step)) == 4


def test_guests_stay_where_the_site_says_so(make_app: Callable[..., Flask], clock: Clock) -> None:
    with make_app(keep_guests_days=0, keep_audit_days=0, keep_editions=0).app_context():
        guest(clock.at)
        record("command line", "demo.added", "class:a", now=LONG_AGO)
        edition(clock.at)
        db.session.commit()
        clock.advance(days=5000)
        removed = retention.tidy(clock.at)
        assert (removed["guests"], removed["rows of the audit log"], removed["editions of the course's files"]) == (
            0,
            0,
            0,
        )


def test_a_guest_who_comes_back_while_others_are_removed_stays(site: Flask, clock: Clock) -> None:
    from webapp.accounts import retention as guests

    made = guest(clock.at)
    clock.advance(days=181)
    found = guests.stale_guests(clock.at)
    assert found is not None
    ids = db.session.scalars(found).all()
    assert ids == [made.id]
    session_store.begin(made, stay=True, now=clock.at)
    assert guests.remove_guests(ids, clock.at) == 0
    assert db.session.get(User, made.id) is not None


def test_guests_go_a_few_in_a_transaction(app: Flask, clock: Clock, count_queries: Any) -> None:
    from webapp.accounts.retention import GUESTS_AT_ONCE

    with app.app_context():
        for _ in range(GUESTS_AT_ONCE + 2):
            guest(clock.at)
        clock.advance(days=181)
        rule = next(each for each in retention.rules() if each.name == "guests")
        with count_queries(app) as counted:
            assert list(rule.remove(clock.at)) == [GUESTS_AT_ONCE, 2]
        assert counted.commits == 2


def test_old_rows_of_the_log_go_but_for_what_pages_still_tell_of(site: Flask, clock: Clock) -> None:
    for action, at in (("roster.imported", LONG_AGO), ("attempt.reset", LONG_AGO), ("roster.imported", clock.at)):
        record("command line", action, "attempt:1", now=at)
    db.session.commit()
    assert retention.tidy(clock.at)["rows of the audit log"] == 1
    left = db.session.execute(select(AuditEntry.action, AuditEntry.at).order_by(AuditEntry.id)).all()
    assert [tuple(row) for row in left] == [("attempt.reset", LONG_AGO), ("roster.imported", clock.at)]


def test_a_clock_that_is_ahead_does_not_fail_at_rows_that_the_database_keeps(site: Flask, clock: Clock) -> None:
    now = datetime.now(UTC)
    record("command line", "roster.imported", "cohort:1", now=now)
    db.session.commit()
    assert retention.tidy(now + timedelta(days=9000))["rows of the audit log"] == 0


def edition(at: datetime, path: str = "tea.yaml") -> None:
    db.session.add(
        ContentVersion(
            course_id="tea-and-bread", path=path, digest="d", text="a", author_name="Eve", origin="browser", at=at
        )
    )


def test_of_each_file_the_newest_editions_stay(make_app: Callable[..., Flask], clock: Clock) -> None:
    with make_app(keep_editions=3).app_context():
        for _ in range(5):
            edition(clock.at)
        edition(clock.at, "coffee.yaml")
        db.session.commit()
        newest = db.session.scalars(select(ContentVersion.id).order_by(ContentVersion.id.desc()).limit(4)).all()
        assert retention.tidy(clock.at)["editions of the course's files"] == 2
        assert set(db.session.scalars(select(ContentVersion.id))) == set(newest)


def test_what_is_spent_goes_too(site: Flask, clock: Clock) -> None:
    ada = service.create_user(name="Ada", username="ada", password="teal bicycle moon", now=clock.at)
    done = attempt(ada.id, "tea", 1, clock.at)
    session_store.begin(ada, stay=True, now=clock.at)
    service.make_reset_link(ada, by="command line", now=clock.at)
    api_tokens.make(ada, name="A program", scopes=[TokenScope.COURSES], days=7, now=clock.at)
    tries.claim(tries.Pace("name", free=10), "ada")
    db.session.add_all(
        [
            AttemptNote(attempt_id=done.id, kind="focus", at=clock.at),
            ServerRun(began_at=clock.at, seen_at=clock.at),
            ServerRun(began_at=clock.at, seen_at=clock.at + timedelta(hours=1)),
        ]
    )
    db.session.commit()
    kinds = ("sessions", "tokens", "one-time links", "counters of tries", "lines of the quiet log", "times of being up")
    removed = retention.tidy(clock.at)
    assert {name: removed[name] for name in kinds} == dict.fromkeys(kinds, 0)
    clock.advance(days=200)
    removed = retention.tidy(clock.at)
    assert {name: removed[name] for name in kinds} == dict.fromkeys(kinds, 1)
    for table in (Session, ApiToken, OneTimeLink, AttemptNote):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    assert db.session.scalar(select(func.count()).select_from(ServerRun)) == 1
    assert db.session.get(User, ada.id) is not None


def test_copies_made_on_the_way_go_when_they_are_old(app: Flask, settings: Any, clock: Clock) -> None:
    folder: Path = settings.data / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    names = {
        "webapp-before-upgrade-from-0040-20260101T090000Z.sqlite3": False,
        "webapp-before-upgrade-from-0040-20260101T090000Z.sqlite3.json": False,
        "webapp-before-upgrade-from-0080-20260301T090000Z.sqlite3": True,
        # What somebody made by hand is theirs.
        "webapp-20250101T090000Z.sqlite3": True,
        "webapp-before-upgrade-from-0040-old.sqlite3": True,
    }
    for name in names:
        (folder / name).touch()
    aside = settings.data / "webapp.sqlite3.before-20251201T090000Z"
    aside.touch()
    with app.app_context():
        retention.tidy(datetime(2026, 3, 10, tzinfo=UTC))
    assert {name: (folder / name).exists() for name in names} == names
    assert not aside.exists()


def test_the_command_says_what_it_would_do_and_then_does_it(
    app: Flask, settings: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBAPP_DATA", str(settings.data))
    monkeypatch.setenv("WEBAPP_BANK", str(settings.bank))
    monkeypatch.setenv("WEBAPP_SECRET_KEY", settings.secret_key)
    with app.app_context():
        guest(datetime.now(UTC) - timedelta(days=200))
        guest(datetime.now(UTC) - timedelta(days=100))

    def people() -> int:
        with app.app_context():
            return db.session.scalar(select(func.count()).select_from(User)) or 0

    said = CliRunner().invoke(command, ["--dry-run"])
    assert said.exit_code == 0, said.output
    assert "       1  guests: not seen for 180 days, with all that is theirs" in said.output
    assert "Nothing was removed." in said.output
    assert people() == 2
    said = CliRunner().invoke(command, [])
    assert "       1  guests:" in said.output
    assert people() == 1


def test_the_server_tidies_once_a_day() -> None:
    assert ("retention", 24 * 3600) in {(chore.name, chore.every) for chore in chores.connected()}


def test_every_setting_is_checked(settings: Any) -> None:
    from webapp.config import BadSetting, Settings

    read = Settings.__dataclass_fields__["keep_audit_days"].metadata["read"]
    assert read("WEBAPP_KEEP_AUDIT_DAYS", "0") == 0
    assert read("WEBAPP_KEEP_AUDIT_DAYS", "400") == 400
    for bad in ("365", "-1", "much", "36501"):
        with pytest.raises(BadSetting, match="366"):
            read("WEBAPP_KEEP_AUDIT_DAYS", bad)
    assert replace(settings, keep_guests_days=7).keep_guests_days == 7


def test_removing_a_guest_reads_an_index_and_not_every_step(app: Flask) -> None:
    with app.app_context():
        plan = db.session.execute(text("EXPLAIN QUERY PLAN SELECT 1 FROM step WHERE actor_id = 7")).all()
        assert "ix_step_actor_id" in str(plan)
