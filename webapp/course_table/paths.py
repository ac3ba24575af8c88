"""Which paths a file of a course may have in the database, and where that is in a folder.

Whoever can write to the table must not be able to write anywhere on the disks of the servers: paths are looked at when
a file comes into the table, and again when one is taken out of it.
"""

from __future__ import annotations

import re
from pathlib import Path

from webapp.content.course.course_file import BESIDE
from webapp.content.yaml.schema_errors import SLUG

#: characters of a path
LONGEST = 300

_PLAIN = re.compile(r"[^\\:\x00-\x1f\x7f]+")
_NAME = re.compile(SLUG)


class BadPath(Exception):
    """A path, or the name of a course, leads where no file of a course is."""

    def __init__(self, course: str, path: str = "") -> None:
        super().__init__(f"{course[:100]!r} has a file called {path[:200]!r}" if path else f"{course[:100]!r}")
        self.course, self.path = course, path


def is_course_name(name: str) -> bool:
    """Whether a course can be kept under this name."""
    # What lies beside a course is in the folder `seeds`, which must not be that of the course.
    return len(name) <= 80 and bool(_NAME.fullmatch(name)) and f"../{name}/" != BESIDE


def is_file_path(path: str) -> bool:
    """Whether a file can be kept under this path: in the folder of the course, or in `seeds` beside it, and hidden
    nowhere."""
    inside = path.removeprefix(BESIDE)
    parts = inside.split("/")
    return (
        len(path) <= LONGEST
        and bool(_PLAIN.fullmatch(path))
        and all(part and not part.startswith(".") and part == part.strip() for part in parts)
    )


def place(folder: Path, path: str) -> Path:
    """Where a file of the course in this folder lies. Raises BadPath."""
    if not is_file_path(path):
        raise BadPath(folder.name, path)
    return folder.parent / path.removeprefix("../") if path.startswith(BESIDE) else folder / path
