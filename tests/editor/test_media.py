"""Pictures and recordings in the browser: put in with the words for those who don't see or hear them, found in a list,
taken out when nothing shows them."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import encode_multipart

from tests.conftest import token_of
from tests.content.test_git_repository import git, own_settings  # noqa: F401 - as a fixture
from tests.content.test_hostile_media import REFUSED
from tests.content.test_sent_media import RENAMED
from tests.editor.conftest import Screen
from tests.pictures import SECRET_PLACE, photograph, picture
from tests.recordings import CAPTIONS, mp3, mp4
from webapp.audit.models import AuditEntry
from webapp.content.media.pictures import LARGEST
from webapp.database import db
from webapp.web import bodies

MEDIA = "/instructor/bank/media"
LESSON = "/instructor/bank/file?path=1-tea/lesson.md"


@pytest.fixture(autouse=True)
def _a_course_to_edit(bank: Path) -> None:
    """A course of its own for each test, without the picture that other tests' examples show."""


def send(client: FlaskClient, raw: bytes, called: str = "leaf.png", *, script: bool = False, **fields: str) -> Any:
    page = client.get(MEDIA).text
    data: dict[str, Any] = {"csrf_token": token_of(page), "file": (BytesIO(raw), called), **fields}
    headers = {"X-Requested-With": "fetch"} if script else {}
    return client.post(MEDIA, data=data, headers=headers, content_type="multipart/form-data")


def written_in(page: str) -> str:
    found = re.search(r"heard: <code>(.*?)</code>", page)
    assert found is not None, page
    return found[1].replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def added(screen: Screen, raw: bytes, called: str = "leaf.png", **fields: str) -> str:
    """What the page says to write."""
    assert send(screen.client, raw, called, **fields).status_code == 302
    return written_in(screen.client.get(MEDIA).text)


def test_a_picture_is_put_in_shown_by_a_question_and_seen_in_its_preview(screen: Screen, bank: Path) -> None:
    written = added(screen, photograph(), "leaf.jpg", alt="Three leaves")
    name = re.fullmatch(r"!\[Three leaves\]\((media/leaf-[0-9a-f]{8}\.jpg)\)", written)
    assert name is not None
    assert (bank / name[1]).read_bytes() == photograph()
    screen.open("/instructor/bank/questions/tea-choice").fill(stem=f"What is it? {written}").press("save")
    assert "Saved." in screen.text
    assert 'alt="Three leaves"' in screen.text
    listed = screen.client.get(MEDIA).text
    assert f"<code>{name[1]}</code>" in listed
    assert re.search(r"1-tea/questions\.yaml, line \d+", listed)
    address = re.search(r'<img class="thumbnail" src="([^"]+)"', listed)
    assert address is not None
    with screen.client.get(address[1]) as shown:
        assert shown.data.startswith(b"\xff\xd8")
        assert SECRET_PLACE.encode() not in shown.data


def test_a_lesson_shows_it_too(screen: Screen, bank: Path) -> None:
    written = added(screen, picture(), alt="A cup")
    screen.open(LESSON)
    screen.set("text", screen.fields["text"].rstrip() + f"\r\n\r\n{written}\r\n").press("save")
    assert "Saved." in screen.text
    assert 'alt="A cup"' in screen.client.get("/lessons/tea").text


@pytest.mark.parametrize(
    "alt", ["a [b](c) d", r"a \ b", "**not bold**", "x_1 and x_2", "2 < 3 & 4", "costs $5 or $6", "`code`", '"quoted"']
)
def test_what_is_seen_reads_as_it_was_written_whatever_marks_are_in_it(screen: Screen, alt: str) -> None:
    written = added(screen, picture(), alt=alt)
    screen.open(LESSON)
    screen.set("text", screen.fields["text"].rstrip() + f"\r\n\r\nBefore {written} after.\r\n").press("save")
    assert "Saved." in screen.text
    shown = re.search(r'<img class="picture"[^>]* alt="([^"]*)"', screen.client.get("/lessons/tea").text)
    assert shown is not None
    said = shown[1].replace("&lt;", "<").replace("&quot;", '"').replace("&#34;", '"').replace("&amp;", "&")
    assert said == alt


def test_a_picture_without_words_has_to_be_said_to_be_decorative(screen: Screen, bank: Path) -> None:
    answer = send(screen.client, picture(), alt="  ")
    assert answer.status_code == 422
    assert "Say what is seen" in answer.text
    assert not (bank / "media").exists()
    assert added(screen, picture(), decorative="1").endswith('.png "decorative")')


@pytest.mark.parametrize("case", sorted({*REFUSED} - {"nothing", *RENAMED}))
def test_what_is_no_picture_is_refused_by_its_content_and_nothing_stays(screen: Screen, bank: Path, case: str) -> None:
    called, raw, _said = REFUSED[case]
    answer = send(screen.client, raw, called, alt="x", listening="1")
    assert answer.status_code == 422
    assert 'lang="en"' in answer.text
    assert not list(bank.glob("media/*"))


def test_a_name_that_leads_elsewhere_leads_nowhere(screen: Screen, bank: Path) -> None:
    before = sorted(path for path in bank.rglob("*") if path.is_file())
    written = added(screen, picture(), '../../"><script>alert(1)</script>.png', alt="x")
    new = [path for path in bank.rglob("*") if path.is_file() and path not in before]
    assert [f"media/{path.name}" for path in new] == re.findall(r"media/[\w.-]+", written)
    assert "<script>alert" not in screen.client.get(MEDIA).text


def test_sound_takes_its_words_as_plain_lines(screen: Screen, bank: Path) -> None:
    written = added(screen, mp3(), "market.mp3", alt="At the market", words="Buenos días.\r\nAdiós --> chau.")
    assert re.fullmatch(r"!\[At the market\]\(media/market-\w+\.mp3\)", written)
    screen.open(LESSON)
    screen.set("text", screen.fields["text"].rstrip() + f"\r\n\r\n{written}\r\n").press("save")
    assert "Saved." in screen.text
    page = screen.client.get("/lessons/tea").text
    assert "<p>Buenos días.</p>" in page
    assert "Adiós" in page


def test_a_recording_needs_its_words_or_is_there_to_be_heard(screen: Screen, bank: Path) -> None:
    answer = send(screen.client, mp3(), "market.mp3", alt="At the market")
    assert answer.status_code == 422
    assert "Write what is said" in answer.text
    assert not list(bank.glob("media/*"))
    assert added(screen, mp3(), "market.mp3", alt="What is asked?", listening="1").endswith('.mp3 "listening")')


def test_video_takes_captions_with_times_and_says_which_line_is_wrong(screen: Screen, bank: Path) -> None:
    answer = send(screen.client, mp4(), "walk.mp4", alt="A walk", words="Just words")
    assert answer.status_code == 422
    assert "Line 1: " in answer.text
    assert "WEBVTT" in answer.text
    assert not list(bank.glob("media/*"))
    assert "walk" in added(screen, mp4(), "walk.mp4", alt="A walk", words=CAPTIONS)
    assert [path.suffix for path in sorted(bank.glob("media/*"))] == [".mp4", ".vtt"]
    assert re.search(r"path=media/walk-\w+\.vtt", screen.client.get(MEDIA).text)


def test_a_script_gets_what_to_write_or_what_to_mend(screen: Screen) -> None:
    answer = send(screen.client, picture(), script=True, alt="A leaf")
    assert answer.json["written"].startswith("![A leaf](media/leaf-")
    answer = send(screen.client, b"no picture", script=True, alt="A leaf")
    assert (answer.status_code, answer.json["language"], answer.json["errors"][0][0]) == (422, "en", "file")
    answer = send(screen.client, picture(), script=True)
    assert (answer.status_code, answer.json["language"], answer.json["errors"][0][0]) == (422, "", "alt")


def test_only_what_no_text_shows_can_be_taken_out(screen: Screen, bank: Path) -> None:
    written = added(screen, picture(), alt="A leaf")
    name = re.findall(r"media/[\w.-]+", written)[0]
    screen.open("/instructor/bank/questions/tea-choice").fill(stem=f"What is it? {written}").press("save")
    page = screen.client.get(MEDIA).text
    assert "Delete" not in page
    remove = {"csrf_token": token_of(page), "name": name}
    answer = screen.client.post(f"{MEDIA}/remove", data=remove, follow_redirects=True)
    assert "a text shows it" in answer.text
    assert (bank / name).exists()
    screen.open("/instructor/bank/questions/tea-choice").fill(stem="What is it?").press("save")
    assert "Delete" in screen.client.get(MEDIA).text
    answer = screen.client.post(f"{MEDIA}/remove", data=remove, follow_redirects=True)
    assert "is taken out" in answer.text
    assert not (bank / name).exists()


def test_a_draft_and_a_translation_count_as_use(screen: Screen, bank: Path) -> None:
    name = re.findall(r"media/[\w.-]+", added(screen, picture(), alt="A leaf"))[0]
    screen.open("/instructor/bank/new/true_false").fill(stem=f"![A leaf]({name})").press("draft")
    assert "Saved as a draft." in screen.text
    data = {"csrf_token": token_of(screen.client.get(MEDIA).text), "name": name}
    screen.client.post(f"{MEDIA}/remove", data=data)
    assert (bank / name).exists()


@pytest.mark.parametrize(
    "name", ["course.yaml", "../course.yaml", "media/../course.yaml", "media/none.png", "", "media/"]
)
def test_nothing_else_can_be_taken_out(screen: Screen, bank: Path, name: str) -> None:
    before = {path: path.read_bytes() for path in bank.rglob("*") if path.is_file()}
    data = {"csrf_token": token_of(screen.client.get(MEDIA).text), "name": name}
    assert screen.client.post(f"{MEDIA}/remove", data=data).status_code == 404
    assert {path: path.read_bytes() for path in bank.rglob("*") if path.is_file()} == before


def test_a_recording_goes_with_its_words(screen: Screen, bank: Path) -> None:
    name = re.findall(r"media/[\w.-]+", added(screen, mp3(), "m.mp3", alt="M", words="Hello"))[0]
    data = {"csrf_token": token_of(screen.client.get(MEDIA).text), "name": name}
    screen.client.post(f"{MEDIA}/remove", data=data)
    assert not list(bank.glob("media/*"))


def test_a_file_may_be_larger_than_a_form_and_is_refused_unread_beyond_that(screen: Screen) -> None:
    page = screen.client.get(MEDIA).text
    fields = {"csrf_token": token_of(page), "alt": "x", "file": (BytesIO(picture() + b"\0" * bodies.STAFF), "a.png")}
    _boundary, body = encode_multipart(fields, boundary="edge")
    kind = "multipart/form-data; boundary=edge"
    # It was read, and something stands behind the picture.
    assert screen.client.post(MEDIA, data=body, content_type=kind).status_code == 422
    assert LARGEST < bodies.FILES
    answer = screen.client.post(MEDIA, data=b"\0" * (bodies.FILES + 1), content_type=kind)
    assert answer.status_code == 413
    assert "12 megabytes" in answer.text


def test_what_was_done_is_in_the_log(screen: Screen, app: Flask) -> None:
    name = re.findall(r"media/[\w.-]+", added(screen, picture(), "leaf.png", alt="A leaf"))[0]
    screen.client.post(f"{MEDIA}/remove", data={"csrf_token": token_of(screen.client.get(MEDIA).text), "name": name})
    with app.app_context():
        entries = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
        done = [
            (entry.action, entry.subject, entry.actor_name) for entry in entries if entry.action.startswith("medium.")
        ]
    assert done == [("medium.added", name, "Ines Tructor"), ("medium.removed", name, "Ines Tructor")]


def test_a_full_disk_is_said_and_nothing_is_recorded(
    screen: Screen, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(app.extensions["courses"].only, "add_medium", full)
    answer = send(screen.client, picture(), alt="x")
    assert answer.status_code == 422
    assert "No space left on device" in answer.text
    with app.app_context():
        assert db.session.scalar(select(AuditEntry).where(AuditEntry.action == "medium.added")) is None


def test_where_git_keeps_the_history_each_file_is_a_commit(
    client: FlaskClient,
    bank: Path,
    make_app: Callable[..., Flask],
    make_user: Callable[..., int],
    sign_in: Callable[..., Any],
) -> None:
    top = bank.parent
    git(top, "init", "--quiet", "-b", "main")
    git(top, "add", bank.name)
    git(top, "commit", "--quiet", "-m", "The course")
    app = make_app(git=True)
    screen = Screen(sign_in(app.test_client(), make_user("instructor", name="Gita Author", username="gita")))
    name = re.findall(r"media/[\w.-]+", added(screen, mp3(), "m.mp3", alt="M", words="Hello"))[0]
    screen.client.post(f"{MEDIA}/remove", data={"csrf_token": token_of(screen.client.get(MEDIA).text), "name": name})
    said = git(top, "log", "--format=%an: %s").splitlines()
    assert said[:3] == [
        f"Gita Author: Remove {name}",
        f"Gita Author: Saved {name[:-4]}.vtt",
        f"Gita Author: Add {name}",
    ]
    assert git(top, "status", "--porcelain", bank.name).strip() == ""
