"""Servers that share a database and no disk: what one has, all have, and nothing else comes onto their disks."""

from __future__ import annotations

import io
import json
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from tests.conftest import session_of, token_of
from tests.course_table.servers import TINY_AT, AppOnTable, app_on_table, files_of
from tests.editor.conftest import FormReader, fields_of
from tests.editor.test_imports import WITH_PICTURE, Import
from tests.pictures import picture
from tests.several import write_course
from webapp.accounts import service
from webapp.course_table import table, working_copy
from webapp.course_table.paths import BadPath, is_course_name, is_file_path
from webapp.database import db
from webapp.editor import history
from webapp.editor.models import ContentVersion

#: seconds within which an edit on one server is served by the others
WITHIN = 2.0
LESSON = "1-tea/lesson.md"

Two = tuple[AppOnTable, AppOnTable]


def author(server: AppOnTable, others: tuple[AppOnTable, ...] = ()) -> list[FlaskClient]:
    """Somebody who may edit the course, at each of the servers."""
    with server.work():
        user = service.create_user(
            name="Tess", username="tess", password="correct horse battery", role="instructor", now=datetime.now(UTC)
        )
        db.session.commit()
        user_id = user.id
    token = session_of(server.app, user_id)
    clients = []
    for each in (server, *others):
        client = each.app.test_client()
        client.set_cookie("session", token)
        clients.append(client)
    return clients


def opened(client: FlaskClient) -> dict[str, str]:
    """The form of the lesson as its page sends it."""
    page = client.get(f"{TINY_AT}/instructor/bank/file?path={LESSON}").text
    digest = page.split('name="digest"')[1].split('value="')[1].split('"')[0]
    return {"csrf_token": token_of(page), "digest": digest, "action": "save"}


def saves(client: FlaskClient, form: dict[str, str], text: str) -> int:
    return client.post(f"{TINY_AT}/instructor/bank/file?path={LESSON}", data=form | {"text": text}).status_code


def test_an_edit_in_the_browser_of_one_is_served_by_the_other_within_two_seconds(servers: Two, bank: Path) -> None:
    (writer,) = author(servers[0])
    reader, took = servers[1].app.test_client(), []
    text = (bank / LESSON).read_text()
    for turn in range(3):
        words = f"Said at turn {turn} of this test."
        assert words not in reader.get(f"{TINY_AT}/lessons/tea").text  # it has just looked
        assert saves(writer, opened(writer), f"{text}\n{words}\n") == 302
        began = time.monotonic()
        while words not in reader.get(f"{TINY_AT}/lessons/tea").text:
            assert time.monotonic() - began < 20
            time.sleep(0.02)
        took.append(time.monotonic() - began)
        assert words in writer.get(f"{TINY_AT}/lessons/tea").text
    assert max(took) < WITHIN, took


def test_of_two_who_save_one_file_at_two_servers_one_meets_the_conflict_page(servers: Two, bank: Path) -> None:
    here, there = author(servers[0], servers[1:])
    text = (bank / LESSON).read_text()
    forms = opened(here), opened(there)
    assert saves(here, forms[0], text + "\nThe words of one.\n") == 302
    assert saves(there, forms[1], text + "\nThe words of the other.\n") == 409
    page = there.post(
        f"{TINY_AT}/instructor/bank/file?path={LESSON}", data=forms[1] | {"text": text + "\nMine.\n"}
    ).text
    assert "The words of one." in page
    assert "Mine." in page


def test_the_history_has_each_save_once_whichever_server_looks(servers: Two, bank: Path) -> None:
    here, there = author(servers[0], servers[1:])
    text = (bank / LESSON).read_text()
    for client in (here, there):  # what is there at the beginning is recorded
        client.get(f"{TINY_AT}/instructor/bank/file?path={LESSON}")
    for turn, client in enumerate((here, there, here, there)):
        assert saves(client, opened(client), f"{text}\nTurn {turn}.\n") == 302
        for other in (there, here):
            other.get(f"{TINY_AT}/instructor/bank/history?path={LESSON}")
    with servers[0].work():
        kept = db.session.query(ContentVersion).filter_by(path=LESSON).order_by(ContentVersion.id).all()
        assert [version.origin for version in kept] == [history.FOUND] + [history.BROWSER] * 4


def test_an_edit_is_served_at_once_where_it_was_saved(servers: Two) -> None:
    """Whoever has saved sees it on the page that they are led to, however lately the server has looked."""
    with servers[0].work():
        store = servers[0].store()
        text, digest = store.read(LESSON)
        store.save(LESSON, text + "\nSaid just now.\n", digest)
        db.session.commit()
        assert "Said just now." in str(store.current().pillars[0].lesson.sections[-1].blocks[-1])


def test_what_is_not_committed_comes_into_no_folder(servers: Two) -> None:
    with servers[0].work():
        store = servers[0].store()
        text, digest = store.read(LESSON)
        store.save(LESSON, text + "\nNever said.\n", digest)
        assert "Never said." in store.read(LESSON)[0]
        db.session.rollback()
        assert "Never said." not in store.read(LESSON)[0]
        assert "Never said." not in (store.bank / LESSON).read_text()
    with servers[1].work():
        assert "Never said." not in servers[1].store().read(LESSON)[0]


def test_within_a_second_after_a_look_a_request_costs_what_it_costs_with_a_folder(
    servers: Two, count_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = servers[0].app.test_client()
    for _turn in range(2):
        reader.get(f"{TINY_AT}/lessons/tea")
    looks: list[int] = []
    for every in (600.0, 0.0):
        monkeypatch.setattr(working_copy, "EVERY", every)
        with servers[0].work():
            servers[0].courses.refresh(now=True)
        with count_queries(servers[0].app) as counted:
            for _request in range(5):
                assert reader.get(f"{TINY_AT}/lessons/tea").status_code == 200
        looks.append(sum("kept_course" in statement for statement in counted.statements))
        assert not any("kept_file" in statement for statement in counted.statements)
    assert looks == [0, 5]


def test_a_server_that_starts_with_an_empty_folder_has_everything_byte_for_byte(
    servers: Two, bank: Path, tmp_path: Path
) -> None:
    (bank / "media").mkdir(exist_ok=True)
    (bank / "media" / "picture.png").write_bytes(picture())
    servers[0].put(bank)
    third = app_on_table(tmp_path / "third", servers[0].settings.database, bank)
    assert third.app.test_client().get(f"{TINY_AT}/lessons/tea").status_code == 200
    assert files_of(third.folder / "tea-and-bread" / "tea-and-bread") == files_of(bank)
    third.close()


def test_the_folder_is_mended_at_a_start(servers: Two, bank: Path, tmp_path: Path) -> None:
    """What was lost in a power cut, changed by hand, or left by a process that was killed."""
    with servers[0].work():
        folder = servers[0].store().bank
    (folder / LESSON).write_text("Half of")
    (folder / "1-tea" / "questions.yaml").unlink()
    (folder / "mine.yaml").write_text("x")
    (folder / "1-tea" / ".new-abc").write_text("x")
    (tmp_path / "outside").mkdir()
    (folder / "link").symlink_to(tmp_path / "outside")
    again = app_on_table(servers[0].settings.data, servers[0].settings.database, bank)
    with again.work():
        again.store()
    assert files_of(folder) == files_of(bank)
    assert not (folder / "1-tea" / ".new-abc").exists()
    assert (tmp_path / "outside").exists()
    again.close()


def test_a_database_that_was_put_back_is_taken_up_also_with_the_same_number(servers: Two) -> None:
    with servers[1].work():
        before = servers[1].store().read(LESSON)
    ((number, at),) = servers[0].lines("SELECT edition, changed_at FROM kept_course")
    with servers[0].work():
        servers[0].store().save(LESSON, before[0] + "\nAnother.\n", before[1])
        db.session.commit()
    with servers[1].work():
        assert "Another." in servers[1].store().read(LESSON)[0]
    files = servers[0].lines("SELECT edition FROM kept_course")
    assert files == [(number + 1,)]
    servers[0].lines(
        "UPDATE kept_file SET content = :content, digest = :digest WHERE path = :path",
        content=before[0].encode(), digest=before[1], path=LESSON,
    )  # fmt: skip
    servers[0].lines("UPDATE kept_course SET changed_at = :at", at=at)
    with servers[1].work():
        assert servers[1].store().read(LESSON) == before


HOSTILE = (
    "../outside.md", "../../outside.md", "/tmp/outside.md", "a/../../x.md", "../seeds/../outside.md", "a//b.md",
    "a\\b.md", "C:x.md", ".hidden.md", "a/.git/config", "", "a/", "./a.md", "a\nb.md", "a\x7f.md", " a.md",
    "../seeds/", "../seed/a.yaml",
)  # fmt: skip


def test_a_path_that_leads_elsewhere_comes_neither_into_the_table_nor_out_of_it(servers: Two, tmp_path: Path) -> None:
    for path in (*HOSTILE, "é" * 301):
        assert not is_file_path(path), path
        with servers[0].work(), pytest.raises(BadPath):
            table.put("tea-and-bread", path, b"x")
    with servers[0].work():
        servers[0].store()
    # Somebody writes to the table by other ways, and together with it a good file.
    before = {path for path in tmp_path.rglob("*") if "one" not in path.parts[len(tmp_path.parts) :][:1]}
    insert = "INSERT INTO kept_file (course, path, digest, content) VALUES ('tea-and-bread', :path, 'x', :content)"
    for path in HOSTILE:
        servers[0].lines("DELETE FROM kept_file WHERE digest = 'x'")
        servers[0].lines(insert, path=path, content=b"x")
        servers[0].lines(insert, path="good.md", content=b"x")
        servers[0].lines("UPDATE kept_course SET edition = edition + 1")
        with servers[0].work():
            store = servers[0].store()
            assert store.current().id == "tea-and-bread"
            assert not (store.bank / "good.md").exists(), "nothing of such an edition is taken"
        with servers[1].work():
            servers[1].courses.refresh(now=True)
            assert servers[1].courses.ids() == (), "a server that never had a good one has none"
    after = {path for path in tmp_path.rglob("*") if "one" not in path.parts[len(tmp_path.parts) :][:1]}
    ours = tmp_path / "other"
    assert {path for path in after - before if not path.is_relative_to(ours)} <= set(tmp_path.glob("shared.*"))
    assert [path.name for path in (ours / "courses").iterdir()] == [".lock"]
    assert not list(Path("/tmp").glob("outside.md"))
    servers[0].lines("DELETE FROM kept_file WHERE digest = 'x'")
    servers[0].lines("UPDATE kept_course SET edition = edition + 1")
    with servers[1].work():
        assert servers[1].store().current().id == "tea-and-bread"


def test_a_course_with_a_name_that_leads_elsewhere_is_never_kept(servers: Two, tmp_path: Path) -> None:
    names = ["..", "../x", "a/b", "", ".x", "A", "seeds", "a b"]
    for name in (*names, "x" * 81):
        assert not is_course_name(name), name
        with servers[0].work(), pytest.raises(BadPath):
            table.begin(name)
    for name in names:
        course = "INSERT INTO kept_course (name, edition, changed_at) VALUES (:name, 1, :at)"
        servers[0].lines(course, name=name, at=datetime.now(UTC))
        file = "INSERT INTO kept_file (course, path, digest, content) VALUES (:name, 'course.yaml', 'x', :content)"
        servers[0].lines(file, name=name, content=b"id: x\n")
    with servers[1].work():
        assert servers[1].store().current().id == "tea-and-bread", "the others are served all the same"
        assert servers[1].courses.ids() == ("tea-and-bread",)
    assert {path.name for path in (tmp_path / "other" / "courses").iterdir()} == {".lock", "tea-and-bread"}
    assert not (tmp_path / "other" / "x").exists()


def test_a_course_that_comes_is_noticed_and_one_alone_is_the_home_page(empty: Two, tmp_path: Path) -> None:
    reader = empty[1].app.test_client()
    empty[0].put(write_course(tmp_path / "ale", "ale"))
    with empty[1].work():
        empty[1].courses.refresh(now=True)
        assert empty[1].courses.only is not None
        loaded = empty[1].courses.only
    assert "All about ale" in reader.get("/").text
    empty[0].put(write_course(tmp_path / "bun", "bun"))
    with empty[1].work():
        empty[1].courses.refresh(now=True)
        assert empty[1].courses.only is None
        assert empty[1].courses.ids() == ("ale", "bun")
        assert empty[1].courses.store("ale") is loaded, "it need not be loaded again"
    assert reader.get("/courses/bun/lessons/bun-one").status_code == 200
    empty[0].lines("DELETE FROM kept_file WHERE course = 'ale'")
    empty[0].lines("DELETE FROM kept_course WHERE name = 'ale'")
    with empty[1].work():
        empty[1].courses.refresh(now=True)
        assert empty[1].courses.ids() == ("bun",)
        assert empty[1].courses.only is not None
    assert not (empty[1].folder / "ale").exists()


def test_without_any_course_the_pages_of_the_site_are_there(empty: Two) -> None:
    assert empty[0].app.test_client().get("/sign-in").status_code == 200
    assert empty[0].app.test_client().get("/healthz").status_code == 200


def test_a_broken_course_leaves_the_others(empty: Two, tmp_path: Path) -> None:
    empty[0].put(write_course(tmp_path / "ale", "ale"), write_course(tmp_path / "bun", "bun"))
    for server in empty:
        with server.work():
            server.store("bun")
    with empty[1].work():
        bun = empty[1].store("bun")
        text, digest = bun.read("course.yaml")
        bun.save("course.yaml", "title: no more\n", digest)
        db.session.commit()
    for server in empty:
        with server.work():
            assert server.store("ale").current().title == "All about ale"
            assert server.store("bun").current().title == "All about bun", "the last good edition"
            assert [each.id for each in server.courses.listed() if each.problems is not None] == ["bun"]
            assert server.courses.ids() == ("ale", "bun")
    assert text.startswith("id: bun")


def test_what_lies_beside_two_courses_is_kept_apart(empty: Two, tmp_path: Path, bank: Path) -> None:
    """Both have ../seeds/facts.yaml, and not the same one."""
    for name, by in (("tea-and-bread", "A. Baker"), ("coffee", "B. Barista")):
        parent = tmp_path / name
        shutil.copytree(bank, parent / "course")
        (parent / "seeds").mkdir()
        facts = (parent / "course" / "ledger.yaml").read_text()
        (parent / "course" / "ledger.yaml").unlink()
        (parent / "seeds" / "facts.yaml").write_text(facts.replace("A. Baker", by))
        head = (parent / "course" / "course.yaml").read_text()
        head = head.replace("ledger: ledger.yaml", "ledger: ../seeds/facts.yaml")
        (parent / "course" / "course.yaml").write_text(head.replace("id: tea-and-bread", f"id: {name}"))
        empty[0].put(parent / "course")
    with empty[1].work():
        for name, by in (("tea-and-bread", "A. Baker"), ("coffee", "B. Barista")):
            store = empty[1].store(name)
            ledger = store.current().ledger
            assert ledger is not None
            assert ledger.source.author == by
            text, digest = store.read("../seeds/facts.yaml")
            store.save("../seeds/facts.yaml", text.replace(by, f"{by} and others"), digest)
            db.session.commit()
    with empty[0].work():
        ledger = empty[0].store("coffee").current().ledger
        assert ledger is not None
        assert ledger.source.author == "B. Barista and others"


def test_an_edition_is_never_seen_by_half(servers: Two, bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A push of several files, on a disk that takes its time, while requests come."""
    import threading

    for path in (LESSON, "2-bread/lesson.md"):
        (bank / path).write_text((bank / path).read_text() + "\nOf the next edition.\n")
    with servers[1].work():
        servers[1].store()
    servers[0].put(bank)
    real = working_copy.write_whole
    monkeypatch.setattr(working_copy, "write_whole", lambda *given: (time.sleep(0.2), real(*given)))
    seen: set[tuple[bool, bool]] = set()
    done = threading.Event()

    def look() -> None:
        with servers[1].app.app_context():
            while not done.is_set():
                store = servers[1].courses.store("tea-and-bread")
                assert store is not None
                first, second = (str(pillar.lesson.sections[-1].blocks[-1]) for pillar in store.current().pillars)
                seen.add(("next edition" in first, "next edition" in second))

    reader = threading.Thread(target=look)
    reader.start()
    with servers[1].work():
        servers[1].courses.refresh(now=True)
    time.sleep(0.3)
    done.set()
    reader.join(20)
    assert (True, True) in seen
    assert seen <= {(True, True), (False, False)}


def test_while_the_database_is_away_what_is_here_goes_on(
    servers: Two, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with servers[0].work():
        store = servers[0].store()

        def away(_connection: Any) -> None:
            raise OperationalError("SELECT", {}, Exception("out of reach"))

        with monkeypatch.context() as patch:
            patch.setattr(table, "marks", away)
            for _turn in range(3):
                servers[0].courses.refresh(now=True)
                assert store.current().id == "tea-and-bread"
        servers[0].courses.refresh(now=True)
    told = [record.message for record in caplog.records if record.name == "webapp.courses"]
    assert len(told) == 2
    assert "out of reach" in told[0]
    assert "again" in told[1]


def test_the_probes_of_health_ask_for_no_course(servers: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """They answer while the database hangs, whoever asks first."""
    client = servers[0].app.test_client()
    monkeypatch.setattr(working_copy, "EVERY", 0.0)
    client.get("/")
    monkeypatch.setattr(table, "marks", lambda _connection: pytest.fail("the courses were looked at"))
    for path in ("/health/live", "/health/ready", "/healthz"):
        assert client.get(path).status_code == 200
    with pytest.raises(pytest.fail.Exception):
        client.get(f"{TINY_AT}/lessons/tea")


def test_what_was_written_of_a_course_need_not_be_readable(servers: Two, bank: Path) -> None:
    with servers[0].work():
        store = servers[0].store()
        note = store.bank.parent / working_copy.WRITTEN
        for text in ("", "[]", '{"mark": 1}', json.dumps({"mark": [], "files": []})):
            note.write_text(text)
            digest = store.read(LESSON)[1]
            store.save(LESSON, f"{(bank / LESSON).read_text()}\n{len(text)} letters.\n", digest)
            db.session.commit()
            assert f"{len(text)} letters." in (store.bank / LESSON).read_text()


def test_a_file_sent_to_one_server_is_imported_by_another_and_taken_back_by_the_first(
    servers: Two,
) -> None:
    here, there = (Import(client) for client in author(servers[0], servers[1:]))
    page, path = f"{TINY_AT}/instructor/bank/import", "1-tea/questions.yaml"
    form = FormReader("upload").read(here.client.get(page).text)
    data = {**fields_of(form).to_dict(), "into": path, "file": (io.BytesIO(WITH_PICTURE.encode()), "q.xml")}
    here.show(here.client.post(page, data=data, content_type="multipart/form-data"))
    waits = here.response.location
    before = files_of(servers[0].folder)
    there.open(waits).press_on("plan", "import")
    assert "1 question is new." in there.said
    for server in servers:
        with server.work():
            assert server.store().current().question("seen") is not None
            assert len(server.store().current().media) == 1
    here.open(waits).press_on("back")
    assert "The import is taken back" in here.text
    for server in servers:
        with server.work():
            server.store().current()
        assert files_of(server.folder) == before
