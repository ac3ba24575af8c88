"""Review by its pages, as a browser without scripts does it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tests.conftest import Clock, token_of
from tests.quizzes.conftest import Paper, fields_of, right_answer, wrong_answer
from tests.ui.html import problems
from webapp.database import db
from webapp.quizzes.models import Slot
from webapp.review.models import Card


class Reviewer(Paper):
    """Somebody who reviews."""

    def begin(self) -> str:
        """Asks for the next question; gives the address it leads to."""
        self.token = token_of(self.client.get("/review").text)
        response = self.client.post("/review/next", data={"csrf_token": self.token})
        assert response.status_code == 303
        found = re.fullmatch(r"/review/(\d+)/(\d+)", response.location)
        if found:
            self.attempt_id, self.position = int(found[1]), int(found[2])
        return str(response.location)

    def asked(self) -> Slot:
        return self.slot(self.position)

    def reply(self, response: dict[str, Any] | None, **fields: str) -> Any:
        data: MultiDict[str, str] = MultiDict(fields_of(self.asked(), response)) if response else MultiDict()
        data["csrf_token"] = self.token
        data["sequence"] = "0"
        for name, value in ({"action": "answer"} | fields).items():
            data[name] = value
        return self.client.post(f"/review/{self.attempt_id}/{self.position}", data=data)


@pytest.fixture
def reviewer(client: FlaskClient, learner: int, sign_in: Any, clock: Clock) -> Reviewer:
    """Has answered three questions on bread yesterday, all wrong."""
    who = Reviewer(sign_in(client, learner))
    who.start("bread")
    for position in (1, 2, 3):
        who.send(position, wrong_answer(who.slot(position)))
    who.submit()
    clock.advance(days=1)
    return who


def test_nothing_to_review_is_said_kindly(client: FlaskClient, learner: int, sign_in: Any) -> None:
    page = sign_in(client, learner).get("/review")
    assert page.status_code == 200
    assert "Nothing to review yet" in page.text
    assert problems(page.text) == []


def test_home_the_navigation_and_the_page_say_how_much_is_due(reviewer: Reviewer) -> None:
    for address in ("/", "/quizzes", "/progress"):
        page = reviewer.client.get(address).text
        assert re.search(r'<span class="nav-count">3<', page), address
    assert "3 questions are due" in reviewer.client.get("/").text
    page = reviewer.client.get("/review").text
    assert "3 questions are due" in page
    assert problems(page) == []


def test_one_question_a_page_then_at_once_what_is_right_and_where_the_lesson_says_it(reviewer: Reviewer) -> None:
    assert reviewer.begin().startswith("/review/")
    address = f"/review/{reviewer.attempt_id}/1"
    page = reviewer.client.get(address).text
    assert problems(page) == []
    response = reviewer.reply(wrong_answer(reviewer.asked()), certainty="3")
    assert (response.status_code, response.location) == (303, address)
    page = reviewer.client.get(address).text
    assert problems(page) == []
    assert "Read the paragraph" in page
    assert "You were sure" in page
    assert "It comes back" in page


def test_the_answer_is_not_in_the_page_that_asks(reviewer: Reviewer) -> None:
    reviewer.begin()
    page = reviewer.client.get(f"/review/{reviewer.attempt_id}/1").text
    with reviewer.client.application.app_context():
        body = db.session.query(Slot).filter_by(attempt_id=reviewer.attempt_id, position=1).one().revision.body
    assert body["explanation"]
    assert body["explanation"][:30] not in page
    assert "Read the paragraph" not in page


def test_all_that_is_due_leads_to_the_end_of_the_day(reviewer: Reviewer) -> None:
    for number in (1, 2, 3):
        reviewer.begin()
        assert reviewer.position == number
        reviewer.reply(right_answer(reviewer.asked()), certainty="3")
    assert reviewer.begin() == "/review"
    page = reviewer.client.get("/review").text
    assert "Nothing is due now" in page
    assert "You answered 3 questions today" in page


def test_an_empty_answer_comes_back_and_not_knowing_does_not(reviewer: Reviewer) -> None:
    reviewer.begin()
    response = reviewer.reply(None)
    assert response.status_code == 422
    assert "Choose or write an answer first" in response.text
    assert reviewer.asked().graded_at is None
    assert reviewer.reply(None, action="unknown").status_code == 303
    assert reviewer.asked().fraction == 0


def test_a_second_answer_to_the_same_question_shows_the_first(reviewer: Reviewer) -> None:
    reviewer.begin()
    reviewer.reply(right_answer(reviewer.asked()))
    response = reviewer.reply(wrong_answer(reviewer.asked()))
    assert response.status_code == 303
    assert reviewer.asked().fraction == 1


def test_an_answer_that_met_the_end_of_the_session_is_taken_after_signing_in(
    reviewer: Reviewer, app: Flask, learner: int
) -> None:
    reviewer.begin()
    data = fields_of(reviewer.asked(), right_answer(reviewer.asked()))
    data["action"], data["sequence"], data["csrf_token"] = "answer", "0", reviewer.token
    reviewer.client.delete_cookie("session")
    page = reviewer.client.post(f"/review/{reviewer.attempt_id}/1", data=data)
    kept = re.search(r'name="kept"[^>]*value="([^"]+)"', page.text)
    assert kept
    response = reviewer.client.post(
        "/sign-in",
        data={
            "csrf_token": token_of(page.text),
            "login": "learner-1",
            "password": "correct horse battery",
            "kept": kept[1],
        },
    )
    assert response.location == f"/review/{reviewer.attempt_id}/1"
    assert reviewer.asked().fraction == 1


def test_the_cap_is_a_preference(reviewer: Reviewer, app: Flask) -> None:
    token = token_of(reviewer.client.get("/review").text)
    assert reviewer.client.post("/review/cap", data={"csrf_token": token, "cap": "10"}).status_code == 303
    assert '<option selected value="10">' in reviewer.client.get("/review").text
    assert reviewer.client.post("/review/cap", data={"csrf_token": token, "cap": "999"}).status_code == 422
    assert '<option selected value="10">' in reviewer.client.get("/review").text


def test_a_review_costs_as_many_statements_with_a_hundred_cards_as_with_three(
    reviewer: Reviewer, app: Flask, clock: Clock, learner: int, count_queries: Any
) -> None:
    counts = []
    for turn in (1, 2):
        reviewer.begin()
        data = fields_of(reviewer.asked(), right_answer(reviewer.asked()))
        data["action"], data["sequence"], data["csrf_token"] = "answer", "0", reviewer.token
        with count_queries(app) as answering:
            reviewer.client.post(f"/review/{reviewer.attempt_id}/{reviewer.position}", data=data)
        with count_queries(app) as looking:
            reviewer.client.get(f"/review/{reviewer.attempt_id}/{reviewer.position}")
        with count_queries(app) as overview:
            reviewer.client.get("/review")
        assert answering.commits == 1
        assert looking.commits == overview.commits == 0
        counts.append((answering.count, looking.count, overview.count))
        with app.app_context():
            db.session.add_all(
                Card(course_id="tea-and-bread", user_id=learner, question_id=f"gone-{turn}-{n}", due=clock())
                for n in range(100)
            )
            db.session.commit()
    assert counts[0] == counts[1]
    answers, looks, overviews = counts[0]
    assert answers <= 9
    assert looks <= 3
    assert overviews <= 3
