from __future__ import annotations

from flask import Blueprint

bp = Blueprint("editor", __name__)
