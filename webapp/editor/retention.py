"""Old versions of the course's files, of which the newest stay; and files of questions that were sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, and_, delete, func, or_, select

from webapp.config import Settings
from webapp.database import db
from webapp.editor.imported_files import KEPT_FOR, TOLD_FOR
from webapp.editor.models import ContentVersion, QuestionImport
from webapp.web import current
from webapp.web.retention import OldRows


def stale(_now: datetime) -> Select[tuple[int]] | None:
    """The ids of versions beyond the newest so many of their file; None where all stay. Reads the index alone."""
    kept = current.settings().keep_editions
    if not kept:
        return None
    of_file = (ContentVersion.course_id, ContentVersion.path)
    place = func.row_number().over(partition_by=of_file, order_by=ContentVersion.id.desc())
    numbered = select(ContentVersion.id, place.label("place")).subquery()
    return select(numbered.c.id).where(numbered.c.place > kept).order_by(numbered.c.id)


def remove(ids: Sequence[int], _now: datetime) -> int:
    return int(db.session.connection().execute(delete(ContentVersion).where(ContentVersion.id.in_(ids))).rowcount)


def _when(settings: Settings) -> str:
    kept = settings.keep_editions
    return f"beyond the newest {kept} of each file" if kept else "kept for ever (WEBAPP_KEEP_EDITIONS=0)"


def stale_imports(now: datetime) -> Select[tuple[int]]:
    """The ids of files that nobody imported, and of imports that nobody takes back any more."""
    waited = and_(QuestionImport.imported_at.is_(None), QuestionImport.sent_at < now - KEPT_FOR)
    told = QuestionImport.imported_at < now - TOLD_FOR
    return select(QuestionImport.id).where(or_(waited, told)).order_by(QuestionImport.id)


def remove_imports(ids: Sequence[int], _now: datetime) -> int:
    return int(db.session.connection().execute(delete(QuestionImport).where(QuestionImport.id.in_(ids))).rowcount)


def _when_imports(_settings: Settings) -> str:
    return f"after {KEPT_FOR.days} day where they wait, after {TOLD_FOR.days} where they were imported"


RULES = (
    OldRows("editions of the course's files", _when, stale, remove),
    OldRows("files of questions sent to be imported", _when_imports, stale_imports, remove_imports),
)
