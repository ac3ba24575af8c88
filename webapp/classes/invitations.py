"""Invitations: accounts that a roster named. Their people say yes or no, or an admin vouches for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from werkzeug.exceptions import NotFound

from webapp.accounts.models import Cohort, Invitation, User
from webapp.audit.service import record
from webapp.classes import joining
from webapp.database import db


@dataclass(frozen=True)
class Invited:
    """A class that somebody is invited to, and who invited them ("" when that is not known any more)."""

    cohort: Cohort
    by: str


def of_person(user: User) -> list[Invited]:
    """What a person has not answered yet, without archived classes: one query."""
    rows = db.session.execute(
        select(Cohort, User.name)
        .join(Invitation, Invitation.cohort_id == Cohort.id)
        .outerjoin(User, User.id == Invitation.invited_by)
        .where(Invitation.user_id == user.id, Invitation.declined_at.is_(None), Cohort.archived_at.is_(None))
        .order_by(func.lower(Cohort.name))
    )
    return [Invited(cohort, name or "") for cohort, name in rows]


def of_cohort(cohort: Cohort) -> Sequence[Invitation]:
    """Who is invited and not in the class, by the name on the list: nothing of the account itself."""
    query = select(Invitation).where(Invitation.cohort_id == cohort.id)
    return db.session.scalars(query.order_by(func.lower(Invitation.listed_as), Invitation.user_id)).all()


def accept(cohort_id: int, user: User, now: datetime) -> Cohort:
    """Puts an invited person into the class; NotFound when they are not invited. Flushes."""
    _invitation(cohort_id, user.id)
    cohort = db.session.get_one(Cohort, cohort_id)
    if cohort.archived_at is not None:
        raise NotFound
    joining.join(cohort, user, now)
    return cohort


def decline(cohort_id: int, user: User, now: datetime) -> Cohort:
    """Says no. The class learns that, and can't ask again by another list. Flushes."""
    invitation = _invitation(cohort_id, user.id)
    invitation.declined_at = invitation.declined_at or now
    db.session.flush()
    return db.session.get_one(Cohort, cohort_id)


def withdraw(cohort: Cohort, user_id: int, *, by: User, now: datetime) -> Invitation:
    """Takes an invitation back, flushed and recorded; NotFound when there is none. One that was declined stays."""
    invitation = _invitation(cohort.id, user_id)
    if invitation.declined_at is not None:
        raise NotFound
    db.session.delete(invitation)
    record(by, "invitation.withdrawn", f"user:{user_id}", now=now, cohort_id=cohort.id, course_id=cohort.course_id)
    return invitation


def vouch(cohort: Cohort, user_id: int, *, by: User, now: datetime) -> User:
    """An admin puts an invited person into the class, flushed and recorded; NotFound when they are not invited.

    Raises PermissionError for anybody else: the page is for admins only, and this is what an invitation protects from.
    """
    if not by.is_admin:
        raise PermissionError("only an admin vouches for somebody")
    _invitation(cohort.id, user_id)
    person = db.session.get_one(User, user_id)
    joining.join(cohort, person, now, found=True)
    record(by, "invitation.vouched", f"user:{user_id}", now=now, cohort_id=cohort.id, course_id=cohort.course_id)
    return person


def _invitation(cohort_id: int, user_id: int) -> Invitation:
    invitation = db.session.get(Invitation, (cohort_id, user_id))
    if invitation is None:
        raise NotFound
    return invitation
