"""The second factor of staff: setting it up, and giving it after the password."""

from __future__ import annotations

import json
from typing import Any

import segno
from flask import Flask, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from markupsafe import Markup

from webapp.accounts import api_tokens, kept_forms, limits, passkeys, password_again, second_factor, service, sessions
from webapp.accounts.forms import ButtonForm, NewAppForm, PasskeyForm, SecondFactorForm, SignInForm
from webapp.accounts.models import User
from webapp.accounts.pages.blueprint import bp, onward
from webapp.accounts.sessions import current_person
from webapp.database import begin_writing, db
from webapp.web import access, problem_details
from webapp.web.current import now, settings, site_title
from webapp.web.security import private
from webapp.web.security_log import happened

#: what pages carry sealed: a sign-in half done, the secret of a new app, the challenge for a new passkey
_PENDING, _SECRET, _CHALLENGE = "pending", "secret", "challenge"


def _key() -> str:
    return str(current_app.config["SECRET_KEY"])


def _unsealed(sealed: str | None, purpose: str) -> str | None:
    return second_factor.unseal(sealed or "", key=_key(), now=now(), purpose=purpose)


def is_asked_of(user: User) -> bool:
    """Whether this person gives a second factor after their password."""
    return settings().staff_mfa != "off" and user.is_instructor and second_factor.has(user)


# --- after the password -----------------------------------------------------------------------------------------------


def ask(
    user: User, *, discard_guest: bool, onward_to: str | None = None, kept: str | None = None, login: str | None = None
) -> Response:
    """The page that asks for the second factor of somebody whose password was right, or who set a new one by a link.

    Nobody is signed in by it. `login` is the name by which they will sign in; by default what they typed.
    """
    form = SecondFactorForm(formdata=None)
    _seal(form, user, limits.login_name(login))
    form.discard_guest.data = "y" if discard_guest else ""
    form.next.data, form.kept.data = onward_to, kept
    happened("second-factor-asked", user.id)
    return private(_page(form, user))


def _seal(form: SecondFactorForm, user: User, login: str) -> None:
    sealed = json.dumps({"user": user.id, "stamp": user.stamp, "login": login})
    form.pending.data = second_factor.seal(sealed, key=_key(), now=now(), purpose=_PENDING)


def _page(form: SecondFactorForm, user: User) -> str:
    """The page, with a new challenge for the passkeys, which has to come back with what they signed."""
    pending = second_factor.unseal(form.pending.data or "", key=_key(), now=now(), purpose=_PENDING)
    asked = passkeys.request(user, origin=_origin())
    options = None
    if asked is not None and pending is not None:
        challenge, options = asked
        sealed = json.dumps(json.loads(pending) | {"challenge": challenge})
        form.pending.data = second_factor.seal(sealed, key=_key(), now=now(), purpose=_PENDING)
    return render_template("accounts/second_factor_asked.html", form=form, options=options)


def _origin() -> str:
    """Of this site, as browsers name it: scheme, host and port."""
    return request.host_url.rstrip("/") if not request.script_root else f"{request.scheme}://{request.host}"


def _pending() -> dict[str, Any] | None:
    """Whose password was right, as the page that asks for the second factor carries it."""
    sealed = second_factor.unseal(request.form.get("pending", "")[:2000], key=_key(), now=now(), purpose=_PENDING)
    pending: dict[str, Any] | None = json.loads(sealed) if sealed is not None else None
    return pending


def _whose() -> str:
    pending = _pending()
    return str(pending["user"]) if pending is not None else limits.address()


@bp.post("/sign-in/second")
@access.open_to(access.ANYONE)
@access.keeps_form
@limits.second(_whose)
def give_second_factor() -> ResponseReturnValue:
    """Signs in with a code after the password."""
    form, pending = SecondFactorForm(), _pending()
    user = db.session.get(User, pending["user"]) if pending is not None else None
    if pending is None or user is None or user.deleted_at is not None or user.stamp != pending["stamp"]:
        again = SignInForm(formdata=None)
        again.next.data, again.kept.data = access.local_path(form.next.data), form.kept.data
        again.form_errors = [_("That took a while. Please sign in once more.")]
        return kept_forms.show_sign_in(again, status=422)
    if not form.validate_on_submit():
        return private(_page(form, user), 422)
    given = None
    if form.credential.data:
        if not _is_right(user, form.credential.data, str(pending.get("challenge", ""))):
            db.session.rollback()
            happened("second-factor-wrong", pending["user"])
            form = SecondFactorForm(formdata=None, data=form.data | {"credential": ""})
            form.form_errors = [_("The passkey was not accepted. Please try again, or type a code.")]
            return private(_page(form, user), 401)
    else:
        given = second_factor.check(user, form.code.data, key=_key(), now=now())
        if given in {"wrong", "reused"}:
            db.session.rollback()
            happened(f"second-factor-{given}", pending["user"])
            form.code.errors = [
                _("This code is not right, or was used already. Please type the one that is shown now.")
            ]
            return private(_page(form, user), 401)
        if given == "recovery":
            happened("recovery-code-used", user.id)
            happened("sign-in", user.id)
    return _enter(user, form, pending, given == "recovery")


def _is_right(user: User, credential: str, challenge: str) -> bool:
    """Whether a passkey of the person signed the challenge, which nobody answered before."""
    right = passkeys.check(user, credential, challenge=challenge, origin=_origin(), now=now())
    return right and limits.is_new(challenge)


def _enter(user: User, form: SecondFactorForm, pending: dict[str, Any], recovered: bool) -> ResponseReturnValue:
    """Signs in somebody whose password and second factor were right."""
    guest = None if form.discard_guest.data else sessions.guest_or_none()
    moved = service.merge(guest, user) if guest is not None else 0
    sessions.enter(user, second=True)
    db.session.commit()
    limits.know_browser(pending["login"])
    if moved:
        flash(_("What you did as a guest is in your account now."), "success")
    if recovered:
        _tell_of_recovery(user)
    return kept_forms.carry_on(form.kept.data, user) or onward(form.next.data)


def _tell_of_recovery(user: User) -> None:
    """Tells somebody who came in with a recovery code how many are left, and where to set up another app."""
    left = second_factor.codes_left(user)
    said = ngettext(
        "You signed in with a recovery code; one is left. If your phone is lost, set up another app.",
        "You signed in with a recovery code; %(num)d are left. If your phone is lost, set up another app.",
        left,
    )
    way = Markup(' <a href="{}">{}</a>').format(url_for("accounts.set_up_second_factor"), _("Second factor"))
    flash(Markup("{}").format(said) + way, "warning")


# --- setting it up ----------------------------------------------------------------------------------------------------


@bp.route("/account/second-factor", methods=["GET", "POST"])
@access.open_to(access.INSTRUCTOR)
@password_again.needed
@access.keeps_form
def set_up_second_factor() -> ResponseReturnValue:
    """Shows what is set up, and sets up an authenticator app."""
    user = current_person()
    if settings().staff_mfa == "off":
        abort(404)
    form = NewAppForm()
    secret = _unsealed(form.secret.data, _SECRET) if form.is_submitted() else None
    if form.validate_on_submit():
        if secret is not None and second_factor.add_app(user, secret, form.code.data, key=_key(), now=now()):
            return _set_up(user)
        form.code.errors = [_("This is not the code that the app shows now. Please check the time on the phone.")]
    return private(_set_up_page(user, form, secret or second_factor.new_secret()), 422 if form.refused else 200)


def _set_up(user: User) -> ResponseReturnValue:
    """Notes that this session has its second factor, and shows new recovery codes, this once. The others end."""
    codes = second_factor.new_codes(user)
    service.end_sessions(user)
    api_tokens.end_all(user)  # whoever made one may have had no more than the password
    sessions.enter(user, second=True)
    db.session.commit()
    return private(render_template("accounts/recovery_codes.html", codes=codes))


def _set_up_page(user: User, form: NewAppForm, secret: str) -> str:
    form.secret.data = second_factor.seal(secret, key=_key(), now=now(), purpose=_SECRET)
    address = second_factor.address_of(secret, user=user, site=site_title())
    picture = segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff")
    challenge, options = passkeys.creation(user, site=site_title(), origin=_origin()) or ("", None)
    passkey_form = PasskeyForm(formdata=None)
    passkey_form.challenge.data = second_factor.seal(challenge, key=_key(), now=now(), purpose=_CHALLENGE)
    return render_template(
        "accounts/second_factor.html",
        form=form,
        address=address,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        picture=Markup(picture),  # noqa: S704 - made by segno, of paths only
        app=second_factor.app_of(user),
        passkeys=passkeys.of(user),
        passkey_form=passkey_form,
        options=options,
        codes_left=second_factor.codes_left(user),
        required=settings().staff_mfa == "required",
        button=ButtonForm(formdata=None),
    )


@bp.post("/account/second-factor/passkey")
@access.open_to(access.INSTRUCTOR)
@password_again.needed
def add_passkey() -> ResponseReturnValue:
    """Keeps a passkey that the person's device made."""
    user, form = current_person(), PasskeyForm()
    if settings().staff_mfa == "off":
        abort(404)
    challenge = _unsealed(form.challenge.data, _CHALLENGE)
    if (
        form.validate_on_submit()
        and challenge is not None
        and passkeys.add(user, form.credential.data, challenge=challenge, origin=_origin(), now=now())
        and limits.is_new(challenge)
    ):
        return _set_up(user)
    db.session.rollback()
    flash(_("That did not work. Nothing was changed; please try again."), "error")
    return redirect(url_for("accounts.set_up_second_factor"), 303)


@bp.post("/account/second-factor/codes")
@access.open_to(access.INSTRUCTOR)
@password_again.needed
def new_recovery_codes() -> ResponseReturnValue:
    """Shows new recovery codes, once; the earlier ones work no more."""
    user = current_person()
    if not second_factor.has(user):
        abort(404)
    codes = second_factor.new_codes(user)
    db.session.commit()
    return private(render_template("accounts/recovery_codes.html", codes=codes))


@bp.post("/account/second-factor/remove")
@access.open_to(access.INSTRUCTOR)
@password_again.needed
def remove_second_factor() -> ResponseReturnValue:
    """Removes one's second factor, where none is required."""
    if settings().staff_mfa == "required":
        abort(403)
    second_factor.remove(current_person(), by=current_person(), now=now())
    db.session.commit()
    flash(_("Your second factor is removed."), "success")
    return redirect(url_for("accounts.account", _anchor="security"), 303)


@bp.post("/admin/people/<int:user_id>/second-factor/remove")
@access.open_to(access.ADMIN)
@password_again.needed
def remove_second_factor_of(user_id: int) -> ResponseReturnValue:
    """Removes the second factor of somebody who lost it and their recovery codes, and signs them out."""
    user = service.account(user_id)
    second_factor.remove(user, by=current_person(), now=now())
    service.end_sessions(user)
    api_tokens.end_all(user)
    if user is current_person():
        sessions.renew(user)
    db.session.commit()
    flash(_("The second factor of %(name)s is removed.", name=user.name), "success")
    return redirect(url_for("accounts.person", user_id=user.id), 303)


# --- WEBAPP_STAFF_MFA=required ----------------------------------------------------------------------------------------

#: what staff without a second factor may open when one is required, beside what is open to everybody
_WITHOUT = {"accounts.set_up_second_factor", "accounts.add_passkey", "accounts.confirm"}
#: where a second factor is changed: nobody takes the place of one that they could not give
_CHANGES = {
    "accounts.set_up_second_factor",
    "accounts.add_passkey",
    "accounts.new_recovery_codes",
    "accounts.remove_second_factor",
    # A token is good for what its maker gave: nobody makes one past the second factor.
    "accounts.tokens",
}


def init_app(app: Flask) -> None:
    """Where a second factor is required, staff who have none set one up before anything else.

    Whoever has one and is signed in without it (since before it was asked for) gives it before that, and before they
    change it.
    """

    @app.before_request
    def require_second_factor() -> ResponseReturnValue | None:
        rule, endpoint = settings().staff_mfa, request.endpoint
        if rule == "off" or endpoint is None or endpoint == "static":
            return None
        if rule != "required" and endpoint not in _CHANGES:
            return None
        audience = access.audience_of(app, endpoint)
        if audience == access.ANYONE or not current_user.is_authenticated or not current_user.is_instructor:
            return None
        if problem_details.asks_api():
            token = sessions.token_in_use()
            if token is None or not token.second:
                said = "Here staff need a second factor. Make a new token while signed in with yours."
                raise problem_details.ApiProblem(403, "second-factor-missing", said)
            return None
        signed_in = sessions.here()
        if signed_in is not None and signed_in.second:
            return None
        if second_factor.has(current_person()):
            begin_writing()
            happened("second-factor-missing", current_person().id)
            sessions.leave()
            db.session.commit()
            flash(_("Please sign in again, with your second factor."), "warning")
            return redirect(url_for("accounts.sign_in"), 303)
        if rule != "required" or endpoint in _WITHOUT:
            return None
        flash(_("Here instructors and admins need a second factor. Please set one up."), "warning")
        return redirect(url_for("accounts.set_up_second_factor"), 303)
