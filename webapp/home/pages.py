"""The course's home page."""

from __future__ import annotations

from flask import Blueprint, render_template

from webapp.accounts import course_doors
from webapp.accounts.sessions import person_or_none
from webapp.classes import invitations
from webapp.lessons import service as lessons
from webapp.progress import standing as standings
from webapp.quizzes.grade_changes import notes
from webapp.web import access, offline
from webapp.web.current import course, now

bp = Blueprint("home", __name__)
course_doors.guard(bp)


@bp.get("/")
@access.open_to(access.ANYONE)
@offline.kept
def home() -> str:
    """What this is, the five pillars as they stand for this person, and the one next step."""
    user = person_or_none()
    standing = standings.standing(user, course(), now())
    last = lessons.last_place(user, course()) if user else None
    return render_template(
        "home/home.html",
        standing=standing,
        step=standings.next_step(course(), standing, last),
        # Guests are on no list.
        invited=invitations.of_person(user) if user and not user.is_guest else (),
        notes=notes.unseen(user, now()) if user is not None else [],
        final=lessons.quizzes_of(course(), None)[1],
    )
