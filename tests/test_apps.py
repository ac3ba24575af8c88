"""What one test leaves, no other finds: the apps that tests take in turns are as new each time, or somebody is told."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.apps import Workshop
from tests.conftest import START, TINY
from webapp.accounts import service as accounts
from webapp.accounts.models import User
from webapp.config import Settings
from webapp.database import db


@pytest.fixture
def shop(tmp_path: Path, compiled_templates: Any) -> Workshop:
    """A workshop of the test's own, whose apps may be spoilt."""
    return Workshop(tmp_path / "workshop", compiled_templates, [Path(shutil.copytree(TINY, tmp_path / "shared"))])


@pytest.fixture
def asked(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "one", bank=tmp_path / "shared", secret_key="s" * 32)


def names(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(User.name)))


def test_the_next_test_gets_the_same_app_and_finds_nothing_of_the_one_before(shop: Workshop, asked: Settings) -> None:
    app, give_back = shop.borrow(asked)
    with app.app_context():
        accounts.create_user(name="Ada", username="ada", now=START)
        db.session.commit()
    app.config["CLOCK"] = None
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.extensions["try_counters"] = "an engine of the first test"
    assert app.test_client().get("/healthz").status_code == 200
    assert names(app) == ["Ada"]
    assert give_back() == []

    other = replace(asked, data=asked.data.with_name("two"), secret_key="t" * 32, limits=False)
    again, give_back = shop.borrow(other)
    assert again is app
    assert names(again) == []
    assert callable(again.config["CLOCK"])
    assert again.config["PROPAGATE_EXCEPTIONS"] is None
    assert (again.config["SETTINGS"], again.secret_key) == (other, "t" * 32)
    assert again.config["SQLALCHEMY_DATABASE_URI"].endswith("/two/webapp.sqlite3")
    assert "try_counters" not in again.extensions
    assert give_back() == []


def test_two_apps_at_once_are_two_and_share_a_database_if_they_are_told_to(shop: Workshop, asked: Settings) -> None:
    one, other = shop.borrow(asked)[0], shop.borrow(asked)[0]
    assert one is not other
    with one.app_context():
        accounts.create_user(name="Ada", username="ada", now=START)
        db.session.commit()
    assert names(other) == ["Ada"]


def test_the_tables_are_those_of_the_models(shop: Workshop, asked: Settings) -> None:
    app, _give_back = shop.borrow(asked)
    with app.app_context():
        inspected = db.inspect(db.engine)
        assert set(inspected.get_table_names()) == set(db.metadata.tables)
        assert db.engine.url.get_backend_name() == "sqlite"
        assert (asked.data / "webapp.sqlite3").stat().st_size > 0


def test_the_database_is_set_up_as_the_app_does_but_does_not_wait_for_the_disk(shop: Workshop, asked: Settings) -> None:
    app, _give_back = shop.borrow(asked)
    with app.app_context(), db.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        }
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 0}


def a_view(app: Flask, _bank: Path) -> None:
    app.view_functions["lessons.home"] = lambda: "mine"


def a_route(app: Flask, _bank: Path) -> None:
    app.add_url_rule("/mine", "mine", lambda: "mine")


def a_hook(app: Flask, _bank: Path) -> None:
    app.before_request(lambda: None)


def a_word_of_templates(app: Flask, _bank: Path) -> None:
    app.jinja_env.globals["asset"] = str


def a_connection(app: Flask, _bank: Path) -> None:
    with app.app_context():
        app.config["kept from being collected"] = db.engine.connect()


def a_file_of_the_course(_app: Flask, bank: Path) -> None:
    (bank / "1-tea" / "lesson.md").write_text("# Mine\n")


def a_new_file_of_the_course(_app: Flask, bank: Path) -> None:
    (bank / "1-tea" / "mine.yaml").write_text("questions: []\n")


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (a_view, "view_functions"),
        (a_route, "routes"),
        (a_hook, "before_request_funcs"),
        (a_word_of_templates, "jinja globals"),
        (a_connection, "1 connections"),
        (a_file_of_the_course, "lesson.md"),
        (a_new_file_of_the_course, "mine.yaml"),
    ],
)
def test_what_would_go_on_into_the_next_test_is_told(shop: Workshop, asked: Settings, change: Any, told: str) -> None:
    app, give_back = shop.borrow(asked)
    change(app, asked.bank)
    assert told in " ".join(give_back())


def test_a_spoilt_app_goes_to_nobody_else(shop: Workshop, asked: Settings) -> None:
    app, give_back = shop.borrow(asked)
    a_view(app, asked.bank)
    assert give_back() != []
    assert shop.borrow(asked)[0] is not app


@pytest.mark.parametrize(
    "settings", [{"database_url": "postgresql://x/y"}, {"proxies": 1}, {"debug": True}, {"guests": False}]
)
def test_what_is_built_into_an_app_is_never_asked_of_a_kept_one(asked: Settings, settings: dict[str, Any]) -> None:
    assert Workshop.can_lend(replace(asked, **settings)) is ("guests" in settings)
