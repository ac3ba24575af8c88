"""Puts a course that was taken out as a zip over the one that is here: first as a plan, then as one change.

What was sent is unpacked into a folder of the server's data, where it waits for a day to be confirmed. The plan says
which files come, change and go, and what that means for those who answered; nothing is changed by it.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import IO

from webapp.accounts.models import User
from webapp.audit import service as audit
from webapp.content.course.course import Course
from webapp.content.course.course_file import BESIDE
from webapp.content.course.files import stays_inside
from webapp.content.course.loading import load_course
from webapp.content.course_zip import CourseZip, course_files
from webapp.content.file_names import COURSE_FILE
from webapp.content.folder_store import CourseStore
from webapp.editor import file_saving, git_history, history, removals, saving
from webapp.editor.file_saving import Meanings
from webapp.editor.removals import Removal
from webapp.whole_courses import making

#: seconds for which what was sent is kept, and how much of it one person may have waiting
KEPT_FOR, MOST_WAITING = 24 * 3600, 3
_NAME = re.compile(r"[0-9]{1,18}-[0-9a-f]{32}")


class NotWaiting(Exception):
    """What was sent is not kept any more, or was sent to another server, or by somebody else."""


class ChangedSince(Exception):
    """The course, or the plan, is not what was shown."""


@dataclass(frozen=True)
class PutBackPlan:
    """What putting a course back would do. `seal` stands for exactly this."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    course: Course
    #: the id that the course has in the zip, where that is another one; it keeps the one that it has here
    other_id: str
    meanings: Meanings
    removals: tuple[Removal, ...]
    #: digests of the files as they are now, by path
    before: Mapping[str, str]
    seal: str

    @property
    def changes(self) -> bool:
        return bool(self.added or self.changed or self.removed)


# --- what waits ------------------------------------------------------------------------------------------------------


def receive(data: Path, user: User, store: CourseStore, stream: IO[bytes]) -> str:
    """Unpacks what somebody sent, and gives the name under which it waits. Raises UnusableZip, Problems for a course
    that does not work, and OSError; then nothing waits."""
    packed = CourseZip(stream)
    home = data / "put-back"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    clear(home, user)
    name = f"{user.id}-{secrets.token_hex(16)}"
    room = home / name
    room.mkdir(mode=0o700)
    try:
        packed.unpack(room / "course")
        ledger = making.ledger_of(room / "course")
        if ledger.startswith(BESIDE) and ledger != store.current().ledger_path:
            making.bring_ledger_in(room / "course")
    except BaseException:
        shutil.rmtree(room, ignore_errors=True)
        raise
    return name


def clear(home: Path, user: User) -> None:
    """Removes what has waited for too long, and of one person's what is more than they may have waiting."""
    theirs = []
    for path in home.iterdir():
        with contextlib.suppress(OSError):
            age = time.time() - path.stat().st_mtime
            if age > KEPT_FOR:
                shutil.rmtree(path, ignore_errors=True)
            elif path.name.startswith(f"{user.id}-"):
                theirs.append((age, path))
    for _age, path in sorted(theirs)[MOST_WAITING - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


def waiting(data: Path, user: User, name: str) -> Path:
    """The folder of what somebody sent. Raises NotWaiting."""
    folder = data / "put-back" / name / "course"
    if not _NAME.fullmatch(name) or not name.startswith(f"{user.id}-") or not folder.is_dir():
        raise NotWaiting
    return folder


def forget(folder: Path) -> None:
    """Removes what waited."""
    shutil.rmtree(folder.parent, ignore_errors=True)


# --- the plan --------------------------------------------------------------------------------------------------------


def plan(store: CourseStore, folder: Path) -> PutBackPlan:
    """What putting back the course that waits in a folder would do. Raises Problems for one that does not work."""
    here = store.current()
    there = load_course(folder)
    other_id = there.id if there.id != here.id else ""
    if other_id:
        making.set_key(folder, "id", here.id)
        there = load_course(folder)
    before = _digests(store.bank, here.ledger_path)
    after = _digests(folder, there.ledger_path)
    changed = tuple(path for path, digest in after.items() if path in before and before[path] != digest)
    stated = "".join(f"{path}\0{before.get(path, '')}\0{after.get(path, '')}\n" for path in sorted({**before, **after}))
    return PutBackPlan(
        added=tuple(path for path in after if path not in before),
        changed=changed,
        removed=tuple(path for path in before if path not in after),
        course=there,
        other_id=other_id,
        meanings=file_saving.meanings_of(here, there),
        removals=tuple(removals.removals(here, there)),
        before=before,
        seal=sha256(stated.encode()).hexdigest()[:32],
    )


def _digests(folder: Path, ledger: str) -> dict[str, str]:
    return {path: _digest(file) for path, file in course_files(folder, ledger)}


def _digest(file: Path) -> str:
    with open(file, "rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


# --- the change ------------------------------------------------------------------------------------------------------


def put_back(
    store: CourseStore,
    folder: Path,
    planned: PutBackPlan,
    seal: str,
    *,
    user: User,
    now: datetime,
    note: str = "",
    reason: str = "",
) -> None:
    """Makes the course the one that waits in a folder, and records it: each file in the history, the whole in the
    log. Flushes. Either all files are changed or, where one can't be written, none.

    Raises ChangedSince, removals.ReasonNeeded, and ReadOnly where nothing can be written.
    """
    if seal != planned.seal:
        raise ChangedSince
    removals.check(planned.removals, reason)
    course_id = planned.course.id
    known = set(store.files())
    noted = [path for path in (*planned.changed, *planned.removed) if path in known]
    saving.notice(store, noted, now)
    try:
        with store.changed_as_a_whole():
            _change(store, folder, planned)
    except OSError as error:
        raise saving.ReadOnly(error.strerror or str(error)) from error
    if store.repository is not None:
        said = "\n\n".join(filter(None, (note, reason)))
        git_history.record(store, [*planned.added, *planned.changed, *planned.removed], said, user=user, now=now)
    known = set(planned.course.paths) if store.repository is None else set()
    for path in (*planned.added, *planned.changed):
        if path in known:
            text, digest = store.read(path)
            history.record(course_id, path, text, digest, planned.before.get(path, ""), user=user, now=now, note=note)
    removals.keep(course_id, planned.removals, reason=reason, user=user, now=now)
    audit.record(
        user,
        "course.put_back",
        f"course:{course_id}",
        now=now,
        course_id=course_id,
        reason=reason,
        added=list(planned.added)[:100],
        changed=list(planned.changed)[:100],
        removed=list(planned.removed)[:100],
    )


def _change(store: CourseStore, folder: Path, planned: PutBackPlan) -> None:
    """Changes the files, and puts them back as they were where one can't be."""
    bank = store.bank
    if _digests(bank, store.current().ledger_path) != dict(planned.before):
        raise ChangedSince
    if store.original is not None:
        for path in (*planned.added, *planned.changed):
            store.original.put(path, (folder / path).read_bytes())
        for path in planned.removed:
            store.original.take_out(path)
        return
    kept = folder.parent / "before"
    written = sorted((*planned.added, *planned.changed), key=lambda path: path == COURSE_FILE)
    for path in (*written, *planned.removed):
        if not stays_inside(bank, path) or (bank / path).is_symlink():
            raise PermissionError(13, "a link leads out of the course folder", path)
    for path in (*planned.changed, *planned.removed):
        target = kept / path.removeprefix("../")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bank / path, target)
    done: list[str] = []
    made: list[Path] = []
    try:
        for path in written:
            made.extend(_make_folders((bank / path).parent))
            done.append(path)
            _write(folder / path, bank / path)
        for path in planned.removed:
            done.append(path)
            (bank / path).unlink()
    except BaseException:
        for path in reversed(done):
            with contextlib.suppress(OSError):
                if path in planned.before:
                    _write(kept / path.removeprefix("../"), bank / path)
                else:
                    (bank / path).unlink(missing_ok=True)
        for each in reversed(made):
            with contextlib.suppress(OSError):
                each.rmdir()
        raise
    for path in planned.removed:
        with contextlib.suppress(OSError):  # it holds something else
            os.removedirs((bank / path).parent)


def _make_folders(folder: Path) -> list[Path]:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(mode=0o755)
        each.chmod(0o755)
    return missing[::-1]


def _write(source: Path, target: Path) -> None:
    """Puts a file in its place in one step."""
    part = target.with_name(f".saving-{secrets.token_hex(8)}.tmp")
    try:
        with open(source, "rb") as there, open(part, "xb") as here:
            shutil.copyfileobj(there, here, 65_536)
            here.flush()
            os.fsync(here.fileno())
        part.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o644)
        os.replace(part, target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
