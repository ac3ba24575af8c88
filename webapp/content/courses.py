"""All courses of a server: a folder of one course, or a folder of such folders, which may be empty at first.

One course is loaded at once, and nothing starts without it. Of several only `course.yaml` is read at first; a course is
loaded when somebody comes, and the one that was used longest ago makes room. One that is broken leaves the others.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from webapp.content.course.course_file import read_course_file
from webapp.content.course.files import Stamp, stamp
from webapp.content.file_names import COURSE_FILE
from webapp.content.folder_store import CourseStore
from webapp.content.git_repository import NoRepository, Repository
from webapp.content.problems import Location, Problem, Problems
from webapp.content.yaml.source import read_text

#: courses that a process holds at once; docs/operations.md says what that takes
MOST = 12
#: seconds until a course that could not be loaded is tried again
AGAIN = 2.0


class NoCourse(LookupError):
    """What was asked for is of one course, and nobody said of which."""


@dataclass(frozen=True)
class Listed:
    """A course as a list tells of it, which needs no more than its course.yaml. `problems`: why it can't be opened, or
    why an older edition is shown."""

    id: str
    folder: Path
    title: str
    subtitle: str = ""
    language: str = "en"
    problems: Problems | None = None
    opens: bool = True
    """Whether it has an address, and was not found to be without any edition that can be loaded."""


class Courses:
    """Gives the courses by their ids, as their files are now. Several threads may ask at once."""

    def __init__(
        self,
        bank: Path,
        cache: Path | None = None,
        *,
        read_only: bool = False,
        archive: Path | None = None,
        git: bool = False,
        most: int = MOST,
    ) -> None:
        """`cache`, `read_only` and `archive` are those of each CourseStore; at most `most` of several are held loaded.
        `git`: each lies in a repository, where its history is. Raises Problems where there is one and it can't be
        loaded, and NoRepository."""
        self.bank = bank
        self._cache, self._read_only, self._archive, self._git, self._most = cache, read_only, archive, git, most
        self._repositories: dict[Path, Repository] = {}
        self._lock = threading.RLock()
        self._only = self._find_only()
        self._loaded: OrderedDict[Path, CourseStore] = OrderedDict()
        self._loading: dict[Path, threading.Lock] = {}
        self._failed: dict[Path, tuple[float, Problems]] = {}
        self._stamps: dict[Path, Stamp] = {}
        self._heads: dict[Path, tuple[Stamp, Listed]] = {}
        self._by_id: Mapping[str, Listed] = {}
        self._broken: tuple[Listed, ...] = ()

    @property
    def only(self) -> CourseStore | None:
        """The course, where the folder is that of one."""
        return self._only

    def refresh(self, *, now: bool = False) -> None:
        """Lets what was changed elsewhere be noticed, at each request. A folder is looked at whenever it is asked for a
        course, so there is nothing to do."""

    def ids(self) -> tuple[str, ...]:
        """The id of each course that has an address of its own, in the order of their folders."""
        if (only := self.only) is not None:
            return (only.id,)
        self._look()
        return tuple(self._by_id)

    def listed(self) -> tuple[Listed, ...]:
        """All courses, in the order of their folders, with what is known to be wrong with each. None is loaded for it;
        one whose id belongs to another course is among them."""
        if (only := self.only) is not None:
            course = only.current()
            head = Listed(course.id, only.bank, course.title, course.subtitle, course.language)
            return (replace(head, problems=only.problems),)
        self._look()
        found = [self._as_known(each) for each in self._by_id.values()]
        return tuple(sorted((*found, *self._broken), key=lambda each: each.folder.name))

    def without_address(self) -> tuple[Listed, ...]:
        """Those of several whose id belongs to another one."""
        self._look()
        return self._broken

    def store(self, course_id: str) -> CourseStore | None:
        """The course with this id; None where there is none. Raises Problems for one that can't be loaded."""
        if (only := self.only) is not None:
            only.current()
            return only if course_id == only.id else None
        head = self._by_id.get(course_id)
        # A request for one course looks at that one alone.
        if head is None or not self._unchanged(self.bank, head.folder / COURSE_FILE):
            self._look()
            head = self._by_id.get(course_id)
        if head is None:
            return None
        with self._lock:
            store = self._loaded.get(head.folder)
            if store is not None:
                self._loaded.move_to_end(head.folder)
                return store
            turn = self._loading.setdefault(head.folder, threading.Lock())
        with turn:  # whoever comes meanwhile waits for it, rather than loading it once more
            with self._lock:
                store = self._loaded.get(head.folder)
            return store or self._load(head.folder)

    @property
    def loaded(self) -> tuple[CourseStore, ...]:
        """The courses that are loaded."""
        if (only := self.only) is not None:
            return (only,)
        with self._lock:
            return tuple(self._loaded.values())

    @property
    def takes_more(self) -> bool:
        """Whether another course can be put beside those that there are: not into the folder of one."""
        return self.only is None

    def take_in(self, folder: Path, course_id: str) -> None:
        """Gives a whole course, which lies in a folder of its own on the same disk, its place among the others. Raises
        OSError, also where there is one of this name."""
        folder.rename(self.bank / course_id)

    def take_out(self, course_id: str) -> None:
        """Removes a course that was taken in a moment ago."""
        shutil.rmtree(self.bank / course_id, ignore_errors=True)

    def require_repository(self) -> None:
        """Raises NoRepository where courses have to be in one, and one that is put beside the others would not be."""
        if self._git:
            Repository(self.bank)

    def repositories(self) -> tuple[Repository, ...]:
        """The repositories of the courses, each once, also those of courses that are not loaded."""
        return tuple({each.root: each for each in self._repositories.values()}.values())

    # ------------------------------------------------------------------ loading

    def _find_only(self) -> CourseStore | None:
        folders = course_folders(self.bank)
        if not folders and _is_empty(self.bank):
            return None
        for folder in folders or [self.bank]:
            self._repository(folder)
        return None if folders else self._open(self.bank)

    def _folders(self) -> list[Path]:
        """The folders of several courses, in the order of their names."""
        return _folders(self.bank)

    def _open(self, folder: Path) -> CourseStore:
        try:
            repository = self._repository(folder)
        except NoRepository as error:  # of a folder that came later than the server
            raise Problems([Problem(Location(COURSE_FILE), str(error), "expected a course in git", "")]) from error
        return CourseStore(
            folder, cache=self._cache, read_only=self._read_only, archive=self._archive, repository=repository
        )

    def _repository(self, folder: Path) -> Repository | None:
        if self._git and folder not in self._repositories:
            self._repositories[folder] = Repository(folder)
        return self._repositories.get(folder)

    def _load(self, folder: Path) -> CourseStore:
        tried = self._failed.get(folder)
        if tried is not None and time.monotonic() - tried[0] < AGAIN:
            raise tried[1]
        try:
            store = self._open(folder)
        except Problems as problems:
            self._failed[folder] = time.monotonic(), problems
            raise
        self._failed.pop(folder, None)
        with self._lock:
            self._loaded[folder] = store
            while len(self._loaded) > self._most:
                self._loaded.popitem(last=False)
        return store

    def _as_known(self, head: Listed) -> Listed:
        store = self._loaded.get(head.folder)
        if store is not None:
            return replace(head, problems=store.problems, opens=True)
        failed = self._failed.get(head.folder)
        return replace(head, problems=failed[1], opens=False) if failed is not None else head

    # ------------------------------------------------------------------ what there is

    def _look(self) -> None:
        """Reads what the folders are called anew where one came, went, or has another course.yaml: else a `stat` of
        each."""
        if self._stamps and self._unchanged(*self._stamps):
            return
        with self._lock:
            self._take_stock()

    def _unchanged(self, *paths: Path) -> bool:
        stamps = self._stamps
        return all(path in stamps and stamp(path) == stamps[path] for path in paths)

    def _take_stock(self) -> None:
        stamps = {self.bank: stamp(self.bank)}
        by_id: dict[str, Listed] = {}
        broken: list[Listed] = []
        for folder in self._folders():
            file = folder / COURSE_FILE
            stamps[file] = mark = stamp(file)
            known = self._heads.get(folder)
            if known is None or known[0] != mark:
                known = self._heads[folder] = mark, self._head(folder, known[1] if known else None)
            head = known[1]
            if head.id in by_id:
                broken.append(replace(head, problems=_taken(head, by_id[head.id]), opens=False))
            else:
                by_id[head.id] = head
        gone = [folder for folder in self._heads if folder / COURSE_FILE not in stamps]
        for folder in gone:
            del self._heads[folder]
            self._loaded.pop(folder, None)
            self._failed.pop(folder, None)
        self._by_id, self._broken, self._stamps = by_id, tuple(broken), stamps

    def _head(self, folder: Path, before: Listed | None) -> Listed:
        """What course.yaml says of a course; while it can't be read, what it said before, or the last good edition
        does, or no more than the name of the folder."""
        problems: list[Problem] = []
        try:
            read = read_course_file(read_text(folder / COURSE_FILE, COURSE_FILE)[0], problems)
        except Problems as found:
            read, problems = None, list(found)
        if read is not None and read.head is not None:
            head = read.head
            return Listed(head.id, folder, head.title, head.subtitle, head.language)
        if before is not None:
            return replace(before, problems=Problems(problems))
        try:
            course = self._open(folder).current()
        except Problems as found:
            return Listed(folder.name, folder, folder.name, problems=found, opens=False)
        return Listed(course.id, folder, course.title, course.subtitle, course.language, Problems(problems))


def course_folders(bank: Path) -> list[Path]:
    """The folders of courses in a folder of several, in the order of their names; none where it is that of one."""
    return [] if (bank / COURSE_FILE).exists() else _folders(bank)


def _is_empty(bank: Path) -> bool:
    """Whether nothing is in a folder yet, so that it waits for the first course; one that was named by mistake and
    holds something else is told of."""
    try:
        return all(name.startswith(".") for name in os.listdir(bank))
    except OSError:
        return False


def _folders(bank: Path) -> list[Path]:
    try:
        names = sorted(entry.name for entry in os.scandir(bank) if entry.is_dir() and entry.name[0] not in "._~")
    except OSError:
        return []
    return [bank / name for name in names if (bank / name / COURSE_FILE).exists()]


def _taken(head: Listed, other: Listed) -> Problems:
    said = f"the id `{head.id}` is that of another course, in the folder {other.folder.name}"
    return Problems([Problem(Location(COURSE_FILE), said, "expected an id that no other course has", "")])
