"""The quiet log of attempts and the files of answers, which are of use for as long as an exam may be disputed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select

from webapp.database import db
from webapp.quizzes.answer_files.models import AnswerFile
from webapp.quizzes.models import AttemptNote
from webapp.web.retention import OldRows

NOTES_KEPT = timedelta(days=180)
#: what was graded is looked at again for years
FILES_KEPT = timedelta(days=1095)


def stale(now: datetime) -> Select[tuple[int]]:
    return select(AttemptNote.id).where(AttemptNote.at < now - NOTES_KEPT).order_by(AttemptNote.id)


def remove(ids: Sequence[int], _now: datetime) -> int:
    return int(db.session.connection().execute(delete(AttemptNote).where(AttemptNote.id.in_(ids))).rowcount)


def stale_files(now: datetime) -> Select[tuple[int]]:
    return select(AnswerFile.id).where(AnswerFile.at < now - FILES_KEPT).order_by(AnswerFile.id)


def remove_files(ids: Sequence[int], _now: datetime) -> int:
    return int(db.session.connection().execute(delete(AnswerFile).where(AnswerFile.id.in_(ids))).rowcount)


RULES = (
    OldRows("lines of the quiet log", lambda _: f"older than {NOTES_KEPT.days} days", stale, remove),
    OldRows("files of answers", lambda _: f"older than {FILES_KEPT.days} days", stale_files, remove_files),
)
