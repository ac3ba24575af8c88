"""A whole school: what an admin's pages cost with 50,000 learners, 200,000 attempts and 2,000,000 questions on papers.

    python -m benchmarks.school [--learners 50000] [--attempts 200000] [--keep FOLDER] [--at FOLDER] [--json FILE]

The database is made by bulk inserts: the course that comes with the app with its real revisions, answers that their
types graded, two steps for each, classes of which some are set a quiz, guests, people who left. `--keep` leaves it in a
folder, `--at` measures one that was left there. Each page is asked for in process, warm, by a client that is signed in:
the processor time and the time by the clock (the median of five), and the statements that it sends to the database.
What is counted beside the pages is counted before, and its time is told.

The exports are read as they are sent, each in a process of its own, and compared with a bare cursor that writes the
same rows of the database with Python's csv module. Exits with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import multiprocessing
import os
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
COURSE = "deeper-than-deepseek"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
#: when the pages are asked for: the last attempts are a day old
NOW = AT + timedelta(days=100)
BOSS = 1
#: ms of processor time, by the beginning of a page's name
TARGETS = {"statistics": 300.0, "": 100.0}
#: share of the speed of a bare loop, at least
EXPORT = 0.4
#: MB by which an export may grow its process
GROWTH = 64.0
#: a page that takes so many seconds is asked for once only
SLOW = 3.0

#: the rows of responses.csv, as bare as they can be read
BARE = """
    SELECT u.username, a.quiz_id, a.number, s.position, s.question_id, s.digest, s.response, s.fraction, s.points,
    s.seconds, s.answered_at FROM slot s JOIN attempt a ON a.id = s.attempt_id JOIN user u ON u.id = a.user_id
    WHERE a.state = 'submitted' ORDER BY s.attempt_id, s.position
"""


def app_on(data: Path) -> Any:
    """The app on the course that comes with it, with its database in `data`."""
    from webapp import create_app
    from webapp.config import Settings

    app = create_app(Settings(data=data, bank=ROOT / "question_bank", secret_key="b" * 32, limits=False))
    app.config["CLOCK"] = lambda: NOW
    return app


# --- the database -----------------------------------------------------------------------------------------------------


def write(data: Path, learners: int, attempts: int) -> None:
    """Makes the database."""
    from webapp.accounts import service as accounts
    from webapp.commands.schema import upgrade_database
    from webapp.database import db
    from webapp.quizzes import revisions

    data.mkdir(parents=True, exist_ok=True)
    app = app_on(data)
    with app.app_context():
        upgrade_database(backup=False)
        assert accounts.create_user(name="Boss", username="boss", role="admin", now=AT).id == BOSS
        course = app.extensions["courses"].only.current()
        digests = revisions.keep(course.questions, AT)
        db.session.commit()
        path = Path(db.engine.url.database or "")
        db.engine.dispose()
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA journal_mode=OFF")
        base.execute("PRAGMA synchronous=OFF")
        base.execute("PRAGMA cache_size=-400000")
        _School(course, digests, learners, attempts).write(base)
        base.execute("ANALYZE")
    base.close()


class _School:
    """Everybody and all they did, as rows."""

    def __init__(self, course: Any, digests: dict[str, str], learners: int, attempts: int) -> None:
        self.course, self.digests = course, digests
        self.learners, self.attempts = learners, attempts
        self.chance = random.Random(1)
        self.first = BOSS + 1
        #: class → its members; some members are in two classes
        self.classes = {
            number: [self.first + (start + place) % learners for place in range(size)]
            for number, (start, size) in enumerate(self._sizes(), 1)
        }
        #: user → (assignment, quiz) of their classes
        self.set_to: dict[int, dict[str, int]] = {}

    def _sizes(self) -> Iterator[tuple[int, int]]:
        start = 0
        for number in range(max(2, self.learners // 250)):
            size = min(self.learners // 5, 1_000) if number == 0 else 30
            yield start, size
            start += size - 2

    def write(self, base: sqlite3.Connection) -> None:
        for table, rows in (
            ("user", self.people()),
            ("cohort", self.cohorts()),
            ("cohort_member", self.members()),
            ("assignment", self.assignments()),
            ("reading", self.readings()),
        ):
            _insert(base, table, rows)
        self.papers(base)

    def people(self) -> Iterator[dict[str, Any]]:
        given = ("Ada", "Björn", "Çelik", "Dario", "Eva", "Øyvind", "Fatima", "Goran", "Hana", "Ivo")
        for id in range(self.first, self.first + self.learners):
            guest, gone = id % 50 == 0, id % 211 == 0
            yield {
                "id": id, "name": "" if gone else f"{given[id % 10]} {self.chance.randrange(10**6):06}",
                "username": None if guest or gone else f"learner-{id}", "role": "guest" if guest else "learner",
                "stamp": "s", "origin": "guest" if guest else "roster", "created_at": _text(AT),
                "deleted_at": _text(AT + timedelta(days=80)) if gone else None, "preferences": "{}",
            }  # fmt: skip

    def cohorts(self) -> Iterator[dict[str, Any]]:
        for id in self.classes:
            yield {
                "id": id, "course_id": COURSE, "name": f"Class {id}", "join_code": f"code-{id}", "joinable": 1,
                "demo": 0, "created_at": _text(AT), "archived_at": _text(AT) if id % 17 == 0 else None,
            }  # fmt: skip

    def members(self) -> Iterator[dict[str, Any]]:
        for id, members in self.classes.items():
            for user_id in members:
                left = _text(AT + timedelta(days=30)) if user_id % 40 == 0 else None
                yield {
                    "cohort_id": id, "user_id": user_id, "joined_at": _text(AT), "found": 0, "made_here": 0,
                    "left_at": left,
                }  # fmt: skip

    def assignments(self) -> Iterator[dict[str, Any]]:
        number = 0
        for id, members in self.classes.items():
            for quiz_id in ("research", "talent")[: id % 3]:
                number += 1
                for user_id in members:
                    self.set_to.setdefault(user_id, {})[quiz_id] = number
                yield {
                    "id": number, "cohort_id": id, "quiz_id": quiz_id, "late_policy": "accept", "late_percent": 0,
                    "created_at": _text(AT),
                }  # fmt: skip

    def readings(self) -> Iterator[dict[str, Any]]:
        lessons = [lesson for lesson in self.course.lessons.values() if lesson.sections]
        for user_id in range(self.first, self.first + self.learners, 2):
            for lesson in lessons[: user_id % 4]:
                at = AT + timedelta(days=self.chance.uniform(0, 99))
                yield {
                    "user_id": user_id, "course_id": COURSE, "lesson_id": lesson.id,
                    "section_id": lesson.sections[0].id, "read_at": _text(at),
                }  # fmt: skip

    def papers(self, base: sqlite3.Connection) -> None:
        """Attempts, their slots and steps, some thousand attempts at a time."""
        from webapp.quizzes.policy import AttemptPolicy

        quizzes = self.course.quizzes
        weights = [{"pretest": 4.0, "quiz": 13.0, "final": 15.0}[quiz.kind] for quiz in quizzes]
        policies = {quiz.id: AttemptPolicy.of(quiz, None) for quiz in quizzes}
        pools = {quiz.id: [question.id for question in self.course.pool(quiz)] for quiz in quizzes}
        prepared = {question.id: self.prepared(question) for question in self.course.questions}
        numbers: dict[tuple[int, str], int] = {}
        under_way: set[tuple[int, str]] = set()
        slot_id = 0
        for begin in range(1, self.attempts + 1, 5_000):
            attempts, slots, steps = [], [], []
            for id in range(begin, min(begin + 5_000, self.attempts + 1)):
                user_id = self.first + self.chance.randrange(self.learners)
                quiz = self.chance.choices(quizzes, weights)[0]
                number = numbers[user_id, quiz.id] = numbers.get((user_id, quiz.id), 0) + 1
                at = AT + timedelta(days=99 * id / self.attempts)
                is_void = id % 301 == 0
                # Of those of the last days some are under way: at a quiz one of each person.
                is_open = id % 97 == 0 and id > 0.9 * self.attempts and (user_id, quiz.id) not in under_way
                if is_open:
                    under_way.add((user_id, quiz.id))
                ability = (user_id * 7919 % 1000) / 1000 * 0.6 + 0.2
                drawn = self.chance.sample(pools[quiz.id], min(quiz.size, len(pools[quiz.id])))
                score = 0.0
                for position, question_id in enumerate(drawn, 1):
                    slot_id += 1
                    order_seed, response, fraction = self.answered(prepared[question_id], ability)
                    score += fraction
                    slots.append((
                        slot_id, id, position, question_id, self.digests[question_id], order_seed, 1.0, 0, 2, response,
                        None if is_open else fraction, _text(at), self.chance.randrange(5, 240),
                        None if is_open else _text(at),
                    ))  # fmt: skip
                    steps.append((2 * slot_id - 1, slot_id, 1, "answer", response, None, _text(at)))
                    steps.append((2 * slot_id, slot_id, 2, "grade", response, fraction, _text(at)))
                policy = policies[quiz.id]
                percent = round(100 * score / len(drawn) + 1e-9, 2)
                attempts.append({
                    "id": id, "user_id": user_id, "course_id": COURSE, "quiz_id": quiz.id, "kind": quiz.kind,
                    "number": number, "seed": id, "drawn_from": "{}", "policy": json.dumps(policy.as_row()),
                    "assignment_id": self.set_to.get(user_id, {}).get(quiz.id) if id % 5 else None,
                    "state": "open" if is_open else "void" if is_void else "submitted", "started_at": _text(at),
                    "active_at": _text(at), "submitted_at": None if is_open else _text(at),
                    "submitted_by": None if is_open else "learner", "position": 1,
                    "score": None if is_open else round(score, 6), "max_score": float(len(drawn)),
                    "percent": None if is_open else percent,
                    "passed": None if is_open or not policy.graded else int(percent >= policy.pass_mark),
                    "late_penalty": 0, "keep": policy.score if policy.graded else None,
                    "pass_mark": policy.pass_mark if policy.graded else None,
                })  # fmt: skip
            _insert(base, "attempt", iter(attempts))
            base.executemany(
                "INSERT INTO slot (id, attempt_id, position, question_id, digest, order_seed, points, flagged, "
                "sequence, response, fraction, answered_at, seconds, graded_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                slots,
            )
            base.executemany(
                "INSERT INTO step (id, slot_id, sequence, action, response, fraction, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                steps,
            )

    def prepared(self, question: Any) -> list[tuple[int, str | None, float]]:
        """Answers to a question, the worst first: (number, response, fraction by its type)."""
        from webapp import questions

        chance = random.Random(question.id)
        ready: list[tuple[int, str | None, float]] = [(1, None, 0.0)]
        for seed in range(1, 13):
            variant = questions.variant(question, seed) if question.template is not None else question
            kind = questions.type_of(variant)
            response = kind.key(variant) if seed % 2 else kind.wrong(variant, chance, 0.3)
            # What people grade earns something by chance.
            fraction = chance.choice((0.0, 0.5, 1.0)) if kind.rubric(variant) else questions.grade(variant, response)
            ready.append((seed, json.dumps(response), fraction if isinstance(fraction, float) else fraction.fraction))
        return sorted(ready, key=lambda each: each[2])

    def answered(self, ready: list[tuple[int, str | None, float]], ability: float) -> tuple[int, str | None, float]:
        place = int(len(ready) * min(0.999, max(0.0, self.chance.gauss(ability, 0.25))))
        _seed, response, fraction = ready[place]
        # No two papers have the same seed, and with it the same values of a question with parameters.
        return self.chance.getrandbits(53), response, fraction


def _insert(base: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows, None)
    if first is not None:
        names, marks = ", ".join(first), ", ".join("?" * len(first))
        values = (tuple(row.values()) for row in itertools.chain([first], rows))
        base.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.000000")


# --- the pages --------------------------------------------------------------------------------------------------------


def pages(app: Any) -> dict[str, tuple[int, str]]:
    """name → (who asks, address)."""
    from sqlalchemy import func, select

    from webapp.database import db
    from webapp.quizzes.models import Attempt

    with app.app_context():
        # A learner with about as much as others have.
        learner, attempt = db.session.execute(
            select(Attempt.user_id, func.max(Attempt.id))
            .where(Attempt.state == "submitted", Attempt.quiz_id == "final", Attempt.user_id % 50 == 7)
            .group_by(Attempt.user_id)
            .order_by(Attempt.user_id)
        ).first()
    here, desk = f"/courses/{COURSE}", f"/courses/{COURSE}/instructor"
    by_admin = {
        "desk": desk,
        "attention": f"{desk}/attention",
        "gradebook": f"{desk}/gradebook",
        "gradebook by a quiz": f"{desk}/gradebook?sort=research&dir=desc",
        "gradebook by class": f"{desk}/gradebook?sort=cohort",
        "gradebook, passed only": f"{desk}/gradebook?passed=yes",
        "gradebook, found": f"{desk}/gradebook?q=eva+12",
        "gradebook of a class": f"{desk}/gradebook?cohort=2&sort=research",
        "distribution": f"{desk}/gradebook/distribution",
        "coverage": f"{desk}/coverage",
        "statistics, all quizzes": f"{desk}/statistics",
        "statistics of a quiz": f"{desk}/statistics/research",
        "statistics of the final": f"{desk}/statistics/final?which=all",
        "statistics of a class": f"{desk}/statistics/research?cohort=2",
        "statistics of a question": f"{desk}/questions/QUESTION",
        "attention of a class": f"{desk}/attention?cohort=2",
        "a learner": f"{desk}/learners/{learner}",
        "classes": f"{desk}/cohorts",
        "a class": f"{desk}/cohorts/2",
        "people": "/admin/people",
        "people, found": "/admin/people?q=eva+12",
        "home of the admin": here,
    }
    question = app.extensions["courses"].only.current().pool(app.extensions["courses"].only.current().quiz("research"))
    asked = {name: (BOSS, path.replace("QUESTION", question[0].id)) for name, path in by_admin.items()}
    for name, path in {
        "learner: home": here,
        "learner: quizzes": f"{here}/quizzes",
        "learner: a quiz": f"{here}/quizzes/research",
        "learner: a result": f"{here}/attempts/{attempt}/result",
        "learner: progress": f"{here}/progress",
        "learner: a lesson": f"{here}/lessons/research",
    }.items():
        asked[name] = learner, path
    return asked


def signed_in(app: Any, user_id: int) -> Any:
    """A client with a session of that person."""
    from webapp.accounts import session_store
    from webapp.accounts.models import User
    from webapp.database import db

    with app.app_context():
        begun = session_store.begin(db.session.get(User, user_id), now=NOW, stay=False)
        db.session.commit()
    client = app.test_client()
    client.set_cookie("session", begun.token)
    return client


@contextmanager
def counted(app: Any) -> Iterator[list[str]]:
    """The statements that reach the database."""
    from sqlalchemy import event

    from webapp.database import db

    sent: list[str] = []

    def executed(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", executed)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", executed)


def measure(data: Path, only: str = "") -> dict[str, dict[str, float]]:
    """name → ms of processor and clock, statements, bytes."""
    from webapp.reports import kept

    app = app_on(data)
    with app.app_context():
        # Each row that was made is noted as a change; a server removes such notes within a minute.
        kept.forget_changes()
    clients: dict[int, Any] = {}
    found: dict[str, dict[str, float]] = {}
    for name, (user_id, path) in pages(app).items():
        if only and only not in name:
            continue
        if user_id not in clients:
            clients[user_id] = signed_in(app, user_id)
        aside = _counted_aside(app, clients[user_id], path)
        each = found[name] = _page(app, clients[user_id], path) | {"aside": aside}
        print(
            f"{name:26} {each['cpu']:9.1f} ms of processor time, {each['wall']:9.1f} by the clock, "
            f"{each['statements']:4.0f} statements, {each['bytes'] / 1000:6.0f} kB"
            + (f"; counted beside it in {aside:.1f} s" if aside else ""),
            flush=True,
        )
    return found


def _counted_aside(app: Any, client: Any, path: str) -> float:
    """Lets a page ask for what it needs, and the chore count that: seconds of processor time, 0 when there is none."""
    from webapp.reports import kept

    client.get(path)
    with app.app_context():
        used = time.process_time()
        counted = kept.count_wanted()
        return time.process_time() - used if counted else 0.0


def _page(app: Any, client: Any, path: str) -> dict[str, float]:
    cpu, wall, sizes = [], [], []
    with counted(app) as sent:
        for turn in range(7):
            before = len(sent)
            began, used = time.perf_counter(), time.process_time()
            answer = client.get(path)
            size = len(answer.data)
            assert answer.status_code == 200, (path, answer.status_code)
            took, used = time.perf_counter() - began, time.process_time() - used
            if turn > 1 or took > SLOW:
                cpu.append(used * 1000)
                wall.append(took * 1000)
                sizes.append(size)
            if took > SLOW:
                break
    return {
        "cpu": statistics.median(cpu),
        "wall": statistics.median(wall),
        "statements": float(len(sent) - before),
        "bytes": float(sizes[-1]),
    }


# --- the exports ------------------------------------------------------------------------------------------------------


def bare(data: Path) -> dict[str, float]:
    """A bare cursor to CSV over the rows of responses.csv."""
    with sqlite3.connect(_file(data)) as base, open(os.devnull, "w", newline="") as sink:
        began = time.process_time()
        writer = csv.writer(sink)
        rows = 0
        for row in base.execute(BARE):
            writer.writerow(row)
            rows += 1
        took = time.process_time() - began
    base.close()
    return {"rows": rows, "rows/s": rows / took}


def export(data: Path, path: str) -> dict[str, float]:
    """An export, read as it is sent: rows a second, and MB by which the process grew."""
    app = app_on(data)
    client = signed_in(app, BOSS)
    client.get(f"/courses/{COURSE}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, clock = time.process_time(), time.perf_counter()
    first = 0.0
    lines = 0
    answer = client.get(f"/courses/{COURSE}/instructor/{path}")
    for chunk in answer.iter_encoded():
        lines += chunk.count(b"\r\n")
        first = first or time.perf_counter() - clock
    took = time.process_time() - began
    return {
        "rows": lines - 1,
        "rows/s": (lines - 1) / took,
        "seconds": took,
        "first": first,
        "megabytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
    }


def _file(data: Path) -> Path:
    return next(path for path in data.iterdir() if path.suffix in {".db", ".sqlite", ".sqlite3"})


def fresh(function: Callable[..., Any], *arguments: Any) -> Any:
    """The function's figures from a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def run(data: Path, only: str = "", exports: bool = True) -> dict[str, Any]:
    """Prints and gives the figures of a database that is there."""
    from webapp.commands.schema import upgrade_database

    with app_on(data).app_context():
        upgrade_database(backup=False)
    figures: dict[str, Any] = {"pages": fresh(measure, data, only)}
    if exports:
        floor = fresh(bare, data)
        print(f"floor, a bare cursor to CSV: {floor['rows/s']:,.0f} rows/s of {floor['rows']:,.0f}")
        figures["floor"] = floor
        for path in ("responses.csv", "scores.csv", "gradebook.csv"):
            each = figures[path] = fresh(export, data, path)
            each["share"] = each["rows/s"] / floor["rows/s"]
            print(
                f"{path}: {each['rows']:,.0f} rows, {each['rows/s']:,.0f} rows/s, {each['share']:.2f} × the floor, "
                f"first bytes after {each['first']:.2f} s, peak memory +{each['megabytes']:.0f} MB",
                flush=True,
            )
    return figures


def missed(figures: dict[str, Any]) -> list[str]:
    """Which targets were missed."""
    late = []
    for name, each in figures["pages"].items():
        target = next(ms for start, ms in TARGETS.items() if name.startswith(start))
        if each["cpu"] > target:
            late.append(f"{name}: {each['cpu']:.0f} ms, target {target:.0f}")
    if (export := figures.get("responses.csv")) is not None:
        if export["share"] < EXPORT:
            late.append(f"responses.csv: {export['share']:.2f} × the floor, target {EXPORT}")
        if export["megabytes"] > GROWTH:
            late.append(f"responses.csv: +{export['megabytes']:.0f} MB, target {GROWTH:.0f}")
    return late


def main() -> int:
    arguments = argparse.ArgumentParser(description="What an admin's pages cost in a large school.")
    arguments.add_argument("--learners", type=int, default=50_000)
    arguments.add_argument("--attempts", type=int, default=200_000)
    arguments.add_argument("--keep", type=Path, help="leave the database in this folder")
    arguments.add_argument("--at", type=Path, help="measure the database that was left in this folder")
    arguments.add_argument("--only", default="", help="only pages with this in their name, and no exports")
    arguments.add_argument("--json", type=Path, help="write the figures to this file, too")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        data: Path = asked.at or asked.keep or Path(name)
        if asked.at is None:
            began = time.perf_counter()
            write(data, asked.learners, asked.attempts)
            took = time.perf_counter() - began
            print(f"{asked.learners:,} learners, {asked.attempts:,} attempts, made in {took:.0f} s", flush=True)
        figures = run(data, asked.only, exports=not asked.only)
    late = missed(figures)
    for each in late:
        print(f"missed: {each}")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
