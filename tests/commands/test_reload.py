"""A reload takes new code, settings and course; one that can't be is refused; nobody is turned away meanwhile."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import TINY
from tests.faults import reloads
from tests.faults.reloads import wait_for_line
from tests.servers import ROOT, Server, free_port

pytestmark = [
    pytest.mark.server,
    pytest.mark.long,
    pytest.mark.skipif(sys.platform == "win32", reason="a reload needs POSIX"),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that runs from a copy of the code, with settings in a file."""
    ignored = shutil.ignore_patterns("__pycache__", "static")
    shutil.copytree(ROOT / "webapp", tmp_path / "code" / "webapp", ignore=ignored)
    (tmp_path / "code" / "webapp" / "static").symlink_to(ROOT / "webapp" / "static")
    shutil.copytree(ROOT / "migrations", tmp_path / "code" / "migrations", ignore=ignored)
    settings = tmp_path / "settings"
    settings.write_text("# of the test\nWEBAPP_SIGNUP='open'\nWEBAPP_WORKERS=1\n")
    server = Server(tmp_path / "data", Path(shutil.copytree(TINY, tmp_path / "bank")))
    server.folder = tmp_path / "code"
    server.settings = {"WEBAPP_SETTINGS_FILE": str(settings), "PYTHONDONTWRITEBYTECODE": "1"}
    yield server
    server.stop()


def page(server: Server, path: str) -> str:
    with urllib.request.urlopen(server.address + path, timeout=20) as answer:
        return str(answer.read().decode())


def reload(server: Server, which: signal.Signals = signal.SIGHUP) -> None:
    assert server.process is not None
    os.kill(server.process.pid, which)


def reloaded(server: Server, times: int, before: set[int]) -> None:
    """Waits until a reload is done and the workers of the version before, who answer for a moment, are gone."""
    wait_for_line(server, "reload=done", times)
    began = time.monotonic()
    while before & reloads.children_of(server):
        assert time.monotonic() - began < 40, "the workers of the version before stay"
        time.sleep(0.1)


def test_a_reload_takes_code_settings_and_course_and_refuses_what_cannot_start(server: Server) -> None:
    server.start()
    assert server.process is not None
    process = server.process.pid
    assert page(server, "/health/live") == "alive\n"
    code = server.folder / "webapp" / "web" / "site_pages.py"
    good = code.read_text()

    code.write_text(good + "\nthis is no Python\n")
    reload(server)
    wait_for_line(server, "reload=refused", 1)
    assert "SyntaxError" in server.log()
    assert page(server, "/health/live") == "alive\n"

    code.write_text(good.replace('"alive\\n"', '"alive and new\\n"'))
    Path(server.settings["WEBAPP_SETTINGS_FILE"]).write_text("WEBAPP_SIGNUP=closed\nWEBAPP_WORKERS=1\n")
    course = server.bank / "course.yaml"
    course.write_text(course.read_text().replace("title: Tea and bread", "title: Tea and new bread"))
    assert 'name="password"' in page(server, "/sign-up")
    before = reloads.children_of(server)
    reload(server, signal.SIGUSR2)
    reloaded(server, 1, before)
    assert page(server, "/health/live") == "alive and new\n"
    assert "Tea and new bread" in page(server, "/")
    assert 'name="password"' not in page(server, "/sign-up")
    assert server.process.poll() is None
    assert server.process.pid == process

    Path(server.settings["WEBAPP_SETTINGS_FILE"]).write_text("WEBAPP_SIGNUP=perhaps\n")
    reload(server)
    wait_for_line(server, "reload=refused", 2)
    assert "WEBAPP_SIGNUP" in server.log().rpartition("reload=refused")[2]
    assert page(server, "/health/live") == "alive and new\n"


MIGRATION = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "{head}", None, None


def upgrade():
    op.execute("CREATE TABLE of_the_new_version (id INTEGER)")


def downgrade():
    op.execute("DROP TABLE of_the_new_version")
"""


def test_a_reload_that_changes_the_tables_backs_up_and_lets_the_old_workers_finish_first(server: Server) -> None:
    server.start()
    before = reloads.children_of(server)
    with closing(sqlite3.connect(server.data / "webapp.sqlite3")) as file:
        (head,) = file.execute("SELECT version_num FROM alembic_version").fetchone()
    versions = server.folder / "migrations" / "versions"
    (versions / "9999_of_the_test.py").write_text(MIGRATION.format(head=head))
    reload(server)
    reloaded(server, 1, before)
    said = server.log()
    assert "Before the upgrade the database was copied" in said
    with closing(sqlite3.connect(server.data / "webapp.sqlite3")) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
        assert file.execute("SELECT count(*) FROM of_the_new_version").fetchone() == (0,)
    assert page(server, "/health/live") == "alive\n"

    # Back to a version that does not know these tables: refused, and this one goes on.
    (versions / "9999_of_the_test.py").unlink()
    reload(server)
    wait_for_line(server, "reload=refused", 1)
    assert "A newer version" in server.log()
    assert page(server, "/health/live") == "alive\n"


def test_a_reload_to_another_port_moves_and_stays_where_that_is_taken(server: Server) -> None:
    file = Path(server.settings["WEBAPP_SETTINGS_FILE"])
    file.write_text(f"WEBAPP_PORT={server.port}\nWEBAPP_WORKERS=1\n")
    server.settings["WEBAPP_PORT"] = ""
    server.start()
    before, server.port = server.port, free_port()
    file.write_text(f"WEBAPP_PORT={server.port}\nWEBAPP_WORKERS=1\n")
    reload(server)
    wait_for_line(server, "reload=done", 1)
    assert page(server, "/health/live") == "alive\n"
    file.write_text("WEBAPP_HOST=192.0.2.1\nWEBAPP_WORKERS=1\n")
    reload(server)
    wait_for_line(server, "reload=done", 2)
    assert "reload=address-kept" in server.log()
    assert page(server, "/health/live") == "alive\n"
    assert before != server.port


def test_no_request_fails_while_the_server_is_reloaded(tmp_path: Path) -> None:
    assert reloads.reloaded(tmp_path / "faults", times=1, requests=60).faults == []


def test_no_request_fails_while_the_server_is_restarted_and_the_socket_is_kept(tmp_path: Path) -> None:
    assert reloads.restarted(tmp_path / "faults", times=1, requests=60).faults == []


def test_who_waits_in_the_queue_when_the_server_stops_is_answered(tmp_path: Path) -> None:
    waiting, answered = reloads.stopped_with_a_queue(tmp_path / "faults", waiting=20)
    assert answered == waiting


def test_a_check_changes_nothing_and_says_what_is_in_the_way(server: Server) -> None:
    ended = server.command("serve", "--check")
    assert (ended.returncode, ended.stdout) == (0, "This version can start.\n"), ended.stderr
    assert not (server.data / "webapp.sqlite3").exists()
    server.settings["WEBAPP_METRICS"] = "nine"
    ended = server.command("serve", "--check")
    assert ended.returncode == 1
    assert "WEBAPP_METRICS" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_two_sockets_of_systemd_are_one_too_many(server: Server) -> None:
    script = reloads.AS_SYSTEMD.replace("LISTEN_FDS='1'", "LISTEN_FDS='2'")
    ended = subprocess.run(
        [sys.executable, "-c", script, "0", "serve"],
        env=server.environment, cwd=server.folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "One ListenStream= is expected" in ended.stderr
