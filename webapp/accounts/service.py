"""People: making accounts and guests, preferences, one's own data, deletion. Other rooms find all of accounts here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from webapp.accounts import links, names, passwords
from webapp.accounts.credentials import (
    Credentials,
    credentials,
    end_sessions,
    find,
    make_reset_link,
    owner_of_reset_link,
    replace_password,
    set_password,
    set_password_by_link,
    signed_in,
)
from webapp.accounts.models import ROLES, User, new_stamp
from webapp.accounts.people import (
    LastAdmin,
    account,
    instructor_exists,
    may_reset,
    other_admins,
    people,
    set_role,
    setup_link_works,
    setup_token,
)
from webapp.accounts.personal_data import Fate, all_kinds
from webapp.audit.service import Actor, record
from webapp.database import db

#: what a person may prefer, with what holds when they did not say
PREFERENCES: dict[str, Any] = {
    "certainty": True,
    "review_cap": 20,
    #: the zone whose clock all times are shown on; None: that of the device
    "zone": None,
    #: the zone that a device of theirs was in last
    "zone_seen": None,
}


#: how people come whose logins somebody else vouches for: the operator, or the school's list
VOUCHED_ORIGINS = frozenset({"roster", "cli", "setup"})


class Taken(Exception):
    """The user name or e-mail address belongs to somebody else. `field` is "username" or "email"."""

    def __init__(self, field: str) -> None:
        super().__init__(f"this {field} is taken")
        self.field = field


def create_user(
    *,
    name: str,
    username: str | None = None,
    email: str | None = None,
    password: str | None = None,
    password_hash: str | None = None,
    role: str = "learner",
    now: datetime,
    origin: str = "signup",
    locale: str | None = None,
    by: Actor | None = None,
) -> User:
    """A new person, flushed. Give `password_hash` when it was made before the transaction began, else `password`.

    Without either, the person comes in by a one-time link or an identity provider. With `by`, somebody makes an account
    for somebody else, which is recorded. Raises Taken, and ValueError for a name, user name, e-mail or role that can't
    be one. Rules for good passwords are the forms' (`password_rules.problem`).
    """
    if role not in ROLES:
        raise ValueError(f"{role!r} is no role; there are {', '.join(ROLES)}")
    user = User(
        role=role,
        origin=origin,
        locale=locale,
        created_at=now,
        stamp=new_stamp(),
        preferences={},
        password_hash=password_hash or (passwords.hash_password(password) if password is not None else None),
    )
    rename(user, name)
    _set_logins(user, username, email)
    if by is not None or origin in VOUCHED_ORIGINS:
        user.email_verified_at = now if user.email is not None else None
        user.username_given_at = now if user.username is not None else None
    _add(user)
    if by is not None:
        record(by, "person.created", f"user:{user.id}", now=now, role=role)
    return user


def create_first_admin(token: str, *, now: datetime, **details: Any) -> User | None:
    """The first admin, by the link that the server printed; None, and nobody made, when it can't be used any more.

    `details` are those of `create_user`. Flushed and recorded. Raises the same errors.
    """
    if not links.use("setup", token, now=now):
        return None
    admin = create_user(role="admin", origin="setup", now=now, **details)
    record(admin, "person.created", f"user:{admin.id}", now=now, role="admin", by="setup link")
    return admin


def create_guest(*, now: datetime) -> User:
    """Somebody who takes a quiz without an account, flushed."""
    guest = User(name="", role="guest", origin="guest", created_at=now, stamp=new_stamp(), preferences={})
    db.session.add(guest)
    db.session.flush()
    return guest


def upgrade_guest(
    guest: User,
    *,
    name: str,
    username: str | None = None,
    email: str | None = None,
    password_hash: str | None,
    role: str = "learner",
    now: datetime,
    origin: str = "signup",
    locale: str | None = None,
) -> User:
    """Makes an account of a guest, in place: all the guest did is the account's. Same errors as create_user."""
    if not guest.is_guest:
        raise ValueError("only a guest can be upgraded")
    rename(guest, name)
    _set_logins(guest, username, email)
    guest.role, guest.origin, guest.locale = role, origin, locale
    guest.password_hash = password_hash
    _add(guest)
    end_sessions(guest)
    return guest


def _set_logins(user: User, username: str | None, email: str | None) -> None:
    if username is not None and (problem := names.username_problem(username)):
        raise ValueError(str(problem))
    address = names.email_of(email) if email is not None else None
    if email is not None and address is None:
        raise ValueError(f"{email!r} is no e-mail address")
    name = names.fold(username) if username is not None else None
    # What a person types themselves, nobody vouches for.
    if name != user.username:
        user.username, user.username_given_at = name, None
    if address != user.email:
        user.email, user.email_verified_at = address, None


def _add(user: User) -> None:
    """Flushes a person whose logins are new; raises Taken when the database knows them already."""
    for field in ("username", "email"):
        value = getattr(user, field)
        if value is None:
            continue
        with db.session.no_autoflush:
            other = db.session.scalar(select(User.id).where(getattr(User, field) == value))
        if other is not None and other != user.id:
            _undo(user)
            raise Taken(field)
    try:
        # Two app servers can get past the question above in the same moment; the constraint decides.
        with db.session.begin_nested():
            db.session.add(user)
            db.session.flush()
    except IntegrityError as error:
        raise Taken("email" if "email" in str(error.orig) else "username") from error


def _undo(user: User) -> None:
    if user in db.session:
        db.session.refresh(user)


def rename(user: User, name: str) -> None:
    """Sets the name to show; raises ValueError when nothing of it can be shown."""
    clean = names.clean_name(name)
    if not clean:
        raise ValueError("a name needs a letter or a digit")
    user.name = clean


def preference(user: User | None, key: str) -> Any:
    """What a person prefers, or the default, which also holds for nobody; KeyError for one that does not exist."""
    return (user.preferences if user is not None else {}).get(key, PREFERENCES[key])


def set_preference(user: User, key: str, value: Any) -> None:
    """Keeps a preference; KeyError for one that does not exist."""
    if key not in PREFERENCES:
        raise KeyError(key)
    user.preferences = {**user.preferences, key: value}


def merge(guest: User, user: User) -> int:
    """Gives all that a guest did to an account, and removes the guest. Says how many things moved; flushed."""
    if not guest.is_guest or guest.id == user.id:
        raise ValueError("only a guest's work can be merged, into another account")
    moved = sum(kind.move(guest, user) for kind in all_kinds())
    db.session.flush()
    db.session.execute(delete(User).where(User.id == guest.id))
    db.session.expire_all()
    return moved


def set_profile(user: User, *, name: str, username: str | None, email: str | None) -> bool:
    """Name and logins as given; at least one login of somebody with a password. Raises Taken, and ValueError
    like create_user.

    Another e-mail address ends every session of the person (the caller renews the one that should stay); says whether.
    """
    if username is None and email is None and user.password_hash is not None:
        raise ValueError("a user name or an e-mail address is needed to sign in")
    before = user.email
    rename(user, name)
    _set_logins(user, username, email)
    _add(user)
    if user.email == before:
        return False
    end_sessions(user)
    return True


# --- one's own data, and leaving -------------------------------------------------------------------------------------


def data_export(user: User, *, now: datetime) -> dict[str, Any]:
    """All that is kept about a person, for that person: JSON-able, with words instead of ids where there are words.
    Their files come beside it (`files_of`)."""
    return {
        "made_at": now.isoformat(),
        "account": {
            "name": user.name,
            "user_name": user.username,
            "e_mail": user.email,
            "role": user.role,
            "language": user.locale,
            "created_at": user.created_at.isoformat(),
            "came_by": user.origin,
            "preferences": {key: preference(user, key) for key in PREFERENCES},
            "password": "kept as an Argon2id hash only" if user.password_hash else "none",
            "e_mail_vouched_for_since": _iso(user.email_verified_at),
            "user_name_given_at": _iso(user.username_given_at),
            "a_note_waits": user.has_notes,
            "in_the_staff_of_a_course": user.in_staff,
        },
        **{kind.name: kind.export(user, now) for kind in all_kinds()},
    }


def files_of(user: User) -> Iterator[tuple[str, bytes]]:
    """The files of a person, each with a path in what is written for them."""
    for kind in all_kinds():
        yield from kind.files(user)


def record_export(user: User, *, by: Actor, now: datetime) -> None:
    """Records that somebody else took a copy of a person's data. Flushes."""
    record(by, "person.exported", f"user:{user.id}", now=now)


def _iso(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def fates(user: User) -> list[Fate]:
    """What an erasure of this person would remove, and what stays and why. Only what there is."""
    return [fate for kind in all_kinds() for fate in kind.fates(user) if fate.number]


def delete_account(user: User, *, now: datetime, by: Actor | None = None, with_results: bool = False) -> None:
    """Removes everything that says who it was. The row stays, nameless, so that results stand in statistics.

    With `with_results` those go, too. With `by` somebody else does it, which is recorded. Of those who leave by
    themselves it is recorded of instructors and admins, without the name, which is what they want removed. Raises
    LastAdmin.
    """
    if user.is_admin and not other_admins(user):
        raise LastAdmin
    if by is not None:
        record(by, "person.erased", f"user:{user.id}", now=now, role=user.role, with_results=with_results)
    elif user.is_instructor:
        record(f"user:{user.id}", "person.deleted", f"user:{user.id}", now=now, role=user.role)
    user.deleted_at = now
    db.session.flush()  # before the log, which lets go of nobody else
    for kind in reversed(all_kinds()):
        if kind.is_result and with_results:
            kind.remove([user.id])
        kind.erase(user)
    user.name, user.username, user.email, user.password_hash = "", None, None, None
    user.email_verified_at = user.username_given_at = None
    user.locale, user.preferences, user.has_notes = None, {}, False
    end_sessions(user)


__all__ = [
    "Credentials",
    "LastAdmin",
    "Taken",
    "User",
    "account",
    "create_first_admin",
    "create_guest",
    "create_user",
    "credentials",
    "data_export",
    "delete_account",
    "end_sessions",
    "fates",
    "files_of",
    "find",
    "instructor_exists",
    "make_reset_link",
    "may_reset",
    "merge",
    "owner_of_reset_link",
    "people",
    "preference",
    "record_export",
    "rename",
    "replace_password",
    "set_password",
    "set_password_by_link",
    "set_preference",
    "set_profile",
    "set_role",
    "setup_link_works",
    "setup_token",
    "signed_in",
    "upgrade_guest",
]
