"""Figures that take long are counted beside the pages, and kept until something changes that they rest on.

A report of few attempts is counted while its page is made, as it always was. A larger one is counted by a chore: its
page shows what was counted last with the time of it, and says so when something has changed since
(`Figures.is_current`), or how far the first counting is (`NotCounted`). What a page shows was counted by the very
function that counts a small one.

The key of kept figures is the report, whom it is about and with which arguments. They are current as long as `mark` is
the same: the edition of the course, the version of this module, and the newest of the changes that the database notes
by itself (`models.WATCHED`). `count_wanted` is the one that writes them.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any, Generic, TypeVar

from flask import Flask, current_app
from pydantic import TypeAdapter
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from werkzeug.exceptions import NotFound

from webapp.content.course.course import Course
from webapp.content.problems import Problems
from webapp.database import db, only_reading, write_aside
from webapp.quizzes.models import Attempt
from webapp.quizzes.vocabulary import AttemptState
from webapp.reports import scope
from webapp.reports.models import KeptReport, ReportChange
from webapp.reports.scope import Population
from webapp.web.current import courses, now

T = TypeVar("T")

#: raised whenever the same rows give other figures than before
VERSION = 1
#: so many attempts handed in at most are counted while a page is made
SMALL = 2_000
#: after being counted, a report rests for so many times as long as that took
RESTS = 9
#: a page notes once in so long that somebody still looks at it
NOTED_EVERY = timedelta(hours=1)
#: changes that are noted before all but the newest are removed
CHANGES_AT_MOST = 500
#: seconds between two notes of how far a counting is
TOLD_EVERY = 1.0

Told = Callable[[int, int], None]
"""Takes how many parts of a counting are done, and how many there are."""


@dataclass(frozen=True)
class Report(Generic[T]):
    """One kind of report: what it gives, and how that is counted."""

    name: str
    gives: Any
    count: Callable[..., T]
    #: how long it is current though nothing changed, for what depends on the time of day; None: for ever
    lasts: timedelta | None = None

    @cached_property
    def json(self) -> TypeAdapter[T]:
        return TypeAdapter(self.gives)


@dataclass(frozen=True)
class Figures(Generic[T]):
    """What a report gives, and from when it is."""

    value: T
    #: when it was counted, where that was not just now
    at: datetime | None = None
    #: whether nothing changed since
    is_current: bool = True


class NotCounted(Exception):
    """The figures are being counted for the first time; `done` of `total` parts are (0 of 0: not begun)."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__(f"{done} of {total}")
        self.done, self.total = done, total


_reports: dict[str, Report[Any]] = {}
_counting = threading.Lock()


def report(name: str, gives: Any, count: Callable[..., T], lasts: timedelta | None = None) -> Report[T]:
    """Makes a report known. `count` takes the course, the population, `told`, and the arguments by name."""
    made = _reports[name] = Report(name, gives, count, lasts)
    return made


# --- what a page asks -------------------------------------------------------------------------------------------------


def figures(of: Report[T], course: Course, population: Population, **arguments: Any) -> Figures[T]:
    """What a report gives. Raises NotCounted."""
    if is_small(population):
        return Figures(of.count(course, population, _untold, **arguments))
    about = _about(of, population, arguments)
    key = sha256(about.encode()).hexdigest()
    row = db.session.execute(
        select(
            KeptReport.value, KeptReport.mark, KeptReport.counted_at, KeptReport.wanted_at, KeptReport.asked_at,
            KeptReport.done, KeptReport.total,
        ).where(KeptReport.course_id == course.id, KeptReport.key == key)
    ).first()  # fmt: skip
    at = now()
    # What another version of the app counted may have another form.
    usable = row is not None and row.value is not None and row.mark.startswith(f"{VERSION} ")
    current = usable and row is not None and row.mark == mark(course) and not _has_passed(of, row.counted_at, at)
    if row is None or (not current and row.wanted_at is None) or row.asked_at < at - NOTED_EVERY:
        _ask(course.id, key, about, at, wanted=not current)
    if not usable or row is None:
        raise NotCounted(row.done if row is not None else 0, row.total if row is not None else 0)
    return Figures(of.json.validate_json(row.value), row.counted_at, current)


def is_small(population: Population) -> bool:
    """Whether a report about these people is counted while its page is made: one query, of few rows."""
    handed_in = select(Attempt.id).where(
        Attempt.course_id == population.course_id, Attempt.state == AttemptState.SUBMITTED
    )
    if population.is_part:
        handed_in = handed_in.where(Attempt.user_id.in_(population.takers()))
    few = handed_in.limit(SMALL + 1).subquery()
    return (db.session.scalar(select(func.count()).select_from(few)) or 0) <= SMALL


def mark(course: Course) -> str:
    """What figures of a course are counted from at this moment. Read before the figures: what changes while they are
    counted makes them old."""
    rows = db.session.execute(
        select(ReportChange.course_id, func.count(), func.max(ReportChange.id))
        .where(ReportChange.course_id.in_((course.id, "")))
        .group_by(ReportChange.course_id)
        .order_by(ReportChange.course_id)
    )
    # Their number, too: with PostgreSQL a change may be committed after one with a higher id.
    changes = " ".join(f"{'course' if id else 'all'}:{count}:{newest}" for id, count, newest in rows)
    return f"{VERSION} {course.digest} {changes}"


def _about(of: Report[Any], population: Population, arguments: dict[str, Any]) -> str:
    said = {"report": of.name, "people": scope.as_asked(population), "arguments": arguments}
    return json.dumps(said, sort_keys=True, ensure_ascii=False)


def _has_passed(of: Report[Any], counted_at: datetime, at: datetime) -> bool:
    return of.lasts is not None and at >= counted_at + of.lasts


def _ask(course_id: str, key: str, about: str, at: datetime, *, wanted: bool) -> None:
    values: dict[str, Any] = {"asked_at": at} | ({"wanted_at": at} if wanted else {})
    insert = (postgresql if db.engine.dialect.name == "postgresql" else sqlite).insert(KeptReport)
    write_aside(
        insert.values(course_id=course_id, key=key, about=about, **values).on_conflict_do_update(
            index_elements=["course_id", "key"], set_=values
        )
    )


def _untold(_done: int, _total: int) -> None:
    """For a counting that nobody waits for."""


# --- the chore --------------------------------------------------------------------------------------------------------


def count_aside() -> None:
    """The chore: counts what pages wait for, in a thread of its own, so that other chores need not wait. Commits."""
    forget_changes()
    with only_reading():
        is_wanted = db.session.scalar(_wanted().limit(1)) is not None
        db.session.rollback()
    if is_wanted and not _counting.locked():
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy is of one thread
        threading.Thread(target=_in_app, args=(app,), name="counting", daemon=True).start()


def _in_app(app: Flask) -> None:
    if not _counting.acquire(blocking=False):
        return
    try:
        with app.app_context():
            count_wanted()
    finally:
        _counting.release()


def count_wanted() -> int:
    """Counts all that pages wait for, but for what was counted so shortly ago that it rests; how many. Commits."""
    with only_reading():
        rows = db.session.execute(_wanted(KeptReport.counted_at, KeptReport.seconds)).all()
        db.session.rollback()
    counted = 0
    for id, counted_at, seconds in rows:
        if counted_at is None or counted_at + timedelta(seconds=RESTS * seconds) <= now():
            _count(id)
            counted += 1
    return counted


def _wanted(*more: Any) -> Select[Any]:
    return select(KeptReport.id, *more).where(KeptReport.wanted_at.is_not(None)).order_by(KeptReport.wanted_at)


def _count(row_id: int) -> None:
    """Counts one report anew, and keeps it. One that can't be counted goes; a page that asks for it begins again."""
    try:
        with only_reading():
            values = _counted(row_id)
            db.session.rollback()
    except (NotFound, Problems):
        values = None  # the class is gone, or the course
    except Exception:
        current_app.logger.exception("A report could not be counted")
        values = None
    db.session.rollback()
    if values is None:
        db.session.execute(delete(KeptReport).where(KeptReport.id == row_id))
    else:
        db.session.execute(update(KeptReport).where(KeptReport.id == row_id).values(values))
    db.session.commit()


def _counted(row_id: int) -> dict[str, Any] | None:
    row = db.session.get(KeptReport, row_id)
    store = courses().store(row.course_id) if row is not None else None
    if row is None or store is None:
        return None
    said = json.loads(row.about)
    of, course = _reports[said["report"]], store.current()
    began, at = time.monotonic(), now()
    # All that follows is read in one transaction, which begins with the mark.
    counted_from = mark(course)
    population = scope.again(course.id, said["people"])
    value = of.count(course, population, _Teller(row_id), **said["arguments"])
    return {
        "value": of.json.dump_json(value).decode(),
        "mark": counted_from,
        "counted_at": at,
        "seconds": time.monotonic() - began,
        "wanted_at": None,
        "done": 0,
        "total": 0,
    }


class _Teller:
    """Notes how far a counting is, once a second at most."""

    def __init__(self, row_id: int) -> None:
        self.row_id = row_id
        self.told_at = 0.0

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() >= self.told_at + TOLD_EVERY:
            write_aside(update(KeptReport).where(KeptReport.id == self.row_id).values(done=done, total=total))
            self.told_at = time.monotonic()


def forget_changes() -> None:
    """Removes all changes but the newest of each course, when there are many. Figures are counted once more then, as
    they would be in any case where so much changes."""
    with only_reading():
        counted = select(ReportChange.course_id, func.max(ReportChange.id)).group_by(ReportChange.course_id)
        many = db.session.execute(counted.having(func.count() > CHANGES_AT_MOST)).tuples().all()
        db.session.rollback()
    for course_id, newest in many:
        db.session.execute(delete(ReportChange).where(ReportChange.course_id == course_id, ReportChange.id < newest))
        db.session.commit()
