"""Cohorts at the instructor's desk: the list, one cohort with its code, members and instructors."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _

from webapp.accounts import links
from webapp.accounts import service as accounts
from webapp.accounts.models import Cohort
from webapp.accounts.sessions import current_person
from webapp.audit.service import record
from webapp.classes import cohorts
from webapp.classes.forms import CohortForm, InstructorForm
from webapp.classes.pages.blueprint import back, bp, load, show
from webapp.database import db
from webapp.web import access
from webapp.web.current import now
from webapp.web.paging import page_asked
from webapp.web.security import private


@bp.get("/instructor/cohorts")
@access.open_to(access.INSTRUCTOR)
def index() -> str:
    """The classes one teaches (all, for an admin)."""
    return render_template("classes/index.html", summaries=cohorts.taught_by(current_person()), code=cohorts.shown_code)


@bp.route("/instructor/cohorts/new", methods=["GET", "POST"])
@access.open_to(access.INSTRUCTOR)
@access.keeps_form
def new() -> Any:
    """Makes a class."""
    form = CohortForm()
    if form.validate_on_submit():
        try:
            cohort = cohorts.create(form.name.data, current_person(), now())
        except cohorts.NameTaken:
            form.name.errors = [_("Another class has this name.")]
        else:
            record(
                current_person(),
                "cohort.created",
                f"cohort:{cohort.id}",
                now=now(),
                cohort_id=cohort.id,
                name=cohort.name,
            )
            db.session.commit()
            flash(_("The class is there. Give its code to your learners, or import a list."), "success")
            return back("cohort", cohort_id=cohort.id)
    return render_template("classes/new.html", form=form), 422 if form.refused else 200


@bp.get("/instructor/cohorts/<int:cohort_id>")
@access.open_to(access.INSTRUCTOR)
def cohort(cohort_id: int) -> Any:
    """One class: its code, who is in it, who teaches it."""
    return _show_cohort(load(cohort_id))


def _show_cohort(
    cohort: Cohort,
    *,
    name_form: CohortForm | None = None,
    instructor_form: InstructorForm | None = None,
    link: tuple[str, str] | None = None,
    status: int = 200,
) -> Any:
    search = request.args.get("q", "")[:200]
    page = show(
        "cohort.html",
        cohort,
        "members",
        code=cohorts.shown_code(cohort.join_code),
        join_link=url_for("classes.join_with", code=cohort.join_code, _external=True),
        members=cohorts.members(cohort, search=search, page=page_asked()),
        may_make_link=cohorts.may_make_link,
        search=search,
        name_form=name_form or CohortForm(formdata=None, data={"name": cohort.name}),
        instructor_form=instructor_form or InstructorForm(formdata=None),
        link=link,
    )
    return private(page, status)


@bp.post("/instructor/cohorts/<int:cohort_id>/name")
@access.open_to(access.INSTRUCTOR)
def rename(cohort_id: int) -> Any:
    """Gives the class another name."""
    found = load(cohort_id)
    form = CohortForm()
    before = found.name
    if form.validate_on_submit():
        try:
            cohorts.rename(found, form.name.data)
        except cohorts.NameTaken:
            form.name.errors = [_("Another class has this name.")]
        else:
            _record(found, "cohort.renamed", before=before, after=found.name)
            db.session.commit()
            flash(_("Saved."), "success")
            return back("cohort", cohort_id=cohort_id)
    return _show_cohort(found, name_form=form, status=422)


@bp.post("/instructor/cohorts/<int:cohort_id>/archive")
@access.open_to(access.INSTRUCTOR)
def archive(cohort_id: int) -> Any:
    """Puts the class away; everything in it is kept."""
    found = load(cohort_id)
    cohorts.archive(found, now())
    _record(found, "cohort.archived")
    db.session.commit()
    flash(_("The class is archived. Its assignments hold no more; results are kept."), "success")
    return back("cohort", cohort_id=cohort_id)


@bp.post("/instructor/cohorts/<int:cohort_id>/restore")
@access.open_to(access.INSTRUCTOR)
def restore(cohort_id: int) -> Any:
    """Takes an archived class up again."""
    found = load(cohort_id)
    cohorts.restore(found)
    _record(found, "cohort.restored")
    db.session.commit()
    flash(_("The class is back. Its code is closed until you open it."), "success")
    return back("cohort", cohort_id=cohort_id)


@bp.post("/instructor/cohorts/<int:cohort_id>/code")
@access.open_to(access.INSTRUCTOR)
def code(cohort_id: int) -> Any:
    """Renews, closes or opens the join code: `do` is renew, close or open."""
    found = load(cohort_id)
    act = request.form.get("do")
    if act == "renew":
        cohorts.renew_code(found)
        _record(found, "cohort.code_renewed")
        flash(_("There is a new code. The old one and its link work no more."), "success")
    elif act in ("open", "close"):
        cohorts.set_joinable(found, act == "open" and found.archived_at is None)
        _record(found, "cohort.code_opened" if found.joinable else "cohort.code_closed")
        flash(_("The code lets people in.") if found.joinable else _("The code lets nobody in."), "success")
    db.session.commit()
    return back("cohort", cohort_id=cohort_id)


@bp.post("/instructor/cohorts/<int:cohort_id>/instructors")
@access.open_to(access.INSTRUCTOR)
def add_instructor(cohort_id: int) -> Any:
    """Lets another instructor teach the class, by user name or e-mail."""
    found = load(cohort_id)
    form = InstructorForm()
    if form.validate_on_submit():
        colleague = accounts.find(form.login.data)
        if colleague is None or not colleague.is_instructor:
            # Whether there is such an account at all, is nobody's business.
            form.login.errors = [_("There is no instructor with this name. An admin gives roles, under People.")]
        else:
            if cohorts.add_instructor(found, colleague):
                _record(found, "cohort.instructor_added", user=colleague.id, name=colleague.name)
            db.session.commit()
            flash(_("%(name)s teaches this class, too.", name=colleague.name), "success")
            return back("cohort", cohort_id=cohort_id)
    return _show_cohort(found, instructor_form=form, status=422)


@bp.post("/instructor/cohorts/<int:cohort_id>/instructors/<int:user_id>/remove")
@access.open_to(access.INSTRUCTOR)
def remove_instructor(cohort_id: int, user_id: int) -> Any:
    """Takes an instructor away from the class. The last one stays, so that somebody sees it."""
    found = load(cohort_id)
    teaching = {user.id: user for user in found.instructors}
    if user_id not in teaching:
        return back("cohort", cohort_id=cohort_id)
    if len(teaching) == 1:
        flash(_("A class keeps at least one instructor. Add another one first."), "warning")
        return back("cohort", cohort_id=cohort_id)
    cohorts.remove_instructor(found, user_id)
    _record(found, "cohort.instructor_removed", user=user_id, name=teaching[user_id].name)
    db.session.commit()
    flash(_("%(name)s teaches this class no more.", name=teaching[user_id].name), "success")
    if user_id == current_person().id and not current_person().is_admin:
        return back("index")
    return back("cohort", cohort_id=cohort_id)


@bp.post("/instructor/cohorts/<int:cohort_id>/members/<int:user_id>/remove")
@access.open_to(access.INSTRUCTOR)
def remove_member(cohort_id: int, user_id: int) -> Any:
    """Takes a learner out of the class; their attempts stay."""
    found = load(cohort_id)
    member, _membership = cohorts.member_of(found, user_id)
    cohorts.remove_member(found, member)
    _record(found, "cohort.member_removed", user=member.id)
    db.session.commit()
    flash(_("%(name)s is not in this class any more. Their attempts are kept.", name=member.name), "success")
    return back("cohort", cohort_id=cohort_id)


@bp.post("/instructor/cohorts/<int:cohort_id>/members/<int:user_id>/link")
@access.open_to(access.INSTRUCTOR)
def make_link(cohort_id: int, user_id: int) -> Any:
    """Shows, once, a link with which a learner of the class sets a new password."""
    found = load(cohort_id)
    member, membership = cohorts.member_of(found, user_id)
    if not cohorts.may_make_link(current_person(), member, membership):
        flash(_("%(name)s had an account before joining this class, so only an admin can do this.", name=member.name))
        return back("cohort", cohort_id=cohort_id)
    token = links.reset(member, by=current_person(), now=now())
    record(current_person(), "person.link_made", f"user:{member.id}", now=now(), cohort_id=found.id)
    db.session.commit()
    return _show_cohort(found, link=(member.name, url_for("accounts.reset", token=token, _external=True)))


def _record(cohort: Cohort, action: str, **details: Any) -> None:
    record(current_person(), action, f"cohort:{cohort.id}", now=now(), cohort_id=cohort.id, **details)
