"""The bank as a list: what is found, how healthy it is, and how few statements that costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.editor.conftest import Screen
from webapp.editor.bank import listing
from webapp.editor.bank.figures import BankFigures
from webapp.editor.bank.listing import BankFilter


def found(app: Flask, measured: dict[str, BankFigures] | None = None, **asked: str) -> list[str]:
    course = app.extensions["courses"].only.current()
    return [row.question.id for row in listing.bank_page(course, BankFilter(**asked), measured or {}).rows]


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({"text": "fresh LEAF"}, ["tea-choice"]),
        ({"text": "peppermint"}, ["tea-multiple"]),
        ({"text": "bread-cloze"}, ["bread-cloze"]),
        ({"type": "ordering"}, ["bread-ordering"]),
        ({"tag": "leaf", "level": "understand"}, ["tea-choice", "tea-multiple"]),
        ({"fact": "brewing-heat", "type": "true_false"}, ["tea-true-false"]),
        ({"pillar": "nowhere"}, []),
    ],
)
def test_questions_are_found_by_words_and_filters(app: Flask, asked: dict[str, str], ids: list[str]) -> None:
    assert found(app, **asked) == ids


def test_health_is_the_first_thing_that_is_wrong(app: Flask, bank: Path) -> None:
    course = app.extensions["courses"].only.current()
    measured = {
        "tea-choice": BankFigures(50, 60.0, 35.0),
        "tea-multiple": BankFigures(50, 60.0, 5.0),
        "tea-numeric": BankFigures(10, None, None),
    }
    rows = {row.question.id: row for row in listing.bank_page(course, BankFilter(), measured).rows}
    sound = {name: row.health for name, row in rows.items() if not row.flaws}
    assert sound.get("tea-choice", "fine") == "fine"
    assert sound.get("tea-multiple", "weak") == "weak"
    assert sound.get("tea-numeric", "fine") == "fine"
    assert sound.get("bread-cloze", "untested") == "untested"
    assert all(row.health == "flaw" for row in rows.values() if row.flaws)


def test_facility_and_discrimination_filter_and_sort(app: Flask) -> None:
    measured = {
        "tea-choice": BankFigures(50, 20.0, 35.0),
        "tea-multiple": BankFigures(50, 60.0, -5.0),
        "tea-numeric": BankFigures(50, 90.0, 25.0),
    }
    assert found(app, measured, facility="hard") == ["tea-choice"]
    assert found(app, measured, facility="easy") == ["tea-numeric"]
    assert found(app, measured, discrimination="negative") == ["tea-multiple"]
    assert found(app, measured, sort="discrimination")[:3] == ["tea-multiple", "tea-numeric", "tea-choice"]


def test_a_flaw_is_shown_at_its_question_and_can_be_asked_for(app: Flask, bank: Path, screen: Screen) -> None:
    path = bank / "1-tea" / "questions.yaml"
    path.write_text(
        path.read_text().replace("    explanation: Rolled leaves", "    accept: {}\n    explanation: Rolled")
    )
    text = path.read_text()
    line = next(line for line in text.split("\n") if "explanation: Rolled" in line)
    path.write_text(text.replace(line + "\n", ""))
    screen.open("/instructor/bank?flaw=explanation-missing")
    assert "tea-choice" in screen.text
    assert "tea-numeric" not in screen.text


def test_the_list_costs_the_same_few_statements_whatever_its_length(
    screen: Screen, app: Flask, count_queries: Callable[..., Any]
) -> None:
    screen.open("/instructor/bank")
    with count_queries(app) as counted:
        screen.open("/instructor/bank")
    assert counted.count <= 8, "\n".join(counted.statements)
    assert counted.commits == 0


def test_pages_that_do_not_exist_are_the_nearest_that_do(screen: Screen) -> None:
    for page in ("0", "99999", "x", "-1"):
        assert screen.open(f"/instructor/bank?page={page}").status == 200


def test_lessons_quizzes_and_files_are_listed(screen: Screen) -> None:
    assert "Making tea" in screen.open("/instructor/bank/lessons").text
    assert "One question of every type" in screen.open("/instructor/bank/quizzes").text
    assert "course.yaml" in screen.open("/instructor/bank/files").text


@pytest.mark.parametrize("name", ["questions", "course", "ledger", "lesson", "quiz", "choice", "cloze"])
def test_a_schema_is_served_for_every_kind_of_text(screen: Screen, name: str) -> None:
    schema = screen.client.get(f"/instructor/bank/schema/{name}").json
    assert "properties" in schema
    assert "pillar" not in schema["properties"] or name in ("quiz", "lesson")


def test_an_unknown_schema_is_not_found(screen: Screen) -> None:
    assert screen.client.get("/instructor/bank/schema/secret").status_code == 404
