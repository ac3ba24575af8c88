"""Addresses of static files that change with their content, so that browsers may keep each one for good."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from markupsafe import Markup

IMPORT = re.compile(r"""\b(?:from|import)\b\s*\(?\s*"\./([\w-]+\.js)\"""")


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


@lru_cache(maxsize=16)
def _imported(scripts: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    texts = (Path(path).read_text("utf-8") for path, _ in scripts)
    return tuple(sorted({name for text in texts for name in IMPORT.findall(text)}))


def import_map() -> Markup:
    """The import map of a page, as JSON: modules import each other by plain name and get the file of one version.

    A browser that knows no import maps asks for the plain names each time, and is mostly answered 304.
    """
    folder = Path(str(current_app.static_folder)) / "js"
    scripts = tuple((str(path), path.stat().st_mtime_ns) for path in sorted(folder.glob("*.js")))
    files = [f"js/{name}" for name in _imported(scripts)]
    addresses = {url_for("static", filename=file): asset(file) for file in files}
    # Names of our own files, which need no escaping.
    return Markup(json.dumps({"imports": addresses}, separators=(",", ":")))  # noqa: S704


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(asset=asset, import_map=import_map)

    @app.after_request
    def keep_versioned_files(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in (200, 304):
            if "v" in request.args:
                response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
            else:
                response.headers["Cache-Control"] = "public, no-cache"
        return response
