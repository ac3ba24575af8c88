"""The staff of a course: who is in it, and changes of it, each recorded. What a role means is in `course_roles`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, exists, func, select
from werkzeug.exceptions import NotFound

from webapp.accounts import course_admission, course_roles, links
from webapp.accounts.credentials import end_sessions
from webapp.accounts.models import Cohort, CohortInstructor, CourseRole, CourseStaff, User
from webapp.audit.service import record
from webapp.database import db


class LastOwner(Exception):
    """The only owner of a course stays one: somebody has to answer for it."""


def staff_of(course_id: str) -> Sequence[tuple[User, CourseStaff]]:
    """Everybody with a role in a course, owners first, then by name: one query."""
    rank = case({role.value: at for at, role in enumerate(CourseRole)}, value=CourseStaff.role)
    rows = db.session.execute(
        select(User, CourseStaff)
        .join(CourseStaff, CourseStaff.user_id == User.id)
        .where(CourseStaff.course_id == course_id, User.deleted_at.is_(None))
        .order_by(rank, User.name_order, User.id)
    )
    return [(user, part) for user, part in rows]


def is_in(course_id: str, user: User) -> bool:
    """Whether somebody has a role of their own in the course."""
    return db.session.get(CourseStaff, (course_id, user.id)) is not None


def part_of(course_id: str, user_id: int) -> tuple[User, CourseStaff]:
    """Somebody of the staff and what they are in it; NotFound for everybody else."""
    part = db.session.get(CourseStaff, (course_id, user_id))
    user = db.session.get(User, user_id)
    if part is None or user is None or user.deleted_at is not None:
        raise NotFound
    return user, part


def give(course_id: str, user: User, role: CourseRole, *, by: User, now: datetime) -> bool:
    """Gives a person a role in the course, in place of another; False when they had it. Flushes.

    Raises LastOwner when nobody would own the course, ValueError for guests. Somebody who had no work at any desk so
    far is signed out everywhere: a session that began as a learner's must not go on for thirty days as staff.
    """
    if user.is_guest or user.deleted_at is not None:
        raise ValueError("only somebody with an account can be in the staff")
    part = db.session.get(CourseStaff, (course_id, user.id), with_for_update=True)
    if part is not None and part.role == role:
        return False
    if part is None:
        before = None
        db.session.add(CourseStaff(course_id=course_id, user_id=user.id, role=role, added_at=now, added_by=by.id))
    else:
        before = part.role
        if before == CourseRole.OWNER:
            _refuse_last_owner(course_id, user)
        part.role = role
    if not user.is_instructor:
        # Whoever made a link for a learner must not hold one for somebody of the staff.
        links.withdraw(purpose="reset", user=user)
        end_sessions(user)
    user.in_staff = True
    db.session.flush()
    _end_teaching(course_id, user)
    action = "course.staff_added" if before is None else "course.role_changed"
    _record(course_id, action, by=by, now=now, user=user.id, name=user.name, before=before, after=role.value)
    return True


def remove(course_id: str, user_id: int, *, by: User, now: datetime) -> User:
    """Takes a person out of the staff, and with it away from the classes they taught. Flushes.

    Raises LastOwner, and NotFound for somebody who is not in it.
    """
    user, part = part_of(course_id, user_id)
    if part.role == CourseRole.OWNER:
        _refuse_last_owner(course_id, user)
    role = part.role
    db.session.delete(part)
    db.session.flush()
    user.in_staff = bool(db.session.scalar(select(exists().where(CourseStaff.user_id == user.id))))
    left = _end_teaching(course_id, user)
    _record(course_id, "course.staff_removed", by=by, now=now, user=user.id, name=user.name, role=role, classes=left)
    return user


def let_all_instructors(course_id: str, all_instructors: bool, *, by: User, now: datetime) -> int:
    """Whether every instructor of the site writes and teaches here. Flushes.

    When that ends, those who teach a class stay with it as teachers; how many these are.
    """
    settled = course_admission.settled(course_id, by=by, now=now)
    if settled.all_instructors == all_instructors:
        return 0
    settled.all_instructors = all_instructors
    teachers = [] if all_instructors else _teaching_without_a_part(course_id)
    for teacher in teachers:
        teacher.in_staff = True
        part = CourseStaff(course_id=course_id, user_id=teacher.id, role=CourseRole.TEACHER, added_at=now)
        part.added_by = by.id
        db.session.add(part)
    ids = [teacher.id for teacher in teachers]
    _record(course_id, "course.instructors_set", by=by, now=now, all=all_instructors, made_teachers=ids)
    return len(ids)


def _teaching_without_a_part(course_id: str) -> Sequence[User]:
    """Instructors who teach a class of the course and have no role of their own in it."""
    classes = select(Cohort.id).where(Cohort.course_id == course_id)
    in_staff = select(CourseStaff.user_id).where(CourseStaff.course_id == course_id)
    return db.session.scalars(
        select(User)
        .where(
            User.role == "instructor",
            User.deleted_at.is_(None),
            User.id.in_(select(CohortInstructor.user_id).where(CohortInstructor.cohort_id.in_(classes))),
            User.id.not_in(in_staff),
        )
        .order_by(User.id)
    ).all()


def _refuse_last_owner(course_id: str, owner: User) -> None:
    others = (
        select(func.count())
        .select_from(CourseStaff)
        .join(User, User.id == CourseStaff.user_id)
        .where(
            CourseStaff.course_id == course_id,
            CourseStaff.role == CourseRole.OWNER,
            CourseStaff.user_id != owner.id,
            User.deleted_at.is_(None),
        )
    )
    if not db.session.scalar(others):
        raise LastOwner


def _end_teaching(course_id: str, user: User) -> list[int]:
    """Takes somebody who is no teacher any more away from the classes of a course; the ids of those."""
    course_roles.forget()
    if course_roles.access_of(user, course_id).teaches:
        return []
    classes = select(Cohort.id).where(Cohort.course_id == course_id)
    theirs = (CohortInstructor.user_id == user.id) & CohortInstructor.cohort_id.in_(classes)
    left = list(db.session.scalars(select(CohortInstructor.cohort_id).where(theirs)))
    db.session.execute(delete(CohortInstructor).where(theirs))
    return left


def _record(course_id: str, action: str, *, by: User, now: datetime, **details: Any) -> None:
    record(by, action, f"course:{course_id}", now=now, course_id=course_id, **details)
    course_roles.forget()
