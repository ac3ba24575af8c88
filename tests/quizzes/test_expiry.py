"""Attempts whose time is up are handed in beside the pages, and no report keeps answers waiting for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import event

from tests.conftest import ABOUT_SQLITE, Clock
from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.database import db
from webapp.quizzes import expiry, service
from webapp.quizzes.models import Attempt
from webapp.web import chores


def leave_open(app: Flask, make_user: Callable[..., int], clock: Clock, people: int) -> None:
    """So many learners start a quiz of twenty minutes and go away for an hour."""
    ids = [make_user() for _person in range(people)]
    with app.app_context():
        course: Course = app.extensions["courses"].only.current()
        quiz = course.quiz("final")
        assert quiz is not None
        for user_id in ids:
            service.start(db.session.get_one(User, user_id), quiz, course, clock())
        db.session.commit()
    clock.advance(hours=1)


def still_open(app: Flask) -> int:
    with app.app_context():
        return db.session.query(Attempt).filter_by(state="open").count()


def test_the_chore_hands_in_all_that_is_overdue_a_few_in_a_transaction(
    app: Flask, make_user: Any, clock: Clock, count_queries: Any
) -> None:
    leave_open(app, make_user, clock, expiry.AT_ONCE + 3)
    with app.app_context(), count_queries(app) as counted:
        expiry.hand_in_aside()
    assert still_open(app) == 0
    assert counted.commits == 2


def test_the_chore_goes_on_behind_attempts_that_were_given_more_time(app: Flask, make_user: Any, clock: Clock) -> None:
    """Their column does not know yet, so they come first, and are not handed in."""
    leave_open(app, make_user, clock, expiry.AT_ONCE + 3)
    with app.app_context():
        first = db.session.query(Attempt).order_by(Attempt.deadline, Attempt.id).limit(expiry.AT_ONCE).all()
        for attempt in first:
            attempt.extended_to = clock.at.replace(hour=23)
        db.session.commit()
        expiry.hand_in_aside()
    assert still_open(app) == expiry.AT_ONCE


def test_the_chore_is_connected() -> None:
    assert "expired attempts" in {chore.name for chore in chores.connected()}


@ABOUT_SQLITE
def test_a_report_hands_in_a_few_and_then_only_reads(
    app: Flask, make_user: Any, admin: int, as_person: Any, clock: Clock
) -> None:
    people = expiry.IN_A_PAGE + 7
    leave_open(app, make_user, clock, people)
    client = as_person(admin)
    begun: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("BEGIN"):
            begun.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        for address in ("/instructor/", "/instructor/scores.csv"):
            begun.clear()
            with client.get(address) as answer:
                assert answer.status_code == 200
                assert answer.text
            assert begun[-1] == "BEGIN", f"{address} goes on with SQLite's write lock: {begun}"
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert still_open(app) == people - 2 * expiry.IN_A_PAGE


def test_a_report_is_there_while_nothing_can_be_written(
    app: Flask, make_user: Any, admin: int, as_person: Any, clock: Clock, locked: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("webapp.database.PAGE_WAITS", 0.1)
    leave_open(app, make_user, clock, 2)
    client = as_person(admin)
    with locked():
        assert client.get("/instructor/").status_code == 200
    assert still_open(app) == 2
