"""What a person sees when something went wrong."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.ui.html import problems
from webapp.database import db
from webapp.web import access

CODES = (400, 403, 404, 405, 409, 413, 429, 418)


@pytest.mark.usefixtures("own_app")
@pytest.mark.parametrize("code", CODES)
def test_an_error_has_a_page_that_says_what_and_leads_on(app: Flask, code: int) -> None:
    @access.open_to(access.ANYONE)
    def fail() -> None:
        abort(code)

    app.add_url_rule("/fail", "fail", fail)
    answer = app.test_client().get("/fail")
    assert answer.status_code == code
    assert problems(answer.text) == []
    assert 'class="button button-primary"' in answer.text
    assert "Traceback" not in answer.text


def test_a_broken_database_still_gives_a_page(app: Flask, make_user: Any, sign_in: Any) -> None:
    client = sign_in(app.test_client(), make_user())
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def refuse(*_arguments: Any) -> None:
        raise RuntimeError("the disk is gone")

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", refuse)
        try:
            answer = client.get("/")
        finally:
            event.remove(db.engine, "before_cursor_execute", refuse)
    assert answer.status_code == 500
    assert problems(answer.text) == []
    assert "Something broke on our side" in answer.text
    assert "the disk is gone" not in answer.text


def test_a_broken_course_still_gives_a_page(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(app.extensions["courses"].only, "current", lambda: 1 / 0)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text


@pytest.mark.parametrize("path", ["/quizzes", "/review", "/progress", "/lessons/tea"])
def test_a_slash_at_the_end_leads_to_the_page_without_it(client: FlaskClient, path: str) -> None:
    answer = client.get(f"{path}/?from=a+b")
    assert (answer.status_code, answer.location) == (308, f"{path}?from=a+b")


@pytest.mark.parametrize("path", ["/nowhere/", "/lessons//elsewhere.example/", "/quizzes//elsewhere/"])
def test_a_slash_leads_nowhere_else(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
