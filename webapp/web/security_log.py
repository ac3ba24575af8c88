"""What happened that concerns security, a line each, on the logger `webapp.security`.

    event=sign-in-failed person=- subject=- address=5f3a09c1b2d4 request=8c1f2e77a0b94d13

Numbers of people, never their names; no password, token, hash of either, field or parameter; addresses as a keyed hash
unless WEBAPP_LOG_ADDRESSES says otherwise. Which answers are events is a table here, so that a view can't forget; one
that knows more than its answer tells says so (`happened`).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import secrets

from flask import Flask, Response, current_app, g, request
from flask_login import current_user
from sqlalchemy import inspect

from webapp.web.alerts import Alerts, alerts
from webapp.web.current import settings

log = logging.getLogger("webapp.security")

_SIGN_IN = {200: "sign-in", 303: "sign-in", 401: "sign-in-failed", 422: "sign-in-failed", 429: "limited"}
#: (endpoint, method) → answers that mean something, and what
EVENTS: dict[tuple[str, str], dict[int, str]] = {
    # 200 shows what was kept while nobody was signed in.
    ("accounts.sign_in", "POST"): _SIGN_IN,
    ("accounts.give_second_factor", "POST"): _SIGN_IN | {401: "second-factor-wrong"},
    ("accounts.confirm", "POST"): {
        200: "password-confirmed", 303: "password-confirmed", 401: "password-wrong", 429: "limited",
    },
    ("accounts.set_up_second_factor", "POST"): {200: "second-factor-added"},
    ("accounts.add_passkey", "POST"): {200: "passkey-added", 303: "passkey-refused"},
    ("accounts.new_recovery_codes", "POST"): {200: "recovery-codes-made"},
    ("accounts.remove_second_factor", "POST"): {303: "second-factor-removed"},
    ("accounts.remove_second_factor_of", "POST"): {303: "second-factor-removed"},
    ("accounts.tokens", "POST"): {200: "token-made"},
    ("accounts.end_token", "POST"): {303: "token-ended"},
    ("accounts.end_session", "POST"): {303: "session-ended"},
    ("accounts.end_other_sessions", "POST"): {303: "sessions-ended"},
    ("accounts.go_to_provider", "POST"): {429: "limited"},
    ("accounts.first_sign_in", "POST"): {303: "sign-up", 429: "limited"},
    ("accounts.unlink_identity", "POST"): {303: "identity-unlinked"},
    ("accounts.sign_up", "POST"): {303: "sign-up", 429: "limited"},
    ("accounts.sign_out", "POST"): {303: "session-ended"},
    ("accounts.setup", "POST"): {303: "link-used"},
    ("accounts.reset", "POST"): {200: "link-used", 303: "link-used"},
    ("accounts.change_password", "POST"): {303: "password-changed", 401: "password-wrong", 429: "limited"},
    ("accounts.delete_account", "POST"): {303: "erasure", 401: "password-wrong", 429: "limited"},
    ("accounts.download_data", "GET"): {200: "export"},
    ("accounts.change_role", "POST"): {303: "role-changed"},
    ("accounts.export_person", "GET"): {200: "export"},
    ("accounts.erase_person", "POST"): {303: "erasure"},
    ("accounts.make_reset_link", "POST"): {200: "link-made"},
    ("classes.make_link", "POST"): {200: "link-made"},
    ("classes.roster_links", "POST"): {200: "links-made"},
    ("classes.roster_links_file", "POST"): {200: "links-made"},
    ("classes.roster_confirm", "POST"): {200: "roster-imported"},
    ("joining.accept_invitation", "POST"): {303: "invitation-accepted"},
    ("joining.decline_invitation", "POST"): {303: "invitation-declined"},
    ("classes.withdraw_invitation", "POST"): {303: "invitation-withdrawn"},
    ("classes.vouch", "POST"): {303: "invitation-vouched"},
    ("classes.roster_export", "GET"): {200: "export"},
    ("reports.export", "GET"): {200: "export"},
    ("audit.log_export", "GET"): {200: "export"},
}  # fmt: skip
#: what counts towards the alert that many sign-ins fail
FAILURES = {"sign-in-failed", "second-factor-wrong", "second-factor-reused"}
#: answers that are events wherever they come from
REFUSALS = {403: "forbidden", 413: "too-large"}


def request_id() -> str:
    """A name for this request, which stands in all that is logged of it."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return str(g.request_id)


def address() -> str:
    """Where the request comes from, as the log may have it."""
    try:
        sender = str(ipaddress.ip_address(request.remote_addr or ""))
    except ValueError:  # no more than a proxy's word, which may hold anything
        return "-"
    if settings().log_addresses == "full":
        return sender
    key = current_app.config["SECRET_KEY"]
    return hmac.new(f"address {key}".encode(), sender.encode(), hashlib.sha256).hexdigest()[:12]


def note(event: str, person: int | None = None, subject: int | None = None) -> None:
    """Writes a line; `person` is who did it, `subject` to whom."""
    log.info(
        "event=%s person=%s subject=%s address=%s request=%s",
        event,
        person or "-",
        subject or "-",
        address(),
        request_id(),
    )


def happened(event: str, person: int | None = None) -> None:
    """What this request meant, in place of what the table says of its answer; told when it is answered."""
    g.setdefault("security_events", []).append((event, person))


def _person() -> int | None:
    if not current_user.is_authenticated:
        return None
    # Not current_user.id: a commit made it stale, and reading it anew would begin to write once more.
    identity = inspect(current_user._get_current_object()).identity
    return int(identity[0]) if identity else None


def init_app(app: Flask) -> None:
    app.extensions["alerts"] = Alerts()
    log.setLevel(logging.INFO)
    # Flask gives its logger `webapp`, and with it those below it, a handler when it is first asked for.
    app.logger  # noqa: B018

    @app.before_request
    def remember() -> None:
        """Who it is before the request changes that."""
        if (request.endpoint or "", request.method) in EVENTS:
            g.person_before = _person()

    @app.after_request
    def tell(response: Response) -> Response:
        meaning = EVENTS.get((request.endpoint or "", request.method), {}).get(response.status_code)
        meaning = meaning or REFUSALS.get(response.status_code)
        told: list[tuple[str, int | None]] = g.pop("security_events", [])
        if not told and meaning is not None:
            told = [(meaning, None)]
        for event, person in told if response.status_code < 500 else ():
            subject = (request.view_args or {}).get("user_id")
            note(event, person or g.get("person_before") or _person(), subject)
            if event in FAILURES:
                alerts().sign_in_failed()
        if request.method == "POST":
            alerts().look()
        return response
