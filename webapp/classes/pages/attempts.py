"""What an instructor can do with one attempt of a learner: let it run longer, hand it in, reset it."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.accounts.sessions import current_person
from webapp.classes import attempts
from webapp.classes.forms import ExtendForm, ReasonForm
from webapp.classes.pages.blueprint import back, bp
from webapp.classes.pages.decisions import decide
from webapp.database import begin_writing, db
from webapp.quizzes import interventions
from webapp.quizzes import service as quizzes
from webapp.quizzes.grade_changes.changes import NotDecided
from webapp.quizzes.models import Attempt
from webapp.web import access
from webapp.web.current import now, of_course


@bp.get("/instructor/attempts/<int:attempt_id>")
@access.open_to(access.TEACHER)
def attempt(attempt_id: int) -> ResponseReturnValue:
    """An attempt from the instructor's side: how it stands, what was done with it, and what can be."""
    attempt = of_course(attempts.attempt_taught(current_person(), attempt_id))
    if quizzes.is_over(attempt, now()):
        begin_writing()
        attempt = of_course(attempts.attempt_taught(current_person(), attempt_id))
        quizzes.expire(attempt, now())
        db.session.commit()
    return _show(attempt)


def _show(
    attempt: Attempt,
    *,
    extend: ExtendForm | None = None,
    hand_in: ReasonForm | None = None,
    reset: ReasonForm | None = None,
) -> ResponseReturnValue:
    """The page of an attempt; with a form that has to be put right, 422."""
    slots = quizzes.slots_of(attempt)
    deadline = quizzes.effective_deadline(attempt) if attempt.is_open else None
    may_act = quizzes.may_act_on(current_person(), attempt)
    page = render_template(
        "classes/attempt.html",
        attempt=attempt,
        answered=sum(1 for slot in slots if slot.response is not None),
        total=len(slots),
        slots=slots,
        left=_minutes_until(deadline),
        deadline=deadline,
        acts=interventions.on([attempt.id]).get(attempt.id, ()) if may_act else (),
        may_act=may_act,
        notes=interventions.notes(attempt.id) if may_act else (),
        cohorts=attempts.cohorts_shared(current_person(), attempt.user_id, attempt.course_id),
        extend=extend or ExtendForm(formdata=None, data={"minutes": 10}, prefix="extend-"),
        hand_in=hand_in or ReasonForm(formdata=None, prefix="hand-in-"),
        reset=reset or ReasonForm(formdata=None, prefix="reset-"),
    )
    return page, 422 if extend or hand_in or reset else 200


@bp.post("/instructor/attempts/<int:attempt_id>/extend")
@access.open_to(access.TEACHER)
def extend(attempt_id: int) -> ResponseReturnValue:
    """Lets an attempt under way run until so many minutes from now."""
    attempt = _under_way(attempt_id)
    if attempt is None:
        return back("attempt", attempt_id=attempt_id)
    form = ExtendForm(prefix="extend-")
    if not form.validate_on_submit():
        return _show(attempt, extend=form)
    until = now() + timedelta(minutes=form.minutes.data)
    if not attempts.extend(attempt, until, reason=form.reason.data, by=current_person(), now=now()):
        left = _minutes_until(quizzes.effective_deadline(attempt))
        form.minutes.errors = [
            ngettext(
                "It may run that long anyway: it has one minute left.",
                "It may run that long anyway: it has %(num)d minutes left.",
                left,
            )
            if left is not None
            else _("It has no limit.")
        ]
        return _show(attempt, extend=form)
    db.session.commit()
    flash(_("The attempt runs longer."), "success")
    return back("attempt", attempt_id=attempt_id)


@bp.post("/instructor/attempts/<int:attempt_id>/elsewhere")
@access.open_to(access.TEACHER)
def go_on_elsewhere(attempt_id: int) -> ResponseReturnValue:
    """Lets an attempt under way go on in another browser."""
    attempt = _under_way(attempt_id)
    if attempt is not None:
        attempts.let_go_on_elsewhere(attempt, by=current_person(), now=now())
        db.session.commit()
        flash(_("It goes on in the browser that opens it next."), "success")
    return back("attempt", attempt_id=attempt_id)


@bp.post("/instructor/attempts/<int:attempt_id>/hand-in")
@access.open_to(access.TEACHER)
def hand_in(attempt_id: int) -> ResponseReturnValue:
    """Hands an attempt under way in, with what is saved."""
    attempt = _under_way(attempt_id)
    if attempt is None:
        return back("attempt", attempt_id=attempt_id)
    form = ReasonForm(prefix="hand-in-")
    if not form.validate_on_submit():
        return _show(attempt, hand_in=form)
    attempts.hand_in(attempt, reason=form.reason.data, by=current_person(), now=now())
    db.session.commit()
    flash(_("The attempt is handed in."), "success")
    return back("attempt", attempt_id=attempt_id)


@bp.post("/instructor/attempts/<int:attempt_id>/reset")
@access.open_to(access.TEACHER)
def reset(attempt_id: int) -> ResponseReturnValue:
    """Resets an attempt, under way or handed in: it is kept, counts for nothing, and gives its place back."""
    attempt = of_course(attempts.attempt_to_act_on(current_person(), attempt_id))
    if attempt.is_void:
        return back("attempt", attempt_id=attempt_id)
    form = ReasonForm(prefix="reset-")
    if not form.validate_on_submit():
        return _show(attempt, reset=form)
    try:
        attempts.reset(attempt, reason=form.reason.data, by=current_person(), now=now(), seen=form.seen.data or "")
    except NotDecided as error:
        return decide(
            error,
            form,
            heading=_("Reset the attempt"),
            button=_("Reset"),
            address=url_for("classes.reset", attempt_id=attempt_id),
            leads_back=url_for("classes.attempt", attempt_id=attempt_id),
        )
    db.session.commit()
    flash(_("The attempt is reset. It is kept, and counts for nothing."), "success")
    return back("attempt", attempt_id=attempt_id)


def _minutes_until(deadline: datetime | None) -> int | None:
    """Whole minutes until an attempt ends, never below 0; None without a limit."""
    return max(0, int((deadline - now()).total_seconds() // 60)) if deadline is not None else None


def _under_way(attempt_id: int) -> Attempt | None:
    """The attempt if it is under way; None, with a word to the instructor, when it ended meanwhile."""
    attempt = of_course(attempts.attempt_to_act_on(current_person(), attempt_id))
    if attempts.is_under_way(attempt, now()):
        return attempt
    db.session.commit()
    flash(_("This attempt is not under way any more."), "warning")
    return None
