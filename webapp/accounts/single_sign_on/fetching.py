"""Asking an identity provider over HTTP: by https, for seconds, for a megabyte, and never on to somewhere else."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from webapp.identity_providers import LOOPBACK, is_usable

#: seconds for connecting and for each piece, and for all of an answer
TIMEOUT, LONGEST = 5, 10
#: bytes of an answer
LARGEST = 1024 * 1024


class Unreachable(Exception):
    """A provider gives no answer that can be used; the text says why, for the log, and holds nothing secret."""


def ask(
    address: str, *, plain_http: bool, fields: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object at an address; with `fields` they are posted as a form. Redirects are answers as
    any other. Raises Unreachable."""
    if not is_usable(address, plain_http=plain_http):
        raise Unreachable("an address is not https")
    body = urlencode(fields).encode() if fields is not None else None
    sent = {"Accept": "application/json", "User-Agent": "webapp", **(headers or {})}
    until = time.monotonic() + LONGEST
    try:
        with _opener(address).open(Request(address, data=body, headers=sent), timeout=TIMEOUT) as response:  # noqa: S310
            status, raw = response.status, _read(response, until)
    except Unreachable:
        raise
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable(type(getattr(error, "reason", error)).__name__) from None
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise Unreachable(f"status {status}, no JSON") from None
    if not isinstance(value, dict):
        raise Unreachable(f"status {status}, no JSON object")
    return status, value


def _opener(address: str) -> OpenerDirector:
    """Without what `build_opener` adds: files, FTP, and following redirects."""
    opener = OpenerDirector()
    for handler in (HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    if urlsplit(address).hostname not in LOOPBACK:
        opener.add_handler(ProxyHandler())
    return opener


def _read(response: HTTPResponse, until: float) -> bytes:
    raw = b""
    # read1 gives what has come, so that an answer that comes drop by drop is not waited for.
    while piece := response.read1(64 * 1024):
        raw += piece
        if len(raw) > LARGEST:
            raise Unreachable("an answer is longer than a megabyte")
        if time.monotonic() > until:
            raise Unreachable("an answer takes too long")
    return raw
