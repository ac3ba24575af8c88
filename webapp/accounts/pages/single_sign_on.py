"""Signing in at an identity provider, and linking it to an account: the way there, and the way back."""

from __future__ import annotations

import json
import logging
import secrets
from datetime import datetime
from functools import partial
from typing import Any

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts import kept_forms, limits, password_again, service, session_store, sessions
from webapp.accounts import second_factor as sealing
from webapp.accounts.forms import FirstSignInForm, SignInForm, SingleSignOnForm
from webapp.accounts.models import User
from webapp.accounts.pages import second_factor
from webapp.accounts.pages.blueprint import bp, onward
from webapp.accounts.sessions import current_person
from webapp.accounts.single_sign_on import begun, given_roles, id_tokens, identities
from webapp.accounts.single_sign_on.begun import CameBack, Purpose
from webapp.accounts.single_sign_on.client import RefusedSignIn, client_of
from webapp.accounts.single_sign_on.fetching import Unreachable
from webapp.database import begin_writing, db
from webapp.identity_providers import IdentityProvider
from webapp.web import access, prefix, security
from webapp.web.current import now, settings
from webapp.web.security import private
from webapp.web.security_log import happened, note

log = logging.getLogger("webapp.single_sign_on")

#: the cookie that knows the browser in which a sign-in was begun, and its characters
_COOKIE, _COOKIE_LENGTH = "begun", 43
#: what the page of a first sign-in carries, sealed
_FIRST = "first sign-in"
#: characters of a form that waits meanwhile: it is kept in the database, for people who may be anybody
_LONGEST_KEPT = 64 * 1024
#: characters of what a provider may send back in an address
_LONGEST_ANSWER = 4096


def _provider(name: str) -> IdentityProvider:
    """The provider of this name; aborts with 404 where there is none."""
    return next((each for each in settings().oidc if each.name == name), None) or abort(404)


def linked(user: User) -> dict[str, Any]:
    """What the page of one's account shows: identities with the titles of their providers, and what can be linked."""
    providers = {provider.name: provider for provider in settings().oidc}
    there = identities.of(user) if providers else []
    names = {identity.provider for identity in there}
    return {
        "identities": [
            (each, providers[each.provider].title if each.provider in providers else each.issuer) for each in there
        ],
        "linkable": [provider for provider in providers.values() if provider.name not in names],
    }


# --- the way there ----------------------------------------------------------------------------------------------------


@bp.post("/sign-in/with/<provider>")
@access.open_to(access.ANYONE)
@access.keeps_form
@limits.single_sign_on
def go_to_provider(provider: str) -> ResponseReturnValue:
    """Sends the browser to an identity provider, to sign in there."""
    chosen, form = _provider(provider), SingleSignOnForm()
    if not form.validate_on_submit():
        return _sign_in_page(form.next.data, form.kept.data, form.form_errors or [_("Please try again.")], 422)
    return _sent(chosen, "enter", form)


@bp.post("/account/identities/<provider>/link")
@access.open_to(access.LEARNER)
@password_again.needed
@limits.single_sign_on
def link_identity(provider: str) -> ResponseReturnValue:
    """Sends the browser to an identity provider, to link who comes back from there to this account."""
    return _sent(_provider(provider), "link", SingleSignOnForm())


@bp.post("/account/confirm/with/<provider>")
@access.open_to(access.LEARNER)
@limits.single_sign_on
def confirm_at_provider(provider: str) -> ResponseReturnValue:
    """Sends the browser to an identity provider, to sign in there again, in place of a password."""
    return _sent(_provider(provider), "confirm", SingleSignOnForm())


def _sent(chosen: IdentityProvider, purpose: Purpose, form: SingleSignOnForm) -> Response:
    """The page that leads on to the provider, with what will be needed when the browser is back."""
    if not form.validate():
        abort(400)
    kept = form.kept.data or ""
    if len(kept) > _LONGEST_KEPT:
        said = _("What waits to be sent is too long to be kept on that way. Please use your password.")
        return _failed(chosen, purpose, said, 422, form.next.data, kept)
    user_id = current_person().id if purpose != "enter" else None
    client = client_of(chosen)
    db.session.rollback()  # the provider may take seconds to answer; nobody's answer waits for it
    try:
        client.discovered(now())
    except Unreachable as error:
        _log(chosen, error)
        return _failed(chosen, purpose, _down(chosen), 503, form.next.data, kept)
    browser = request.cookies.get(security.cookie_name(_COOKIE), "")
    if len(browser) != _COOKIE_LENGTH:
        browser = secrets.token_urlsafe(32)
    sent = begun.begin(
        chosen.name,
        browser,
        purpose=purpose,
        user=db.session.get(User, user_id) if user_id is not None else None,
        onward_to=access.local_path(form.next.data) or "",
        kept=kept,
        discard_guest=form.discard_guest.data,
        stay=form.stay.data,
        now=now(),
    )
    db.session.commit()
    address = client.address_to_go_to(
        now(),
        state=sent.state,
        nonce=sent.nonce,
        verifier=sent.verifier,
        redirect_uri=_way_back(chosen),
        again=purpose == "confirm",
    )
    response = private(render_template("accounts/to_provider.html", provider=chosen, address=address))
    response.set_cookie(
        security.cookie_name(_COOKIE), browser, path=prefix.cookie_path(), max_age=begun.LASTS,
        secure=request.is_secure, httponly=True, samesite="Lax",
    )  # fmt: skip
    return response


def _way_back(chosen: IdentityProvider) -> str:
    return url_for("accounts.come_back", provider=chosen.name, _external=True)


# --- the way back -----------------------------------------------------------------------------------------------------


@bp.get("/sign-in/with/<provider>/back")
@access.open_to(access.ANYONE)
@limits.single_sign_on_back
def come_back(provider: str) -> ResponseReturnValue:
    """Where the identity provider sends the browser: signs in, links, or notes that it is still the same person."""
    chosen = _provider(provider)
    browser, back = request.cookies.get(security.cookie_name(_COOKIE), ""), None
    if len(browser) == _COOKIE_LENGTH:  # else nothing was begun here, and nobody's answer has to wait for the lock
        begin_writing()
        back = begun.take(chosen.name, request.args.get("state", ""), browser, now=now())
        db.session.commit()  # used up, whatever becomes of it; and the provider may take seconds
    if back is None:
        said = _("This sign-in was begun in another browser, took longer than ten minutes, or is done already.")
        # Anybody can ask for this address; it says nothing of somebody's password.
        return _failed(chosen, "enter", said + " " + _("Please begin again."), 401, None, None, event="sign-in-stale")
    failed = partial(_failed, chosen, back.purpose, onward_to=back.onward_to, kept=back.kept)
    try:
        claims = _claims(chosen, back)
        fresh_at = id_tokens.signed_in_at(claims, client_of(chosen), now())
    except Unreachable as error:
        _log(chosen, error)
        return failed(_down(chosen), 503)
    except RefusedSignIn as error:
        _log(chosen, error)
        return failed(_refusal(chosen), 401)
    if back.purpose == "link":
        return _link(chosen, back, claims)
    if back.purpose == "confirm":
        return _confirm(chosen, back, claims)
    return _enter(chosen, back, claims, fresh_at)


def _claims(chosen: IdentityProvider, back: CameBack) -> dict[str, Any]:
    """Who came back, as the provider says. Raises Unreachable and RefusedSignIn."""
    client, at = client_of(chosen), now()
    found = client.discovered(at)
    issuer = request.args.get("iss")
    if (issuer is None and found.states_issuer) or (issuer is not None and not _is_issuer(issuer, found.issuer)):
        raise RefusedSignIn("iss on the way back")
    if "error" in request.args:
        raise RefusedSignIn("refused there" if request.args["error"] != "access_denied" else "access_denied")
    code = request.args.get("code", "")
    if not 0 < len(code) <= _LONGEST_ANSWER:
        raise RefusedSignIn("no code")
    tokens = client.exchange(code, at, verifier=back.verifier, redirect_uri=_way_back(chosen))
    claims = id_tokens.verified(
        tokens.id_token,
        client,
        nonce=back.nonce,
        access_token=tokens.access_token,
        now=at,
        signed_in_since=back.created_at if back.purpose == "confirm" else None,
    )
    if "name" not in claims or not given_roles.is_told(claims, chosen):
        more = client.userinfo(tokens.access_token, at)
        if more and more.get("sub") != claims["sub"]:
            raise RefusedSignIn("sub of userinfo")
        claims = more | claims
    return claims


def _is_issuer(stated: str, issuer: str) -> bool:
    """Whether an issuer stated on the way back is the provider's; a template (Microsoft's) fits any tenant here, since
    the token is held to its own."""
    start, template, end = issuer.partition("{tenantid}")
    return stated.startswith(start) and stated.endswith(end) if template else stated == issuer


def _refusal(chosen: IdentityProvider) -> str:
    if "error" in request.args:
        said = _(
            "%(provider)s did not let you in, or you turned back there. Nothing was changed.", provider=chosen.title
        )
        return str(said)
    said = _(
        "What %(provider)s answered can’t be trusted, so nothing was done. Please try again; if it happens again, tell "
        "whoever runs this site.",
        provider=chosen.title,
    )
    return str(said)


def _down(chosen: IdentityProvider) -> str:
    said = _(
        "%(provider)s can’t be reached at the moment. Please try again in a few minutes, or use your password.",
        provider=chosen.title,
    )
    return str(said)


def _log(chosen: IdentityProvider, error: Exception) -> None:
    log.warning("single sign-on with %s: %s: %s", chosen.name, type(error).__name__, error)


def _failed(
    chosen: IdentityProvider,
    purpose: str,
    said: str,
    status: int,
    onward_to: str | None,
    kept: str | None,
    *,
    event: str | None = None,
) -> Response:
    """The page that was left, with a sentence that says why nothing came of it."""
    if status == 503:
        note("provider-unreachable")
    else:
        happened(event or ("sign-in-failed" if purpose == "enter" else f"{purpose}-failed"))
    if purpose != "enter" and sessions.account_or_none() is not None:
        flash(said, "error")
        return redirect(url_for("accounts.account", _anchor="security"), 303)  # type: ignore[return-value]
    return _sign_in_page(onward_to, kept, [said], status)


def _sign_in_page(onward_to: str | None, kept: str | None, errors: list[str], status: int) -> Response:
    form = SignInForm(formdata=None)
    form.next.data, form.kept.data = access.local_path(onward_to), kept or ""
    form.form_errors = errors
    response: Response = kept_forms.show_sign_in(form, status=status)  # type: ignore[assignment]
    return response


# --- what is done then ------------------------------------------------------------------------------------------------


def _enter(
    chosen: IdentityProvider, back: CameBack, claims: dict[str, Any], fresh_at: datetime | None
) -> ResponseReturnValue:
    identity = identities.find(claims["iss"], claims["sub"])
    role = given_roles.role_in(claims, chosen)
    if identity is None:
        return _first(chosen, back, claims, role, fresh_at)
    user = db.session.get_one(User, identity.user_id)
    if user.password_hash is not None and "auth_time" not in claims:
        fresh_at = None  # nobody says when they proved who they are, and their password can
    identities.note_use(identity, chosen, now=now())
    given_roles.follow(user, identity, chosen, role, now=now())
    if not chosen.mfa and second_factor.is_asked_of(user):
        db.session.commit()
        return second_factor.ask(
            user,
            discard_guest=back.discard_guest,
            onward_to=back.onward_to,
            kept=back.kept,
            login=user.username or user.email or "",
        )
    guest = None if back.discard_guest else sessions.guest_or_none()
    moved = service.merge(guest, user) if guest is not None else 0
    sessions.enter(user, stay=back.stay, second=chosen.mfa, fresh_at=fresh_at or _LONG_AGO)
    happened("sign-in", user.id)
    db.session.commit()
    if moved:
        flash(_("What you did as a guest is in your account now."), "success")
    return kept_forms.carry_on(back.kept, user) or onward(back.onward_to)


def _link(chosen: IdentityProvider, back: CameBack, claims: dict[str, Any]) -> ResponseReturnValue:
    user = _same_person(back)
    if user is None:
        return _failed(chosen, "link", _("Somebody else is signed in by now. Nothing was linked."), 401, None, None)
    try:
        identity = identities.link(user, chosen, claims["iss"], claims["sub"], now=now())
    except identities.OfSomebodyElse:
        db.session.rollback()
        said = _("This account of %(provider)s is linked to somebody else’s account here.", provider=chosen.title)
        return _failed(chosen, "link", said, 401, None, None)
    before = user.stamp
    given_roles.follow(user, identity, chosen, given_roles.role_in(claims, chosen), now=now())
    if user.stamp != before:
        sessions.renew(user)
    happened("identity-linked", user.id)
    db.session.commit()
    flash(_("%(provider)s is linked. You can sign in with it from now on.", provider=chosen.title), "success")
    return redirect(url_for("accounts.account", _anchor="identities"), 303)


def _confirm(chosen: IdentityProvider, back: CameBack, claims: dict[str, Any]) -> ResponseReturnValue:
    user, signed_in = _same_person(back), sessions.here()
    identity = identities.find(claims["iss"], claims["sub"])
    if user is None or signed_in is None or identity is None or identity.user_id != user.id:
        said = _("You signed in at %(provider)s as somebody else. Nothing was done.", provider=chosen.title)
        return _failed(chosen, "confirm", said, 401, None, None)
    if user.password_hash is not None and "auth_time" not in claims:
        said = _("%(provider)s does not say when you signed in there. Please use your password.", provider=chosen.title)
        return _failed(chosen, "confirm", said, 401, None, None)
    identities.note_use(identity, chosen, now=now())
    session_store.confirm(signed_in.row_id, now=now())
    happened("password-confirmed", user.id)
    db.session.commit()
    return kept_forms.carry_on(back.kept, user) or onward(back.onward_to)


def _same_person(back: CameBack) -> User | None:
    """Whoever was sent to the provider, if they are signed in still."""
    user = sessions.account_or_none()
    return user if user is not None and user.id == back.user_id else None


# --- the first time ---------------------------------------------------------------------------------------------------

#: of somebody of whom nobody says when they last gave their password
_LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def _key() -> str:
    return str(current_app.config["SECRET_KEY"])


def _first(
    chosen: IdentityProvider, back: CameBack, claims: dict[str, Any], role: str | None, fresh_at: datetime | None
) -> ResponseReturnValue:
    """Asks whether there is to be an account, where that may be."""
    if not chosen.signup:
        said = _(
            "No account here is linked to this account of %(provider)s. Sign in with your password, then link "
            "%(provider)s under Your account. No password yet? Your teacher can give you a link that sets one.",
            provider=chosen.title,
        )
        return _failed(chosen, "enter", said, 401, back.onward_to, back.kept)
    form = FirstSignInForm(formdata=None)
    name, email = claims.get("name"), claims.get("email")
    form.name.data = name[:300] if isinstance(name, str) else ""
    form.email.data = email[:254] if isinstance(email, str) and claims.get("email_verified") is True else ""
    form.discard_guest.data = back.discard_guest
    sealed = {
        "provider": chosen.name,
        "issuer": claims["iss"],
        "subject": claims["sub"],
        "role": role,
        "fresh_at": fresh_at.isoformat() if fresh_at is not None else None,
        "browser": request.cookies.get(security.cookie_name(_COOKIE), ""),
        "onward_to": back.onward_to[:1000],
        "stay": back.stay,
    }
    form.pending.data = sealing.seal(json.dumps(sealed), key=_key(), now=now(), purpose=_FIRST)
    return private(render_template("accounts/first_sign_in.html", form=form, provider=chosen))


@bp.post("/sign-in/with/<provider>/account")
@access.open_to(access.ANYONE)
@access.keeps_form
@limits.single_sign_on
def first_sign_in(provider: str) -> ResponseReturnValue:
    """Makes an account for somebody who came from an identity provider, in which what was done as a guest stays."""
    chosen, form = _provider(provider), FirstSignInForm()
    sealed = sealing.unseal((form.pending.data or "")[:8000], key=_key(), now=now(), purpose=_FIRST)
    pending = json.loads(sealed) if sealed is not None else {}
    browser = request.cookies.get(security.cookie_name(_COOKIE), "")
    # The same page sent again, or from another tab, is as good as one that is too old.
    late = pending.get("provider") != chosen.name or pending["browser"] != browser or not chosen.signup
    if late or identities.find(pending["issuer"], pending["subject"]) is not None:
        return _sign_in_page(None, None, [_("That took a while. Please sign in once more.")], 422)
    page = partial(render_template, "accounts/first_sign_in.html", form=form, provider=chosen)
    if not form.validate_on_submit():
        return private(page(), 422)
    guest = None if form.discard_guest.data else sessions.guest_or_none()
    make = service.create_user if guest is None else partial(service.upgrade_guest, guest)
    try:
        user = make(name=form.name.data, email=form.email.data or None, password_hash=None, now=now(), origin="oidc")
        identity = identities.link(user, chosen, pending["issuer"], pending["subject"], now=now())
    except service.Taken:
        db.session.rollback()
        form.email.errors = [
            _("There is an account with this e-mail address. If it is yours, sign in and link. Else leave this empty.")
        ]
        return private(page(), 422)
    except identities.OfSomebodyElse:
        db.session.rollback()
        return _sign_in_page(None, None, [_("That took a while. Please sign in once more.")], 422)
    given_roles.follow(user, identity, chosen, pending["role"], now=now())
    fresh_at = datetime.fromisoformat(pending["fresh_at"]) if pending["fresh_at"] is not None else _LONG_AGO
    sessions.enter(user, stay=pending["stay"], second=chosen.mfa, fresh_at=fresh_at)
    happened("sign-up", user.id)
    db.session.commit()
    flash(_("Welcome, %(name)s. Your account is ready.", name=user.name), "success")
    return onward(pending["onward_to"])


@bp.post("/account/identities/<int:identity_id>/unlink")
@access.open_to(access.LEARNER)
@password_again.needed
def unlink_identity(identity_id: int) -> ResponseReturnValue:
    """Takes an identity from one's account."""
    user = current_person()
    before = user.stamp
    try:
        if not identities.unlink(user, identity_id, settings().oidc, now=now()):
            abort(404)
    except identities.LastWayIn:
        happened("unlink-refused", user.id)
        flash(_("Without it you could not sign in any more. Please set a password first."), "warning")
        return redirect(url_for("accounts.account", _anchor="identities"), 303)
    except identities.RoleTakenAway:
        happened("unlink-refused", user.id)
        flash(_("It gave you a role that an admin took away, so it stays linked."), "warning")
        return redirect(url_for("accounts.account", _anchor="identities"), 303)
    if user.stamp != before:
        sessions.renew(user)
    db.session.commit()
    flash(_("It is unlinked."), "success")
    return redirect(url_for("accounts.account", _anchor="security"), 303)
