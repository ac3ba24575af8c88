"""Old versions of the course's files: of each, the newest stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, delete, func, select

from webapp.config import Settings
from webapp.database import db
from webapp.editor.models import ContentVersion
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


RULES = (OldRows("editions of the course's files", _when, stale, remove),)
