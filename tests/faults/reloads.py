"""Reloads, and stops with a start right after, while people answer and others ask: nobody is turned away.

`python -m tests.faults.reloads` does it for a thousand requests and says what came of it.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clients import whole
from tests.faults.crowd import Crowd
from tests.faults.drills import Outcome, new_server, running, steps_of
from tests.servers import Server

#: starts `webapp` as systemd does: with the socket as descriptor 3
AS_SYSTEMD = (
    "import os, sys\n"
    "os.dup2(int(sys.argv[1]), 3)\n"
    "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'webapp', *sys.argv[2:]])\n"
)
#: seconds between two requests of one person, so that a new version has some of the processor, too
PAUSE = 0.2
#: pages that are asked for
PAGES = ("/", "/quizzes", "/sign-in")


class Askers:
    """People who look at pages: half of them on a connection that they keep."""

    def __init__(self, server: Server, number: int = 4) -> None:
        self.port = server.port
        self.pages = [whole(page, server.course) for page in PAGES]
        self.answered: Counter[int] = Counter()
        self.failed: list[str] = []
        self.longest = 0.0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(n % 2 == 0,)) for n in range(number)]

    @contextmanager
    def at_work(self) -> Iterator[Askers]:
        for thread in self._threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in self._threads:
                thread.join(40)

    def _ask(self, keeps: bool) -> None:
        connection: http.client.HTTPConnection | None = None
        turn = 0
        while not self._over.is_set():
            turn += 1
            began = time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
                connection.request("GET", self.pages[turn % len(self.pages)])
                answer = connection.getresponse()
                answer.read()
                self.answered[answer.status] += 1
                if not keeps or answer.will_close:
                    connection.close()
                    connection = None
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(f"{type(error).__name__}: {error}")
                connection = None
            self.longest = max(self.longest, time.monotonic() - began)
            time.sleep(PAUSE)
        if connection is not None:
            connection.close()

    @property
    def total(self) -> int:
        return self.answered.total() + len(self.failed)


def wait_for_line(server: Server, words: str, times: int, seconds: float = 120) -> None:
    """Waits until the log has these words so often. Raises AssertionError."""
    began = time.monotonic()
    while server.log().count(words) < times:
        assert server.process is not None
        assert server.process.poll() is None, f"the server ended:\n{server.log()[-3000:]}"
        assert time.monotonic() - began < seconds, f"no {words!r} within {seconds} s:\n{server.log()[-3000:]}"
        time.sleep(0.05)


def children_of(server: Server) -> set[int]:
    assert server.process is not None
    return {
        int(pid) for pid in Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    }


def settle(outcome: Outcome, crowd: Crowd, askers: Askers, server: Server) -> None:
    outcome.settle(crowd, steps_of(server))
    outcome.faults = [fault for fault in outcome.faults if "waited" not in fault]  # what is promised is an answer
    outcome.longest = max(outcome.longest, askers.longest)
    outcome.promise(not crowd.refused, f"answers were turned away: {crowd.refused}")
    outcome.promise(not askers.failed, f"{len(askers.failed)} requests failed: {askers.failed[:3]}")
    others = {status: times for status, times in askers.answered.items() if status != 200}
    outcome.promise(not others, f"pages answered with {others}")


def reloaded(folder: Path, *, times: int, requests: int) -> Outcome:
    """SIGHUP, again and again, for at least so many requests."""
    server = new_server(folder)
    outcome = Outcome(f"reloaded {times} times")
    with running(server):
        assert server.process is not None
        crowd, askers = Crowd([server], people=2, patience=40), Askers(server)
        with crowd.at_work(), askers.at_work():
            for turn in range(times):
                crowd.wait_for(5)
                before = children_of(server)
                os.kill(server.process.pid, signal.SIGHUP)
                wait_for_line(server, "reload=done", turn + 1)
                began = time.monotonic()
                while before & children_of(server):
                    assert time.monotonic() - began < 40, "workers of the version before are still there"
                    time.sleep(0.1)
            while askers.total + crowd.acknowledged < requests:
                time.sleep(0.1)
        outcome.drill += f" while {askers.total} pages were asked for"
    settle(outcome, crowd, askers, server)
    return outcome


def restarted(folder: Path, *, times: int, requests: int) -> Outcome:
    """SIGTERM and a new start, while somebody else (as systemd does) keeps the socket."""
    server = new_server(folder)
    outcome = Outcome(f"stopped and started {times} times, the socket kept")
    with socket.create_server(("127.0.0.1", server.port), backlog=512) as kept:
        server.program = (sys.executable, "-c", AS_SYSTEMD, str(kept.fileno()))
        server.descriptors = (kept.fileno(),)
        with running(server):
            crowd, askers = Crowd([server], people=2, patience=40), Askers(server)
            with crowd.at_work(), askers.at_work():
                for _turn in range(times):
                    crowd.wait_for(5)
                    assert server.process is not None
                    os.kill(server.process.pid, signal.SIGTERM)
                    server.process.wait(30)
                    server.start(60)
                while askers.total + crowd.acknowledged < requests:
                    time.sleep(0.1)
            outcome.drill += f" while {askers.total} pages were asked for"
    settle(outcome, crowd, askers, server)
    return outcome


def stopped_with_a_queue(folder: Path, *, waiting: int) -> tuple[int, int]:
    """SIGTERM while many more wait than there are threads; (how many were connected, how many were answered)."""
    server = new_server(folder, WEBAPP_WORKERS="1", WEBAPP_THREADS="1")
    with running(server), contextlib.ExitStack() as open_ones:
        assert server.process is not None
        (worker,) = children_of(server)
        # A worker that stands still takes nobody: all of them are in the queue of the system.
        os.kill(worker, signal.SIGSTOP)
        queue = []
        for _number in range(waiting):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=40)
            open_ones.callback(connection.close)
            connection.request("GET", "/sign-in")
            queue.append(connection)
        os.kill(server.process.pid, signal.SIGTERM)
        time.sleep(0.3)
        os.kill(worker, signal.SIGCONT)
        answered = 0
        for connection in queue:
            with contextlib.suppress(OSError, http.client.HTTPException):
                answered += connection.getresponse().status == 200
        server.process.wait(30)
    return waiting, answered


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="webapp-reloads-") as name:
        outcomes = [
            reloaded(Path(name) / "reloads", times=5, requests=1000),
            restarted(Path(name) / "restarts", times=5, requests=1000),
        ]
        for outcome in outcomes:
            came = "; ".join(outcome.faults) or "no request failed"
            figures = f"{outcome.acknowledged} answers acknowledged, {outcome.lost} lost"
            print(f"{outcome.drill}; {figures}; longest wait {outcome.longest:.1f} s; {came}", flush=True)
        queued, answered = stopped_with_a_queue(Path(name) / "queue", waiting=60)
        print(f"stopped with {queued} in the queue; {answered} were answered")
    return 1 if answered < queued or any(outcome.faults for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
