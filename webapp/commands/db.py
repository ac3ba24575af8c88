"""`webapp db`: bring the schema up to date, copy the database away safely, bring a copy back."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.commands import with_app
from webapp.commands.progress import Report, progress
from webapp.commands.schema import upgrade_database
from webapp.database import WAIT_FOR_LOCK

if TYPE_CHECKING:
    from flask import Flask

#: ends the name of a file beside the database that a server locks while it runs
IN_USE = ".in-use"
#: the bytes of a SQLite file that every open connection in WAL mode locks: from where on, and how many
SHARED_LOCK = (0x40000002, 510)
#: pages that are copied at once, between which the progress is told
PAGES_AT_ONCE = 2_000


@click.group()
def database() -> None:
    """The database: bring it up to date, back it up, restore it."""


@database.command()
@with_app
def upgrade() -> None:
    """Bring the database to the newest schema. Safe to repeat."""
    click.echo(f"The database is at revision {upgrade_database()}.")


def sqlite_file() -> Path:
    """The SQLite file in force. Raises click.ClickException when the database is another one."""
    from flask import current_app

    path = sqlite_file_of(current_app)
    if path is None:
        raise click.ClickException("This copies SQLite files. For PostgreSQL use pg_dump and pg_restore.")
    return path


def sqlite_file_of(app: Flask) -> Path | None:
    """The SQLite file of an app; None for other databases."""
    from sqlalchemy import make_url

    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


@contextmanager
def unused(path: Path) -> Iterator[None]:
    """Keeps servers from starting on a SQLite file meanwhile. Raises click.ClickException while anybody uses it."""
    from webapp.web import file_locks

    lock = file_locks.take(path.with_name(path.name + IN_USE))
    if lock is None:
        raise click.ClickException(
            f"A server uses {path}: what it saves afterwards would be lost. Stop it and try again; nothing was changed."
        )
    with lock:
        if path.exists() and _is_open(path):
            raise click.ClickException(f"Another process uses {path}. End it and try again; nothing was changed.")
        yield


def _is_open(path: Path) -> bool:
    """Whether another process has the database open, as SQLite's lock for that tells; the file is not read."""
    if sys.platform == "win32":  # where an open file can't be renamed, so that it stays in its place
        return False
    import fcntl

    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, SHARED_LOCK[1], SHARED_LOCK[0])
        except (BlockingIOError, PermissionError):
            return True
    return False


def copy_database(source: Path, target: Path, report: Report) -> None:
    """Copies a database, in use or not, as one consistent whole, checks the copy, and only then gives it its name.

    Raises click.ClickException, with nothing changed, when the source is no database of this app or not sound, and
    sqlite3.Error when it is locked or the copy can't be written.
    """
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        verdict = _copy(source, part, report)
        if verdict != "ok":
            raise click.ClickException(f"{source} is no sound database of this app ({verdict}); nothing was changed.")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _copy(source: Path, part: Path, report: Report) -> str:
    """Makes the copy; returns "ok", or what is wrong with it."""
    with closing(sqlite3.connect(part)) as writing:
        # Told apart from what may be wrong with the source: a folder that can't be written is no damage.
        writing.execute("PRAGMA user_version=0")
        try:
            with closing(
                sqlite3.connect(f"file:{source}?mode=ro", uri=True, isolation_level=None, timeout=WAIT_FOR_LOCK)
            ) as reading:
                # While this transaction is open the copy sees one state of the database, however long it takes.
                reading.execute("BEGIN")
                reading.execute("SELECT version_num FROM alembic_version").fetchall()
                reading.backup(
                    writing,
                    pages=PAGES_AT_ONCE,
                    progress=lambda _status, left, total: report(total - left, total),
                    sleep=0,
                )
            return str(writing.execute("PRAGMA integrity_check").fetchone()[0])
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                return str(error)
            if "no such table" in str(error):
                return "it has none of its tables"
            raise


@database.command()
@click.argument("target", required=False, type=click.Path(path_type=Path, dir_okay=False))
@with_app
def backup(target: Path | None) -> None:
    """Copy the database to TARGET while the server runs (default: backups/ beside it, named by the time)."""
    source = sqlite_file()
    if not source.exists():
        raise click.ClickException(f"There is no database {source} yet; nothing was written.")
    if target is None:
        target = source.parent / "backups" / f"webapp-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.sqlite3"
        target.parent.mkdir(exist_ok=True)
    if target.exists():
        raise click.ClickException(f"{target} is there already; nothing was written.")
    if not target.parent.is_dir():
        raise click.ClickException(f"There is no folder {target.parent}; nothing was written.")
    with progress("Copying") as report:
        copy_database(source, target, report)
    click.echo(f"Copied to {target} ({target.stat().st_size:,} bytes), checked.")


@database.command()
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, help="Don't ask.")
@with_app
def restore(source: Path, yes: bool) -> None:
    """Put the copy SOURCE in place of the database. A running server is in the way; the present one is kept beside."""
    target = sqlite_file()
    if not yes:
        click.confirm(f"Replace {target} by {source}?", abort=True)
    with unused(target):
        _replace(target, source)
    click.echo(f"Restored from {source}. Run `webapp db upgrade`, then start the server.")


def _replace(target: Path, source: Path) -> None:
    fresh = target.with_name(target.name + ".restored")
    with progress("Copying") as report:
        copy_database(source, fresh, report)
    if target.exists():
        set_aside = target.with_name(f"{target.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        # The present database may be what is broken, so it is set aside as it is, with its log, and never read.
        for part in ("", "-wal", "-shm"):
            if (file := target.with_name(target.name + part)).exists():
                file.rename(set_aside.with_name(set_aside.name + part))
        click.echo(f"The database that was there is kept as {set_aside}.")
    fresh.replace(target)
