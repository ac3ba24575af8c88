from __future__ import annotations

import re
from typing import Any

from flask import Flask

from tests.classes.conftest import Browser
from tests.conftest import Clock
from tests.quizzes.conftest import right_answer
from webapp.accounts.models import Cohort
from webapp.classes import live
from webapp.database import db
from webapp.quizzes.models import Attempt


def seen(app: Flask, cohort_id: int, quiz_id: str, clock: Clock) -> dict[int, live.Sitting]:
    with app.app_context():
        view = live.view(db.session.get_one(Cohort, cohort_id), quiz_id, clock())
        return {sitting.user_id: sitting for sitting in view.sittings}


def test_who_has_started_where_they_are_and_who_is_stuck(
    app: Flask, make_user: Any, at_work: Any, a_class: int, enrol: Any, clock: Clock
) -> None:
    idle, busy, done, absent, stranger = (make_user(name=name) for name in ("Ida", "Ben", "Dee", "Abe", "Sam"))
    enrol(a_class, idle, busy, done, absent)
    for user_id in (idle, busy, done, stranger):
        with at_work(user_id) as desk:
            attempt = desk.start("final", seed=1)
            desk.answer(attempt, 1, right_answer(attempt.slots[0]))
    with at_work(done) as desk:
        desk.submit(db.session.query(Attempt).filter_by(user_id=done).one())
    clock.advance(minutes=4)
    with at_work(busy) as desk:
        attempt = db.session.query(Attempt).filter_by(user_id=busy).one()
        desk.answer(attempt, 2, right_answer(attempt.slots[1]))
        attempt.position = 3
        third = attempt.slots[2].question_id
        db.session.commit()
    clock.advance(minutes=1, seconds=30)
    now = seen(app, a_class, "final", clock)
    assert set(now) == {idle, busy, done, absent}
    assert [s.state for s in now.values()] == ["stuck", "at-work", "not-started", "handed-in"], (
        "who needs help is first"
    )
    assert (now[idle].answered, now[idle].questions, now[idle].idle, now[idle].left) == (1, 6, 5, 14)
    assert (now[busy].position, now[busy].question_id, now[busy].answered) == (3, third, 2)
    assert (now[done].answered, now[done].percent is not None) == (1, True)


def test_who_has_answered_everything_is_not_stuck(
    app: Flask, ada: Browser, at_work: Any, a_class: int, enrol: Any, clock: Clock
) -> None:
    enrol(a_class, ada.user_id)
    with at_work(ada.user_id) as desk:
        desk.answer_all(desk.start("final", seed=1))
    clock.advance(minutes=15)
    assert seen(app, a_class, "final", clock)[ada.user_id].state == "at-work"


def test_the_latest_attempt_counts_and_a_reset_one_does_not(
    app: Flask, ada: Browser, at_work: Any, a_class: int, enrol: Any, clock: Clock
) -> None:
    from webapp.quizzes import service

    enrol(a_class, ada.user_id)
    with at_work(ada.user_id) as desk:
        desk.take("bread")
        second = desk.start("bread")
        assert seen(app, a_class, "bread", clock)[ada.user_id].number == 2
        service.void(second)
        db.session.commit()
    assert seen(app, a_class, "bread", clock)[ada.user_id].state == "handed-in"


def test_a_look_that_finds_nothing_new_costs_no_page(
    app: Flask, irene: Browser, ada: Browser, at_work: Any, a_class: int, enrol: Any
) -> None:
    enrol(a_class, ada.user_id)
    path = f"/instructor/cohorts/{a_class}/live/bread/rows"
    first = irene.get(path)
    assert first.status_code == 200
    assert "Not started" in first.text
    tag = first.headers["ETag"]
    again = irene.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    compressed = tag[:-1] + ':br"'
    assert irene.get(path, headers={"If-None-Match": compressed}).status_code == 304
    with at_work(ada.user_id) as desk:
        desk.start("bread")
    changed = irene.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert "At work" in changed.text


def test_the_page_itself_shows_the_same_without_scripts(irene: Browser, ada: Browser, a_class: int, enrol: Any) -> None:
    enrol(a_class, ada.user_id)
    page = irene.get(f"/instructor/cohorts/{a_class}/live/bread").text
    rows = irene.get(f"/instructor/cohorts/{a_class}/live/bread/rows").text
    assert rows.strip() in page
    assert re.search(r'data-etag="[0-9a-f]{32}"', page)


def test_time_that_is_up_is_handed_in_by_looking(
    app: Flask, irene: Browser, ada: Browser, at_work: Any, a_class: int, enrol: Any, clock: Clock, sign_in: Any
) -> None:
    enrol(a_class, ada.user_id)
    with at_work(ada.user_id) as desk:
        desk.start("final", seed=1)
    clock.advance(minutes=30)
    sign_in(irene.client, irene.user_id)
    assert "Handed in" in irene.get(f"/instructor/cohorts/{a_class}/live/final/rows").text


def test_looking_takes_two_queries_however_large_the_class(
    app: Flask, irene: Browser, make_user: Any, at_work: Any, a_class: int, enrol: Any, count_queries: Any
) -> None:
    people = [make_user(name=f"L{n}") for n in range(6)]
    enrol(a_class, *people)
    path = f"/instructor/cohorts/{a_class}/live/bread/rows"
    counts = []
    for user_id in people:
        with at_work(user_id) as desk:
            desk.start("bread")
        with count_queries(app) as counted:
            irene.get(path)
        counts.append(counted.count)
    # Who it is, whether they teach the class (two), whether time is up, and the view itself.
    assert set(counts) == {5}


def test_nothing_of_it_is_shown_to_learners(ada: Browser, a_class: int, enrol: Any) -> None:
    enrol(a_class, ada.user_id)
    assert ada.get(f"/instructor/cohorts/{a_class}/live/bread").status_code == 403
    assert ada.get(f"/instructor/cohorts/{a_class}/live/bread/rows").status_code == 403


def test_a_large_class_is_shown_a_page_at_a_time_searched_and_ordered(
    app: Flask, irene: Browser, a_class: int, enrol: Any, clock: Clock, at_work: Any, make_user: Any
) -> None:
    from webapp.accounts.models import CohortMember, User

    with app.app_context():
        people = [User(name=f"Learner {n:04}", role="learner", created_at=clock(), stamp="s") for n in range(130)]
        db.session.add_all(people)
        db.session.flush()
        db.session.add_all(CohortMember(cohort_id=a_class, user_id=each.id, joined_at=clock()) for each in people)
        db.session.commit()
    zoe = make_user(name="Zoë Last")
    enrol(a_class, zoe)
    with at_work(zoe) as desk:
        desk.take("bread")
    path = f"/instructor/cohorts/{a_class}/live/bread/rows"

    def rows(**query: str) -> list[str]:
        return re.findall(r'<th scope="row">.*?<bdi>(.*?)</bdi>', irene.get(path, query_string=query).text)

    first = irene.get(path)
    assert first.text.count('<th scope="row">') == live.ROWS
    assert re.search(r"\b130\b", first.text), "the counts are those of the whole class"
    assert len(rows(page="3")) == 11
    assert rows(q="zoë") == ["Zoë Last"]
    assert rows(state="handed-in") == ["Zoë Last"]
    assert rows(order="name")[0] == "Learner 0000"
    assert rows(order="answered")[0] == "Zoë Last"
    assert rows(q="nobody") == []
    assert len(first.data) < 40_000
    tag = irene.get(path, query_string={"page": "2"}).headers["ETag"]
    assert irene.get(path, query_string={"page": "2"}, headers={"If-None-Match": tag}).status_code == 304
    assert irene.get(path, headers={"If-None-Match": tag}).status_code == 200, "another page is another answer"
