"""What a browser may keep for the time without a network: which pages, for whom, and the service worker that keeps it.

Pages of signed-in people say `no-store`, because a shared computer must not show them after signing out. Two kinds are
kept all the same, by this site's own worker, which forgets them at sign-out and as soon as somebody else is here:
lessons and the home page that leads to them, to be read, and the pages of one's own open attempt, to be answered.
A view says so with `@offline.kept`; nothing else is ever kept, so a new page is private until somebody decides
otherwise.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from flask import Flask, Response, current_app, g, request
from flask_login import current_user

from webapp import questions
from webapp.web.assets import asset

P = ParamSpec("P")
R = TypeVar("R")

#: whoever is not signed in
NOBODY = "nobody"
#: what lessons and quizzes are made of, but for the scripts that types of question bring along, those of figures that
#: can be handled, and the fonts: they are kept when a page has used them
SHELL = (
    *(f"css/{name}.css" for name in ("tokens", "base", "components", "figures", "home", "lesson", "quiz", "print")),
    *(f"js/{name}.js" for name in ("theme", "offline", "parts", "home", "numbers", "lesson", "cards", "handled")),
    *(f"js/{name}.js" for name in ("quiz", "paper", "saving", "clock", "keys", "save", "outbox", "kept", "leaving")),
    "js/service-worker.js",
    "icons/icon.svg",
    "icons/icon-192.png",
)
#: the page for what is not kept, and the frame around it
TEMPLATES = ("offline.html", "base.html", "ui.html")


def kept(view: Callable[P, R]) -> Callable[P, R]:
    """Marks a view whose pages the browser of the person may keep, to show them while there is no network."""

    @wraps(view)
    def marking(*args: P.args, **kwargs: P.kwargs) -> R:
        g.kept_offline = True
        return view(*args, **kwargs)

    return marking


def reader() -> str:
    """An opaque name for whoever is here: starts with "g-" for guests, "a-" for accounts, or is NOBODY.

    The browser keeps pages and unsent answers under it, so that nobody finds those of somebody else.
    """
    if not current_user.is_authenticated:
        return NOBODY
    # The number alone would be somebody else's after a fresh start of the database on the same address.
    person = f"{current_user.id}:{current_user.created_at.isoformat()}"
    digest = hmac.digest(str(current_app.config["SECRET_KEY"]).encode(), person.encode(), "sha256").hex()[:12]
    return f"{'g' if current_user.is_guest else 'a'}-{digest}"


def worker(page: str) -> str:
    """The script of the service worker; `page` is the address of the page for what is not kept.

    It names every file of the shell with its version, so it changes with any of them, and browsers install the new one.
    """
    templates = Path(str(current_app.root_path)) / str(current_app.template_folder)
    text = hashlib.sha256(b"".join((templates / name).read_bytes() for name in TEMPLATES)).hexdigest()
    files = [asset(name) for name in (*SHELL, *questions.scripts())]
    version = hashlib.sha256("\n".join([text, *files]).encode()).hexdigest()[:12]
    options = json.dumps({"version": version, "page": page, "files": files}, indent=1)
    return f'import {{ serve }} from "{asset("js/service-worker.js")}";\n\nserve({options});\n'


def init_app(app: Flask) -> None:
    """Every page says whose it is, and whether it may be kept."""
    app.jinja_env.globals["reader"] = reader

    @app.after_request
    def say_whose_it_is(response: Response) -> Response:
        # A server in trouble may not know who asks; taking that for "nobody" would make the browser forget.
        may_keep = request.method == "GET" and response.status_code == 200 and g.get("kept_offline", False)
        # A redirect shows nothing, and asking for the person after a commit would be one statement more.
        shown = response.mimetype == "text/html" and response.status_code < 500 and response.location is None
        if may_keep or shown:
            response.headers["Reader"] = reader()
        if may_keep:
            response.headers["Keep-Offline"] = "yes"
        return response
