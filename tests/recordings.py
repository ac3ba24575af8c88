"""Recordings for tests, made by the tests themselves: real containers with silence, or nothing at all, in them."""

from __future__ import annotations

import struct
import wave
from io import BytesIO


def wav(seconds: float = 0.1) -> bytes:
    raw = BytesIO()
    with wave.open(raw, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8_000)
        made.writeframes(b"\0\0" * int(8_000 * seconds))
    return raw.getvalue()


def mp3(frames: int = 8, tag: bytes = b"") -> bytes:
    """Silence at 128 kbit/s and 44,100 Hz: a frame without data plays as 26 ms of nothing."""
    head = b""
    if tag:
        size = len(tag)
        head = b"ID3\x04\0\0" + bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0)) + tag
    return head + (b"\xff\xfb\x90\x00" + b"\0" * 413) * frames


def box(name: bytes, *parts: bytes) -> bytes:
    data = b"".join(parts)
    return struct.pack(">I4s", 8 + len(data), name) + data


def track(kind: bytes, width: int = 0, height: int = 0) -> bytes:
    header = box(b"tkhd", b"\0" * 76, struct.pack(">II", width << 16, height << 16))
    return box(b"trak", header, box(b"mdia", box(b"hdlr", b"\0" * 8, kind, b"\0" * 13)))


def mp4(*tracks: bytes) -> bytes:
    found = tracks or (track(b"vide", 320, 180), track(b"soun"))
    return box(b"ftyp", b"isom\0\0\2\0isom") + box(b"moov", box(b"mvhd", b"\0" * 100), *found) + box(b"mdat", b"x" * 50)


def m4a() -> bytes:
    return mp4(track(b"soun"))


def page(body: bytes, number: int = 0) -> bytes:
    """A page of an Ogg file. Its checksum is not one; nobody here plays it."""
    whole, rest = divmod(len(body), 255)
    lengths = bytes([255] * whole + [rest])
    return b"OggS\0\2" + b"\0" * 8 + struct.pack("<III", 1, number, 0) + bytes([len(lengths)]) + lengths + body


def ogg(first: bytes = b"OpusHead\1\1\0\0\x80\xbb\0\0\0\0\0") -> bytes:
    return page(first) + page(b"OpusTags" + b"\0" * 8, 1) + page(b"x" * 600, 2)


#: ending → what makes a file of it
MADE = {"wav": wav, "mp3": mp3, "mp4": mp4, "m4a": m4a, "ogg": ogg}

CAPTIONS = """WEBVTT

1
00:00.000 --> 00:01.500
<v Ana>Buenos <i>días</i>.

NOTE for nobody

00:01.500 --> 00:00:03.000 align:start
Two words &amp; more
"""
