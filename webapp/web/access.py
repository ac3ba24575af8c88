"""Who may open what. Every view states its audience; one that doesn't is refused, so nothing is open by oversight.

In a room's pages:

    @bp.route("/attempts/<int:attempt_id>", methods=["POST"])
    @access.open_to(access.PARTICIPANT)
    @access.continued_by(save_after_sign_in)   # only for forms whose content must survive an expired session
    def save(attempt_id: int): ...

where `save_after_sign_in(user, fields, now) -> str` does the same for the person who signed in, and gives the address
to go on to. What somebody gets who has to sign in first is `accounts.kept_forms`, which `create_app` connects.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import unquote, urlsplit

from flask import Flask, abort, current_app, request
from flask_login import current_user
from werkzeug.exceptions import Forbidden

from webapp.web import prefix, problem_details
from webapp.web.current import settings

#: everybody, signed in or not
ANYONE = "anyone"
#: a person with an account, or a guest
PARTICIPANT = "participant"
#: a person with an account, of any role
LEARNER = "learner"
#: instructors, admins, and whoever is in the staff of some course
INSTRUCTOR = "instructor"
#: instructors of the site and admins, but nobody for a role in a course alone
SITE_INSTRUCTOR = "site-instructor"
#: admins
ADMIN = "admin"

#: the staff of the course that the address is of, of any role; owners, authors and teachers in it. Who is one is
#: `accounts.course_roles`
STAFF, OWNER, AUTHOR, TEACHER = "staff", "owner", "author", "teacher"

#: audience → the roles of the site in it; ANYONE also holds those without any
ROLES_OF = {
    ANYONE: frozenset({"guest", "learner", "instructor", "admin"}),
    PARTICIPANT: frozenset({"guest", "learner", "instructor", "admin"}),
    LEARNER: frozenset({"learner", "instructor", "admin"}),
    INSTRUCTOR: frozenset({"instructor", "admin"}),
    SITE_INSTRUCTOR: frozenset({"instructor", "admin"}),
    ADMIN: frozenset({"admin"}),
}

#: audience → the roles in the course that are in it; an owner has the other two, too
COURSE_ROLES_OF = {
    STAFF: frozenset({"owner", "author", "teacher"}),
    OWNER: frozenset({"owner"}),
    AUTHOR: frozenset({"author"}),
    TEACHER: frozenset({"teacher"}),
}
AUDIENCES = (*ROLES_OF, *COURSE_ROLES_OF)
#: the audiences whose pages are work, not learning
FOR_STAFF = frozenset({INSTRUCTOR, SITE_INSTRUCTOR, ADMIN, *COURSE_ROLES_OF})

P = ParamSpec("P")
R = TypeVar("R")
#: does what a form asked for, with the fields that were posted, as the person who signed in; gives the address to go to
Handler = Callable[[Any, dict[str, Any], datetime], str]


class NotAsThingsStand(Forbidden):
    """The person may, but not now or not from here, as the description says. What they sent must not be lost by it."""


def open_to(audience: str, *, newcomers: bool = True) -> Callable[[Callable[P, R]], Callable[P, Any]]:
    """States and enforces who may open a view.

    Nobody signed in: a page sends to sign-in and comes back afterwards; a form that was posted is kept meanwhile (see
    `accounts.kept_forms`). Guests count as not signed in where an account is needed. Who lacks the role gets 403.

    A form for PARTICIPANT also comes from newcomers, whom `participant()` makes guests, where guests are on; unless
    the view goes on with something (`continued_by`) or says that newcomers have no business there.
    """
    if audience not in AUDIENCES:
        raise ValueError(f"{audience!r} is no audience; there are {', '.join(AUDIENCES)}")

    def decorate(view: Callable[P, R]) -> Callable[P, Any]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            refusal = refuse(audience)
            return view(*args, **kwargs) if refusal is None else refusal

        # Marks on the function itself, which Flask keeps as it is and `check_audience` reads; no type has them.
        guarded.audience = audience  # type: ignore[attr-defined]
        guarded.newcomers = newcomers  # type: ignore[attr-defined]
        return guarded

    return decorate


def refuse(audience: str) -> Any:
    """None when the current person belongs to the audience, else the response to give; aborts with 403, and a program
    with 401 where it has no token."""
    if audience == ANYONE:
        return None
    if problem_details.asks_api():
        if not current_user.is_authenticated:
            abort(401)
        if not belongs(audience):
            abort(403)
        return None
    if current_user.is_authenticated:
        if belongs(audience):
            return None
        if not current_user.is_guest:
            abort(403)
    elif audience == PARTICIPANT and may_become_guest():
        return None
    return current_app.extensions["sign_in_needed"]()


def belongs(audience: str) -> bool:
    """Whether the person who is signed in belongs to an audience."""
    if audience in COURSE_ROLES_OF:
        return not COURSE_ROLES_OF[audience].isdisjoint(current_app.extensions["roles_here"]())
    return current_user.role in ROLES_OF[audience] or (audience == INSTRUCTOR and current_user.in_staff)


def may_become_guest() -> bool:
    """Whether this request may make its sender a guest: a form that starts something, not one that goes on with it."""
    view = current_app.view_functions.get(request.endpoint or "")
    return settings().guests and request.method == "POST" and takes_newcomers(view)


def takes_newcomers(view: Any) -> bool:
    """Whether a form for PARTICIPANT makes guests of newcomers, rather than going on with what somebody has."""
    return bool(getattr(view, "newcomers", False)) and getattr(view, "continued_by", None) is None


def continued_by(handler: Handler) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Marks a view that takes a form: sent without a session, `handler(user, fields, now)` is done after signing in.

    It gets the fields as `{"args": <the view's arguments>, "form": {name: [values]}}`, and gives the address to go to.
    It runs after the sign-in is committed, in a transaction of its own that is committed when it returns. It must load
    what it changes as that user: a 404 or 403 raised there means that the form was somebody else's, and is told so.
    """

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        view.continued_by = handler  # type: ignore[attr-defined]  # a mark, as in open_to
        return view

    return mark


def keeps_form(view: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a view that shows its FlaskForm again, as typed, when the form's token is no longer valid.

    Only for views that change nothing before `form.validate_on_submit()` is true.
    """
    view.keeps_form = True  # type: ignore[attr-defined]  # a mark, as in open_to
    return view


def init_app(app: Flask, sign_in_needed: Callable[[], Any], roles_here: Callable[[], frozenset[str]]) -> None:
    """Refuses (500) every endpoint that does not state its audience, before anything of it runs.

    `sign_in_needed` gives the response for whoever has to sign in first, `roles_here` the roles of the person who is
    signed in in the course of the request.
    """
    app.extensions["sign_in_needed"] = sign_in_needed
    app.extensions["roles_here"] = roles_here

    @app.before_request
    def check_audience() -> None:
        if request.endpoint is None or request.endpoint == "static":
            return
        if audience_of(app, request.endpoint) is None:
            raise RuntimeError(f"{request.endpoint} does not state who may open it: decorate it with access.open_to")


def audience_of(app: Flask, endpoint: str) -> str | None:
    """The audience an endpoint states, or None."""
    return getattr(app.view_functions[endpoint], "audience", None)


def local_path(target: str | None) -> str | None:
    """`target` if it is the path of a page of this app, prefix included, else None: `next` must never lead away."""
    if not target or len(target) > 2000 or not target.startswith(f"{prefix.root()}/"):
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
    # Browsers go up at "..", also out of the prefix, however its dots are written.
    if ".." in unquote(parts.path).split("/"):
        return None
    return target
