"""Signing up, in and out, and the links that work once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts import limits, passwords, service, sessions
from webapp.accounts.forms import NewPasswordForm, SetupForm, SignInForm, SignUpForm, logins
from webapp.accounts.kept_forms import carry_on, show_sign_in
from webapp.accounts.models import User
from webapp.accounts.pages import second_factor
from webapp.accounts.pages.blueprint import bp, home, onward
from webapp.database import db
from webapp.web import access
from webapp.web.current import now, settings
from webapp.web.security import private
from webapp.web.security_log import happened


def authenticate(login: str, password: str) -> User | None:
    """The person, if the password is right; the same work and the same time if there is no such person."""
    credentials = service.credentials(login)
    db.session.rollback()  # comparing takes tens of milliseconds; nobody's answer waits for it
    checked = passwords.check(credentials.password_hash, password)
    if not checked.right or credentials.user_id is None:
        return None
    return service.signed_in(credentials.user_id, rehash=checked.rehash)


@bp.route("/sign-in", methods=["GET", "POST"])
@access.open_to(access.ANYONE)
@access.keeps_form
@limits.sign_in
def sign_in() -> ResponseReturnValue:
    """Signs in, brings along what was done as a guest, and goes on where the person was."""
    form = SignInForm()
    if request.method == "GET":
        if sessions.account_or_none() is not None:
            return onward(request.args.get("next"))
        form.next.data = access.local_path(request.args.get("next"))
        return show_sign_in(form)
    if not form.validate_on_submit():
        return show_sign_in(form, status=422)
    guest = None if form.discard_guest.data else sessions.guest_or_none()
    user = authenticate(form.login.data, form.password.data)
    if user is None:
        form.form_errors = [_("User name and password don't go together. Please check both.")]
        return show_sign_in(form, status=401)
    if second_factor.is_asked_of(user):
        db.session.commit()
        return second_factor.ask(
            user, discard_guest=form.discard_guest.data, onward_to=form.next.data, kept=form.kept.data
        )
    moved = service.merge(guest, user) if guest is not None else 0
    sessions.enter(user, stay=form.stay.data)
    db.session.commit()
    limits.know_browser()
    if moved:
        flash(_("What you did as a guest is in your account now."), "success")
    return carry_on(form.kept.data, user) or onward(form.next.data)


@bp.route("/sign-up", methods=["GET", "POST"])
@access.open_to(access.ANYONE)
@access.keeps_form
@limits.sign_up
def sign_up() -> ResponseReturnValue:
    """Makes an account, in which what was done as a guest stays."""
    if sessions.account_or_none() is not None:
        return onward(request.args.get("next"))
    if settings().signup == "closed":
        return render_template("accounts/sign_up_closed.html"), 200 if request.method == "GET" else 403
    form = SignUpForm()
    if request.method == "GET":
        form.next.data = access.local_path(request.args.get("next"))
    if not form.validate_on_submit():
        return render_template("accounts/sign_up.html", form=form), 422 if form.refused else 200
    guest = None if form.discard_guest.data else sessions.guest_or_none()
    make = service.create_user if guest is None else partial(service.upgrade_guest, guest)
    user = _new_person(form, make)
    if user is None:
        return render_template("accounts/sign_up.html", form=form), 422
    sessions.enter(user, stay=form.stay.data)
    db.session.commit()
    limits.know_browser()
    flash(_("Welcome, %(name)s. Your account is ready.", name=user.name), "success")
    return onward(form.next.data)


def _new_person(form: SignUpForm | SetupForm, make: Callable[..., User | None]) -> User | None:
    """Makes, with `make`, the account a form asks for; None, with the error in the form, when the name is taken."""
    db.session.rollback()  # hashing takes tens of milliseconds; nobody's answer waits for it
    password_hash = passwords.hash_password(form.password.data)
    try:
        return make(name=form.name.data, password_hash=password_hash, now=now(), **logins(form.login.data))
    except service.Taken as taken:
        db.session.rollback()
        form.login.errors = [
            _("There is an account with this e-mail address. If it is yours, please sign in.")
            if taken.field == "email"
            else _("Somebody has this user name. Please take another, or sign in if it is yours.")
        ]
        return None


@bp.post("/sign-out")
@access.open_to(access.ANYONE)
def sign_out() -> ResponseReturnValue:
    """Ends the session on this device."""
    sessions.leave()
    db.session.commit()
    flash(_("You are signed out."), "info")
    return redirect(home(), 303)


def _link_is_gone() -> ResponseReturnValue:
    return render_template("accounts/link_gone.html"), 404


@bp.route("/setup/<token>", methods=["GET", "POST"])
@access.open_to(access.ANYONE)
@access.keeps_form
def setup(token: str) -> ResponseReturnValue:
    """Makes the first admin, by the link that the server printed at its start."""
    if not service.setup_link_works(token, now=now()):
        return _link_is_gone()
    form = SetupForm()
    if not form.validate_on_submit():
        return private(render_template("accounts/setup.html", form=form), 422 if form.refused else 200)
    user = _new_person(form, partial(service.create_first_admin, token))
    if user is None and form.refused:
        return render_template("accounts/setup.html", form=form), 422
    if user is None:
        db.session.rollback()
        return _link_is_gone()
    sessions.enter(user)
    db.session.commit()
    flash(_("You are the admin of this course now. Roles are given to others under People."), "success")
    return redirect(home(), 303)


@bp.route("/reset/<token>", methods=["GET", "POST"])
@access.open_to(access.ANYONE)
@access.keeps_form
def reset(token: str) -> ResponseReturnValue:
    """Sets a new password, by a link that an instructor or admin handed over, and signs in."""
    owner = service.owner_of_reset_link(token, now=now())
    if owner is None:
        return _link_is_gone()
    form = NewPasswordForm(owner)
    if not form.validate_on_submit():
        return private(render_template("accounts/reset.html", form=form, person=owner), 422 if form.refused else 200)
    db.session.rollback()  # hashing takes tens of milliseconds; nobody's answer waits for it
    password_hash = passwords.hash_password(form.password.data)
    user = service.set_password_by_link(token, password_hash, now=now())
    if user is None:
        db.session.rollback()
        return _link_is_gone()
    if second_factor.is_asked_of(user):
        # A link stands in for the password, not for the second factor.
        db.session.commit()
        happened("link-used", user.id)
        flash(_("Your new password is set."), "success")
        return second_factor.ask(user, discard_guest=True, login=user.username or user.email)
    sessions.enter(user)
    db.session.commit()
    flash(_("Your new password is set, and you are signed in."), "success")
    return redirect(home(), 303)
