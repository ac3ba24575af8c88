"""Figures that are counted beside the pages are those that a page would count, to the digit, and none is shown as
current when it is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.conftest import Clock
from tests.quizzes.conftest import Desk, right_answer, wrong_answer
from tests.reports.conftest import fill
from webapp.accounts import service as accounts
from webapp.accounts.models import User
from webapp.classes import attempts, joining
from webapp.content.course.course import Course
from webapp.database import db, only_reading, read_aside
from webapp.quizzes.grade_changes import overrides
from webapp.quizzes.models import Assignment, Attempt
from webapp.quizzes.regrade.run import advance, begin
from webapp.quizzes.vocabulary import RegradePolicy
from webapp.reports import counts, gradebook, kept, scope
from webapp.reports.models import WATCHED, KeptReport, ReportChange
from webapp.reports.retention import KEPT
from webapp.reports.scores import quiz_columns
from webapp.reports.statistics import attention, items
from webapp.reports.statistics.attention import Findings
from webapp.web import retention

#: every report, with arguments that make it look at what there is
ASKED: list[tuple[kept.Report[Any], dict[str, Any]]] = [
    (counts.ATTENTION, {}),
    (counts.QUIZ, {"quiz": "tea", "which": "first"}),
    (counts.QUIZ, {"quiz": "every-type", "which": "all"}),
    (counts.QUESTION, {"question": "tea-choice", "quiz": "", "which": "last"}),
    (counts.ATTEMPTS, {"which": "first"}),
    (counts.FACILITIES, {}),
    (counts.SPREADS, {"quiz": None, "passed": ""}),
    (counts.ORDER, {"quiz": None, "sort": "tea", "backwards": True, "passed": ""}),
    (counts.ORDER, {"quiz": None, "sort": "cohort", "backwards": False, "passed": "no"}),
]  # fmt: skip


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few there are, they are many."""
    monkeypatch.setattr(kept, "SMALL", -1)


def plain(of: kept.Report[Any], course: Course, people: scope.Population, arguments: dict[str, Any]) -> Any:
    """What a page counts that counts by itself."""
    return of.count(course, people, lambda _done, _total: None, **arguments)


@contextmanager
def as_a_page() -> Iterator[None]:
    """Lets what is inside read as a page does, which keeps nobody from writing."""
    db.session.rollback()
    with only_reading():
        yield
        db.session.rollback()


def counted_aside() -> int:
    """What the chore counts: how many reports."""
    db.session.rollback()
    return kept.count_wanted()


def looked_at(course: Course, people: scope.Population) -> list[kept.Figures[Any] | None]:
    """What pages show of each report; None: it is not counted yet."""
    shown: list[kept.Figures[Any] | None] = []
    with as_a_page():
        for of, arguments in ASKED:
            try:
                shown.append(kept.figures(of, course, people, **arguments))
            except kept.NotCounted:
                shown.append(None)
    return shown


class School:
    """A class and others, who took quizzes with right, wrong and blank answers, and what else happens to them."""

    def __init__(self, app: Flask, course: Course, clock: Clock, class_id: int, teacher: int) -> None:
        self.app, self.course, self.clock, self.class_id, self.teacher = app, course, clock, class_id, teacher

    def person(self, user_id: int) -> User:
        return db.session.get_one(User, user_id)

    def attempt(self, at: int = 0) -> Attempt:
        found = select(Attempt).where(Attempt.quiz_id == "every-type", Attempt.score.is_not(None)).order_by(Attempt.id)
        return db.session.scalars(found).all()[at]

    def hands_in(self, user_id: int, quiz_id: str = "every-type", seed: int = 1) -> None:
        desk = Desk(user_id, self.course, self.clock)
        attempt = desk.start(quiz_id, seed=seed)
        for slot in list(attempt.slots):
            response = [right_answer, wrong_answer, lambda _slot: None][(slot.position + user_id) % 3](slot)
            desk.answer(attempt, slot.position, response, seconds=5 + slot.position)
        self.clock.advance(minutes=7)
        desk.submit(attempt)

    def acts(self, ids: list[int]) -> dict[str, Callable[[], object]]:
        """What happens, by name; after each there may be other figures."""
        now, by = self.clock, lambda: self.person(self.teacher)
        return {
            "another is handed in": lambda: self.hands_in(ids[3], seed=9),
            "an answer is overruled": self.overrule,
            "a question is regraded": self.regrade,
            "an attempt is reset": lambda: attempts.reset(self.attempt(1), reason="Ill.", by=by(), now=now()),
            "somebody is erased": lambda: accounts.delete_account(self.person(ids[0]), now=now()),
            "somebody is erased with all": lambda: accounts.delete_account(
                self.person(ids[1]), now=now(), with_results=True
            ),
            "the class is set a quiz": self.set_quiz,
            "somebody leaves the class": lambda: joining.leave(self.class_id, self.person(ids[2]), now()),
            "it is set no more": lambda: setattr(db.session.get_one(Assignment, 1), "withdrawn_at", now()),
            "somebody is called otherwise": lambda: setattr(self.person(ids[3]), "name", "Aaa"),
        }

    def set_quiz(self) -> None:
        db.session.add(Assignment(id=1, cohort_id=self.class_id, quiz_id="tea", created_at=self.clock()))
        db.session.flush()

    def overrule(self) -> None:
        slot = next(slot for slot in self.attempt().slots if slot.fraction == 0)
        overrides.override(
            slot, Decimal(repr(slot.points)), reason="So be it.", by=self.person(self.teacher), now=self.clock()
        )

    def regrade(self) -> None:
        regrade = begin(
            self.attempt().slots[0].question_id, self.course, policy=RegradePolicy.FULL_MARKS, reason="Unclear.",
            actor=self.person(self.teacher), now=self.clock(),
        )  # fmt: skip
        while regrade.is_running:
            regrade = advance(regrade.id, self.clock())


@pytest.fixture
def school(
    app: Flask, course: Course, clock: Clock, make_user: Any, make_class: Any
) -> Iterator[tuple[School, list[int]]]:
    teacher = make_user(role="admin", name="Tess")
    ids = [make_user(name=f"Learner {letter}") for letter in "cabdfe"]
    class_id = make_class("One", ids[:4], [teacher])
    made = School(app, course, clock, class_id, teacher)
    with app.app_context():
        for user_id in ids[:5]:
            made.hands_in(user_id, seed=user_id)
        made.hands_in(ids[0], "tea", seed=4)
        # Enough for statistics to say something.
        fill(70, clock(), cohort_id=class_id, slots=3)
        yield made, ids


def test_whatever_happens_no_figure_is_called_current_that_is_not(
    large: None, school: tuple[School, list[int]], course: Course
) -> None:
    at, ids = school
    everybody = [scope.everybody("tea-and-bread"), scope.everybody("tea-and-bread", cohort_id=at.class_id)]
    for people in everybody:
        assert looked_at(course, people) == [None] * len(ASKED)
    assert counted_aside() == len(ASKED) * len(everybody)
    moved: set[str] = set()
    for name, act in at.acts(ids).items():
        act()
        db.session.commit()
        # By what the classes are now, as the next request sees them.
        everybody = [scope.everybody("tea-and-bread"), scope.everybody("tea-and-bread", cohort_id=at.class_id)]
        for people in everybody:
            for (of, arguments), shown in zip(ASKED, looked_at(course, people), strict=True):
                assert shown is not None
                if shown.value != plain(of, course, people, arguments):
                    moved.add(name)
                    assert not shown.is_current, (name, of.name)
        at.clock.advance(hours=2)
        for people in everybody:
            looked_at(course, people)
        counted_aside()
        for people in everybody:
            for (of, arguments), shown in zip(ASKED, looked_at(course, people), strict=True):
                assert shown is not None
                assert shown.is_current
                assert shown.value == plain(of, course, people, arguments), (name, of.name)
    assert len(moved) >= 8, "acts that change no figure hold nothing"


def test_findings_are_the_same_when_they_were_kept(
    large: None, school: tuple[School, list[int]], course: Course, clock: Clock
) -> None:
    clock.advance(hours=24 * 20)
    people, columns = scope.everybody("tea-and-bread"), quiz_columns(course)
    found = attention.attention(people, course, columns, clock())
    assert all((found.stopped, found.facts))
    looked_at(course, people)
    counted_aside()
    shown = looked_at(course, people)[0]
    assert shown is not None
    assert shown.value == Findings.of(found)
    assert shown.value.shown(people, course, columns) == found
    # What somebody has not done for so long changes with the time.
    for minutes, is_current in ((59, True), (1, False)):
        clock.advance(minutes=minutes)
        shown = looked_at(course, people)[0]
        assert shown is not None
        assert shown.is_current is is_current


def test_a_kept_order_gives_the_pages_that_looking_at_everybody_gives(
    large: None, school: tuple[School, list[int]], course: Course
) -> None:
    people, columns = scope.everybody("tea-and-bread"), quiz_columns(course, graded_only=True)
    for sort, backwards, passed in [
        ("tea", True, ""),
        ("tea", False, "no"),
        ("cohort", True, ""),
        ("name", True, "yes"),
    ]:
        order = gradebook.order(people, columns, sort=sort, backwards=backwards, passed=passed)
        for number in (1, 2):
            by_order = gradebook.page_in(people, columns, order, number=number, size=30)
            assert by_order == gradebook.page(
                people, columns, sort=sort, backwards=backwards, passed=passed, number=number, size=30
            )
        searched = scope.replace(people, search="learner a")
        assert list(gradebook.page_in(searched, columns, order)) == list(
            gradebook.page(searched, columns, sort=sort, backwards=backwards, passed=passed)
        )


VALUES = {
    "state": "'void'", "kind": "'final'", "score": "0.5", "max_score": "7", "number": "99", "awaiting": "1",
    "submitted_at": "NULL", "set_aside": "'apart'", "keep": "'last'", "pass_mark": "99", "assignment_id": "NULL",
    "user_id": '(SELECT max(id) FROM "user")', "quiz_id": "'other'", "fraction": "0.125", "points": "9",
    "graded_at": "NULL", "overruled": "1", "name": "'X'", "username": "'x'", "email": "'x@example.org'",
    "role": "'guest'", "origin": "'demo'", "deleted_at": "created_at", "course_id": "'other'", "demo": "1",
    "archived_at": "created_at", "left_at": "joined_at", "cohort_id": "(SELECT max(id) FROM cohort)",
    "withdrawn_at": "created_at",
}  # fmt: skip


def test_every_column_that_figures_rest_on_is_watched(
    app: Flask, school: tuple[School, list[int]], course: Course, make_class: Any
) -> None:
    at, _ids = school
    at.set_quiz()
    db.session.execute(text("UPDATE attempt SET assignment_id = (SELECT max(id) FROM assignment) WHERE id = 1"))
    db.session.commit()
    make_class("Two", [])
    db.session.rollback()
    for table, (_course, columns) in WATCHED.items():
        for column in columns:
            before = kept.mark(course)
            whose = "cohort_id = 1 AND user_id = (SELECT max(id) FROM \"user\")" if table == "cohort_member" else (
                "id = (SELECT max(id) FROM \"user\")" if table == "user" else "id = 1"
            )  # fmt: skip
            db.session.execute(text(f'UPDATE "{table}" SET {column} = {VALUES[column]} WHERE {whose}'))
            assert kept.mark(course) != before, (table, column)
            db.session.rollback()
    for table, whose, matters in (
        ("step", "slot_id IN (SELECT id FROM slot WHERE attempt_id = 1)", False),
        ("slot", "attempt_id = 1", True),
        ("attempt", "id = 1", True),
    ):
        before = kept.mark(course)
        db.session.execute(text(f"DELETE FROM {table} WHERE {whose}"))
        assert (kept.mark(course) != before) is matters, table


def test_an_answer_to_a_paper_under_way_changes_no_figure(school: tuple[School, list[int]], course: Course) -> None:
    at, ids = school
    desk = Desk(ids[5], course, at.clock)
    attempt = desk.start("every-type", seed=3)
    before = kept.mark(course)
    desk.answer_all(attempt)
    assert kept.mark(course) == before
    desk.submit(attempt)
    assert kept.mark(course) != before


def test_a_page_says_from_when_its_figures_are(
    large: None, school: tuple[School, list[int]], app: Flask, as_person: Any, course: Course
) -> None:
    at, ids = school
    client = as_person(at.teacher)
    pages = (
        "/instructor/attention", "/instructor/gradebook?sort=tea", "/instructor/gradebook?passed=no",
        "/instructor/gradebook/distribution", "/instructor/statistics", "/instructor/statistics/tea",
        "/instructor/questions/tea-choice", "/instructor/coverage",
    )  # fmt: skip
    for path in (*pages, "/instructor"):
        page = client.get(path)
        assert page.status_code == 200
        assert "Being counted" in page.text, path
        assert (page.headers.get("Refresh") == "5") == (path != "/instructor")
    counted_aside()
    for path in (*pages, "/instructor"):
        page = client.get(path).text
        assert "As of" in page, path
        assert "Being counted" not in page, path
        assert "counted anew" not in page, path
    at.hands_in(ids[5])
    for path in (*pages, "/instructor"):
        assert "counted anew" in client.get(path).text, path
    # By name there is nothing to count.
    assert "As of" not in client.get("/instructor/gradebook").text


def test_what_was_just_counted_rests_before_it_is_counted_again(
    large: None, school: tuple[School, list[int]], course: Course
) -> None:
    at, ids = school
    people = scope.everybody("tea-and-bread")
    looked_at(course, people)
    assert counted_aside() == len(ASKED)
    db.session.execute(text("UPDATE kept_report SET seconds = 100"))
    db.session.commit()
    at.hands_in(ids[5])  # which takes 7 minutes
    looked_at(course, people)
    at.clock.advance(minutes=7)
    assert counted_aside() == 0
    at.clock.advance(minutes=1)
    assert counted_aside() == len(ASKED)


def test_how_far_a_counting_is_can_be_seen(
    large: None, school: tuple[School, list[int]], course: Course, as_person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, _ids = school
    client = as_person(at.teacher)
    client.get("/instructor/attention")
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(kept, "TOLD_EVERY", 0.0)
    report = items.quiz_report

    def look(*arguments: Any) -> Any:
        with read_aside() as connection:
            seen.append(connection.execute(select(KeptReport.done, KeptReport.total)).tuples().one())
        return report(*arguments)

    monkeypatch.setattr(items, "quiz_report", look)
    counted_aside()
    quizzes = len(quiz_columns(course))
    assert seen == [(done, quizzes + 1) for done in range(quizzes)]
    db.session.execute(text("UPDATE kept_report SET value = NULL, done = 2, total = 6"))
    db.session.commit()
    assert "2 of 6 parts are done" in client.get("/instructor/attention").text
    assert "2 of 6 parts are done" in client.get("/instructor").text


def test_a_report_of_a_class_that_is_gone_or_that_fails_goes(
    large: None, school: tuple[School, list[int]], course: Course, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    at, _ids = school
    looked_at(course, scope.everybody("tea-and-bread", cohort_id=at.class_id))
    db.session.execute(text("UPDATE kept_report SET about = replace(about, '\"chosen\": 1', '\"chosen\": 99')"))
    db.session.commit()
    counted_aside()
    assert db.session.scalar(select(db.func.count()).select_from(KeptReport)) == 0
    looked_at(course, scope.everybody("tea-and-bread"))
    monkeypatch.setattr(gradebook, "order", lambda *_arguments, **_named: 1 / 0)
    counted_aside()
    assert "could not be counted" in caplog.text
    assert db.session.scalar(select(db.func.count()).select_from(KeptReport)) == len(ASKED) - 2


def test_the_chore_counts_in_a_thread_and_forgets_old_changes(
    large: None, school: tuple[School, list[int]], course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = scope.everybody("tea-and-bread")
    looked_at(course, people)
    monkeypatch.setattr(kept, "CHANGES_AT_MOST", 3)
    kept.count_aside()
    with kept._counting:
        pass
    for _turn in range(200):
        if all(looked_at(course, people)):
            break
        time.sleep(0.05)
    assert all(shown is not None and shown.is_current for shown in looked_at(course, people))
    db.session.rollback()
    left = db.session.execute(select(ReportChange.course_id, db.func.count()).group_by(ReportChange.course_id)).all()
    assert {count for _course, count in left} == {1}


def test_figures_that_nobody_looks_at_go(
    large: None, school: tuple[School, list[int]], course: Course, clock: Clock
) -> None:
    looked_at(course, scope.everybody("tea-and-bread"))
    clock.advance(hours=24 * KEPT.days - 1)
    looked_at(course, scope.everybody("tea-and-bread"))
    clock.advance(hours=2)
    rule = next(rule for rule in retention.rules() if rule.name == "figures of reports")
    assert rule.count(clock()) == 0
    clock.advance(hours=24 * KEPT.days)
    assert sum(rule.remove(clock())) == len(ASKED)


def test_a_small_school_is_counted_while_the_page_is_made(school: tuple[School, list[int]], course: Course) -> None:
    shown = looked_at(course, scope.everybody("tea-and-bread"))
    assert all(each is not None and each.at is None and each.is_current for each in shown)
    assert db.session.scalar(select(KeptReport.id)) is None
