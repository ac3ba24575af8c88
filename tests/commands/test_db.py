"""What an operator does at night: copy the database away while it is in use, and bring a copy back."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.conftest import TINY
from tests.servers import Server
from webapp.web import file_locks

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


def test_a_running_server_is_in_the_way_of_a_copy(server: Server, tmp_path: Path) -> None:
    """What people answered afterwards would go into the file that was set aside."""
    copy = tmp_path / "copy.sqlite3"
    assert server.command("db", "backup", str(copy)).returncode == 0
    server.start()
    try:
        refused = server.command("db", "restore", str(copy), "--yes")
        assert refused.returncode == 1
        assert "A server uses" in refused.stderr
        assert "nothing was changed" in refused.stderr
        assert not list(server.data.glob("webapp.sqlite3.before-*"))
        # A worker may outlive the master that was killed.
        assert server.process is not None
        server.process.kill()
        server.process.wait(10)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGKILL)
    for _try in range(50):
        restored = server.command("db", "restore", str(copy), "--yes")
        if restored.returncode == 0:
            break
    assert restored.returncode == 0, restored.stderr


def test_whoever_has_the_database_open_is_in_the_way_of_a_copy(server: Server, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    assert server.command("db", "backup", str(copy)).returncode == 0
    with closing(sqlite3.connect(server.data / "webapp.sqlite3")) as other:
        other.execute("SELECT count(*) FROM user").fetchall()
        refused = server.command("db", "restore", str(copy), "--yes")
    assert refused.returncode == 1
    assert "Another process uses" in refused.stderr
    assert names(server.data / "webapp.sqlite3") == {"Ada Early"}


def test_a_server_does_not_start_while_a_copy_is_brought_back(server: Server) -> None:
    with closing(file_locks.take(server.data / "webapp.sqlite3.in-use")):
        refused = server.command("serve")
    assert refused.returncode == 1
    assert "is being replaced" in refused.stderr
    assert "Traceback" not in refused.stderr
