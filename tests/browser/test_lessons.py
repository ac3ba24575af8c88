"""Home and the lessons in a real browser: with and without scripts, by keyboard and by touch, narrow and enlarged."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.servers import Server

LESSONS = ("opening", "research", "talent", "constraints", "frugal-innovation", "competition", "closing")


def first_check(page: Page) -> Any:
    return page.locator("[data-check]").first


def answer(page: Page) -> None:
    """Until the check tells its key: at once when that is right, else at the second miss."""
    for number in (0, 1):
        first_check(page).get_by_role("radio").nth(number).check()
        first_check(page).get_by_role("button", name="Check my answer").click()
        first_check(page).locator(".check-verdict, .check-missed").first.wait_for()
        if first_check(page).get_attribute("data-state") == "closed":
            return


def test_a_check_answers_in_its_place_and_tells_it_at_once(page: Page) -> None:
    page.goto("/lessons/research")
    page.evaluate("window.same = true")
    answer(page)
    verdict = first_check(page).locator(".check-verdict")
    expect(verdict).to_be_focused()
    expect(first_check(page)).to_have_attribute("data-state", "closed")
    first_check(page).get_by_role("link", name="Try again").click()
    expect(first_check(page)).to_have_attribute("data-state", "open")
    assert page.evaluate("window.same"), "the page was loaded anew"


def test_what_is_said_of_an_empty_answer_goes_with_the_answer(page: Page) -> None:
    page.goto("/lessons/research")
    first_check(page).get_by_role("button", name="Check my answer").click()
    blank = first_check(page).get_by_text("Nothing is answered yet.")
    expect(blank).to_be_visible()
    first_check(page).locator("label").first.click()
    expect(blank).to_have_count(0)


def test_a_check_works_without_scripts(browser: Browser, server: Server) -> None:
    with browser.new_context(java_script_enabled=False, base_url=server.address) as context:
        page = context.new_page()
        page.goto("/lessons/research")
        answer(page)
        expect(first_check(page).locator(".check-verdict")).to_be_visible()
        assert page.url.endswith("#research-check-1")


def test_a_term_explains_itself_by_keyboard_and_goes_away_with_escape(page: Page) -> None:
    page.goto("/lessons/research")
    term = page.locator("a.term").first
    term.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    card = page.locator(".card-pop")
    expect(card).to_be_visible()
    described = term.get_attribute("aria-describedby")
    assert page.locator(f"#{described}").inner_text() in card.inner_text()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_a_term_explains_itself_on_tap_and_a_source_its_firmness(browser: Browser, server: Server) -> None:
    with browser.new_context(
        has_touch=True, base_url=server.address, viewport={"width": 360, "height": 740}
    ) as context:
        page = context.new_page()
        page.goto("/lessons/research")
        page.locator("a.term").first.tap()
        expect(page.locator(".card-pop")).to_be_visible()
        page.locator("h1").tap()
        expect(page.locator(".card-pop")).to_be_hidden()
        page.locator(".cite a").first.tap()
        expect(page.locator(".card-pop .firmness")).to_be_visible()
        assert "#source" not in page.url


def test_the_contents_keep_the_place_and_the_time_counts_down(page: Page) -> None:
    page.goto("/lessons/research")
    side = page.locator(".contents-side")
    before = side.locator("[data-left]").inner_text()
    # What was on screen and is past counts as read; what is jumped over does not.
    page.locator(".lesson-section").first.evaluate("e => e.scrollIntoView({behavior: 'instant'})")
    page.wait_for_timeout(2500)
    last = page.locator(".lesson-section").last
    last.evaluate("e => e.scrollIntoView({behavior: 'instant'})")
    expect(side.locator("[aria-current]")).to_have_text(re.compile(last.locator("h2").inner_text().strip()[:10]))
    expect(side.locator("[data-left]")).not_to_have_text(before)


def test_what_was_on_the_screen_long_enough_counts_as_read(page: Page, sign_in_page: Callable[..., None]) -> None:
    sign_in_page(page, "learner")
    page.clock.install()
    page.goto("/lessons/talent")
    section = page.locator(".lesson-section").first
    section.locator(".mark-read").evaluate("e => e.scrollIntoView({block: 'center', behavior: 'instant'})")
    page.wait_for_function("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    with page.expect_response(lambda response: response.url.endswith("/lessons/talent/read")) as sent:
        page.clock.run_for(120_000)
    assert sent.value.status == 204
    expect(section.locator(".read-mark")).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("Go on where you were")).to_be_visible()


def test_day_and_night_are_kept_and_known_before_the_page_is_drawn(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    toggle = page.get_by_role("button", name="Dark colours")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    toggle.click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => window.early = document.documentElement.dataset.theme)"
    )
    page.goto("/lessons/research")
    assert page.evaluate("window.early") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    page.get_by_role("button", name="Dark colours").click()
    assert page.evaluate("localStorage.getItem('theme')") is None


def test_the_first_key_press_offers_to_skip_to_the_content(page: Page) -> None:
    page.goto("/lessons/research")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_words_of_figures_are_never_small(page: Page, lesson: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/lessons/{lesson}")
    sizes = page.evaluate("""() => [...document.querySelectorAll('.figure *')]
      .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
      .map(e => parseFloat(getComputedStyle(e).fontSize))""")
    assert min(sizes, default=12) >= 12


def test_the_number_of_a_source_takes_24_px_of_touch(page: Page) -> None:
    page.goto("/lessons/research")
    missed = page.evaluate(
        """() => [...document.querySelectorAll('.prose .cite a')].slice(0, 6).filter(link => {
          link.scrollIntoView({block: 'center', behavior: 'instant'});
          const box = link.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2;
          const at = (across, down) => document.elementFromPoint(x + across, y + down)?.closest('a');
          return [[-11.5, 0], [11.5, 0], [0, -11.5], [0, 11.5]].some(by => at(...by) !== link);
        }).length"""
    )
    assert missed == 0


def test_the_way_on_stands_beside_the_quiz_and_before_terms_and_sources(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/lessons/research")
    quiz = page.locator(".to-quiz").bounding_box()
    onward = page.locator("a[rel=next]").bounding_box()
    assert quiz
    assert onward
    assert onward["y"] - quiz["y"] < 800
    assert page.evaluate(
        "document.querySelector('.beside').compareDocumentPosition(document.querySelector('#terms')) & 4"
    )


def test_the_minutes_left_are_those_that_home_tells(page: Page, sign_in_page: Callable[..., None]) -> None:
    """The server's count, also where a reader goes on past sections that were never on the screen."""
    sign_in_page(page, "returner")
    page.goto("/lessons/constraints")
    last = page.locator(".mark-read").nth(3)
    last.get_by_role("button").click()
    expect(last.locator(".read-mark")).to_be_visible()
    page.goto("/lessons/opening")
    answered = page.goto("/lessons/constraints#the-end")
    assert answered
    told = re.findall(r"data-left>(\d+ minutes left)<", answered.text())
    assert told
    page.wait_for_timeout(1500)  # it is counted anew each second
    assert page.locator(".contents-side [data-left]").inner_text() == told[0]
