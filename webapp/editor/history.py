"""The history of every file: who saved what and when, in the browser or on disk, and how a file was then."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import defer
from werkzeug.exceptions import NotFound

from webapp.content.course.files import SETTLED_AFTER_NS, stamp
from webapp.content.folder_store import CourseStore, NotPartOfCourse
from webapp.content.problems import Problems
from webapp.database import db
from webapp.editor.models import ContentVersion
from webapp.web.paging import PageOf, page_of

BROWSER, DISK, RESTORE, FOUND = "browser", "disk", "restore", "found"
"""How a version came to be: saved here, edited on disk, restored, or there when the history began."""

_digests: dict[str, tuple[object, str]] = {}


@dataclass(frozen=True, slots=True)
class Unnoticed:
    """A file that is not as its history says."""

    path: str
    digest: str


def unnoticed(store: CourseStore, paths: Sequence[str] | None = None) -> list[Unnoticed]:
    """The files that changed since they were last recorded: one query, and the reading of what changed."""
    known = _latest_digests(store.current().id)
    found = []
    for path in store.files() if paths is None else paths:
        digest = _digest(store, path)
        if digest is not None and known.get(path) != digest:
            found.append(Unnoticed(path, digest))
    return found


def notice(store: CourseStore, paths: Sequence[str] | None, now: datetime) -> int:
    """Records files that were changed on disk, or were never recorded; gives their number. Must run in a writing
    transaction, so that two people who come at once don't record the same change twice."""
    store.hold()  # else what another server saves at this moment would be taken for an edit on disk
    course_id = store.current().id
    found = unnoticed(store, paths)
    for file in found:
        before = latest(course_id, file.path)
        try:
            text, digest = store.read(file.path)
        except (OSError, Problems, NotPartOfCourse):
            continue
        origin = DISK if before is not None else FOUND
        _add(course_id, file.path, text, digest, before.digest if before else None, origin=origin, now=now)
    db.session.flush()
    return len(found)


def record(
    course_id: str,
    path: str,
    text: str,
    digest: str,
    before: str,
    *,
    user: Any,
    now: datetime,
    origin: str = BROWSER,
    note: str = "",
) -> ContentVersion:
    """Adds what was just saved of a course; flushed."""
    version = _add(course_id, path, text, digest, before or None, origin=origin, now=now, user=user, note=note)
    db.session.flush()
    return version


def _add(
    course_id: str,
    path: str,
    text: str,
    digest: str,
    before: str | None,
    *,
    origin: str,
    now: datetime,
    user: Any = None,
    note: str = "",
) -> ContentVersion:
    version = ContentVersion(
        course_id=course_id,
        path=path,
        digest=digest,
        before_digest=before,
        text=text,
        author_id=getattr(user, "id", None),
        author_name=(getattr(user, "name", "") or "")[:120],
        origin=origin,
        note=note,
        at=now,
    )
    db.session.add(version)
    return version


def latest(course_id: str, path: str) -> ContentVersion | None:
    """The newest version of a course's file that was recorded."""
    return db.session.scalar(
        select(ContentVersion).where(_is_of(course_id, path)).order_by(ContentVersion.id.desc()).limit(1)
    )


def text_of(course_id: str, path: str, digest: str) -> str | None:
    """A course's file as it was under a digest, or None when no version of it was recorded."""
    return db.session.scalar(
        select(ContentVersion.text)
        .where(_is_of(course_id, path), ContentVersion.digest == digest)
        .order_by(ContentVersion.id.desc())
        .limit(1)
    )


def versions(course_id: str, path: str, number: int = 1, size: int = 30) -> PageOf[ContentVersion]:
    """The versions of a course's file without their texts, the newest first, a page of them."""
    return page_of(
        select(ContentVersion)
        .options(defer(ContentVersion.text))
        .where(_is_of(course_id, path))
        .order_by(ContentVersion.id.desc()),
        number,
        size,
    )


def version(course_id: str, version_id: int) -> ContentVersion:
    """A version of a course's file. Raises NotFound."""
    found = db.session.get(ContentVersion, version_id)
    if found is None or found.course_id != course_id:
        raise NotFound
    return found


def before(given: ContentVersion) -> ContentVersion | None:
    """The version of the same file before this one."""
    return db.session.scalar(
        select(ContentVersion)
        .where(_is_of(given.course_id, given.path), ContentVersion.id < given.id)
        .order_by(ContentVersion.id.desc())
        .limit(1)
    )


def _is_of(course_id: str, path: str) -> ColumnElement[bool]:
    return and_(ContentVersion.course_id == course_id, ContentVersion.path == path)


def _latest_digests(course_id: str) -> dict[str, str]:
    of_course = ContentVersion.course_id == course_id
    newest = select(func.max(ContentVersion.id)).where(of_course).group_by(ContentVersion.path)
    wanted = select(ContentVersion.path, ContentVersion.digest).where(ContentVersion.id.in_(newest))
    return {row.path: row.digest for row in db.session.execute(wanted)}


def _digest(store: CourseStore, path: str) -> str | None:
    """The digest of a file on disk; read only when the file has been touched since the last look."""
    full = store.bank / path
    mark = stamp(full)
    if mark is None:
        return None
    name = str(full)
    kept = _digests.get(name)
    if kept is not None and kept[0] == mark:
        return kept[1]
    try:
        digest = sha256(full.read_bytes()).hexdigest()
    except OSError:
        return None
    if _is_settled(mark):
        _digests[name] = (mark, digest)
    return digest


def _is_settled(mark: tuple[int, int, int, int]) -> bool:
    """Whether a file is old enough for its stamp to change with the next edit."""
    return time.time_ns() - max(mark[0], mark[1]) > SETTLED_AFTER_NS
