"""Assigning quizzes to a cohort."""

from __future__ import annotations

from flask import abort, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts.sessions import current_person
from webapp.classes import assignments, times
from webapp.classes.forms import AssignmentForm
from webapp.classes.pages.blueprint import back, bp, load, show, what_changed
from webapp.database import db
from webapp.web import access, prefix
from webapp.web.current import course, now


@bp.get("/instructor/cohorts/<int:cohort_id>/assignments")
@access.open_to(access.INSTRUCTOR)
def assignment_list(cohort_id: int) -> ResponseReturnValue:
    """Every quiz of the course, and how it is set to the class."""
    cohort = load(cohort_id)
    return show(
        "assignments.html", cohort, "assignments", quizzes=course().quizzes, assigned=assignments.of_cohort(cohort)
    )


@bp.route("/instructor/cohorts/<int:cohort_id>/assignments/<quiz_id>", methods=["GET", "POST"])
@access.open_to(access.INSTRUCTOR)
@access.keeps_form
def assignment(cohort_id: int, quiz_id: str) -> ResponseReturnValue:
    """Dates and rules of one quiz for the class."""
    cohort = load(cohort_id)
    quiz = course().quiz(quiz_id) or abort(404)
    existing = assignments.of_cohort(cohort).get(quiz_id)
    zone = times.zone_of(request.cookies.get("zone"))
    form = AssignmentForm(quiz, existing, zone)
    if form.validate_on_submit():
        rules = form.rules()
        if rules is not None:
            effect = assignments.assign(cohort, quiz_id, rules, by=current_person(), now=now())
            db.session.commit()
            flash(_("%(quiz)s is assigned.", quiz=quiz.title) + what_changed(effect), "success")
            response = make_response(redirect(url_for("classes.assignment_list", cohort_id=cohort_id), 303))
            response.set_cookie(
                "zone",
                times.zone_of(form.zone.data),
                path=prefix.cookie_path(),
                max_age=31_536_000,
                samesite="Lax",
                secure=request.is_secure,
            )
            return response
    page = show(
        "assignment.html", cohort, "assignments", quiz=quiz, form=form, existing=existing,
        zone_is_kept="zone" in request.cookies,
    )  # fmt: skip
    return page, 422 if form.refused else 200


@bp.post("/instructor/cohorts/<int:cohort_id>/assignments/<quiz_id>/withdraw")
@access.open_to(access.INSTRUCTOR)
def withdraw(cohort_id: int, quiz_id: str) -> ResponseReturnValue:
    """Takes an assignment back."""
    effect = assignments.withdraw(load(cohort_id), quiz_id, by=current_person(), now=now())
    db.session.commit()
    flash(_("The assignment is withdrawn. Attempts made under it are kept.") + what_changed(effect), "success")
    return back("assignment_list", cohort_id=cohort_id)
