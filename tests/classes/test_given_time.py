"""More minutes for all in one click, and time given back after an incident."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.classes.conftest import Browser
from tests.conftest import START, Clock
from tests.quizzes.conftest import right_answer
from webapp.audit.models import AuditEntry
from webapp.classes import given_time, server_runs
from webapp.database import db
from webapp.quizzes import handing_in, terms
from webapp.quizzes.grade_changes.models import RecordedChange
from webapp.quizzes.models import Accommodation, Assignment, Attempt, ServerRun, TimeGift
from webapp.quizzes.vocabulary import AttemptState


@pytest.fixture
def exam(app: Flask, ada: Browser, a_class: int, enrol: Any, clock: Clock) -> int:
    """Twenty minutes, for a class with Ada in it; the assignment's id."""
    enrol(a_class, ada.user_id)
    with app.app_context():
        assignment = Assignment(cohort_id=a_class, quiz_id="final", time_limit=20, created_at=clock())
        db.session.add(assignment)
        db.session.commit()
        return assignment.id


def change(app: Flask, assignment_id: int, **values: Any) -> None:
    with app.app_context():
        assignment = db.session.get_one(Assignment, assignment_id)
        for name, value in values.items():
            setattr(assignment, name, value)
        db.session.commit()


def begin(at_work: Any, user_id: int) -> int:
    with at_work(user_id) as desk:
        return int(desk.start("final", seed=1).id)


def end_of(app: Flask, attempt_id: int) -> datetime | None:
    """When an attempt ends; its column says the same as the rules."""
    with app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        end = terms.effective_deadline(attempt)
        assert attempt.deadline == end
        return end


def minutes(browser: Browser, cohort_id: int, number: int = 5) -> Any:
    return browser.post(f"/instructor/cohorts/{cohort_id}/live/final/minutes", {"minutes": str(number)})


def test_five_more_minutes_for_all_reach_everybody_at_work_and_nobody_else(
    app: Flask, irene: Browser, ada: Browser, make_user: Any, at_work: Any, a_class: int, exam: int, enrol: Any,
    clock: Clock, sign_in: Any,
) -> None:  # fmt: skip
    slow, done = make_user(name="Slow"), make_user(name="Done")
    enrol(a_class, slow, done)
    with app.app_context():
        db.session.add(
            Accommodation(course_id="tea-and-bread", user_id=slow, extra_time_percent=50, created_at=clock())
        )
        db.session.commit()
    mine, theirs, over = (begin(at_work, who) for who in (ada.user_id, slow, done))
    with at_work(done) as desk:
        desk.submit(db.session.get_one(Attempt, over))
    clock.advance(minutes=15)
    assert minutes(irene, a_class).status_code == 303
    assert end_of(app, mine) == START + timedelta(minutes=25)
    assert end_of(app, theirs) == START + timedelta(minutes=35)
    told = ada.get(f"/attempts/{mine}/clock").json
    assert told["seconds"] == 600, "the learner's clock hears of it with its next question"
    with app.app_context():
        assert db.session.get_one(Attempt, over).state == AttemptState.SUBMITTED
        entry = db.session.query(AuditEntry).filter_by(action="assignment.minutes_given").one()
        assert (entry.details["minutes"], entry.details["attempts"]) == (5, 2)


def test_more_minutes_are_not_cut_by_the_closing_date_and_twice_is_twice(
    app: Flask, irene: Browser, ada: Browser, at_work: Any, a_class: int, exam: int
) -> None:
    closes = START + timedelta(minutes=12)
    change(app, exam, closes_at=closes)
    mine = begin(at_work, ada.user_id)
    assert end_of(app, mine) == closes
    minutes(irene, a_class)
    assert end_of(app, mine) == closes + timedelta(minutes=5)
    minutes(irene, a_class)
    assert end_of(app, mine) == closes + timedelta(minutes=10)
    with app.app_context():
        assert db.session.get_one(Assignment, exam).closes_at == closes + timedelta(minutes=10)


def test_more_minutes_make_nobody_late(
    app: Flask, irene: Browser, ada: Browser, at_work: Any, a_class: int, exam: int, clock: Clock
) -> None:
    due = START + timedelta(minutes=20)
    change(app, exam, due_at=due, late_policy="penalty", late_percent=10.0)
    mine = begin(at_work, ada.user_id)
    minutes(irene, a_class)
    clock.advance(minutes=23)
    with at_work(ada.user_id) as desk:
        handed_in = desk.submit(db.session.get_one(Attempt, mine))
        assert (handed_in.late_penalty, handed_in.submitted_at) == (0.0, clock())


def test_given_minutes_are_taken_back_as_far_as_they_are_not_used(
    app: Flask, irene: Browser, ada: Browser, at_work: Any, a_class: int, exam: int, clock: Clock
) -> None:
    closes = START + timedelta(minutes=20)
    change(app, exam, closes_at=closes)
    mine = begin(at_work, ada.user_id)
    minutes(irene, a_class)
    with app.app_context():
        gift = db.session.query(TimeGift).one().id
    clock.advance(minutes=22)
    assert irene.post(f"/instructor/cohorts/{a_class}/live/final/given/{gift}/undo").status_code == 303
    with app.app_context():
        attempt = db.session.get_one(Attempt, mine)
        assert attempt.deadline == clock(), "what was worked at meanwhile is not cut off"
        assert db.session.get_one(Assignment, exam).closes_at == closes


def test_giving_minutes_takes_as_many_statements_for_many_as_for_one(
    app: Flask, irene: Browser, make_user: Any, at_work: Any, a_class: int, exam: int, enrol: Any, count_queries: Any
) -> None:
    counts = []
    minutes(irene, a_class)
    for size in (1, 6):
        people = [make_user(name=f"L{size}{n}") for n in range(size)]
        enrol(a_class, *people)
        for user_id in people:
            begin(at_work, user_id)
        with count_queries(app) as counted:
            minutes(irene, a_class)
        counts.append(counted.count)
    assert counts[1] <= counts[0] + 1


def incident(browser: Browser, cohort_id: int, began: datetime, ended: datetime, **more: str) -> Any:
    fields = {"zone": "UTC", "reason": "The server was down.", "seen": ""}
    fields |= {"began_at": f"{began:%Y-%m-%dT%H:%M}", "ended_at": f"{ended:%Y-%m-%dT%H:%M}"} | more
    return browser.post(f"/instructor/cohorts/{cohort_id}/live/final/incident", fields)


def seen_of(page: str) -> str:
    """What the form sends of the forecast that it shows."""
    found = re.search(r'<input[^>]*name="seen"[^>]*value="([^"]*)"', page)
    assert found
    return found[1]


def test_an_incident_gives_the_time_back_to_everybody_who_was_in_it(
    app: Flask, irene: Browser, make_user: Any, at_work: Any, a_class: int, exam: int, enrol: Any, clock: Clock,
    sign_in: Any,
) -> None:  # fmt: skip
    whole, part, after, done = (make_user(name=name) for name in ("Whole", "Part", "After", "Done"))
    enrol(a_class, whole, part, after, done)
    all_of_it, ended_by_hand = begin(at_work, whole), begin(at_work, done)
    with at_work(done) as desk:
        desk.submit(db.session.get_one(Attempt, ended_by_hand))
    clock.advance(minutes=6)
    some_of_it = begin(at_work, part)
    clock.advance(minutes=6)
    none_of_it = begin(at_work, after)
    began, ended = START + timedelta(minutes=4), START + timedelta(minutes=10)
    page = incident(irene, a_class, began, ended)
    assert page.status_code == 200
    names = [name for name in ("Done", "Part", "Whole", "After") if f"<bdi>{name}</bdi>" in page.text]
    assert names == ["Part", "Whole"], "the forecast names those who were in it"
    assert end_of(app, all_of_it) == START + timedelta(minutes=20), "and nothing is done yet"
    seen = f"{began.isoformat()}/{ended.isoformat()}|"
    assert seen_of(page.text) == seen
    assert incident(irene, a_class, began, ended, seen=seen).status_code == 303
    assert end_of(app, all_of_it) == START + timedelta(minutes=26)
    assert end_of(app, some_of_it) == START + timedelta(minutes=30), "clipped to their own span"
    assert end_of(app, none_of_it) == START + timedelta(minutes=32)
    assert incident(irene, a_class, began, ended, seen=seen).status_code == 422, "the same time is given back once"
    with app.app_context():
        gift = db.session.query(TimeGift).one()
        given_time.take_back(gift, by=db.session.get_one(Attempt, all_of_it).user, now=clock())
        db.session.commit()
    assert end_of(app, all_of_it) == START + timedelta(minutes=20)
    assert end_of(app, some_of_it) == START + timedelta(minutes=26)


def test_whose_time_ran_out_during_an_incident_goes_on(
    app: Flask, irene: Browser, ada: Browser, at_work: Any, a_class: int, exam: int, clock: Clock, sign_in: Any
) -> None:
    change(app, exam, feedback_at=START + timedelta(days=1), closes_at=START + timedelta(minutes=20))
    mine = begin(at_work, ada.user_id)
    with at_work(ada.user_id) as desk:
        attempt = db.session.get_one(Attempt, mine)
        desk.answer(attempt, 1, right_answer(attempt.slots[0]))
    clock.advance(minutes=40)
    with app.app_context():
        handing_in.hand_in_overdue(clock())
        db.session.commit()
        assert db.session.get_one(Attempt, mine).is_submitted
    sign_in(irene.client, irene.user_id)
    irene.token = ""
    began, ended = START + timedelta(minutes=12), START + timedelta(minutes=30)
    seen = f"{began.isoformat()}/{ended.isoformat()}"
    looked = incident(irene, a_class, began, ended)
    assert looked.status_code == 200
    recorded = re.search(r"(\d+(?:\.\d+)?) → –", looked.text)
    assert recorded, "the result that goes is forecast"
    unseen = incident(irene, a_class, began, ended, seen=f"{seen}|")
    assert unseen.status_code == 422, "and has to be seen"
    with app.app_context():
        assert db.session.get_one(Attempt, mine).is_submitted
        assert db.session.query(TimeGift).count() == 0
    seen = seen_of(looked.text)
    assert incident(irene, a_class, began, ended, seen=seen).status_code == 303
    assert end_of(app, mine) == clock() + timedelta(minutes=8)
    told = ada.get("/").text
    assert "Your attempt was opened again" in told
    assert "The server was down." in told
    assert f"{recorded[1]}" not in told.partition("notes-title")[2].partition("</section>")[0], "it waits for its date"
    with app.app_context():
        entry = db.session.query(AuditEntry).filter_by(action="grades.changed").one()
        assert (entry.reason, entry.details["kind"]) == ("The server was down.", "incident")
        assert entry.details["after"] == {"began_at": began.isoformat(), "ended_at": ended.isoformat()}
        assert [row["user"] for row in entry.details["results"]] == [ada.user_id]
    with at_work(ada.user_id) as desk:
        attempt = db.session.get_one(Attempt, mine)
        assert (attempt.is_open, attempt.percent, attempt.slots[0].graded_at) == (True, None, None)
        desk.answer(attempt, 2, right_answer(attempt.slots[1]))
        handed_in = desk.submit(attempt)
        assert (handed_in.submitted_by, handed_in.slots[1].fraction) == ("learner", 1.0)


def test_taking_back_the_time_of_an_incident_says_whose_attempts_end_and_they_are_told(
    app: Flask, irene: Browser, ada: Browser, at_work: Any, a_class: int, exam: int, clock: Clock, log: Any,
    sign_in: Any,
) -> None:  # fmt: skip
    change(app, exam, feedback_at=START + timedelta(days=1))
    mine = begin(at_work, ada.user_id)
    clock.advance(minutes=40)
    with app.app_context():
        handing_in.hand_in_overdue(clock())
        db.session.commit()
    sign_in(irene.client, irene.user_id)
    sign_in(ada.client, ada.user_id)
    irene.token = ada.token = ""
    began, ended = START + timedelta(minutes=12), START + timedelta(minutes=30)
    seen = seen_of(incident(irene, a_class, began, ended).text)
    assert incident(irene, a_class, began, ended, seen=seen).status_code == 303
    clock.advance(minutes=2)
    for undo in (f"/instructor/cohorts/{a_class}/live/final/given/1/undo", "/instructor/grade-changes/1/undo"):
        asked = irene.post(undo, {"reason": "It was only the projector."})
        assert asked.status_code == 409
        assert "Ada Learner" in asked.text
        assert end_of(app, mine) is not None
    again = {"reason": "It was only the projector.", "seen": re.search(r'name="seen" value="(\w+)"', asked.text)[1]}
    assert irene.post(undo, again).status_code == 303
    with app.app_context():
        attempt = db.session.get_one(Attempt, mine)
        assert (attempt.state, attempt.submitted_by, attempt.percent) == ("submitted", "deadline", 0.0)
        first, second = db.session.query(RecordedChange).order_by(RecordedChange.id)
        assert (second.kind, second.undoes, second.touched) == ("incident", first.id, 1)
    assert log()[-1][0] == "grades.changed"
    assert "Time that was given back is taken back." in ada.get("/").text
    assert irene.post(undo, again, follow_redirects=True).status_code == 200
    assert "/instructor/grade-changes/2/undo" not in irene.get("/instructor/grade-changes/2").text


def test_who_has_seen_the_result_is_not_let_back_in(
    app: Flask, ada: Browser, at_work: Any, exam: int, clock: Clock
) -> None:
    begin(at_work, ada.user_id)
    clock.advance(minutes=40)
    with app.app_context():
        handing_in.hand_in_overdue(clock())
        assignment = db.session.get_one(Assignment, exam)
        span = START + timedelta(minutes=12), START + timedelta(minutes=30)
        assert [each.fate for each in given_time.forecast(assignment, *span, clock())] == ["seen"]


def test_an_incident_is_suggested_from_the_servers_own_notes(
    app: Flask, irene: Browser, a_class: int, exam: int, clock: Clock, sign_in: Any
) -> None:
    with app.app_context():
        for _minute in range(3):
            server_runs.note_being_up()
            clock.advance(minutes=1)
        clock.advance(minutes=9)
        server_runs.note_being_up()
        assert db.session.query(ServerRun).count() == 2
        assert server_runs.gaps(clock()) == [(START + timedelta(minutes=2), START + timedelta(minutes=12))]
    page = irene.get(f"/instructor/cohorts/{a_class}/live/final/incident").text
    assert 'value="2026-03-02T09:02"' in page
    assert 'value="2026-03-02T09:12"' in page


def test_only_those_who_teach_the_class_give_time(
    carl: Browser, ada: Browser, a_class: int, exam: int, irene: Browser
) -> None:
    assert minutes(carl, a_class).status_code == 404
    assert minutes(ada, a_class).status_code == 403
    assert minutes(irene, a_class, 0).status_code == 303
