"""The app's own files come as short as they can be made, worked out once, and not again to whoever has them."""

from __future__ import annotations

from pathlib import Path

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}
FILE = "/static/css/components.css"


@pytest.fixture
def text(app: Flask) -> bytes:
    assert app.static_folder is not None
    return (Path(app.static_folder) / "css" / "components.css").read_bytes()


def test_a_file_comes_as_short_as_brotli_makes_it(client: FlaskClient, text: bytes) -> None:
    answer = client.get(FILE, buffered=True, headers=BROWSER)
    assert answer.headers["Content-Encoding"] == "br"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert brotli.decompress(answer.data) == text
    assert len(answer.data) == len(brotli.compress(text, quality=11))


def test_it_is_worked_out_once(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get(FILE, buffered=True, headers=BROWSER).data
    monkeypatch.setattr(brotli, "compress", None)
    assert client.get(FILE, buffered=True, headers=BROWSER).data == first


def test_who_has_it_is_not_sent_it_again(client: FlaskClient) -> None:
    tag = client.get(FILE, buffered=True, headers=BROWSER).headers["ETag"]
    again = client.get(FILE, buffered=True, headers=BROWSER | {"If-None-Match": tag})
    assert again.status_code == 304
    assert again.data == b""


def test_who_reads_no_brotli_is_sent_none(client: FlaskClient, text: bytes) -> None:
    assert client.get(FILE, buffered=True, headers={"Accept-Encoding": "identity"}).data == text


def test_a_part_of_a_file_is_sent_as_it_is(client: FlaskClient, text: bytes) -> None:
    part = client.get(FILE, buffered=True, headers=BROWSER | {"Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (206, text[:10])
    assert "Content-Encoding" not in part.headers
