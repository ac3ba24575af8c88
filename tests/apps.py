"""Apps that tests take in turns.

Making an app takes a tenth of a second, most of it for its routes, and an engine that has seen no statement yet has to
compile each of them. So a process keeps the apps it made, and a test gets one that no other test has at the moment,
with a database file, a clock and settings of its own. What a test may well change is put back (the configuration, the
extensions); what it must not change in an app that others get after it is compared, and so is the course that tests
share: a test that leaves a trace fails itself, rather than one that happens to come later.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from sqlalchemy import create_engine, event

from tests.clients import CourseClient
from webapp import courses, create_app
from webapp.config import Settings
from webapp.content.course.files import Stamp, stamp
from webapp.content.courses import Courses
from webapp.database import db

#: of an app: what is put back (response_class by pytest-flask, a little later), and what first use makes
_NOT_COMPARED = frozenset({"config", "extensions", "response_class", "logger", "_got_first_request"})


def compared(value: Any) -> Any:
    """A value as it is now, to be compared with what it is later: containers by what they hold, empty ones left out."""
    if isinstance(value, dict):
        return {key: now for key, each in value.items() if (now := compared(each)) not in ({}, ())}
    if isinstance(value, list | tuple):
        return tuple(compared(each) for each in value)
    return value


def traits(app: Flask) -> dict[str, Any]:
    """All of an app that would go on into the next test: its views, hooks, routes, what its templates know."""
    own = {name: value for name, value in vars(app).items() if name not in _NOT_COMPARED}
    template = app.jinja_env
    own |= {"jinja globals": template.globals, "jinja filters": template.filters, "jinja tests": template.tests}
    return {name: compared(value) for name, value in own.items()} | {"routes": len(list(app.url_map.iter_rules()))}


@dataclass
class SharedCourse:
    """A folder of a course that tests read and none may change; it is loaded once."""

    folder: Path
    courses: Courses
    stamps: dict[Path, Stamp] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, cache: Path) -> SharedCourse:
        course = cls(folder, Courses(folder, cache))
        course.stamps = course.now()
        return course

    def now(self) -> dict[Path, Stamp]:
        return {path: stamp(path) for path in [self.folder, *sorted(self.folder.rglob("*"))]}

    def changes(self) -> list[str]:
        now = self.now()
        return [
            f"{path} was changed (ask for bank)" for path in now | self.stamps if now.get(path) != self.stamps.get(path)
        ]


def _without_waiting_for_the_disk(connection: Any, _record: Any) -> None:
    """Commits of tests need not survive a power cut; that those of the app do is held by tests/test_migrations.py."""
    connection.execute("PRAGMA synchronous=OFF")


class KeptApp:
    """An app, and what it is put back to between two tests."""

    def __init__(self, settings: Settings, templates: BytecodeCache) -> None:
        self.app = create_app(settings)
        self.app.testing = True
        self.app.test_client_class = CourseClient
        self.app.jinja_env.bytecode_cache = templates
        self.lent = self.spoilt = False
        self.database = settings.data / "webapp.sqlite3"
        with self.app.app_context():
            self.engine = db.engine
        event.listen(self.engine, "do_connect", self._to_the_file_of_the_test)
        event.listen(self.engine, "connect", _without_waiting_for_the_disk)
        self.config, self.extensions = dict(self.app.config), dict(self.app.extensions)
        self.traits = traits(self.app)

    def _to_the_file_of_the_test(self, _dialect: Any, _record: Any, arguments: list[Any], _more: Any) -> None:
        arguments[0] = str(self.database)

    def lend(self, settings: Settings, courses: Courses) -> Flask:
        """The app as create_app would make it with these settings; the database has its tables already."""
        self.lent = True
        self.database = settings.data / "webapp.sqlite3"
        self.app.config["SETTINGS"] = settings
        self.app.config["SECRET_KEY"] = settings.secret()
        self.app.config["SQLALCHEMY_DATABASE_URI"] = settings.database
        self.app.extensions["courses"] = courses
        return self.app

    def take_back(self) -> list[str]:
        """Puts back what can be; returns what a test left that cannot."""
        left = []
        if out := self.engine.pool.checkedout():  # type: ignore[attr-defined]
            left.append(f"{out} connections to the database were not given back")
        self.engine.dispose()
        for kept, now in ((self.config, self.app.config), (self.extensions, self.app.extensions)):
            now.clear()
            now.update(kept)
        now = traits(self.app)
        left += [
            f"the app's {name} was changed (ask for own_app)"
            for name in now | self.traits
            if now.get(name) != self.traits.get(name)
        ]
        self.spoilt = bool(left)
        self.lent = False
        return left


class Workshop:
    """All that a process of the test run makes once."""

    def __init__(self, folder: Path, templates: BytecodeCache, courses: Iterable[Path]) -> None:
        self.folder, self.templates = folder, templates
        self.apps: list[KeptApp] = []
        self._shared: dict[Path, SharedCourse | None] = dict.fromkeys(courses)
        self._empty: Path | None = None
        self._settings = Settings(data=folder / "data", bank=next(iter(self._shared)), secret_key="k" * 32)

    def course(self, folder: Path) -> SharedCourse | None:
        """One of the courses that tests share, loaded when it is first asked for; None for a course of a test's own."""
        if folder in self._shared and self._shared[folder] is None:
            self._shared[folder] = SharedCourse.of(folder, self.folder / "cache")
        return self._shared.get(folder)

    def empty_database(self) -> Path:
        """A SQLite file with all tables and no rows, to be copied."""
        if self._empty is None:
            self._empty = self.folder / "empty.sqlite3"
            engine = create_engine(f"sqlite:///{self._empty}")
            db.metadata.create_all(engine)
            engine.dispose()
        return self._empty

    def borrow(self, settings: Settings) -> tuple[Flask, Callable[[], list[str]]]:
        """A kept app for these settings with an empty database, and what gives it back and tells what was left."""
        kept = next((each for each in self.apps if not (each.lent or each.spoilt)), None)
        if kept is None:
            kept = KeptApp(self._settings, self.templates)
            self.apps.append(kept)
        settings.data.mkdir(parents=True, exist_ok=True)
        if not (settings.data / "webapp.sqlite3").exists():
            shutil.copyfile(self.empty_database(), settings.data / "webapp.sqlite3")
        shared = self.course(settings.bank)
        if shared is None:
            return kept.lend(settings, courses(settings)), kept.take_back
        return kept.lend(settings, shared.courses), lambda: kept.take_back() + shared.changes()

    @staticmethod
    def can_lend(settings: Settings) -> bool:
        """Whether a kept app can do: what is asked for is looked up by each request, not built into the app."""
        return not settings.database_url and not settings.proxies and not settings.debug
