"""What a person has read, where they were, how their pillars stand, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

from tests.conftest import Clock
from webapp.accounts.models import User
from webapp.content.course import Course
from webapp.database import db
from webapp.lessons import service
from webapp.lessons.models import Place, Reading
from webapp.quizzes.models import Attempt

HandIn = Callable[..., Attempt]


@pytest.fixture(autouse=True)
def nothing_from_outside(app: Flask) -> Iterator[None]:
    """The rooms above may have told lessons about mastery and reviews; these tests speak for themselves."""
    kept = service.outside.mastery, service.outside.due
    service.outside.mastery = service.outside.due = None
    yield
    service.outside.mastery, service.outside.due = kept


def read_all(user: User, course: Course, lesson_id: str, clock: Clock) -> None:
    lesson = course.lesson(lesson_id)
    assert lesson is not None
    service.mark_read(user, lesson, [section.id for section in lesson.sections], clock())
    db.session.commit()


def step(user: User | None, course: Course, clock: Clock) -> service.NextStep:
    last = service.last_place(user, course) if user else None
    return service.next_step(course, service.standing(user, course, clock()), last)


# ---------------------------------------------------------------------- the way


def test_the_way_leads_from_the_opening_by_the_pillars_to_the_closing(course: Course) -> None:
    assert [stop.id for stop in service.way(course)] == ["opening", "tea", "bread", "closing"]
    before, after = service.neighbours(course, service.stop_of(course, "tea"))
    assert (before and before.id, after and after.id) == ("opening", "bread")
    assert service.neighbours(course, service.stop_of(course, "opening"))[0] is None
    assert service.neighbours(course, service.stop_of(course, "closing"))[1] is None


def test_a_lesson_that_is_not_there_is_not_found(course: Course) -> None:
    with pytest.raises(NotFound):
        service.stop_of(course, "coffee")


def test_sources_are_numbered_as_in_the_text_and_lead_back_to_it(course: Course) -> None:
    lesson = service.stop_of(course, "tea").lesson
    cited = service.sources(course, lesson)
    assert [source.fact.id for source in cited] == list(lesson.cited)
    assert [source.number for source in cited] == list(range(1, len(cited) + 1))
    assert all(source.anchor for source in cited)
    assert sum(count for _name, count in service.firmness_counts(cited)) == len(cited)


# ---------------------------------------------------------------------- reading


def test_what_was_read_is_kept_once_with_its_first_time(course: Course, reader: User, clock: Clock) -> None:
    tea = service.stop_of(course, "tea").lesson
    service.mark_read(reader, tea, ["leaves", "leaves", "nowhere"], clock())
    first = clock()
    clock.advance(days=1)
    service.mark_read(reader, tea, ["leaves", "water"], clock())
    db.session.commit()
    rows = db.session.query(Reading).filter_by(user_id=reader.id).order_by(Reading.read_at).all()
    assert [(row.section_id, row.read_at) for row in rows] == [("leaves", first), ("water", clock())]


def test_another_tab_that_was_quicker_does_no_harm(course: Course, reader: User, clock: Clock) -> None:
    tea = service.stop_of(course, "tea").lesson
    service.mark_read(reader, tea, ["leaves"], clock())
    service._add_once(Reading(user_id=reader.id, lesson_id="tea", section_id="leaves", read_at=clock()))
    db.session.commit()
    assert db.session.query(Reading).filter_by(user_id=reader.id).count() == 1


def test_the_minutes_left_fall_as_sections_are_read(course: Course, reader: User, clock: Clock) -> None:
    tea = service.stop_of(course, "tea").lesson
    fresh = service.progress_of(reader, [tea])["tea"]
    assert fresh.minutes_left == tea.minutes
    read_all(reader, course, "tea", clock)
    done = service.progress_of(reader, [tea])["tea"]
    assert done.is_read
    assert done.minutes_left == 0
    assert done.resume_at is None


def test_reading_goes_on_where_it_stopped(course: Course, reader: User, clock: Clock) -> None:
    tea = service.stop_of(course, "tea").lesson
    service.mark_read(reader, tea, ["leaves"], clock())
    service.keep_place(reader, tea, "water", clock())
    service.keep_place(reader, tea, "nowhere", clock())
    db.session.commit()
    progress = service.progress_of(reader, [tea])["tea"]
    assert progress.resume_at is tea.section("water")
    assert db.session.query(Place).filter_by(user_id=reader.id).count() == 1
    assert service.last_place(reader, course) == "tea"


def test_somebody_at_the_first_section_is_at_the_start(course: Course, reader: User, clock: Clock) -> None:
    tea = service.stop_of(course, "tea").lesson
    service.keep_place(reader, tea, tea.sections[0].id, clock())
    assert service.progress_of(reader, [tea])["tea"].resume_at is None


# ---------------------------------------------------------------------- pillars


def test_a_visitor_sees_empty_pillars_and_nothing_is_asked_of_the_database(
    app: Flask, course: Course, clock: Clock, count_queries: Callable[..., object]
) -> None:
    with count_queries(app) as counted:  # type: ignore[attr-defined]
        states = service.pillar_states(None, course, clock())
    assert counted.count == 0
    assert {state.stage for state in states.values()} == {"new"}
    assert states["bread"].minutes == 3


def test_reading_alone_never_fills_a_pillar(course: Course, reader: User, clock: Clock) -> None:
    read_all(reader, course, "tea", clock)
    state = service.pillar_states(reader, course, clock())["tea"]
    assert (state.stage, state.filled) == ("read", 0)


def test_the_score_that_counts_is_that_of_the_quiz_s_policy(
    course: Course, reader: User, clock: Clock, hand_in: HandIn
) -> None:
    for percent in (90, 40):
        hand_in(course, reader, "tea", percent)
        hand_in(course, reader, "bread", percent)
    states = service.pillar_states(reader, course, clock())
    assert (states["tea"].best, states["tea"].stage, states["tea"].attempts) == (90, "passed", 2)
    assert (states["bread"].best, states["bread"].stage) == (40, "tried")


def test_a_score_that_waits_for_its_date_is_not_told(
    course: Course, reader: User, clock: Clock, hand_in: HandIn
) -> None:
    later = clock() + timedelta(days=1)
    hand_in(course, reader, "tea", 90, policy={"feedback": later.isoformat()})
    assert service.pillar_states(reader, course, clock())["tea"].best is None
    clock.advance(days=2)
    assert service.pillar_states(reader, course, clock())["tea"].best == 90


def test_mastery_comes_from_above_and_then_fills_the_pillar(
    course: Course, reader: User, clock: Clock, hand_in: HandIn
) -> None:
    hand_in(course, reader, "tea", 90)
    service.outside.mastery = lambda *_who: {"tea": 0.5, "bread": 1.0}
    states = service.pillar_states(reader, course, clock())
    assert (states["tea"].filled, states["tea"].stage) == (50, "passed")
    assert states["bread"].stage == "mastered"


def test_standing_takes_three_queries_however_long_the_course_is(
    app: Flask, course: Course, reader: User, clock: Clock, count_queries: Callable[..., object]
) -> None:
    _loaded = reader.id
    with count_queries(app) as counted:  # type: ignore[attr-defined]
        service.standing(reader, course, clock())
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
    bread = service.stop_of(course, "bread").lesson
    service.mark_read(reader, bread, ["mixing"], clock())
    service.keep_place(reader, bread, "rising", clock())
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
    course: Course, reader: User, clock: Clock, hand_in: HandIn
) -> None:
    hand_in(course, reader, "tea", 90)
    service.mark_read(reader, service.stop_of(course, "bread").lesson, ["mixing"], clock())
    service.keep_place(reader, service.stop_of(course, "bread").lesson, "rising", clock())
    service.outside.due = lambda *_who: 4
    assert (step(reader, course, clock).kind, step(reader, course, clock).count) == ("review", 4)
    service.outside.due = lambda *_who: 0
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
    service.mark_read(reader, bread, [section.id for section in bread.sections], clock())
    assert step(reader, course, clock).kind == "again"
    hand_in(course, reader, "bread", 80)
    assert step(reader, course, clock).kind == "final"
    hand_in(course, reader, "final", 95)
    assert step(reader, course, clock).kind == "done"
