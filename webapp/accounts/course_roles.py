"""Who may do what in which course. Every door of a course asks here, and nothing else decides it.

An owner does everything in the course: its staff, who may take it, the bank, all its classes and their grades. An
author works on the bank and sees no grades. A teacher has their own classes (see `teaching`), their grades and the
live view. Admins are owners of every course. As long as a course leaves it so (`CourseAdmission.all_instructors`),
every instructor of the site is author and teacher in it, besides the staff.

Whoever has a role may take the course, too. Others may by its admission: everybody, whoever entered its code, or the
classes of the course, which are never kept out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, bindparam, exists, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from webapp.accounts.models import (
    Admission,
    Cohort,
    CohortMember,
    CourseAdmission,
    CourseMember,
    CourseRole,
    CourseStaff,
    User,
)
from webapp.database import db

#: what each role may be counted as
_INCLUDES = {
    CourseRole.OWNER: frozenset(CourseRole),
    CourseRole.AUTHOR: frozenset({CourseRole.AUTHOR}),
    CourseRole.TEACHER: frozenset({CourseRole.TEACHER}),
}
#: what every instructor of the site is, where a course leaves it so
OF_INSTRUCTORS = frozenset({CourseRole.AUTHOR, CourseRole.TEACHER})
_KEPT = "course standings"


@dataclass(frozen=True)
class CourseAccess:
    """How one person, or a visitor, stands to one course."""

    course_id: str
    #: what they may do as; an owner is author and teacher, too
    roles: frozenset[CourseRole] = frozenset()
    admission: Admission = Admission.OPEN
    archived_at: datetime | None = None
    #: they entered the code of the course
    is_member: bool = False
    #: they are in a class of the course that is not archived
    in_class: bool = False

    @property
    def owns(self) -> bool:
        return CourseRole.OWNER in self.roles

    @property
    def writes(self) -> bool:
        return CourseRole.AUTHOR in self.roles

    @property
    def teaches(self) -> bool:
        return CourseRole.TEACHER in self.roles

    @property
    def is_admitted(self) -> bool:
        """Whether the person may read the course, and take it unless it is archived."""
        by_code = self.admission == Admission.CODE and self.is_member
        return bool(self.roles) or self.admission == Admission.OPEN or by_code or self.in_class


def access_of(user: User | None, course_id: str) -> CourseAccess:
    """How a person (None: a visitor) stands to a course: one query, or none if it was asked in this session before.

    A request has a session of its own, which begins with `facts` of whoever sends it.
    """
    kept: dict[tuple[int | None, str], CourseAccess] = db.session.info.setdefault(_KEPT, {})
    key = (user.id if user is not None else None, course_id)
    if key not in kept:
        row = db.session.execute(_facts_alone(), {"course_id": course_id, "user_id": key[0] or 0}).one()
        kept[key] = _read(user, course_id, tuple(row))
    return kept[key]


def all_accesses(user: User | None, course_ids: Iterable[str]) -> dict[str, CourseAccess]:
    """How a person (None: a visitor) stands to each of several courses: one query for a visitor, else two."""
    settled = {each.course_id: each for each in db.session.scalars(select(CourseAdmission))}
    roles: dict[str, str] = {}
    entered: set[str] = set()
    in_class: set[str] = set()
    for course_id, how, role in db.session.execute(_ties(user.id)) if user is not None else ():
        if how == "role":
            roles[course_id] = role
        else:
            (entered if how == "code" else in_class).add(course_id)
    found = {}
    for each in course_ids:
        row = settled.get(each)
        rest = (row.admission, row.all_instructors, row.archived_at) if row is not None else (None, None, None)
        found[each] = _read(user, each, (roles.get(each), *rest, each in entered, each in in_class))
    return found


def _ties(user_id: int) -> CompoundSelect[Any]:
    """What ties a person to courses: the course, how, and the role there."""
    return union_all(
        select(CourseStaff.course_id, literal("role"), CourseStaff.role).where(CourseStaff.user_id == user_id),
        select(CourseMember.course_id, literal("code"), literal("")).where(CourseMember.user_id == user_id),
        select(Cohort.course_id, literal("class"), literal(""))
        .join(CohortMember, CohortMember.cohort_id == Cohort.id)
        .where(CohortMember.user_id == user_id, CohortMember.left_at.is_(None), Cohort.archived_at.is_(None)),
    )


def remember(user: User, course_id: str, row: Sequence[Any]) -> None:
    """Keeps what a query found in the columns `facts`, for this session."""
    kept: dict[tuple[int | None, str], CourseAccess] = db.session.info.setdefault(_KEPT, {})
    kept[user.id, course_id] = _read(user, course_id, row)


def forget() -> None:
    """Something changed that standings are made of: the next one is asked for anew."""
    db.session.info.pop(_KEPT, None)


@cache
def _facts_alone() -> Select[Any]:
    return select(*facts(bindparam("course_id"), bindparam("user_id")))


def facts(
    course_id: ColumnElement[str], whose: ColumnElement[int] | InstrumentedAttribute[int]
) -> tuple[ColumnElement[Any], ...]:
    """The columns from which a standing is read, for a query that brings the person, too."""
    settled = select(CourseAdmission).where(CourseAdmission.course_id == course_id)
    role = select(CourseStaff.role).where(CourseStaff.course_id == course_id, CourseStaff.user_id == whose)
    return (
        role.scalar_subquery(),
        settled.with_only_columns(CourseAdmission.admission).scalar_subquery(),
        settled.with_only_columns(CourseAdmission.all_instructors).scalar_subquery(),
        settled.with_only_columns(CourseAdmission.archived_at).scalar_subquery(),
        exists().where(CourseMember.course_id == course_id, CourseMember.user_id == whose),
        exists().where(
            CohortMember.user_id == whose,
            CohortMember.left_at.is_(None),
            Cohort.id == CohortMember.cohort_id,
            Cohort.course_id == course_id,
            Cohort.archived_at.is_(None),
        ),
    )


def _read(user: User | None, course_id: str, row: Sequence[Any]) -> CourseAccess:
    role, admission, all_instructors, archived_at, is_member, in_class = row
    return CourseAccess(
        course_id,
        _roles(user, role, all_instructors is None or bool(all_instructors)),
        Admission(admission or Admission.OPEN),
        archived_at,
        bool(is_member),
        bool(in_class),
    )


def _roles(user: User | None, role: str | None, all_instructors: bool) -> frozenset[CourseRole]:
    if user is None or user.is_guest or user.deleted_at is not None:
        return frozenset()
    if user.is_admin:
        return _INCLUDES[CourseRole.OWNER]
    own = _INCLUDES[CourseRole(role)] if role is not None else frozenset()
    return own | OF_INSTRUCTORS if all_instructors and user.role == "instructor" else own
