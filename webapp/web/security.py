"""What every response carries: a strict content security policy, and headers that keep pages private and unframed."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response, current_app, g, make_response, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError, CSRFProtect, same_origin
from itsdangerous import BadSignature
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map
from wtforms import ValidationError
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.form import BaseForm

from webapp.web import prefix, problem_details
from webapp.web.security_log import note

#: endpoints of files that are the same for everybody who asks
FILES = frozenset({"static", "media.file"})
#: the policy of a file that somebody sent: opened by itself it is a page like any other, and may do nothing
RUNS_NOTHING = "default-src 'none'; sandbox"
#: bytes of a secret from which the tokens of forms are made
_SECRET_BYTES = 32


def cookie_name(name: str) -> str:
    """The name of one of our cookies in this request.

    By HTTPS browsers take `__Host-` only from this very host, by HTTPS and for all of it, so that no neighbour (another
    name of the same domain, a page without TLS) can plant one. Below a path of the host the cookie must not be for all
    of it, which `__Host-` demands; then it is `__Secure-`, which at least keeps out who is not on HTTPS.
    """
    if not request.is_secure:
        return name
    return f"__Secure-{name}" if prefix.root() else f"__Host-{name}"


# --- tokens of forms --------------------------------------------------------------------------------------------------


def _secret() -> bytes:
    """What the tokens of this browser are made from: in a session its id, for a visitor what the visit keeps."""
    if "csrf_secret" not in g:
        session_id = current_app.extensions["session_id"]()
        if session_id is not None:
            key = str(current_app.config["SECRET_KEY"]).encode()
            g.csrf_secret = hmac.digest(key, b"form token:" + session_id.encode(), "sha256")
        else:
            g.csrf_secret = _visitors_secret()
    secret: bytes = g.csrf_secret
    return secret


def _visitors_secret() -> bytes:
    kept = session.get("csrf_token")
    if not isinstance(kept, str) or len(kept) != 2 * _SECRET_BYTES:
        kept = session["csrf_token"] = secrets.token_hex(_SECRET_BYTES)
    return bytes.fromhex(kept)


def forget_token() -> None:
    """For a response in which the session changes: its forms need tokens of the new one."""
    g.pop("csrf_secret", None)
    g.pop("csrf_masked", None)


def form_token() -> str:
    """The token for forms: another text in every response, always of the same secret.

    A page is compressed, and its length would tell, letter by letter, a token that stays the same beside text that
    somebody else chose (BREACH). So it is masked with a random pad.
    """
    if "csrf_masked" not in g:
        pad = secrets.token_bytes(_SECRET_BYTES)
        g.csrf_masked = base64.urlsafe_b64encode(pad + _xor(pad, _secret())).decode()
    return str(g.csrf_masked)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def is_valid_token(token: str | None) -> bool:
    """Whether a token is one that this browser was given, in whichever response of this session."""
    try:
        raw = base64.urlsafe_b64decode((token or "")[:200].encode("ascii"))
    except ValueError:
        return False
    if len(raw) != 2 * _SECRET_BYTES:
        return False
    return hmac.compare_digest(_xor(raw[:_SECRET_BYTES], raw[_SECRET_BYTES:]), _secret())


class MaskedTokens(CSRF):  # type: ignore[misc]  # WTForms has no types
    """The tokens of WTForms' forms. `CSRFProtect` has looked at them already, but for forms of `access.keeps_form`."""

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:
        return form_token()

    def validate_csrf_token(self, form: BaseForm, field: CSRFTokenField) -> None:
        if not g.get("csrf_valid", False) and not is_valid_token(field.data):
            raise ValidationError("The token is not of this session.")


class FormTokens(CSRFProtect):  # type: ignore[misc]  # Flask-WTF has no types
    """Flask-WTF's guard, with masked tokens."""

    def protect(self, apply_exemptions: bool = False) -> None:
        if not request.endpoint or request.method not in current_app.config["WTF_CSRF_METHODS"]:
            return
        if apply_exemptions and self._is_exempt():
            return
        if problem_details.asks_api():
            return  # no cookie signs anybody in there, so no other site can make a browser do it
        if not is_valid_token(self._get_csrf_token()):
            raise CSRFError("The token is missing, or not of this session.")
        if request.is_secure and not same_origin(request.referrer or "", f"https://{request.host}/"):
            raise CSRFError("The form was not sent from a page of this site.")
        g.csrf_valid = True


csrf = FormTokens()


def csp_nonce() -> str:
    """One value per response, for the few scripts and styles that must be written into a page."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def csrf_token_field() -> Markup:
    """The hidden input that every form which changes something carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(form_token())


def policy() -> str:
    nonce = f"'nonce-{csp_nonce()}'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {nonce}",
            f"style-src 'self' {nonce}",
            "img-src 'self' data:",
            "media-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


class Visits(SecureCookieSessionInterface):
    """What a browser carries from one page to the next, in a signed cookie: messages, and the secret of a visitor's
    forms. It says nothing of who somebody is; that is `accounts.sessions`, which the server keeps.

    Kept in the browser, so that a robot which opens a million pages leaves nothing here and no message costs a write.
    Files never carry it: caches on the way keep those for everybody.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Without Flask's look at the age: a clock that was put back would make every cookie invalid."""
        serializer, kept = self.get_signing_serializer(app), request.cookies.get(self.get_cookie_name(app))
        if serializer is None:
            return None
        if not kept:
            return self.session_class()
        try:
            return self.session_class(serializer.loads(kept))
        except BadSignature:
            return self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if request.endpoint not in FILES:
            super().save_session(app, session, response)

    def get_cookie_name(self, app: Flask) -> str:
        return cookie_name("visit")

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whoever came by HTTPS sends the cookie by HTTPS only; on a plain local address there is no other way."""
        return request.is_secure

    def get_cookie_path(self, app: Flask) -> str:
        return prefix.cookie_path()


class RowNumber(IntegerConverter):
    """The number of a row in an address: ASCII digits, and none that is too large for a column of either database."""

    regex = "[0-9]{1,10}"

    def __init__(self, map: Map, **options: Any) -> None:
        super().__init__(map, **{"max": 2**31 - 1} | options)


def private(body: ResponseReturnValue, status: int = 200) -> Response:
    """A response that nobody on the way may keep."""
    response = make_response(body, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def init_app(
    app: Flask, *, proxies: int, csrf_failed: Callable[[CSRFError], Any], session_id: Callable[[], str | None]
) -> None:
    """`csrf_failed` answers a form whose token is not valid; `session_id` gives the id of the request's session."""
    csrf.init_app(app)
    # Every form of every room, without each saying so in a Meta of its own.
    FlaskForm.Meta.csrf_class = MaskedTokens
    app.extensions["session_id"] = session_id
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # A learner may read a question for hours; the token lives as long as the session does.
        WTF_CSRF_TIME_LIMIT=None,
    )
    if proxies:
        behind = prefix.BehindPrefix(app.wsgi_app, proxies)
        # Flask is made to be wrapped in this way, and types know it as a method.
        app.wsgi_app = ProxyFix(behind, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    app.jinja_env.globals.update(csp_nonce=csp_nonce, csrf_token_field=csrf_token_field)

    @app.errorhandler(CSRFError)
    def refuse_token(error: CSRFError) -> Any:
        note("csrf-refused")
        return csrf_failed(error)

    app.session_interface = Visits()
    app.url_map.converters["int"] = RowNumber

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("X-Content-Type-Options", "nosniff")
        if request.endpoint == "static":
            # What else there is to say is about pages; a quiz asks for a dozen files, and each would carry a kilobyte.
            headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
            return response
        headers.setdefault("Content-Security-Policy", policy())
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if request.is_secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if "Cache-Control" not in headers:
            # Pages differ by person: a shared computer must not show them after signing out.
            private = current_user.is_authenticated
            headers["Cache-Control"] = "no-store" if private else "private, no-cache"
        return response
