"""Assigning quizzes to a cohort."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts.sessions import current_person
from webapp.classes import assignments, grade_changes
from webapp.classes.forms import AssignmentForm, DecisionForm
from webapp.classes.pages.blueprint import back, bp, load, show, what_changed
from webapp.classes.pages.decisions import decide, lacks_reason
from webapp.database import db
from webapp.quizzes.grade_changes.changes import NotDecided
from webapp.web import access, timezones
from webapp.web.current import course, now


@bp.get("/instructor/cohorts/<int:cohort_id>/assignments")
@access.open_to(access.TEACHER)
def assignment_list(cohort_id: int) -> ResponseReturnValue:
    """Every quiz of the course, and how it is set to the class."""
    cohort = load(cohort_id)
    return show(
        "assignments.html", cohort, "assignments", quizzes=course().quizzes, assigned=assignments.of_cohort(cohort)
    )


@bp.route("/instructor/cohorts/<int:cohort_id>/assignments/<quiz_id>", methods=["GET", "POST"])
@access.open_to(access.TEACHER)
@access.keeps_form
def assignment(cohort_id: int, quiz_id: str) -> ResponseReturnValue:
    """Dates and rules of one quiz for the class."""
    cohort = load(cohort_id)
    quiz = course().quiz(quiz_id) or abort(404)
    existing = assignments.of_cohort(cohort).get(quiz_id)
    zone = timezones.zone_of((existing.zone if existing is not None else None) or timezones.of_reader())
    form = AssignmentForm(quiz, existing, zone)
    forecast = None
    if form.validate_on_submit():
        rules = form.rules()
        effect = None
        try:
            if rules is not None:
                effect = assignments.assign(
                    cohort,
                    quiz_id,
                    rules,
                    by=current_person(),
                    now=now(),
                    reason=form.reason.data or "",
                    seen=form.seen.data or "",
                )
        except NotDecided as error:
            forecast = error.forecast
            if form.seen.data:
                lacks_reason(form)
        if effect is not None:
            db.session.commit()
            flash(_("%(quiz)s is assigned.", quiz=quiz.title) + what_changed(effect), "success")
            return redirect(url_for("classes.assignment_list", cohort_id=cohort_id), 303)
    page = show(
        "assignment.html", cohort, "assignments", quiz=quiz, form=form, existing=existing,
        zone_is_known=timezones.of_reader() is not None, forecast=forecast,
        results=grade_changes.named(forecast, current_person(), course().id) if forecast is not None else None,
    )  # fmt: skip
    return page, 409 if forecast is not None else 422 if form.refused else 200


@bp.post("/instructor/cohorts/<int:cohort_id>/assignments/<quiz_id>/withdraw")
@access.open_to(access.TEACHER)
def withdraw(cohort_id: int, quiz_id: str) -> ResponseReturnValue:
    """Takes an assignment back, after a look at whose recorded results that changes."""
    cohort, form = load(cohort_id), DecisionForm()
    reason = (form.reason.data or "") if form.validate_on_submit() else ""
    try:
        effect = assignments.withdraw(
            cohort, quiz_id, by=current_person(), now=now(), reason=reason, seen=form.seen.data or ""
        )
    except NotDecided as error:
        return decide(
            error,
            form,
            heading=_("Withdraw the assignment"),
            button=_("Withdraw the assignment"),
            address=url_for("classes.withdraw", cohort_id=cohort_id, quiz_id=quiz_id),
            leads_back=url_for("classes.assignment", cohort_id=cohort_id, quiz_id=quiz_id),
        )
    db.session.commit()
    flash(_("The assignment is withdrawn. Attempts made under it are kept.") + what_changed(effect), "success")
    return back("assignment_list", cohort_id=cohort_id)
