"""The files of a course folder: read when they changed, and remembered while they did not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from webapp.content.course.course_file import BESIDE
from webapp.content.media import folder as media
from webapp.content.media.captions import Cue, read_captions
from webapp.content.media.names import Medium
from webapp.content.problems import Location, Problem, Problems
from webapp.content.translations.catalogues import FOLDER, LANGUAGE
from webapp.content.yaml.source import decode, read_text

T = TypeVar("T")

Stamp = tuple[int, int, int, int] | None


def stamp(path: str | Path) -> Stamp:
    """What changes when a file or folder does: (modified, changed, size, inode); None when it is not there."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


# A file system keeps times in steps of a few milliseconds. A file that was changed this shortly before it was read
# may change once more without its stamp showing it, so such a stamp is not trusted.
SETTLED_AFTER_NS = 100_000_000


def _just_changed(mark: tuple[int, int, int, int]) -> bool:
    # The time of modification can be set to anything, so where the system keeps the time of change, that one counts.
    age = time.time_ns() - (mark[0] if os.name == "nt" else mark[1])
    return -1_000_000_000 < age < SETTLED_AFTER_NS


def stays_inside(folder: Path, path: str) -> bool:
    """Whether a path still lies in the course folder, or in `seeds` beside it, when all links are followed.

    A course comes from people who may write to its folder and to nothing else. A link in it would let them read, and
    replace, whatever the server can.
    """
    home = folder.resolve()
    try:
        real = (folder / path).resolve()
    except (OSError, RuntimeError):  # links in a circle: there is nothing to read, as reading will say
        return True
    except ValueError:  # no path at all: it holds a NUL
        return False
    return real.is_relative_to(home) or real.is_relative_to((folder / BESIDE).resolve())


@dataclass(slots=True)
class Shelf:
    """What was read before, so that a change of one file costs the reading of one file."""

    bytes_: dict[str, tuple[Stamp, bytes, str]] = field(default_factory=dict)
    parsed: dict[str, tuple[object, Any]] = field(default_factory=dict)
    media: dict[str, tuple[Stamp, Medium, int]] = field(default_factory=dict)
    """With the bytes that each has."""

    def copy(self) -> Shelf:
        """A shelf with the same things on it; what is put there later stays off this one."""
        return Shelf(dict(self.bytes_), dict(self.parsed), dict(self.media))


class Files:
    """Reads the files of one course once. `stamps` tells afterwards which files and folders were looked at and how
    they stood; `settled` is False when one of them may change without its stamp showing it."""

    def __init__(self, folder: Path, shelf: Shelf, instead: Mapping[str, str], problems: list[Problem]) -> None:
        """`instead` has texts by path that are read in place of the files; problems are added to the list."""
        self.folder, self.shelf, self.instead, self.problems = folder, shelf, instead, problems
        self.stamps: dict[str, Stamp] = {}
        self.digests: dict[str, str] = {}
        self.raw: dict[str, bytes] = {}
        self.settled = True

    def read(self, path: str) -> tuple[str, str] | None:
        """The text of a file of the course and the hash of its bytes; a file that cannot be read is reported."""
        if path in self.instead:
            raw = self.instead[path].encode("utf-8", "replace")
            self.digests[path], self.raw[path] = sha256(raw).hexdigest(), raw
            return decode(raw, path), self.digests[path]
        full = self.folder / path
        mark = stamp(full)
        self.stamps[path] = mark
        settled = mark is None or not _just_changed(mark)
        self.settled = self.settled and settled
        kept = self.shelf.bytes_.get(path)
        if settled and kept is not None and mark is not None and kept[0] == mark:
            raw, digest = kept[1], kept[2]
            self.digests[path], self.raw[path] = digest, raw
            return decode(raw, path), digest
        if not stays_inside(self.folder, path):
            self.refuse_link(path)
            return None
        try:
            text, raw = read_text(full, path)
        except Problems as problems:
            self.problems.extend(problems)
            self.shelf.bytes_.pop(path, None)
            return None
        digest = sha256(raw).hexdigest()
        self.shelf.bytes_[path] = (mark, raw, digest)
        self.digests[path], self.raw[path] = digest, raw
        return text, digest

    def once(self, path: str, key: object, make: Callable[[], T]) -> T:
        """What reading a file gave; read again only when `key` has changed."""
        kept = self.shelf.parsed.get(path)
        if kept is not None and kept[0] == key:
            return kept[1]  # type: ignore[no-any-return]
        made = make()
        self.shelf.parsed[path] = (key, made)
        return made

    def of_questions(self, folder: str) -> list[str]:
        """The questions files of a pillar: every .yaml file of its folder, in the order of their names."""
        return self.names(folder, (".yaml", ".yml"))

    def of_translations(self) -> list[tuple[str, str]]:
        """(language, path) of every catalogue of the course."""
        languages = [path for path in self.names(FOLDER, ("",)) if LANGUAGE.fullmatch(path.rpartition("/")[2])]
        return [(folder.rpartition("/")[2], path) for folder in languages for path in self.names(folder, (".po",))]

    def of_media(self, examine: media.Examined) -> dict[str, Medium | None]:
        """The files of the folder `media/` by name; None stands for one that can't be shown, which is reported."""
        names = [name for name in self.names(media.FOLDER, ("",)) if not name.endswith(media.CAPTIONS)]
        found: dict[str, Medium | None] = {}
        total = 0
        for name in names[: media.MOST_FILES]:
            found[name], size = self.medium(name, examine)
            total += size
        if len(names) > media.MOST_FILES or total > media.MOST_BYTES:
            said = f"the folder has {len(names):,} files and {total / 1e6:,.0f} MB"
            expected = f"expected at most {media.MOST_FILES:,} files and {media.MOST_BYTES // 1_000_000:,} MB"
            self.problems.append(Problem(Location(media.FOLDER), said, expected, "take out what no text shows"))
        return found

    def of_captions(self) -> dict[str, tuple[Cue, ...]]:
        """The words of the recordings by the name of their file; one that can't be read is reported, and has none."""
        found: dict[str, tuple[Cue, ...]] = {}
        for name in self.names(media.FOLDER, (media.CAPTIONS,)):
            read = self.read(name)
            if read is not None:
                found[name], problems = self.once(name, read[1], partial(read_captions, read[0], name))
                self.problems.extend(problems)
        return found

    def medium(self, name: str, examine: media.Examined) -> tuple[Medium | None, int]:
        """A picture and its bytes, read again only when its file has changed."""
        mark = self.stamps[name] = stamp(self.folder / name)
        settled = mark is None or not _just_changed(mark)
        self.settled = self.settled and settled
        kept = self.shelf.media.get(name)
        if kept is None or not settled or kept[0] != mark:
            if not stays_inside(self.folder, name):
                self.refuse_link(name)
                return None, 0
            try:
                kept = (mark, *media.read_medium(self.folder / name, name, examine))
            except Problems as problems:
                self.problems.extend(problems)
                return None, 0
            self.shelf.media[name] = kept
        self.digests[name] = kept[1].digest
        return kept[1], kept[2]

    def names(self, folder: str, endings: tuple[str, ...]) -> list[str]:
        """The paths of what is in a folder and ends so, in the order of the names; nothing where there is no folder."""
        full = self.folder / folder
        self.stamps[folder] = stamp(full)
        if not stays_inside(self.folder, folder):
            self.refuse_link(folder)
            return []
        try:
            names = sorted(entry.name for entry in os.scandir(full))
        except OSError:
            return []
        return [f"{folder}/{name}" for name in names if name.endswith(endings) and name[0] not in ".#_~"]

    def refuse_link(self, path: str) -> None:
        said = "this is a link (symlink) that leads out of the course folder"
        remedy = "put the file itself in its place"
        self.problems.append(Problem(Location(path), said, "expected a file of the course", remedy))

    @property
    def digest(self) -> str:
        """A hash of all files that were read."""
        lines = "".join(f"{path}\0{self.digests[path]}\n" for path in sorted(self.digests))
        return sha256(lines.encode()).hexdigest()
