"""Cohorts at the instructor's desk: the list, one cohort with its code, members and instructors."""

from __future__ import annotations

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts import course_roles, password_again, teaching
from webapp.accounts import service as accounts
from webapp.accounts.codes import shown_code
from webapp.accounts.models import Cohort
from webapp.accounts.sessions import current_person
from webapp.classes import cohorts
from webapp.classes.forms import CohortForm, InstructorForm
from webapp.classes.pages.blueprint import back, bp, load, show
from webapp.database import db
from webapp.web import access, hosts
from webapp.web.current import course, now
from webapp.web.paging import page_asked
from webapp.web.security import private


@bp.get("/instructor/cohorts")
@access.open_to(access.TEACHER)
def index() -> str:
    """The classes one teaches (all, for an admin)."""
    return render_template(
        "classes/index.html", summaries=cohorts.taught_by(current_person(), course().id), code=shown_code
    )


@bp.route("/instructor/cohorts/new", methods=["GET", "POST"])
@access.open_to(access.TEACHER)
@access.keeps_form
def new() -> ResponseReturnValue:
    """Makes a class."""
    form = CohortForm()
    if form.validate_on_submit():
        try:
            cohort = cohorts.create(form.name.data, course().id, by=current_person(), now=now())
        except cohorts.NameTaken:
            form.name.errors = [_("Another class has this name.")]
        else:
            db.session.commit()
            flash(_("The class is there. Give its code to your learners, or import a list."), "success")
            return back("cohort", cohort_id=cohort.id)
    return render_template("classes/new.html", form=form), 422 if form.refused else 200


@bp.get("/instructor/cohorts/<int:cohort_id>")
@access.open_to(access.TEACHER)
def cohort(cohort_id: int) -> ResponseReturnValue:
    """One class: its code, who is in it, who teaches it."""
    return _show_cohort(load(cohort_id))


def _show_cohort(
    cohort: Cohort,
    *,
    name_form: CohortForm | None = None,
    instructor_form: InstructorForm | None = None,
    link: tuple[str, str] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    search = request.args.get("q", "")[:200]
    page = show(
        "cohort.html",
        cohort,
        "members",
        code=shown_code(cohort.join_code),
        join_link=hosts.link("joining.join_with", code=cohort.join_code),
        members=cohorts.members(cohort, search=search, page=page_asked()),
        may_make_link=cohorts.may_make_link,
        search=search,
        name_form=name_form or CohortForm(formdata=None, data={"name": cohort.name}),
        instructor_form=instructor_form or InstructorForm(formdata=None),
        link=link,
    )
    return private(page, status)


@bp.post("/instructor/cohorts/<int:cohort_id>/name")
@access.open_to(access.TEACHER)
def rename(cohort_id: int) -> ResponseReturnValue:
    """Gives the class another name."""
    cohort = load(cohort_id)
    form = CohortForm()
    if form.validate_on_submit():
        try:
            cohorts.rename(cohort, form.name.data, by=current_person(), now=now())
        except cohorts.NameTaken:
            form.name.errors = [_("Another class has this name.")]
        else:
            db.session.commit()
            flash(_("Saved."), "success")
            return back("cohort", cohort_id=cohort_id)
    return _show_cohort(cohort, name_form=form, status=422)


@bp.post("/instructor/cohorts/<int:cohort_id>/archive")
@access.open_to(access.TEACHER)
def archive(cohort_id: int) -> ResponseReturnValue:
    """Puts the class away; everything in it is kept."""
    cohorts.archive(load(cohort_id), by=current_person(), now=now())
    db.session.commit()
    flash(_("The class is archived. Its assignments no longer hold; results are kept."), "success")
    return back("cohort", cohort_id=cohort_id)


@bp.post("/instructor/cohorts/<int:cohort_id>/restore")
@access.open_to(access.TEACHER)
def restore(cohort_id: int) -> ResponseReturnValue:
    """Takes an archived class up again."""
    cohorts.restore(load(cohort_id), by=current_person(), now=now())
    db.session.commit()
    flash(_("The class is back. Its code is closed until you open it."), "success")
    return back("cohort", cohort_id=cohort_id)


@bp.post("/instructor/cohorts/<int:cohort_id>/code")
@access.open_to(access.TEACHER)
def code(cohort_id: int) -> ResponseReturnValue:
    """Renews, closes or opens the join code: `do` is renew, close or open."""
    cohort = load(cohort_id)
    act = request.form.get("do")
    if act == "renew":
        cohorts.renew_code(cohort, by=current_person(), now=now())
        flash(_("There is a new code. The old one and its link no longer work."), "success")
    elif act in ("open", "close"):
        cohorts.set_joinable(cohort, act == "open", by=current_person(), now=now())
        flash(_("The code lets people in.") if cohort.joinable else _("The code lets nobody in."), "success")
    db.session.commit()
    return back("cohort", cohort_id=cohort_id)


@bp.post("/instructor/cohorts/<int:cohort_id>/instructors")
@access.open_to(access.TEACHER)
def add_instructor(cohort_id: int) -> ResponseReturnValue:
    """Lets another instructor teach the class, by user name or e-mail."""
    cohort = load(cohort_id)
    form = InstructorForm()
    if form.validate_on_submit():
        colleague = accounts.find(form.login.data)
        if colleague is None or not course_roles.access_of(colleague, course().id).teaches:
            # Whether there is an account of that name, instructors need not know.
            form.login.errors = [_("There is no instructor with this name in this course. Its owners give roles.")]
        else:
            cohorts.add_instructor(cohort, colleague, by=current_person(), now=now())
            db.session.commit()
            flash(_("%(name)s teaches this class, too.", name=colleague.name), "success")
            return back("cohort", cohort_id=cohort_id)
    return _show_cohort(cohort, instructor_form=form, status=422)


@bp.post("/instructor/cohorts/<int:cohort_id>/instructors/<int:user_id>/remove")
@access.open_to(access.TEACHER)
def remove_instructor(cohort_id: int, user_id: int) -> ResponseReturnValue:
    """Takes an instructor away from the class. The last one stays, so that somebody sees it."""
    cohort = load(cohort_id)
    try:
        removed = cohorts.remove_instructor(cohort, user_id, by=current_person(), now=now())
    except cohorts.LastInstructor:
        flash(_("A class keeps at least one instructor. Add another one first."), "warning")
        return back("cohort", cohort_id=cohort_id)
    if removed is None:
        return back("cohort", cohort_id=cohort_id)
    db.session.commit()
    flash(_("%(name)s no longer teaches this class.", name=removed.name), "success")
    if removed.id == current_person().id and not teaching.oversees(current_person(), cohort.course_id):
        return back("index")
    return back("cohort", cohort_id=cohort_id)


@bp.post("/instructor/cohorts/<int:cohort_id>/members/<int:user_id>/remove")
@access.open_to(access.TEACHER)
def remove_member(cohort_id: int, user_id: int) -> ResponseReturnValue:
    """Takes a learner out of the class; their attempts stay."""
    cohort = load(cohort_id)
    member, _membership = cohorts.member_of(cohort, user_id)
    cohorts.remove_member(cohort, member, by=current_person(), now=now())
    db.session.commit()
    flash(_("%(name)s is not in this class any more. Their attempts are kept.", name=member.name), "success")
    return back("cohort", cohort_id=cohort_id)


@bp.post("/instructor/cohorts/<int:cohort_id>/members/<int:user_id>/link")
@access.open_to(access.TEACHER)
@password_again.needed
def make_link(cohort_id: int, user_id: int) -> ResponseReturnValue:
    """Shows, once, a link with which a learner of the class sets a new password."""
    cohort = load(cohort_id)
    member, membership = cohorts.member_of(cohort, user_id)
    if not cohorts.may_make_link(current_person(), member, membership):
        flash(_("%(name)s has an account that is theirs, so only an admin can do this.", name=member.name), "warning")
        return back("cohort", cohort_id=cohort_id)
    token = accounts.make_reset_link(member, by=current_person(), now=now(), cohort_id=cohort.id)
    db.session.commit()
    return _show_cohort(cohort, link=(member.name, hosts.link("accounts.reset", token=token)))
