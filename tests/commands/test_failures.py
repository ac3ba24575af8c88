"""Whatever stands in a command's way, it says in a sentence what to do, with exit code 1 and without a traceback."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import ROOT, TINY
from tests.servers import free_port
from webapp import database, shipped
from webapp.commands import COMMANDS, group, progress
from webapp.reports import demo_class

pytestmark = pytest.mark.long


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder that the commands are told of; it does not exist yet."""
    for name in [name for name in os.environ if name.startswith("WEBAPP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WEBAPP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("WEBAPP_BANK", str(TINY))
    monkeypatch.setenv("WEBAPP_PORT", str(free_port()))
    monkeypatch.setattr(database, "WAIT_FOR_LOCK", 0.2)
    monkeypatch.setattr(progress, "EVERY", 600.0)
    some = demo_class.people()[:3]
    monkeypatch.setattr(demo_class, "people", lambda: some)
    return tmp_path / "data"


def run(*words: str, stdin: str = "") -> Result:
    """`webapp …`, as typed."""
    return CliRunner().invoke(group, words, input=stdin, prog_name="webapp")


def refused(*words: str, stdin: str = "") -> str:
    """What a command says that can't do its work."""
    result = run(*words, stdin=stdin)
    assert isinstance(result.exception, SystemExit), f"a traceback: {result.exception!r}"
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1, "one line"
    assert "Serving on" not in result.output
    return result.stderr


def works(*words: str, stdin: str = "") -> str:
    result = run(*words, stdin=stdin)
    assert result.exit_code == 0, result.output
    return result.output


@contextmanager
def opened(data: Path) -> Iterator[sqlite3.Connection]:
    data.mkdir(exist_ok=True)
    with closing(sqlite3.connect(data / "webapp.sqlite3", isolation_level=None)) as connection:
        yield connection


#: every command that works on the database
COMMANDS_ON_PEOPLE = (
    ("users", "add", "Ada", "--password-stdin"),
    ("users", "list"),
    ("users", "password", "ada", "--password-stdin"),
    ("users", "link", "ada"),
    ("users", "export", "ada"),
    ("users", "erase", "ada", "--dry-run"),
    ("scores", "export"),
    ("courses", "list"),
    ("courses", "export"),
    ("courses", "import", "tea.zip", "--owner", "ada"),
    ("courses", "copy", "--title", "Tea again", "--owner", "ada"),
    ("demo", "add"),
    ("demo", "remove"),
)
#: those of `webapp bank` that do
ON_COURSES = (("bank", "push", str(TINY), "--dry-run"), ("bank", "pull", "a-new-folder"))
ON_DATABASE = (*COMMANDS_ON_PEOPLE, *ON_COURSES, ("db", "upgrade"), ("serve",), ("tidy",))
PASSWORD = "teal bicycle moon\n"


def test_every_command_that_works_on_the_database_is_among_those_tried_here() -> None:
    tried = {words[0] for words in ON_DATABASE}
    assert tried == set(COMMANDS) - {"messages", "settings", "trial"}
    for name in tried - {"bank", "serve", "tidy", "db"}:  # those of `db` are tried one by one
        command = group.get_command(None, name)  # type: ignore[arg-type]
        assert {words[1] for words in ON_DATABASE if words[0] == name} == set(command.commands)  # type: ignore[union-attr]


@pytest.mark.parametrize("words", [("users", "add", "Ada", "--password-stdin"), ("demo", "add")])
def test_on_a_database_without_tables_people_are_added_as_after_a_first_start(
    data: Path, words: tuple[str, ...]
) -> None:
    works(*words, stdin=PASSWORD)
    assert works("users", "list").count("\n") > 1


@pytest.mark.parametrize("words", [words for words in COMMANDS_ON_PEOPLE if words[1] != "add"])
def test_where_there_is_nobody_yet_the_command_to_begin_with_is_named(data: Path, words: tuple[str, ...]) -> None:
    assert "`webapp db upgrade`" in refused(*words, stdin=PASSWORD)


@pytest.mark.parametrize("words", ON_DATABASE)
def test_a_database_that_another_process_migrates_is_waited_for_and_then_named(
    data: Path, words: tuple[str, ...]
) -> None:
    with opened(data) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        other.execute("CREATE TABLE user (id INTEGER)")
        assert "Try again in a moment" in refused(*words, stdin=PASSWORD)
        other.execute("ROLLBACK")


@pytest.mark.parametrize("words", ON_DATABASE)
def test_a_locked_database_is_named(data: Path, words: tuple[str, ...]) -> None:
    works("db", "upgrade")
    with opened(data) as other:
        other.execute("BEGIN IMMEDIATE")
        said = refused(*words, stdin=PASSWORD)
        other.execute("ROLLBACK")
    assert "locked" in said
    assert str(data / "webapp.sqlite3") in said


@pytest.mark.parametrize("words", ON_DATABASE)
def test_a_database_of_a_newer_version_is_left_alone(data: Path, words: tuple[str, ...]) -> None:
    works("db", "upgrade")
    with opened(data) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        assert "newer version" in refused(*words, stdin=PASSWORD)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
        assert connection.execute("SELECT count(*) FROM user").fetchone() == (0,)


NEXT_MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9000", "{head}"


def upgrade() -> None:
    with op.batch_alter_table("user", recreate="always") as table:
        table.add_column(sa.Column("shoe_size", sa.Integer()))
"""


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes the app the version after this one, which has one migration more: it rebuilds the table of people."""

    def make() -> None:
        from alembic.script import ScriptDirectory

        folder = tmp_path / "migrations"
        shutil.copytree(ROOT / "migrations", folder)
        head = ScriptDirectory(str(folder)).get_current_head()
        (folder / "versions" / "9000_next.py").write_text(NEXT_MIGRATION.replace("{head}", head or ""))
        monkeypatch.setattr(shipped, "folder", lambda name: folder if name == "migrations" else ROOT / name)

    return make


@pytest.mark.parametrize("words", COMMANDS_ON_PEOPLE)
def test_a_database_of_an_older_version_is_not_migrated_unasked(
    data: Path, next_version: Callable[[], None], words: tuple[str, ...]
) -> None:
    works("db", "upgrade")
    next_version()
    assert "`webapp db upgrade`" in refused(*words, stdin=PASSWORD)


def test_a_migration_that_rebuilds_a_table_takes_no_other_rows_along(
    data: Path, next_version: Callable[[], None]
) -> None:
    works("demo", "add")
    counts = "SELECT (SELECT count(*) FROM user), (SELECT count(*) FROM attempt), (SELECT count(*) FROM cohort_member)"
    with opened(data) as connection:
        before = connection.execute(counts).fetchone()
    next_version()
    assert "9000" in works("db", "upgrade")
    with opened(data) as connection:
        assert connection.execute(counts).fetchone() == before
        assert min(before) > 0
        assert "shoe_size" in [column[1] for column in connection.execute("PRAGMA table_info(user)")]
    assert "shoe_size" not in works("users", "list")


@pytest.mark.parametrize("words", ON_DATABASE)
def test_a_postgresql_server_that_is_not_there_is_named_without_its_password(
    data: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    port = free_port()
    monkeypatch.setenv("WEBAPP_DATABASE_URL", f"postgresql://eve:secretive@127.0.0.1:{port}/school")
    said = refused(*words, stdin=PASSWORD)
    assert f"school at 127.0.0.1:{port}" in said
    assert "WEBAPP_DATABASE_URL" in said
    assert "secretive" not in said


@pytest.mark.postgres
@pytest.mark.parametrize("words", [("users", "list"), ("db", "upgrade")])
def test_a_postgresql_database_that_is_not_there_is_named(
    data: Path, postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    there = postgres()
    monkeypatch.setenv("WEBAPP_DATABASE_URL", there.replace("/test", "/nosuch"))
    said = refused(*words)
    assert "does not exist" in said
    assert "WEBAPP_DATABASE_URL" in said
    monkeypatch.setenv("WEBAPP_DATABASE_URL", there)
    assert "`webapp db upgrade`" in refused("users", "list")
    works("users", "add", "Ada", "--password-stdin", stdin=PASSWORD)
    assert "ada" in works("users", "list")


@pytest.mark.parametrize("words", ON_DATABASE)
@pytest.mark.parametrize("place", ["data", "data/below"])
def test_a_data_folder_that_is_a_file_is_named(
    data: Path, monkeypatch: pytest.MonkeyPatch, place: str, words: tuple[str, ...]
) -> None:
    data.write_text("a file")
    monkeypatch.setenv("WEBAPP_DATA", str(data.parent / place))
    said = refused(*words, stdin=PASSWORD)
    assert "WEBAPP_DATA" in said
    assert str(data.parent / place) in said


def _as_one_without_rights() -> None:
    """root may write everywhere; without this capability it keeps to the permissions like anybody else."""
    pr_capbset_drop, cap_dac_override = 24, 1
    ctypes.CDLL(None).prctl(pr_capbset_drop, cap_dac_override, 0, 0, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps permissions in another way")
@pytest.mark.parametrize("key", ["", "k" * 32])
@pytest.mark.parametrize("words", [("db", "upgrade"), ("serve",)])
def test_a_data_folder_that_can_not_be_written_to_is_named(data: Path, words: tuple[str, ...], key: str) -> None:
    data.mkdir(mode=0o500)
    done = subprocess.run(
        [sys.executable, "-m", "webapp", *words],
        cwd=ROOT,
        env={**os.environ, "WEBAPP_SECRET_KEY": key},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=_as_one_without_rights,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "WEBAPP_DATA" in done.stderr
    assert str(data) in done.stderr


@pytest.mark.parametrize("words", ON_DATABASE)
def test_a_damaged_database_is_named_with_the_way_back(data: Path, words: tuple[str, ...]) -> None:
    data.mkdir()
    (data / "webapp.sqlite3").write_bytes(b"SQLite format 3\0" + b"nonsense" * 1000)
    assert "`webapp db restore`" in refused(*words, stdin=PASSWORD)


def test_a_port_in_use_stops_the_start_before_anything_is_done(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("WEBAPP_PORT", str(other.getsockname()[1]))
        said = refused("serve")
    assert "WEBAPP_PORT" in said
    assert str(other) not in said
    assert not (data / "webapp.sqlite3").exists()


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])
def test_an_address_of_another_machine_stops_the_start(data: Path, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("WEBAPP_HOST", host)
    said = refused("serve")
    assert "WEBAPP_HOST" in said
    assert host in said


@pytest.mark.parametrize("words", [words for words in ON_DATABASE if words[0] != "serve"])
def test_a_broken_course_is_told_with_its_place(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    shutil.copytree(TINY, tmp_path / "bank")
    (tmp_path / "bank" / "course.yaml").write_text("title: [\n")
    monkeypatch.setenv("WEBAPP_BANK", str(tmp_path / "bank"))
    result = run(*words, stdin=PASSWORD)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "course.yaml:1" in result.stderr


def test_a_file_that_can_not_be_written_is_named(data: Path, tmp_path: Path) -> None:
    works("db", "upgrade")
    assert "nowhere" in refused("scores", "export", "--output", str(tmp_path / "nowhere" / "scores.csv"))
    assert "nowhere" in refused("db", "backup", str(tmp_path / "nowhere" / "copy"))


def test_what_is_not_there_yet_is_not_copied(data: Path, tmp_path: Path) -> None:
    assert "no database" in refused("db", "backup", str(tmp_path / "copy"))
    assert not (tmp_path / "copy").exists()


def test_a_locked_database_is_not_copied(data: Path, tmp_path: Path) -> None:
    with opened(data) as other:
        other.execute("CREATE TABLE alembic_version (version_num)")
        other.execute("BEGIN EXCLUSIVE")
        assert "locked" in refused("db", "backup", str(tmp_path / "copy"))
        other.execute("ROLLBACK")
    assert list(tmp_path.glob("copy*")) == []


def test_a_defect_of_the_program_keeps_its_traceback(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("webapp.commands.schema.state", broken)
    assert isinstance(run("users", "list").exception, ZeroDivisionError)
