"""What every response carries: a strict content security policy, and headers that keep pages private and unframed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, make_response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from webapp.web import prefix
from webapp.web.security_log import note

csrf = CSRFProtect()


def csp_nonce() -> str:
    """One value per response, for the few scripts and styles that must be written into a page."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def csrf_token_field() -> Markup:
    """The hidden input that every form which changes something carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def policy() -> str:
    nonce = f"'nonce-{csp_nonce()}'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {nonce}",
            f"style-src 'self' {nonce}",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


class Sessions(SecureCookieSessionInterface):
    """Sessions in a signed cookie, which files never carry: caches on the way keep those for everybody."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if request.endpoint != "static":
            super().save_session(app, session, response)

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


def init_app(app: Flask, *, proxies: int, csrf_failed: Callable[[CSRFError], Any]) -> None:
    csrf.init_app(app)
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
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

    app.session_interface = Sessions()
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
