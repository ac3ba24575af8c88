"""Addresses of pages: each is built once. A page has thirty of them, and most of those every page has."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

from flask import Flask, current_app, has_request_context, request

from webapp.web import current

#: how many addresses a process keeps
MOST = 16_384
_PLAIN = {int, str}


def url_for(endpoint: str, **values: Any) -> str:
    """`flask.url_for`, remembered. What is not words and whole numbers, or hangs on more of the request, it builds
    anew."""
    if (
        endpoint.startswith(".")
        or not has_request_context()
        or any(type(value) not in _PLAIN or name.startswith("_") for name, value in values.items())
    ):
        return current_app.url_for(endpoint, **values)
    built = cast(Callable[..., str], current_app.extensions["addresses"])
    return built(request.root_path, current.named_course(), endpoint, tuple(values.items()))


def init_app(app: Flask) -> None:
    """Lets the app remember its addresses, and gives templates the `url_for` that does."""

    @lru_cache(MOST)
    def built(_prefix: str, _of: tuple[str | None, bool], endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
        # What an address is made of besides these is the same for every request of an app.
        return app.url_for(endpoint, **dict(values))

    app.extensions["addresses"] = built
    app.jinja_env.globals["url_for"] = url_for
