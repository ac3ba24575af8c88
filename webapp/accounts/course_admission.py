"""Who may take a course, and whether it is archived: what its owners settle, each act recorded; and entering it."""

from __future__ import annotations

import hmac
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from webapp.accounts import codes, course_roles
from webapp.accounts.models import Admission, CourseAdmission, CourseMember, User
from webapp.audit.service import record
from webapp.database import db


def found(course_id: str) -> CourseAdmission | None:
    """What was settled for a course; None while nobody settled anything."""
    return db.session.get(CourseAdmission, course_id)


def settled(course_id: str, *, by: User, now: datetime) -> CourseAdmission:
    """The same, made as it holds without (open, every instructor) when there is none yet. Flushes."""
    row = found(course_id)
    if row is None:
        # Somebody else may be settling something at this moment: then theirs stands.
        with suppress(IntegrityError), db.session.begin_nested():
            db.session.add(
                CourseAdmission(
                    course_id=course_id,
                    admission=Admission.OPEN,
                    all_instructors=True,
                    join_code=codes.new_code(),
                    made_at=now,
                    made_by=by.id,
                )
            )
        row = db.session.get_one(CourseAdmission, course_id)
    return row


def admit(course_id: str, admission: Admission, *, by: User, now: datetime) -> CourseAdmission:
    """Says who may take the course. Whoever entered the code stays in, should it go by code again. Flushes."""
    row = settled(course_id, by=by, now=now)
    before = row.admission
    if before != admission:
        row.admission = admission
        _record(course_id, "course.admission_set", by=by, now=now, before=before, after=admission.value)
    return row


def renew_code(course_id: str, *, by: User, now: datetime) -> CourseAdmission:
    """A new code; the old one lets nobody in any more, and whoever is in stays in. Flushes."""
    row = settled(course_id, by=by, now=now)
    row.join_code = codes.new_code()
    _record(course_id, "course.code_renewed", by=by, now=now)
    return row


def archive(course_id: str, *, by: User, now: datetime) -> None:
    """Puts the course away: it can be read and results seen, and nothing is started. Flushes."""
    row = settled(course_id, by=by, now=now)
    if row.archived_at is None:
        row.archived_at = now
        _record(course_id, "course.archived", by=by, now=now)


def restore(course_id: str, *, by: User, now: datetime) -> None:
    """Takes an archived course up again. Flushes."""
    row = settled(course_id, by=by, now=now)
    if row.archived_at is not None:
        row.archived_at = None
        _record(course_id, "course.restored", by=by, now=now)


def fits(course_id: str, code: str) -> bool:
    """Whether a code lets somebody into the course now."""
    row = found(course_id)
    if row is None or row.admission != Admission.CODE:
        return False
    return hmac.compare_digest(row.join_code.encode(), codes.plain_code(code).encode())


def enter(course_id: str, user: User, now: datetime) -> None:
    """Lets a person in who gave the code. Flushes."""
    if db.session.get(CourseMember, (course_id, user.id)) is None:
        with suppress(IntegrityError), db.session.begin_nested():
            db.session.add(CourseMember(course_id=course_id, user_id=user.id, joined_at=now))
    course_roles.forget()


def _record(course_id: str, action: str, *, by: User, now: datetime, **details: Any) -> None:
    record(by, action, f"course:{course_id}", now=now, course_id=course_id, **details)
    course_roles.forget()
