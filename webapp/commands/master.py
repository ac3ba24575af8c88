"""The master process of gunicorn, changed so that a reload loads everything anew and turns nobody away.

gunicorn forks its workers from an application that it loaded once (`preload_app`), which starts them at once and lets
them share memory; but its own SIGHUP then gives new workers of the old code. Here the master becomes the new version of
itself (`commands.handover`), and only if that one says that it can start.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import time
from typing import Any

from gunicorn import systemd
from gunicorn.arbiter import Arbiter

from webapp.commands import handover
from webapp.commands.handover import Handover

log = logging.getLogger("webapp.serve")
log.setLevel(logging.INFO)

#: seconds in which workers finish what they have
GRACE = 20


class Retiring:
    """A worker of the version before this one: gunicorn takes it for one of its own that is too many."""

    age = 0
    aborted = False

    def __init__(self) -> None:
        self.tmp = self
        self._deadline = time.monotonic() + GRACE + 10

    def last_update(self) -> float:
        """Its heartbeats are not seen here; it is given time, and then counts as hanging."""
        now = time.monotonic()
        return now if now < self._deadline else float("-inf")

    def close(self) -> None:
        """Nothing is open."""


class Master(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """Keeps workers alive; SIGHUP (or SIGUSR2) takes over new code, settings and course; SIGTERM ends it in peace."""

    def __init__(self, server: Any, now: Handover, before: Handover | None) -> None:
        """`now` is what will be handed on one day, `before` what was handed on to this one."""
        super().__init__(server)
        self.WORKERS: dict[int, Any] = {}
        self._now, self._before = now, before
        self.systemd = now.from_systemd  # whose socket is not ours to take away
        self._old_folder = before.metrics_folder if before is not None else ""

    def init_signals(self) -> None:
        super().init_signals()
        # What came while this process was becoming what it is.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, handover.WAITS)

    def manage_workers(self) -> None:
        if self._before is not None:
            self.WORKERS |= {pid: Retiring() for pid in self._before.workers if handover.is_ours(pid)}
            self._before = None
            for _ in range(self.num_workers):
                self.spawn_worker()
            log.info("reload=done the new version serves (process %d)", os.getpid())
        super().manage_workers()
        if self._old_folder and not any(isinstance(worker, Retiring) for worker in self.WORKERS.values()):
            shutil.rmtree(self._old_folder, ignore_errors=True)
            self._old_folder = ""

    def halt(self, *arguments: Any, **named: Any) -> None:
        try:
            super().halt(*arguments, **named)
        finally:
            for folder in filter(None, (self._now.metrics_folder, self._old_folder)):
                shutil.rmtree(folder, ignore_errors=True)

    def wait_for_signals(self, timeout: float = 1.0) -> list[int]:
        """Who is to stop does not reload first, and nobody reloads twice for being asked twice."""
        found: list[int] = list(dict.fromkeys(super().wait_for_signals(timeout)))
        if any(signum in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT) for signum in found):
            return [signum for signum in found if signum not in (signal.SIGHUP, signal.SIGUSR2)]
        return found

    def handle_hup(self) -> None:
        """Becomes the new version, if that can start; else goes on as before and says why."""
        log.info("reload=asked trying whether the new version can start")
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        systemd.sd_notify(f"RELOADING=1\nMONOTONIC_USEC={microseconds}\nSTATUS=Trying the new version", self.log)
        why = handover.why_not() or self._become_new()
        if why:
            log.error("reload=refused the new version can't start, the old one goes on: %s", why)
            systemd.sd_notify("READY=1\nSTATUS=A reload was refused; the log says why", self.log)

    handle_usr2 = handle_hup

    def _become_new(self) -> str:
        """Returns only if that is not possible, or something else is to be done first; "" or why."""
        signal.pthread_sigmask(signal.SIG_BLOCK, handover.WAITS)
        if not self.SIG_QUEUE.empty():
            waiting = []
            while not self.SIG_QUEUE.empty():
                waiting.append(self.SIG_QUEUE.get_nowait())
            for signum in waiting:
                self.SIG_QUEUE.put_nowait(signum)
            if any(signum in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT) for signum in waiting):
                signal.pthread_sigmask(signal.SIG_UNBLOCK, handover.WAITS)
                return ""
        self._now.listening = self.LISTENERS[0].fileno()
        self._now.workers = list(self.WORKERS)
        for descriptor in (self._now.listening, self._now.metrics):
            if descriptor is not None:
                os.set_inheritable(descriptor, True)
        environ = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
        self._now.write(environ)
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            os.execve(sys.executable, handover.command(), environ)  # noqa: S606 - our own command
        except OSError as error:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, handover.WAITS)
            return f"{sys.executable}: {error.strerror}"
