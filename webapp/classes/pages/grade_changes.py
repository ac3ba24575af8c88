"""Changes of recorded results: the rules of a quiz, one answer overruled, what was decided, and taking it back."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts.sessions import current_person
from webapp.classes import attempts
from webapp.classes import grade_changes as service
from webapp.classes.forms import DecisionForm, OverrideForm
from webapp.classes.pages.blueprint import back, bp
from webapp.classes.pages.decisions import decide, lacks_reason
from webapp.database import db
from webapp.quizzes import results
from webapp.quizzes.grade_changes import changes, overrides, policies
from webapp.quizzes.grade_changes.changes import NotDecided, NotUndone
from webapp.quizzes.grade_changes.forecast import ChangeForecast
from webapp.quizzes.grade_changes.models import RecordedChange
from webapp.quizzes.models import Attempt, Slot
from webapp.web import access
from webapp.web.current import course, now, of_course
from webapp.web.paging import page_asked

# --- the rules of a quiz ---------------------------------------------------------------------------------------------


@bp.route("/instructor/quizzes/<quiz_id>/rules", methods=["GET", "POST"])
@access.open_to(access.TEACHER)
@access.keeps_form
def rules(quiz_id: str) -> ResponseReturnValue:
    """GET: under which rules results at a quiz are recorded, and what the rules of its file would make of them.
    POST: applies these to them, or decides that they stay."""
    quiz = course().quiz(quiz_id) or abort(404)
    person = current_person()
    form = DecisionForm()
    if form.validate_on_submit():
        reason = form.reason.data or ""
        try:
            if form.leave.data:
                policies.leave(quiz, reason=reason, by=person, now=now())
                said = _("What is recorded stays as it is.")
            else:
                policies.apply(quiz, reason=reason, by=person, now=now(), seen=form.seen.data or "")
                said = _("What is recorded stands under the rules of the quiz now.")
        except NotDecided:
            lacks_reason(form)
        else:
            db.session.commit()
            flash(said, "success")
            return redirect(url_for("classes.rules", quiz_id=quiz_id), 303)
    state = policies.undecided_at(quiz, person)
    forecast = policies.forecast(quiz, person) if state is not None else ChangeForecast(())
    page = render_template(
        "classes/rules.html",
        quiz=quiz,
        state=state,
        of_file=policies.rules_of_file(quiz),
        forecast=forecast,
        results=service.named(forecast, person, course().id),
        form=form,
    )
    return page, 422 if form.refused else 200


# --- one answer ------------------------------------------------------------------------------------------------------


@bp.route("/instructor/attempts/<int:attempt_id>/questions/<int:position>", methods=["GET", "POST"])
@access.open_to(access.TEACHER)
@access.keeps_form
def override(attempt_id: int, position: int) -> ResponseReturnValue:
    """GET: one answer of a learner with its grade. POST: gives it other points, after a look at what that changes."""
    attempt = of_course(attempts.attempt_to_act_on(current_person(), attempt_id))
    slot = overrides.graded_slot(attempt, position)
    form = OverrideForm(slot)
    forecast = None
    if form.validate_on_submit():
        try:
            overrides.override(
                slot,
                form.points.data,
                reason=form.reason.data,
                by=current_person(),
                now=now(),
                cohort_id=attempts.cohort_of(attempt, current_person()),
                seen=form.seen.data or "",
            )
        except NotDecided as error:
            forecast = error.forecast
            attempt = of_course(attempts.attempt_to_act_on(current_person(), attempt_id))
            slot = overrides.graded_slot(attempt, position)
        else:
            db.session.commit()
            flash(_("The answer has the points that you gave it. Its learner is told."), "success")
            return redirect(url_for("classes.override", attempt_id=attempt_id, position=position), 303)
    return _override_page(attempt, slot, form, forecast)


def _override_page(
    attempt: Attempt, slot: Slot, form: OverrideForm, forecast: ChangeForecast | None
) -> ResponseReturnValue:
    page = render_template(
        "classes/override.html",
        attempt=attempt,
        slot=slot,
        review=results.review(slot, course()),
        form=form,
        forecast=forecast,
        results=service.named(forecast, current_person(), course().id) if forecast is not None else None,
        change_id=overrides.latest_on(slot.id) if slot.overruled else None,
    )
    return page, 422 if form.refused else 409 if forecast is not None else 200


# --- what was decided ------------------------------------------------------------------------------------------------


@bp.get("/instructor/grade-changes")
@access.open_to(access.TEACHER)
def grade_changes() -> ResponseReturnValue:
    """What changed recorded results, the latest first; and the quizzes that wait for a decision."""
    shown = service.visible(current_person(), course().id, page_asked())
    return render_template(
        "classes/grade_changes.html",
        shown=shown,
        names=service.names_of(shown.items),
        undecided=policies.undecided(course(), current_person()),
    )


@bp.get("/instructor/grade-changes/<int:change_id>")
@access.open_to(access.TEACHER)
def grade_change(change_id: int) -> ResponseReturnValue:
    """One change: what, why, and whose results; and the way back, where there is one."""
    return _change_page(service.change_for(current_person(), change_id, course().id), DecisionForm(formdata=None))


@bp.post("/instructor/grade-changes/<int:change_id>/undo")
@access.open_to(access.TEACHER)
def undo_grade_change(change_id: int) -> ResponseReturnValue:
    """Takes a change back, after a look at what that changes."""
    change = service.change_for(current_person(), change_id, course().id)
    form = DecisionForm()
    if not form.validate_on_submit():
        return _change_page(change, form)
    try:
        service.undo(change, reason=form.reason.data or "", by=current_person(), now=now(), seen=form.seen.data or "")
    except NotDecided as error:
        return decide(
            error,
            form,
            heading=_("Take a change back"),
            button=_("Take it back"),
            address=url_for("classes.undo_grade_change", change_id=change_id),
            leads_back=url_for("classes.grade_change", change_id=change_id),
        )
    except NotUndone:
        db.session.rollback()
        flash(_("This can’t be taken back: something later stands on it, or it was taken back already."), "warning")
        return back("grade_change", change_id=change_id)
    db.session.commit()
    flash(_("The change is taken back. That is a change of its own."), "success")
    return back("grade_changes")


def _change_page(change: RecordedChange, form: Any) -> ResponseReturnValue:
    forecast = service.results_of(change)
    page = render_template(
        "classes/grade_change.html",
        change=change,
        by=service.names_of([change]).get(change.actor_id or 0, ""),
        forecast=forecast,
        results=service.named(forecast, current_person(), course().id),
        undone=changes.is_undone(change),
        may_undo=service.may_undo(current_person(), change),
        form=form,
    )
    return page, 422 if form.refused else 200
