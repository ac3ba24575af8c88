from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from webapp.accounts.models import User
from webapp.web.paging import PageOf, page_asked, page_of, page_of_list, page_of_rows


@pytest.mark.parametrize(
    ("number", "shown"),
    [(1, [0, 1, 2]), (2, [3, 4, 5]), (3, [6]), (4, [6]), (0, [0, 1, 2]), (-1, [0, 1, 2]), (10**30, [6])],
)
def test_a_list_is_cut_into_pages_and_beyond_its_ends_the_nearest_is_shown(number: int, shown: list[int]) -> None:
    page = page_of_list(range(7), number, 3)
    assert list(page) == shown
    assert (page.pages, page.total) == (3, 7)
    assert 1 <= page.number <= 3


def test_of_nothing_there_is_one_empty_page() -> None:
    page = page_of_list([], 5, 3)
    assert (list(page), page.number, page.pages, page.total) == ([], 1, 1, 0)
    assert not page


def test_a_query_gives_the_same_pages_in_two_statements(
    app: Flask, db_session: Any, make_user: Callable[..., int], count_queries: Any
) -> None:
    ids = [make_user() for _ in range(5)]
    with count_queries(app) as counted:
        page = page_of(select(User.id).order_by(User.id), 2, 2)
    assert counted.count == 2
    assert page == PageOf(ids[2:4], 2, 3, 5)
    rows = page_of_rows(select(User.id, User.role).order_by(User.id), 9, 2)
    assert [tuple(row) for row in rows] == [(ids[4], "learner")]
    assert (rows.number, rows.pages, rows.total) == (3, 3, 5)


def test_the_same_page_of_something_else_keeps_its_place() -> None:
    assert page_of_list("abc", 2, 2).of([7]) == PageOf([7], 2, 2, 3)


@pytest.mark.parametrize(("query", "number"), [("", 1), ("?page=3", 3), ("?page=x", 1), ("?page=" + "9" * 5000, 1)])
def test_the_address_says_which_page(app: Flask, query: str, number: int) -> None:
    with app.test_request_context(f"/{query}"):
        assert page_asked() == number
