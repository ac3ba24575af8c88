"""A quiz in a real browser: saving by itself, keys, a network that goes away, two tabs, and no scripts at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

QUIZ = "/quizzes/research"


def start(page: Page, quiz: str = QUIZ) -> str:
    """Starts a quiz as a guest; returns the path of the attempt."""
    page.goto(quiz)
    page.get_by_role("main").get_by_role("button", name=re.compile("Start|Try again")).click()
    page.wait_for_url("**/attempts/*/questions/1")
    return re.sub(r".*(/attempts/\d+)/.*", r"\1", page.url)


def paper(page: Page) -> str:
    """Starts a paper that has a question of every type; returns the path of the attempt."""
    return start(page, "/quizzes/every-type")


def to_question_with(page: Page, path: str, selector: str) -> int:
    """Opens the first question that has such an input; returns its number."""
    for number in range(1, 11):
        page.goto(f"{path}/questions/{number}")
        if page.locator(selector).count():
            return number
    raise AssertionError(f"no question of this paper has {selector}")


def status(page: Page) -> Any:
    return page.locator("[data-status]")


RADIO = "[data-question] .answer--choice input[type=radio]"


def test_every_change_is_saved_and_says_so(page: Page) -> None:
    path = start(page)
    number = to_question_with(page, path, RADIO)
    page.locator(RADIO).nth(1).check()
    expect(status(page)).to_have_text(re.compile(r"^Saved \d"))
    page.goto(f"{path}/questions/{number}")
    expect(page.locator(RADIO).nth(1)).to_be_checked()


def test_number_keys_choose_and_enter_goes_on(page: Page) -> None:
    path = start(page)
    number = to_question_with(page, path, RADIO)
    page.keyboard.press("2")
    expect(page.locator(RADIO).nth(1)).to_be_checked()
    expect(status(page)).to_have_text(re.compile("^Saved"))
    page.locator("body").press("Enter")
    page.wait_for_url(re.compile(rf"/questions/{number + 1}$|/summary$"))
    page.goto(f"{path}/questions/{number}")
    expect(page.locator(RADIO).nth(1)).to_be_checked()


def drawn_keys(page: Page) -> list[str]:
    """What is drawn behind the options."""
    options = page.locator("[data-question] .answer-option")
    drawn = "option => getComputedStyle(option, '::after').content"
    return [str(option.evaluate(drawn)) for option in options.all()]


def test_options_show_their_keys_where_there_is_a_keyboard(page: Page) -> None:
    path = start(page)
    to_question_with(page, path, RADIO)
    assert [content for content in drawn_keys(page) if "counter(key)" not in content] == []
    expect(page.get_by_text("The number keys choose. Enter goes on.")).to_be_visible()
    # Drawn, and not part of a name: it would be read before every option.
    name = page.locator("[data-question] .answer-option .answer-text").first.inner_text().strip()
    expect(page.locator(RADIO).first).to_have_accessible_name(name)
    number = to_question_with(page, path, "[data-question] input[type=text]")
    assert number
    expect(page.get_by_text("The number keys choose.")).to_be_hidden()
    expect(page.get_by_text("Enter goes on.")).to_be_visible()


def test_a_phone_is_told_of_no_keys(browser: Any, browser_context_args: Any) -> None:
    small = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    context = browser.new_context(**browser_context_args | small)
    page = context.new_page()
    to_question_with(page, start(page), RADIO)
    assert set(drawn_keys(page)) == {"none"}
    expect(page.get_by_text("Enter goes on.")).to_be_hidden()
    context.close()


def test_a_button_pressed_while_a_save_is_under_way_waits_for_it(page: Page) -> None:
    path = start(page)
    number = to_question_with(page, path, RADIO)
    under_way: list[Any] = []

    def hold_the_first(route: Any) -> None:
        if route.request.method == "POST" and not under_way:
            under_way.append(route)
        else:
            route.continue_()

    page.route("**/questions/*", hold_the_first)
    with page.expect_request(lambda request: request.method == "POST"):
        page.locator(RADIO).nth(0).check()
    page.locator(RADIO).nth(2).check()
    page.locator("[data-next]").click()
    with page.expect_response(lambda response: response.request.method == "POST"):
        under_way[0].continue_()
    page.wait_for_url(re.compile(rf"/questions/{number + 1}$|/summary$"))
    page.goto(f"{path}/questions/{number}")
    expect(page.locator(RADIO).nth(2)).to_be_checked()


def test_an_answer_given_while_an_earlier_one_is_under_way_outlives_its_page(page: Page) -> None:
    path = start(page)
    number = to_question_with(page, path, RADIO)
    under_way: list[Any] = []

    def hold(route: Any) -> None:
        if route.request.method == "POST" and not under_way:
            under_way.append(route)
        else:
            route.continue_()

    page.route("**/questions/*", hold)
    with page.expect_request(lambda request: request.method == "POST"):
        page.locator(RADIO).nth(0).check()
    page.locator(RADIO).nth(2).check()
    page.locator("[data-next]").click()
    page.wait_for_url(re.compile(rf"/questions/{number + 1}$|/summary$"))
    page.goto(f"{path}/questions/{number}")
    expect(page.locator(RADIO).nth(2)).to_be_checked()
    expect(page.locator("[data-status]")).to_contain_text("Saved")
    page.reload()
    expect(page.locator(RADIO).nth(2)).to_be_checked()


def test_an_answer_whose_receipt_was_lost_is_no_conflict_with_itself(page: Page) -> None:
    """The server has it, the page doesn't know; the learner has changed their mind meanwhile."""
    path = start(page)
    number = to_question_with(page, path, RADIO)
    lost = []

    def lose_receipt(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/questions/*", lose_receipt)
    page.locator(RADIO).nth(0).check()
    expect(status(page)).to_have_text(re.compile("Kept on this device"))
    page.locator(RADIO).nth(1).check()
    expect(status(page)).to_have_text(re.compile("^Saved"), timeout=15_000)
    assert lost == [200]
    page.unroute("**/questions/*")
    page.goto(f"{path}/questions/{number}")
    expect(page.locator(RADIO).nth(1)).to_be_checked()


def test_two_tabs_are_told_of_each_other_and_the_learner_chooses(page: Page, context: BrowserContext) -> None:
    path = start(page)
    number = to_question_with(page, path, RADIO)
    other = context.new_page()
    other.goto(f"{path}/questions/{number}")
    page.locator(RADIO).nth(0).check()
    expect(status(page)).to_have_text(re.compile("^Saved"))
    other.locator(RADIO).nth(1).check()
    expect(status(other)).to_have_text(re.compile("answered on another page"))
    other.get_by_role("button", name="Choose which answer counts").click()
    expect(other.get_by_role("heading", level=1)).to_have_text(f"Two answers to question {number}")
    other.get_by_role("button", name="Take this one").click()
    expect(other.locator(RADIO).nth(1)).to_be_checked()
    other.close()


def test_the_back_button_shows_the_answer_that_counts(page: Page) -> None:
    path = start(page)
    number = to_question_with(page, path, RADIO)
    page.locator(RADIO).nth(0).check()
    expect(status(page)).to_have_text(re.compile("^Saved"))
    page.locator("[data-next]").click()
    page.wait_for_url(re.compile(rf"/questions/{number + 1}$|/summary$"))
    page.go_back()
    expect(page.locator(RADIO).nth(0)).to_be_checked()
    page.locator(RADIO).nth(1).check()
    expect(status(page)).to_have_text(re.compile("^Saved"))


def test_a_signed_out_person_is_told_and_their_answer_survives(
    page: Page, context: BrowserContext, sign_in_page: Callable[..., None]
) -> None:
    sign_in_page(page, "learner")
    path = start(page)
    number = to_question_with(page, path, RADIO)
    context.clear_cookies()
    page.locator(RADIO).nth(2).check()
    expect(status(page)).to_have_text(re.compile("You are signed out"))
    page.get_by_role("button", name="Sign in and save it").click()
    page.get_by_label("User name or e-mail").fill("learner")
    page.get_by_label("Password", exact=True).fill("a long and quiet evening")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{path}/questions/{number}")
    expect(page.locator(RADIO).nth(2)).to_be_checked()


def test_the_clock_is_quiet_and_answers_when_asked(page: Page) -> None:
    start(page, "/quizzes/final")
    clock = page.locator("[data-clock]")
    expect(clock).to_contain_text(re.compile(r"(40|39) min left"))
    expect(clock.get_by_role("status")).to_have_text("")
    clock.get_by_role("button", name="Time left?").click()
    exactly = re.compile(r"\d+ minutes and \d+ seconds left\.")
    expect(clock.get_by_role("status")).to_have_text(exactly)
    expect(clock.locator(".quiz-clock-text")).to_have_text(exactly)
