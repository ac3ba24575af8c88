"""The progress page with nothing, something and everything on it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.quizzes.conftest import Desk
from tests.ui.html import problems


@pytest.fixture
def visitor(client: FlaskClient, desk: Desk, sign_in: Any) -> FlaskClient:
    return sign_in(client, desk.user_id)


def test_nothing_yet_is_said_kindly(visitor: FlaskClient) -> None:
    page = visitor.get("/progress")
    assert page.status_code == 200
    assert "Nothing here yet" in page.text
    assert problems(page.text) == []


def test_mistakes_show_what_is_shaky_and_the_way_to_mend_it(visitor: FlaskClient, desk: Desk) -> None:
    attempt = desk.take("bread", lambda slot: False)
    page = visitor.get("/progress").text
    assert problems(page) == []
    assert "shaky fact" in page
    assert "/lessons/bread#fact-" in page
    assert f"/attempts/{attempt.id}/practice" in page
    assert f"/attempts/{attempt.id}/result" in page
    assert "Reading alone moves nothing" in page
    assert "streak" not in page.lower()


def test_the_page_shows_the_score_to_the_digit(visitor: FlaskClient, desk: Desk) -> None:
    attempt = desk.take("bread", lambda slot: slot.position == 1)
    assert attempt.percent not in (None, 0, 100)
    assert f"{attempt.percent:g}%" in visitor.get("/progress").text


def test_everything_mastered_is_said_without_more_to_do(visitor: FlaskClient, desk: Desk, clock: Clock) -> None:
    for _day in (1, 2, 3):
        for quiz_id in ("every-type", "bread", "tea"):
            desk.take(quiz_id)
        clock.advance(days=1)
    desk.take("final")
    page = visitor.get("/progress").text
    assert problems(page) == []
    assert page.count("Confirmed") >= 2
    assert "shaky" not in page


def test_the_page_takes_no_more_statements_with_more_on_it(
    visitor: FlaskClient, desk: Desk, app: Flask, count_queries: Any
) -> None:
    counts = []
    for _turn in (1, 2):
        desk.take("bread", lambda slot: False)
        desk.take("every-type", lambda slot: False)
        with count_queries(app) as counted:
            assert visitor.get("/progress").status_code == 200
        counts.append(counted.count)
        assert counted.commits == 0
    assert counts[0] == counts[1] <= 8
