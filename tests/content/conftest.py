"""A copy of the tiny course to change, and what is then wrong with it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from webapp.content.course.course import Course
from webapp.content.course.loading import load_course
from webapp.content.problems import Problem, Problems

TINY = Path(__file__).parent.parent / "banks" / "tiny"


@dataclass
class Folder:
    """A course folder that a test may change."""

    path: Path

    def text(self, name: str) -> str:
        return (self.path / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str | bytes) -> None:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replaces a text that stands in the file exactly once."""
        text = self.text(name)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def append(self, name: str, text: str) -> None:
        self.write(name, self.text(name) + text)

    def load(self) -> Course:
        return load_course(self.path)

    def problems(self) -> list[Problem]:
        """All problems, or an empty list."""
        try:
            self.load()
        except Problems as problems:
            return list(problems)
        return []

    def problem(self) -> Problem:
        """The one problem."""
        found = self.problems()
        assert len(found) == 1, "\n".join(map(str, found)) or "no problem"
        return found[0]

    def place(self, name: str, text: str, offset: int = 0) -> str:
        """`file:line:column` of a text that stands in the file exactly once."""
        whole = self.text(name)
        assert whole.count(text) == 1, f"{text!r} stands {whole.count(text)} times in {name}"
        at = whole.index(text) + offset
        return f"{name}:{whole.count(chr(10), 0, at) + 1}:{at - whole.rfind(chr(10), 0, at)}"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    path = tmp_path / "course"
    shutil.copytree(TINY, path)
    return Folder(path)


@pytest.fixture(scope="session")
def tiny() -> Course:
    return load_course(TINY)
