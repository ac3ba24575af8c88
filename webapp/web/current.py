"""What a request works with: the course as it stood when the request began, the time, the settings.

Pages of a course lie below `/courses/<course>`. The views don't see that part of their address: it is taken off before
they are called (`url_value_preprocessor`), and `url_for` puts the course of the request before every address that needs
one (`url_defaults`). Pages of the whole site have no course, unless there is only one.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from flask import Flask, abort, current_app, g, has_app_context, has_request_context, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RoutingException

from webapp.config import Settings
from webapp.content.course.course import Course
from webapp.content.courses import Courses, NoCourse
from webapp.content.folder_store import CourseStore
from webapp.content.problems import Problems


class OfCourse(Protocol):
    """What is kept of one course."""

    @property
    def course_id(self) -> str: ...


Kept = TypeVar("Kept", bound=OfCourse)

#: where the pages of a course begin
COURSE = "/courses/<course>"
#: the view at the address of a course itself, which is that of the site where there is only one
HOME = "home.home"


def settings() -> Settings:
    return cast(Settings, current_app.config["SETTINGS"])


def cache() -> Path:
    """Where what was made of the courses is kept, and the lock that whoever saves to them takes."""
    return cache_of(current_app)


def cache_of(app: Flask) -> Path:
    """The folder for what can be made again."""
    return cast(Settings, app.config["SETTINGS"]).data / "cache"


def courses() -> Courses:
    return cast(Courses, current_app.extensions["courses"])


def store() -> CourseStore:
    """The course of this request or command; the only one, where there is one. Raises NoCourse."""
    found = _store_or_none()
    if found is None:
        raise NoCourse("there are several courses, and this is a page of none")
    return found


def _store_or_none() -> CourseStore | None:
    found: CourseStore | None = g.get("course_store")
    return found or courses().only


def course() -> Course:
    """The course of this request: looked up once, so that one page never mixes two editions. Raises NoCourse."""
    if not has_request_context():
        return store().current()
    if "course" not in g:
        g.course = store().current()
    return cast(Course, g.course)


def course_or_none() -> Course | None:
    """The same, or None on a page of the whole site where there are several."""
    return course() if has_course() else None


def has_course() -> bool:
    return _store_or_none() is not None


def site_title() -> str:
    """What the site is called where somebody keeps it: by its course, or where there are several by a plain word."""
    here = course_or_none()
    return here.title if here is not None else str(_("Courses"))


def course_id() -> str | None:
    """The id of the course that this request is of, also where that can't be loaded; None on a page of the whole
    site."""
    if has_course():
        return store().id
    asked: str | None = g.get("course_asked")
    return asked


def named_course() -> tuple[str | None, bool]:
    """The course that addresses of this request name, and whether it is the only one; on this alone they hang, of all
    that a request has."""
    here = _store_or_none()
    return (here.id if here is not None else None), courses().only is not None


def first_course() -> CourseStore:
    """The course that was here before there were several: the one that WEBAPP_FIRST_COURSE names, or the first. Raises
    Problems where it can't be loaded, NoCourse where there is none."""
    found = courses().only or (courses().store(known) if (known := _first()) else None)
    if found is None:
        raise NoCourse("there is no course")
    return found


def _first() -> str | None:
    known, named = courses().ids(), settings().first_course
    return named if named in known else next(iter(known), None)


def of_course(thing: Kept) -> Kept:
    """What was found by its number, where it is of the course of this request: 404 otherwise."""
    if thing.course_id != store().id:
        abort(404)
    return thing


def take_up(course_id: str) -> bool:
    """Makes a course that of this request or command; False where there is none with this id. Raises Problems for one
    that can't be loaded."""
    if courses().only is not None:
        return course().id == course_id
    found = courses().store(course_id)
    if found is not None:
        g.pop("course", None)
        g.pop("reading", None)  # the languages in which it is read (web/localisation.py)
        g.course_store = found
    return found is not None


def course_problems() -> Problems | None:
    """What is wrong with the files as they are now, if the course shown is the last good one."""
    course()
    return store().problems


def now() -> datetime:
    """The time, aware and in UTC; tests set `CLOCK`."""
    return cast(datetime, current_app.config["CLOCK"]())


def path_of_course() -> str:
    """Where the pages of the current course begin, below the app's prefix; "" on a page of the whole site."""
    return _path_of(store().id) if has_course() else ""


def path_within_course() -> str:
    """The path of this request without where its course begins: /quizzes/tea."""
    return request.path.removeprefix(path_of_course())


def path_of_old(path: str) -> str | None:
    """The path of today for one from before courses had addresses of their own: /quizzes/tea. None for others.

    There was one course then: `first_course`.
    """
    first = _first()
    adapter = current_app.create_url_adapter(request)
    # Slashes that werkzeug would merge are no address of ours, whatever they lead to.
    if first is None or adapter is None or "//" in path:
        return None
    moved = _path_of(first) + path
    try:
        adapter.match(moved, method=request.method)
    except (MethodNotAllowed, RoutingException):
        pass
    except HTTPException:
        return None
    return moved


def _path_of(course_id: str) -> str:
    return COURSE.replace("<course>", course_id)


def init_app(app: Flask) -> None:
    """Takes the course out of addresses, and puts it into those that are made."""
    app.jinja_env.globals.update(
        course=course,
        course_or_none=course_or_none,
        now=now,
        path_within_course=path_within_course,
        several_courses=lambda: courses().only is None,
    )

    @app.url_value_preprocessor
    def take_course(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values is not None and "course" in values:
            g.course_asked = values.pop("course")

    @app.before_request
    def find_course() -> None:
        # Not for what asks for no course, and has to answer while the database doesn't.
        if request.endpoint != "static" and request.blueprint != "site":
            courses().refresh()
        asked = g.get("course_asked")
        if asked is not None and not take_up(asked):
            abort(404)

    @app.url_defaults
    def name_course(endpoint: str, values: dict[str, Any]) -> None:
        if "course" in values or not app.url_map.is_endpoint_expecting(endpoint, "course") or not has_app_context():
            return
        named, is_only = named_course()
        if is_only and endpoint == HOME:
            return  # there is no other page for its address to be
        if named is not None:
            values["course"] = named
