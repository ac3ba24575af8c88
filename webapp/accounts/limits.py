"""How often sign-in, sign-up and the like may be tried, counted for all server processes together.

Memory is not shared between processes, and a Redis for a few counters is more than a school wants to run. So the
counters live in a table: with SQLite in a small file of its own beside the database (a flood of sign-ins must not queue
before answers, and nothing is lost with a counter, so it need not wait for the disk), with PostgreSQL in the database,
which all app servers share. Only failed tries count at sign-in: a class behind one address signs in all at once.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Flask, abort, current_app, request
from flask_babel import ngettext
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address
from flask_login import current_user
from limits import RateLimitItemPerMinute
from limits.storage import Storage
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from werkzeug.exceptions import TooManyRequests

from webapp.accounts.forms import SignInForm
from webapp.accounts.kept_forms import show_sign_in
from webapp.accounts.names import fold
from webapp.database import db
from webapp.web.current import now, settings


class CountsInTable(Storage):
    """Counters for Flask-Limiter in one table; which database it is in depends on the app of the request."""

    STORAGE_SCHEME = ["table"]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions)

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        at = _time()
        with counters().begin() as connection:
            count = connection.execute(
                text(
                    "INSERT INTO try_count (key, count, expires_at) VALUES (:key, :amount, :expires_at) "
                    "ON CONFLICT (key) DO UPDATE SET "
                    "count = CASE WHEN try_count.expires_at <= :at THEN 0 ELSE try_count.count END + :amount, "
                    "expires_at = CASE WHEN try_count.expires_at <= :at THEN :expires_at ELSE try_count.expires_at END "
                    "RETURNING count"
                ),
                {"key": key, "amount": amount, "at": at, "expires_at": at + expiry},
            ).scalar_one()
        if count == amount:
            _forget_expired(at)
        return int(count)

    def get(self, key: str) -> int:
        return int(self._value("count", key) or 0)

    def get_expiry(self, key: str) -> float:
        return float(self._value("expires_at", key) or _time())

    def _value(self, column: str, key: str) -> Any:
        with counters().connect() as connection:
            query = text(f"SELECT {column} FROM try_count WHERE key = :key AND expires_at > :at")  # noqa: S608
            return connection.execute(query, {"key": key, "at": _time()}).scalar()

    def check(self) -> bool:
        with counters().connect() as connection:
            return connection.execute(text("SELECT 1")).scalar() == 1

    def reset(self) -> int | None:
        with counters().begin() as connection:
            return connection.execute(text("DELETE FROM try_count")).rowcount

    def clear(self, key: str) -> None:
        with counters().begin() as connection:
            connection.execute(text("DELETE FROM try_count WHERE key = :key"), {"key": key})


def _forget_expired(at: float) -> None:
    """Keeps the table small. Apart from counting, so that two processes that tidy at once can't fail a sign-in."""
    with suppress(SQLAlchemyError), counters().begin() as connection:
        connection.execute(text("DELETE FROM try_count WHERE expires_at <= :at"), {"at": at})


def _time() -> float:
    return now().timestamp()


def counters() -> Engine:
    """The database of the counters of the current app, with its table; made at first use, in each process."""
    app = current_app
    if "try_counters" not in app.extensions:
        app.extensions["try_counters"] = _make_counters()
    engine: Engine = app.extensions["try_counters"]
    return engine


def _make_counters() -> Engine:
    if db.engine.dialect.name == "sqlite":
        engine = create_engine(
            f"sqlite:///{settings().data / 'limits.sqlite3'}", poolclass=NullPool, connect_args={"timeout": 15}
        )

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")

        words = "CREATE TABLE"
    else:
        engine = db.engine
        words = "CREATE UNLOGGED TABLE"
    try:
        with engine.begin() as connection:
            connection.execute(
                text(
                    f"{words} IF NOT EXISTS try_count (key VARCHAR(300) PRIMARY KEY, count INTEGER NOT NULL, "
                    "expires_at DOUBLE PRECISION NOT NULL)"
                )
            )
    except (IntegrityError, ProgrammingError):  # PostgreSQL: another process made the same table at the same moment
        with engine.connect() as connection:
            connection.execute(text("SELECT 1 FROM try_count LIMIT 1"))
    return engine


def address() -> str:
    """Where a request comes from. An IPv6 household has 2^64 addresses, so its network counts as one."""
    try:
        parsed = ipaddress.ip_address(get_remote_address())
    except ValueError:
        return get_remote_address()
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


def login_name() -> str:
    """What was typed as user name or e-mail, hashed: the counters are no list of who has an account."""
    return hashlib.sha256(fold(request.form.get("login", "")).encode("utf-8", "replace")).hexdigest()[:24]


def login_name_at_address() -> str:
    return f"{login_name()}@{address()}"


def person() -> str:
    return str(current_user.id) if current_user.is_authenticated else address()


limiter = Limiter(key_func=address, storage_uri="table://", strategy="fixed-window")


@limiter.request_filter
def limits_are_off() -> bool:
    return not settings().limits


def _was_wrong(response: Any) -> bool:
    return bool(response.status_code == 401)


def _limit(
    *rules: tuple[str, Callable[[], str]], only_wrong: bool = False, on_breach: Callable[[RequestLimit], Any] | None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        for rule, key in rules:
            view = limiter.limit(
                rule,
                key_func=key,
                methods=["POST"],
                scope=key.__name__,
                deduct_when=_was_wrong if only_wrong else None,
                on_breach=on_breach,
            )(view)
        return view

    return decorate


def wait_of(limit: RequestLimit) -> int:
    """Seconds until a limit that is reached lets somebody try again; at least 1."""
    return max(1, math.ceil(limit.window.reset_time - now().timestamp()))


def wait_message(seconds: int) -> str:
    minutes = math.ceil(seconds / 60)
    return str(
        ngettext(
            "That was tried too often. Please try again in %(num)d minute.",
            "That was tried too often. Please try again in %(num)d minutes.",
            minutes,
        )
    )


def _sign_in_breached(limit: RequestLimit) -> Any:
    wait = wait_of(limit)
    form = SignInForm()
    form.form_errors.append(wait_message(wait))
    return show_sign_in(form, status=429, wait=wait)


def _breached(limit: RequestLimit) -> Any:
    raise TooManyRequests(wait_message(wait_of(limit)), retry_after=wait_of(limit))


#: wrong passwords: for one name from one address, for one name from everywhere, and from one address for all names
sign_in = _limit(
    ("10 per 10 minutes", login_name_at_address),
    ("60 per hour", login_name),
    ("120 per 10 minutes", address),
    only_wrong=True,
    on_breach=_sign_in_breached,
)
#: new accounts, and tries at the code: a lecture hall behind one address gets in, a robot does not get far
sign_up = _limit(
    ("30 per hour", login_name), ("120 per 10 minutes", address), ("600 per day", address), on_breach=_breached
)
#: wrong passwords of somebody who is signed in: changing the password, deleting the account
own_password = _limit(("10 per 10 minutes", person), only_wrong=True, on_breach=_breached)

_NEW_GUESTS = RateLimitItemPerMinute(300, 10)
_WRONG_CODES = RateLimitItemPerMinute(20, 10)


def guests() -> None:
    """Counts a new guest of the current address; aborts with 429 beyond 300 in ten minutes."""
    if settings().limits and not limiter.limiter.hit(_NEW_GUESTS, "guests", address()):
        abort(429)


def join_codes(*, wrong: bool = False) -> None:
    """Aborts with 429 when one person tried too many wrong join codes (20 in ten minutes); `wrong` counts one more."""
    _codes("join", wrong)


def access_codes(*, wrong: bool = False) -> None:
    """The same for access codes of quizzes, which are said in a room and therefore short."""
    _codes("access", wrong)


def _codes(kind: str, wrong: bool) -> None:
    if not settings().limits:
        return
    if wrong:
        limiter.limiter.hit(_WRONG_CODES, kind, person())
    elif not limiter.limiter.test(_WRONG_CODES, kind, person()):
        abort(429)


def init_app(app: Flask) -> None:
    limiter.init_app(app)
