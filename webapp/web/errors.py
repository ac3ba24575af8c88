"""What a person sees when something is not there, not theirs, or went wrong."""

from __future__ import annotations

from flask import Flask, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin
from jinja2 import TemplateNotFound
from werkzeug.exceptions import HTTPException, InternalServerError

PAGES = (400, 401, 403, 404, 405, 409, 413, 429, 500)


def init_app(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def show(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None:
            return error.response
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

    @app.errorhandler(InternalServerError)
    def explain(error: InternalServerError) -> ResponseReturnValue:
        # The database may be what broke, so this page asks it nothing, not even who is here.
        g._login_user = AnonymousUserMixin()
        g.signed_in = g.signed_in_person = None
        return render_template("errors/500.html", error=error), 500
