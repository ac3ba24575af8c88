"""Links that work once: the first admin's, and those that set a new password. The database keeps only their hashes."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, update

from webapp.accounts.models import OneTimeLink, User
from webapp.database import db

#: how long a link that sets a password works
RESET_LASTS = timedelta(days=3)


def create(
    purpose: str, *, now: datetime, user: User | None = None, by: User | None = None, lasts: timedelta = RESET_LASTS
) -> str:
    """The token of a new link (the address is /setup/<token> or /reset/<token>), flushed; it is never shown again.

    `purpose` is "setup" or "reset". Links whose time is over are removed on the way.
    """
    token = secrets.token_urlsafe(24)
    db.session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < now - timedelta(days=30)))
    db.session.add(
        OneTimeLink(
            digest=digest_of(token),
            purpose=purpose,
            user_id=user.id if user else None,
            created_by=by.id if by else None,
            created_at=now,
            expires_at=now + lasts,
        )
    )
    db.session.flush()
    return token


def reset(user: User, *, now: datetime, by: User | None = None) -> str:
    """The token of a link with which the person sets a new password, within three days. Earlier ones end.

    Who hands it to somebody takes `credentials.make_reset_link`, which records it.
    """
    withdraw(purpose="reset", user=user)
    return create("reset", user=user, by=by, now=now)


def find(purpose: str, token: str, *, now: datetime) -> OneTimeLink | None:
    """The link, if it can still be used."""
    link = db.session.get(OneTimeLink, digest_of(token))
    if link is None or link.purpose != purpose or link.used_at is not None or link.expires_at <= now:
        return None
    return link


def use(purpose: str, token: str, *, now: datetime) -> bool:
    """Uses a link up; False when it can't be used any more, even if somebody else used it in this very moment."""
    link = find(purpose, token, now=now)
    return link is not None and consume(link, now=now)


def consume(link: OneTimeLink, *, now: datetime) -> bool:
    """Uses the link up; False when somebody else did so first."""
    used = db.session.connection().execute(
        update(OneTimeLink).where(OneTimeLink.digest == link.digest, OneTimeLink.used_at.is_(None)).values(used_at=now)
    )
    return used.rowcount == 1


def withdraw(*, purpose: str, user: User | None = None) -> None:
    """Ends all unused links of a purpose (and person)."""
    query = delete(OneTimeLink).where(OneTimeLink.purpose == purpose, OneTimeLink.used_at.is_(None))
    db.session.execute(query.where(OneTimeLink.user_id == user.id) if user else query)


def digest_of(token: str) -> str:
    """What of a link the database keeps."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
