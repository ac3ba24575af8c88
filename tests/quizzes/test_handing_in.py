from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.quizzes.conftest import Desk, right_answer, wrong_answer
from webapp.database import db
from webapp.quizzes import attempt_state, service
from webapp.quizzes.attempt_state import Closed
from webapp.quizzes.models import Attempt, QuestionRevision, Step
from webapp.quizzes.revisions import question_of
from webapp.quizzes.terms import GRACE


def test_handing_in_grades_every_question_and_sums_the_points(desk: Desk) -> None:
    attempt = desk.take("every-type", right=lambda slot: slot.position % 2 == 1)
    # Points 1 2 1 2 1 2 2 3 2; the odd places are 1 + 1 + 1 + 2 + 2.
    assert (attempt.score, attempt.max_score, attempt.percent, attempt.passed) == (7.0, 16.0, 43.75, False)
    assert attempt.state == "submitted"
    assert attempt.submitted_by == "learner"
    assert [slot.fraction for slot in attempt.slots] == [1, 0, 1, 0, 1, 0, 1, 0, 1]


def test_what_is_not_answered_earns_nothing(desk: Desk) -> None:
    attempt = desk.start("bread", seed=1)
    desk.submit(attempt)
    assert (attempt.score, attempt.percent, attempt.passed) == (0.0, 0.0, False)
    assert all(slot.graded_at is not None and slot.response is None for slot in attempt.slots)


def test_handing_in_twice_is_handing_in_once(desk: Desk, clock: Clock) -> None:
    attempt = desk.take("bread")
    first, steps = attempt.submitted_at, db.session.query(Step).count()
    clock.advance(minutes=5)
    desk.submit(attempt)
    assert attempt.submitted_at == first
    assert db.session.query(Step).count() == steps


def test_what_was_checked_at_once_is_not_graded_again(desk: Desk, clock: Clock) -> None:
    attempt = desk.start("tea", seed=1)
    desk.answer(attempt, 1, right_answer(attempt.slots[0]))
    service.check(desk.slot(attempt, 1), clock())
    db.session.commit()
    desk.submit(attempt)
    assert [step.action for step in attempt.slots[0].steps] == ["answer", "grade"]
    assert attempt.score == attempt.slots[0].points


def test_a_pretest_is_graded_question_by_question_and_has_no_score(desk: Desk) -> None:
    attempt = desk.take("before")
    assert (attempt.score, attempt.percent, attempt.passed) == (None, None, None)
    assert [slot.fraction for slot in attempt.slots] == [1.0, 1.0]


# --- deadlines -------------------------------------------------------------------------------------------------------


def test_the_deadline_is_kept_by_the_server_with_what_is_saved(desk: Desk, clock: Clock) -> None:
    attempt = desk.start("final", seed=1)
    assert attempt.deadline == clock() + timedelta(minutes=20)
    desk.answer(attempt, 1, right_answer(attempt.slots[0]))
    clock.advance(minutes=21)
    assert service.is_over(attempt, clock())
    assert service.expire(attempt, clock())
    assert attempt.submitted_by == "deadline"
    assert attempt.submitted_at == attempt.deadline
    assert attempt.score == attempt.slots[0].points


def test_an_answer_under_way_when_the_time_ends_still_counts(desk: Desk, clock: Clock) -> None:
    attempt = desk.start("final", seed=1)
    clock.set(attempt.deadline + GRACE)
    assert desk.answer(attempt, 1, right_answer(attempt.slots[0])).new
    clock.advance(seconds=1)
    assert desk.answer(attempt, 2, right_answer(attempt.slots[1])) == Closed("deadline")


def test_handing_in_late_is_handing_in_at_the_deadline(desk: Desk, clock: Clock) -> None:
    attempt = desk.start("final", seed=1)
    clock.advance(minutes=20, seconds=3)
    desk.submit(attempt)
    assert attempt.submitted_at == attempt.deadline
    assert attempt.submitted_by == "deadline"


def test_attempts_whose_learner_went_away_are_handed_in_for_the_reports(desk: Desk, clock: Clock) -> None:
    timed = desk.start("final", seed=1)
    desk.answer(timed, 1, right_answer(timed.slots[0]))
    untimed = desk.start("bread", seed=1)
    assert not service.any_overdue(clock())
    clock.advance(hours=3)
    assert service.any_overdue(clock())
    assert service.hand_in_overdue(clock()) == 1
    db.session.commit()
    assert (timed.state, untimed.state) == ("submitted", "open")
    assert timed.submitted_at == timed.started_at + timedelta(minutes=20)
    assert service.hand_in_overdue(clock()) == 0


def test_an_instructor_can_let_an_attempt_run_longer(desk: Desk, clock: Clock) -> None:
    attempt = desk.start("final", seed=1)
    until = clock() + timedelta(minutes=45)
    service.extend(attempt, until)
    db.session.commit()
    clock.advance(minutes=40)
    assert not service.is_over(attempt, clock())
    assert service.hand_in_overdue(clock()) == 0
    assert desk.answer(attempt, 1, right_answer(attempt.slots[0])).new
    clock.advance(minutes=6)
    assert service.expire(attempt, clock())
    assert attempt.submitted_at == until


def test_a_reset_attempt_is_kept_and_leaves_its_place(desk: Desk, clock: Clock) -> None:
    first = desk.take("final")
    second = desk.start("final")
    assert service.offer(desk.user, desk.course.quiz("final"), desk.course, clock()).left == 0
    service.void(second)
    db.session.commit()
    offer = service.offer(desk.user, desk.course.quiz("final"), desk.course, clock())
    assert (offer.left, offer.open, offer.attempts) == (1, None, (first,))
    third = desk.start("final")
    assert third.number == 3
    assert db.session.get(Attempt, second.id).state == "void"


# --- what was shown is kept ------------------------------------------------------------------------------------------


def edit(bank: Path, old: str, new: str) -> None:
    path = bank / "1-tea" / "questions.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_an_edit_of_the_bank_changes_neither_paper_nor_grade_of_an_attempt(desk: Desk, bank: Path, app) -> None:
    attempt = desk.start("every-type", seed=1)
    slot = attempt.slots[0]
    before = json.dumps(slot.revision.body, sort_keys=True)
    edit(bank, "Leaving it in the air, key: true", "Leaving it in the air")
    edit(bank, "Boiling it in water, feedback", "Boiling it in water, key: true, feedback")
    course = app.extensions["courses"].only.current()
    changed = course.question("tea-choice")
    assert changed != question_of(slot.revision)
    desk.answer(attempt, 1, {"option": "b"})
    desk.submit(attempt)
    assert slot.fraction == 1.0
    assert json.dumps(slot.revision.body, sort_keys=True) == before
    # Who starts now gets the mended question, beside the old one.
    desk.course = course
    later = desk.start("every-type", seed=1)
    assert later.slots[0].digest != slot.digest
    assert db.session.query(QuestionRevision).filter_by(question_id="tea-choice").count() == 2


def test_a_revision_is_stored_once_however_often_it_is_shown(desk: Desk, another_desk) -> None:
    desk.take("every-type")
    another_desk().take("every-type")
    assert db.session.query(QuestionRevision).count() == 9


def test_a_stored_question_is_the_question_but_for_the_notes_of_its_author(desk: Desk) -> None:
    attempt = desk.start("every-type")
    for slot in attempt.slots:
        question = desk.course.question(slot.question_id)
        assert question is not None
        assert question_of(slot.revision) == question.model_copy(update={"numbers": {}, "accept": {}})


# --- when feedback may be seen ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "released"), [(0, False), (9, False), (10, True)])
def test_feedback_waits_for_its_date(desk: Desk, clock: Clock, days: int, released: bool) -> None:
    attempt = desk.take("bread")
    due = clock() + timedelta(days=10)
    attempt.policy = replace(attempt.policy, feedback=due)
    now = clock.advance(days=days)
    assert attempt_state.is_released(attempt, now) is released
    assert attempt_state.feedback_at(attempt, now) == (None if released else due)


def test_the_wrong_answers_of_the_tests_are_wrong(desk: Desk) -> None:
    attempt = desk.start("every-type")
    from webapp import questions

    for slot in attempt.slots:
        question = question_of(slot.revision)
        assert questions.grade(question, wrong_answer(slot)).fraction == 0.0
        assert questions.type_of(question).malformed(question, wrong_answer(slot)) is None
