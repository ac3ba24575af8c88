"""A file that somebody sends for the folder `media/`: checked as one that lies there, and named by its content."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256
from pathlib import Path, PurePath

from webapp.content.media import folder, pictures, recordings
from webapp.content.media.names import FOLDER, Medium
from webapp.content.media.pictures import UnusableFile

#: letters of the name that somebody gave a file, and of the hash behind it
_LONGEST_STEM, _OF_HASH = 60, 8


def received(raw: bytes, called: str) -> Medium:
    """What was sent, with its name in the folder: what can be written of the one it had, and a piece of its hash, so
    that two contents never share a name and one sent twice is one file. The ending is that of the content, whatever
    `called` says. Raises UnusableFile."""
    recorded = recordings.is_recorded(raw)
    largest = recordings.LARGEST if recorded else pictures.LARGEST
    if len(raw) > largest:
        raise UnusableFile(f"the file has {len(raw) / 1e6:,.1f} MB", f"expected at most {largest // 1_000_000} MB")
    ending = recordings.ending(raw) if recorded else pictures.ending(raw)
    digest = sha256(raw).hexdigest()
    name = f"{FOLDER}/{_stem(called)}-{digest[:_OF_HASH]}.{ending}"
    if recorded:
        found = recordings.walked(raw, name)
        return Medium(name, digest, found.width, found.height)
    return Medium(name, digest, *pictures.examined(raw, name))


def _stem(called: str) -> str:
    """The name of a file without its folders and its ending, in letters that a text can have."""
    stem = PurePath(called.replace("\\", "/")).name.rpartition(".")[0] or called
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_-]+", "-", plain)[:_LONGEST_STEM].strip("-_") or "file"


def find_room(bank: Path, size: int) -> None:
    """Raises UnusableFile where the folder of a course would get more files or bytes than one may have."""
    try:
        sizes = [path.stat().st_size for path in (bank / FOLDER).iterdir() if path.is_file()]
    except FileNotFoundError:
        return
    if len(sizes) + 1 > folder.MOST_FILES or sum(sizes) + size > folder.MOST_BYTES:
        raise UnusableFile(
            f"the course has {len(sizes):,} pictures and recordings of {sum(sizes) / 1e6:,.0f} MB already",
            f"expected at most {folder.MOST_FILES:,}, and {folder.MOST_BYTES // 1_000_000:,} MB",
            "take out what no text shows",
        )
