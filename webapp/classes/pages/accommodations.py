"""Accommodations of a class and its learners."""

from __future__ import annotations

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts.sessions import current_person
from webapp.classes import accommodations, cohorts
from webapp.classes.forms import AccommodationForm
from webapp.classes.pages.blueprint import back, bp, load, show, what_changed
from webapp.database import db
from webapp.web import access
from webapp.web.current import course, now


@bp.route("/instructor/cohorts/<int:cohort_id>/accommodations", methods=["GET", "POST"], endpoint="accommodations")
@access.open_to(access.INSTRUCTOR)
@access.keeps_form
def accommodation_list(cohort_id: int) -> ResponseReturnValue:
    """What holds for single learners or the whole class beyond the rules; and granting more."""
    cohort = load(cohort_id)
    people = cohorts.everybody(cohort)
    form = AccommodationForm(people, course().quizzes)
    if form.validate_on_submit():
        member = next((user for user in people if user.id == form.person.data), None)
        effect = accommodations.grant(
            cohort,
            person=member,
            quiz_id=form.quiz.data or None,
            extra_time_percent=form.extra_time_percent.data or 0,
            extra_attempts=form.extra_attempts.data or 0,
            later_hours=form.later_hours.data or 0,
            reason=form.reason.data or "",
            by=current_person(),
            now=now(),
        )
        db.session.commit()
        flash(_("Granted, from now on.") + what_changed(effect), "success")
        return back("accommodations", cohort_id=cohort_id)
    page = show(
        "accommodations.html",
        cohort,
        "accommodations",
        form=form,
        granted=accommodations.of_cohort(cohort),
        title_of=_title_of,
    )
    return page, 422 if form.refused else 200


@bp.post("/instructor/cohorts/<int:cohort_id>/accommodations/<int:accommodation_id>/end")
@access.open_to(access.INSTRUCTOR)
def end_accommodation(cohort_id: int, accommodation_id: int) -> ResponseReturnValue:
    """Ends an accommodation."""
    effect = accommodations.end(load(cohort_id), accommodation_id, by=current_person(), now=now())
    db.session.commit()
    flash(_("Ended, from now on.") + what_changed(effect), "success")
    return back("accommodations", cohort_id=cohort_id)


def _title_of(quiz_id: str | None) -> str:
    if quiz_id is None:
        return str(_("All quizzes"))
    quiz = course().quiz(quiz_id)
    return quiz.title if quiz else quiz_id
