"""Packages of learning platforms: zips with a list of what is in them."""

from __future__ import annotations

from webapp.interchange.archive import SafeZip
from webapp.interchange.contract import UnreadableQuestions

ZIP = b"PK\x03\x04"
_LISTS = ("imsmanifest.xml", "h5p.json")
#: bytes that are looked at to see what a package is
_PEEKED = 400_000


def is_package(raw: bytes) -> bool:
    """Whether this looks like a zip."""
    return raw.startswith(ZIP)


def peeked(raw: bytes) -> bytes:
    """The beginning of the list of a package and of the XML files in it, to see what it is; empty where that can't be
    read."""
    try:
        files = SafeZip(raw)
        listed = [path for path in files.paths if path.rpartition("/")[2] in _LISTS]
        others = [path for path in files.paths if path.lower().endswith((".xml", ".qti")) and path not in listed]
        parts, size = [], 0
        for path in [*listed[:2], *others[:20]]:
            parts.append(path.encode() + b"\n" + files.read(path)[:_PEEKED])
            size += len(parts[-1])
            if size > _PEEKED:
                break
    except (UnreadableQuestions, KeyError):
        return b""
    return b"\n".join(parts)
