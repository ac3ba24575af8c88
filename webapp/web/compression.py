"""Pages are compressed, but for those that another site made the browser ask for.

Whoever sees how long an encrypted answer is, and can make it repeat a guess beside a secret, learns the secret by which
guesses compress well (BREACH, CVE-2013-3587). That takes thousands of requests that carry a guess and the victim's
cookies. Cookies are SameSite=Lax, so other sites' requests in the background carry none; tokens of forms are written
anew in every page; and here the rest, a page that somebody is led to, is sent as it is. Padding of random length was
decided against: it makes the attack longer, by averaging, and not impossible.

The app's own files hold no secret and are the same for everybody, so they are compressed as far as brotli goes, each
once in a process: that takes a few hundredths of a second and saves a fifth of what is sent otherwise.
"""

from __future__ import annotations

import brotli  # type: ignore[import-untyped]
from flask import Flask, Response, request
from flask_compress import Compress

#: what browsers say of requests that began here, and of addresses that were typed
_OURS = {"same-origin", "none"}
#: how many files of the app a process keeps compressed; there are fewer
_MOST_FILES = 300


def may_leak() -> bool:
    """Whether somebody else may have chosen what this request repeats."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in _OURS
    # Browsers that do not say, and programs.
    return bool(request.query_string) or request.method not in {"GET", "HEAD"}


class Careful(Compress):
    def __init__(self, app: Flask) -> None:
        #: by name and tag, which changes with the content
        self.files: dict[tuple[str, str], bytes] = {}
        super().__init__(app)

    def is_file_to_compress(self, response: Response) -> bool:
        """Whether this is a whole file of the app, of a kind that can be made shorter, for a browser that reads it."""
        return (
            request.endpoint == "static"
            and response.status_code == 200
            and response.mimetype in self.compress_mimetypes_set
            and request.accept_encodings["br"] > 0
        )

    def with_file_compressed(self, response: Response) -> Response:
        tag, _is_weak = response.get_etag()
        key = (str((request.view_args or {}).get("filename")), str(tag))
        response.direct_passthrough = False
        opened = response.response
        content = self.files.get(key)
        if content is None:
            if len(self.files) >= _MOST_FILES:
                self.files.clear()
            content = self.files[key] = brotli.compress(response.get_data(), quality=11)
        response.set_data(content)
        if (close := getattr(opened, "close", None)) is not None:
            close()
        response.headers["Content-Encoding"] = "br"
        response.vary.add("Accept-Encoding")
        response.set_etag(f"{tag}:br")
        response.make_conditional(request)
        return response

    def after_request(self, response: Response | None) -> Response:
        if response is not None and response.mimetype in {"text/html", "application/json"} and may_leak():
            return response
        if response is not None and self.is_file_to_compress(response):
            return self.with_file_compressed(response)
        compressed: Response = super().after_request(response)
        return compressed


def init_app(app: Flask) -> None:
    Careful(app)
