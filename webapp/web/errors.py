"""What a person sees when something is not there, not theirs, or went wrong, and that what they typed is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin
from jinja2 import TemplateNotFound
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound
from werkzeug.routing import RoutingException

from webapp.content.problems import Problems
from webapp.web import access, current, outages, problem_details
from webapp.web.security_log import request_id

PAGES = (400, 401, 403, 404, 405, 409, 413, 429, 500)
#: fields of forms that no person typed
_UNTYPED = frozenset({"csrf_token", "action", "sequence", "seconds", "kept"})


@dataclass(frozen=True)
class KeptForm:
    """A form that could not be taken, to be sent again as it was. With its token: making another may need what broke.

    Whoever forges a form gets their own token back, which is no better for it.
    """

    path: str
    fields: Mapping[str, Sequence[str]]

    @property
    def typed(self) -> list[str]:
        """What a person wrote into it, to be seen. Choices are places on the paper, which say nothing."""
        words = (value for name, values in self.fields.items() if name not in _UNTYPED for value in values)
        return [value for value in words if any(letter.isalpha() or letter.isspace() for letter in value)]


def init_app(app: Flask, *, kept_form: Callable[[], KeptForm | None]) -> None:
    """`kept_form` gives the form of this request if it may be written into a page."""

    @app.errorhandler(HTTPException)
    def show(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None:
            return error.response
        if problem_details.asks_api():
            return problem_details.answer_to(error)
        code = error.code or 500
        headers = {k: v for k, v in error.get_headers() if k.lower() in {"retry-after", "allow"}}
        if request.accept_mimetypes.best == "application/json":
            return jsonify(error=error.name, message=error.description), code, headers
        page = code if code in PAGES else (500 if code >= 500 else 400)
        try:
            body = render_template(f"errors/{page}.html", error=error)
        except TemplateNotFound:
            body = render_template("errors/error.html", error=error)
        return body, code, headers

    @app.errorhandler(NotFound)
    def elsewhere(error: NotFound) -> ResponseReturnValue:
        """An address that was typed with a slash at its end leads to the page without it, and one from before courses
        had addresses of their own to what it was, whatever is sent there."""
        if problem_details.asks_api():
            return show(error)
        bare = request.path.rstrip("/")
        reads = request.method in {"GET", "HEAD"}
        path = None
        if reads and bare and bare != request.path and _is_a_page(bare):
            path = bare
        elif request.url_rule is None:
            path = current.path_of_old(request.path) or (current.path_of_old(bare) if reads and bare else None)
        if path is None:
            return show(error)
        query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        return redirect(f"{request.script_root}{quote(path)}{query}", 308)

    @app.errorhandler(Problems)
    def broken(problems: Problems) -> ResponseReturnValue:
        """A course that can't be loaded: staff are told why, and to others it is not there."""
        if not access.belongs(access.STAFF):
            return show(NotFound())
        if problem_details.asks_api():
            told = [str(each) for each in problems.problems]
            return problem_details.problem(503, "Its files have errors.", name="course-broken", errors=told)
        return _private(render_template("errors/course.html", problems=problems.problems), 503)

    @app.errorhandler(SQLAlchemyError)
    def wait(error: SQLAlchemyError) -> ResponseReturnValue:
        why = outages.reason(error)
        if why is None:
            raise error
        return _out_of_reach(why, kept_form)

    @app.errorhandler(InternalServerError)
    def explain(error: InternalServerError) -> ResponseReturnValue:
        # Another error's page may have met the outage.
        why = outages.reason(error.original_exception)
        if why is not None:
            return _out_of_reach(why, kept_form)
        _ask_nothing()
        number = request_id()[:8]
        current_app.logger.error("What went wrong above has the number %s", number)
        if problem_details.asks_api():
            return problem_details.answer_to(error)
        if request.accept_mimetypes.best == "application/json":
            return jsonify(error=error.name, message=error.description, number=number), 500
        return _private(render_template("errors/500.html", error=error, number=number, kept=kept_form()), 500)


def _is_a_page(path: str) -> bool:
    """Whether a view takes the address; what it finds there is another matter."""
    adapter = current_app.create_url_adapter(request)
    try:
        return adapter is not None and bool(adapter.match(path, method="GET"))
    except (HTTPException, RoutingException):
        return False


def _out_of_reach(why: str, kept_form: Callable[[], KeptForm | None]) -> Response:
    """503: nothing was done, nothing typed is lost, and it makes sense to try again."""
    current_app.logger.error("The database can't be used (%s): %s %s", why, request.method, request.endpoint)
    _ask_nothing()
    response: Response
    if problem_details.asks_api():
        response = problem_details.problem(503, "Nothing was done. Please try again.", name="unavailable")
    elif request.accept_mimetypes.best == "application/json":
        response = make_response(jsonify(error="unavailable"), 503)
    else:
        response = _private(render_template("errors/503.html", kept=kept_form()), 503)
    response.headers["Retry-After"] = str(outages.TRY_AGAIN)
    return response


def _ask_nothing() -> None:
    """The database may be what broke, so the answer asks it nothing, not even who is here."""
    g._login_user = AnonymousUserMixin()
    g.signed_in = g.signed_in_person = None


def _private(body: str, status: int) -> Response:
    response = make_response(body, status)
    response.headers["Cache-Control"] = "no-store"
    return response
