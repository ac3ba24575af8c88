"""Programs that ask the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from webapp.accounts import api_tokens
from webapp.accounts.models import TokenScope, User
from webapp.database import db

COURSE = "/courses/tea-and-bread"


class Program:
    """Somebody's program, with a token."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self.app, self.token = app, token
        self.client = app.test_client()

    def ask(self, path: str, method: str = "GET", **more: Any) -> TestResponse:
        """The answer to a request below /api/v1."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token is not None else {}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers | more.pop("headers", {}), **more)

    def read(self, path: str, **more: Any) -> Any:
        """What a request that goes well gives."""
        answer = self.ask(path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json

    def read_all(self, path: str, limit: int = 2) -> list[Any]:
        """All items of a list, by its cursors."""
        found: list[Any] = []
        cursor = None
        while True:
            page = self.read(path, query_string={"limit": limit} | ({"cursor": cursor} if cursor else {}))
            assert len(page["items"]) <= limit
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found


@pytest.fixture
def program(app: Flask) -> Callable[..., Program]:
    """Gives a person's program: with all scopes, or those named."""

    def make(user_id: int, *scopes: TokenScope, days: int = 7, second: bool = False) -> Program:
        with app.app_context():
            token = api_tokens.make(
                db.session.get_one(User, user_id),
                name="A program",
                scopes=scopes or tuple(TokenScope),
                days=days,
                second=second,
                now=app.config["CLOCK"](),
            )
            db.session.commit()
        return Program(app, token)

    return make


def problem_of(answer: TestResponse) -> str:
    """The name of the problem that an answer is, or its status where it has none."""
    assert answer.mimetype == "application/problem+json", answer.text
    told = answer.json
    assert told is not None
    assert told["status"] == answer.status_code
    assert told["title"]
    return str(told["type"]).removeprefix("urn:webapp:problem:").replace("about:blank", str(answer.status_code))
