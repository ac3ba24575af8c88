"""Makes a course beside the others: written into a folder of its own that nobody sees, checked there as a whole, and
then given its name in one step. Whatever goes wrong before leaves the others, and the disk, as they were."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import exists, literal, or_, select

from webapp.accounts import course_admission, course_staff
from webapp.accounts.models import Admission, CourseRole, User
from webapp.audit import service as audit
from webapp.content.course.course import Course
from webapp.content.course.course_file import BESIDE
from webapp.content.course.head_keys import with_key
from webapp.content.course.loading import load_course
from webapp.content.course_zip import DEVICES, CourseZip, course_files
from webapp.content.courses import Courses
from webapp.content.file_names import COURSE_FILE
from webapp.content.new_course import new_course
from webapp.content.yaml.source import read_text
from webapp.database import db

#: courses of one server
MOST_COURSES = 500
#: characters of an id that is made of a title
LONGEST_ID = 60
#: how folders begin that nobody has given a name yet, and seconds after which they are what a killed server left
PART, LEFT_AFTER = ".making-", 24 * 3600
#: what lies beside courses and is none
_TAKEN = DEVICES | {"seeds"}


class OneCourse(Exception):
    """The server's folder is that of one course, so there is no place for another."""


class TooManyCourses(Exception):
    """The server has as many courses as it takes."""


class Workshop:
    """A course that is being made, in a folder that is no course yet."""

    def __init__(self, courses: Courses, room: Path) -> None:
        self._courses = courses
        self.folder = room / "course"

    def begin(self, title: str, language: str) -> None:
        """Writes a small course that works, each part of it to be replaced."""
        for path, text in new_course("new-course", title, language, ".").items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def copy(self, course: Course, title: str = "") -> None:
        """Writes what another course has in its folder, called `title` if it is given. Raises Problems, OSError."""
        for path, file in course_files(course.folder, course.ledger_path):
            target = self.folder.parent / path[3:] if path.startswith(BESIDE) else self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            # The text only: the file that comes with the app may be closed to writing, its copy must not be.
            shutil.copyfile(file, target)
        self._finish(title)

    def unpack(self, packed: CourseZip, title: str = "") -> None:
        """Writes what a zip has, called `title` if it is given. Raises UnusableZip, Problems, OSError."""
        packed.unpack(self.folder)
        self._finish(title)

    def _finish(self, title: str) -> None:
        bring_ledger_in(self.folder)
        if title:
            set_key(self.folder, "title", title)

    def check(self) -> Course:
        """The course, whole. Raises Problems."""
        return load_course(self.folder)

    def move_in(self, wanted: str, *, by: User | None, now: datetime, made_of: str) -> str:
        """Gives the course an id like `wanted`, its owner, and its place among the others; gives that id. Flushes.

        At first only its staff can take it: what is not written yet is nobody else's to see. Raises OSError.
        """
        course_id = free_id(self._courses, wanted)
        set_key(self.folder, "id", course_id)
        title = self.check().title
        actor: Any = by
        if by is not None:
            course_staff.give(course_id, by, CourseRole.OWNER, by=by, now=now)
            course_staff.let_all_instructors(course_id, False, by=by, now=now)
            course_admission.admit(course_id, Admission.CLASS, by=by, now=now)
        else:
            actor = "webapp courses"
        audit.record(
            actor, "course.made", f"course:{course_id}", now=now, course_id=course_id, title=title, made_of=made_of
        )
        _open_to_reading(self.folder)
        # Fails where somebody has made one of this name at this moment.
        self._courses.take_in(self.folder, course_id)
        return course_id


@contextlib.contextmanager
def workshop(courses: Courses) -> Iterator[Workshop]:
    """A place for making a course; whatever was not moved in is gone afterwards. Raises OneCourse, TooManyCourses,
    git_repository.NoRepository, and OSError where nothing can be written."""
    if not courses.takes_more:
        raise OneCourse
    courses.require_repository()
    courses.bank.mkdir(parents=True, exist_ok=True)
    if len(courses.listed()) >= MOST_COURSES:
        raise TooManyCourses
    _clear(courses.bank)
    room = Path(tempfile.mkdtemp(dir=courses.bank, prefix=PART))
    try:
        yield Workshop(courses, room)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _clear(bank: Path) -> None:
    """What a server left that was stopped in the middle."""
    for path in bank.glob(f"{PART}*"):
        with contextlib.suppress(OSError):
            if path.is_dir() and not path.is_symlink() and time.time() - path.stat().st_mtime > LEFT_AFTER:
                shutil.rmtree(path, ignore_errors=True)


def _open_to_reading(folder: Path) -> None:
    """As a folder that somebody made by hand is: a shared one has other readers than this process."""
    for at, _folders, names in os.walk(folder):
        os.chmod(at, 0o755)  # noqa: S103 - a course is no secret of the account that runs the server
        for name in names:
            os.chmod(Path(at, name), 0o644)


# --- its name --------------------------------------------------------------------------------------------------------


def slug(words: str) -> str:
    """A short id of a title: small letters, digits and single hyphens. "course" for one without any of these."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST_ID].strip("-") or "course"


def free_id(courses: Courses, wanted: str) -> str:
    """`wanted` as an id that no course has, no folder, and nothing that is kept of a course that was here before."""
    base = slug(wanted)
    known = {each.id for each in courses.listed()} | _TAKEN
    for number in range(1, MOST_COURSES * 4):
        candidate = base if number == 1 else f"{base}-{number}"
        is_there = os.path.lexists(courses.bank / candidate)
        if candidate not in known and not is_there and not _is_remembered(candidate):
            return candidate
    raise TooManyCourses


def _is_remembered(course_id: str) -> bool:
    """Whether something is kept under this id: attempts, classes, staff, what was recorded."""
    tables = [table for table in db.metadata.sorted_tables if "course_id" in table.c]
    found = [exists(select(literal(1)).where(table.c.course_id == course_id)) for table in tables]
    return bool(db.session.scalar(select(or_(*found))))


# --- its files -------------------------------------------------------------------------------------------------------


def set_key(folder: Path, key: str, value: str) -> None:
    """Sets a key of the course file in a folder. Raises Problems."""
    file = folder / COURSE_FILE
    file.write_text(with_key(read_text(file, COURSE_FILE)[0], key, value), encoding="utf-8", newline="")


def ledger_of(folder: Path) -> str:
    """The path of the ledger as the course file in a folder names it; "" for none. Raises Problems."""
    return load_course(folder).ledger_path


def bring_ledger_in(folder: Path) -> None:
    """Moves the ledger of a course from `../seeds/` into the folder of the course, where it goes along with it and
    meets none of another course. Raises Problems."""
    ledger = ledger_of(folder)
    if ledger.startswith(BESIDE):
        inside = ledger.removeprefix("../")
        (folder / inside).parent.mkdir(parents=True, exist_ok=True)
        os.replace(folder / ledger, folder / inside)
        set_key(folder, "ledger", inside)
