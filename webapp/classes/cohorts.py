"""Cohorts: who teaches one, who is in it, and the code that lets people in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select
from werkzeug.exceptions import NotFound

from webapp.accounts import names, people, teaching
from webapp.accounts.models import Cohort, CohortInstructor, CohortMember, User
from webapp.database import db
from webapp.quizzes import service as quizzes
from webapp.web.paging import PageOf, page_of_rows

#: letters and digits that nobody confuses when reading a code out or from a board
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_CODE_LENGTH = 8


class NameTaken(Exception):
    """Another cohort has this name."""


@dataclass(frozen=True)
class Summary:
    """A cohort in a list."""

    cohort: Cohort
    members: int


# --- loaders ---------------------------------------------------------------------------------------------------------


def cohort_for(user: User, cohort_id: int) -> Cohort:
    """A cohort that `user` teaches, any for an admin; NotFound otherwise, so that nobody learns which numbers exist."""
    cohort = db.session.get(Cohort, cohort_id)
    if cohort is None or not teaching.may_open(user, cohort):
        raise NotFound
    return cohort


def member_of(cohort: Cohort, user_id: int) -> tuple[User, CohortMember]:
    """A member and the membership; NotFound for everybody else."""
    found = db.session.execute(
        select(User, CohortMember)
        .join(CohortMember, CohortMember.user_id == User.id)
        .where(CohortMember.cohort_id == cohort.id, User.id == user_id, User.deleted_at.is_(None))
    ).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


# --- lists -----------------------------------------------------------------------------------------------------------


def taught_by(user: User) -> list[Summary]:
    """The cohorts a person teaches, all for an admin, archived ones last: one query."""
    counted = select(CohortMember.cohort_id, func.count().label("members")).group_by(CohortMember.cohort_id).subquery()
    wanted = (
        select(Cohort, func.coalesce(counted.c.members, 0))
        .outerjoin(counted, counted.c.cohort_id == Cohort.id)
        .where(teaching.cohorts_of(user))
        .order_by(Cohort.archived_at.is_not(None), func.lower(Cohort.name))
    )
    return [Summary(cohort, members) for cohort, members in db.session.execute(wanted)]


def members(cohort: Cohort, *, search: str = "", page: int = 1, size: int = 100) -> PageOf[Row[Any]]:
    """The members that `search` finds, each with the membership, by name: a page of them."""
    wanted = (
        select(User, CohortMember)
        .join(CohortMember, CohortMember.user_id == User.id)
        .where(CohortMember.cohort_id == cohort.id, User.deleted_at.is_(None), people.found_by(search))
        .order_by(func.lower(User.name), User.id)
    )
    return page_of_rows(wanted, page, size)


def everybody(cohort: Cohort) -> list[User]:
    """All members by name."""
    return list(
        db.session.scalars(
            select(User)
            .join(CohortMember, CohortMember.user_id == User.id)
            .where(CohortMember.cohort_id == cohort.id, User.deleted_at.is_(None))
            .order_by(func.lower(User.name), User.id)
        )
    )


def classes_of(user: User) -> list[Cohort]:
    """The cohorts a learner is in, archived ones aside."""
    return list(
        db.session.scalars(
            select(Cohort)
            .join(CohortMember, CohortMember.cohort_id == Cohort.id)
            .where(CohortMember.user_id == user.id, Cohort.archived_at.is_(None))
            .order_by(func.lower(Cohort.name))
        )
    )


# --- acts of instructors (their pages record them) -------------------------------------------------------------------


def create(name: str, instructor: User, now: datetime) -> Cohort:
    """A new cohort that `instructor` teaches, flushed. Raises NameTaken."""
    _refuse_taken(name)
    cohort = Cohort(name=name, join_code=_new_code(), created_at=now)
    db.session.add(cohort)
    db.session.flush()
    db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=instructor.id))
    db.session.flush()
    return cohort


def rename(cohort: Cohort, name: str) -> None:
    """Raises NameTaken."""
    _refuse_taken(name, but=cohort)
    cohort.name = name
    db.session.flush()


def _refuse_taken(name: str, but: Cohort | None = None) -> None:
    same = select(Cohort.id).where(func.lower(Cohort.name) == func.lower(name))
    if but is not None:
        same = same.where(Cohort.id != but.id)
    if db.session.scalar(same.limit(1)) is not None:
        raise NameTaken


def archive(cohort: Cohort, now: datetime) -> None:
    """Puts a cohort away: its assignments hold for nobody any more, nobody can join, and everything is kept."""
    cohort.archived_at = now
    cohort.joinable = False
    db.session.flush()


def restore(cohort: Cohort) -> None:
    """Takes an archived cohort up again; its code stays closed until somebody opens it."""
    cohort.archived_at = None
    db.session.flush()


def renew_code(cohort: Cohort) -> str:
    """A new join code; the old one and its link work no more."""
    cohort.join_code = _new_code()
    db.session.flush()
    return cohort.join_code


def set_joinable(cohort: Cohort, joinable: bool) -> None:
    """Whether the code lets people in."""
    cohort.joinable = joinable
    db.session.flush()


def add_instructor(cohort: Cohort, user: User) -> bool:
    """Lets another instructor teach the cohort; False when they do already."""
    if teaching.teaches(user, cohort):
        return False
    db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=user.id))
    db.session.flush()
    return True


def remove_instructor(cohort: Cohort, user_id: int) -> None:
    """Takes an instructor away from the cohort."""
    db.session.execute(
        delete(CohortInstructor).where(CohortInstructor.cohort_id == cohort.id, CohortInstructor.user_id == user_id)
    )


def remove_member(cohort: Cohort, user: User) -> None:
    """Takes a learner out of the class. Their attempts stay; what the class was allowed holds for them no more."""
    db.session.execute(delete(CohortMember).where(CohortMember.cohort_id == cohort.id, CohortMember.user_id == user.id))
    db.session.flush()
    quizzes.refresh_deadlines(user_id=user.id)


def may_make_link(actor: User, person: User, membership: CohortMember) -> bool:
    """Whether `actor`, who teaches the class, may make a link that sets the password of a member.

    Not of an account that a roster found: else a roster with somebody's e-mail address would be a way into their
    account. An admin may.
    """
    may_reset = person.role == "learner" and people.may_reset(actor, person)
    return may_reset and (actor.is_admin or not membership.found)


# --- joining ---------------------------------------------------------------------------------------------------------


def by_code(code: str) -> Cohort | None:
    """The cohort that a code opens at the moment. Case, spaces and hyphens don't matter."""
    plain = plain_code(code)
    if not plain:
        return None
    return db.session.scalar(
        select(Cohort).where(Cohort.join_code == plain, Cohort.joinable.is_(True), Cohort.archived_at.is_(None))
    )


def plain_code(code: str) -> str:
    """A code as it is kept."""
    return "".join(char for char in names.fold(code).upper() if char.isalnum())[:16]


def shown_code(code: str) -> str:
    """A code as people read it: two groups of four."""
    half = len(code) // 2
    return f"{code[:half]}-{code[half:]}"


def join(cohort: Cohort, user: User, now: datetime) -> bool:
    """Puts a person into a class, of their own will; False when they are in it already. Flushes."""
    membership = db.session.get(CohortMember, (cohort.id, user.id))
    if membership is not None:
        membership.found = False
        db.session.flush()
        return False
    db.session.add(CohortMember(cohort_id=cohort.id, user_id=user.id, joined_at=now, found=False))
    db.session.flush()
    quizzes.refresh_deadlines(user_id=user.id)
    return True


def leave(cohort_id: int, user: User) -> Cohort:
    """Takes a person out of a class, of their own will; NotFound when they are not in it. Their work stays theirs."""
    membership = db.session.get(CohortMember, (cohort_id, user.id))
    cohort = db.session.get(Cohort, cohort_id)
    if membership is None or cohort is None:
        raise NotFound
    remove_member(cohort, user)
    return cohort


def _new_code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
