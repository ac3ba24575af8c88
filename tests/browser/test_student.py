"""A student's way through the course, from the first page to the review, as somebody at a screen goes it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.answering import Keys, Mouse, answer
from tests.browser.scene import PASSWORD, Scene
from tests.conftest import NOT_IN_COURSES
from webapp.questions import TYPES

QUIZ = "/quizzes/research"
EVERY_TYPE = "/quizzes/every-type"


def start(page: Page, quiz: str) -> int:
    """Starts a quiz; gives the number of the attempt."""
    page.goto(quiz)
    page.get_by_role("main").get_by_role("button", name=re.compile("^(Start|Try again)$")).click()
    return at_question(page, 1)


def at_question(page: Page, position: int) -> int:
    """Waits for a question of a paper; gives the number of the attempt."""
    page.wait_for_url(f"**/attempts/*/questions/{position}")
    return int(re.sub(r".*/attempts/(\d+)/.*", r"\1", page.url))


def go_on(page: Page, hand: Any) -> None:
    """To the next question or the summary."""
    here = page.url
    hand.press(page.locator("[data-next]"))
    page.wait_for_url(lambda url: url != here)


def answer_all(page: Page, scene: Scene, hand: Any, *, but: int = 0) -> int:
    """Answers a paper from its first question to the summary, all but one question; gives their number."""
    attempt = at_question(page, 1)
    total = int(page.get_by_role("heading", level=1).inner_text().split()[-1])
    for position in range(1, total + 1):
        at_question(page, position)
        if position != but:
            answer(page, scene.question(attempt, position), hand)
        go_on(page, hand)
    expect(page.get_by_role("heading", level=1)).to_have_text("Before you hand in")
    return total


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_the_whole_way(browser: Browser, browser_context_args: Any, scene: Scene, javascript: bool, width: int) -> None:
    """Home, lesson, check, quiz as a guest, result, the paragraph that explains it, an account, progress, review."""
    size = {"width": width, "height": 740}
    page = browser.new_context(**browser_context_args, viewport=size, java_script_enabled=javascript).new_page()
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name=re.compile("^Start with Research")).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    check = page.locator("[data-check]").first
    for number in (0, 1):  # a first miss keeps the key
        check.get_by_role("radio").nth(number).check()
        check.get_by_role("button", name="Check my answer").click()
        check.locator(".check-verdict, .check-missed").first.wait_for()
        if check.get_attribute("data-state") == "closed":
            break
    expect(page.locator(".check-verdict").first).to_have_text(re.compile("Right|Wrong"))

    page.get_by_role("link", name="Take the quiz").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Research: the quiz")
    terms = page.locator(".quiz-terms")
    for words in ("Covers", "Research", "Questions", "10", "No limit", "As many as you like", "70% passes"):
        expect(terms).to_contain_text(words)
    page.get_by_role("button", name="Start").click()

    total = answer_all(page, scene, Mouse(), but=3)
    expect(page.locator("main")).to_contain_text("One question is not answered yet.")
    page.get_by_role("button", name="Hand in").click()
    expect(page.locator("#verdict")).to_contain_text(f"{total - 1} of {total} points")
    expect(page.locator("main")).to_contain_text("Passed")
    expect(page.get_by_role("heading", name="Not answered")).to_be_visible()

    page.get_by_role("link", name="Read the paragraph").first.click()
    place = page.url.partition("#")[2]
    assert place.startswith("fact-")
    expect(page.locator(f"[id='{place}']")).to_be_in_viewport()

    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Create one").click()
    page.get_by_label("Name", exact=True).fill("Sam Student")
    page.get_by_label("User name or e-mail").fill(f"sam-{secrets.token_hex(4)}")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("Welcome, Sam Student")).to_be_visible()

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Progress").click()
    expect(page.locator("#research")).to_contain_text("90%")
    expect(page.locator("#research")).to_contain_text("Passed")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Review").click()
    expect(page.locator("main")).to_contain_text(f"{total} questions are in your plan")
    page.context.close()


@pytest.mark.parametrize("hand", ["mouse", "keyboard alone"])
def test_every_type_is_answered_rightly(page: Page, scene: Scene, hand: str) -> None:
    """A paper with one question of each type comes out at full marks."""
    attempt = start(page, EVERY_TYPE)
    assert {scene.question(attempt, position).type for position in range(1, 10)} == set(TYPES) - NOT_IN_COURSES
    hands = Mouse() if hand == "mouse" else Keys(page)
    answer_all(page, scene, hands)
    expect(page.locator("main")).to_contain_text("All 9 questions are answered.")
    hands.press(page.get_by_role("button", name="Hand in"))
    expect(page.locator("#verdict")).to_contain_text("9 of 9 points")


def test_a_paper_goes_on_where_it_was_here_and_on_another_device(
    browser: Browser, browser_context_args: Any, page: Page, scene: Scene
) -> None:
    attempt = start(page, EVERY_TYPE)
    page.get_by_role("navigation", name="Questions of this paper").get_by_role("button", name="Question 5").click()
    at_question(page, 5)
    page.locator("[data-question] input[type=text]").fill("something typed")
    expect(page.locator("[data-status]")).to_have_text(re.compile("^Saved"))
    page.reload()
    expect(page.locator("[data-question] input[type=text]")).to_have_value("something typed")

    other = browser.new_context(**browser_context_args, storage_state=page.context.storage_state()).new_page()
    other.goto("/")
    other.get_by_role("link", name="Go on with it").click()
    assert at_question(other, 5) == attempt
    expect(other.locator("[data-question] input[type=text]")).to_have_value("something typed")
    other.context.close()


def test_a_double_click_starts_one_attempt_and_hands_in_once(page: Page) -> None:
    page.goto("/quizzes/talent-pretest")
    page.get_by_role("main").get_by_role("button", name="Start").dblclick()
    attempt = at_question(page, 1)
    page.goto(f"/attempts/{attempt}/summary")
    page.get_by_role("button", name="Hand in").dblclick()
    page.wait_for_url(f"**/attempts/{attempt}/result")
    page.goto("/quizzes/talent-pretest")
    expect(page.get_by_role("region", name="Earlier attempts").get_by_role("row")).to_have_count(2)


def test_the_back_button_after_handing_in_opens_nothing_again(page: Page) -> None:
    attempt = start(page, "/quizzes/talent-pretest")
    page.goto(f"/attempts/{attempt}/summary")
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url(f"**/attempts/{attempt}/result")
    page.go_back()
    page.go_back()
    expect(page.locator("main")).to_contain_text("The lesson answers it in")
    assert page.url.endswith(f"/attempts/{attempt}/result")


def test_handing_in_after_the_session_ended_waits_for_the_sign_in(
    page: Page, sign_in_page: Callable[..., None]
) -> None:
    sign_in_page(page, "learner")
    attempt = start(page, "/quizzes/talent-pretest")
    page.goto(f"/attempts/{attempt}/summary")
    page.context.clear_cookies()
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_text("Nothing is lost")).to_be_visible()
    page.get_by_label("User name or e-mail").fill("learner")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/attempts/{attempt}/result")


def test_what_went_wrong_is_practised_and_comes_back_for_review(enter: Callable[[str], Page], scene: Scene) -> None:
    """Practice from a result, feedback at once; then a question that is due: wrong comes back soon, with its reason."""
    page = enter("returner")
    page.goto(f"/attempts/{scene.parts['returned']}/result")
    page.get_by_role("button", name="Practise these again").click()
    attempt = at_question(page, 1)
    answer(page, scene.question(attempt, 1), Mouse())
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("[data-question]")).to_contain_text("Right")

    page.goto("/review")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/review/*/*")
    page.get_by_role("button", name="I don’t know").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your answer")
    expect(page.locator("main")).to_contain_text("It comes back")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Do you still know?")


def test_earlier_attempts_show_what_came_of_them_on_a_phone(enter: Any) -> None:
    page = enter("reader")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/quizzes/research")
    for name in ("Percent", "Result"):
        head = page.get_by_role("columnheader", name=name).bounding_box()
        assert head["x"] + head["width"] <= 360, name
