"""At which version the tables of a database are, and bringing them to this one.

Alembic is imported only where there is something to bring up to date: a server that starts again asks for no more than
the number in the database, and Alembic with all that it imports is a tenth of what a start costs.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import click

from webapp import shipped
from webapp.commands.failures import NOT_UP_TO_DATE
from webapp.database import db

if TYPE_CHECKING:
    from flask import Flask

State = Literal["empty", "older", "current", "newer"]


def to_migrate() -> Flask:
    """The application with Flask-Migrate's commands, for whoever writes a migration:
    `flask --app webapp.commands.schema:to_migrate db migrate`."""
    from webapp import create_app

    app = create_app()
    with app.app_context():
        migrations()
    return app


def migrations() -> str:
    """The folder of the migrations, of which the current app's Flask-Migrate knows from now on."""
    from flask import current_app

    folder = str(shipped.folder("migrations"))
    if "migrate" not in current_app.extensions:
        from flask_migrate import Migrate

        Migrate(current_app, db, directory=folder)
    return folder


def newest() -> str:
    """The revision that this version's tables are at: that of the migration on which no other one builds."""
    folder = shipped.folder("migrations")
    texts = [path.read_text("utf-8") for path in (folder / "versions").glob("*.py")]
    pattern = r"^revision = [\"'](\w+)[\"']\ndown_revision = (?:None|[\"'](\w+)[\"'])$"
    stated = [found.groups() for text in texts if (found := re.search(pattern, text, re.M))]
    heads = {revision for revision, _before in stated} - {before for _revision, before in stated}
    if len(stated) != len(texts) or len(heads) != 1:  # written in another way, which Alembic reads
        from alembic.script import ScriptDirectory

        return str(ScriptDirectory(str(folder)).get_current_head())
    (last,) = heads
    return last


def state() -> tuple[State, str]:
    """How the tables compare with what this version expects, and the revision the database is at ("": none)."""
    from sqlalchemy import inspect, text

    with db.engine.connect() as connection:
        tables = inspect(connection)
        known = tables.has_table("alembic_version")
        revision = (connection.scalar(text("SELECT version_num FROM alembic_version")) or "") if known else ""
        if not revision:
            # Tables without a revision were made from the models, and so are this version's.
            return ("current" if tables.has_table("user") else "empty"), revision
    if revision == newest():
        return "current", revision
    return ("older" if is_known(revision) else "newer"), revision


def require_current(*, make: bool = False) -> None:
    """Raises click.ClickException, with what to do, unless the tables are this version's.

    `make`: a database without tables gets them.
    """
    tables, revision = state()
    if tables == "newer":
        raise click.ClickException(_newer(revision))
    if tables == "empty" and make:
        upgrade_database()
    elif tables != "current":
        raise click.ClickException(NOT_UP_TO_DATE)


def require_not_newer() -> None:
    """Raises click.ClickException where the database is one that this version can't bring up to date."""
    tables, revision = state()
    if tables == "newer":
        raise click.ClickException(_newer(revision))


def is_known(revision: str) -> bool:
    """Whether a revision is one of this version or an older one."""
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        ScriptDirectory(str(shipped.folder("migrations"))).get_revision(revision)
    except CommandError:
        return False
    return True


@contextmanager
def unsound_is_told(otherwise: str) -> Iterator[None]:
    """Tells in a sentence why there is no good copy; `otherwise` says what that means."""
    from webapp.web import backups

    try:
        yield
    except (backups.Unsound, backups.Impossible) as error:
        raise click.ClickException(f"{error}; {otherwise}.") from error


def back_up_before_upgrade(revision: str) -> None:
    """A checked copy of a database that is about to be changed. Raises click.ClickException when it can't be made."""
    from flask import current_app
    from sqlalchemy import make_url

    from webapp.web import backup_schedule, backups, current

    url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    lite = url.get_backend_name() == "sqlite"
    if not lite and not backups.has_pg_dump():
        click.echo(
            "No backup was made before the upgrade, because pg_dump is not installed here. To have one: "
            "pg_dump --format=custom --file=before-upgrade.dump NAME, with this version stopped.",
            err=True,
        )
        return
    folder = backup_schedule.folder(current.settings())
    kind = f"before-upgrade-from-{revision}-"
    target = folder / backup_schedule.name(kind.rstrip("-"), datetime.now(UTC), "sqlite3" if lite else "dump")
    with unsound_is_told(
        "so the database was not upgraded. Mend that, or go on without a backup: `webapp db upgrade --no-backup`"
    ):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        backups.back_up(url, target)
        with backups.scratch_beside(target) as scratch:
            backups.verify(target, scratch)
    click.echo(f"Before the upgrade the database was copied to {target}, and the copy checked.")


def upgrade_database(*, backup: bool = True) -> str:
    """Brings the database of the current app to the newest schema; returns the revision it is at.

    `backup`: a database that has something in it is copied first. Raises click.ClickException, with nothing changed,
    for a database of a newer version, and when the copy can't be made.
    """
    tables, revision = state()
    if tables == "newer":
        raise click.ClickException(_newer(revision))
    if tables == "current" and revision:
        return revision
    from flask_migrate import upgrade as migrate

    if tables == "older" and backup:
        back_up_before_upgrade(revision)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    migrate(directory=migrations())
    return state()[1]


def _newer(revision: str) -> str:
    return (
        f"A newer version of this app has used the database: its revision {revision} is not known here. "
        "Install that version or a later one, or bring back a copy from before with `webapp db restore`."
    )
