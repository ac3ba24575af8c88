"""What a learner has read, where they were, and which checks they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Model, UtcDateTime


class Reading(Model):
    """One section of one lesson, read by one person. Reading alone is never mastery."""

    __tablename__ = "reading"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    course_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    lesson_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    section_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Place(Model):
    """Where a person last was in a lesson, so that it opens there again."""

    __tablename__ = "place"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    course_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    lesson_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    section_id: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CheckAnswer(Model):
    """The answer with which a person ended one check of a lesson: it counts for nothing, and is graded when shown."""

    __tablename__ = "check_answer"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    course_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    lesson_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    check_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    #: in the question's own ids; see `questions.contract.Response`
    response: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
