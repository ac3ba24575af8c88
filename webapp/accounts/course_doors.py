"""The door of a course: whoever may not take it meets, at each of its pages, who may and how, and none of its texts.

A room whose pages are of a course says so of its blueprint, beside the audience that each of its views states:

    course_doors.guard(bp)

What is begun may be finished in an archived course; that nothing new is, `quizzes.eligibility` says.
"""

from __future__ import annotations

from flask import Blueprint, Flask, Response, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from webapp.accounts import sessions
from webapp.accounts.forms import CourseCodeForm
from webapp.web import current, prefix
from webapp.web.security import private


def init_app(app: Flask) -> None:
    """What templates ask: `in_course()` is how the reader of a page of the course stands to it, None elsewhere;
    `roles_here()` what whoever is signed in may do as, empty for others."""
    app.jinja_env.globals.update(in_course=lambda: g.get("in_course"), roles_here=sessions.roles_here)


def guard(bp: Blueprint) -> None:
    """Lets only those into the pages of a room whom the course admits."""
    bp.before_request(refuse)


def refuse() -> ResponseReturnValue | None:
    """None for whoever may take the course, else the page that says who may: 403, which no browser keeps.

    A page of the whole site, where there are several courses, shows each only to whom it admits, and refuses nobody.
    """
    if not current.has_course():
        return None
    standing = sessions.course_access()
    if standing.is_admitted:
        g.in_course = standing
        return None
    if request.accept_mimetypes.best == "application/json":
        return jsonify(error="not-admitted"), 403
    return closed_page(CourseCodeForm(formdata=None, next=prefix.here() if request.method == "GET" else ""), 403)


def closed_page(form: CourseCodeForm, status: int) -> Response:
    """Who may take the course, with the form for its code; to somebody who may not."""
    page = render_template(
        "accounts/course_closed.html", form=form, standing=sessions.course_access(), course_closed=True
    )
    return make_response(private(page, status))
