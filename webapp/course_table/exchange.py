"""A folder with the files of a course, put into the database (push) and written from it (pull).

Beside what it wrote, a pull leaves `.pulled.json`, which says what every file was then. By it the next push knows what
others have changed in the database since, and the next pull what somebody has changed in the folder.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from webapp.content.course.course import Course
from webapp.content.course.course_file import BESIDE
from webapp.content.course.files import stays_inside
from webapp.content.whole_files import write_whole
from webapp.course_table import table
from webapp.course_table.paths import BadPath, is_course_name, is_file_path, place
from webapp.database import db

#: in the folder of a course
PULLED = ".pulled.json"

Digests = Mapping[str, str]


class ExchangeRefused(Exception):
    """Why nothing was written. The text says what to do; `paths` are the files it is about."""

    def __init__(self, why: str, paths: Iterable[str] = ()) -> None:
        super().__init__(why)
        self.paths = tuple(sorted(paths))


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a folder is a copy of: which course, and what its files were then."""

    course: str
    edition: int
    files: Digests


@dataclass(frozen=True, slots=True)
class FileChanges:
    """What becomes of files, by path."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    #: left as they are in the folder, because they were changed there
    kept: tuple[str, ...] = ()

    @classmethod
    def between(cls, before: Digests, after: Digests) -> FileChanges:
        return cls(
            tuple(sorted(after.keys() - before.keys())),
            tuple(sorted(path for path in before.keys() & after.keys() if before[path] != after[path])),
            tuple(sorted(before.keys() - after.keys())),
        )

    @property
    def all(self) -> tuple[str, ...]:
        return self.added + self.changed + self.removed


# ------------------------------------------------------------------ folders


def read_pulled(folder: Path) -> Pulled | None:
    """What was written beside the files; None where that is nothing."""
    try:
        found = json.loads((folder / PULLED).read_text(encoding="utf-8"))
        pulled = Pulled(str(found["course"]), int(found["edition"]), dict(found["files"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pulled if is_course_name(pulled.course) else None


def write_pulled(folder: Path, pulled: Pulled) -> None:
    values = {"course": pulled.course, "edition": pulled.edition, "files": dict(sorted(pulled.files.items()))}
    write_whole(folder / PULLED, (json.dumps(values, indent=1) + "\n").encode())


def files_in(folder: Path, course: Course) -> dict[str, Path]:
    """Every file of a course by its path: what is in its folder, but for hidden files and copies that editors leave
    (`~`), and what it reads beside it. Raises ExchangeRefused."""
    found: dict[str, Path] = {}
    total = 0
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in [*names, *(each for each in folders if (Path(root) / each).is_symlink())]:
            if not name.startswith(".") and not name.endswith("~"):
                file = Path(root) / name
                found[file.relative_to(folder).as_posix()] = file
    found |= {path: folder / path for path in course.sources if path.startswith(BESIDE)}
    for path, file in found.items():
        if not is_file_path(path):
            raise ExchangeRefused("no file of a course can be called so, give it another name", [path])
        if not file.is_file() or not stays_inside(folder, path):
            raise ExchangeRefused("this is a link, put the file itself in its place", [path])
        size = file.stat().st_size
        total += size
        if size > table.LARGEST:
            raise ExchangeRefused(f"a file may have {table.LARGEST // 1_000_000} MB at most", [path])
    if len(found) > table.MOST_FILES or total > table.MOST_BYTES:
        raise ExchangeRefused(
            f"the folder has {len(found):,} files and {total / 1e6:,.0f} MB; a course may have "
            f"{table.MOST_FILES:,} and {table.MOST_BYTES // 1_000_000} MB"
        )
    return found


def _digest(file: Path) -> str | None:
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError:
        return None


# ------------------------------------------------------------------ into the database


@dataclass(frozen=True)
class Push:
    """A folder on its way into the database: which course it is there, and what becomes of its files."""

    folder: Path
    name: str
    files: Mapping[str, Path]
    digests: Digests
    changes: FileChanges
    is_new: bool


def planned_push(folder: Path, course: Course, *, force: bool = False) -> Push:
    """What a push would do. From here on nobody else changes the course, until the transaction ends.

    Raises ExchangeRefused, also where the database has what the folder has never seen (but for `force`)."""
    pulled = read_pulled(folder)
    name = pulled.course if pulled is not None else course.id
    if not is_course_name(name):
        raise ExchangeRefused(f"no course can be kept as {name!r}, give it another id")
    files = files_in(folder, course)
    digests = {path: sha256(file.read_bytes()).hexdigest() for path, file in files.items()}
    is_new = not table.hold(name)
    there = table.digests(db.session.connection(), name)
    elsewhere = FileChanges.between(pulled.files if pulled is not None else {}, there).all
    if not is_new and elsewhere and digests != there and not force:
        why = "was changed in the database since this folder was pulled" if pulled is not None else "is there already"
        raise ExchangeRefused(
            f"the course {name} {why}; pull it, or push with --force to overwrite what is there", elsewhere
        )
    return Push(folder, name, files, digests, FileChanges.between(there, digests), is_new)


def push(plan: Push) -> None:
    """Writes the files as one edition. Flushes. Raises ExchangeRefused when one has changed since it was looked at."""
    if plan.is_new:
        table.begin(plan.name)
    for path in plan.changes.removed:
        table.take_out(plan.name, path)
    for path in (*plan.changes.added, *plan.changes.changed):
        raw = plan.files[path].read_bytes()
        if sha256(raw).hexdigest() != plan.digests[path]:
            raise ExchangeRefused("a file was changed while it was read, push again", [path])
        table.put(plan.name, path, raw)


def note_pushed(plan: Push) -> None:
    """Notes in the folder that the database has what it has: after the commit."""
    write_pulled(plan.folder, Pulled(plan.name, edition_of(plan.name), plan.digests))


def edition_of(name: str) -> int:
    """The number of the edition of a course; 0 for one that is not there."""
    return table.marks(db.session.connection()).get(name, (0, None))[0]


def kept() -> list[str]:
    """The courses that the database has."""
    return sorted(table.marks(db.session.connection()))


# ------------------------------------------------------------------ out of the database


@dataclass(frozen=True)
class Pull:
    """A course on its way into a folder, and what becomes of the files there."""

    folder: Path
    name: str
    edition: int
    digests: Digests
    changes: FileChanges


def planned_pull(name: str, folder: Path, *, force: bool = False) -> Pull:
    """What a pull would do. Files that were changed in the folder, or were there before, are kept; where the database
    has another text for one, too, ExchangeRefused is raised (but for `force`, which overwrites them)."""
    there = table.digests(db.session.connection(), name)
    pulled = read_pulled(folder)
    if pulled is not None and pulled.course != name:
        raise ExchangeRefused(f"the folder {folder} is that of another course, {pulled.course}")
    before: Digests = pulled.files if pulled is not None else {}
    added: list[str] = []
    changed: list[str] = []
    removed: list[str] = []
    mine: list[str] = []
    both: list[str] = []
    for path in sorted(there.keys() | before.keys()):
        try:
            here = _digest(place(folder, path))
        except BadPath as error:
            raise ExchangeRefused("the database has a path that leads elsewhere", [path]) from error
        was, is_ = before.get(path), there.get(path)
        if here == is_:
            continue
        if here != was and not force:
            (mine if is_ == was or is_ is None else both).append(path)
        elif is_ is None:
            removed.append(path)
        else:
            (added if here is None else changed).append(path)
    if both:
        raise ExchangeRefused(
            f"files of the course {name} were changed both here and in the database; put yours aside, or pull with "
            "--force to overwrite them",
            both,
        )
    changes = FileChanges(tuple(added), tuple(changed), tuple(removed), tuple(mine))
    return Pull(folder, name, edition_of(name), there, changes)


def refuse_clashes(plans: Iterable[Pull]) -> None:
    """Raises ExchangeRefused where two courses have different files for one place beside them."""
    wanted: dict[Path, str] = {}
    for plan in plans:
        for path, digest in plan.digests.items():
            if wanted.setdefault(place(plan.folder, path).resolve(), digest) != digest:
                raise ExchangeRefused("two courses have different files for this place, pull one by --course", [path])


def pull(plan: Pull) -> None:
    """Writes the files."""
    connection = db.session.connection()
    plan.folder.mkdir(parents=True, exist_ok=True)
    for path in plan.changes.removed:
        file = place(plan.folder, path)
        file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # a folder that nothing is left in goes, too
            if file.parent != plan.folder:
                file.parent.rmdir()
    for path in (*plan.changes.added, *plan.changes.changed):
        raw = table.content(connection, plan.name, path)
        file = place(plan.folder, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        if raw is not None:
            write_whole(file, raw)
    write_pulled(plan.folder, Pulled(plan.name, plan.edition, plan.digests))
