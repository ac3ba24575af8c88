"""The courses of a site as a person sees them: which there are, and where they stopped in each."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.accounts import course_roles
from webapp.accounts.course_roles import CourseAccess
from webapp.accounts.models import Admission, User
from webapp.content.courses import Courses, Listed
from webapp.content.lessons.lesson import Lesson, Section
from webapp.content.problems import Problems
from webapp.lessons import service as lessons
from webapp.lessons.models import Place
from webapp.quizzes import service as quizzes


@dataclass(frozen=True)
class ShownCourse:
    """One course of the list, and how the person stands to it. `lesson` and `section` are where they were last; None
    where they never were."""

    course: Listed
    standing: CourseAccess
    lesson: Lesson | None = None
    section: Section | None = None


def courses(known: Courses, person: User | None) -> list[ShownCourse]:
    """Those that the person was in, the latest first, and then the others in their order. One that they might take by
    its code is among them, one that only its classes take is not; what can't be opened is shown to its staff only, and
    what is archived to them and to those who took it. Three queries for somebody, four where a course is archived, one
    for nobody."""
    listed = known.listed()
    standings = course_roles.all_accesses(person, [each.id for each in listed])
    places = lessons.places_of(person) if person is not None else []
    taken = {place.course_id for place in places}
    if person is not None and any(each.archived_at for each in standings.values()):
        taken |= quizzes.courses_of(person)
    found = [
        _where(known, each, standing, places)
        for each in listed
        if (standing := standings[each.id]).roles
        or (each.opens and (standing.is_admitted or standing.admission == Admission.CODE) and _is_for(standing, taken))
    ]
    been = sorted((each for each in found if each[0] is not None), key=lambda each: each[0] or 0)
    return [shown for _turn, shown in (*been, *(each for each in found if each[0] is None))]


def _is_for(standing: CourseAccess, taken: set[str]) -> bool:
    """Whether a course is not archived, or the person took it."""
    return standing.archived_at is None or standing.is_member or standing.in_class or standing.course_id in taken


def _where(known: Courses, head: Listed, standing: CourseAccess, places: list[Place]) -> tuple[int | None, ShownCourse]:
    """A course, and before it the turn of the latest place in it among all places."""
    here = [(turn, place) for turn, place in enumerate(places) if place.course_id == head.id]
    if not here or not head.opens or not standing.is_admitted:
        return None, ShownCourse(head, standing)
    try:
        store = known.store(head.id)
    except Problems:
        store = None
    course = store.current() if store is not None else None
    for turn, place in here:
        lesson = course.lesson(place.lesson_id) if course is not None else None
        section = lesson.section(place.section_id) if lesson is not None else None
        if section is not None:
            return turn, ShownCourse(head, standing, lesson, section)
    return None, ShownCourse(head, standing)
