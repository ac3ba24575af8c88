"""Regrading a question at the desk: the dry run, the decision, the progress, and taking it back.

The work is done in the requests of its own page, some batches in each, so that it needs no worker beside the server,
goes on after any interruption, and never holds the database for long.
"""

from __future__ import annotations

import time

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from webapp.accounts.sessions import current_person
from webapp.classes import regrades as service
from webapp.classes.forms import ReasonForm, RegradeForm
from webapp.classes.pages.blueprint import bp
from webapp.database import db
from webapp.quizzes.models import Regrade
from webapp.quizzes.regrade import preview
from webapp.quizzes.regrade.policies import POLICIES, NotPossible
from webapp.web import access
from webapp.web.current import course, now

#: seconds of work in one request
_A_WHILE = 1.5


@bp.get("/instructor/regrades")
@access.open_to(access.TEACHER)
def regrades() -> ResponseReturnValue:
    """Questions whose key was mended after answers were graded, and the regrades there were."""
    reach = service.reach_of(current_person(), course().id)
    return render_template(
        "classes/regrades.html", outdated=preview.outdated(course(), reach), regrades=service.latest(course().id)
    )


@bp.route("/instructor/questions/<question_id>/regrade", methods=["GET", "POST"])
@access.open_to(access.TEACHER)
@access.keeps_form
def regrade_question(question_id: str) -> ResponseReturnValue:
    """GET: what regrading a question would do, by the policy in the address. POST: begins it."""
    reach = service.reach_of(current_person(), course().id)
    state = preview.standing(question_id, course(), reach) or abort(404)
    asked_for = request.values.get("policy", "")
    policy = next((policy for policy in POLICIES if policy == asked_for), POLICIES[0])
    form = RegradeForm()
    if form.validate_on_submit():
        if form.digest.data != state.digest:
            form.form_errors = [_("The question changed since this page was opened. Please look at it again.")]
        else:
            try:
                begun = service.begin(
                    question_id, course(), policy=policy, reason=form.reason.data, by=current_person(), now=now()
                )
            except (NotPossible, IntegrityError):
                db.session.rollback()
                return redirect(url_for("classes.regrade_question", question_id=question_id), 303)
            db.session.commit()
            _work(begun.id)
            return redirect(url_for("classes.regrade", regrade_id=begun.id), 303)
    forecast, refusal = None, None
    if state.running is None:
        try:
            forecast = preview.forecast(state, policy, reach)
        except NotPossible as reason:
            refusal = reason.reason
    form.policy.data, form.digest.data = policy, state.digest
    page = render_template(
        "classes/regrade_question.html",
        question_id=question_id,
        state=state,
        everybody=reach is None,
        policy=policy,
        policies=POLICIES,
        forecast=forecast,
        refusal=refusal,
        form=form,
        undo=ReasonForm(formdata=None, prefix="undo-"),
        differences=service.named_differences(forecast, current_person(), course().id)
        if forecast is not None
        else None,
    )
    return page, 422 if form.refused else 200


@bp.get("/instructor/regrades/<int:regrade_id>")
@access.open_to(access.TEACHER)
def regrade(regrade_id: int) -> ResponseReturnValue:
    """How far a regrade is, or what it did."""
    regrade = service.regrade_by_id(regrade_id, course().id)
    state = preview.standing(regrade.question_id, course())
    latest = state is not None and state.latest is not None and state.latest.id == regrade.id
    latest = latest and service.may_undo(regrade, current_person())
    return _show(regrade, latest=latest)


def _show(regrade: Regrade, *, latest: bool, form: ReasonForm | None = None) -> ResponseReturnValue:
    page = render_template(
        "classes/regrade.html",
        regrade=regrade,
        question=course().question(regrade.question_id),
        latest=latest,
        by=service.actor_of(regrade),
        undo=form or ReasonForm(formdata=None, prefix="undo-"),
    )
    return page, 422 if form is not None else 200


@bp.post("/instructor/regrades/<int:regrade_id>/continue")
@access.open_to(access.TEACHER)
def continue_regrade(regrade_id: int) -> ResponseReturnValue:
    """Does some more of a regrade; for scripts, says how far it is: `{"done", "total", "state"}`."""
    regrade = _work(regrade_id)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(done=regrade.done, total=regrade.total, state=regrade.state)
    return redirect(url_for("classes.regrade", regrade_id=regrade_id), 303)


@bp.post("/instructor/regrades/<int:regrade_id>/undo")
@access.open_to(access.TEACHER)
def undo_regrade(regrade_id: int) -> ResponseReturnValue:
    """Gives back the grades that were there before a regrade, by another one."""
    regrade = service.regrade_by_id(regrade_id, course().id)
    form = ReasonForm(prefix="undo-")
    if not form.validate_on_submit():
        return _show(regrade, latest=True, form=form)
    try:
        begun = service.undo(regrade, reason=form.reason.data, by=current_person(), now=now())
    except (NotPossible, IntegrityError):
        db.session.rollback()
        flash(_("Only the latest regrade of a question can be undone."), "warning")
        return redirect(url_for("classes.regrade", regrade_id=regrade_id), 303)
    db.session.commit()
    _work(begun.id)
    return redirect(url_for("classes.regrade", regrade_id=begun.id), 303)


def _work(regrade_id: int) -> Regrade:
    """Does batches for a while; 404 for no regrade. Each is committed on its own: that makes a regrade resumable."""
    until = time.monotonic() + _A_WHILE
    while (regrade := service.regrade_by_id(regrade_id, course().id)).is_running:
        service.advance(regrade, by=current_person(), now=now())
        db.session.commit()
        if time.monotonic() > until:
            return service.regrade_by_id(regrade_id, course().id)
    return regrade
