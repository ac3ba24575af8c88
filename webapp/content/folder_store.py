"""The current course of a running server: reloaded when files change, kept when an edit breaks them, and saved with a
version check, in any number of threads and processes."""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path

from webapp.content.course.course import Course
from webapp.content.course.course_file import is_inside
from webapp.content.course.files import Shelf, Stamp, stamp, stays_inside
from webapp.content.course.loading import Loader
from webapp.content.file_names import COURSE_FILE
from webapp.content.git_repository import Repository
from webapp.content.last_good import LastGood
from webapp.content.media.archive import Archive
from webapp.content.media.names import CAPTIONS, Medium, is_name, is_recording
from webapp.content.media.names import FOLDER as MEDIA
from webapp.content.media.sent import find_room, received
from webapp.content.original import Original
from webapp.content.problems import Location, Problem, Problems
from webapp.content.questions.question_cache import Cache
from webapp.content.translations.catalogues import FOLDER
from webapp.content.yaml.source import LARGEST_FILE, decode


class Conflict(Exception):
    """The file is no longer what the editor opened. Holds what it is now: `current_text` and `current_digest`."""

    def __init__(self, current_text: str, current_digest: str) -> None:
        super().__init__("somebody else has changed the file since it was opened")
        self.current_text, self.current_digest = current_text, current_digest


class NotPartOfCourse(Exception):
    """The path is not a file of the course, so it is neither shown nor written."""


class CourseStore:
    """Gives the course as its files are now. Making one loads the course or, while that cannot be, the last edition of
    it that was kept in `cache`; it raises Problems where there is none."""

    def __init__(
        self,
        bank: Path,
        cache: Path | None = None,
        *,
        read_only: bool = False,
        archive: Path | None = None,
        repository: Repository | None = None,
        original: Original | None = None,
    ) -> None:
        """`archive` is where copies of its pictures are kept; `read_only`: nothing is ever saved to this folder,
        whatever the file system allows; `repository`: the one that the folder is in, where its history is that of the
        course; `original`: what the folder is a working copy of, where it is one."""
        self.bank, self.read_only, self.repository, self.original = bank, read_only, repository, original
        self._cache = Cache(cache) if cache is not None else None
        self.archive = Archive(archive) if archive is not None else None
        self._lock = threading.RLock()
        self._shelf = Shelf()
        self._stamps: dict[str, Stamp] = {}
        self._settled = False
        self._taken_up_at = time.time()
        self._problems: Problems | None = None
        self._last_good = LastGood(bank, self._cache) if self._cache is not None else None
        loader = Loader(bank, self._cache, self._shelf)
        try:
            with self._unchanging():
                self._course = loader.load()
            self._keep()
        except Problems as problems:
            kept = self._last_good.load() if self._last_good is not None else None
            if kept is None:
                raise
            self._course, self._problems = kept, problems
        self._stamps, self._settled = loader.files.stamps, loader.files.settled
        if self._cache is not None:
            self._cache.forget_old()

    # ------------------------------------------------------------------ reading

    def current(self) -> Course:
        """The course as the files stand, or the last good one while they are broken. Costs one `stat` for each file
        when nothing changed."""
        if self._unchanged():
            return self._course
        with self._lock:
            if not self._unchanged():
                self._reload()
            return self._course

    @property
    def id(self) -> str:
        """The id of the course, as it was last read: its name in addresses. Looks at no file."""
        return self._course.id

    @property
    def problems(self) -> Problems | None:
        """What is wrong with the files, when the course that `current` gives is older than they are."""
        return self._problems

    @property
    def since(self) -> float:
        """When the edition that `current` gives became the one that is served, in seconds since 1970: as the folder of
        editions says it, else since this process has it."""
        kept = self._last_good.since(self._course.digest) if self._last_good is not None else None
        return self._taken_up_at if kept is None else kept

    def _unchanged(self) -> bool:
        stamps = self._stamps
        return self._settled and all(stamp(self.bank / path) == known for path, known in stamps.items())

    def _reload(self) -> None:
        loader = Loader(self.bank, self._cache, self._shelf)
        try:
            with self._unchanging():
                course = loader.load()
        except Problems as problems:
            self._problems = problems
            # Another process may have seen a later good edition than this one.
            if self._last_good is not None and self._last_good.digest() not in ("", self._course.digest):
                self._course = self._last_good.load() or self._course
        else:
            # A touched file gives an equal course; the old object keeps what it has already worked out.
            if course.digest != self._course.digest or self._problems is not None:
                self._course, self._taken_up_at = course, time.time()
            self._problems = None
            self._keep()
        self._stamps, self._settled = loader.files.stamps, loader.files.settled

    def _keep(self) -> None:
        if self._last_good is not None:
            self._last_good.keep(self._course)
        if self.archive is not None:
            self.archive.keep(self.bank, self._course.media.values())

    def files(self) -> list[str]:
        """The files of the course that may be read and written, relative to its folder, in a sensible order."""
        self.current()
        with self._lock:
            known = dict.fromkeys(self._course.paths)
            known.update((path, None) for path in self._stamps if self._is_text(path))
        return sorted(known, key=lambda path: (path != COURSE_FILE, path))

    def read(self, relative_path: str) -> tuple[str, str]:
        """The text of a file and the digest of its bytes. Raises NotPartOfCourse, FileNotFoundError, Problems."""
        path, uncommitted = self._path(relative_path), self._uncommitted()
        raw = uncommitted[relative_path] if relative_path in uncommitted else path.read_bytes()
        return decode(raw, relative_path), sha256(raw).hexdigest()

    def check(self, relative_path: str, text: str) -> tuple[Problem, ...]:
        """What would be wrong with the course if the file had this text. Nothing is written."""
        try:
            self.trial({relative_path: text})
        except Problems as problems:
            return problems.problems
        return ()

    def trial(self, texts: Mapping[str, str]) -> Course:
        """The course as it would be with these texts in place of files. Nothing is written. Raises Problems."""
        for relative_path in texts:
            self._path(relative_path)
        texts = {path: raw.decode("utf-8-sig", "replace") for path, raw in self._uncommitted().items()} | dict(texts)
        with self._lock:
            loader = Loader(self.bank, None, self._shelf.copy(), texts)
        with self._unchanging():
            return loader.load()

    # ------------------------------------------------------------------ writing

    def hold(self) -> None:
        """Where the folder is a working copy: keeps other servers from saving until the transaction ends, and takes up
        what they saved before."""
        if self.original is not None:
            self.original.hold()

    def save(self, relative_path: str, text: str, expected_digest: str) -> str:
        """Replaces a file in one step if it is still the one with `expected_digest` ("" for a file that is not there
        yet); gives the digest of the new one. Raises Conflict, NotPartOfCourse, Problems for a text too long, and
        OSError where nothing can be written.

        The text may be broken: whether to save it anyway is for the caller, who can ask `check`.
        """
        path = self._path(relative_path)
        if self.read_only:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        with self._alone():
            before = self._before(relative_path, path)
            digest = "" if before is None else sha256(before).hexdigest()
            before = before or b""
            if digest != expected_digest:
                if self.original is not None:
                    self.original.refresh()
                raise Conflict(before.decode("utf-8-sig", "replace").replace("\r\n", "\n"), digest)
            raw = as_before(text, before).encode("utf-8", "replace")
            if before.startswith(codecs.BOM_UTF8):
                raw = codecs.BOM_UTF8 + raw
            if len(raw) > LARGEST_FILE:
                raise Problems([Problem(Location(relative_path), "the text is too long",
                                        f"expected at most {LARGEST_FILE // 1_000_000} MB")])  # fmt: skip
            self._put(relative_path, path, raw)
        return sha256(raw).hexdigest()

    def take_back(self, relative_path: str) -> None:
        """Removes a file that was saved a moment ago where none was."""
        path = self._path(relative_path)
        if self.original is not None:
            self.original.take_out(relative_path)
        else:
            path.unlink(missing_ok=True)

    def _before(self, relative_path: str, path: Path) -> bytes | None:
        """The file as it is for everybody, whom `_alone` keeps from changing it; None for one that is not there."""
        if self.original is not None:
            return self.original.bytes_of(relative_path)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def _put(self, relative_path: str, path: Path, raw: bytes) -> None:
        if self.original is not None:
            self.original.put(relative_path, raw)
        else:
            _replace(path, raw)
            self._settled = False

    def add_folder(self, name: str) -> None:
        """Makes a folder of the course, to put files into. Raises NotPartOfCourse for a name that could lead elsewhere,
        and OSError, FileExistsError among them."""
        if not _FOLDER.fullmatch(name):
            raise NotPartOfCourse(name)
        if self.read_only:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self.bank / name))
        (self.bank / name).mkdir()

    def remove_folder(self, name: str) -> None:
        """Takes a folder away again that `add_folder` has made, where nothing was put into it."""
        if _FOLDER.fullmatch(name):
            with contextlib.suppress(OSError):
                (self.bank / name).rmdir()

    def add_medium(self, raw: bytes, called: str) -> Medium:
        """Puts a picture or a recording into the folder `media/`, under a name by its content; one that is there
        already stays as it is. `called` is what the sender's file was called. Raises UnusableFile, NotPartOfCourse
        where the folder leads out of the course, and OSError where nothing can be written."""
        medium = received(raw, called)
        path = self.bank / medium.name
        if self.read_only:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        if not stays_inside(self.bank, MEDIA) or not stays_inside(self.bank, medium.name):
            raise NotPartOfCourse(medium.name)
        with self._alone():
            if not path.exists():
                find_room(self.bank, len(raw))
                path.parent.mkdir(exist_ok=True)
                # Also where the folder is a working copy: it is called by its content, so it can be no other's, and
                # who writes about it sees it before the transaction ends.
                _replace(path, raw)
                self._settled = False
            if self.original is not None and self.original.bytes_of(medium.name) is None:
                self.original.put(medium.name, raw)
        return medium

    def remove_medium(self, name: str) -> list[str]:
        """Takes a picture or a recording out of the folder `media/`, and its words with it; gives the names of what is
        gone. Whether a text shows it is for the caller to see. Raises NotPartOfCourse, FileNotFoundError and
        OSError."""
        if not is_name(name) or not stays_inside(self.bank, name):
            raise NotPartOfCourse(name)
        path = self.bank / name
        if self.read_only:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        words = Medium(name, "", 0, 0).captions
        with self._alone():
            gone = (
                [name, words] if is_recording(name) and self._before(words, self.bank / words) is not None else [name]
            )
            if self._before(name, path) is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
            for each in gone:
                if self.original is not None:
                    self.original.take_out(each)
                else:
                    (self.bank / each).unlink()
                    self._settled = False
        return gone

    @contextlib.contextmanager
    def changed_as_a_whole(self) -> Iterator[None]:
        """Keeps others from saving, and readers of this process from looking, while many files are changed: nobody here
        sees one half of them. Raises OSError where nothing is ever saved to this folder."""
        if self.read_only:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self.bank))
        with self._alone():
            try:
                yield
            finally:
                self._settled = False

    def _path(self, relative_path: str) -> Path:
        """The file on disk; only files of the course, and new ones of the right kind in its folders."""
        if not stays_inside(self.bank, relative_path):
            raise NotPartOfCourse(relative_path)
        if relative_path in self._stamps and self._is_text(relative_path):
            return (self.bank / relative_path).resolve()
        captions = relative_path.partition("/")[0] == MEDIA and relative_path.endswith(CAPTIONS)
        if not is_inside(relative_path) or not (captions or relative_path.endswith((".yaml", ".yml", ".md"))):
            raise NotPartOfCourse(relative_path)
        path = (self.bank / relative_path).resolve()
        if not path.is_relative_to(self.bank.resolve()) or not path.parent.is_dir() or path.name.startswith("."):
            raise NotPartOfCourse(relative_path)
        return path

    def _is_text(self, path: str) -> bool:
        """Whether what was looked at is a file of text: neither a folder nor a picture or recording."""
        if path.partition("/")[0] == MEDIA and not path.endswith(CAPTIONS):
            return False
        return path != FOLDER and not (self.bank / path).is_dir()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else saves meanwhile. The database has locks of its own; whoever waited for one of them with one of
        ours could wait for ever for somebody who wants ours."""
        if self.original is not None:
            self.original.hold()
            yield
        else:
            with self._lock, self.exclusive():
                yield

    def _uncommitted(self) -> Mapping[str, bytes]:
        """What was saved in this transaction, which is not in the folder yet."""
        kept = self.original.uncommitted() if self.original is not None else {}
        return {path: raw for path, raw in kept.items() if raw is not None}

    def _unchanging(self) -> contextlib.AbstractContextManager[None]:
        return self.original.unchanging() if self.original is not None else contextlib.nullcontext()

    def exclusive(self) -> AbstractContextManager[None]:
        """Keeps other processes from saving at the same time."""
        return exclusive(self.bank, self._cache.folder if self._cache is not None else None)


@contextlib.contextmanager
def exclusive(bank: Path, cache: Path | None) -> Iterator[None]:
    """Keeps other processes from saving to a course at the same time: those of this machine, and on POSIX also those of
    other servers that share the folder of the course and nothing else."""
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
        lock = cache / "saving.lock"
    else:
        name = sha256(str(bank.resolve()).encode()).hexdigest()[:16]
        lock = Path(tempfile.gettempdir()) / f"course-{name}.lock"
    with open(lock, "a+b") as handle:
        _lock_file(handle.fileno())
        try:
            with _held(bank / COURSE_FILE):
                yield
        finally:
            _unlock_file(handle.fileno())


#: a folder that is made for a pillar
_FOLDER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LINE_END = re.compile(r"\r\n|\r|\n")


def as_before(text: str, before: bytes) -> str:
    """The text with the line ends of the file that it replaces: whoever edits it on Windows keeps those their tools
    expect. In a file that has both kinds, lines above and below what changed keep their own."""
    lines = _LINE_END.sub("\n", text).split("\n")
    if b"\r" not in before:
        return "\n".join(lines)
    was = before.decode("utf-8-sig", "replace")
    old, ends = _LINE_END.split(was), _LINE_END.findall(was)
    usual = max(("\r\n", "\n", "\r"), key=ends.count)
    made = [usual] * (len(lines) - 1)
    for number in range(min(len(made), len(ends))):
        if lines[number] != old[number]:
            break
        made[number] = ends[number]
    for number in range(1, min(len(made), len(ends)) + 1):
        if lines[-number] != old[-number]:
            break
        made[-number] = ends[-number]
    return "".join(line + end for line, end in zip(lines, [*made, ""], strict=True))


def _replace(path: Path, raw: bytes) -> None:
    """Writes a file so that a reader or a power cut finds the old one or the new one, never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".saving-", suffix=".tmp")
    try:
        with open(handle, "wb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, path.stat().st_mode & 0o7777 if path.exists() else 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


if sys.platform == "win32":
    import msvcrt

    @contextlib.contextmanager
    def _held(_file: Path) -> Iterator[None]:
        """Nothing: what is locked there can't be read by others."""
        yield

    def _lock_file(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)

    def _unlock_file(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    @contextlib.contextmanager
    def _held(file: Path) -> Iterator[None]:
        """Locks a file that may be replaced meanwhile; nothing where it is missing or can't be locked (a network's
        folder may not know locks). NFS wants it open for writing."""
        with contextlib.ExitStack() as held:
            with contextlib.suppress(OSError):
                while True:
                    handle = held.enter_context(open(file, "r+b"))
                    fcntl.flock(handle, fcntl.LOCK_EX)
                    if os.path.samestat(os.fstat(handle.fileno()), os.stat(file)):
                        break
                    held.pop_all().close()
            yield

    def _lock_file(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _unlock_file(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
