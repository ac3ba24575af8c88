"""Pictures, sound and video of a course as browsers show them: in place from the start, accessible, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, expect

from tests.browser.scene import prepared, serve_copy
from tests.browser.test_offline import KEPT, governed, start, wait
from tests.pictures import photograph, picture
from tests.recordings import CAPTIONS, mp4, wav
from tests.servers import Server

LESSON = """
![A field in the morning](media/field.jpg)

![](media/line.png "decorative")

![Two people at a market](media/market.wav)

![A walk through it](media/walk.mp4)

Within a line: ![Once more](media/market.wav)
"""

QUESTION = """
  - id: shown-as-a-picture
    type: choice
    level: recall
    stem: "Which field is this? ![A field under fog](media/field.jpg)"
    options:
      - {text: "![A leaf with one tip](media/leaf.png)", key: true, feedback: "Yes: ![A leaf](media/leaf.png)"}
      - {text: "![A line](media/line.png)", feedback: "That is a line."}
    explanation: It is drawn in the lesson.
"""

QUIZ = """
  - id: with-a-picture
    title: With a picture
    draw:
      - {count: 1, questions: [shown-as-a-picture]}
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The course that ships, with a lesson and a question that show, play and film."""
    course = serve_copy(tmp_path_factory.mktemp("media"))
    media = course.bank / "media"
    media.mkdir()
    (media / "field.jpg").write_bytes(photograph((2000, 1500)))
    (media / "leaf.png").write_bytes(picture(size=(300, 200)))
    (media / "line.png").write_bytes(picture(size=(600, 8)))
    (media / "market.wav").write_bytes(wav())
    (media / "walk.mp4").write_bytes(mp4())
    for name in ("market", "walk"):
        (media / f"{name}.vtt").write_text(CAPTIONS)
    lesson = course.bank / "1-research" / "lesson.md"
    lesson.write_text(lesson.read_text() + LESSON)
    for name, more in (("1-research/questions.yaml", QUESTION), ("course.yaml", QUIZ)):
        with (course.bank / name).open("a", encoding="utf-8") as file:
            file.write(more)
    prepared(course)
    course.start()
    yield course
    course.stop()


@pytest.fixture
def phone(browser: Any, browser_context_args: Any, course: Server) -> Iterator[BrowserContext]:
    context = browser.new_context(**browser_context_args | {"base_url": course.address})
    yield context
    context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_a_lesson_shows_and_plays_what_it_has_in_its_place(phone: BrowserContext, width: int) -> None:
    page = phone.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/lessons/research")
    shown = page.locator("main img.picture")
    expect(shown).to_have_count(2)
    expect(shown.first).to_have_attribute("loading", "lazy")
    # Room is there before the picture is.
    before = shown.first.bounding_box()
    shown.first.scroll_into_view_if_needed()
    wait(page, "document.querySelector('img.picture').naturalWidth > 0")
    after = shown.first.bounding_box()
    assert before is not None
    assert after is not None
    assert (before["width"], before["height"]) == (after["width"], after["height"])
    assert abs(after["width"] / after["height"] - 4 / 3) < 0.02
    assert after["x"] >= 0
    assert after["x"] + after["width"] <= width
    chosen = page.evaluate("document.querySelector('img.picture').currentSrc")
    assert chosen.endswith("-480.jpg" if width == 360 else "-960.jpg")
    expect(page.get_by_role("img", name="A field in the morning")).to_be_visible()
    sound = page.locator("figure.recording audio")
    assert sound.evaluate("async (each) => { each.muted = true; await each.play(); return each.duration }") > 0
    words = page.locator("figure.recording details").first
    words.locator("summary").click()
    expect(words).to_contain_text("Buenos días")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found = Axe().run(page)
        assert found.violations_count == 0, f"{width} {scheme}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_pictures_of_a_lesson_and_of_a_paper_are_shown_without_a_network(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto("/lessons/research")
    governed(page)
    page.goto("/lessons/research")
    wait(page, f"({KEPT}).filter((path) => path.includes('/media/')).length === 2")
    attempt = start(page, "with-a-picture")
    # Whoever takes a quiz is a guest from then on, with pages of their own: three pictures beside the two of nobody.
    wait(page, f"({KEPT}).filter((path) => path.includes('/media/')).length === 5")
    phone.set_offline(True)
    for path, count in (("/lessons/research", 2), (f"{attempt}/questions/1", 3)):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("data-copy")
        shown = page.locator("main img.picture")
        expect(shown).to_have_count(count)
        for each in shown.all():
            each.scroll_into_view_if_needed()
        wait(page, "[...document.querySelectorAll('main img.picture')].every((each) => each.naturalWidth > 0)")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_question_with_pictures_is_answered_by_their_words(phone: BrowserContext, width: int) -> None:
    page = phone.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    start(page, "with-a-picture")
    page.get_by_role("radio", name="A leaf with one tip").check()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
