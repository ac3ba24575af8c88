"""The files of courses as the database has them: read, and written in the transaction of the session.

What a transaction has written is remembered with the session until it ends, because it is nowhere else to be read from
before: the folders of the servers follow what is committed.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, event, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, SessionTransaction

from webapp.course_table.models import KeptCourse, KeptFile
from webapp.course_table.paths import BadPath, is_course_name, is_file_path
from webapp.database import db

#: bytes of one file, files of one course, and bytes of all of them
LARGEST, MOST_FILES, MOST_BYTES = 50_000_000, 5_000, 600_000_000

Mark = tuple[int, datetime]
"""Which edition of a course it is."""

_PUT = "put into the courses"


@dataclass
class Uncommitted:
    """What a transaction has put into courses, by course and path, and who wants to know when it has ended."""

    files: dict[str, dict[str, bytes | None]] = field(default_factory=dict)
    ended: list[Callable[[], object]] = field(default_factory=list)


# ------------------------------------------------------------------ reading


def marks(connection: Connection) -> dict[str, Mark]:
    """The edition of each course: one small query for all of them."""
    rows = connection.execute(select(KeptCourse.name, KeptCourse.edition, KeptCourse.changed_at))
    return {row.name: (row.edition, row.changed_at) for row in rows}


def digests(connection: Connection, course: str) -> dict[str, str]:
    """The digest of each file of a course, by path."""
    rows = connection.execute(select(KeptFile.path, KeptFile.digest).where(KeptFile.course == course))
    return {row.path: row.digest for row in rows}


def content(connection: Connection, course: str, path: str) -> bytes | None:
    """A file byte for byte, or None."""
    found = connection.scalar(select(KeptFile.content).where(KeptFile.course == course, KeptFile.path == path))
    return None if found is None else bytes(found)


def uncommitted(course: str) -> Mapping[str, bytes | None]:
    kept: Uncommitted | None = db.session().info.get(_PUT)
    return kept.files.get(course, {}) if kept is not None else {}


# ------------------------------------------------------------------ writing


def hold(course: str) -> bool:
    """Lets nobody else write to a course until the transaction of the session ends; False where there is none.

    SQLite lets one transaction write at a time anyway."""
    row = select(KeptCourse.name).where(KeptCourse.name == course).with_for_update()
    return db.session.scalar(row) is not None


def begin(course: str) -> None:
    """Makes room for a course that is not there yet. Raises BadPath."""
    if not is_course_name(course):
        raise BadPath(course)
    db.session.add(KeptCourse(name=course, edition=0, changed_at=datetime.now(UTC)))
    db.session.flush()


def put(course: str, path: str, raw: bytes, *, ended: Callable[[], object] | None = None) -> None:
    """Writes a file of a course that is held. `ended` is called when the transaction has ended.

    Raises BadPath, and OSError for one that is too large or a course that is not there."""
    if not is_file_path(path):
        raise BadPath(course, path)
    if len(raw) > LARGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
    _change(course, path, raw, ended)
    row = {"digest": sha256(raw).hexdigest(), "content": raw}
    here = (KeptFile.course == course, KeptFile.path == path)
    if not _rows(update(KeptFile).where(*here).values(**row)):
        db.session.add(KeptFile(course=course, path=path, **row))
        db.session.flush()


def take_out(course: str, path: str, *, ended: Callable[[], object] | None = None) -> None:
    """Removes a file of a course that is held. Raises OSError."""
    _change(course, path, None, ended)
    _rows(delete(KeptFile).where(KeptFile.course == course, KeptFile.path == path))


def _change(course: str, path: str, raw: bytes | None, ended: Callable[[], object] | None) -> None:
    kept: Uncommitted = db.session().info.setdefault(_PUT, Uncommitted())
    if course not in kept.files:
        later = {"edition": KeptCourse.edition + 1, "changed_at": datetime.now(UTC)}
        if not _rows(update(KeptCourse).where(KeptCourse.name == course).values(**later)):
            raise OSError(errno.ENOENT, "the course is not in the database any more", course)
    kept.files.setdefault(course, {})[path] = raw
    if ended is not None and ended not in kept.ended:
        kept.ended.append(ended)


def _rows(statement: Any) -> int:
    """How many rows a statement has changed."""
    done: Any = db.session.execute(statement, execution_options={"synchronize_session": False})
    return int(done.rowcount)


@event.listens_for(db.session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None and (kept := session.info.pop(_PUT, None)) is not None:
        for tell in kept.ended:
            tell()
