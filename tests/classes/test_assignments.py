from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.classes.conftest import Browser
from tests.conftest import Clock
from tests.quizzes.conftest import at, right_answer
from webapp.audit.models import AuditEntry
from webapp.classes import times
from webapp.database import db
from webapp.quizzes.models import Assignment, Attempt
from webapp.web import timezones


@pytest.fixture
def assign(irene: Browser, a_class: int) -> Any:
    """Assigns a quiz by the form; times are typed as on the clock of UTC unless said otherwise."""

    def send(quiz_id: str, **fields: Any) -> Any:
        path = f"/instructor/cohorts/{a_class}/assignments/{quiz_id}"
        return irene.post(path, {"zone": "UTC", "late_policy": "accept", **fields}, page=path)

    return send


@pytest.fixture
def grant(irene: Browser, a_class: int) -> Any:
    def send(**fields: Any) -> Any:
        path = f"/instructor/cohorts/{a_class}/accommodations"
        return irene.post(path, {"person": 0, "quiz": "", **fields}, page=path)

    return send


def seal_of(page: str) -> str:
    """What the button that decides sends: it stands for the forecast on the page."""
    found = re.search(r'name="seen" value="([0-9a-f]{32})"', page)
    assert found, page
    return found[1]


def assignment_of(app: Flask, quiz_id: str) -> Assignment:
    with app.app_context():
        found = db.session.scalars(db.select(Assignment).where(Assignment.quiz_id == quiz_id)).one()
        db.session.expunge_all()
        return found


def attempt_of(app: Flask, attempt_id: int) -> Attempt:
    with app.app_context():
        found = db.session.get_one(Attempt, attempt_id)
        db.session.expunge_all()
        return found


def test_times_are_meant_on_the_clock_that_stands_beside_them(app: Flask, assign: Any, irene: Browser, a_class: int):
    saved = assign("bread", zone="Europe/Berlin", opens_at="2026-03-02T10:00", due_at="2026-07-02T10:00")
    assert saved.status_code == 303
    found = assignment_of(app, "bread")
    assert found.opens_at == at(9)
    assert found.due_at == at(8).replace(month=7), "summer time in July"
    page = irene.get(f"/instructor/cohorts/{a_class}/assignments/bread").text
    assert 'value="2026-03-02T10:00"' in page
    assert '<option selected value="Europe/Berlin">' in page


def test_a_time_that_the_clocks_leave_out_is_refused(assign: Any) -> None:
    refused = assign("bread", zone="Europe/Berlin", opens_at="2026-03-29T02:30")
    assert refused.status_code == 422
    assert "does not exist" in refused.text
    with pytest.raises(times.NoSuchTime):
        times.to_utc(at(2, 30, day=29).replace(tzinfo=None), "Europe/Berlin")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"opens_at": "2026-03-05T10:00", "due_at": "2026-03-04T10:00"}, "not after the time it opens"),
        ({"due_at": "2026-03-05T10:00", "closes_at": "2026-03-04T10:00"}, "before the time it is due"),
        ({"late_policy": "penalty", "late_percent": "10"}, "nothing is late"),
        ({"late_policy": "penalty", "due_at": "2026-03-05T10:00"}, "how many percent"),
        ({"time_limit": "0"}, "whole number from 1"),
        ({"attempts": "many"}, "whole number"),
        ({"opens_at": "tomorrow"}, "Not a valid"),
    ],
)
def test_what_does_not_fit_together_is_said_and_kept(assign: Any, fields: dict[str, str], words: str) -> None:
    refused = assign("bread", **fields)
    assert refused.status_code == 422
    assert words in refused.text
    assert all(value in refused.text for value in fields.values())


def test_learners_of_the_class_see_the_dates_and_others_do_not(
    assign: Any, ada: Browser, a_class: int, enrol: Any, browse: Any, make_user: Any
) -> None:
    assign("bread", opens_at="2026-03-03T10:00", due_at="2026-03-06T10:00")
    stranger = browse(make_user(name="Sam Stranger"))
    enrol(a_class, ada.user_id)
    assert "It opens" in ada.get("/quizzes").text
    assert "Due" in ada.get("/quizzes/bread").text
    assert "It opens" not in stranger.get("/quizzes").text


def test_changing_and_withdrawing_are_in_the_log_with_before_and_after(
    app: Flask, assign: Any, irene: Browser, a_class: int, log: Any
) -> None:
    assign("bread", access_code="sesame")
    assign("bread", attempts="2")
    irene.post(f"/instructor/cohorts/{a_class}/assignments/bread/withdraw")
    number = assignment_of(app, "bread").id
    assert [entry[:2] for entry in log()[-3:]] == [
        ("assignment.made", f"assignment:{number}"),
        ("assignment.changed", f"assignment:{number}"),
        ("assignment.withdrawn", f"assignment:{number}"),
    ]
    assign("bread")
    assert assignment_of(app, "bread").withdrawn_at is None


def test_a_closing_date_that_moves_moves_the_deadline_of_attempts_under_way(
    app: Flask, assign: Any, ada: Browser, at_work: Any, a_class: int, enrol: Any
) -> None:
    enrol(a_class, ada.user_id)
    assign("bread", closes_at="2026-03-02T12:00")
    with at_work(ada.user_id) as desk:
        attempt_id = desk.start("bread").id
    assert attempt_of(app, attempt_id).deadline == at(12)
    assign("bread", closes_at="2026-03-02T15:00")
    assert attempt_of(app, attempt_id).deadline == at(15)


# --- accommodations --------------------------------------------------------------------------------------------------


def test_extra_time_takes_effect_in_a_running_attempt(
    app: Flask, assign: Any, grant: Any, ada: Browser, at_work: Any, a_class: int, enrol: Any, clock: Clock, log: Any
) -> None:
    enrol(a_class, ada.user_id)
    assign("final")
    with at_work(ada.user_id) as desk:
        attempt_id = desk.start("final", seed=1).id
    clock.advance(minutes=19)
    granted = grant(person=ada.user_id, quiz="final", extra_time_percent=50, reason="Dyslexia certificate")
    assert granted.status_code == 303
    assert attempt_of(app, attempt_id).deadline == at(9, 30)
    assert ada.get(f"/attempts/{attempt_id}/clock").json["seconds"] == 11 * 60
    clock.advance(minutes=8)
    with at_work(ada.user_id) as desk:
        attempt = db.session.get_one(Attempt, attempt_id)
        assert desk.answer(attempt, 1, right_answer(attempt.slots[0])).new
    assert log()[-1] == ("accommodation.granted", f"user:{ada.user_id}", "Dyslexia certificate")


def test_an_accommodation_that_ends_ends_in_a_running_attempt(
    app: Flask, assign: Any, grant: Any, irene: Browser, ada: Browser, at_work: Any, a_class: int, enrol: Any
) -> None:
    enrol(a_class, ada.user_id)
    assign("final")
    grant(extra_time_percent=100)
    with at_work(ada.user_id) as desk:
        attempt_id = desk.start("final", seed=1).id
    assert attempt_of(app, attempt_id).deadline == at(9, 40)
    irene.post(f"/instructor/cohorts/{a_class}/accommodations/1/end")
    assert attempt_of(app, attempt_id).deadline == at(9, 20)
    assert "None at the moment" in irene.get(f"/instructor/cohorts/{a_class}/accommodations").text


def test_later_dates_give_back_what_lateness_took(
    app: Flask, irene: Browser, assign: Any, grant: Any, ada: Browser, at_work: Any, a_class: int, enrol: Any,
    clock: Clock, sign_in: Any,
) -> None:  # fmt: skip
    enrol(a_class, ada.user_id)
    assign("bread", due_at="2026-03-02T10:00", late_policy="penalty", late_percent="20")
    clock.set(at(11))
    with at_work(ada.user_id) as desk:
        attempt_id = desk.take("bread").id
    assert attempt_of(app, attempt_id).percent == 80
    sign_in(irene.client, irene.user_id)
    irene.token = ""
    answer = grant(person=ada.user_id, later_hours=48)
    asked = grant(person=ada.user_id, later_hours=48, reason="Was ill.")
    assert asked.status_code == 409, "it changes what is recorded, so whose results it changes is said first"
    assert attempt_of(app, attempt_id).percent == 80
    answer = grant(person=ada.user_id, later_hours=48, reason="Was ill.", seen=seal_of(asked.text))
    assert answer.status_code == 303
    assert attempt_of(app, attempt_id).percent == 100


def test_more_attempts_than_the_quiz_allows(
    assign: Any, grant: Any, ada: Browser, at_work: Any, a_class: int, enrol: Any
) -> None:
    enrol(a_class, ada.user_id)
    assign("bread")
    with at_work(ada.user_id) as desk:
        for _ in range(3):
            desk.take("bread")
    assert "used all your attempts" in ada.get("/quizzes/bread").text
    grant(person=ada.user_id, quiz="bread", extra_attempts=1)
    assert "used all your attempts" not in ada.get("/quizzes/bread").text


def test_in_a_large_class_the_learner_is_searched_for(
    app: Flask, irene: Browser, grant: Any, ada: Browser, make_user: Any, a_class: int, enrol: Any
) -> None:
    """There was a menu of 2,003 people."""
    enrol(a_class, *(make_user(name=f"Aaron {n:02}") for n in range(50)), ada.user_id)
    path = f"/instructor/cohorts/{a_class}/accommodations"
    page = irene.get(path).text
    assert "One more learner is not in the menu below" in page
    assert "Ada Learner" not in page
    found = irene.get(f"{path}?q=ada").text
    assert f'value="{ada.user_id}"' in found
    assert "Aaron" not in found
    assert grant(person=ada.user_id, extra_attempts=1).status_code == 303
    assert "Ada Learner" in irene.get(path).text
    assert grant(person=10**9, extra_attempts=1).status_code == 422


def test_an_accommodation_gives_something_and_to_somebody_of_the_class(grant: Any, ada: Browser, a_class: int) -> None:
    assert grant().status_code == 422
    assert grant(person=ada.user_id, extra_attempts=1).status_code == 422, "she is not in the class"
    assert grant(quiz="no-such-quiz", extra_attempts=1).status_code == 422
    assert grant(extra_time_percent=-5).status_code == 422


def test_the_clock_of_every_zone_can_be_reckoned() -> None:
    noon = at(12).replace(tzinfo=None)
    for zone in timezones.zones():
        local = times.to_local(times.to_utc(noon, zone), zone)
        assert local == noon
    assert timezones.zone_of("Nowhere/Land") == timezones.zone_of(None) == "UTC"
    assert times.to_utc(noon, "Europe/Berlin") == at(12) - timedelta(hours=1)


@pytest.mark.parametrize("when", ["0001-01-01T00:00", "9999-12-31T23:59", "1899-12-31T23:59"])
def test_a_time_of_another_age_is_refused_because_no_clock_can_be_set_by_it(
    app: Flask, assign: Any, irene: Browser, a_class: int, when: str
) -> None:
    for field in ("opens_at", "due_at", "closes_at", "feedback_at"):
        response = assign("bread", **{field: when, "zone": "Asia/Tokyo"})
        assert response.status_code == 422, field
    assert irene.get(f"/instructor/cohorts/{a_class}/assignments/bread").status_code == 200


def test_conditions_of_an_exam_are_set_by_the_form_kept_and_logged_without_keys(
    app: Flask, irene: Browser, a_class: int
) -> None:
    path = f"/instructor/cohorts/{a_class}/assignments/final"
    fields = {
        "zone": "UTC", "late_policy": "accept", "addresses": "10.20.3.4/16\n2001:db8::/32", "outside": "Room 12.",
        "config_keys": "AB" * 32, "sessions": "consent", "notes": "y",
    }  # fmt: skip
    for wrong in ({"addresses": "room 12"}, {"config_keys": "abc"}, {"sessions": "never"}, {"outside": "x" * 301}):
        assert irene.post(path, fields | wrong).status_code == 422, wrong
    assert irene.post(path, fields).status_code == 303
    with app.app_context():
        found = db.session.query(Assignment).one().conditions
        assert found is not None
        assert (found.addresses, found.config_keys) == (("10.20.0.0/16", "2001:db8::/32"), ("ab" * 32,))
        assert (found.sessions, found.notes, found.outside) == ("consent", True, "Room 12.")
        logged = db.session.query(AuditEntry).filter_by(action="assignment.made").one().details
        assert "ab" * 32 not in str(logged)
    page = irene.get(path).text
    assert "10.20.0.0/16\n2001:db8::/32" in page.replace("\r", "")
    emptied = dict.fromkeys(("addresses", "outside", "config_keys", "exam_keys"), "") | {"sessions": "any"}
    assert irene.post(path, {"zone": "UTC", "late_policy": "accept", **emptied}).status_code == 303
    with app.app_context():
        assert db.session.query(Assignment).one().conditions is None


def test_an_instructor_lets_an_attempt_go_on_in_another_browser(
    app: Flask, irene: Browser, ada: Browser, a_class: int, enrol: Any, at_work: Any, clock: Any, log: Any
) -> None:
    enrol(a_class, ada.user_id)
    with at_work(ada.user_id) as desk:
        attempt = desk.start("final", seed=1)
        attempt.session_digest = "d" * 64
        db.session.commit()
        attempt_id = attempt.id
    assert irene.post(f"/instructor/attempts/{attempt_id}/elsewhere").status_code == 303
    with app.app_context():
        assert db.session.get_one(Attempt, attempt_id).session_digest is None
    assert ("attempt.let_go_on", f"attempt:{attempt_id}", "") in log()


@pytest.mark.parametrize("typed", ["sNaN", "NaN", "-Infinity", "1e400", "9" * 5_000])
def test_what_is_no_share_is_refused_beside_the_field(irene: Browser, a_class: int, typed: str) -> None:
    path = f"/instructor/cohorts/{a_class}/assignments/tea"
    sent = {
        "zone": "UTC",
        "late_policy": "penalty",
        "due_at": "2026-12-01T10:00",
        "late_percent": typed,
        "sessions": "any",
    }
    assert irene.post(path, sent, page=path).status_code == 422
