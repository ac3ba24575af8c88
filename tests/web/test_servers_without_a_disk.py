"""Two real servers on one PostgreSQL that have no folder in common: the course is in the database."""

from __future__ import annotations

import re
import shutil
import sys
import time
import urllib.error
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import TINY, token_of
from tests.servers import Server
from tests.visitors import Visitor

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="several servers need POSIX"),
]
PASSWORD = "correct horse battery"
#: seconds within which an edit on one server is served by the others
WITHIN = 2.0
FILE, LESSON = "/courses/tea-and-bread/instructor/bank/file?path=1-tea/lesson.md", "/courses/tea-and-bread/lessons/tea"


@pytest.fixture(scope="module")
def servers(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "nothing").mkdir()
    given = {"WEBAPP_DATABASE_URL": postgres(), "WEBAPP_SECRET_KEY": "k" * 32, "WEBAPP_STORE": "database"}
    given["WEBAPP_BANK"] = str(folder / "nothing")  # visitors know the course, the servers don't
    made = [Server(folder / f"data{number}", TINY, settings=given) for number in range(2)]
    shutil.copytree(TINY, folder / "author")
    pushed = made[0].command("bank", "push", str(folder / "author"))
    assert pushed.returncode == 0, pushed.stderr
    added = made[0].command("users", "add", "Tess", "--role", "instructor", "--password-stdin", stdin=PASSWORD + "\n")
    assert added.returncode == 0, added.stderr
    try:
        for server in made:
            server.start(90)
        yield made[0], made[1]
    finally:
        for server in made:
            server.stop()


def enters(server: Server) -> Visitor:
    visitor = Visitor(server)
    visitor.post("/sign-in", {"login": "tess", "password": PASSWORD, "csrf_token": token_of(visitor.get("/sign-in"))})
    assert visitor.at != "/sign-in"
    return visitor


def opened(author: Visitor) -> dict[str, str]:
    page = author.get(FILE)
    return dict(re.findall(r'name="(digest)"[^>]*value="([^"]*)"', page)) | {
        "csrf_token": token_of(page),
        "action": "save",
    }


def saves(author: Visitor, form: dict[str, str], text: str) -> int:
    try:
        author.post(FILE, form | {"text": text})
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    return 200


def seconds_until(reader: Visitor, words: str) -> float:
    began = time.monotonic()
    while words not in reader.get(LESSON):
        assert time.monotonic() - began < 20
        time.sleep(0.02)
    return time.monotonic() - began


def test_an_edit_on_one_server_is_served_by_the_other_within_two_seconds(servers: tuple[Server, Server]) -> None:
    """Both have two processes, and so one of four has written it."""
    author, reader, took = enters(servers[0]), Visitor(servers[1]), []
    text = (TINY / "1-tea" / "lesson.md").read_text()
    for turn in range(4):
        words = f"Said at turn {turn} of this test."
        for _look in range(4):
            assert words not in reader.get(LESSON)
        assert saves(author, opened(author), f"{text}\n{words}\n") == 200
        took.append(seconds_until(reader, words))
    print(f"served after {', '.join(f'{each:.2f}' for each in took)} s")
    assert max(took) < WITHIN, took


def test_a_push_is_served_by_all(servers: tuple[Server, Server], tmp_path: Path) -> None:
    folder = tmp_path / "pulled"
    assert servers[1].command("bank", "pull", str(folder)).returncode == 0
    with (folder / "1-tea" / "lesson.md").open("a") as file:
        file.write("\nPushed from a folder.\n")
    assert servers[1].command("bank", "push", str(folder)).returncode == 0
    # Each answers once before, as one that is in use: the first page of a visitor takes longest.
    took = []
    for server in servers:
        reader = Visitor(server)
        reader.get("/sign-in")
        took.append(seconds_until(reader, "Pushed from a folder."))
    assert max(took) < WITHIN, took


def test_of_two_who_save_at_two_servers_at_once_one_is_told_of_the_other(servers: tuple[Server, Server]) -> None:
    authors = [enters(server) for server in servers]
    text = (TINY / "1-tea" / "lesson.md").read_text()
    for turn in range(3):
        forms = [opened(author) for author in authors]
        began = time.monotonic()
        while forms[0]["digest"] != forms[1]["digest"]:  # one has not looked for a second
            assert time.monotonic() - began < 20
            time.sleep(0.2)
            forms = [opened(author) for author in authors]
        texts = [f"{text}\nTurn {turn} of author {number}.\n" for number in range(2)]
        with ThreadPoolExecutor(2) as pool:
            statuses = list(pool.map(saves, authors, forms, texts))
        assert sorted(statuses) == [200, 409]
        won = statuses.index(200)
        for server in servers:
            seconds_until(Visitor(server), f"Turn {turn} of author {won}.")
