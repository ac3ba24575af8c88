"""What reports keep: figures that take long to count, and by which they know that something has changed since.

Whatever a figure rests on is watched by the database itself, so that no way of writing can be forgotten: each change
adds a row to `report_change`, and the newest of them, with their number, is the mark of what was counted when. They are
rows and no counter, because two who hand in at once must not wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import DDL, String, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Model, UtcDateTime, db


class ReportChange(Model):
    """Something changed that figures of a course rest on; "" for those of every course."""

    __tablename__ = "report_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[str] = mapped_column(String(80), index=True)


class KeptReport(Model):
    """The figures of one report as they were counted last, or that somebody waits for them."""

    __tablename__ = "kept_report"
    __table_args__ = (UniqueConstraint("course_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[str] = mapped_column(String(80))
    #: sha256 (hex) of `about`
    key: Mapped[str] = mapped_column(String(64))
    #: which report, about whom, with which arguments: JSON, always written in the same way
    about: Mapped[str] = mapped_column(Text)
    #: the figures as JSON; null until they were counted
    value: Mapped[str | None] = mapped_column(Text)
    #: what they were counted from; see `kept.mark`
    mark: Mapped[str | None] = mapped_column(String(200))
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: how long that took
    seconds: Mapped[float] = mapped_column(default=0.0, server_default="0")
    #: since when somebody waits for newer ones; null: nobody does
    wanted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    #: when a page showed them last, to the hour
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    #: how far the counting is, of how many parts
    done: Mapped[int] = mapped_column(default=0, server_default="0")
    total: Mapped[int] = mapped_column(default=0, server_default="0")


#: what figures rest on: table → (the course of a row, the columns that matter, more conditions of an update). An answer
#: to a paper that is under way is in no figure, so it is not watched.
_OF_CLASS = "coalesce((SELECT course_id FROM cohort WHERE id = {row}.cohort_id), '')"
_OF_ATTEMPT = "coalesce((SELECT course_id FROM attempt WHERE id = {row}.attempt_id), '')"
WATCHED: dict[str, tuple[str, tuple[str, ...]]] = {
    "attempt": (
        "{row}.course_id",
        (
            "user_id", "quiz_id", "kind", "number", "assignment_id", "state", "submitted_at", "score", "max_score",
            "awaiting", "set_aside", "keep", "pass_mark",
        ),
    ),
    "slot": (_OF_ATTEMPT, ("fraction", "points", "graded_at", "overruled")),
    "user": ("''", ("name", "username", "email", "role", "origin", "deleted_at")),
    "cohort": ("{row}.course_id", ("name", "demo", "archived_at")),
    "cohort_member": (_OF_CLASS, ("left_at",)),
    "assignment": (_OF_CLASS, ("cohort_id", "quiz_id", "withdrawn_at")),
}  # fmt: skip
#: of a slot that is graded: what was answered. Nothing changes it but whoever removes it
_AFTER_GRADING = {
    "sqlite": "NEW.graded_at IS NOT NULL AND (OLD.response IS NOT NEW.response OR OLD.seconds IS NOT NEW.seconds)",
    "postgresql": (
        "NEW.graded_at IS NOT NULL AND "
        "(OLD.response::text IS DISTINCT FROM NEW.response::text OR OLD.seconds IS DISTINCT FROM NEW.seconds)"
    ),
}


_NOTE = "INSERT INTO report_change (course_id) VALUES ({})"


def watch(dialect: str) -> Iterator[str]:
    """The statements that let the database watch what figures rest on. The migration uses them, too."""
    differs = "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"
    for table, (course, columns) in WATCHED.items():
        changed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in columns)
        if table == "slot":
            changed = f"{changed} OR ({_AFTER_GRADING[dialect]})"
        # The questions of a paper come with it.
        acts = {"insert": "", "update": f"WHEN ({changed})", "delete": ""}
        if table == "slot":
            del acts["insert"]
        if dialect == "sqlite":
            for act, condition in acts.items():
                note = _NOTE.format(course.format(row="OLD" if act == "delete" else "NEW"))
                yield (
                    f'CREATE TRIGGER IF NOT EXISTS report_change_{table}_{act} AFTER {act.upper()} ON "{table}" '
                    f"{condition} BEGIN {note}; END"
                )
        else:
            yield (
                f"CREATE OR REPLACE FUNCTION report_change_{table}() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ DECLARE touched record; "
                "BEGIN IF TG_OP = 'DELETE' THEN touched := OLD; ELSE touched := NEW; END IF; "
                f"{_NOTE.format(course.format(row='touched'))}; RETURN NULL; END $$"
            )
            for act, condition in acts.items():
                yield f'DROP TRIGGER IF EXISTS report_change_{table}_{act} ON "{table}"'
                yield (
                    f'CREATE TRIGGER report_change_{table}_{act} AFTER {act.upper()} ON "{table}" '
                    f"FOR EACH ROW {condition} EXECUTE FUNCTION report_change_{table}()"
                )


def unwatch(dialect: str) -> Iterator[str]:
    """The statements that end it."""
    for table in WATCHED:
        for act in ("insert", "update", "delete"):
            on = f' ON "{table}"' if dialect == "postgresql" else ""
            yield f"DROP TRIGGER IF EXISTS report_change_{table}_{act}{on}"
        if dialect == "postgresql":
            yield f"DROP FUNCTION IF EXISTS report_change_{table}()"


for _dialect in ("sqlite", "postgresql"):
    for _statement in watch(_dialect):
        _ddl = DDL(_statement)  # type: ignore[no-untyped-call]  # SQLAlchemy's has no types
        event.listen(db.metadata, "after_create", _ddl.execute_if(dialect=_dialect))
