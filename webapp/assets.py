"""Addresses of static files that change with their content, so that browsers may keep each one for good."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for


@lru_cache(maxsize=512)
def _version(path: str, modified: int, size: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def asset(filename: str) -> str:
    """The address of a file below static/, with a version that follows its content."""
    path = Path(str(current_app.static_folder)) / filename
    try:
        status = path.stat()
    except FileNotFoundError:
        if current_app.debug or current_app.testing:
            raise
        return url_for("static", filename=filename)
    return url_for("static", filename=filename, v=_version(str(path), status.st_mtime_ns, status.st_size))


def init_app(app: Flask) -> None:
    app.jinja_env.globals["asset"] = asset

    @app.after_request
    def keep_versioned_files(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in (200, 304):
            if "v" in request.args:
                response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
            else:
                # Modules import each other by plain name, so they are asked for each time, and mostly answered 304.
                response.headers["Cache-Control"] = "public, no-cache"
        return response
