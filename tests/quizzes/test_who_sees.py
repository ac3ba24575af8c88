"""Attempts as instructors see them, and what belongs to a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.exceptions import NotFound

from tests.conftest import Clock
from tests.quizzes.conftest import Desk, right_answer
from webapp.accounts import service as people
from webapp.accounts.models import User
from webapp.database import db
from webapp.quizzes import service
from webapp.quizzes.models import Accommodation, Assignment, Attempt, Step
from webapp.quizzes.personal_data import Accommodations, Attempts
from webapp.quizzes.starting import NotOffered
from webapp.review import rounds


@pytest.fixture
def teacher(make_user: Callable[..., int], set_up_class: Callable[..., int], desk: Desk) -> int:
    user_id = make_user(role="instructor", name="Tess Teacher")
    set_up_class([desk.user_id], [user_id])
    return user_id


def person_at(client: FlaskClient, sign_in: Any, user_id: int) -> FlaskClient:
    """Another person at the same browser. (The app context of the test would remember the one before.)"""
    for name in ("_login_user", "signed_in", "signed_in_person"):
        g.pop(name, None)
    db.session.rollback()  # begins anew, and sees the session that is begun beside it
    return sign_in(client, user_id)


def user(user_id: int) -> User:
    return db.session.get_one(User, user_id)


def test_an_instructor_sees_the_attempts_of_their_own_classes_and_no_others(
    desk: Desk, teacher: int, make_user: Callable[..., int]
) -> None:
    admin, *strangers = make_user(role="admin"), make_user(role="instructor"), make_user()
    attempt = desk.take("bread")
    assert service.attempt_seen_by(user(teacher), attempt.id) == attempt
    assert service.attempt_seen_by(user(admin), attempt.id) == attempt
    for stranger in strangers:
        with pytest.raises(NotFound):
            service.attempt_seen_by(user(stranger), attempt.id)


def test_an_instructor_sees_an_attempt_with_feedback_at_any_time(
    desk: Desk, teacher: int, client: FlaskClient, sign_in: Any, clock: Clock
) -> None:
    attempt = desk.take("bread", right=lambda slot: False)
    attempt.policy = replace(attempt.policy, feedback=datetime(2026, 12, 1, 12, tzinfo=UTC))
    address = f"/attempts/{attempt.id}/result"
    db.session.commit()
    page = person_at(client, sign_in, teacher).get(address).text
    assert "You are looking at an attempt of Ada Learner." in page
    assert "Not right yet" in page
    assert "Practise these again" not in page
    assert "Score and feedback come" in person_at(client, sign_in, desk.user_id).get(address).text


def test_an_instructor_can_look_at_a_running_attempt_and_changes_nothing(
    desk: Desk, teacher: int, client: FlaskClient, sign_in: Any
) -> None:
    attempt = desk.start("bread")
    desk.answer(attempt, 1, right_answer(attempt.slots[0]))
    path = f"/attempts/{attempt.id}"
    db.session.commit()
    person = person_at(client, sign_in, teacher)
    page = person.get(path, follow_redirects=True).text
    assert "This attempt is under way" in page
    for inside in ("/questions/1", "/summary", "/clock"):
        assert person.get(path + inside).status_code == 404


def test_a_void_attempt_is_there_for_instructors_only(desk: Desk, teacher: int) -> None:
    attempt = desk.take("bread")
    service.void(attempt)
    db.session.commit()
    assert service.attempt_seen_by(user(teacher), attempt.id).state == "void"
    for load in (service.attempt_seen_by, service.attempt_for):
        with pytest.raises(NotFound):
            load(desk.user, attempt.id)


# --- belongings ------------------------------------------------------------------------------------------------------


def test_a_guests_attempts_come_after_those_of_the_account(
    desk: Desk, another_desk: Callable[[], Desk], app: Flask, clock: Clock
) -> None:
    guest = another_desk()
    mine, theirs = desk.take("bread"), guest.take("bread")
    only_theirs = guest.take("tea")
    moved = Attempts().move(guest.user, desk.user)
    db.session.commit()
    assert moved == 2
    assert [(a.number, a.user_id) for a in (mine, theirs, only_theirs)] == [
        (1, desk.user_id), (2, desk.user_id), (1, desk.user_id),
    ]  # fmt: skip
    assert db.session.query(Step).filter_by(actor_id=guest.user_id).count() == 0


@pytest.mark.parametrize("later", ["guest", "account"])
def test_of_two_open_attempts_the_one_touched_last_stays_open(
    desk: Desk, another_desk: Callable[[], Desk], clock: Clock, later: str
) -> None:
    guest = another_desk()
    papers = {"guest": guest.start("final"), "account": desk.start("final")}
    clock.advance(minutes=1)
    owner = guest if later == "guest" else desk
    owner.answer(papers[later], 1, right_answer(papers[later].slots[0]))
    Attempts().move(guest.user, desk.user)
    db.session.commit()
    states = {who: attempt.state for who, attempt in papers.items()}
    assert states.pop(later) == "open"
    assert list(states.values()) == ["void"]


def test_ones_own_data_hold_the_answers_and_no_key(desk: Desk, clock: Clock) -> None:
    attempt = desk.start("bread", seed=1)
    desk.answer(attempt, 1, right_answer(attempt.slots[0]))
    (exported,) = Attempts().export(desk.user, clock())
    assert (exported["title"], exported["state"]) == ("Bread quiz", "open")
    answers = [answer["answer"] for answer in exported["answers"]]
    assert answers[0]
    assert answers[1:] == ["", ""]
    assert "score" not in exported


def test_ones_own_data_hold_the_scores_that_one_may_see(desk: Desk, clock: Clock) -> None:
    attempt = desk.take("bread")
    (exported,) = Attempts().export(desk.user, clock())
    assert (exported["score"], exported["percent"]) == (attempt.score, attempt.percent)
    attempt.policy = replace(attempt.policy, feedback=clock() + timedelta(days=1))
    (exported,) = Attempts().export(desk.user, clock())
    assert "score" not in exported


def test_attempts_outlive_the_name_and_reasons_do_not(desk: Desk, clock: Clock) -> None:
    desk.take("bread")
    db.session.add(
        Accommodation(course_id="tea-and-bread", user_id=desk.user_id, reason="a broken arm", created_at=clock())
    )
    db.session.flush()
    assert Accommodations().export(desk.user, clock())[0]["reason"] == "a broken arm"
    for kind in (Attempts(), Accommodations()):
        kind.erase(desk.user)
    db.session.commit()
    assert db.session.query(Attempt).count() == 1
    assert db.session.query(Accommodation).count() == 0


def test_how_sure_somebody_was_is_shown_to_them_and_nobody_else(
    desk: Desk, teacher: int, client: FlaskClient, sign_in: Any
) -> None:
    attempt = desk.start("bread")
    desk.answer(attempt, 1, right_answer(desk.slot(attempt, 1)), certainty=1)
    desk.submit(attempt)
    address = f"/attempts/{attempt.id}/result"
    db.session.commit()
    assert "You said:" in person_at(client, sign_in, desk.user_id).get(address).text
    assert "You said:" not in person_at(client, sign_in, teacher).get(address).text


def test_a_round_of_review_is_its_persons_alone(desk: Desk, teacher: int, client: FlaskClient, sign_in: Any) -> None:
    question = desk.course.question("tea-choice")
    assert question is not None
    asked = rounds.ask(desk.user, question, desk.course, desk.clock()).attempt_id
    db.session.commit()
    person_at(client, sign_in, teacher)
    for path in (f"/attempts/{asked}", f"/attempts/{asked}/result", f"/instructor/attempts/{asked}"):
        assert client.get(path).status_code == 404, path


def test_what_a_class_is_set_is_not_taken_as_a_guest(
    desk: Desk, set_up_class: Callable[..., int], teacher: int, clock: Clock
) -> None:
    """Else signing out would be a way around opening and closing dates, access codes and the number of attempts."""
    cohort = set_up_class([desk.user_id], [teacher], "Class 2")
    assignment = Assignment(cohort_id=cohort, quiz_id="bread", attempts=1, time_limit=20, created_at=clock())
    db.session.add(assignment)
    db.session.commit()
    mine = desk.start("bread")
    clock.advance(minutes=19)
    guest = Desk(people.create_guest(now=clock()).id, desk.course, clock)
    with pytest.raises(NotOffered):
        guest.start("bread")
    # With no limit of attempts, the class does not keep the quiz to itself.
    assignment.attempts = None
    db.session.commit()
    taken, unassigned = guest.take("bread"), guest.take("tea")
    again = guest.start("bread")
    people.merge(guest.user, desk.user)
    db.session.commit()
    assert (mine.state, again.state) == ("open", "void")
    assert (taken.user_id, taken.state, taken.percent) == (desk.user_id, "submitted", None)
    assert taken.set_aside == "not-assigned"
    assert unassigned.percent == 100
    assert service.result_for(desk.user, desk.course.quiz("bread")).percent is None
