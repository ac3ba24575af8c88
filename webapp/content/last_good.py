"""The last edition of a course that could be loaded, kept on disk: a server that starts, or a worker that takes
another one's place, while somebody's edit is broken serves what all others serve.

An edition is a folder with a copy of each file that was read, called by the digest of all of them. It counts only if
loading it gives that digest again, so a copy that is cut short or was changed is as good as none.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from webapp.content.course.course import Course
from webapp.content.course.course_file import is_inside
from webapp.content.course.loading import Loader
from webapp.content.problems import Problems
from webapp.content.questions.question_cache import Cache
from webapp.content.whole_files import write_whole

#: the file that names the latest edition
LATEST = "latest"
#: editions that are kept, the latest among them: one that is being read is not deleted
KEPT = 3


class LastGood:
    """The editions kept of one course folder. Several processes may share them; all may be deleted at any time."""

    def __init__(self, bank: Path, cache: Cache) -> None:
        self.bank, self._cache = bank, cache
        self.folder = cache.folder / "last-good" / sha256(str(bank.resolve()).encode()).hexdigest()[:16]

    def digest(self) -> str:
        """The digest of the latest edition; "" for none."""
        try:
            return (self.folder / LATEST).read_text().strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def since(self, digest: str) -> float | None:
        """When the edition with this digest became the latest, in seconds since 1970; None where it is not."""
        try:
            return (self.folder / LATEST).stat().st_mtime if self.digest() == digest else None
        except OSError:
            return None

    def keep(self, course: Course) -> None:
        """Makes this the latest edition. A full disk or a folder that can't be written is not an error."""
        if self.digest() == course.digest and (self.folder / course.digest).is_dir():
            return
        if not all(is_inside(path) for path in course.sources):
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            if not (self.folder / course.digest).is_dir():
                self._copy(course)
            write_whole(self.folder / LATEST, course.digest.encode())
            self._forget_old(course.digest)

    def _copy(self, course: Course) -> None:
        part = Path(tempfile.mkdtemp(dir=self.folder, prefix=".new-"))
        try:
            for path, raw in course.sources.items():
                file = part / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(raw)
            for picture in course.media.values():
                (part / picture.name).parent.mkdir(exist_ok=True)
                shutil.copyfile(course.folder / picture.name, part / picture.name)
            part.rename(self.folder / course.digest)
        except OSError:  # another process may have been quicker
            shutil.rmtree(part, ignore_errors=True)
            if not (self.folder / course.digest).is_dir():
                raise

    def _forget_old(self, latest: str) -> None:
        editions = [path for path in self.folder.iterdir() if path.is_dir() and path.name != latest]
        editions.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in editions[KEPT - 1 :]:
            shutil.rmtree(path, ignore_errors=True)

    def load(self) -> Course | None:
        """The latest edition as a course in its own folder, or None where there is none that is whole."""
        digest = self.digest()
        if not digest or "/" in digest or digest.startswith("."):
            return None
        try:
            course = Loader(self.folder / digest, self._cache).load()
        except Problems:
            return None
        return replace(course, folder=self.bank) if course.digest == digest else None
