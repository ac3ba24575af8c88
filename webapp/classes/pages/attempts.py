"""What an instructor can do with one attempt of a learner: let it run longer, hand it in, reset it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, render_template
from flask_babel import gettext as _

from webapp.accounts.sessions import current_person
from webapp.audit.service import record
from webapp.classes import live
from webapp.classes.forms import ExtendForm, ReasonForm
from webapp.classes.pages.blueprint import back, bp
from webapp.database import begin_writing, db
from webapp.quizzes import interventions
from webapp.quizzes import service as quizzes
from webapp.quizzes.models import Attempt
from webapp.quizzes.vocabulary import SubmittedBy
from webapp.web import access
from webapp.web.current import now


@bp.get("/instructor/attempts/<int:attempt_id>")
@access.open_to(access.INSTRUCTOR)
def attempt(attempt_id: int) -> Any:
    """An attempt from the instructor's side: how it stands, what was done with it, and what can be."""
    found = live.attempt_taught(current_person(), attempt_id)
    if quizzes.is_over(found, now()):
        begin_writing()
        found = live.attempt_taught(current_person(), attempt_id)
        quizzes.expire(found, now())
        db.session.commit()
    return _show(found)


def _show(found: Attempt, *, extend: ExtendForm | None = None, act: str = "", form: Any = None) -> Any:
    slots = quizzes.slots_of(found)
    page = render_template(
        "classes/attempt.html",
        attempt=found,
        answered=sum(1 for slot in slots if slot.response is not None),
        total=len(slots),
        deadline=quizzes.effective_deadline(found) if found.is_open else None,
        acts=interventions.on([found.id]).get(found.id, ()),
        cohorts=live.cohorts_shared(current_person(), found.user_id),
        extend=extend or ExtendForm(formdata=None, data={"minutes": 10}, prefix="extend-"),
        hand_in=form if act == "hand-in" else ReasonForm(formdata=None, prefix="hand-in-"),
        reset=form if act == "reset" else ReasonForm(formdata=None, prefix="reset-"),
    )
    return page, 422 if extend is not None or form is not None else 200


@bp.post("/instructor/attempts/<int:attempt_id>/extend")
@access.open_to(access.INSTRUCTOR)
def extend(attempt_id: int) -> Any:
    """Lets an attempt under way run until so many minutes from now."""
    found = _still_open(attempt_id)
    if found is None:
        return back("attempt", attempt_id=attempt_id)
    form = ExtendForm(prefix="extend-")
    before = quizzes.effective_deadline(found)
    if not form.validate_on_submit():
        return _show(found, extend=form)
    until = now() + timedelta(minutes=form.minutes.data)
    if before is None or until <= before:
        form.minutes.errors = [_("It may run that long anyway.")]
        return _show(found, extend=form)
    quizzes.extend(found, until)
    _record(found, interventions.EXTENDED, form.reason.data, before=before.isoformat(), until=until.isoformat())
    db.session.commit()
    flash(_("The attempt runs longer."), "success")
    return back("attempt", attempt_id=attempt_id)


@bp.post("/instructor/attempts/<int:attempt_id>/hand-in")
@access.open_to(access.INSTRUCTOR)
def hand_in(attempt_id: int) -> Any:
    """Hands an attempt under way in, with what is saved."""
    found = _still_open(attempt_id)
    if found is None:
        return back("attempt", attempt_id=attempt_id)
    form = ReasonForm(prefix="hand-in-")
    if not form.validate_on_submit():
        return _show(found, act="hand-in", form=form)
    quizzes.submit(found, now(), SubmittedBy.INSTRUCTOR, actor_id=current_person().id)
    _record(found, interventions.HANDED_IN, form.reason.data, percent=found.percent)
    db.session.commit()
    flash(_("The attempt is handed in."), "success")
    return back("attempt", attempt_id=attempt_id)


@bp.post("/instructor/attempts/<int:attempt_id>/reset")
@access.open_to(access.INSTRUCTOR)
def reset(attempt_id: int) -> Any:
    """Resets an attempt, under way or handed in: it is kept, counts for nothing, and gives its place back."""
    found = live.attempt_taught(current_person(), attempt_id)
    if found.is_void:
        return back("attempt", attempt_id=attempt_id)
    form = ReasonForm(prefix="reset-")
    if not form.validate_on_submit():
        return _show(found, act="reset", form=form)
    before = {"state": found.state, "percent": found.percent}
    quizzes.void(found)
    _record(found, interventions.RESET, form.reason.data, **before)
    db.session.commit()
    flash(_("The attempt is reset. It is kept, and counts for nothing."), "success")
    return back("attempt", attempt_id=attempt_id)


def _still_open(attempt_id: int) -> Attempt | None:
    """The attempt if it is under way; None, with a word to the instructor, when it ended meanwhile."""
    found = live.attempt_taught(current_person(), attempt_id)
    if found.is_open and not quizzes.expire(found, now()):
        return found
    db.session.commit()
    flash(_("This attempt is not under way any more."), "warning")
    return None


def _record(found: Attempt, action: str, reason: str, **details: Any) -> None:
    cohorts = live.cohorts_shared(current_person(), found.user_id)
    record(
        current_person(),
        action,
        interventions.subject(found.id),
        now=now(),
        cohort_id=cohorts[0].id if cohorts else None,
        reason=reason,
        user=found.user_id,
        quiz=found.quiz_id,
        **details,
    )
