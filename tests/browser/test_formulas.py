"""Formulas and code as Chromium draws them: on a phone a wide one scrolls by itself, and the page gets no wider."""

from __future__ import annotations

from typing import Any

import pytest

BOXES = "list => list.map(one => [one.clientWidth, one.scrollWidth, one.getBoundingClientRect().right])"


@pytest.mark.parametrize("what", ["math[display=block]", "pre"])
def test_what_is_too_wide_scrolls_by_itself_and_by_keyboard(page: Any, what: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/styleguide")
    found = page.locator(f".prose {what}")
    boxes = found.evaluate_all(BOXES)
    assert any(whole > shown for shown, whole, _ in boxes), "the styleguide has none that is too wide"
    assert all(right <= 360 for _, _, right in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    wide = found.nth(next(place for place, (shown, whole, _) in enumerate(boxes) if whole > shown))
    wide.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("one => one.scrollLeft > 0", arg=wide.element_handle())


def test_a_formula_is_drawn_as_one(page: Any) -> None:
    """A fraction is higher than a letter, and an index lower: a browser that does not know them writes one line."""
    page.goto("/styleguide")
    boxes = page.locator(".prose math mfrac").first.evaluate(
        "one => [...one.children].map(e => e.getBoundingClientRect().top)"
    )
    assert boxes[0] < boxes[1]
