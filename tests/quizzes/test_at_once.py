"""Many requests at the same moment, on both databases: threads meet at a barrier and go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.quizzes.conftest import right_answer
from webapp.accounts import service as people
from webapp.accounts.models import User
from webapp.database import db
from webapp.quizzes import service
from webapp.quizzes.attempt_state import Saved, Stale
from webapp.quizzes.models import Attempt, Slot, Step

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def shared_app(request: pytest.FixtureRequest, make_app: Callable[..., Flask]) -> Flask:
    url = request.getfixturevalue("postgres")() if request.param == "postgresql" else ""
    return make_app(database_url=url)


def at_once(app: Flask, number: int, work: Callable[[int], Any]) -> list[Any]:
    """Does `work(0)` … `work(number - 1)` in threads of their own, started together; gives what they return."""
    barrier = threading.Barrier(number)
    results: list[Any] = [None] * number

    def go(place: int) -> None:
        with app.app_context():
            barrier.wait(timeout=30)
            try:
                results[place] = work(place)
                db.session.commit()
            except Exception as error:
                db.session.rollback()
                results[place] = error

    threads = [threading.Thread(target=go, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not [result for result in results if isinstance(result, Exception)], results
    return results


def person(app: Flask, clock: Clock, name: str = "ada") -> int:
    with app.app_context():
        user = people.create_user(name=name, username=name, password="correct horse battery", now=clock())
        db.session.commit()
        return user.id


def start(app: Flask, clock: Clock, user_id: int, quiz_id: str) -> int:
    course = app.extensions["courses"].only.current()
    user = db.session.get(User, user_id)
    assert user is not None
    return service.start(user, course.quiz(quiz_id), course, clock()).id


def test_twenty_clicks_on_start_open_one_paper(shared_app: Flask, clock: Clock) -> None:
    user_id = person(shared_app, clock)
    assert len(set(at_once(shared_app, 20, lambda _: start(shared_app, clock, user_id, "final")))) == 1
    with shared_app.app_context():
        assert db.session.query(Attempt).count() == 1
        assert db.session.query(Slot).count() == 6


def test_people_who_start_together_share_the_revisions(shared_app: Flask, clock: Clock) -> None:
    users = [person(shared_app, clock, f"ada{number}") for number in range(8)]
    at_once(shared_app, 8, lambda place: start(shared_app, clock, users[place], "every-type"))
    with shared_app.app_context():
        assert db.session.query(Attempt).count() == 8
        assert db.session.query(Slot.digest).distinct().count() == 9


def send(app: Flask, clock: Clock, user_id: int, attempt_id: int, option: str) -> Any:
    user = db.session.get(User, user_id)
    assert user is not None
    slot = service.slot_for(user, attempt_id, 1)
    return service.answer(slot, sequence=0, response={"option": option}, certainty=None, seconds=0, now=clock())


def test_of_two_tabs_that_send_at_once_one_is_kept_and_the_other_told(shared_app: Flask, clock: Clock) -> None:
    user_id = person(shared_app, clock)
    with shared_app.app_context():
        attempt_id = start(shared_app, clock, user_id, "every-type")
        db.session.commit()
    outcomes = at_once(shared_app, 2, lambda place: send(shared_app, clock, user_id, attempt_id, "bc"[place]))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Saved", "Stale"]
    with shared_app.app_context():
        assert db.session.query(Step).count() == 1


def test_one_answer_sent_ten_times_at_once_is_one_step(shared_app: Flask, clock: Clock) -> None:
    user_id = person(shared_app, clock)
    with shared_app.app_context():
        attempt_id = start(shared_app, clock, user_id, "every-type")
        db.session.commit()
    outcomes = at_once(shared_app, 10, lambda _: send(shared_app, clock, user_id, attempt_id, "b"))
    assert all(isinstance(outcome, Saved) and not isinstance(outcome, Stale) for outcome in outcomes)
    with shared_app.app_context():
        assert db.session.query(Step).count() == 1


def test_handing_in_while_answers_come_grades_each_question_once(shared_app: Flask, clock: Clock) -> None:
    user_id = person(shared_app, clock)
    with shared_app.app_context():
        attempt_id = start(shared_app, clock, user_id, "every-type")
        db.session.commit()

    def work(place: int) -> str:
        user = db.session.get(User, user_id)
        assert user is not None
        if place % 3 == 0:
            return service.submit(service.attempt_for(user, attempt_id), clock()).state
        slot = service.slot_for(user, attempt_id, 1 + place % 9)
        answer = right_answer(slot)
        given = {"sequence": slot.sequence, "certainty": None, "seconds": 0, "now": clock()}
        return type(service.answer(slot, response=answer, **given)).__name__

    at_once(shared_app, 12, work)
    with shared_app.app_context():
        attempt = db.session.get(Attempt, attempt_id)
        assert attempt is not None
        assert attempt.state == "submitted"
        for slot in attempt.slots:
            assert [step.sequence for step in slot.steps] == list(range(1, slot.sequence + 1))
            assert [step.action for step in slot.steps][-1] == "grade"
            assert sum(step.action == "grade" for step in slot.steps) == 1
            assert slot.fraction == (1.0 if slot.response else 0.0)
        assert attempt.score == sum(slot.points for slot in attempt.slots if slot.response)
