"""The drills: each does one bad thing to a real server while people answer, and says what came of it.

Promised in each: no acknowledged answer is lost, none is doubled, nobody meets a defect (500), /healthz tells the
truth, and it heals by itself. `python -m tests.faults` runs all of them long; `test_drills.py` runs them short.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests.conftest import TINY
from tests.faults.crowd import Crowd
from tests.servers import Server

#: seconds within which a server in trouble has to say so
NOTICED = 1.0
#: seconds after which nobody waits for an answer any more
LONGEST = 8.0
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
        self.promise(not crowd.refused.get(500), f"{crowd.refused.get(500)} pages met a defect (500)")
        self.promise(self.longest < LONGEST, f"somebody waited {self.longest:.1f} s for an answer")
        self.promise(not crowd.mistakes, "; ".join(crowd.mistakes[:3]))


def new_server(folder: Path, **settings: str) -> Server:
    bank = folder / "bank"
    if not bank.exists():
        shutil.copytree(TINY, bank)
    given = {"WEBAPP_LIMITS": "off", "WEBAPP_SECRET_KEY": "k" * 32} | settings
    server = Server(folder / "data", bank, settings=given)
    # Not in the data folder, which is moved and filled.
    server.log_file = folder / f"server-{server.port}.log"
    return server


@contextmanager
def running(server: Server) -> Iterator[Server]:
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


# --- the drills -------------------------------------------------------------------------------------------------------


def killed(folder: Path, *, times: int, chance: random.Random | None = None) -> Outcome:
    """All processes killed at random moments, as in a power cut, and started again."""
    outcome, server = Outcome(f"killed {times} times"), new_server(folder)
    chance = chance or random.Random()
    server.start()
    try:
        crowd = Crowd([server])
        with crowd.at_work():
            for _time in range(times):
                time.sleep(chance.uniform(0.2, 0.8))
                server.kill()
                outcome.healed = max(outcome.healed, server.start())
            crowd.wait_for(20)
    finally:
        server.stop()
    outcome.settle(crowd, steps_of(server))
    return outcome


def full_disk(folder: Path, *, seconds: float) -> Outcome:
    """The disk with the data is full: a small file system of its own, filled."""
    outcome, server = Outcome(f"full disk for {seconds:.0f} s"), new_server(folder)
    server.data.mkdir()
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise CanNotBeDone("a small file system can be mounted by root only")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(server.data)], capture_output=True, check=False
    )
    if mounted.returncode:
        raise CanNotBeDone("a small file system can't be mounted here")
    try:
        with running(server):
            crowd = Crowd([server])
            with crowd.at_work():
                crowd.wait_for(20)
                filler = server.data / "filler"
                with filler.open("wb", buffering=0) as file:
                    try:
                        while True:
                            file.write(b"\0" * 4096)
                    except OSError:
                        pass
                told(outcome, server)
                time.sleep(seconds)
                filler.unlink()
                outcome.healed = until_well(server)
                crowd.wait_for(20)
        outcome.settle(crowd, steps_of(server))
    finally:
        subprocess.run(["umount", str(server.data)], check=False)
    return outcome


def locked(folder: Path, *, seconds: float) -> Outcome:
    """Another process holds the lock of the database."""
    outcome, server = Outcome(f"database locked for {seconds:.0f} s"), new_server(folder)
    with running(server):
        crowd = Crowd([server], people=12)  # more than there are threads
        with crowd.at_work():
            crowd.wait_for(20)
            with closing(sqlite3.connect(server.data / "webapp.sqlite3", isolation_level=None, timeout=20)) as other:
                other.execute("BEGIN IMMEDIATE")
                time.sleep(2)
                told(outcome, server)
                time.sleep(max(0, seconds - 3))
                outcome.promise(crowd.refused.get(503), "nobody got a page that keeps the answer")
                other.execute("ROLLBACK")
            outcome.healed = until_well(server)
            crowd.wait_for(20)
    outcome.settle(crowd, steps_of(server))
    return outcome


def immutable(folder: Path, *, seconds: float) -> Outcome:
    """The files of the database can't be changed."""
    outcome, server = Outcome(f"immutable database for {seconds:.0f} s"), new_server(folder)
    with running(server):
        crowd = Crowd([server])
        with crowd.at_work():
            crowd.wait_for(20)
            files = [str(path) for path in server.data.glob("webapp.sqlite3*") if not path.name.endswith(".in-use")]
            files.append(str(server.data))
            done = subprocess.run(["chattr", "+i", *files], capture_output=True, check=False)
            try:
                if done.returncode:
                    raise CanNotBeDone("no file can be made immutable here")
                told(outcome, server)
                time.sleep(seconds)
            finally:
                subprocess.run(["chattr", "-i", *files], capture_output=True, check=False)
            outcome.healed = until_well(server)
            crowd.wait_for(20)
    outcome.settle(crowd, steps_of(server))
    return outcome


def moved(folder: Path, *, seconds: float) -> Outcome:
    """The data folder is moved away under the server, and put back."""
    outcome, server = Outcome(f"data folder moved for {seconds:.0f} s"), new_server(folder)
    with running(server):
        crowd = Crowd([server])
        with crowd.at_work():
            crowd.wait_for(20)
            away = server.data.with_name("away")
            server.data.rename(away)
            gone = time.monotonic()
            told(outcome, server)
            outcome.promise(not crowd.acknowledged_since(gone + NOTICED), "answers were acknowledged into a moved file")
            time.sleep(seconds)
            away.rename(server.data)
            outcome.healed = until_well(server)
            crowd.wait_for(20)
    outcome.settle(crowd, steps_of(server))
    return outcome


def replaced(folder: Path, *, by_nothing: bool) -> Outcome:
    """The database is deleted, or another one is put in its place, under the server. A restart begins anew with it.

    What was in a deleted file is lost with it; promised is that from then on nothing is acknowledged.
    """
    outcome = Outcome("data folder deleted" if by_nothing else "database replaced")
    server = new_server(folder)
    with running(server):
        crowd = Crowd([server])
        with crowd.at_work():
            crowd.wait_for(20)
            file = server.data / "webapp.sqlite3"
            if by_nothing:
                shutil.rmtree(server.data)
            else:
                with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(folder / "copy")) as target:
                    source.backup(target)
                shutil.move(folder / "copy", file)
            gone = time.monotonic()
            told(outcome, server)
            time.sleep(1)
            after = crowd.acknowledged_since(gone + NOTICED)
            outcome.promise(not after, f"{after} answers were acknowledged into a file that is gone")
            outcome.promise(crowd.refused.get(503), "nobody got a page that keeps the answer")
            outcome.promise(by_nothing != file.exists(), "a new file was made in its place")
    outcome.acknowledged, outcome.refused, outcome.longest = crowd.acknowledged, dict(crowd.refused), crowd.longest
    outcome.promise(not crowd.refused.get(500), f"{crowd.refused.get(500)} pages met a defect (500)")
    outcome.healed = server.start()
    outcome.promise(health(server)[0] == 200, "it does not start again")
    server.stop()
    return outcome


def course_spoilt(folder: Path, *, seconds: float) -> Outcome:
    """The course becomes junk, half a file, 60 MB, nothing; a worker is replaced meanwhile; then the server."""
    outcome, server = Outcome("course junk, half, 60 MB, nothing"), new_server(folder)
    whole = folder / "whole"
    shutil.copytree(server.bank, whole)
    file = server.bank / "course.yaml"
    half = file.read_bytes()[:300]
    with running(server):
        crowd = Crowd([server], people=3)
        with crowd.at_work():
            crowd.wait_for(10)
            for raw in (b"\x00\xff\x13" * 3000, half, b"#" * 60_000_000, None):
                if raw is None:
                    shutil.rmtree(server.bank)
                else:
                    file.write_bytes(raw)
                crowd.wait_for(5)
                outcome.promise(health(server)[0] == 200, "/healthz fails, though the last good edition is served")
                _kill_a_worker(server)
                crowd.wait_for(5)
                time.sleep(seconds)
            server.bank.mkdir()
            file.write_bytes(half)
            server.stop()
            outcome.healed = server.start()
            crowd.wait_for(10)
            shutil.copytree(whole, server.bank, dirs_exist_ok=True)
            crowd.wait_for(10)
    outcome.settle(crowd, steps_of(server))
    return outcome


def _kill_a_worker(server: Server) -> None:
    """kill -9 for one of the processes that answer; its master forks another."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    if not children.exists():
        raise CanNotBeDone("the children of a process are not told here")
    os.kill(int(children.read_text().split()[0]), signal.SIGKILL)


def clock_set(folder: Path, *, seconds: float) -> Outcome:
    """The system's clock goes a day forth, and a day back; finals are under way that would be over."""
    outcome, server = Outcome("clock a day forth and back"), new_server(folder)
    offset = folder / "clock"
    offset.write_text("0")
    server.program = (sys.executable, "-m", "tests.faults.shifted")
    server.settings["FAULTS_CLOCK"] = str(offset)
    with running(server):
        crowd = Crowd([server])
        with crowd.at_work():
            crowd.wait_for(20)
            with closing(sqlite3.connect(server.data / "webapp.sqlite3")) as file:
                # Everybody has an hour, as in a final.
                file.execute(
                    "UPDATE attempt SET extended_to = datetime('now', '+1 hour'), deadline = datetime('now', '+1 hour')"
                )
                file.commit()
            for days in (1, -1, 0):
                offset.with_suffix(".new").write_text(str(days * 86_400))
                offset.with_suffix(".new").replace(offset)
                time.sleep(seconds)
                crowd.wait_for(10)
                with closing(sqlite3.connect(server.data / "webapp.sqlite3")) as file:
                    ended = file.execute("SELECT count(*) FROM attempt WHERE state <> 'open'").fetchone()[0]
                outcome.promise(ended == 0, f"{ended} attempts were handed in for good, {days:+} days")
            outcome.promise("clock has jumped" in server.log(), "the log says nothing of the clock")
    outcome.settle(crowd, steps_of(server))
    return outcome


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


#: the drills on SQLite, by name: called with a folder of their own
Drill = Callable[[Path], Outcome]
SHORT: dict[str, Drill] = {
    "killed": lambda folder: killed(folder, times=2),
    "full disk": lambda folder: full_disk(folder, seconds=1),
    "locked": lambda folder: locked(folder, seconds=5),
    "immutable": lambda folder: immutable(folder, seconds=1),
    "moved": lambda folder: moved(folder, seconds=0.5),
    "deleted": lambda folder: replaced(folder, by_nothing=True),
    "replaced": lambda folder: replaced(folder, by_nothing=False),
    "course": lambda folder: course_spoilt(folder, seconds=0),
    "clock": lambda folder: clock_set(folder, seconds=1.5),
}
LONG: dict[str, Drill] = {
    **SHORT,
    "killed": lambda folder: killed(folder, times=100),
    "full disk": lambda folder: full_disk(folder, seconds=20),
    "locked": lambda folder: locked(folder, seconds=60),
    "immutable": lambda folder: immutable(folder, seconds=60),
    "moved": lambda folder: moved(folder, seconds=10),
    "course": lambda folder: course_spoilt(folder, seconds=2),
    "clock": lambda folder: clock_set(folder, seconds=10),
}
__all__ = ["LONG", "SHORT", "CanNotBeDone", "Outcome", "one_of_two_killed", "postgresql_killed"]
