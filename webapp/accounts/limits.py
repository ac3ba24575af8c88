"""How often sign-in, sign-up and the like may be tried, counted for all server processes together (see `tries`).

A try is counted before it is looked at, so that many at once are no more than one after the other; one that was right
is given back: a class behind one address signs in all at once. Wrong ones are slowed, never locked out: what guards
people from guessing must not be a way to keep them out of an exam. A browser in which somebody signed in before is
known by a cookie, and counts by itself: whoever is under attack, and a school behind one address, get in from there.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Flask, Response, abort, after_this_request, current_app, g, make_response, request
from flask_babel import ngettext
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address
from flask_login import current_user
from itsdangerous import BadData, URLSafeSerializer
from limits import RateLimitItemPerMinute
from werkzeug.exceptions import TooManyRequests

from webapp.accounts.forms import SignInForm
from webapp.accounts.kept_forms import show_sign_in
from webapp.accounts.names import fold_login
from webapp.accounts.tries import Pace, claim, counters, give_back
from webapp.web import prefix, security
from webapp.web.current import now, settings


def address() -> str:
    """Where a request comes from. An IPv6 household has 2^64 addresses, so its network counts as one."""
    try:
        parsed = ipaddress.ip_address(get_remote_address())
    except ValueError:
        return get_remote_address()
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


def login_name(login: str | None = None) -> str:
    """What was typed as user name or e-mail (or `login`), hashed: the counters are no list of who has an account.

    In the form in which sign-in looks it up, or invisible characters would make a new name of it for every try.
    """
    return _hashed(fold_login(request.form.get("login", "") if login is None else login))


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def login_name_at_address() -> str:
    return f"{login_name()}@{address()}"


def person() -> str:
    return str(current_user.id) if current_user.is_authenticated else address()


limiter = Limiter(key_func=address, storage_uri="table://", strategy="fixed-window")


@limiter.request_filter
def limits_are_off() -> bool:
    return not settings().limits


def _limit(
    *rules: tuple[str, Callable[[], str]], on_breach: Callable[[RequestLimit], Any], method: str = "POST"
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Limits on how often a form is sent, right or wrong (or a page asked for). Equal rules are counted together."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        for rule, key in rules:
            view = limiter.limit(rule, key_func=key, methods=[method], scope=key.__name__, on_breach=on_breach)(view)
        return view

    return decorate


def _slowed(
    paces: Callable[[], list[tuple[Pace, str]]], refuse: Callable[[int], Any]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Slows wrong tries, which are answered with 401, each by its pace and key; `refuse` gets the seconds to wait."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def counted(*args: Any, **kwargs: Any) -> Any:
            if request.method != "POST" or not settings().limits:
                return view(*args, **kwargs)
            taken: list[tuple[Pace, str]] = []
            for pace, key in paces():
                if wait := claim(pace, key):
                    _give_back(taken)
                    return refuse(wait)
                taken.append((pace, key))
            response = make_response(view(*args, **kwargs))
            if response.status_code != 401:
                _give_back(taken)
            return response

        return counted

    return decorate


def _give_back(taken: list[tuple[Pace, str]]) -> None:
    for pace, key in taken:
        give_back(pace, key)


def wait_of(limit: RequestLimit) -> int:
    """Seconds until a limit that is reached lets somebody try again; at least 1."""
    return max(1, math.ceil(limit.window.reset_time - now().timestamp()))


def wait_message(seconds: int) -> str:
    if seconds < 60:
        return str(
            ngettext(
                "That was tried too often. Please try again in %(num)d second.",
                "That was tried too often. Please try again in %(num)d seconds.",
                seconds,
            )
        )
    minutes = math.ceil(seconds / 60)
    return str(
        ngettext(
            "That was tried too often. Please try again in %(num)d minute.",
            "That was tried too often. Please try again in %(num)d minutes.",
            minutes,
        )
    )


def _refuse_sign_in(wait: int) -> Any:
    form = SignInForm()
    form.form_errors.append(wait_message(wait))
    return show_sign_in(form, status=429, wait=wait)


def _refuse(wait: int) -> Any:
    raise TooManyRequests(wait_message(wait), retry_after=wait)


def _breached(limit: RequestLimit) -> Any:
    _refuse(wait_of(limit))


# --- browsers that were here before -----------------------------------------------------------------------------------

#: the cookie that knows, signed, for whom a browser was used, and how long it is kept
_KNOWN, _KNOWN_FOR = "known", timedelta(days=400)
_MOST_KNOWN = 10


def _known() -> dict[str, Any]:
    """What the cookie of this browser says: `{"browser": its number, "logins": [hashed names]}`."""
    cookie = request.cookies.get(security.cookie_name(_KNOWN))
    if cookie:
        with suppress(BadData, KeyError, TypeError):
            known = _known_signer().loads(cookie)
            return {"browser": str(known["browser"]), "logins": [str(each) for each in known["logins"]]}
    return {"browser": secrets.token_hex(8), "logins": []}


def _known_signer() -> URLSafeSerializer:
    # Without a time: a clock that was put back must not make strangers of all.
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known browser")


def know_browser(login: str | None = None) -> None:
    """Notes in the browser that somebody signed in here, for later tries: whoever was typed, or a `login_name`."""
    known, login = _known(), login or login_name()
    if known["logins"][:1] == [login]:
        return
    known["logins"] = [login, *(each for each in known["logins"] if each != login)][:_MOST_KNOWN]
    value = str(_known_signer().dumps(known))

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            security.cookie_name(_KNOWN), value, path=prefix.cookie_path(), max_age=_KNOWN_FOR,
            secure=request.is_secure, httponly=True, samesite="Lax",
        )  # fmt: skip
        return response


# --- the limits -------------------------------------------------------------------------------------------------------

#: wrong passwords: for one name from a browser that was there before, else for one name from one address, for one name
#: from everywhere, and from one address for all names
_BROWSER = Pace("browser", free=10)
_NAME_AT_ADDRESS = Pace("name at address", free=10)
_NAME = Pace("name", free=60, window=3600)
_ADDRESS = Pace("address", free=120, longest=5)


def _sign_in_paces() -> list[tuple[Pace, str]]:
    known = _known()
    if login_name() in known["logins"]:
        return [(_BROWSER, f"{known['browser']}@{login_name()}")]
    return [(_NAME_AT_ADDRESS, login_name_at_address()), (_NAME, login_name()), (_ADDRESS, address())]


sign_in = _slowed(_sign_in_paces, _refuse_sign_in)
#: new accounts, and tries at the code: a lecture hall behind one address gets in, a robot does not get far
sign_up = _limit(
    ("30 per hour", login_name), ("120 per 10 minutes", address), ("600 per day", address), on_breach=_breached
)
#: one's own name and logins: which are taken is told
profile = _limit(("30 per 10 minutes", person), on_breach=_breached)
_OWN_PASSWORD = Pace("own password", free=10)
#: wrong passwords of somebody who is signed in: changing the password, deleting the account, before what matters
own_password = _slowed(lambda: [(_OWN_PASSWORD, person())], _refuse)

#: ways to an identity provider and back: a lecture hall behind one address gets in
single_sign_on = _limit(("600 per 10 minutes", address), on_breach=_breached)
single_sign_on_back = _limit(("1200 per 10 minutes", address), on_breach=_breached, method="GET")

_SECOND = Pace("second factor", free=5)


def second(whose: Callable[[], str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Slows wrong codes of a second factor; `whose` gives the number of the person who is asked for one."""
    return _slowed(lambda: [(_SECOND, whose())], _refuse)


_NEW_GUESTS = RateLimitItemPerMinute(300, 10)
_CODES = {kind: Pace(f"{kind} code", free=20) for kind in ("join", "access")}


#: requests of one token, and tokens that are none from one address
_REQUESTS = RateLimitItemPerMinute(600, 1)
_WRONG_TOKEN = Pace("token", free=60, longest=5)


def tokens(row_id: int | None) -> None:
    """Counts a request that signed in with a token, or with one that does not work (None), for the address it comes
    from. Aborts with 429 beyond 600 a minute with one token, and slows what looks for tokens."""
    if not settings().limits:
        return
    if row_id is None:
        if wait := claim(_WRONG_TOKEN, address()):
            _refuse(wait)
    elif not limiter.limiter.hit(_REQUESTS, "tokens", str(row_id)):
        reset = limiter.limiter.get_window_stats(_REQUESTS, "tokens", str(row_id)).reset_time
        _refuse(max(1, math.ceil(reset - now().timestamp())))


def is_new(challenge: str) -> bool:
    """Whether a challenge is answered for the first time, on whichever server."""
    return limiter.storage.incr(f"challenge/{_hashed(challenge)}", 1800) <= 1


def guests() -> None:
    """Counts a new guest of the current address; aborts with 429 beyond 300 in ten minutes."""
    if settings().limits and not limiter.limiter.hit(_NEW_GUESTS, "guests", address()):
        abort(429)


def join_codes(*, wrong: bool = False) -> None:
    """Takes a try at a join code; aborts with 429 when one person tried many wrong ones (20, then slower and slower).

    Called again with `wrong` when it was none; without that the try is given back at the end of the request.
    """
    _codes("join", wrong)


def access_codes(*, wrong: bool = False) -> None:
    """The same for access codes of quizzes, which are said in a room and therefore short."""
    _codes("access", wrong)


def _codes(kind: str, wrong: bool) -> None:
    if not settings().limits:
        return
    if wrong:
        g.wrong_code = True
        return
    pace, who = _CODES[kind], person()
    if wait := claim(pace, who):
        _refuse(wait)

    @after_this_request
    def was_right(response: Response) -> Response:
        if not g.pop("wrong_code", False):
            give_back(pace, who)
        return response


def init_app(app: Flask) -> None:
    limiter.init_app(app)


__all__ = [
    "access_codes", "address", "counters", "guests", "init_app", "is_new", "join_codes", "know_browser", "login_name",
    "own_password", "profile", "second", "sign_in", "sign_up", "single_sign_on",
    "single_sign_on_back", "tokens", "wait_message",
]  # fmt: skip
