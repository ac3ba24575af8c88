"""Regrading one question on 100,000 attempts of ten questions: the dry run and the commit, against bare updates.

The floor is what no regrade can do without: 100,000 rows inserted into `step`, 100,000 updated in `slot` and as many
in `attempt` as change, by prepared statements in the same batches, each committed to the disk. Run it with a number to
take fewer attempts.
"""

from __future__ import annotations

import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from webapp import create_app, questions
from webapp.config import Settings
from webapp.content.course import revision
from webapp.database import db
from webapp.quizzes.models import Attempt, QuestionRevision, Slot, Step
from webapp.quizzes.policy import AttemptPolicy
from webapp.quizzes.regrade.preview import forecast, standing
from webapp.quizzes.regrade.run import BATCH, advance, begin

TINY = Path(__file__).parent.parent / "tests" / "banks" / "tiny"
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUESTION = "tea-choice"
SLOTS = 10


def fill(attempts: int, digest: str, other: str) -> None:
    """Learners who answered a, b or c in turn, graded by the old key (b); nine right answers beside it."""
    from webapp.accounts.models import User

    policy = AttemptPolicy(title="Tea")
    for start in range(0, attempts, 5_000):
        numbers = range(start + 1, min(start + 5_000, attempts) + 1)
        session = db.session
        session.execute(
            insert(User),
            [
                {"id": n, "name": f"Learner {n}", "role": "learner", "stamp": "0", "origin": "demo", "created_at": AT,
                 "preferences": {}}
                for n in numbers
            ],
        )  # fmt: skip
        session.execute(
            insert(Attempt),
            [
                {"id": n, "user_id": n, "course_id": "tea-and-bread", "quiz_id": "tea", "kind": "quiz",
                 "number": 1, "seed": n, "policy": policy,
                 "state": "submitted", "started_at": AT, "submitted_at": AT, "active_at": AT, "position": 1,
                 "max_score": 10.0, "score": 10.0 if n % 3 == 1 else 9.0, "percent": 100.0 if n % 3 == 1 else 90.0,
                 "passed": True, "late_penalty": 0.0, "drawn_from": {}}
                for n in numbers
            ],
        )  # fmt: skip
        slots, steps = [], []
        for n in numbers:
            for position in range(1, SLOTS + 1):
                first = position == 1
                fraction = float(n % 3 == 1) if first else 1.0
                slot = (n - 1) * SLOTS + position
                response = {"option": "abc"[n % 3]} if first else {"option": "a"}
                slots.append(
                    {"id": slot, "attempt_id": n, "position": position, "order_seed": 1, "points": 1.0,
                     "question_id": QUESTION if first else f"other-{position}", "digest": digest if first else other,
                     "flagged": False, "sequence": 2, "seconds": 30, "response": response, "fraction": fraction,
                     "graded_at": AT, "answered_at": AT}
                )  # fmt: skip
                steps.append(
                    {"slot_id": slot, "sequence": 2, "action": "grade", "response": response, "fraction": fraction,
                     "at": AT}
                )  # fmt: skip
        session.execute(insert(Slot), slots)
        session.execute(insert(Step), steps)
        session.commit()


def floor(path: Path, attempts: int) -> float:
    """Seconds for the same writes by bare SQL on a copy of the database."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    began = time.perf_counter()
    for start in range(0, attempts, BATCH):
        numbers = range(start + 1, min(start + BATCH, attempts) + 1)
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO step (slot_id, sequence, action, response, fraction, at) "
            "VALUES (?, 3, 'regrade', '{\"option\": \"a\"}', 1.0, '2026-03-02 09:00:00.000000')",
            [((n - 1) * SLOTS + 1,) for n in numbers],
        )
        connection.executemany(
            "UPDATE slot SET sequence = 3, fraction = 1.0, graded_at = '2026-03-02 09:00:00.000000' WHERE id = ?",
            [((n - 1) * SLOTS + 1,) for n in numbers],
        )
        connection.executemany(
            "UPDATE attempt SET score = 9.5, percent = 95.0, passed = 1 WHERE id = ?",
            [(n,) for n in numbers if n % 3],
        )
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return seconds


def main() -> int:
    attempts = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        data, bank = Path(folder) / "data", Path(folder) / "bank"
        shutil.copytree(TINY, bank)
        app = create_app(Settings(data=data, bank=bank, secret_key="k" * 32, limits=False))
        with app.app_context():
            db.create_all()
            course = app.extensions["courses"].only.current()
            old = course.question(QUESTION)
            other = course.question("tea-true-false")
            db.session.execute(
                insert(QuestionRevision),
                [
                    {"digest": revision.digest(q), "question_id": q.id, "body": revision.body(q), "first_seen_at": AT}
                    for q in (old, other)
                ],
            )
            fill(attempts, revision.digest(old), revision.digest(other))
            path = bank / "1-tea" / "questions.yaml"
            text = path.read_text().replace("in the air, key: true,", "in the air,", 1)
            path.write_text(text.replace("Heating it at once,", "Heating it at once, key: true,", 1))
            course = app.extensions["courses"].only.current()
            assert questions.grade(course.question(QUESTION), {"option": "c"}).fraction == 1
            database = Path(db.engine.url.database or "")
            db.session.remove()
            copy = Path(folder) / "floor.sqlite3"
            source, target = sqlite3.connect(database), sqlite3.connect(copy)
            source.backup(target)
            source.close()
            target.close()
            least = floor(copy, attempts)

            began = time.perf_counter()
            state = standing(QUESTION, course)
            assert state is not None
            seen = forecast(state, "recompute")
            dry = time.perf_counter() - began
            db.session.remove()

            began = time.perf_counter()
            regrade = begin(QUESTION, course, policy="recompute", reason="benchmark", actor=None, now=AT)
            regrade_id = regrade.id
            db.session.commit()
            longest = 0.0
            while True:
                one = time.perf_counter()
                regrade = advance(regrade_id, AT)
                db.session.commit()
                longest = max(longest, time.perf_counter() - one)
                if regrade.state == "done":
                    break
            seconds = time.perf_counter() - began
            assert (regrade.done, regrade.up, regrade.down) == (seen.affected, seen.up, seen.down)
            means = db.session.query(db.func.avg(Attempt.percent)).scalar()
            assert abs(means - (seen.mean_after or 0)) < 0.006
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {attempts:,} attempts, {attempts * SLOTS:,} answers; {seen.up:,} up, {seen.down:,} down")
    print(f"  dry run  {dry:6.1f} s")
    print(f"  commit   {seconds:6.1f} s in batches of {BATCH}, the longest {longest * 1000:.0f} ms")
    print(f"  floor    {least:6.1f} s (the same writes by bare SQL); ratio {seconds / least:.1f}")
    print(f"  peak memory {peak:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
