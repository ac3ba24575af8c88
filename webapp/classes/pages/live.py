"""A class at a quiz, as it happens."""

from __future__ import annotations

from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.models import Cohort
from webapp.classes import assignments, given_time, live
from webapp.classes.forms import MinutesForm
from webapp.classes.pages.blueprint import bp, load, show
from webapp.quizzes import service as quizzes
from webapp.web import access
from webapp.web.current import course, now
from webapp.web.paging import page_asked


@bp.get("/instructor/cohorts/<int:cohort_id>/live")
@access.open_to(access.TEACHER)
def live_choice(cohort_id: int) -> ResponseReturnValue:
    """Chooses the quiz to look at: `quiz` of the form, else a list."""
    cohort = load(cohort_id)
    chosen = request.args.get("quiz")
    if chosen and course().quiz(chosen):
        return redirect(url_for("classes.live_view", cohort_id=cohort_id, quiz_id=chosen))
    return show("live_choice.html", cohort, "live", quizzes=course().quizzes, assigned=assignments.of_cohort(cohort))


@bp.get("/instructor/cohorts/<int:cohort_id>/live/<quiz_id>")
@access.open_to(access.TEACHER)
def live_view(cohort_id: int, quiz_id: str) -> ResponseReturnValue:
    """Who has started, where they are, who is stuck, who has handed in."""
    cohort = load(cohort_id)
    quiz = course().quiz(quiz_id) or abort(404)
    seen = _seen(cohort, quiz_id)
    assignment = assignments.of_cohort(cohort).get(quiz_id)
    return show(
        "live.html", cohort, "live", quiz=quiz, quizzes=course().quizzes, assignment=assignment,
        gifts=given_time.gifts(assignment) if assignment is not None else [],
        minutes=MinutesForm(formdata=None, data={"minutes": 5}), **seen,
    )  # fmt: skip


@bp.get("/instructor/cohorts/<int:cohort_id>/live/<quiz_id>/rows")
@access.open_to(access.TEACHER)
def live_rows(cohort_id: int, quiz_id: str) -> ResponseReturnValue:
    """The part of the page that changes; 304 when it has not since the ETag that was sent."""
    cohort = load(cohort_id)
    seen = _seen(cohort, quiz_id)
    response = make_response("")
    response.set_etag(seen["etag"])
    response.headers["Cache-Control"] = "private, no-cache"
    # The compression adds its name to the tag, after a colon.
    known = {tag.partition(":")[0] for tag in request.if_none_match.as_set(include_weak=True)}
    if seen["etag"] in known:
        response.status_code = 304
        return response
    response.set_data(render_template("classes/_live_rows.html", cohort=cohort, **seen))
    return response


def _seen(cohort: Cohort, quiz_id: str) -> dict[str, Any]:
    at = now()
    if quizzes.any_overdue(at):
        cohort_id = cohort.id
        quizzes.bring_up_to_date(at)
        cohort = load(cohort_id)
    args = request.args
    order, state = args.get("order", ""), args.get("state", "")
    wanted = live.Wanted(
        search=args.get("q", "").strip()[:80],
        state=state if state in live.STATES else "",
        order=order if order in live.ORDERS else "state",
        page=page_asked(),
    )
    view = live.view(cohort, quiz_id, at)
    shown = view.part(wanted)
    return {"view": view, "shown": shown, "wanted": wanted, "etag": view.etag(shown), "quiz_id": quiz_id}
