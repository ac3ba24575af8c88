"""Who may open what. Every view states its audience; one that doesn't is refused, so nothing is open by oversight.

In a room's pages:

    @bp.route("/attempts/<int:attempt_id>", methods=["POST"])
    @access.open_to(access.PARTICIPANT)
    @access.continuable("answer")            # only for forms whose content must survive an expired session
    def save(attempt_id: int): ...

    @access.on_continue("answer")
    def save_after_sign_in(user, fields, now) -> str: ...     # the address to go on to
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request, session
from flask_login import AnonymousUserMixin, LoginManager, current_user, login_user, logout_user

from webapp.accounts import limits, service
from webapp.accounts.continuing import (
    carry_on,
    continuable,
    csrf_failed,
    keeps_form,
    on_continue,
    sign_in_and_continue,
    sign_in_needed,
)
from webapp.accounts.models import User
from webapp.current import now, settings
from webapp.database import db

#: everybody, signed in or not
ANYONE = "anyone"
#: a person with an account, or a guest
PARTICIPANT = "participant"
#: a person with an account, of any role
LEARNER = "learner"
#: instructors and admins
INSTRUCTOR = "instructor"
#: admins
ADMIN = "admin"

#: audience → the roles in it; ANYONE also holds those without any
ROLES_OF = {
    ANYONE: frozenset({"guest", "learner", "instructor", "admin"}),
    PARTICIPANT: frozenset({"guest", "learner", "instructor", "admin"}),
    LEARNER: frozenset({"learner", "instructor", "admin"}),
    INSTRUCTOR: frozenset({"instructor", "admin"}),
    ADMIN: frozenset({"admin"}),
}

P = ParamSpec("P")
R = TypeVar("R")


class Nobody(AnonymousUserMixin):
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


@login_manager.user_loader
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


def open_to(audience: str, *, newcomers: bool = True) -> Callable[[Callable[P, R]], Callable[P, Any]]:
    """States and enforces who may open a view.

    Nobody signed in: a page sends to sign-in and comes back afterwards; a form that was posted is kept meanwhile (see
    `continuing`). Guests count as not signed in where an account is needed. A person without the role gets 403.

    A form for PARTICIPANT also comes from newcomers, whom `participant()` makes guests, where guests are on; unless
    the view goes on with something (`continuable`) or says that newcomers have no business there.
    """
    if audience not in ROLES_OF:
        raise ValueError(f"{audience!r} is no audience; there are {', '.join(ROLES_OF)}")

    def decorate(view: Callable[P, R]) -> Callable[P, Any]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            refusal = refuse(audience)
            return view(*args, **kwargs) if refusal is None else refusal

        guarded.audience = audience  # type: ignore[attr-defined]
        guarded.newcomers = newcomers  # type: ignore[attr-defined]
        return guarded

    return decorate


def refuse(audience: str) -> Any:
    """None when the current person belongs to the audience, else the response to give; aborts with 403."""
    if audience == ANYONE:
        return None
    if current_user.is_authenticated:
        if current_user.role in ROLES_OF[audience]:
            return None
        if not current_user.is_guest:
            abort(403)
    elif audience == PARTICIPANT and may_become_guest():
        return None
    return sign_in_needed()


def may_become_guest() -> bool:
    """Whether this request may make its sender a guest: a form that starts something, not one that goes on with it."""
    view = current_app.view_functions.get(request.endpoint or "")
    return settings().guests and request.method == "POST" and takes_newcomers(view)


def takes_newcomers(view: Any) -> bool:
    """Whether a form for PARTICIPANT makes guests of newcomers, rather than going on with what somebody has."""
    return bool(getattr(view, "newcomers", False)) and getattr(view, "continues", None) is None


def guard(app: Flask) -> None:
    """Refuses (500) every endpoint that does not state its audience, before anything of it runs."""

    @app.before_request
    def check_audience() -> None:
        if request.endpoint is None or request.endpoint == "static":
            return
        if audience_of(app, request.endpoint) is None:
            raise RuntimeError(f"{request.endpoint} does not state who may open it: decorate it with access.open_to")


def audience_of(app: Flask, endpoint: str) -> str | None:
    """The audience an endpoint states, or None."""
    return getattr(app.view_functions[endpoint], "audience", None)


def participant() -> User:
    """The current person; in a POST without one, a new guest (flushed, signed in for 30 days).

    Aborts with 401 when guests are off or the request only reads, and with 429 when one address makes too many.
    """
    if current_user.is_authenticated:
        user: User = current_user._get_current_object()
        return user
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


def local_path(target: str | None) -> str | None:
    """`target` if it is a path on this site, else None: `next` must never lead away."""
    if not target or len(target) > 2000 or not target.startswith("/"):
        return None
    # Browsers read "\" as "/" and drop tabs and line ends, so "/\evil" and "/\t/evil" are other sites.
    if "\\" in target or any(ord(char) < 33 or ord(char) == 127 for char in target):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    if parts.scheme or parts.netloc or target.startswith("//"):
        return None
    return target


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
        """A session that stays begins its thirty days anew with the first page that somebody opens on a day."""
        if request.headers.get("Sec-Fetch-Mode") == "navigate" and request.method == "GET" and session.permanent:
            today = now().toordinal()
            if session.get("day") != today:
                session["day"] = today
        return response


__all__ = [
    "ADMIN",
    "ANYONE",
    "INSTRUCTOR",
    "LEARNER",
    "PARTICIPANT",
    "audience_of",
    "carry_on",
    "continuable",
    "csrf_failed",
    "enter",
    "guard",
    "init_app",
    "keeps_form",
    "leave",
    "local_path",
    "login_manager",
    "on_continue",
    "open_to",
    "participant",
    "renew",
    "sign_in_and_continue",
]
