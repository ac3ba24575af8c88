"""Statistics of a quiz with a million answers: seconds, memory, and the ratio to reading the same rows at all.

    python -m benchmarks.statistics [--answers 1000000]

The data go into a temporary SQLite file by bulk inserts: learners with one attempt each of ten questions out of sixty,
with partial credit. The floor is a bare SELECT of the same columns by the sqlite3 module, fetched and thrown away in
the same run. Memory is the growth of the process's peak while the statistics are made; each part runs in a process of
its own, so that no peak hides another.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import sqlite3
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PAPER, POOL = 10, 60
TARGET = 3.0
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

FLOOR = """
    SELECT s.attempt_id, s.question_id, s.position, s.points * coalesce(s.fraction, 0), s.points, s.seconds
    FROM slot s WHERE s.attempt_id IN (SELECT id FROM attempt WHERE quiz_id = 'tea') ORDER BY s.attempt_id
"""


def app_on(data: Path) -> Any:
    """The app on the tests' course, with its database in `data`."""
    from webapp import create_app
    from webapp.config import Settings

    bank = Path(__file__).parent.parent / "tests" / "banks" / "tiny"
    return create_app(Settings(data=data, bank=bank, secret_key="b" * 32, limits=False))


def write(data: Path, answers: int, seed: int = 1) -> Path:
    """Makes the database; returns its file."""
    from webapp.database import db
    from webapp.quizzes import revisions

    app = app_on(data)
    with app.app_context():
        db.create_all()
        question = app.extensions["courses"].only.current().question("tea-choice")
        digest = revisions.keep([question], AT)[question.id]
        db.session.commit()
        path = Path(db.engine.url.database or "")
        db.engine.dispose()
    chance = random.Random(seed)
    attempts = answers // PAPER
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA synchronous=OFF")
        at = AT.strftime("%Y-%m-%d %H:%M:%S.000000")
        base.executemany(
            "INSERT INTO user (id, name, name_order, role, stamp, origin, created_at, preferences) "
            "VALUES (?, ?, ?, 'learner', 's', 'roster', ?, '{}')",
            ((id, f"Learner {id}", f"learner {id}", at) for id in range(1, attempts + 1)),
        )
        base.executemany(
            "INSERT INTO attempt (id, user_id, course_id, quiz_id, kind, number, seed, drawn_from, policy, state, "
            "started_at, active_at, submitted_at, submitted_by, position, score, max_score, percent, passed, "
            "late_penalty) "
            "VALUES (?, ?, 'tea-and-bread', 'tea', 'quiz', 1, ?, '{}', '{}', 'submitted', ?, ?, ?, 'learner', 1, 6, "
            "10, 60, 1, 0)",
            ((id, id, id, at, at, at) for id in range(1, attempts + 1)),
        )
        base.executemany(
            "INSERT INTO slot (attempt_id, position, question_id, digest, order_seed, points, flagged, sequence, "
            "response, fraction, graded_at, answered_at, seconds) VALUES (?, ?, ?, ?, 1, 1.0, 0, 2, ?, ?, ?, ?, ?)",
            slots(attempts, digest, at, chance),
        )
    base.close()
    return path


def slots(attempts: int, digest: str, at: str, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    """The answers: learners of some ability, questions of some difficulty, one in five with partial credit."""
    hard = [chance.gauss(0, 0.25) for _question in range(POOL)]
    for attempt in range(1, attempts + 1):
        ability = chance.gauss(0.6, 0.2)
        for place, number in enumerate(chance.sample(range(POOL), PAPER), 1):
            right = chance.random() < ability - hard[number]
            fraction = float(right) if number % 5 else chance.choice((0.0, 0.25, 0.333333, 0.5, 0.75, 1.0))
            answer = '{"option": "b"}' if right else '{"option": "' + chance.choice("ac") + '"}'
            yield attempt, place, f"question-{number}", digest, answer, fraction, at, at, chance.randrange(5, 240)


def floor(path: Path) -> dict[str, float]:
    """Seconds to read the same rows and do nothing with them."""
    with sqlite3.connect(path) as base:
        start = time.perf_counter()
        used = time.process_time()
        cursor = base.execute(FLOOR)
        while cursor.fetchmany(20_000):
            pass
        bare = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - used}
    base.close()
    return bare


def quiz(path: Path, traced: bool = False) -> dict[str, float]:
    """All figures of the quiz and its questions, as the page makes them: seconds and the growth of memory (MB)."""
    from webapp.reports import scope
    from webapp.reports.statistics import items

    app = app_on(path.parent)
    with app.app_context():
        everybody = scope.everybody("tea-and-bread")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if traced:
            tracemalloc.start()
        start, used = time.perf_counter(), time.process_time()
        report = items.quiz_report(everybody, "tea")
        seconds, cpu = time.perf_counter() - start, time.process_time() - used
        traced_peak = tracemalloc.get_traced_memory()[1] if traced else 0
        assert len(report.questions) == POOL
        assert report.figures.consistency is not None
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        return {
            "seconds": seconds,
            "cpu": cpu,
            "megabytes": grown / 1024,
            "traced": traced_peak / 1e6,
            "n": report.figures.n,
        }


def facilities(path: Path) -> dict[str, float]:
    """The facility of every question, as attention and coverage use it."""
    from webapp.reports import scope
    from webapp.reports.statistics import items

    app = app_on(path.parent)
    with app.app_context():
        everybody = scope.everybody("tea-and-bread")
        start = time.perf_counter()
        assert len(items.facilities(everybody)) == POOL
        return {"seconds": time.perf_counter() - start}


def fresh(function: Callable[..., dict[str, float]], *arguments: Any) -> dict[str, float]:
    """The function's figures from a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def run(answers: int = 1_000_000) -> dict[str, float]:
    """Prints and gives the figures."""
    with tempfile.TemporaryDirectory() as name:
        path = write(Path(name), answers)
        fresh(floor, path)  # from the disk into the system's cache, for all alike
        bare = _quickest(fresh(floor, path) for _turn in range(3))
        made = _quickest(fresh(quiz, path) for _turn in range(3))
        traced = fresh(quiz, path, True)
        facility = fresh(facilities, path)["seconds"]
    print(f"statistics: {answers:,} answers in {int(made['n']):,} attempts")
    print(f"floor, a bare SELECT of the same rows: {bare['seconds']:.2f} s ({bare['cpu']:.2f} s of processor time)")
    print(
        f"quiz and its {POOL} questions: {made['seconds']:.2f} s ({made['cpu']:.2f} s of processor time, "
        f"{made['cpu'] / bare['cpu']:.2f} × the floor; target {TARGET} s), "
        f"peak memory +{made['megabytes']:.0f} MB ({traced['traced']:.0f} MB in Python objects)"
    )
    print(f"facility of every question: {facility:.2f} s ({facility / bare['seconds']:.2f} × the floor)")
    return {"floor": bare["seconds"], "facilities": facility, **made}


def _quickest(runs: Iterator[dict[str, float]]) -> dict[str, float]:
    return min(runs, key=lambda each: each["seconds"])


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--answers", type=int, default=1_000_000)
    sizes = arguments.parse_args()
    figures = run(sizes.answers)
    return 0 if sizes.answers < 1_000_000 or figures["seconds"] < TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
