"""The blueprint of accounts, and what its pages have in common."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, url_for
from flask_login import current_user

from webapp.accounts.models import User
from webapp.accounts.sessions import current_person
from webapp.web import access

bp = Blueprint("accounts", __name__)


def home() -> str:
    """The address of the course."""
    return url_for("home.home")


def onward(target: str | None) -> Any:
    """A redirect to where the person was going, if that is on this site, else to the course."""
    return redirect(access.local_path(target) or home(), 303)


def current_guest() -> User | None:
    """The guest this browser belongs to, if it does."""
    return current_person() if current_user.is_authenticated and current_user.is_guest else None
