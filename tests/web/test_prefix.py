"""Below a prefix of a host that belongs to others, too: every address keeps it, and no cookie leaves it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.browser import addresses, scene
from tests.browser.scene import PASSWORD, Scene
from tests.clients import within
from tests.conftest import session_of, token_of
from tests.servers import ROOT
from tests.web import test_access as access_tests
from tests.web.strays import PREFIX, Proxy, Strays, json_of
from webapp.database import db

WEBAPP = ROOT / "webapp"
WHO = ("nobody", "guest", "reader", "instructor", "admin")


def below(app: Flask, prefix: str = PREFIX) -> Flask:
    """The app as it is reached through the proxy."""
    app.wsgi_app = Proxy(app.wsgi_app, prefix)  # type: ignore[method-assign]
    return app


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return below(make_app(proxies=1))


def visitor(app: Flask, cookies: dict[str, str]) -> FlaskClient:
    client = app.test_client()
    for name, value in cookies.items():
        client.set_cookie(name, value, path=PREFIX)
    return client


# --- every page, as it is when it is full of things -------------------------------------------------------------------


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The course that ships with all that tests/browser/scene.py makes, below the prefix."""
    server = scene.serve_copy(tmp_path_factory.mktemp("prefix"), WEBAPP_DEBUG="on", WEBAPP_PROXIES="1")
    scene.write_quizzes(server)
    made = scene.furnish(server)
    below(made.app)
    yield made
    with made.app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.long
@pytest.mark.parametrize("who", WHO)
def test_no_address_on_any_page_loses_the_prefix(full: Scene, who: str) -> None:
    """Every page of the list, for everybody: those who may not see it are led on, and that address has it, too."""
    client = visitor(full.app, full.cookies(who) if who != "nobody" else {})
    strays, wrong = Strays(full.app), []
    for path in dict.fromkeys(address.path.format_map(full.parts) for address in addresses.PAGES):
        response = client.get(PREFIX + path)
        assert response.status_code < 500, path
        wrong += [f"{path} for {who}: {stray}" for stray in strays.of(response, PREFIX + path)]
    assert not wrong, "\n".join(wrong)


# --- every route, asked for and sent to, with and without what it is about --------------------------------------------


@pytest.fixture
def world(app: Flask, bank: Path, make_user: Any, clock: Any) -> access_tests.World:
    return access_tests.populated(app, make_user, clock)


def asked(world: access_tests.World, who: str, method: str, path: str, form: dict[str, str] | None = None) -> Any:
    """The response to somebody's request with a valid token, in a new session."""
    cookies = {}
    if who != "anonymous":
        with world.app.app_context():
            user_id = world.user(who).id
        cookies["session"] = session_of(world.app, user_id)
    client = visitor(world.app, cookies)
    token = client.get(f"{PREFIX}/session").json["token"]  # type: ignore[index]
    data = {"csrf_token": token} | (form or {}) if method == "POST" else None
    return client.open(PREFIX + path, method=method, data=data)


@pytest.mark.long
@pytest.mark.parametrize("who", access_tests.PEOPLE)
def test_no_answer_of_any_route_loses_the_prefix(world: access_tests.World, who: str) -> None:
    """Pages, redirects, JSON and scripts; for whoever may not ask, the way to the sign-in and back."""
    strays, wrong = Strays(world.app), []
    for rule in access_tests.rules(world.app):
        endpoint, audience = rule.endpoint, str(access_tests.access.audience_of(world.app, rule.endpoint))
        values = access_tests.nobodys(rule)
        asker = who
        if endpoint in access_tests.OBJECTS:
            values = access_tests.content(rule) | access_tests.make(world, endpoint)
            if who == "learner":  # somebody whom it belongs to has to be among those who ask
                asker = {"admin": "admin", "instructor": "teacher"}.get(audience, "owner")
        for method in access_tests.methods(rule):
            with world.app.test_request_context():
                _, path = rule.build(values) or ("", "")
            response = asked(world, asker, method, path)
            assert response.status_code < 500, path
            wrong += [f"{method} {path} for {asker}: {stray}" for stray in strays.of(response, PREFIX + path)]
        access_tests.refresh(world)
    assert not wrong, "\n".join(wrong)


#: no addresses of the site, which alone has a prefix
OF_NO_SITE = {
    "/api/": "how the path of a request begins, from which the prefix is taken by then",
    "/api/v1": "how the rules of views begin",
    "/openapi.json": "the end of an address that was made",
    "/courses/<course>": "what addresses are made by",
    "/dev/shm": "a folder",
    "/metrics": "of the own port of the metrics",
}


def test_no_template_and_no_view_writes_an_address_by_hand() -> None:
    """Also not where no test gets to: a message after something rare, a page in a state that nobody made."""
    wrong = []
    for path in sorted([*(WEBAPP / "templates").rglob("*.html"), *(WEBAPP / "questions").rglob("*.html")]):
        by_hand = re.compile(r"""(?:href|src|action|formaction|next|data-[\w-]+)=\s*["']/""")
        lines = enumerate(path.read_text().splitlines(), 1)
        wrong += [f"{path}:{number}" for number, line in lines if by_hand.search(line)]
    # Commands know no prefix, and the content, which is the same for all requests, gets it when it is shown.
    apart = {"commands", "content"}
    for path in sorted(WEBAPP.rglob("*.py")):
        if path.relative_to(WEBAPP).parts[0] in apart:
            continue
        found = [(line, text) for line, text in texts(path) if re.match("/[a-z]", text)]
        wrong += [f"{path}:{line} {text}" for line, text in found if text not in OF_NO_SITE]
    assert wrong == []


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The strings in a file, and how those begin that are put together, but for the routes of views: (line, text)."""
    tree = ast.parse(path.read_text())
    apart: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            apart |= {part for decorator in node.decorator_list for part in ast.walk(decorator)}
        elif isinstance(node, ast.JoinedStr):
            apart |= set(node.values[1:])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in apart:
            yield node.lineno, node.value


def test_a_stray_is_found_wherever_it_stands(app: Flask) -> None:
    """Without this, a search that finds nothing would pass the tests above."""
    strays = Strays(app)

    def of(body: str, mimetype: str = "text/html", **headers: str) -> list[str]:
        response = app.response_class(
            body, mimetype=mimetype, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        return list(strays.of(response, PREFIX + within("/lessons/tea")))

    good = f'<a href="{PREFIX}/review">x</a><a href="tea#x">x</a><a href="https://example.org/">x</a><p data-at="a/b">'
    assert of(good) == []
    for body in (
        '<a href="/review">',
        '<a href="../../../../review">',
        f'<a href="{PREFIX}{PREFIX}/review">',
        f'<a href="{PREFIX}/no-such-page">',
        f'<a href="{PREFIX}/sign-in?next=%2Freview">',
        '<form action="/language">',
        '<button formaction="/review/next">',
        '<p data-live="/review">',
        '<input name="next" value="/review">',
        "<script>fetch('/session')</script>",
        "<p>http://localhost/join/ABC234</p>",
    ):
        assert len(of(body)) == 1, body
    assert len(of('{"go": ["/review"], "html": "<a href=\\"/review\\">"}', "application/json")) == 2
    assert len(of('import "/static/js/outbox.js";', "text/javascript")) == 1
    assert len(of("", Location="/review")) == 1
    assert len(of("", Set_Cookie="session=1; Path=/")) == 1


# --- what addresses are made of ---------------------------------------------------------------------------------------


def test_links_of_the_course_have_the_prefix_and_its_words_are_left_alone(
    make_app: Callable[..., Flask], bank: Path
) -> None:
    lesson = bank / "1-tea" / "lesson.md"
    with lesson.open("a") as file:
        file.write('\nBread comes [second](section:bread/rising), and so does `<a href="/lessons/bread">`.\n')
    page = below(make_app(proxies=1)).test_client().get(f"{PREFIX}/lessons/tea").text
    assert f'<a href="{PREFIX}{within("/lessons/bread#rising")}">second</a>' in page
    assert '&lt;a href="/lessons/bread"&gt;' in page


def test_the_app_that_is_installed_begins_and_ends_at_the_prefix(app: Flask) -> None:
    manifest = app.test_client().get(f"{PREFIX}/manifest.webmanifest").json
    assert manifest is not None
    assert manifest["id"] == manifest["start_url"] == manifest["scope"] == f"{PREFIX}/"
    assert {each["url"] for each in manifest["shortcuts"]} == {f"{PREFIX}/review", PREFIX + within("/progress")}


def test_the_worker_keeps_the_files_of_its_prefix(app: Flask) -> None:
    told = json_of(app.test_client().get(f"{PREFIX}/sw.js").text)
    assert told["page"] == f"{PREFIX}/offline"
    assert all(file.startswith(f"{PREFIX}/static/") for file in told["files"])


# --- the way back -----------------------------------------------------------------------------------------------------


def form(client: FlaskClient, path: str, fields: dict[str, str], page: str | None = None, **more: Any) -> Any:
    token = token_of(client.get(PREFIX + (page or path)).text)
    return client.post(PREFIX + path, data={"csrf_token": token} | fields, **more)


def test_after_signing_in_one_is_where_one_wanted_to_be(app: Flask, make_user: Any) -> None:
    make_user(username="ada", password=PASSWORD)
    client = app.test_client()
    there = client.get(f"{PREFIX}/account?a=b")
    page = client.get(there.location)
    wanted = re.search(r'name="next"[^>]*value="([^"]+)"', page.text)
    assert wanted
    assert wanted[1] == f"{PREFIX}/account?a=b"
    signed_in = form(client, "/sign-in", {"login": "ada", "password": PASSWORD, "next": wanted[1]})
    assert signed_in.location == f"{PREFIX}/account?a=b"
    assert client.get(signed_in.location).status_code == 200


@pytest.mark.parametrize(
    "target",
    ["/", "/account", "/quizzes", "/quiz", f"{PREFIX}/../mail", f"{PREFIX}/%2e%2e/mail", "//evil.example/quiz/"],
)
def test_the_way_back_never_leads_to_another_app_of_the_host(app: Flask, make_user: Any, target: str) -> None:
    make_user(username="ada", password=PASSWORD)
    signed_in = form(app.test_client(), "/sign-in", {"login": "ada", "password": PASSWORD, "next": target})
    assert signed_in.location == f"{PREFIX}/"


def test_a_form_that_waited_for_the_sign_in_is_done_below_the_prefix(app: Flask, make_user: Any) -> None:
    make_user(username="ada", password=PASSWORD)
    client = app.test_client()
    begun = form(client, "/quizzes/tea/attempts", {}, page="/quizzes/tea")
    attempt = begun.location.removeprefix(PREFIX)
    form(client, "/sign-up", {"name": "Bo", "login": "bo", "password": PASSWORD}, page="/sign-up")
    token = token_of(client.get(f"{PREFIX}{attempt}/summary").text)
    client.delete_cookie("session", path=PREFIX)
    asked_first = client.post(f"{PREFIX}{attempt}/submit", data={"csrf_token": token})
    assert asked_first.status_code == 401
    kept = re.search(r'name="kept"[^>]*value="([^"]+)"', asked_first.text)
    assert kept
    fields = {"csrf_token": token_of(asked_first.text), "login": "bo", "password": PASSWORD, "kept": kept[1]}
    done = client.post(f"{PREFIX}/sign-in", data=fields)
    assert done.location == f"{PREFIX}{attempt}/result"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"http://localhost{PREFIX}/quizzes?seen=1", f"{PREFIX}/quizzes?seen=1"),
        ("http://localhost/mail", f"{PREFIX}/"),
        ("http://localhost/quizzes", f"{PREFIX}/"),
        ("http://[", f"{PREFIX}/"),
    ],
)
def test_choosing_a_language_leads_back_to_a_page_of_the_course(app: Flask, before: str, after: str) -> None:
    answer = form(app.test_client(), "/language", {"language": "de"}, page="/quizzes", headers={"Referer": before})
    assert answer.location == after


# --- cookies ----------------------------------------------------------------------------------------------------------


def test_two_apps_of_one_host_share_no_cookie(make_app: Callable[..., Flask], make_user: Any) -> None:
    """What a browser keeps for the one it doesn't send to the other, not even where one name begins like the other."""
    one = below(make_app(proxies=1))
    other = Proxy(make_app(proxies=1).wsgi_app, f"{PREFIX}zes")
    make_user(username="ada", password=PASSWORD, app=one)
    first, seen = one.wsgi_app, []

    def host(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"].startswith(f"{PREFIX}/"):
            return first(environ, start_response)
        seen.append(environ.get("HTTP_COOKIE", ""))
        return other(environ, start_response)

    one.wsgi_app = host  # type: ignore[method-assign, assignment]
    one.test_client_class = None  # the other client knows of one prefix
    client = one.test_client()
    form(client, "/sign-in", {"login": "ada", "password": PASSWORD})
    form(client, "/language", {"language": "de"}, page="/account")
    for name in ("session", "language"):
        assert client.get_cookie(name, path=PREFIX)
        assert not client.get_cookie(name)
    assert client.get(f"{PREFIX}zes/account").status_code == 303
    assert seen == [""]
    assert client.get(f"{PREFIX}/account").status_code == 200


def test_cookies_that_are_taken_back_are_those_of_the_prefix(app: Flask, make_user: Any) -> None:
    make_user(username="ada", password=PASSWORD)
    client = app.test_client()
    form(client, "/sign-in", {"login": "ada", "password": PASSWORD})
    form(client, "/language", {"language": "de"}, page="/account")
    form(client, "/account", {"name": "Ada", "username": "ada", "locale": ""})
    assert client.get_cookie("language", path=PREFIX) is None
    form(client, "/sign-out", {}, page="/account")
    assert client.get(f"{PREFIX}/account").status_code == 303


def test_at_the_root_of_a_host_cookies_are_for_all_of_it(make_app: Callable[..., Flask]) -> None:
    cookie = make_app().test_client().get("/sign-in").headers["Set-Cookie"]
    assert "Path=/" in cookie.split("; ")


# --- whom to believe --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["/quiz", "/quiz/", "/courses/china-2026", "/~ada/q.1"])
def test_a_prefix_that_a_proxy_sends_is_put_before_every_address(make_app: Callable[..., Flask], prefix: str) -> None:
    page = make_app(proxies=1).test_client().get("/", headers={"X-Forwarded-Prefix": prefix})
    assert f'href="{prefix.rstrip("/")}/review"' in page.text


@pytest.mark.parametrize(
    "prefix",
    [
        "//evil.example",
        "/quiz//evil",
        "quiz",
        "https://evil.example",
        "/a b",
        "/..",
        "/quiz/../mail",
        "/quiz/.",
        '/quiz"onload',
        "/quiz'x",
        "/quiz<x>",
        "/quiz;Secure",
        "/quiz\\evil",
        "/quiz?x",
        "/quiz#x",
        "/quiz%2e",
        "/quiz\tx",
        "/quiz\x00",
        "/quiz\x7f",
        "/quïz",
        "/" + "q" * 300,
    ],
)
def test_a_prefix_that_could_be_read_as_something_else_is_refused(make_app: Callable[..., Flask], prefix: str) -> None:
    answer = make_app(proxies=1).test_client().get("/", headers={"X-Forwarded-Prefix": prefix})
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert "X-Forwarded-Prefix" in answer.text


@pytest.mark.parametrize(
    ("proxies", "sent", "root"),
    [
        (1, "//evil.example, /quiz", "/quiz"),
        (2, "/quiz, //evil.example", "/quiz"),
        (2, "/quiz", ""),
        (1, "", ""),
        (1, "/", ""),
    ],
)
def test_of_several_prefixes_that_of_the_outermost_trusted_proxy_counts(
    make_app: Callable[..., Flask], proxies: int, sent: str, root: str
) -> None:
    page = make_app(proxies=proxies).test_client().get("/", headers={"X-Forwarded-Prefix": sent})
    assert f'href="{root}/review"' in page.text


@pytest.mark.parametrize("prefix", ["/quiz", "//evil.example"])
def test_without_a_trusted_proxy_nobody_says_what_the_prefix_is(make_app: Callable[..., Flask], prefix: str) -> None:
    answer = make_app().test_client().get("/", headers={"X-Forwarded-Prefix": prefix})
    assert answer.status_code == 200
    assert 'href="/review"' in answer.text
    assert prefix not in answer.text.replace("/quizzes", "")
