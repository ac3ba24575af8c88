"""The id of a session lies in a cookie, and pages fetch things by themselves: what comes late undoes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import session_of

OPENED = {"Sec-Fetch-Mode": "navigate"}
#: what scripts and the worker fetch beside a page
BESIDE = ("/offline", "/session", "/sw.js", "/manifest.webmanifest", "/", "/lessons/tea")


def cookies(client: FlaskClient, path: str, headers: dict[str, str] | None = None) -> list[str]:
    """The cookies that come with an answer to GET."""
    with client.get(path, headers=headers) as answer:
        return answer.headers.getlist("Set-Cookie")


@pytest.mark.parametrize("path", BESIDE)
def test_what_a_visitors_page_fetches_brings_no_session(client: FlaskClient, path: str) -> None:
    """It may arrive after the quiz was started, when the visitor is a guest already."""
    assert cookies(client, "/", OPENED)
    assert cookies(client, path) == []


@pytest.mark.parametrize("path", [*BESIDE, "/attempts/1/paper", "/attempts/1/clock"])
def test_what_a_guests_page_fetches_brings_no_session(client: FlaskClient, post: Any, path: str) -> None:
    """It may arrive after they made an account or were forgotten."""
    assert post(client, "/quizzes/tea/attempts", page="/quizzes/tea").location == "/attempts/1"
    client.get("/attempts/1/questions/1", headers=OPENED)
    assert cookies(client, path) == []


def test_an_answer_on_its_way_does_not_undo_signing_out(
    app: Flask, client: FlaskClient, make_user: Any, post: Any
) -> None:
    client.set_cookie("session", session_of(app, make_user(), stay=True))
    client.get("/account", headers=OPENED)
    on_its_way = client.get("/session")
    post(client, "/sign-out", page="/account")
    assert on_its_way.headers.getlist("Set-Cookie") == []


def test_a_session_that_stays_is_renewed_by_the_first_page_of_a_day(
    app: Flask, client: FlaskClient, make_user: Any, post: Any, clock: Any
) -> None:
    make_user(username="ada")
    post(client, "/sign-in", {"login": "ada", "password": "correct horse battery", "stay": "y"})
    client.get("/account", headers=OPENED)
    assert cookies(client, "/account", OPENED) == []
    clock.advance(days=1)
    assert cookies(client, "/session") == []
    (renewed,) = cookies(client, "/account", OPENED)
    assert "Expires=" in renewed
    assert cookies(client, "/account", OPENED) == []


def test_a_session_of_one_sitting_is_never_renewed(client: FlaskClient, make_user: Any, post: Any, clock: Any) -> None:
    make_user(username="ada")
    post(client, "/sign-in", {"login": "ada", "password": "correct horse battery"})
    client.get("/account", headers=OPENED)
    clock.advance(days=1)
    assert cookies(client, "/account", OPENED) == []
