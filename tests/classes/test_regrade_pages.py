from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.classes.conftest import Browser
from tests.conftest import token_of
from webapp.classes.pages import regrades
from webapp.database import db
from webapp.quizzes.models import Assignment, Attempt, Regrade

PATH = "/instructor/questions/tea-choice/regrade"


@pytest.fixture
def sat(make_user: Any, at_work: Any, a_class: int, enrol: Any) -> dict[str, int]:
    """Option → the attempt of a learner who chose it; b was right when they did. Those with a and b are Irene's."""
    attempts = {}
    for option in "abc":
        user_id = make_user(name=f"Learner {option.upper()}")
        if option != "c":
            enrol(a_class, user_id)
        with at_work(user_id) as desk:
            attempt = desk.start("every-type")
            desk.answer_all(attempt)
            desk.answer(attempt, 1, {"option": option})
            attempts[option] = desk.submit(attempt).id
    return attempts


@pytest.fixture
def mended(sat: dict[str, int], bank: Path) -> None:
    """The key moves from b to c."""
    path = bank / "1-tea" / "questions.yaml"
    text = path.read_text().replace("in the air, key: true,", "in the air,", 1)
    path.write_text(text.replace("Heating it at once,", "Heating it at once, key: true,", 1))


def commit(browser: Browser, policy: str = "recompute", reason: str = "The key was wrong.") -> Any:
    page = browser.get(f"{PATH}?policy={policy}").text
    digest = re.search(r'name="digest"[^>]*value="(\w+)"', page)
    assert digest
    data = {"csrf_token": token_of(page), "policy": policy, "digest": digest.group(1), "reason": reason}
    return browser.client.post(f"{PATH}?policy={policy}", data=data)


def percents(app: Flask, sat: dict[str, int]) -> dict[str, float | None]:
    with app.app_context():
        return {option: db.session.get_one(Attempt, number).percent for option, number in sat.items()}


@pytest.mark.usefixtures("mended")
def test_the_dry_run_is_of_ones_own_classes_and_of_everybody_for_an_admin(irene: Browser, adam: Browser) -> None:
    page = irene.get(PATH).text
    assert "2 answers of 2 were graded by an earlier version" in page
    assert "Learner B" in page
    assert "Learner C" not in page
    assert "answers of your own classes" in page
    everybody = adam.get(PATH).text
    assert "3 answers of 3 were graded by an earlier version" in everybody
    assert "Learner B" in everybody
    assert "Learner C" in everybody
    assert "answers of your own classes" not in everybody


@pytest.mark.usefixtures("mended")
def test_a_regrade_is_done_logged_and_told_to_its_learners(
    app: Flask, adam: Browser, sat: dict[str, int], browse: Any, log: Any
) -> None:
    done = commit(adam)
    assert done.status_code == 303
    assert "Regraded" in adam.get(done.location).text
    assert percents(app, sat) == {"a": 93.75, "b": 93.75, "c": 100.0}
    assert log()[-2:] == [
        ("regrade.begun", "question:tea-choice", "The key was wrong."),
        ("regrade.finished", "question:tea-choice", "The key was wrong."),
    ]
    with app.app_context():
        user_id = db.session.get_one(Attempt, sat["c"]).user_id
    page = browse(user_id).get(f"/attempts/{sat['c']}/result").text
    assert "was graded again after you handed in" in page
    assert "The key was wrong." in page
    assert "None: every answer was graded" in adam.get("/instructor/regrades").text


@pytest.mark.usefixtures("mended")
def test_an_instructor_regrades_their_own_classes_and_nobody_elses(
    app: Flask, irene: Browser, carl: Browser, adam: Browser, sat: dict[str, int]
) -> None:
    """M1: any instructor regraded everybody."""
    path = commit(irene).location
    assert "one class" in irene.get(path).text
    assert percents(app, sat) == {"a": 93.75, "b": 93.75, "c": 93.75}, "the answer of the third is not hers"
    assert "None: every answer was graded" in irene.get("/instructor/regrades").text
    assert "1 answer" in adam.get("/instructor/regrades").text, "it waits for somebody who reaches it"
    assert carl.post(f"{path}/undo", {"undo-reason": "Not mine."}, page="/account").status_code == 403
    assert commit(adam).status_code == 303
    assert percents(app, sat)["c"] == 100.0
    with app.app_context():
        assert [regrade.cohorts for regrade in db.session.query(Regrade).order_by(Regrade.id)] == [[1], None]
    assert irene.post("/instructor/regrades/2/undo", {"undo-reason": "x"}, page="/account").status_code == 403


@pytest.mark.usefixtures("mended")
def test_what_was_made_under_another_classs_assignment_is_not_regraded(
    app: Flask, irene: Browser, carl: Browser, sat: dict[str, int]
) -> None:
    """A learner of both classes: the class whose assignment it was decides."""
    cohort = int(carl.post("/instructor/cohorts/new", {"name": "Carl's"}, page="/account").location.rsplit("/", 1)[-1])
    with app.app_context():
        attempt = db.session.get_one(Attempt, sat["b"])
        assignment = Assignment(cohort_id=cohort, quiz_id="every-type", created_at=attempt.started_at)
        db.session.add(assignment)
        db.session.flush()
        attempt.assignment_id = assignment.id
        db.session.commit()
    before = percents(app, sat)
    commit(irene)
    assert percents(app, sat)["b"] == before["b"]
    commit(carl)
    assert percents(app, sat)["b"] == 93.75 != before["b"]


@pytest.mark.usefixtures("mended")
def test_undoing_gives_back_what_was_there(app: Flask, irene: Browser, sat: dict[str, int]) -> None:
    before = percents(app, sat)
    path = commit(irene).location
    undone = irene.post(f"{path}/undo", {"undo-reason": "It was right after all."}, page=path)
    assert undone.status_code == 303
    assert percents(app, sat) == before
    assert (
        "Only the latest" in irene.post(f"{path}/undo", {"undo-reason": "Again"}, page=path, follow_redirects=True).text
    )


@pytest.mark.usefixtures("mended")
def test_an_interrupted_regrade_goes_on_from_its_page(
    app: Flask, adam: Browser, sat: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.quizzes.regrade import run

    advance = run.advance
    monkeypatch.setattr(regrades, "_A_WHILE", -1)
    monkeypatch.setattr(run, "advance", lambda number, now: advance(number, now, batch=1))
    path = commit(adam).location
    page = adam.get(path)
    assert "1 of 3 answers are looked at" in page.text
    assert "has begun and is not finished" in adam.get(PATH).text
    answer = adam.post(f"{path}/continue", page=path, headers={"Accept": "application/json"})
    assert answer.json == {"done": 2, "total": 3, "state": "running"}
    assert adam.post(f"{path}/continue", page=path).status_code == 303
    adam.post(f"{path}/continue", page=path)
    assert "Regraded" in adam.get(path).text
    assert percents(app, sat) == {"a": 93.75, "b": 93.75, "c": 100.0}


@pytest.mark.usefixtures("mended")
def test_a_question_that_changed_since_the_dry_run_is_shown_again_and_not_regraded(
    app: Flask, irene: Browser, bank: Path, sat: dict[str, int]
) -> None:
    page = irene.get(PATH).text
    digest = re.search(r'name="digest"[^>]*value="(\w+)"', page)
    assert digest
    path = bank / "1-tea" / "questions.yaml"
    path.write_text(path.read_text().replace("What makes a fresh leaf into black tea?", "What makes tea black?", 1))
    data = {"csrf_token": token_of(page), "policy": "recompute", "digest": digest.group(1), "reason": "Key"}
    refused = irene.client.post(PATH, data=data)
    assert refused.status_code == 422
    assert "changed since this page was opened" in refused.text
    with app.app_context():
        assert db.session.query(Regrade).count() == 0


@pytest.mark.usefixtures("mended")
def test_no_regrade_without_a_reason(app: Flask, irene: Browser) -> None:
    assert commit(irene, reason=" ").status_code == 422
    with app.app_context():
        assert db.session.query(Regrade).count() == 0


def test_a_question_nobody_answered_has_nothing_to_regrade(irene: Browser) -> None:
    assert "Nothing to regrade" in irene.get(PATH).text
    assert irene.get("/instructor/questions/no-such/regrade").status_code == 404
    assert irene.get("/instructor/regrades/7").status_code == 404


def test_learners_find_it_closed(ada: Browser) -> None:
    assert ada.get(PATH).status_code == 403
    assert ada.get("/instructor/regrades").status_code == 403
