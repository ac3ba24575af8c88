"""The log: a line a request that says enough and betrays nothing; errors with their request, and not without end."""

from __future__ import annotations

import json
import logging
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import TINY
from tests.servers import Server
from webapp.web import request_log


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="webapp.access")
    return caplog


def of(lines: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in lines.records if record.name == "webapp.access"]


def test_each_request_is_one_line_with_its_number_and_the_person(
    app: Flask, teacher: int, as_person: Any, lines: pytest.LogCaptureFixture
) -> None:
    client = as_person(teacher)
    lines.clear()
    answer = client.get("/instructor?q=private")
    (line,) = of(lines)
    number = answer.headers["X-Request-ID"]
    assert re.fullmatch(
        rf"request={number} method=GET route=reports\.desk status=200 ms=[\d.]+ person={teacher}", line
    ), line


def test_addresses_that_are_secrets_are_not_written(client: FlaskClient, lines: pytest.LogCaptureFixture) -> None:
    client.get("/setup/a-token-that-opens-the-door?next=elsewhere")
    client.get("/nowhere/secret-code")
    assert len(of(lines)) == 2
    assert "door" not in lines.text
    assert "elsewhere" not in lines.text
    assert "secret-code" not in lines.text


def test_the_number_on_the_page_of_a_defect_is_that_of_its_request(
    own_app: Flask, lines: pytest.LogCaptureFixture
) -> None:
    own_app.config["PROPAGATE_EXCEPTIONS"] = False
    own_app.view_functions["home.home"] = lambda: 1 / 0
    answer = own_app.test_client().get("/")
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"][:8] in answer.text
    assert "status=500" in of(lines)[-1]


def test_probes_are_written_only_when_they_fail(client: FlaskClient, lines: pytest.LogCaptureFixture) -> None:
    for path in ("/healthz", "/health/ready", "/health/live"):
        assert client.get(path).status_code == 200
    assert not of(lines)


def test_the_same_error_is_counted_when_it_comes_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    throttle = request_log.Throttle()

    def error(words: str, level: int = logging.ERROR) -> logging.LogRecord:
        return logging.LogRecord("webapp", level, "", 1, words, (), None)

    passed = [throttle.filter(error("the disk is full")) for _ in range(30)]
    assert passed == [True] * 10 + [False] * 20
    assert throttle.filter(error("something else"))
    assert throttle.filter(error("the disk is full", logging.INFO))
    later = request_log.time.monotonic() + 61
    monkeypatch.setattr(request_log.time, "monotonic", lambda: later)
    again = error("the disk is full")
    assert throttle.filter(again)
    assert "20 times more" in again.getMessage()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data", Path(shutil.copytree(TINY, tmp_path / "bank")))
    yield server
    server.stop()


@pytest.mark.server
def test_a_server_writes_objects_where_that_is_asked_for(server: Server) -> None:
    server.settings["WEBAPP_LOG"] = "json"
    server.start()
    with urllib.request.urlopen(f"{server.address}/sign-in?code=private", timeout=10) as answer:
        number = answer.headers["X-Request-ID"]
    server.stop()
    found = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    (line,) = [each for each in found if each.get("request") == number]
    assert (line["route"], line["status"], line["person"], line["logger"]) == (
        "accounts.sign_in",
        "200",
        "-",
        "webapp.access",
    )
    assert "private" not in server.log()


@pytest.mark.server
def test_a_server_that_cannot_keep_anything_lives_and_is_not_ready(server: Server) -> None:
    server.start()
    database = server.data / "webapp.sqlite3"
    database.rename(server.data / "elsewhere.sqlite3")
    with urllib.request.urlopen(f"{server.address}/health/live", timeout=10) as answer:
        assert answer.status == 200
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{server.address}/health/ready", timeout=10)
    assert refused.value.code == 503
    refused.value.close()
