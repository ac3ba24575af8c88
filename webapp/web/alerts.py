"""What whoever runs the site must know: told in the log at once, and again every ten minutes while it lasts."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections import Counter, deque

from flask import current_app

from webapp.web import current, metrics

log = logging.getLogger("webapp.alert")

#: seconds until the same thing is told again, and between two looks at disk and course
AGAIN, LOOK = 600.0, 60.0
#: bytes, and share of the disk, below which it counts as nearly full
LEAST_FREE, LEAST_SHARE = 200 * 1024 * 1024, 0.02
#: so many sign-ins that fail within so many seconds are no forgetfulness; counted in each process
MANY, WITHIN = 60, 300.0


class Alerts:
    """The alerts of one app in one process."""

    def __init__(self) -> None:
        #: kind → how often it was the case
        self.counts: Counter[str] = Counter()
        self._told: dict[str, float] = {}
        self._failed: deque[float] = deque(maxlen=MANY)
        self._looked = float("-inf")
        self._lock = threading.Lock()

    def raise_(self, kind: str, words: str, *values: object, level: int = logging.ERROR) -> None:
        """Counts an alert, and logs it unless it was logged a short while ago."""
        now = time.monotonic()
        if (counted := metrics.of(current_app)) is not None:
            counted.alerts.labels(kind).inc()
        with self._lock:
            self.counts[kind] += 1
            if now - self._told.get(kind, float("-inf")) < AGAIN:
                return
            self._told[kind] = now
        log.log(level, f"alert=%s {words}", kind, *values)

    def sign_in_failed(self) -> None:
        now = time.monotonic()
        self._failed.append(now)
        if len(self._failed) == MANY and now - self._failed[0] < WITHIN:
            self.raise_("sign-ins", "%d sign-ins failed within %d seconds", MANY, round(now - self._failed[0]))

    def look(self) -> None:
        """Once a minute, whoever's request it is: whether the disk is nearly full and the course broken."""
        now = time.monotonic()
        if now - self._looked < LOOK:
            return
        self._looked = now
        try:
            disk = shutil.disk_usage(current.settings().data)
        except OSError as error:
            self.raise_("disk", "the data folder can't be looked at: %s", error.strerror, level=logging.CRITICAL)
        else:
            if disk.free < min(LEAST_FREE, disk.total * LEAST_SHARE):
                self.raise_("disk", "the disk is nearly full: %d MB left", disk.free >> 20, level=logging.CRITICAL)
        for course in current.courses().listed():
            if course.problems is not None:
                words = "the course %s is broken (%d problems); its last good edition is shown, if there is one"
                self.raise_("course", words, course.id, len(course.problems))


def alerts() -> Alerts:
    found: Alerts = current_app.extensions["alerts"]
    return found


def look_around() -> None:
    """The chore: a full disk and a broken course are told while nobody does anything, too."""
    for store in current.courses().loaded:
        store.current()  # so that files that were changed are read
    alerts().look()
