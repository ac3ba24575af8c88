"""The list of files at the end of a zip, measured before anything takes it into memory."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import IO

_SIGN, _SIGN_64 = b"PK\x05\x06", b"PK\x06\x07"
_END = struct.Struct("<4s4H2LH")


@dataclass(frozen=True, slots=True)
class ZipList:
    """What a zip says of its list: how many files, and the bytes of the list. `is_large`: it has the form for zips of
    more than 65,535 files or 4 GB, so these numbers are not all."""

    files: int
    length: int
    is_large: bool


def stated_list(stream: IO[bytes]) -> ZipList | None:
    """What a zip says of the list of its files, found as `zipfile` finds it; None for what is no zip. Leaves the stream
    at its start."""
    size = stream.seek(0, os.SEEK_END)
    from_end = min(size, _END.size + 65_535 + 20)
    stream.seek(size - from_end)
    tail = stream.read(from_end)
    stream.seek(0)
    at = len(tail) - _END.size
    if at < 0 or tail[at : at + 4] != _SIGN or tail[-2:] != b"\0\0":
        at = tail.rfind(_SIGN)
    if at < 0 or at + _END.size > len(tail):
        return None
    _sign, _disk, _with_list, _here, number, length, _offset, _comment = _END.unpack_from(tail, at)
    return ZipList(number, length, tail[max(0, at - 20) : at].startswith(_SIGN_64))
