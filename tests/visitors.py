"""People who use a real server over HTTP, without a browser."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.parse
import urllib.request

from tests.clients import whole, within
from tests.servers import Nginx, Server


class Visitor:
    """A browser without JavaScript. Paths begin where the course does, as in tests/clients.py."""

    def __init__(self, server: Server | Nginx, patience: float = 10) -> None:
        """`patience`: seconds that it waits for an answer."""
        self.address, self.patience = server.address, patience
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.at = ""
        self.course = (server.servers[0] if isinstance(server, Nginx) else server).course

    def _arrived(self, address: str) -> None:
        self.at = address.removeprefix(self.address).removeprefix(within("", self.course))

    def jar_of(self, other: Visitor) -> None:
        """Shares the cookies of another one: the same browser at another server of the same app."""
        self.jar = other.jar
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> str:
        with self.opener.open(self.address + whole(path, self.course), timeout=self.patience) as answer:
            self._arrived(answer.geturl())
            return str(answer.read().decode())

    def post(self, path: str, fields: dict[str, str], accept: str = "text/html") -> str:
        body = urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(self.address + whole(path, self.course), data=body, headers={"Accept": accept})
        with self.opener.open(request, timeout=self.patience) as answer:
            self._arrived(answer.geturl())
            return str(answer.read().decode())


def answers_of(page: str) -> dict[str, str]:
    """The fields of the question form, with the first choice of whatever kind of question it is."""
    form = page[page.index("<form", page.index("<main")) :]
    fields: dict[str, str] = {}
    for tag in re.findall(r"<(?:input|textarea)\b[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        kind = re.search(r'type="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if not name or name[1] in fields or name[1] in {"certainty", "language"}:
            continue
        if kind and kind[1] in {"hidden", "radio"}:
            fields[name[1]] = value[1] if value else ""
        elif kind and kind[1] == "text":
            fields[name[1]] = "7"
    return fields
