"""`webapp serve`: migrate, check the course, and serve it with a real WSGI server."""

from __future__ import annotations

import gc
import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from webapp.commands import handover, sockets
from webapp.commands.failures import told
from webapp.commands.handover import Handover
from webapp.commands.sockets import host_for_address

if TYPE_CHECKING:
    from flask import Flask

    from webapp.config import Settings

log = logging.getLogger("webapp.serve")


@click.command()
@click.option("--check", is_flag=True, help="Only say whether this version can start, with these settings and course.")
def serve(check: bool) -> None:
    """Bring the database up to date, check the course, print the address, and serve."""
    # What a start makes lives as long as the server, so the collector would walk over it again and again for nothing.
    # `keep_for_good` turns it on again.
    gc.disable()
    from webapp import create_app, private_files
    from webapp.config import Settings
    from webapp.database import db
    from webapp.web import chores, health, metrics, metrics_page, request_log

    before = handover.take()
    private_files.close_to_others()
    settings = Settings.from_environ()
    if check:
        try_to_start(create_app(settings))
        return
    request_log.start(settings.log)
    folder = metrics.make_folder(settings)
    app = create_app(settings)
    # First of all, so that a second server by mistake touches no database, and before the address is told.
    listening, from_systemd = site_socket(settings, before)
    scraped = metrics_socket(settings, before)
    now = Handover(os.getpid(), listening.fileno(), from_systemd, None if scraped is None else scraped.fileno(), folder)
    with listening, serving(app):
        with app.app_context(), told():
            try:
                if before is not None:
                    give_way(before)
                prepare(is_start=before is None)
                show_first_page(app, settings)
            finally:
                db.session.remove()
                db.engine.dispose()  # each worker opens connections of its own
        if sys.platform == "win32":
            from waitress import serve as wait_and_serve

            keep_for_good()
            chores.start(app)
            if scraped is not None:
                metrics_page.serve(app, scraped)
            wait_and_serve(app, sockets=[listening], threads=health.share(app, settings.threads))
        else:
            run_gunicorn(app, settings, listening, scraped, now, before)


def try_to_start(app: Flask) -> None:
    """Does what a start does, as far as that changes nothing and disturbs no server that runs. Raises what a start
    would raise, and click.ClickException where the database is a newer version's or no page comes."""
    from webapp.commands import schema
    from webapp.commands.db import sqlite_file_of
    from webapp.database import db

    if sys.platform != "win32":
        from webapp.commands import master, whole_requests  # noqa: F401 - they fit to the gunicorn that is installed
    with app.app_context(), told():
        try:
            file = sqlite_file_of(app)
            if file is None or file.exists():  # SQLite would make one
                schema.require_not_newer()
        finally:
            db.session.remove()
            db.engine.dispose()
    status = app.test_client().get("/health/live").status_code
    if status != 200:
        raise click.ClickException(f"/health/live answers with {status}.")
    click.echo("This version can start.")


def site_socket(settings: Settings, before: Handover | None) -> tuple[socket.socket, bool]:
    """The socket of the site, and whether it is systemd's. Raises click.ClickException where there can be none."""
    names = ("WEBAPP_HOST", "WEBAPP_PORT")
    if before is not None and before.from_systemd:
        return sockets.handed_on(before.listening), True
    if before is not None:
        return sockets.listen_again(before.listening, settings.host, settings.port, settings=names), False
    given = sockets.given_by_systemd()
    return (given, True) if given is not None else (sockets.listen(settings.host, settings.port, settings=names), False)


def metrics_socket(settings: Settings, before: Handover | None) -> socket.socket | None:
    """The socket of the metrics; None where they have none of their own."""
    at = settings.metrics
    descriptor = before.metrics if before is not None else None
    if at is None:
        if descriptor is not None:
            os.close(descriptor)
        return None
    names = ("WEBAPP_METRICS", "WEBAPP_METRICS")
    if descriptor is not None:
        return sockets.listen_again(descriptor, *at, settings=names)
    return sockets.listen(*at, settings=names)


def give_way(before: Handover) -> None:
    """Where the new version changes the tables, the old workers first finish what they have: they would write into
    tables that they don't know. Whoever asks meanwhile waits in the queue."""
    from webapp.commands import schema
    from webapp.commands.master import GRACE

    if schema.state()[0] != "current":
        before.finish_workers(GRACE + 5)


@contextmanager
def serving(app: Flask) -> Iterator[None]:
    """Says beside a SQLite file that a server uses it, for as long as the server or one of its workers lives.

    Raises click.ClickException while the file is being replaced by a copy.
    """
    from webapp.commands.db import IN_USE, sqlite_file_of
    from webapp.web import file_locks

    path = sqlite_file_of(app)
    if path is None:
        yield
        return
    try:
        lock = file_locks.take(path.with_name(path.name + IN_USE), shared=True)
    except OSError as error:
        words = f"{path} can't be opened to write ({error.strerror}). Check WEBAPP_DATA, and who may write there."
        raise click.ClickException(words) from error
    if lock is None:
        raise click.ClickException(f"{path} is being replaced by `webapp db restore`. Start again when that is done.")
    with lock:
        yield


def prepare(*, is_start: bool = True) -> None:
    """Migrates, and tells on standard output where the app is and, on a first start, how to become its admin; a link
    for that which was told before a reload stays good."""
    from webapp import database
    from webapp.commands.schema import upgrade_database
    from webapp.web import current

    upgrade_database()
    database.hold_to_file()
    settings = current.settings()
    told = _told_of_courses()
    address = f"http://{host_for_address(settings.host)}:{settings.port}"
    if settings.hosts and not settings.proxies:
        host = settings.hosts[0]
        address = f"http://{host}" if ":" in host.rpartition("]")[2] else f"http://{host}:{settings.port}"
    click.echo(told)
    click.echo(f"Serving on {address}   (stop with Ctrl-C)")
    if settings.proxies:
        click.echo("Visitors come by the proxy: its address, with its path, takes the place of this one.")
    token = first_instructor_link() if is_start else None
    if token:
        click.echo(f"No instructor yet. This link makes the first one, once, within a day:\n  {address}/setup/{token}")
    sys.stdout.flush()


def show_first_page(app: Flask, settings: Settings) -> None:
    """Makes the home page for nobody, in each language: what is made once in a process (queries and templates as
    SQLAlchemy and Jinja compile them, dates and words of a language, the versions of the scripts) is there before
    anybody comes, and workers share it. Nothing of it is logged or counted; a page that fails is told, and no reason
    not to serve the others."""
    from webapp.web.localisation import LANGUAGES

    site = f"http://{settings.hosts[0].removeprefix('.')}" if settings.hosts else None
    for language in LANGUAGES:
        with app.test_request_context("/", base_url=site, headers={"Accept-Language": language}):
            try:
                if app.preprocess_request() is None:
                    app.dispatch_request()
            except Exception:
                log.exception("The home page could not be made before the start")


def _told_of_courses() -> str:
    """What is served, in a line; what is wrong with it is told on the error output."""
    from webapp.web import current

    known = current.courses()
    known.refresh(now=True)
    if not known.ids() and current.settings().store == "database":
        return "The database has no course yet: `webapp bank push FOLDER` puts one there."
    if known.only is not None:
        course = known.only.current()
        if (problems := known.only.problems) is not None:
            words = "The last good edition of the course is served, because its files have problems:"
            click.echo(f"{words}\n{problems}", err=True)
        return f"{course.title}: {len(course.pillars)} lessons, {len(course.questions)} questions."
    for course_there in known.listed():
        if course_there.problems is not None:
            click.echo(f"The course in {course_there.folder} has problems:\n{course_there.problems}", err=True)
    return f"{len(known.ids())} courses."


def first_instructor_link() -> str | None:
    """A token for /setup/<token> while there is no instructor or admin; None afterwards."""
    from webapp.accounts import service
    from webapp.database import db
    from webapp.web import current

    token = service.setup_token(now=current.now())
    db.session.commit()
    return token


def keep_for_good() -> None:
    """Lets the garbage collector leave alone what is there, and see to what comes. Walking over it would also write to
    each object, and so give each worker a copy of memory that they share with the master."""
    gc.freeze()
    gc.enable()


def run_gunicorn(
    app: Flask,
    settings: Settings,
    listening: socket.socket,
    scraped: socket.socket | None,
    now: Handover,
    before: Handover | None,
) -> None:
    from gunicorn.app.base import BaseApplication
    from gunicorn.glogging import Logger

    from webapp.commands.master import GRACE, Master
    from webapp.commands.whole_requests import WholeRequests
    from webapp.web import chores, health, metrics_page

    class _Logger(Logger):  # type: ignore[misc]
        def setup(self, cfg: Any) -> None:
            super().setup(cfg)
            self.error_log.handlers.clear()
            self.error_log.propagate = True

    def begin_work(_worker: Any) -> None:
        """Threads don't survive a fork, so each worker begins its own."""
        chores.start(app)
        if scraped is not None:
            metrics_page.serve(app, scraped)

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options: dict[str, Any] = {
                "bind": f"fd://{listening.detach()}",  # which gunicorn makes another descriptor of
                "backlog": sockets.BACKLOG,
                "workers": settings.workers,
                "threads": health.share(app, settings.threads),
                "worker_class": WholeRequests,
                "preload_app": True,
                "keepalive": 15,
                "timeout": 60,
                "graceful_timeout": GRACE,
                "loglevel": "warning",
                "control_socket_disable": True,
                # What a proxy says is for `web.security` to believe, as WEBAPP_PROXIES allows it. Left to itself,
                # gunicorn takes the scheme and the prefix from headers of whoever connects from this machine.
                "forwarded_allow_ips": "",
                "post_worker_init": begin_work,
                "worker_exit": lambda _server, _worker: chores.stop(app),
            }
            # Heartbeats are files; a disk that stalls must not look like a worker that does.
            if os.path.isdir("/dev/shm"):  # noqa: S108
                options["worker_tmp_dir"] = "/dev/shm"  # noqa: S108
            for name, value in options.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

            # What gunicorn has to say comes in the same form.
            self.cfg.set("logger_class", _Logger)

        def load(self) -> Flask:
            return app

        def run(self) -> None:
            Master(self, now, before).run()

    # gunicorn reads sys.argv when it is not told otherwise
    sys.argv = sys.argv[:1]
    server = Server()
    keep_for_good()
    server.run()
