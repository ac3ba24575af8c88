"""What an operator does at night: copy the database away while it is in use, and bring a copy back."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from tests.conftest import TINY
from tests.servers import ROOT, Server
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


def manifest(copy: Path) -> Path:
    return copy.with_name(copy.name + ".json")


def test_a_copy_is_checked_in_a_scratch_place_against_its_manifest(server: Server, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    assert server.command("db", "backup", str(copy)).returncode == 0
    before = (server.data / "webapp.sqlite3").read_bytes()
    good = server.command("db", "verify", str(copy))
    assert good.returncode == 0, good.stderr
    assert "is good" in good.stdout
    assert (server.data / "webapp.sqlite3").read_bytes() == before
    with copy.open("ab") as file:
        file.write(b"\0" * 4096)
    bad = server.command("db", "verify", str(copy))
    assert bad.returncode == 1
    assert "its manifest says" in bad.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "A newer version"),
        ("DELETE FROM alembic_version", "no revision"),
        ("DROP TABLE alembic_version", "none of its tables"),
        ("DELETE FROM user", "rows"),
        (
            "INSERT INTO cohort_member (cohort_id, user_id, joined_at, found) VALUES (7, 8, '2026-01-01', 0)",
            "point at rows",
        ),
    ],
)
@pytest.mark.parametrize("with_manifest", [True, False])
def test_a_copy_that_would_lose_something_is_not_restored(
    server: Server, tmp_path: Path, statement: str, complaint: str, with_manifest: bool
) -> None:
    """It took a newer schema, none at all, and a file with a part of its rows deleted."""
    if statement == "DELETE FROM user" and not with_manifest:
        pytest.skip("nothing says then how many rows there were")
    copy = tmp_path / "copy.sqlite3"
    assert server.command("db", "backup", str(copy)).returncode == 0
    with closing(sqlite3.connect(copy)) as file:
        file.execute(statement)
        file.commit()
    if with_manifest:
        said = json.loads(manifest(copy).read_text())
        size, digest = copy.stat().st_size, hashlib.sha256(copy.read_bytes()).hexdigest()
        manifest(copy).write_text(json.dumps(said | {"bytes": size, "sha256": digest}))
        complaint = "revision" if complaint == "A newer version" else complaint
    else:
        manifest(copy).unlink()
    refused = server.command("db", "restore", str(copy))
    assert refused.returncode == 1
    assert complaint in refused.stderr
    assert "nothing was changed" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert names(server.data / "webapp.sqlite3") == {"Ada Early"}
    assert not list(server.data.glob("webapp.sqlite3.*before*"))


def test_restoring_asks_nothing(server: Server, tmp_path: Path) -> None:
    """What there is to know it finds out itself, and what was there is kept."""
    copy = tmp_path / "copy.sqlite3"
    assert server.command("db", "backup", str(copy)).returncode == 0
    restored = server.command("db", "restore", str(copy))
    assert restored.returncode == 0, restored.stderr


def older(server: Server) -> str:
    """Puts the database back by a revision, as an update finds it; returns the revision."""
    script = ScriptDirectory(str(ROOT / "migrations"))
    head = script.get_current_head()
    assert head is not None
    before = script.get_revision(head).down_revision
    assert isinstance(before, str)
    with closing(sqlite3.connect(server.data / "webapp.sqlite3")) as file:
        file.execute("UPDATE alembic_version SET version_num = ?", (before,))
        file.commit()
    return before


def test_an_upgrade_makes_a_backup_that_was_checked_first(server: Server) -> None:
    """The tables are those of the newest schema already, so that the migration itself fails: the copy is there."""
    before = older(server)
    server.command("db", "upgrade")
    (copy,) = (server.data / "backups").glob(f"webapp-before-upgrade-from-{before}-*.sqlite3")
    assert names(copy) == {"Ada Early"}
    assert json.loads(manifest(copy).read_text())["revision"] == before
    assert copy.stat().st_mode & 0o077 == 0


def test_an_upgrade_that_can_have_no_backup_is_refused_unless_told_otherwise(server: Server) -> None:
    older(server)
    (server.data / "backups").mkdir()
    (server.data / "backups").chmod(0o500)
    blocked = server.data / "a file"
    blocked.write_text("")
    server.settings["WEBAPP_BACKUP_FOLDER"] = str(blocked)
    refused = server.command("db", "upgrade")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "was copied" not in refused.stdout
    assert not list(server.data.glob("**/webapp-before-upgrade*"))
