"""Lessons, quizzes that grade themselves, and an instructor's desk, from a folder of YAML and Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from webapp.config import Settings

#: the rooms that have pages, lowest first
FEATURES = ("accounts", "lessons", "quizzes", "review", "progress", "classes", "reports", "editor")


def create_app(settings: Settings | None = None) -> Flask:
    """The application, ready to serve: the one place that knows every part.

    Raises config.BadSetting for a setting that can't be used and content.Problems when the course can't be loaded
    at all (once running, a broken edit leaves the last good course in place).
    """
    from datetime import UTC, datetime
    from importlib import import_module

    from flask import Flask
    from flask_compress import Compress
    from flask_migrate import Migrate

    from webapp import assets, current, database, errors, localisation, offline, rendering, security, site
    from webapp.accounts import access
    from webapp.config import Settings
    from webapp.content.store import CourseStore
    from webapp.database import db

    settings = settings or Settings.from_environ()
    app = Flask("webapp")
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret(),
        SQLALCHEMY_DATABASE_URI=settings.database,
        CLOCK=lambda: datetime.now(UTC),
        TEMPLATES_AUTO_RELOAD=settings.debug,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=5,
    )
    app.debug = settings.debug
    settings.data.mkdir(parents=True, exist_ok=True)
    app.extensions["course_store"] = CourseStore(settings.bank, cache=settings.data / "cache")

    database.init_app(app)
    for feature in ("audit", "accounts", "lessons", "quizzes", "review", "editor"):
        import_module(f"webapp.{feature}.models")
    for feature in ("lessons", "quizzes", "review"):
        import_module(f"webapp.{feature}.belongings")
    Migrate(app, db, directory=str(migrations_folder()))
    security.init_app(app, proxies=settings.proxies)
    localisation.init_app(app)
    assets.init_app(app)
    offline.init_app(app)
    rendering.init_app(app)
    errors.init_app(app)
    Compress(app)
    access.init_app(app)
    app.jinja_env.globals.update(course=current.course, now=current.now)
    for feature in FEATURES:
        app.register_blueprint(import_module(f"webapp.{feature}.pages").bp)
    app.register_blueprint(site.bp)
    access.guard(app)
    return app


def migrations_folder():  # type: ignore[no-untyped-def]
    """Where the migrations are: beside the package in a checkout."""
    from pathlib import Path

    return Path(__file__).resolve().parent.parent / "migrations"
