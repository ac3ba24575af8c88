"""People, for admins: who there is, what they may do, and a way back in for those who forgot their password."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts import data_file, password_again, service, sessions
from webapp.accounts.forms import ButtonForm, EraseForm, RoleForm
from webapp.accounts.models import User
from webapp.accounts.pages.blueprint import bp
from webapp.accounts.sessions import current_person
from webapp.database import begin_writing, db
from webapp.web import access, hosts
from webapp.web.current import now
from webapp.web.paging import page_asked
from webapp.web.security import private


@bp.get("/admin/people")
@access.open_to(access.ADMIN)
def people() -> ResponseReturnValue:
    """Everybody with an account, fifty a page; `q` searches names and logins, `role` filters."""
    search = request.args.get("q", "")[:200]
    role = request.args.get("role", "")
    shown = service.people(search=search, role=role, page=page_asked())
    return render_template("accounts/people.html", people=shown, search=search, role=role)


@bp.get("/admin/people/<int:user_id>")
@access.open_to(access.ADMIN)
def person(user_id: int) -> ResponseReturnValue:
    """One person, and what an admin can do for them."""
    return _show(service.account(user_id))


def _show(
    user: User, form: RoleForm | None = None, *, link: str | None = None, status: int = 200
) -> ResponseReturnValue:
    form = form or RoleForm(formdata=None, role=user.role)
    page = render_template("accounts/person.html", person=user, form=form, button=ButtonForm(formdata=None), link=link)
    return private(page, status)


@bp.post("/admin/people/<int:user_id>/role")
@access.open_to(access.ADMIN)
@password_again.needed
def change_role(user_id: int) -> ResponseReturnValue:
    """Gives another role; the only admin stays one."""
    user = service.account(user_id)
    form = RoleForm()
    if not form.validate_on_submit():
        return _show(user, form, status=422)
    try:
        ended = service.set_role(user, form.role.data, by=current_person(), now=now())
    except service.LastAdmin:
        form.role.errors = [_("This is the only admin. Please make somebody else an admin first.")]
        return _show(user, form, status=422)
    if ended and user is current_person():
        sessions.renew(user)
    db.session.commit()
    flash(_("Saved."), "success")
    return redirect(url_for("accounts.person", user_id=user.id), 303)


@bp.post("/admin/people/<int:user_id>/link")
@access.open_to(access.ADMIN)
@password_again.needed
def make_reset_link(user_id: int) -> ResponseReturnValue:
    """Shows, once, a link with which the person sets a new password."""
    user = service.account(user_id)
    token = service.make_reset_link(user, by=current_person(), now=now())
    db.session.commit()
    return _show(user, link=hosts.link("accounts.reset", token=token))


@bp.get("/admin/people/<int:user_id>/data")
@access.open_to(access.ADMIN)
def person_data(user_id: int) -> ResponseReturnValue:
    """What an erasure would remove and keep, and both ways to answer a request."""
    user = service.account(user_id)
    return _show_data(user, EraseForm(user, formdata=None))


def _show_data(user: User, form: EraseForm, status: int = 200) -> ResponseReturnValue:
    page = render_template("accounts/person_data.html", person=user, form=form, fates=service.fates(user))
    return private(page, status)


@bp.get("/admin/people/<int:user_id>/data.zip")
@access.open_to(access.ADMIN)
@password_again.needed
def export_person(user_id: int) -> ResponseReturnValue:
    """All that is kept about the person, for them, as a ZIP; recorded."""
    begin_writing()
    user = service.account(user_id)
    data, files = service.data_export(user, now=now()), list(service.files_of(user))
    service.record_export(user, by=current_person(), now=now())
    db.session.commit()
    response = private(Response(data_file.as_zip(data, files), mimetype="application/zip"))
    response.headers["Content-Disposition"] = f'attachment; filename="person-{user_id}.zip"'
    return response


@bp.post("/admin/people/<int:user_id>/erase")
@access.open_to(access.ADMIN)
@password_again.needed
def erase_person(user_id: int) -> ResponseReturnValue:
    """Removes everything that says who the person is, after what they sign in with was typed."""
    user = service.account(user_id)
    form = EraseForm(user)
    if not form.validate_on_submit():
        return _show_data(user, form, 422)
    try:
        service.delete_account(user, now=now(), by=current_person(), with_results=form.with_results.data)
    except service.LastAdmin:
        form.form_errors = [_("This is the only admin. Please make somebody else an admin first.")]
        return _show_data(user, form, 422)
    db.session.commit()
    flash(_("It is done. Nothing that says who they are is kept here any more."), "success")
    return redirect(url_for("accounts.people"), 303)
