"""The page between an act and its doing, where recorded results would change: whose, from what to what, and why."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts.sessions import current_person
from webapp.classes import grade_changes
from webapp.quizzes.grade_changes.changes import NotDecided
from webapp.web.current import course


def lacks_reason(form: Any) -> None:
    """Asks for the reason in a form that was sent without one, or for another look at a forecast that moved."""
    if not (form.reason.data or "").strip():
        form.reason.errors = [_("Please give a reason.")]
    else:
        form.form_errors = [_("What would change is not what it was. Please look at it again.")]


def decide(
    error: NotDecided, form: Any, *, heading: str, button: str, address: str, leads_back: str
) -> ResponseReturnValue:
    """The forecast by name, with a form that sends to `address` the reason and that it was seen."""
    if form.seen.data:
        lacks_reason(form)
    page = render_template(
        "classes/decide.html",
        forecast=error.forecast,
        results=grade_changes.named(error.forecast, current_person(), course().id),
        form=form,
        heading=heading,
        button=button,
        address=address,
        leads_back=leads_back,
    )
    return page, 409
