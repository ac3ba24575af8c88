"""Runs migrations on the database of the current app: all that are due in one transaction, one process at a time."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import text
from sqlalchemy.engine import Connection

from webapp.database import db
from webapp.web import current

config = context.config

#: what PostgreSQL locks while one of several servers that start together migrates; any number will do
LOCK = 7_041_776


def include_object(item, name, kind, reflected, compare_to):  # type: ignore[no-untyped-def]
    """Tables that a library keeps for itself are none of ours."""
    return not (kind == "table" and reflected and compare_to is None)


def course_of_rows() -> str:
    """The id of the course with which the rows of an edition before courses were made: the one WEBAPP_BANK names, or of
    several the one that WEBAPP_FIRST_COURSE does. Where it can't be read, there is no app, and `webapp db upgrade` says
    what is wrong with it."""
    return current.first_course().id


#: what a migration asks for that has to say of which course the rows are that it finds
config.attributes.setdefault("course_of_rows", course_of_rows)


def run() -> None:
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            run_on_sqlite(connection)
        else:
            with connection.begin():
                # Whoever comes second waits here, and then finds nothing to do.
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
                migrate(connection)


def run_on_sqlite(connection: Connection) -> None:
    """SQLite can't alter most things in place, so a table is rebuilt: its copy takes its name, and the original is
    dropped. With foreign keys enforced, that drop would take the rows that point at it along. Whether they are
    enforced can't be changed inside a transaction."""
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys=OFF")
    # While the copy takes the name, a trigger elsewhere may speak of a table that is not there for this moment.
    driver.execute("PRAGMA legacy_alter_table=ON")
    try:
        with connection.begin():  # BEGIN IMMEDIATE: whoever comes second waits here
            if migrate(connection):
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken is not None:
                    raise RuntimeError(f"a row of {broken[0]} points at nothing in {broken[2]}; nothing was changed")
    finally:
        driver.execute("PRAGMA legacy_alter_table=OFF")
        driver.execute("PRAGMA foreign_keys=ON")


def migrate(connection: Connection) -> bool:
    """Whether there was anything to do. The transaction is the caller's."""
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        include_object=include_object,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        user_module_prefix="webapp.database.",
    )
    before = context.get_context().get_current_heads()
    context.run_migrations()
    return context.get_context().get_current_heads() != before


if context.is_offline_mode():
    raise SystemExit("Migrations run on a live database only.")
with current_app.app_context():
    run()
