"""A course and its people: its staff and who may take it, for owners; and entering it by its code."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.accounts import course_admission, course_doors, course_roles, course_staff, limits, password_again, sessions
from webapp.accounts import service as accounts
from webapp.accounts.codes import shown_code
from webapp.accounts.forms import AdmissionForm, ButtonForm, CourseCodeForm, CourseRoleForm, StaffForm
from webapp.accounts.models import Admission, CourseRole
from webapp.accounts.pages.blueprint import bp, onward
from webapp.accounts.sessions import current_person
from webapp.database import db
from webapp.web import access
from webapp.web.current import COURSE, course, now
from webapp.web.security import private

# --- its staff -------------------------------------------------------------------------------------------------------


@bp.get(f"{COURSE}/instructor/course/people")
@access.open_to(access.OWNER)
def course_people() -> ResponseReturnValue:
    """Who has which role in the course."""
    return _people_page(StaffForm(formdata=None))


def _people_page(form: StaffForm, status: int = 200) -> ResponseReturnValue:
    settled = course_admission.found(course().id)
    page = render_template(
        "accounts/course_people.html",
        staff=course_staff.staff_of(course().id),
        form=form,
        role_form=lambda role: CourseRoleForm(formdata=None, role=role),
        all_instructors=settled is None or settled.all_instructors,
        button=ButtonForm(formdata=None),
    )
    return private(page, status)


@bp.post(f"{COURSE}/instructor/course/people")
@access.open_to(access.OWNER)
@password_again.needed
def add_to_course() -> ResponseReturnValue:
    """Gives somebody, by user name or e-mail, a role in the course."""
    form = StaffForm()
    if form.validate_on_submit():
        person = accounts.find(form.login.data)
        if person is None:
            form.login.errors = [_("There is no account with this name. People make one themselves, under Sign in.")]
        elif course_staff.is_in(course().id, person):
            form.login.errors = [_("%(name)s is on the list already. Change the role there.", name=person.name)]
        else:
            course_staff.give(course().id, person, CourseRole(form.role.data), by=current_person(), now=now())
            db.session.commit()
            flash(_("%(name)s is on the list now.", name=person.name), "success")
            return redirect(url_for("accounts.course_people"), 303)
    return _people_page(form, 422)


@bp.post(f"{COURSE}/instructor/course/people/<int:user_id>/role")
@access.open_to(access.OWNER)
@password_again.needed
def change_course_role(user_id: int) -> ResponseReturnValue:
    """Gives somebody of the staff another role."""
    person, _part = course_staff.part_of(course().id, user_id)
    form = CourseRoleForm()
    if form.validate_on_submit():
        try:
            course_staff.give(course().id, person, CourseRole(form.role.data), by=current_person(), now=now())
        except course_staff.LastOwner:
            flash(_("A course keeps at least one owner. Make somebody else an owner first."), "warning")
        else:
            db.session.commit()
            flash(_("Saved."), "success")
    return _after_change()


@bp.route(f"{COURSE}/instructor/course/people/<int:user_id>/remove", methods=["GET", "POST"])
@access.open_to(access.OWNER)
@password_again.needed
def remove_from_course(user_id: int) -> ResponseReturnValue:
    """GET: what it means to take somebody off the list. POST: does it."""
    person, part = course_staff.part_of(course().id, user_id)
    if not ButtonForm().validate_on_submit():
        return render_template("accounts/course_remove.html", person=person, part=part, button=ButtonForm())
    try:
        course_staff.remove(course().id, user_id, by=current_person(), now=now())
    except course_staff.LastOwner:
        flash(_("A course keeps at least one owner. Make somebody else an owner first."), "warning")
    else:
        db.session.commit()
        flash(_("%(name)s is off the list.", name=person.name), "success")
    return _after_change()


@bp.post(f"{COURSE}/instructor/course/instructors")
@access.open_to(access.OWNER)
@password_again.needed
def let_all_instructors() -> ResponseReturnValue:
    """Says whether every instructor of the site writes and teaches here: `all` is yes or no."""
    said = request.form.get("all")
    if said not in {"yes", "no"}:
        return _after_change()
    made = course_staff.let_all_instructors(course().id, said == "yes", by=current_person(), now=now())
    db.session.commit()
    flash(_("Saved."), "success")
    if made:
        flash(
            ngettext(
                "One instructor who has a class here is on the list as its teacher now.",
                "%(num)d instructors who have a class here are on the list as teachers now.",
                made,
            ),
            "info",
        )
    return _after_change()


def _after_change() -> ResponseReturnValue:
    """Back to the list; whoever took themselves off it goes on where they still may."""
    course_roles.forget()
    standing = sessions.course_access()
    if standing.owns:
        return redirect(url_for("accounts.course_people"), 303)
    return redirect(url_for("reports.desk") if standing.roles else url_for("home.home"), 303)


# --- who may take it -------------------------------------------------------------------------------------------------


@bp.get(f"{COURSE}/instructor/course/admission")
@access.open_to(access.OWNER)
def admission() -> ResponseReturnValue:
    """Who may take the course, by what code, and whether it is archived."""
    return _admission_page()


def _admission_page(form: AdmissionForm | None = None) -> ResponseReturnValue:
    settled = course_admission.found(course().id)
    chosen = Admission(settled.admission) if settled is not None else Admission.OPEN
    page = render_template(
        "accounts/course_admission.html",
        chosen=chosen,
        form=form or AdmissionForm(formdata=None, admission=chosen.value),
        code=shown_code(settled.join_code) if settled is not None and chosen == Admission.CODE else None,
        archived_at=settled.archived_at if settled is not None else None,
        button=ButtonForm(formdata=None),
    )
    return private(page, 422 if form is not None else 200)


@bp.post(f"{COURSE}/instructor/course/admission")
@access.open_to(access.OWNER)
def set_admission() -> ResponseReturnValue:
    """Says who may take the course."""
    form = AdmissionForm()
    if not form.validate_on_submit():
        return _admission_page(form)
    course_admission.admit(course().id, Admission(form.admission.data), by=current_person(), now=now())
    return _settled(_("Saved."))


@bp.post(f"{COURSE}/instructor/course/code")
@access.open_to(access.OWNER)
def renew_course_code() -> ResponseReturnValue:
    """Makes a new code for the course."""
    course_admission.renew_code(course().id, by=current_person(), now=now())
    return _settled(_("There is a new code. The old one no longer works; whoever is in stays in."))


@bp.post(f"{COURSE}/instructor/course/archive")
@access.open_to(access.OWNER)
def archive_course() -> ResponseReturnValue:
    """Puts the course away; everything in it is kept and can be read."""
    course_admission.archive(course().id, by=current_person(), now=now())
    return _settled(_("The course is archived. It can be read, and nothing new is begun in it."))


@bp.post(f"{COURSE}/instructor/course/restore")
@access.open_to(access.OWNER)
def restore_course() -> ResponseReturnValue:
    """Takes an archived course up again."""
    course_admission.restore(course().id, by=current_person(), now=now())
    return _settled(_("The course is taken up again."))


def _settled(words: str) -> ResponseReturnValue:
    db.session.commit()
    flash(words, "success")
    return redirect(url_for("accounts.admission"), 303)


# --- entering it -----------------------------------------------------------------------------------------------------


@bp.get(f"{COURSE}/course/enter")
@access.open_to(access.ANYONE)
def course_entry() -> ResponseReturnValue:
    """Who may take the course, and the form for its code; whoever may take it already goes there."""
    if sessions.course_access().is_admitted:
        return redirect(url_for("home.home"))
    return course_doors.closed_page(CourseCodeForm(formdata=None), 200)


@bp.post(f"{COURSE}/course/enter")
@access.open_to(access.PARTICIPANT)
def enter_course() -> ResponseReturnValue:
    """Takes the code of the course, also from a newcomer, who becomes a guest by the right one only."""
    form = CourseCodeForm()
    if not form.validate_on_submit():
        return course_doors.closed_page(form, 422)
    limits.join_codes()
    if not course_admission.fits(course().id, form.code.data):
        limits.join_codes(wrong=True)
        form.code.errors = [_("This code does not open the course. Please check it, or ask whoever gave it to you.")]
        return course_doors.closed_page(form, 422)
    course_admission.enter(course().id, sessions.participant(), now())
    db.session.commit()
    flash(_("You may take this course now."), "success")
    return onward(form.next.data)
