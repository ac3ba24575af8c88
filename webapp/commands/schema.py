"""At which version the tables of a database are, and bringing them to this one."""

from __future__ import annotations

import logging
from typing import Literal

import click

from webapp.commands.failures import NOT_UP_TO_DATE
from webapp.database import db

State = Literal["empty", "older", "current", "newer"]


def state() -> tuple[State, str]:
    """How the tables compare with what this version expects, and the revision the database is at ("": none)."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError
    from flask import current_app
    from sqlalchemy import inspect

    with db.engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision() or ""
        if not revision:
            # Tables without a revision were made from the models, and so are this version's.
            return ("current" if inspect(connection).has_table("user") else "empty"), revision
    scripts = ScriptDirectory(current_app.extensions["migrate"].directory)
    if revision in scripts.get_heads():
        return "current", revision
    try:
        scripts.get_revision(revision)
    except CommandError:
        return "newer", revision
    return "older", revision


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


def upgrade_database() -> str:
    """Brings the database of the current app to the newest schema; returns the revision it is at.

    Raises click.ClickException, with nothing changed, for a database of a newer version.
    """
    from flask import current_app
    from flask_migrate import upgrade as migrate

    tables, revision = state()
    if tables == "newer":
        raise click.ClickException(_newer(revision))
    logging.getLogger("alembic").setLevel(logging.WARNING)
    migrate(directory=current_app.extensions["migrate"].directory)
    return state()[1]


def _newer(revision: str) -> str:
    return (
        f"A newer version of this app has used the database: its revision {revision} is not known here. "
        "Install that version or a later one, or bring back a copy from before with `webapp db restore`."
    )
