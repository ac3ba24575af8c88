"""What can be handled in a lesson, in a real browser: by keyboard, by touch, without scripts, and after a reload."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import seen
from tests.servers import Server

PILLARS = ("research", "talent", "constraints", "frugal-innovation", "competition")


def guess_of(page: Page, kind: str) -> Locator:
    """The first guess of a kind on the page, with the reader near."""
    found = page.locator(f".guess[data-kind={kind}]").first
    found.scroll_into_view_if_needed()
    expect(found.locator("[data-controls]")).to_be_visible()
    return found


def begun(guess: Locator) -> None:
    """Waits until the slider's script is there: it says how far the slider is."""
    expect(guess.locator("[data-slider]")).to_have_attribute("style", re.compile("--at"))


def drawn(guess: Locator, what: str) -> float:
    """How long the last bar, or the guess at it, is in the end: in percent."""
    return float((guess.locator(f".bar-line {what}").last.get_attribute("width") or "").rstrip("%"))


@pytest.mark.parametrize("lesson", PILLARS)
def test_each_lesson_of_a_pillar_asks_twice_before_it_shows(page: Page, lesson: str) -> None:
    page.goto(f"/lessons/{lesson}")
    guesses = page.locator(".guess")
    assert guesses.count() >= 2
    for figure in guesses.locator("figure").all():
        expect(figure).to_be_hidden()


def test_a_guess_is_placed_by_keyboard_and_compared(page: Page) -> None:
    page.goto("/lessons/frugal-innovation")
    guess = guess_of(page, "number")
    begun(guess)
    slider = guess.get_by_role("slider", name=re.compile("How many million did Llama"))
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "10 million hours")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said = guess.locator("[data-said]")
    expect(said).to_have_attribute("role", "status")
    expect(said).to_have_text("You said 10 million hours; it is 30.84 million hours.")
    expect(said.locator("p")).to_be_focused()
    expect(guess.locator("figure")).to_be_visible()
    expect(guess.locator("[data-controls]")).to_be_hidden()
    # The ghost stands to the bar as the guess to the answer.
    assert drawn(guess, ".ghost") / drawn(guess, ".fill") == pytest.approx(10 / 30.84, rel=0.01)


def test_a_guess_stays_after_a_reload_and_only_in_this_browser(page: Page) -> None:
    posts = []
    page.on("request", lambda request: posts.append(request.url) if request.method != "GET" else None)
    page.goto("/lessons/frugal-innovation")
    guess = guess_of(page, "number")
    begun(guess)
    guess.get_by_role("slider").press("End")
    guess.get_by_role("button", name="That is my guess").click()
    said = "You said 60 million hours; it is 30.84 million hours."
    expect(guess.locator("[data-said]")).to_have_text(said)
    # A guess beyond the longest bar has the whole width, and the bars shrink.
    assert drawn(guess, ".ghost") == 100
    assert drawn(guess, ".fill") == pytest.approx(100 * 30.84 / 60, rel=0.01)
    page.reload()
    page.locator(".guess[data-kind=number]").first.scroll_into_view_if_needed()
    expect(guess.locator("[data-said]")).to_have_text(said)
    expect(guess.locator("[data-said]")).not_to_have_attribute("role", "status")
    expect(guess.locator("figure")).to_be_visible()
    assert posts == []


def test_an_order_is_made_by_touch(browser: Browser, server: Server) -> None:
    with browser.new_context(
        has_touch=True, base_url=server.address, viewport={"width": 360, "height": 740}
    ) as context:
        page = context.new_page()
        page.goto("/lessons/frugal-innovation")
        guess = guess_of(page, "order")
        first = guess.locator("[data-place]").first
        expect(first.locator('[data-move="-1"]')).to_be_disabled()
        right = guess.locator("[data-place]").count()
        for place in range(right):
            item = guess.locator(f'[data-place="{place}"]')
            while item.evaluate("e => [...e.parentElement.children].indexOf(e)") > place:
                item.locator('[data-move="-1"]').tap()
        expect(guess.locator("p[data-moved]")).to_have_text(re.compile(rf": now \d of {right}"))
        guess.get_by_role("button", name="That is my guess").tap()
        expect(guess.locator("[data-said]")).to_have_text(f"You put all {right} in the order of the figure.")
        expect(guess.locator(".ghost-note")).to_have_text([f"You: {place + 1}" for place in range(right)])


def test_a_place_in_time_is_said_as_a_month(page: Page) -> None:
    page.goto("/lessons/constraints")
    guess = guess_of(page, "month")
    begun(guess)
    guess.get_by_role("slider").press("End")
    expect(guess.get_by_role("slider")).to_have_attribute("aria-valuetext", "December 2025")
    guess.get_by_role("button", name="That is my guess").click()
    expect(guess.locator("[data-said]")).to_have_text("You said December 2025; it is May 2023.")
    expect(guess.locator(".axis circle.ghost")).to_be_visible()


def test_whoever_wants_to_sees_the_figure_at_once(page: Page) -> None:
    page.goto("/lessons/frugal-innovation")
    guess = guess_of(page, "number")
    begun(guess)
    guess.get_by_text("Show me the figure").click()
    expect(guess.locator("figure")).to_be_visible()
    expect(guess.locator("figure")).to_be_focused()
    expect(guess.locator("[data-controls]")).to_be_hidden()
    expect(guess.locator("[data-said]")).to_be_empty()


def test_a_figure_whose_script_does_not_come_is_as_without_scripts(
    browser: Browser, browser_context_args: Any, watch: Any
) -> None:
    with browser.new_context(**browser_context_args, service_workers="block") as context:
        page = context.new_page()
        page.route("**/js/guess.js*", lambda route: route.abort())
        page.goto("/lessons/frugal-innovation")
        guess = page.locator(".guess").first
        guess.scroll_into_view_if_needed()
        expect(guess.locator("[data-controls]")).to_be_hidden()
        guess.get_by_text("Show me the figure").click()
        expect(guess.locator("figure")).to_be_visible()
    assert all("guess.js" in each or "Failed to load" in each for each in watch.heard())


def test_a_guess_without_scripts_is_a_question_above_a_folded_figure(browser: Browser, server: Server) -> None:
    with browser.new_context(java_script_enabled=False, base_url=server.address) as context:
        page = context.new_page()
        page.goto("/lessons/frugal-innovation")
        guess = page.locator(".guess").first
        expect(guess.locator(".guess-question")).to_be_visible()
        expect(guess.locator("[data-controls]")).to_be_hidden()
        expect(guess.locator("figure")).to_be_hidden()
        guess.get_by_text("Show me the figure").click()
        expect(guess.locator("figure")).to_be_visible()


@pytest.mark.parametrize("lesson", PILLARS)
def test_how_sure_is_this_is_something_to_do(page: Page, lesson: str) -> None:
    page.goto(f"/lessons/{lesson}")
    sort = page.locator("#how-sure .sort")
    sort.scroll_into_view_if_needed()
    for claim in sort.locator("[data-firmness]").all():
        claim.locator(f"input[value={claim.get_attribute('data-firmness')}]").check()
        expect(claim.locator("details")).not_to_have_attribute("open", "")
    sort.get_by_role("button", name="Compare").click()
    count = sort.locator("[data-firmness]").count()
    expect(sort.locator("[data-result]")).to_have_text(f"You and the article agree on {count} of {count}.")
    expect(sort.get_by_text("As you said")).to_have_count(count)


def test_claims_are_sorted_by_keyboard(page: Page) -> None:
    page.goto("/lessons/talent")
    sort = page.locator(".sort")
    with page.expect_request_finished(lambda request: "/sort.js" in request.url):
        sort.scroll_into_view_if_needed()
    compare, result = sort.get_by_role("button", name="Compare"), sort.locator("[data-result]")
    count = sort.locator("[data-firmness]").count()
    first = sort.locator("[data-firmness]").first.get_by_role("radio").first
    # What is left out is asked for, and has the focus then.
    compare.press("Enter")
    expect(first).to_be_focused()
    expect(result).to_have_text(f"Say something about each of the {count} first.")
    for number in range(count):
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        if number + 1 < count:
            compare.press("Enter")
            following = sort.locator("[data-firmness]").nth(number + 1).get_by_role("radio").first
            expect(following).to_be_focused()
    compare.press("Enter")
    firm = [claim.get_attribute("data-firmness") for claim in sort.locator("[data-firmness]").all()]
    expect(result).to_have_text(f"You and the article agree on {firm.count('reported')} of {count}.")
    expect(sort.get_by_text("You said otherwise")).to_have_count(count - firm.count("reported"))


def test_claims_are_sorted_by_touch_and_told_without_scripts(browser: Browser, server: Server) -> None:
    narrow = {"width": 360, "height": 740}
    with browser.new_context(has_touch=True, base_url=server.address, viewport=narrow) as context:
        page = context.new_page()
        page.goto("/lessons/talent")
        chip = page.locator(".sort-chip").nth(1)
        chip.tap()
        expect(chip.get_by_role("radio")).to_be_checked()
        box = chip.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    with browser.new_context(java_script_enabled=False, base_url=server.address) as context:
        page = context.new_page()
        page.goto("/lessons/talent")
        first = page.locator(".sort [data-firmness]").first
        expect(first.locator(".sort-chips")).to_be_hidden()
        first.get_by_text("How the article says it").click()
        expect(first.get_by_text("handed on from somebody else")).to_be_visible()


def test_a_ratio_follows_its_sliders(page: Page) -> None:
    page.goto("/lessons/research")
    figure = page.locator(".figure-ratio")
    figure.scroll_into_view_if_needed()
    citations = figure.get_by_role("slider", name="The first country: Citations")
    patents = figure.get_by_role("slider", name="The first country: Patents")
    ratio, bars = figure.locator("[data-ratio]").first, figure.locator(".bar-line .fill")
    expect(citations).to_have_attribute("aria-valuetext", "300")
    expect(ratio).to_have_text("0.5")
    citations.press("ArrowRight")
    expect(figure.locator("[data-value]").first).to_have_text("310")
    expect(ratio).to_have_text("0.52")
    citations.press("End")
    patents.press("Home")
    expect(ratio).to_have_text("80")
    expect(bars.first).to_have_attribute("width", "100%")
    assert float((bars.last.get_attribute("width") or "").rstrip("%")) == pytest.approx(100 * 4 / 80, rel=0.01)
    said = re.compile("The first country 80 citations for each patent; The second country 4 ")
    expect(figure.locator("[data-result]")).to_have_text(said)
    figure.get_by_role("button", name="Reset").click()
    expect(ratio).to_have_text("0.5")
    expect(citations).to_have_value("300")


def test_a_ratio_is_moved_by_touch_and_is_a_table_without_scripts(browser: Browser, server: Server) -> None:
    narrow = {"width": 360, "height": 740}
    with browser.new_context(has_touch=True, base_url=server.address, viewport=narrow) as context:
        page = context.new_page()
        page.goto("/lessons/research")
        figure = page.locator(".figure-ratio")
        figure.scroll_into_view_if_needed()
        slider = figure.locator("[data-number]").first
        expect(slider).to_have_attribute("aria-valuetext", "300")
        slider.tap(position={"x": 40, "y": 20})
        expect(slider).not_to_have_value("300")
        expect(figure.locator("[data-ratio]").first).not_to_have_text("0.5")
    with browser.new_context(java_script_enabled=False, base_url=server.address) as context:
        page = context.new_page()
        page.goto("/lessons/research")
        figure = page.locator(".figure-ratio")
        expect(figure.get_by_role("slider")).to_have_count(0)
        figure.get_by_text("The numbers as a table").click()
        expect(figure.get_by_role("row", name="The first country 300 600 0.5")).to_be_visible()


@pytest.mark.parametrize("lesson", PILLARS)
def test_axe_finds_nothing_before_anything_is_opened(browser: Any, browser_context_args: Any, lesson: str) -> None:
    with browser.new_context(**browser_context_args, reduced_motion="reduce", service_workers="block") as context:
        seen.bring_axe(context)
        page = context.new_page()
        page.goto(f"/lessons/{lesson}")
        found = []
        for width in (360, 1280):
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 800})
                found += [f"{width} {scheme} {each}" for each in seen.against_axe(page)]
                found += [f"{width} {scheme} {each}" for each in seen.against_axe(page, (seen.CONTRAST,))]
        assert found == []
