"""Limits on trying: over all processes, without locking a class out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts.test_sign_in import PASSWORD
from tests.conftest import token_of
from webapp.accounts import limits, sessions
from webapp.database import db
from webapp.web import access


@pytest.fixture
def two_servers(make_app: Any, make_user: Any) -> tuple[Flask, Flask]:
    """Two instances of the app on one database, as two processes have them, with limits on."""
    one, other = make_app(limits=True), make_app(limits=True)
    make_user(username="ada", app=one)
    return one, other


def attempt(client: FlaskClient, post: Any, login: str, password: str, address: str = "192.0.2.1") -> Any:
    return post(client, "/sign-in", {"login": login, "password": password}, environ_overrides={"REMOTE_ADDR": address})


def attempts(client: FlaskClient, path: str, forms: Iterable[tuple[str, dict[str, str]]]) -> Iterator[int]:
    """Sends (address, fields) after one another from one page, as a robot does; gives the status of each answer."""
    token = token_of(client.get(path).text)
    for address, fields in forms:
        sent = {"csrf_token": token, **fields}
        yield client.post(path, data=sent, environ_overrides={"REMOTE_ADDR": address}).status_code


def test_wrong_passwords_are_counted_over_all_processes(two_servers: tuple[Flask, Flask], post: Any) -> None:
    clients = [server.test_client() for server in two_servers]
    for number in range(10):
        assert attempt(clients[number % 2], post, "ada", "a wrong one").status_code == 401
    for client in clients:
        stopped = attempt(client, post, " ADA", PASSWORD)
        assert stopped.status_code == 429
        assert stopped.headers["Retry-After"] == "600"
        assert "10 minutes" in stopped.text
        assert 'value=" ADA"' in stopped.text
        assert PASSWORD not in stopped.text


def test_after_the_wait_it_goes_on(two_servers: tuple[Flask, Flask], post: Any, clock: Any) -> None:
    client = two_servers[0].test_client()
    for _ in range(10):
        attempt(client, post, "ada", "a wrong one")
    clock.advance(minutes=9)
    waiting = attempt(client, post, "ada", PASSWORD)
    assert waiting.status_code == 429
    assert re.search(r"in 1 minute\b", waiting.text)
    clock.advance(minutes=1)
    assert attempt(client, post, "ada", PASSWORD).status_code == 303


def test_another_person_and_another_address_are_not_stopped(
    two_servers: tuple[Flask, Flask], make_user: Any, post: Any
) -> None:
    app = two_servers[0]
    make_user(username="eve", app=app)
    for _ in range(10):
        attempt(app.test_client(), post, "ada", "a wrong one")
    assert attempt(app.test_client(), post, "ada", PASSWORD).status_code == 429
    assert attempt(app.test_client(), post, "eve", PASSWORD).status_code == 303
    assert attempt(app.test_client(), post, "ada", PASSWORD, address="198.51.100.7").status_code == 303


@pytest.mark.long
def test_one_name_is_guarded_from_many_addresses(two_servers: tuple[Flask, Flask], post: Any) -> None:
    client = two_servers[0].test_client()
    tries = [(f"192.0.2.{number}", {"login": "nobody", "password": "a wrong one"}) for number in range(60)]
    assert set(attempts(client, "/sign-in", tries)) == {401}
    assert attempt(client, post, "nobody", "a wrong one", address="198.51.100.7").status_code == 429


def test_a_class_behind_one_address_signs_in_at_once(two_servers: tuple[Flask, Flask], post: Any) -> None:
    for _ in range(40):
        assert attempt(two_servers[0].test_client(), post, "ada", PASSWORD).status_code == 303


@pytest.mark.long
def test_one_address_cannot_go_through_many_names(two_servers: tuple[Flask, Flask], post: Any) -> None:
    client = two_servers[0].test_client()
    # A network of IPv6 is one address.
    tries = [(f"2001:db8::{number:x}", {"login": f"n{number}", "password": "wrong"}) for number in range(120)]
    assert set(attempts(client, "/sign-in", tries)) == {401}
    assert attempt(client, post, "ada", PASSWORD, address="2001:db8::ffff").status_code == 429
    assert attempt(client, post, "ada", PASSWORD, address="2001:db8:0:1::1").status_code == 303


@pytest.mark.long
def test_accounts_are_not_made_without_end(two_servers: tuple[Flask, Flask], post: Any) -> None:
    client = two_servers[0].test_client()
    tries = [("127.0.0.1", {"name": "", "login": f"n{number}", "password": ""}) for number in range(120)]
    assert set(attempts(client, "/sign-up", tries)) == {422}
    stopped = post(client, "/sign-up", {"name": "Ada", "login": "ada2", "password": "teal bicycle moon"})
    assert stopped.status_code == 429
    assert stopped.headers["Retry-After"] == "600"


@pytest.mark.usefixtures("own_app")
def test_guests_are_not_made_without_end(two_servers: tuple[Flask, Flask], post: Any) -> None:
    app = two_servers[0]

    @app.post("/door")
    @access.open_to(access.PARTICIPANT)
    def door() -> str:
        sessions.participant()
        db.session.commit()
        return "in"

    for _ in range(300):
        with app.test_request_context():
            limits.guests()
    assert post(app.test_client(), "/door", page="/sign-in").status_code == 429


def test_ones_own_password_is_not_guessed_on_a_device_left_open(
    two_servers: tuple[Flask, Flask], sign_in: Any, post: Any
) -> None:
    client = sign_in(two_servers[0].test_client(), 1)
    for _ in range(10):
        change = {"current": "a wrong one", "password": "teal bicycle moon"}
        assert post(client, "/account/password", change).status_code == 401
    assert post(client, "/account/password", {"current": PASSWORD, "password": "teal bicycle moon"}).status_code == 429


def test_the_counters_are_no_list_of_names(two_servers: tuple[Flask, Flask], post: Any) -> None:
    app = two_servers[0]
    attempt(app.test_client(), post, "ada", "a wrong one")
    with app.app_context(), limits.counters().connect() as connection:
        from sqlalchemy import text

        keys = " ".join(connection.execute(text("SELECT key FROM try_count")).scalars())
    assert keys
    assert "ada" not in keys


def test_a_wrong_password_writes_nothing_to_the_database_of_answers(
    two_servers: tuple[Flask, Flask], post: Any, count_queries: Any
) -> None:
    app = two_servers[0]
    client = app.test_client()
    attempt(client, post, "ada", "a wrong one")
    with count_queries(app) as counted:
        attempt(client, post, "ada", "a wrong one")
    assert counted.commits == 0
    assert all(statement.startswith("SELECT") for statement in counted.statements)


def test_limits_can_be_switched_off(client: FlaskClient, post: Any) -> None:
    for _ in range(12):
        assert post(client, "/sign-in", {"login": "ada", "password": "wrong"}).status_code == 401
