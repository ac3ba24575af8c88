"""Addresses that belong to the whole site: health, the web app's manifest, the service worker, the language."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from webapp.database import db
from webapp.web import access, current, metrics_page, offline, prefix
from webapp.web import health as state_of_server
from webapp.web.assets import asset
from webapp.web.localisation import LANGUAGES
from webapp.web.security import form_token

bp = Blueprint("site", __name__)

#: the ground of every page by day, as in css/tokens.css; a manifest knows no night
PAPER = "#fbfaf6"


@bp.get("/health/live")
@access.open_to(access.ANYONE)
def live() -> Response:
    """For whoever restarts processes that hang: this one answers. It asks for nothing that a restart can't mend."""
    response = Response("alive\n", mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/health/ready")
@access.open_to(access.ANYONE)
def ready() -> tuple[Response, int]:
    """For load balancers: the same as /healthz."""
    return _state()


@bp.get("/healthz")
@access.open_to(access.ANYONE)
def health() -> tuple[Response, int]:
    """For load balancers and monitoring: 200 when the server can keep what it is given, else 503 and what is wrong."""
    return _state()


@bp.get("/metrics")
@access.open_to(access.ANYONE)
def metrics() -> Response:
    """For Prometheus, where WEBAPP_METRICS_TOKEN is set: whoever does not send it finds no such page."""
    if not metrics_page.may_read(current.settings(), request.headers.get("Authorization", "")):
        abort(404)
    body, kind = metrics_page.exposition(current_app._get_current_object())  # type: ignore[attr-defined]
    response = Response(body, content_type=kind)
    response.headers["Cache-Control"] = "no-store"
    return response


def _state() -> tuple[Response, int]:
    now = state_of_server.check()
    response = jsonify(now.body)
    response.headers["Cache-Control"] = "no-store"
    return response, 200 if now.is_ready else 503


@bp.get("/manifest.webmanifest")
@access.open_to(access.ANYONE)
def manifest() -> Response:
    """What a phone needs to install the course as an app."""
    course, home = current.course_or_none(), url_for("home.home")
    shortcuts = [{"name": _("Review what is due"), "url": url_for("review.index")}]
    if course is not None:
        shortcuts.append({"name": _("Progress"), "url": url_for("progress.overview")})
    body: dict[str, Any] = {
        "id": home,
        "name": current.site_title(),
        "short_name": current.site_title()[:24],
        "description": course.subtitle if course is not None else "",
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "lang": str(get_locale()),
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": [
            {"src": asset("icons/icon-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": asset("icons/icon-512.png"), "sizes": "512x512", "type": "image/png"},
            {"src": asset("icons/maskable-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        ],
        "shortcuts": shortcuts,
    }
    response = jsonify(body)
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@bp.get("/sw.js")
@access.open_to(access.ANYONE)
def service_worker() -> Response:
    """The service worker: from the root, because a worker governs only what lies below its own address."""
    response = Response(offline.worker(url_for("site.offline_page")), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/offline")
@access.open_to(access.ANYONE)
def offline_page() -> str:
    """What stands in for a page that is not kept while there is no network. The same for everybody."""
    return render_template("offline.html", reader=lambda: offline.NOBODY)


@bp.get("/session")
@access.open_to(access.ANYONE)
def session() -> Response:
    """Who is here, and a token for forms, for answers kept on the device: `{"reader", "token"}`."""
    response = jsonify(reader=offline.reader(), token=form_token())
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/language")
@access.open_to(access.ANYONE)
def choose_language() -> ResponseReturnValue:
    """Keeps the language, in a cookie and with who is signed in, and goes back to the page."""
    response = redirect(_page_before(), 303)
    language = request.form.get("language", "")
    if language in LANGUAGES:
        if current_user.is_authenticated:
            current_user.locale = language
            db.session.commit()
        prefix.keep_cookie(response, "language", language)
    return response


def _page_before() -> str:
    """The address of the page that sent a form, if that is one of ours, else of the course."""
    try:
        page = urlsplit(request.referrer or "")
    except ValueError:  # no browser sends such an address
        return url_for("home.home")
    return access.local_path(page._replace(scheme="", netloc="", fragment="").geturl()) or url_for("home.home")
