"""Copies of the database, made while it is used, each with a manifest beside it and checked against it.

SQLite is copied page by page as one consistent whole, PostgreSQL by `pg_dump`. The manifest, `<name of the copy>.json`,
says what the copy must hold: its revision, the rows of each table, its size and its SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL

from webapp.database import WAIT_FOR_LOCK

#: pages that are copied at once, between which the progress is told
PAGES_AT_ONCE = 2_000
#: bytes that stay free: a copy must not fill the disk that answers are kept on
LEAVE_FREE = 50 * 1024 * 1024
#: ends the name of a manifest, behind the whole name of its copy
MANIFEST = ".json"

Report = Callable[[int, int], None]


class Unsound(Exception):
    """A copy, or what should be copied, is not what it has to be. The text says what is wrong, for an operator."""


class Impossible(Exception):
    """No copy can be made here. The text says why, and what to do."""


@dataclass(frozen=True)
class Manifest:
    made_at: str
    database: str
    revision: str
    tables: dict[str, int]
    broken_references: int
    bytes: int
    sha256: str


def nothing(_done: int, _total: int) -> None:
    """Reports to nobody."""


def manifest_of(copy: Path) -> Manifest | None:
    """What was written beside a copy; None where there is nothing. Raises Unsound where it can't be read."""
    path = copy.with_name(copy.name + MANIFEST)
    try:
        return Manifest(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (OSError, TypeError, ValueError) as error:
        raise Unsound(f"the manifest {path} can't be read ({error})") from error


def write_manifest(copy: Path, manifest: Manifest) -> None:
    path = copy.with_name(copy.name + MANIFEST)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n")
    part.chmod(0o600)
    part.replace(path)


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def back_up(url: URL, target: Path, report: Report = nothing) -> Manifest:
    """Copies a database to `target`, with its manifest, in use or not; only what was checked gets the name.

    Raises Unsound when the source is no sound database of this app, Impossible when a copy can't be made here, and
    sqlite3.Error or OSError when the source is locked or the copy can't be written.
    """
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        if url.get_backend_name() == "sqlite":
            source = Path(url.database or "")
            leave_room(target.parent, source.stat().st_size)
            revision, tables, broken = copy_sqlite(source, part, report)
        else:
            revision, tables, broken = _dump(url, part)
        part.chmod(0o600)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        manifest = Manifest(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            database=url.get_backend_name(),
            revision=revision,
            tables=tables,
            broken_references=broken,
            bytes=part.stat().st_size,
            sha256=checksum(part),
        )
        write_manifest(target, manifest)
        part.replace(target)
        return manifest
    finally:
        part.unlink(missing_ok=True)


def leave_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size + LEAVE_FREE:
        raise Impossible(
            f"{folder} has {free >> 20} MB free, and a copy needs {(size + LEAVE_FREE) >> 20} MB. "
            "Make room, or name another folder in WEBAPP_BACKUP_FOLDER"
        )


# --- SQLite -----------------------------------------------------------------------------------------------------------


def copy_sqlite(source: Path, part: Path, report: Report = nothing) -> tuple[str, dict[str, int], int]:
    """Copies a SQLite file as one state, however long that takes; returns what `look_into` finds in the copy.

    Raises Unsound when it is no sound database of this app.
    """
    with closing(sqlite3.connect(part)) as writing:
        # Told apart from what may be wrong with the source: a folder that can't be written is no damage.
        writing.execute("PRAGMA user_version=0")
        with _damage_is_unsound(source):
            with closing(
                sqlite3.connect(f"file:{source}?mode=ro", uri=True, isolation_level=None, timeout=WAIT_FOR_LOCK)
            ) as reading:
                reading.execute("BEGIN")
                reading.execute("SELECT version_num FROM alembic_version").fetchall()
                reading.backup(
                    writing,
                    pages=PAGES_AT_ONCE,
                    progress=lambda _status, left, total: report(total - left, total),
                    sleep=0,
                )
            # One file, without a log beside it: what is moved somewhere else is whole.
            writing.execute("PRAGMA journal_mode=DELETE")
            return look_into(writing, source)


def look_into(file: sqlite3.Connection, name: Path) -> tuple[str, dict[str, int], int]:
    """Revision, rows of each table, and rows that point at nothing. Raises Unsound for damage or no revision."""
    verdict = str(file.execute("PRAGMA integrity_check").fetchone()[0])
    if verdict != "ok":
        raise Unsound(f"{name} is no sound database of this app ({verdict})")
    revisions = file.execute("SELECT version_num FROM alembic_version").fetchall()
    if len(revisions) != 1:
        raise Unsound(f"{name} has no revision: it is no database of this app, or was never brought up to date")
    names = [
        row[0]
        for row in file.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
    ]
    quoted = {name: '"' + name.replace('"', '""') + '"' for name in names}
    tables = {name: int(file.execute(f"SELECT count(*) FROM {quoted[name]}").fetchone()[0]) for name in names}  # noqa: S608
    broken = sum(1 for _row in file.execute("PRAGMA foreign_key_check"))
    return str(revisions[0][0]), tables, broken


@contextmanager
def _damage_is_unsound(source: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise Unsound(f"{source} is no sound database of this app ({error})") from error
        if "no such table" in str(error):
            raise Unsound(f"{source} is no sound database of this app (it has none of its tables)") from error
        raise


def verify(copy: Path, scratch: Path, report: Report = nothing) -> tuple[str, dict[str, int], bool]:
    """Restores a copy to the path `scratch` and compares it with its manifest: revision, rows and whether it has one.

    Raises Unsound when it is damaged, has no revision or rows that point at nothing, or is not what its manifest says.
    """
    manifest = manifest_of(copy)
    if manifest is not None:
        if (size := copy.stat().st_size) != manifest.bytes:
            raise Unsound(f"{copy} has {size:,} bytes, and its manifest says {manifest.bytes:,}")
        if checksum(copy) != manifest.sha256:
            raise Unsound(f"{copy} is not the file that its manifest was written for (SHA-256 differs)")
    with copy.open("rb") as file:
        kind = file.read(5)
    if kind == b"PGDMP":
        _read_dump(copy)
        if manifest is None:
            raise Unsound(f"{copy} has no manifest {copy.name}{MANIFEST} beside it to be compared with")
        return manifest.revision, manifest.tables, True
    revision, tables, broken = copy_sqlite(copy, scratch, report)
    if broken:
        raise Unsound(f"{copy} has {broken:,} rows that point at rows which are not there")
    if manifest is not None:
        if revision != manifest.revision:
            raise Unsound(f"{copy} is at revision {revision}, and its manifest says {manifest.revision}")
        for name in sorted(tables.keys() | manifest.tables.keys()):
            found, said = tables.get(name), manifest.tables.get(name)
            if found != said:
                raise Unsound(f"{copy} has {found} rows in the table {name}, and its manifest says {said}")
    return revision, tables, manifest is not None


@contextmanager
def scratch_beside(copy: Path) -> Iterator[Path]:
    """A path for a trial in a folder that is taken away afterwards, on the disk of the copy: /tmp may be small."""
    try:
        folder = tempfile.mkdtemp(prefix=".verify-", dir=copy.parent)
    except OSError:
        folder = tempfile.mkdtemp(prefix="webapp-verify-")
    try:
        yield Path(folder) / "scratch.sqlite3"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def has_pg_dump() -> bool:
    return shutil.which("pg_dump") is not None


def _dump(url: URL, part: Path) -> tuple[str, dict[str, int], int]:
    """Dumps a PostgreSQL database in the state in which its rows are counted."""
    import psycopg
    from psycopg import sql

    if not has_pg_dump():
        raise Impossible(
            "pg_dump is not installed here. Install the client programs of PostgreSQL, or run, where they are: "
            "pg_dump --format=custom --file=webapp.dump NAME"
        )
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, connect_timeout=10) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        try:
            revisions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        except psycopg.errors.UndefinedTable as error:
            raise Unsound("the database has none of this app's tables") from error
        if len(revisions) != 1:
            raise Unsound("the database has no revision")
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
        ).fetchall()
        tables = {}
        for (name,) in names:
            counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
            assert counted is not None
            tables[name] = int(counted[0])
        # By the environment: whoever lists processes reads arguments.
        secret = {"PGPASSWORD": str(url.password)} if url.password else {}
        address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
        _run(["pg_dump", "--format=custom", "--no-password", f"--snapshot={row[0]}", f"--file={part}", address], secret)
    _read_dump(part)
    return str(revisions[0][0]), tables, 0


def _read_dump(copy: Path) -> None:
    """Reads a dump from its beginning to its end. Raises Unsound where that fails."""
    if shutil.which("pg_restore") is None:
        raise Impossible("pg_restore is not installed here: install the client programs of PostgreSQL")
    try:
        _run(["pg_restore", "--file=/dev/null", str(copy)], {})
    except Impossible as error:
        raise Unsound(f"{copy} can't be read: {error}") from error


def _run(words: list[str], environment: dict[str, str]) -> None:
    """Runs a program of PostgreSQL; raises Impossible with what it says when it fails."""
    done = subprocess.run(  # noqa: S603 - a fixed program, and no shell reads what is given to it
        words, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Impossible(f"{words[0]} failed: {' '.join(done.stderr.split())[:500]}")
