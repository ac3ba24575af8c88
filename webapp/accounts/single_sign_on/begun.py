"""Sign-ins that were begun: what a browser that comes back from an identity provider is matched with, once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete

from webapp.accounts.models import User
from webapp.accounts.single_sign_on.models import BegunSignIn
from webapp.database import db

LASTS = timedelta(minutes=10)
#: what somebody comes back for: to sign in, to link the identity to their account, or to say that it is still them
Purpose = Literal["enter", "link", "confirm"]


@dataclass(frozen=True)
class SentAway:
    """What goes to the provider with the browser."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class CameBack:
    """What was begun, as it is known when the browser is back."""

    purpose: str
    user_id: int | None
    nonce: str
    verifier: str
    onward_to: str
    kept: str
    discard_guest: bool
    stay: bool
    created_at: datetime


def begin(
    provider: str,
    browser: str,
    *,
    purpose: Purpose,
    user: User | None = None,
    onward_to: str = "",
    kept: str = "",
    discard_guest: bool = False,
    stay: bool = False,
    now: datetime,
) -> SentAway:
    """Notes that a browser (known by what its cookie holds) is sent to a provider; flushed. What came back too late is
    removed on the way."""
    sent = SentAway(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(40))
    db.session.execute(delete(BegunSignIn).where(BegunSignIn.expires_at < now))
    db.session.add(
        BegunSignIn(
            digest=_digest_of(sent.state),
            browser=_digest_of(browser),
            provider=provider,
            purpose=purpose,
            user_id=user.id if user is not None else None,
            nonce=sent.nonce,
            verifier=sent.verifier,
            onward_to=onward_to,
            kept=kept,
            discard_guest=discard_guest,
            stay=stay,
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    db.session.flush()
    return sent


def take(provider: str, state: str, browser: str, *, now: datetime) -> CameBack | None:
    """What was begun with this state, used up; None for a state that was never given, given to another browser or for
    another provider, used before, or too old."""
    row = db.session.get(BegunSignIn, _digest_of(state))
    if row is None or row.provider != provider or row.browser != _digest_of(browser) or row.expires_at <= now:
        return None
    back = CameBack(
        row.purpose, row.user_id, row.nonce, row.verifier, row.onward_to, row.kept, row.discard_guest, row.stay,
        row.created_at,
    )  # fmt: skip
    db.session.expunge(row)
    used = db.session.connection().execute(delete(BegunSignIn).where(BegunSignIn.digest == row.digest))
    return back if used.rowcount == 1 else None


def _digest_of(text: str) -> str:
    return hashlib.sha256(text[:200].encode("utf-8", "replace")).hexdigest()
