"""Reads one file of the folder `media/`: a picture that can be shown, or why not."""

from __future__ import annotations

import contextlib
import os
import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG

import PIL

from webapp.content.media.names import FOLDER, Picture, is_name
from webapp.content.media.pictures import LARGEST, Refused, examined
from webapp.content.problems import Location, Problem, Problems

__all__ = ["FOLDER", "MOST_BYTES", "MOST_FILES", "Examined", "read_picture"]

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
        """Width and height. Raises Refused."""
        if self.folder is None:
            return examined(raw, name)
        # The ending is part of what is examined.
        key = sha256(f"{digest} {name.rpartition('.')[2].lower()} {_version()}".encode()).hexdigest()
        path = self.folder / f"{key}.json"
        with contextlib.suppress(OSError, ValueError):
            width, height = path.read_text().split()
            return int(width), int(height)
        size = examined(raw, name)
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, new = tempfile.mkstemp(dir=self.folder, suffix=".new")
            with open(handle, "w") as stream:
                stream.write(f"{size[0]} {size[1]}")
            os.replace(new, path)
        return size


def read_picture(file: Path, name: str, examine: Examined) -> tuple[Picture, int]:
    """The picture in a file and the bytes that it has; `name` is relative to the course folder. Raises Problems."""

    def refuse(message: str, expected: str = "", suggestion: str = "") -> Problems:
        return Problems([Problem(Location(name), message, expected, suggestion)])

    if not is_name(name):
        raise refuse(
            "the name can't be written in a text",
            "expected at most 80 letters (a to z), digits, hyphens and underscores, and one dot before the ending",
            "give it another name",
        )
    try:
        status = file.stat()
        if not S_ISREG(status.st_mode):
            raise refuse("this is no file", "expected pictures in `media`, and no folders")
        if status.st_size > LARGEST:
            raise refuse(
                f"the file has {status.st_size / 1e6:,.1f} MB",
                f"expected at most {LARGEST // 1_000_000} MB",
                "make the picture smaller, or save a photograph as JPEG",
            )
        with file.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except OSError as error:
        raise refuse("the file cannot be read", f"the system says: {error.strerror or error}") from None
    digest = sha256(raw).hexdigest()
    try:
        width, height = examine.size(raw, digest, name)
    except Refused as refused:
        raise refuse(refused.message, refused.expected, refused.suggestion) from None
    return Picture(name, digest, width, height), len(raw)
