"""A zip from anywhere, looked through before anything of it is unpacked: for packages, and for sheets of Excel."""

from __future__ import annotations

import io
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from functools import cached_property

from webapp.content.zip_lists import stated_list
from webapp.interchange.contract import LARGEST, LARGEST_UNPACKED, UnreadableQuestions

#: files of one zip: a package has one for each question, and its pictures
MOST_FILES = 25_000
_LARGEST_LIST = 10_000_000
_BEFORE_ZIPS = (1980, 1, 1, 0, 0, 0)
#: how many times its own size a zip may become; small ones may always become so large
_MOST_TIMES, _ALWAYS = 200, 10_000_000
_PIECE = 1 << 16


class SafeZip:
    """The files of a zip, by path. Raises UnreadableQuestions for one that is none, too large, locked or hostile."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) > LARGEST:
            raise UnreadableQuestions(f"The zip has more than {LARGEST // 1_000_000} MB.")
        stated = stated_list(io.BytesIO(raw))
        if stated is None:
            raise UnreadableQuestions("The file is no zip, or a part of one.")
        if stated.files > MOST_FILES or stated.is_large or stated.length > _LARGEST_LIST:
            raise UnreadableQuestions(f"The zip has more than {MOST_FILES:,} files.")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(raw))
            infos = self._zip.infolist()
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, struct.error, RuntimeError):
            raise UnreadableQuestions("The zip is damaged.") from None
        unpacked = sum(info.file_size for info in infos)
        packed = sum(info.compress_size for info in infos)
        if unpacked > LARGEST_UNPACKED or packed > len(raw) or unpacked > max(_ALWAYS, _MOST_TIMES * len(raw)):
            raise UnreadableQuestions("The zip becomes far larger than it is when it is unpacked.")
        #: bytes of all that it holds, unpacked
        self.unpacked = unpacked
        self._infos: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            path = _safe(info)
            if info.is_dir():
                continue
            if path in self._infos:
                raise UnreadableQuestions(f"The zip has two files of the name {path[:80]!r}.")
            self._infos[path] = info

    @property
    def paths(self) -> list[str]:
        """The paths of its files, in their order."""
        return list(self._infos)

    @cached_property
    def by_name(self) -> dict[str, str]:
        """The path of the first file of each name, whatever its folder."""
        return {path.rpartition("/")[2]: path for path in reversed(self._infos)}

    def read(self, path: str) -> bytes:
        """The bytes of a file. Raises UnreadableQuestions, and KeyError where there is none."""
        info = self._infos[path]
        pieces, size = [], 0
        try:
            with self._zip.open(info) as stream:
                while piece := stream.read(_PIECE):
                    size += len(piece)
                    if size > info.file_size:
                        raise UnreadableQuestions("The zip holds more than it says.")
                    pieces.append(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
            raise UnreadableQuestions(f"The file {path[:80]!r} in the zip is damaged.") from None
        return b"".join(pieces)


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files by path as one zip, the same bytes for the same files. Raises UnreadableQuestions where it would be
    larger than what is read here."""
    if len(files) > MOST_FILES or sum(map(len, files.values())) > LARGEST_UNPACKED:
        most = f"{MOST_FILES:,} files and {LARGEST_UNPACKED // 1_000_000} MB"
        raise UnreadableQuestions(f"A package has at most {most}; choose fewer questions.")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for path, raw in files.items():
            made.writestr(zipfile.ZipInfo(path, _BEFORE_ZIPS), raw, zipfile.ZIP_DEFLATED)
    if stream.tell() > LARGEST:
        raise UnreadableQuestions(f"A package has at most {LARGEST // 1_000_000} MB; choose fewer questions.")
    return stream.getvalue()


def _safe(info: zipfile.ZipInfo) -> str:
    """The path of a file in a zip, if it leads nowhere else on any system."""
    if info.flag_bits & 0x1:
        raise UnreadableQuestions("The zip is locked with a password.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableQuestions("The zip is packed in a way that is not read here.")
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise UnreadableQuestions("The zip has a link in it.")
    path = unicodedata.normalize("NFC", info.orig_filename).removesuffix("/")
    parts = path.split("/")
    if len(path) > 400 or "\0" in path or "\\" in path or ":" in path or any(part in ("", ".", "..") for part in parts):
        raise UnreadableQuestions(f"A path in the zip leads elsewhere: {path[:80]!r}.")
    return path
