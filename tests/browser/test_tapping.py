"""Pairs and groups by tapping: with a finger, by keyboard, and what becomes of it on the server."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response, expect

from tests.browser.test_quiz import paper, status, to_question_with


def saved(answer: Response) -> bool:
    """Whether a save was answered: "Saved" on the page may still be that of the one before."""
    return answer.request.method == "POST"


@pytest.fixture
def phone(browser: Any, browser_context_args: Any) -> Any:
    small = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    context = browser.new_context(**browser_context_args | small)
    yield context.new_page()
    context.close()


def test_a_finger_pairs_and_the_menus_say_the_same(phone: Page) -> None:
    path = paper(phone)
    number = to_question_with(phone, path, ".answer--matching")
    expect(phone.locator(".answer-list")).to_be_hidden()
    lefts, rights = (phone.locator(".tap-side").nth(side).locator(".tap") for side in (0, 1))
    for place in range(lefts.count()):
        lefts.nth(place).tap()
        with phone.expect_response(saved):
            rights.nth(place).tap()
    expect(status(phone)).to_have_text(re.compile("^Saved"))
    chosen = [str(place + 1) for place in range(lefts.count())]
    phone.goto(f"{path}/questions/{number}")
    assert [menu.input_value() for menu in phone.locator(".answer--matching select").all()] == chosen
    expect(lefts.nth(0)).to_have_accessible_name(re.compile("^A .+, paired with: .+"))
    phone.get_by_role("button", name="Use the menus").tap()
    expect(phone.locator(".answer--matching select").first).to_be_visible()


def test_a_finger_sorts_and_the_radio_buttons_say_the_same(phone: Page) -> None:
    path = paper(phone)
    number = to_question_with(phone, path, ".answer--categorise")
    chips = phone.locator(".tap-holds .tap")
    count = chips.count()
    for _ in range(count):
        phone.locator(".tap-group").first.locator(".tap").first.tap()
        with phone.expect_response(saved):
            phone.locator(".tap-place").nth(1).tap()
    expect(phone.locator(".tap-group").first.locator(".tap")).to_have_count(0)
    expect(status(phone)).to_have_text(re.compile("^Saved"))
    phone.goto(f"{path}/questions/{number}")
    expect(phone.locator(".tap-group").nth(1).locator(".tap")).to_have_count(count)


def test_the_boards_work_by_keyboard_and_say_what_happens(page: Page) -> None:
    path = paper(page)
    to_question_with(page, path, ".answer--categorise")
    expect(page.locator(".answer-list")).to_be_visible()
    page.get_by_role("button", name="Sort by tapping").press("Enter")
    chip = page.locator(".tap-holds .tap").first
    words = chip.inner_text()
    chip.press("Enter")
    expect(chip).to_have_attribute("aria-pressed", "true")
    place = page.locator(".tap-place").nth(1)
    place.press("Space")
    expect(page.locator(".answer--categorise").get_by_role("status")).to_have_text(
        f"{words} – now in: {place.inner_text()}"
    )
    expect(place).to_be_focused()
    assert "/questions/" in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_boards_are_accessible(phone: Page, scheme: Any) -> None:
    phone.emulate_media(color_scheme=scheme)
    path = paper(phone)
    for kind in (".answer--matching", ".answer--categorise"):
        to_question_with(phone, path, kind)
        phone.locator(".tap").first.tap()
        phone.locator(f"{kind} :is(.tap-place, .tap-side:last-child .tap)").nth(1).tap()
        phone.locator(".tap").nth(1).tap()
        found = Axe().run(phone)
        assert found.response["violations"] == [], found.generate_report()
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360
