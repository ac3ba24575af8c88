"""What holds on every page: valid HTML, nothing that axe finds or that is cut, a focus one sees, nothing that moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser import seen
from tests.browser.addresses import NOT_PAGES, PAGES, Address
from tests.browser.scene import Scene
from tests.clients import whole
from tests.ui.html import problems


class Window:
    """A browser window of one person, in which pages are opened one after the other."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self._arrived: Any = None
        page.on("response", self._note)

    def _note(self, response: Any) -> None:
        if response.request.is_navigation_request() and response.frame == self.page.main_frame:
            self._arrived = response

    def open(self, address: Address, parts: dict[str, Any]) -> None:
        """Opens a page: wide, by day, at the usual size of text, with all that unfolds unfolded."""
        self.show()
        path = address.path.format_map(parts)
        self.page.goto(path)
        if address.then is None:
            assert urlsplit(self.page.url).path == urlsplit(whole(path)).path, f"{path} led to {self.page.url}"
        else:
            address.then(self.page)
        self.page.wait_for_load_state()
        self.page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
        self.html = self._arrived.text()

    def show(self, width: int = 1280, scheme: str = "light", text: str = "", forced: str = "none") -> None:
        self.page.emulate_media(color_scheme=scheme, forced_colors=forced)
        self.page.set_viewport_size({"width": width, "height": 800})
        self.page.evaluate("size => { document.documentElement.style.fontSize = size }", text)


@pytest.fixture(scope="module")
def windows(browser: Any, browser_context_args: Any, scene: Scene) -> Iterator[Callable[[str], Window]]:
    """A window for each person, opened when it is needed; motion is unwelcome in all of them."""
    opened: dict[str, Window] = {}

    def of(who: str) -> Window:
        if who not in opened:
            context = browser.new_context(**browser_context_args, reduced_motion="reduce", service_workers="block")
            seen.bring_axe(context)
            if who != "nobody":
                cookies = scene.cookies(who)
                url = browser_context_args["base_url"]
                context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
            opened[who] = Window(context.new_page())
        return opened[who]

    yield of
    for window in opened.values():
        window.page.context.close()


@pytest.fixture(scope="module", params=PAGES, ids=str)
def window(request: pytest.FixtureRequest, windows: Callable[[str], Window], scene: Scene) -> Window:
    """Each page in turn; all tests of one page share one visit."""
    found = windows(request.param.who)
    found.open(request.param, scene.parts)
    return found


def told(found: list[str]) -> None:
    """Fails with each finding on a line of its own."""
    assert not found, "\n" + "\n".join(found)


def test_every_page_is_looked_at(scene: Scene) -> None:
    shown = {rule.endpoint for rule in scene.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    listed = {address.endpoint for address in PAGES}
    assert shown - listed - set(NOT_PAGES) == set(), "add these to PAGES in tests/browser/addresses.py"
    assert (listed - {""} | set(NOT_PAGES)) - set(scene.app.view_functions) == set()
    assert listed & set(NOT_PAGES) == set()


@pytest.mark.parametrize(
    ("html", "bad"),
    [
        ("<p style='color:#777'>Grey on white</p>", ["p"]),
        ("<p>Black on white</p>", []),
        ("<div style='background:#333'><p>Black on dark</p></div>", ["p"]),
        ("<div style='background:#333'><div style='background:#fff'><p>Black on white again</p></div></div>", []),
        ("<div style='opacity:.3'><p>Black that pales</p></div>", ["p"]),
        ("<p style='position:absolute;top:9px'>Black on what is below</p><div style='height:90px'></div>", []),
        ("<div style='background:#333;height:90px'></div><p style='position:absolute;top:9px'>Black on it</p>", ["p"]),
        ("<p style='font-size:30px;color:#888'>Large and grey</p><p>Small</p>", []),
        ("<p style='color:#888'>Small and grey</p>", ["p"]),
        ("<input value='Grey' style='color:#999;background:#fff' aria-label='x'>", ["input"]),
        ("<p style='color:#999' hidden>Unseen</p><p>Seen</p>", []),
    ],
)
def test_a_text_is_judged_by_its_own_ground_and_once(page: Any, html: str, bad: list[str]) -> None:
    """What has been judged elsewhere hides nothing: of each page the same is found as by axe that looks at all."""
    seen.bring_axe(page.context)
    known: set[str] = set()
    for body in ("<p>Black on white</p><p style='font-size:30px;color:#888'>Large</p>", html):
        page.goto("about:blank")
        page.set_content(f"<!DOCTYPE html><html lang='en'><body style='background:#fff;color:#000'>{body}")
        found = seen.against_contrast(page, known)
    assert [each.split(": ")[1].split(" (")[0] for each in found] == bad
    assert found == seen.against_axe(page, (seen.CONTRAST,))
    if not found:
        assert seen.against_contrast(page, known) == []


def test_its_html_is_valid(window: Window) -> None:
    told(problems(window.html))


@pytest.fixture(scope="session")
def judged() -> set[str]:
    """How texts are drawn that axe has judged, on whichever page: see seen.against_contrast."""
    return set()


def test_axe_finds_nothing(window: Window, judged: set[str]) -> None:
    """At 1280 and 360 px, by day and by night; the rules that don't look at colours need only one of the two."""
    found = []
    for width, scheme, rules in (
        (1280, "light", ()),
        (1280, "dark", seen.COLOUR_RULES),
        (360, "dark", ()),
        (360, "light", seen.COLOUR_RULES),
    ):
        window.show(width, scheme)
        found += [f"{width} {scheme} {each}" for each in seen.against_axe(window.page, rules)]
        found += [f"{width} {scheme} {each}" for each in seen.against_contrast(window.page, judged)]
    told(found)


def test_nothing_is_cut_when_narrow_or_enlarged(window: Window) -> None:
    found = []
    for width, text in ((320, "100%"), (640, "200%"), (1280, "200%")):
        window.show(width, text=text)
        found += [f"{width} {text} {each}" for each in seen.cut(window.page)]
    window.show()
    told(found)


def test_where_the_focus_is_can_be_seen(window: Window) -> None:
    window.show()
    told(seen.without_focus(window.page))


def test_nothing_moves_for_whom_motion_is_unwelcome(window: Window) -> None:
    window.show()
    told(seen.moving(window.page))


def test_controls_have_edges_when_colours_are_forced(window: Window) -> None:
    window.show(forced="active")
    found = seen.without_edges(window.page)
    window.show()
    told(found)
