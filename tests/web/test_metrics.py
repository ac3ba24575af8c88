"""Metrics: off unless asked for, the same whichever process is asked, and closed to whoever has no token."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import TINY, token_of
from tests.servers import ROOT, Server, free_port
from tests.visitors import Visitor, answers_of
from webapp import create_app
from webapp.web import chores, metrics, metrics_page

TOKEN = "a token for whoever measures"
DASHBOARD = ROOT / "docs" / "examples" / "grafana.json"
_LINE = re.compile(r"^(\w+)(?:\{(.*)\})? ([0-9.e+-]+|[+-]Inf|NaN)$", re.MULTILINE)


def read(exposition: str) -> dict[tuple[str, str], float]:
    """(name, labels) → value, as Prometheus reads it."""
    return {(name, labels): float(value) for name, labels, value in _LINE.findall(exposition)}


def total(figures: dict[tuple[str, str], float], name: str, *labels: str) -> float:
    return sum(value for (each, of), value in figures.items() if each == name and all(label in of for label in labels))


def test_without_a_setting_there_are_none(app: Flask, client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    assert metrics.of(app) is None


@pytest.fixture
def measured(own_app: Flask) -> Flask:
    """The app, measured, with its token."""
    app = create_app(replace(own_app.config["SETTINGS"], metrics_token=TOKEN, backups="daily"))
    app.config.update(TESTING=True, SQLALCHEMY_DATABASE_URI=own_app.config["SQLALCHEMY_DATABASE_URI"])
    return app


def scrape(client: FlaskClient) -> str:
    return client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text


@pytest.mark.parametrize(
    "sent", ["", TOKEN, f"Basic {TOKEN}", "Bearer", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer ü"]
)
def test_who_has_no_token_finds_no_page(measured: Flask, sent: str) -> None:
    assert measured.test_client().get("/metrics", headers={"Authorization": sent}).status_code == 404


def test_a_route_is_an_endpoint_and_never_an_address(measured: Flask) -> None:
    client = measured.test_client()
    client.get("/setup/a-token-that-opens-the-door")
    client.get("/nowhere/secret-code")
    said = scrape(client)
    assert 'webapp_requests_total{route="accounts.setup"' in said
    assert 'webapp_requests_total{route="-",status="404"} 1.0' in said
    assert "door" not in said
    assert "secret-code" not in said


def test_what_is_kept_is_looked_up_at_most_every_few_seconds(measured: Flask) -> None:
    client = measured.test_client()
    assert read(scrape(client))["webapp_ready", ""] == 1
    measured.extensions["looked_up"]._lines = ["webapp_ready 7\n"]
    assert read(scrape(client))["webapp_ready", ""] == 7
    measured.extensions["looked_up"]._at -= metrics_page.FRESH
    assert read(scrape(client))["webapp_ready", ""] == 1


def test_a_database_that_cannot_be_used_takes_only_its_own_figures_away(
    measured: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.web import health

    monkeypatch.setattr(health, "_try_database", lambda address: "locked")
    figures = read(scrape(measured.test_client()))
    assert figures["webapp_ready", ""] == 0
    assert ("webapp_attempts_open", "") not in figures
    assert figures["webapp_course_broken", ""] == 0


def test_chores_and_alerts_are_counted(measured: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores, "_chores", {})
    chores.connect("good", 60, lambda: None)
    chores.connect("bad", 60, lambda: 1 / 0)
    worker = chores.Worker(measured)
    worker.look()
    worker.stop()
    measured.extensions["alerts"]
    with measured.app_context():
        measured.extensions["alerts"].raise_("disk", "nearly full")
    figures = read(scrape(measured.test_client()))
    assert figures["webapp_chores_total", 'chore="good",outcome="done"'] == 1
    assert figures["webapp_chores_total", 'chore="bad",outcome="failed"'] == 1
    assert figures["webapp_chore_done_timestamp_seconds", 'chore="good"'] == pytest.approx(time.time(), abs=60)
    assert figures["webapp_alerts_total", 'kind="disk"'] == 1


# --- a real server, with two processes --------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    at = f"127.0.0.1:{free_port()}"
    settings = {"WEBAPP_METRICS": at, "WEBAPP_LIMITS": "off", "WEBAPP_BACKUPS": "daily", "WEBAPP_WORKERS": "2"}
    server = Server(tmp_path / "data", Path(shutil.copytree(TINY, tmp_path / "bank")), settings=settings)
    yield server
    server.stop()


def asked(server: Server) -> dict[tuple[str, str], float]:
    with urllib.request.urlopen(f"http://{server.settings['WEBAPP_METRICS']}/metrics", timeout=20) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        return read(answer.read().decode())


@pytest.mark.server
@pytest.mark.long
def test_the_figures_of_all_processes_add_up(server: Server) -> None:
    server.start()
    pages = 40

    def look() -> None:
        for _turn in range(pages // 4):
            with urllib.request.urlopen(f"{server.address}/sign-in", timeout=20) as answer:
                answer.read()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    visitor = Visitor(server)
    page = visitor.get("/quizzes/every-type")
    visitor.post("/quizzes/every-type/attempts", {"csrf_token": token_of(page)})
    attempt = visitor.at.split("/")[2]
    for position, accept in ((4, "text/html"), (5, "application/json")):
        path = f"/attempts/{attempt}/questions/{position}"
        visitor.post(path, answers_of(visitor.get(path)) | {"action": "save"}, accept=accept)
    visitor.opener.addheaders.append((metrics.OUTBOX, "kept"))
    path = f"/attempts/{attempt}/questions/4"
    fields = answers_of(visitor.get(path)) | {"action": "save"}
    visitor.post(
        path, {name: "8" if value == "7" else value for name, value in fields.items()}, accept="application/json"
    )

    # Whichever process answers says the same; with one only, a share would be missing.
    seen = [asked(server) for _ in range(6)]
    for figures in seen:
        assert total(figures, "webapp_requests_total", 'route="accounts.sign_in"', 'status="200"') == pages
        assert total(figures, "webapp_request_seconds_count", 'route="accounts.sign_in"') == pages
        assert total(figures, "webapp_request_seconds_bucket", 'route="accounts.sign_in"', 'le="+Inf"') == pages
        assert {way: figures["webapp_answers_total", f'way="{way}"'] for way in ("page", "script", "outbox")} == {
            "page": 1, "script": 1, "outbox": 1,
        }  # fmt: skip
        assert total(figures, "webapp_lock_wait_seconds_count") >= 4
    deadline = time.monotonic() + 40
    while ("webapp_backup_bytes", "") not in (figures := asked(server)):
        assert time.monotonic() < deadline, "no backup is told of"
        time.sleep(0.5)
    assert figures["webapp_attempts_open", ""] == 1
    assert figures["webapp_sessions", ""] == 1
    assert figures["webapp_backup_failing", ""] == 0
    assert figures["webapp_backup_timestamp_seconds", ""] == pytest.approx(time.time(), abs=120)
    assert figures["webapp_chores_total", 'chore="backups",outcome="done"'] >= 1
    with pytest.raises(urllib.error.HTTPError) as elsewhere:
        urllib.request.urlopen(f"http://{server.settings['WEBAPP_METRICS']}/healthz", timeout=10)
    elsewhere.value.close()
    assert elsewhere.value.code == 404
    with pytest.raises(urllib.error.HTTPError) as of_the_site:
        urllib.request.urlopen(f"{server.address}/metrics", timeout=10)
    of_the_site.value.close()
    assert of_the_site.value.code == 404
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGTERM)
    server.process.wait(25)
    folders = re.findall(r"webapp-metrics-\w+", " ".join(os.listdir("/dev/shm"))) if os.path.isdir("/dev/shm") else []
    assert not [name for name in folders if (Path("/dev/shm") / name / f"counter_{server.process.pid}.db").exists()]


# --- the dashboard and the guide --------------------------------------------------------------------------------------


def exposed(app: Flask) -> set[str]:
    """The names that Prometheus has of this app: of counters with _total, of histograms with _bucket."""
    client = app.test_client()
    client.get("/sign-in")
    said = scrape(client)
    names = set()
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", said, re.MULTILINE):
        if kind == "histogram":
            names |= {f"{name}_bucket", f"{name}_count", f"{name}_sum"}
        elif not name.endswith("_created"):
            names.add(name)
    # They are there as soon as there is a backup.
    return names | {"webapp_backup_timestamp_seconds", "webapp_backup_bytes"}


def queried() -> set[str]:
    dashboard = json.loads(DASHBOARD.read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert queries
    return set(re.findall(r"\bwebapp_\w+", " ".join(queries)))


def test_the_dashboard_asks_for_what_there_is_and_the_guide_names_all_of_it(measured: Flask) -> None:
    there = exposed(measured)
    assert queried() <= there, queried() - there
    guide = (ROOT / "docs" / "operations.md").read_text()
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in there}
    assert not [name for name in sorted(families) if f"`{name}`" not in guide]
    # What the guide's alarms and its dashboard ask for is something that the other knows, too.
    named = set(
        re.findall(r"\bwebapp_[a-z_]+(?:_total|_seconds|_bytes|_open|_sessions|_ready|_broken|_info|_failing)\b", guide)
    )
    assert not named - there - families - {"webapp_sessions"}
