"""Passkeys as a second factor: a key on the person's device or stick, which can't be phished (WebAuthn).

A challenge is random, travels sealed in the page that asks, and is taken once. The address of the site is part of what
the device signs, so a copy of our page at another address gets nothing.

The library is imported when the first passkey is asked for: with the certificates of all makers it is a twentieth of
what a start costs, and most sites have nobody with a passkey.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import Passkey, User
from webapp.audit.service import record
from webapp.database import db

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

#: characters of what a device answers: some hundreds, more with an attestation
LONGEST = 20_000
#: passkeys of one person
MOST = 20


def of(user: User) -> list[Passkey]:
    """The passkeys of a person, the oldest first."""
    return list(db.session.scalars(select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)))


def _named(passkeys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id)) for each in passkeys]


def creation(user: User, *, site: str, origin: str) -> tuple[str, dict[str, Any]] | None:
    """A challenge, and what the browser asks the device for, to make a passkey; None where there is no host to make it
    for. `origin` is https://host[:port]."""
    if not _host(origin):
        return None
    import webauthn
    from webauthn.helpers import bytes_to_base64url, options_to_json_dict
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = webauthn.generate_registration_options(
        rp_id=_host(origin),
        rp_name=site,
        user_id=f"user-{user.id}".encode(),
        user_name=user.username or user.email or "",
        user_display_name=user.name,
        exclude_credentials=_named(of(user)),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return bytes_to_base64url(options.challenge), options_to_json_dict(options)


def request(user: User, *, origin: str) -> tuple[str, dict[str, Any]] | None:
    """A challenge, and what the browser asks the device for, to sign it; None for somebody without passkeys."""
    passkeys = of(user)
    if not passkeys or not _host(origin):
        return None
    import webauthn
    from webauthn.helpers import bytes_to_base64url, options_to_json_dict

    options = webauthn.generate_authentication_options(rp_id=_host(origin), allow_credentials=_named(passkeys))
    return bytes_to_base64url(options.challenge), options_to_json_dict(options)


def add(user: User, credential: str, *, challenge: str, origin: str, now: datetime) -> bool:
    """Keeps the passkey that a device made; False when its answer is not right, or the passkey somebody's already."""
    if len(of(user)) >= MOST:
        return False
    import webauthn
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        verified = webauthn.verify_registration_response(
            credential=credential[:LONGEST],
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_host(origin),
            expected_origin=origin,
        )
        with db.session.begin_nested():
            db.session.add(
                Passkey(
                    user_id=user.id,
                    credential_id=bytes_to_base64url(verified.credential_id),
                    public_key=verified.credential_public_key,
                    sign_count=verified.sign_count,
                    created_at=now,
                )
            )
    except (WebAuthnException, InvalidSignature, ValueError, IntegrityError):
        return False
    record(user, "person.second_factor_added", f"user:{user.id}", now=now, kind="passkey")
    return True


def check(user: User, credential: str, *, challenge: str, origin: str, now: datetime) -> bool:
    """Whether a passkey of the person signed the challenge, for this site."""
    import webauthn
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        answer = webauthn.helpers.parse_authentication_credential_json(credential[:LONGEST])
        passkey = next((each for each in of(user) if each.credential_id == bytes_to_base64url(answer.raw_id)), None)
        if passkey is None:
            return False
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_host(origin),
            expected_origin=origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
        )
    except (WebAuthnException, InvalidSignature, ValueError):
        return False
    passkey.sign_count, passkey.last_used_at = verified.new_sign_count, now
    db.session.flush()
    return True


def _host(origin: str) -> str:
    """The name that passkeys are made for; "" for a Host that is none."""
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""
