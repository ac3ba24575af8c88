"""Who teaches whom. Teachers see the classes they teach and the learners in them; owners of a course all its classes;
admins see everybody. Whether somebody may open the pages at all is `course_roles`.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, exists, false, or_, select, true

from webapp.accounts.models import Cohort, CohortInstructor, CohortMember, CourseRole, CourseStaff, User
from webapp.database import db


def teaches(user: User, cohort: Cohort) -> bool:
    """Whether a person is among the instructors of a cohort, whatever else they may see. One query."""
    return db.session.get(CohortInstructor, (cohort.id, user.id)) is not None


def oversees(user: User) -> bool:
    """Whether a person decides for classes of others, too: owners of the course, and admins. At most one query.

    What they may see of learners who are in no class is another matter: that is for admins.
    """
    if user.is_admin or not user.in_staff:
        return user.is_admin
    return bool(db.session.scalar(select(_owns(user))))


def _owns(user: User) -> ColumnElement[bool]:
    return exists().where(CourseStaff.user_id == user.id, CourseStaff.role == CourseRole.OWNER)


def may_open(user: User, cohort: Cohort) -> bool:
    """Whether a person may open a cohort at the desk: its instructors, the owners of its course, and admins."""
    return oversees(user) or (user.is_instructor and teaches(user, cohort))


def may_see(user: User, learner_id: int) -> bool:
    """Whether a person may see the work of a learner as an instructor. (Everybody sees their own; that is not asked.)

    At most one query.
    """
    if user.is_admin:
        return True
    taught = select(CohortMember.user_id).where(CohortMember.user_id == learner_id, _is_taught_by(user))
    return db.session.scalar(taught.limit(1)) is not None


def cohorts_of(user: User) -> ColumnElement[bool]:
    """The condition on Cohort: those that a person may open at the desk."""
    if user.is_admin:
        return true()
    if not user.is_instructor:
        return false()
    taught = Cohort.id.in_(select(CohortInstructor.cohort_id).where(CohortInstructor.user_id == user.id))
    return or_(taught, _owns(user)) if user.in_staff else taught


def learners_of(user: User) -> Select[tuple[int]]:
    """The ids of those whose work a person may see as an instructor: the members of their classes, or everybody."""
    return select(User.id) if user.is_admin else select(CohortMember.user_id).where(_is_taught_by(user))


def _is_taught_by(user: User) -> ColumnElement[bool]:
    """The condition on CohortMember: in the class still. Whoever is no instructor any more teaches nobody."""
    if not user.is_instructor:
        return false()
    taught = CohortMember.cohort_id.in_(select(CohortInstructor.cohort_id).where(CohortInstructor.user_id == user.id))
    return CohortMember.left_at.is_(None) & (or_(taught, _owns(user)) if user.in_staff else taught)
