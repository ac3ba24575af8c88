"""What happened that concerns security, a line each, on the logger `webapp.security`.

    event=sign-in-failed person=- subject=- address=5f3a09c1b2d4 request=8c1f2e77a0b94d13

Numbers of people, never their names; no password, token, hash of either, field or parameter; addresses as a keyed hash
unless WEBAPP_LOG_ADDRESSES says otherwise. Which answers are events is a table here, so that a view can't forget.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import secrets

from flask import Flask, Response, current_app, g, request
from flask_login import current_user

from webapp.web.alerts import Alerts, alerts
from webapp.web.current import settings

log = logging.getLogger("webapp.security")

#: (endpoint, method) → answers that mean something, and what
EVENTS: dict[tuple[str, str], dict[int, str]] = {
    ("accounts.sign_in", "POST"): {303: "sign-in", 401: "sign-in-failed", 422: "sign-in-failed", 429: "limited"},
    ("accounts.sign_up", "POST"): {303: "sign-up", 429: "limited"},
    ("accounts.sign_out", "POST"): {303: "session-ended"},
    ("accounts.setup", "POST"): {303: "link-used"},
    ("accounts.reset", "POST"): {303: "link-used"},
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
    ("classes.roster_export", "GET"): {200: "export"},
    ("reports.export", "GET"): {200: "export"},
    ("audit.log_export", "GET"): {200: "export"},
}
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


def _person() -> int | None:
    return int(current_user.id) if current_user.is_authenticated else None


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
        if meaning is not None:
            subject = (request.view_args or {}).get("user_id")
            note(meaning, g.get("person_before") or _person(), subject)
            if meaning == "sign-in-failed":
                alerts().sign_in_failed()
        if request.method == "POST":
            alerts().look()
        return response
