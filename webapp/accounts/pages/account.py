"""One's own account: name, logins, preferences, password, data, and leaving."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts import (
    data_file,
    limits,
    names,
    password_again,
    passwords,
    second_factor,
    service,
    session_store,
    sessions,
)
from webapp.accounts.forms import ButtonForm, ChangePasswordForm, DeleteForm, ProfileForm
from webapp.accounts.pages.blueprint import bp, home
from webapp.accounts.pages.devices import is_own_password
from webapp.accounts.pages.single_sign_on import linked
from webapp.accounts.sessions import current_person
from webapp.database import db
from webapp.web import access, prefix
from webapp.web.current import now, settings
from webapp.web.security import private
from webapp.web.security_log import happened


@bp.route("/account", methods=["GET", "POST"])
@access.open_to(access.LEARNER)
@access.keeps_form
@limits.profile
def account() -> ResponseReturnValue:
    """Name, user name, e-mail, language and preferences."""
    user = current_person()
    form = ProfileForm(
        user,
        data={
            "name": user.name,
            "username": user.username or "",
            "email": user.email or "",
            "locale": user.locale or "",
            "zone": service.preference(user, "zone") or "",
            "certainty": service.preference(user, "certainty"),
        },
    )
    if form.validate_on_submit():
        if names.email_of(form.email.data or "") != user.email and not password_again.is_fresh():
            return password_again.ask()
        try:
            ended = service.set_profile(
                user, name=form.name.data, username=form.username.data or None, email=form.email.data or None
            )
        except service.Taken as taken:
            db.session.rollback()
            field = form.email if taken.field == "email" else form.username
            field.errors = [_("Somebody else has an account with this.")]
        else:
            user.locale = form.locale.data or None
            service.set_preference(user, "certainty", form.certainty.data)
            service.set_preference(user, "zone", form.zone.data or None)
            if ended:
                sessions.renew(user)
                happened("e-mail-changed", user.id)
            db.session.commit()
            flash(_("Saved."), "success")
            response = redirect(url_for("accounts.account"), 303)
            if user.locale is None:
                # What was once chosen here does not outlive "as my browser says".
                response.delete_cookie("language", path=prefix.cookie_path())
            return response
    here = sessions.here()
    page = render_template(
        "accounts/account.html",
        form=form,
        button=ButtonForm(formdata=None),
        person=user,
        devices=session_store.of(user, now=now()),
        here=here.row_id if here is not None else None,
        second_offered=user.is_instructor and settings().staff_mfa != "off",
        has_second=user.is_instructor and second_factor.has(user),
        **linked(user),
    )
    return page, 422 if form.refused else 200


@bp.route("/account/password", methods=["GET", "POST"])
@access.open_to(access.LEARNER)
@access.keeps_form
@limits.own_password
def change_password() -> ResponseReturnValue:
    """A new password; this session stays, all others of the person end."""
    user = current_person()
    without = user.password_hash is None
    if without and user.username is None and user.email is None:
        flash(_("Please choose a user name first: with a password you sign in by it."), "warning")
        return redirect(url_for("accounts.account"), 303)
    if without and not password_again.is_fresh():
        return password_again.ask()
    form = ChangePasswordForm(user)
    status = 200
    if form.validate_on_submit():
        if without or is_own_password(user, form.current.data):
            db.session.rollback()  # hashing takes tens of milliseconds; nobody's answer waits for it
            service.set_password(user, passwords.hash_password(form.password.data))
            sessions.renew(user)
            db.session.commit()
            flash(_("Your password is changed. Other devices are signed out."), "success")
            return redirect(url_for("accounts.account"), 303)
        form.current.errors = [_("This is not your current password.")]
        status = 401
    elif form.refused:
        status = 422
    return private(render_template("accounts/password.html", form=form, person=user), status)


@bp.get("/account/data")
@access.open_to(access.PARTICIPANT)
@password_again.needed
def download_data() -> ResponseReturnValue:
    """All that is kept about the person, as a JSON file."""
    data = service.data_export(current_person(), now=now())
    response = private(data_file.as_json(data))
    response.mimetype = "application/json"
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@bp.route("/account/delete", methods=["GET", "POST"])
@access.open_to(access.PARTICIPANT, newcomers=False)
@access.keeps_form
@limits.own_password
def delete_account() -> ResponseReturnValue:
    """Removes everything that says who the person is; asks for the password first, or for another sign-in at the
    identity provider (a guest has neither)."""
    user = current_person()
    if user.password_hash is None and not password_again.is_fresh():
        return password_again.ask()
    form = DeleteForm(user)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        if user.password_hash is not None and not is_own_password(user, form.password.data):
            form.password.errors = [_("This is not your password.")]
            status = 401
        else:
            try:
                service.delete_account(user, now=now())
            except service.LastAdmin:
                db.session.rollback()
                form.form_errors = [_("You are the only admin. Please make somebody else an admin first.")]
            else:
                sessions.leave()
                db.session.commit()
                flash(_("It is done. Nothing that says who you are is kept here any more."), "success")
                return redirect(home(), 303)
    return private(render_template("accounts/delete.html", form=form, person=user), status)
