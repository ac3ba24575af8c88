"""When the app was up, by its own notes, so that an incident need not be remembered to the minute.

A chore writes once a minute that the app is there. What lies between two runs, or between two notes of one, is a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import Select, delete, func, select

from webapp.database import db
from webapp.quizzes.models import ServerRun
from webapp.web import current
from webapp.web.retention import OldRows

#: after so long without a note the app was away
AWAY = timedelta(seconds=150)
#: notes are kept so long
KEPT = timedelta(days=30)


def note_being_up() -> None:
    """The chore: notes that the app is up. Commits."""
    now = current.now()
    latest = db.session.scalar(select(ServerRun).order_by(ServerRun.id.desc()).limit(1))
    if latest is None or now - latest.seen_at > AWAY or now < latest.began_at:
        db.session.add(ServerRun(began_at=now, seen_at=now))
        db.session.execute(delete(ServerRun).where(ServerRun.seen_at < now - KEPT))
    else:
        latest.seen_at = max(now, latest.seen_at)
    db.session.commit()


def stale(now: datetime) -> Select[tuple[int]]:
    """Runs that ended long ago: no incident of that time is given back any more."""
    latest = select(func.max(ServerRun.id)).scalar_subquery()
    return select(ServerRun.id).where(ServerRun.seen_at < now - KEPT, ServerRun.id != latest).order_by(ServerRun.id)


def remove(ids: Sequence[int], _now: datetime) -> int:
    return int(db.session.connection().execute(delete(ServerRun).where(ServerRun.id.in_(ids))).rowcount)


def gaps(now: datetime) -> list[tuple[datetime, datetime]]:
    """The times of the last day when the app was away, the latest first."""
    since = now - timedelta(days=1)
    runs = db.session.scalars(select(ServerRun).where(ServerRun.seen_at > since - KEPT).order_by(ServerRun.id)).all()
    away = [
        (before.seen_at, after.began_at)
        for before, after in pairwise(runs)
        if after.began_at > before.seen_at and after.began_at > since
    ]
    return away[::-1][:5]


RULES = (OldRows("times of being up", lambda _: f"older than {KEPT.days} days", stale, remove),)
