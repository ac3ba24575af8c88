"""The folder in which a server has the courses of the database: brought up to date when there is a new edition.

Each course has a folder of its own, for the sake of what lies beside it: `NAME/NAME/course.yaml`, `NAME/seeds/…`, and
`NAME/.edition.json`, which says what was written. The folder may be deleted while no server runs; what somebody changes
in it by hand is undone at the next start.

Looking is one small query, a second after the last one at the soonest, by whichever request comes then. The others
don't wait for it. So a request costs what it costs with a folder, and an edit of another server is served a second
later: a thread that looks by itself would not be quicker, and would have to be started after every fork.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from webapp.content.course.course_file import BESIDE
from webapp.content.file_names import COURSE_FILE
from webapp.content.whole_files import write_whole
from webapp.course_table import table
from webapp.course_table.paths import BadPath, is_course_name, place
from webapp.course_table.table import Mark
from webapp.database import read_aside

#: seconds between two looks at which editions there are
EVERY = 1.0
#: what was written of a course
WRITTEN = ".edition.json"
_LOCK = ".lock"

log = logging.getLogger("webapp.courses")


class WorkingCopy:
    """All courses of the database in a folder. Threads and processes of one machine may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        #: how often something has changed, since this process began
        self.changes = 0
        self._seen: dict[str, Mark] | None = None
        self._next = 0.0
        self._turn = threading.Lock()
        self._failed = ""
        self._refused: BadPath | None = None

    @property
    def has_looked(self) -> bool:
        """Whether it ever was as the database is."""
        return self._seen is not None

    def folders(self) -> list[Path]:
        """The folders of the courses, in the order of their names."""
        with contextlib.suppress(OSError):
            names = sorted(entry.name for entry in os.scandir(self.folder) if is_course_name(entry.name))
            return [self.folder / name / name for name in names if (self.folder / name / name / COURSE_FILE).exists()]
        return []

    def refresh(self, *, now: bool = False) -> None:
        """Makes the folder what the database has. Without `now` it does nothing within a second after the last look,
        nor while another thread is at it. Where it can't be done the folder stays as it is, and the log says why."""
        if not now and time.monotonic() < self._next:
            return
        if not self._turn.acquire(blocking=now):
            return
        try:
            self._next = time.monotonic() + EVERY
            self._look()
        except (SQLAlchemyError, OSError, BadPath) as error:
            self._tell(_words(error))
        else:
            self._tell("")
        finally:
            self._turn.release()

    @contextlib.contextmanager
    def unchanging(self) -> Iterator[None]:
        """While it lasts, no edition is written into the folder. Not to be asked for twice by one thread."""
        with self._locked(shared=True):
            yield

    # ------------------------------------------------------------------ writing into the folder

    def _look(self) -> None:
        with read_aside() as connection:
            found = table.marks(connection)
            if found == self._seen:
                if self._refused is not None:
                    raise self._refused
                return
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            refused: BadPath | None = None
            with self._locked(shared=False):
                for name, mark in found.items():
                    try:
                        self._bring(connection, name, mark)
                    except BadPath as error:  # that course stays as it was, and so do the others
                        refused = error
                for name in self._kept():
                    if name not in found:
                        self._remove(self.folder / name)
        self._seen, self._refused = found, refused
        self.changes += 1
        if refused is not None:
            raise refused

    def _bring(self, connection: Connection, name: str, mark: Mark) -> None:
        """Makes one course what the database has. At the first look of a process files are compared with what they
        should be, later only what was written last with what is to be written now."""
        if not is_course_name(name):
            raise BadPath(name)
        home = self.folder / name
        written = _read_written(home / WRITTEN)
        if self._seen is not None and written is not None and written["mark"] == _as_text(mark):
            return
        wanted = table.digests(connection, name)
        for path in wanted:
            place(home / name, path)  # all of them, before the first is written
        there = _actual(home, name) if self._seen is None or written is None else written["files"]
        changed = [path for path, digest in wanted.items() if there.get(path) != digest]
        if home.exists():
            for path in there.keys() - wanted.keys():
                place(home / name, path).unlink(missing_ok=True)
            self._write(connection, home, name, changed)
            _write_written(home, mark, wanted)
            return
        # A folder that appears whole, so that no course is listed, and remembered, without its files.
        part = Path(tempfile.mkdtemp(dir=self.folder, prefix=".new-"))
        try:
            (part / name).mkdir()
            self._write(connection, part, name, changed)
            _write_written(part, mark, wanted)
            part.rename(home)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _write(self, connection: Connection, home: Path, name: str, paths: list[str]) -> None:
        for path in paths:
            raw = table.content(connection, name, path)
            file = place(home / name, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            if raw is not None:
                write_whole(file, raw)

    def _kept(self) -> list[str]:
        return [entry.name for entry in os.scandir(self.folder) if is_course_name(entry.name)]

    def _remove(self, home: Path) -> None:
        gone = home.with_name(f".gone-{home.name}-{os.getpid()}")
        home.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)

    @contextlib.contextmanager
    def _locked(self, *, shared: bool) -> Iterator[None]:
        """Between the threads and processes of this machine: many that read, or one that writes."""
        with contextlib.ExitStack() as held:
            with contextlib.suppress(FileNotFoundError):  # there is nothing yet to read
                _lock(held.enter_context(open(self.folder / _LOCK, "a+b")).fileno(), shared=shared)
            yield

    def _tell(self, failure: str) -> None:
        """Logs what is wrong when it changes, not each second."""
        if failure and failure != self._failed:
            log.error("The courses of the database can't be taken up; what is here goes on: %s", failure)
        elif self._failed and not failure:
            log.warning("The courses of the database are taken up again")
        self._failed = failure


def _words(error: Exception) -> str:
    if isinstance(error, BadPath):
        return f"a path that leads elsewhere is refused: {error}"
    return str(getattr(error, "orig", None) or error)


def _as_text(mark: Mark) -> list[Any]:
    number, at = mark
    return [number, at.isoformat() if isinstance(at, datetime) else str(at)]


def _read_written(file: Path) -> dict[str, Any] | None:
    """What was written of a course: its edition, and the digests by path. None for nothing, or what can't be read."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return found if isinstance(found["mark"], list) and isinstance(found["files"], dict) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_written(home: Path, mark: Mark, files: Mapping[str, str]) -> None:
    write_whole(home / WRITTEN, json.dumps({"mark": _as_text(mark), "files": dict(files)}).encode())


def _actual(home: Path, name: str) -> dict[str, str]:
    """The digests of the files that are in the folder of a course, and beside it, by path."""
    found = {}
    for root, before in ((home / name, ""), (home / BESIDE.removeprefix("../"), BESIDE)):
        for file in sorted(path for path in root.rglob("*") if path.is_file() or path.is_symlink()):
            path = before + file.relative_to(root).as_posix()
            try:
                place(home / name, path)
            except BadPath:
                file.unlink()  # such as a part of a file, of a process that was killed
                continue
            found[path] = "" if file.is_symlink() else sha256(file.read_bytes()).hexdigest()
    return found


if os.name == "nt":
    import msvcrt

    def _lock(descriptor: int, *, shared: bool) -> None:
        """Windows has one process, and no shared locks: whoever reads waits for nobody there."""
        if not shared:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]

else:
    import fcntl

    def _lock(descriptor: int, *, shared: bool) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
