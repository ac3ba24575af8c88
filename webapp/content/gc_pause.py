"""Reading without the garbage collector."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside = 0
_was_on = False


@contextmanager
def without_collector() -> Iterator[None]:
    """Keeps the garbage collector from walking over a course again and again while it grows: what is read has no
    cycles, and reading takes a third of the time. Several threads may be inside; the last one out turns it on again."""
    global _inside, _was_on
    with _lock:
        if not _inside:
            _was_on = gc.isenabled()
            gc.disable()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside and _was_on:
                gc.enable()
