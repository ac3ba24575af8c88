"""A form sent without a session is not lost; a form that another site sent is not taken."""

from __future__ import annotations

import io
import random
import re
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from flask_login import current_user
from werkzeug.exceptions import NotFound

from tests.accounts.test_sign_in import PASSWORD, who
from tests.conftest import token_of
from webapp.database import db
from webapp.web import access

HERE = {"Origin": "http://localhost"}
AWAY = {"Origin": "https://evil.example"}


@pytest.fixture
def done(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Adds two pages that take answers, one of which is continued by itself; collects what they did."""
    log: list[Any] = []

    def answer_after_sign_in(user: Any, fields: dict[str, Any], now: Any) -> str:
        if fields["args"]["slot"] == 404:
            raise NotFound
        if fields["args"]["slot"] == 403:
            raise access.NotAsThingsStand("Only in room 12.")
        log.append((user.id, fields["args"]["slot"], fields["form"]["option"]))
        user.preferences = {"touched": now.isoformat()}
        return f"/slots/{fields['args']['slot']}/next"

    @own_app.post("/slots/<int:slot>")
    @access.open_to(access.PARTICIPANT)
    @access.continued_by(answer_after_sign_in)
    def answer(slot: int) -> str:
        log.append((current_user.id, slot, request.form.getlist("option")))
        return "saved"

    @own_app.post("/essays/<int:essay>")
    @access.open_to(access.LEARNER)
    def essay(essay: int) -> str:
        log.append((current_user.id, essay, request.form["text"]))
        return "kept"

    return log


def kept_in(page: str) -> str:
    found = re.search(r'name="kept"[^>]*value="([^"]*)"', page)
    assert found
    return found.group(1)


def sign_in_with(client: FlaskClient, page: Any, login: str = "ada", **more: Any) -> Any:
    """Signs in on a page that carries a form."""
    data = {"csrf_token": token_of(page.text), "login": login, "password": PASSWORD, "kept": kept_in(page.text)}
    return client.post("/sign-in", data=data | more)


@pytest.mark.parametrize(
    "headers", [HERE, {"Sec-Fetch-Site": "same-origin"}, {"Referer": "http://localhost/slots/3"}, {}]
)
def test_an_answer_sent_after_the_session_ended_is_saved_by_signing_in(
    client: FlaskClient, make_user: Any, done: list[Any], headers: dict[str, str]
) -> None:
    ada = make_user(username="ada")
    page = client.post("/slots/3", data={"csrf_token": "old", "option": ["a", "c"]}, headers=headers)
    assert page.status_code == 401
    assert page.headers["Cache-Control"] == "no-store"
    assert "Nothing is lost" in page.text
    assert done == []
    answered = sign_in_with(client, page)
    assert (answered.status_code, answered.location) == (303, "/slots/3/next")
    assert done == [(ada, 3, ["a", "c"])]
    with client.application.app_context():
        from webapp.accounts.models import User

        assert "touched" in db.session.get_one(User, ada).preferences


def test_a_wrong_password_in_between_loses_nothing(client: FlaskClient, make_user: Any, done: list[Any]) -> None:
    make_user(username="ada")
    page = client.post("/slots/3", data={"option": "b"}, headers=HERE)
    wrong = sign_in_with(client, page, password="not the one")
    assert wrong.status_code == 401
    assert sign_in_with(client, wrong).location == "/slots/3/next"
    assert [entry[2] for entry in done] == [["b"]]


def test_somebody_elses_answer_is_not_saved_and_it_is_said(
    client: FlaskClient, make_user: Any, done: list[Any]
) -> None:
    make_user(username="ada", name="Ada")
    page = client.post("/slots/404", data={"option": "b"}, headers=HERE)
    answered = sign_in_with(client, page)
    assert answered.location == "/"
    assert who(client) == "Ada"
    assert done == []


def test_an_answer_that_may_not_be_taken_from_here_is_kept_and_it_is_said_why(
    client: FlaskClient, make_user: Any, done: list[Any]
) -> None:
    make_user(username="ada")
    page = client.post("/slots/403", data={"option": "typed in the exam"}, headers=HERE)
    answered = sign_in_with(client, page)
    assert "Only in room 12." in answered.text
    assert 'name="option" value="typed in the exam"' in answered.text
    assert 'action="/slots/403"' in answered.text
    assert done == []


def test_an_answer_is_kept_for_an_hour(client: FlaskClient, make_user: Any, done: list[Any], clock: Any) -> None:
    make_user(username="ada", name="Ada")
    page = client.post("/slots/3", data={"option": "b"}, headers=HERE)
    clock.advance(hours=1, seconds=1)
    assert sign_in_with(client, page).location == "/"
    assert done == []
    assert "could not be kept" in client.get("/account").text


@pytest.mark.parametrize("kept", ["rubbish", "eyJhIjoxfQ.aaaa.bbbb", "😀", "."])
def test_a_form_that_this_server_did_not_sign_is_not_continued(
    client: FlaskClient, make_user: Any, done: list[Any], kept: str
) -> None:
    make_user(username="ada")
    page = client.get("/sign-in")
    assert sign_in_with(client, page, kept=kept).location == "/"
    assert done == []


@pytest.mark.parametrize(
    "headers", [AWAY, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site", **HERE}, {"Origin": "null"}]
)
@pytest.mark.parametrize("path", ["/slots/3", "/essays/3", "/account/delete"])
def test_a_form_that_another_site_sent_is_refused_and_not_kept(
    client: FlaskClient, make_user: Any, sign_in: Any, done: list[Any], path: str, headers: dict[str, str]
) -> None:
    data = {"option": "b", "text": "x", "password": PASSWORD}
    for person in (client, sign_in(client.application.test_client(), make_user())):
        page = person.post(path, data=data, headers=headers)
        assert page.status_code == 400
        assert 'name="kept"' not in page.text
        assert 'name="option"' not in page.text
    assert done == []


def test_any_other_form_is_shown_to_be_sent_again_after_signing_in(
    client: FlaskClient, make_user: Any, done: list[Any]
) -> None:
    ada = make_user(username="ada")
    text = 'Two lines,\r\n"quoted" & <b>marked</b>'
    page = client.post("/essays/7?draft=1", data={"text": text, "tag": ["x", "y"]}, headers=HERE)
    assert page.status_code == 401
    again = sign_in_with(client, page)
    assert again.status_code == 200
    assert done == []
    assert 'action="/essays/7?draft=1"' in again.text
    assert "<b>marked" not in again.text
    assert "&lt;b&gt;marked&lt;/b&gt;" in again.text
    assert again.text.count('name="tag"') == 2
    sent = client.post("/essays/7?draft=1", data={"csrf_token": token_of(again.text), "text": text})
    assert sent.text == "kept"
    assert done == [(ada, 7, text)]


def test_a_page_opened_before_signing_in_again_is_sent_with_one_button(
    client: FlaskClient, make_user: Any, sign_in: Any, done: list[Any]
) -> None:
    ada = make_user()
    sign_in(client, ada)
    page = client.post("/slots/3", data={"csrf_token": "of the old session", "option": "b"}, headers=HERE)
    assert page.status_code == 400
    assert 'name="option" value="b"' in page.text
    assert client.post("/slots/3", data={"csrf_token": token_of(page.text), "option": "b"}).text == "saved"
    assert done == [(ada, 3, ["b"])]


def test_passwords_and_files_are_never_written_into_a_page(client: FlaskClient, done: list[Any]) -> None:
    secret = {"text": "x", "new_password": "teal bicycle moon"}
    page = client.post("/essays/3", data=secret, headers=HERE)
    assert (page.status_code, page.location) == (303, "/sign-in")
    file = {"text": "x", "roster": (io.BytesIO(b"a,b"), "roster.csv")}
    assert client.post("/essays/3", data=file, headers=HERE).location == "/sign-in"


def test_a_form_too_large_to_keep_is_not_kept_silently(client: FlaskClient, done: list[Any]) -> None:
    noise = "".join(random.Random(1).choices("0123456789abcdef", k=700_000))
    page = client.post("/essays/3", data={"text": noise}, headers=HERE)
    assert page.status_code == 401
    assert len(page.text) < 20_000
    assert "too long to be kept" in page.text


def test_scripts_are_told_in_json(client: FlaskClient, make_user: Any, sign_in: Any, done: list[Any]) -> None:
    json = {"Accept": "application/json", **HERE}
    gone = client.post("/slots/3", data={"option": "b"}, headers=json)
    assert gone.status_code == 401
    assert gone.json == {"error": "signed-out", "sign_in": "/sign-in"}
    sign_in(client, make_user())
    old = client.post("/slots/3", data={"option": "b", "csrf_token": "old"}, headers=json)
    assert (old.status_code, old.json) == (400, {"error": "token"})


def test_somebody_without_the_role_is_refused_not_asked_to_sign_in(
    client: FlaskClient, make_user: Any, sign_in: Any
) -> None:
    sign_in(client, make_user())
    assert client.get("/admin/people").status_code == 403


@pytest.mark.usefixtures("own_app")
def test_a_view_without_an_audience_is_refused(app: Flask, client: FlaskClient) -> None:
    @app.get("/open-by-oversight")
    def oversight() -> str:
        return "secret"

    with pytest.raises(RuntimeError, match="open_to"):
        client.get("/open-by-oversight")
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    page = client.get("/open-by-oversight")
    assert page.status_code == 500
    assert "secret" not in page.text
    app.testing = True


def test_an_audience_must_be_one_that_exists() -> None:
    with pytest.raises(ValueError, match="audience"):
        access.open_to("everybody")
