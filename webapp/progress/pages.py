"""What a learner sees of their own work."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.blueprints import BlueprintSetupState
from flask_login import current_user

from webapp.accounts import access
from webapp.current import course, now
from webapp.lessons import service as lessons
from webapp.progress import service
from webapp.progress.mastery import FILLED, State
from webapp.review import service as review

bp = Blueprint("progress", __name__)


@bp.record_once
def connect(state: BlueprintSetupState) -> None:
    """Tells home, which lies below, what it can't know: how full each pillar is, and how much is due."""
    lessons.outside.mastery = service.pillars_filled
    lessons.outside.due = review.waiting


@bp.get("/progress")
@access.open_to(access.ANYONE)
def overview() -> str:
    """Per pillar what was read, scores, mastery, what is weak and what to do; and how sure and right go together."""
    if not current_user.is_authenticated:
        return render_template("progress/visitor.html")
    return render_template(
        "progress/progress.html",
        overview=service.overview(current_user._get_current_object(), course(), now()),
        states=State,
        filled=FILLED,
    )
