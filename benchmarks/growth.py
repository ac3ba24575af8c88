"""What an answer costs on a small database and on a large one: 1,000, 100,000 and 5,000,000 steps stored.

    python -m benchmarks.growth [--steps 1000 100000 5000000] [--answers 300] [--at FOLDER ...]

The databases are made as `benchmarks.school` makes them; `--at` takes one that it left in a folder (`--keep`) instead,
and may be given several times. New learners take a quiz on each of them, and their answers are sent as the page's
script sends them, one on each database in turn, so that whatever else the machine does falls on all alike. What is
told is the processor time of the process, view and commit included: the median, and how many times that of the
smallest database it is. Exits with 1 when the largest takes more than a tenth more.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.answering import token_in
from benchmarks.school import COURSE, NOW, app_on, signed_in, write

QUIZ = "final"
#: steps of one attempt that `benchmarks.school` makes, about
STEPS_OF_AN_ATTEMPT = 21
#: answers on each database before it is measured
WARM = 20
#: how much more an answer may cost on the largest database
MOST = 1.1


class School:
    """One database, and learners who answer on it."""

    def __init__(self, data: Path) -> None:
        from sqlalchemy import func, select

        from webapp.commands.schema import upgrade_database
        from webapp.database import db
        from webapp.quizzes.models import Step

        self.app = app_on(data)
        with self.app.app_context():
            upgrade_database(backup=False)
            self.steps: int = db.session.scalar(select(func.count()).select_from(Step)) or 0
            db.session.remove()
        self.took: list[float] = []
        self._requests = self._to_send()

    def answer(self) -> None:
        """One answer, as the script of the page sends it."""
        client, path, fields = next(self._requests)
        began = time.process_time()
        sent = client.post(path, data=fields, headers={"Accept": "application/json"})
        self.took.append(time.process_time() - began)
        if not (sent.is_json and sent.json["saved"]):
            raise RuntimeError(f"{path}: {sent.status} {sent.text[:300]}")

    def _to_send(self) -> Iterator[tuple[Any, str, dict[str, Any]]]:
        """Client, address and fields of one answer after another, of a new learner for each paper."""
        from webapp.accounts import service as accounts
        from webapp.database import db
        from webapp.quizzes import service

        for number in itertools.count():
            with self.app.app_context():
                course = self.app.extensions["courses"].only.current()
                learner = accounts.create_user(name="New", username=f"new-{time.time_ns()}", role="learner", now=NOW)
                attempt = service.start(learner, course.quiz(QUIZ), course, NOW, seed=number)
                db.session.commit()
                address = f"/courses/{COURSE}/attempts/{attempt.id}/questions"
                forms = [(slot.position, _fields(slot)) for slot in attempt.slots]
                user_id = learner.id
                db.session.remove()
            client = signed_in(self.app, user_id)
            token = token_in(client.get(f"{address}/1").text)
            for position, fields in forms:
                more = {"csrf_token": token, "sequence": "0", "action": "next", "seconds": "7"}
                yield client, f"{address}/{position}", fields | more


def _fields(slot: Any) -> dict[str, Any]:
    """The right answer to a question of a paper, as its form sends it."""
    from webapp import questions
    from webapp.quizzes.revisions import question_of

    question = question_of(slot.revision, slot.order_seed)
    kind = questions.type_of(question)
    order = kind.order(question, slot.order_seed)
    form = kind.form(question, order, response=kind.key(question), prefix="answer-")
    return {field.name: field.data for field in form if field.data not in (None, "", [])}


def measure(folders: list[Path], answers: int) -> bool:
    """Prints the figures; whether the largest database is no dearer than it may be."""
    schools = sorted((School(folder) for folder in folders), key=lambda school: school.steps)
    for _turn in range(WARM + answers):
        for school in schools:
            school.answer()
    medians = [statistics.median(school.took[WARM:]) for school in schools]
    for school, median in zip(schools, medians, strict=True):
        print(
            f"{school.steps:>11,} steps: {1000 * median:6.2f} ms of processor time an answer, "
            f"{median / medians[0]:.2f} × the smallest (median of {answers})",
            flush=True,
        )
    return medians[-1] <= MOST * medians[0]


def main() -> int:
    arguments = argparse.ArgumentParser(description="What an answer costs on a small and on a large database.")
    arguments.add_argument("--steps", type=int, nargs="*", default=[1_000, 100_000, 5_000_000])
    arguments.add_argument("--answers", type=int, default=300)
    arguments.add_argument(
        "--at", type=Path, action="append", default=[], help="a database that is there; it is changed"
    )
    asked = arguments.parse_args()
    with ExitStack() as stack:
        folders: list[Path] = list(asked.at)
        for steps in asked.steps:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            attempts = max(1, steps // STEPS_OF_AN_ATTEMPT)
            write(folder, max(100, attempts // 4), attempts)
            folders.append(folder)
        return 0 if measure(folders, asked.answers) else 1


if __name__ == "__main__":
    sys.exit(main())
