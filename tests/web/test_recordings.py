"""Recordings over the wire: players with their words, and parts of a file as a browser asks for them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.clients import within
from tests.recordings import CAPTIONS, mp3, mp4


@pytest.fixture
def shown(bank: Path, client: FlaskClient) -> str:
    (bank / "media").mkdir()
    (bank / "media" / "hello.mp3").write_bytes(mp3())
    (bank / "media" / "hello.vtt").write_text(CAPTIONS)
    (bank / "media" / "walk.mp4").write_bytes(mp4())
    (bank / "media" / "walk.vtt").write_text(CAPTIONS.replace("Two words", "Three <b>words"))
    path = bank / "1-tea" / "lesson.md"
    path.write_text(
        path.read_text()
        + "\n![A “greeting” & more](media/hello.mp3)\n\n![A walk](media/walk.mp4)\n\n"
        + 'Listen: ![Once more](media/hello.mp3), and ![What is said?](media/hello.mp3 "listening")\n'
    )
    return client.get("/lessons/tea").text


def test_sound_that_stands_by_itself_has_its_title_and_its_words_below(shown: str) -> None:
    figure = re.findall(r'<figure class="recording">.*?</figure>', shown)[0]
    assert f'<audio class="player" controls preload="none" src="{within("/media/")}' in figure
    assert 'aria-label="A “greeting” &amp; more"' in figure
    assert "<figcaption>A “greeting” &amp; more</figcaption>" in figure
    assert "<summary>Transcript</summary><p>Ana: Buenos días.</p><p>Two words &amp; more</p>" in figure


def test_video_has_its_size_and_its_captions(shown: str, client: FlaskClient) -> None:
    figure = re.findall(r'<figure class="recording">.*?</figure>', shown)[1]
    assert 'width="320" height="180"' in figure
    track = re.search(r'<track kind="captions" default srclang="en" label="Captions" src="([^"]+)">', figure)
    assert track is not None
    response = client.get(track[1], buffered=True)
    assert response.headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert response.text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nAna: Buenos días.\n")
    assert "<" not in response.text


def test_within_a_line_the_words_are_a_link_and_what_is_for_listening_has_none(shown: str, client: FlaskClient) -> None:
    line = shown[shown.index("Listen: ") :].partition("</p>")[0]
    assert line.count("<audio") == 2
    assert line.count("Transcript") == 1
    link = re.search(r'<a href="([^"]+)" target="_blank" rel="noopener">', line)
    assert link is not None
    response = client.get(link[1], buffered=True)
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.text == "Ana: Buenos días.\nTwo words & more\n"
    assert "Transcript" not in line[line.index("What is said?") :]


def test_a_recording_is_given_in_parts_and_can_run_nothing(shown: str, client: FlaskClient) -> None:
    address = re.findall(r'<audio class="player" [^>]*src="([^"]+)"', shown)[0]
    assert "hello" not in address
    whole = client.get(address, buffered=True)
    assert whole.data == mp3()
    assert whole.headers["Content-Type"] == "audio/mpeg"
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    part = client.get(address, buffered=True, headers={"Range": "bytes=5-"})
    assert (part.status_code, part.data) == (206, mp3()[5:])


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-0", 206, 0, 1),
        ("bytes=-10", 206, -10, None),
        ("bytes=10-99999999999999999999", 206, 10, None),
        ("bytes=99999999999999999999-", 416, 0, 0),
        ("bytes=9-3", 416, 0, 0),
        ("bytes=0-1,5-6", 416, 0, 0),
        ("bytes=" + ",".join(["0-"] * 1_000), 416, 0, 0),
        ("pages=1-2", 416, 0, 0),
    ],
    ids=["a byte", "the end", "beyond the end", "behind it", "backwards", "two parts", "many parts", "no bytes"],
)
def test_no_range_gets_more_than_the_recording_once(
    shown: str, client: FlaskClient, asked: str, status: int, start: int, end: int | None
) -> None:
    address = re.findall(r'<audio class="player" [^>]*src="([^"]+)"', shown)[0]
    response = client.get(address, buffered=True, headers={"Range": asked})
    assert response.status_code == status
    if status == 206:
        assert response.data == mp3()[start:end]
    else:
        assert len(response.data) < 20_000


def test_pages_may_play_what_lies_here_and_nothing_else(shown: str, client: FlaskClient) -> None:
    assert "media-src 'self';" in client.get("/lessons/tea").headers["Content-Security-Policy"]


def test_a_recording_that_has_changed_stays_what_it_was_under_its_address(
    shown: str, bank: Path, client: FlaskClient
) -> None:
    address = re.findall(r'<audio class="player" [^>]*src="([^"]+)"', shown)[0]
    (bank / "media" / "hello.mp3").write_bytes(mp3(20))
    assert re.findall(r'<audio class="player" [^>]*src="([^"]+)"', client.get("/lessons/tea").text)[0] != address
    assert client.get(address, buffered=True).data == mp3()
