"""Runs migrations on the database of the current app."""

from __future__ import annotations

from alembic import context
from flask import current_app

from webapp.database import db

config = context.config


def include_object(item, name, kind, reflected, compare_to):  # type: ignore[no-untyped-def]
    """Tables that a library keeps for itself are none of ours."""
    return not (kind == "table" and reflected and compare_to is None)


def run() -> None:
    engine = db.engine
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_object=include_object,
            # SQLite can't alter most things in place; batch mode rebuilds the table
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            user_module_prefix="webapp.database.",
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations run on a live database only.")
with current_app.app_context():
    run()
