"""The walk-throughs of docs/adding.md work as they are written.

Each is followed in a copy of the checkout, step by step, as a newcomer would: "New file" makes a file, "In …" changes
one, a block of `sh` is run, and any other block has to stand in what was made before it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.test_docs import FENCE, ROOT

pytestmark = pytest.mark.long

ADDING = (ROOT / "docs" / "adding.md").read_text()
#: no part of the sources, and large
NOT_OURS = (
    ".git", ".venv", "node_modules", "instance", "__pycache__", ".*_cache", ".hypothesis", "test-results", "build",
    "dist", "*.egg-info",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One block of a walk-through, and what is done with it: new, change, run, or shown."""

    what: str
    path: str
    text: str


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", ADDING, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def steps(section: str) -> Iterator[Step]:
    what, path = "", ""
    pattern = re.compile(r"^(New file|In) `([^`]+)`:$|" + FENCE.pattern, re.DOTALL | re.MULTILINE)
    for match in pattern.finditer(section):
        marker, marked, language, text = match.groups()
        if marker:
            what, path = marker, marked
        elif language == "sh":
            yield Step("run", "", text)
            what = ""
        elif language == "diff":
            assert what == "In", f"no file is named for the change\n{text}"
            yield Step("change", path, text)
        elif what == "New file":
            yield Step("new", path, text)
            what = ""
        else:
            yield Step("shown", path, text)


def change(file: Path, text: str) -> None:
    """Applies a change that is written as a diff without line numbers."""
    lines = text.splitlines()
    assert all(not line or line[0] in " +-" for line in lines), text
    old = "\n".join(line[1:] for line in lines if not line.startswith("+")) + "\n"
    new = "\n".join(line[1:] for line in lines if not line.startswith("-")) + "\n"
    whole = file.read_text()
    assert whole.count(old) == 1, f"{file.name} has these lines {whole.count(old)} times, not once:\n{old}"
    file.write_text(whole.replace(old, new))


def run(line: str, folder: Path) -> None:
    """Runs one line of a shell block in the copy, with this environment's programs."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("WEBAPP_", "PYTEST_"))}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each command compiles the app anew
    parts = shlex.split(line)
    while "=" in parts[0]:
        name, _, value = parts.pop(0).partition("=")
        environ[name] = value
    program = parts.pop(0).removeprefix(".venv/bin/")
    module = [] if program == "python" else ["-m", program]
    done = subprocess.run(
        [sys.executable, *module, *parts], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout[-4_000:]}{done.stderr[-4_000:]}"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources."""
    folder = tmp_path_factory.mktemp("docs") / "checkout"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_OURS))
    return folder


def next_migration() -> str:
    return f"{max(int(path.name[:4]) for path in (ROOT / 'migrations' / 'versions').glob('[0-9]*.py')) + 1:04}"


@pytest.mark.parametrize("title", sections())
def test_a_walk_through_works_as_it_is_written(title: str, checkout: Path, tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    shutil.copytree(checkout, folder)
    touched = set()
    for step in steps(sections()[title].replace("0002", next_migration())):
        file = folder / step.path
        touched.add(step.path)
        if step.what == "new":
            assert not file.exists(), f"{step.path} is there already: give the example another name"
            file.write_text(step.text)
        elif step.what == "change":
            change(file, step.text)
        elif step.what == "run":
            for line in step.text.splitlines():
                run(line, folder)
        else:
            made = [path for path in folder.rglob("*.py") if not (ROOT / path.relative_to(folder)).exists()]
            assert any(step.text in path.read_text() for path in made), f"nothing that was made says\n{step.text}"
    python = " ".join(path for path in sorted(touched) if path.endswith(".py"))
    for style in ("check", "format --check"):
        run(f"ruff {style} {python}", folder)
