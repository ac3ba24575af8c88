"""A wheel is enough: installed into a fresh environment, in an empty folder, it serves the course that ships."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.conftest import token_of
from tests.servers import ROOT, Server
from tests.visitors import Visitor, answers_of

pytestmark = [pytest.mark.long, pytest.mark.server]

SOURCES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "webapp", "migrations", "question_bank", "seeds")
SHIPPED = ("migrations", "question_bank", "seeds")


def run(*words: str | Path, folder: Path) -> str:
    done = subprocess.run([*map(str, words)], cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def copy_of_sources(folder: Path) -> Path:
    """The project without what building or running it leaves behind."""
    left_behind = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.pyc")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=left_behind)
        else:
            folder.mkdir(exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def build_wheel(source: Path, target: Path) -> Path:
    """With the setuptools that is installed, so that no network is needed; an old one can't build it and pip gets its
    own."""
    here = ["--no-build-isolation"] if int(version("setuptools").split(".")[0]) >= 77 else []
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", *here, "--wheel-dir", target, ".", folder=source)
    return next(target.glob("webapp-*.whl"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    return build_wheel(copy_of_sources(folder / "source"), folder / "dist")


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_has_every_file_that_is_served_and_all_that_ships(wheel: Path) -> None:
    packed = contents(wheel)
    expected = {
        path.relative_to(ROOT).as_posix(): path
        for path in (ROOT / "webapp").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != "README.md"
    } | {
        f"webapp/_shipped/{path.relative_to(ROOT).as_posix()}": path
        for folder in SHIPPED
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sorted(set(expected) - set(packed)) == []
    assert [name for name, path in expected.items() if packed[name] != path.read_bytes()] == []


def test_a_source_distribution_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    source = copy_of_sources(tmp_path / "source")
    # What an earlier build left there must not come along.
    stale = source / "build" / "lib" / "webapp" / "_shipped" / "migrations" / "versions" / "0000_stale.py"
    stale.parent.mkdir(parents=True)
    stale.write_text("revision = '0000'\n")
    run(sys.executable, "setup.py", "-q", "sdist", "-d", tmp_path / "dist", folder=source)
    with tarfile.open(next((tmp_path / "dist").glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    again = contents(build_wheel(next((tmp_path / "unpacked").iterdir()), tmp_path / "again"))
    first = contents(wheel)
    assert sorted(again) == sorted(first)
    assert [name for name in again if again[name] != first[name]] == []


@dataclass
class Installed(Server):
    """`webapp serve` of an installed wheel: no setting but the port, in a folder of its own."""

    @property
    def environment(self) -> dict[str, str]:
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("WEBAPP_", "PYTHON", "COVERAGE"))
        }
        return clean | {"WEBAPP_PORT": str(self.port), **self.settings}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `webapp` program in a fresh environment with the wheel and the libraries that the tests have."""
    folder = tmp_path_factory.mktemp("environment")
    venv.EnvBuilder(with_pip=False).create(folder)
    python = folder / "bin" / "python"
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install"),
        *("--quiet", "--no-deps", "--no-index", wheel),
        folder=folder,
    )
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder).strip())
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "libraries.pth").write_text("".join(f"{path}\n" for path in sorted(libraries)))
    where = run(python, "-c", "import webapp; print(webapp.__file__)", folder=folder).strip()
    assert Path(where).is_relative_to(folder), "it is the installed copy that is tested"
    return folder / "bin" / "webapp"


@pytest.fixture
def server(installed: Path, tmp_path: Path) -> Iterator[Installed]:
    folder = tmp_path / "empty"
    folder.mkdir()
    server = Installed(folder / "instance", folder, program=(str(installed),), folder=folder)
    yield server
    server.stop()


def result_of_a_quiz(server: Server) -> str:
    """A visitor takes a quiz over HTTP, question by question; returns the page of the result."""
    visitor = Visitor(server)
    page = visitor.get("/quizzes/research")
    page = visitor.post("/quizzes/research/attempts", {"csrf_token": token_of(page)})
    attempt = visitor.at.split("/")[2]
    for position in range(1, 11):
        path = f"/attempts/{attempt}/questions/{position}"
        page = visitor.post(path, answers_of(visitor.get(path)) | {"action": "next"})
    page = visitor.get(f"/attempts/{attempt}/summary")
    page = visitor.post(f"/attempts/{attempt}/submit", {"csrf_token": token_of(page)})
    assert visitor.at == f"/attempts/{attempt}/result"
    return page


def test_in_an_empty_folder_it_serves_the_course_and_keeps_its_data_there(server: Installed) -> None:
    server.start()
    assert "Deeper than DeepSeek: 5 lessons" in server.output
    assert result_of_a_quiz(server).count("of 1 point") == 10, "each of the ten questions has its points"
    server.stop()
    assert sorted(path.name for path in server.folder.iterdir()) == ["instance"]
    assert {"webapp.sqlite3", "secret_key"} <= {path.name for path in server.data.iterdir()}
    exported = server.command("scores", "export", "--guests")
    assert exported.returncode == 0, exported.stderr
    assert ",research,1," in exported.stdout
    checked = server.command("bank", "check")
    assert checked.returncode == 0, checked.stderr


def test_the_course_that_comes_with_it_is_not_written_to_and_a_copy_is(server: Installed) -> None:
    server.start()
    link = re.search(r"/setup/(\S+)", server.output)
    assert link
    visitor = Visitor(server)
    page = visitor.get(f"/setup/{link[1]}")
    person = {"name": "Irene", "login": "irene", "password": "a long and quiet evening"}
    visitor.post(visitor.at, {"csrf_token": token_of(page), **person})
    page = visitor.get("/instructor/bank/file?path=course.yaml")
    assert "webapp bank copy" in page
    assert "WEBAPP_BANK" in page
    server.stop()

    copied = server.command("bank", "copy")
    assert copied.returncode == 0, copied.stderr
    assert "started here" in copied.stdout
    course = server.folder / "question_bank" / "course.yaml"
    course.write_text(course.read_text().replace("title: Deeper than DeepSeek", "title: Deeper than ever", 1))
    server.start()
    assert "Deeper than ever: 5 lessons" in server.log()
    assert "webapp bank copy" not in visitor.get("/instructor/bank/file?path=course.yaml")
    again = server.command("bank", "copy")
    assert again.returncode == 1
    assert "nothing was written" in again.stderr
    assert "Deeper than ever" in course.read_text()
