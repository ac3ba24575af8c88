"""Tokens with which programs sign in at the API in a person's name: making, finding and taking them back.

A token is shown once; the database keeps its hash. What it may do is what its person may do at that moment, narrowed
by its scopes. It ends at a date, when it is taken back, with a new password (whoever knew the old one may have made
it), and with the account.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, Update, bindparam, delete, func, select, update

from webapp.accounts import course_roles
from webapp.accounts.models import ApiToken, TokenScope, User
from webapp.accounts.session_store import digest_of
from webapp.audit.service import record
from webapp.database import db

#: how tokens begin, so that people and scanners of repositories know one when they see it
PREFIX = "webapp_"
#: characters of a token: the prefix and 32 random bytes
LENGTH = len(PREFIX) + 43
#: days after which one may end
LIFETIMES = (7, 30, 90, 180, 365)
#: that work, of one person at a time
MOST = 20
#: rows go so long after their end: until then their person sees what ended
KEPT_AFTER_END = timedelta(days=30)


class TooMany(Exception):
    """The person has as many tokens as anybody may have (`MOST`)."""


@dataclass(frozen=True)
class TokenInUse:
    """A token as a request found it."""

    row_id: int
    scopes: frozenset[str]
    #: whether it was made in a session with a second factor
    second: bool
    expires_at: datetime
    last_used_at: datetime | None


def make(
    user: User, *, name: str, scopes: Collection[TokenScope], days: int, second: bool = False, now: datetime
) -> str:
    """A new token, flushed and recorded; it can't be shown again. Raises TooMany, and ValueError for a lifetime that
    is none of `LIFETIMES`."""
    if days not in LIFETIMES:
        raise ValueError(f"{days} days is none of {LIFETIMES}")
    working = select(func.count()).where(ApiToken.user_id == user.id, ApiToken.expires_at > now)
    if (db.session.scalar(working) or 0) >= MOST:
        raise TooMany
    token = PREFIX + secrets.token_urlsafe(32)
    kept = sorted(str(scope) for scope in scopes)
    expires_at = now + timedelta(days=days)
    db.session.add(
        ApiToken(
            digest=digest_of(token),
            user_id=user.id,
            name=name[:80],
            scopes=kept,
            second=second,
            created_at=now,
            expires_at=expires_at,
        )
    )
    record(
        user, "person.token_made", f"user:{user.id}", now=now, name=name[:80], scopes=kept, until=expires_at.isoformat()
    )
    return token


def find(token: str, *, now: datetime, course_id: str | None = None) -> tuple[TokenInUse, User] | None:
    """A token and its person, in one statement; None when there is none, it has ended, or its person is gone.

    With it comes how the person stands to a course, if one is given: `course_roles.access_of` asks no more then.
    """
    if len(token) != LENGTH or not token.startswith(PREFIX):
        return None
    asked = {"digest": digest_of(token), "now": now, "course_id": course_id}
    row = db.session.execute(_with_person(of_course=course_id is not None), asked).first()
    if row is None:
        return None
    user, row_id, scopes, second, expires_at, last_used_at = row[:6]
    if course_id is not None:
        course_roles.remember(user, course_id, row[6:])
    return TokenInUse(row_id, frozenset(scopes), second, expires_at, last_used_at), user


@cache
def _with_person(*, of_course: bool) -> Select[Any]:
    return (
        select(
            User, ApiToken.id, ApiToken.scopes, ApiToken.second, ApiToken.expires_at, ApiToken.last_used_at,
            *(course_roles.facts(bindparam("course_id"), User.id) if of_course else ()),
        )
        .join(ApiToken, ApiToken.user_id == User.id)
        .where(
            ApiToken.digest == bindparam("digest"),
            ApiToken.expires_at > bindparam("now"),
            User.deleted_at.is_(None),
            User.role != "guest",
        )
    )  # fmt: skip


def use_of(row_id: int, now: datetime) -> Update:
    """The statement that notes a use."""
    return update(ApiToken).where(ApiToken.id == row_id).values(last_used_at=now)


def of(user: User) -> Sequence[ApiToken]:
    """The tokens of a person, the newest first, those among them that ended lately."""
    query = select(ApiToken).where(ApiToken.user_id == user.id)
    return db.session.scalars(query.order_by(ApiToken.id.desc()).limit(100)).all()


def take_back(user: User, row_id: int, *, now: datetime) -> bool:
    """Ends a token of this person, flushed and recorded; False when there is none of theirs with this number."""
    row = db.session.get(ApiToken, row_id)
    if row is None or row.user_id != user.id:
        return False
    db.session.delete(row)
    record(user, "person.token_ended", f"user:{user.id}", now=now, name=row.name)
    return True


def end_all(user: User) -> None:
    """Ends every token of a person; flushed."""
    db.session.execute(delete(ApiToken).where(ApiToken.user_id == user.id))
