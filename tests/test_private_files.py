"""What the app keeps is for the account that runs it."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import TINY
from tests.servers import Server
from webapp import private_files


def modes(folder: Path) -> dict[str, str]:
    """Everything below a folder that others may do something with, and what."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & 0o077 and not path.is_symlink():
            found[path.name] = oct(mode)
    return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder as earlier versions left it."""
    folder = tmp_path / "data"
    for name in ("cache", "backups"):
        (folder / name).mkdir(parents=True)
    for name in (
        "secret_key",
        "webapp.sqlite3",
        "webapp.sqlite3-wal",
        "limits.sqlite3",
        "backups/a.sqlite3",
        "cache/b.json",
    ):
        (folder / name).touch()
        (folder / name).chmod(0o644)
    for path in (folder, folder / "cache", folder / "backups"):
        path.chmod(0o755)
    return folder


def test_what_an_earlier_version_left_open_is_closed_and_said(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    """M8: database, limits and backups were 0644 in a folder of 0755."""
    with caplog.at_level(logging.WARNING, "webapp.files"):
        assert private_files.tighten(data) == 9
    assert modes(data) == {}
    assert "webapp.sqlite3 was open to others (0644) and is closed now" in caplog.text
    assert private_files.tighten(data) == 0


def test_a_folder_that_was_named_by_mistake_keeps_its_modes(tmp_path: Path) -> None:
    (tmp_path / "somebody").touch()
    tmp_path.chmod(0o755)
    assert private_files.tighten(tmp_path) == 0
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_what_a_link_leads_to_keeps_its_modes(data: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.touch()
    outside.chmod(0o644)
    (data / "link").symlink_to(outside)
    private_files.tighten(data)
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


@pytest.mark.server
def test_nothing_that_server_and_commands_keep_is_open_to_others(tmp_path: Path) -> None:
    shutil.copytree(TINY, tmp_path / "bank")
    server = Server(tmp_path / "data", tmp_path / "bank")
    assert server.command("db", "upgrade").returncode == 0
    assert modes(server.data) == {}
    with closing(sqlite3.connect(server.data / "webapp.sqlite3")) as database:
        database.execute("PRAGMA journal_mode=WAL")
    assert server.command("db", "backup").returncode == 0
    server.start()
    server.stop()
    # The log is the test's own, which makes it before the server starts.
    assert {name: mode for name, mode in modes(server.data).items() if name != "server.log"} == {}
    assert list((server.data / "backups").iterdir())
