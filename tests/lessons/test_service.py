"""The lessons on their way, what a person has read, and where they were."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.exceptions import NotFound

from tests.conftest import Clock
from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.database import db
from webapp.lessons import service
from webapp.lessons.models import Place, Reading
from webapp.quizzes.models import Attempt

HandIn = Callable[..., Attempt]


def read_all(user: User, course: Course, lesson_id: str, clock: Clock) -> None:
    lesson = course.lesson(lesson_id)
    assert lesson is not None
    service.mark_read(user, lesson, [section.id for section in lesson.sections], clock())
    db.session.commit()


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
    service._add_once(
        Reading(course_id="tea-and-bread", user_id=reader.id, lesson_id="tea", section_id="leaves", read_at=clock())
    )
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
