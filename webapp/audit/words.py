"""The audit log in words: whom and what an entry is about, and its details without the signs of a program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.audit.models import AuditEntry
from webapp.database import db, pieces

#: of a list in the details, so many are shown; the export has all
MOST = 20
#: kinds of subjects that have names, and the tables these are in
_NAMED = {"user": "user", "cohort": "cohort", "class": "cohort"}


def names_of(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """Subject → the name of the person or class that it is, as they are called now: a query for each of the two."""
    meant = {subject: key for entry in entries if (key := _key(subject := entry.subject)) is not None}
    found: dict[tuple[str, int], str] = {}
    for name in sorted({table for table, _id in meant.values()}):
        # By its name, since this room is below theirs.
        table = db.metadata.tables[name]
        for piece in pieces(sorted({id for of, id in meant.values() if of == name})):
            rows = db.session.execute(select(table.c.id, table.c.name).where(table.c.id.in_(piece)))
            found |= {(name, row.id): row.name for row in rows}
    return {subject: found[key] for subject, key in meant.items() if found.get(key)}


def _key(subject: str) -> tuple[str, int] | None:
    kind, _colon, number = subject.partition(":")
    return (_NAMED[kind], int(number)) if kind in _NAMED and number.isdecimal() and len(number) < 10 else None


def details_of(entry: AuditEntry) -> list[tuple[str, str]]:
    """(what, in words) of the details; what says nothing is left out."""
    return [(_spaced(key), in_words(value)) for key, value in entry.details.items() if value not in (None, "", [], {})]


def in_words(value: Any) -> str:
    """A value of the details as somebody would say it."""
    if value is None or value == "" or value in ([], {}):
        return "–"
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, dict):
        return ", ".join(f"{_spaced(str(key))}: {in_words(each)}" for key, each in value.items())
    if isinstance(value, (list, tuple)):
        shown = ("; " if any(isinstance(each, (dict, list)) for each in value) else ", ").join(
            map(in_words, value[:MOST])
        )
        return f"{shown} …" if len(value) > MOST else shown
    return str(value)


def _spaced(key: str) -> str:
    return key.replace("_", " ")
