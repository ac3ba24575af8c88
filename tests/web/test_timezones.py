"""Times are on the reader's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.accounts.models import User
from webapp.accounts.service import set_preference
from webapp.database import db
from webapp.web import timezones
from webapp.web.localisation import localtime, when

#: the evening in Tokyo, the morning in Berlin, of the same second of March
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def in_zone(app: Flask, zone: str | None, **more: Any) -> Any:
    headers = {"Cookie": f"zone={zone}"} if zone else {}
    return app.test_request_context(headers=headers | more.get("headers", {}))


def plain(markup: str) -> str:
    """The words of a <time> element, with usual spaces."""
    return markup.split(">", 1)[1].removesuffix("</time>").replace("\u202f", " ")


def test_a_time_is_on_the_clock_that_the_browser_says_it_goes_by(app: Flask) -> None:
    with in_zone(app, "Asia/Tokyo"):
        assert plain(localtime(NOON)) == "Mar 2, 2026, 9:00 PM"
    with in_zone(app, None):
        assert plain(localtime(NOON)) == "Mar 2, 2026, 12:00 PM UTC"
    with in_zone(app, "Nowhere/Land"):
        assert plain(localtime(NOON)) == "Mar 2, 2026, 12:00 PM UTC"


def test_the_whole_of_a_time_is_there_on_demand_and_machines_read_utc(app: Flask) -> None:
    with in_zone(app, "Asia/Tokyo"):
        element = localtime(NOON)
    assert 'datetime="2026-03-02T12:00:00Z"' in element
    assert "Monday, March 2, 2026" in element
    assert "Japan Standard Time" in element


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (timedelta(minutes=9), "in 9 minutes (6:09 PM)"),
        (timedelta(minutes=-3), "3 minutes ago (5:57 PM)"),
        (timedelta(hours=3), "today, 9:00 PM"),
        (timedelta(hours=8), "tomorrow, 2:00 AM"),
        (timedelta(hours=-20), "yesterday, 10:00 PM"),
        (timedelta(days=9), "Mar 11, 2026, 6:00 PM"),
    ],
)
def test_what_is_near_is_said_as_people_say_it(app: Flask, clock: Any, away: timedelta, words: str) -> None:
    with in_zone(app, "Asia/Tokyo"):  # 18:00 there
        assert plain(when(clock() + away)) == words


def test_a_deadline_stands_on_the_readers_clock_with_that_of_the_class_beside_it(app: Flask) -> None:
    with in_zone(app, "Asia/Tokyo"):
        assert plain(when(NOON, beside="Europe/Berlin")).replace("\u202f", " ") == (
            "today, 9:00 PM (Berlin: 3/2/26, 1:00 PM)"
        )
        assert plain(when(NOON, beside="Asia/Seoul")) == "today, 9:00 PM"  # the same clock
    with in_zone(app, None):
        assert plain(when(NOON, beside="Europe/Berlin")) == "today, 1:00 PM (Berlin)"


def test_the_zone_of_the_account_comes_before_that_of_the_device(app: Flask, as_person: Any, make_user: Any) -> None:
    person = make_user(name="Aiko")
    with app.app_context():
        set_preference(db.session.get(User, person), "zone", "Asia/Tokyo")
        db.session.commit()
    client: FlaskClient = as_person(person)
    client.set_cookie("zone", "America/New_York")
    page = client.get("/account").text.replace("\u202f", " ")
    assert "6:00 PM" in page  # 9:00 UTC
    assert "4:00 AM" not in page


@pytest.mark.parametrize(
    ("now", "zone", "began"),
    [
        # half past three in Tokyo is still the night before
        (datetime(2026, 3, 2, 18, 30, tzinfo=UTC), "Asia/Tokyo", datetime(2026, 3, 1, 19, tzinfo=UTC)),
        (datetime(2026, 3, 2, 19, 0, tzinfo=UTC), "Asia/Tokyo", datetime(2026, 3, 2, 19, tzinfo=UTC)),
        (datetime(2026, 3, 2, 3, 59, tzinfo=UTC), None, datetime(2026, 3, 1, 4, tzinfo=UTC)),
    ],
)
def test_the_learning_day_begins_at_four_in_the_readers_morning(
    now: datetime, zone: str | None, began: datetime
) -> None:
    assert timezones.learning_day(now, zone) == began


def test_days_are_as_long_as_the_clocks_make_them() -> None:
    """Berlin puts its clocks forward in the night to 29 March 2026: that learning day has 23 hours."""
    saturday = timezones.learning_day(datetime(2026, 3, 28, 12, tzinfo=UTC), "Europe/Berlin")
    sunday = timezones.days_after(saturday, 1, "Europe/Berlin")
    assert sunday - saturday == timedelta(hours=23)
    assert timezones.days_after(sunday, 1, "Europe/Berlin") - sunday == timedelta(hours=24)


def test_the_zone_that_the_browser_says_is_kept_with_the_account_for_days_to_begin_by(
    app: Flask, as_person: Any, make_user: Any, clock: Any, post: Any
) -> None:
    person = make_user(name="Aiko")
    client: FlaskClient = as_person(person)
    client.set_cookie("zone", "Asia/Tokyo")
    clock.advance(minutes=2)
    post(client, "/quizzes/bread/attempts", page="/quizzes/bread")
    with app.app_context():
        assert timezones.of_person(db.session.get(User, person)) == "Asia/Tokyo"
