"""A course as one zip: written from its folder, and read from whatever somebody sends as one.

A zip that is sent is looked at before anything of it is unpacked: how much it holds, what each file is called, and that
none leads elsewhere. Then each file is written by pieces to where its name says, and no more of it than it stated.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import IO

from webapp.content.course.course_file import BESIDE
from webapp.content.file_names import COURSE_FILE
from webapp.content.zip_lists import stated_list

#: files in one zip, and bytes of them, unpacked
MOST_FILES = 4_000
MOST_BYTES = 600_000_000
#: how many times its own size a zip may hold: texts take a tenth, a bomb a thousandth; small ones may hold more
MOST_TIMES, ALWAYS = 100, 2_000_000
#: characters of a path, and of one name in it; folders in folders
LONGEST_PATH, LONGEST_NAME, DEEPEST = 240, 100, 8
#: bytes of the list of files at the end of a zip
LARGEST_LIST = 1_500_000
_PIECE = 65_536

#: how the files of a course end; what else lies beside them is no part of one
KINDS = frozenset(
    (".yaml", ".yml", ".md", ".po", ".txt", ".csv", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg",
     ".mp3", ".m4a", ".ogg", ".oga", ".opus", ".wav", ".mp4", ".webm", ".vtt")
)  # fmt: skip
_PACKED = frozenset((".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".zst", ".jar"))
#: what Windows takes for a device, whatever the ending
DEVICES = frozenset(("con", "prn", "aux", "nul", "clock$", *(f"{of}{n}" for of in ("com", "lpt") for n in range(10))))
#: what systems put beside files unasked
_UNASKED = frozenset(("__macosx", "thumbs.db", "desktop.ini", "__pycache__"))
#: files that gain nothing by being packed
_AS_THEY_ARE = frozenset((".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".mp3", ".m4a", ".ogg", ".mp4", ".webm"))


class WhyNot(StrEnum):
    """Why a zip is refused."""

    NO_ZIP = "no zip"
    DAMAGED = "damaged"
    LOCKED = "locked"
    PACKING = "packing"
    FILES = "files"
    BYTES = "bytes"
    BOMB = "bomb"
    PATH = "path"
    NAME = "name"
    LINK = "link"
    TWICE = "twice"
    NESTED = "nested"
    KIND = "kind"
    NO_COURSE = "no course"
    COURSES = "courses"


class UnusableZip(Exception):
    """What somebody sent is refused, and nothing of it was unpacked. `name`: the file in it that it is about."""

    def __init__(self, why: WhyNot, name: str = "") -> None:
        super().__init__(f"{why}: {name[:200]!r}")
        self.why, self.name = why, "".join(char if char.isprintable() else "�" for char in name[:120])


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    """Where it goes: relative to the folder of the course, or `../seeds/…`."""
    info: zipfile.ZipInfo


class CourseZip:
    """A zip that holds one course, looked through. Raises UnusableZip."""

    def __init__(self, stream: IO[bytes]) -> None:
        """`stream` can be searched, and stays open as long as this is used."""
        _refuse_long_list(stream)
        size = stream.seek(0, os.SEEK_END)
        try:
            self._zip = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, struct.error, RuntimeError) as error:
            raise UnusableZip(WhyNot.DAMAGED) from error
        infos = self._zip.infolist()
        if len(infos) > MOST_FILES:
            raise UnusableZip(WhyNot.FILES)
        _refuse_bombs(infos, size)
        named = [(_safe(info), info) for info in infos]
        files = [(path, info) for path, info in named if not info.is_dir() and not _is_unasked(path)]
        _refuse_twice([path for path, _info in named], {path for path, info in named if info.is_dir()})
        self._entries, self.left_out = _of_course(files)
        #: paths of the files, relative to the folder of the course; its ledger may lie in `../seeds/`
        self.paths = tuple(entry.path for entry in self._entries)

    def unpack(self, folder: Path) -> None:
        """Writes the course into a folder that is new, with `seeds` beside it where it has one. Raises UnusableZip for
        a zip that does not hold what it states, and OSError; what is written by then is for the caller to clear."""
        for entry in self._entries:
            target = folder.parent / entry.path[3:] if entry.path.startswith(BESIDE) else folder / entry.path
            target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            with open(target, "xb") as file:
                self._write(entry.info, file)
            target.chmod(0o644)

    def _write(self, info: zipfile.ZipInfo, file: IO[bytes]) -> None:
        try:
            with self._zip.open(info) as packed:
                written = 0
                while piece := packed.read(_PIECE):
                    written += len(piece)
                    if written > info.file_size:
                        raise UnusableZip(WhyNot.DAMAGED, info.filename)
                    file.write(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise UnusableZip(WhyNot.DAMAGED, info.filename) from error
        if written != info.file_size:
            raise UnusableZip(WhyNot.DAMAGED, info.filename)


def _refuse_long_list(stream: IO[bytes]) -> None:
    """The list of a zip's files is taken into memory as a whole, so it is measured first."""
    stated = stated_list(stream)
    if stated is None:
        raise UnusableZip(WhyNot.NO_ZIP)
    # What needs the larger form of zip has more than a course has.
    if stated.files > MOST_FILES or stated.is_large or stated.length > LARGEST_LIST:
        raise UnusableZip(WhyNot.FILES)


def _refuse_bombs(infos: Iterable[zipfile.ZipInfo], size: int) -> None:
    unpacked = packed = 0
    for info in infos:
        if info.flag_bits & 0x1:
            raise UnusableZip(WhyNot.LOCKED, info.filename)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnusableZip(WhyNot.PACKING, info.filename)
        unpacked += info.file_size
        packed += info.compress_size
    if unpacked > MOST_BYTES:
        raise UnusableZip(WhyNot.BYTES)
    # Files that share their bytes state more of them, packed, than the zip has.
    if packed > size or unpacked > max(ALWAYS, MOST_TIMES * size):
        raise UnusableZip(WhyNot.BOMB)


def _safe(info: zipfile.ZipInfo) -> str:
    """The path of a file or folder in a zip, if it can lead nowhere else on any system."""
    written = info.orig_filename
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise UnusableZip(WhyNot.LINK, written)
    path = written.removesuffix("/")
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or ":" in path or any(part in ("", ".", "..") for part in parts):
        raise UnusableZip(WhyNot.PATH, written)
    if len(path) > LONGEST_PATH or len(parts) > DEEPEST:
        raise UnusableZip(WhyNot.NAME, written)
    for part in parts:
        bare = part.partition(".")[0].strip().casefold()
        if (
            len(part) > LONGEST_NAME
            or bare in DEVICES
            or part != part.strip()
            or part.endswith(".")
            or any(char in '<>"|?*' or not char.isprintable() for char in part)
        ):
            raise UnusableZip(WhyNot.NAME, written)
    return path


def _refuse_twice(paths: Iterable[str], folders: set[str]) -> None:
    """Names that are one on a system that knows no capitals, and files that are a folder, too."""
    seen: dict[str, str] = {}
    below: set[str] = {_folded(path) for path in folders}
    files = [path for path in paths if path not in folders]
    for path in files:
        below.update(_folded(str(parent)) for parent in PurePosixPath(path).parents)
    for path in files:
        key = _folded(path)
        if key in seen or key in below:
            raise UnusableZip(WhyNot.TWICE, path)
        seen[key] = path


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _is_unasked(path: str) -> bool:
    return any(part.casefold() in _UNASKED or part[0] in ".~" or part[-1] == "~" for part in path.split("/"))


def _of_course(files: list[tuple[str, zipfile.ZipInfo]]) -> tuple[list[_Entry], int]:
    """The files of the one course, and how many others there are."""
    for path, _info in files:
        if PurePosixPath(path).suffix.lower() in _PACKED:
            raise UnusableZip(WhyNot.NESTED, path)
    homes = [path.removesuffix(COURSE_FILE) for path, _info in files if path.rpartition("/")[2] == COURSE_FILE]
    if not homes:
        raise UnusableZip(WhyNot.NO_COURSE)
    if len(homes) > 1:
        raise UnusableZip(WhyNot.COURSES)
    home = homes[0]
    beside = f"{home.rstrip('/').rpartition('/')[0]}/seeds/".removeprefix("/") if home else None
    entries = []
    for path, info in files:
        if path.startswith(home):
            entries.append(_Entry(path.removeprefix(home), info))
        elif beside is not None and path.startswith(beside):
            entries.append(_Entry(BESIDE + path.removeprefix(beside), info))
    for entry in entries:
        if PurePosixPath(entry.path).suffix.lower() not in KINDS and not _is_plain_word(entry.path):
            raise UnusableZip(WhyNot.KIND, entry.info.filename)
    return entries, len(files) - len(entries)


def _is_plain_word(path: str) -> bool:
    """Whether a file is one of those without an ending that lie in many folders: LICENSE, README."""
    return re.fullmatch(r"[A-Z]{3,20}", path.rpartition("/")[2]) is not None


# --- writing ---------------------------------------------------------------------------------------------------------


def course_files(folder: Path, ledger: str = "") -> Iterator[tuple[str, Path]]:
    """(path, file) of what belongs to a course, in order: regular files in its folder of the kinds that a course has,
    whatever links lead to left out, and the ledger where it lies in `../seeds/`."""
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_unasked(name) and not os.path.islink(Path(at, name)))
        for name in sorted(names):
            file = Path(at, name)
            path = file.relative_to(folder).as_posix()
            has_kind = file.suffix.lower() in KINDS or _is_plain_word(path)
            if has_kind and not _is_unasked(name) and stat.S_ISREG(file.lstat().st_mode):
                yield path, file
    if ledger.startswith(BESIDE):
        yield ledger, folder / ledger


def write_zip(folder: Path, course_id: str, ledger: str, stream: IO[bytes]) -> int:
    """Writes the course in a folder as a zip, file by file; gives the number of files. `ledger` as course.yaml names
    it. The zip of the same files is the same. Raises OSError."""
    home = "course" if course_id == "seeds" else course_id
    number = 0
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, allowZip64=False) as packed:
        for path, file in course_files(folder, ledger):
            info = zipfile.ZipInfo(path[3:] if path.startswith(BESIDE) else f"{home}/{path}")
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            info.compress_type = zipfile.ZIP_STORED if file.suffix.lower() in _AS_THEY_ARE else zipfile.ZIP_DEFLATED
            with open(file, "rb") as source, packed.open(info, "w") as target:
                shutil.copyfileobj(source, target, _PIECE)
            number += 1
    return number
