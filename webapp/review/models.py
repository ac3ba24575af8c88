"""When a question should come back to a learner."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Model, UtcDateTime


class Card(Model):
    """The state of the published scheduler (FSRS) for one learner and one question."""

    __tablename__ = "card"
    __table_args__ = (Index("ix_card_user_id_course_id_due", "user_id", "course_id", "due"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    course_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    #: fsrs.State: 1 learning, 2 review, 3 relearning
    state: Mapped[int] = mapped_column(default=1)
    step: Mapped[int | None]
    #: days
    stability: Mapped[float | None]
    #: 1 to 10
    difficulty: Mapped[float | None]
    due: Mapped[datetime] = mapped_column(UtcDateTime)
    last_review: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reviews: Mapped[int] = mapped_column(default=0)
    lapses: Mapped[int] = mapped_column(default=0)
