"""Pages are compressed, but for those that another site made the browser ask for.

Whoever sees how long an encrypted answer is, and can make it repeat a guess beside a secret, learns the secret by which
guesses compress well (BREACH, CVE-2013-3587). That takes thousands of requests that carry a guess and the victim's
cookies. Cookies are SameSite=Lax, so other sites' requests in the background carry none; tokens of forms are written
anew in every page; and here the rest, a page that somebody is led to, is sent as it is. Padding of random length was
decided against: it makes the attack longer, by averaging, and not impossible.
"""

from __future__ import annotations

from flask import Flask, Response, request
from flask_compress import Compress

#: what browsers say of requests that began here, and of addresses that were typed
_OURS = {"same-origin", "none"}


def may_leak() -> bool:
    """Whether somebody else may have chosen what this request repeats."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in _OURS
    # Browsers that do not say, and programs.
    return bool(request.query_string) or request.method not in {"GET", "HEAD"}


class Careful(Compress):
    def after_request(self, response: Response | None) -> Response:
        if response is not None and response.mimetype in {"text/html", "application/json"} and may_leak():
            return response
        compressed: Response = super().after_request(response)
        return compressed


def init_app(app: Flask) -> None:
    Careful(app)
