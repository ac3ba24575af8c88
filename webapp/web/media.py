"""Pictures of the course, served from an address that can run nothing.

An address has the hash of the picture, a width and a signature: `/media/<hash>-<signature>-<width>.png`. It does not
tell what its author called the file (`the-right-one.png`), and nobody can make it up, not even who has the same picture
from elsewhere and wants to know where the course shows it. So an address leads to the picture whoever asks, as the
lessons do, and the pages decide who is given it: one in a feedback stands on no page before the answer is graded.
"""

from __future__ import annotations

import hmac
import re
from io import BytesIO

from flask import Blueprint, Response, abort, current_app, send_file, url_for

from webapp.content.media.archive import Archive
from webapp.content.media.names import Picture
from webapp.content.media.pictures import TYPES, widths
from webapp.web import access, current

bp = Blueprint("media", __name__)

_ADDRESS = re.compile(r"([0-9a-f]{64})-([0-9a-f]{32})-([0-9]{1,5})\.(png|jpg|webp)")
#: the same for everybody who has the address, but no cache on the way needs to have it
_KEPT = "private, max-age=31536000, immutable"


@bp.get("/media/<file>")
@access.open_to(access.ANYONE)
def picture(file: str) -> Response:
    """One picture in one width."""
    parts = _ADDRESS.fullmatch(file)
    if parts is None or not hmac.compare_digest(parts[2], _signature(parts[1], int(parts[3]), parts[4])):
        abort(404)
    found = _archive().file(parts[1], parts[4], int(parts[3]), current.store().bank, current.course().pictures.values())
    if found is None:
        abort(404)
    file_or_bytes = BytesIO(found) if isinstance(found, bytes) else found
    response = send_file(file_or_bytes, TYPES[parts[4]], conditional=True, etag=f"{parts[1]}-{parts[3]}")
    response.headers["Cache-Control"] = _KEPT
    # Opened by itself it is a page like any other, so it says what it may do there: nothing.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def addresses(shown: Picture) -> list[tuple[str, int]]:
    """(address, width) of each width in which a picture is served, smallest first."""
    found = []
    for width in widths(shown.width):
        signature = _signature(shown.digest, width, shown.ending)
        file = f"{shown.digest}-{signature}-{width}.{shown.ending}"
        found.append((url_for("media.picture", file=file), width))
    return found


def _archive() -> Archive:
    return current.store().archive or Archive(current.settings().data / "media")


def _signature(digest: str, width: int, ending: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.digest(key, f"picture:{digest}-{width}.{ending}".encode(), "sha256").hex()[:32]
