"""Where the app lies on its host: at the root or, behind a proxy that keeps it below a path, behind a prefix.

The proxy takes the prefix off each address and says which it was: `X-Forwarded-Prefix: /quiz`, believed only with
WEBAPP_PROXIES. `url_for` puts it before every address that it makes, so templates and views write no address by hand.
What is left, addresses that are not made by `url_for`, asks here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import has_request_context, request
from werkzeug.wrappers import Response

from webapp.web import current

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: /quiz, /courses/china-2026: only what means itself wherever it is written, in pages, headers, cookies and scripts
_USABLE = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*/?")
_LONGEST = 200
_REFUSED = (
    "The prefix that the proxy sends (X-Forwarded-Prefix) cannot be used: expected a path such as /quiz, "
    "of letters, digits, '-', '_', '.' and '~'.\n"
)
#: a link to a page of the course in HTML that `content.markdown` has cleaned, up to its address
_OWN_LINK = re.compile(r'(<a (?:[^">]|"[^"]*")*?href=")(?=/)')


class BehindPrefix:
    """Takes the prefix from the header, as the outermost of so many trusted proxies gives it.

    One that leads elsewhere, or could be read as something else, is refused (400): a proxy that passes on what a
    visitor sent would let the visitor write into pages, headers and cookies.
    """

    def __init__(self, app: WSGIApplication, proxies: int) -> None:
        self.app, self.proxies = app, proxies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        sent = environ.get("HTTP_X_FORWARDED_PREFIX", "").split(",")
        prefix = sent[-self.proxies].strip() if len(sent) >= self.proxies else ""
        if len(prefix) > _LONGEST or not _USABLE.fullmatch(prefix):
            return Response(_REFUSED, 400, mimetype="text/plain")(environ, start_response)
        if prefix:
            environ["SCRIPT_NAME"] = prefix.rstrip("/")
        return self.app(environ, start_response)


def keep_cookie(response: Response, name: str, value: str) -> None:
    """Keeps what a browser is to remember of its reader for a year: no secret, and nothing that scripts need."""
    response.set_cookie(
        name,
        value,
        path=cookie_path(),
        max_age=timedelta(days=365),
        samesite="Lax",
        httponly=True,
        secure=request.is_secure,
    )


def root() -> str:
    """The prefix of this request without a slash at its end ("/quiz"); "" at the root of a host, and in a command."""
    return request.script_root if has_request_context() else ""


def here() -> str:
    """The address of this request as the browser has it, from the host on."""
    return root() + request.full_path.rstrip("?")


def cookie_path() -> str:
    """Where the browser sends the app's cookies: not to what else lies on the same host."""
    return root() or "/"


def rooted(html: str) -> str:
    """HTML that was rendered from the course's Markdown, with the prefix and the course before its links to lessons.

    It is rendered once for all requests, so it doesn't have them of itself.
    """
    if _OWN_LINK.search(html) is None:
        return html
    before = root() + current.path_of_course()
    return _OWN_LINK.sub(rf"\1{before}", html) if before else html
