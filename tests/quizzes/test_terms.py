from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import Clock
from tests.quizzes.conftest import Desk, at, right_answer
from webapp.database import db
from webapp.quizzes import service
from webapp.quizzes.attempt_state import Closed, feedback_at, is_released
from webapp.quizzes.models import Accommodation, Assignment
from webapp.quizzes.starting import NotOffered, WrongCode
from webapp.quizzes.terms import GRACE, allowances_at, refresh_deadlines


@pytest.fixture
def assign(desk: Desk, set_up_class: Callable[..., int], clock: Clock) -> Callable[..., Assignment]:
    """Sets a quiz to a class of the person at the desk."""
    classes = iter(range(1, 100))

    def make(quiz_id: str = "bread", **rules: Any) -> Assignment:
        cohort_id = set_up_class([desk.user_id], name=f"Class {next(classes)}")
        assignment = Assignment(cohort_id=cohort_id, quiz_id=quiz_id, created_at=clock(), **rules)
        db.session.add(assignment)
        db.session.commit()
        return assignment

    return make


@pytest.fixture
def allow(desk: Desk, clock: Clock) -> Callable[..., Accommodation]:
    """Gives the person at the desk, or a class, an accommodation."""

    def make(**rules: Any) -> Accommodation:
        whom = {} if "cohort_id" in rules else {"user_id": desk.user_id}
        accommodation = Accommodation(course_id="tea-and-bread", created_at=clock(), **whom, **rules)
        db.session.add(accommodation)
        db.session.commit()
        return accommodation

    return make


def offered(desk: Desk, clock: Clock, quiz_id: str = "bread") -> service.Offer:
    quiz = desk.course.quiz(quiz_id)
    assert quiz is not None
    return service.offer(desk.user, quiz, desk.course, clock())


def refused(desk: Desk, clock: Clock, quiz_id: str = "bread") -> str | None:
    refusal = offered(desk, clock, quiz_id).refusal
    return refusal.reason if refusal else None


def test_an_assigned_quiz_can_be_started_between_its_dates_only(desk: Desk, assign: Any, clock: Clock) -> None:
    assign(opens_at=at(10), closes_at=at(12))
    assert refused(desk, clock) == "not-open"
    with pytest.raises(NotOffered):
        desk.start("bread")
    clock.set(at(10))
    assert refused(desk, clock) is None
    desk.start("bread")
    clock.set(at(12))
    assert refused(desk, clock) == "closed"


def test_who_is_in_no_class_takes_a_quiz_as_it_is_unless_a_class_keeps_it(
    desk: Desk, another_desk: Any, assign: Any, clock: Clock
) -> None:
    assign(closes_at=at(12), time_limit=5)
    stranger = another_desk()
    assert refused(stranger, clock) is None
    assert offered(stranger, clock).terms.time_limit is None
    assign(opens_at=at(10))
    assert refused(stranger, clock) == "set"
    clock.set(at(10))
    assert refused(stranger, clock) is None


def test_withdrawn_assignments_and_archived_classes_hold_nobody(desk: Desk, assign: Any, clock: Clock) -> None:
    first = assign(closes_at=at(8))
    assert refused(desk, clock) == "closed"
    first.withdrawn_at = at(9)
    db.session.commit()
    assert refused(desk, clock) is None
    second = assign(closes_at=at(8))
    second.cohort.archived_at = at(9)
    db.session.commit()
    assert refused(desk, clock) is None


def test_of_several_assignments_the_kindest_counts(desk: Desk, assign: Any, clock: Clock) -> None:
    assign(closes_at=at(8))
    assign(opens_at=at(15))
    assert offered(desk, clock).refusal.at == at(15)
    assign(opens_at=at(8), closes_at=at(10))
    longest = assign(opens_at=at(8), closes_at=at(11))
    assert offered(desk, clock).terms.assignment == longest


def test_attempts_are_counted_within_the_assignment(desk: Desk, assign: Any, clock: Clock) -> None:
    desk.take("bread")
    assign(attempts=1)
    assert offered(desk, clock).left == 1
    desk.take("bread")
    assert refused(desk, clock) == "used-up"


def test_an_access_code_is_asked_for_and_forgiving_about_case_and_space(desk: Desk, assign: Any, clock: Clock) -> None:
    assign(access_code="Rye 42")
    for wrong in (None, "", "rye43"):
        with pytest.raises(WrongCode):
            desk.start("bread", access_code=wrong)
    attempt = desk.start("bread", access_code=" rYe42 ")
    assert desk.start("bread") == attempt, "going on with an attempt needs no code again"


def test_an_assigned_time_limit_replaces_that_of_the_quiz(desk: Desk, assign: Any, clock: Clock) -> None:
    assign("final", time_limit=45)
    assert desk.start("final").deadline == clock() + timedelta(minutes=45)


def test_the_closing_date_ends_a_running_attempt(desk: Desk, assign: Any, clock: Clock) -> None:
    assign(closes_at=at(9, 30))
    attempt = desk.start("bread")
    assert attempt.deadline == at(9, 30)
    clock.set(at(9, 31))
    assert desk.answer(attempt, 1, right_answer(attempt.slots[0])) == Closed("deadline")


def test_closing_later_takes_effect_in_a_running_attempt(desk: Desk, assign: Any, clock: Clock) -> None:
    assignment = assign(closes_at=at(9, 30))
    attempt = desk.start("bread")
    assignment.closes_at = at(10)
    db.session.commit()
    clock.set(at(9, 45))
    assert service.hand_in_overdue(clock()) == 0
    assert desk.answer(attempt, 1, right_answer(attempt.slots[0])).new


# --- late work -------------------------------------------------------------------------------------------------------


def test_late_work_is_accepted_as_it_is_by_default(desk: Desk, assign: Any, clock: Clock) -> None:
    assign(due_at=at(8))
    attempt = desk.take("bread")
    assert (attempt.percent, attempt.late_penalty) == (100.0, 0.0)


def test_late_work_loses_a_share_for_each_day_begun(desk: Desk, assign: Any, clock: Clock) -> None:
    assign(due_at=at(8), late_policy="penalty", late_percent=10)
    attempt = desk.take("bread")
    assert (attempt.late_penalty, attempt.percent) == (0.1, 90.0)
    assert attempt.score == pytest.approx(attempt.max_score * 0.9)
    clock.set(at(9, day=4))
    assert desk.take("bread").percent == 70.0


def test_late_work_is_refused_where_the_class_says_so(desk: Desk, assign: Any, clock: Clock) -> None:
    assign(due_at=at(10), closes_at=at(15), late_policy="refuse")
    attempt = desk.start("bread")
    assert attempt.deadline == at(10)
    clock.set(at(11))
    assert refused(desk, clock) == "closed"


# --- accommodations --------------------------------------------------------------------------------------------------


def test_extra_time_takes_effect_at_once_in_a_running_attempt(desk: Desk, allow: Any, clock: Clock) -> None:
    attempt = desk.start("final")
    clock.advance(minutes=19)
    allow(extra_time_percent=50)
    clock.advance(minutes=6)
    assert desk.answer(attempt, 1, right_answer(attempt.slots[0])).new, "25 of 30 minutes have passed"
    assert service.effective_deadline(attempt) == attempt.started_at + timedelta(minutes=30)
    assert service.hand_in_overdue(clock()) == 0
    clock.set(attempt.started_at + timedelta(minutes=30) + GRACE + timedelta(seconds=1))
    assert service.hand_in_overdue(clock()) == 1
    assert attempt.submitted_at == attempt.started_at + timedelta(minutes=30)


def test_an_ended_accommodation_ends_in_a_running_attempt_too(desk: Desk, allow: Any, clock: Clock) -> None:
    accommodation = allow(extra_time_percent=100)
    attempt = desk.start("final")
    assert attempt.deadline == clock() + timedelta(minutes=40)
    accommodation.ended_at = clock()
    db.session.commit()
    clock.advance(minutes=21)
    assert desk.answer(attempt, 1, right_answer(attempt.slots[0])) == Closed("deadline")
    assert not service.any_overdue(clock()), "the column does not know yet"
    assert refresh_deadlines(user_id=desk.user_id) == 1
    assert service.hand_in_overdue(clock()) == 1


def test_a_whole_class_can_be_given_more_time(desk: Desk, allow: Any, assign: Any, clock: Clock) -> None:
    cohort_id = assign("final").cohort_id
    allow(cohort_id=cohort_id, extra_time_percent=25)
    assert desk.start("final").deadline == clock() + timedelta(minutes=25)
    assert refresh_deadlines(cohort_id=cohort_id) == 0


def test_an_accommodation_for_another_quiz_changes_nothing_here(desk: Desk, allow: Any, clock: Clock) -> None:
    allow(quiz_id="bread", extra_time_percent=100)
    assert desk.start("final").deadline == clock() + timedelta(minutes=20)


def test_the_largest_of_several_accommodations_counts(desk: Desk, allow: Any, clock: Clock) -> None:
    allow(extra_time_percent=25, extra_attempts=2)
    allow(quiz_id="final", extra_time_percent=50)
    allow(extra_time_percent=500).ended_at = clock()
    db.session.commit()
    terms = offered(desk, clock, "final").terms
    assert (terms.time_limit, terms.attempts) == (30, 4)


def test_later_dates_move_due_and_closing(desk: Desk, assign: Any, allow: Any, clock: Clock) -> None:
    assign(due_at=at(8), closes_at=at(9), late_policy="penalty", late_percent=10)
    assert refused(desk, clock) == "closed"
    allow(later_hours=24)
    terms = offered(desk, clock).terms
    assert (terms.due_at, terms.closes_at) == (at(8, day=3), at(9, day=3))
    assert desk.take("bread").late_penalty == 0.0


# --- feedback --------------------------------------------------------------------------------------------------------


def test_a_date_for_feedback_holds_it_back_and_can_be_moved_afterwards(desk: Desk, assign: Any, clock: Clock) -> None:
    assignment = assign(feedback_at=at(18))
    attempt = desk.take("bread")
    assert feedback_at(attempt, clock()) == at(18)
    assert offered(desk, clock).score.percent is None
    assert offered(desk, clock).waiting
    assert service.result_for(desk.user, desk.course.quiz("bread")).percent == 100.0
    assignment.feedback_at = at(8)
    db.session.commit()
    assert is_released(attempt, clock())
    assert offered(desk, clock).score.percent == 100.0


def test_a_date_for_feedback_also_stops_checking_at_once(desk: Desk, assign: Any, clock: Clock) -> None:
    assign("tea", feedback_at=at(18))
    attempt = desk.start("tea")
    desk.answer(attempt, 1, right_answer(attempt.slots[0]))
    service.check(desk.slot(attempt, 1), clock())
    assert desk.slot(attempt, 1).graded_at is None


def test_what_one_class_allows_holds_under_its_own_assignments_only(
    desk: Desk, assign: Any, allow: Any, clock: Clock
) -> None:
    here, there = assign("final", time_limit=20, attempts=1), assign("bread", time_limit=20, attempts=1)
    for whom in ({}, {"cohort_id": here.cohort_id}):
        given = allow(granted_by_cohort=here.cohort_id, extra_time_percent=50, extra_attempts=1, later_hours=2, **whom)
        assert (offered(desk, clock, "final").terms.time_limit, offered(desk, clock, "final").left) == (30, 2)
        assert (offered(desk, clock, "bread").terms.time_limit, offered(desk, clock, "bread").left) == (20, 1)
        given.ended_at = clock()
        db.session.commit()
    allow(granted_by_cohort=here.cohort_id, extra_time_percent=50, later_hours=2)
    there.closes_at = clock() + timedelta(minutes=10)
    db.session.commit()
    mine, theirs = desk.start("final"), desk.start("bread")
    assert mine.deadline == clock() + timedelta(minutes=30)
    assert theirs.deadline == clock() + timedelta(minutes=10)
    assert refresh_deadlines(user_id=desk.user_id) == 0, "the column says the same as the rules"
    assert set(allowances_at(here)) == {desk.user_id}
    assert allowances_at(there) == {}


def test_what_a_class_allows_is_not_carried_to_what_is_open_to_everybody(
    desk: Desk, assign: Any, allow: Any, clock: Clock
) -> None:
    here = assign("bread")
    usual = offered(desk, clock, "final").terms
    allow(granted_by_cohort=here.cohort_id, extra_time_percent=50, extra_attempts=5)
    now = offered(desk, clock, "final").terms
    assert (now.time_limit, now.attempts) == (usual.time_limit, usual.attempts)
    assert usual.time_limit is not None


def test_of_two_classes_that_set_a_quiz_the_kinder_one_is_found_by_what_each_allows(
    desk: Desk, assign: Any, allow: Any, clock: Clock
) -> None:
    assign(closes_at=at(10))
    kinder = assign(closes_at=at(9, 30))
    allow(granted_by_cohort=kinder.cohort_id, later_hours=2)
    assert offered(desk, clock).terms.assignment == kinder
    assert offered(desk, clock).terms.closes_at == at(11, 30)
