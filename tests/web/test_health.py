"""/healthz tells the truth: 200 while the server can keep what it is given, 503 and why when it can't, and soon."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.web import health

pytestmark = pytest.mark.clock


@pytest.fixture(autouse=True)
def each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look is a new trial."""
    monkeypatch.setattr(health, "FRESH", 0.0)
    monkeypatch.setattr(health, "KNOWN", 0.0)


def test_a_sound_server_says_so(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {
        "status": "ok", "database": "ok", "data": "ok", "key": "ok", "course": "current", "clock": "ok",
    }  # fmt: skip
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_locked_database_is_told_within_two_seconds(client: FlaskClient, locked: Any) -> None:
    with locked():
        began = time.monotonic()
        answer = client.get("/healthz")
        assert time.monotonic() - began < 3
    assert (answer.status_code, answer.json["database"]) == (503, "locked")
    assert client.get("/healthz").status_code == 200


def test_whatever_hangs_an_answer_comes(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(_address: str) -> str:
        time.sleep(1.5)
        return "ok"

    monkeypatch.setattr(health, "_try_database", hang)
    monkeypatch.setattr(health, "PATIENCE", 0.1)
    began = time.monotonic()
    for _time in range(3):
        assert client.get("/healthz").json["database"] == "does not answer"
    assert time.monotonic() - began < 1.4, "nobody waits for the trial of somebody else, either"
    time.sleep(1.6)
    monkeypatch.undo()
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("what", ["deleted", "emptied", "no database"])
def test_a_database_that_is_gone_or_broken_is_told(app: Flask, client: FlaskClient, what: str) -> None:
    path = Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))
    if what == "deleted":
        path.unlink()
    else:
        path.write_bytes(b"" if what == "emptied" else b"nonsense" * 5000)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json["database"] != "ok"
    assert what != "deleted" or not path.exists()


def test_a_data_folder_that_is_gone_is_told(app: Flask, client: FlaskClient) -> None:
    shutil.rmtree(app.config["SETTINGS"].data)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json["data"] == "No such file or directory"


def test_an_empty_key_is_told(app: Flask, client: FlaskClient) -> None:
    app.config["SECRET_KEY"] = ""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json["key"]) == (503, "empty or cut short")


def test_while_the_database_hangs_people_are_turned_away_and_health_answers(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "STILL", 0.1)
    slots: health.Slots = app.extensions["slots"]
    monkeypatch.setattr(slots, "number", 2)
    monkeypatch.setattr(health, "_try_database", lambda _address: "does not answer")
    slots.take(lambda: False)
    assert client.get("/lessons/tea").status_code == 200, "one of two hangs"
    slots.take(lambda: False)
    refused = client.get("/lessons/tea")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert client.get("/healthz").json["database"] == "does not answer", "who asks how it is gets an answer"
    monkeypatch.setattr(health, "_try_database", lambda _address: "ok")
    assert client.get("/lessons/tea").status_code == 200, "long reports are no outage"
    slots.give_back()
    slots.give_back()
    assert slots._taken == 0, "each request gives its slot back, whatever came of it"


def test_whoever_waits_for_a_slot_gets_it_as_soon_as_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = health.Slots()
    slots.number = 1
    slots.take(lambda: True)
    threading.Timer(0.1, slots.give_back).start()
    began = time.monotonic()
    slots.take(lambda: True)
    assert time.monotonic() - began < 0.9


def test_many_who_ask_share_one_trial(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(health, "FRESH", 60.0)
    monkeypatch.setattr(health, "_try_database", lambda address: tried.append(address) or "ok")
    client.application.extensions["health"] = health.Trials()
    for _time in range(5):
        assert client.get("/healthz").status_code == 200
    assert len(tried) == 1
