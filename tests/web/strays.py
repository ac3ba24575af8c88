"""Addresses that a response holds and that lead out of the prefix under which the app lies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

PREFIX = "/quiz"
HOST = "http://localhost"

#: attributes that hold an address, whatever it looks like; others may hold one that begins with a slash
_ADDRESSES = {"href", "src", "action", "formaction", "poster", "manifest", "xlink:href"}
#: an address of this host anywhere in a text, with what ends it
_IN_FULL = re.compile(rf"{HOST}(?::\d+)?[^\s\"'<>&,]*")
_IN_SCRIPT = re.compile(r"[\"'`](/[^\"'`\s]*)[\"'`]")


class Proxy:
    """Keeps an app below the prefix, as a proxy in front of a server does: takes it off each address, and says so."""

    def __init__(self, app: Any, prefix: str = PREFIX, header: str | None = None) -> None:
        self.app, self.prefix, self.header = app, prefix, prefix if header is None else header

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        if not path.startswith(f"{self.prefix}/"):
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"another app of this host"]
        behind = environ | {"PATH_INFO": path.removeprefix(self.prefix), "HTTP_X_FORWARDED_PREFIX": self.header}
        return self.app(behind, start_response)


class _Attributes(HTMLParser):
    """All attributes of a page, and the text of its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.scripts: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [(tag, name, value) for name, value in attrs if value]
        self._in_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts.append(data)


class Strays:
    """Finds what leads out of the prefix, or nowhere, in responses of an app."""

    def __init__(self, app: Flask) -> None:
        self._routes = app.url_map.bind("localhost")

    def of(self, response: Any, path: str) -> Iterator[str]:
        """What is wrong with a response to a request for a path (with its prefix)."""
        if location := response.headers.get("Location"):
            yield from self._address(location, path, "Location")
        for cookie in response.headers.getlist("Set-Cookie"):
            if f"Path={PREFIX}" not in cookie.split("; "):
                yield f"a cookie that other apps get: {cookie}"
        if response.mimetype == "application/json" and "openapi" in response.json:
            yield from self._described(response.json, path)
        elif response.mimetype in {"application/json", "application/manifest+json"}:
            yield from self._json(response.json, path)
        elif response.mimetype == "text/html":
            yield from self._html(response.get_data(as_text=True), path)
        elif response.mimetype == "text/javascript":
            yield from self._script(response.get_data(as_text=True), path)
        elif response.mimetype.startswith("text/"):
            yield from self._in_full(response.get_data(as_text=True), path)

    def _html(self, text: str, path: str) -> Iterator[str]:
        page = _Attributes()
        page.feed(text)
        page.close()
        for tag, name, value in page.found:
            if name == "srcset":
                for each in value.split(","):
                    yield from self._address(each.split()[0], path, f"<{tag} srcset>")
            elif name in _ADDRESSES:
                yield from self._address(value, path, f"<{tag} {name}>")
            elif name != "data-root" and (re.match(r"/[^/\s]", value) or value == "/"):
                # A script may put a name behind it, so that it need not lead anywhere as it is.
                yield from self._inside(value, f"<{tag} {name}>")
        for script in page.scripts:
            yield from self._script(script, path)
        yield from self._in_full(text, path)

    def _script(self, text: str, path: str) -> Iterator[str]:
        for address in _IN_SCRIPT.findall(text):
            yield from self._address(address, path, "a script")

    def _json(self, value: Any, path: str) -> Iterator[str]:
        if isinstance(value, dict):
            for name, each in value.items():
                yield from self._json(name, path)
                yield from self._json(each, path)
        elif isinstance(value, list):
            for each in value:
                yield from self._json(each, path)
        elif isinstance(value, str):
            if value.startswith("/"):
                yield from self._address(value, path, "JSON")
            elif "<" in value:
                yield from self._html(value, path)

    def _described(self, document: dict[str, Any], path: str) -> Iterator[str]:
        """The addresses that a document of an API describes stand below that of its server."""
        for server in document["servers"]:
            for each in document["paths"]:
                filled = re.sub(r"\{\w+\}", "1", each)
                yield from self._address(server["url"] + filled, path, "the description of an API")

    def _in_full(self, text: str, path: str) -> Iterator[str]:
        for address in _IN_FULL.findall(text):
            yield from self._address(address, path, "a text")

    def _address(self, value: str, path: str, where: str) -> Iterator[str]:
        address = urlsplit(urljoin(HOST + path, value))
        if address.scheme not in {"http", "https"} or address.hostname != "localhost":
            return
        outside = list(self._inside(address.path, where))
        yield from outside
        if not outside and value[0] not in "#?" and not self._leads_somewhere(address.path.removeprefix(PREFIX)):
            yield f"{where} leads nowhere: {value}"
        for name in ("next", "path"):
            if found := re.search(rf"(?:^|&){name}=(%2F[^&]*|/[^&]*)", address.query):
                yield from self._inside(unquote(found[1]), f"{where}, {name}=")

    def _inside(self, path: str, where: str) -> Iterator[str]:
        if not path.startswith(f"{PREFIX}/") or path.startswith(f"{PREFIX}{PREFIX}/"):
            yield f"{where} leads out of the prefix: {path}"

    def _leads_somewhere(self, path: str) -> bool:
        try:
            self._routes.match(unquote(path), "GET")
        except NotFound:
            return False
        except (MethodNotAllowed, RequestRedirect):
            return True
        return True


def json_of(text: str) -> Any:
    """What a script is called with, such as `serve({…})`."""
    return json.loads(text[text.index("({") + 1 : text.rindex(")")])
