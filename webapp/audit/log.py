"""The audit log as an admin reads it: filtered, page by page, or as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select

from webapp.audit.models import AuditEntry
from webapp.database import db
from webapp.ui.spreadsheets import Column, Table
from webapp.web.paging import PageOf, page_of

PAGE = 50

COLUMNS = (
    Column("id", "integer", 8),
    Column("at", "time", 20),
    Column("actor", width=24),
    Column("actor_id", "integer", 9),
    Column("action", width=22),
    Column("subject", width=28),
    Column("cohort_id", "integer", 9),
    Column("reason", width=40),
    Column("details", width=60),
)


@dataclass(frozen=True)
class LogFilter:
    """Which entries; what is empty filters nothing. Days are whole ones, in UTC."""

    search: str = ""
    action: str = ""
    first: date | None = None
    last: date | None = None

    def apply(self, query: Select[tuple[AuditEntry]]) -> Select[tuple[AuditEntry]]:
        if self.search:
            query = query.where(
                or_(
                    AuditEntry.actor_name.icontains(self.search, autoescape=True),
                    AuditEntry.subject.icontains(self.search, autoescape=True),
                    AuditEntry.reason.icontains(self.search, autoescape=True),
                )
            )
        if self.action:
            query = query.where(AuditEntry.action == self.action)
        if self.first is not None:
            query = query.where(AuditEntry.at >= _start_of(self.first))
        if self.last is not None and self.last < date.max:
            query = query.where(AuditEntry.at < _start_of(self.last + timedelta(days=1)))
        return query


def log_page(chosen: LogFilter, number: int = 1, size: int = PAGE) -> PageOf[AuditEntry]:
    """Some entries, the latest first."""
    return page_of(chosen.apply(select(AuditEntry)).order_by(AuditEntry.id.desc()), number, size)


def actions() -> list[str]:
    """The acts that occur, for the filter."""
    return list(db.session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))


def log_table(chosen: LogFilter) -> Table:
    """The entries as a file, the oldest first."""

    def rows() -> Iterator[list[Any]]:
        query = chosen.apply(select(AuditEntry)).order_by(AuditEntry.id).execution_options(yield_per=500)
        for entry in db.session.scalars(query):
            yield [
                entry.id,
                entry.at,
                entry.actor_name,
                entry.actor_id,
                entry.action,
                entry.subject,
                entry.cohort_id,
                entry.reason,
                json.dumps(entry.details, ensure_ascii=False, sort_keys=True) if entry.details else "",
            ]

    return Table("audit", COLUMNS, rows())


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
