"""Under which names the site may be asked for, and which of them links that are handed on are built from.

A visitor chooses what stands in the Host header. Who made a link for somebody else while asking for another name would
hand out a secret that leads to another server. So a name that is not the site's is refused (400). Probes ask by number
and get no links, so they may.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Response

from webapp.web import problem_details
from webapp.web.current import settings
from webapp.web.security_log import note

#: views that make no links; those of probes are called so
_PROBES = ("site.health", "site.live", "site.ready", "site.metrics")


def trusted() -> tuple[str, ...]:
    """The names of the site, the first of which is that of its links; none where any name is good."""
    return settings().trusted_hosts


def link(endpoint: str, **values: Any) -> str:
    """The whole address of a page, to be handed to somebody: on the first of the site's names."""
    names = trusted()
    if not names or host_is_trusted(request.host.lower(), names[:1]):
        return url_for(endpoint, _external=True, **values)
    return f"{request.scheme}://{names[0]}{url_for(endpoint, **values)}"


def init_app(app: Flask) -> None:
    """Has to come before whatever answers."""

    @app.before_request
    def refuse_other_names() -> Response | None:
        names = trusted()
        if not names or (request.endpoint or "").startswith(_PROBES):
            return None
        if host_is_trusted(request.host.lower(), names):
            return None
        note("host-refused")
        if problem_details.asks_api():
            return problem_details.problem(400, f"Its address is {names[0]}.", name="host-unknown")
        words = _("This site is not known by the name that was asked for. Its address is %(host)s.", host=names[0])
        return current_app.response_class(f"{words}\n", 400, mimetype="text/plain")
