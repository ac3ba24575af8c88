"""Joining a class by its code or link, and leaving it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts import limits, teaching
from webapp.accounts.codes import plain_code
from webapp.accounts.models import Cohort
from webapp.accounts.sessions import account_or_none, current_person
from webapp.classes import invitations, joining
from webapp.classes.forms import JoinForm
from webapp.database import db
from webapp.web import access
from webapp.web.current import now

#: of the whole site: a code or link says which class is meant, and with it the course
bp = Blueprint("joining", __name__)


@bp.route("/join", methods=["GET", "POST"])
@access.open_to(access.LEARNER)
@access.keeps_form
def join() -> ResponseReturnValue:
    """Takes a join code; lists the classes one is in."""
    form = JoinForm()
    if form.validate_on_submit():
        limits.join_codes()
        cohort = joining.by_code(form.code.data)
        if cohort is not None:
            return _join(cohort)
        limits.join_codes(wrong=True)
        form.code.errors = [_("This code opens no class. Please check it, or ask whether it is still open.")]
    person = current_person()
    page = render_template(
        "classes/join.html",
        form=form,
        classes=joining.classes_of(person),
        invited=invitations.of_person(person),
    )
    return page, 422 if form.refused else 200


@bp.get("/join/<code>")
@access.open_to(access.ANYONE)
def join_with(code: str) -> ResponseReturnValue:
    """What a join link opens: the class and a button; for visitors the way to an account and back."""
    plain = plain_code(code)
    person = account_or_none()
    if person is None:
        # Whether the code is right, is said to people with an account only.
        here = url_for("joining.join_with", code=plain) if plain else url_for("joining.join")
        return render_template("classes/join_visitor.html", here=here)
    limits.join_codes()
    cohort = joining.by_code(plain)
    if cohort is None:
        limits.join_codes(wrong=True)
        return render_template("classes/join_closed.html"), 404
    joined = cohort.id in {each.id for each in joining.classes_of(person)}
    return render_template("classes/join_with.html", cohort=cohort, code=plain, joined=joined)


@bp.post("/join/<code>")
@access.open_to(access.LEARNER)
def join_by_link(code: str) -> ResponseReturnValue:
    """Joins the class of a link."""
    limits.join_codes()
    cohort = joining.by_code(code)
    if cohort is None:
        limits.join_codes(wrong=True)
        return render_template("classes/join_closed.html"), 404
    return _join(cohort)


def _back() -> ResponseReturnValue:
    return redirect(url_for("joining.join"), 303)


def _join(cohort: Cohort) -> ResponseReturnValue:
    if teaching.teaches(current_person(), cohort):
        flash(_("You teach this class."), "info")
        return redirect(url_for("classes.cohort", course=cohort.course_id, cohort_id=cohort.id), 303)
    if joining.join(cohort, current_person(), now()):
        flash(_("You are in %(name)s now. You find its quizzes under Quizzes.", name=cohort.name), "success")
    else:
        flash(_("You are in %(name)s already.", name=cohort.name), "info")
    db.session.commit()
    return _back()


@bp.post("/classes/<int:cohort_id>/leave")
@access.open_to(access.LEARNER)
def leave(cohort_id: int) -> ResponseReturnValue:
    """Leaves a class; one's results stay one's own."""
    left = joining.leave(cohort_id, current_person(), now())
    db.session.commit()
    flash(_("You have left %(name)s. Your results are kept.", name=left.name), "success")
    return _back()


@bp.post("/invitations/<int:cohort_id>/accept")
@access.open_to(access.LEARNER)
def accept_invitation(cohort_id: int) -> ResponseReturnValue:
    """Joins the class that one is invited to."""
    cohort = invitations.accept(cohort_id, current_person(), now())
    db.session.commit()
    flash(_("You are in %(name)s now. You find its quizzes under Quizzes.", name=cohort.name), "success")
    return _back()


@bp.post("/invitations/<int:cohort_id>/decline")
@access.open_to(access.LEARNER)
def decline_invitation(cohort_id: int) -> ResponseReturnValue:
    """Says no to an invitation."""
    cohort = invitations.decline(cohort_id, current_person(), now())
    db.session.commit()
    flash(_("You are not in %(name)s, and it sees nothing of you.", name=cohort.name), "success")
    return _back()
