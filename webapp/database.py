"""The database: one session per request, times in UTC, and what SQLite needs to keep every acknowledged write."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from flask import Flask, current_app, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Executable, MetaData, String, event, make_url
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

# Constraints have names on every database, so that a migration can speak of them.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


#: seconds that a command's write waits for another one's lock on SQLite
WAIT_FOR_LOCK = 15.0
#: and a page's: then it says so and keeps what was typed, which is better than a browser that seems to hang
PAGE_WAITS = 3.0
#: seconds after which somebody who still has the lock keeps too many waiting
LONG = 0.5
#: seconds between two tries to get the lock from another process. SQLite's own handler waits up to a tenth of a second,
#: in which the lock is had by nobody, or by whoever came later
TRIES_AGAIN = 0.002
#: seconds that a write beside a page waits
WAIT_ASIDE = 0.1


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:

    class Model(Base):
        """The base of every table. (Flask-SQLAlchemy makes it at run time, where no type checker sees it.)"""

        __abstract__ = True

else:
    Model = db.Model


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time. A naive one is refused: nobody can know which zone it meant."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class TimeAsText(FunctionElement[str]):
    """A time of a `UtcDateTime` as text in UTC: `2026-03-02 09:00:00`, with or without parts of a second. For where a
    million are only written on: making each a datetime takes longer than all the rest of reading it."""

    inherit_cache = True
    name = "time_as_text"
    type = String()


@compiles(TimeAsText)
def _as_kept(element: TimeAsText, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)  # SQLite keeps such a text


@compiles(TimeAsText, "postgresql")
def _without_zone(element: TimeAsText, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AT TIME ZONE 'UTC' AS TEXT)"


# A page that only reads must not queue behind a writer; everything else takes SQLite's write lock when its
# transaction begins, because a read that turns into a write later can fail with "database is locked" at once,
# whatever the busy timeout says.
_only_reads: ContextVar[bool] = ContextVar("only_reads", default=False)
# How long what begins now waits for SQLite's lock, where that is neither a page nor a command. The one place that tells
# a connection how long to wait is `_wait`.
_waits: ContextVar[float | None] = ContextVar("waits", default=None)


#: values that one query names in `IN (…)`: every database takes so many, and is quick to read them
NAMED_IN_A_QUERY = 400

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")


def pieces(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in pieces, each short enough for a query to name in `IN (…)`."""
    for start in range(0, len(values), NAMED_IN_A_QUERY):
        yield values[start : start + NAMED_IN_A_QUERY]


@contextmanager
def only_reading() -> Iterator[None]:
    """Lets what begins inside read and not write: for what is sent to somebody while it is read, after its view
    returned. A download that took SQLite's write lock would keep everybody's answers waiting until it is through."""
    _only_reads.set(True)
    try:
        yield
    finally:
        _only_reads.set(False)


def begin_writing() -> None:
    """Ends a reading transaction and lets the next statement start a writing one (for a GET that must write)."""
    _only_reads.set(False)
    db.session.rollback()


def reads_first(view: Callable[P, R]) -> Callable[P, R]:
    """Marks a view that writes and is asked for often. Who sends the request and what they may do is read before, in a
    transaction that only reads, so that nobody has to wait for SQLite's lock meanwhile; then the view begins to write.

    What it decides on it reads itself: between the two somebody else may have written.
    """

    @wraps(view)
    def writing(*args: P.args, **kwargs: P.kwargs) -> R:
        turn_to_writing()
        return view(*args, **kwargs)

    writing.reads_first = True  # type: ignore[attr-defined]
    return writing


def turn_to_writing() -> None:
    """Lets what follows write, where a request has only read so far. What was read stays as it is."""
    if not _only_reads.get():
        return
    read = list(db.session)
    db.session.expunge_all()
    begin_writing()
    db.session.add_all(read)


def begin_reading() -> None:
    """Ends the transaction and lets what follows read only (after a GET has written and committed)."""
    db.session.rollback()
    _only_reads.set(True)


class Unavailable(SQLAlchemyError):
    """The database can't be used at the moment; the text says why."""


class Busy(Unavailable):
    """So many wait for SQLite's lock already that one more would only take another thread from those who read."""


class Gone(Unavailable):
    """The file of the database is not the one any more that the server was started on."""


class Writers:
    """The pages of this process that write to SQLite, one at a time and in the order they came.

    SQLite itself lets everybody who waits try again after a while: whoever came last may go first, and with many
    answers a second some never get their turn. While turns are short, as many may wait as there are; while somebody has
    the lock for long, most threads stay free for those who read."""

    def __init__(self, at_most: int) -> None:
        """`at_most`: pages that may have or wait for a turn that takes long."""
        self.at_most = at_most
        self._lock = threading.Lock()
        #: what tells each one that its turn has come; the first one writes, or waits for another process
        self._queue: dict[object, threading.Event] = {}
        #: when the turn of the first one began
        self._began = 0.0

    def take(self, writer: object, patience: float) -> float:
        """Waits for the turn of `writer`; the seconds that are left of its patience. Raises Busy when they don't
        suffice, or when as many as may wait for a turn that takes long."""
        came, turn = time.monotonic(), threading.Event()
        with self._lock:
            if len(self._queue) > self.at_most and came - self._began > LONG:
                raise Busy("the database is locked, and others wait for it already")
            if not self._queue:
                self._begin(turn)
            self._queue[writer] = turn
        if not turn.wait(patience):
            self.leave(writer)
            raise Busy("the database is locked")
        return patience - (time.monotonic() - came)

    def _begin(self, turn: threading.Event) -> None:
        self._began = time.monotonic()
        turn.set()

    def leave(self, writer: object) -> None:
        """Ends the turn of `writer`, or its wait; nothing when it has none."""
        with self._lock:
            was_first = next(iter(self._queue), None) is writer
            if self._queue.pop(writer, None) is not None and was_first and self._queue:
                self._begin(next(iter(self._queue.values())))


class DatabaseFile:
    """The file that a server was started on. SQLite goes on writing into a file that was deleted, or that another one
    took the place of: what is acknowledged then is lost, so whoever begins or commits looks at the name first."""

    def __init__(self) -> None:
        self.path: str | None = None
        self._identity: tuple[int, int] | None = None

    def hold_to(self, path: str) -> None:
        """From now on this file, as it is, is the only one; raises OSError when it isn't there."""
        found = os.stat(path)
        self.path, self._identity = path, (found.st_dev, found.st_ino)

    def check(self) -> None:
        """Raises Gone unless the file is in its place; where no server holds to one, nothing."""
        if self.path is None:
            return
        try:
            found = os.stat(self.path)
        except OSError as error:
            raise Gone(f"{self.path} is not there any more ({error.strerror}); put it back") from error
        if (found.st_dev, found.st_ino) != self._identity:
            raise Gone(f"another file has taken the place of {self.path}; put it back, or restart the server to use it")


@contextmanager
def read_aside() -> Iterator[Connection]:
    """A connection beside that of the session, on which nothing is written and nobody is waited for, also while the
    session writes. All that is read on it is of one moment."""
    reads = _only_reads.set(True)
    try:
        with db.engine.connect() as connection:
            if connection.dialect.name == "postgresql":  # SQLite's transactions are so anyway
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection
    finally:
        _only_reads.reset(reads)


def write_aside(statement: Executable) -> None:
    """A small write beside a page that only reads, in a transaction of its own: left out rather than waited for, so
    that a page is shown while somebody else writes, and where nothing can be written at all."""
    patience = _waits.set(WAIT_ASIDE)
    try:
        with suppress(SQLAlchemyError), db.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(WAIT_ASIDE * 1000)}")
            connection.execute(statement)
            connection.commit()
    finally:
        _waits.reset(patience)


def init_app(app: Flask) -> None:
    """Binds the database and, for SQLite, sets how each connection and transaction begins."""
    url: str = app.config["SQLALCHEMY_DATABASE_URI"]
    if url.startswith("sqlite"):
        options: dict[str, Any] = {"connect_args": {"timeout": WAIT_FOR_LOCK}}
    else:
        # A server that can't be reached is told within seconds, where the system would try for minutes.
        parameters = make_url(url).query
        wait = {} if "connect_timeout" in parameters else {"connect_timeout": 10}
        # Each thread may hold two at once (its page's and one beside it), and so may the chores: else some of many
        # threads wait for connections that others give back only when they have got their second.
        threads = app.config["SETTINGS"].threads + 2
        options = {"pool_pre_ping": True, "connect_args": wait, "pool_size": threads, "max_overflow": threads}
    # A statement that failed goes to the log with its reason, and never with the names and hashes it carried.
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options | {"hide_parameters": True}
    db.init_app(app)
    with app.app_context():
        if url.startswith("sqlite"):
            _connect_sqlite(app)
        else:
            event.listen(db.engine, "connect", _prepare_postgresql)

    @app.teardown_appcontext
    def give_back(_error: BaseException | None) -> None:
        """Ends the session, before Flask-SQLAlchemy does. A connection that broke meanwhile can't be rolled back, which
        matters to nobody: without this, a page that is made already would become an error."""
        try:
            db.session.remove()
        except SQLAlchemyError:
            with suppress(SQLAlchemyError):
                db.session().invalidate()
            db.session.registry.clear()

    @app.before_request
    def choose_transaction() -> None:
        view = app.view_functions.get(request.endpoint or "")
        writes_later = url.startswith("sqlite") and hasattr(view, "reads_first")
        _only_reads.set(request.method in {"GET", "HEAD", "OPTIONS"} or writes_later)

    @app.teardown_request
    def forget_transaction(_error: BaseException | None) -> None:
        _only_reads.set(False)


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's BEGIN is ours, below
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # an acknowledged answer survives a power cut
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={int(WAIT_FOR_LOCK * 1000)}")
    cursor.close()


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """Leaves NULs out of texts: PostgreSQL has none, and whoever sends one must not meet a broken page."""
    from psycopg.types.string import StrDumperUnknown

    class WithoutNul(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\x00", "") if "\x00" in obj else obj)

    connection.adapters.register_dumper(str, WithoutNul)
    # Statistics read all rows of their streamed queries. By default PostgreSQL plans for the first tenth of them, which
    # makes them a hundred times slower.
    with connection.cursor() as cursor:
        cursor.execute("SET cursor_tuple_fraction = 1")
    connection.commit()


def _connect_sqlite(app: Flask) -> None:
    file = app.extensions["database_file"] = DatabaseFile()
    settings = app.config["SETTINGS"]
    writers, others = Writers(at_most=max(1, settings.threads // 2)), settings.workers > 1

    def connect(_dialect: Dialect, _record: Any, _arguments: Any, _named: Any) -> None:
        file.check()  # SQLite would make a new one

    def begin(connection: Connection) -> None:
        file.check()
        in_page = has_request_context()
        aside = _waits.get()
        patience = aside if aside is not None else PAGE_WAITS if in_page else WAIT_FOR_LOCK
        if _only_reads.get():
            _wait(connection, patience)
            connection.exec_driver_sql("BEGIN")
            return
        waited: Callable[[float], None] | None = app.extensions.get("lock_waited")
        began = time.perf_counter()
        try:
            if in_page:
                left = writers.take(connection.connection.dbapi_connection, patience)
                if patience - left > TRIES_AGAIN and others:
                    # It waited for a page of this process, and now it is another process's turn.
                    time.sleep(TRIES_AGAIN)
                patience = max(left, TRIES_AGAIN)
            _take_lock(connection, patience)
        finally:
            if waited is not None:
                waited(time.perf_counter() - began)

    def give_turn(connection: Any, _record: Any) -> None:
        """A connection comes back when what it wrote is on disk, or was given up."""
        writers.leave(connection)

    def commit(_connection: Connection) -> None:
        file.check()

    event.listen(db.engine, "do_connect", connect)
    event.listen(db.engine, "connect", _prepare_sqlite)
    event.listen(db.engine, "begin", begin)
    event.listen(db.engine, "commit", commit)
    event.listen(db.engine, "checkin", give_turn)
    event.listen(db.engine, "close", give_turn)


def _take_lock(connection: Connection, patience: float) -> None:
    """Begins a transaction that writes, within so many seconds. Raises OperationalError when others keep the lock."""
    _wait(connection, 0)
    driver = cast(sqlite3.Connection, connection.connection.dbapi_connection)
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            driver.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                break
        time.sleep(TRIES_AGAIN)
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _wait(connection: Connection, seconds: float) -> None:
    """How long the connection waits for locks from now on; it is told only when that changes."""
    if connection.info.get("waits", WAIT_FOR_LOCK) != seconds:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.execute(f"PRAGMA busy_timeout={int(seconds * 1000)}")
        connection.info["waits"] = seconds


def hold_to_file() -> None:
    """For the current app as a server: nothing is read from or written to another SQLite file than is there now."""
    path = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"]).database
    if (file := current_app.extensions.get("database_file")) is not None and path:
        file.hold_to(path)


__all__ = [
    "Base", "Busy", "Gone", "Model", "TimeAsText", "Unavailable", "UtcDateTime",
    "begin_reading", "begin_writing", "db", "hold_to_file", "init_app", "only_reading", "pieces",
    "read_aside", "reads_first", "turn_to_writing", "write_aside",
]  # fmt: skip
