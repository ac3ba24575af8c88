"""Conditions of an exam, by every door that leads to the attempt: from where, in which browser, in how many, noted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.clients import within
from tests.conftest import Clock
from tests.quizzes.conftest import Paper, right_answer
from webapp.accounts.models import Cohort, CohortMember
from webapp.audit.models import AuditEntry
from webapp.database import db
from webapp.quizzes import conditions
from webapp.quizzes.conditions import Conditions
from webapp.quizzes.models import Assignment, Attempt, AttemptNote
from webapp.quizzes.vocabulary import SessionRule

INSIDE, OUTSIDE = "10.20.3.4", "192.0.2.7"
KEY = "ab" * 32


@pytest.fixture
def exam(app: Flask, learner: int, clock: Clock) -> Callable[..., None]:
    """Sets the final quiz to the learner's class, with these conditions."""

    def set_it(**more: Any) -> None:
        with app.app_context():
            cohort = Cohort(course_id="tea-and-bread", name="Class 1", join_code="class-1", created_at=clock())
            db.session.add(cohort)
            db.session.flush()
            db.session.add(CohortMember(cohort_id=cohort.id, user_id=learner, joined_at=clock()))
            found = Conditions(**more)
            db.session.add(
                Assignment(cohort_id=cohort.id, quiz_id="final", time_limit=20, created_at=clock(), conditions=found)
            )
            db.session.commit()

    return set_it


def at(client: FlaskClient, address: str) -> None:
    client.environ_base["REMOTE_ADDR"] = address


def doors(paper: Paper, **more: Any) -> dict[str, int]:
    """The status of everything that can be asked of a running attempt."""
    client, path = paper.client, paper.path
    answer = {"csrf_token": paper.token, "sequence": "0", "action": "save"}
    asked = {name: client.get(f"{path}/{name}", **more) for name in ("questions/1", "paper", "summary", "clock")}
    asked["save"] = client.post(f"{path}/questions/1", data=answer, **more)
    asked["save by a script"] = client.post(
        f"{path}/questions/1", data=answer, **{"headers": {"Accept": "application/json"}} | more
    )
    asked["submit"] = client.post(f"{path}/submit", data={"csrf_token": paper.token}, **more)
    return {name: response.status_code for name, response in asked.items()}


def test_outside_of_its_addresses_nothing_of_an_exam_is_shown_started_or_taken(
    app: Flask, paper: Paper, exam: Any
) -> None:
    exam(addresses=("10.20.0.0/16", "2001:db8::/32"), outside="This exam is taken in room 12.")
    at(paper.client, OUTSIDE)
    refused = paper.start("final")
    assert refused.status_code == 403
    assert "This exam is taken in room 12." in refused.text
    with app.app_context():
        assert db.session.query(Attempt).count() == 0
    at(paper.client, INSIDE)
    assert paper.start("final").status_code == 303
    at(paper.client, OUTSIDE)
    assert set(doors(paper).values()) == {403}
    slot = paper.slot(1)
    assert (slot.response, slot.attempt.state) == (None, "open")
    for address in (INSIDE, f"::ffff:{INSIDE}", "2001:db8::1"):
        at(paper.client, address)
        assert paper.get(1).status_code == 200
    assert paper.send(1, right_answer(paper.slot(1))).status_code == 303


def test_an_answer_that_comes_late_from_elsewhere_is_refused_and_stays_with_its_sender(paper: Paper, exam: Any) -> None:
    exam(addresses=("10.20.0.0/16",))
    at(paper.client, INSIDE)
    paper.start("final")
    at(paper.client, OUTSIDE)
    told = paper.send(1, right_answer(paper.slot(1)), json=True)
    assert (told.status_code, told.json["reason"], told.json["saved"]) == (403, "address", False)
    assert told.json["message"]
    page = paper.send(1, right_answer(paper.slot(1)))
    assert page.status_code == 403
    assert f'action="{within(f"{paper.path}/questions/1")}"' in page.text, "what was typed is there to be sent again"
    at(paper.client, INSIDE)
    assert paper.send(1, right_answer(paper.slot(1)), json=True).json["saved"] is True


def test_when_the_time_is_up_the_result_is_shown_from_anywhere(paper: Paper, exam: Any, clock: Clock) -> None:
    exam(addresses=("10.20.0.0/16",))
    at(paper.client, INSIDE)
    paper.start("final")
    at(paper.client, OUTSIDE)
    clock.advance(minutes=30)
    assert paper.client.get(f"{paper.path}/summary").location.endswith("/result")


def test_behind_a_proxy_the_address_is_the_one_it_tells(
    make_app: Any, make_user: Any, sign_in: Any, clock: Clock
) -> None:
    app = make_app(proxies=1)
    found = Conditions(addresses=("10.20.0.0/16",))
    from webapp.quizzes.pages import exam_room

    with app.test_request_context("/", environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        assert conditions.unmet(found, exam_room.visit()) == "address"
    seen: list[str | None] = []

    @app.before_request
    def look() -> None:
        seen.append(conditions.unmet(found, exam_room.visit()))

    try:
        client = app.test_client()
        client.get("/quizzes", headers={"X-Forwarded-For": INSIDE})
        client.get("/quizzes", headers={"X-Forwarded-For": f"{INSIDE}, {OUTSIDE}"})
    finally:
        app.before_request_funcs[None].remove(look)
    assert seen == [None, "address"], "what a visitor writes into the header is not believed"


def seb(url: str, key: str = KEY, name: str = "ConfigKeyHash") -> dict[str, str]:
    return {f"X-SafeExamBrowser-{name}": conditions.hash_for(url, key)}


def test_safe_exam_browser_is_asked_for_by_every_door(paper: Paper, exam: Any) -> None:
    exam(config_keys=("cd" * 32, KEY))
    start = "http://localhost" + within("/quizzes/final/attempts")
    page = paper.client.get("/quizzes/final")
    assert "Safe Exam Browser" in page.text
    assert paper.start("final").status_code == 403
    token = paper.token
    for headers in (seb(start, "ef" * 32), seb(start + "?x"), {"X-SafeExamBrowser-ConfigKeyHash": KEY}):
        assert paper.client.post(
            "/quizzes/final/attempts", data={"csrf_token": token}, headers=headers
        ).status_code == 403  # fmt: skip
    begun = paper.client.post("/quizzes/final/attempts", data={"csrf_token": token}, headers=seb(start))
    assert begun.status_code == 303
    paper.attempt_id = int(begun.location.rsplit("/", 1)[-1])
    assert set(doors(paper).values()) == {403}
    address = "http://localhost" + within(f"{paper.path}/questions/1")
    assert paper.client.get(f"{paper.path}/questions/1", headers=seb(address)).status_code == 200
    assert paper.client.get(f"{paper.path}/questions/2", headers=seb(address)).status_code == 403, "of that page only"


def test_safe_exam_browser_hashes_the_address_that_it_sees_behind_a_proxy(make_app: Any) -> None:
    from webapp.quizzes.pages import exam_room

    app = make_app(proxies=1)
    urls: list[str] = []

    @app.before_request
    def look() -> None:
        urls.append(exam_room.visit().url)

    try:
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "school.example", "X-Forwarded-Prefix": "/quiz"}
        app.test_client().get("/quizzes/final?next=%2Fa%20b", headers=forwarded)
    finally:
        app.before_request_funcs[None].remove(look)
    assert urls == ["https://school.example/quiz" + within("/quizzes/final?next=%2Fa%20b")]


def test_the_browser_exam_key_is_checked_beside_the_config_key() -> None:
    found = Conditions(config_keys=(KEY,), exam_keys=("cd" * 32,))
    url = "https://school.example/attempts/7/questions/1"
    good = conditions.Visit(INSIDE, url, conditions.hash_for(url, KEY), conditions.hash_for(url, "cd" * 32), None)
    assert conditions.unmet(found, good) is None
    assert conditions.unmet(found, conditions.Visit(INSIDE, url, good.config_key_hash, "", None)) == "exam-browser"


@pytest.fixture
def elsewhere(app: Flask, learner: int, sign_in: Any, paper: Paper) -> Callable[[], Paper]:
    """The same learner's attempt in another browser."""

    def open_it() -> Paper:
        other = Paper(sign_in(app.test_client(), learner))
        other.attempt_id = paper.attempt_id
        other.token = other.client.get("/session").json["token"]  # type: ignore[index]
        return other

    return open_it


def test_a_second_browser_needs_consent(app: Flask, paper: Paper, exam: Any, elsewhere: Any) -> None:
    exam(sessions=SessionRule.CONSENT)
    paper.start("final")
    other = elsewhere()
    assert set(doors(other).values()) == {403}
    assert other.client.post(f"{other.path}/take-over", data={"csrf_token": other.token}).status_code == 403
    assert paper.get(1).status_code == 200
    with app.app_context():
        db.session.get_one(Attempt, paper.attempt_id).session_digest = None  # as the instructor's button does
        db.session.commit()
    assert other.get(1).status_code == 200
    assert paper.get(1).status_code == 403, "and the first one is out"


def test_a_second_browser_may_take_over_where_that_is_set_and_it_is_noted(
    app: Flask, paper: Paper, exam: Any, elsewhere: Any
) -> None:
    exam(sessions=SessionRule.NOTED)
    paper.start("final")
    other = elsewhere()
    assert "take-over" in other.get(1).text
    assert other.client.post(f"{other.path}/take-over", data={"csrf_token": other.token}).status_code == 303
    assert (other.get(1).status_code, paper.get(1).status_code) == (200, 403)
    with app.app_context():
        assert [note.kind for note in db.session.query(AttemptNote)] == ["taken-over"]
        assert db.session.query(AuditEntry).filter_by(action="attempt.taken_over").count() == 1


def test_an_attempt_that_goes_to_and_fro_needs_the_instructor_after_a_while(
    app: Flask, paper: Paper, exam: Any, elsewhere: Any
) -> None:
    """Each time stands in the audit log, which a script could fill without end."""
    exam(sessions=SessionRule.NOTED)
    paper.start("final")
    other = elsewhere()
    for turn in range(30):
        here = (other, paper)[turn % 2]
        done = here.client.post(f"{here.path}/take-over", data={"csrf_token": here.token})
        assert done.status_code == (303 if turn < 20 else 403 if turn % 2 == 0 else 303), turn
    assert (
        "Your instructor can let it go on here"
        in other.client.post(f"{other.path}/take-over", data={"csrf_token": other.token}).text
    )
    assert paper.get(1).status_code == 200
    with app.app_context():
        assert db.session.query(AuditEntry).filter_by(action="attempt.taken_over").count() == 20


def test_taking_over_with_an_answer_keeps_the_answer(app: Flask, paper: Paper, exam: Any, elsewhere: Any) -> None:
    exam(sessions=SessionRule.NOTED)
    paper.start("final")
    other = elsewhere()
    address = f"{other.path}/questions/1"
    answer = {"csrf_token": other.token, "sequence": "0", "certainty": "3", "action": "next"}
    refused = other.client.post(address, data=answer)
    assert refused.status_code == 403
    assert f'action="{within(address)}"' in refused.text
    assert "Go on in this browser and send it" in refused.text
    assert "take-over" not in refused.text, "that way would lose it"
    taken = other.client.post(address, data=answer | {"take_over": "1"})
    assert (taken.status_code, taken.location) == (303, f"{other.path}/questions/2")
    with app.app_context():
        assert [note.kind for note in db.session.query(AttemptNote)] == ["taken-over"]
        assert db.session.query(AuditEntry).filter_by(action="attempt.taken_over").count() == 1
        assert db.session.get_one(Attempt, paper.attempt_id).slots[0].sequence == 1
    assert paper.get(1).status_code == 403


def test_no_form_takes_over_where_consent_is_needed(paper: Paper, exam: Any, elsewhere: Any) -> None:
    exam(sessions=SessionRule.CONSENT)
    paper.start("final")
    other = elsewhere()
    answer = {"csrf_token": other.token, "sequence": "0", "action": "next", "take_over": "1"}
    refused = other.client.post(f"{other.path}/questions/1", data=answer)
    assert refused.status_code == 403
    assert "Send again" in refused.text
    assert paper.get(1).status_code == 200


def left(paper: Paper, kind: str = "left") -> Any:
    return paper.client.post(f"{paper.path}/left", data={"csrf_token": paper.token, "kind": kind})


def test_leaving_is_noted_where_learners_were_told_so_coarsely_and_within_bounds(
    app: Flask, paper: Paper, exam: Any, clock: Clock
) -> None:
    exam(notes=True)
    assert "It is noted" in paper.client.get("/quizzes/final").text, "they are told before they start"
    paper.start("final")
    assert "js/leaving" in paper.get(1).text
    clock.advance(seconds=95)
    assert left(paper).status_code == 204
    assert left(paper, "focus").status_code == 204
    left(paper, "anything else")
    with app.app_context():
        notes = db.session.query(AttemptNote).all()
        assert [note.kind for note in notes] == ["left", "focus"]
        assert notes[0].at == clock().replace(second=0)
    for _again in range(210):
        left(paper)
    left(paper, "focus")
    with app.app_context():
        assert db.session.query(AttemptNote).filter_by(kind="left").count() == 200
        assert db.session.query(AttemptNote).filter_by(kind="focus").count() == 2, "one kind crowds out no other"


def test_nothing_is_noted_where_it_was_not_set(app: Flask, paper: Paper, exam: Any) -> None:
    exam()
    paper.start("final")
    assert "js/leaving" not in paper.get(1).text
    left(paper)
    with app.app_context():
        assert db.session.query(AttemptNote).count() == 0


def test_conditions_cost_the_hot_pages_no_statement(app: Flask, paper: Paper, exam: Any, count_queries: Any) -> None:
    exam(addresses=("0.0.0.0/0",), sessions=SessionRule.CONSENT, notes=True)
    paper.start("final")
    with count_queries(app) as counted:
        assert paper.get(1).status_code == 200
    assert counted.count <= 6, "\n".join(counted.statements)


@pytest.mark.parametrize("text", ["10.0.0.0/33", "room 12", "10.0.0.1-10.0.0.9"])
def test_what_is_no_range_of_addresses_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError):
        conditions.read_ranges(text)


def test_ranges_are_read_as_they_are_written() -> None:
    assert conditions.read_ranges("10.20.3.4/16, 192.0.2.1\n2001:db8::/32") == (
        "10.20.0.0/16", "192.0.2.1/32", "2001:db8::/32",
    )  # fmt: skip
