"""What a file that calls itself a picture holds, and the picture drawn anew in another size.

No byte of an author's file reaches a browser: what is served is decoded here and written afresh. So nothing that hides
in or behind a picture (a place and a name in its metadata, a page or an archive at its end) comes along.
"""

from __future__ import annotations

import re
import struct
from io import BytesIO

from PIL import Image, ImageOps

#: bytes of one file
LARGEST = 10_000_000
#: a picture of so many takes a tenth of a gigabyte and half a second to be decoded
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 12_000
#: widths that are drawn of each larger picture, in pixels
WIDTHS = (480, 960, 1920)
#: format by Pillow's name → how its files end, the first as addresses have it
ENDINGS = {"PNG": ("png",), "JPEG": ("jpg", "jpeg"), "WEBP": ("webp",)}
TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}

_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"})
#: bytes of a colour profile that is kept; those of cameras have a few hundred
_LARGEST_PROFILE = 8_192
_ORIENTATION = 0x0112
#: in the data of a JPEG a byte 0xFF that is neither data nor a restart begins the next part
_NEXT_PART = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_EXPECTED = "expected a PNG, JPEG or WebP picture"
_SAVE_AGAIN = "open it in a program for pictures and export it as PNG, JPEG or WebP"


class UnusableFile(Exception):
    """Why a file can't be shown, what was expected, what to do."""

    def __init__(self, message: str, expected: str = _EXPECTED, suggestion: str = _SAVE_AGAIN) -> None:
        super().__init__(message)
        self.message, self.expected, self.suggestion = message, expected, suggestion


def examined(raw: bytes, name: str) -> tuple[int, int]:
    """Width and height of a picture in pixels, as it is seen. Raises UnusableFile for what is none, or none to show."""
    image = _opened(raw)
    kind = _kind(image)
    ending = name.rpartition(".")[2].lower()
    if ending not in ENDINGS[kind]:
        stem = name.rpartition(".")[0]
        raise UnusableFile(
            f"the file holds a {kind} picture, and its name says otherwise",
            f"expected a name that ends in .{ENDINGS[kind][0]}",
            f"call it {stem}.{ENDINGS[kind][0]}",
        )
    if max(image.size) > LONGEST_SIDE or image.width * image.height > MOST_PIXELS:
        raise _too_large(image.width, image.height)
    if kind != "JPEG" and getattr(image, "is_animated", False):
        raise UnusableFile("the picture moves, and a reader can't stop it", "expected a picture that stands still")
    if image.mode not in _MODES:
        raise UnusableFile("the picture has more than 8 bits for a colour", "expected 8 bits")
    if _end(raw, kind) < len(raw):
        raise UnusableFile("something else stands behind the picture in its file")
    _decode(image)
    return (image.height, image.width) if _lies_on_its_side(image) else image.size


def ending(raw: bytes) -> str:
    """How the name of a picture ends. Raises UnusableFile for what is none."""
    return ENDINGS[_kind(_opened(raw))][0]


def drawn(raw: bytes, width: int) -> bytes:
    """A picture that was examined, so many pixels wide, with nothing but its pixels and their colours."""
    image = _opened(raw)
    kind = _kind(image)
    profile = image.info.get("icc_profile") or b""
    _decode(image)
    image = _upright(image)
    if image.mode in ("P", "PA", "1", "CMYK", "YCbCr") and (kind != "PNG" or width != image.width):
        image = image.convert("RGBA" if image.has_transparency_data else "L" if image.mode == "1" else "RGB")
    if width != image.width:
        image = image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)
    else:
        image = image.copy()
    # Pillow writes some of what it has read (remarks, resolutions) unless it is taken away.
    image.info = {key: value for key, value in image.info.items() if key == "transparency" and kind == "PNG"}
    options: dict[str, object] = {"icc_profile": profile if _is_profile(profile) else None}
    if kind == "JPEG":
        options |= {"quality": 85, "progressive": True, "optimize": True}
    elif kind == "WEBP":
        options |= {"lossless": True} if raw[12:16] == b"VP8L" else {"quality": 85}
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def widths(width: int) -> tuple[int, ...]:
    """The widths in which a picture is served, smallest first: its own, unless it is very large, and smaller ones."""
    smaller = tuple(each for each in WIDTHS if each < width)
    return smaller if smaller and width > WIDTHS[-1] else (*smaller, width)


def _too_large(width: int, height: int) -> UnusableFile:
    return UnusableFile(
        f"the picture has {width:,} × {height:,} pixels",
        f"expected at most {MOST_PIXELS // 1_000_000} million, and {LONGEST_SIDE:,} on a side",
        f"make it smaller: pages show at most {WIDTHS[-1]:,} across",
    )


def _opened(raw: bytes) -> Image.Image:
    """The picture with its header read and its pixels not yet."""
    try:
        return Image.open(BytesIO(raw), formats=tuple(ENDINGS))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnusableFile(
            "the picture has far too many pixels", f"expected at most {MOST_PIXELS // 1_000_000} million"
        ) from None
    except Exception:  # a decoder meets anything in a file that was made to break it
        raise UnusableFile(f"the file {_guess(raw)}") from None


def _kind(image: Image.Image) -> str:
    # A photograph with another one behind it, as telephones make them, is MPO to Pillow.
    return "JPEG" if image.format == "MPO" else str(image.format)


def _decode(image: Image.Image) -> None:
    try:
        image.load()
    except Exception:  # as above
        raise UnusableFile("the picture is damaged, or cut short") from None


def _lies_on_its_side(image: Image.Image) -> bool:
    try:
        return int(image.getexif().get(_ORIENTATION, 1)) in (5, 6, 7, 8)
    except Exception:  # as above: metadata may say anything
        raise UnusableFile("the metadata of the picture is damaged") from None


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # as above
        raise UnusableFile("the metadata of the picture is damaged") from None


def _is_profile(profile: object) -> bool:
    return isinstance(profile, bytes) and len(profile) <= _LARGEST_PROFILE and profile[36:40] == b"acsp"


def _guess(raw: bytes) -> str:
    """What a file is that is no picture for us, as far as its beginning tells."""
    start = raw[:1024].lstrip().lower()
    if not raw:
        return "is empty"
    if start.startswith(b"\xef\xbb\xbf"):
        start = start[3:]
    if b"<svg" in start and start.startswith(b"<"):
        return "is an SVG drawing, which may hold programs"
    if start.startswith((b"gif87a", b"gif89a")):
        return "is a GIF picture"
    if raw[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"):
        return "is a HEIC or AVIF picture"
    if raw.startswith((b"\x89PNG", b"\xff\xd8", b"RIFF")):
        return "is a damaged picture"
    return "holds no picture"


def _end(raw: bytes, kind: str) -> int:
    """Where the picture ends in its file; 0 where its parts don't fit together."""
    try:
        if kind == "PNG":
            return _end_of_png(raw)
        if kind == "WEBP":
            size = int(struct.unpack_from("<I", raw, 4)[0])
            return min(len(raw), 8 + size + size % 2)
        return _end_of_jpeg(raw)
    except (struct.error, IndexError):
        raise UnusableFile("the picture is damaged, or cut short") from None


def _end_of_png(raw: bytes) -> int:
    at = 8
    length: int
    while True:
        length, name = struct.unpack_from(">I4s", raw, at)
        at += 12 + length
        if name == b"IEND":
            return at


def _end_of_jpeg(raw: bytes) -> int:
    """The end of the last of the pictures that stand one behind the other, as telephones write them."""
    at = 0
    while raw[at : at + 2] == b"\xff\xd8":
        at += 2
        while raw[at + 1] != 0xD9:
            if raw[at] != 0xFF:
                raise UnusableFile("the picture is damaged, or cut short")
            if raw[at + 1] == 0xFF:
                at += 1
                continue
            scan = raw[at + 1] == 0xDA
            at += 2 + int(struct.unpack_from(">H", raw, at + 2)[0])
            if scan:
                found = _NEXT_PART.search(raw, at)
                if found is None:
                    raise UnusableFile("the picture is damaged, or cut short")
                at = found.start()
        at += 2
        # Some programs fill up with zeros.
        rest = len(raw) - len(raw[at:].lstrip(b"\0"))
        at = rest
    return at
