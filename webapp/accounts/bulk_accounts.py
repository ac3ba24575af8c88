"""People made many at a time, without passwords, and the links by which each sets one."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from webapp.accounts.links import digest_of
from webapp.accounts.models import OneTimeLink, User, new_stamp
from webapp.accounts.service import Taken
from webapp.database import db, pieces

#: how long the first link of a newcomer works: a list is often handed out before the term begins
FIRST_LINK_LASTS = timedelta(days=30)


@dataclass(frozen=True)
class Newcomer:
    """Somebody to be made; name and logins are clean and folded already (accounts.names)."""

    name: str
    username: str | None
    email: str | None


def create(people: Sequence[Newcomer], *, now: datetime, origin: str = "roster") -> list[User]:
    """Learners without passwords, flushed, in the order given: a few statements for thousands.

    Raises Taken when somebody else took a user name or e-mail address meanwhile; nothing is made then.
    """
    rows: list[dict[str, Any]] = [
        {
            "name": person.name,
            "username": person.username,
            "email": person.email,
            "role": "learner",
            "origin": origin,
            "created_at": now,
            "stamp": new_stamp(),
            "preferences": {},
            # The list is the school's word for who they are.
            "email_verified_at": now if person.email is not None else None,
            "username_given_at": now if person.username is not None else None,
        }
        for person in people
    ]
    if not rows:
        return []
    try:
        with db.session.begin_nested():
            db.session.execute(insert(User), rows)
    except IntegrityError as error:
        raise Taken("email" if "email" in str(error.orig) else "username") from error
    # Read back by their logins: asking for the ids on the way in would be a statement for each.
    created: dict[tuple[str | None, str | None], User] = {}
    for column in (User.username, User.email):
        logins = [getattr(person, column.key) for person in people if getattr(person, column.key) is not None]
        for piece in pieces(logins):
            for user in db.session.scalars(select(User).where(column.in_(piece))):
                created[user.username, user.email] = user
    return [created[person.username, person.email] for person in people]


def links(
    users: Sequence[User], *, now: datetime, by: User | None, lasts: timedelta = FIRST_LINK_LASTS
) -> dict[int, str]:
    """user id → the token of a new link (the address is /reset/<token>) that sets a password; earlier ones end."""
    ids = [user.id for user in users]
    for piece in pieces(ids):
        db.session.execute(
            delete(OneTimeLink).where(
                OneTimeLink.purpose == "reset",
                OneTimeLink.used_at.is_(None),
                OneTimeLink.user_id.in_(piece),
            )
        )
    tokens = {user_id: secrets.token_urlsafe(24) for user_id in ids}
    if tokens:
        db.session.execute(
            insert(OneTimeLink),
            [
                {
                    "digest": digest_of(token),
                    "purpose": "reset",
                    "user_id": user_id,
                    "created_by": by.id if by else None,
                    "created_at": now,
                    "expires_at": now + lasts,
                }
                for user_id, token in tokens.items()
            ],
        )
    return tokens
