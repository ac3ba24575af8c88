"""The quiet log of attempts, which is of use for as long as an exam may be disputed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select

from webapp.database import db
from webapp.quizzes.models import AttemptNote
from webapp.web.retention import OldRows

NOTES_KEPT = timedelta(days=180)


def stale(now: datetime) -> Select[tuple[int]]:
    return select(AttemptNote.id).where(AttemptNote.at < now - NOTES_KEPT).order_by(AttemptNote.id)


def remove(ids: Sequence[int], _now: datetime) -> int:
    return int(db.session.connection().execute(delete(AttemptNote).where(AttemptNote.id.in_(ids))).rowcount)


RULES = (OldRows("lines of the quiet log", lambda _: f"older than {NOTES_KEPT.days} days", stale, remove),)
