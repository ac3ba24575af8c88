"""The blueprint of quizzes, and what its pages have in common."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint

from webapp.accounts import course_doors
from webapp.database import begin_writing, db
from webapp.quizzes import service
from webapp.quizzes.models import Attempt
from webapp.web.current import now

bp = Blueprint("quizzes", __name__)
course_doors.guard(bp)


def hand_in_if_over(attempt: Attempt) -> datetime | None:
    """The deadline of a running attempt; hands it in when its time is up, in a page that otherwise only reads."""
    deadline = service.effective_deadline(attempt) if attempt.is_open else None
    if deadline is not None and service.is_past(deadline, now()):
        begin_writing()
        service.expire(attempt, now())
        db.session.commit()
    return deadline
