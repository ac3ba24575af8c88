"""What handed-in papers and reviews do to the plan of a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

from tests.conftest import Clock
from tests.quizzes.conftest import Desk, right_answer, wrong_answer
from webapp.accounts import service as people
from webapp.accounts.models import User
from webapp.database import db
from webapp.quizzes import service as quizzes
from webapp.quizzes.models import Assignment, Attempt, Slot, Step
from webapp.review import service
from webapp.review.models import Card


def cards(desk: Desk) -> dict[str, Card]:
    db.session.expire_all()
    return {card.question_id: card for card in db.session.query(Card).filter_by(user_id=desk.user_id)}


def plan(desk: Desk) -> service.Plan:
    return service.plan(desk.user, desk.course, desk.clock())


def next_slot(desk: Desk) -> Slot | None:
    slot = service.next_slot(desk.user, desk.course, desk.clock())
    db.session.commit()
    return slot


def answer(desk: Desk, slot: Slot, response: dict[str, Any] | None, certainty: int | None = None) -> Any:
    found = service.slot_for(desk.user, slot.attempt_id, slot.position)
    closed = service.answer(found, response, sequence=found.sequence, certainty=certainty, seconds=5, now=desk.clock())
    db.session.commit()
    return closed


# ---------------------------------------------------------------------- learning from papers


def test_handing_in_makes_a_card_of_each_question_in_the_same_transaction(desk: Desk) -> None:
    attempt = desk.start("bread")
    assert cards(desk) == {}
    desk.answer_all(attempt, lambda slot: slot.position == 1)
    quizzes.submit(attempt, desk.clock())
    assert db.session.query(Card).count() == 3
    db.session.rollback()
    assert cards(desk) == {}
    desk.submit(attempt)
    found = cards(desk)
    assert set(found) == {slot.question_id for slot in attempt.slots}
    right = found[attempt.slots[0].question_id]
    wrong = found[attempt.slots[1].question_id]
    assert right.due - desk.clock() == timedelta(minutes=10)
    assert wrong.due - desk.clock() == timedelta(minutes=1)


def test_a_paper_that_the_clock_hands_in_is_learnt_from_as_of_its_deadline(desk: Desk, clock: Clock) -> None:
    attempt = desk.start("final")
    desk.answer(attempt, 1, right_answer(attempt.slots[0]))
    clock.advance(hours=3)
    assert quizzes.hand_in_overdue(clock()) == 1
    db.session.commit()
    found = cards(desk)
    assert len(found) == 6
    assert {card.last_review for card in found.values()} == {attempt.deadline}


def test_handing_in_twice_is_learning_once(desk: Desk) -> None:
    attempt = desk.take("bread")
    desk.submit(attempt)
    assert {card.reviews for card in cards(desk).values()} == {1}


def test_a_pretest_makes_no_cards(desk: Desk) -> None:
    desk.take("before")
    assert cards(desk) == {}


def test_practice_is_learnt_from(desk: Desk) -> None:
    attempt = desk.take("bread", lambda slot: False)
    practice = quizzes.practise(desk.user, attempt, desk.course, desk.clock())
    assert practice is not None
    desk.answer_all(practice)
    desk.submit(practice)
    assert {card.reviews for card in cards(desk).values()} == {2}


def test_a_question_checked_before_handing_in_counts_from_its_check(desk: Desk, clock: Clock) -> None:
    attempt = desk.start("tea")
    desk.answer(attempt, 1, right_answer(attempt.slots[0]))
    quizzes.check(desk.slot(attempt, 1), clock())
    checked_at = clock()
    clock.advance(hours=1)
    desk.submit(attempt)
    found = cards(desk)
    assert found[attempt.slots[0].question_id].last_review == checked_at
    assert found[attempt.slots[1].question_id].last_review == clock()


# ---------------------------------------------------------------------- what is due


def test_home_calls_nobody_back_in_the_same_sitting_but_review_follows_the_scheduler(desk: Desk, clock: Clock) -> None:
    desk.take("bread", lambda slot: False)
    assert plan(desk).today == 0
    clock.advance(minutes=2)
    assert (plan(desk).today, plan(desk).waiting) == (3, 0)
    assert service.waiting(desk.user, desk.course, clock()) == 0
    clock.advance(hours=5)
    assert (plan(desk).today, plan(desk).waiting) == (3, 3)
    assert service.waiting(desk.user, desk.course, clock()) == 3


def test_what_was_sure_and_wrong_comes_first(desk: Desk, clock: Clock) -> None:
    attempt = desk.start("bread")
    for position, certainty in ((1, 2), (2, None), (3, 3)):
        desk.answer(attempt, position, wrong_answer(attempt.slots[position - 1]), certainty=certainty)
    desk.submit(attempt)
    clock.advance(days=1)
    slot = next_slot(desk)
    assert slot is not None
    assert slot.question_id == attempt.slots[2].question_id


def test_a_regrade_to_right_takes_it_from_the_front(desk: Desk, clock: Clock) -> None:
    attempt = desk.start("bread")
    for position, certainty in ((1, 2), (2, None), (3, 3)):
        desk.answer(attempt, position, wrong_answer(attempt.slots[position - 1]), certainty=certainty)
    desk.submit(attempt)
    asked = [slot.question_id for slot in attempt.slots]
    assert service.sure_but_wrong(desk.user, "tea-and-bread", asked) == {asked[2]}
    quizzes.append_step(desk.slot(attempt, 3), "regrade", now=clock(), actor_id=None, fraction=1.0)
    db.session.commit()
    assert service.sure_but_wrong(desk.user, "tea-and-bread", asked) == set()


def test_retired_and_removed_questions_vanish(desk: Desk, clock: Clock) -> None:
    desk.take("bread")
    for question_id in ("tea-retired", "no-longer-there"):
        db.session.add(Card(course_id="tea-and-bread", user_id=desk.user_id, question_id=question_id, due=clock()))
    db.session.commit()
    clock.advance(days=1)
    assert {card.question_id for card in plan(desk).due} == set(cards(desk)) - {"tea-retired", "no-longer-there"}


def test_a_question_on_an_open_paper_is_not_given_away(desk: Desk, clock: Clock) -> None:
    attempt = desk.take("bread")
    clock.advance(days=1)
    assert len(plan(desk).due) == 3
    again = desk.start("bread")
    assert {slot.question_id for slot in again.slots} & {card.question_id for card in plan(desk).due} == set()
    desk.submit(again)
    clock.advance(days=1)
    assert {slot.question_id for slot in attempt.slots} <= {card.question_id for card in plan(desk).cards}


def test_questions_wait_while_their_feedback_does(desk: Desk, clock: Clock, set_up_class: Callable[..., int]) -> None:
    cohort = set_up_class([desk.user_id])
    later = clock() + timedelta(days=3)
    assignment = Assignment(cohort_id=cohort, quiz_id="bread", feedback_at=later, created_at=clock())
    db.session.add(assignment)
    db.session.commit()
    desk.take("bread", lambda slot: False)
    clock.advance(days=1)
    assert plan(desk).due == ()
    # Moved to a later day after the cards were made, it holds all the same.
    assignment.feedback_at = later + timedelta(days=5)
    db.session.commit()
    clock.advance(days=3)
    assert plan(desk).due == ()
    clock.advance(days=5)
    assert len(plan(desk).due) == 3


def test_somebody_elses_plan_is_none_of_mine(desk: Desk, another: Desk, clock: Clock) -> None:
    desk.take("bread")
    clock.advance(days=1)
    assert plan(another).cards == ()
    assert next_slot(another) is None


@pytest.fixture
def another(make_user: Callable[..., int], desk: Desk, clock: Clock) -> Desk:
    return Desk(make_user(), desk.course, clock)


# ---------------------------------------------------------------------- asking


def test_answers_of_a_review_are_kept_as_steps_and_move_the_question_on(desk: Desk, clock: Clock) -> None:
    desk.take("bread", lambda slot: False)
    clock.advance(days=1)
    slot = next_slot(desk)
    assert slot is not None
    assert answer(desk, slot, right_answer(slot), certainty=3) is None
    kept = db.session.query(Step).filter_by(slot_id=slot.id).order_by(Step.sequence).all()
    assert [(step.action, step.fraction) for step in kept] == [("answer", None), ("grade", 1.0)]
    assert kept[0].response == right_answer(slot)
    card = cards(desk)[slot.question_id]
    assert (card.reviews, card.last_review) == (2, clock())
    assert card.due > clock() + timedelta(days=1)
    attempt = db.session.get_one(Attempt, slot.attempt_id)
    assert (attempt.kind, attempt.score, attempt.passed) == ("review", None, None)


def test_not_knowing_is_an_answer(desk: Desk, clock: Clock) -> None:
    desk.take("bread")
    clock.advance(days=1)
    slot = next_slot(desk)
    assert slot is not None
    answer(desk, slot, None)
    assert cards(desk)[slot.question_id].due == clock() + timedelta(minutes=1)
    assert plan(desk).done == 1


def test_asking_twice_is_asking_once_and_an_answer_counts_once(desk: Desk, clock: Clock) -> None:
    desk.take("bread")
    clock.advance(days=1)
    first, second = next_slot(desk), next_slot(desk)
    assert first is not None
    assert second is not None
    assert first.id == second.id
    answer(desk, first, right_answer(first))
    closed = answer(desk, first, wrong_answer(first))
    assert closed is not None
    assert closed.reason == "checked"
    assert cards(desk)[first.question_id].reviews == 2


def test_the_day_has_a_cap_and_the_next_day_goes_on(desk: Desk, clock: Clock) -> None:
    desk.take("every-type", lambda slot: False)
    desk.take("bread", lambda slot: False)
    people.set_preference(desk.user, "review_cap", 10)
    db.session.commit()
    clock.advance(days=1)
    for _ in range(10):
        slot = next_slot(desk)
        assert slot is not None
        answer(desk, slot, None)
        clock.advance(minutes=2)
    assert next_slot(desk) is None
    assert (plan(desk).left, plan(desk).today, plan(desk).waiting) == (0, 0, 0)
    assert plan(desk).due
    clock.advance(days=1)
    assert next_slot(desk) is not None
    rounds = db.session.query(Attempt).filter_by(kind="review").order_by(Attempt.number).all()
    assert [(each.number, each.state) for each in rounds] == [(1, "submitted"), (2, "open")]


def test_what_was_asked_and_not_answered_by_midnight_counts_as_nothing(desk: Desk, clock: Clock) -> None:
    desk.take("bread")
    clock.advance(days=1)
    slot = next_slot(desk)
    assert slot is not None
    before = cards(desk)[slot.question_id].reviews
    clock.advance(days=1)
    again = next_slot(desk)
    assert again is not None
    assert again.attempt_id != slot.attempt_id
    assert cards(desk)[slot.question_id].reviews == before
    closed = answer(desk, slot, right_answer(slot))
    assert closed is not None
    assert cards(desk)[slot.question_id].reviews == before


def test_a_round_is_not_reached_by_the_pages_of_quizzes_nor_the_other_way_round(desk: Desk, clock: Clock) -> None:
    attempt = desk.take("bread")
    clock.advance(days=1)
    slot = next_slot(desk)
    assert slot is not None
    with pytest.raises(NotFound):
        quizzes.attempt_for(desk.user, slot.attempt_id)
    with pytest.raises(NotFound):
        quizzes.slot_for(desk.user, slot.attempt_id, 1)
    with pytest.raises(NotFound):
        service.slot_for(desk.user, attempt.id, 1)


def test_reviews_change_no_score(desk: Desk, clock: Clock) -> None:
    desk.take("bread", lambda slot: slot.position > 1)
    quiz = desk.course.quiz("bread")
    assert quiz is not None
    before = quizzes.result_for(desk.user, quiz)
    clock.advance(days=1)
    for _ in range(3):
        slot = next_slot(desk)
        assert slot is not None
        answer(desk, slot, None)
    assert quizzes.result_for(desk.user, quiz) == before


def test_what_a_guest_reviewed_goes_to_the_account(desk: Desk, clock: Clock) -> None:
    guest = people.create_guest(now=clock())
    db.session.commit()
    at_guest = Desk(guest.id, desk.course, clock)
    desk.take("bread")
    at_guest.take("bread", lambda slot: False)
    clock.advance(days=1)
    for who in (desk, at_guest):
        slot = next_slot(who)
        assert slot is not None
        answer(who, slot, right_answer(slot))
    people.merge(db.session.get_one(User, guest.id), desk.user)
    db.session.commit()
    rounds = db.session.query(Attempt).filter_by(user_id=desk.user_id, kind="review").all()
    assert sorted(each.state for each in rounds) == ["open", "submitted"]
    assert plan(desk).done == 2


@pytest.mark.parametrize("quiz_id", ["bread", "every-type"])
def test_a_plan_is_one_query_and_learning_is_two_statements(
    app: Flask, desk: Desk, clock: Clock, count_queries: Any, quiz_id: str
) -> None:
    attempt = desk.take(quiz_id)
    clock.advance(days=1)
    slots = list(attempt.slots)
    user = desk.user
    with count_queries(app) as counted:
        service.remember(user.id, "tea-and-bread", slots)
    assert counted.count == 2
    db.session.commit()
    _loaded = user.preferences
    with count_queries(app) as counted:
        service.plan(user, desk.course, clock())
    assert counted.count == 1
