"""Locks on files, which the system takes back when their process ends, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int, shared: bool) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        if not shared:  # Windows knows no shared ones here; whoever holds the file open is in the way all the same
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int, shared: bool) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def take(path: Path, *, shared: bool = False) -> IO[bytes] | None:
    """The lock on this file, made if missing, or None while another process holds it. It is kept until the file that
    is given is closed or the process and all it forked have ended; `shared` ones keep out only those that are not.

    Raises OSError where there can be no such file.
    """
    file = path.open("a+b")
    try:
        _take(file.fileno(), shared)
    except BlockingIOError:
        file.close()
        return None
    except OSError as error:
        file.close()
        if sys.platform == "win32" and isinstance(error, PermissionError):
            return None
        raise
    return file
