"""Pages for learners on the narrowest phone, with text twice as large: nothing is cut, and nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import seen
from tests.browser.addresses import PAGES, Address
from tests.browser.scene import Scene

STAFF = ("instructor", "admin", "examiner")
#: the style guide is for whoever works on the design
PATHS = [
    address
    for address in PAGES
    if address.who not in STAFF and address.then is None and address.endpoint not in ("styleguide.styleguide", "")
]


@pytest.fixture(scope="module", params=["en", "de"])
def phones(
    request: pytest.FixtureRequest, browser: Any, browser_context_args: Any, scene: Scene
) -> Iterator[dict[str, Any]]:
    """A page of a narrow browser for each person, in one language."""
    opened: dict[str, Any] = {}
    url = browser_context_args["base_url"]
    for who in {address.who for address in PATHS}:
        context = browser.new_context(
            **browser_context_args, viewport={"width": 320, "height": 640}, service_workers="block"
        )
        cookies = {"language": request.param} | ({} if who == "nobody" else scene.cookies(who))
        context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
        opened[who] = context.new_page()
    yield opened
    for page in opened.values():
        page.context.close()


@pytest.mark.parametrize("address", PATHS, ids=str)
def test_nothing_is_cut_at_320_px_with_text_twice_as_large(
    phones: dict[str, Any], scene: Scene, address: Address
) -> None:
    page = phones[address.who]
    page.goto(address.path.format_map(scene.parts))
    page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert seen.cut(page) == []
    header = page.locator(".site-header")
    if header.count():  # its title is not spelled downwards to make room
        assert header.bounding_box()["height"] < 400


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_header_keeps_its_rows(enter: Any, browser_context_args: Any, language: str) -> None:
    """Two on a phone, the title with the person and the pages below; one on a tablet. The whole of each is in it."""
    page = enter("reader")
    page.context.add_cookies([{"name": "language", "value": language, "url": browser_context_args["base_url"]}])
    for width, rows in ((360, 2), (768, 1), (1280, 1)):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto("/progress")
        tops = page.locator(".site-header :is(a, button):visible").evaluate_all(
            "parts => parts.map(part => { const box = part.getBoundingClientRect(); return box.top + box.height / 2 })"
        )
        assert len(tops) == 7
        assert len({round(top / 20) for top in tops}) == rows, (width, tops)
