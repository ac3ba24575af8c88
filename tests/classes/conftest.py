"""What the tests of classes share: an instructor at the desk, a colleague, an admin, and a class with learners."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import Clock, token_of
from tests.quizzes.conftest import Desk
from webapp.audit.models import AuditEntry
from webapp.database import db


@dataclass
class Browser:
    """Somebody's browser: pages, and forms sent with the token of the page they are on."""

    client: FlaskClient
    user_id: int
    #: what forms carry: the same on every page, as long as the session lasts
    token: str = ""

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, page: str = "", **more: Any) -> Any:
        if page or not self.token:
            self.token = token_of(self.client.get(page or "/join", follow_redirects=True).text)
        return self.client.post(path, data={"csrf_token": self.token, **(data or {})}, **more)


@pytest.fixture
def browse(app: Flask, sign_in: Any) -> Callable[[int], Browser]:
    return lambda user_id: Browser(sign_in(app.test_client(), user_id), user_id)


@pytest.fixture
def irene(make_user: Callable[..., int], browse: Any) -> Browser:
    """An instructor."""
    return browse(make_user(role="instructor", name="Irene Instructor", username="irene"))


@pytest.fixture
def carl(make_user: Callable[..., int], browse: Any) -> Browser:
    """Another instructor."""
    return browse(make_user(role="instructor", name="Carl Colleague", username="carl"))


@pytest.fixture
def adam(make_user: Callable[..., int], browse: Any) -> Browser:
    """An admin."""
    return browse(make_user(role="admin", name="Adam Admin", username="adam"))


@pytest.fixture
def ada(make_user: Callable[..., int], browse: Any) -> Browser:
    """A learner."""
    return browse(make_user(name="Ada Learner", username="ada"))


@pytest.fixture
def a_class(irene: Browser) -> int:
    """Irene's class, made by its page; the id."""
    response = irene.post("/instructor/cohorts/new", {"name": "Economics 11b"})
    assert response.status_code == 303, response.text
    return int(response.location.rsplit("/", 1)[-1])


@pytest.fixture
def enrol(app: Flask, clock: Clock) -> Callable[..., None]:
    """Puts people into a class, as if each had joined by the code."""

    def put(cohort_id: int, *user_ids: int, **more: Any) -> None:
        from webapp.accounts.models import CohortMember

        with app.app_context():
            for user_id in user_ids:
                db.session.add(CohortMember(cohort_id=cohort_id, user_id=user_id, joined_at=clock(), **more))
            db.session.commit()

    return put


@pytest.fixture
def at_work(app: Flask, clock: Clock) -> Callable[..., Any]:
    """`with at_work(user_id) as desk:` somebody takes quizzes by the services, in a context that ends before pages."""

    @contextmanager
    def open_desk(user_id: int) -> Iterator[Desk]:
        with app.app_context():
            yield Desk(user_id, app.extensions["courses"].only.current(), clock)

    return open_desk


@pytest.fixture
def log(app: Flask) -> Callable[[], list[tuple[str, str, str]]]:
    """(action, subject, reason) of every entry of the audit log, in order."""

    def read() -> list[tuple[str, str, str]]:
        with app.app_context():
            entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
            return [(entry.action, entry.subject, entry.reason) for entry in entries]

    return read
