"""Lessons, quizzes that grade themselves, and an instructor's desk, from a folder of YAML and Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from webapp.config import Settings
    from webapp.content.courses import Courses


def create_app(settings: Settings | None = None) -> Flask:
    """The application, ready to serve: the one place that knows every part and connects them.

    Raises config.BadSetting for a setting that can't be used and content.Problems when the course can't be loaded
    at all (once running, a broken edit leaves the last good course in place).
    """
    from webapp.config import Settings
    from webapp.content.gc_pause import without_collector

    # What is imported and made lives as long as the process.
    with without_collector():
        return _made(settings or Settings.from_environ())


def _made(settings: Settings) -> Flask:
    from webapp import private_files
    from webapp.web.clock import SteadyClock
    from webapp.web.request_log import Site

    settings.make_data_folder()
    private_files.tighten(settings.data)
    app = Site("webapp")
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret(),
        SQLALCHEMY_DATABASE_URI=settings.database,
        CLOCK=SteadyClock(),
        TEMPLATES_AUTO_RELOAD=settings.debug,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=5,
    )
    app.debug = settings.debug
    app.extensions["courses"] = courses(settings)
    _connect_database(app)
    _connect_web(app, settings)
    _connect_hooks(app)
    _register_pages(app)
    return app


def courses(settings: Settings) -> Courses:
    """The courses of these settings; raises content.Problems where there is one and it can't be loaded, and
    config.BadSetting where WEBAPP_GIT is on and a course is in no repository. Those of the database are taken up when
    they are first asked for."""
    from webapp import shipped
    from webapp.config import BadSetting
    from webapp.content.courses import Courses
    from webapp.content.git_repository import NoRepository
    from webapp.course_table.courses import TableCourses

    if settings.store == "database":
        if settings.git:
            said = "with WEBAPP_STORE=database the history of the courses is in the database, so turn one of them off"
            raise BadSetting("WEBAPP_GIT", "on", said)
        return TableCourses(settings.data / "courses", settings.data / "cache", archive=settings.data / "media")
    try:
        return Courses(
            settings.bank,
            settings.data / "cache",
            read_only=shipped.is_packed(settings.bank),
            archive=settings.data / "media",
            git=settings.git,
        )
    except NoRepository as error:
        raise BadSetting("WEBAPP_GIT", "on", str(error)) from error


def _connect_database(app: Flask) -> None:
    """The database, with every table known before the first query."""
    from webapp import database
    from webapp.accounts import models as _accounts  # noqa: F401 - each describes its tables
    from webapp.accounts.single_sign_on import models as _single_sign_on  # noqa: F401
    from webapp.audit import models as _audit  # noqa: F401
    from webapp.course_table import models as _course_table  # noqa: F401
    from webapp.editor import models as _editor  # noqa: F401
    from webapp.lessons import models as _lessons  # noqa: F401
    from webapp.quizzes import models as _quizzes  # noqa: F401
    from webapp.quizzes.answer_files import models as _answer_files  # noqa: F401
    from webapp.quizzes.grade_changes import models as _grade_changes  # noqa: F401
    from webapp.quizzes.marking import models as _marking  # noqa: F401
    from webapp.review import models as _review  # noqa: F401

    database.init_app(app)


def _connect_web(app: Flask, settings: Settings) -> None:
    """What every request passes: who is here, headers and tokens, languages, files, errors, drawing."""
    from webapp.accounts import course_doors, kept_forms, sessions
    from webapp.accounts.pages import second_factor
    from webapp.ui import rendering
    from webapp.web import (
        access,
        addresses,
        assets,
        bodies,
        compression,
        current,
        errors,
        health,
        hosts,
        localisation,
        metrics,
        offline,
        request_log,
        security,
        security_log,
    )

    request_log.init_app(app)
    metrics.init_app(app)
    hosts.init_app(app)
    health.init_app(app)
    current.init_app(app)
    bodies.init_app(app)
    security_log.init_app(app)
    security.init_app(app, proxies=settings.proxies, csrf_failed=kept_forms.csrf_failed, session_id=sessions.session_id)
    localisation.init_app(app)
    assets.init_app(app)
    addresses.init_app(app)
    offline.init_app(app)
    rendering.init_app(app)
    errors.init_app(app, kept_form=kept_forms.as_it_was)
    compression.init_app(app)
    sessions.init_app(app)
    access.init_app(app, sign_in_needed=kept_forms.sign_in_needed, roles_here=sessions.roles_here)
    course_doors.init_app(app)
    second_factor.init_app(app)


def _connect_hooks(app: Flask) -> None:
    """What a lower room triggers in rooms above it, which it does not know."""
    from webapp.accounts import personal_data as accounts
    from webapp.accounts import retention as accounts_retention
    from webapp.accounts import session_store
    from webapp.audit import retention as audit_retention
    from webapp.classes import server_runs
    from webapp.editor import git_history as repository
    from webapp.editor import personal_data as editor
    from webapp.editor import retention as editor_retention
    from webapp.lessons import personal_data as lessons
    from webapp.progress import pages as progress_pages
    from webapp.quizzes import expiry, handing_in, interventions
    from webapp.quizzes import personal_data as quizzes
    from webapp.quizzes import retention as quizzes_retention
    from webapp.reports import kept
    from webapp.reports import retention as reports_retention
    from webapp.review import pages as review_pages
    from webapp.review import personal_data as reviews
    from webapp.review import service as review
    from webapp.web import alerts, backup_schedule, chores, metrics, retention

    # What belongs to a person, wherever it is kept: merged, exported and erased by `accounts`.
    accounts.connect(
        accounts.Classes,
        accounts.CourseParts,
        accounts.SignIns,
        accounts.Acts,
        lessons.Readings,
        lessons.Places,
        lessons.Checks,
        quizzes.Attempts,
        quizzes.Accommodations,
        quizzes.GradeNotes,
        quizzes.Marks,
        reviews.Cards,
        editor.Editions,
        editor.QuestionImports,
    )
    # A paper that is handed in makes cards for the review.
    handing_in.connect(review.learn)
    # What is kept no longer than it is needed.
    audit_retention.keep(interventions.EXTENDED, interventions.HANDED_IN, interventions.RESET)
    retention.connect(
        *accounts_retention.RULES,
        *quizzes_retention.RULES,
        *server_runs.RULES,
        *audit_retention.RULES,
        *editor_retention.RULES,
        *backup_schedule.RULES,
        *reports_retention.RULES,
    )
    # What nobody waits for, while the app is served.
    chores.connect("expired attempts", 5, expiry.hand_in_aside)
    chores.connect("times of being up", 60, server_runs.note_being_up)
    chores.connect("backups", 30, backup_schedule.back_up_when_due)
    chores.connect("alerts", 30, alerts.look_around)
    chores.connect("repository", 30, repository.bring_in_aside)
    chores.connect("reports", 2, kept.count_aside)
    chores.connect("retention", 24 * 3600, retention.tidy_aside)
    # What Prometheus is told of what is kept.
    metrics.connect("webapp_attempts_open", "attempts that are not handed in", handing_in.number_open)
    metrics.connect("webapp_sessions", "sessions that are not over", session_store.number)
    # A result leads on, by what the whole of a person's work says.
    app.jinja_env.globals["after_paper"] = progress_pages.after_paper
    # Every page says how much is due for review.
    app.jinja_env.globals["review_waiting"] = review_pages.waiting


def _register_pages(app: Flask) -> None:
    from webapp.accounts import pages as accounts
    from webapp.api import resources as api
    from webapp.audit import pages as audit
    from webapp.classes import pages as classes
    from webapp.editor import pages as editor
    from webapp.home import pages as home
    from webapp.lessons import pages as lessons
    from webapp.progress import pages as progress
    from webapp.quizzes import pages as quizzes
    from webapp.reports import pages as reports
    from webapp.review import pages as review
    from webapp.styleguide import pages as styleguide
    from webapp.web import media, site_pages
    from webapp.web.current import COURSE
    from webapp.whole_courses import pages as whole_courses

    for room in (site_pages, home, accounts, review, audit, whole_courses, styleguide, api):
        app.register_blueprint(room.bp)
    app.register_blueprint(classes.joining_bp)
    for room in (media, lessons, quizzes, progress, classes, reports, editor):
        app.register_blueprint(room.bp, url_prefix=COURSE)
