"""The pages of accounts: signing in and up, one's own account, and people for admins."""

from __future__ import annotations

from webapp.accounts.pages import account, people, sign_in  # noqa: F401 - each adds its pages to the blueprint
from webapp.accounts.pages.blueprint import bp

__all__ = ["bp"]
