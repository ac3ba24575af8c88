"""Who there is, and what they may do: roles, the first admin, the list of people."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, or_, select, true
from werkzeug.exceptions import NotFound

from webapp.accounts import api_tokens, links, names
from webapp.accounts.credentials import end_sessions
from webapp.accounts.models import ROLES, User
from webapp.audit.service import Actor, record
from webapp.database import db
from webapp.web.paging import PageOf, page_of


class LastAdmin(Exception):
    """The only admin can't be removed: nobody could make another one."""


def instructor_exists() -> bool:
    """Whether anybody can open the instructor's desk."""
    return bool(
        db.session.scalar(
            select(User.id).where(User.role.in_(("instructor", "admin")), User.deleted_at.is_(None)).limit(1)
        )
    )


def setup_token(*, now: datetime) -> str | None:
    """The token of a link that makes the first admin, valid for a day; None when there is an instructor already.

    Earlier ones end, so that of all links printed only the latest works.
    """
    if instructor_exists():
        return None
    links.withdraw(purpose="setup")
    return links.create("setup", now=now, lasts=timedelta(days=1))


def setup_link_works(token: str, *, now: datetime) -> bool:
    """Whether a link still makes the first admin: it does until there is an instructor."""
    return not instructor_exists() and links.find("setup", token, now=now) is not None


def account(user_id: int) -> User:
    """Somebody with an account; NotFound for guests, the deleted and nobody."""
    user = db.session.get(User, user_id)
    if user is None or user.is_guest or user.deleted_at is not None:
        raise NotFound
    return user


def set_role(user: User, role: str, *, by: Actor, now: datetime) -> bool:
    """Changes a role, signs the person out everywhere and records it, when it is another one; says whether it was.

    Raises LastAdmin when nobody else could change it back, ValueError for guests and what is no role.
    """
    if role not in ROLES or role == "guest" or user.is_guest:
        raise ValueError(f"{role!r} can't be given to this person")
    if user.is_admin and role != "admin" and not other_admins(user):
        raise LastAdmin
    before = user.role
    if role == before:
        return False
    # Whoever made a link for a learner must not hold one for an instructor.
    links.withdraw(purpose="reset", user=user)
    user.role = role
    end_sessions(user)  # one that began as a learner must not go on for thirty days as an admin's
    if ROLES.index(role) > ROLES.index(before):
        api_tokens.end_all(user)  # nor does a token get a reach that nobody gave it
    record(by, "person.role_changed", f"user:{user.id}", now=now, before=before, after=role)
    return True


def other_admins(user: User) -> bool:
    """Whether anybody else is an admin."""
    return bool(
        db.session.scalar(
            select(User.id).where(User.role == "admin", User.deleted_at.is_(None), User.id != user.id).limit(1)
        )
    )


def may_reset(actor: User, user: User) -> bool:
    """Whether `actor` may make a link that sets the password of `user`: admins for all, instructors for learners.

    Which learners are an instructor's is the classes' question.
    """
    if user.deleted_at is not None or user.is_guest:
        return False
    return actor.is_admin or (actor.is_instructor and not user.is_instructor)


def people(*, search: str = "", role: str = "", page: int = 1, size: int = 50) -> PageOf[User]:
    """Accounts (no guests, none that are deleted) that `search` finds, by name."""
    conditions = [User.deleted_at.is_(None), User.role != "guest", found_by(search)]
    if role in ROLES:
        conditions.append(User.role == role)
    return page_of(select(User).where(*conditions).order_by(User.name_order, User.id), page, size)


def search_text(typed: str) -> str:
    """What somebody typed to look for people, as it is looked for: at most 100 characters, "" for nothing."""
    return (names.clean_name(typed) or names.fold(typed))[:100]


def found_by(search: str) -> ColumnElement[bool]:
    """The condition on User: name, user name or e-mail contains what was typed, whatever the case, and marks in a name:
    "celik" finds Çelik. Nothing typed finds everybody."""
    text = search_text(search)
    if not text:
        return true()
    folded, order = names.fold(text), names.name_order(text)
    return or_(
        User.name_order.contains(order, autoescape=True) if order else false(),  # marks without a letter name nobody
        User.username.contains(folded, autoescape=True),
        User.email.contains(folded, autoescape=True),
    )
