"""What import-linter (`make check`) cannot say of the rooms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
WEBAPP = ROOT / "webapp"
#: the one place that knows every part
ROOT_MODULE = WEBAPP / "__init__.py"


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Every name that a file imports, in full, with its line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def is_page(path: Path) -> bool:
    """Whether a file answers requests: a feature has it among its pages, or it stands in the room of all requests."""
    return path.name == "pages.py" or "pages" in path.parts or path.is_relative_to(WEBAPP / "web")


def test_no_feature_uses_the_pages_of_another() -> None:
    wrong = []
    for path in sorted(WEBAPP.rglob("*.py")):
        room = path.relative_to(WEBAPP).parts[0]
        for name, line in imported(path):
            parts = name.split(".")
            if parts[0] == "webapp" and parts[2:3] == ["pages"] and parts[1] != room and path != ROOT_MODULE:
                wrong.append(f"{path.relative_to(ROOT)}:{line} uses {name}")
    assert not wrong, "\n".join(wrong)


#: what is neither a page nor a service: forms, who is signed in, what is counted by address
MEET_THE_REQUEST = {
    "accounts/sessions.py", "accounts/kept_forms.py", "accounts/limits.py", "accounts/forms.py", "database.py",
    "accounts/password_again.py", "accounts/course_doors.py", "api/routes.py",
}  # fmt: skip


def test_services_know_nothing_of_the_request() -> None:
    wrong = []
    for path in sorted(WEBAPP.rglob("*.py")):
        if is_page(path) or path.relative_to(WEBAPP).as_posix() in MEET_THE_REQUEST:
            continue
        for name, line in imported(path):
            if name in {"flask.request", "flask.session", "flask.g", "flask_login.current_user"}:
                wrong.append(f"{path.relative_to(ROOT)}:{line} uses {name}")
    assert not wrong, "\n".join(wrong)


def test_a_name_stands_for_one_class() -> None:
    """Who reads a name in one room knows what it means in all of them."""
    places: dict[str, list[str]] = {}
    for path in sorted(WEBAPP.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(f"{path.relative_to(ROOT)}:{node.lineno}")
    twice = {name: where for name, where in places.items() if len(where) > 1}
    assert not twice


def test_nothing_is_done_at_import() -> None:
    """Importing the package costs a fraction of what creating the app does: no Flask, no files read."""
    import subprocess
    import sys

    heavy = {"flask", "sqlalchemy", "yaml", "pydantic"}
    code = f"import sys, webapp, webapp.commands; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert out.strip() == "[]"
