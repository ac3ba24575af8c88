"""A client for tests about what a course does, whichever it is: its addresses begin where the course does.

The pages of a course lie below /courses/<its id>, and the course of a test is the one that its app has. So a test says
`client.get("/quizzes/tea")`; the client asks for /courses/tea-and-bread/quizzes/tea, and says of a redirect there that
its `location` is /quizzes/tea. Addresses of the whole site (/sign-in, /review, /static/…) are sent as they are, and so
is one that begins with /courses/ already. What pages and headers hold is left alone: `within` gives the whole address.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import RoutingException
from werkzeug.test import TestResponse

#: the ids of the courses that tests are about
TINY, SHIPPED = "tea-and-bread", "deeper-than-deepseek"


def within(path: str, course: str = TINY) -> str:
    """The whole address of a page of a course."""
    return f"/courses/{course}{path}"


#: what addresses begin with that are of a course, for those who have no app to ask
_OF_COURSE = re.compile(r"/(quizzes|attempts|lessons|progress|instructor|notes|course|media)(?![\w-])")


def whole(path: str, course: str = SHIPPED) -> str:
    """The same for browsers: a path that may be said from where the course begins, or is of the site."""
    return within(path, course) if _OF_COURSE.match(path) else path


class Answer(TestResponse):
    """A response whose `location` begins where the course does."""

    start = ""
    #: whether it is about to be followed, for which the whole address is needed
    followed = False

    @property
    def location(self) -> str | None:  # type: ignore[override]
        told = self.headers.get("Location")
        if told is None or self.followed:
            return told
        prefix, course, rest = told.partition(self.start) if self.start else ("", "", told)
        return prefix + rest if course and rest[:1] in ("/", "?", "#") else told


class CourseClient(FlaskClient):
    """Flask's client, for paths within the course of its app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.response_wrapper = type("Answer", (Answer,), {"start": start_of(self.application)})

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if args and isinstance(args[0], str):
            args = (within_course(self.application, args[0]), *args[1:])
        return super().open(*args, **kwargs)

    def resolve_redirect(self, response: TestResponse, buffered: bool = False) -> TestResponse:
        response.followed = True  # type: ignore[attr-defined]
        return super().resolve_redirect(response, buffered=buffered)


def start_of(app: Flask) -> str:
    """Where the only course of an app begins; "" where there are several, whose tests say which they mean."""
    only = app.extensions["courses"].only
    return within("", only.id) if only is not None else ""


def within_course(app: Flask, address: str) -> str:
    """A path as the app has it, behind the prefix of a proxy where a test put one in front (tests/web/strays.py)."""
    prefix = getattr(app.wsgi_app, "prefix", "")
    start = start_of(app)
    if not start or not address.startswith(f"{prefix}/"):
        return address
    path = address.removeprefix(prefix)
    routes = app.url_map.bind("localhost")

    def is_there(path: str) -> bool:
        try:
            routes.match(urlsplit(path).path)
        except NotFound:
            return False
        except (HTTPException, RoutingException):
            return True
        return True

    return prefix + (start + path if not is_there(path) and is_there(start + path) else path)
