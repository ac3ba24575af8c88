"""The history of every file of the course."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Model, UtcDateTime


class ContentVersion(Model):
    """A file as it was after one save, in the browser or on disk."""

    __tablename__ = "content_version"
    __table_args__ = (Index("ix_content_version_course_id_path_id", "course_id", "path", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[str] = mapped_column(String(80))
    #: relative to the course folder, with forward slashes
    path: Mapped[str] = mapped_column(String(300))
    digest: Mapped[str] = mapped_column(String(64))
    before_digest: Mapped[str | None] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    author_name: Mapped[str] = mapped_column(String(120))
    #: browser, disk or restore
    origin: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
