"""Whose clock times are shown on: the reader's.

The zone that somebody chose in their account comes first, then the one their browser says (a cookie that a line of
script in `base.html` keeps), then the one their account was last seen in; a class's deadlines have a zone of their
own. Where nobody knows better it is UTC, and the page says so.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from flask import g, has_request_context, request
from flask_login import current_user

#: the cookie with the zone of the browser
COOKIE = "zone"
#: the learning day begins at this hour of the reader's clock: whoever studies past midnight studies on the same day
DAY_BEGINS = 4

_CONTINENTS = (
    "Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/",
    "Pacific/",
)  # fmt: skip


@cache
def zones() -> tuple[str, ...]:
    """The zones that can be chosen, UTC first; UTC alone where the machine has no table of zones."""
    return ("UTC", *sorted(name for name in available_timezones() if name.startswith(_CONTINENTS)))


@cache
def _known() -> frozenset[str]:
    return frozenset(zones())


def known(name: Any) -> str | None:
    """The zone if it is one, else None."""
    return name if isinstance(name, str) and name in _known() else None


def zone_of(name: str | None) -> str:
    """The zone if it is one, else UTC."""
    return known(name) or "UTC"


def of_browser() -> str | None:
    """The zone that the browser of this request says it is in; None where it says none."""
    return known(request.cookies.get(COOKIE)) if has_request_context() else None


def of_person(user: Any) -> str | None:
    """The zone that a person chose, or was last seen in; None where neither is known. Works for visitors, too."""
    preferences = getattr(user, "preferences", None) or {}
    return known(preferences.get("zone")) or known(preferences.get("zone_seen"))


def of_reader() -> str | None:
    """The zone whose clock the reader of this request goes by; None where nobody knows it."""
    if not has_request_context():
        return None
    if "reader_zone" not in g:
        chosen = known((getattr(current_user, "preferences", None) or {}).get("zone"))
        g.reader_zone = chosen or of_browser() or of_person(current_user)
    zone: str | None = g.reader_zone
    return zone


def clock_of(name: str | None) -> ZoneInfo:
    """The clock of a zone; UTC for one that there is not."""
    try:
        return ZoneInfo(zone_of(name))
    except ZoneInfoNotFoundError:  # the machine has no table of zones
        return ZoneInfo("UTC")


def learning_day(now: datetime, zone: str | None) -> datetime:
    """When the learning day of `now` began in a zone, in UTC."""
    clock = clock_of(zone)
    local = now.astimezone(clock) - timedelta(hours=DAY_BEGINS)
    return datetime.combine(local.date(), time(DAY_BEGINS), clock).astimezone(UTC)


def days_after(day: datetime, number: int, zone: str | None) -> datetime:
    """When the learning day begins that comes so many days after the one that begins at `day`, in UTC.

    Days of 23 and 25 hours are counted as the clocks of the zone count them.
    """
    clock = clock_of(zone)
    date = day.astimezone(clock).date() + timedelta(days=number)
    return datetime.combine(date, time(DAY_BEGINS), clock).astimezone(UTC)
