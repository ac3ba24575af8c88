"""Imports point downward only, and the pure rooms know neither Flask nor the database."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WEBAPP = ROOT / "webapp"

#: rooms from the ground up; a room may use those below it, and not those beside it
FLOORS: tuple[tuple[str, ...], ...] = (
    ("questions",),
    ("content",),
    ("config", "database", "current"),
    ("audit",),
    ("accounts",),
    ("quizzes",),
    ("lessons", "review", "classes"),
    ("progress", "reports"),
    ("editor",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
#: one part of the ground floor that everything may use
PURE = {"questions", "content"}


def modules() -> Iterator[tuple[str, Path]]:
    for room in FLOOR:
        for path in sorted((WEBAPP / room).rglob("*.py")) or [WEBAPP / f"{room}.py"]:
            yield room, path


def imported(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if node.module == "webapp":
                yield from ((f"webapp.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


@pytest.mark.parametrize("room", FLOOR)
def test_imports_point_downward(room: str) -> None:
    wrong = []
    for owner, path in modules():
        if owner != room:
            continue
        for name, line in imported(path):
            parts = name.split(".")
            if parts[0] != "webapp" or len(parts) < 2 or parts[1] == room or parts[1] not in FLOOR:
                continue
            if FLOOR[parts[1]] >= FLOOR[room] and not (room == "current" and parts[1] in PURE | {"config"}):
                wrong.append(f"{path.relative_to(ROOT)}:{line} uses {name}")
    assert not wrong, "\n".join(wrong)


def test_no_feature_uses_the_pages_of_another() -> None:
    wrong = []
    for room, path in modules():
        for name, line in imported(path):
            parts = name.split(".")
            if parts[0] == "webapp" and len(parts) > 2 and parts[2] == "pages" and parts[1] != room:
                wrong.append(f"{path.relative_to(ROOT)}:{line} uses {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("room", sorted(PURE))
def test_the_pure_rooms_know_no_web_and_no_database(room: str) -> None:
    forbidden = {"flask", "flask_wtf", "flask_sqlalchemy", "flask_login", "flask_babel", "sqlalchemy"}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} uses {name}"
        for owner, path in modules()
        if owner == room
        for name, line in imported(path)
        if name.split(".")[0] in forbidden
    ]
    assert not wrong, "\n".join(wrong)


def test_services_know_nothing_of_the_request() -> None:
    wrong = []
    for _room, path in modules():
        if path.name in {"pages.py", "access.py", "forms.py", "commands.py", "current.py", "database.py", "limits.py"}:
            continue
        if path.name in {"blueprint.py", "continuing.py"}:  # what pages have in common, and the other half of access.py
            continue
        for name, line in imported(path):
            if name in {"flask.request", "flask.session", "flask.g", "flask_login.current_user"}:
                wrong.append(f"{path.relative_to(ROOT)}:{line} uses {name}")
    assert not [line for line in wrong if "pages" not in Path(line.split(":")[0]).name], "\n".join(wrong)


def test_nothing_is_done_at_import() -> None:
    """Importing the package costs a fraction of what creating the app does: no Flask, no files read."""
    import subprocess
    import sys

    heavy = {"flask", "sqlalchemy", "yaml", "pydantic"}
    code = f"import sys, webapp, webapp.cli; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert out.strip() == "[]"
