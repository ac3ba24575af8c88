"""`webapp db`: bring the schema up to date, copy the database away safely, bring a copy back."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from webapp.commands import with_app


@click.group()
def database() -> None:
    """The database: bring it up to date, back it up, restore it."""


def upgrade_database() -> str:
    """Brings the database of the current app to the newest schema; returns the revision it is at."""
    import logging

    from alembic.migration import MigrationContext
    from flask import current_app
    from flask_migrate import upgrade as migrate

    from webapp.database import db

    logging.getLogger("alembic").setLevel(logging.WARNING)
    migrate(directory=current_app.extensions["migrate"].directory)
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


@database.command()
@with_app
def upgrade() -> None:
    """Bring the database to the newest schema. Safe to repeat."""
    click.echo(f"The database is at revision {upgrade_database()}.")


def sqlite_file() -> Path:
    """The SQLite file in force; ends the command kindly when the database is another one."""
    from flask import current_app
    from sqlalchemy import make_url

    url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() != "sqlite" or not url.database:
        click.echo("This copies SQLite files. For PostgreSQL use pg_dump and pg_restore.", err=True)
        sys.exit(1)
    return Path(url.database)


def copy_database(source: Path, target: Path) -> None:
    """Copies a database, in use or not, as one consistent whole, checks the copy, and only then gives it its name.

    Raises click.ClickException, with nothing changed, when the source is no database of this app or not sound.
    """
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as reading,
            closing(sqlite3.connect(part)) as writing,
        ):
            reading.backup(writing)
            verdict = writing.execute("PRAGMA integrity_check").fetchone()[0]
            writing.execute("SELECT version_num FROM alembic_version")
    except sqlite3.Error as error:
        verdict = str(error)
    if verdict != "ok":
        part.unlink(missing_ok=True)
        raise click.ClickException(f"{source} is no sound database of this app ({verdict}); nothing was changed.")
    part.replace(target)


@database.command()
@click.argument("target", required=False, type=click.Path(path_type=Path, dir_okay=False))
@with_app
def backup(target: Path | None) -> None:
    """Copy the database to TARGET while the server runs (default: backups/ beside it, named by the time)."""
    source = sqlite_file()
    if target is None:
        target = source.parent / "backups" / f"webapp-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.sqlite3"
        target.parent.mkdir(exist_ok=True)
    if target.exists():
        raise click.ClickException(f"{target} is there already; nothing was written.")
    copy_database(source, target)
    click.echo(f"Copied to {target} ({target.stat().st_size:,} bytes), checked.")


@database.command()
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, help="Don't ask.")
@with_app
def restore(source: Path, yes: bool) -> None:
    """Put the copy SOURCE in place of the database. Stop the server first; the present one is kept beside it."""
    target = sqlite_file()
    if not yes:
        click.confirm(f"Replace {target} by {source}? (Is the server stopped?)", abort=True)
    fresh = target.with_name(target.name + ".restored")
    copy_database(source, fresh)
    if target.exists():
        kept = target.with_name(f"{target.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        # The present database may be what is broken, so it is set aside as it is, with its log, and never read.
        for part in ("", "-wal", "-shm"):
            if (file := target.with_name(target.name + part)).exists():
                file.rename(kept.with_name(kept.name + part))
        click.echo(f"The database that was there is kept as {kept}.")
    fresh.replace(target)
    click.echo(f"Restored from {source}. Run `webapp db upgrade`, then start the server.")
