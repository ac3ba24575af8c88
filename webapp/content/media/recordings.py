"""What a file that calls itself sound or video holds, found by walking through its container.

A recording is served as its author saved it: encoding it anew would need a codec. So each byte has to belong to the
container, from the first to the last; what begins like a recording and goes on as a page or an archive is refused.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.content.media.pictures import UnusableFile

#: bytes of one file: an hour of speech, or some minutes of video
LARGEST = 50_000_000
TYPES = {"mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "wav": "audio/wav", "mp4": "video/mp4"}
LONGEST_SIDE = 4_096

_EXPECTED = "expected sound as MP3, M4A, Ogg (Opus or Vorbis) or WAV, or video as MP4"
_SAVE_AGAIN = "save it again in a program for sound or video"
#: kbit/s of MPEG audio, layer III, by the number in a frame's head: of MPEG 1, and of MPEG 2 and 2.5
_RATES = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_SAMPLES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
#: boxes that hold boxes, on the way to what a track is
_BOXES = frozenset({b"moov", b"trak", b"mdia"})
_MOST_BOXES = 10_000
#: HEIC and AVIF, which stand in the container of MP4
_OF_PICTURES = frozenset({b"heic", b"heix", b"mif1", b"avif"})


@dataclass(frozen=True, slots=True)
class Walked:
    """What a container holds; width and height are 0 for sound."""

    ending: str
    width: int = 0
    height: int = 0


def is_recorded(raw: bytes) -> bool:
    """Whether a file begins like sound or video, of whichever kind."""
    if raw[4:8] == b"ftyp":
        return raw[8:12] not in _OF_PICTURES
    return (
        raw.startswith((b"OggS", b"ID3", b"\x1aE\xdf\xa3"))
        or (raw.startswith(b"RIFF") and raw[8:12] == b"WAVE")
        or (len(raw) > 1 and raw[0] == 0xFF and raw[1] & 0xE0 == 0xE0)
    )


def ending(raw: bytes) -> str:
    """How the name of a recording ends. Raises UnusableFile for what is none."""
    try:
        return _walk(raw).ending
    except (struct.error, IndexError):
        raise _damaged() from None


def walked(raw: bytes, name: str) -> Walked:
    """What a recording is. Raises UnusableFile for what is none, or none to play."""
    try:
        found = _walk(raw)
    except (struct.error, IndexError):
        raise _damaged() from None
    ending = name.rpartition(".")[2].lower()
    if ending != found.ending:
        raise UnusableFile(
            f"the file holds {'video' if found.width else 'sound'} as {found.ending}, and its name says otherwise",
            f"expected a name that ends in .{found.ending}",
            f"call it {name.rpartition('.')[0]}.{found.ending}",
        )
    return found


def _walk(raw: bytes) -> Walked:
    if raw[4:8] == b"ftyp":
        return _mp4(raw)
    if raw.startswith(b"OggS"):
        return _ogg(raw)
    if raw.startswith(b"RIFF") and raw[8:12] == b"WAVE":
        return _wav(raw)
    if raw.startswith(b"ID3") or (len(raw) > 1 and raw[0] == 0xFF and raw[1] & 0xE0 == 0xE0):
        return _mp3(raw)
    if raw.startswith(b"\x1aE\xdf\xa3"):
        raise UnusableFile("the file is a WebM or Matroska video", _EXPECTED, _SAVE_AGAIN)
    raise UnusableFile("the file is empty" if not raw else "the file holds no recording", _EXPECTED, _SAVE_AGAIN)


def _damaged() -> UnusableFile:
    return UnusableFile("the recording is damaged, or cut short", _EXPECTED, _SAVE_AGAIN)


def _more() -> UnusableFile:
    return UnusableFile("something else stands behind the recording in its file", _EXPECTED, _SAVE_AGAIN)


def _mp3(raw: bytes) -> Walked:
    at = 0
    while raw[at : at + 3] == b"ID3":
        size = raw[at + 6] << 21 | raw[at + 7] << 14 | raw[at + 8] << 7 | raw[at + 9]
        at += 10 + size + (10 if raw[at + 5] & 0x10 else 0)
    frames = 0
    while at < len(raw):
        if raw[at : at + 3] == b"TAG" and len(raw) - at == 128:
            break
        length = _frame(raw, at)
        if length == 0:
            raise _more() if frames else UnusableFile("the file holds no recording", _EXPECTED, _SAVE_AGAIN)
        frames += 1
        at += length
    # The last frame of many a file is a little short, which every player bears.
    if frames < 2:
        raise _damaged()
    return Walked("mp3")


def _frame(raw: bytes, at: int) -> int:
    """The bytes of the frame that begins here; 0 where none does."""
    if len(raw) - at < 4:
        return 0
    head = struct.unpack_from(">I", raw, at)[0]
    version, layer = head >> 19 & 3, head >> 17 & 3
    rate, samples, padding = head >> 12 & 15, head >> 10 & 3, head >> 9 & 1
    if head >> 21 != 0x7FF or version == 1 or layer != 1 or rate in (0, 15) or samples == 3:
        return 0
    kilobits = _RATES[0 if version == 3 else 1][rate]
    return int((144 if version == 3 else 72) * kilobits * 1000 // _SAMPLES[version][samples] + padding)


def _wav(raw: bytes) -> Walked:
    size = struct.unpack_from("<I", raw, 4)[0]
    end, at, kinds = 8 + size, 12, set()
    if end > len(raw):
        raise _damaged()
    while at < end:
        name, length = struct.unpack_from("<4sI", raw, at)
        if name == b"fmt " and struct.unpack_from("<H", raw, at + 8)[0] not in (1, 3, 0xFFFE):
            raise UnusableFile("the sound is not plain PCM", _EXPECTED, _SAVE_AGAIN)
        kinds.add(name)
        at += 8 + length + length % 2
    if not {b"fmt ", b"data"} <= kinds or at - end > 1:
        raise _damaged()
    if len(raw) > at:
        raise _more()
    return Walked("wav")


def _ogg(raw: bytes) -> Walked:
    at, first = 0, b""
    while at < len(raw):
        if raw[at : at + 4] != b"OggS":
            raise _more()
        parts = raw[at + 26]
        body = at + 27 + parts
        at = body + sum(raw[at + 27 : body])
        first = first or raw[body : body + 8]
        if at > len(raw):
            raise _damaged()
    if not first.startswith((b"OpusHead", b"\x01vorbis")):
        raise UnusableFile("the Ogg file holds neither Opus nor Vorbis", _EXPECTED, _SAVE_AGAIN)
    return Walked("ogg")


def _mp4(raw: bytes) -> Walked:
    tracks: list[bytes] = []
    sizes: list[tuple[int, int]] = []
    for name, start, end in _boxes(raw, 0, len(raw)):
        if name == b"hdlr":
            tracks.append(raw[start + 8 : start + 12])
        elif name == b"tkhd":
            width, height = struct.unpack_from(">II", raw, end - 8)
            sizes.append((width >> 16, height >> 16))
    if b"vide" in tracks:
        width, height = max(sizes, default=(0, 0))
        if not 0 < width <= LONGEST_SIDE or not 0 < height <= LONGEST_SIDE:
            raise UnusableFile(
                f"the video has {width:,} × {height:,} pixels", f"expected at most {LONGEST_SIDE:,} on a side"
            )
        return Walked("mp4", width, height)
    if b"soun" in tracks:
        return Walked("m4a")
    raise _damaged()


def _boxes(raw: bytes, start: int, end: int, left: list[int] | None = None) -> Iterator[tuple[bytes, int, int]]:
    """(name, start and end of what it holds) of each box, at any depth. A box that ends behind the one around it, or
    before its own head, is damaged."""
    left = left if left is not None else [_MOST_BOXES]
    while start < end:
        left[0] -= 1
        size, name = struct.unpack_from(">I4s", raw, start)
        inside = start + 8
        if size == 1:
            size, inside = struct.unpack_from(">Q", raw, inside)[0], start + 16
        stop = end if size == 0 else start + size
        if stop > end or stop < inside or left[0] < 0:
            raise _damaged()
        if not all(32 <= letter < 127 or letter == 0xA9 for letter in name):
            raise _more()
        yield name, inside, stop
        if name in _BOXES:
            yield from _boxes(raw, inside, stop, left)
        start = stop
