"""Whose an identity is. Accounts and identities are joined by issuer and subject, and only when their person asks: an
e-mail address says nothing of whose account it is, since a provider may give it to anybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import ROLES, User
from webapp.accounts.single_sign_on import given_roles
from webapp.accounts.single_sign_on.models import Identity
from webapp.audit.service import record
from webapp.database import db
from webapp.identity_providers import IdentityProvider


class OfSomebodyElse(Exception):
    """The identity is linked to another account."""


class LastWayIn(Exception):
    """Without this identity its person could not sign in any more."""


class RoleTakenAway(Exception):
    """An admin took away the role that the identity gave; without it nobody would know."""


def find(issuer: str, subject: str) -> Identity | None:
    """The identity, if somebody here has it."""
    return db.session.scalar(select(Identity).where(Identity.issuer == issuer, Identity.subject == subject))


def of(user: User) -> Sequence[Identity]:
    """The identities of a person, the oldest first."""
    return db.session.scalars(select(Identity).where(Identity.user_id == user.id).order_by(Identity.id)).all()


def ways_in(user: User, providers: Iterable[IdentityProvider]) -> list[IdentityProvider]:
    """The providers, of those there are, with which a person can sign in. No query where there are none."""
    providers = list(providers)
    if not providers:
        return []
    names = {identity.provider for identity in of(user)}
    return [provider for provider in providers if provider.name in names]


def link(user: User, provider: IdentityProvider, issuer: str, subject: str, *, now: datetime) -> Identity:
    """Gives an identity to a person, recorded; the one there is, if it is theirs already. Flushes. Raises
    OfSomebodyElse."""
    there = find(issuer, subject)
    if there is None:
        there = Identity(
            user_id=user.id, issuer=issuer, subject=subject, provider=provider.name, created_at=now, last_used_at=now
        )
        try:
            # Two browsers may come back in the same moment; the constraint decides.
            with db.session.begin_nested():
                db.session.add(there)
                db.session.flush()
        except IntegrityError as error:
            raise OfSomebodyElse from error
        record(user, "person.identity_linked", f"user:{user.id}", now=now, provider=provider.name)
    if there.user_id != user.id:
        raise OfSomebodyElse
    return there


def note_use(identity: Identity, provider: IdentityProvider, *, now: datetime) -> None:
    """Notes a sign-in, and under which name the provider is known now. Flushes."""
    identity.provider, identity.last_used_at = provider.name, now
    db.session.flush()


def unlink(user: User, identity_id: int, providers: Iterable[IdentityProvider], *, now: datetime) -> bool:
    """Takes an identity from its person, with the role that it gave, recorded; False when they have no such identity.

    Flushes. Raises LastWayIn where there is no password and no other identity of a provider that there is, and
    RoleTakenAway: linked anew, the identity would give it again.
    """
    mine = of(user)
    identity = next((each for each in mine if each.id == identity_id), None)
    if identity is None:
        return False
    names = {provider.name for provider in providers}
    others = [each for each in mine if each is not identity and each.provider in names]
    if user.password_hash is None and not others:
        raise LastWayIn
    if identity.gave is not None and ROLES.index(user.role) < ROLES.index(identity.gave):
        raise RoleTakenAway
    given_roles.take_back(user, identity, now=now)
    db.session.delete(identity)
    record(user, "person.identity_unlinked", f"user:{user.id}", now=now, provider=identity.provider)
    return True
