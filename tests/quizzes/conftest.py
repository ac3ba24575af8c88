"""What the tests of quizzes share: people at work on the tiny course, by the real pages and the real services."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tests.clients import within
from tests.conftest import Clock, token_of
from webapp import questions
from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.database import db
from webapp.quizzes import service
from webapp.quizzes.forms import PREFIX
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.revisions import question_of


class Desk:
    """One person who takes quizzes by the services, in an app context, committing as a page would."""

    def __init__(self, user_id: int, course: Course, clock: Clock) -> None:
        self.user_id, self.course, self.clock = user_id, course, clock

    @property
    def user(self) -> User:
        found = db.session.get(User, self.user_id)
        assert found is not None
        return found

    def start(self, quiz_id: str, **more: Any) -> Attempt:
        quiz = self.course.quiz(quiz_id)
        assert quiz is not None
        attempt = service.start(self.user, quiz, self.course, self.clock(), **more)
        db.session.commit()
        return attempt

    def slot(self, attempt: Attempt, position: int) -> Slot:
        return service.slot_for(self.user, attempt.id, position)

    def answer(self, attempt: Attempt, position: int, response: dict[str, Any] | None, **more: Any) -> Any:
        slot = self.slot(attempt, position)
        given = {"sequence": slot.sequence, "certainty": None, "seconds": 0, "now": self.clock()} | more
        outcome = service.answer(slot, response=response, **given)
        db.session.commit()
        return outcome

    def answer_all(self, attempt: Attempt, right: Callable[[Slot], bool] = lambda slot: True) -> None:
        for slot in list(attempt.slots):
            self.answer(attempt, slot.position, right_answer(slot) if right(slot) else wrong_answer(slot))

    def submit(self, attempt: Attempt, **more: Any) -> Attempt:
        service.submit(attempt, self.clock(), **more)
        db.session.commit()
        return attempt

    def take(self, quiz_id: str, right: Callable[[Slot], bool] = lambda slot: True, **more: Any) -> Attempt:
        attempt = self.start(quiz_id, **more)
        self.answer_all(attempt, right)
        return self.submit(attempt)


def right_answer(slot: Slot) -> dict[str, Any]:
    question = question_of(slot.revision, slot.order_seed)
    return questions.type_of(question).key(question)


def wrong_answer(slot: Slot) -> dict[str, Any]:
    """An answer that can be read and is worth nothing."""
    question = question_of(slot.revision, slot.order_seed)
    return questions.type_of(question).wrong(question, random.Random(1))


def fields_of(slot: Slot, response: dict[str, Any] | None) -> MultiDict[str, str]:
    """A response as the form of the slot's question sends it."""
    question = question_of(slot.revision, slot.order_seed)
    kind = questions.type_of(question)
    form = kind.form(question, kind.order(question, slot.order_seed), response=response, prefix=PREFIX)
    sent: list[tuple[str, str]] = []
    for field in form:
        if field.data in (None, "", []):
            continue
        values = field.data if isinstance(field.data, list) else [field.data]
        sent.extend((field.name, str(value)) for value in values)
    return MultiDict(sent)


class Paper:
    """One person who takes a quiz by its pages, as a browser without scripts does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""
        self.attempt_id = 0

    def start(self, quiz_id: str, **fields: str) -> Any:
        page = self.client.get(f"/quizzes/{quiz_id}")
        assert page.status_code == 200, page.text
        under_way = re.search(rf'href="{within("/attempts")}/(\d+)"', page.text)
        form = self.client.get(f"/attempts/{under_way[1]}", follow_redirects=True) if under_way else page
        self.token = token_of(form.text)
        response = self.client.post(f"/quizzes/{quiz_id}/attempts", data={"csrf_token": self.token, **fields})
        if response.status_code == 303:
            self.attempt_id = int(response.location.rsplit("/", 1)[-1])
            # Becoming a guest starts a new session, and with it a new token.
            self.token = token_of(self.client.get(response.location, follow_redirects=True).text)
        return response

    @property
    def path(self) -> str:
        return f"/attempts/{self.attempt_id}"

    def get(self, position: int) -> Any:
        return self.client.get(f"{self.path}/questions/{position}")

    def slot(self, position: int) -> Slot:
        """A detached look at a slot (in an app context of its own)."""
        with self.client.application.app_context():
            slot = db.session.query(Slot).filter_by(attempt_id=self.attempt_id, position=position).one()
            _ = slot.revision.body, slot.attempt.state
            db.session.expunge_all()
            return slot

    def send(
        self,
        position: int,
        response: dict[str, Any] | None,
        action: str | None = "next",
        *,
        sequence: int | None = None,
        json: bool = False,
        **fields: str,
    ) -> Any:
        slot = self.slot(position)
        data = MultiDict(fields_of(slot, response))
        data["csrf_token"] = self.token
        data["sequence"] = str(slot.sequence if sequence is None else sequence)
        if action is not None:
            data["action"] = action
        for name, value in fields.items():
            data[name] = value
        headers = {"Accept": "application/json"} if json else {}
        return self.client.post(f"{self.path}/questions/{position}", data=data, headers=headers)

    def submit(self) -> Any:
        return self.client.post(f"{self.path}/submit", data={"csrf_token": self.token})


@pytest.fixture
def course(app: Flask) -> Course:
    return app.extensions["courses"].only.current()


@pytest.fixture
def desk(db_session: Any, course: Course, make_user: Callable[..., int], clock: Clock) -> Desk:
    return Desk(make_user(), course, clock)


@pytest.fixture
def another_desk(db_session: Any, course: Course, make_user: Callable[..., int], clock: Clock) -> Callable[[], Desk]:
    return lambda: Desk(make_user(), course, clock)


@pytest.fixture
def learner(make_user: Callable[..., int]) -> int:
    return make_user()


@pytest.fixture
def paper(client: FlaskClient, learner: int, sign_in: Any) -> Paper:
    return Paper(sign_in(client, learner))


@pytest.fixture
def set_up_class(db_session: Any, clock: Clock) -> Callable[..., int]:
    """Makes a cohort with members and instructors; returns its id, committed."""
    from webapp.accounts.models import Cohort, CohortInstructor, CohortMember

    def make(members: list[int], instructors: list[int] | None = None, name: str = "Class 1") -> int:
        cohort = Cohort(course_id="tea-and-bread", name=name, join_code=name[:16], created_at=clock())
        db.session.add(cohort)
        db.session.flush()
        for user_id in members:
            db.session.add(CohortMember(cohort_id=cohort.id, user_id=user_id, joined_at=clock()))
        for user_id in instructors or []:
            db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=user_id))
        cohort_id = cohort.id
        db.session.commit()
        return cohort_id

    return make


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    """A time on the day the tests' clock starts at nine."""
    from datetime import UTC

    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)
