"""Roles that an identity provider gives by a claim: followed at each sign-in, and only what was given is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update

from webapp.accounts.models import ROLES, User
from webapp.accounts.people import LastAdmin, set_role
from webapp.accounts.single_sign_on.models import Identity
from webapp.database import db
from webapp.identity_providers import IdentityProvider

#: values of a claim that are looked at, and how deep a path may go
_MOST_VALUES, _DEEPEST = 1000, 5


def role_in(claims: Mapping[str, Any], provider: IdentityProvider) -> str | None:
    """The highest role here that the claims stand for, by the provider's settings; None where they stand for none."""
    values = _values(claims, provider.roles_claim)
    given = [role for value, role in provider.roles if value in values]
    return max(given, key=ROLES.index, default=None)


def is_told(claims: Mapping[str, Any], provider: IdentityProvider) -> bool:
    """Whether the claims say anything of roles, where the settings ask for it."""
    return not provider.roles or _at(claims, provider.roles_claim) is not None


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of a name, which may have dots in it, or what a path with dots leads to."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for part in path.split(".")[:_DEEPEST]:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _values(claims: Mapping[str, Any], path: str) -> set[str]:
    value = _at(claims, path)
    listed = value[:_MOST_VALUES] if isinstance(value, list) else [value]
    return {each for each in listed if isinstance(each, str)}


def follow(user: User, identity: Identity, provider: IdentityProvider, role: str | None, *, now: datetime) -> None:
    """Gives the role that a sign-in brought, or takes back the one that an earlier one gave. Flushes; a role that
    changes is recorded, and ends the person's sessions.

    A role that a person has from elsewhere (an admin, another identity) is never lowered.
    """
    if not provider.roles:
        return
    if identity.gave is not None and identity.gave != role:
        take_back(user, identity, now=now)
    if role is not None and identity.gave is None and ROLES.index(role) > ROLES.index(user.role):
        before = user.role
        set_role(user, role, by=f"single sign-on ({provider.name})", now=now)
        identity.gave, identity.gave_over = role, before
        db.session.flush()


def take_back(user: User, identity: Identity, *, now: datetime) -> None:
    """Takes back the role that an identity gave, if the person has no other by now. Flushes. The last admin stays."""
    gave, before = identity.gave, identity.gave_over or "learner"
    if gave is None:
        return
    # Another identity may have given more on top of it: what that goes back to is no longer this.
    others = Identity.user_id == user.id, Identity.id != identity.id, Identity.gave_over == gave
    db.session.execute(update(Identity).where(*others).values(gave_over=before))
    if user.role == gave:
        try:
            set_role(user, before, by=f"single sign-on ({identity.provider})", now=now)
        except LastAdmin:
            return
    identity.gave = identity.gave_over = None
    db.session.flush()
