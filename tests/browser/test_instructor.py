"""An instructor at the desk: writing and mending questions, running a class, grading again, taking scores away."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.answering import Mouse, answer
from tests.browser.scene import Scene
from tests.browser.test_student import at_question
from tests.servers import Server
from webapp.content.course.loading import load_course
from webapp.editor.yaml_roundtrip.items import mapping_text
from webapp.questions import TYPES, parse, type_of
from webapp.questions.contract import Question

Enter = Callable[[str], Page]
BANK = "/instructor/bank"

#: what an author writes into the form of each type: (rows that lead to the field …, its label, what is written)
WRITTEN: dict[str, list[tuple[Any, ...]]] = {
    "choice": [
        ("Answer 1", "Text", "About 3"),
        ("Answer 1", "Feedback", "Three would put the two close together."),
        ("Answer 2", "Text", "About 6"),
        ("Answer 2", "This is right", True),
        ("Answer 3", "Text", "About 60"),
        ("Answer 3", "Feedback", "The gap is wide, and not that wide."),
    ],
    "multiple": [
        ("Answer 1", "Text", "Chips"),
        ("Answer 1", "This is right", True),
        ("Answer 2", "Text", "Paper"),
        ("Answer 2", "Feedback", "Nobody limited paper."),
        ("Answer 3", "Text", "The machines that make them"),
        ("Answer 3", "This is right", True),
    ],
    "true_false": [
        ("Right answer", "false"),
        ("To those who say “true”", "It was the other way round."),
        ("To those who say “false”", "So it was."),
    ],
    "numeric": [("Right answer", "6"), ("Unit", "million dollars"), ("By this much", "0.5")],
    "short_text": [("Right answer 1", "Text", "Hangzhou"), ("Right answer 2", "Text", "Hang Zhou")],
    "matching": [
        ("Pair 1", "Thing", "China"),
        ("Pair 1", "Its match", "Beijing"),
        ("Pair 2", "Thing", "India"),
        ("Pair 2", "Its match", "New Delhi"),
    ],
    "ordering": [("Thing 1", "Text", "Read"), ("Thing 2", "Text", "Recall"), ("Thing 3", "Text", "Rest")],
    "cloze": [
        ("Text", "They had no [[what]], and trained for [[cost]] million dollars."),
        ("Gap 1", "Answer 1", "Text", "chips"),
        ("Gap 1", "Answer 1", "This is right", True),
        ("Gap 1", "Answer 2", "Text", "engineers"),
        ("Gap 1", "Answer 2", "Feedback", "Engineers they had."),
        ("Gap 2", "Right answer 1", "Text", "six"),
    ],
    "hotspot": [
        ("Picture", "![A flower cut in half](media/flower.png)"),
        ("Place 1", "Text", "At the top"),
        ("Place 1", "This is right", True),
        ("Place 1", "A circle", "From the left", "50"),
        ("Place 1", "A circle", "From the top", "14"),
        ("Place 1", "A circle", "Radius", "6"),
        ("Place 2", "Text", "Below"),
        ("Place 2", "Feedback", "There seeds grow."),
        ("Place 2", "A rectangle", "From the left", "40"),
        ("Place 2", "A rectangle", "From the top", "62"),
        ("Place 2", "A rectangle", "Width", "20"),
        ("Place 2", "A rectangle", "Height", "18"),
    ],
    "label": [
        ("Picture", "![A flower cut in half](media/flower.png)"),
        ("Place 1", "Text", "At the top"),
        ("Place 1", "From the left", "50"),
        ("Place 1", "From the top", "14"),
        ("Label 1", "Text", "Stigma"),
        ("Label 2", "Text", "Anther"),
        ("Place 1", "Its label", "stigma"),
    ],
    "essay": [("Criterion 1", "Text", "Says why"), ("Criterion 1", "Points", "1")],
    "categorise": [
        ("Group 1", "Title", "Stated"),
        ("Group 2", "Title", "Claimed"),
        ("Thing 1", "Text", "A count of patents"),
        ("Thing 1", "Group it belongs to", "stated"),
        ("Thing 2", "Text", "A cost told by the firm"),
        ("Thing 2", "Group it belongs to", "claimed"),
    ],
}


def written(form: Any, *steps: Any) -> None:
    """Fills in one field of the form."""
    *rows, label, value = steps
    for row in rows:
        form = form.get_by_role("group", name=row, exact=True)
    field = form.get_by_label(label, exact=True).first
    if value is True:
        field.check()
    elif field.evaluate("field => field.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)


def saved(server: Server, question_id: str) -> Any:
    """The question as it stands in the files."""
    found = load_course(server.bank).question(question_id)
    assert found is not None, question_id
    return found


def settled(page: Page) -> None:
    """Waits until form, YAML and preview have followed what was written."""
    page.wait_for_timeout(700)
    expect(page.locator("[data-status]").first).to_have_text("")


# --- writing questions -----------------------------------------------------------------------------------------------


def test_every_type_has_a_form_to_write_it_with() -> None:
    assert set(WRITTEN) == set(TYPES)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_question_is_written_by_form_tried_and_saved(enter: Enter, server: Server, name: str) -> None:
    """Without a look at the YAML: the form filled in, the preview answered rightly, saved, and in the course."""
    page = enter("instructor")
    page.goto(f"{BANK}/new")
    page.get_by_role("main").get_by_role("link", name=TYPES[name].title, exact=True).click()
    page.wait_for_url(f"**{BANK}/new/{name}*")
    form = page.locator("[data-form]")
    for folded in form.locator("details.finer").all():
        folded.evaluate("details => { details.open = true }")
    for steps in WRITTEN[name]:
        written(form, *steps)
    form.get_by_label("Explanation", exact=True).fill("This is what the lesson says about it.")
    page.get_by_label("Where it belongs").select_option("mixed/questions.yaml")
    form.get_by_label("Id", exact=True).last.fill(f"by-form-{name.replace('_', '-')}")
    # What is written last is what shows that all of it has arrived.
    stem = f"A question that was written by form, of the type {name}?"
    form.get_by_label("Question", exact=True).fill(stem)
    preview = page.locator("[data-preview]")
    expect(preview.locator(".quiz-stem")).to_contain_text(stem)
    expect(page.locator("[data-verdict]")).to_contain_text("It can be saved.")

    wanted = type_of_written(page, name)
    answer(page, wanted, Mouse(), "[data-preview]")
    preview.get_by_role("button", name="Check the answer").click()
    graded = TYPES[name].rubric(wanted) is None
    expect(preview.get_by_role("status")).to_contain_text("1 of 1 points" if graded else "People grade it")

    page.get_by_role("button", name="Publish", exact=True).click()
    # Papers that draw from these questions are under way, so that is said first.
    expect(page.get_by_role("heading", name="This question is in use")).to_be_visible()
    page.get_by_role("button", name="Save it").click()
    page.wait_for_url(f"**{BANK}/questions/by-form-*")
    found = saved(server, f"by-form-{name.replace('_', '-')}")
    assert found.type == name
    grade = type_of(found).grade(found, type_of(found).key(found))
    assert grade.fraction == 1 if graded else grade.pending


def type_of_written(page: Page, name: str) -> Question:
    """The question that the page's YAML describes."""
    written = parse(mapping_text(page.locator("textarea[name=yaml]").input_value()))
    assert written.type == name
    return written


def test_rows_are_added_moved_and_taken_out_by_button_and_keyboard(enter: Enter) -> None:
    page = enter("instructor")
    page.goto(f"{BANK}/new/ordering")
    form = page.locator("[data-form]")
    texts = form.get_by_label("Text", exact=True)
    for number, words in enumerate(("first", "second", "third", "fourth")):
        texts.nth(number).fill(words)
    settled(page)
    form.get_by_role("button", name="Add: Thing").click()
    expect(texts).to_have_count(5)
    expect(texts.nth(4)).to_be_focused()
    page.keyboard.type("fifth")
    settled(page)
    page.keyboard.press("Alt+ArrowUp")
    expect(texts.nth(3)).to_have_value("fifth")
    form.get_by_role("button", name="Take out: Thing 1").click()
    expect(texts).to_have_count(4)
    values = [text.input_value() for text in texts.all()]
    assert values == ["second", "third", "fifth", "fourth"]


def at_letter(page: Page, line: str, number: int) -> None:
    """Puts the cursor of the YAML's editor before a letter, from 1, of the first line that begins like this."""
    page.locator(".cm-line", has_text=re.compile(rf"^\s*{line}")).first.click(position={"x": 2, "y": 4})
    page.keyboard.press("Home")
    for _ in range(number - 1):
        page.keyboard.press("ArrowRight")


def test_an_error_in_the_yaml_is_told_at_its_line_and_mended(enter: Enter, server: Server) -> None:
    page = enter("instructor")
    question_id = first_of(server, "talent", "choice")
    page.goto(f"{BANK}/questions/{question_id}")
    before = (server.bank / "2-talent" / "questions.yaml").read_bytes()
    expect(page.locator(".cm-content")).to_be_visible()
    at_letter(page, "explanation:", 5)
    page.keyboard.press("Delete")
    verdict = page.locator("[data-verdict]")
    expect(verdict).to_contain_text("to mend before it can be saved")
    verdict.locator("summary").click()
    expect(verdict).to_contain_text("Did you mean `explanation`?")
    expect(page.locator(".cm-lintRange, .cm-lint-marker, .cm-problem").first).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("It is not saved yet")).to_be_visible()
    assert (server.bank / "2-talent" / "questions.yaml").read_bytes() == before

    expect(page.locator(".cm-content")).to_be_visible()
    at_letter(page, "explnation:", 5)
    page.keyboard.type("a")
    expect(verdict).to_contain_text("As it is in the file.")


def first_of(server: Server, pillar: str, kind: str) -> str:
    """The id of the first question of a type in a pillar."""
    return next(q.id for q in load_course(server.bank).questions if q.pillar == pillar and q.type == kind)


def test_two_instructors_at_one_question_lose_nothing(enter: Enter, server: Server) -> None:
    question_id = first_of(server, "competition", "choice")
    irene, adam = enter("instructor"), enter("admin")
    for page in (irene, adam):
        page.goto(f"{BANK}/questions/{question_id}")
    explain = "Explanation"
    irene.locator("[data-form]").get_by_label(explain, exact=True).fill("Irene explains it like this.")
    settled(irene)
    irene.get_by_role("button", name="Save", exact=True).click()
    expect(irene.get_by_text("Saved.")).to_be_visible()

    adam.locator("[data-form]").get_by_label(explain, exact=True).fill("Adam explains it like that.")
    settled(adam)
    adam.get_by_role("button", name="Save", exact=True).click()
    expect(adam.get_by_role("heading", name="You and somebody else changed the same field")).to_be_visible()
    expect(adam.locator(".conflict")).to_contain_text("Irene explains it like this.")
    assert saved(server, question_id).explanation == "Irene explains it like this."
    adam.get_by_role("button", name="Save with my words").click()
    expect(adam.get_by_text("Saved.")).to_be_visible()
    assert saved(server, question_id).explanation == "Adam explains it like that."

    adam.get_by_role("link", name="History").click()
    authors = adam.locator("main")
    for name in ("Irene Instructor", "Adam Admin"):
        expect(authors).to_contain_text(name)


# --- grading again ---------------------------------------------------------------------------------------------------


def test_a_key_is_mended_and_the_attempts_are_graded_again(enter: Enter, server: Server, scene: Scene) -> None:
    """The save says what it means, the dry run says what would change, learners read why, and it can be undone.

    By an admin: an instructor regrades their own classes, and the learner of this test is in none.
    """
    page = enter("admin")
    question = most_answered(scene)
    page.goto(f"{BANK}/questions/{question.id}")
    form = page.locator("[data-form]")
    key = next(number for number, option in enumerate(question.options, 1) if option.key)
    other = 1 if key != 1 else 2
    form.get_by_role("group", name=f"Answer {key}", exact=True).get_by_label("This is right").uncheck()
    form.get_by_role("group", name=f"Answer {other}", exact=True).get_by_label("This is right").check()
    settled(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="This question is in use")).to_be_visible()
    expect(page.locator(".conflict")).to_contain_text(re.compile(r"The key moves from .* to .*"))
    page.get_by_role("button", name="Save it").click()
    page.get_by_role("link", name=re.compile("regrade", re.I)).first.click()

    page.get_by_role("link", name=re.compile("^Recompute")).click()
    told = page.get_by_role("region", name="What would change")
    expect(told).to_contain_text("attempts affected")
    page.get_by_label("Reason").fill("The key was on the wrong option.")
    page.get_by_role("button", name="Regrade now").click()
    expect(page.get_by_role("heading", name="Regraded")).to_be_visible()

    learner = enter("returner")
    learner.goto(f"/attempts/{scene.parts['returned']}/result")
    expect(learner.locator("main")).to_contain_text("graded again after you handed in")
    expect(learner.locator("main")).to_contain_text("The key was on the wrong option.")

    page.get_by_label("Reason").fill("It had been right after all.")
    page.get_by_role("button", name="Undo this regrade").click()
    expect(page.get_by_role("heading", name="Undone")).to_be_visible()


def most_answered(scene: Scene) -> Any:
    """A choice question of the returner's paper that they got right: when its key moves, so do their points."""
    returned = scene.parts["returned"]
    for position in range(1, 11):
        question = scene.question(returned, position)
        if question.type == "choice" and scene.fraction(returned, position) == 1:
            return question
    raise AssertionError("the paper has no choice question that was answered rightly")


# --- running a class -------------------------------------------------------------------------------------------------

NASTY = (
    "Nachname;Vorname;E-Mail;Klasse\r\n"
    'Größe;"Änne ""Ann""";aenne@example.org;7b\r\n'
    "Ångström;Bo;BO@EXAMPLE.ORG;7b\r\n"
    "\r\n"
    "Ångström;Bo;bo@example.org;7b\r\n"
    'Evil;"=HYPERLINK(""http://evil"")";eve@example.org;7b\r\n'
    ";;nobody@example.org;7b\r\n"
    "Ohne;Otto;otto-at-example;7b\r\n"
).encode("cp1252")


def test_a_nasty_class_list_is_shown_first_and_imported_once(enter: Enter) -> None:
    """Semicolons, another encoding, heads in German, quotes, an empty line, a formula, somebody twice, no name."""
    page = enter("instructor")
    page.goto("/instructor/cohorts/new")
    page.get_by_label("Name of the class").fill("Klasse 7b")
    page.get_by_role("button", name="Make the class").click()
    page.get_by_role("navigation", name="This class").get_by_role("link", name="Import a list").click()
    roster = page.url
    for turn in ("once", "twice"):
        page.goto(roster)
        page.get_by_label("A CSV file").set_input_files(
            {"name": "Liste 7b.csv", "mimeType": "text/csv", "buffer": NASTY}
        )
        page.get_by_role("button", name="Show what it would do").click()
        lines = page.get_by_role("region", name="Line by line").get_by_role("row")
        expect(lines).to_have_count(7)
        done = [row.get_by_role("cell").first.inner_text() for row in lines.all()[1:]]
        if turn == "once":
            assert done == ["New", "New", "Refused", "Refused", "Refused", "Refused"]
            expect(lines.nth(1)).to_contain_text('Änne "Ann" Größe')
            expect(lines.nth(3)).to_contain_text("the same person as in line 3")
            page.get_by_role("button", name="Import exactly this").click()
            expect(page.get_by_text("2 learners are new.")).to_be_visible()
            expect(page.get_by_role("region", name="Table of links").get_by_role("row")).to_have_count(3)
        else:
            assert done == ["Kept", "Kept", "Refused", "Refused", "Refused", "Refused"]
            expect(page.get_by_text("There is nothing to do.")).to_be_visible()


def test_a_quiz_is_set_taken_under_its_terms_and_watched(enter: Enter, scene: Scene) -> None:
    """An access code and a time limit; the live view follows; more time is given while the quiz runs."""
    teacher, learner = enter("instructor"), enter("reader")
    teacher.goto(f"/instructor/cohorts/{scene.parts['cohort']}/assignments/constraints")
    teacher.get_by_label(re.compile("^Time limit")).fill("30")
    teacher.get_by_label(re.compile("^Access code")).fill("heron")
    teacher.get_by_role("button", name="Assign").click()
    expect(teacher.get_by_role("main")).to_contain_text("Constraints as opportunities: the quiz")

    learner.goto("/quizzes/constraints")
    # Twenty-five percent more time is the reader's.
    expect(learner.locator(".quiz-terms")).to_contain_text("38 minutes with your extra time")
    learner.get_by_label("Access code").fill("stork")
    learner.get_by_role("button", name="Start").click()
    expect(learner.get_by_text("This code does not fit.").first).to_be_visible()
    learner.get_by_label("Access code").fill("heron")
    learner.get_by_role("button", name="Start").click()
    attempt = at_question(learner, 1)
    expect(learner.locator("[data-clock]")).to_contain_text(re.compile("3[78] min left"))

    teacher.goto(f"/instructor/cohorts/{scene.parts['cohort']}/live/constraints")
    row = teacher.get_by_role("row", name=re.compile("Rita Reader"))
    expect(row).to_contain_text("0/10")
    answer(learner, scene.question(attempt, 1), Mouse())
    learner.locator("[data-next]").click()
    at_question(learner, 2)
    expect(row).to_contain_text("1/10")
    expect(row).to_contain_text("Question 2")

    row.get_by_role("link", name="Rita Reader").click()
    teacher.get_by_label("Minutes from now").fill("60")
    teacher.get_by_label("Reason").first.fill("The fire alarm went.")
    teacher.get_by_role("button", name="Extend").click()
    learner.reload()
    expect(learner.locator("[data-clock]")).to_contain_text(re.compile(r"(60|59) min|1 h"))
    learner.goto(f"/attempts/{attempt}/summary")
    learner.get_by_role("button", name="Hand in").click()
    expect(learner.locator("main")).to_contain_text("The fire alarm went.")


# --- taking scores away ----------------------------------------------------------------------------------------------


def table(page: Page) -> dict[str, dict[str, str]]:
    """The gradebook as it is shown: login → quiz id → the words of the cell."""
    shown: dict[str, dict[str, str]] = page.evaluate("""() => {
      const book = document.querySelector('.gradebook table');
      const heads = [...book.querySelectorAll('thead th')].slice(2);
      const ids = heads.map(head => new URL(head.querySelector('a').href).searchParams.get('sort'));
      const words = cell => cell.querySelector('.cell')
        ? `${cell.textContent.trim()} ${cell.querySelector('svg').getAttribute('aria-label')}` : '';
      const scores = row => [...row.querySelectorAll('td')].slice(1).map((cell, at) => [ids[at], words(cell)]);
      const rows = [...book.querySelectorAll('tbody tr')];
      return Object.fromEntries(rows.map(row =>
        [row.querySelector('.login').textContent.trim(), Object.fromEntries(scores(row))]));
    }""")
    return shown


def taken_away(page: Page, which: str) -> list[dict[str, str]]:
    """A file behind a link of the gradebook."""
    with page.expect_download() as download:
        page.locator("li", has_text=which).get_by_role("link", name="CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def test_the_exports_say_what_the_gradebook_shows_cell_by_cell(enter: Enter) -> None:
    page = enter("instructor")
    page.goto("/instructor/gradebook")
    page.get_by_label("Class").select_option(label="Demo class (made up)")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#count")).to_have_text("30 learners")
    shown = table(page)
    page.get_by_text("Take away").click()

    wide = {row["learner"]: row for row in taken_away(page, "Gradebook, one row per learner")}
    assert set(wide) == set(shown)
    tidy = {(row["learner"], row["quiz"]): row for row in taken_away(page, "Scores, one row per learner and quiz")}
    seen = 0
    for learner, cells in shown.items():
        for quiz, words in cells.items():
            percent, _, passed = words.partition(" ")
            assert wide[learner][quiz] == percent
            row = tidy.get((learner, quiz))
            if percent:
                assert row is not None
                assert (row["percent"], row["passed"]) == (percent, "true" if passed == "passed" else "false")
                seen += 1
            else:
                assert row is None
    assert seen == len(tidy) > 25
