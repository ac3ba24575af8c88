"""Without a network: lessons that were opened can be read, an open quiz goes on, and every answer arrives once."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.scene import PASSWORD, prepared, serve_copy
from tests.clients import whole
from tests.servers import Server
from webapp.accounts import service as people
from webapp.database import db

NOTE = "[data-offline-note]"
STATUS = "[data-status]"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, because these tests stop it."""
    course = serve_copy(tmp_path_factory.mktemp("offline"))
    app = prepared(course)
    with app.app_context():
        for name, role in (("ada", "learner"), ("bo", "learner"), ("ines", "instructor")):
            people.create_user(
                name=name.title(), username=name, password=PASSWORD, role=role, now=app.config["CLOCK"]()
            )
        db.session.commit()
        db.engine.dispose()
    course.start()
    yield course
    course.stop()


@pytest.fixture
def phone(browser: Any, browser_context_args: Any, course: Server) -> Iterator[BrowserContext]:
    """A browser that has never been here."""
    context = browser.new_context(**browser_context_args | {"base_url": course.address})
    yield context
    context.close()


@pytest.fixture(params=["no network", "no server"])
def cut(request: pytest.FixtureRequest, phone: BrowserContext, course: Server) -> Iterator[Callable[[bool], None]]:
    """Takes away the network, or the server while the browser believes in a network; and gives it back."""

    def change(away: bool) -> None:
        if request.param == "no network":
            phone.set_offline(away)
        elif away:
            course.kill()
        else:
            course.start()

    yield change
    if course.process is None or course.process.poll() is not None:
        course.start()


def came(page: Page, condition: str) -> bool:
    """Whether an async JavaScript expression becomes true within 10 s. (Playwright's own way needs eval, which pages
    forbid.)"""
    code = f"""async () => {{
        for (let i = 0; i < 200; i++) {{
            if (await (async () => {condition})()) return true;
            await new Promise((done) => setTimeout(done, 50));
        }}
        return false;
    }}"""
    return bool(page.evaluate(code))


def wait(page: Page, condition: str) -> None:
    assert came(page, condition), condition


KEPT = "(await Promise.all((await caches.keys()).filter((name) => name.startsWith('pages-')).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat()"  # noqa: E501
ANSWERS = """await new Promise((done) => {
    const opened = indexedDB.open("answers", 1);
    opened.onupgradeneeded = () => opened.result.createObjectStore("answers", { keyPath: "address" });
    opened.onsuccess = () => {
        const all = opened.result.transaction("answers").objectStore("answers").getAll();
        all.onsuccess = () => { opened.result.close(); done(all.result); };
    };
})"""


def kept(page: Page) -> list[str]:
    """The addresses of all pages this browser keeps."""
    return page.evaluate(f"async () => {KEPT}")


def answers(page: Page, state: str) -> list[str]:
    """The addresses of the questions whose answers this browser keeps in a state."""
    found: list[dict[str, Any]] = page.evaluate(f"async () => {ANSWERS}")
    return [each["address"] for each in found if each["state"] == state]


def governed(page: Page) -> None:
    """Waits until the service worker takes care of this browser's pages. Before, it fetches all files of the release,
    which takes its time on a busy machine, and is given up when one doesn't come: the next page begins it anew."""
    for _page in range(3):
        if came(page, "Boolean(navigator.serviceWorker.controller)"):
            return
        page.reload()
    raise AssertionError("no service worker takes care of this browser's pages")


def sign_in(page: Page, username: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("User name or e-mail").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def sign_out(page: Page) -> None:
    page.goto("/account")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def start(page: Page, quiz: str = "research") -> str:
    """Starts a quiz and waits until the device keeps its pages; gives the address of the attempt."""
    page.goto(f"/quizzes/{quiz}")
    governed(page)
    page.get_by_role("main").get_by_role("button").or_(page.get_by_role("link", name="Go on where")).first.click()
    page.wait_for_url("**/questions/*")
    attempt = urlsplit(page.url).path.partition("/questions/")[0]
    wait(page, f"({KEPT}).includes('{attempt}/paper')")
    return attempt


def answer(page: Page, turn: int = 0) -> None:
    """Answers the question in view, whatever its type, by one change; another `turn` is another answer."""
    question = page.locator("[data-question]")
    boxes = question.locator("input:is([type=radio], [type=checkbox])")
    field, menu = question.locator("input[type=text]").first, question.locator("select").first
    if question.locator("[data-ordering]").count():
        moves = question.locator("[data-move=up]:not([disabled])")
        moves.nth(turn % moves.count()).click()
    elif boxes.count():
        boxes.nth(turn).check()
    elif field.count():
        field.fill(str(40 + turn))
        field.blur()
    else:
        options = menu.locator("option").evaluate_all("(all) => all.map((each) => each.value).filter(Boolean)")
        menu.select_option(options[turn])


def given(page: Page) -> str:
    """What the form in view holds, as text."""
    return page.locator("#question").evaluate(
        "(form) => JSON.stringify([...new FormData(form)].filter(([name]) => name.startsWith('answer-')))"
    )


def go_to(page: Page, position: int) -> None:
    page.locator(f'button[value="goto:{position}"]').click()
    expect(page.get_by_role("heading", name=f"Question {position} of")).to_be_visible()


def stored(course: Server, attempt: str) -> dict[int, list[Any]]:
    """position → the answers the database holds for it, one for each step."""
    query = """SELECT slot.position, step.response FROM step JOIN slot ON slot.id = step.slot_id
        WHERE slot.attempt_id = ? AND step.action = 'answer' ORDER BY step.id"""
    found: dict[int, list[Any]] = {}
    database = sqlite3.connect(course.data / "webapp.sqlite3")
    try:
        for position, response in database.execute(query, (int(attempt.rpartition("/")[2]),)):
            found.setdefault(position, []).append(json.loads(response))
    finally:
        database.close()
    return found


# --- a quiz ----------------------------------------------------------------------------------------------------------


def test_a_quiz_goes_on_without_a_network_and_every_answer_arrives_once(
    phone: BrowserContext, course: Server, cut: Callable[[bool], None]
) -> None:
    page = phone.new_page()
    attempt = start(page)
    answer(page)
    expect(page.locator(STATUS)).to_contain_text("Saved")
    first = given(page)

    cut(True)
    page.locator("[data-next]").click()
    expect(page.get_by_role("heading", name="Question 2 of 10")).to_be_visible()
    expect(page.locator(NOTE)).to_contain_text("You are offline – this is a saved copy.")
    answer(page)
    expect(page.locator(STATUS)).to_have_text("Kept on this device – will be sent.")
    second = given(page)
    page.locator("[data-next]").click()
    expect(page.get_by_role("heading", name="Question 3 of 10")).to_be_visible()
    answer(page)
    expect(page.locator(STATUS)).to_have_text("Kept on this device – will be sent.")
    third = given(page)
    go_to(page, 7)
    expect(page.locator(NOTE)).to_contain_text("2 answers are kept on this device and will be sent.")
    expect(page.get_by_text("3 answered")).to_be_visible()
    go_to(page, 2)
    wait(page, "document.querySelector('[data-status]').textContent.startsWith('Kept')")
    assert given(page) == second
    go_to(page, 1)
    wait(page, "document.querySelector('#question').elements.sequence.value === '1'")
    assert given(page) == first, "what was saved before the network went is shown, though the copy is older"
    assert set(stored(course, attempt)) == {1}

    cut(False)
    page.reload()
    wait(page, f"!({ANSWERS}).some(({{ state }}) => state === 'waiting')")
    steps = stored(course, attempt)
    assert {position: len(steps[position]) for position in steps} == {1: 1, 2: 1, 3: 1}
    assert all(response for each in steps.values() for response in each)
    go_to(page, 3)
    assert given(page) == third
    expect(page.locator(NOTE)).to_be_hidden()


def test_what_was_kept_is_sent_as_soon_as_the_network_is_back(phone: BrowserContext, course: Server) -> None:
    page = phone.new_page()
    attempt = start(page)
    phone.set_offline(True)
    answer(page)
    expect(page.locator(STATUS)).to_have_text("Kept on this device – will be sent.")
    page.locator("[data-next]").click()
    expect(page.locator(NOTE)).to_contain_text("One answer is kept on this device and will be sent.")
    phone.set_offline(False)
    expect(page.locator(NOTE)).to_contain_text("What was kept on this device has been sent.")
    assert [len(steps) for steps in stored(course, attempt).values()] == [1]


def test_changing_ones_mind_without_a_network_sends_the_last_word(phone: BrowserContext, course: Server) -> None:
    page = phone.new_page()
    attempt = start(page)
    phone.set_offline(True)
    for turn in (0, 1):
        answer(page, turn)
        expect(page.locator(STATUS)).to_have_text("Kept on this device – will be sent.")
        go_to(page, 2)
        go_to(page, 1)
    last = given(page)
    phone.set_offline(False)
    expect(page.locator(STATUS)).to_contain_text("Saved")
    assert [len(steps) for steps in stored(course, attempt).values()] == [1]
    page.reload()
    assert given(page) == last


def test_an_answer_that_arrived_unseen_is_not_taken_for_two(phone: BrowserContext, course: Server) -> None:
    """The request arrives and its answer is lost: what follows goes on from there, and asks nobody to choose."""
    page = phone.new_page()
    attempt = start(page)

    def lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/questions/1", lambda route: lose_the_answer(route) if route.request.method == "POST" else None)
    answer(page)
    expect(page.locator(STATUS)).to_have_text("Kept on this device – will be sent.")
    page.unroute("**/questions/1")
    answer(page, 1)
    expect(page.locator(STATUS)).to_contain_text("Saved")
    assert [len(steps) for steps in stored(course, attempt).values()] == [2]
    page.reload()
    expect(page.locator(STATUS)).to_contain_text("Saved")


def test_two_answers_to_one_question_are_put_before_the_person(
    browser: Any, browser_context_args: Any, phone: BrowserContext, course: Server
) -> None:
    page = phone.new_page()
    sign_in(page, "ada")
    attempt = start(page)
    phone.set_offline(True)
    answer(page)
    mine = given(page)
    expect(page.locator(STATUS)).to_have_text("Kept on this device – will be sent.")
    page.locator("[data-next]").click()
    expect(page.locator(NOTE)).to_contain_text("One answer")
    laptop = browser.new_context(**browser_context_args | {"base_url": course.address})
    other = laptop.new_page()
    sign_in(other, "ada")
    other.goto(f"{attempt}/questions/1")
    answer(other, 1)
    expect(other.locator(STATUS)).to_contain_text("Saved")
    laptop.close()

    phone.set_offline(False)
    expect(page.locator(NOTE)).to_contain_text("A question was answered here and on another page.")
    assert len(stored(course, attempt)[1]) == 1
    page.get_by_role("link", name="Choose which answer counts").click()
    page.get_by_role("button", name="Choose which answer counts").click()
    page.get_by_role("button", name="Take this one").click()
    expect(page.get_by_role("heading", name="Question 1 of")).to_be_visible()
    assert given(page) == mine
    assert len(stored(course, attempt)[1]) == 2
    expect(page.locator(NOTE)).to_be_hidden()
    assert answers(page, "conflict") == []


def test_an_answer_that_comes_too_late_is_said_to_be_late(
    browser: Any, browser_context_args: Any, phone: BrowserContext, course: Server
) -> None:
    page = phone.new_page()
    sign_in(page, "ada")
    attempt = start(page, "talent")
    phone.set_offline(True)
    answer(page)
    expect(page.locator(STATUS)).to_have_text("Kept on this device – will be sent.")
    page.locator("[data-next]").click()
    expect(page.locator(NOTE)).to_contain_text("One answer")
    laptop = browser.new_context(**browser_context_args | {"base_url": course.address})
    other = laptop.new_page()
    sign_in(other, "ada")
    other.goto(f"{attempt}/summary")
    other.get_by_role("button", name="Hand in", exact=True).click()
    other.wait_for_url("**/result")
    laptop.close()
    phone.set_offline(False)
    expect(page.locator(NOTE)).to_contain_text("came too late to be taken")
    page.locator(NOTE).get_by_role("link", name="Go on").click()
    page.wait_for_url("**/result")
    expect(page.locator(NOTE)).to_be_hidden()
    assert stored(course, attempt) == {}


def test_a_session_that_ended_meanwhile_loses_no_answer(phone: BrowserContext, course: Server) -> None:
    page = phone.new_page()
    sign_in(page, "bo")
    attempt = start(page, "talent")
    phone.set_offline(True)
    answer(page)
    expect(page.locator(STATUS)).to_have_text("Kept on this device – will be sent.")
    page.locator("[data-next]").click()
    expect(page.locator(NOTE)).to_contain_text("One answer")
    phone.clear_cookies()
    phone.set_offline(False)
    page.goto("/")
    expect(page.locator(NOTE)).to_contain_text("One answer is kept on this device")
    assert [path for path in kept(page) if "/attempts/" in path] == []
    page.locator(NOTE).get_by_role("link", name="Sign in").click()
    sign_in(page, "ada")
    expect(page.get_by_role("navigation", name="Main")).to_contain_text("Ada")
    page.wait_for_timeout(1000)
    expect(page.locator(NOTE)).to_be_hidden()
    assert stored(course, attempt) == {}, "nobody else sends it"
    sign_out(page)
    sign_in(page, "bo")
    wait(page, f"!({ANSWERS}).some(({{ state }}) => state === 'waiting')")
    assert [len(steps) for steps in stored(course, attempt).values()] == [1]


def test_handing_in_waits_for_the_network_and_for_every_answer(
    phone: BrowserContext, course: Server, cut: Callable[[bool], None]
) -> None:
    page = phone.new_page()
    attempt = start(page, "constraints")
    cut(True)
    answer(page)
    expect(page.locator(STATUS)).to_have_text("Kept on this device – will be sent.")
    page.get_by_role("button", name="Summary and handing in").click()
    expect(page.get_by_role("heading", name="Before you hand in")).to_be_visible()
    expect(page.get_by_role("link", name="Question 1 Kept on this device")).to_be_visible()
    expect(page.locator("[data-lead]")).to_contain_text("1 of ")
    page.get_by_role("button", name="Hand in", exact=True).click()
    expect(page.locator("#not-handed-in")).to_contain_text("Handing in needs the network")
    expect(page.locator("#not-handed-in")).to_be_focused()
    cut(False)
    page.get_by_role("button", name="Hand in", exact=True).click()
    page.wait_for_url("**/result")
    assert list(stored(course, attempt)) == [1]
    wait(page, f"!({KEPT}).some((path) => path.startsWith('{attempt}/'))")


def test_nothing_is_handed_in_before_every_kept_answer_has_arrived(phone: BrowserContext, course: Server) -> None:
    """The network lets handing in through and not the answers: then the paper stays open."""
    page = phone.new_page()
    attempt = start(page, "frugal-innovation")
    page.route("**/questions/1", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    phone.route("**/session", lambda route: route.abort())
    answer(page)
    expect(page.locator(STATUS)).to_have_text("Kept on this device – will be sent.")
    page.goto(f"{attempt}/summary")
    page.get_by_role("button", name="Hand in", exact=True).click()
    expect(page.locator("#not-handed-in")).to_be_visible()
    assert stored(course, attempt) == {}
    phone.unroute("**/session")
    page.get_by_role("button", name="Hand in", exact=True).click()
    page.wait_for_url("**/result")
    assert [len(steps) for steps in stored(course, attempt).values()] == [1]


def test_a_kept_page_knows_how_late_it_is_and_leaves_handing_in_to_the_server(phone: BrowserContext) -> None:
    page = phone.new_page()
    attempt = start(page, "final")
    assert int(page.locator("[data-clock]").get_attribute("data-left") or 0) > 39 * 60
    phone.set_offline(True)
    for minutes, words in ((10, re.compile("(29|30) min left")), (41, "Less than a minute left")):
        age(page, f"{attempt}/questions/1", minutes)
        page.goto(f"{attempt}/questions/1")
        expect(page.locator(".quiz-clock-text")).to_contain_text(words)
    expect(page.locator("[data-clock-says]")).to_have_text("The time is up. What had reached the server is handed in.")
    assert page.url.endswith("/questions/1")


def age(page: Page, path: str, minutes: int) -> None:
    """Makes a kept page as old as if it had been kept so long ago."""
    page.evaluate(
        """async ([path, minutes]) => {
            for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                const copy = await cache.match(path, { ignoreVary: true });
                if (!copy) continue;
                const headers = new Headers(copy.headers);
                headers.set("Kept-At", Date.now() - minutes * 60000);
                await cache.put(path, new Response(await copy.text(), { headers }));
            }
        }""",
        [path, minutes],
    )


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_lesson_that_was_opened_is_read_without_a_network(phone: BrowserContext, cut: Callable[[bool], None]) -> None:
    page = phone.new_page()
    page.goto("/lessons/research")
    governed(page)
    wait(page, f"({KEPT}).includes('{whole('/lessons/research')}')")
    page.goto("/lessons/talent")
    wait(page, f"({KEPT}).includes('{whole('/lessons/talent')}')")
    cut(True)
    for lesson in ("research", "talent"):
        page.goto(f"/lessons/{lesson}")
        expect(page.locator(NOTE)).to_contain_text("You are offline – this is a saved copy.")
        expect(page.locator(".lesson-section").first).to_be_visible()
        assert page.evaluate("document.fonts.check('16px Newsreader')")
        assert page.evaluate("[...document.styleSheets].every((sheet) => sheet.cssRules.length)")
        check = page.locator("[data-check]").first
        check.get_by_role("button", name="Check my answer").click()
        expect(check.get_by_role("alert")).to_have_text("This needs the network. Please try again when it is back.")
    page.goto("/lessons/competition")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Talent").click()
    expect(page.locator(".lesson-section").first).to_be_visible()
    cut(False)
    # A server that has just started may be slower than the worker is patient.
    for _ in range(5):
        page.reload()
        if page.locator("html[data-copy]").count() == 0:
            break
    expect(page.locator(NOTE)).to_be_hidden()


def test_only_lessons_and_ones_own_open_attempt_are_kept(phone: BrowserContext) -> None:
    page = phone.new_page()
    sign_in(page, "ines")
    page.goto("/lessons/research")
    governed(page)
    for path in ("/account", "/progress", "/instructor", "/instructor/gradebook", "/quizzes/research", "/quizzes"):
        page.goto(path)
    attempt = start(page)
    assert {path for path in kept(page) if not path.startswith(f"{attempt}/")} <= {"/", whole("/lessons/research")}


# --- whose it is -----------------------------------------------------------------------------------------------------


def test_signing_out_forgets_what_was_kept(phone: BrowserContext) -> None:
    page = phone.new_page()
    sign_in(page, "bo")
    page.goto("/lessons/research")
    attempt = start(page, "competition")
    answer(page)
    expect(page.locator(STATUS)).to_contain_text("Saved")
    page.goto("/lessons/research")
    wait(page, f"({KEPT}).includes('{whole('/lessons/research')}')")
    assert answers(page, "saved")
    sign_out(page)
    wait(page, f"!({KEPT}).some((path) => path !== '/')")
    assert answers(page, "saved") == []
    phone.set_offline(True)
    page.goto(f"{attempt}/questions/1")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()


def test_signing_out_asks_before_it_deletes_an_answer_that_could_not_be_sent(
    phone: BrowserContext, course: Server
) -> None:
    page = phone.new_page()
    sign_in(page, "bo")
    start(page, "frugal-innovation")
    page.route("**/questions/1", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    phone.route("**/session", lambda route: route.abort())
    answer(page)
    expect(page.locator(STATUS)).to_have_text("Kept on this device – will be sent.")
    page.goto("/account")
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.get_by_role("button", name="Sign out", exact=True).click()
    assert "signing out deletes them" in asked.value.message
    assert len(answers(page, "waiting")) == 1
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert answers(page, "waiting") == []


def test_another_person_finds_nothing_of_the_one_before(phone: BrowserContext) -> None:
    page = phone.new_page()
    sign_in(page, "ada")
    attempt = start(page, "competition")
    phone.clear_cookies()
    sign_in(page, "bo")
    wait(page, f"!({KEPT}).some((path) => path.includes('/attempts/'))")
    phone.set_offline(True)
    page.goto(f"{attempt}/questions/1")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("Question")


# --- the page itself -------------------------------------------------------------------------------------------------


def test_what_is_shown_without_a_network_is_accessible_and_fits(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto("/lessons/research")
    governed(page)
    wait(page, f"({KEPT}).includes('{whole('/lessons/research')}')")
    attempt = start(page)
    phone.set_offline(True)
    answer(page)
    expect(page.locator(STATUS)).to_have_text("Kept on this device – will be sent.")
    for path in (f"{attempt}/questions/1", f"{attempt}/summary#not-handed-in", "/lessons/research", "/progress"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(NOTE)).to_contain_text("One answer is kept")
        for width, scheme in ((360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            found = Axe().run(page)
            assert found.violations_count == 0, f"{path} {width} {scheme}: {found.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
