from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.classes.conftest import Browser
from tests.conftest import Clock
from tests.quizzes.conftest import at, right_answer
from webapp.database import db
from webapp.quizzes.models import Attempt


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
    assert "may run that long anyway" in refused.text
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
    assert (saved.status_code, saved.json) == (409, {"saved": False, "reason": "reset", "go": "/quizzes/final"})


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
