"""What a learner sees of their own work."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_login import current_user

from webapp.accounts.sessions import current_person
from webapp.progress import service
from webapp.progress.mastery import FILLED, State
from webapp.web import access
from webapp.web.current import course, now

bp = Blueprint("progress", __name__)


@bp.get("/progress")
@access.open_to(access.ANYONE)
def overview() -> str:
    """Per pillar what was read, scores, mastery, what is weak and what to do; and how sure and right go together."""
    if not current_user.is_authenticated:
        return render_template("progress/visitor.html")
    return render_template(
        "progress/progress.html",
        overview=service.overview(current_person(), course(), now()),
        states=State,
        filled=FILLED,
    )
