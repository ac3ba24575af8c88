"""The pages of accounts: signing in and up, one's own account, a course's people, and people for admins."""

from __future__ import annotations

from webapp.accounts.pages import (  # noqa: F401 - each adds its pages to the blueprint
    account,
    course,
    devices,
    people,
    second_factor,
    sign_in,
    single_sign_on,
    tokens,
)
from webapp.accounts.pages.blueprint import bp

__all__ = ["bp"]
