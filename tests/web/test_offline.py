"""What browsers are told to keep, for whom, and the worker that keeps it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.clients import within
from webapp.web import assets, offline

STATIC = Path(__file__).parents[2] / "webapp" / "static"


def start(client: FlaskClient, post: Any, quiz_id: str = "every-type") -> str:
    """Starts a quiz as a guest; gives the address of the attempt."""
    return str(post(client, f"/quizzes/{quiz_id}/attempts", {}, page="/").location)


def told(client: FlaskClient) -> dict[str, Any]:
    """What the service worker is told to keep."""
    text = client.get("/sw.js").text
    found: dict[str, Any] = json.loads(text[text.index("serve(") + 6 : text.rindex(")")])
    return found


# --- the worker ------------------------------------------------------------------------------------------------------


def test_the_worker_governs_the_whole_site_and_is_asked_for_each_time(client: FlaskClient) -> None:
    response = client.get("/sw.js")
    assert response.mimetype == "text/javascript"
    assert response.headers["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in response.headers["Content-Security-Policy"]


def test_everything_the_worker_keeps_is_there_and_kept_for_good(client: FlaskClient) -> None:
    found = told(client)
    for address in found["files"]:
        with client.get(address) as response:
            assert response.status_code == 200, address
            assert "immutable" in response.headers["Cache-Control"], address
    assert client.get(found["page"]).status_code == 200


def test_lessons_and_quizzes_ask_for_nothing_the_worker_does_not_keep(client: FlaskClient, post: Any) -> None:
    names = {address.partition("?")[0] for address in told(client)["files"]}
    attempt = start(client, post)
    pages = ["/", "/lessons/tea", f"{attempt}/summary", *(f"{attempt}/questions/{n}" for n in range(1, 10))]
    for path in pages:
        page = client.get(path, follow_redirects=True).text
        asked = set(re.findall(r'<(?:link|script)[^>]*(?:href|src)="(/static/[^"?]+)', page))
        # Fonts are kept as soon as a page has used them; the picture of a home screen is the system's business.
        assert {name for name in asked if "/fonts/" not in name and "icon-180" not in name} <= names, path
        # Figures that can be handled do without their scripts until these have been used once: see test_handled.py.
        handled = ("guess.js", "ratio.js", "sort.js")
        for name in re.findall(r'"(/static/js/[^"]+)":', page):
            if not name.endswith(("review.js", *handled)):
                assert name in names, f"{path}: {name}"


def test_a_changed_file_makes_a_new_worker(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    before = told(client)["version"]
    assert told(client)["version"] == before
    real = assets.asset
    monkeypatch.setattr(offline, "asset", lambda name: real(name) + ("2" if name == "css/quiz.css" else ""))
    assert told(client)["version"] != before


def test_the_manifest_has_all_that_installing_needs(client: FlaskClient) -> None:
    manifest = client.get("/manifest.webmanifest").json
    assert manifest is not None
    assert manifest["name"]
    assert manifest["start_url"] == manifest["scope"] == "/"
    assert manifest["display"] == "standalone"
    sizes = {(icon["sizes"], icon.get("purpose", "any")) for icon in manifest["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= sizes
    for icon in manifest["icons"]:
        with client.get(icon["src"]) as response:
            assert response.mimetype == "image/png"
            size = int(icon["sizes"].partition("x")[0])
            assert int.from_bytes(response.data[16:20], "big") == int.from_bytes(response.data[20:24], "big") == size
    assert manifest["background_color"] in (STATIC / "css" / "tokens.css").read_text()
    page = client.get("/").text
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    assert len(re.findall(r'<meta name="theme-color" media="\(prefers-color-scheme: (?:light|dark)\)"', page)) == 2


# --- what may be kept, and for whom ----------------------------------------------------------------------------------


def test_pages_that_may_be_kept_are_a_list_somebody_looked_at(
    app: Flask, client: FlaskClient, post: Any, make_user: Any, sign_in: Any
) -> None:
    """Lessons, home, and the pages of one's own open attempt: nothing else, whoever asks."""
    attempt = start(client, post)
    instructor = app.test_client()
    sign_in(instructor, make_user(role="admin", name="Adam"))
    for visitor in (client, instructor):
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.arguments or rule.endpoint == "static":
                continue
            marked = "Keep-Offline" in visitor.get(rule.rule).headers
            assert marked == (rule.endpoint == "home.home"), rule
    for path, may in {
        "/lessons/tea": True,
        "/lessons/nothing": False,
        f"{attempt}/questions/1": True,
        f"{attempt}/questions/99": False,
        f"{attempt}/summary": True,
        f"{attempt}/paper": True,
        f"{attempt}/clock": False,
        "/quizzes/every-type": False,
    }.items():
        assert ("Keep-Offline" in client.get(path).headers) == may, path
    post(client, f"{attempt}/submit", {}, page=f"{attempt}/summary")
    for path in (f"{attempt}/result", f"{attempt}/questions/1"):
        assert "Keep-Offline" not in client.get(path).headers, path


def test_a_page_that_may_be_kept_is_still_not_kept_by_anybody_else(client: FlaskClient, post: Any) -> None:
    attempt = start(client, post)
    assert client.get(f"{attempt}/questions/1").headers["Cache-Control"] == "no-store"


def test_pages_say_whose_they_are_in_a_word_that_says_nothing(
    app: Flask, client: FlaskClient, make_user: Any, sign_in: Any
) -> None:
    assert client.get("/").headers["Reader"] == "nobody"
    names = set()
    for name in ("Ada", "Bo"):
        visitor = app.test_client()
        sign_in(visitor, make_user(name=name))
        page = visitor.get("/")
        reader = page.headers["Reader"]
        assert re.fullmatch(r"a-[0-9a-f]{12}", reader)
        assert f'data-reader="{reader}"' in page.text
        assert visitor.get("/session").json["reader"] == reader
        names.add(reader)
    assert len(names) == 2


def test_a_guest_is_told_from_an_account(client: FlaskClient, post: Any) -> None:
    start(client, post)
    assert client.get("/").headers["Reader"].startswith("g-")


def test_a_server_in_trouble_does_not_make_browsers_forget(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    app = own_app
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "home.home", lambda: 1 / 0)
    app.view_functions["home.home"].audience = "anyone"
    response = app.test_client().get("/")
    assert response.status_code == 500
    assert "Reader" not in response.headers


def test_the_page_for_what_is_not_kept_is_the_same_for_everybody(
    app: Flask, client: FlaskClient, make_user: Any, sign_in: Any
) -> None:
    visitor = app.test_client()
    sign_in(visitor, make_user(name="Ada Lovelace"))

    def page(client: FlaskClient) -> str:
        return re.sub(r'nonce="[^"]+"', "", client.get("/offline").text)

    assert page(visitor) == page(client)
    assert 'data-reader="nobody"' in page(visitor)


def test_waiting_messages_are_not_used_up_by_the_page_for_what_is_not_kept(
    client: FlaskClient, make_user: Any, sign_in: Any, post: Any
) -> None:
    sign_in(client, make_user())
    post(client, "/sign-out", {}, page="/account")
    client.get("/offline")
    assert "You are signed out." in client.get("/").text


def test_a_token_from_the_session_sends_a_kept_answer(client: FlaskClient, post: Any) -> None:
    attempt = start(client, post)
    response = client.get("/session")
    assert response.headers["Cache-Control"] == "no-store"
    fields = {"csrf_token": response.json["token"], "sequence": "0", "action": "save"}
    sent = client.post(f"{attempt}/questions/1", data=fields, headers={"Accept": "application/json"})
    assert sent.json["saved"]


# --- the paper -------------------------------------------------------------------------------------------------------


def test_the_paper_holds_every_page_as_the_server_shows_it(client: FlaskClient, post: Any) -> None:
    attempt = start(client, post)
    response = client.get(f"{attempt}/paper")
    pages = response.json["pages"]
    whole = within(attempt)
    assert list(pages) == [*(f"{whole}/questions/{n}" for n in range(1, 10)), f"{whole}/summary"]
    nonce = re.search(r"'nonce-([^']+)'", response.headers["Content-Security-Policy"])
    assert nonce is not None

    def same(page: str) -> str:
        return re.sub(r'nonce="[^"]+"|name="csrf_token" value="[^"]+"', "", page)

    for path, page in pages.items():
        assert set(re.findall(r'nonce="([^"]+)"', page)) == {nonce[1]}, "its policy lets its own scripts run"
        assert same(page) == same(client.get(path).text), path


def test_the_paper_of_an_attempt_that_is_handed_in_is_empty(client: FlaskClient, post: Any) -> None:
    attempt = start(client, post)
    post(client, f"{attempt}/submit", {}, page=f"{attempt}/summary")
    assert client.get(f"{attempt}/paper").json == {"pages": {}}


def test_the_paper_costs_few_statements_and_few_bytes(course_app: Flask, count_queries: Any) -> None:
    client = course_app.test_client()
    token = client.get("/session").json["token"]
    attempt = client.post("/quizzes/final/attempts", data={"csrf_token": token}).location
    with count_queries(course_app) as counted:
        response = client.get(f"{attempt}/paper", headers={"Accept-Encoding": "br"})
    assert len(counted.statements) <= 4
    assert len(response.data) < 12_000


# --- files -----------------------------------------------------------------------------------------------------------


def test_files_carry_no_session(client: FlaskClient, post: Any) -> None:
    """Caches on the way keep files for everybody; a cookie among the headers would sign them in as somebody."""
    start(client, post)
    with client.get("/static/css/base.css?v=1") as response:
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.headers.get("Vary", "")
        assert sum(len(name) + len(value) + 4 for name, value in response.headers.items()) < 600


def test_modules_import_the_version_their_page_was_made_with(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    page = client.get("/").text
    found = re.search(r'<script type="importmap"[^>]*>(.*?)</script>', page)
    assert found is not None
    imports = json.loads(found[1])["imports"]
    with app.test_request_context():
        editors = json.loads(assets.import_map())["imports"]
    assert imports.items() < editors.items(), "learners' pages do without what only the editor needs"
    for script in (STATIC / "js").glob("*.js"):
        there = imports if f"/static/js/{script.name}" in imports else editors
        for name in re.findall(r'"\./([\w-]+\.js)"', script.read_text()):
            address = there[f"/static/js/{name}"]
            assert re.fullmatch(rf"/static/js/{name}\?v=[0-9a-f]{{12}}", address), f"{script.name} imports {name}"
            with app.test_request_context():
                assert address == assets.asset(f"js/{name}"), "a page and what it imports have one and the same file"
    assert page.index("importmap") < page.index('type="module"')


@pytest.mark.usefixtures("own_app")
def test_a_module_that_changes_gets_another_address(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets.time, "monotonic", lambda: moment)
    moment = 100.0
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "a.js").write_text('import { b } from "./b.js";\n')
    (tmp_path / "js" / "b.js").write_text("export const b = 1;\n")
    app.static_folder = str(tmp_path)
    with app.test_request_context():
        before = assets.import_map()
        (tmp_path / "js" / "b.js").write_text("export const b = 2;\n")
        os.utime(tmp_path / "js" / "b.js", ns=(1, 1))
        moment += assets.LOOKED_AT_FOR
        assert assets.import_map() != before
        assert list(json.loads(before)["imports"]) == ["/static/js/b.js"]
