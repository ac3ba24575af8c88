"""Courses as their teachers make them in the browser: what is filled in, in which field, and what a student answers.

Each module has one, `WALK`. tests/browser/test_walks.py walks it, from a server without a course to the result of a
student, and the folder that comes out is the one in tests/banks. The files that are uploaded are in `material`.
"""

from __future__ import annotations

import importlib
import pkgutil

from tests.walks.plan import Walk


def walks() -> dict[str, Walk]:
    """Every course that is walked, by the name of its folder in tests/banks."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name != "plan":
            walk: Walk = importlib.import_module(f"{__name__}.{module.name}").WALK
            found[walk.folder] = walk
    return found
