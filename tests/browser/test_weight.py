"""What pages cost over the wire: all bytes that reach the browser, headers too, at the first visit and afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.scene import Scene
from tests.browser.wire import Wire, wire_to
from tests.servers import Server

KB = 1024


@pytest.fixture(scope="module")
def wire(server: Server) -> Iterator[Wire]:
    with wire_to(server.port) as wire:
        yield wire


@pytest.fixture(params=["allow"])
def stranger(
    request: pytest.FixtureRequest, browser: Any, browser_context_args: Any, scene: Scene, wire: Wire
) -> Iterator[Any]:
    """A page of a browser that has never been here, in which the reader is signed in; with its worker, or without."""
    context = browser.new_context(**browser_context_args | {"base_url": wire.address}, service_workers=request.param)
    context.add_cookies([{"name": n, "value": v, "url": wire.address} for n, v in scene.cookies("reader").items()])
    yield context.new_page()
    context.close()


def cost(page: Any, wire: Wire, path: str) -> tuple[int, int]:
    """Bytes until the page is there with all that it loads, and those that the worker for lost networks takes then."""
    wire.taken()
    page.goto(path)
    first, rest = wire.taken(), 0
    # The icon of the tab comes late; what is kept for the time without a network, a second after the page.
    for _ in range(8):
        while more := wire.taken():
            rest += more
            page.wait_for_timeout(200)
        page.wait_for_timeout(200)
    return first, rest


def test_a_question_page_is_light(stranger: Any, wire: Wire, scene: Scene) -> None:
    """At most 60 KB at the first visit, and 60 KB more that its worker keeps in the background for the time without a
    network; each further question at most 10 KB, with all that is fetched beside it."""
    paper = f"/attempts/{scene.parts['open']}/questions"
    cold, kept = cost(stranger, wire, f"{paper}/1")
    warm = sum(cost(stranger, wire, f"{paper}/2"))
    again = sum(cost(stranger, wire, f"{paper}/8"))
    assert 10 * KB < cold <= 60 * KB, cold
    assert cold + kept <= 120 * KB, (cold, kept)
    assert KB < warm <= 10 * KB, warm
    assert KB < again <= 10 * KB, again


@pytest.mark.parametrize("stranger", ["block"], indirect=True, ids=["without its worker"])
@pytest.mark.parametrize(
    ("path", "cold_at_most", "warm_at_most"),
    [
        ("/", 70 * KB, 10 * KB),
        ("/lessons/research", 100 * KB, 20 * KB),
        ("/attempts/{result}/result", 75 * KB, 15 * KB),
        ("/progress", 75 * KB, 15 * KB),
    ],
)
def test_other_pages_cost_little(
    stranger: Any, wire: Wire, scene: Scene, path: str, cold_at_most: int, warm_at_most: int
) -> None:
    address = path.format_map(scene.parts)
    wire.taken()
    stranger.goto(address, wait_until="networkidle")
    cold = wire.taken()
    stranger.goto(address, wait_until="networkidle")
    warm = wire.taken()
    assert 20 * KB < cold <= cold_at_most, cold
    assert KB < warm <= warm_at_most, warm
