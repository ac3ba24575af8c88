"""The log: one line for each request, and everything else with the name of the request that it belongs to.

    2026-03-02 09:00:00,123 INFO webapp.access request=8c1f2e77a0b94d13 method=GET route=home.home status=200 …

Routes are endpoints, never addresses: those can hold codes of classes and one-time links. With WEBAPP_LOG=json each
line is an object. Written with Python's own logging: it takes two formatters and a filter, and what libraries log comes
out in the same form.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from sqlalchemy import inspect

from webapp.web.security_log import request_id

log = logging.getLogger("webapp.access")

#: so often in so many seconds the same error is written; then it is only counted
AT_MOST, WINDOW = 10, 60.0
#: what is asked for every few seconds, and is no news while it is well
_PROBES = frozenset({"site.health", "site.live", "site.ready", "site.metrics"})

_LINE = "%(asctime)s %(levelname)s %(name)s %(request)s%(message)s"
_PAIR = re.compile(r"(\w+)=(\S+)")


class Site(Flask):
    """The application, whose errors are logged under their endpoint: an address may be a one-time link."""

    def log_exception(self, exc_info: Any) -> None:
        endpoint = (request.endpoint or "an unknown address") if has_request_context() else "-"
        self.logger.error("Error in %s", endpoint, exc_info=exc_info)


class Text(logging.Formatter):
    """Lines to read."""

    def __init__(self) -> None:
        super().__init__(_LINE)

    def format(self, record: logging.LogRecord) -> str:
        is_named = "request=" in record.getMessage()
        record.request = f"request={request_id()} " if has_request_context() and not is_named else ""
        return super().format(record)


class Json(logging.Formatter):
    """An object on each line. What a message says as name=value, it says as fields, too."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        line: dict[str, Any] = {}
        if record.name.startswith("webapp."):
            line |= dict(_PAIR.findall(message))
        line |= {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
        }
        if has_request_context():
            line["request"] = request_id()
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Throttle(logging.Filter):
    """Lets the same error through a few times a minute; how often it came beyond that is told once afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._seen: dict[tuple[object, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.ERROR:
            return True
        key = self._kind(record)
        with self._lock:
            now = time.monotonic()
            since, times = self._seen.get(key, (now, 0))
            if now - since >= WINDOW:
                if times > AT_MOST:
                    record.msg = f"{record.msg} (and {times - AT_MOST} times more, which were not written)"
                since, times = now, 0
            if len(self._seen) > 1000:
                self._seen.clear()
            self._seen[key] = since, times + 1
            return times < AT_MOST

    def _kind(self, record: logging.LogRecord) -> tuple[object, ...]:
        """What makes two errors the same: where they were raised, not whom they met."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if error is None:
            return record.name, record.msg
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = (trace.tb_frame.f_code.co_filename, trace.tb_lineno) if trace is not None else ()
        return record.name, type(error), *place


def start(form: str) -> None:
    """For a server: everything that is logged goes to standard error, `text` or `json`, with a line a request."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json() if form == "json" else Text())
    handler.addFilter(Throttle())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    webapp = logging.getLogger("webapp")
    webapp.handlers.clear()
    webapp.propagate = True
    log.setLevel(logging.INFO)


def init_app(app: Flask) -> None:
    """Connected first, so that the time of everything else counts and the answer is the one that is sent."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id()
        if log.isEnabledFor(logging.INFO) and not (request.endpoint in _PROBES and response.status_code == 200):
            # Nobody is looked up for it: who the request did not ask for stays unnamed. Nor is the row of a person read
            # again that a commit made stale, which would begin to write once more and keep others from it.
            person = inspect(g.get("signed_in_person"), raiseerr=False)
            log.info(
                "request=%s method=%s route=%s status=%d ms=%.1f person=%s",
                request_id(),
                request.method if request.method in _METHODS else "other",
                request.endpoint or "-",
                response.status_code,
                (time.perf_counter() - g.get("began", time.perf_counter())) * 1000,
                person.identity[0] if person is not None and person.identity else "-",
            )
        return response


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
