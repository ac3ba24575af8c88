"""One's own data as a file: JSON for machines, and a ZIP of that with a page to read and the person's own files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any

from flask import render_template


def as_json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def as_zip(data: dict[str, Any], files: Iterable[tuple[str, bytes]]) -> bytes:
    """`data.json`, `data.html`, which says the same, and the files, each at its path."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", as_json(data))
        archive.writestr("data.html", render_template("accounts/data_file.html", data=data))
        for path, content in files:
            archive.writestr(path, content)
    return out.getvalue()
