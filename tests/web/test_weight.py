"""What pages cost over the wire, and that nothing they need is missing."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

STATIC = Path(__file__).parents[2] / "webapp" / "static"


def parts(client: FlaskClient, page: str) -> dict[str, bytes]:
    """Every style sheet, script and picture a page asks for, with what its modules import, and preloaded fonts."""
    wanted = [address.replace("&amp;", "&") for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page)]
    found: dict[str, bytes] = {}
    while wanted:
        address = wanted.pop()
        name = address.partition("?")[0]
        if name in found:
            continue
        with client.get(address) as answer:
            assert answer.status_code == 200, address
            found[name] = answer.data
        if name.endswith(".js"):
            imported = re.findall(r'(?:from|import) "\./([^"]+)"', found[name].decode())
            wanted += ["/static/js/" + other for other in imported]
    return found


def wire(name: str, data: bytes) -> int:
    return len(data) if name.endswith((".woff2", ".png")) else len(gzip.compress(data, 6))


@pytest.mark.parametrize(
    "address", ["/", "/lessons/opening", "/lessons/research", "/quizzes/research", "/sign-in", "/nothing"]
)
def test_all_that_a_page_asks_for_is_there(course_app: Flask, address: str) -> None:
    client = course_app.test_client()
    assert parts(client, client.get(address).text)


def test_the_scripts_of_a_lesson_are_small(course_app: Flask) -> None:
    client = course_app.test_client()
    page = client.get("/lessons/research").text
    scripts = {name: data for name, data in parts(client, page).items() if name.endswith(".js")}
    assert {"/static/js/lesson.js", "/static/js/cards.js", "/static/js/theme.js"} <= set(scripts)
    assert sum(wire(name, data) for name, data in scripts.items()) < 8_200


def test_a_lesson_costs_little(course_app: Flask) -> None:
    client = course_app.test_client()
    page = client.get("/lessons/research").text
    cost = wire("page", page.encode()) + sum(wire(name, data) for name, data in parts(client, page).items())
    assert cost < 120_000


def test_fonts_are_small_and_their_addresses_agree() -> None:
    fonts = {path.name: path.stat().st_size for path in (STATIC / "fonts").glob("*.woff2")}
    assert max(fonts.values()) <= 35_000
    sheet = (STATIC / "css" / "base.css").read_text()
    base = (STATIC.parent / "templates" / "base.html").read_text()
    for name in fonts:
        assert re.search(rf"fonts/{name}\?v=[\d.]+", sheet)
    preloaded = re.search(r"filename='fonts/([^']+)', v='([^']+)'", base)
    assert preloaded
    assert f"fonts/{preloaded[1]}?v={preloaded[2]}" in sheet


def test_what_is_vendored_is_listed_with_its_licence() -> None:
    readme = (STATIC / "vendor" / "README.md").read_text()
    for path in [*(STATIC / "vendor").iterdir(), *(STATIC / "fonts").iterdir()]:
        assert path.name == "README.md" or path.name in readme, path.name
