from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Clock
from tests.quizzes.conftest import Desk, right_answer
from webapp.database import db
from webapp.quizzes import service
from webapp.quizzes.attempt_state import Closed, Saved, Stale
from webapp.quizzes.models import Attempt, Slot, Step


@pytest.fixture
def attempt(desk: Desk) -> Attempt:
    return desk.start("every-type", seed=7)


def steps(slot: Slot) -> list[tuple[int, str, Any]]:
    db.session.expire_all()
    return [(step.sequence, step.action, step.response) for step in slot.steps]


def test_an_answer_is_kept_as_a_step_and_as_the_latest(desk: Desk, attempt: Attempt, clock: Clock) -> None:
    clock.advance(minutes=1)
    outcome = desk.answer(attempt, 1, {"option": "b"}, certainty=3, seconds=40)
    assert outcome == Saved(1, clock(), new=True)
    slot = desk.slot(attempt, 1)
    assert (slot.response, slot.certainty, slot.seconds, slot.answered_at) == ({"option": "b"}, 3, 40, clock())
    assert slot.fraction is None
    assert slot.attempt.active_at == clock()
    assert steps(slot) == [(1, "answer", {"option": "b"})]


def test_every_change_is_a_step_and_none_is_ever_replaced(desk: Desk, attempt: Attempt) -> None:
    for option in "abca":
        desk.answer(attempt, 1, {"option": option})
    assert [response["option"] for _, _, response in steps(desk.slot(attempt, 1))] == ["a", "b", "c", "a"]


def test_the_same_answer_again_is_the_same_answer(desk: Desk, attempt: Attempt) -> None:
    desk.answer(attempt, 1, {"option": "b"}, sequence=0)
    again = desk.answer(attempt, 1, {"option": "b"}, sequence=0)
    assert isinstance(again, Saved)
    assert (again.sequence, again.new) == (1, False)
    assert len(steps(desk.slot(attempt, 1))) == 1


def test_a_stale_tab_does_not_overwrite_a_newer_answer(desk: Desk, attempt: Attempt) -> None:
    desk.answer(attempt, 1, {"option": "b"}, sequence=0)
    outcome = desk.answer(attempt, 1, {"option": "c"}, sequence=0)
    assert isinstance(outcome, Stale)
    assert outcome.mine == {"option": "c"}
    assert desk.slot(attempt, 1).response == {"option": "b"}
    assert len(steps(desk.slot(attempt, 1))) == 1


def test_a_sequence_from_nowhere_changes_nothing(desk: Desk, attempt: Attempt) -> None:
    assert isinstance(desk.answer(attempt, 1, {"option": "c"}, sequence=99), Stale)
    assert desk.slot(attempt, 1).response is None


def test_an_answer_can_be_taken_back(desk: Desk, attempt: Attempt) -> None:
    desk.answer(attempt, 2, {"options": ["a"]})
    desk.answer(attempt, 2, None)
    slot = desk.slot(attempt, 2)
    assert slot.response is None
    assert [response for _, _, response in steps(slot)] == [{"options": ["a"]}, None]


def test_a_change_of_certainty_alone_is_a_change(desk: Desk, attempt: Attempt) -> None:
    desk.answer(attempt, 1, {"option": "b"}, certainty=1)
    assert desk.answer(attempt, 1, {"option": "b"}, certainty=3).new
    assert desk.slot(attempt, 1).certainty == 3
    desk.answer(attempt, 1, {"option": "b"}, certainty=17)
    assert desk.slot(attempt, 1).certainty is None


def test_time_spent_adds_up_and_is_never_more_than_has_passed(desk: Desk, attempt: Attempt, clock: Clock) -> None:
    clock.advance(minutes=2)
    desk.answer(attempt, 1, {"option": "a"}, seconds=30)
    desk.answer(attempt, 1, {"option": "b"}, seconds=45)
    assert desk.slot(attempt, 1).seconds == 75
    desk.answer(attempt, 1, {"option": "c"}, seconds=100_000)
    assert desk.slot(attempt, 1).seconds == 120
    desk.answer(attempt, 1, {"option": "a"}, seconds=-5)
    assert desk.slot(attempt, 1).seconds == 120


def test_nothing_is_taken_after_handing_in(desk: Desk, attempt: Attempt) -> None:
    desk.submit(attempt)
    assert desk.answer(attempt, 1, {"option": "b"}) == Closed("submitted")
    assert desk.slot(attempt, 1).response is None


def test_a_checked_question_takes_no_other_answer(desk: Desk, clock: Clock) -> None:
    attempt = desk.start("tea", seed=1)
    desk.answer(attempt, 1, right_answer(attempt.slots[0]))
    service.check(desk.slot(attempt, 1), clock())
    db.session.commit()
    assert desk.answer(attempt, 1, None) == Closed("checked")
    assert desk.slot(attempt, 1).fraction == 1.0


def test_checking_needs_an_answer_and_a_quiz_that_checks_at_once(desk: Desk, clock: Clock) -> None:
    at_once = desk.start("tea", seed=1)
    service.check(desk.slot(at_once, 1), clock())
    assert desk.slot(at_once, 1).graded_at is None
    later = desk.start("bread", seed=1)
    desk.answer(later, 1, right_answer(later.slots[0]))
    service.check(desk.slot(later, 1), clock())
    assert desk.slot(later, 1).graded_at is None


def test_checking_twice_grades_once(desk: Desk, clock: Clock) -> None:
    attempt = desk.start("tea", seed=1)
    desk.answer(attempt, 1, right_answer(attempt.slots[0]))
    for _ in range(2):
        service.check(desk.slot(attempt, 1), clock())
        db.session.commit()
    assert [action for _, action, _ in steps(desk.slot(attempt, 1))] == ["answer", "grade"]


def test_somebody_elses_slot_is_not_there(desk: Desk, another_desk: Callable[[], Desk], attempt: Attempt) -> None:
    from werkzeug.exceptions import NotFound

    other = another_desk()
    with pytest.raises(NotFound):
        other.slot(attempt, 1)
    with pytest.raises(NotFound):
        service.attempt_for(other.user, attempt.id)
    with pytest.raises(NotFound):
        desk.slot(attempt, 10)


def test_the_log_allows_one_step_a_sequence(desk: Desk, attempt: Attempt, clock: Clock) -> None:
    from sqlalchemy.exc import IntegrityError

    desk.answer(attempt, 1, {"option": "b"})
    db.session.add(Step(slot_id=attempt.slots[0].id, sequence=1, action="answer", at=clock()))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()
