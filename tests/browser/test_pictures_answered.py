"""Questions answered in a picture: with a finger, by keyboard, without scripts, and what the result shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.scene import prepared, serve_copy
from tests.browser.test_quiz import start, status
from tests.pictures import picture
from tests.servers import Server

QUESTIONS = """
questions:
  - id: two-corners
    type: hotspot
    level: recall
    stem: Where is the ramp at its darkest?
    picture: "![A ramp from dark at the top to light at the bottom](media/ramp.png)"
    spots:
      - {text: "At the top, on the left", circle: {x: 10, y: 10, r: 8}, key: true, feedback: Black.}
      - {text: "At the top, on the right", rect: {x: 82, y: 2, w: 16, h: 16}, key: true, feedback: Black as well.}
      - {text: "In the middle", rect: {x: 40, y: 40, w: 20, h: 20}, feedback: Grey.}
      - {text: "At the bottom", circle: {x: 50, y: 90, r: 8}, feedback: White.}
    explanation: It begins with black.
  - id: shades
    type: label
    level: recall
    stem: Put each shade where it is.
    picture: "![A ramp from dark at the top to light at the bottom, with three numbers](media/ramp.png)"
    places:
      - {text: "At the top", x: 50, y: 8, label: dark}
      - {text: "In the middle", x: 50, y: 50, label: grey}
      - {text: "Left of the middle", x: 10, y: 50}
    labels:
      - {id: dark, text: Black}
      - {id: grey, text: Grey}
      - {id: red, text: Red}
    explanation: It has no colours.
"""

QUIZ = """
  - id: in-a-picture
    title: In a picture
    shuffle_questions: false
    certainty: false
    draw:
      - {count: 1, questions: [two-corners]}
      - {count: 1, questions: [shades]}
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The course that ships, with questions that are answered in a picture."""
    course = serve_copy(tmp_path_factory.mktemp("pictures"))
    (course.bank / "media").mkdir()
    (course.bank / "media" / "ramp.png").write_bytes(picture(size=(800, 600)))
    (course.bank / "1-research" / "pictures.yaml").write_text(QUESTIONS.lstrip())
    with (course.bank / "course.yaml").open("a", encoding="utf-8") as file:
        file.write(QUIZ)
    prepared(course)
    course.start()
    yield course
    course.stop()


@pytest.fixture
def opened(browser: Any, browser_context_args: Any, course: Server) -> Iterator[Any]:
    """Opens a page of a given make: `opened(width=360, scripts=False)`."""
    made: list[BrowserContext] = []

    def open_page(*, width: int = 1280, scripts: bool = True, touch: bool = False) -> Page:
        options = {"base_url": course.address, "java_script_enabled": scripts, "has_touch": touch}
        context = browser.new_context(**browser_context_args | options | {"viewport": {"width": width, "height": 800}})
        made.append(context)
        return context.new_page()

    yield open_page
    for context in made:
        context.close()


def tap(page: Page, x: float, y: float) -> None:
    """Taps or clicks at percents of the picture."""
    box = page.locator("[data-surface]").bounding_box()
    assert box is not None
    at = {"x": box["width"] * x / 100, "y": box["height"] * y / 100}
    page.locator(".on-picture-surface").click(position=at)  # type: ignore[arg-type]


def handed_in(page: Page, attempt: str) -> None:
    page.goto(f"{attempt}/summary")
    page.get_by_role("button", name=re.compile("^Hand in")).click()
    page.wait_for_url("**/result")


def sound(page: Page, width: int) -> None:
    """Accessible by day and night, and no wider than the window."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found = Axe().run(page)
        assert found.violations_count == 0, f"{width} {scheme}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [360, 1280])
def test_marks_are_set_taken_away_saved_and_shown_in_the_result(opened: Any, width: int) -> None:
    page = opened(width=width, touch=True)
    attempt = start(page, "/quizzes/in-a-picture")
    tap(page, 50, 50)
    tap(page, 50, 50)  # on the mark: it goes
    expect(page.locator(".spot-mark")).to_have_count(0)
    for x, y in ((50, 50), (8, 12), (90, 10)):  # the first gives way to the third
        tap(page, x, y)
    expect(page.locator(".spot-mark")).to_have_count(2)
    expect(status(page)).to_have_text(re.compile("^Saved"))
    page.reload()
    expect(page.locator(".spot-mark")).to_have_count(2)
    sound(page, width)
    page.locator(".answer-option", has_text="At the top, on the left").click()
    expect(page.locator(".spot-mark")).to_have_count(1)  # two places in all
    expect(status(page)).to_have_text(re.compile("^Saved"))
    handed_in(page, attempt)
    expect(page.locator(".spot-mark--right")).to_have_count(1)
    expect(page.locator(".spot--right")).to_have_count(2)
    expect(page.get_by_text("Your answer: right")).to_have_count(2)
    sound(page, width)


def test_arrows_and_enter_set_a_mark_and_say_where(opened: Any) -> None:
    page = opened()
    attempt = start(page, "/quizzes/in-a-picture")
    surface = page.get_by_role("button", name=re.compile("^Point in the picture"))
    surface.focus()
    for key, times in (("ArrowUp", 20), ("ArrowLeft", 20), ("Shift+ArrowLeft", 1)):
        for _ in range(times):
            page.keyboard.press(key)
    expect(page.locator(".spot-mark--aim")).to_have_count(1)
    page.keyboard.press("Enter")
    told = page.locator(".answer--hotspot").get_by_role("status")
    expect(told).to_have_text("Mark set: 9.6 percent from the left, 10 percent from the top")
    expect(surface).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the button that takes the marks away
    expect(page.locator(".spot-mark:not(.spot-mark--aim)")).to_have_count(0)
    page.keyboard.press("Enter")  # the focus is in the picture again
    expect(page.locator(".spot-mark:not(.spot-mark--aim)")).to_have_count(1)
    expect(status(page)).to_have_text(re.compile("^Saved"))
    handed_in(page, attempt)
    expect(page.get_by_text("Your answer: right")).to_have_count(1)


def test_without_scripts_list_and_menus_are_the_answer(opened: Any) -> None:
    page = opened(scripts=False)
    attempt = start(page, "/quizzes/in-a-picture")
    expect(page.locator(".on-picture-surface")).to_have_count(0)
    page.get_by_role("checkbox", name="At the top, on the left").check()
    page.get_by_role("checkbox", name="In the middle").check()
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/questions/2")
    page.get_by_label("At the top").select_option(label="Black")
    page.get_by_label("In the middle").select_option(label="Grey")
    page.get_by_role("button", name=re.compile("^(Next|To the summary|Check and hand in)")).click()
    page.wait_for_url("**/summary")
    handed_in(page, attempt)
    expect(page.get_by_text("Your answer: right")).to_have_count(1)
    expect(page.get_by_text("Your answer: wrong")).to_have_count(1)
    expect(page.locator(".answer--label .part--right")).to_have_count(3)


@pytest.mark.parametrize("width", [360, 1280])
def test_labels_are_tapped_onto_numbers_and_the_menus_say_the_same(opened: Any, width: int) -> None:
    page = opened(width=width, touch=True)
    attempt = start(page, "/quizzes/in-a-picture")
    page.goto(f"{attempt}/questions/2")
    label, numbers = page.locator(".label-tray .tap"), page.locator(".spot-button")
    label.filter(has_text="Black").tap()
    numbers.nth(0).tap()
    numbers.nth(2).tap()  # the other way round
    label.filter(has_text="Red").tap()
    expect(numbers.nth(0)).to_have_accessible_name("Place 1: At the top – now: Black")
    expect(label.filter(has_text="Black")).to_have_accessible_name("Black, put onto: 1")
    numbers.nth(2).tap()  # with nothing in hand: it is emptied
    expect(numbers.nth(2)).to_have_accessible_name("Place 3: Left of the middle – empty")
    chosen = [menu.evaluate("menu => menu.selectedOptions[0].label") for menu in page.locator(".answer select").all()]
    assert chosen == ["Black", "No label", "No label"]
    box = numbers.nth(0).bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 24
    expect(status(page)).to_have_text(re.compile("^Saved"))
    sound(page, width)
    handed_in(page, attempt)
    expect(page.locator(".spot-number--right")).to_have_count(2)
    expect(page.locator(".spot-number--wrong")).to_have_count(1)
    sound(page, width)


def test_a_label_is_dragged_onto_a_number_or_put_there_by_keyboard(opened: Any) -> None:
    page = opened()
    attempt = start(page, "/quizzes/in-a-picture")
    page.goto(f"{attempt}/questions/2")
    menus = page.locator(".answer select")
    page.locator(".label-tray .tap", has_text="Grey").drag_to(page.locator(".spot-button").nth(1))
    assert menus.nth(1).evaluate("menu => menu.selectedOptions[0].label") == "Grey"
    expect(page.locator(".label-tray .tap[aria-pressed=true]")).to_have_count(0)  # a drag is no tap
    page.locator(".label-tray .tap", has_text="Black").drag_to(page.locator("h1").first)  # let go beside: nothing
    page.locator(".label-tray .tap", has_text="Black").press("Enter")
    page.locator(".spot-button").first.press("Space")
    told = page.locator(".answer--label").get_by_role("status")
    expect(told).to_have_text("Place 1: At the top – now: Black")
    menus.nth(1).select_option(label="No label")
    expect(page.locator(".spot-button").nth(1)).to_have_accessible_name("Place 2: In the middle – empty")
