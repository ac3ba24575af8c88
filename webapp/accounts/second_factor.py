"""The second factor of staff: codes of an authenticator app (TOTP), passkeys (`passkeys`), and recovery codes.

Passwords are phished and reused; whoever has an instructor's sees the work of a class. An app, and codes that work
once, need no e-mail, no telephone and no service. A code is taken half a minute early or late, because clocks differ.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Literal

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, func, or_, select, update

from webapp.accounts.models import AuthenticatorApp, Passkey, RecoveryCode, User
from webapp.accounts.session_store import digest_of
from webapp.audit.service import Actor, record
from webapp.database import db

#: seconds for which a code is shown
STEP = 30
#: how many recovery codes one gets
CODES = 10
#: what a page carries sealed (a secret that is being set up, a sign-in half done) works so long
SEALED_FOR = timedelta(minutes=10)


def seal(value: str, *, key: str, now: datetime) -> str:
    """A text as a page or a row may carry it: encrypted with the server's key, with the time."""
    return _fernet(key).encrypt_at_time(value.encode(), int(now.timestamp())).decode()


def unseal(sealed: str, *, key: str, now: datetime | None = None) -> str | None:
    """The text; None when it is not of ours or, with `now`, too old. (Not so from a clock that was put back since.)"""
    fernet, token = _fernet(key), sealed.encode("ascii", "replace")
    try:
        value = fernet.decrypt(token).decode()
    except (InvalidToken, ValueError):
        return None
    if now is not None and now.timestamp() - fernet.extract_timestamp(token) > SEALED_FOR.total_seconds():
        return None
    return value


def _fernet(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"second factor:" + key.encode()).digest()))


def has(user: User) -> bool:
    """Whether the person set up a second factor."""
    app = select(AuthenticatorApp.user_id).where(AuthenticatorApp.user_id == user.id)
    passkey = select(Passkey.user_id).where(Passkey.user_id == user.id)
    return db.session.execute(app.union_all(passkey).limit(1)).first() is not None


def app_of(user: User) -> AuthenticatorApp | None:
    """The authenticator app of a person, if they have set one up."""
    return db.session.get(AuthenticatorApp, user.id)


def codes_left(user: User) -> int:
    """How many recovery codes of a person have not been used."""
    query = select(func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(query) or 0


def new_secret() -> str:
    """A secret for an authenticator app (160 bits, base32)."""
    return pyotp.random_base32()


def address_of(secret: str, *, user: User, site: str) -> str:
    """What an authenticator app reads from the picture."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=user.username or user.email or "", issuer_name=site)


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The number of the half minute that a code is of, if that is now, the one before or the next."""
    typed = re.sub(r"\s", "", code).encode()
    present = int(now.timestamp()) // STEP
    totp = pyotp.TOTP(secret, interval=STEP)
    steps = (present, present - 1, present + 1)
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), typed)), None)


def add_app(user: User, secret: str, code: str, *, key: str, now: datetime) -> bool:
    """Sets up the app that made `code` from `secret`, in place of an earlier one; False when it did not. Recorded."""
    if (step := _step_of(secret, code, now)) is None:
        return False
    db.session.execute(delete(AuthenticatorApp).where(AuthenticatorApp.user_id == user.id))
    sealed = seal(secret, key=key, now=now)
    db.session.add(AuthenticatorApp(user_id=user.id, secret=sealed, created_at=now, last_step=step))
    record(user, "person.second_factor_added", f"user:{user.id}", now=now, kind="app")
    return True


def new_codes(user: User) -> list[str]:
    """Recovery codes in place of all earlier ones, flushed; they are never shown again."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = ["-".join(_letters() for _part in range(3)) for _code in range(CODES)]
    db.session.add_all(RecoveryCode(user_id=user.id, digest=digest_of(_plain(code))) for code in codes)
    db.session.flush()
    return codes


def _letters() -> str:
    # Without what is easily mistaken for each other; three such groups have 59 bits.
    return "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _letter in range(4))


def _plain(code: str) -> str:
    return re.sub(r"[^a-z0-9]", "", code.casefold())


def check(user: User, code: str, *, key: str, now: datetime) -> Literal["app", "recovery"] | None:
    """Whose code it is, of the person's app or a recovery code; None for one that is not right. That uses it up, also
    among tries at once."""
    code = code[:40]
    if _check_app(user, code, key=key, now=now):
        return "app"
    return "recovery" if _check_recovery(user, code, now=now) else None


def _check_app(user: User, code: str, *, key: str, now: datetime) -> bool:
    app = app_of(user)
    secret = unseal(app.secret, key=key) if app is not None else None
    step = _step_of(secret, code, now) if secret is not None else None
    if step is None:
        return False
    used = db.session.connection().execute(
        update(AuthenticatorApp)
        .where(
            AuthenticatorApp.user_id == user.id,
            # One that lies further ahead was used before the clock was put back.
            or_(AuthenticatorApp.last_step < step, AuthenticatorApp.last_step > step + 2),
        )
        .values(last_step=step)
    )
    return used.rowcount == 1


def _check_recovery(user: User, code: str, *, now: datetime) -> bool:
    used = db.session.connection().execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.digest == digest_of(_plain(code)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
    )
    if used.rowcount == 0:
        return False
    record(user, "person.recovery_code_used", f"user:{user.id}", now=now, left=codes_left(user))
    return True


def remove(user: User, *, by: Actor, now: datetime) -> None:
    """Removes app, passkeys and recovery codes. Recorded."""
    for kind in (AuthenticatorApp, RecoveryCode, Passkey):
        db.session.execute(delete(kind).where(kind.user_id == user.id))
    record(by, "person.second_factor_removed", f"user:{user.id}", now=now)
