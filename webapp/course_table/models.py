"""The files of courses, where the database keeps them (WEBAPP_STORE=database)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Model, UtcDateTime


class KeptCourse(Model):
    """A course whose files are kept here. Whoever changes one of them locks this row first, and counts `edition` up."""

    __tablename__ = "kept_course"

    #: the id that course.yaml had when the course was first put here, and the name of its folders
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    edition: Mapped[int]
    #: with the edition it tells whether a working copy is of today, also after an older database was put back
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KeptFile(Model):
    """A file of such a course, byte for byte."""

    __tablename__ = "kept_file"

    course: Mapped[str] = mapped_column(ForeignKey("kept_course.name"), primary_key=True)
    #: relative to the course folder, with forward slashes
    path: Mapped[str] = mapped_column(String(300), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
