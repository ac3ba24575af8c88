"""Fields for numbers: how one was read is said at once, and what can't be read is marked where it stands."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_quiz import start, status, to_question_with

FIELD = ".answer--numeric input[data-number]"


@pytest.fixture
def numeric(page: Page) -> tuple[str, int]:
    path = start(page, "/quizzes/every-type")
    return path, to_question_with(page, path, FIELD)


def test_a_number_is_echoed_as_it_is_typed(page: Page, numeric: tuple[str, int]) -> None:
    field = page.locator(FIELD)
    assert field.get_attribute("inputmode") == "decimal"
    field.press_sequentially("92,0")
    expect(page.locator(".answer-read")).to_have_text(re.compile(r"^Read as 92\b(?!.*[,.]0)"))
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(status(page)).to_have_text(re.compile("^Saved"))


def test_what_cannot_be_read_is_marked_at_the_field_and_counts_nowhere(page: Page, numeric: tuple[str, int]) -> None:
    path, number = numeric
    field = page.locator(FIELD)
    field.press_sequentially("about ninety")
    expect(field).to_have_attribute("aria-invalid", "true")
    error = page.locator(f"#{(field.get_attribute('aria-describedby') or '').split()[0]}")
    expect(error).to_have_text(re.compile("Write "))
    expect(error).to_be_in_viewport()
    below = (error.bounding_box() or {})["y"] - (field.bounding_box() or {})["y"]
    assert 0 < below < 120
    item = page.locator(f'[value="goto:{number}"]')
    expect(item).to_have_class(re.compile("is-unreadable"))
    expect(item).to_contain_text("can’t be read")
    expect(page.locator("[data-count]")).to_have_text("0 answered")
    # Next holds its author up once, beside the field; who goes on all the same may.
    page.locator("[data-next]").click()
    expect(field).to_be_focused()
    page.locator("[data-next]").click()
    page.wait_for_url(re.compile(rf"/questions/{number + 1}$|/summary$"))
    page.goto(f"{path}/summary")
    expect(page.locator(f'[data-position="{number}"]')).to_have_text("Can’t be read")
    page.goto(f"{path}/questions/{number}")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("90")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(error).to_be_hidden()
    expect(item).to_have_class(re.compile("is-answered"))
    expect(page.locator("[data-count]")).to_have_text("1 answered")


def test_a_number_half_typed_is_not_told_off(page: Page, numeric: tuple[str, int]) -> None:
    field = page.locator(FIELD)
    page.clock.install()
    field.press_sequentially("-")
    page.clock.run_for(300)
    expect(field).not_to_have_attribute("aria-invalid", "true")
    field.press_sequentially("5")
    page.clock.run_for(2000)
    expect(field).not_to_have_attribute("aria-invalid", "true")


def test_a_phone_has_a_way_to_a_minus(browser: Any, browser_context_args: Any) -> None:
    context = browser.new_context(
        **browser_context_args | {"viewport": {"width": 360, "height": 740}}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    to_question_with(page, start(page, "/quizzes/every-type"), FIELD)
    field = page.locator(FIELD)
    field.fill("12")
    page.get_by_role("button", name="Change the sign").tap()
    expect(page.locator(".answer-read")).to_have_text(re.compile("^Read as −12"))
    page.get_by_role("button", name="Change the sign").tap()
    expect(page.locator(".answer-read")).to_have_text(re.compile("^Read as 12"))
    context.close()


def test_a_gap_for_a_number_is_read_and_marked_likewise(page: Page) -> None:
    page.goto("/styleguide")
    gap = ".answer--cloze input[data-number]:enabled"
    field = page.locator(gap).first
    field.fill("six")
    field.blur()
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("6,0")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    echo = page.locator(f'[data-number-read="{field.get_attribute("id")}"]')
    expect(echo).to_have_text(re.compile(r"^Gap \d: read as 6(\D|$)"))
