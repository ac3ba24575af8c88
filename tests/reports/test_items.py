"""Statistics of quizzes and questions as read from the database, and their pages."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.reports.conftest import fill
from webapp.content.course.course import Course
from webapp.database import db
from webapp.quizzes.models import Attempt, Slot
from webapp.reports import scope
from webapp.reports.scores import quiz_columns
from webapp.reports.statistics import answers, attention, choices, items
from webapp.reports.statistics.figures import LEAST


def test_only_first_attempts_count_unless_asked_otherwise(app: Flask, make_user: Any, take: Any) -> None:
    ada = make_user(username="ada")
    take(ada, "tea", right=0)
    take(ada, "tea", right=3)
    with app.app_context():
        everybody = scope.everybody("tea-and-bread")
        assert answers.tally(everybody, "tea").quiz().mean == pytest.approx(0, abs=1)
        assert answers.tally(everybody, "tea", answers.LAST).quiz().mean == 100
        assert answers.tally(everybody, "tea", answers.ALL).n == 2


def test_after_a_reset_the_next_attempt_is_the_first(app: Flask, make_user: Any, take: Any) -> None:
    from webapp.quizzes import service

    ada = make_user(username="ada")
    first = take(ada, "tea", right=0)
    take(ada, "tea", right=3)
    with app.app_context():
        service.void(db.session.get_one(Attempt, first))
        db.session.commit()
        assert answers.tally(scope.everybody("tea-and-bread"), "tea").quiz().mean == 100


@pytest.mark.parametrize("attempts", [1, 333, 334, 1_000])
def test_no_answer_is_lost_on_the_way(app: Flask, clock: Clock, attempts: int) -> None:
    """Three answers each: below, at and above the size of a chunk."""
    with app.app_context():
        fill(attempts, clock(), slots=3)
        taken = answers.tally(scope.everybody("tea-and-bread"), "tea")
        assert taken.n == attempts
        assert [item.n for item in taken.marks().values()] == [attempts] * 3
        everything = answers.attempts(scope.everybody("tea-and-bread"), "tea")
        assert sum(choices.picks(everything, "tea-choice").values()) == attempts


def test_an_instructors_statistics_rest_on_their_own_classes(
    app: Flask, make_user: Any, make_class: Any, take: Any, teacher: int
) -> None:
    from webapp.accounts.models import User

    mine, theirs = make_user(), make_user()
    make_class("Mine", [mine], [teacher])
    make_class("Theirs", [theirs])
    take(mine, "tea", right=3)
    take(theirs, "tea", right=0)
    with app.app_context():
        own = scope.population(db.session.get_one(User, teacher), "tea-and-bread")
        assert answers.tally(own, "tea").n == 1
        assert items.facilities(own).keys() <= items.facilities(scope.everybody("tea-and-bread")).keys()


def test_answers_of_those_who_left_stay_in_an_admins_statistics(
    app: Flask, make_user: Any, take: Any, clock: Clock
) -> None:
    from webapp.accounts import service as accounts
    from webapp.accounts.models import User

    ada = make_user()
    take(ada, "tea", right=3)
    with app.app_context():
        accounts.delete_account(db.session.get_one(User, ada), now=clock())
        db.session.commit()
        assert answers.tally(scope.everybody("tea-and-bread"), "tea").n == 1


def test_nothing_is_claimed_of_fewer_than_thirty(app: Flask, admin: int, as_person: Any, clock: Clock) -> None:
    client = as_person(admin)
    with app.app_context():
        fill(LEAST - 1, clock(), slots=3)
    for path in ("/instructor/statistics/tea", "/instructor/questions/tea-choice"):
        page = client.get(path).text
        assert "Too few to say" in page
        assert "1 are missing" in page or "1 is missing" in page
        assert "Discrimination</span>" not in page
    with app.app_context():
        fill(1, clock(), slots=3)
    for path in ("/instructor/statistics/tea", "/instructor/questions/tea-choice"):
        page = client.get(path).text
        assert "Too few to say" not in page
    assert "Discrimination</span>" in page


def test_option_shares_by_third_add_up(app: Flask, course: Course, clock: Clock) -> None:
    with app.app_context():
        fill(90, clock(), slots=3)
        question = course.question("tea-choice")
        assert question is not None
        report = items.question_report(scope.everybody("tea-and-bread"), question, "tea")
        assert sum(share.n for share in report.shares) == 90
        assert sum(share.percent for share in report.shares) == pytest.approx(100)
        if report.shares[0].lower is not None:
            assert sum(share.lower or 0 for share in report.shares) == pytest.approx(100)
        assert report.figures is not None
        assert report.figures.facility == pytest.approx(100 / 3)


def poison(question_id: str) -> None:
    """Makes a third of the learners good in the rest and wrong here, and lets the weaker two thirds find the key."""
    for slot in db.session.query(Slot).filter_by(question_id=question_id):
        strength = slot.attempt_id % 3
        for number, other in enumerate(other for other in slot.attempt.slots if other is not slot):
            other.fraction = float(number < strength)
        slot.response = {"option": "a" if strength == 2 else "b"}
        slot.fraction = float(strength < 2)
    db.session.commit()


def test_a_wrong_key_is_found_and_named(app: Flask, course: Course, clock: Clock, admin: int, as_person: Any) -> None:
    question = course.question("tea-choice")
    assert question is not None
    key = next(number for number, option in enumerate(question.options) if option.key)  # type: ignore[attr-defined]
    assert key == 1, "the test poisons as if b were the key"
    with app.app_context():
        fill(120, clock(), slots=3)
        poison("tea-choice")
        found = attention.attention(scope.everybody("tea-and-bread"), course, quiz_columns(course), clock())
        assert found.keys[0].question.id == "tea-choice"
        assert found.keys[0].figures.discrimination is not None
        assert found.keys[0].figures.discrimination < 0
    client = as_person(admin)
    assert "more often than the key: check the key" in client.get("/instructor/questions/tea-choice").text
    page = client.get("/instructor/attention").text
    assert "Suspicious keys" in page
    assert "/instructor/questions/tea-choice" in page
    assert "/instructor/questions/tea-choice" in client.get("/instructor").text


def test_a_distractor_nobody_picks_is_named(app: Flask, course: Course, clock: Clock) -> None:
    with app.app_context():
        fill(40, clock(), slots=1)
        for slot in db.session.query(Slot):
            slot.response = {"option": "b"}
        db.session.commit()
        found = attention.idle_distractors(scope.everybody("tea-and-bread"), course)
        assert [each.question.id for each in found] == ["tea-choice"]
        assert found[0].n == 40
        assert len(found[0].labels) >= 1


def test_facts_few_get_right_lead_to_their_paragraph(app: Flask, course: Course) -> None:
    question = next(q for q in course.questions if q.facts)
    found = attention.hard_facts(course, {question.id: items.Facility(50, 12.0)})
    assert {each.fact.id for each in found} == set(question.facts)
    assert all(each.taught == course.where_taught(each.fact.id) for each in found)
    assert not attention.hard_facts(course, {question.id: items.Facility(LEAST - 1, 12.0)})
    assert not attention.hard_facts(course, {question.id: items.Facility(50, 80.0)})


def test_who_stopped_is_named_until_they_come_back_or_are_done(
    app: Flask, make_user: Any, take: Any, course: Course, clock: Clock
) -> None:
    ada = make_user(name="Ada", username="ada")
    take(ada, "tea", right=3)

    def stopped() -> list[str]:
        with app.app_context():
            return [
                each.learner.name
                for each in attention.stopped(scope.everybody("tea-and-bread"), quiz_columns(course), clock())
            ]

    assert stopped() == []
    clock.advance(days=15)
    assert stopped() == ["Ada"]
    take(ada, "bread", right=3)
    assert stopped() == []
    clock.advance(days=100)
    assert stopped() == [], "who left long ago is not nagged about"


def test_questions_no_rule_matches_are_named(app: Flask, course: Course) -> None:
    with app.app_context():
        found = attention.never_drawn(course)
    matched = {question.id for quiz in course.quizzes for question in course.pool(quiz)}
    assert {each.question.id for each in found if not each.matched} == {
        q.id for q in course.questions if not q.retired and q.id not in matched
    }


def test_a_page_costs_the_same_statements_for_many(
    app: Flask, admin: int, as_person: Any, clock: Clock, count_queries: Any
) -> None:
    client = as_person(admin)
    paths = ["/instructor/statistics", "/instructor/statistics/tea", "/instructor/questions/tea-choice"]

    def statements() -> list[int]:
        found = []
        for path in paths:
            with count_queries(app) as counted:
                assert client.get(path).status_code == 200
            found.append(counted.count)
        return found

    with app.app_context():
        fill(40, clock(), slots=3)
    few = statements()
    with app.app_context():
        fill(1_960, clock(), slots=3)
    assert statements() == few
    assert max(few) <= 12


def test_an_unknown_quiz_or_question_is_not_found(admin: int, as_person: Any) -> None:
    client = as_person(admin)
    assert client.get("/instructor/statistics/nothing").status_code == 404
    assert client.get("/instructor/questions/nothing").status_code == 404


def test_a_question_that_left_the_course_can_still_be_looked_at(
    app: Flask, admin: int, as_person: Any, clock: Clock, make_user: Any, take: Any
) -> None:
    ada = make_user()
    take(ada, "bread", right=3)
    with app.app_context():
        for table in ("slot", "question_revision"):
            db.session.execute(db.text(f"UPDATE {table} SET question_id = 'gone' WHERE question_id LIKE 'bread-%'"))
        db.session.commit()
    page = as_person(admin).get("/instructor/questions/gone")
    assert page.status_code == 200
    assert "have this question any more" in page.text
