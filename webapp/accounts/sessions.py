"""Who is signed in on a browser, and whose program asks: sessions, guests, tokens, and the person of the request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from flask import Flask, Request, Response, abort, g, request, session
from flask_login import AnonymousUserMixin, LoginManager, current_user
from sqlalchemy import Update, update

from webapp.accounts import api_tokens, course_roles, limits, service, session_store
from webapp.accounts.api_tokens import TokenInUse
from webapp.accounts.course_roles import CourseAccess
from webapp.accounts.models import Session, User
from webapp.accounts.session_store import SignedIn
from webapp.content.courses import NoCourse
from webapp.database import db, turn_to_writing, write_aside
from webapp.web import current, prefix, problem_details, security, timezones
from webapp.web.current import now, settings


class Nobody(AnonymousUserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Whoever is not signed in: answers the questions that a User answers."""

    id: int | None = None
    name = ""
    role = ""
    locale: str | None = None
    preferences: Mapping[str, Any] = MappingProxyType({})
    is_guest = is_instructor = is_admin = in_staff = False


login_manager = LoginManager()
login_manager.anonymous_user = Nobody
# A session is not bound to an address: phones change networks in the middle of a quiz. What matters (password,
# deletion) asks for the password again.
login_manager.session_protection = None
#: the cookie that holds the id of a session
COOKIE = "session"


def here() -> SignedIn | None:
    """The session of this request; None for a visitor, and when it is over. One query, which brings the person, too.

    A program has none: what it may do hangs on its token, and no cookie signs in at the API.
    """
    if "signed_in" not in g:
        if problem_details.asks_api():
            g.signed_in, g.signed_in_person = None, _person_of_token()
            return None
        token = request.cookies.get(security.cookie_name(COOKIE), "")
        found = session_store.find(token, course_id=current.course_id(), now=now()) if token else None
        g.signed_in, g.signed_in_person = found or (None, None)
        signed_in: SignedIn | None = g.signed_in
        writes = request.method not in {"GET", "HEAD", "OPTIONS"}
        if signed_in is not None and writes and session_store.is_to_be_noted(signed_in.last_used_at, now()):
            # Rides along with what the request writes by itself.
            turn_to_writing()
            db.session.execute(_use_of(signed_in, g.signed_in_person))
        if signed_in is not None and writes:
            _note_zone(g.signed_in_person)
    signed_in = g.signed_in
    return signed_in


def _person_of_token() -> User | None:
    """The person whose token this request shows; None where it shows none that works. One query."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    found = None
    if scheme.lower() == "bearer":
        found = api_tokens.find(token.strip(), course_id=current.course_id(), now=now())
    g.api_token, person = found or (None, None)
    return person


def token_in_use() -> TokenInUse | None:
    """The token with which this request signed in; None for browsers, and where there is none that works."""
    here()
    token: TokenInUse | None = g.get("api_token")
    return token


def _note_zone(user: User) -> None:
    """Keeps the zone that the browser says, for days that begin when the person's do, wherever they are counted."""
    zone = timezones.of_browser()
    if zone is not None and zone != service.preference(user, "zone_seen"):
        turn_to_writing()
        db.session.refresh(user)
        service.set_preference(user, "zone_seen", zone)


def session_id() -> str | None:
    """The id of this request's session, from which the tokens of its forms are made; None for a visitor."""
    signed_in = here()
    return signed_in.token if signed_in is not None else None


def _use_of(signed_in: SignedIn, user: User, **more: Any) -> Update:
    at = now()
    expires_at = session_store.end_of(user, stay=signed_in.stay, created_at=signed_in.created_at, now=at)
    values = {"last_used_at": at, "expires_at": expires_at} | more
    return update(Session).where(Session.id == signed_in.row_id).values(**values)


@login_manager.request_loader  # type: ignore[untyped-decorator]  # Flask-Login has no types
def load_user(_request: Request) -> User | None:
    """The person whose session it is, or whose token."""
    here()
    person: User | None = g.signed_in_person
    return person


def current_person() -> User:
    """The user row of whoever is signed in, guests included; only where somebody is (see `access.open_to`)."""
    person: User = current_user._get_current_object()
    return person


def course_access() -> CourseAccess:
    """How whoever sends this request stands to its course. One query for a visitor, none for anybody else. Raises
    NoCourse on a page of the whole site where there are several."""
    course_id = current.course_id()
    if course_id is None:
        raise NoCourse("there are several courses, and this is a page of none")
    return course_roles.access_of(person_or_none(), course_id)


def roles_here() -> frozenset[str]:
    """The roles in its course of whoever sends this request, none on a page of the whole site where there are several;
    for `web.access`."""
    if current.course_id() is None or not current_user.is_authenticated:
        return frozenset()
    return course_access().roles


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
    enter(guest, stay=True)
    return guest


def enter(user: User, *, stay: bool = False, second: bool = False, fresh_at: datetime | None = None) -> None:
    """Signs a person in, in a new session: whatever was in the old one, and anybody who knew it, is out. Flushed.

    With `stay` the session of a learner outlives the browser (30 days), else it ends with it. `second` says that a
    second factor was given, `fresh_at` when the person said who they are, if that is not now. The tokens of forms
    change, too; one that is open in another tab is kept and sent again (`kept_forms.csrf_failed`).
    """
    if (before := here()) is not None:
        session_store.end(before.row_id)
    device = session_store.device_of(request.headers.get("User-Agent", ""))
    _note_zone(user)
    _empty()
    g.signed_in = session_store.begin(user, stay=stay, second=second, device=device, now=now(), fresh_at=fresh_at)
    g.signed_in_person = g._login_user = user
    g.session_cookie = g.signed_in


def leave() -> None:
    """Signs out: the session is over, also for whoever has a copy of its cookie. Flushed."""
    if (before := here()) is not None:
        session_store.end(before.row_id)
    _empty()
    g.signed_in = g.signed_in_person = g.session_cookie = None
    g._login_user = Nobody()


def _empty() -> None:
    session.clear()
    security.forget_token()  # a form in this very response needs a token of the new session


def renew(user: User) -> None:
    """Keeps the current session alive after the person's sessions were ended (the other ones stay so). Flushed."""
    before = here()
    enter(user, stay=before is not None and before.stay, second=before is not None and before.second)


def _set_cookie(response: Response, signed_in: SignedIn | None) -> None:
    response.set_cookie(
        security.cookie_name(COOKIE),
        signed_in.token if signed_in is not None else "",
        path=prefix.cookie_path(),
        max_age=0 if signed_in is None else session_store.STAYS if signed_in.stay else None,
        # Said twice, for what knows no Max-Age.
        expires=now() + session_store.STAYS if signed_in is not None and signed_in.stay else None,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def init_app(app: Flask) -> None:
    """Sessions, limits on sign-in and sign-up, and how long a session that stays does so.

    An answer that carries the cookie undoes what happened since its question was asked: a sign-in, a sign-out. Pages
    ask for many things by themselves; only what changes a session may carry it, and the first page of a day.
    """
    login_manager.init_app(app)
    limits.init_app(app)

    @app.after_request
    def keep_session(response: Response) -> Response:
        if request.endpoint == "static":
            return response
        if problem_details.asks_api():
            _note_use_of_token(response)
            return response
        if "signed_in" in g:
            response.vary.add("Cookie")
        if "session_cookie" in g:
            changed = g.pop("session_cookie")
            if response.status_code < 500:
                _set_cookie(response, changed)
        elif request.method == "GET" and response.status_code < 500 and g.get("signed_in") is not None:
            _note_use(response, g.signed_in, g.signed_in_person)
        return response


def _note_use(response: Response, signed_in: SignedIn, user: User) -> None:
    """Notes, once a minute, that a session is used; the thirty days of one that stays begin again with the first page
    that somebody opens on a day."""
    at = now()
    opened = request.headers.get("Sec-Fetch-Mode") == "navigate"
    if opened and signed_in.stay and signed_in.renewed_at.date() != at.date():
        write_aside(_use_of(signed_in, user, renewed_at=at))
        _set_cookie(response, signed_in)
    elif session_store.is_to_be_noted(signed_in.last_used_at, at):
        write_aside(_use_of(signed_in, user))


def _note_use_of_token(response: Response) -> None:
    """Notes, once a minute, that a token is used."""
    response.vary.add("Authorization")
    token, at = g.get("api_token"), now()
    if token is None or response.status_code >= 500:
        return
    if token.last_used_at is None or session_store.is_to_be_noted(token.last_used_at, at):
        write_aside(api_tokens.use_of(token.row_id, at))
