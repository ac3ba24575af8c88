"""What the app keeps is for the account that runs it: folders 0700, files 0600, also those of earlier versions."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

#: what only a folder of this app holds
_OURS = ("secret_key", "webapp.sqlite3")
_FOLDERS = ("cache", "backups", "media")

log = logging.getLogger("webapp.files")


def close_to_others() -> None:
    """From now on, whatever this process makes is its owner's. A database's -wal and -shm take their modes from it."""
    os.umask(0o077)


def tighten(data: Path) -> int:
    """Takes away what others may do in the data folder; gives how many files and folders that was, and logs them.

    Only in a folder that this app has made: one that was named by mistake (/tmp, /srv) keeps its modes, and so do links
    and what belongs to somebody else.
    """
    if os.name == "nt" or not any((data / name).is_file() for name in _OURS):
        return 0
    changed = 0
    for path in _kept(data):
        with contextlib.suppress(OSError):
            status = path.lstat()
            wide = status.st_mode & 0o077
            regular = stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)
            if not wide or not regular or status.st_uid != os.geteuid() or status.st_mode & stat.S_ISVTX:
                continue
            path.chmod(stat.S_IMODE(status.st_mode) & ~0o077)
            changed += 1
            if path.parent != data / "cache":
                log.warning("%s was open to others (%04o) and is closed now", path, stat.S_IMODE(status.st_mode))
    return changed


def _kept(data: Path) -> Iterator[Path]:
    """The data folder, what lies in it, and what lies in its folders that are the app's own."""
    yield data
    for folder in (data, *(data / name for name in _FOLDERS)):
        with contextlib.suppress(OSError):
            for path in sorted(folder.iterdir()):
                if folder != data or path.name in _FOLDERS or not path.is_dir():
                    yield path
