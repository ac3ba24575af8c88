"""The history of every file of the course, and the files of questions that were sent to be imported."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text
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


class QuestionImport(Model):
    """A file of questions that somebody sent. It waits to be imported, where several servers can read it, and then
    tells what that changed, so that it can be taken back."""

    __tablename__ = "question_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[str] = mapped_column(String(80), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    #: a name of `interchange.all_formats`
    format: Mapped[str] = mapped_column(String(20))
    #: the questions file that new questions go to
    into: Mapped[str] = mapped_column(String(300))
    #: None once it is imported
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    #: the ids of questions that are not to be imported
    left_out: Mapped[list[str]] = mapped_column(JSON)
    #: what was written: [path, digest before or "", digest after]
    files: Mapped[list[list[str]]] = mapped_column(JSON)
    #: the names of pictures that came with it
    pictures: Mapped[list[str]] = mapped_column(JSON)
    #: what was lost of the questions that were imported: [id of the question, code of the loss, what was there]
    losses: Mapped[list[list[str]]] = mapped_column(JSON, deferred=True)
    #: how many questions were new, and how many were changed
    added: Mapped[int]
    updated: Mapped[int]
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    imported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
