"""The blueprint of accounts, and what its pages have in common."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.web import access

bp = Blueprint("accounts", __name__)


def home() -> str:
    """The address of the course."""
    return url_for("home.home")


def onward(target: str | None) -> ResponseReturnValue:
    """A redirect to where the person was going, if that is on this site, else to the course."""
    return redirect(access.local_path(target) or home(), 303)
