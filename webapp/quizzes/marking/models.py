"""What people gave to answers that no machine can grade."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.database import Model, UtcDateTime
from webapp.quizzes.models import Slot


class GivenMark(Model):
    """The points that one person gave to one answer, criterion by criterion. Rows are only added."""

    __tablename__ = "mark"
    __table_args__ = (UniqueConstraint("slot_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    #: 1 for the first of an answer; two at one moment can't both be the first
    number: Mapped[int]
    marker_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    #: in the order of the criteria of the revision that its learner saw
    points: Mapped[list[float]] = mapped_column(JSON)
    #: for the learner
    comment: Mapped[str] = mapped_column(Text, default="")
    #: it decides between two that are too far apart
    settles: Mapped[bool] = mapped_column(default=False, server_default=false())
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    slot: Mapped[Slot] = relationship()
    marker: Mapped[User | None] = relationship()
