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
    # Figures that can be handled load as they come near, and the page settles.
    page.wait_for_function(STEADY)
    group.locator("[data-ordering-item]").first.evaluate(
        "row => row.scrollIntoView({ block: 'center', behavior: 'instant' })"
    )
    page.wait_for_function(STEADY)
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


#: whether the page has had the same height and place for half a second
STEADY = """() => new Promise((done) => {
  const at = () => `${scrollY} ${document.documentElement.scrollHeight}`;
  const before = at();
  setTimeout(() => done(at() === before), 500);
})"""


@pytest.fixture
def phone(browser: Any, browser_context_args: Any) -> Any:
    """A page of a small phone with a touch screen."""
    small = {"viewport": {"width": 360, "height": 560}, "has_touch": True, "is_mobile": True}
    context = browser.new_context(**browser_context_args | small)
    page = context.new_page()
    page.goto("/styleguide", wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    group = page.locator("[data-ordering]")
    group.locator("[data-ordering-item]").first.evaluate(
        "row => row.scrollIntoView({ block: 'center', behavior: 'instant' })"
    )
    page.evaluate("window.saves = 0; document.addEventListener('change', () => window.saves++)")
    yield page
    context.close()


class Finger:
    """A finger on the glass, as the browser gets it from the screen."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)

    def _touch(self, kind: str, *points: tuple[float, float]) -> None:
        spots = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    def down(self, x: float, y: float) -> None:
        self.x, self.y = x, y
        self._touch("touchStart", (x, y))

    def to(self, y: float, steps: int = 8) -> None:
        for step in range(1, steps + 1):
            self._touch("touchMove", (self.x, self.y + (y - self.y) * step / steps))
        self.y = y

    def up(self) -> None:
        self._touch("touchEnd")

    def cancel(self) -> None:
        self._touch("touchCancel")


def middle(part: Any) -> tuple[float, float]:
    box = part.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_finger_drags_an_item_by_its_handle(phone: Page) -> None:
    group = phone.locator("[data-ordering]")
    before = texts(group)
    scrolled = phone.evaluate("scrollY")
    finger = Finger(phone)
    handle = group.locator("[data-ordering-handle]").nth(0)
    finger.down(*middle(handle))
    finger.to(middle(group.locator("[data-ordering-item]").nth(1))[1])
    expect(group.locator("[data-dragging]")).to_contain_text(before[0])
    expect(group.get_by_role("status")).to_have_text(f"{before[0]}: now 2 of 4")
    finger.up()
    assert texts(group) == [before[1], before[0], *before[2:]]
    assert positions(group) == ["1", "2", "3", "4"]
    assert group.locator("[data-dragging]").count() == 0
    assert phone.evaluate("window.saves") == 1
    assert phone.evaluate("scrollY") == scrolled


def test_a_finger_beside_the_handle_scrolls_the_page(phone: Page) -> None:
    group = phone.locator("[data-ordering]")
    before = texts(group)
    scrolled = phone.evaluate("scrollY")
    finger = Finger(phone)
    x, y = middle(group.locator("[data-ordering-item] .answer-text").nth(0))
    finger.down(x, y)
    finger.to(y - 150)
    finger.up()
    assert texts(group) == before
    assert set(positions(group)) == {""}
    phone.wait_for_function("before => scrollY > before + 50", arg=scrolled)


def test_near_the_edge_the_page_scrolls_along(phone: Page) -> None:
    group = phone.locator("[data-ordering]")
    before = texts(group)
    scrolled = phone.evaluate("scrollY")
    finger = Finger(phone)
    finger.down(*middle(group.locator("[data-ordering-handle]").nth(0)))
    finger.to(550)
    phone.wait_for_function("before => scrollY > before + 150", arg=scrolled)
    expect(group.get_by_role("status")).to_have_text(f"{before[0]}: now 4 of 4")
    finger.up()
    assert texts(group) == [*before[1:], before[0]]


@pytest.mark.parametrize("end", ["the browser", "Escape"])
def test_a_drag_that_is_broken_off_changes_nothing(phone: Page, end: str) -> None:
    group = phone.locator("[data-ordering]")
    before = texts(group)
    finger = Finger(phone)
    finger.down(*middle(group.locator("[data-ordering-handle]").nth(0)))
    finger.to(middle(group.locator("[data-ordering-item]").nth(1))[1])
    expect(group.get_by_role("status")).to_have_text(f"{before[0]}: now 2 of 4")
    assert texts(group) != before
    if end == "Escape":
        phone.keyboard.press("Escape")
    else:
        finger.cancel()
    expect(group.get_by_role("status")).to_have_text(f"{before[0]}: now 1 of 4")
    assert texts(group) == before
    assert set(positions(group)) == {""}
    assert phone.evaluate("window.saves") == 0


def test_an_order_that_is_right_already_can_be_kept(page: Page, ordering: Any) -> None:
    before = texts(ordering)
    ordering.get_by_role("button", name="Keep this order").click()
    assert texts(ordering) == before
    assert positions(ordering) == ["1", "2", "3", "4"]
    assert page.evaluate("window.saves") == 1
    expect(ordering.get_by_role("button", name="Keep this order")).to_have_count(0)
