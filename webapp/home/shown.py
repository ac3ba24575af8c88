"""The courses of a site as a person sees them: which there are, and where they stopped in each."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.accounts.models import User
from webapp.content.courses import Courses, Listed
from webapp.content.lessons.lesson import Lesson, Section
from webapp.content.problems import Problems
from webapp.lessons import service as lessons
from webapp.lessons.models import Place


@dataclass(frozen=True)
class ShownCourse:
    """One course of the list. `lesson` and `section` are where the person was last; None where they never were."""

    course: Listed
    lesson: Lesson | None = None
    section: Section | None = None


def courses(known: Courses, person: User | None, *, is_staff: bool) -> list[ShownCourse]:
    """Those that the person was in, the latest first, and then the others in their order. What can't be opened is
    shown to staff only. One query for somebody, none for nobody."""
    listed = [each for each in known.listed() if each.opens or is_staff]
    places = lessons.places_of(person) if person is not None else []
    found = [_where(known, each, places) for each in listed]
    been = sorted((each for each in found if each[0] is not None), key=lambda each: each[0] or 0)
    return [shown for _turn, shown in (*been, *(each for each in found if each[0] is None))]


def _where(known: Courses, head: Listed, places: list[Place]) -> tuple[int | None, ShownCourse]:
    """A course, and before it the turn of the latest place in it among all places."""
    if not places or not head.opens:
        return None, ShownCourse(head)
    try:
        store = known.store(head.id)
    except Problems:
        store = None
    course = store.current() if store is not None else None
    for turn, place in enumerate(places):
        lesson = course.lesson(place.lesson_id) if course is not None else None
        section = lesson.section(place.section_id) if lesson is not None else None
        if section is not None:
            return turn, ShownCourse(head, lesson, section)
    return None, ShownCourse(head)
