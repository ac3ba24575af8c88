"""Regrading a question at the desk: the dry run, the decision, the progress, and taking it back.

The work is done in the requests of its own page, some batches in each, so that it needs no worker beside the server,
goes on after any interruption, and never holds the database for long.
"""

from __future__ import annotations

import time
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import CohortInstructor, CohortMember, User
from webapp.accounts.sessions import current_person
from webapp.audit.service import record
from webapp.classes.forms import ReasonForm, RegradeForm
from webapp.classes.pages.blueprint import bp
from webapp.database import db
from webapp.quizzes.models import Regrade
from webapp.quizzes.regrade import preview, run
from webapp.quizzes.regrade.policies import POLICIES, NotPossible
from webapp.quizzes.vocabulary import RegradeState
from webapp.web import access
from webapp.web.current import course, now

#: seconds of work in one request
_A_WHILE = 1.5
#: changed attempts that are listed by name
_NAMED = 200


@bp.get("/instructor/regrades")
@access.open_to(access.INSTRUCTOR)
def regrades() -> Any:
    """Questions whose key was mended after answers were graded, and the regrades there were."""
    latest = db.session.scalars(select(Regrade).order_by(Regrade.id.desc()).limit(50)).all()
    return render_template("classes/regrades.html", outdated=preview.outdated(course()), regrades=latest)


@bp.route("/instructor/questions/<question_id>/regrade", methods=["GET", "POST"])
@access.open_to(access.INSTRUCTOR)
@access.keeps_form
def regrade_question(question_id: str) -> Any:
    """What regrading a question would do, by the policy in the address; posted, begins it."""
    state = preview.standing(question_id, course()) or abort(404)
    asked_for = request.values.get("policy", "")
    policy = next((policy for policy in POLICIES if policy == asked_for), POLICIES[0])
    form = RegradeForm()
    if form.validate_on_submit():
        if form.digest.data != state.digest:
            form.form_errors = [_("The question changed since this page was opened. Please look at it again.")]
        else:
            try:
                begun = run.begin(
                    question_id, course(), policy=policy, reason=form.reason.data, actor=current_person(), now=now()
                )
            except (NotPossible, IntegrityError):
                db.session.rollback()
                return redirect(url_for("classes.regrade_question", question_id=question_id), 303)
            _record(begun, "regrade.begun")
            db.session.commit()
            _work(begun.id)
            return redirect(url_for("classes.regrade", regrade_id=begun.id), 303)
    forecast, refusal = None, None
    if state.running is None:
        try:
            forecast = preview.forecast(state, policy)
        except NotPossible as reason:
            refusal = reason.reason
    form.policy.data, form.digest.data = policy, state.digest
    page = render_template(
        "classes/regrade_question.html",
        question_id=question_id,
        state=state,
        policy=policy,
        policies=POLICIES,
        forecast=forecast,
        refusal=refusal,
        form=form,
        undo=ReasonForm(formdata=None, prefix="undo-"),
        **_named(forecast),
    )
    return page, 422 if form.refused else 200


def _named(forecast: preview.Forecast | None) -> dict[str, Any]:
    """The changed attempts of learners the instructor teaches, with their names; and how many others there are."""
    if forecast is None:
        return {"named": [], "others": 0}
    mine = None
    if not current_person().is_admin:
        mine = set(
            db.session.scalars(
                select(CohortMember.user_id)
                .join(CohortInstructor, CohortInstructor.cohort_id == CohortMember.cohort_id)
                .where(CohortInstructor.user_id == current_person().id)
            )
        )
    seen = [d for d in forecast.differences if mine is None or d.user_id in mine][:_NAMED]
    ids = {difference.user_id for difference in seen}
    names = dict(db.session.execute(select(User.id, User.name).where(User.id.in_(ids))).tuples().all())
    return {
        "named": [(names.get(difference.user_id, ""), difference) for difference in seen],
        "others": len(forecast.differences) - len(seen),
    }


@bp.get("/instructor/regrades/<int:regrade_id>")
@access.open_to(access.INSTRUCTOR)
def regrade(regrade_id: int) -> Any:
    """How far a regrade is, or what it did."""
    found = _load(regrade_id)
    state = preview.standing(found.question_id, course())
    latest = state is not None and state.latest is not None and state.latest.id == found.id
    return _show(found, latest=latest)


def _show(found: Regrade, *, latest: bool, form: ReasonForm | None = None) -> Any:
    page = render_template(
        "classes/regrade.html",
        regrade=found,
        question=course().question(found.question_id),
        latest=latest,
        by=db.session.get(User, found.actor_id) if found.actor_id else None,
        undo=form or ReasonForm(formdata=None, prefix="undo-"),
    )
    return page, 422 if form is not None else 200


@bp.post("/instructor/regrades/<int:regrade_id>/continue")
@access.open_to(access.INSTRUCTOR)
def continue_regrade(regrade_id: int) -> Any:
    """Does some more of a regrade; for scripts, says how far it is: `{"done", "total", "state"}`."""
    found = _work(_load(regrade_id).id)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(done=found.done, total=found.total, state=found.state)
    return redirect(url_for("classes.regrade", regrade_id=regrade_id), 303)


@bp.post("/instructor/regrades/<int:regrade_id>/undo")
@access.open_to(access.INSTRUCTOR)
def undo_regrade(regrade_id: int) -> Any:
    """Gives back the grades that were there before a regrade, by another one."""
    found = _load(regrade_id)
    form = ReasonForm(prefix="undo-")
    if not form.validate_on_submit():
        return _show(found, latest=True, form=form)
    try:
        begun = run.undo(found, reason=form.reason.data, actor=current_person(), now=now())
    except (NotPossible, IntegrityError):
        db.session.rollback()
        flash(_("Only the latest regrade of a question can be undone."), "warning")
        return redirect(url_for("classes.regrade", regrade_id=regrade_id), 303)
    _record(begun, "regrade.begun")
    db.session.commit()
    _work(begun.id)
    return redirect(url_for("classes.regrade", regrade_id=begun.id), 303)


def _load(regrade_id: int) -> Regrade:
    return db.session.get(Regrade, regrade_id) or abort(404)


def _work(regrade_id: int) -> Regrade:
    """Does batches for a while. Each is committed on its own: that is what makes a regrade resumable."""
    until = time.monotonic() + _A_WHILE
    while True:
        found = db.session.get_one(Regrade, regrade_id)
        if found.state == RegradeState.DONE:
            return found
        found = run.advance(regrade_id, now())
        if found.state == RegradeState.DONE:
            _record(found, "regrade.finished", graded=found.done, up=found.up, down=found.down)
        db.session.commit()
        if time.monotonic() > until:
            return db.session.get_one(Regrade, regrade_id)


def _record(found: Regrade, action: str, **details: Any) -> None:
    record(
        current_person(),
        action,
        f"question:{found.question_id}",
        now=now(),
        reason=found.reason,
        regrade=found.id,
        policy=found.policy,
        undoes=found.undoes,
        **details,
    )
