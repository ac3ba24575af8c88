"""What a program is told when something can't be done: problems as RFC 9457 says them.

Everything below /api/ answers so, whatever it was that went wrong and wherever: pages are for people. It stands in this
room and not in `api`, because errors, sign-in and limits have to tell the two apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, has_request_context, request
from werkzeug.exceptions import HTTPException

from webapp.web.security_log import request_id

#: where the addresses for programs begin
BASE = "/api/"
MIMETYPE = "application/problem+json"
#: how the `type` of a problem begins that has a name of its own; docs/api.md lists the names
NAMED = "urn:webapp:problem:"
#: the names, and what each says
TITLES = {
    "token-missing": "A token is needed",
    "token-invalid": "The token is not valid",
    "scope-missing": "The token is not for this",
    "not-admitted": "The course is not for this person",
    "second-factor-missing": "A second factor is required",
    "query-invalid": "The query can't be read",
    "cursor-invalid": "The cursor can't be used",
    "host-unknown": "The site is not known by this name",
    "course-broken": "The course can't be loaded",
    "unavailable": "The database can't be used at the moment",
}
#: headers of an error that are part of what it says
_KEPT = {"retry-after", "allow", "www-authenticate"}


class ApiProblem(HTTPException):
    """A problem with a name of its own, one of `TITLES`. `more` are further members of the answer, JSON-able."""

    def __init__(
        self, status: int, name: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.code, self.problem, self.more = status, name, more
        self.told = dict(headers or {})


def asks_api() -> bool:
    """Whether this request is a program's."""
    return has_request_context() and request.path.startswith(BASE)


def answer_to(error: HTTPException) -> Response:
    """The problem that an error is."""
    if error.response is not None and isinstance(error.response, Response):
        return error.response
    if isinstance(error, ApiProblem):
        return problem(error.code or 500, error.description, name=error.problem, headers=error.told, **error.more)
    status = error.code or 500
    kept = {name: value for name, value in error.get_headers() if name.lower() in _KEPT}
    return problem(status, error.description, headers=kept)


def problem(
    status: int, detail: str | None = None, *, name: str = "", headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A problem as a response that nobody keeps. Without a name it says no more than its status."""
    body = {
        "type": f"{NAMED}{name}" if name else "about:blank",
        "title": TITLES[name] if name else HTTPStatus(status).phrase,
        "status": status,
        **({"detail": str(detail)} if detail else {}),
        # The name under which the server's log tells of it.
        "instance": f"urn:webapp:request:{request_id()}",
        **more,
    }
    response = Response(json.dumps(body, ensure_ascii=False) + "\n", status, mimetype=MIMETYPE)
    response.headers.update(headers or {})
    response.headers["Cache-Control"] = "no-store"
    return response
