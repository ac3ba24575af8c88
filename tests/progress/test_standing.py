"""How a person's pillars stand, and what comes next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Clock
from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.database import db
from webapp.lessons import service as lessons
from webapp.progress import standing
from webapp.quizzes.models import Attempt

HandIn = Callable[..., Attempt]


@pytest.fixture(autouse=True)
def nothing_mastered_and_nothing_due(db_session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mastery and reviews have tests of their own; these tests say what there is of them."""
    monkeypatch.setattr(standing, "pillars_filled", lambda *_who: {})
    monkeypatch.setattr(standing.review, "waiting", lambda *_who: 0)


def read_all(user: User, course: Course, lesson_id: str, clock: Clock) -> None:
    lesson = course.lesson(lesson_id)
    assert lesson is not None
    lessons.mark_read(user, lesson, [section.id for section in lesson.sections], clock())
    db.session.commit()


def step(user: User | None, course: Course, clock: Clock) -> standing.NextStep:
    last = lessons.last_place(user, course) if user else None
    return standing.next_step(course, standing.standing(user, course, clock()), last)


# ---------------------------------------------------------------------- pillars


def test_a_visitor_sees_empty_pillars_and_nothing_is_asked_of_the_database(
    app: Flask, course: Course, clock: Clock, count_queries: Callable[..., object]
) -> None:
    with count_queries(app) as counted:  # type: ignore[attr-defined]
        states = standing.pillar_states(None, course, clock())
    assert counted.count == 0
    assert {state.stage for state in states.values()} == {"new"}
    assert states["bread"].minutes == 3


def test_reading_alone_never_fills_a_pillar(course: Course, reader: User, clock: Clock) -> None:
    read_all(reader, course, "tea", clock)
    state = standing.pillar_states(reader, course, clock())["tea"]
    assert (state.stage, state.filled) == ("read", 0)


def test_the_score_that_counts_is_that_of_the_quiz_s_policy(
    course: Course, reader: User, clock: Clock, hand_in: HandIn
) -> None:
    for percent in (90, 40):
        hand_in(course, reader, "tea", percent)
        hand_in(course, reader, "bread", percent)
    states = standing.pillar_states(reader, course, clock())
    assert (states["tea"].best, states["tea"].stage, states["tea"].attempts) == (90, "passed", 2)
    assert (states["bread"].best, states["bread"].stage) == (40, "tried")


def test_a_score_that_waits_for_its_date_is_not_told(
    course: Course, reader: User, clock: Clock, hand_in: HandIn
) -> None:
    later = clock() + timedelta(days=1)
    hand_in(course, reader, "tea", 90, policy={"feedback": later})
    assert standing.pillar_states(reader, course, clock())["tea"].best is None
    clock.advance(days=2)
    assert standing.pillar_states(reader, course, clock())["tea"].best == 90


def test_mastery_comes_from_above_and_then_fills_the_pillar(
    course: Course, reader: User, clock: Clock, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(course, reader, "tea", 90)
    monkeypatch.setattr(standing, "pillars_filled", lambda *_who: {"tea": 0.5, "bread": 1.0})
    states = standing.pillar_states(reader, course, clock())
    assert (states["tea"].filled, states["tea"].stage) == (50, "passed")
    assert states["bread"].stage == "mastered"


def test_standing_takes_three_queries_however_long_the_course_is(
    app: Flask, course: Course, reader: User, clock: Clock, count_queries: Callable[..., object]
) -> None:
    _loaded = reader.id
    with count_queries(app) as counted:  # type: ignore[attr-defined]
        standing.standing(reader, course, clock())
    assert counted.count == 3


# ---------------------------------------------------------------------- the next step


def test_a_first_visitor_starts_with_the_first_pillar(course: Course, clock: Clock) -> None:
    found = step(None, course, clock)
    assert (found.kind, found.pillar and found.pillar.id) == ("start", "tea")
    assert found.minutes >= 1


def test_an_open_quiz_comes_first(course: Course, reader: User, clock: Clock, hand_in: HandIn) -> None:
    read_all(reader, course, "tea", clock)
    attempt = hand_in(course, reader, "tea", 0, state="open", submitted_at=None, score=None, passed=None)
    found = step(reader, course, clock)
    assert (found.kind, found.attempt and found.attempt.id) == ("attempt", attempt.id)


def test_an_open_quiz_whose_time_is_up_is_not_offered(
    course: Course, reader: User, clock: Clock, hand_in: HandIn
) -> None:
    hand_in(
        course, reader, "tea", 0, state="open", submitted_at=None, score=None, deadline=clock() - timedelta(minutes=1)
    )
    assert step(reader, course, clock).kind != "attempt"


def test_a_lesson_begun_is_gone_on_with(course: Course, reader: User, clock: Clock) -> None:
    bread = lessons.stop_of(course, "bread").lesson
    lessons.mark_read(reader, bread, ["mixing"], clock())
    lessons.keep_place(reader, bread, "rising", clock())
    found = step(reader, course, clock)
    assert (found.kind, found.lesson and found.lesson.id, found.section and found.section.id) == (
        "resume",
        "bread",
        "rising",
    )


def test_what_was_read_is_quizzed_before_more_is_read(course: Course, reader: User, clock: Clock) -> None:
    read_all(reader, course, "tea", clock)
    found = step(reader, course, clock)
    assert (found.kind, found.quiz and found.quiz.id) == ("quiz", "tea")


def test_what_is_due_is_reviewed_before_a_lesson_is_gone_on_with(
    course: Course, reader: User, clock: Clock, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(course, reader, "tea", 90)
    lessons.mark_read(reader, lessons.stop_of(course, "bread").lesson, ["mixing"], clock())
    lessons.keep_place(reader, lessons.stop_of(course, "bread").lesson, "rising", clock())
    monkeypatch.setattr(standing.review, "waiting", lambda *_who: 4)
    assert (step(reader, course, clock).kind, step(reader, course, clock).count) == ("review", 4)
    monkeypatch.setattr(standing.review, "waiting", lambda *_who: 0)
    assert step(reader, course, clock).kind == "resume"


def test_an_open_round_of_review_is_not_an_open_quiz(
    course: Course, reader: User, clock: Clock, hand_in: HandIn
) -> None:
    hand_in(course, reader, "tea", 90)
    round_values = {"quiz_id": "review", "kind": "review", "state": "open", "submitted_at": None, "score": None}
    attempt = hand_in(course, reader, "tea", 0)
    for name, value in round_values.items():
        setattr(attempt, name, value)
    db.session.commit()
    assert step(reader, course, clock).kind == "read"


def test_the_end_is_reached_by_trying_again_and_by_the_final(
    course: Course, reader: User, clock: Clock, hand_in: HandIn
) -> None:
    hand_in(course, reader, "tea", 90)
    hand_in(course, reader, "bread", 20)
    after = step(reader, course, clock)
    assert (after.kind, after.pillar.id) == ("read", "bread"), "a quiz failed before its lesson was read leads to it"
    bread = course.lesson("bread")
    lessons.mark_read(reader, bread, [section.id for section in bread.sections], clock())
    assert step(reader, course, clock).kind == "again"
    hand_in(course, reader, "bread", 80)
    assert step(reader, course, clock).kind == "final"
    hand_in(course, reader, "final", 95)
    assert step(reader, course, clock).kind == "done"
