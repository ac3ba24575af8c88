"""What of people is not kept for ever: guests who never came back, sessions, tokens, links, counters of tries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, exists, select

from webapp.accounts import api_tokens, tries
from webapp.accounts.models import ApiToken, OneTimeLink, Session, User
from webapp.accounts.personal_data import all_kinds
from webapp.accounts.session_store import KEPT_AFTER_END
from webapp.accounts.single_sign_on.models import BegunSignIn
from webapp.audit.models import AuditEntry
from webapp.config import Settings
from webapp.database import db
from webapp.web import current
from webapp.web.retention import OldRows

#: guests that go in one transaction: each with all their answers
GUESTS_AT_ONCE = 10
#: links go so long after they work no longer: until then it can be told why one doesn't
LINKS_KEPT = timedelta(days=30)


def stale_guests(now: datetime) -> Select[tuple[int]] | None:
    """The ids of guests who were not here since, in any browser, and did nothing; None where guests stay for ever."""
    days = current.settings().keep_guests_days
    if not days:
        return None
    since = now - timedelta(days=days)
    used = [seen for kind in all_kinds() if (seen := kind.used_since(since)) is not None]
    return (
        select(User.id)
        .where(User.role == "guest", User.created_at < since)
        .where(~exists().where(Session.user_id == User.id, Session.last_used_at >= since))
        # The log keeps who acted, and no guest has anything to do that it records.
        .where(~exists().where(AuditEntry.actor_id == User.id))
        .where(*(~seen for seen in used))
        .order_by(User.id)
    )


def remove_guests(ids: Sequence[int], now: datetime) -> int:
    """Removes guests with all that is theirs, unless one came back meanwhile. Flushes."""
    stale = stale_guests(now)
    if stale is None:
        return 0
    gone = db.session.scalars(stale.where(User.id.in_(ids)).with_for_update(of=User)).all()
    if gone:
        remove_people(gone)
    return len(gone)


def remove_people(ids: Sequence[int]) -> None:
    """Removes people with every row that is theirs. Flushes."""
    for kind in reversed(all_kinds()):  # what rests on something else first
        kind.remove(ids)
    db.session.execute(delete(User).where(User.id.in_(ids)))
    db.session.expire_all()


def stale_sessions(now: datetime) -> Select[tuple[int]]:
    return select(Session.id).where(Session.expires_at < now - KEPT_AFTER_END)


def remove_sessions(ids: Sequence[int], now: datetime) -> int:
    ended = delete(Session).where(Session.id.in_(ids), Session.expires_at < now - KEPT_AFTER_END)
    return int(db.session.connection().execute(ended).rowcount)


def stale_tokens(now: datetime) -> Select[tuple[int]]:
    return select(ApiToken.id).where(ApiToken.expires_at < now - api_tokens.KEPT_AFTER_END)


def remove_tokens(ids: Sequence[int], _now: datetime) -> int:
    return int(db.session.connection().execute(delete(ApiToken).where(ApiToken.id.in_(ids))).rowcount)


def stale_links(now: datetime) -> Select[tuple[str]]:
    return select(OneTimeLink.digest).where(OneTimeLink.expires_at < now - LINKS_KEPT)


def remove_links(digests: Sequence[str], _now: datetime) -> int:
    spent = delete(OneTimeLink).where(OneTimeLink.digest.in_(digests))
    return int(db.session.connection().execute(spent).rowcount)


def stale_begun(now: datetime) -> Select[tuple[str]]:
    return select(BegunSignIn.digest).where(BegunSignIn.expires_at < now)


def remove_begun(digests: Sequence[str], _now: datetime) -> int:
    spent = delete(BegunSignIn).where(BegunSignIn.digest.in_(digests))
    return int(db.session.connection().execute(spent).rowcount)


def _guests_when(settings: Settings) -> str:
    days = settings.keep_guests_days
    return f"not seen for {days} days, with all that is theirs" if days else "kept for ever (WEBAPP_KEEP_GUESTS_DAYS=0)"


@dataclass(frozen=True)
class Counters:
    """The counters of tries, which are in a database of their own on SQLite."""

    name: str = "counters of tries"

    @property
    def when(self) -> Callable[[Settings], str]:
        return lambda _settings: "once they limit nothing any more"

    def count(self, now: datetime) -> int:
        return tries.expired(now)

    def remove(self, now: datetime) -> Iterator[int]:
        yield tries.forget_expired(now)


RULES = (
    OldRows("guests", _guests_when, stale_guests, remove_guests, at_once=GUESTS_AT_ONCE),
    OldRows("sessions", lambda _: f"ended {KEPT_AFTER_END.days} days ago", stale_sessions, remove_sessions),
    OldRows("tokens", lambda _: f"ended {api_tokens.KEPT_AFTER_END.days} days ago", stale_tokens, remove_tokens),
    OldRows("one-time links", lambda _: f"expired {LINKS_KEPT.days} days ago", stale_links, remove_links),
    OldRows("sign-ins begun elsewhere", lambda _: "not come back within ten minutes", stale_begun, remove_begun),
    Counters(),
)
