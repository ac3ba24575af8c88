"""Who saved which version of the course's files: the author's own, and part of the course's history; and who sent files
of questions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from webapp.accounts.models import User
from webapp.accounts.personal_data import Fate, PersonalData, counted, name_of_erased
from webapp.database import db
from webapp.editor.models import ContentVersion, QuestionImport


class Editions(PersonalData):
    """Versions of files that a person saved."""

    name = "saved_files"
    columns = ("content_version.author_id",)

    def export(self, user: User, now: datetime) -> list[dict[str, Any]]:
        query = select(ContentVersion.course_id, ContentVersion.path, ContentVersion.at, ContentVersion.note)
        mine = db.session.execute(query.where(ContentVersion.author_id == user.id).order_by(ContentVersion.id))
        return [{"course": row.course_id, "file": row.path, "at": row.at.isoformat(), "note": row.note} for row in mine]

    def fates(self, user: User) -> list[Fate]:
        why = _("Kept, because they are the history of the course; the name becomes %(name)s.")
        number = counted(ContentVersion.author_id == user.id)
        return [Fate(_("versions of the course's files"), number, False, why % {"name": name_of_erased(user)})]

    def erase(self, user: User) -> None:
        theirs = update(ContentVersion).where(ContentVersion.author_id == user.id)
        db.session.execute(theirs.values(author_name=name_of_erased(user)))


class QuestionImports(PersonalData):
    """Files of questions that a person sent to be imported."""

    name = "imported_questions"
    columns = ("question_import.user_id",)

    def export(self, user: User, now: datetime) -> list[dict[str, Any]]:
        query = select(QuestionImport).where(QuestionImport.user_id == user.id).order_by(QuestionImport.id)
        return [
            {
                "course": sent.course_id,
                "file": sent.name,
                "sent_at": sent.sent_at.isoformat(),
                "imported_at": sent.imported_at.isoformat() if sent.imported_at else None,
                "questions": sent.added + sent.updated,
            }
            for sent in db.session.scalars(query)
        ]

    def fates(self, user: User) -> list[Fate]:
        return [Fate(_("files of questions that were sent to be imported"), counted(QuestionImport.user_id == user.id))]

    def erase(self, user: User) -> None:
        db.session.execute(delete(QuestionImport).where(QuestionImport.user_id == user.id))
