"""What a learner sees of their own work."""

from __future__ import annotations

from collections.abc import Collection

from flask import Blueprint, render_template

from webapp.accounts import course_doors
from webapp.accounts.sessions import current_person, person_or_none
from webapp.progress import afterwards, service
from webapp.progress.mastery import FILLED, State
from webapp.quizzes.models import Attempt
from webapp.web import access
from webapp.web.current import course, now

bp = Blueprint("progress", __name__)
course_doors.guard(bp)


def after_paper(attempt: Attempt, question_ids: Collection[str]) -> afterwards.Afterwards:
    """What follows a paper of the current person; for its result page."""
    return afterwards.afterwards(current_person(), attempt, question_ids, course(), now())


@bp.get("/progress")
@access.open_to(access.ANYONE)
def overview() -> str:
    """Per pillar what was read, scores, mastery, what is weak and what to do; and how sure and right go together."""
    person = person_or_none()
    if person is None:
        return render_template("progress/visitor.html")
    return render_template(
        "progress/progress.html",
        overview=service.overview(person, course(), now()),
        states=State,
        filled=FILLED,
    )
