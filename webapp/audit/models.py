"""The log of what instructors and admins did. The database itself refuses to change a row of it, or to delete one.

Only what is older than a year (`KEPT_AT_LEAST_DAYS`), by the clock of the database, may go: that is for retention. And
what names a person may go when that person was erased.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import DDL, JSON, ForeignKey, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Model, UtcDateTime


class AuditEntry(Model):
    """One act: who, when, what, on what, why."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    #: the name at that time, or the command that acted
    actor_name: Mapped[str] = mapped_column(String(120))
    #: noun.verb, such as attempt.extended, question.saved, roster.imported
    action: Mapped[str] = mapped_column(String(40), index=True)
    subject: Mapped[str] = mapped_column(String(200), index=True)
    cohort_id: Mapped[int | None] = mapped_column(index=True)
    #: the course whose quiz, question, file, class or attempt it is about; null for what is of the whole site
    course_id: Mapped[str | None] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


#: days for which the database keeps every row, whatever WEBAPP_KEEP_AUDIT_DAYS says
KEPT_AT_LEAST_DAYS = 365

#: statements that make a table append-only, by dialect; `{table}` is filled in. The first migration uses them, too.
APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER {table}_keeps_rows BEFORE DELETE ON {table} "
        "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        "CREATE TRIGGER {table}_keeps_values BEFORE UPDATE ON {table} "
        "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
        "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only()",
    ),
}


#: statements that let old rows of the log go. A later migration uses them, too.
OLD_ROWS_MAY_GO = {
    "sqlite": (
        "DROP TRIGGER audit_entry_keeps_rows",
        "CREATE TRIGGER audit_entry_keeps_rows BEFORE DELETE ON audit_entry "
        f"WHEN OLD.at > strftime('%Y-%m-%d %H:%M:%S', 'now', '-{KEPT_AT_LEAST_DAYS} days') "
        "BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF TG_OP = 'DELETE' AND OLD.at <= now() - interval '{KEPT_AT_LEAST_DAYS} days' THEN RETURN OLD; "
        "END IF; RAISE EXCEPTION 'audit_entry is append-only'; END $$",
    ),
}


#: what an erasure may change of a row, and nothing else: the name of an actor who was erased becomes `user:7`, and a
#: row that tells of somebody who was erased loses its reason and a part of its details
_SAME = " AND ".join(f"NEW.{name} = OLD.{name}" for name in ("id", "at", "action", "subject"))
_ERASED = 'EXISTS (SELECT 1 FROM "user" u WHERE u.deleted_at IS NOT NULL AND ({whose}))'
_ABOUT = (
    "OLD.subject = 'user:' || u.id OR {details} LIKE '%\"user\": ' || u.id || ',%' "
    "OR {details} LIKE '%\"user\": ' || u.id || '}}%' OR {details} LIKE '%\"' || u.id || '\": {{%'"
)


def _is_an_erasure(same: str, details: str, columns: Iterable[str]) -> str:
    old, new = details.format(row="OLD"), details.format(row="NEW")
    kept = " AND ".join(f"NEW.{name} {same} OLD.{name}" for name in columns)
    return (
        f"{_SAME} AND {kept} "
        f"AND (NEW.actor_name = OLD.actor_name OR (NEW.actor_name = 'user:' || OLD.actor_id "
        f"AND {_ERASED.format(whose='u.id = OLD.actor_id')})) "
        f"AND ((NEW.reason = OLD.reason AND {new} = {old}) OR (NEW.reason IN (OLD.reason, '') "
        f"AND length({new}) <= length({old}) AND {_ERASED.format(whose=_ABOUT.format(details=old))}))"
    )


def _erased_names_may_go(*columns: str) -> dict[str, tuple[str, ...]]:
    """Statements that let an erasure take a person out of the log, by dialect; of the columns that may be empty it
    changes none of these."""
    on_sqlite = _is_an_erasure("IS", "{row}.details", columns)
    on_postgresql = _is_an_erasure("IS NOT DISTINCT FROM", "CAST({row}.details AS text)", columns)
    return {
        "sqlite": (
            "DROP TRIGGER audit_entry_keeps_values",
            "CREATE TRIGGER audit_entry_keeps_values BEFORE UPDATE ON audit_entry "
            f"WHEN NOT ({on_sqlite}) "
            "BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END",
        ),
        "postgresql": (
            "CREATE OR REPLACE FUNCTION audit_entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF TG_OP = 'DELETE' AND OLD.at <= now() - interval '{KEPT_AT_LEAST_DAYS} days' THEN RETURN OLD; "
            "END IF; "
            f"IF TG_OP = 'UPDATE' AND ({on_postgresql}) "
            "THEN RETURN NEW; END IF; RAISE EXCEPTION 'audit_entry is append-only'; END $$",
        ),
    }


#: as it was before rows had a course; migrations use both
ERASED_NAMES_MAY_GO = _erased_names_may_go("actor_id", "cohort_id")
COURSES_STAY = _erased_names_may_go("actor_id", "cohort_id", "course_id")


def _ddl(statement: str) -> DDL:
    # A percent sign would begin a placeholder.
    return DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # SQLAlchemy's has no types


for _dialect, _statements in APPEND_ONLY.items():
    _made = tuple(_statement.format(table="audit_entry") for _statement in _statements)
    for _statement in (*_made, *OLD_ROWS_MAY_GO[_dialect], *COURSES_STAY[_dialect]):
        event.listen(AuditEntry.__table__, "after_create", _ddl(_statement).execute_if(dialect=_dialect))
