"""While the database can't be used, nothing that was typed is lost: a page with 503 keeps it, to be sent again."""

from __future__ import annotations

import html
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from tests.quizzes.conftest import Paper, fields_of, right_answer
from tests.ui.html import problems
from tests.web.test_chores import ROW
from webapp import database
from webapp.accounts import session_store
from webapp.accounts.models import Session, User
from webapp.database import Busy, DatabaseFile, Gone, Writers, db
from webapp.web import outages

pytestmark = pytest.mark.clock


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PAGE_WAITS", 0.2)


@pytest.fixture
def paper(app: Flask, make_user: Any, sign_in: Any) -> Paper:
    paper = Paper(sign_in(app.test_client(), make_user()))
    paper.start("every-type")
    return paper


@pytest.fixture
def held(app: Flask) -> Iterator[Path]:
    """The file of the database, to which the app holds as a server does."""
    with app.app_context():
        database.hold_to_file()
    file: DatabaseFile = app.extensions["database_file"]
    assert file.path
    yield Path(file.path)
    file.path = None


def sending(paper: Paper, position: int, **more: Any) -> Callable[[], Any]:
    """What sends the right answer to a question; made before the database can't be used."""
    slot = paper.slot(position)
    data = {**fields_of(slot, right_answer(slot)), "csrf_token": paper.token, "sequence": "0", "action": "next"}
    return lambda: paper.client.post(f"{paper.path}/questions/{position}", data=data, **more)


def kept_fields(page: str) -> dict[str, str]:
    """What the form on the page would send again."""
    form = page[page.index("data-send-again") : page.index("</form>", page.index("data-send-again"))]
    return {
        html.unescape(name): html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    }


def test_a_locked_database_gives_a_page_that_keeps_the_answer_and_sends_it_again(paper: Paper, locked: Any) -> None:
    answer, send = right_answer(paper.slot(5)), sending(paper, 5)
    with locked():
        sent = send()
    assert sent.status_code == 503
    assert int(sent.headers["Retry-After"]) > 0
    assert sent.headers["Cache-Control"] == "no-store"
    assert problems(sent.text) == []
    assert f"<blockquote>{answer['text']}</blockquote>" in sent.text, "to be seen, too"
    again = paper.client.post(f"{paper.path}/questions/5", data=kept_fields(sent.text))
    assert (again.status_code, again.location) == (303, f"{paper.path}/questions/6")
    assert paper.slot(5).response == answer


def test_sent_again_twice_it_is_there_once(paper: Paper, locked: Any) -> None:
    send = sending(paper, 5)
    with locked():
        sent = send()
    for _time in range(2):
        assert paper.client.post(f"{paper.path}/questions/5", data=kept_fields(sent.text)).status_code == 303
    assert paper.slot(5).sequence == 1


def test_a_script_is_told_in_json_and_keeps_the_answer_itself(paper: Paper, locked: Any) -> None:
    send = sending(paper, 1, headers={"Accept": "application/json"})
    with locked():
        sent = send()
    assert (sent.status_code, sent.json) == (503, {"error": "unavailable"})
    assert sent.headers["Retry-After"]


def test_who_reads_does_not_wait_for_whoever_holds_the_lock(paper: Paper, locked: Any) -> None:
    with locked():
        began = time.monotonic()
        assert paper.get(2).status_code == 200
        assert time.monotonic() - began < 2


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch, locked: Any) -> Callable[[], float]:
    """How long somebody waits for the lock who wants to write, in seconds; a page 0.4, a command 1.2."""
    monkeypatch.undo()
    assert (database.PAGE_WAITS, database.WAIT_FOR_LOCK) == (3, 15)
    monkeypatch.setattr(database, "PAGE_WAITS", 0.4)
    monkeypatch.setattr(database, "WAIT_FOR_LOCK", 1.2)

    def measure() -> float:
        with db.engine.connect() as connection:
            connection.begin()  # a connection is made while nobody has the lock
        with locked(), db.engine.connect() as connection:
            began = time.monotonic()
            with pytest.raises(SQLAlchemyError, match="locked"):
                connection.begin()
            return time.monotonic() - began

    return measure


def test_a_page_waits_for_seconds_and_a_command_longer(app: Flask, waits: Callable[[], float]) -> None:
    with app.app_context():
        assert waits() >= 1.2
    with app.test_request_context():
        assert 0.4 <= waits() < 1.2
    with app.app_context():
        assert waits() >= 1.2


def test_a_write_aside_waits_for_hardly_anything_and_leaves_no_other_wait_behind(
    app: Flask, waits: Callable[[], float], locked: Any
) -> None:
    statement = update(User).values(locale="en")
    # On a connection that is new, one that a page had, and one that a command had.
    for before in (None, app.test_request_context, app.app_context):
        if before is not None:
            with before():
                waits()
        with app.test_request_context(), locked():
            began = time.monotonic()
            database.write_aside(statement)
            assert time.monotonic() - began < 1.2
        with app.test_request_context():
            assert 0.4 <= waits() < 1.2
        with app.app_context():
            assert waits() >= 1.2


def test_who_sends_an_answer_is_found_out_without_the_lock(paper: Paper, locked: Any) -> None:
    """So nobody waits for it while the session, the person and their standing to the course are read."""
    send = sending(paper, 1, headers={"Accept": "application/json"})
    paper.client.delete_cookie("session")
    paper.client.set_cookie("session", "x" * session_store.ID_LENGTH)
    with locked():
        sent = send()
    assert sent.status_code != 503
    assert b"unavailable" not in sent.data


def test_an_answer_that_notes_the_use_of_its_session_is_saved_with_it(paper: Paper, app: Flask, clock: Any) -> None:
    clock.advance(minutes=5)
    assert sending(paper, 1)().status_code == 303
    with app.app_context():
        assert db.session.scalar(select(func.max(Session.last_used_at))) == clock()


def test_while_many_have_waited_for_long_one_more_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LONG", 0.05)
    writers = Writers(at_most=2)
    writers.take("writes", 1)

    def wait(name: str) -> None:
        writers.take(name, 10)
        writers.leave(name)

    threads = [threading.Thread(target=wait, args=[name]) for name in ("waits", "waits, too")]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    with pytest.raises(Busy, match="others wait"):
        writers.take("one more", 10)
    writers.leave("writes")
    for thread in threads:
        thread.join()
    assert writers.take("one more", 10) > 9


def test_while_everybody_gets_a_turn_nobody_is_refused_however_many_wait() -> None:
    writers, written = Writers(at_most=2), list[int]()

    def write(number: int) -> None:
        writers.take(number, 10)
        time.sleep(0.02)
        written.append(number)
        writers.leave(number)

    threads = [threading.Thread(target=write, args=[number]) for number in range(80)]
    for thread in threads:
        thread.start()
        time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert len(written) == 80


def test_pages_write_in_the_order_they_came_and_wait_no_longer_than_they_have_patience() -> None:
    writers, order = Writers(at_most=20), list[int]()
    writers.take("writes", 1)

    def write(number: int) -> None:
        writers.take(number, 10)
        order.append(number)
        writers.leave(number)

    threads = [threading.Thread(target=write, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    with pytest.raises(Busy):
        writers.take("impatient", 0.05)
    writers.leave("writes")
    for thread in threads:
        thread.join()
    assert order == list(range(8))


@pytest.mark.parametrize("site", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}])
def test_a_form_of_another_site_is_not_kept(paper: Paper, locked: Any, site: dict[str, str]) -> None:
    with locked():
        sent = paper.client.post(f"{paper.path}/questions/1", data={"csrf_token": paper.token, "x": "a"}, headers=site)
    assert sent.status_code == 503
    assert "data-send-again" not in sent.text


def test_a_password_is_not_written_into_a_page(app: Flask, client: FlaskClient, post: Any, locked: Any) -> None:
    page = client.get("/sign-up").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    with locked():
        sent = client.post(
            "/sign-up",
            data={"csrf_token": token[1], "name": "Ada", "login": "ada", "password": "a long and quiet evening"},
        )
    assert sent.status_code == 503
    assert "quiet evening" not in sent.text


def test_the_page_of_a_defect_keeps_the_answer_and_has_a_number_that_stands_in_the_log(
    app: Flask, paper: Paper, caplog: pytest.LogCaptureFixture
) -> None:
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer, send = right_answer(paper.slot(5)), sending(paper, 5)

    def refuse(*_arguments: Any) -> None:
        raise RuntimeError("a defect")

    with app.app_context():
        engine = db.engine
    event.listen(engine, "commit", refuse)
    try:
        with caplog.at_level(logging.ERROR):
            sent = send()
    finally:
        event.remove(engine, "commit", refuse)
    assert sent.status_code == 500
    assert problems(sent.text) == []
    number = re.search(r"<code>(\w{8})</code>", sent.text)
    assert number
    assert number[1] in caplog.messages[-1]
    assert kept_fields(sent.text)["sequence"] == "0"
    assert answer["text"] in kept_fields(sent.text).values()


def test_a_connection_that_breaks_when_a_page_is_made_already_spoils_it_no_more(app: Flask, paper: Paper) -> None:
    """PostgreSQL was killed between the last statement and the end of the request: nothing can be rolled back."""

    def broken(*_arguments: Any) -> None:
        raise OperationalError("ROLLBACK", None, Exception("server closed the connection unexpectedly"))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "rollback", broken)
    try:
        assert paper.get(1).status_code == 200
    finally:
        event.remove(engine, "rollback", broken)
    assert paper.get(1).status_code == 200


# --- the file under the server ----------------------------------------------------------------------------------------


def replaced(file: Path) -> None:
    copy = file.with_name("copy")
    copy.write_bytes(file.read_bytes())
    copy.replace(file)


@pytest.mark.parametrize("how", [replaced, Path.unlink], ids=["replaced", "deleted"])
def test_nothing_is_acknowledged_into_a_file_that_is_not_there_any_more(
    paper: Paper, held: Path, how: Callable[[Path], None]
) -> None:
    """Also on connections that were open: they would go on writing to a file that has no name."""
    assert paper.send(1, right_answer(paper.slot(1))).status_code == 303
    how(held)
    assert paper.client.post(f"{paper.path}/questions/2", data={"csrf_token": paper.token}).status_code == 503
    assert paper.client.get("/").status_code == 503
    health = paper.client.get("/healthz")
    assert health.status_code == 503
    assert health.json["database"] == "moved, deleted or replaced"
    assert not (how is Path.unlink and held.exists()), "no new file was made in its place"


def test_a_file_that_vanishes_between_begin_and_commit_is_noticed(app: Flask, held: Path) -> None:
    with app.app_context():
        db.session.execute(text(ROW))
        held.rename(held.with_name("elsewhere"))
        with pytest.raises(Gone):
            db.session.commit()
        db.session.rollback()
        held.with_name("elsewhere").rename(held)


def test_a_folder_that_is_put_back_heals(paper: Paper, held: Path) -> None:
    away = held.parent.with_name("away")
    held.parent.rename(away)
    sent = paper.client.post(f"{paper.path}/questions/1", data={"csrf_token": paper.token, "sequence": "0"})
    assert sent.status_code == 503
    assert paper.client.get("/healthz").status_code == 503
    away.rename(held.parent)
    assert paper.send(1, right_answer(paper.slot(1))).status_code == 303
    assert paper.client.get("/healthz").status_code == 200


@pytest.mark.parametrize("error", [ValueError("no"), None, ZeroDivisionError()])
def test_a_defect_is_no_outage(error: Exception | None) -> None:
    assert outages.reason(error) is None
