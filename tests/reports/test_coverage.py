from __future__ import annotations

from typing import Any

from webapp.content.course.course import Course
from webapp.reports.statistics.coverage import LEVELS, WEAK, coverage
from webapp.reports.statistics.items import Facility


def test_every_fact_stands_with_its_questions_by_level(course: Course) -> None:
    rows = {row.fact.id: row for row in coverage(course, {}).rows}
    assert rows.keys() == course.facts.keys()
    for question in course.questions:
        for fact in question.facts:
            held = question in rows[fact].cells[question.level].questions
            assert held is not question.retired
    assert {row.fact.id for row in coverage(course, {}).untested} == {fact.id for fact in course.untested}


def test_a_fact_is_weak_only_with_answers_enough(course: Course) -> None:
    question = next(q for q in course.questions if q.facts and not q.retired)
    fact = question.facts[0]

    def row(n: int, percent: float) -> Any:
        found = coverage(course, {question.id: Facility(n, percent)})
        return next(row for row in found.rows if row.fact.id == fact)

    assert row(30, WEAK - 1).is_weak
    assert not row(29, WEAK - 1).is_weak
    assert row(29, WEAK - 1).cells[question.level].percent is None
    assert not row(30, WEAK).is_weak


def test_the_page_filters(admin: int, as_person: Any, course: Course) -> None:
    client = as_person(admin)
    page = client.get("/instructor/coverage").text
    assert all(fact.claim.split("°")[0][:30] in page for fact in course.facts.values())
    assert client.get("/instructor/coverage?show=weak").status_code == 200
    assert client.get("/instructor/coverage?show=nonsense").text == page or len(LEVELS) == 5
