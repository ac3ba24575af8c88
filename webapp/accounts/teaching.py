"""Who teaches whom. Teachers see the classes they teach and the learners in them; owners of a course all its classes;
admins see everybody. Whether somebody may open the pages at all is `course_roles`.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, false, or_, select

from webapp.accounts.models import Cohort, CohortInstructor, CohortMember, CourseRole, CourseStaff, User
from webapp.database import db


def teaches(user: User, cohort: Cohort) -> bool:
    """Whether a person is among the instructors of a cohort, whatever else they may see. One query."""
    return db.session.get(CohortInstructor, (cohort.id, user.id)) is not None


def oversees(user: User, course_id: str) -> bool:
    """Whether a person decides for classes of others in a course, too: its owners, and admins. At most one query.

    What they may see of learners who are in no class is another matter: that is for admins.
    """
    if user.is_admin or not user.in_staff:
        return user.is_admin
    return bool(db.session.scalar(select(_owns(user, course_id))))


def owners_of(course_id: str) -> Select[tuple[int]]:
    """The ids of the owners of a course."""
    return select(CourseStaff.user_id).where(CourseStaff.course_id == course_id, CourseStaff.role == CourseRole.OWNER)


def _owns(user: User, course_id: str) -> ColumnElement[bool]:
    return owners_of(course_id).where(CourseStaff.user_id == user.id).exists()


def may_open(user: User, cohort: Cohort) -> bool:
    """Whether a person may open a cohort at the desk: its instructors, the owners of its course, and admins."""
    return oversees(user, cohort.course_id) or (user.is_instructor and teaches(user, cohort))


def may_see(user: User, learner_id: int, course_id: str) -> bool:
    """Whether a person may see the work of a learner in a course as an instructor: in a class of that course.
    (Everybody sees their own; that is not asked.)

    At most one query.
    """
    if user.is_admin:
        return True
    taught = select(CohortMember.user_id).where(CohortMember.user_id == learner_id, _is_taught_by(user, course_id))
    return db.session.scalar(taught.limit(1)) is not None


def cohorts_of(user: User, course_id: str) -> ColumnElement[bool]:
    """The condition on Cohort: those of a course that a person may open at the desk."""
    of_course = Cohort.course_id == course_id
    if user.is_admin:
        return of_course
    if not user.is_instructor:
        return false()
    taught = Cohort.id.in_(select(CohortInstructor.cohort_id).where(CohortInstructor.user_id == user.id))
    return of_course & (or_(taught, _owns(user, course_id)) if user.in_staff else taught)


def learners_of(user: User, course_id: str) -> Select[tuple[int]]:
    """The ids of those whose work in a course a person may see as an instructor: the members of their classes in that
    course, or everybody."""
    return select(User.id) if user.is_admin else select(CohortMember.user_id).where(_is_taught_by(user, course_id))


def _is_taught_by(user: User, course_id: str) -> ColumnElement[bool]:
    """The condition on CohortMember: in the class still. Whoever is no instructor any more teaches nobody."""
    if not user.is_instructor:
        return false()
    taught = (
        select(CohortInstructor.cohort_id)
        .join(Cohort, Cohort.id == CohortInstructor.cohort_id)
        .where(CohortInstructor.user_id == user.id, Cohort.course_id == course_id)
    )
    mine: ColumnElement[bool] = CohortMember.cohort_id.in_(taught)
    if user.in_staff:
        all_of_course = select(Cohort.id).where(Cohort.course_id == course_id)
        mine = or_(mine, CohortMember.cohort_id.in_(all_of_course) & _owns(user, course_id))
    return CohortMember.left_at.is_(None) & mine
