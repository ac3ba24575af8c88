"""Whoever sends slowly waits alone: the real server answers everybody else meanwhile."""

from __future__ import annotations

import http.client
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.conftest import TINY, token_of
from tests.servers import Server
from tests.visitors import Visitor
from webapp.commands.whole_requests import LARGEST_BODY, LARGEST_UPLOAD, Arriving
from webapp.web import bodies

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("slow")
    shutil.copytree(TINY, folder / "bank")
    server = Server(folder / "data", folder / "bank", settings={"WEBAPP_LIMITS": "off"})
    server.start()
    yield server
    server.stop()


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def head(length: int | str, path: str = "/sign-in", more: str = "") -> bytes:
    body = f"Content-Length: {length}" if isinstance(length, int) else f"Transfer-Encoding: {length}"
    form = "Content-Type: application/x-www-form-urlencoded"
    return f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{form}\r\n{body}\r\n{more}\r\n".encode()


def seconds_of_a_page(server: Server) -> float:
    began = time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("GET", "/sign-in")
        assert connection.getresponse().status == 200
    return time.monotonic() - began


SLOW = {
    "a body that does not come": head(1000) + b"login=",
    "a head that does not end": b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "a chunk that does not come": head("chunked") + b"ff\r\nlogin=a\r\n\r\n",
    "a body that waits to be asked for": head(1000, more="Expect: 100-continue\r\n"),
    "a body far too large": head(5 * 1024 * 1024) + b"login=",
    "a request that is answered, and a connection that stays": b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
    "nothing at all": b"",
}


@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW)
def test_forty_slow_senders_hold_up_nobody(server: Server, sent: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(slow := connect(server))
            slow.sendall(sent)
        time.sleep(0.3)
        assert max(seconds_of_a_page(server) for _ in range(3)) < 2


def test_a_request_that_comes_in_pieces_is_read_whole(server: Server) -> None:
    visitor = Visitor(server)
    token = token_of(visitor.get("/sign-in"))
    cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.jar)
    body = f"csrf_token={token}&login=nobody&password=wrong".encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:9], body[9:30], body[30:])) + b"0\r\n\r\n"
    for first, rest in ((head(len(body), more=f"Cookie: {cookie}\r\n"), body),
                        (head("chunked", more=f"Cookie: {cookie}\r\n"), chunks)):  # fmt: skip
        with connect(server) as sock:
            for piece in (first[:40], first[40:], rest[:11], rest[11:-3], rest[-3:]):
                sock.sendall(piece)
                time.sleep(0.05)
            assert sock.recv(12) == b"HTTP/1.1 401"


def test_what_is_too_large_is_refused_in_words_while_it_is_still_being_sent(server: Server) -> None:
    with connect(server) as sock:
        sock.sendall(head(5 * 1024 * 1024))
        for _ in range(80):
            try:
                sock.sendall(b"x" * 65_536)
            except OSError:
                break
        answer = b""
        while piece := sock.recv(65_536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"At most 320 kilobytes" in answer


def test_the_address_that_takes_files_is_sent_more_and_bounded_too() -> None:
    for path, length, whole in (
        ("/sign-in", LARGEST_BODY + 1, True),  # it is refused, so nothing more is waited for
        ("/instructor/bank/media", LARGEST_BODY + 1, False),
        ("/school/instructor/bank/media?page=2", LARGEST_BODY + 1, False),
        ("/instructor/bank/media/remove", LARGEST_BODY + 1, True),
        ("/sign-in?/instructor/bank/media", LARGEST_BODY + 1, True),
        ("/attempts/7/questions/12/file", LARGEST_BODY + 1, False),
        ("/c/tea/attempts/7/questions/12/file", LARGEST_BODY + 1, False),
        ("/attempts/7/questions/12/file/take-back", LARGEST_BODY + 1, True),
        ("/attempts/7/questions/12", LARGEST_BODY + 1, True),
        ("/instructor/bank/media", LARGEST_UPLOAD + 1, True),
    ):
        assert Arriving(0, head(length, path)).is_whole() == whole, (path, length)
    assert bodies.FILES < LARGEST_UPLOAD


def test_two_requests_on_one_connection_get_two_answers(server: Server) -> None:
    with connect(server) as sock:
        sock.sendall(
            b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        answer = b""
        while piece := sock.recv(65_536):
            answer += piece
    assert answer.count(b"HTTP/1.1 200") == 2


def test_a_stopping_server_waits_for_nobody_who_says_nothing(tmp_path: Path) -> None:
    shutil.copytree(TINY, tmp_path / "bank")
    server = Server(tmp_path / "data", tmp_path / "bank")
    server.start()
    with connect(server):
        time.sleep(0.2)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 6


HANGS = """
import time, flask, webapp
create = webapp.create_app

def create_app(*settings):
    app = create(*settings)
    app.before_request(lambda: time.sleep(60) if flask.request.path == "/hang" else None)
    return app

webapp.create_app = create_app
from webapp.commands import main
main()
"""


def test_who_asks_how_the_server_is_does_not_queue_behind_pages_that_hang(tmp_path: Path) -> None:
    """As they do while PostgreSQL is frozen: all threads of all processes hang, and more requests wait for one."""
    shutil.copytree(TINY, tmp_path / "bank")
    given = {"WEBAPP_LIMITS": "off", "WEBAPP_WORKERS": "1", "WEBAPP_THREADS": "1"}
    server = Server(
        tmp_path / "data", tmp_path / "bank", settings=given, program=(sys.executable, "-c", HANGS)
    )  # fmt: skip
    server.start()
    try:
        with ExitStack() as stack:
            for _ in range(6):
                stack.enter_context(hanging := connect(server))
                hanging.sendall(b"GET /hang HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            time.sleep(2.5)
            for path in ("/healthz", "/health/live", "/health/ready?from=proxy"):
                began = time.monotonic()
                with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
                    connection.request("GET", path)
                    assert connection.getresponse().status == 200
                assert time.monotonic() - began < 2, path
    finally:
        server.kill()
