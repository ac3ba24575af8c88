"""A proxy that keeps the app below a prefix of its own address, and notes what is asked for outside of it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: of one connection, not of what goes over it (RFC 9110, 7.6.1)
_OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "upgrade"}


class Proxy(ThreadingHTTPServer):
    """Passes requests below the prefix on to a server on this machine; all others it answers with 404."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, prefix: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.to, self.prefix = port, prefix
        self.host = f"http://127.0.0.1:{self.server_port}"
        #: the first page below the prefix
        self.address = f"{self.host}{prefix}/"
        self._strays: list[str] = []

    def stray(self, request: str) -> None:
        self._strays.append(request)

    def strays(self) -> list[str]:
        """Requests outside of the prefix since this was last asked."""
        strays, self._strays = self._strays, []
        return strays


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def _pass_on(self) -> None:
        prefix = self.server.prefix
        if not self.path.startswith(f"{prefix}/"):
            self.server.stray(f"{self.command} {self.path} from {self.headers.get('Referer')}")
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_CONNECTION}
        headers |= {
            "X-Forwarded-Prefix": prefix,
            "X-Forwarded-Host": self.headers["Host"],
            "X-Forwarded-Proto": "http",
            "X-Forwarded-For": self.client_address[0],
        }
        server = http.client.HTTPConnection("127.0.0.1", self.server.to, timeout=60)
        try:
            server.request(self.command, self.path.removeprefix(prefix), body, headers)
            answer = server.getresponse()
            content = answer.read()
        finally:
            server.close()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_THE_CONNECTION | {"content-length"}:
                self.send_header(name, value)
        if answer.status not in {204, 304}:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(OSError):  # a browser that goes on to another page doesn't wait for what it asked for
            self.wfile.write(content)

    do_GET = do_POST = do_HEAD = _pass_on

    def log_message(self, *_: Any) -> None:
        """Says nothing; the tests ask."""


@contextmanager
def proxy_to(port: int, prefix: str) -> Iterator[Proxy]:
    proxy = Proxy(port, prefix)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
