"""Whatever goes wrong at an address for programs, they are told as RFC 9457 says, and no page."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.api.conftest import COURSE, Program, problem_of


def test_what_is_not_there_is_a_problem_not_a_page(app: Flask, program: Any, teacher: int) -> None:
    for path in ("/nothing", "/me/", "/courses/none-such", "/courses/none-such/quizzes"):
        answer = program(teacher).ask(path)
        assert (answer.status_code, problem_of(answer)) == (404, "404"), path


def test_a_method_that_is_not_taken_says_which_are(program: Any, teacher: int) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = program(teacher).ask("/courses", method)
        assert problem_of(answer) == "405"
        assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=1.0", "limit"),
        ("limit=-1", "limit"),
        ("limit=٣", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("offset=3", "offset"),
        ("cursor=" + "x" * 401, "cursor"),
    ],
)
def test_a_query_that_cant_be_read_is_told_by_name(program: Any, teacher: int, query: str, name: str) -> None:
    answer = program(teacher).ask(f"/courses?{query}")
    assert (answer.status_code, problem_of(answer)) == (400, "query-invalid")
    assert [each["name"] for each in answer.json["errors"]] == [name]


def test_a_cursor_of_another_list_or_of_nobody_is_refused(program: Any, teacher: int) -> None:
    mine = program(teacher)
    cursor = mine.read(f"{COURSE}/quizzes?limit=1")["next"]
    assert cursor
    for path in (f"/courses?cursor={cursor}", f"{COURSE}/quizzes?cursor={cursor}x", f"{COURSE}/quizzes?cursor="):
        answer = mine.ask(path)
        assert (answer.status_code, problem_of(answer)) == (400, "cursor-invalid"), path


def test_too_much_is_refused_before_it_is_read(program: Any, teacher: int) -> None:
    answer = program(teacher).ask("/me", data=b"x" * (5 * 1024 * 1024))
    assert problem_of(answer) == "413"


def test_another_host_is_a_problem(make_app: Any) -> None:
    app = make_app(hosts=("quiz.example.org",))
    answer = app.test_client().get("/api/v1/me", base_url="http://evil.example.org")
    assert (answer.status_code, problem_of(answer)) == (400, "host-unknown")


def test_what_breaks_is_told_with_the_name_that_the_log_has(
    app: Flask, own_app: Flask, program: Any, teacher: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("webapp.api.resources.classes.cohorts.taught_by", broken)
    answer = program(teacher).ask(f"{COURSE}/classes")
    assert problem_of(answer) == "500"
    assert answer.json["instance"] == f"urn:webapp:request:{answer.headers['X-Request-ID']}"
    assert "ZeroDivision" not in answer.text


def test_a_database_out_of_reach_says_when_to_try_again(
    app: Flask, program: Any, teacher: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.database import Busy

    def busy(*_: Any, **__: Any) -> None:
        raise Busy("the database is locked")

    mine = program(teacher)
    monkeypatch.setattr("webapp.accounts.api_tokens.find", busy)
    answer = mine.ask("/me")
    assert (answer.status_code, problem_of(answer)) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_page_for_people_stays_a_page(app: Flask) -> None:
    assert Program(app, None).client.get("/nothing").mimetype == "text/html"
