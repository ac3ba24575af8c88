"""Sessions as the server keeps them: one row for each browser in which somebody is signed in.

Why not Flask-Session: it writes the row back with every request, keeps ids in the clear, knows nothing of whose a
session is (so none can be listed or ended) and reads it in a statement of its own. Here the row comes with its person,
in the one statement that a page needs anyway, and is written once a minute at most.

The times of a session are compared so that a clock which is a little off, or was put back, ends none: a time in the
future is as good as now.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, select, update

from webapp.accounts import course_roles
from webapp.accounts.models import Session, User
from webapp.database import db

#: staff are signed out after so long without a request, and so long after they signed in (ASVS 3.3.2)
STAFF_IDLE, STAFF_LONGEST = timedelta(minutes=30), timedelta(hours=12)
#: learners who ask to stay, and guests, after so long without one
STAYS = timedelta(days=30)
#: learners who don't: their cookie ends with the browser; what it spoke of ends a little later
SITTING = timedelta(days=7)
#: the last use is noted so often
NOTED_EVERY = timedelta(minutes=1)
#: a last use that lies further ahead was noted by a clock that was wrong
AHEAD = timedelta(hours=1)
#: rows go so long after their end: by then a clock that was ahead is right again
KEPT_AFTER_END = timedelta(days=2)
#: characters of an id (32 random bytes)
ID_LENGTH = 43

_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True)
class SignedIn:
    """A session as a request found it."""

    row_id: int
    token: str
    stay: bool
    second: bool
    created_at: datetime
    last_used_at: datetime
    fresh_at: datetime
    renewed_at: datetime


def digest_of(token: str) -> str:
    """What of an id the database keeps."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def device_of(user_agent: str) -> str:
    """What a browser says of itself, in words that tell one's devices apart: "Firefox, Windows", or ""."""
    agent = user_agent[:500]
    found = (next((name for mark, name in kinds if mark in agent), "") for kinds in (_BROWSERS, _SYSTEMS))
    return ", ".join(name for name in found if name)


def end_of(user: User, *, stay: bool, created_at: datetime, now: datetime) -> datetime:
    """When a session that is used now ends by itself."""
    if user.is_instructor:
        return min(now + STAFF_IDLE, created_at + STAFF_LONGEST)
    return now + (STAYS if stay else SITTING)


def begin(
    user: User,
    *,
    stay: bool,
    now: datetime,
    device: str = "",
    second: bool = False,
    fresh_at: datetime | None = None,
) -> SignedIn:
    """A new session, flushed. Sessions that ended some days ago are removed on the way.

    `fresh_at` is when the person last said who they are, if that is not now.
    """
    token = secrets.token_urlsafe(32)
    stay = stay and not user.is_instructor
    row = Session(
        digest=digest_of(token),
        user_id=user.id,
        stamp=user.stamp,
        device=device[:80],
        stay=stay,
        second=second,
        created_at=now,
        last_used_at=now,
        expires_at=end_of(user, stay=stay, created_at=now, now=now),
        fresh_at=fresh_at or now,
        renewed_at=now,
    )
    db.session.execute(delete(Session).where(Session.expires_at < now - KEPT_AFTER_END))
    db.session.add(row)
    db.session.flush()
    return SignedIn(row.id, token, stay, second, now, now, row.fresh_at, now)


def number(now: datetime) -> int:
    """How many sessions are not over by their time."""
    return db.session.scalar(select(func.count()).select_from(Session).where(Session.expires_at > now)) or 0


def find(token: str, *, now: datetime, course_id: str | None = None) -> tuple[SignedIn, User] | None:
    """The session of an id and its person, in one statement; None when there is none or it is over.

    With it comes how the person stands to a course, if one is given: `course_roles.access_of` asks no more then.
    """
    if len(token) != ID_LENGTH:
        return None
    asked = {"digest": digest_of(token), "now": now, "course_id": course_id}
    row = db.session.execute(_with_person(of_course=course_id is not None), asked).first()
    if row is None:
        return None
    user, row_id, stay, second, created_at, last_used_at, fresh_at, renewed_at = row[:8]
    if course_id is not None:
        course_roles.remember(user, course_id, row[8:])
    return SignedIn(row_id, token, stay, second, created_at, last_used_at, fresh_at, renewed_at), user


@cache
def _with_person(*, of_course: bool) -> Select[Any]:
    """A session, its person, and how they stand to a course if one is asked about."""
    return (
        select(
            User, Session.id, Session.stay, Session.second, Session.created_at, Session.last_used_at,
            Session.fresh_at, Session.renewed_at,
            *(course_roles.facts(bindparam("course_id"), User.id) if of_course else ()),
        )
        .join(Session, Session.user_id == User.id)
        .where(
            Session.digest == bindparam("digest"),
            Session.stamp == User.stamp,
            Session.expires_at > bindparam("now"),
            User.deleted_at.is_(None),
        )
    )  # fmt: skip


def is_to_be_noted(last_used_at: datetime, now: datetime) -> bool:
    """Whether the last use that is kept is too old, or further ahead than two servers' clocks are apart."""
    return now - last_used_at >= NOTED_EVERY or last_used_at - now > AHEAD


def of(user: User, *, now: datetime) -> Sequence[Session]:
    """The sessions of a person that have not ended, the one used last first."""
    query = select(Session).where(Session.user_id == user.id, Session.stamp == user.stamp, Session.expires_at > now)
    return db.session.scalars(query.order_by(Session.last_used_at.desc(), Session.id.desc()).limit(100)).all()


def end(row_id: int, *, user_id: int | None = None) -> bool:
    """Ends one session (of this person only, if given); False when there was none."""
    query = delete(Session).where(Session.id == row_id)
    if user_id is not None:
        query = query.where(Session.user_id == user_id)
    return bool(db.session.connection().execute(query).rowcount)


def confirm(row_id: int, *, now: datetime, second: bool | None = None) -> None:
    """Notes that the password was given again (and, if given, whether with a second factor)."""
    values: dict[str, object] = {"fresh_at": now}
    if second is not None:
        values["second"] = second
    db.session.execute(update(Session).where(Session.id == row_id).values(**values))
