"""Times as instructors type them: in the time zone shown next to the field, kept in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: what is typed in a datetime-local field
FORMAT = "%Y-%m-%dT%H:%M"

#: years that can be meant. Beyond them, zones and accommodations lead out of the calendar that computers have.
YEARS = range(2000, 2200)


class NoSuchTime(ValueError):
    """The clocks go forward over this time, so it does not exist in this zone."""


def to_utc(local: datetime, zone: str) -> datetime:
    """A time on the clock of a zone, in UTC. Where the clock shows it twice, the earlier one is meant.

    Raises NoSuchTime for a time that the clock leaves out, ValueError for one of a year that nobody means.
    """
    if local.year not in YEARS:
        raise ValueError(f"{local.year} is not among the years from {YEARS[0]} to {YEARS[-1]}")
    try:
        aware = local.replace(tzinfo=ZoneInfo(zone), fold=0)
    except ZoneInfoNotFoundError:
        aware = local.replace(tzinfo=UTC)
    at = aware.astimezone(UTC)
    if at.astimezone(aware.tzinfo).replace(tzinfo=None) != local:
        raise NoSuchTime
    return at


def to_local(at: datetime | None, zone: str) -> datetime | None:
    """A time in UTC on the clock of a zone, without zone, to be put in a field."""
    return None if at is None else at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
