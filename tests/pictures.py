"""Pictures for tests, made by the tests themselves."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

#: where somebody was when a photograph was taken, as cameras note it, and a word of the author's
SECRET_PLACE = "Rosenweg 4"


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any) -> bytes:
    """The bytes of a picture file: a ramp, so that two sizes differ."""
    made = Image.linear_gradient("L").resize(size).convert(mode)
    raw = BytesIO()
    made.save(raw, kind, **options)
    return raw.getvalue()


def photograph(size: tuple[int, int] = (40, 30), orientation: int = 1, **options: Any) -> bytes:
    """A JPEG with the metadata of a camera."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = orientation, SECRET_PLACE
    return picture("JPEG", size, exif=exif, comment=SECRET_PLACE, **options)
