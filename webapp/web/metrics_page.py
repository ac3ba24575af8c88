"""What Prometheus is given when it asks, on a port of its own or, with a token, at /metrics of the site."""

from __future__ import annotations

import hmac
import logging
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from webapp.config import Settings
from webapp.database import db, only_reading
from webapp.web import backup_schedule, current, health, metrics

#: seconds for which what was looked up counts, so that nobody keeps the database busy by asking
FRESH = 5.0
#: seconds that somebody has to say on the port what they want
PATIENCE = 5.0

log = logging.getLogger("webapp.metrics")


def may_read(settings: Settings, authorization: str) -> bool:
    """Whether the header `Authorization` has the token of the settings."""
    scheme, _, token = authorization.partition(" ")
    said, right = token.strip().encode("utf-8", "replace"), settings.metrics_token.encode()
    return bool(right) and scheme.lower() == "bearer" and hmac.compare_digest(said, right)


def exposition(app: Flask) -> tuple[bytes, str]:
    """All metrics, of all processes, and their media type."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess

    counted = metrics.of(app)
    assert counted is not None, "nothing is counted"
    registry = counted.registry
    if metrics.FOLDER in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types there
    body = generate_latest(registry)
    lines = app.extensions.setdefault("looked_up", LookedUp()).lines(app)
    return body + "".join(lines).encode(), CONTENT_TYPE_LATEST


class LookedUp:
    """What is true at the moment and nobody counts: attempts, sessions, course, backups, disk, readiness."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at = float("-inf")
        self._lines: list[str] = []

    def lines(self, app: Flask) -> list[str]:
        with self._lock:
            if time.monotonic() - self._at >= FRESH:
                with app.app_context(), only_reading():
                    self._lines = [
                        f"# HELP {name} {meaning}\n# TYPE {name} gauge\n{name}{labels} {float(value)!r}\n"
                        for name, labels, meaning, value in figures()
                    ]
                self._at = time.monotonic()
            return self._lines


def figures() -> Iterator[tuple[str, str, str, float]]:
    """(name, labels, meaning, value) of each. What can't be looked up is left out."""
    well = health.check()
    yield "webapp_ready", "", "1 while the server can keep what it is given", well.is_ready
    yield from _courses()
    try:
        disk = shutil.disk_usage(current.settings().data)
        yield "webapp_disk_free_bytes", "", "what is free on the disk of the data folder", disk.free
    except OSError:
        pass
    yield from _backups()
    if well.database == "ok":
        for figure in metrics.connected():
            try:
                yield figure.name, "", figure.meaning, figure.function(current.now())
            except SQLAlchemyError as error:
                db.session.rollback()
                log.warning("%s can't be looked up (%s)", figure.name, type(error).__name__)


def _courses() -> Iterator[tuple[str, str, str, float]]:
    """One course as it always was; of several the numbers only, because names would make a series each."""
    known = current.courses()
    broken = sum(course.problems is not None for course in known.listed())
    if known.only is not None:
        course = known.only.current()
        yield "webapp_course_info", f'{{edition="{course.digest[:12]}"}}', "the edition that is served", 1
        yield "webapp_course_edition_timestamp_seconds", "", "since when this edition is served", known.only.since
    else:
        yield "webapp_courses", "", "courses that have an address", len(known.ids())
        yield "webapp_courses_loaded", "", "courses that this process holds", len(known.loaded)
    yield (
        "webapp_course_broken",
        "",
        "1 while files of a course have problems and an older edition is served",
        broken > 0,
    )


def _backups() -> Iterator[tuple[str, str, str, float]]:
    status = backup_schedule.status()
    if status is None:
        return
    is_bad = bool(status.failure) or status.is_late
    yield "webapp_backup_failing", "", "1 while the latest backup failed or is late", is_bad
    if status.latest is not None:
        copy = backup_schedule.scheduled(backup_schedule.folder(current.settings()))[status.latest]
        yield "webapp_backup_timestamp_seconds", "", "when the latest good backup was begun", status.latest.timestamp()
        yield "webapp_backup_bytes", "", "how large it is", copy.stat().st_size


class _Page(BaseHTTPRequestHandler):
    timeout = PATIENCE
    server: _Server

    def do_GET(self) -> None:
        settings: Settings = self.server.app.config["SETTINGS"]
        allowed = not settings.metrics_token or may_read(settings, self.headers.get("Authorization", ""))
        if self.path.partition("?")[0] != "/metrics" or not allowed:
            self.send_error(404)
            return
        body, kind = exposition(self.server.app)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Who asks every few seconds is no news."""


class _Server(HTTPServer):
    """Answers at a socket that is there already, and that other processes answer at, too."""

    def __init__(self, app: Flask, listening: socket.socket) -> None:
        super().__init__(listening.getsockname()[:2], _Page, bind_and_activate=False)
        self.socket.close()
        self.socket, self.app = listening, app
        listening.setblocking(False)  # another process may have taken whom this one was told of

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.settimeout(PATIENCE)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.warning("Whoever asked for the metrics got none", exc_info=True)


def serve(app: Flask, listening: socket.socket) -> None:
    """Answers at this socket, in a thread of its own, for as long as the process lives."""
    threading.Thread(target=_Server(app, listening).serve_forever, name="metrics", daemon=True).start()
