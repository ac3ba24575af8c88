from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.classes.conftest import Browser
from tests.clients import within
from tests.conftest import Clock
from tests.quizzes.conftest import at, right_answer
from webapp.database import db
from webapp.quizzes.models import Accommodation, Assignment, Attempt


@pytest.fixture
def attempt_id(ada: Browser, at_work: Any, a_class: int, enrol: Any) -> int:
    """Ada, of Irene's class, has answered one question of the final."""
    enrol(a_class, ada.user_id)
    with at_work(ada.user_id) as desk:
        attempt = desk.start("final", seed=1)
        desk.answer(attempt, 1, right_answer(attempt.slots[0]))
        return attempt.id


def state_of(app: Flask, attempt_id: int) -> tuple[Any, ...]:
    with app.app_context():
        found = db.session.get_one(Attempt, attempt_id)
        return found.state, found.submitted_by, found.deadline, found.score


def test_an_extension_lets_the_attempt_run_and_tells_its_learner_why(
    app: Flask, irene: Browser, ada: Browser, attempt_id: int, clock: Clock, log: Any
) -> None:
    clock.advance(minutes=15)
    done = irene.post(
        f"/instructor/attempts/{attempt_id}/extend", {"extend-minutes": 30, "extend-reason": "The fire alarm rang."}
    )
    assert done.status_code == 303
    assert state_of(app, attempt_id)[2] == at(9, 45)
    assert log()[-1] == ("attempt.extended", f"attempt:{attempt_id}", "The fire alarm rang.")
    assert "The fire alarm rang." in ada.get("/quizzes/final").text
    assert "The fire alarm rang." in irene.get(f"/instructor/attempts/{attempt_id}").text
    clock.advance(minutes=25)
    assert ada.get(f"/attempts/{attempt_id}/questions/1").status_code == 200


def test_an_extension_that_gives_nothing_is_refused(irene: Browser, attempt_id: int) -> None:
    refused = irene.post(f"/instructor/attempts/{attempt_id}/extend", {"extend-minutes": 5, "extend-reason": "Why not"})
    assert refused.status_code == 422
    assert "may run that long anyway: it has" in refused.text
    assert "Why not" in refused.text


@pytest.mark.parametrize("act", ["extend", "hand-in", "reset"])
def test_nothing_is_done_without_a_reason(app: Flask, irene: Browser, attempt_id: int, act: str, log: Any) -> None:
    before, entries = state_of(app, attempt_id), log()
    refused = irene.post(f"/instructor/attempts/{attempt_id}/{act}", {f"{act}-reason": " ", "extend-minutes": 60})
    assert refused.status_code == 422
    assert "Please give a reason" in refused.text
    assert (state_of(app, attempt_id), log()) == (before, entries)


def test_handing_in_for_somebody_grades_what_is_saved(
    app: Flask, irene: Browser, ada: Browser, attempt_id: int, log: Any
) -> None:
    irene.post(f"/instructor/attempts/{attempt_id}/hand-in", {"hand-in-reason": "The lesson is over."})
    state, by, _deadline, score = state_of(app, attempt_id)
    assert (state, by) == ("submitted", "instructor")
    assert score is not None
    assert score > 0
    page = ada.get(f"/attempts/{attempt_id}/result").text
    assert "The lesson is over." in page
    assert log()[-1] == ("attempt.handed_in", f"attempt:{attempt_id}", "The lesson is over.")


def test_a_reset_attempt_counts_for_nothing_and_gives_its_place_back(
    app: Flask, irene: Browser, ada: Browser, attempt_id: int, at_work: Any, log: Any
) -> None:
    irene.post(f"/instructor/attempts/{attempt_id}/reset", {"reset-reason": "The browser crashed."})
    assert state_of(app, attempt_id)[0] == "void"
    assert log()[-1] == ("attempt.reset", f"attempt:{attempt_id}", "The browser crashed.")
    page = ada.get("/quizzes/final").text
    assert "The browser crashed." in page
    assert "2 of 2 left" in page
    with at_work(ada.user_id) as desk:
        assert desk.start("final").number == 2


def test_a_learner_whose_attempt_is_reset_under_their_hands_is_led_to_the_reason(
    irene: Browser, ada: Browser, attempt_id: int
) -> None:
    page = f"/attempts/{attempt_id}/questions/2"
    irene.post(f"/instructor/attempts/{attempt_id}/reset", {"reset-reason": "The browser crashed."})
    assert ada.get(page).location == "/quizzes/final"
    sent = ada.post(page, {"sequence": "0", "action": "next"})
    assert (sent.status_code, sent.location) == (303, "/quizzes/final")
    saved = ada.post(page, {"sequence": "0"}, headers={"Accept": "application/json"})
    assert (saved.status_code, saved.json) == (409, {"saved": False, "reason": "reset", "go": within("/quizzes/final")})


def test_an_attempt_that_ended_meanwhile_is_not_extended(
    app: Flask, irene: Browser, attempt_id: int, clock: Clock, log: Any, sign_in: Any
) -> None:
    clock.advance(minutes=40)
    sign_in(irene.client, irene.user_id)
    irene.token = ""
    before = log()
    irene.post(f"/instructor/attempts/{attempt_id}/extend", {"extend-minutes": 60, "extend-reason": "Late"})
    assert state_of(app, attempt_id)[:2] == ("submitted", "deadline")
    assert log() == before


@pytest.mark.parametrize("act", ["", "/extend", "/hand-in", "/reset"])
def test_other_instructors_and_the_learner_find_no_such_attempt(
    app: Flask, carl: Browser, ada: Browser, adam: Browser, attempt_id: int, act: str
) -> None:
    before = state_of(app, attempt_id)
    path = f"/instructor/attempts/{attempt_id}{act}"
    fields = {"extend-minutes": 60, "extend-reason": "x", "hand-in-reason": "x", "reset-reason": "x"}
    if act:
        assert carl.post(path, fields).status_code == 404
        assert ada.post(path, fields).status_code == 403
    else:
        assert carl.get(path).status_code == 404
        assert ada.get(path).status_code == 403
        assert adam.get(path).status_code == 200
    assert state_of(app, attempt_id) == before


def test_nobody_grades_themselves(irene: Browser, at_work: Any, a_class: int, enrol: Any) -> None:
    enrol(a_class, irene.user_id)
    with at_work(irene.user_id) as desk:
        mine = desk.start("final").id
    assert irene.get(f"/instructor/attempts/{mine}").status_code == 404
    assert irene.post(f"/instructor/attempts/{mine}/extend", {"extend-minutes": 60}).status_code == 404


@pytest.fixture
def carls(carl: Browser, ada: Browser, enrol: Any) -> int:
    """A class of Carl's with Ada in it."""
    made = carl.post("/instructor/cohorts/new", {"name": "History 11b"})
    cohort_id = int(made.location.rsplit("/", 1)[-1])
    enrol(cohort_id, ada.user_id)
    return cohort_id


def test_an_attempt_under_an_assignment_is_for_the_instructors_of_that_class(
    app: Flask, irene: Browser, carl: Browser, adam: Browser, attempt_id: int, a_class: int, carls: int, log: Any
) -> None:
    """H4: an instructor of another class of the learner ended and reset what was made here."""
    with app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        assignment = Assignment(cohort_id=a_class, quiz_id="final", created_at=attempt.started_at)
        db.session.add(assignment)
        db.session.flush()
        attempt.assignment_id = assignment.id
        db.session.commit()
    fields = {"extend-minutes": 60, "extend-reason": "x", "hand-in-reason": "x", "reset-reason": "x"}
    before, entries = state_of(app, attempt_id), log()
    path = f"/instructor/attempts/{attempt_id}"
    for act in ("extend", "hand-in", "reset"):
        assert carl.post(f"{path}/{act}", fields).status_code == 403
    assert (state_of(app, attempt_id), log()) == (before, entries)
    assert "for that class’s instructors" in carl.get(path).text
    reason = {"extend-minutes": 60, "extend-reason": "She was ill."}
    assert irene.post(f"{path}/extend", reason).status_code == 303
    for page in (path, f"/attempts/{attempt_id}/result"):
        assert "She was ill." not in carl.get(page).text, "what was done and why is that class's"
        assert "She was ill." in irene.get(page).text
    assert adam.post(f"{path}/hand-in", fields).status_code == 303


def test_an_attempt_under_no_assignment_is_for_the_instructors_of_any_class_of_the_learner(
    app: Flask, carl: Browser, attempt_id: int, carls: int
) -> None:
    path = f"/instructor/attempts/{attempt_id}"
    assert carl.post(f"{path}/hand-in", {"hand-in-reason": "Time is over."}).status_code == 303
    assert state_of(app, attempt_id)[0] == "submitted"


def test_what_one_class_allowed_a_learner_no_other_class_reads_or_ends(
    app: Flask, irene: Browser, carl: Browser, adam: Browser, ada: Browser, attempt_id: int, a_class: int, carls: int
) -> None:
    """H4: the reasons, which may tell of somebody's health, were read and ended by whoever had the learner, too."""
    path = f"/instructor/cohorts/{a_class}/accommodations"
    fields = {"person": ada.user_id, "quiz": "", "extra_time_percent": 25, "reason": "Dyslexia, by certificate."}
    assert irene.post(path, fields, page=path).status_code == 303
    with app.app_context():
        given = db.session.query(Accommodation).one()
        assert given.granted_by_cohort == a_class
        number = given.id
    theirs = f"/instructor/cohorts/{carls}/accommodations"
    assert "Dyslexia" in irene.get(path).text
    assert "Dyslexia" not in carl.get(theirs).text
    assert carl.post(f"{theirs}/{number}/end", page=theirs).status_code == 404
    with app.app_context():
        db.session.get_one(Accommodation, number).granted_by_cohort = None
        db.session.commit()
    assert "Dyslexia" not in carl.get(theirs).text, "granted before this was written down: admins only"
    assert "Dyslexia" in adam.get(theirs).text
