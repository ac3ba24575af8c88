"""`webapp db`: bring the schema up to date, copy the database away safely, check a copy, bring it back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.commands import with_app
from webapp.commands.progress import progress
from webapp.commands.schema import is_known, unsound_is_told, upgrade_database

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import URL

#: ends the name of a file beside the database that a server locks while it runs
IN_USE = ".in-use"
#: the bytes of a SQLite file that every open connection in WAL mode locks: from where on, and how many
SHARED_LOCK = (0x40000002, 510)


@click.group()
def database() -> None:
    """The database: bring it up to date, back it up, check a copy, restore it."""


@database.command()
@click.option("--no-backup", is_flag=True, help="Don't make a backup first.")
@with_app
def upgrade(no_backup: bool) -> None:
    """Bring the database to the newest schema, after a backup that was checked. Safe to repeat."""
    click.echo(f"The database is at revision {upgrade_database(backup=not no_backup)}.")


def sqlite_file() -> Path:
    """The SQLite file in force. Raises click.ClickException when the database is another one."""
    from flask import current_app

    path = sqlite_file_of(current_app)
    if path is None:
        raise click.ClickException("This copies SQLite files. For PostgreSQL use pg_dump and pg_restore.")
    return path


def database_url() -> URL:
    """The address of the database in force."""
    from flask import current_app
    from sqlalchemy import make_url

    return make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])


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


@database.command()
@click.argument("target", required=False, type=click.Path(path_type=Path, dir_okay=False))
@with_app
def backup(target: Path | None) -> None:
    """Copy the database to TARGET while the server runs (default: WEBAPP_BACKUP_FOLDER, named by the time)."""
    from webapp.web import backup_schedule, backups, current

    url = database_url()
    lite = url.get_backend_name() == "sqlite"
    if lite and not Path(url.database or "").exists():
        raise click.ClickException(f"There is no database {url.database} yet; nothing was written.")
    if target is None:
        folder = backup_schedule.folder(current.settings())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = folder / backup_schedule.name("", datetime.now(UTC), "sqlite3" if lite else "dump")
    if target.exists():
        raise click.ClickException(f"{target} is there already; nothing was written.")
    if not target.parent.is_dir():
        raise click.ClickException(f"There is no folder {target.parent}; nothing was written.")
    with unsound_is_told("nothing was written"), progress("Copying") as report:
        made = backups.back_up(url, target, report)
    click.echo(f"Copied to {target} ({made.bytes:,} bytes), checked; {target.name}.json says what is in it.")
    if made.broken_references:
        click.echo(f"Of the database, {made.broken_references:,} rows point at rows that are not there.", err=True)


@database.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@with_app
def verify(file: Path) -> None:
    """Restore the copy FILE into a scratch place and compare it with its manifest; the database is not touched."""
    from webapp.web import backups

    with unsound_is_told("it is not good"), progress("Checking") as report, backups.scratch_beside(file) as scratch:
        revision, tables, compared = backups.verify(file, scratch, report)
    refuse_unknown(revision, file)
    rows = sum(tables.values())
    click.echo(f"{file} is good: revision {revision}, {len(tables)} tables, {rows:,} rows.")
    if not compared:
        click.echo("It has no manifest beside it, so whether all rows are there can't be told.", err=True)


@database.command()
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, hidden=True, help="Nothing is asked any more.")
@with_app
def restore(source: Path, yes: bool) -> None:
    """Put the copy SOURCE in place of the database. A running server is in the way; the present one is kept beside."""
    target = sqlite_file()
    with unused(target):
        _replace(target, source)
    click.echo(f"Restored from {source}. Run `webapp db upgrade`, then start the server.")


def _replace(target: Path, source: Path) -> None:
    from webapp.web import backups

    fresh = target.with_name(target.name + ".restored")
    fresh.unlink(missing_ok=True)
    try:
        with unsound_is_told("nothing was changed"), progress("Copying") as report:
            revision, _tables, _compared = backups.verify(source, fresh, report)
        if not fresh.exists():
            raise click.ClickException(f"{source} is a dump of PostgreSQL: restore it with pg_restore.")
        refuse_unknown(revision, source)
        if target.exists():
            set_aside = target.with_name(f"{target.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
            # The present database may be what is broken, so it is set aside as it is, with its log, and never read.
            for part in ("", "-wal", "-shm"):
                if (file := target.with_name(target.name + part)).exists():
                    file.rename(set_aside.with_name(set_aside.name + part))
            click.echo(f"The database that was there is kept as {set_aside}.")
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def refuse_unknown(revision: str, file: Path) -> None:
    """Raises click.ClickException for a copy of a newer version of this app."""
    if not is_known(revision):
        raise click.ClickException(
            f"A newer version of this app has made {file}: its revision {revision} is not known here. "
            "Install that version or a later one; nothing was changed."
        )
