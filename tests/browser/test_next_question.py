"""With a script and a kept paper, the next question is there at once, and the answer goes out as one small request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.browser.scene import PASSWORD, Scene
from tests.browser.test_exam import _set
from tests.browser.test_offline import ANSWERS, answer, given, go_to, wait
from webapp.database import db
from webapp.quizzes.conditions import Conditions
from webapp.quizzes.models import Attempt, Slot

STATUS = "[data-status]"
#: what stands in the page, without what differs from one to the next: tokens, times, and what a keyboard reaches
SHAPE = """() => [...document.querySelector('main').querySelectorAll('*')]
    .filter(each => !each.closest('[data-status]'))
    .map(each => each.tagName + ' ' + each.className?.baseVal + each.className + ' ' + (each.name ?? '') + ' '
        + [...each.childNodes].filter(node => node.nodeType === 3).map(node => node.data.trim()).join(' '))"""


class Wire:
    """What a page asks the server for."""

    def __init__(self, page: Page) -> None:
        self.requests: list[Request] = []
        page.on("request", lambda request: self.requests.append(request))  # Playwright marks what listens

    def documents(self) -> list[str]:
        return [f"{each.method} {each.url}" for each in self.requests if each.is_navigation_request()]

    def posts(self) -> list[Request]:
        return [each for each in self.requests if each.method == "POST"]


def start(page: Page, quiz: str = "every-type") -> str:
    """Starts a quiz and waits until its pages are at hand; gives the address of the attempt."""
    page.goto(f"/quizzes/{quiz}")
    wait(page, "Boolean(navigator.serviceWorker.controller)")
    page.get_by_role("main").get_by_role("button", name=re.compile("Start|Try again")).first.click()
    page.wait_for_url("**/questions/1")
    at_hand(page)
    return urlsplit(page.url).path.partition("/questions/")[0]


def at_hand(page: Page) -> None:
    expect(page.locator("main[data-paper]")).to_be_visible()


def shown(page: Page, position: int) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(rf"Question {position} of"))


def slow(page: Page, latency: int) -> None:
    """Lets every answer of the server come so many ms later."""
    conditions = {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", conditions)


def arrived(page: Page) -> None:
    """Waits until nothing is on its way from this device any more."""
    wait(page, f"!({ANSWERS}).some(({{ state }}) => state === 'waiting')")


def responses(scene: Scene, attempt: str) -> dict[int, Any]:
    """position → the answer in the database, of all that have one."""
    with scene.app.app_context():
        db.session.rollback()
        slots = db.session.query(Slot).filter_by(attempt_id=int(attempt.rpartition("/")[2])).all()
        return {slot.position: slot.response for slot in slots if slot.response is not None}


def position(scene: Scene, attempt: str) -> int:
    with scene.app.app_context():
        return db.session.get_one(Attempt, int(attempt.rpartition("/")[2])).position


def test_an_answer_costs_one_small_request_and_no_page(page: Page, scene: Scene) -> None:
    attempt = start(page)
    wire = Wire(page)
    slow(page, 400)
    for number in (1, 2, 3):
        wire.requests.clear()
        answer(page)
        with page.expect_response(lambda response: response.request.method == "POST") as saved:
            page.locator("[data-next]").click()
        shown(page, number + 1)
        assert wire.documents() == []
        assert [urlsplit(each.url).path for each in wire.posts()] == [f"{attempt}/questions/{number}"]
        sent = wire.posts()[0].post_data or ""
        assert len(sent) < 1000
        assert parse_qs(sent)["action"] == ["next"]
        assert saved.value.header_value("content-type") == "application/json"
        assert len(saved.value.body()) < 400
    arrived(page)
    assert set(responses(scene, attempt)) == {1, 2, 3}
    assert position(scene, attempt) == 4, "any device resumes there"
    assert page.url.endswith(f"{attempt}/questions/4")
    assert page.title().startswith("Question 4 of 9")


def test_what_was_given_is_there_when_going_back(page: Page, scene: Scene) -> None:
    attempt = start(page)
    gave = {}
    for number in (1, 2):
        answer(page)
        gave[number] = given(page)
        page.locator("[data-next]").click()
        shown(page, number + 1)
    page.get_by_role("button", name="Previous").click()
    shown(page, 2)
    assert given(page) == gave[2]
    page.go_back()
    shown(page, 3)
    page.go_back()
    shown(page, 2)
    page.go_back()
    shown(page, 1)
    assert page.url.endswith(f"{attempt}/questions/1")
    assert given(page) == gave[1]
    page.go_forward()
    shown(page, 2)
    assert given(page) == gave[2]
    expect(page.locator(STATUS)).to_have_text(re.compile("^Saved"))
    page.reload()
    shown(page, 2)
    assert given(page) == gave[2]
    at_hand(page)
    page.go_back()
    shown(page, 1)
    assert given(page) == gave[1]
    expect(page.get_by_text("2 answered")).to_be_visible()


def test_what_comes_without_a_page_is_what_the_page_would_be(page: Page) -> None:
    """Every type, with all that its script makes of it; and axe finds nothing."""
    start(page)
    for number in range(2, 10):
        go_to(page, number)
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        page.wait_for_timeout(100)
        came = page.evaluate(SHAPE)
        if number % 3 == 0:
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
        page.reload()
        at_hand(page)
        assert page.evaluate(SHAPE) == came, number


def test_keys_go_on_in_the_question_in_view_and_one_key_press_goes_one_question(page: Page) -> None:
    start(page)
    page.locator("body").press("Enter")
    shown(page, 2)
    page.keyboard.down("Enter")
    page.keyboard.down("Enter")  # held down, it repeats itself
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    shown(page, 3)
    page.locator("[data-next]").dblclick()
    shown(page, 4)
    page.wait_for_timeout(300)
    shown(page, 4)


def test_it_goes_on_without_a_network(page: Page, context: BrowserContext, scene: Scene) -> None:
    attempt = start(page)
    answer(page)
    page.locator("[data-next]").click()
    shown(page, 2)
    arrived(page)
    context.set_offline(True)
    for number in (2, 3):
        answer(page)
        page.locator("[data-next]").click()
        shown(page, number + 1)
    expect(page.locator("[data-offline-note]")).to_contain_text("2 answers are kept on this device")
    assert set(responses(scene, attempt)) == {1}
    context.set_offline(False)
    expect(page.locator("[data-offline-note]")).to_contain_text("has been sent")
    assert set(responses(scene, attempt)) == {1, 2, 3}
    answer(page)
    page.locator("[data-next]").click()
    shown(page, 5)
    expect(page.locator("[data-offline-note]")).to_be_hidden()
    go_to(page, 2)
    expect(page.locator(STATUS)).to_have_text(re.compile("^Saved"))


def test_an_answer_on_its_way_is_not_lost_when_the_page_is_closed(
    page: Page, context: BrowserContext, scene: Scene
) -> None:
    attempt = start(page)
    page.route("**/questions/1", lambda route: None)  # no answer comes, ever
    answer(page)
    gave = given(page)
    page.locator("[data-next]").click()
    shown(page, 2)
    wait(page, f"({ANSWERS}).some(({{ state }}) => state === 'waiting')")
    page.close(run_before_unload=False)
    later = context.new_page()
    later.goto(f"{attempt}/questions/2")
    arrived(later)
    assert set(responses(scene, attempt)) == {1}
    go_to(later, 1)
    assert given(later) == gave


def test_a_second_tab_is_met_by_the_page_that_lets_one_choose(page: Page, context: BrowserContext) -> None:
    attempt = start(page, "research")
    other = context.new_page()
    other.goto(f"{attempt}/questions/1")
    answer(other, 1)
    expect(other.locator(STATUS)).to_have_text(re.compile("^Saved"))
    other.close()
    answer(page, 0)
    mine = given(page)
    page.locator("[data-next]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Two answers to question 1")
    page.get_by_role("button", name="Take this one").click()
    shown(page, 1)
    assert given(page) == mine


def test_answers_given_elsewhere_are_not_hidden_by_kept_pages(
    page: Page, browser: Any, browser_context_args: Any, sign_in_page: Any
) -> None:
    """The paper goes on at another device; back here, what is kept is older, and is fetched again."""
    sign_in_page(page, "newcomer", PASSWORD)
    attempt = start(page, "research")
    there = browser.new_context(**browser_context_args)
    phone = there.new_page()
    sign_in_page(phone, "newcomer", PASSWORD)
    phone.goto(f"{attempt}/questions/2")
    answer(phone, 1)
    expect(phone.locator(STATUS)).to_have_text(re.compile("^Saved"))
    gave = given(phone)
    there.close()
    page.reload()
    at_hand(page)
    page.locator("[data-next]").click()
    shown(page, 2)
    assert given(page) == gave


def test_the_summary_waits_for_answers_on_their_way(page: Page, scene: Scene) -> None:
    attempt = start(page)
    slow(page, 2000)
    answer(page)
    page.locator("[data-next]").click()
    shown(page, 2)
    page.get_by_role("button", name="Summary and handing in").click()
    expect(page.locator(STATUS)).to_have_text("Saving …")
    page.wait_for_url("**/summary")
    expect(page.get_by_role("link", name=re.compile("Question 1 Answered"))).to_be_visible()
    assert set(responses(scene, attempt)) == {1}


def test_a_paper_that_was_handed_in_elsewhere_leads_to_its_result(page: Page, context: BrowserContext) -> None:
    attempt = start(page)
    other = context.new_page()
    other.goto(f"{attempt}/summary")
    other.get_by_role("button", name="Hand in", exact=True).click()
    other.wait_for_url("**/result")
    other.close()
    answer(page)
    page.locator("[data-next]").click()
    page.wait_for_url("**/result")
    expect(page.get_by_role("main")).to_contain_text("The time was up")


def test_a_session_that_ended_asks_to_sign_in_and_goes_on(
    page: Page, context: BrowserContext, scene: Scene, sign_in_page: Any
) -> None:
    sign_in_page(page, "learner", PASSWORD)
    attempt = start(page)
    context.clear_cookies()
    answer(page)
    page.locator("[data-next]").click()
    page.get_by_label("User name or e-mail").fill("learner")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/questions/2")
    shown(page, 2)
    assert set(responses(scene, attempt)) == {1}


@pytest.fixture
def examined(scene: Scene) -> Iterator[Callable[[Conditions], None]]:
    """The examinee's exam, without conditions; sets it others."""
    before = _set(scene, Conditions(notes=True))
    yield lambda conditions: _set(scene, conditions) and None
    _set(scene, before)


def test_conditions_of_an_exam_hold_for_what_is_sent_behind_the_page(
    enter: Any, examined: Callable[[Conditions], None], scene: Scene
) -> None:
    paper = f"/attempts/{scene.parts['exam']}"
    before = responses(scene, paper)
    number = next(each for each in range(1, 10) if each not in before)
    page = enter("examinee")
    page.goto(f"{paper}/questions/{number}")
    at_hand(page)
    examined(Conditions(addresses=("10.1.2.0/24",), outside="Come to room 7."))
    answer(page)
    page.locator("[data-next]").click()
    expect(page.get_by_role("main")).to_contain_text("Come to room 7.")
    assert responses(scene, paper) == before
    page.wait_for_load_state("networkidle")
    examined(Conditions(notes=True))
    page.goto(f"{paper}/questions/{number}")
    arrived(page)
    assert set(responses(scene, paper)) == {*before, number}, "what was kept goes out from where it may"


@pytest.fixture
def plain(browser: Any, browser_context_args: Any) -> Iterator[Page]:
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_without_a_script_the_form_is_as_ever(plain: Page, scene: Scene) -> None:
    plain.goto("/quizzes/every-type")
    plain.get_by_role("main").get_by_role("button", name="Start").click()
    wire = Wire(plain)
    answer(plain)
    plain.locator("[data-next]").click()
    plain.wait_for_url("**/questions/2")
    methods = [each.partition(" ")[0] for each in wire.documents()]
    assert methods == ["POST", "GET"]
    assert json.dumps(responses(scene, urlsplit(plain.url).path.partition("/questions/")[0]))
