"""What changed recorded results, and what each learner is told of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.database import Model, UtcDateTime
from webapp.quizzes.models import word_column
from webapp.quizzes.vocabulary import ChangeKind


class RecordedChange(Model):
    """One decision that changed recorded results, or said that they stay. Rows are only added; that
    of a regrade grows with its batches."""

    __tablename__ = "grade_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ChangeKind] = mapped_column(word_column(ChangeKind, 16))
    #: as in the audit log, such as `quiz:final`
    subject: Mapped[str] = mapped_column(String(200), index=True)
    course_id: Mapped[str] = mapped_column(String(80), index=True)
    quiz_id: Mapped[str | None] = mapped_column(String(90), index=True)
    #: the rules before and after; what is in them depends on the kind
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reason: Mapped[str] = mapped_column(Text, default="")
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: the change that this one takes back
    undoes: Mapped[int | None] = mapped_column(ForeignKey("grade_change.id"), index=True)
    cohort_id: Mapped[int | None] = mapped_column(index=True)
    #: the answer that was overruled, and the step that says so
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"), index=True)
    sequence: Mapped[int | None]
    regrade_id: Mapped[int | None] = mapped_column(ForeignKey("regrade.id"), index=True)
    #: results that changed, passes gained and lost
    touched: Mapped[int] = mapped_column(default=0)
    gained: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)


class GradeNote(Model):
    """What a change did to one learner's result at one quiz: shown to them until they say that they have seen it."""

    __tablename__ = "grade_note"
    __table_args__ = (
        Index(
            "ix_grade_note_unseen",
            "user_id",
            sqlite_where=text("seen_at IS NULL"),
            postgresql_where=text("seen_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("grade_change.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    course_id: Mapped[str] = mapped_column(String(80))
    quiz_id: Mapped[str] = mapped_column(String(90))
    #: the one attempt it is about; None for the score of the quiz
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"), index=True)
    percent_before: Mapped[float | None]
    percent_after: Mapped[float | None]
    passed_before: Mapped[bool | None]
    passed_after: Mapped[bool | None]
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    change: Mapped[RecordedChange] = relationship()
