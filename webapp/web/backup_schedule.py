"""Backups by the clock: made beside the pages, kept by age, and whoever runs the site is told when one fails."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import make_url

from webapp.config import Settings
from webapp.web import backups, current
from webapp.web.alerts import alerts
from webapp.web.retention import OldFiles

#: how much time is between two backups, by WEBAPP_BACKUPS
EVERY = {"hourly": timedelta(hours=1), "daily": timedelta(days=1)}
#: after a failure another try comes that much later
AGAIN = timedelta(minutes=10)
#: what is kept: all of a day, the last of each day for a week, the last of each week for two months
ALL_FOR, DAILY_FOR, WEEKLY_FOR = timedelta(days=1), timedelta(days=7), timedelta(weeks=9)
#: the file beside the copies that says why the latest try failed; it goes with the next success
FAILURE = "last-failure.json"

_NAME = re.compile(r"webapp-scheduled-(\d{8}T\d{6}Z)\.(?:sqlite3|dump)")
_MADE_ONCE = re.compile(r"(?:^webapp-before-upgrade-from-.*-|\.before-)(\d{8}T\d{6}Z)(?:\.(?:sqlite3|dump))?$")
_TIME = "%Y%m%dT%H%M%SZ"

log = logging.getLogger("webapp.backups")


@dataclass(frozen=True)
class Status:
    """How the scheduled backups are. Times are None where there was none."""

    latest: datetime | None
    failure: str
    is_late: bool


def folder(settings: Settings) -> Path:
    return settings.backup_folder or settings.data / "backups"


def name(kind: str, at: datetime, ending: str) -> str:
    """The name of a copy: `kind` says why it was made."""
    return f"webapp-{kind}{'-' if kind else ''}{at.astimezone(UTC).strftime(_TIME)}.{ending}"


def scheduled(where: Path) -> dict[datetime, Path]:
    """The scheduled copies of a folder by the time at which each was begun."""
    found = {}
    for path in where.glob("webapp-scheduled-*") if where.is_dir() else ():
        if match := _NAME.fullmatch(path.name):
            found[datetime.strptime(match[1], _TIME).replace(tzinfo=UTC)] = path
    return found


def kept(times: Iterable[datetime], now: datetime) -> set[datetime]:
    """Which copies are kept by their age. One from the future, by a clock that was wrong, is."""
    keep: set[datetime] = set()
    days: set[tuple[int, int, int]] = set()
    weeks: set[tuple[int, int]] = set()
    for at in sorted(times, reverse=True):
        age, day, week = now - at, (at.year, at.month, at.day), at.isocalendar()[:2]
        if (
            age < ALL_FOR
            or (age < DAILY_FOR and day not in days)
            or (age < WEEKLY_FOR and week not in weeks)
            or not keep  # the newest one stays however old it is
        ):
            keep.add(at)
            days.add(day)
            weeks.add(week)
    return keep


def back_up_when_due() -> None:
    """The chore: makes a backup if the latest is old enough, and takes away what is too old. A failure is an alert."""
    settings, now = current.settings(), current.now()
    if settings.backups == "off":
        return
    where = folder(settings)
    there = scheduled(where)
    past = [at for at in there if at <= now]
    if past and now - max(past) < EVERY[settings.backups]:
        return
    failed_at = _failed(where)[0]
    if failed_at is not None and timedelta(0) <= now - failed_at < AGAIN:
        return
    url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    began = time.monotonic()
    try:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in where.glob("webapp-scheduled-*.part"):  # of a process that was killed
            left.unlink(missing_ok=True)
        target = where / name("scheduled", now, "sqlite3" if url.get_backend_name() == "sqlite" else "dump")
        made = backups.back_up(url, target)
    except Exception as error:
        alerts().raise_("backup", "no backup could be made: %s", error, level=logging.CRITICAL)
        _note_failure(where, now, str(error))
        if not isinstance(error, backups.Unsound | backups.Impossible | OSError | sqlite3.Error):
            log.exception("The backup failed by a defect")
        return
    (where / FAILURE).unlink(missing_ok=True)
    log.info("backup=%s bytes=%d seconds=%.1f", target.name, made.bytes, time.monotonic() - began)
    if made.broken_references:
        alerts().raise_("backup", "%d rows of the database point at rows that are not there", made.broken_references)
    take_away_old(where, now)


def take_away_old(where: Path, now: datetime) -> None:
    there = scheduled(where)
    for at in there.keys() - kept(there, now):
        there[at].unlink(missing_ok=True)
        there[at].with_name(there[at].name + backups.MANIFEST).unlink(missing_ok=True)


def made_once(now: datetime) -> list[Path]:
    """Copies that an upgrade or a restore made on the way, and that are as old as the oldest scheduled one gets."""
    found = []
    url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    places = {folder(current.settings()): "webapp-before-upgrade-from-*"}
    candidates = [path for where, names in places.items() if where.is_dir() for path in where.glob(names)]
    if url.get_backend_name() == "sqlite" and url.database:
        database = Path(url.database)
        candidates += database.parent.glob(f"{database.name}.before-*")
    for path in candidates:
        match = _MADE_ONCE.search(path.name)
        if match and now - datetime.strptime(match[1], _TIME).replace(tzinfo=UTC) >= WEEKLY_FOR:
            found.append(path)
    return sorted(found)


def remove_copy(path: Path) -> None:
    """Removes a copy with what belongs to it."""
    for end in ("", backups.MANIFEST, "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def status() -> Status | None:
    """How the scheduled backups are, as the folder tells it to every process; None where none are wanted."""
    settings, now = current.settings(), current.now()
    if settings.backups == "off":
        return None
    where = folder(settings)
    there = scheduled(where)
    latest = max(there, default=None)
    late = latest is not None and now - latest > 2 * EVERY[settings.backups]
    return Status(latest=latest, failure=_failed(where)[1], is_late=late)


def _failed(where: Path) -> tuple[datetime | None, str]:
    """When the latest try failed, and why, if it did."""
    try:
        said = json.loads((where / FAILURE).read_text())
        return datetime.fromisoformat(said["at"]), str(said["why"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, ""


def _note_failure(where: Path, now: datetime, why: str) -> None:
    try:
        (where / FAILURE).write_text(json.dumps({"at": now.isoformat(), "why": why[:500]}))
    except OSError as error:  # that the latest backup is old is seen all the same
        log.warning("The failure can't be noted in %s (%s)", where, error.strerror)


RULES = (
    OldFiles(
        "copies made before an upgrade or restore",
        lambda _: f"older than {WEEKLY_FOR.days} days",
        made_once,
        remove_copy,
    ),
)
