"""Writing files of the course from the browser: tried as a whole first, refused when that would break it or when
somebody else was faster, recorded when done."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from webapp.audit import service as audit
from webapp.content.course.course import Course
from webapp.content.file_names import COURSE_FILE
from webapp.content.folder_store import Conflict, CourseStore
from webapp.content.problems import Problem, Problems
from webapp.editor import git_history, history, removals


class Refused(Exception):
    """The course would be broken. Holds `problems`."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


class ReadOnly(Exception):
    """The folder can't be written to. Holds the system's words."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A new text for a file, and the digest of what it replaces ("" for a file that is not there yet)."""

    path: str
    text: str
    expected: str


def is_writable(store: CourseStore, path: str = COURSE_FILE) -> bool:
    """Whether files beside this one can be replaced."""
    if store.read_only:
        return False
    full = store.bank / path
    return os.access(full.parent, os.W_OK) and (not full.exists() or os.access(full, os.W_OK))


def seal(text: str) -> str:
    """Stands for exactly this text: a confirmation counts for what was on the page and nothing else."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def current(store: CourseStore, path: str) -> tuple[str, str]:
    """The text of a file and its digest; both empty for a file that is not there yet. Raises Problems."""
    try:
        return store.read(path)
    except FileNotFoundError:
        return "", ""


def text_under(store: CourseStore, path: str, digest: str) -> str | None:
    """A file as it was under a digest, from where its history is kept; None when nobody has kept it. What was not there
    ("") had no text."""
    if not digest:
        return ""
    if store.repository is not None:
        return git_history.text_of(store.repository, path, digest)
    return history.text_of(store.current().id, path, digest)


def trial(store: CourseStore, texts: Mapping[str, str]) -> tuple[Course | None, tuple[Problem, ...]]:
    """The course with these texts in place of files, or None and what is wrong with it."""
    try:
        return store.trial(texts), ()
    except Problems as problems:
        return None, problems.problems


def new_problems(store: CourseStore, found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Those of the problems that are not there already: a mend of one of two broken files must not be refused for
    the other one."""
    store.current()
    known = {_same(problem) for problem in store.problems or ()}
    return tuple(problem for problem in found if _same(problem) not in known)


def _same(problem: Problem) -> tuple[str, str, str]:
    return problem.location.file, problem.message, problem.suggestion


def notice(store: CourseStore, paths: Sequence[str], now: datetime) -> None:
    """Records what somebody changed in these files on disk, before they are saved over: where their history is kept."""
    if store.repository is not None:
        git_history.notice(store, paths, now)
    else:
        history.notice(store, paths, now)


def save(
    store: CourseStore,
    changes: list[FileChange],
    *,
    user: Any,
    now: datetime,
    action: str,
    subject: str,
    origin: str = history.BROWSER,
    note: str = "",
    said: str = "",
    reason: str = "",
    beside: Sequence[str] = (),
    **details: Any,
) -> dict[str, str]:
    """Writes the changes, in order, and records them; gives the new digest of each path. Flushed, not committed.

    `note` is what the app tells of the change, `said` what its author wrote about it, `reason` why something in use is
    taken out, and `beside` the pictures that were added for it and belong to the same commit. Raises Refused (nothing
    is written), removals.ReasonNeeded, Conflict when a file is no longer what was expected, and ReadOnly. When a later
    file of several cannot be written, the earlier ones are put back.
    """
    store.hold()
    course, problems = trial(store, {change.path: change.text for change in changes})
    fresh = new_problems(store, problems)
    if course is None and fresh:
        raise Refused(fresh)
    there = store.current()
    taken_out = removals.removals(there, course) if course is not None else []
    removals.check(taken_out, reason)
    existing = [change.path for change in changes if change.expected]
    notice(store, existing, now)
    written: list[tuple[FileChange, str, str]] = []
    try:
        for change in changes:
            before = store.read(change.path)[0] if change.expected else ""
            digest = store.save(change.path, change.text, change.expected)
            written.append((change, before, digest))
    except (Conflict, OSError) as error:
        for change, before, digest in reversed(written):
            _put_back(store, change, before, digest)
        if isinstance(error, Conflict):
            raise
        raise ReadOnly(error.strerror or str(error)) from error
    if store.repository is not None:
        message = "\n\n".join(filter(None, (_headline(action, subject), said, note, reason)))
        git_history.record(store, [*(change.path for change in changes), *beside], message, user=user, now=now)
    for change, _before, digest in written if store.repository is None else ():
        text, _ = store.read(change.path)
        told = "\n\n".join(filter(None, (said, note or subject)))
        history.record(
            there.id, change.path, text, digest, change.expected, user=user, now=now, origin=origin, note=told
        )
    removals.keep(there.id, taken_out, reason=reason, user=user, now=now)
    audit.record(
        user,
        action,
        subject,
        now=now,
        course_id=there.id,
        reason="\n".join(filter(None, (reason, said, note))),
        files=[change.path for change in changes],
        **details,
    )
    return {change.path: digest for change, _before, digest in written}


def _headline(action: str, subject: str) -> str:
    """The first line of a commit: what was done, to what."""
    return f"{action.rpartition('.')[2].replace('_', ' ').capitalize()} {subject}"[:200]


def _put_back(store: CourseStore, change: FileChange, before: str, digest: str) -> None:
    if change.expected:
        store.save(change.path, before, digest)
    else:
        store.take_back(change.path)
