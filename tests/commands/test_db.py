"""What an operator does at night: copy the database away while it is in use, and bring a copy back."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import TINY
from tests.servers import Server

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def with_ada(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a server with a person on it, to be copied."""
    server = Server(tmp_path_factory.mktemp("with-ada") / "data", TINY)
    assert server.command("db", "upgrade").returncode == 0
    add(server, "Ada Early")
    return server.data


@pytest.fixture
def server(tmp_path: Path, with_ada: Path) -> Server:
    return Server(Path(shutil.copytree(with_ada, tmp_path / "data")), TINY)


def add(server: Server, name: str) -> None:
    added = server.command(
        "users", "add", name, "--role", "learner", "--password-stdin", stdin="a quiet evening at sea\n"
    )
    assert added.returncode == 0, added.stderr


def names(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM user")}


def test_a_copy_can_be_made_while_a_write_is_under_way_and_brought_back(server: Server, tmp_path: Path) -> None:
    database = server.data / "webapp.sqlite3"
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE user SET name = 'Half Done'")
        copied = server.command("db", "backup", str(tmp_path / "copy.sqlite3"))
        writer.execute("ROLLBACK")
    assert copied.returncode == 0, copied.stderr
    assert names(tmp_path / "copy.sqlite3") == {"Ada Early"}

    add(server, "Bea Later")
    restored = server.command("db", "restore", str(tmp_path / "copy.sqlite3"), "--yes")
    assert restored.returncode == 0, restored.stderr
    assert names(database) == {"Ada Early"}
    kept = min(server.data.glob("webapp.sqlite3.before-*"))
    assert names(kept) == {"Ada Early", "Bea Later"}, "what was there is kept beside it"


def test_a_copy_never_replaces_a_file_that_is_there(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("not a database")
    refused = server.command("db", "backup", str(target))
    assert refused.returncode == 1
    assert "nothing was written" in refused.stderr
    assert target.read_text() == "not a database"


def test_what_is_no_database_is_not_restored(server: Server, tmp_path: Path) -> None:
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"SQLite format 3\0" + b"nonsense" * 1000)
    refused = server.command("db", "restore", str(broken), "--yes")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "nothing was changed" in refused.stderr
    assert names(server.data / "webapp.sqlite3") == {"Ada Early"}


def test_a_copy_can_be_brought_back_when_the_present_database_is_broken(server: Server, tmp_path: Path) -> None:
    assert server.command("db", "backup", str(tmp_path / "copy.sqlite3")).returncode == 0
    database = server.data / "webapp.sqlite3"
    database.write_bytes(b"\xff" * 50_000)
    restored = server.command("db", "restore", str(tmp_path / "copy.sqlite3"), "--yes")
    assert restored.returncode == 0, restored.stderr
    assert names(database) == {"Ada Early"}
    kept = min(server.data.glob("webapp.sqlite3.before-*"))
    assert kept.read_bytes() == b"\xff" * 50_000
