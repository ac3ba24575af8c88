"""How long after a click the next question of a quiz is seen, over a network with a round trip of 400 ms.

    python -m benchmarks.next_question [--attempts 6] [--latency 400]

A server of its own (`webapp serve` on the course that ships, a fresh SQLite file) and a real Chromium. In each attempt
a guest answers every question and presses "Next" a moment later, before the change is saved by itself. Two ways:
*script*, with the pages that the browser keeps of the paper, and *plain*, without JavaScript. With a script the time is
the page's own, from the time of the click to the end of the frame that draws the next question's heading. Without one
it is the clock of this process, from before the click until the heading is there, some 30 ms of its own work included.

The delay is put before every answer of the server by the browser (CDP, Network.emulateNetworkConditions); from page to
page it works on the form and on the page it leads to. Then the database is asked: every answer that was given has to
be there. Beside the times stand the requests and their bytes between two questions. Exits with 1 when the aim is
missed: 50 ms at p95 with a script, and no answer lost.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.browser import chromium
from tests.browser.test_offline import answer
from tests.servers import ROOT, Server

#: ms at p95, with a script
AIM = 50.0
#: seconds in which the last answers may arrive
ARRIVES = 30.0
#: notes, for each click, when the heading was another one and the frame that shows it was drawn
WATCH = """
const seen = (window.seen = []);
addEventListener("click", ({ timeStamp }) => {
  const heading = () => document.querySelector("h1").textContent;
  const before = heading();
  const look = () => {
    if (heading() === before) return requestAnimationFrame(look);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => seen.push(performance.now() - timeStamp);
    port2.postMessage("after the frame");
  };
  requestAnimationFrame(look);
}, true);
"""


@dataclass
class Seen:
    """What was seen of all attempts of one way."""

    took: list[float] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    given: dict[int, int] = field(default_factory=dict)

    def percentile(self, share: float) -> float:
        return statistics.quantiles(self.took, n=100, method="inclusive")[round(share * 100) - 1]


def begin(context: BrowserContext, server: Server) -> tuple[Page, int]:
    """A guest on the first question, and the number of the attempt."""
    page = context.new_page()
    page.goto(f"{server.address}/courses/{server.course}/quizzes/research")
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_url("**/questions/1")
    return page, int(urlsplit(page.url).path.split("/")[-3])


def heading_of(page: Page, position: int) -> None:
    page.get_by_role("heading", name=f"Question {position} of").wait_for()


def take(browser: Browser, server: Server, latency: int, seen: Seen, *, script: bool) -> None:
    """One attempt, from the first question to the last."""
    context = browser.new_context(java_script_enabled=script, locale="en-GB")
    if script:
        context.add_init_script(WATCH)
        # The first page of all brings the worker; the quiz is then begun with it, as from the second page on.
        first = context.new_page()
        first.goto(f"{server.address}/courses/{server.course}/quizzes/research")
        first.evaluate("navigator.serviceWorker.ready.then(() => null)")
        first.close()
    page, attempt = begin(context, server)
    if script:
        page.locator("main[data-paper]").wait_for()
    conditions = {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1}
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", conditions)
    page.on("request", lambda request: seen.requests.append(request))
    total = page.locator(".quiz-map-item").count()
    for position in range(1, total):
        answer(page)
        began = time.perf_counter()
        page.locator("[data-next]").click()
        heading_of(page, position + 1)
        if not script:
            seen.took.append((time.perf_counter() - began) * 1000)
    seen.given[attempt] = total - 1
    if script:
        page.wait_for_timeout(100)
        seen.took += page.evaluate("window.seen.slice(1 - document.querySelectorAll('.quiz-map-item').length)")
    until = time.monotonic() + ARRIVES
    while lost(server, {attempt: total - 1}) and time.monotonic() < until:
        page.wait_for_timeout(100)
    context.close()


def lost(server: Server, given: dict[int, int]) -> int:
    """How many answers are not in the database."""
    database = sqlite3.connect(server.data / "webapp.sqlite3")
    query = "SELECT count(*) FROM slot WHERE attempt_id = ? AND response IS NOT NULL AND response != 'null'"
    try:
        return sum(count - database.execute(query, (attempt,)).fetchone()[0] for attempt, count in given.items())
    finally:
        database.close()


def run(attempts: int, latency: int) -> bool:
    """Prints the figures; whether the aim is met."""
    path = chromium.find()
    if path is None:
        print(chromium.REMEDY)
        return False
    found = {"script": Seen(), "plain": Seen()}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "data", ROOT / "question_bank", settings={"WEBAPP_LIMITS": "off"})
        server.start(120)
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            for _turn in range(attempts):
                for way, seen in found.items():
                    take(browser, server, latency, seen, script=way == "script")
            browser.close()
            missing = {way: lost(server, seen.given) for way, seen in found.items()}
        finally:
            server.stop()
    print(f"round trip {latency} ms, {attempts} attempts each way")
    for way, seen in found.items():
        steps = len(seen.took)
        posts = sum(each.method == "POST" for each in seen.requests)
        pages = sum(each.is_navigation_request() and each.method == "GET" for each in seen.requests)
        size = statistics.mean(len(each.post_data or "") for each in seen.requests if each.method == "POST")
        print(
            f"{way:7} next question seen p50 {seen.percentile(0.5):7.1f} ms, p95 {seen.percentile(0.95):7.1f} ms"
            f" ({steps} times); {posts / steps:.2f} POSTs of {size:.0f} bytes and {pages / steps:.2f} pages each;"
            f" {sum(seen.given.values())} answers given, {missing[way]} not in the database"
        )
    plain, script = found["plain"].percentile(0.95), found["script"].percentile(0.95)
    print(f"{'':7} {plain / script:.0f} × as soon at p95 (aim: {AIM:.0f} ms)")
    return script <= AIM and not any(missing.values())


def main() -> int:
    arguments = argparse.ArgumentParser(description="How soon the next question is seen over a slow network.")
    arguments.add_argument("--attempts", type=int, default=6)
    arguments.add_argument("--latency", type=int, default=400)
    sizes = arguments.parse_args()
    return int(not run(sizes.attempts, sizes.latency))


if __name__ == "__main__":
    sys.exit(main())
