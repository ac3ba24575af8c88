"""Joining a class by its code, and leaving it: what learners do themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from werkzeug.exceptions import NotFound

from webapp.accounts.codes import plain_code
from webapp.accounts.models import Cohort, CohortMember, Invitation, User
from webapp.database import db
from webapp.quizzes import service as quizzes


def classes_of(user: User) -> list[Cohort]:
    """The cohorts a learner is in, without archived ones."""
    return list(
        db.session.scalars(
            select(Cohort)
            .join(CohortMember, CohortMember.cohort_id == Cohort.id)
            .where(CohortMember.user_id == user.id, CohortMember.left_at.is_(None), Cohort.archived_at.is_(None))
            .order_by(func.lower(Cohort.name))
        )
    )


def by_code(code: str) -> Cohort | None:
    """The cohort that a code opens at the moment."""
    plain = plain_code(code)
    if not plain:
        return None
    return db.session.scalar(
        select(Cohort).where(Cohort.join_code == plain, Cohort.joinable.is_(True), Cohort.archived_at.is_(None))
    )


def join(cohort: Cohort, user: User, now: datetime, *, found: bool = False) -> bool:
    """Puts a person into a class, also one who left it; False when they are in it already. Flushes.

    `found` says that somebody else did so. An invitation is answered by it.
    """
    membership = db.session.get(CohortMember, (cohort.id, user.id))
    joined = membership is None or membership.left_at is not None
    if membership is None:
        membership = CohortMember(cohort_id=cohort.id, user_id=user.id, joined_at=now)
        db.session.add(membership)
    membership.found = found
    membership.left_at = None
    db.session.flush()
    if joined:
        db.session.execute(delete(Invitation).where(Invitation.cohort_id == cohort.id, Invitation.user_id == user.id))
        quizzes.refresh_deadlines(user_id=user.id)
    return joined


def leave(cohort_id: int, user: User, now: datetime) -> Cohort:
    """Takes a person out of a class; NotFound when they are not in it. Their work stays theirs.

    The class and its instructors see them no more, and its favours end. Its rules go on: see `CohortMember`.
    """
    membership = db.session.get(CohortMember, (cohort_id, user.id))
    cohort = db.session.get(Cohort, cohort_id)
    if membership is None or membership.left_at is not None or cohort is None:
        raise NotFound
    membership.left_at = now
    db.session.flush()
    quizzes.refresh_deadlines(user_id=user.id)
    return cohort
