"""What can go wrong around a command that is no defect of the program: each is told in a sentence, with exit code 1."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import click

NOT_UP_TO_DATE = "The database is not up to date. Run `webapp db upgrade` first."
#: the states of PostgreSQL (https://www.postgresql.org/docs/current/errcodes-appendix.html) for tables and columns that
#: are not there, for locks that are not given, and for rights that are missing
_UNDEFINED = ("42P01", "42703")
_BUSY = ("55P03", "40P01", "40001", "57014")
_FORBIDDEN = "42501"


@contextmanager
def told() -> Iterator[None]:
    """Turns a failure that has an explanation into a click.ClickException with it. A defect keeps its traceback."""
    try:
        yield
    except click.ClickException:
        raise
    except Exception as error:
        explanation = explain(error)
        if explanation is None:
            raise
        raise click.ClickException(explanation) from error


def explain(error: Exception) -> str | None:
    """What happened and what to do, for whoever typed the command; None for a defect of the program."""
    from webapp.config import BadSetting
    from webapp.content.courses import NoCourse
    from webapp.content.problems import Problems

    if isinstance(error, BadSetting):
        return f"Can't start. {error}"
    if isinstance(error, Problems):
        return f"The course can't be loaded.\n{error}"
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    if isinstance(error, NoCourse):
        return "There are several courses. Say which is meant: --course ID."
    if isinstance(error, ModuleNotFoundError) and error.name == "psycopg":
        return "PostgreSQL needs the package psycopg: install `webapp[postgres]`, or psycopg[binary], and try again."
    # A closed pipe (`webapp … | head`) is ended quietly by click.
    if isinstance(error, OSError) and error.errno not in (None, errno.EPIPE):
        return f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror)
    return _of_database(error)


def _of_database(error: Exception) -> str | None:
    from sqlalchemy.exc import DBAPIError, OperationalError

    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return _of_sqlite(error.orig)
    state = getattr(error.orig, "sqlstate", None)
    if state in _UNDEFINED:
        return NOT_UP_TO_DATE
    if state in _BUSY:
        return "The database is busy: another process holds what this needs. Try again in a moment."
    words = " ".join(str(error.orig).split()).rstrip(" .?!")
    if state == _FORBIDDEN:
        return f"The database refuses: {words}. Give its user the right, or name another one in WEBAPP_DATABASE_URL."
    if not isinstance(error, OperationalError):
        return None
    return f"{_address()} can't be used: {words}. Check WEBAPP_DATABASE_URL, and that the database server runs."


def _of_sqlite(error: sqlite3.Error) -> str | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the error, the others say more about it
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"{_address()} is locked: another process writes to it or brings it up to date. Try again in a moment."
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return f"{_address()} can't be opened to write ({error}). Check WEBAPP_DATA, and who may write there."
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return f"{_address()} is damaged or no database ({error}). Bring back a copy with `webapp db restore`."
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return f"{_address()} can't be written to ({error}). Is the disk full?"
    if "no such table" in str(error) or "no such column" in str(error):
        return NOT_UP_TO_DATE
    return None


def _address() -> str:
    """The database in force, as it may be shown: without user and password."""
    from flask import current_app, has_app_context
    from sqlalchemy import make_url

    if not has_app_context():
        return "The database"
    url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite":
        return f"The database {url.database}"
    return f"The database {url.database} at {url.host or 'this machine'}{f':{url.port}' if url.port else ''}"
