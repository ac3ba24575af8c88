"""Accommodations of a class and its learners."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from webapp.accounts.models import Cohort, User
from webapp.accounts.sessions import current_person
from webapp.classes import accommodations, cohorts, grade_changes
from webapp.classes.forms import AccommodationForm, DecisionForm
from webapp.classes.pages.blueprint import back, bp, load, show, what_changed
from webapp.classes.pages.decisions import decide, lacks_reason
from webapp.database import db
from webapp.quizzes.grade_changes.changes import NotDecided
from webapp.web import access
from webapp.web.current import course, now

#: members that the menu lists at once; a larger class is searched
MOST_TO_CHOOSE_FROM = 50


@bp.route("/instructor/cohorts/<int:cohort_id>/accommodations", methods=["GET", "POST"], endpoint="accommodations")
@access.open_to(access.TEACHER)
@access.keeps_form
def accommodation_list(cohort_id: int) -> ResponseReturnValue:
    """What holds for single learners or the whole class beyond the rules; and granting more."""
    cohort = load(cohort_id)
    search = request.args.get("q", "").strip()[:80]
    listed = cohorts.members(cohort, search=search, size=MOST_TO_CHOOSE_FROM)
    people = [user for user, _membership in listed.items]
    people += _chosen(cohort, people)
    form = AccommodationForm(people, course().quizzes)
    forecast = None
    if form.validate_on_submit():
        member = next((user for user in people if user.id == form.person.data), None)
        try:
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
                seen=form.seen.data or "",
            )
        except NotDecided as error:
            forecast = error.forecast
            if form.seen.data:
                lacks_reason(form)
        else:
            db.session.commit()
            flash(_("Granted, from now on.") + what_changed(effect), "success")
            return back("accommodations", cohort_id=cohort_id)
    page = show(
        "accommodations.html",
        cohort,
        "accommodations",
        form=form,
        granted=accommodations.of_cohort(cohort, by=current_person()),
        title_of=_title_of,
        search=search,
        others=listed.total - len(listed.items),
        forecast=forecast,
        results=grade_changes.named(forecast, current_person(), course().id) if forecast is not None else None,
    )
    return page, 409 if forecast is not None else 422 if form.refused else 200


@bp.post("/instructor/cohorts/<int:cohort_id>/accommodations/<int:accommodation_id>/end")
@access.open_to(access.TEACHER)
def end_accommodation(cohort_id: int, accommodation_id: int) -> ResponseReturnValue:
    """Ends an accommodation, after a look at whose recorded results that changes."""
    cohort, form = load(cohort_id), DecisionForm()
    reason = (form.reason.data or "") if form.validate_on_submit() else ""
    try:
        effect = accommodations.end(
            cohort, accommodation_id, by=current_person(), now=now(), reason=reason, seen=form.seen.data or ""
        )
    except NotDecided as error:
        return decide(
            error,
            form,
            heading=_("End an accommodation"),
            button=_("End it"),
            address=url_for("classes.end_accommodation", cohort_id=cohort_id, accommodation_id=accommodation_id),
            leads_back=url_for("classes.accommodations", cohort_id=cohort_id),
        )
    db.session.commit()
    flash(_("Ended, from now on.") + what_changed(effect), "success")
    return back("accommodations", cohort_id=cohort_id)


def _chosen(cohort: Cohort, listed: Sequence[User]) -> list[User]:
    """The member that the form names, where the menu does not list them."""
    number = request.form.get("person", "")
    if not (number.isdecimal() and len(number) < 10) or int(number) in (0, *(user.id for user in listed)):
        return []
    try:
        return [cohorts.member_of(cohort, int(number))[0]]
    except NotFound:
        return []


def _title_of(quiz_id: str | None) -> str:
    if quiz_id is None:
        return str(_("All quizzes"))
    quiz = course().quiz(quiz_id)
    return quiz.title if quiz else quiz_id
