"""Where one is signed in, and the password once more."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts import limits, password_again, passwords, service, session_store, sessions
from webapp.accounts.forms import ConfirmForm
from webapp.accounts.kept_forms import carry_on
from webapp.accounts.models import User
from webapp.accounts.pages.blueprint import bp, onward
from webapp.accounts.sessions import current_person
from webapp.database import db
from webapp.web import access
from webapp.web.current import now
from webapp.web.security import private


def is_own_password(user: User, password: str) -> bool:
    """Whether it is the person's. Ends the transaction: comparing takes tens of milliseconds, and nobody's answer waits
    for it."""
    password_hash = user.password_hash
    db.session.rollback()
    return passwords.check(password_hash, password).right


@bp.route("/account/confirm", methods=["GET", "POST"])
@access.open_to(access.LEARNER)
@access.keeps_form
@limits.own_password
def confirm() -> ResponseReturnValue:
    """Asks for the password once more, and goes on with what was asked for."""
    user, signed_in = current_person(), sessions.here()
    form = ConfirmForm()
    status = 200
    if request.method == "GET":
        form.next.data = access.local_path(request.args.get("next"))
    elif form.validate_on_submit() and signed_in is not None:
        if is_own_password(user, form.password.data):
            session_store.confirm(signed_in.row_id, now=now())
            db.session.commit()
            return carry_on(form.kept.data, user) or onward(form.next.data)
        form.password.errors = [_("This is not your password.")]
        status = 401
    else:
        status = 422
    return private(password_again.confirm_page(form), status)


@bp.post("/account/sessions/<int:session_id>/end")
@access.open_to(access.LEARNER)
def end_session(session_id: int) -> ResponseReturnValue:
    """Signs the person out on one device."""
    if not session_store.end(session_id, user_id=current_person().id):
        abort(404)
    db.session.commit()
    flash(_("This device is signed out."), "success")
    return redirect(url_for("accounts.account", _anchor="security"), 303)


@bp.post("/account/sessions")
@access.open_to(access.LEARNER)
@password_again.needed
def end_other_sessions() -> ResponseReturnValue:
    """Signs the person out on every other device."""
    user = current_person()
    service.end_sessions(user)
    sessions.renew(user)
    db.session.commit()
    flash(_("Other devices are signed out."), "success")
    return redirect(url_for("accounts.account", _anchor="security"), 303)
