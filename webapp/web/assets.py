"""Addresses of static files that change with their content, so that browsers may keep each one for good."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from markupsafe import Markup

#: seconds for which a file below static/ is taken to be as it was: a page has dozens of them
LOOKED_AT_FOR = 1.0
IMPORT = re.compile(r"""\b(?:from|import)\b\s*\(?\s*"\./([\w-]+\.js)\"""")

#: how scripts of the editor's pages begin
EDITOR = "editor"


@lru_cache(maxsize=512)
def _version(path: str, modified: int, size: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def asset(filename: str) -> str:
    """The address of a file below static/, with a version that follows its content."""
    return _address(request.root_path, f"{current_app.static_folder}/{filename}", filename, _moment())


def _moment() -> int:
    """What is found out about files is kept until this number is another one."""
    return int(time.monotonic() / LOOKED_AT_FOR)


@lru_cache(maxsize=1024)
def _address(_prefix: str, path: str, filename: str, _moment: int) -> str:
    """An address hangs on the request only by the prefix that the app is behind."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        if current_app.debug or current_app.testing:
            raise
        return url_for("static", filename=filename)
    return url_for("static", filename=filename, v=_version(path, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=16)
def _imports(folder: str, scripts: tuple[tuple[str, int, int], ...], with_editor: bool) -> Markup:
    """The import map of scripts in a folder of this address, each with the time it was modified and its size.

    Every page has one, so it is made when a script has changed, and not for each.
    """
    texts = {os.path.basename(path): Path(path).read_text("utf-8") for path, _, _ in scripts}
    imports = {name: set(IMPORT.findall(text)) for name, text in texts.items()}
    inner = set().union(*imports.values())
    imported: set[str] = set()
    waiting = [name for name in imports if name not in inner and (with_editor or not name.startswith(EDITOR))]
    while waiting:
        found = imports.get(waiting.pop(), set()) - imported
        imported |= found
        waiting += found
    versions = {os.path.basename(script[0]): _version(*script) for script in scripts}
    addresses = {f"{folder}{name}": f"{folder}{name}?v={versions[name]}" for name in sorted(imported & versions.keys())}
    # Names of our own files, which need no escaping.
    return Markup(json.dumps({"imports": addresses}, separators=(",", ":")))  # noqa: S704


@lru_cache(maxsize=16)
def _folder(_prefix: str) -> str:
    return url_for("static", filename="js/")


def import_map(*, with_editor: bool = True) -> Markup:
    """The import map of a page, as JSON: modules import each other by plain name and get the file of one version.
    Learners' pages do without those that only the editor needs.

    A browser that knows no import maps asks for the plain names each time, and is mostly answered 304.
    """
    return _imports(_folder(request.root_path), _scripts(f"{current_app.static_folder}/js", _moment()), with_editor)


@lru_cache(maxsize=4)
def _scripts(folder: str, _moment: int) -> tuple[tuple[str, int, int], ...]:
    """All scripts in a folder, each with the time it was modified, in nanoseconds, and its size."""
    with os.scandir(folder) as entries:
        found = [(entry.path, entry.stat()) for entry in entries if entry.name.endswith(".js")]
    return tuple(sorted((path, status.st_mtime_ns, status.st_size) for path, status in found))


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
