"""A form that was sent when nobody was signed in any more is not lost: it waits, signed, in the sign-in page.

A session ends while somebody thinks about a question. The answer they then send meets the sign-in page (401), which
carries what was posted in a hidden field: signed by this server, valid for an hour, of limited size, and made only of
posts that came from this site. After signing in, a form of a view with a handler (`access.continued_by`) is done at
once, as the person who signed in; any other form is shown to be sent again with one button. Passwords are never
carried.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import abort, current_app, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from itsdangerous import BadData, SignatureExpired, TimestampSigner, URLSafeTimedSerializer
from werkzeug.exceptions import Forbidden, HTTPException, NotFound
from werkzeug.wrappers import Response

from webapp.accounts.forms import LARGEST_KEPT, SignInForm
from webapp.accounts.models import User
from webapp.database import db
from webapp.web import access, current, prefix
from webapp.web.current import now
from webapp.web.errors import KeptForm

#: seconds for which a kept form can be continued
KEPT_FOR = 3600
#: bytes of a kept form, as it travels in the page; longer ones are refused with an explanation
LARGEST = LARGEST_KEPT
#: the action of forms without a handler of their own: shown again, sent by the person
SEND_AGAIN = "form"


class _ClockSigner(TimestampSigner):
    """Stamps with the app's clock, so that time can be passed in."""

    def get_timestamp(self) -> int:
        return int(now().timestamp())


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="kept form", signer=_ClockSigner)


def posted() -> dict[str, Any]:
    """What this request posted, JSON-able: the view's arguments, the path, and the fields but for the token."""
    return {
        "args": dict(request.view_args or {}),
        "course": current.store().id if current.has_course() else None,
        "path": prefix.here(),
        "form": {name: values for name, values in request.form.lists() if name != "csrf_token"},
    }


def came_from_here() -> bool:
    """Whether a browser says that one of our own pages sent this request. (What is no browser says nothing.)"""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    return origin is None or urlsplit(origin).netloc == request.host


def has_secrets() -> bool:
    """Whether the form holds something that must not be written into a page: a password or a file."""
    return bool(request.files) or any("password" in name for name in request.form)


def as_it_was() -> KeptForm | None:
    """The form of this request as it was sent, if it may be written into a page and came from one of ours."""
    if request.method != "POST" or not request.form or not came_from_here() or has_secrets():
        return None
    fields = {name: list(values) for name, values in request.form.lists()}
    return None if len(str(fields)) > LARGEST else KeptForm(prefix.here(), fields)


def sign_in_needed() -> Response:
    """What a request gets that needs somebody signed in: the sign-in page, now or by redirect, and the way back."""
    if request.accept_mimetypes.best == "application/json":
        return make_response(jsonify(error="signed-out", sign_in=url_for("accounts.sign_in")), 401)
    if request.method in {"GET", "HEAD"}:
        way_back = prefix.here()
    else:
        if came_from_here() and not has_secrets():
            endpoint = request.endpoint or ""
            return sign_in_and_continue(endpoint if handler_of(endpoint) else SEND_AGAIN, posted())
        way_back = None
    return redirect(url_for("accounts.sign_in", next=way_back), 303)


def handler_of(endpoint: str) -> access.Handler | None:
    """What does a form of this endpoint after signing in, if its view says so."""
    return getattr(current_app.view_functions.get(endpoint), "continued_by", None)


def keep() -> str:
    """The form of this request as a page carries it; "" for one that is too large, holds secrets or is not ours."""
    endpoint = request.endpoint or ""
    if not came_from_here() or has_secrets():
        return ""
    token = str(_serializer().dumps({"action": endpoint if handler_of(endpoint) else SEND_AGAIN, "fields": posted()}))
    return token if len(token) <= LARGEST else ""


def sign_in_and_continue(action: str, fields: dict[str, Any]) -> Response:
    """The sign-in page (401) carrying `fields`; after signing in, the handler of the endpoint `action` gets them.

    `fields` must be JSON-able. Too large ones are not carried, and the page says so.
    """
    token = str(_serializer().dumps({"action": action, "fields": fields}))
    too_large = len(token) > LARGEST
    return show_sign_in(kept="" if too_large else token, lost=too_large, status=401)


def show_sign_in(
    form: Any = None, *, kept: str = "", lost: bool = False, status: int = 200, wait: int | None = None
) -> Response:
    """The sign-in page. `wait` is the number of seconds until another try is allowed."""
    if form is None:
        form = SignInForm(formdata=None)
        form.kept.data = kept
    response = make_response(render_template("accounts/sign_in.html", form=form, lost=lost), status)
    response.headers["Cache-Control"] = "no-store"
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


def carry_on(token: str, user: User) -> Response | None:
    """Does what waited for the sign-in of `user`, who is signed in and committed by now.

    None when nothing waited or it can't be done any more (the person is told why).
    """
    if not token:
        return None
    try:
        waiting, kept_at = _serializer().loads(token, return_timestamp=True)
        # By our own reckoning: a clock that was put back since makes the age negative, which is not too old.
        if (now() - kept_at).total_seconds() > KEPT_FOR:
            raise SignatureExpired("too old")
    except BadData:
        flash(_("What you had sent could not be kept any longer. Please send it again."), "warning")
        return None
    action, fields = waiting["action"], waiting["fields"]
    handler = handler_of(action)
    if handler is None:
        return show_again(fields, signed_in=True)
    try:
        if fields.get("course") is not None and not current.take_up(fields["course"]):
            raise NotFound
        address = handler(user, fields, now())
    except access.NotAsThingsStand as refusal:
        db.session.rollback()
        flash(refusal.description or "", "warning")
        return show_again(fields, signed_in=True)
    except (NotFound, Forbidden):
        db.session.rollback()
        flash(_("What had been sent belongs to another account, so it was not saved."), "warning")
        return None
    db.session.commit()
    return redirect(address, 303)


def show_again(fields: dict[str, Any], *, signed_in: bool, status: int = 200) -> Response:
    """A page with one button that sends a form again, with a token that is valid now."""
    body = render_template("accounts/send_again.html", path=fields["path"], fields=fields["form"], signed_in=signed_in)
    response = make_response(body, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def csrf_failed(error: Any = None) -> Any:
    """The answer to a form whose token is missing, old or of another session; nothing of the form was done.

    Nobody signed in where somebody is needed: sign-in, carrying the form. Otherwise the form is kept and shown with a
    button to send it again. A form that another site sent gets a plain refusal.
    """
    try:
        return _after_csrf_failure()
    except HTTPException as refusal:
        # This runs as an error handler, and what an error handler raises, no error handler sees.
        return current_app.handle_http_exception(refusal)


def _after_csrf_failure() -> Any:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or not came_from_here():
        abort(400)
    if getattr(view, "keeps_form", False):
        return view(**(request.view_args or {}))
    audience = getattr(view, "audience", access.ANYONE)
    may_go_on = audience == access.ANYONE or (audience == access.PARTICIPANT and access.may_become_guest())
    if current_user.is_anonymous and not may_go_on:
        return sign_in_needed()
    if request.accept_mimetypes.best == "application/json":
        return make_response(jsonify(error="token"), 400)
    if has_secrets() or len(str(request.form)) > LARGEST:
        abort(400)
    return show_again(posted(), signed_in=False, status=400)
