"""Below a prefix of a host, where a proxy keeps the course: every page, a quiz, a lost network, signing out."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from tests.browser.addresses import PAGES
from tests.browser.answering import Mouse, answer
from tests.browser.proxy import Proxy, proxy_to
from tests.browser.scene import PASSWORD, Scene
from tests.browser.test_offline import NOTE, STATUS, governed, wait
from tests.browser.test_student import answer_all, at_question
from tests.clients import whole
from tests.servers import Server
from webapp.database import db
from webapp.quizzes.models import Slot

PREFIX = "/quiz"
#: what a page leads to, as its document stands after its scripts have worked on it
LEADS_TO = """() => [...document.querySelectorAll('[href], [src], [action], [formaction]')].flatMap((element) =>
    ['href', 'src', 'action', 'formaction'].map((name) => element.getAttribute(name)).filter((value) => value !== null)
    .map((value) => new URL(value, document.baseURI)).filter(({ origin }) => origin === location.origin)
    .map(({ pathname }) => pathname))"""


@pytest.fixture(scope="module")
def proxy(server: Server) -> Iterator[Proxy]:
    with proxy_to(server.port, PREFIX) as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def nothing_is_asked_for_outside_of_the_prefix(proxy: Proxy) -> Iterator[None]:
    """Pages, files, what scripts and the service worker fetch: the proxy sees them all."""
    yield
    assert proxy.strays() == []


@pytest.fixture
def browser_of(browser: Any, browser_context_args: Any, scene: Scene) -> Iterator[Callable[[str], BrowserContext]]:
    """A browser in which somebody is signed in to the course below the prefix."""
    opened = []

    def of(who: str) -> BrowserContext:
        context = browser.new_context(**browser_context_args)
        opened.append(context)
        for name, value in (scene.cookies(who) if who != "nobody" else {}).items():
            context.add_cookies([{"name": name, "value": value, "domain": "127.0.0.1", "path": PREFIX}])
        return context

    yield of
    for context in opened:
        context.close()


@pytest.mark.parametrize("who", sorted({address.who for address in PAGES}))
def test_every_page_is_there_and_leads_to_pages_of_the_course(
    browser_of: Callable[[str], BrowserContext], proxy: Proxy, scene: Scene, who: str
) -> None:
    page = browser_of(who).new_page()
    wrong = []
    for address in PAGES:
        if address.who != who:
            continue
        path = PREFIX + whole(address.path.format_map(scene.parts))
        page.goto(proxy.host + path)
        if address.then is None:
            assert urlsplit(page.url).path == urlsplit(path).path, f"{path} led to {page.url}"
        else:
            address.then(page)
        page.wait_for_load_state()
        found: list[str] = page.evaluate(LEADS_TO)
        assert len(found) > 5, f"{address}: this is not a page"
        wrong += [f"{address}: {each}" for each in found if not each.startswith(f"{PREFIX}/")]
        wrong += [f"{address}: asked for {each}" for each in proxy.strays()]
    assert not wrong, "\n".join(wrong)


def sign_up(page: Page, proxy: Proxy) -> None:
    """Wants to see a page, makes an account for it, and gets there."""
    page.goto(f"{proxy.address}account")
    page.get_by_role("main").get_by_role("link", name="Create one").click()
    page.get_by_label("Name", exact=True).fill("Paula Prefix")
    page.get_by_label("User name or e-mail").fill(f"paula-{secrets.token_hex(4)}")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Create account").click()
    page.wait_for_url(f"{proxy.address}account")


def test_a_quiz_is_taken_through_a_lost_network_and_all_is_forgotten_at_the_sign_out(
    browser_of: Callable[[str], BrowserContext], proxy: Proxy, scene: Scene
) -> None:
    context = browser_of("nobody")
    page = context.new_page()
    sign_up(page, proxy)
    page.goto(f"{proxy.host}{PREFIX}{whole('/quizzes/research')}")
    governed(page)
    page.get_by_role("main").get_by_role("button", name="Start").click()
    attempt = at_question(page, 1)
    here = PREFIX + whole(f"/attempts/{attempt}")
    wait(page, f"await caches.match('{here}/paper')")
    assert page.evaluate("async () => (await navigator.serviceWorker.ready).scope") == proxy.address
    assert page.evaluate("async () => (await indexedDB.databases()).map(({ name }) => name)") == [f"{PREFIX} answers"]

    context.set_offline(True)
    answer(page, scene.question(attempt, 1), Mouse())
    expect(page.locator(STATUS)).to_have_text("Kept on this device – will be sent.")
    page.locator("[data-next]").click()
    expect(page.get_by_role("heading", name="Question 2 of")).to_be_visible()
    expect(page.locator(NOTE)).to_contain_text("One answer is kept on this device and will be sent.")
    assert page.url == f"{proxy.host}{here}/questions/2"
    assert given(scene, attempt, 1) is None
    page.goto(f"{proxy.host}{PREFIX}{whole('/quizzes')}")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are offline")
    page.get_by_role("link", name=re.compile("^Question")).click()
    page.wait_for_url(f"{proxy.host}{here}/questions/*")
    # The page of the question would send its answer by itself: another one leaves it to the worker.
    page.locator('button[value="goto:3"]').click()
    expect(page.get_by_role("heading", name="Question 3 of")).to_be_visible()
    expect(page.locator(NOTE)).to_contain_text("One answer is kept on this device and will be sent.")

    context.set_offline(False)
    expect(page.locator(NOTE)).to_contain_text("What was kept on this device has been sent.")
    assert given(scene, attempt, 1) is not None

    page.goto(f"{proxy.host}{here}/questions/1")
    total = answer_all(page, scene, Mouse())
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url(f"{proxy.host}{here}/result")
    expect(page.locator("#verdict")).to_contain_text(f"{total} of {total} points")

    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert page.url == f"{proxy.host}{here}/result"
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")

    page.goto(f"{proxy.address}account")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert page.url == proxy.address
    assert {cookie["path"] for cookie in context.cookies()} == {PREFIX}
    names = page.evaluate("() => caches.keys()")
    assert {re.sub("-.*", "", name) for name in names} == {f"{PREFIX} shell", f"{PREFIX} pages"}
    assert [name for name in names if "pages-a-" in name] == []


def given(scene: Scene, attempt: int, position: int) -> Any:
    """The answer that has reached the server."""
    with scene.app.app_context():
        return db.session.scalars(
            select(Slot.response).where(Slot.attempt_id == attempt, Slot.position == position)
        ).one()
