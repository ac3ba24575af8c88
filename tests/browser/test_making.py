"""A course made in the browser: what takes an author's files, and from the tiny course to a student's result."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.answering import Mouse, answer
from tests.browser.own_server import Enter, OwnServer, serving
from tests.clients import within
from tests.pictures import picture
from webapp.content.course.loading import load_course
from webapp.questions import TYPES

CHOICE = within("/instructor/bank/questions/tea-choice")
LESSON = within("/instructor/bank/file?path=1-tea/lesson.md")
LEAF = {"name": "leaf.png", "mimeType": "image/png", "buffer": picture()}
#: puts a picture before a field as a browser does that drops or pastes one
HANDED = """(field, [kind, bytes]) => {
  const raw = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([raw], "leaf.png", { type: "image/png" }));
  const more = kind === "paste" ? { clipboardData: data } : { dataTransfer: data };
  const Kind = kind === "paste" ? ClipboardEvent : DragEvent;
  field.dispatchEvent(new Kind(kind, { bubbles: true, cancelable: true, ...more }));
}"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    """The tiny course on a server of its own, with somebody who teaches and somebody who learns."""
    with serving(tmp_path_factory.mktemp("making"), "tiny", "instructor", "learner") as served:
        yield served


@pytest.fixture
def enter(browser: Any, browser_context_args: Any, course: OwnServer) -> Iterator[Enter]:
    with course.entered(browser, browser_context_args) as enter:
        yield enter


def hand(page: Page, selector: str, kind: str) -> None:
    page.locator(selector).first.evaluate(HANDED, [kind, base64.b64encode(LEAF["buffer"]).decode()])


def test_the_button_asks_what_is_seen_and_writes_where_the_cursor_was(enter: Enter) -> None:
    page = enter("instructor")
    page.goto(CHOICE)
    page.locator(".scripted").first.wait_for()
    explanation = page.get_by_label("Explanation", exact=True)
    explanation.fill("Before after.")
    explanation.evaluate("field => field.setSelectionRange(6, 6)")
    page.get_by_role("link", name="Picture or recording").click()
    dialog = page.get_by_role("dialog", name="Picture or recording")
    dialog.get_by_label("File", exact=True).set_input_files(LEAF)  # type: ignore[arg-type]
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog.get_by_text("Say what is seen")).to_be_visible()
    expect(dialog.get_by_label("What is seen or heard")).to_be_focused()
    dialog.get_by_label("What is seen or heard").fill("A leaf")
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog).to_be_hidden()
    written = page.get_by_label("Explanation", exact=True)
    expect(written).to_be_focused()
    assert written.input_value().startswith("Before ![A leaf](media/leaf-")
    assert written.input_value().endswith(".png) after.")
    expect(page.locator(".cm-content")).to_contain_text("media/leaf-")


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted_into_the_field_that_is_meant(enter: Enter, kind: str) -> None:
    page = enter("instructor")
    page.goto(CHOICE)
    page.locator(".scripted").first.wait_for()
    hand(page, "#q\\.stem, [name='q.stem']", kind)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("What is seen or heard")).to_be_focused()
    dialog.get_by_label("What is seen or heard").fill("A leaf")
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog).to_be_hidden()
    assert "![A leaf](media/leaf-" in page.locator("[name='q.stem']").input_value()
    expect(page.get_by_role("img", name="A leaf").first).to_be_visible()  # in the preview


@pytest.mark.parametrize("kind", ["button", "drop", "paste"])
def test_a_lesson_takes_a_picture_at_its_cursor(enter: Enter, kind: str) -> None:
    page = enter("instructor")
    page.goto(LESSON)
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    if kind == "button":
        page.get_by_role("link", name="Picture or recording").click()
        page.get_by_role("dialog").get_by_label("File", exact=True).set_input_files(LEAF)  # type: ignore[arg-type]
    else:
        hand(page, ".cm-content", kind)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What is seen or heard").fill("A leaf of tea")
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog).to_be_hidden()
    assert "![A leaf of tea](media/leaf-" in page.locator("#text").input_value()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("img", name="A leaf of tea")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_dialog_fits_the_window_and_axe_finds_nothing(enter: Enter, width: int) -> None:
    page = enter("instructor", viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page.goto(CHOICE)
    page.locator(".scripted").first.wait_for()
    page.get_by_role("link", name="Picture or recording").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog.get_by_text("Choose a file.")).to_be_visible()
    box = dialog.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found = Axe().run(page, "dialog")
        assert found.violations_count == 0, f"{width} {scheme}: {found.generate_report()}"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Picture or recording")).to_be_focused()


def test_from_a_new_pillar_to_the_result_of_a_student(enter: Enter, course: OwnServer) -> None:
    """No step needs anything but the browser: a pillar, its lesson, a question with a picture, a quiz, published."""
    page = enter("instructor")
    main = page.get_by_role("main")
    page.goto(within("/instructor/bank"))
    main.get_by_role("link", name="Structure", exact=True).click()
    new = page.locator("#new-pillar")
    new.get_by_label("Title", exact=True).fill("Herbs")
    new.get_by_role("button", name="New pillar").click()
    expect(main.get_by_text("The pillar is there and waits")).to_be_visible()
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("\nSage has grey leaves.\n")
    page.get_by_role("button", name="Save as draft").click()
    expect(main.get_by_text("Saved.", exact=True)).to_be_visible()

    main.get_by_role("link", name="Lessons", exact=True).click()
    main.get_by_role("link", name="Structure", exact=True).click()
    page.locator("#pillars-herbs").get_by_role("link", name="New question").click()
    main.get_by_role("link", name=TYPES["categorise"].title, exact=True).click()
    form = page.locator("[data-form]")
    form.get_by_label("Question", exact=True).fill("What is on it?")
    page.get_by_role("link", name="Picture or recording").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("File", exact=True).set_input_files(LEAF)  # type: ignore[arg-type]
    dialog.get_by_label("What is seen or heard").fill("A grey leaf")
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog).to_be_hidden()
    for number, title in enumerate(("Leaves", "Stones"), 1):
        row(form, f"Group {number}").get_by_label("Title", exact=True).fill(title)
    for number, (text, group) in enumerate((("Sage", "Leaves"), ("Slate", "Stones")), 1):
        row(form, f"Thing {number}").get_by_label("Text", exact=True).fill(text)
        row(form, f"Thing {number}").get_by_label("Group it belongs to", exact=True).select_option(label=group)
        row(form, f"Thing {number}").get_by_label("Feedback", exact=True).fill(f"{text} it is.")
    form.get_by_label("Explanation", exact=True).fill("Sage is a herb.")
    form.get_by_label("Section that teaches it", exact=True).select_option(label="Herbs: The first section")
    page.get_by_role("button", name="Save as draft").click()
    expect(main.get_by_text("Saved as a draft.")).to_be_visible()

    page.goto(within("/instructor/bank/structure"))
    main.get_by_role("link", name="New quiz").click()
    form.get_by_label("Title", exact=True).fill("Herb quiz")
    form.get_by_label("Pillar", exact=True).select_option("herbs")
    rule = row(form, "Rule 1")
    rule.get_by_label("How many", exact=True).fill("1")
    rule.locator("details").first.evaluate("details => { details.open = true }")
    rule.get_by_label("Search for questions").fill("what is on")
    rule.get_by_label("Search for questions").press("Enter")
    rule.get_by_role("checkbox", name="What is on it?").check()
    form.get_by_label("When answers are shown").select_option("after-submission")
    page.get_by_role("button", name="Save as draft").click()
    expect(main.get_by_text("Saved as a draft.")).to_be_visible()
    page.goto(within("/instructor/bank/unpublished"))
    for box in main.get_by_role("checkbox").all():
        box.check()
    main.get_by_role("button", name="Publish").click()
    expect(main.get_by_text("drafts are published.")).to_be_visible()

    learner = enter("learner")
    learner.goto(within("/lessons/herbs"))
    expect(learner.get_by_text("Sage has grey leaves.")).to_be_visible()
    learner.goto(within("/quizzes/herb-quiz"))
    learner.get_by_role("main").locator("form button[type=submit]").first.click()
    learner.wait_for_url("**/questions/1")
    expect(learner.get_by_role("img", name="A grey leaf")).to_be_visible()
    question = next(each for each in load_course(course.bank).questions if "What is on it?" in each.stem)
    answer(learner, question, Mouse())
    learner.locator("[data-next]").click()
    learner.wait_for_url("**/summary")
    learner.get_by_role("button", name="Hand in").click()
    learner.wait_for_url("**/result")
    expect(learner.get_by_role("main")).to_contain_text("100")
    learner.locator("#review-1 summary").or_(learner.locator("summary:has(#review-1)")).first.click()
    expect(learner.get_by_role("img", name="A grey leaf").first).to_be_visible()


def row(form: Any, name: str) -> Any:
    return form.get_by_role("group", name=name, exact=True)
