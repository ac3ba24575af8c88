"""Work that no page waits for, done beside them: by a thread of `webapp serve`, in one process at a time.

A chore is connected once, by `create_app`::

    chores.connect("expired attempts", 5, expiry.hand_in_aside)

It is called without arguments in the application's context, with a session of its own that is given back afterwards;
it commits itself, in small pieces, because pages wait for whoever writes. It is called soon after the start, too, and
by another process when the one that worked has ended: what must not happen more often than it is due looks for itself
whether it was done already. A chore that fails is tried again when it is due again, and its failure is logged once.

With SQLite one process of all that use the data folder works, with PostgreSQL one of all servers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from flask import Flask, current_app
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from webapp.database import db
from webapp.web import current, file_locks, metrics

#: what PostgreSQL locks for the process that works; any number will do that nobody else takes
LOCK = 7_041_777
#: seconds between two looks at what is due
TICK = 1.0
#: seconds that a chore under way has to end when its process is stopped
PATIENCE = 5.0


@dataclass(frozen=True)
class Chore:
    name: str
    every: float
    function: Callable[[], object]


@dataclass
class ChoreState:
    """How a chore went in this process: when it was last done, and what it failed with since ("": it did not)."""

    done_at: datetime | None = None
    failure: str = ""


_chores: dict[str, Chore] = {}


def connect(name: str, every: float, function: Callable[[], object]) -> None:
    """Lets a function be called every so many seconds while the app is served. A name connected again is replaced."""
    _chores[name] = Chore(name, every, function)


def connected() -> list[Chore]:
    return list(_chores.values())


class Worker:
    """Does the chores of an app, in a thread, whenever it is the one process that may."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.states: dict[str, ChoreState] = {}
        self._due: dict[str, float] = {}
        self._file: IO[bytes] | None = None
        self._connection: Connection | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chores", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Lets a chore under way end, for a few seconds, and another process take over."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)
        self._give_up()

    def _run(self) -> None:
        while not self._stopped.wait(TICK):
            self.look()

    def look(self) -> None:
        """Does what is due, if this is the process that works."""
        with self.app.app_context():
            current.now()  # so that a clock that was set is noticed where nobody asks for the time, too
            if not self._may_work():
                return
        for chore in connected():
            if self._stopped.is_set():
                return
            if time.monotonic() >= self._due.get(chore.name, 0):
                self._do(chore)
                self._due[chore.name] = time.monotonic() + chore.every

    def _do(self, chore: Chore) -> None:
        state = self.states.setdefault(chore.name, ChoreState())
        with self.app.app_context():
            try:
                chore.function()
            except Exception as error:
                db.session.rollback()
                said = f"{type(error).__name__}: {error}"
                if said != state.failure:
                    current_app.logger.exception("The chore “%s” failed; it is tried again", chore.name)
                state.failure = said
                done = False
            else:
                if state.failure:
                    current_app.logger.warning("The chore “%s” works again", chore.name)
                state.failure, state.done_at = "", current.now()
                done = True
        if (counted := metrics.of(self.app)) is not None:
            counted.count_chore(chore.name, done=done)

    def _may_work(self) -> bool:
        try:
            if db.engine.dialect.name == "sqlite":
                if self._file is None:
                    self._file = file_locks.take(current.settings().data / "chores.lock")
                return self._file is not None
            return self._holds_lock_of_the_server()
        except (OSError, SQLAlchemyError):  # told by the health of the server; another look comes in a second
            self._give_up()
            return False

    def _holds_lock_of_the_server(self) -> bool:
        """PostgreSQL's lock lives as long as the connection it was taken on, which may have broken meanwhile."""
        if self._connection is not None:
            self._connection.execute(text("SELECT 1"))
            self._connection.commit()
            return True
        connection = db.engine.connect()
        try:
            taken = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}))
            connection.commit()
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        if taken:
            self._connection = connection
        else:
            connection.close()
        return taken

    def _give_up(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._connection is not None:
            # Closed and not given back to the pool: with the connection goes the lock.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def start(app: Flask) -> Worker:
    """Begins to work for this app, in this process. For servers only: called after a fork, never before."""
    worker = Worker(app)
    app.extensions["chores"] = worker
    worker.start()
    return worker


def stop(app: Flask) -> None:
    """Ends what `start` began; nothing where it did not."""
    worker: Worker | None = app.extensions.pop("chores", None)
    if worker is not None:
        worker.stop()
