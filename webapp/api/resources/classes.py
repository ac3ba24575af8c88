"""Classes of a course, for those who teach them."""

from __future__ import annotations

from werkzeug.exceptions import NotFound

from webapp.accounts.models import CohortMember, TokenScope, User
from webapp.accounts.sessions import current_person
from webapp.api import cursors
from webapp.api.routes import read
from webapp.api.schemas import ApiAssignment, ApiClass, ApiPerson, NoQuery, Page, PageQuery
from webapp.classes import assignments, cohorts
from webapp.classes.cohorts import CohortSummary
from webapp.quizzes.models import Assignment
from webapp.web import access, current


@read(
    "/courses/<course>/classes",
    audience=access.TEACHER,
    scope=TokenScope.CLASSES,
    answers=Page[ApiClass],
    asks=PageQuery,
)
def classes(query: PageQuery) -> Page[ApiClass]:
    """The classes of a course that the person teaches, those that are put away last."""
    taught = cohorts.taught_by(current_person(), current.store().id)
    piece = cursors.piece_of("classes", taught, lambda each: each.cohort.id, query.cursor, query.limit)
    return Page[ApiClass](items=[_class(each) for each in piece.items], next=piece.next)


@read("/courses/<course>/classes/<int:class_id>", audience=access.TEACHER, scope=TokenScope.CLASSES, answers=ApiClass)
def one_class(query: NoQuery, class_id: int) -> ApiClass:
    """One class."""
    taught = cohorts.taught_by(current_person(), current.store().id)
    found = next((each for each in taught if each.cohort.id == class_id), None)
    if found is None:
        raise NotFound
    return _class(found)


@read(
    "/courses/<course>/classes/<int:class_id>/assignments",
    audience=access.TEACHER,
    scope=TokenScope.CLASSES,
    answers=Page[ApiAssignment],
    asks=PageQuery,
)
def class_assignments(query: PageQuery, class_id: int) -> Page[ApiAssignment]:
    """What a class is set, by the names of the quizzes."""
    cohort = cohorts.cohort_for(current_person(), class_id, current.store().id)
    everything = sorted(assignments.of_cohort(cohort).values(), key=lambda each: each.quiz_id)
    name = f"assignments of {class_id}"
    piece = cursors.piece_of(name, everything, lambda each: each.quiz_id, query.cursor, query.limit)
    return Page[ApiAssignment](items=[_assignment(each) for each in piece.items], next=piece.next)


def _assignment(assignment: Assignment) -> ApiAssignment:
    return ApiAssignment(
        quiz=assignment.quiz_id,
        opens_at=assignment.opens_at,
        due_at=assignment.due_at,
        closes_at=assignment.closes_at,
        feedback_at=assignment.feedback_at,
        time_limit=assignment.time_limit,
        attempts=assignment.attempts,
        late_policy=assignment.late_policy,
        late_percent=assignment.late_percent,
        has_access_code=bool(assignment.access_code),
        zone=assignment.zone,
    )


@read(
    "/courses/<course>/classes/<int:class_id>/people",
    audience=access.TEACHER,
    scope=TokenScope.PEOPLE,
    answers=Page[ApiPerson],
    asks=PageQuery,
)
def people(query: PageQuery, class_id: int) -> Page[ApiPerson]:
    """Who is in a class, in the order of their numbers."""
    cohort = cohorts.cohort_for(current_person(), class_id, current.store().id)
    name = f"people of {class_id}"
    rows = cohorts.members_after(cohort, after=cursors.after_of(name, query.cursor), limit=query.limit + 1)
    piece = cursors.piece_of_rows(name, rows, lambda row: row[0].id, query.limit)
    return Page[ApiPerson](items=[_person(*row) for row in piece.items], next=piece.next)


def _person(user: User, membership: CohortMember) -> ApiPerson:
    return ApiPerson(
        id=user.id, name=user.name, username=user.username, email=user.email, joined_at=membership.joined_at
    )


def _class(summary: CohortSummary) -> ApiClass:
    cohort = summary.cohort
    return ApiClass(
        id=cohort.id,
        name=cohort.name,
        members=summary.members,
        created_at=cohort.created_at,
        archived_at=cohort.archived_at,
    )
