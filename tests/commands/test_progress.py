"""A long command shows how far it is, on standard error, so that what it writes stays clean."""

from __future__ import annotations

import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import ROOT, TINY
from webapp.commands import group, progress
from webapp.reports import demo_class

pytestmark = pytest.mark.long


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WEBAPP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("WEBAPP_BANK", str(TINY))
    some = demo_class.people()[:3]
    monkeypatch.setattr(demo_class, "people", lambda: some)
    return tmp_path / "data"


def run(*words: str) -> Result:
    result = CliRunner().invoke(group, words, prog_name="webapp")
    assert result.exit_code == 0, result.output
    return result


def test_into_a_log_goes_a_line_every_few_seconds(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    added = run("demo", "add")
    assert added.stderr == "Learners: 1 of 3\nLearners: 2 of 3\nLearners: 3 of 3\n"
    assert "made-up learners" in added.stdout
    assert "of 3" not in added.stdout
    assert run("bank", "check", str(TINY)).stderr.endswith("Files: 3 of 3\n")
    assert run("bank", "lint", str(TINY)).stderr.endswith("Questions: 16 of 16\n")


def test_a_command_that_takes_no_time_says_nothing_of_it(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 600.0)  # also on a machine with much else to do
    assert run("demo", "add").stderr == ""
    exported = run("scores", "export")
    assert (exported.stderr, exported.stdout.startswith("learner,name")) == ("", True)


def test_an_export_tells_how_many_rows_are_written(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("demo", "add")
    monkeypatch.setattr(progress, "EVERY", 0.0)
    monkeypatch.setattr("webapp.commands.scores.ROWS_AT_ONCE", 5)
    exported = run("scores", "export", "--output", str(data / "scores.csv"))
    assert exported.stderr.startswith("Rows: 5\nRows: 10\n")
    assert exported.stderr.endswith(f"Wrote {data / 'scores.csv'}.\n")


def test_a_copy_tells_how_many_pages_are_written(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("db", "upgrade")
    with closing(sqlite3.connect(data / "webapp.sqlite3")) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    monkeypatch.setattr(progress, "EVERY", 0.0)
    monkeypatch.setattr("webapp.web.backups.PAGES_AT_ONCE", 20)
    for words in (("db", "backup", str(data / "copy")), ("db", "restore", "--yes", str(data / "copy"))):
        told = run(*words).stderr.splitlines()
        assert told[0] == f"Copying: 20 of {pages}"
        assert told[-1] == f"Copying: {pages} of {pages}"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_terminal_gets_a_bar(data: Path) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "webapp", "bank", "check", str(TINY)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, check=False, timeout=120,
    )  # fmt: skip
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.returncode == 0
    assert b"All is well" in done.stdout
    assert "Files" in shown
    assert "100%" in shown
