"""How far pages for learners move while they arrive over a slow line at a browser that has never been here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser.scene import Scene

#: 3G as it is where it is slow: 400 ms to and fro, 400 kbit/s
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
#: what counts as good is 0.1 (web.dev/articles/cls)
AT_MOST = 0.05
PAGES = (
    ("nobody", "/"),
    ("reader", "/"),
    ("nobody", "/lessons/opening"),
    ("nobody", "/lessons/research"),
    ("reader", "/lessons/talent"),
    ("reader", "/quizzes"),
    ("nobody", "/quizzes/research"),
    ("reader", "/attempts/{open}/questions/1"),
    ("reader", "/attempts/{open}/summary"),
    ("reader", "/attempts/{result}/result"),
    ("reader", "/review"),
    ("reader", "/review/{round}/{turn}"),
    ("reader", "/progress"),
    ("reader", "/account"),
    ("nobody", "/sign-in"),
)
WIDTHS = (360, 768, 1280)
#: of shifts that nobody asked for by a key or a click
_WATCH = """
window.shifts = [];
new PerformanceObserver(list => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) {
    const moved = each.sources.map(({node, previousRect, currentRect}) =>
      `${node?.className || node?.nodeName} from ${previousRect.y | 0} to ${currentRect.y | 0}`);
    window.shifts.push([each.value, `${each.value.toFixed(3)} at ${each.startTime | 0} ms: ${moved.join(', ')}`]);
  }
}).observe({type: 'layout-shift', buffered: true});
"""
_PAINTED = "performance.getEntriesByName('first-contentful-paint').length > 0"
_FOUND = """() => ({
  shifts: window.shifts,
  painted: performance.getEntriesByName('first-contentful-paint')[0].startTime,
  lettered: Math.max(0, ...performance.getEntriesByType('resource').filter(each => each.name.includes('.woff2'))
    .map(each => each.responseEnd)),
})"""


@dataclass(frozen=True)
class Arrival:
    """Shifts, each with its value and what moved; when the page was first painted, and when its letters were there."""

    shifts: list[tuple[float, str]]
    painted: float
    lettered: float


class Held:
    """What a page asks for of these files, kept back until it is let go."""

    def __init__(self, page: Page, files: str) -> None:
        self._kept: list[Route] | None = []
        page.route(files, self._ask)

    def _ask(self, route: Route) -> None:
        if self._kept is None:
            route.continue_()
        else:
            self._kept.append(route)

    def let_go(self) -> None:
        kept, self._kept = self._kept or [], None
        for route in kept:
            route.continue_()


@pytest.fixture(scope="module", params=WIDTHS)
def arrivals(
    request: pytest.FixtureRequest, browser: Any, browser_context_args: Any, scene: Scene
) -> dict[Any, Arrival]:
    """All pages at one width, each in a browser of its own; they wait for their lines side by side.

    Letters wait for the first words, as they do where a line is slow and the machine is not: on a busy machine they
    might be there before anything is painted, and no stand-in would be seen to change into the font.
    """
    opened = []
    for who, path in PAGES:
        size = {"width": request.param, "height": 800}
        context = browser.new_context(**browser_context_args, viewport=size, service_workers="block")
        if who != "nobody":
            url = browser_context_args["base_url"]
            context.add_cookies(
                [{"name": name, "value": value, "url": url} for name, value in scene.cookies(who).items()]
            )
        context.add_init_script(_WATCH)
        page = context.new_page()
        held = Held(page, "**/*.woff2*")
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.send("Network.emulateNetworkConditions", SLOW)
        page.goto(path.format_map(scene.parts), wait_until="commit")
        opened.append(((who, path), page, held))
    found = {}
    for name, page, held in opened:
        page.wait_for_function(_PAINTED)
        held.let_go()
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(300)
        found[name] = Arrival(**page.evaluate(_FOUND))
        page.context.close()
    return found


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_a_page_stays_where_it_is_while_it_arrives(arrivals: dict[Any, Arrival], who: str, path: str) -> None:
    shifts = arrivals[who, path].shifts
    assert sum(value for value, _moved in shifts) < AT_MOST, "\n".join(moved for _value, moved in shifts)


def test_letters_arrive_after_words_are_shown(arrivals: dict[Any, Arrival]) -> None:
    """Else the test above would see no stand-in change into the font."""
    assert sum(each.lettered > each.painted for each in arrivals.values()) > 5
