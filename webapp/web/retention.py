"""What is kept no longer than it is needed: removed beside the pages, a little at a time.

Each room says what of its own goes, and when (`connect`, in `create_app`); `webapp tidy` and a chore once a day do it.
What is to go is looked for while others write, and removed in small transactions with pauses between them, because
SQLite has one writer and answers must not wait.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Select, func, select

from webapp.config import Settings
from webapp.database import db, only_reading
from webapp.web import current

#: rows that go in one transaction, where a rule says nothing else
AT_ONCE = 200

log = logging.getLogger("webapp.retention")


class Rule(Protocol):
    """One kind of thing that is kept for a time."""

    @property
    def name(self) -> str:
        """What goes, in a word or two."""

    @property
    def when(self) -> Callable[[Settings], str]:
        """When it goes, for whoever runs the site, by these settings."""

    def count(self, now: datetime) -> int:
        """How many are to go."""

    def remove(self, now: datetime) -> Iterator[int]:
        """Removes them, and gives after each piece how many went; what was removed is committed then."""


@dataclass(frozen=True)
class OldRows:
    """Rows of a table. `stale` finds their ids, or None while nothing of the kind ever goes; `delete` removes those
    of the ids that are still stale, and says how many."""

    name: str
    when: Callable[[Settings], str]
    stale: Callable[[datetime], Select[tuple[Any]] | None]
    delete: Callable[[Sequence[Any], datetime], int]
    at_once: int = AT_ONCE

    def count(self, now: datetime) -> int:
        stale = self.stale(now)
        if stale is None:
            return 0
        with only_reading():
            counted = db.session.scalar(select(func.count()).select_from(stale.subquery())) or 0
            db.session.rollback()
        return counted

    def remove(self, now: datetime) -> Iterator[int]:
        stale = self.stale(now)
        if stale is None:
            return
        while True:
            with only_reading():
                ids = db.session.scalars(stale.limit(self.at_once)).all()
                db.session.rollback()
            began = time.monotonic()
            removed = self.delete(ids, now) if ids else 0
            db.session.commit()
            if not removed:  # nothing is left, or only what came back to life meanwhile
                return
            yield removed
            # Whoever waits for SQLite's lock looks every few milliseconds only; this leaves them half of the time.
            time.sleep(time.monotonic() - began)


@dataclass(frozen=True)
class OldFiles:
    """Files, each with what belongs to it."""

    name: str
    when: Callable[[Settings], str]
    stale: Callable[[datetime], list[Path]]
    delete: Callable[[Path], None]

    def count(self, now: datetime) -> int:
        return len(self.stale(now))

    def remove(self, now: datetime) -> Iterator[int]:
        for path in self.stale(now):
            self.delete(path)
            yield 1


_rules: dict[str, Rule] = {}


def connect(*rules: Rule) -> None:
    """Adds rules. A name connected again is replaced."""
    _rules.update({rule.name: rule for rule in rules})


def rules() -> list[Rule]:
    return list(_rules.values())


def tidy(now: datetime) -> dict[str, int]:
    """Removes all that is kept no longer; says how many of what. Commits, many times."""
    return {rule.name: sum(rule.remove(now)) for rule in rules()}


def tidy_aside() -> None:
    """The chore: the same, with a line in the log for what went."""
    for name, removed in tidy(current.now()).items():
        if removed:
            log.info("removed=%d what=%r", removed, name)
