"""The pictures and recordings that were served once, by their content: a result shows the picture that was
answered about, whatever has become of its file since. Beside each lies what was drawn of it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from webapp.content.media.names import RECORDINGS, Medium
from webapp.content.media.pictures import UnusableFile, drawn
from webapp.content.media.recordings import LARGEST
from webapp.content.whole_files import write_whole

#: one picture is drawn at a time in a process: each takes up to a tenth of a gigabyte
_drawing = threading.Lock()


class Archive:
    """A folder with a copy of each picture. Several processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, bank: Path, pictures: Iterable[Medium]) -> None:
        """Copies the pictures of a course that are not there yet. A full disk is not an error: `file` asks the course,
        too."""
        for picture in pictures:
            with contextlib.suppress(OSError):
                path = self._original(picture.digest)
                if not path.exists():
                    raw = _read(bank / picture.name)
                    if sha256(raw).hexdigest() == picture.digest:
                        _write(path, raw)

    def file(
        self, digest: str, ending: str, width: int, bank: Path, pictures: Iterable[Medium] = ()
    ) -> Path | bytes | None:
        """A picture in one of its widths, drawn now if it was not yet, or a recording (of no width): its file or, where
        nothing can be written, its bytes. None where there is no such.

        `bank` and `pictures` are the present course, for a picture that could not be copied before.
        """
        if ending in RECORDINGS:
            # It was checked by its hash when it was copied, and is too long to be read for each part that is asked for.
            path = self._original(digest)
            return path if path.is_file() else self._raw(digest, bank, pictures)
        path = self.folder / f"{digest}-{width}.{ending}"
        if path.is_file():
            return path
        raw = self._raw(digest, bank, pictures)
        if raw is None:
            return None
        with _drawing:
            if path.is_file():
                return path
            try:
                made = drawn(raw, width)
            except UnusableFile:
                return None
            try:
                _write(path, made)
            except OSError:
                return made
        return path

    def _raw(self, digest: str, bank: Path, pictures: Iterable[Medium]) -> bytes | None:
        places = [self._original(digest), *(bank / each.name for each in pictures if each.digest == digest)]
        for place in places:
            with contextlib.suppress(OSError):
                raw = _read(place)
                if sha256(raw).hexdigest() == digest:
                    return raw
        return None

    def _original(self, digest: str) -> Path:
        return self.folder / digest


def _read(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(LARGEST + 1)


def _write(path: Path, raw: bytes) -> None:
    """Writes a file so that nobody finds a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, raw)
