"""The home page of a course, and the list of courses where there are several."""

from __future__ import annotations

from flask import Blueprint, render_template

from webapp.accounts import course_doors
from webapp.accounts.models import User
from webapp.accounts.sessions import person_or_none
from webapp.classes import invitations
from webapp.home import shown
from webapp.lessons import service as lessons
from webapp.progress import standing as standings
from webapp.quizzes.grade_changes import notes
from webapp.web import access, current, offline
from webapp.web.current import course, now

bp = Blueprint("home", __name__)
course_doors.guard(bp)


@bp.get("/")
@bp.get(current.COURSE)
@access.open_to(access.ANYONE)
@offline.kept
def home() -> str:
    """What this is, the five pillars as they stand for this person, and the one next step; at the root of a site with
    several courses, which there are."""
    if not current.has_course():
        return _list()
    user = person_or_none()
    standing = standings.standing(user, course(), now())
    last = lessons.last_place(user, course()) if user else None
    return render_template(
        "home/home.html",
        standing=standing,
        step=standings.next_step(course(), standing, last),
        invited=[each for each in _invited(user) if each.cohort.course_id == course().id],
        notes=notes.unseen(user, now(), course().id) if user is not None else [],
        final=lessons.quizzes_of(course(), None)[1],
    )


@bp.get("/courses")
@access.open_to(access.ANYONE)
def all_courses() -> str:
    """The courses that the person may see, with where they stopped in each."""
    return _list()


def _list() -> str:
    person = person_or_none()
    return render_template(
        "home/courses.html",
        shown=shown.courses(current.courses(), person),
        invited=_invited(person),
        may_make=person is not None and access.belongs(access.SITE_INSTRUCTOR),
    )


def _invited(person: User | None) -> list[invitations.Invited]:
    # Guests are on no list.
    return invitations.of_person(person) if person is not None and not person.is_guest else []
