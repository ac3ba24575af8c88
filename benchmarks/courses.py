"""How fast a server of 40 courses with 1,000 questions each starts, and how much memory its courses take.

    python -m benchmarks.courses [--courses 40] [--questions 1000]

A start is until the first page: the list of all courses, in a fresh process. Then each course is opened once: the time
for one of them, and the memory of the process when all were opened, of which it holds no more than `Courses` allows.
Exits with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.bank import write_bank

TARGETS = {"start, cold": 5.0, "start, warm": 2.0}
#: MB of a process that has opened every course
MOST_MEMORY = 500

_PROGRAM = """
import sys, time
from pathlib import Path
began = time.perf_counter()
from webapp import create_app
from webapp.config import Settings
from webapp.database import db
settings = Settings(data=Path(sys.argv[2]), bank=Path(sys.argv[1]), secret_key="k" * 32, limits=False)
app = create_app(settings)
with app.app_context():
    db.create_all()
client = app.test_client()
assert client.get("/").status_code == 200
print("start", time.perf_counter() - began)


def megabytes():
    for line in open("/proc/self/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024


print("memory before", megabytes())
known = app.extensions["courses"]
times, memory = [], []
for name in known.ids() if sys.argv[3] == "all" else ():
    began = time.perf_counter()
    assert client.get(f"/courses/{name}").status_code == 200
    times.append(time.perf_counter() - began)
    memory.append(megabytes())
if times:
    print("one course", sorted(times)[len(times) // 2])
    print("memory of one", (memory[5] - memory[1]) / 4)
    print("memory after", megabytes())
    print("held", len(known.loaded))
    time.sleep(0.2)
    name = known.loaded[-1].id
    client.get(f"/courses/{name}")
    began = time.perf_counter()
    for _turn in range(20):
        known.store(name).current()
    print("look-up", (time.perf_counter() - began) / 20)
"""


def figures(bank: Path, data: Path, what: str) -> dict[str, float]:
    """What a fresh process measures; `what` is "all" for opening every course, else only the start."""
    command = [sys.executable, "-c", _PROGRAM, str(bank), str(data), what]
    out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent)
    return {name: float(value) for name, _space, value in (line.rpartition(" ") for line in out.stdout.splitlines())}


def write_courses(folder: Path, courses: int, questions: int) -> None:
    """Made-up courses, each with ids of its own."""
    for number in range(courses):
        course = folder / f"course-{number:02}"
        write_bank(course, questions, 10, seed=number)
        for path in course.rglob("*.yaml"):
            text = path.read_text().replace("id: q-", f"id: c{number}-q-").replace("id: big", f"id: course-{number:02}")
            path.write_text(text.replace("title: A big bank", f"title: Course {number}"))


def run(courses: int = 40, questions: int = 1_000) -> dict[str, float]:
    """Prints and gives the figures: seconds and MB."""
    with tempfile.TemporaryDirectory() as name:
        bank, data = Path(name) / "bank", Path(name) / "data"
        write_courses(bank, courses, questions)
        found = {"start, cold": figures(bank, data, "start")["start"]}
        opened = figures(bank, data, "all")
        warm = figures(bank, data, "all")
        least = figures(bank / "course-00", Path(name) / "other", "start")["start"]
        found["start, warm"] = min(warm["start"], figures(bank, data, "start")["start"])
    print(f"{courses} courses of {questions:,} questions")
    for what, seconds in found.items():
        print(f"{what:28} {seconds:8.2f} s (target {TARGETS[what]} s)")
    print(f"{'the same, to that of one':28} {found['start, warm'] / least:8.1f} × a start with one of them, cold")
    print(f"{'opening one, cold':28} {opened['one course']:8.2f} s")
    print(f"{'opening one, warm':28} {warm['one course']:8.2f} s")
    print(f"{'finding one that is held':28} {warm['look-up'] * 1000:8.2f} ms")
    print(f"{'memory before':28} {warm['memory before']:8.0f} MB")
    print(f"{'memory of a course':28} {warm['memory of one']:8.1f} MB")
    print(f"{'memory, all were opened':28} {warm['memory after']:8.0f} MB, {warm['held']:.0f} are held")
    return found | {"memory": max(opened["memory after"], warm["memory after"])}


def main() -> int:
    arguments = argparse.ArgumentParser(description="How fast a server of many courses starts.")
    arguments.add_argument("--courses", type=int, default=40)
    arguments.add_argument("--questions", type=int, default=1_000)
    sizes = arguments.parse_args()
    if sizes.questions < 1_000 or sizes.courses < 7:
        arguments.error("the rules of the quizzes need at least 1,000 questions, and the figures 7 courses")
    found = run(sizes.courses, sizes.questions)
    late = any(found[what] > target for what, target in TARGETS.items())
    return int(late or found["memory"] > MOST_MEMORY)


if __name__ == "__main__":
    sys.exit(main())
