"""Putting things in order with buttons, menus and the mouse, and what a screen reader is told."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture
def ordering(page: Page) -> Any:
    page.goto("/styleguide")
    group = page.locator("[data-ordering]")
    group.scroll_into_view_if_needed()
    # Counts what a page that saves by itself would see.
    page.evaluate("window.saves = 0; document.addEventListener('change', () => window.saves++)")
    return group


def texts(group: Any) -> list[str]:
    return [text.strip() for text in group.locator("[data-ordering-item] .answer-text").all_inner_texts()]


def positions(group: Any) -> list[str]:
    return [menu.input_value() for menu in group.locator("select").all()]


def test_a_button_moves_an_item_keeps_the_focus_and_says_so(page: Page, ordering: Any) -> None:
    before = texts(ordering)
    assert set(positions(ordering)) == {""}
    down = ordering.get_by_role("button", name=f"Move down: {before[0]}")
    down.focus()
    page.keyboard.press("Enter")
    assert texts(ordering) == [before[1], before[0], *before[2:]]
    assert positions(ordering) == ["1", "2", "3", "4"]
    expect(down).to_be_focused()
    expect(ordering.get_by_role("status")).to_have_text(f"{before[0]}: now 2 of 4")
    assert page.evaluate("window.saves") == 1
    assert "styleguide" in page.url


def test_at_the_end_the_focus_goes_to_the_other_button(page: Page, ordering: Any) -> None:
    second = texts(ordering)[1]
    ordering.get_by_role("button", name=f"Move up: {second}").click()
    assert texts(ordering)[0] == second
    expect(ordering.get_by_role("button", name=f"Move up: {second}")).to_be_disabled()
    expect(ordering.get_by_role("button", name=f"Move down: {second}")).to_be_focused()


def test_a_menu_puts_an_item_at_its_position(page: Page, ordering: Any) -> None:
    before = texts(ordering)
    ordering.get_by_role("combobox", name=f"Position of: {before[3]}").select_option("1")
    assert texts(ordering) == [before[3], *before[:3]]
    assert positions(ordering) == ["1", "2", "3", "4"]
    assert page.evaluate("window.saves") == 1


def test_the_mouse_drags_an_item(page: Page, ordering: Any) -> None:
    before = texts(ordering)
    rows = ordering.locator("[data-ordering-item] .answer-text").all()
    rows[0].hover()
    page.mouse.down()
    box = rows[2].bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    assert texts(ordering) == [before[1], before[2], before[0], before[3]]
    assert positions(ordering) == ["1", "2", "3", "4"]


def test_an_order_that_is_right_already_can_be_kept(page: Page, ordering: Any) -> None:
    before = texts(ordering)
    ordering.get_by_role("button", name="This order is right as it stands").click()
    assert texts(ordering) == before
    assert positions(ordering) == ["1", "2", "3", "4"]
    assert page.evaluate("window.saves") == 1
    expect(ordering.get_by_role("button", name="This order is right")).to_have_count(0)
