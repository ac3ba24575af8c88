"""The real server: it starts from nothing, tells how to begin, and loses no acknowledged answer when it is killed."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import sqlite3
import threading
import time
import urllib.error
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.clients import whole
from tests.conftest import token_of
from tests.servers import ROOT, Server
from tests.visitors import Visitor, answers_of

pytestmark = pytest.mark.server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    shutil.copytree(ROOT / "question_bank", tmp_path / "question_bank")
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    server = Server(tmp_path / "data", tmp_path / "question_bank", settings={"WEBAPP_LIMITS": "off"})
    yield server
    server.stop()


def test_a_first_start_prints_the_address_and_a_link_for_the_first_instructor(server: Server) -> None:
    server.start()
    assert server.address in server.output
    link = re.search(r"/setup/(\S+)", server.output)
    assert link
    visitor = Visitor(server)
    page = visitor.get(f"/setup/{link[1]}")
    visitor.post(
        visitor.at,
        {
            "csrf_token": token_of(page),
            "name": "Irene Instructor",
            "login": "irene",
            "password": "a long and quiet evening",
        },
    )
    assert "Gradebook" in visitor.get("/instructor/")
    with pytest.raises(urllib.error.HTTPError) as used:
        Visitor(server).get(f"/setup/{link[1]}")
    used.value.close()
    assert used.value.code in {404, 410}
    server.stop()
    server.start()
    assert "/setup/" not in server.log().removeprefix(server.output)


def test_what_a_proxy_would_say_is_believed_of_nobody(server: Server) -> None:
    """Not even of this machine, from which gunicorn by itself takes a prefix and a scheme."""
    server.start()
    for name, value in (("SCRIPT_NAME", "/lessons"), ("X-Forwarded-Prefix", "/quiz"), ("X-Forwarded-Proto", "https")):
        request = urllib.request.Request(server.address + whole("/lessons/research"), headers={name: value})
        with urllib.request.urlopen(request, timeout=10) as answer:
            page = answer.read().decode()
            assert "Strict-Transport-Security" not in answer.headers, name
        assert 'href="/review"' in page, name
        assert "data-root" not in page, name


def test_behind_a_proxy_its_path_is_believed_and_the_address_is_said_to_be_the_proxys(server: Server) -> None:
    server.settings["WEBAPP_PROXIES"] = "1"
    server.start()
    assert "Visitors come by the proxy" in server.output
    request = urllib.request.Request(
        server.address + whole("/lessons/research"), headers={"X-Forwarded-Prefix": "/quiz"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert 'href="/quiz/review"' in answer.read().decode()


def test_a_setting_that_cannot_be_used_stops_the_start(server: Server) -> None:
    server.settings["WEBAPP_SIGNUP"] = "maybe"
    ended = server.command("serve")
    assert ended.returncode == 1
    assert "WEBAPP_SIGNUP" in ended.stderr
    assert "Traceback" not in ended.stderr


# Connections that die with the server are closed by nobody.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_every_acknowledged_answer_is_there_after_the_server_was_killed(server: Server) -> None:
    """Eight learners answer as fast as they can; the server dies as in a power cut; nothing acknowledged is missing."""
    server.start()
    acknowledged: dict[tuple[int, int], int] = {}
    lock = threading.Lock()

    def learn() -> None:
        visitor = Visitor(server)
        try:
            page = visitor.get("/quizzes/research")
            visitor.post("/quizzes/research/attempts", {"csrf_token": token_of(page)})
            attempt = int(visitor.at.split("/")[2])
            for turn in range(400):
                position = turn % 10 + 1
                path = f"/attempts/{attempt}/questions/{position}"
                fields = answers_of(visitor.get(path)) | {"action": "save"}
                # Another answer than last time, so that each post is a new step.
                fields |= {name: str(turn) for name, value in fields.items() if value == "7"}
                said = json.loads(visitor.post(path, fields, accept="application/json"))
                if said["saved"]:
                    with lock:
                        acknowledged[attempt, position] = said["sequence"]
        except (OSError, ValueError, http.client.HTTPException):
            return  # the server is gone, as it should be, or has no time for one more

    threads = [threading.Thread(target=learn) for _ in range(8)]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    while sum(acknowledged.values()) < 60 and time.monotonic() - began < 40:
        time.sleep(0.05)
    server.kill()
    for thread in threads:
        thread.join(timeout=15)
    assert sum(acknowledged.values()) >= 40, f"too few answers to tell anything: {acknowledged}\n{server.log()}"

    server.start()
    with closing(sqlite3.connect(server.data / "webapp.sqlite3")) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kept = {
            (attempt, position): steps
            for attempt, position, steps in file.execute(
                "SELECT slot.attempt_id, slot.position, max(step.sequence) FROM slot "
                "JOIN step ON step.slot_id = slot.id GROUP BY slot.id"
            )
        }
    lost = {key: sequence for key, sequence in acknowledged.items() if kept.get(key, 0) < sequence}
    assert not lost
