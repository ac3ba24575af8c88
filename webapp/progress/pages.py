"""What a learner sees of their own work."""

from __future__ import annotations

from flask import Blueprint, render_template

from webapp.accounts.sessions import person_or_none
from webapp.progress import service
from webapp.progress.mastery import FILLED, State
from webapp.web import access
from webapp.web.current import course, now

bp = Blueprint("progress", __name__)


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
