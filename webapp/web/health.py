"""Whether the server can do its work: read, and keep what it is given. The truth, and never late.

The database is tried by writing to it, on a connection of its own, in a thread of its own: whoever asks gets an answer
within two seconds, also when the database hangs. `commands.whole_requests` has threads for those who ask, so that they
don't queue behind pages that hang. One trial serves all who ask within a second, so nobody can keep the disk busy by
asking. The place of SQLite's file is looked at each time.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from flask import Flask, current_app, g, request
from sqlalchemy import URL, make_url

from webapp.database import DatabaseFile, Gone, Unavailable
from webapp.web import current, outages

#: seconds that somebody waits for a trial, and those it waits for a lock or a statement
PATIENCE, TRIAL = 1.5, 1.0
#: seconds for which a trial counts
FRESH = 1.0
#: seconds without a request that ends, after which the database is asked whether it hangs
STILL = 1.0
#: seconds for which trouble that is known is told at once, while it is tried whether it is over
KNOWN = 10.0
#: bytes that must fit on the disk: a page of SQLite's log, and what goes with it
PROBE = b"\0" * 8192


@dataclass(frozen=True)
class Health:
    """How the server is. `database` and `data` are "ok" or what is wrong, in a few words without addresses."""

    database: str
    data: str
    key: str
    course: str
    clock: str

    @property
    def is_ready(self) -> bool:
        """Whether a load balancer may send people here."""
        return (self.database, self.data, self.key) == ("ok", "ok", "ok")

    @property
    def body(self) -> dict[str, str]:
        return {
            "status": "ok" if self.is_ready else "failing",
            "database": self.database,
            "data": self.data,
            "key": self.key,
            "course": self.course,
            "clock": self.clock,
        }


class Trials:
    """The latest trial of an app's database, and the one under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: tuple[str, str] = ("ok", "ok")
        self._at = float("-inf")
        self._under_way: threading.Event | None = None
        self._began = 0.0
        self._address = ""

    def latest(self, app: Flask) -> tuple[str, str]:
        """What is wrong with the database and with the data folder; "ok" where nothing is."""
        with self._lock:
            now, address = time.monotonic(), app.config["SQLALCHEMY_DATABASE_URI"]
            if now - self._at < FRESH and address == self._address:
                return self._said
            done = self._under_way
            if done is None:
                done = self._under_way = threading.Event()
                self._began, self._address = now, address
                threading.Thread(target=self._try, args=(app, done), name="health", daemon=True).start()
            if self._said != ("ok", "ok") and now - self._at < KNOWN:
                return self._said  # until the trial under way tells better
        if not done.wait(max(0.0, self._began + PATIENCE - now)):
            return "does not answer", "ok"
        return self._said

    def _try(self, app: Flask, done: threading.Event) -> None:
        said = "can't be tried", "ok"
        try:
            said = _try_database(app.config["SQLALCHEMY_DATABASE_URI"]), _try_folder(app)
        finally:
            with self._lock:
                self._said, self._at, self._under_way = said, time.monotonic(), None
            done.set()


class Slots:
    """How many requests a server process works on at once. It has one thread more than that, which waits for a slot as
    others wait to be taken; when nothing moves because the database hangs, it turns people away, and /healthz answers.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._taken = 0
        self._moved_at = time.monotonic()
        self._moved = threading.Condition()

    def take(self, hangs: Callable[[], bool]) -> None:
        """Takes a slot, and waits for one. Raises Unavailable where all are taken, nothing moves and `hangs()`."""
        with self._moved:
            while self.number is not None and self._taken >= self.number:
                left = self._moved_at + STILL - time.monotonic()
                if left <= 0:
                    break
                self._moved.wait(left)
            else:
                self._took(+1)
                return
        if hangs():
            raise Unavailable("all threads wait for the database already")
        with self._moved:
            self._took(+1)

    def give_back(self) -> None:
        with self._moved:
            self._took(-1)
            self._moved.notify()

    def _took(self, more: int) -> None:
        self._taken += more
        self._moved_at = time.monotonic()


def init_app(app: Flask) -> None:
    """Connected first of all that looks at requests: what hangs in one of the others has to be counted."""
    app.extensions["health"] = Trials()
    slots = app.extensions["slots"] = Slots()

    @app.before_request
    def take_a_slot() -> None:
        if slots.number is not None and request.endpoint not in ("site.health", "site.live", "site.ready", "static"):
            slots.take(lambda: app.extensions["health"].latest(app)[0] != "ok")
            g.slot = True

    @app.teardown_request
    def give_it_back(_error: BaseException | None) -> None:
        if g.pop("slot", False):
            slots.give_back()


def share(app: Flask, threads: int) -> int:
    """For a server: lets so many requests be worked on at once; returns how many threads that takes."""
    app.extensions["slots"].number = threads
    return threads + 1


def check() -> Health:
    """How the current app is, at most a second ago, told within about two. Needs a request or an app's context."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    file: DatabaseFile | None = app.extensions.get("database_file")
    try:
        if file is not None:
            file.check()
    except Gone as gone:
        _tell(app, str(gone))
        database, data = outages.reason(gone) or "", "ok"
    else:
        database, data = app.extensions["health"].latest(app)
        _tell(app, "" if (database, data) == ("ok", "ok") else f"database: {database}; data folder: {data}")
    jumped = getattr(app.config["CLOCK"], "jumped_by", 0.0)
    for store in current.courses().loaded:
        store.current()
    broken = any(course.problems is not None for course in current.courses().listed())
    return Health(
        database=database,
        data=data,
        key="ok" if len(str(app.config["SECRET_KEY"])) >= 16 else "empty or cut short",
        course="last good edition; the files have problems" if broken else "current",
        clock=f"the system's clock has jumped by {jumped:+.0f} s, which is not believed yet" if jumped else "ok",
    )


def _tell(app: Flask, trouble: str) -> None:
    """Logs what is wrong when it changes, not each time that somebody asks."""
    if trouble != app.extensions.get("trouble_told", ""):
        app.extensions["trouble_told"] = trouble
        if trouble:
            app.logger.error("The server can't keep what it is given: %s", trouble)
        else:
            app.logger.warning("The server can keep what it is given again")


def _try_folder(app: Flask) -> str:
    """Whether something can be written into the data folder, to the disk."""
    try:
        with tempfile.TemporaryFile(dir=app.config["SETTINGS"].data) as file:
            file.write(PROBE)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or type(error).__name__
    return "ok"


def _try_database(address: str) -> str:
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return _try_sqlite(url.database or "")
    return _try_postgresql(url)


def _try_sqlite(path: str) -> str:
    """Writes a number that nobody uses, as it was, which takes the way of every answer."""
    try:
        # Not one that SQLite would make.
        with closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=TRIAL, isolation_level=None)) as file:
            file.execute("PRAGMA synchronous=NORMAL")
            file.execute("BEGIN IMMEDIATE")
            if file.execute("PRAGMA schema_version").fetchone() == (0,):
                return "empty"
            (number,) = file.execute("PRAGMA user_version").fetchone()
            file.execute(f"PRAGMA user_version={int(number)}")
            file.execute("COMMIT")
    except sqlite3.Error as error:
        return outages.reason(error) or str(error)
    return "ok"


def _try_postgresql(url: URL) -> str:
    import psycopg

    try:
        with psycopg.connect(
            url.set(drivername="postgresql").render_as_string(hide_password=False),
            connect_timeout=2,
            options=f"-c statement_timeout={int(TRIAL * 1000)}",
        ) as connection:
            row = connection.execute("SELECT current_setting('transaction_read_only')").fetchone()
    except psycopg.Error:
        return "out of reach"
    return "ok" if row == ("off",) else "read-only"
