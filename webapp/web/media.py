"""Pictures and recordings of the course, served from an address that can run nothing.

An address has the hash of the file, a width and a signature: `/media/<hash>-<signature>-<width>.png`. It does not tell
what its author called the file (`the-right-one.png`), and nobody can make it up, not even who has the same picture from
elsewhere and wants to know where the course shows it. So an address leads to the picture whoever asks, as the lessons
do, and the pages decide who is given it: one in a feedback stands on no page before the answer is graded.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, send_file, url_for

from webapp.content.media import pictures, recordings
from webapp.content.media.archive import Archive
from webapp.content.media.captions import Cue, written
from webapp.content.media.names import RECORDINGS, Medium
from webapp.web import access, current
from webapp.web.security import RUNS_NOTHING

bp = Blueprint("media", __name__)

_TYPES = pictures.TYPES | recordings.TYPES | {"vtt": "text/vtt", "txt": "text/plain"}
_ADDRESS = re.compile(rf"([0-9a-f]{{64}})-([0-9a-f]{{32}})-([0-9]{{1,5}})\.({'|'.join(_TYPES)})")
#: the same for everybody who has the address, but no cache on the way needs to have it
_KEPT = "private, max-age=31536000, immutable"


@bp.get("/media/<file>")
@access.open_to(access.ANYONE)
def file(file: str) -> Response:
    """A picture in one width, a recording, or its captions."""
    parts = _ADDRESS.fullmatch(file)
    if parts is None or not hmac.compare_digest(parts[2], _signature(parts[1], int(parts[3]), parts[4])):
        abort(404)
    found = _found(parts[1], int(parts[3]), parts[4])
    if found is None:
        abort(404)
    body = BytesIO(found) if isinstance(found, bytes) else found
    response = send_file(body, _TYPES[parts[4]], conditional=True, etag=f"{parts[1]}-{parts[3]}")
    response.headers["Cache-Control"] = _KEPT
    response.headers["Content-Security-Policy"] = RUNS_NOTHING
    return response


def _found(digest: str, width: int, ending: str) -> Path | bytes | None:
    course = current.course()
    if ending in ("vtt", "txt"):
        cues = next((cues for cues in course.captions.values() if _digest(cues) == digest), None)
        if cues is None:
            return None
        return (written(cues) if ending == "vtt" else "".join(f"{cue.text}\n" for cue in cues)).encode()
    archive = current.store().archive or Archive(current.settings().data / "media")
    return archive.file(digest, ending, width, current.store().bank, course.media.values())


def addresses(shown: Medium) -> list[tuple[str, int]]:
    """(address, width) of each width in which a picture is served, smallest first; a recording has one of no width."""
    several = (0,) if shown.ending in RECORDINGS else pictures.widths(shown.width)
    return [(_address(shown.digest, width, shown.ending), width) for width in several]


def captions(cues: tuple[Cue, ...]) -> str:
    """The address of captions."""
    return _address(_digest(cues), 0, "vtt")


def transcript(cues: tuple[Cue, ...]) -> str:
    """The address of the words alone, to be read."""
    return _address(_digest(cues), 0, "txt")


def _digest(cues: tuple[Cue, ...]) -> str:
    return sha256(written(cues).encode()).hexdigest()


def _address(digest: str, width: int, ending: str) -> str:
    return url_for("media.file", file=f"{digest}-{_signature(digest, width, ending)}-{width}.{ending}")


def _signature(digest: str, width: int, ending: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.digest(key, f"picture:{digest}-{width}.{ending}".encode(), "sha256").hex()[:32]
