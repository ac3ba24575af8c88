"""What comes with the app and is no Python: the migrations, the course, and the ledger that the course names."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Name = Literal["migrations", "question_bank", "seeds"]
#: what makes up the course: its folder, and the ledger that course.yaml names beside it
COURSE: tuple[Name, ...] = ("question_bank", "seeds")

_PACKAGE = Path(__file__).resolve().parent
#: where an installed copy has it; `setup.py` packs it there. A checkout has no such folder.
PACKED = _PACKAGE / "_shipped"


def folder(name: Name) -> Path:
    """The folder of that name: inside the package in an installed copy, beside the package in a checkout."""
    return (PACKED if PACKED.is_dir() else _PACKAGE.parent) / name


def is_packed(path: Path) -> bool:
    """Whether a folder is part of the installed package, so that an update would replace what is written there."""
    return path.resolve().is_relative_to(PACKED)
