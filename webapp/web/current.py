"""What a request works with: the course as it stood when the request began, the time, the settings."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from flask import current_app, g, has_request_context

from webapp.config import Settings
from webapp.content.course.course import Course
from webapp.content.folder_store import CourseStore
from webapp.content.problems import Problems


def settings() -> Settings:
    return cast(Settings, current_app.config["SETTINGS"])


def store() -> CourseStore:
    return cast(CourseStore, current_app.extensions["course_store"])


def course() -> Course:
    """The course of this request: looked up once, so that one page never mixes two editions."""
    if not has_request_context():
        return store().current()
    if "course" not in g:
        g.course = store().current()
    return cast(Course, g.course)


def course_problems() -> Problems | None:
    """What is wrong with the files as they are now, if the course shown is the last good one."""
    course()
    return store().problems


def now() -> datetime:
    """The time, aware and in UTC; tests set `CLOCK`."""
    return cast(datetime, current_app.config["CLOCK"]())
