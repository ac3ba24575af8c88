"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write_whole(file: Path, raw: bytes) -> None:
    """Writes a file so that a reader finds the old one or the new one, and never a part. The disk is not waited for:
    what a power cut leaves of it has to be something that is made anew. Raises OSError; nothing is left behind then."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-", suffix=".new")
    try:
        with open(handle, "wb") as stream:
            stream.write(raw)
        os.replace(name, file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
