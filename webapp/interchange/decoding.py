"""Bytes of a text file as text: by its mark, as UTF-8, or in the encoding of Western Windows."""

from __future__ import annotations

import codecs

from webapp.content.yaml.source import with_line_feeds
from webapp.interchange.contract import UnreadableQuestions, within_bounds
from webapp.interchange.losses import Loss

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = (b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")


def decoded_text(raw: bytes) -> tuple[str, str, tuple[Loss, ...]]:
    """The text with plain line ends, its encoding, and what is doubtful about it. Raises UnreadableQuestions."""
    within_bounds(raw)
    text, encoding = _decoded(raw)
    losses = (Loss("encoding", encoding),) if encoding == "windows-1252" else ()
    return with_line_feeds(text), encoding, losses


def _decoded(raw: bytes) -> tuple[str, str]:
    for mark, name in _MARKS:
        if raw.startswith(mark):
            try:
                return raw.decode(name), name.removesuffix("-sig")
            except UnicodeDecodeError as error:
                raise UnreadableQuestions(f"The file says that it is {name}, and is not: {error.reason}.") from None
    if raw.startswith(_BINARY):
        raise UnreadableQuestions("This is no text file.")
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        # The five bytes that mean nothing there become the sign for what can't be read.
        return raw.decode("cp1252", "replace"), "windows-1252"


def starts_of_text(raw: bytes, size: int = 65_536) -> str:
    """The beginning of what may be a text, to see what it is; empty where it is none."""
    start = raw[:size]
    if start.startswith(_BINARY):
        return ""
    for mark, name in _MARKS:
        if start.startswith(mark):
            return start[: size - size % 4].decode(name, "replace")
    return start.decode("utf-8", "replace")
