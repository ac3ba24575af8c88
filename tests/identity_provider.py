"""An identity provider in the tests' own process: a real server on a free port, real keys, real signatures.

It does all that the standard asks for, and lies where a test says so. The provider that somebody else wrote is in
tests/oracles/.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from webapp.identity_providers import IdentityProvider

SECRET = "a secret: with % signs"


@cache
def rsa_key(kid: str) -> RSAKey:
    """A key of 2,048 bits; making one takes a tenth of a second."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


def public(key: Any) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


@dataclass
class Provider:
    """What the server answers with."""

    clock: Callable[[], datetime]
    address: str = ""
    client_id: str = field(default_factory=lambda: secrets.token_hex(8))
    keys: list[Any] = field(default_factory=lambda: [rsa_key("first")])
    #: what the discovery document says besides or instead
    document: dict[str, Any] = field(default_factory=dict)
    #: path → status, or the bytes of the answer
    answers: dict[str, Any] = field(default_factory=dict)
    #: makes the ID token, in place of an honest one
    forge: Callable[[Provider, dict[str, Any]], str] | None = None
    #: whether tokens hold no more than they must, and the rest is asked for (userinfo)
    sparing: bool = False
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: seconds between two of twenty pieces of an answer
    slow: float = 0
    #: paths in the order in which they were asked for
    asked: list[str] = field(default_factory=list)

    def settings(self, **more: Any) -> IdentityProvider:
        """The provider as the app's settings describe it."""
        told = {"name": "school", "title": "School", "issuer": self.address, "client_id": self.client_id}
        return IdentityProvider(**{**told, "client_secret": SECRET, "signup": True, "plain_http": True} | more)

    def authorize(self, address: str, subject: str, **claims: Any) -> dict[str, str]:
        """What a browser that went to `address` brings back, once somebody has signed in: code and state."""
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", self.client_id)
        code = secrets.token_urlsafe(12)
        at = int(self.clock().timestamp())
        self.codes[code] = {"asked": asked, "sub": subject, "claims": {"auth_time": at} | claims}
        return {"code": code, "state": asked["state"], "iss": self.address}

    def claims_of(self, code: dict[str, Any]) -> dict[str, Any]:
        at = int(self.clock().timestamp())
        told = {"iss": self.address, "aud": self.client_id, "iat": at, "exp": at + 300, "sub": code["sub"]}
        claims = told | {"nonce": code["asked"]["nonce"]} | code["claims"]
        return {name: value for name, value in claims.items() if value is not None}

    def sign(self, claims: dict[str, Any], *, key: Any = None, **header: Any) -> str:
        """A token, signed with the newest key or another one."""
        key = key or self.keys[-1]
        told = {"alg": "RS256", "kid": key.kid} | header
        told = {name: value for name, value in told.items() if value is not None}
        return jwt.encode(told, claims, key, algorithms=[told["alg"]])

    def token(self, fields: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        kind, _space, pair = authorization.partition(" ")
        client_id, _colon, secret = base64.b64decode(pair).decode().partition(":")
        code = self.codes.pop(fields.get("code", ""), None)  # each works once
        if kind != "Basic" or (unquote(client_id), unquote(secret)) != (self.client_id, SECRET):
            return 401, {"error": "invalid_client"}
        if code is None or fields.get("redirect_uri") != code["asked"]["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(fields["code_verifier"].encode()).digest()).rstrip(b"=")
        if challenge.decode() != code["asked"]["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        claims = self.claims_of(code)
        access_token = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
        if self.sparing:
            claims = {name: value for name, value in claims.items() if name not in {"name", "groups"}}
        made = (self.forge or Provider.sign)(self, claims)
        return 200, {"access_token": access_token, "token_type": "Bearer", "id_token": made}

    def answer(self, method: str, path: str, body: bytes, authorization: str) -> tuple[int, Any]:
        self.asked.append(path)
        if path in self.answers:
            given = self.answers[path]
            return (given, {}) if isinstance(given, int) else (200, given)
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "userinfo_endpoint": f"{self.address}/userinfo",
                "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256", "PS256"],
            } | self.document
        if path == "/keys":
            return 200, {"keys": [public(key) if not isinstance(key, dict) else key for key in self.keys]}
        if path == "/userinfo":
            return 200, json.loads(base64.urlsafe_b64decode(authorization.partition(" ")[2]))
        if path == "/token" and method == "POST":
            fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            return self.token(fields, authorization)
        return 404, {}


@contextmanager
def serving(clock: Callable[[], datetime], tls: ssl.SSLContext | None = None) -> Iterator[Provider]:
    """A provider that listens on a free port of this machine."""
    provider = Provider(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply()

        def do_POST(self) -> None:
            self.reply()

        def reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, value = provider.answer(self.command, self.path, body, self.headers.get("Authorization", ""))
            raw = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            if status in {301, 302, 303, 307, 308}:
                self.send_header("Location", f"{provider.address}/elsewhere")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            pieces = 20 if provider.slow else 1
            size = -(-len(raw) // pieces)
            with suppress(OSError):  # nobody waits for the rest
                for at in range(0, len(raw), size or 1):
                    self.wfile.write(raw[at : at + size])
                    time.sleep(provider.slow)

        def log_message(self, *_words: Any) -> None:
            """Nothing: the tests' output is the tests'."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.address = f"http://127.0.0.1:{server.server_address[1]}"
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        provider.address = f"https://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def address_in(page: str) -> str:
    """Where the page that leads to a provider leads."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
    assert found, "this page leads nowhere"
    return html.unescape(found[1])
