"""What the folder of a course is a working copy of, where servers share no disk."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol


class Original(Protocol):
    """The one place where the files of a course are kept for all servers; `course_table` has it in the database.

    What is put there becomes part of the course when the transaction that it was put in is committed, and only then
    comes into the folder. So the folder never holds what nobody else has. Paths are those of `CourseStore`.
    """

    def hold(self) -> None:
        """Keeps everybody else from changing the course until the transaction ends, and brings the folder up to
        date."""

    def refresh(self) -> None:
        """Brings the folder up to date. Where that can't be done it stays as it is, and the log says why."""

    def unchanging(self) -> AbstractContextManager[None]:
        """While it lasts, the folder is one edition of the course and not half of the next."""

    def uncommitted(self) -> Mapping[str, bytes | None]:
        """What this transaction has put so far, by path; None for what it has taken out."""

    def bytes_of(self, path: str) -> bytes | None:
        """A file as it is for everybody, or as this transaction has put it; None for one that is not there."""

    def put(self, path: str, raw: bytes) -> None:
        """Writes a file, new or not. Raises OSError."""

    def take_out(self, path: str) -> None:
        """Removes a file. Raises OSError."""
