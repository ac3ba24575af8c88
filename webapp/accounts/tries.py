"""The counters of tries: where they are kept, and how the next try is made to wait.

Memory is not shared between processes, and a Redis for a few counters is more than a school wants to run. So the
counters live in tables: with SQLite in a small file of its own beside the database (a flood of sign-ins must not queue
before answers, and nothing is lost with a counter, so it need not wait for the disk), with PostgreSQL in the database,
which all app servers share. Where the counters can't be used, nothing is limited and the log says so: a broken counter
must not keep a school out of its exam. A damaged file is made anew.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask import current_app
from limits.storage import Storage
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from webapp.database import db
from webapp.web.current import now, settings

T = TypeVar("T")

#: PostgreSQL's state for a table that isn't there
_NO_TABLE = "42P01"

#: seconds between two lines in the log that say the same
_SAID_EVERY = 60
_TABLES = (
    "try_count (key VARCHAR(300) PRIMARY KEY, count INTEGER NOT NULL, expires_at DOUBLE PRECISION NOT NULL)",
    "try_delay (key VARCHAR(300) PRIMARY KEY, count INTEGER NOT NULL, free_at DOUBLE PRECISION NOT NULL, "
    "expires_at DOUBLE PRECISION NOT NULL)",
)
_NAMES = tuple(table.split()[0] for table in _TABLES)


@dataclass(frozen=True)
class Pace:
    """So many tries at once; each one more makes the next wait: 1, 2, 4 … seconds, up to `longest`."""

    scope: str
    free: int
    longest: int = 60
    #: seconds without a try after which all begins again
    window: int = 600

    def wait_after(self, count: int) -> int:
        """Seconds that the try after the `count`th waits."""
        return 0 if count < self.free else min(2 ** min(count - self.free, 30), self.longest)


def claim(pace: Pace, key: str) -> int:
    """Takes a try: 0 when it may go on, and it is counted by then, else the seconds to wait. One statement, so that
    tries that come together are counted one after the other."""
    at = _time()
    count = "(CASE WHEN try_delay.expires_at <= :at THEN 0 ELSE try_delay.count END + 1)"
    # All numbers in the text are our own.
    steps = range(pace.free, pace.free + max(1, pace.longest).bit_length() + 1)
    ladder = " ".join(f"WHEN {count} = {step} THEN {pace.wait_after(step)}" for step in steps)
    statement = text(
        "INSERT INTO try_delay (key, count, free_at, expires_at) VALUES (:key, 1, 0, :ends) "  # noqa: S608
        f"ON CONFLICT (key) DO UPDATE SET count = {count}, expires_at = :ends, "
        # Free is free, and not from now on: on a server whose clock is a second behind, that would be a wait.
        f"free_at = CASE WHEN {count} < {pace.free} THEN 0 ELSE :at + (CASE {ladder} ELSE {pace.longest} END) END "
        # What lies further ahead than any wait was written before the clock was put back.
        "WHERE try_delay.free_at <= :at OR try_delay.free_at > :ahead RETURNING count"
    )
    values = {"key": f"{pace.scope}/{key}", "at": at, "ends": at + pace.window, "ahead": at + pace.longest + 1}

    def take(connection: Connection) -> int:
        counted = connection.execute(statement, values).scalar()
        if counted is not None:
            if counted == 1:
                connection.execute(text("DELETE FROM try_delay WHERE expires_at <= :at"), {"at": at})
            return 0
        free_at = connection.execute(text("SELECT free_at FROM try_delay WHERE key = :key"), values).scalar()
        return max(1, math.ceil(float(free_at or at) - at))

    return _with_counters(take, 0)


def give_back(pace: Pace, key: str) -> None:
    """A try that was right after all, or none: it does not count, and the next one need not wait for it."""
    statement = text(
        "UPDATE try_delay SET count = CASE WHEN count > 0 THEN count - 1 ELSE 0 END, free_at = 0 WHERE key = :key"
    )
    values = {"key": f"{pace.scope}/{key}"}
    _with_counters(lambda connection: connection.execute(statement, values).rowcount, 0)


class CountsInTable(Storage):
    """Counters for Flask-Limiter in one table; which database it is in depends on the app of the request."""

    STORAGE_SCHEME = ["table"]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions)

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        at = _time()

        def count(connection: Connection) -> int:
            counted = connection.execute(
                text(
                    "INSERT INTO try_count (key, count, expires_at) VALUES (:key, :amount, :expires_at) "
                    "ON CONFLICT (key) DO UPDATE SET "
                    "count = CASE WHEN try_count.expires_at <= :at THEN 0 ELSE try_count.count END + :amount, "
                    "expires_at = CASE WHEN try_count.expires_at <= :at THEN :expires_at ELSE try_count.expires_at END "
                    "RETURNING count"
                ),
                {"key": key, "amount": amount, "at": at, "expires_at": at + expiry},
            ).scalar_one()
            return int(counted)

        counted = _with_counters(count, 0)
        if counted == amount:
            _forget_expired(at)
        return counted

    def get(self, key: str) -> int:
        return int(self._value("count", key) or 0)

    def get_expiry(self, key: str) -> float:
        return float(self._value("expires_at", key) or _time())

    def _value(self, column: str, key: str) -> Any:
        query = text(f"SELECT {column} FROM try_count WHERE key = :key AND expires_at > :at")  # noqa: S608
        values = {"key": key, "at": _time()}
        return _with_counters(lambda connection: connection.execute(query, values).scalar(), None)

    def check(self) -> bool:
        return _with_counters(lambda connection: connection.execute(text("SELECT 1")).scalar() == 1, False)

    def reset(self) -> int | None:
        return _with_counters(lambda connection: connection.execute(text("DELETE FROM try_count")).rowcount, 0)

    def clear(self, key: str) -> None:
        statement = text("DELETE FROM try_count WHERE key = :key")
        _with_counters(lambda connection: connection.execute(statement, {"key": key}).rowcount, 0)


def expired(at: datetime) -> int:
    """How many counters limit nothing any more."""
    values = {"at": at.timestamp()}

    def count(connection: Connection) -> int:
        queries = (text(f"SELECT count(*) FROM {name} WHERE expires_at <= :at") for name in _NAMES)  # noqa: S608
        return sum(int(connection.execute(query, values).scalar_one()) for query in queries)

    return _with_counters(count, 0)


def forget_expired(at: datetime) -> int:
    """Removes them; says how many there were."""
    values = {"at": at.timestamp()}

    def forget(connection: Connection) -> int:
        statements = (text(f"DELETE FROM {name} WHERE expires_at <= :at") for name in _NAMES)  # noqa: S608
        return sum(connection.execute(statement, values).rowcount for statement in statements)

    return _with_counters(forget, 0)


def _forget_expired(at: float) -> None:
    """Keeps the table small. Apart from counting, so that two processes that tidy at once can't fail a sign-in."""
    with suppress(SQLAlchemyError), counters().begin() as connection:
        connection.execute(text("DELETE FROM try_count WHERE expires_at <= :at"), {"at": at})


def _time() -> float:
    return now().timestamp()


def _with_counters(work: Callable[[Connection], T], otherwise: T) -> T:
    """What `work` gives in a transaction on the counters; `otherwise`, and a line in the log, when they are broken."""
    for attempt in (1, 2):
        try:
            with counters().begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            _say(error)
            if attempt == 2 or not _make_anew(error):
                break
    return otherwise


def _say(error: SQLAlchemyError) -> None:
    said: dict[str, float] = current_app.extensions.setdefault("try_counters_said", {})
    why, at = str(getattr(error, "orig", None) or error)[:200], _time()
    if abs(at - said.get(why, -math.inf)) >= _SAID_EVERY:
        said.clear()
        said[why] = at
        current_app.logger.error("Tries are not limited at the moment, because their counters can't be used: %s", why)


def _make_anew(error: SQLAlchemyError) -> bool:
    """Whether it is worth another try: the file was damaged, and is gone, or the table was missing."""
    original = error.orig if isinstance(error, DBAPIError) else None
    # What is worse than a busy or unwritable file is DatabaseError itself: "malformed", "file is not a database".
    damaged = type(original) is sqlite3.DatabaseError
    missing = "no such table" in str(original) or getattr(original, "sqlstate", None) == _NO_TABLE
    if not damaged and not missing:
        return False
    current_app.extensions.pop("try_counters", None)
    if damaged:
        for end in ("", "-wal", "-shm"):
            (settings().data / f"limits.sqlite3{end}").unlink(missing_ok=True)
    return True


def counters() -> Engine:
    """The database of the counters of the current app, with its tables; made at first use, in each process."""
    app = current_app
    if "try_counters" not in app.extensions:
        app.extensions["try_counters"] = _make_counters()
    engine: Engine = app.extensions["try_counters"]
    return engine


def _make_counters() -> Engine:
    if db.engine.dialect.name == "sqlite":
        engine = create_engine(
            f"sqlite:///{settings().data / 'limits.sqlite3'}", poolclass=NullPool, connect_args={"timeout": 5}
        )

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")

        words = "CREATE TABLE"
    else:
        engine = db.engine
        words = "CREATE UNLOGGED TABLE"
    for table in _TABLES:
        try:
            with engine.begin() as connection:
                connection.execute(text(f"{words} IF NOT EXISTS {table}"))
        except (IntegrityError, ProgrammingError):  # PostgreSQL: another process made it at the same moment
            with engine.connect() as connection:
                connection.execute(text(f"SELECT 1 FROM {table.split()[0]} LIMIT 1"))  # noqa: S608 - our own name
    return engine


__all__ = ["CountsInTable", "Pace", "claim", "counters", "expired", "forget_expired", "give_back"]
