"""The gradebook, its exports cell by cell, and what it costs."""

from __future__ import annotations

import csv
import io
from typing import Any

import html5lib
import openpyxl
import pytest
from flask import Flask

from tests.conftest import Clock
from tests.reports.conftest import fill
from webapp.database import db
from webapp.quizzes.models import Attempt, Slot

HTML = "{http://www.w3.org/1999/xhtml}"


def cells(page: str) -> list[list[str]]:
    """The rows of the first table of a page, without what only screen readers hear."""
    table = next(html5lib.parse(page).iter(f"{HTML}table"))

    def text(node: Any) -> str:
        if "visually-hidden" in (node.get("class") or ""):
            return node.tail or ""
        inner = (node.text or "") + "".join(text(child) for child in node)
        return f" {inner} {node.tail or ''}"

    return [
        [" ".join(text(cell).split()) for cell in row if cell.tag in (f"{HTML}td", f"{HTML}th")]
        for row in table.iter(f"{HTML}tr")
    ]


@pytest.fixture
def people(make_user: Any, make_class: Any, take: Any, teacher: int) -> dict[str, int]:
    """Four learners: three who took quizzes, one who didn't."""
    ids = {name.lower(): make_user(name=name, username=name.lower()) for name in ("Ada", "Bo", "Cy", "Dot")}
    ids["class"] = make_class("Tea people", list(ids.values()), [teacher])
    take(ids["ada"], "tea", right=3)
    take(ids["ada"], "bread", right=1)
    take(ids["bo"], "tea", right=1)
    take(ids["bo"], "tea", right=2)
    take(ids["cy"], "bread", right=3)
    return ids


@pytest.mark.parametrize("query", ["", "?quiz=tea", "?passed=yes", "?q=bo", "?passed=none"])
def test_the_exports_say_what_the_page_says_cell_by_cell(
    people: dict[str, int], teacher: int, as_person: Any, query: str
) -> None:
    client = as_person(teacher)
    page = client.get(f"/instructor/gradebook{query}")
    shown = cells(page.text)[1:]
    wide = list(csv.reader(io.StringIO(client.get(f"/instructor/gradebook.csv{query}").text)))
    percents = {row[0]: row[4:] for row in wide[1:]}
    assert [row[0].split()[1] for row in shown] == [row[0] for row in wide[1:]]
    assert shown, "every filter here leaves somebody"
    for row in shown:
        login = row[0].split()[1]
        assert [cell.replace("–", "") for cell in row[2:]] == percents[login]
    tidy = csv.DictReader(io.StringIO(client.get(f"/instructor/scores.csv{query}{'&' if query else '?'}graded=1").text))
    heads = wide[0]
    for row in tidy:
        assert percents[row["learner"]][heads.index(row["quiz"]) - 4] == row["percent"]
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"/instructor/gradebook.xlsx{query}").data)).active
    typed = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [[cell or "" for cell in row[:4]] for row in typed] == [row[:4] for row in wide[1:]]
    for row, text in zip(typed, wide[1:], strict=True):
        assert [None if cell == "" else float(cell) for cell in text[4:]] == row[4:]


def test_the_gradebook_says_what_the_learner_reads_on_their_own_page(
    people: dict[str, int], teacher: int, as_person: Any
) -> None:
    row = next(row for row in cells(as_person(teacher).get("/instructor/gradebook?quiz=tea").text) if "Bo" in row[0])
    own_page = as_person(people["bo"]).get("/quizzes").text.replace("\xa0", " ")
    assert f"<span>{row[2]}%</span>" in own_page


def test_each_cell_leads_to_the_attempts_behind_it(
    app: Flask, people: dict[str, int], teacher: int, as_person: Any
) -> None:
    client = as_person(teacher)
    assert f'/instructor/learners/{people["bo"]}#tea"' in client.get("/instructor/gradebook").text
    page = client.get(f"/instructor/learners/{people['bo']}").text
    with app.app_context():
        attempts = [a.id for a in db.session.query(Attempt).filter_by(user_id=people["bo"])]
    for attempt_id in attempts:
        assert f"/attempts/{attempt_id}/result" in page
        assert client.get(f"/attempts/{attempt_id}/result").status_code == 200


def test_it_sorts_by_name_class_and_quiz_and_those_without_a_score_come_last(
    people: dict[str, int], teacher: int, as_person: Any
) -> None:
    client = as_person(teacher)

    def order(query: str) -> list[str]:
        return [row[0].split()[0] for row in cells(client.get(f"/instructor/gradebook?{query}").text)[1:]]

    assert order("") == ["Ada", "Bo", "Cy", "Dot"]
    assert order("dir=desc") == ["Dot", "Cy", "Bo", "Ada"]
    assert order("sort=tea") == ["Bo", "Ada", "Cy", "Dot"]
    assert order("sort=tea&dir=desc") == ["Ada", "Bo", "Cy", "Dot"]
    assert order("sort=cohort") == ["Ada", "Bo", "Cy", "Dot"]
    assert order("sort=nonsense") == ["Ada", "Bo", "Cy", "Dot"]


def test_filters_on_passing(people: dict[str, int], teacher: int, as_person: Any) -> None:
    client = as_person(teacher)

    def who(query: str) -> set[str]:
        return {row[0].split()[0] for row in cells(client.get(f"/instructor/gradebook?{query}").text)[1:]}

    assert who("passed=yes") == {"Bo", "Cy"}
    assert who("passed=no") == {"Ada"}
    assert who("passed=none") == {"Dot"}
    assert who("passed=yes&quiz=tea") == {"Ada", "Bo"}


def test_somebody_elses_learner_is_not_found(
    people: dict[str, int], make_user: Any, as_person: Any, admin: int
) -> None:
    stranger = as_person(make_user(role="instructor"))
    assert stranger.get(f"/instructor/learners/{people['ada']}").status_code == 404
    assert stranger.get("/instructor/learners/99999").status_code == 404
    assert cells(as_person(admin).get("/instructor/gradebook").text)[1][0].startswith("Ada")
    assert "<table" not in stranger.get("/instructor/gradebook").text
    assert as_person(admin).get(f"/instructor/learners/{people['ada']}").status_code == 200


def test_one_row_per_answer_with_what_was_answered(
    app: Flask, people: dict[str, int], teacher: int, as_person: Any
) -> None:
    rows = list(csv.DictReader(io.StringIO(as_person(teacher).get("/instructor/responses.csv?quiz=tea").text)))
    assert list(rows[0]) == [
        "learner", "quiz", "attempt", "position", "question", "revision", "response", "correct", "fraction", "points",
        "seconds", "answered_at", "counts", "pending",
    ]  # fmt: skip
    with app.app_context():
        wanted = db.session.query(Slot).join(Attempt).filter(Attempt.quiz_id == "tea")
        slots = wanted.order_by(Slot.attempt_id, Slot.position).all()
    assert len(rows) == len(slots)
    for row, slot in zip(rows, slots, strict=True):
        assert (row["question"], int(row["position"])) == (slot.question_id, slot.position)
        assert slot.digest.startswith(row["revision"])
        assert float(row["fraction"]) == slot.fraction
        assert (row["correct"] == "true") == (slot.fraction == 1)
        assert row["response"]
        assert row["answered_at"].startswith("2026-03-02T")
    ada = next(row for row in rows if row["learner"] == "ada")
    assert (ada["attempt"], ada["correct"], ada["points"]) == ("1", "true", "1")


def test_two_thousand_learners_cost_no_more_statements_than_one(
    app: Flask, teacher: int, make_class: Any, as_person: Any, clock: Clock, count_queries: Any
) -> None:
    cohort = make_class("Many", [], [teacher])
    client = as_person(teacher)

    def statements(path: str) -> int:
        with count_queries(app) as counted:
            assert client.get(path).status_code == 200
        return counted.count

    paths = [
        "/instructor/gradebook", "/instructor/gradebook?page=7", "/instructor/gradebook?sort=tea",
        "/instructor/gradebook/distribution", "/instructor/scores.csv", "/instructor/gradebook.csv",
    ]  # fmt: skip
    with app.app_context():
        fill(1, clock(), cohort_id=cohort)
    few = {path: statements(path) for path in paths}
    with app.app_context():
        fill(1_999, clock(), cohort_id=cohort)
    many = {path: statements(path) for path in paths}
    assert many == few
    assert max(many.values()) <= 8
    page = client.get("/instructor/gradebook?page=2").text
    assert "2,000 learners" in page or "2000 learners" in page
    assert "Page 2 of 40" in page


def test_the_distribution_counts_every_learner_once(people: dict[str, int], teacher: int, as_person: Any) -> None:
    page = as_person(teacher).get("/instructor/gradebook/distribution").text
    assert "2 learners, 2 passed" in page.replace("\n", " ")


@pytest.mark.parametrize(
    "path", ["", "/gradebook", "/gradebook/distribution", "/statistics", "/attention", "/coverage"]
)
def test_with_nobody_there_every_page_says_how_to_begin(make_user: Any, as_person: Any, path: str, admin: int) -> None:
    for who in (make_user(role="instructor"), admin):
        assert as_person(who).get(f"/instructor{path}").status_code == 200
    page = as_person(make_user(role="instructor")).get("/instructor").text
    assert "Make a class" in page
    assert "webapp demo add" in page
