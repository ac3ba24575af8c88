"""Old rows of the log. The database itself keeps what is younger than a year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select, text

from webapp.audit.models import KEPT_AT_LEAST_DAYS, AuditEntry
from webapp.config import Settings
from webapp.database import db
from webapp.web import current
from webapp.web.retention import OldRows

#: acts that pages still tell of, whose entries stay as long as what they speak of
_needed: set[str] = set()


def keep(*actions: str) -> None:
    """Entries of these acts stay however old they are. Called by `create_app`."""
    _needed.update(actions)


def stale(now: datetime) -> Select[tuple[int]] | None:
    """The ids of rows that are too old, by the app's clock and by the database's; None where they stay for ever."""
    days = current.settings().keep_audit_days
    if not days:
        return None
    return (
        select(AuditEntry.id)
        .where(AuditEntry.at < now - timedelta(days=days), AuditEntry.action.not_in(sorted(_needed)))
        # What the database refuses to delete would stop the rest, if the app's clock is ahead of it.
        .where(text(_OLD_ENOUGH[db.engine.dialect.name]))
        .order_by(AuditEntry.id)
    )


_OLD_ENOUGH = {
    "sqlite": f"audit_entry.at <= strftime('%Y-%m-%d %H:%M:%S', 'now', '-{KEPT_AT_LEAST_DAYS} days')",
    "postgresql": f"audit_entry.at <= now() - interval '{KEPT_AT_LEAST_DAYS} days'",
}


def remove(ids: Sequence[int], _now: datetime) -> int:
    return int(db.session.connection().execute(delete(AuditEntry).where(AuditEntry.id.in_(ids))).rowcount)


def _when(settings: Settings) -> str:
    days = settings.keep_audit_days
    return f"older than {days} days" if days else "kept for ever (WEBAPP_KEEP_AUDIT_DAYS=0)"


RULES = (OldRows("rows of the audit log", _when, stale, remove),)
