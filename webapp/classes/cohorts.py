"""Cohorts: who teaches one, who is in it, and what instructors do with it, each act recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, func, select
from werkzeug.exceptions import NotFound

from webapp.accounts import people, teaching
from webapp.accounts.codes import new_code
from webapp.accounts.models import Cohort, CohortInstructor, CohortMember, User
from webapp.audit.service import record
from webapp.database import db
from webapp.quizzes import service as quizzes
from webapp.web.paging import PageOf, page_of_rows


class NameTaken(Exception):
    """Another cohort of the course has this name."""


class LastInstructor(Exception):
    """A cohort keeps one instructor, so that somebody sees it."""


@dataclass(frozen=True)
class CohortSummary:
    """A cohort in a list, with the number of its members."""

    cohort: Cohort
    members: int


# --- loaders ---------------------------------------------------------------------------------------------------------


def cohort_for(user: User, cohort_id: int, course_id: str) -> Cohort:
    """A cohort of a course that `user` teaches, any for an admin; NotFound otherwise, so that nobody learns which
    numbers exist."""
    cohort = db.session.get(Cohort, cohort_id)
    if cohort is None or cohort.course_id != course_id or not teaching.may_open(user, cohort):
        raise NotFound
    return cohort


def member_of(cohort: Cohort, user_id: int) -> tuple[User, CohortMember]:
    """A member and the membership; NotFound for everybody else."""
    row = db.session.execute(
        select(User, CohortMember)
        .join(CohortMember, CohortMember.user_id == User.id)
        .where(
            CohortMember.cohort_id == cohort.id,
            CohortMember.left_at.is_(None),
            User.id == user_id,
            User.deleted_at.is_(None),
        )
    ).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


# --- lists -----------------------------------------------------------------------------------------------------------


def taught_by(user: User, course_id: str) -> list[CohortSummary]:
    """The cohorts of a course that a person teaches, all for an admin, archived ones last: one query."""
    counted = (
        select(CohortMember.cohort_id, func.count().label("members"))
        .where(CohortMember.left_at.is_(None))
        .group_by(CohortMember.cohort_id)
        .subquery()
    )
    query = (
        select(Cohort, func.coalesce(counted.c.members, 0))
        .outerjoin(counted, counted.c.cohort_id == Cohort.id)
        .where(teaching.cohorts_of(user, course_id))
        .order_by(Cohort.archived_at.is_not(None), func.lower(Cohort.name))
    )
    return [CohortSummary(cohort, members) for cohort, members in db.session.execute(query)]


def _with_membership(cohort: Cohort) -> Select[tuple[User, CohortMember]]:
    """The members of a cohort, each with the membership, in no order yet."""
    return (
        select(User, CohortMember)
        .join(CohortMember, CohortMember.user_id == User.id)
        .where(
            CohortMember.cohort_id == cohort.id,
            CohortMember.left_at.is_(None),
            User.deleted_at.is_(None),
        )
    )


def members(cohort: Cohort, *, search: str = "", page: int = 1, size: int = 100) -> PageOf[Row[Any]]:
    """The members that `search` finds, each with the membership, by name: a page of them."""
    query = _with_membership(cohort).where(people.found_by(search)).order_by(User.name_order, User.id)
    return page_of_rows(query, page, size)


def members_after(cohort: Cohort, *, after: int = 0, limit: int) -> list[tuple[User, CohortMember]]:
    """So many members with a number above `after`, each with the membership, in the order of their numbers."""
    query = _with_membership(cohort).where(User.id > after).order_by(User.id).limit(limit)
    return [(user, membership) for user, membership in db.session.execute(query)]


def everybody(cohort: Cohort) -> list[User]:
    """All members by name."""
    return list(
        db.session.scalars(
            select(User)
            .join(CohortMember, CohortMember.user_id == User.id)
            .where(CohortMember.cohort_id == cohort.id, CohortMember.left_at.is_(None), User.deleted_at.is_(None))
            .order_by(User.name_order, User.id)
        )
    )


# --- acts of instructors ---------------------------------------------------------------------------------------------


def create(name: str, course_id: str, *, by: User, now: datetime) -> Cohort:
    """A new cohort of a course that `by` teaches, flushed. Raises NameTaken."""
    _refuse_taken(name, course_id)
    cohort = Cohort(course_id=course_id, name=name, join_code=new_code(), created_at=now)
    db.session.add(cohort)
    db.session.flush()
    db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=by.id))
    _record(cohort, "cohort.created", by=by, now=now, name=name)
    return cohort


def rename(cohort: Cohort, name: str, *, by: User, now: datetime) -> None:
    """Gives the cohort another name. Raises NameTaken."""
    _refuse_taken(name, cohort.course_id, but=cohort)
    before, cohort.name = cohort.name, name
    _record(cohort, "cohort.renamed", by=by, now=now, before=before, after=name)


def _refuse_taken(name: str, course_id: str, but: Cohort | None = None) -> None:
    same = select(Cohort.id).where(Cohort.course_id == course_id, func.lower(Cohort.name) == func.lower(name))
    if but is not None:
        same = same.where(Cohort.id != but.id)
    if db.session.scalar(same.limit(1)) is not None:
        raise NameTaken


def archive(cohort: Cohort, *, by: User, now: datetime) -> None:
    """Puts a cohort away: its assignments no longer hold, nobody can join, and everything is kept."""
    cohort.archived_at = now
    cohort.joinable = False
    _record(cohort, "cohort.archived", by=by, now=now)


def restore(cohort: Cohort, *, by: User, now: datetime) -> None:
    """Takes an archived cohort up again; its code stays closed until somebody opens it."""
    cohort.archived_at = None
    _record(cohort, "cohort.restored", by=by, now=now)


def renew_code(cohort: Cohort, *, by: User, now: datetime) -> None:
    """A new join code; the old one and its link no longer work."""
    cohort.join_code = new_code()
    _record(cohort, "cohort.code_renewed", by=by, now=now)


def set_joinable(cohort: Cohort, joinable: bool, *, by: User, now: datetime) -> None:
    """Whether the code lets people in; that of an archived cohort never does."""
    cohort.joinable = joinable and cohort.archived_at is None
    _record(cohort, "cohort.code_opened" if cohort.joinable else "cohort.code_closed", by=by, now=now)


def add_instructor(cohort: Cohort, colleague: User, *, by: User, now: datetime) -> None:
    """Lets another instructor teach the cohort, unless they do already."""
    if teaching.teaches(colleague, cohort):
        return
    db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=colleague.id))
    _record(cohort, "cohort.instructor_added", by=by, now=now, user=colleague.id, name=colleague.name)


def remove_instructor(cohort: Cohort, user_id: int, *, by: User, now: datetime) -> User | None:
    """Takes an instructor away from the cohort; None for somebody who does not teach it. Raises LastInstructor."""
    instructors = {instructor.id: instructor for instructor in cohort.instructors}
    if user_id not in instructors:
        return None
    if len(instructors) == 1:
        raise LastInstructor
    db.session.execute(
        delete(CohortInstructor).where(CohortInstructor.cohort_id == cohort.id, CohortInstructor.user_id == user_id)
    )
    removed = instructors[user_id]
    _record(cohort, "cohort.instructor_removed", by=by, now=now, user=removed.id, name=removed.name)
    return removed


def remove_member(cohort: Cohort, member: User, *, by: User, now: datetime) -> None:
    """Takes a learner out of the class. Their attempts stay; what the class was set and allowed no longer holds.

    Unlike leaving (`joining.leave`): that somebody has no part in a class is for its instructors to say.
    """
    end_membership(cohort, member)
    _record(cohort, "cohort.member_removed", by=by, now=now, user=member.id)


def end_membership(cohort: Cohort, member: User) -> None:
    """Takes a person out of a class, flushed and not recorded."""
    db.session.execute(
        delete(CohortMember).where(CohortMember.cohort_id == cohort.id, CohortMember.user_id == member.id)
    )
    db.session.flush()
    quizzes.refresh_deadlines(user_id=member.id)


def may_make_link(actor: User, person: User, membership: CohortMember) -> bool:
    """Whether `actor`, who teaches the class, may make a link that sets the password of a member.

    Only the first password of an account that a roster of this class made. Any other account is its person's, also of
    one who joined by the code: a link would be a way into all that they do elsewhere. An admin may.
    """
    may_reset = not person.is_instructor and people.may_reset(actor, person)
    return may_reset and (actor.is_admin or (membership.made_here and person.password_hash is None))


def _record(cohort: Cohort, action: str, *, by: User, now: datetime, **details: Any) -> None:
    """Records an act. That flushes, and with it what was done."""
    record(by, action, f"cohort:{cohort.id}", now=now, cohort_id=cohort.id, course_id=cohort.course_id, **details)
