"""What the progress page knows of a person, from real attempts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.quizzes.conftest import Desk, right_answer, wrong_answer
from webapp.content.course.course import Course
from webapp.database import db
from webapp.lessons import service as lessons
from webapp.progress import service, standing, work
from webapp.progress.mastery import FactMastery, PillarMastery, State
from webapp.progress.standing import PillarState
from webapp.quizzes import service as quizzes
from webapp.quizzes.models import Assignment
from webapp.quizzes.scores import NOTHING, QuizScore
from webapp.reports import scores as gradebook
from webapp.reports.scope import everybody
from webapp.review import service as review


def overview(desk: Desk) -> service.Overview:
    db.session.expire_all()
    return service.overview(desk.user, desk.course, desk.clock())


def view(desk: Desk, pillar_id: str = "bread") -> service.PillarView:
    return next(view for view in overview(desk).pillars if view.pillar.id == pillar_id)


def read(desk: Desk, lesson_id: str) -> None:
    lesson = desk.course.lesson(lesson_id)
    assert lesson is not None
    lessons.mark_read(desk.user, lesson, [section.id for section in lesson.sections], desk.clock())
    db.session.commit()


def test_reading_alone_moves_nothing(desk: Desk) -> None:
    assert overview(desk).is_empty
    read(desk, "tea")
    read(desk, "bread")
    found = overview(desk)
    assert not found.is_empty
    assert {pillar.mastery.state for pillar in found.pillars} == {State.NOT_STARTED}
    assert {pillar.mastery.filled for pillar in found.pillars} == {0.0}


def test_a_pretest_moves_nothing(desk: Desk) -> None:
    desk.take("before")
    assert {fact.state for fact in overview(desk).mastery.facts.values()} == {State.NOT_STARTED}


def test_right_on_two_days_masters_a_pillar_and_the_final_confirms_it(desk: Desk, clock: Clock) -> None:
    for _day in (1, 2, 3):
        desk.take("every-type")
        desk.take("bread")
        clock.advance(days=1)
    assert view(desk).mastery.state is State.MASTERED
    assert view(desk).step.kind == "final"
    desk.take("final")
    assert view(desk).mastery.state is State.CONFIRMED
    assert view(desk).step.kind == "done"


def test_answers_in_reviews_count_as_those_in_quizzes_do(desk: Desk, clock: Clock) -> None:
    desk.take("bread")
    before = view(desk).mastery.count(State.MASTERED)
    clock.advance(days=1)
    while (slot := review.next_slot(desk.user, desk.course, clock())) is not None:
        response = right_answer(slot)
        review.answer(slot, response, sequence=slot.sequence, certainty=3, seconds=1, now=clock())
    db.session.commit()
    assert before == 0
    assert view(desk).mastery.count(State.MASTERED) > 0
    slot = review.next_slot(desk.user, desk.course, clock.advance(days=60))
    assert slot is not None
    review.answer(slot, None, sequence=0, certainty=None, seconds=1, now=clock())
    assert slot.question_id in {q for fact in view(desk).mastery.weak for q in fact.missed}


def test_a_void_attempt_leaves_no_trace(desk: Desk) -> None:
    attempt = desk.take("bread")
    assert overview(desk).answers
    quizzes.void(attempt)
    db.session.commit()
    assert overview(desk).is_empty


def test_a_regrade_changes_the_state(desk: Desk, clock: Clock) -> None:
    attempt = desk.take("bread", lambda slot: slot.position > 1)
    missed = {q for fact in view(desk).mastery.weak for q in fact.missed}
    assert missed == {attempt.slots[0].question_id}
    quizzes.append_step(desk.slot(attempt, 1), "regrade", now=clock(), actor_id=None, fraction=1.0)
    db.session.commit()
    assert view(desk).weak == ()


def test_results_that_wait_for_their_date_show_in_nothing(
    desk: Desk, clock: Clock, set_up_class: Callable[..., int]
) -> None:
    cohort = set_up_class([desk.user_id])
    later = clock() + timedelta(days=3)
    db.session.add(Assignment(cohort_id=cohort, quiz_id="bread", feedback_at=later, created_at=clock()))
    db.session.commit()
    desk.take("bread", lambda slot: False)
    found = view(desk)
    assert (found.weak, found.score, found.latest) == ((), NOTHING, None)
    assert found.mastery.state is State.NOT_STARTED
    clock.advance(days=4)
    assert view(desk).weak


def test_figures_are_those_of_the_gradebook(desk: Desk, clock: Clock) -> None:
    for wrong in (3, 1, 2):
        desk.take("bread", lambda slot, wrong=wrong: slot.position > wrong)
        desk.take("every-type", lambda slot, wrong=wrong: slot.position > wrong)
        clock.advance(hours=1)
    shown = {quiz.id: score for quiz, score, _latest in overview(desk).others} | {"bread": view(desk).score}
    columns = gradebook.quiz_columns(desk.course)
    (row,) = gradebook.learner_scores(everybody("tea-and-bread"), columns)
    assert row.user_id == desk.user_id
    assert {quiz_id: row.scores[quiz_id] for quiz_id in ("bread", "every-type")} == {
        quiz_id: shown[quiz_id] for quiz_id in ("bread", "every-type")
    }
    assert view(desk).score.attempts == 3
    assert view(desk).latest is not None
    assert view(desk).latest.number == 3  # type: ignore[union-attr]


def test_weak_facts_lead_to_their_paragraph(desk: Desk) -> None:
    desk.take("bread", lambda slot: False)
    weak = view(desk).weak
    assert weak
    for fact in weak:
        assert fact.taught is not None
        lesson = desk.course.lesson(fact.taught[0])
        assert lesson is not None
        assert fact.taught[1] in lesson.anchors.values()


def test_sure_but_wrong_is_listed_until_it_is_put_right(desk: Desk, clock: Clock) -> None:
    attempt = desk.start("tea")
    for slot in list(attempt.slots):
        desk.answer(attempt, slot.position, wrong_answer(slot), certainty=3 if slot.position == 1 else 2)
    desk.submit(attempt)
    found = overview(desk)
    assert [misled.question.id for misled in found.misled] == [attempt.slots[0].question_id]
    assert [level.answers for level in found.calibration.levels] == [0, 2, 1]
    practice = quizzes.practise(desk.user, attempt, desk.course, clock())
    assert practice is not None
    clock.advance(minutes=5)
    desk.answer_all(practice)
    desk.submit(practice)
    assert overview(desk).misled == ()


# ---------------------------------------------------------------------- the step in a pillar


def pillar(*states: State) -> PillarMastery:
    facts = tuple(
        FactMastery(f"f{n}", state, ("q",) if state is State.LEARNING else ()) for n, state in enumerate(states)
    )
    return PillarMastery(min(states), facts)


def test_the_step_in_a_pillar_is_the_first_that_is_missing(course: Course) -> None:
    quiz = course.quiz("bread")
    assert quiz is not None
    unread, begun, done = (PillarState(sections_read=n, sections=3) for n in (0, 1, 3))
    failed = QuizScore(1, 1.0, 4.0, 25.0, False, None)
    passed = QuizScore(1, 4.0, 4.0, 100.0, True, None)
    nothing, learning = pillar(State.NOT_STARTED), pillar(State.LEARNING, State.PRACTISED)
    practised, partly = pillar(State.PRACTISED), pillar(State.PRACTISED, State.NOT_STARTED)
    attempt: Any = object()
    cases = [
        (unread, nothing, NOTHING, None, False, "read"),
        (begun, nothing, NOTHING, None, False, "read-on"),
        (done, nothing, NOTHING, None, False, "quiz"),
        (unread, learning, failed, attempt, False, "practise"),
        (done, practised, failed, None, False, "again"),
        (done, partly, passed, None, False, "again"),
        (done, learning, passed, None, False, "review"),
        (done, practised, passed, None, False, "review"),
        (done, pillar(State.MASTERED), passed, None, False, "final"),
        (done, pillar(State.CONFIRMED), passed, None, True, "done"),
    ]
    for reading, known, score, to_practise, final, expected in cases:
        step = service.pillar_step(reading, known, quiz, score, to_practise, final)
        assert step.kind == expected


# ---------------------------------------------------------------------- home, and what it costs


def test_home_fills_pillars_by_mastery(app: Flask, desk: Desk, clock: Clock) -> None:
    for _day in (1, 2, 3):
        desk.take("bread")
        clock.advance(days=1)
    found = standing.standing(desk.user, desk.course, clock())
    assert found.states["bread"].stage == "mastered"
    assert found.states["tea"].filled == 0


@pytest.mark.parametrize("times", [1, 3])
def test_mastery_takes_two_queries_and_the_overview_seven(
    app: Flask, desk: Desk, clock: Clock, count_queries: Any, times: int
) -> None:
    for _time in range(times):
        desk.take("bread", lambda slot: False)
        desk.take("every-type", lambda slot: False)
    clock.advance(days=1)
    user = desk.user
    _loaded = user.preferences
    with count_queries(app) as counted:
        work.pillars_filled(user, desk.course, clock())
    assert counted.count == 2
    with count_queries(app) as counted:
        service.overview(user, desk.course, clock())
    assert counted.count <= 7, "\n".join(counted.statements)
