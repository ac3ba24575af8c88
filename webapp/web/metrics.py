"""What is counted for Prometheus: requests, answers, waits for the database, chores, alerts. Off unless asked for.

Each process counts in files of a folder in memory (prometheus_client's multiprocess mode), and whichever process is
asked adds them up (`web.metrics_page`). Routes are endpoints, never addresses; nothing tells one person from another.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, current_app, g, request

from webapp.config import Settings

#: upper bounds of the buckets, in seconds
REQUESTS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LOCKS = (0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 3.0, 15.0)
#: where prometheus_client looks, when it is imported, for the folder in which processes count
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
#: what the script says that sends answers which waited on a device (static/js/outbox.js)
OUTBOX = "X-Outbox"


@dataclass(frozen=True)
class Figure:
    """A number that is looked up when somebody asks for it."""

    name: str
    meaning: str
    function: Callable[[datetime], float]


_figures: dict[str, Figure] = {}


def connect(name: str, meaning: str, function: Callable[[datetime], float]) -> None:
    """Lets the metrics have a figure of a room above. The function is called with the time, in the app's context, in
    a transaction that reads only, each time that Prometheus asks; it has to be cheap. A name connected again
    is replaced."""
    _figures[name] = Figure(name, meaning, function)


def connected() -> list[Figure]:
    return list(_figures.values())


def are_wanted(settings: Settings) -> bool:
    return settings.metrics is not None or bool(settings.metrics_token)


def make_folder(settings: Settings) -> str:
    """For a server of several processes, before its app is made: a folder in which they count, "" where nothing is
    counted. In memory where there is such a place: on a full disk, a file that was mapped would end its process."""
    if not are_wanted(settings):
        return ""
    memory = "/dev/shm"  # noqa: S108
    folder = tempfile.mkdtemp(prefix="webapp-metrics-", dir=memory if os.access(memory, os.W_OK) else None)
    os.environ[FOLDER] = folder
    return folder


class Metrics:
    """The counters of one app."""

    def __init__(self) -> None:
        # Imported here: it takes time, and by then the folder is known.
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self.registry = CollectorRegistry()
        self._of_route: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self.requests = Counter("webapp_requests", "requests answered", ["route", "status"], registry=self.registry)
        self.seconds = Histogram(
            "webapp_request_seconds",
            "from the moment a thread took a request until its answer was ready",
            ["route"],
            buckets=REQUESTS,
            registry=self.registry,
        )
        self.lock_waits = Histogram(
            "webapp_lock_wait_seconds",
            "how long writers waited for SQLite's lock, those included who gave up",
            buckets=LOCKS,
            registry=self.registry,
        )
        self.answers = Counter(
            "webapp_answers", "answers acknowledged, by the way they came", ["way"], registry=self.registry
        )
        self.chores = Counter("webapp_chores", "chores done, and failed", ["chore", "outcome"], registry=self.registry)
        self.chore_done = Gauge(
            "webapp_chore_done_timestamp_seconds",
            "when a chore was last done",
            ["chore"],
            multiprocess_mode="max",
            registry=self.registry,
        )
        self.alerts = Counter(
            "webapp_alerts", "how often something was the case that is an alert", ["kind"], registry=self.registry
        )

    def count_request(self, route: str, status: int, seconds: float) -> None:
        # The library finds its counters by their labels at a third of the whole cost; there are few of them.
        found = self._of_route.get((route, status))
        if found is None:
            found = self.requests.labels(route, str(status)), self.seconds.labels(route)
            self._of_route[route, status] = found
        found[0].inc()
        found[1].observe(seconds)

    def count_chore(self, name: str, *, done: bool) -> None:
        self.chores.labels(name, "done" if done else "failed").inc()
        if done:
            self.chore_done.labels(name).set(time.time())


def of(app: Flask) -> Metrics | None:
    """The counters of an app; None where nothing is counted."""
    found: Metrics | None = app.extensions.get("metrics")
    return found


def count_answer() -> None:
    """For the current request, which acknowledges an answer."""
    metrics = of(current_app)
    if metrics is not None:
        as_json = request.accept_mimetypes.best == "application/json"
        metrics.answers.labels("outbox" if OUTBOX in request.headers else "script" if as_json else "page").inc()


def init_app(app: Flask) -> None:
    """Connected beside the log of requests, so that the time of everything else counts."""
    if not are_wanted(app.config["SETTINGS"]):
        return
    metrics = app.extensions["metrics"] = Metrics()
    app.extensions["lock_waited"] = metrics.lock_waits.observe

    @app.after_request
    def count(response: Response) -> Response:
        began = g.get("began")
        if began is not None:
            metrics.count_request(request.endpoint or "-", response.status_code, time.perf_counter() - began)
        return response
