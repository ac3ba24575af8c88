"""Writing to the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from webapp.audit.models import AuditEntry
from webapp.database import db


def record(
    actor: Any,
    action: str,
    subject: str,
    *,
    now: datetime,
    cohort_id: int | None = None,
    reason: str = "",
    **details: Any,
) -> AuditEntry:
    """Adds one entry, flushed, not committed: it stands or falls with the act itself.

    `actor` is a User, or the name of a command; `action` is `noun.verb`; `details` must be JSON-able.
    """
    entry = AuditEntry(
        at=now,
        actor_id=getattr(actor, "id", None),
        actor_name=(getattr(actor, "name", None) or str(actor))[:120],
        action=action,
        subject=subject[:200],
        cohort_id=cohort_id,
        reason=reason,
        details=details,
    )
    db.session.add(entry)
    db.session.flush()
    return entry
