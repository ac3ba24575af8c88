"""All courses of a server whose files are kept in the database: the same as those of a folder, by a working copy."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from webapp.content.courses import MOST, Courses
from webapp.content.folder_store import CourseStore
from webapp.content.problems import Problems
from webapp.course_table import table
from webapp.course_table.working_copy import WorkingCopy
from webapp.database import db


class OriginalInTable:
    """`content.original.Original` of one course."""

    def __init__(self, copy: WorkingCopy, name: str) -> None:
        self._copy, self.name = copy, name

    def hold(self) -> None:
        table.hold(self.name)
        self._copy.refresh(now=True)

    def refresh(self) -> None:
        self._copy.refresh(now=True)

    def unchanging(self) -> AbstractContextManager[None]:
        return self._copy.unchanging()

    def uncommitted(self) -> Mapping[str, bytes | None]:
        return table.uncommitted(self.name)

    def bytes_of(self, path: str) -> bytes | None:
        return table.content(db.session.connection(), self.name, path)

    def put(self, path: str, raw: bytes) -> None:
        table.put(self.name, path, raw, ended=self.refresh)

    def take_out(self, path: str) -> None:
        table.take_out(self.name, path, ended=self.refresh)


class TableCourses(Courses):
    """Gives the courses of the database by their ids. One alone is the only one, as that of a folder is; a second that
    comes is noticed while the server runs. Needs an app's context."""

    def __init__(
        self, folder: Path, cache: Path | None = None, *, archive: Path | None = None, most: int = MOST
    ) -> None:
        """`folder`: where the working copy is."""
        self._copy = WorkingCopy(folder)
        self._settled = 0
        super().__init__(folder, cache, archive=archive, most=most)

    @property
    def only(self) -> CourseStore | None:
        if not self._copy.has_looked:
            self.refresh()
        return self._only

    def refresh(self, *, now: bool = False) -> None:
        """Takes up what the database has, where a second has passed since the last look, or `now`."""
        self._copy.refresh(now=now)
        if self._settled != self._copy.changes:
            with self._lock:
                self._settled = self._copy.changes
                self._settle()

    @property
    def takes_more(self) -> bool:
        return True

    def take_in(self, folder: Path, course_id: str) -> None:
        """Puts the files into the database, where they stand when the transaction is committed."""
        if table.hold(course_id):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), course_id)
        table.begin(course_id)
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            path = file.relative_to(folder).as_posix()
            table.put(course_id, path, file.read_bytes(), ended=self.refresh_now)

    def take_out(self, course_id: str) -> None:
        """Nothing: what is not committed was never there."""

    def refresh_now(self) -> None:
        self.refresh(now=True)

    def _settle(self) -> None:
        """Sees whether there is one course by now, or several."""
        folders, before = self._folders(), self._only
        if before is not None and folders == [before.bank]:
            return
        only = None
        if len(folders) == 1:
            # One that can't be loaded is listed as the one of several that is broken.
            with contextlib.suppress(Problems):
                only = self._loaded.pop(folders[0], None) or self._open(folders[0])
        if before is not None and before.bank in folders:
            self._loaded[before.bank] = before
        self._only = only

    def _find_only(self) -> CourseStore | None:
        return None  # `_settle` does, when something is there

    def _folders(self) -> list[Path]:
        return self._copy.folders()

    def _open(self, folder: Path) -> CourseStore:
        original = OriginalInTable(self._copy, folder.name)
        return CourseStore(folder, cache=self._cache, archive=self._archive, original=original)
