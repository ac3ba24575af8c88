"""How soon a server that starts again serves, how quick its first pages are, and how much memory it takes idle.

    python -m benchmarks.starting [--starts 5]

The server is `webapp serve` with a copy of the shipped course and the shipped defaults (two workers), on SQLite, in a
data folder that an earlier start has made. A start is from the command until /healthz answers; then a visitor opens the
home page ten times, and a lesson twice. Memory is that of the master and its workers three seconds later: their PSS, in
which a page of memory that several share counts for each by its part.

Two floors are measured before each start: Python that imports Flask, Flask-SQLAlchemy and WTForms and nothing else, and
gunicorn with as many workers and a Flask app of one view, until that answers. On a machine that has other work,
processor time says more than the clock. Exits with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import http.client
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.answering import ROOT, Processes, free_port
from webapp import shipped

#: seconds, ms and MB
TARGETS = {"start": 1.0, "first page": 50.0, "memory": 150.0}
LESSON = "/courses/deeper-than-deepseek/lessons/talent"
WORKERS = 2
#: seconds between two looks whether the server answers, and until it counts as idle
LOOK, IDLE = 0.005, 3.0

_IMPORTS = "import flask, flask_sqlalchemy, wtforms"
_BARE = """
from flask import Flask

app = Flask(__name__)


@app.get("/healthz")
def healthz():
    return "ok"
"""

Figures = dict[str, list[float]]


def ask(port: int, path: str) -> float:
    """Milliseconds until a page is there. Raises OSError where nobody answers, and RuntimeError for no page."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{path} answers with {response.status}")
    return (time.perf_counter() - began) * 1000


@contextmanager
def started(command: Sequence[str], port: int, folder: Path, **more: str) -> Iterator[tuple[Processes, float, float]]:
    """A server with the seconds until /healthz answered and those of the processor that it had used by then."""
    with (folder / "server.log").open("w+b") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, env=_environment() | more, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )
        server = Processes(process)
        try:
            while True:
                try:
                    ask(port, "/healthz")
                    break
                except OSError:
                    if process.poll() is not None or time.perf_counter() - began > 120:
                        raise RuntimeError((folder / "server.log").read_text()) from None
                    time.sleep(LOOK)
            seconds = time.perf_counter() - began
            yield server, seconds, server.cpu()
        finally:
            server.stop()


def _environment() -> dict[str, str]:
    """That of a server: no setting of this shell, and Python keeps what it compiled."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("WEBAPP_") and name != "PYTHONDONTWRITEBYTECODE"
    }


def bare_imports(found: Figures) -> None:
    began, before = time.perf_counter(), os.times()
    subprocess.run([sys.executable, "-c", _IMPORTS], env=_environment(), check=True)
    after = os.times()
    found["imports"].append(time.perf_counter() - began)
    used = after.children_user + after.children_system - before.children_user - before.children_system
    found["imports, processor"].append(used)


def bare_server(found: Figures, folder: Path) -> None:
    (folder / "bare.py").write_text(_BARE)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--preload", f"--workers={WORKERS}", "--worker-class=gthread"]
    command += [f"--chdir={folder}", f"--bind=127.0.0.1:{port}", "bare:app"]
    with started(command, port, folder) as (server, seconds, processor):
        time.sleep(0.2)
        found["bare server"].append(seconds)
        found["bare server, processor"].append(processor)
        found["bare server, memory"].append(server.memory())


def whole_server(found: Figures, folder: Path) -> None:
    port = free_port()
    settings = {
        "WEBAPP_DATA": str(folder / "data"), "WEBAPP_BANK": str(folder / "question_bank"),
        "WEBAPP_PORT": str(port), "WEBAPP_WORKERS": str(WORKERS),
    }  # fmt: skip
    with started([sys.executable, "-m", "webapp", "serve"], port, folder, **settings) as (server, seconds, processor):
        pages = [ask(port, "/") for _ in range(10)]
        lessons = [ask(port, LESSON) for _ in range(2)]
        time.sleep(IDLE)
        found["start"].append(seconds)
        found["start, processor"].append(processor)
        found["first page"].append(pages[0])
        found["tenth page"].append(pages[9])
        found["first lesson"].append(lessons[0])
        found["memory"].append(server.memory())


def measure(starts: int) -> dict[str, float]:
    """The median of each figure; see the head of the module for their units."""
    found: Figures = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in shipped.COURSE:
            shutil.copytree(shipped.folder(part), folder / part)
        first: Figures = defaultdict(list)
        bare_imports(first)
        whole_server(first, folder)
        for _turn in range(starts):
            bare_imports(found)
            bare_server(found, folder)
            whole_server(found, folder)
    return {what: statistics.median(values) for what, values in found.items()} | {"first start": first["start"][0]}


def tell(found: dict[str, float], starts: int) -> None:
    print(f"{starts} starts again, medians; {WORKERS} workers")
    rows = [("start", "until /healthz answers"), ("imports", "floor: bare imports"), ("bare server", "floor: gunicorn")]
    for what, words in rows:
        both = f"{found[what]:8.2f} s {found[f'{what}, processor']:8.2f} s of processor"
        times = found["start, processor"] / found[f"{what}, processor"]
        print(f"{words:28} {both}" + ("" if what == "start" else f"; a start is {times:.1f} × that"))
    print(f"{'the very first start':28} {found['first start']:8.2f} s")
    for what in ("first page", "tenth page", "first lesson"):
        print(f"{what:28} {found[what]:8.1f} ms")
    print(f"{'memory, idle (PSS)':28} {found['memory']:8.0f} MB; the bare server {found['bare server, memory']:.0f} MB")


def main() -> int:
    arguments = argparse.ArgumentParser(description="How soon a server that starts again serves.")
    arguments.add_argument("--starts", type=int, default=5)
    starts = arguments.parse_args().starts
    if starts < 1:
        arguments.error("at least one start is needed for a figure")
    found = measure(starts)
    tell(found, starts)
    return int(any(found[what] > target for what, target in TARGETS.items()))


if __name__ == "__main__":
    sys.exit(main())
