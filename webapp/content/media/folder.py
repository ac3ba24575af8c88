"""Reads one file of the folder `media/`: a picture or a recording that can be shown, or why not."""

from __future__ import annotations

import contextlib
from functools import cache
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG

import PIL

from webapp.content.media import pictures, recordings
from webapp.content.media.names import CAPTIONS, FOLDER, Medium, is_name, is_recording
from webapp.content.media.pictures import UnusableFile, examined
from webapp.content.problems import Location, Problem, Problems
from webapp.content.whole_files import write_whole

__all__ = ["CAPTIONS", "FOLDER", "MOST_BYTES", "MOST_FILES", "Examined", "read_medium"]

#: files of one course, and bytes of all of them together
MOST_FILES = 2_000
MOST_BYTES = 500_000_000


@cache
def _version() -> str:
    """A hash of the code that examines: with other rules, what was found earlier no longer counts."""
    hashed = sha256(PIL.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        hashed.update(path.read_bytes())
    return hashed.hexdigest()


class Examined:
    """What was found in files examined earlier, by their hash, so that a start need not decode every picture. The
    folder may be deleted at any time; None keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def size(self, raw: bytes, digest: str, name: str) -> tuple[int, int]:
        """Width and height. Raises UnusableFile."""
        if self.folder is None:
            return _size(raw, name)
        # The ending is part of what is examined.
        key = sha256(f"{digest} {name.rpartition('.')[2].lower()} {_version()}".encode()).hexdigest()
        path = self.folder / f"{key}.json"
        with contextlib.suppress(OSError, ValueError):
            width, height = path.read_text().split()
            return int(width), int(height)
        size = _size(raw, name)
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, f"{size[0]} {size[1]}".encode())
        return size


def _size(raw: bytes, name: str) -> tuple[int, int]:
    if is_recording(name):
        found = recordings.walked(raw, name)
        return found.width, found.height
    return examined(raw, name)


def read_medium(file: Path, name: str, examine: Examined) -> tuple[Medium, int]:
    """The picture or recording in a file and the bytes that it has; `name` is relative to the course folder.
    Raises Problems."""

    def refuse(message: str, expected: str = "", suggestion: str = "") -> Problems:
        return Problems([Problem(Location(name), message, expected, suggestion)])

    if not is_name(name):
        raise refuse(
            "the name can't be written in a text",
            "expected at most 80 letters (a to z), digits, hyphens and underscores, and one dot before the ending",
            "give it another name",
        )
    largest = recordings.LARGEST if is_recording(name) else pictures.LARGEST
    try:
        status = file.stat()
        if not S_ISREG(status.st_mode):
            raise refuse("this is no file", "expected pictures and recordings in `media`, and no folders")
        if status.st_size > largest:
            raise refuse(
                f"the file has {status.st_size / 1e6:,.1f} MB",
                f"expected at most {largest // 1_000_000} MB",
                "make it smaller: a photograph as JPEG, speech as MP3 or Opus, a video shorter or of fewer pixels",
            )
        with file.open("rb") as stream:
            raw = stream.read(largest + 1)
    except OSError as error:
        raise refuse("the file cannot be read", f"the system says: {error.strerror or error}") from None
    digest = sha256(raw).hexdigest()
    try:
        width, height = examine.size(raw, digest, name)
    except UnusableFile as refused:
        raise refuse(refused.message, refused.expected, refused.suggestion) from None
    return Medium(name, digest, width, height), len(raw)
