"""Files that learners handed in as answers. They are in the database, because several servers share nothing else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.database import Model, UtcDateTime
from webapp.quizzes.models import Slot


class AnswerFile(Model):
    """The file of one answer. Another one replaces it; which there were is said by the steps."""

    __tablename__ = "answer_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: it goes with its answer, whoever removes that
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id", ondelete="CASCADE"), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    #: what it is by its bytes (`kinds`)
    mimetype: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    #: sha256 (hex) of `content`
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    slot: Mapped[Slot] = relationship()
