"""The identities that people have elsewhere, and sign-ins that have been begun and not come back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Model, UtcDateTime


class Identity(Model):
    """Somebody as an identity provider knows them. Issuer and subject say who it is, and nothing else does."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    #: the name in WEBAPP_OIDC under which it came last
    provider: Mapped[str] = mapped_column(String(20))
    #: the role that a claim gave, and the one the person had before; null where none was given
    gave: Mapped[str | None] = mapped_column(String(12))
    gave_over: Mapped[str | None] = mapped_column(String(12))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BegunSignIn(Model):
    """A browser that was sent to an identity provider. The row goes when it comes back, and after ten minutes."""

    __tablename__ = "begun_sign_in"

    #: the hash of the state that travels there and back
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: the hash of what the browser keeps in a cookie
    browser: Mapped[str] = mapped_column(String(64))
    provider: Mapped[str] = mapped_column(String(20))
    #: enter, link or confirm
    purpose: Mapped[str] = mapped_column(String(8))
    #: who links or confirms; null for those who sign in
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    nonce: Mapped[str] = mapped_column(String(64))
    #: of PKCE
    verifier: Mapped[str] = mapped_column(String(64))
    onward_to: Mapped[str] = mapped_column(Text)
    #: a form that waits for the sign-in (`kept_forms`), signed
    kept: Mapped[str] = mapped_column(Text)
    discard_guest: Mapped[bool] = mapped_column(default=False)
    stay: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
