"""A real Chromium against the real server, on a copy of the course that ships."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import chromium, scene
from tests.browser.scene import PASSWORD, Scene
from tests.browser.watch import Watch
from tests.clients import whole
from tests.servers import Server, missing
from webapp.database import db

# On a machine that is busy a page takes its time; what never comes still fails.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = chromium.find()
    if path is None:
        missing("A Chromium or Chrome", chromium.REMEDY)
    return browser_type_launch_args | {
        "executable_path": path,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], server: Server) -> dict[str, Any]:
    return browser_context_args | {"base_url": server.address, "locale": "en-GB", "timezone_id": "UTC"}


@pytest.fixture(scope="session", autouse=True)
def paths_within_the_course() -> Iterator[None]:
    """A test says `page.goto("/quizzes/research")`, from where the course begins (see tests/clients.py)."""
    go = Page.goto
    Page.goto = lambda page, url, **more: go(page, whole(url), **more)  # type: ignore[method-assign]
    yield
    Page.goto = go  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def watch() -> Watch:
    return Watch()


@pytest.fixture(scope="session")
def browser(browser: Any, watch: Watch) -> Any:
    """pytest-playwright's, with an ear on every page."""
    make = browser.new_context
    browser.new_context = lambda **options: watch.over(make(**options))
    return browser


@pytest.fixture(autouse=True)
def nothing_went_wrong_unseen(watch: Watch) -> Iterator[None]:
    """No page may complain in the console, break the content security policy or miss a file, whatever the test."""
    yield
    assert watch.heard() == []


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Scene]]:
    """The app as `webapp serve` starts it, once for all browser tests, with all that scene.py makes."""
    # What a proxy says counts, for tests that stand one in front; from others it comes from nobody.
    server = scene.serve_copy(tmp_path_factory.mktemp("server"), WEBAPP_DEBUG="on", WEBAPP_PROXIES="1")
    scene.write_quizzes(server)
    made = scene.furnish(server)
    server.start()
    yield server, made
    server.stop()
    with made.app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def server(furnished: tuple[Server, Scene]) -> Server:
    return furnished[0]


@pytest.fixture(scope="session", name="scene")
def made(furnished: tuple[Server, Scene]) -> Scene:
    return furnished[1]


@pytest.fixture
def enter(browser: Any, browser_context_args: Any, scene: Scene) -> Iterator[Any]:
    """Gives a page of a browser in which somebody is signed in already."""
    opened = []

    def as_somebody(who: str) -> Any:
        context = browser.new_context(**browser_context_args)
        url = browser_context_args["base_url"]
        context.add_cookies([{"name": name, "value": value, "url": url} for name, value in scene.cookies(who).items()])
        opened.append(context)
        return context.new_page()

    yield as_somebody
    for context in opened:
        context.close()


@pytest.fixture
def sign_in_page(server: Server) -> Any:
    """Signs a browser page in by the real form."""

    def enter(page: Any, username: str, password: str = PASSWORD) -> None:
        page.goto("/sign-in")
        page.get_by_label("User name or e-mail").fill(username)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)

    return enter


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)
