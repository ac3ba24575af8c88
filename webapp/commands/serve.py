"""`webapp serve`: migrate, check the course, and serve it with a real WSGI server."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from webapp.commands.failures import told

if TYPE_CHECKING:
    from flask import Flask

    from webapp.config import Settings


#: connections that may wait to be taken
BACKLOG = 2048


@click.command()
def serve() -> None:
    """Bring the database up to date, check the course, print the address, and serve."""
    from webapp import create_app, private_files
    from webapp.config import Settings
    from webapp.database import db
    from webapp.web import chores, health, request_log

    private_files.close_to_others()
    settings = Settings.from_environ()
    app = create_app(settings)
    request_log.start(settings.log)
    # First of all, so that a second server by mistake touches no database, and before the address is told.
    with listen(settings.host, settings.port) as listening, serving(app):
        with app.app_context(), told():
            try:
                prepare()
            finally:
                db.session.remove()
                db.engine.dispose()  # each worker opens connections of its own
        if sys.platform == "win32":
            from waitress import serve as wait_and_serve

            chores.start(app)
            wait_and_serve(app, sockets=[listening], threads=health.share(app, settings.threads))
        else:
            run_gunicorn(app, settings, listening)


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


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; who connects waits until the server answers. Raises click.ClickException."""
    name = f"{host_for_address(host)}:{port}"
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise click.ClickException(f"WEBAPP_HOST={host!r} is no address of this machine ({error.strerror}).") from error
    listening = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":  # where it would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            remedy = "Another program listens there: stop it, or choose another port with WEBAPP_PORT."
        elif error.errno == errno.EACCES:
            remedy = "Choose a port from 1024 up with WEBAPP_PORT."
        else:
            remedy = "Choose an address of this machine with WEBAPP_HOST."
        raise click.ClickException(f"Can't listen on {name} ({error.strerror}). {remedy}") from error
    return listening


def prepare() -> None:
    """Migrates, and tells on standard output where the app is and, on a first start, how to become its admin."""
    from webapp import database
    from webapp.commands.schema import upgrade_database
    from webapp.web import current

    upgrade_database()
    database.hold_to_file()
    settings = current.settings()
    course = current.course()
    if (problems := current.course_problems()) is not None:
        click.echo(
            f"The last good edition of the course is served, because its files have problems:\n{problems}", err=True
        )
    address = f"http://{host_for_address(settings.host)}:{settings.port}"
    if settings.hosts and not settings.proxies:
        host = settings.hosts[0]
        address = f"http://{host}" if ":" in host.rpartition("]")[2] else f"http://{host}:{settings.port}"
    click.echo(f"{course.title}: {len(course.pillars)} lessons, {len(course.questions)} questions.")
    click.echo(f"Serving on {address}   (stop with Ctrl-C)")
    if settings.proxies:
        click.echo("Visitors come by the proxy: its address, with its path, takes the place of this one.")
    token = first_instructor_link()
    if token:
        click.echo(f"No instructor yet. This link makes the first one, once, within a day:\n  {address}/setup/{token}")
    sys.stdout.flush()


def host_for_address(host: str) -> str:
    """A host as it stands in a web address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def first_instructor_link() -> str | None:
    """A token for /setup/<token> while there is no instructor or admin; None afterwards."""
    from webapp.accounts import service
    from webapp.database import db
    from webapp.web import current

    token = service.setup_token(now=current.now())
    db.session.commit()
    return token


def run_gunicorn(app: Flask, settings: Settings, listening: socket.socket) -> None:
    from gunicorn.app.base import BaseApplication
    from gunicorn.glogging import Logger

    from webapp.commands.whole_requests import WholeRequests
    from webapp.web import chores, health

    class _Logger(Logger):  # type: ignore[misc]
        def setup(self, cfg: Any) -> None:
            super().setup(cfg)
            self.error_log.handlers.clear()
            self.error_log.propagate = True

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options: dict[str, Any] = {
                "bind": f"fd://{listening.detach()}",
                "backlog": BACKLOG,
                "workers": settings.workers,
                "threads": health.share(app, settings.threads),
                "worker_class": WholeRequests,
                "preload_app": True,
                "keepalive": 15,
                "timeout": 60,
                "graceful_timeout": 20,
                "loglevel": "warning",
                "control_socket_disable": True,
                # What a proxy says is for `web.security` to believe, as WEBAPP_PROXIES allows it. Left to itself,
                # gunicorn takes the scheme and the prefix from headers of whoever connects from this machine.
                "forwarded_allow_ips": "",
                # Threads don't survive a fork, so each worker begins one of its own.
                "post_worker_init": lambda _worker: chores.start(app),
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

    # gunicorn reads sys.argv when it is not told otherwise
    sys.argv = sys.argv[:1]
    Server().run()
