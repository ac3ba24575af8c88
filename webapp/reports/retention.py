"""Figures that nobody looks at any more: they are counted anew when somebody does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select

from webapp.database import db
from webapp.reports.models import KeptReport
from webapp.web.retention import OldRows

KEPT = timedelta(days=7)


def stale(now: datetime) -> Select[tuple[int]]:
    return select(KeptReport.id).where(KeptReport.asked_at < now - KEPT).order_by(KeptReport.id)


def remove(ids: Sequence[int], now: datetime) -> int:
    gone = delete(KeptReport).where(KeptReport.id.in_(ids), KeptReport.asked_at < now - KEPT)
    return int(db.session.connection().execute(gone).rowcount)


RULES = (OldRows("figures of reports", lambda _: f"not looked at for {KEPT.days} days", stale, remove),)
