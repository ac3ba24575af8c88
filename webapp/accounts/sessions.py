"""Who is signed in on a browser: sessions, guests, and the person of the current request."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from flask import Flask, Response, abort, g, request, session
from flask_login import AnonymousUserMixin, LoginManager, current_user, login_user, logout_user

from webapp.accounts import limits, service
from webapp.accounts.models import User
from webapp.database import db
from webapp.web.current import now, settings


class Nobody(AnonymousUserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Whoever is not signed in: answers the questions that a User answers."""

    id: int | None = None
    name = ""
    role = ""
    locale: str | None = None
    preferences: Mapping[str, Any] = MappingProxyType({})
    is_guest = is_instructor = is_admin = False


login_manager = LoginManager()
login_manager.anonymous_user = Nobody
# A session is not bound to an address: phones change networks in the middle of a quiz. What matters (password,
# deletion) asks for the password again.
login_manager.session_protection = None


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login has no types
def load_user(identity: str) -> User | None:
    """The person a session speaks of: one query. None when the stamp is an old one or the person is deleted."""
    number, _, stamp = identity.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    user = db.session.get(User, int(number))
    if user is None or user.deleted_at is not None or not _same(user.stamp, stamp):
        return None
    return user


def _same(one: str, other: str) -> bool:
    """Compares without telling by the time how far they agree."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def current_person() -> User:
    """The user row of whoever is signed in, guests included; only where somebody is (see `access.open_to`)."""
    person: User = current_user._get_current_object()
    return person


def person_or_none() -> User | None:
    """The user row of whoever is signed in, guests included; None for a visitor."""
    return current_person() if current_user.is_authenticated else None


def account_or_none() -> User | None:
    """Whoever is signed in with an account; None for a visitor or guest."""
    person = person_or_none()
    return None if person is None or person.is_guest else person


def guest_or_none() -> User | None:
    """The guest this browser belongs to, if it does."""
    person = person_or_none()
    return person if person is not None and person.is_guest else None


def participant() -> User:
    """The current person; in a POST without one, a new guest (flushed, signed in for 30 days).

    Aborts with 401 when guests are off or the request only reads, and with 429 when one address makes too many.
    """
    person = person_or_none()
    if person is not None:
        return person
    if not settings().guests or request.method != "POST":
        abort(401)
    limits.guests()
    guest = service.create_guest(now=now())
    # A guest has nothing yet that a planted session could reach, and may have the lesson open in another tab.
    enter(guest, stay=True, keep_token=True)
    return guest


def enter(user: User, *, stay: bool = False, keep_token: bool = False) -> None:
    """Signs a person in, in a new session: whatever was in the old one, and anybody who knew it, is out.

    With `stay` the session outlives the browser (30 days), else it ends with it. With `keep_token` forms that are
    open in other tabs remain valid.
    """
    token = session.get("csrf_token") if keep_token else None
    session.clear()
    if token:
        session["csrf_token"] = token
    else:
        g.pop("csrf_token", None)  # a form in this very response needs a token of the new session
    login_user(user)
    session.permanent = stay
    session["day"] = now().toordinal()


def leave() -> None:
    """Signs out, and empties the session."""
    logout_user()
    session.clear()
    g.pop("csrf_token", None)


def renew(user: User) -> None:
    """Keeps the current session alive after the person's stamp has changed (the other ones end)."""
    stay = session.permanent
    enter(user, stay=stay)


def init_app(app: Flask) -> None:
    """Sessions, limits on sign-in and sign-up, and how long a session that stays does so.

    The session lies in a cookie, so an answer that carries one undoes what happened since its question was asked: a
    sign-in, a sign-out. Pages ask for many things by themselves; only what changes a session may carry one.
    """
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(days=30)
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    login_manager.init_app(app)
    limits.init_app(app)

    @app.after_request
    def stay_on(response: Response) -> Response:
        """The thirty days of a session that stays begin again with the first page that somebody opens on a day."""
        if request.headers.get("Sec-Fetch-Mode") == "navigate" and request.method == "GET" and session.permanent:
            today = now().toordinal()
            if session.get("day") != today:
                session["day"] = today
        return response
