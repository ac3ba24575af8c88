"""Writing to the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from webapp.audit.models import AuditEntry
from webapp.database import db


class Person(Protocol):
    """What the log keeps of whoever acts: a User, which this room does not know."""

    @property
    def id(self) -> int: ...

    @property
    def name(self) -> str: ...


#: who acts: a User, or the name of what acts without one, such as a command
Actor = Person | str


def record(
    actor: Actor,
    action: str,
    subject: str,
    *,
    now: datetime,
    cohort_id: int | None = None,
    course_id: str | None = None,
    reason: str = "",
    **details: Any,
) -> AuditEntry:
    """Adds one entry, flushed, not committed: it is kept only if the act itself is.

    `action` is `noun.verb`; `course_id` says of which course the subject is, None for the whole site;
    `details` must be JSON-able.
    """
    actor_id, actor_name = (None, actor) if isinstance(actor, str) else (actor.id, actor.name)
    entry = AuditEntry(
        at=now,
        actor_id=actor_id,
        actor_name=actor_name[:120],
        action=action,
        subject=subject[:200],
        cohort_id=cohort_id,
        course_id=course_id,
        reason=reason,
        details=details,
    )
    db.session.add(entry)
    db.session.flush()
    return entry
