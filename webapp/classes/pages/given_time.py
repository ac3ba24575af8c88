"""More time for everybody who is at work: some minutes in one click, or what an incident took, by name first."""

from __future__ import annotations

from datetime import datetime

from flask import abort, flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.accounts.sessions import current_person
from webapp.classes import assignments, given_time, grade_changes, server_runs
from webapp.classes.forms import DecisionForm, IncidentForm, MinutesForm
from webapp.classes.pages.blueprint import back, bp, load, show
from webapp.classes.pages.decisions import decide, lacks_reason
from webapp.database import db
from webapp.quizzes.grade_changes.changes import NotDecided
from webapp.quizzes.grade_changes.forecast import ChangeForecast
from webapp.quizzes.models import Assignment, TimeGift
from webapp.web import access, timezones
from webapp.web.current import course, now


def _assignment(cohort_id: int, quiz_id: str) -> Assignment:
    return assignments.of_cohort(load(cohort_id)).get(quiz_id) or abort(404)


@bp.post("/instructor/cohorts/<int:cohort_id>/live/<quiz_id>/minutes")
@access.open_to(access.TEACHER)
def give_minutes(cohort_id: int, quiz_id: str) -> ResponseReturnValue:
    """Lets everybody who is at work run some minutes longer."""
    assignment = _assignment(cohort_id, quiz_id)
    form = MinutesForm()
    if form.validate_on_submit():
        gift = given_time.give_minutes(assignment, form.minutes.data, by=current_person(), now=now())
        given = len(gift.shares)
        db.session.commit()
        if given:
            flash(ngettext("One learner has more time.", "%(num)d learners have more time.", given), "success")
        else:
            flash(_("Nobody is at work with a limit of time, so nothing was given."), "info")
    else:
        flash(_("Please type a whole number from %(low)s to %(high)s.", low=1, high=given_time.MOST_MINUTES), "warning")
    return back("live_view", cohort_id=cohort_id, quiz_id=quiz_id)


@bp.route("/instructor/cohorts/<int:cohort_id>/live/<quiz_id>/incident", methods=["GET", "POST"])
@access.open_to(access.TEACHER)
@access.keeps_form
def incident(cohort_id: int, quiz_id: str) -> ResponseReturnValue:
    """Gives back what an incident took: first by name what it would do, then, sent again, doing it."""
    assignment = _assignment(cohort_id, quiz_id)
    gaps = server_runs.gaps(now())
    form = IncidentForm(gaps, timezones.zone_of(timezones.of_reader()))
    lost = results = None
    span = form.span(now()) if form.validate_on_submit() else None
    if span is not None:
        name, _slash, seal = (form.seen.data or "").rpartition("|")
        if name == _name_of(span):
            try:
                gift = given_time.give_back(
                    assignment, *span, reason=form.reason.data or "", by=current_person(), now=now(), seen=seal
                )
            except given_time.Overlaps:
                form.form_errors = [_("Time of this span was given back already. Undo that first.")]
                results = ChangeForecast(())
            except NotDecided as error:
                lacks_reason(form)
                results = error.forecast
                assignment = _assignment(cohort_id, quiz_id)
            else:
                given = len(gift.shares)
                db.session.commit()
                flash(
                    ngettext("The time is given back to one learner.",
                             "The time is given back to %(num)d learners.", given), "success",
                )  # fmt: skip
                return back("live_view", cohort_id=cohort_id, quiz_id=quiz_id)
        else:
            results = given_time.results_forecast(assignment, *span, now())
        lost = given_time.forecast(assignment, *span, now())
        form.seen.data = f"{_name_of(span)}|{results.seal if results else ''}"
    else:
        form.seen.data = ""
    quiz = course().quiz(quiz_id)
    page = show(
        "incident.html", load(cohort_id), "live", quiz_id=quiz_id, title=quiz.title if quiz else quiz_id, form=form,
        lost=lost, gaps=gaps, forecast=results,
        results=grade_changes.named(results, current_person(), course().id) if results else None,
    )  # fmt: skip
    return page, 422 if form.refused else 200


def _name_of(span: tuple[datetime, datetime]) -> str:
    return "/".join(each.isoformat() for each in span)


@bp.post("/instructor/cohorts/<int:cohort_id>/live/<quiz_id>/given/<int:gift_id>/undo")
@access.open_to(access.TEACHER)
def undo_given_time(cohort_id: int, quiz_id: str, gift_id: int) -> ResponseReturnValue:
    """Takes given time back, as far as it is not used; after a look at the results that changes, if it does."""
    assignment = _assignment(cohort_id, quiz_id)
    gift = db.session.get(TimeGift, gift_id)
    if gift is None or gift.assignment_id != assignment.id:
        abort(404)
    form = DecisionForm()
    if gift.undone_at is None and form.validate_on_submit():
        reason, seen = form.reason.data or "", form.seen.data or ""
        try:
            given_time.take_back(gift, reason=reason, by=current_person(), now=now(), seen=seen)
        except NotDecided as error:
            return decide(
                error,
                form,
                heading=_("Take given time back"),
                button=_("Take it back"),
                address=url_for("classes.undo_given_time", cohort_id=cohort_id, quiz_id=quiz_id, gift_id=gift_id),
                leads_back=url_for("classes.live_view", cohort_id=cohort_id, quiz_id=quiz_id),
            )
        db.session.commit()
        flash(_("The time is taken back, as far as it was not used."), "success")
    return back("live_view", cohort_id=cohort_id, quiz_id=quiz_id)
