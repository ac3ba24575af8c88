"""Limits on trying: over all processes, without locking a class out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts.test_sign_in import PASSWORD
from tests.conftest import token_of
from tests.time_limits import CROWDED
from webapp.accounts import limits, names, passwords, sessions, tries
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
        assert stopped.headers["Retry-After"] == "1"
        assert "in 1 second" in stopped.text
        assert 'value=" ADA"' in stopped.text
        assert PASSWORD not in stopped.text


def test_wrong_tries_wait_longer_and_longer_and_are_never_locked_out(
    two_servers: tuple[Flask, Flask], post: Any, clock: Any
) -> None:
    client = two_servers[0].test_client()
    for _ in range(10):
        attempt(client, post, "ada", "a wrong one")
    for wait in (1, 2, 4, 8, 16, 32, 60, 60):
        waiting = attempt(client, post, "ada", PASSWORD)
        assert (waiting.status_code, waiting.headers["Retry-After"]) == (429, str(wait))
        clock.advance(seconds=wait)
        assert attempt(client, post, "ada", "a wrong one").status_code == 401
    clock.advance(seconds=60)
    assert attempt(client, post, "ada", PASSWORD).status_code == 303


def test_a_clock_that_is_put_back_makes_nobody_wait_for_it(
    two_servers: tuple[Flask, Flask], post: Any, clock: Any
) -> None:
    client = two_servers[0].test_client()
    for _ in range(10):
        attempt(client, post, "ada", "a wrong one")
    clock.advance(hours=-1)
    assert attempt(client, post, "ada", PASSWORD).status_code == 303


def test_tries_at_once_are_no_more_than_one_after_the_other(two_servers: tuple[Flask, Flask]) -> None:
    """A limit that was looked at before it was counted let fifteen of twenty-four through."""
    app, pace = two_servers[0], tries.Pace("test", free=10)

    def take(_number: int) -> int:
        with app.app_context():
            return tries.claim(pace, "somebody")

    take(0)
    with ThreadPoolExecutor(24) as pool:
        waits = list(pool.map(take, range(24)))
    assert waits.count(0) == 9


@pytest.mark.parametrize(
    "invisible", ["ada@ex\u200bample.org", "ADA@example\u2060.org", "ada@exam\u00adple.org", "ａda@example.org"]
)
def test_one_name_written_in_many_ways_is_one_name(two_servers: tuple[Flask, Flask], post: Any, invisible: str) -> None:
    client = two_servers[0].test_client()
    for _ in range(10):
        assert attempt(client, post, "ada@example.org", "a wrong one").status_code == 401
    assert attempt(client, post, invisible, "a wrong one").status_code == 429


def test_who_is_under_attack_gets_in_from_a_browser_that_was_there_before(
    two_servers: tuple[Flask, Flask], post: Any
) -> None:
    own, strange = two_servers[0].test_client(), two_servers[1].test_client()
    assert attempt(own, post, "ada", PASSWORD).status_code == 303
    assert post(own, "/sign-out", page="/account").status_code == 303
    for _ in range(10):
        attempt(strange, post, "ada", "a wrong one")
    assert attempt(strange, post, "ada", PASSWORD).status_code == 429
    assert attempt(own, post, "ada", PASSWORD).status_code == 303


def test_a_browser_that_was_there_before_guesses_no_more_than_others(
    two_servers: tuple[Flask, Flask], post: Any, make_user: Any
) -> None:
    client = two_servers[0].test_client()
    make_user(username="eve", app=two_servers[0])
    assert attempt(client, post, "ada", PASSWORD).status_code == 303
    post(client, "/sign-out", page="/account")
    for _ in range(10):
        assert attempt(client, post, "ada", "a wrong one").status_code == 401
    assert attempt(client, post, "ada", PASSWORD).status_code == 429
    # Known for Ada, it is a stranger for Eve.
    for _ in range(10):
        assert attempt(client, post, "eve", "a wrong one").status_code == 401
    assert attempt(client, post, "eve", PASSWORD).status_code == 429


def test_a_damaged_file_of_counters_keeps_nobody_out_is_said_and_made_anew(
    two_servers: tuple[Flask, Flask], post: Any, caplog: pytest.LogCaptureFixture
) -> None:
    app = two_servers[0]
    client = app.test_client()
    attempt(client, post, "ada", "a wrong one")
    file = app.config["SETTINGS"].data / "limits.sqlite3"
    for each in file.parent.glob("limits.sqlite3*"):
        each.unlink()
    file.write_bytes(b"not a database, but long enough to look like one" * 100)
    assert attempt(client, post, "ada", PASSWORD).status_code == 303
    assert "not limited" in caplog.text
    for _ in range(10):
        attempt(app.test_client(), post, "eve", "a wrong one")
    assert attempt(app.test_client(), post, "eve", "a wrong one").status_code == 429


def test_which_names_are_taken_is_not_told_without_end(
    two_servers: tuple[Flask, Flask], make_user: Any, sign_in: Any
) -> None:
    app = two_servers[0]
    client = sign_in(app.test_client(), make_user(username="eve", app=app))
    tries_of = [("127.0.0.1", {"name": "Eve", "username": "ada"})] * 31
    assert list(attempts(client, "/account", tries_of)) == [422] * 30 + [429]


@pytest.mark.parametrize("field", ["login", "password", "name", "code", "next", "kept"])
@pytest.mark.parametrize("path", ["/sign-in", "/sign-up"])
def test_no_text_keeps_the_server_busy(two_servers: tuple[Flask, Flask], path: str, field: str) -> None:
    """130,000 combining marks took a minute to be put into their order."""
    client = two_servers[0].test_client()
    fields = {"login": "ada", "password": "wrong", "name": "Ada", field: "a" + "\u0301\u0323" * 65_000}
    token = token_of(client.get(path).text)
    client.post(path, data={"csrf_token": token, **fields})
    began = time.process_time()
    client.post(path, data={"csrf_token": token, **fields})
    assert time.process_time() - began < 0.5 * CROWDED


@pytest.mark.parametrize("work", [names.fold, names.clean_name, names.fold_login, names.email_of, passwords.normal])
def test_what_is_far_too_long_is_cut_before_anything_is_done_with_it(work: Any) -> None:
    text = "a@" + "\u0301\u0323" * 65_000
    began = time.process_time()
    work(text)
    assert time.process_time() - began < 0.05 * CROWDED


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

        keys = " ".join(connection.execute(text("SELECT key FROM try_count UNION SELECT key FROM try_delay")).scalars())
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
