"""Pictures over the wire: from an address that nobody can make up, as a file that can run nothing."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from tests.clients import within
from tests.pictures import SECRET_PLACE, photograph, picture


@pytest.fixture
def lesson(bank: Path) -> Path:
    """A lesson with a photograph, a drawing and a decorative line."""
    (bank / "media").mkdir()
    (bank / "media" / "the-right-one.jpg").write_bytes(photograph((1200, 900)))
    (bank / "media" / "leaf.png").write_bytes(picture(size=(300, 200)))
    (bank / "media" / "line.png").write_bytes(picture(size=(80, 4)))
    path = bank / "1-tea" / "lesson.md"
    path.write_text(
        path.read_text()
        + "\n![A field of “tea” & fog](media/the-right-one.jpg)\n\n![A leaf](media/leaf.png)\n\n"
        + '![](media/line.png "decorative")\n'
    )
    return path


def pictures_of(page: str) -> list[dict[str, str]]:
    """The attributes of each picture of the course on a page."""
    return [
        {name: unescape(value) for name, value in re.findall(r'([a-z]+)="([^"]*)"', tag)}
        for tag in re.findall(r'<img class="picture"[^>]*>', page)
    ]


def offered(shown: dict[str, str]) -> dict[int, str]:
    """The addresses of a picture by the width that is said of them."""
    if "srcset" not in shown:
        return {int(shown["width"]): shown["src"]}
    return {int(width[:-1]): address for address, width in (each.split(" ") for each in shown["srcset"].split(", "))}


def test_a_picture_has_its_size_its_words_and_a_choice_of_widths(lesson: Path, client: FlaskClient) -> None:
    field, leaf, line = pictures_of(client.get("/lessons/tea").text)
    assert (field["width"], field["height"], field["alt"]) == ("1200", "900", "A field of “tea” & fog")
    assert (leaf["width"], leaf["height"], leaf["alt"]) == ("300", "200", "A leaf")
    assert line["alt"] == ""
    assert all(each["loading"] == "lazy" for each in (field, leaf, line))
    assert list(offered(field)) == [480, 960, 1200]
    assert field["src"] == offered(field)[960]
    assert "srcset" not in leaf
    for width, address in (offered(field) | offered(leaf)).items():
        response = client.get(address, buffered=True)
        assert response.status_code == 200
        assert Image.open(BytesIO(response.data)).width == width


def test_a_picture_can_run_nothing_is_kept_for_good_and_asks_the_database_nothing(
    lesson: Path, app: Flask, client: FlaskClient, count_queries: Any, make_user: Any, sign_in: Any
) -> None:
    sign_in(client, make_user())
    field = pictures_of(client.get("/lessons/tea").text)[0]
    with count_queries(app) as counted:
        response = client.get(field["src"], buffered=True)
    assert counted.count == counted.commits == 0
    headers = response.headers
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Set-Cookie" not in headers
    assert "Cookie" not in headers.get("Vary", "")


def test_a_part_of_a_picture_and_one_that_the_browser_has_are_given_as_asked(lesson: Path, client: FlaskClient) -> None:
    address = pictures_of(client.get("/lessons/tea").text)[0]["src"]
    whole = client.get(address, buffered=True)
    part = client.get(address, buffered=True, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, whole.data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.data)}"
    assert client.get(address, buffered=True, headers={"Range": "bytes=99999999-"}).status_code == 416
    assert client.get(address, buffered=True, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304


def test_neither_the_name_of_the_file_nor_its_metadata_leave_the_server(lesson: Path, client: FlaskClient) -> None:
    page = client.get("/lessons/tea").text
    assert "the-right-one" not in page
    for address in offered(pictures_of(page)[0]).values():
        response = client.get(address, buffered=True)
        assert SECRET_PLACE.encode() not in response.data
        assert "the-right-one" not in str(response.headers)


def test_no_address_can_be_made_up(lesson: Path, client: FlaskClient) -> None:
    """Not from the picture itself, not another width of a known one, and not by another spelling."""
    address = pictures_of(client.get("/lessons/tea").text)[0]["src"]
    digest, signature, rest = address.rpartition("/")[2].split("-")
    made_up = [
        f"{digest}-{'0' * 32}-{rest}",
        f"{digest}-{rest}",
        f"{digest}-{signature}-961.jpg",
        f"{digest}-{signature}-1.jpg",
        f"{digest}-{signature}-{rest.replace('jpg', 'png')}",
        f"{digest.upper()}-{signature}-{rest}",
        f"{'0' * 64}-{signature}-{rest}",
        f"{digest}-{signature}-٩٦٠.jpg",
        digest,
        "leaf.png",
        "..%2fcourse.yaml",
        "%2e%2e%2fcourse.yaml",
    ]
    for each in made_up:
        assert client.get(f"/media/{each}").status_code == 404, each
    for path in ("/media/", "/media", "/media/../course.yaml", "/media/x/leaf.png"):
        assert client.get(path).status_code == 404, path


def test_behind_a_prefix_pictures_lie_below_it(lesson: Path, make_app: Any) -> None:
    client = make_app(proxies=1).test_client()
    page = client.get("/lessons/tea", headers={"X-Forwarded-Prefix": "/quiz"}).text
    for shown in pictures_of(page):
        for address in offered(shown).values():
            assert address.startswith("/quiz" + within("/media/"))


def test_a_picture_that_was_taken_out_leaves_its_words(lesson: Path, bank: Path, client: FlaskClient) -> None:
    """The course is broken then, and the last good one is shown, with its picture."""
    address = pictures_of(client.get("/lessons/tea").text)[1]["src"]
    (bank / "media" / "leaf.png").unlink()
    page = client.get("/lessons/tea").text
    assert pictures_of(page)[1]["src"] == address
    assert client.get(address, buffered=True).status_code == 200


def test_when_nothing_can_be_written_pictures_are_shown_all_the_same(
    lesson: Path, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("webapp.content.media.archive._write", full)
    address = pictures_of(client.get("/lessons/tea").text)[1]["src"]
    response = client.get(address, buffered=True)
    assert response.status_code == 200
    assert Image.open(BytesIO(response.data)).size == (300, 200)


def test_what_was_drawn_is_not_drawn_again(lesson: Path, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = pictures_of(client.get("/lessons/tea").text)[1]["src"]
    first = client.get(address, buffered=True).data
    monkeypatch.setattr("webapp.content.media.archive.drawn", None)
    assert client.get(address, buffered=True).data == first
