"""What kind of file a learner hands in, told by its bytes alone: its name and what a browser says of it prove nothing.

Nothing is unpacked. Of a document that is a ZIP the list of its parts is read, which is bounded before it is looked
at, and of its parts the one that says what it is. Documents with macros are refused: whoever grades opens them.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from enum import StrEnum

from webapp.content.zip_lists import stated_list

#: bytes of one file
LARGEST = 10 * 1024 * 1024
#: of a document: bytes of the list of its parts, parts, bytes of all of them unpacked, and of the one that is read
_LIST, _PARTS, _UNPACKED, _READ = 512 * 1024, 3_000, 200 * 1024 * 1024, 256 * 1024
#: characters of a name, without its ending
_LONGEST_NAME = 100


class Why(StrEnum):
    """Why a file is not taken."""

    MISSING = "missing"
    EMPTY = "empty"
    TOO_LARGE = "too-large"
    UNKNOWN = "unknown"
    MACROS = "macros"
    TOO_MUCH_INSIDE = "too-much-inside"
    QUOTA = "quota"


class FileRefused(Exception):
    """The file is not taken; nothing is changed."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that is taken."""

    mimetype: str
    #: with their dot; the first is given where a name has none of them
    endings: tuple[str, ...]


PDF = FileKind("application/pdf", (".pdf",))
DOCX = FileKind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",))
ODT = FileKind("application/vnd.oasis.opendocument.text", (".odt",))
TEXT = FileKind("text/plain", (".txt", ".md"))
PNG = FileKind("image/png", (".png",))
JPEG = FileKind("image/jpeg", (".jpg", ".jpeg"))
WEBP = FileKind("image/webp", (".webp",))
KINDS = (PDF, DOCX, ODT, TEXT, PNG, JPEG, WEBP)
#: what browsers offer to choose from
ACCEPT = ",".join(ending for kind in KINDS for ending in kind.endings)


def kind_of(raw: bytes) -> FileKind:
    """The kind of a file by its bytes; raises FileRefused."""
    if not raw:
        raise FileRefused(Why.EMPTY)
    if len(raw) > LARGEST:
        raise FileRefused(Why.TOO_LARGE)
    if raw.startswith(b"%PDF-"):
        return PDF
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if raw.startswith(b"\xff\xd8\xff"):
        return JPEG
    if raw.startswith(b"RIFF") and raw[8:12] == b"WEBP":
        return WEBP
    if raw.startswith(b"PK\x03\x04"):
        return _document(raw)
    if _is_text(raw):
        return TEXT
    raise FileRefused(Why.UNKNOWN)


def clean_name(called: str, kind: FileKind) -> str:
    """A name by which a file can be saved anywhere: without folders and signs that aren't seen, ending as its kind
    does."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", called[:4_000]))[-1]
    # Control signs, those that turn the direction of what follows, and halves of signs are all of category C.
    seen = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in last)
    name = " ".join(re.sub(r'[<>:"|?*]', "_", seen).split()).strip(". ")
    ending = next((ending for ending in kind.endings if name.lower().endswith(ending)), "")
    stem = (name[: -len(ending)] if ending else name)[:_LONGEST_NAME].strip(". ")
    return (stem or "file") + (ending or kind.endings[0])


def _is_text(raw: bytes) -> bool:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]", text) is None and bool(text.strip("\ufeff \t\r\n\f"))


def _document(raw: bytes) -> FileKind:
    _check_list(raw)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return _kind_by_parts(archive)
    # What zipfile says of an archive that is none depends on where it is broken.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
        raise FileRefused(Why.UNKNOWN) from None


def _check_list(raw: bytes) -> None:
    """Refuses an archive whose list of parts is long, before anything reads that list."""
    stated = stated_list(io.BytesIO(raw))
    if stated is None or stated.is_large:
        raise FileRefused(Why.UNKNOWN)
    if stated.length > _LIST:
        raise FileRefused(Why.TOO_MUCH_INSIDE)


def _kind_by_parts(archive: zipfile.ZipFile) -> FileKind:
    parts = archive.infolist()
    if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
        raise FileRefused(Why.TOO_MUCH_INSIDE)
    names = {part.filename for part in parts}
    if any(part.flag_bits & 0x1 for part in parts) or len(names) < len(parts):
        raise FileRefused(Why.UNKNOWN)
    if "[Content_Types].xml" in names and "word/document.xml" in names:
        said = _part(archive, "[Content_Types].xml")
        macros = re.search(rb"macroenabled|vbaproject", said, re.IGNORECASE)
        if macros or any("vbaproject" in name.lower() for name in names):
            raise FileRefused(Why.MACROS)
        # Written in another encoding or in entities, it could say to others what it does not say here.
        if b"\x00" not in said and b"&" not in said and b"wordprocessingml.document.main+xml" in said:
            return DOCX
    elif "mimetype" in names and _part(archive, "mimetype").strip() == ODT.mimetype.encode():
        if any(name.startswith(("Basic/", "Scripts/")) for name in names):
            raise FileRefused(Why.MACROS)
        return ODT
    raise FileRefused(Why.UNKNOWN)


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    """A part, as far as it may be long: what it says of its own length is not believed."""
    with archive.open(name) as part:
        raw = part.read(_READ + 1)
    if len(raw) > _READ:
        raise FileRefused(Why.TOO_MUCH_INSIDE)
    return raw
