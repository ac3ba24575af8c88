"""How an exam begins and ends: a thousand students start within five seconds, and hand in within five.

    python -m benchmarks.exam [--students 1000] [--seconds 5] [--postgresql] [--servers 1] [--json FILE]

Accounts that have signed in wait at the quiz's page. Each presses *Start* at a moment of the span drawn by chance,
whether or not others have had their answer yet; then each answers a question, sixteen at a time, as the scripts of
the pages do; then each hands in at a moment drawn by chance. What an act takes counts from the moment at which it was
due, to the page that comes of it: the first question, the result. Afterwards all attempts must be handed in, each once,
and each stored grade be what the question's type says of the answer; a refusal, an error or a loss makes the benchmark
fail. The processes, the client and the floor are those of `benchmarks.answering`.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.answering import (
    QUIZ,
    SEED,
    TINY,
    Answers,
    Figures,
    Student,
    at_once,
    floor,
    machine,
    make_accounts,
    postgresql,
    quantile,
    serving,
    token_in,
)  # fmt: skip

#: students who sign in and who answer at a time
SIDE_BY_SIDE = 16
#: seconds that an act may take for all but one in twenty
AIM = 3.0


def in_a_crowd(
    students: Sequence[Student], seconds: float, act: Callable[[Student], None], chance: random.Random
) -> list[float]:
    """Lets each act at a moment of its own within the span; seconds from the moment at which each was due."""
    moments = [chance.uniform(0, seconds) for _student in students]
    ready = threading.Barrier(len(students))

    def one(student: Student, moment: float) -> float:
        student.connection.close()  # the server may have closed it meanwhile
        ready.wait(timeout=60)
        due = time.perf_counter() + moment
        time.sleep(moment)
        act(student)
        return time.perf_counter() - due

    with ThreadPoolExecutor(len(students)) as threads:
        return list(threads.map(one, students, moments))


def start(student: Student) -> None:
    answer = student.ask("POST", QUIZ + "/attempts", [("csrf_token", student.token)])
    page = student.follow(answer)
    student.attempt = answer.location.partition("/questions/")[0]
    student.token = token_in(page.text)


def hand_in(student: Student) -> None:
    student.follow(student.ask("POST", f"{student.attempt}/submit", [("csrf_token", student.token)]))


def handed_in(answers: Answers) -> int:
    """How many attempts the database has as handed in."""
    from sqlalchemy import func, select

    from webapp.database import db
    from webapp.quizzes.models import Attempt
    from webapp.quizzes.vocabulary import AttemptState

    with answers.app.app_context():
        return db.session.scalar(select(func.count()).where(Attempt.state == AttemptState.SUBMITTED)) or 0


def run(students: int, seconds: float, *, servers: int, on_postgresql: bool) -> dict[str, Any]:
    from webapp.config import Settings

    folder = Path(tempfile.mkdtemp(prefix="exam-"))
    chance = random.Random(SEED)
    figures = Figures()
    with ExitStack() as open_ones:
        open_ones.callback(shutil.rmtree, folder, ignore_errors=True)
        (data := folder / "data").mkdir(mode=0o700)
        url = open_ones.enter_context(postgresql()) if on_postgresql else ""
        settings = Settings(data=data, bank=TINY, secret_key="k" * 32, limits=False, database_url=url)
        names = make_accounts(settings, students)
        rate = floor(folder / "floor", SIDE_BY_SIDE, settings.workers, settings.threads)
        with serving(folder, settings, servers) as them:
            answers = Answers(settings)
            everybody = [Student(port, figures) for port, _name in zip(cycle(them.ports), names, strict=False)]
            name_of = dict(zip(everybody, names, strict=True))

            def come(student: Student) -> None:
                student.come(name_of[student])
                student.token = token_in(student.ask("GET", QUIZ).text)

            at_once(everybody, SIDE_BY_SIDE, come)
            spent = them.cpu()
            started = in_a_crowd(everybody, seconds, start, chance)
            start_cpu = them.cpu() - spent
            answers.prepare(everybody)
            for number, student in enumerate(everybody):
                student.sent = {position: [] for position in student.to_send}
                position = 1 + number % len(student.to_send)
                student.to_send = {position: student.to_send[position]}
            at_once(everybody, SIDE_BY_SIDE, Student.answer_by_script)
            spent = them.cpu()
            ended = in_a_crowd(everybody, seconds, hand_in, chance)
            end_cpu = them.cpu() - spent
            wrong = figures.wrong + answers.mismatches(everybody)
            if (number := handed_in(answers)) != students:
                wrong.append(f"{number} attempts of {students} are handed in")
    acts = {"start, with the first question": (started, start_cpu), "hand in, with the result": (ended, end_cpu)}
    return {
        "machine": machine(),
        "server": {"servers": servers, "database": "PostgreSQL" if on_postgresql else "SQLite"},
        "students": students,
        "seconds in which they come": seconds,
        "floor, requests a second": round(rate),
        "acts": {
            name: {f"p{percent}, s": round(quantile(took, percent), 2) for percent in (50, 95, 99)}
            | {"most, s": round(max(took), 2), "CPU of the server each, ms": round(1000 * cpu / students, 1)}
            for name, (took, cpu) in acts.items()
        },
        "wrong": wrong,
    }


def main() -> int:
    arguments = argparse.ArgumentParser(description="How an exam begins and ends.")
    arguments.add_argument("--students", type=int, default=1000)
    arguments.add_argument("--seconds", type=float, default=5.0, help="the span in which all of them act")
    arguments.add_argument("--servers", type=int, default=1, help="how many servers share a PostgreSQL")
    arguments.add_argument("--postgresql", action="store_true", help="on PostgreSQL rather than SQLite")
    arguments.add_argument("--json", type=Path, help="where to write all figures")
    wanted = arguments.parse_args()
    if wanted.servers > 1 and not wanted.postgresql:
        arguments.error("several servers share a database of PostgreSQL: --postgresql")
    found = run(wanted.students, wanted.seconds, servers=wanted.servers, on_postgresql=wanted.postgresql)
    if wanted.json:
        wanted.json.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    print(f"{found['students']} students within {found['seconds in which they come']:g} s, {found['server']}")
    print(f"floor: {found['floor, requests a second']} requests a second")
    for name, took in found["acts"].items():
        print(f"  {name:32} " + "  ".join(f"{what} {value}" for what, value in took.items()))
    for line in found["wrong"][:20]:
        print("wrong:", line)
    late = any(took["p95, s"] > AIM for took in found["acts"].values())
    return int(late or bool(found["wrong"]))


if __name__ == "__main__":
    sys.exit(main())
