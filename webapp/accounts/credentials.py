"""How people sign in: what a sign-in is checked against, setting a password, and the links by which one sets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from webapp.accounts import api_tokens, links, names
from webapp.accounts.models import OneTimeLink, Session, User, new_stamp
from webapp.audit.service import Actor, record
from webapp.database import db


@dataclass(frozen=True)
class Credentials:
    """What sign-in compares with: whose they would be, and the kept hash. Both None when there is nobody."""

    user_id: int | None
    password_hash: str | None


def find(login: str) -> User | None:
    """The person with this user name or e-mail address, deleted ones and guests excluded."""
    value = names.fold_login(login)
    if not value:
        return None
    column = User.email if "@" in value else User.username
    return db.session.scalar(select(User).where(column == value, User.deleted_at.is_(None)))


def credentials(login: str) -> Credentials:
    """What a sign-in as `login` is checked against: one query, whoever it is."""
    value = names.fold_login(login)
    column = User.email if "@" in value else User.username
    row = db.session.execute(
        select(User.id, User.password_hash).where(column == value, User.deleted_at.is_(None), User.role != "guest")
    ).first()
    return Credentials(row[0], row[1]) if row else Credentials(None, None)


def signed_in(user_id: int, *, rehash: str | None = None) -> User | None:
    """The person whose password was right a moment ago, with the new hash kept; None if deleted in between."""
    user = db.session.get(User, user_id)
    if user is None or user.deleted_at is not None:
        return None
    if rehash is not None:
        user.password_hash = rehash
        db.session.flush()
    return user


def set_password(user: User, password_hash: str) -> None:
    """A new password; ends every session and token of the person (the caller renews the session that should stay)."""
    user.password_hash = password_hash
    end_sessions(user)
    api_tokens.end_all(user)
    db.session.execute(delete(OneTimeLink).where(OneTimeLink.user_id == user.id, OneTimeLink.used_at.is_(None)))


def replace_password(user: User, password_hash: str, *, by: Actor, way: str, now: datetime) -> None:
    """Sets the password of somebody who did not give the old one, and records it with the way it was done."""
    set_password(user, password_hash)
    record(by, "person.password_set", f"user:{user.id}", now=now, by=way)


def end_sessions(user: User) -> None:
    """Signs the person out everywhere. (With the stamp also where a sign-in is under way at this moment.)"""
    user.stamp = new_stamp()
    db.session.flush()
    db.session.execute(delete(Session).where(Session.user_id == user.id))


# --- links that set a password ---------------------------------------------------------------------------------------


def make_reset_link(user: User, *, by: Actor, now: datetime, cohort_id: int | None = None) -> str:
    """The token of a link with which the person sets a new password, within three days, recorded. Earlier ones end."""
    token = links.reset(user, by=by if isinstance(by, User) else None, now=now)
    record(by, "person.link_made", f"user:{user.id}", now=now, cohort_id=cohort_id)
    return token


def owner_of_reset_link(token: str, *, now: datetime) -> User | None:
    """Whose password a link sets; None when it can't be used any more."""
    link = links.find("reset", token, now=now)
    user = db.session.get(User, link.user_id) if link is not None else None
    return user if user is not None and user.deleted_at is None else None


def set_password_by_link(token: str, password_hash: str, *, now: datetime) -> User | None:
    """Uses a link up and sets its owner's password; None, and nothing set, when the link can't be used any more."""
    user = owner_of_reset_link(token, now=now)
    if user is None or not links.use("reset", token, now=now):
        return None
    replace_password(user, password_hash, by=user, way="link", now=now)
    return user
