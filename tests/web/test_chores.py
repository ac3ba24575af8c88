"""Work beside the pages: done when it is due, by one process, and whatever fails does not stop the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import text

from tests.conftest import Clock
from webapp import create_app
from webapp.config import Settings
from webapp.database import db
from webapp.web import chores

ROW = (
    "INSERT INTO cohort (course_id, name, join_code, joinable, demo, created_at) "
    "VALUES ('C', 'A', 'A', 1, 0, '2026-01-01 00:00:00')"
)


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Connects chores for one test, in place of the app's own."""
    monkeypatch.setattr(chores, "_chores", {})
    return chores.connect


@pytest.fixture
def work(own_app: Flask) -> Iterator[Callable[..., chores.Worker]]:
    made: list[chores.Worker] = []

    def make(app: Flask = own_app) -> chores.Worker:
        made.append(chores.Worker(app))
        return made[-1]

    yield make
    for worker in made:
        worker.stop()


def test_a_chore_is_done_at_once_in_the_apps_context_and_again_only_when_it_is_due(
    connect: Any, work: Any, own_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    connect("look", 60, lambda: seen.append(current_app.name))
    worker = work()
    worker.look()
    worker.look()
    assert seen == ["webapp"]
    later = chores.time.monotonic() + 61
    monkeypatch.setattr(chores.time, "monotonic", lambda: later)
    worker.look()
    assert len(seen) == 2


def test_one_process_works_and_another_takes_over_when_it_has_ended(connect: Any, work: Any) -> None:
    done: list[str] = []
    connect("count", 0, lambda: done.append("done"))
    first, second = work(), work()
    first.look()
    second.look()
    assert len(done) == 1
    first.stop()
    second.look()
    assert len(done) == 2


def test_a_chore_that_fails_is_told_once_tried_again_and_stops_no_other(
    connect: Any, work: Any, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []
    broken = [True]

    def fail() -> None:
        if broken[0]:
            raise ZeroDivisionError

    connect("broken", 0, fail)
    connect("whole", 0, lambda: done.append("done"))
    worker = work()
    with caplog.at_level(logging.WARNING):
        worker.look()
        worker.look()
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        broken[0] = False
        worker.look()
    assert "works again" in caplog.messages[-1]
    assert len(done) == 3
    assert worker.states["broken"].failure == ""


def test_what_a_chore_left_uncommitted_is_not_kept(connect: Any, work: Any, own_app: Flask) -> None:
    connect("half", 0, lambda: db.session.execute(text(ROW)))
    worker = work()
    worker.look()
    with own_app.app_context():
        assert db.session.execute(text("SELECT count(*) FROM cohort")).scalar() == 0


@pytest.mark.postgres
def test_with_postgresql_one_of_all_servers_works_and_is_replaced_when_its_connection_breaks(
    connect: Any, postgres: Callable[[], str], settings: Settings, clock: Clock
) -> None:
    done: list[str] = []
    connect("count", 0, lambda: done.append("done"))
    url = postgres()
    apps = [create_app(replace(settings, database_url=url, data=settings.data / name)) for name in ("one", "other")]
    first, second = (chores.Worker(app) for app in apps)
    try:
        first.look()
        second.look()
        assert len(done) == 1
        with apps[1].app_context(), db.engine.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks "
                    "WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
                )
            )
        second.look()
        assert len(done) == 2
        first.look()
        first.look()
        assert len(done) == 2, "the first one has noticed that it lost the lock"
    finally:
        first.stop()
        second.stop()
        for app in apps:
            with app.app_context():
                db.engine.dispose()
