"""A course from right to left in a browser: where things stand, which way they move, and that nothing is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import seen
from tests.browser.answering import Mouse, answer
from tests.browser.own_server import Enter, OwnServer, serving
from webapp.content.course.loading import load_course

COURSE = "/courses/drop-of-water"
QUESTIONS = ["choice", "multiple", "true-false", "numeric", "short", "matching", "ordering", "cloze", "categorise"]
#: words of the course that begin at its right edge, and what is written from the left in every language
TURNED = {"direction": "rtl"}
NEVER_TURNED = ("pre", "code", "math", "svg", "input[data-number]")


@pytest.fixture(scope="module")
def arabic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    """The small course in Arabic on a server of its own, with somebody who teaches and somebody who learns."""
    with serving(tmp_path_factory.mktemp("arabic"), "arabic", "instructor", "learner", seconds=120) as served:
        yield served


@pytest.fixture
def enter(browser: Any, browser_context_args: Any, arabic: OwnServer) -> Iterator[Enter]:
    with arabic.entered(browser, browser_context_args, seen.bring_axe, reduced_motion="reduce") as enter:
        yield enter


@pytest.fixture(scope="module")
def browser_context_args() -> dict[str, Any]:
    """Without the address of the server that the other tests share, which need not start for this."""
    return {"locale": "en-GB", "timezone_id": "UTC"}


def begin(page: Page) -> str:
    """A new paper, or the one that is open; returns its address."""
    page.goto(f"{COURSE}/quizzes/water")
    page.get_by_role("main").locator("form button[type=submit], a.button-primary").first.click()
    page.wait_for_url("**/attempts/*/**")
    return re.sub(r"(/attempts/\d+).*", r"\1", page.url)


def look(page: Page) -> None:
    """Nothing is cut or found by axe, narrow and wide, by day and by night."""
    page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
    found = []
    for width, scheme in ((1280, "light"), (360, "dark"), (360, "light")):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        found += seen.cut(page)
        found += seen.against_contrast(page, set())
    found += seen.against_axe(page)
    assert found == []


def left_of(page: Page, one: str, other: str) -> bool:
    """Whether one thing lies wholly to the left of another."""
    first, second = page.locator(one).first.bounding_box(), page.locator(other).first.bounding_box()
    assert first
    assert second
    return first["x"] + first["width"] <= second["x"]


@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
def test_a_lesson_begins_at_the_right(enter: Enter, language: str) -> None:
    page = enter("learner", locale=language, viewport={"width": 1280, "height": 800})
    page.goto(f"{COURSE}/lessons/water")
    look(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    assert left_of(page, ".lesson-text", ".contents-side")
    assert page.evaluate("getComputedStyle(document.body).direction") == "ltr"
    assert left_of(page, ".brand", ".site-nav")
    for wanted in NEVER_TURNED[:-1]:
        assert page.locator(f"#lesson {wanted}").first.evaluate("each => getComputedStyle(each).direction") == "ltr"
    edges = page.locator("#lesson h2, #lesson .prose > p").evaluate_all(
        "all => all.map(each => { const words = document.createRange(); words.selectNodeContents(each);"
        " return Math.round(each.getBoundingClientRect().right - words.getBoundingClientRect().right) })"
    )
    assert max(edges) <= 2, edges  # headings of the page, too


@pytest.mark.parametrize("position", range(1, 10), ids=QUESTIONS)
def test_a_question_of_each_type_begins_at_the_right(enter: Enter, position: int, arabic: OwnServer) -> None:
    page = enter("learner", viewport={"width": 360, "height": 800})
    paper = begin(page)
    page.goto(f"{paper}/questions/{position}")
    look(page)
    if page.locator("[data-question] .answer-option").count():
        assert left_of(page, ".answer-option .answer-text", ".answer-option .answer-input")
    for field in page.locator("input[data-number]").all():
        assert field.evaluate("each => getComputedStyle(each).direction") == "ltr"
    # The page around it stays as it is.
    if 1 < position < 9:  # on the last, they lie one below the other
        assert left_of(page, "button[value=previous]", "[data-next]")
    question = load_course(arabic.bank).question(f"water-{QUESTIONS[position - 1]}")
    assert question
    answer(page, question, Mouse())
    page.locator("[data-next]").click()
    page.wait_for_url(lambda url: not url.endswith(f"/questions/{position}"))
    page.goto(f"{paper}/summary")
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/result")
    expect(page.locator(f"#review-{position} > summary .badge-right")).to_be_visible()
    if position == 1:
        look(page)


def test_things_are_paired_from_right_to_left(enter: Enter) -> None:
    page = enter("learner", viewport={"width": 700, "height": 800})
    paper = begin(page)
    page.goto(f"{paper}/questions/6")
    page.get_by_role("button", name="Pair by tapping").click()
    expect(page.get_by_text("Tap a pair on the right to part it again.")).to_be_visible()
    assert left_of(page, ".tap-side:last-child", ".tap-side:first-child")
    assert page.locator(".tap-side:last-child .tap-text").first.evaluate("each => [each.lang, each.dir]") == [
        "ar",
        "rtl",
    ]
    page.locator(".tap-side:first-child .tap").first.click()
    page.locator(".tap-side:last-child .tap").first.click()
    assert page.locator(".answer--matching select").first.input_value() == "1"
    look(page)


def test_things_are_put_in_order_by_dragging_and_by_keys(enter: Enter) -> None:
    page = enter("learner", viewport={"width": 700, "height": 900})
    paper = begin(page)
    page.goto(f"{paper}/questions/7")
    rows = page.locator("[data-ordering-item] .answer-text")
    assert left_of(page, "[data-ordering-item] .answer-text", "[data-ordering-handle]")
    before = rows.all_inner_texts()
    page.locator("[data-ordering-handle]").first.hover()
    page.mouse.down()
    box = rows.nth(2).bounding_box()
    assert box
    page.mouse.move(box["x"], box["y"] + box["height"] + 8, steps=8)
    page.mouse.up()
    assert rows.all_inner_texts() == [before[1], before[2], before[0], *before[3:]]
    page.get_by_role("button", name=f"Move up: {before[0]}").focus()
    page.keyboard.press("Enter")
    assert rows.all_inner_texts() == [before[1], before[0], before[2], *before[3:]]


def test_the_other_pages_have_room_for_it(enter: Enter) -> None:
    page = enter("learner")
    for path in ("", "/quizzes", "/quizzes/water", "/progress"):
        page.goto(f"{COURSE}{path}")
        look(page)
    page.emulate_media(media="print", color_scheme="light")
    page.set_viewport_size({"width": 700, "height": 1000})  # a sheet of paper within its edges
    page.goto(f"{COURSE}/lessons/water")
    assert [each for each in seen.cut(page) if "sideways" not in each] == []  # paper doesn't scroll


def test_who_writes_it_writes_from_the_right(enter: Enter) -> None:
    page = enter("instructor")
    page.goto(f"{COURSE}/instructor/bank/questions/water-numeric")
    page.locator(".scripted").first.wait_for()
    for label, way in (("Question", "rtl"), ("Right answer", "ltr"), ("Explanation", "rtl")):
        field = page.locator("[data-form]").get_by_label(label, exact=True).first
        assert field.evaluate("each => getComputedStyle(each).direction") == way, label
    assert page.locator(".preview-question").evaluate("each => getComputedStyle(each).direction") == "rtl"
    look(page)


def test_a_long_word_is_parted_by_the_rules_of_its_language_and_code_is_not(enter: Enter) -> None:
    """That a browser has the rules of a language can't be told here; that they are asked for can."""
    page = enter("learner", viewport={"width": 360, "height": 800})
    page.goto(f"{COURSE}/lessons/water")
    parted = page.locator("#lesson .prose p, #lesson .hook").evaluate_all(
        "all => all.map(each => getComputedStyle(each).hyphens)"
    )
    assert set(parted) == {"auto"}
    whole = page.locator("#lesson :is(code, pre, math, button, input)").evaluate_all(
        "all => all.map(each => getComputedStyle(each).hyphens)"
    )
    assert set(whole) == {"manual"}
    text = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    page.locator("#lesson .prose p, #lesson h1, #lesson h2, #lesson .answer-text, #lesson .figure-title").evaluate_all(
        "(all, text) => all.forEach(each => { each.textContent = text; each.lang = 'de' })", text
    )
    assert [each for each in seen.cut(page) if re.search("Donau", each)] == []
