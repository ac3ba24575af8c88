"""A lesson at its desk: a toolbar by keyboard, a preview that follows the cursor, mistakes at fields and lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.own_server import OwnServer, serving
from tests.clients import within

LESSON = within("/instructor/bank/lessons/tea")
Desk = Callable[..., Page]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    """The tiny course on a server of its own, and somebody who writes it."""
    with serving(tmp_path_factory.mktemp("lesson-desk"), "tiny", "instructor") as served:
        yield served


@pytest.fixture
def desk(browser: Any, browser_context_args: Any, course: OwnServer) -> Iterator[Desk]:
    with course.entered(browser, browser_context_args) as enter:

        def at(**more: Any) -> Page:
            page = enter("instructor", **more)
            page.goto(LESSON)
            page.locator(".preview-pane .lesson").wait_for()
            return page

        yield at


def test_the_toolbar_writes_by_keyboard_and_what_it_wrote_is_undone(desk: Desk) -> None:
    page = desk()
    text = page.locator("#text")
    before = text.input_value()
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Control+Shift+ArrowRight")
    page.keyboard.press("Alt+F10")
    bold = page.get_by_role("button", name="Bold")
    expect(bold).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Italic")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".cm-content")).to_be_focused()
    assert text.input_value() == before.replace("Every tea", "*Every* tea", 1)
    page.keyboard.press("Control+z")
    assert text.input_value() == before
    page.keyboard.press("Control+b")
    assert text.input_value() == before.replace("Every tea", "**Every** tea", 1)
    expect(page.locator(".preview-pane strong").first).to_have_text("Every")  # the server's own rendering follows
    page.keyboard.press("Alt+F10")
    expect(page.get_by_role("button", name="Italic")).to_be_focused()  # the one that was used last
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Figure or question")
    dialog.get_by_label("What to begin with").select_option(label="Timeline")
    dialog.get_by_role("button", name="Insert").click()
    assert "\n\n```figure\nkind: timeline\n" in text.input_value()
    expect(page.locator(".preview-pane .figure-timeline")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_preview_follows_the_cursor(desk: Desk, width: int) -> None:
    page = desk(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    last = page.locator(".preview-pane .at-cursor")
    expect(last).to_contain_text("more patience")
    expect(last).to_be_in_viewport() if width > 1000 else None
    pane = page.locator(".preview-pane")
    down = pane.evaluate("pane => pane.scrollTop")
    assert down > 0
    page.keyboard.press("Control+Home")
    expect(page.locator(".preview-pane .at-cursor")).to_contain_text("Every tea in this lesson")
    assert pane.evaluate("pane => pane.scrollTop") < down
    # What stands in the preview does not make the page longer.
    assert page.evaluate("document.documentElement.scrollHeight") < 3000
    assert Axe().run(page).violations_count == 0


def test_a_citation_is_looked_up_and_a_mistake_is_said_at_its_field_and_line(desk: Desk) -> None:
    page = desk()
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.get_by_role("button", name="Source").click()
    dialog = page.get_by_role("dialog", name="Source")
    dialog.get_by_label("Fact").fill("steeping-time")
    page.keyboard.press("Enter")
    assert page.locator("#text").input_value().endswith("[@steeping-time]")
    page.get_by_label("Reading time in minutes").fill("soon")
    expect(page.locator("[id='q.minutes-error']")).to_have_text("Write a whole number.")
    page.get_by_label("Reading time in minutes").fill("")
    expect(page.locator("[id='q.minutes-error']")).to_have_count(0)
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n\nSee [@no-such-fact].")
    link = page.locator("[data-verdict] [data-line]")
    line = page.locator("#text").input_value().count("\n") + 1
    expect(link).to_have_text(f"line {line}")
    page.keyboard.press("Control+Home")
    link.click()
    expect(page.locator(".cm-activeLine")).to_contain_text("no-such-fact")
