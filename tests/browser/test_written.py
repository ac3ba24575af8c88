"""A written answer, from the learner's page to the teacher's and back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from tests.browser.scene import Scene
from webapp.accounts.models import CohortMember
from webapp.database import db

ANSWER = "What is cheap is tried by many.\nWhat many try is known to all, and <b>copied</b>."


def test_a_learner_writes_a_teacher_grades_and_the_learner_sees(enter: Callable[[str], Page], scene: Scene) -> None:
    with scene.app.app_context():
        at = datetime.now(UTC)
        member = CohortMember(cohort_id=scene.parts["cohort"], user_id=scene.people["learner"], joined_at=at)
        db.session.add(member)
        db.session.commit()
    learner = enter("learner")
    learner.goto("/quizzes/written")
    learner.get_by_role("main").get_by_role("button", name="Start").click()
    learner.wait_for_url("**/attempts/*/questions/1")
    field = learner.get_by_role("textbox", name="Your answer")
    field.fill(ANSWER)
    expect(learner.locator("[data-words]")).to_have_text("Words: 16")
    expect(learner.locator("[data-status]")).to_contain_text("Saved")
    learner.reload()
    expect(field).to_have_value(ANSWER)
    learner.locator("[data-next]").click()
    learner.wait_for_url("**/summary")
    learner.get_by_role("button", name="Hand in").click()
    learner.wait_for_url("**/result")
    expect(learner.locator("#verdict")).to_have_text("It waits to be graded by your teacher.")

    teacher = enter("instructor")
    teacher.goto("/instructor/grading")
    teacher.get_by_role("link", name=re.compile("why do rivals copy")).click()
    while "Lea Learner" not in teacher.get_by_role("main").inner_text():
        teacher.get_by_role("link", name="Next").click()
    expect(teacher.locator(".answer-passage")).to_have_text(ANSWER)
    # By the keyboard alone: Tab to the levels, an arrow to one, Tab to the number, Tab to the words, Enter in a field.
    teacher.get_by_role("radio", name="Gives two reasons that hold").focus()
    teacher.keyboard.press("ArrowDown")
    expect(teacher.get_by_role("radio", name="Gives one reason that holds")).to_be_checked()
    teacher.keyboard.press("Tab")
    teacher.keyboard.type("2")
    teacher.keyboard.press("Tab")
    teacher.keyboard.type("Which of them do you know?")
    teacher.keyboard.press("Tab")
    teacher.keyboard.press("Enter")
    expect(teacher.get_by_role("main")).to_contain_text("The answer is graded.")

    learner.reload()
    expect(learner.locator("#verdict")).to_contain_text("60")
    expect(learner.get_by_role("main")).to_contain_text("Your written answers are graded.")
    learner.locator(".quiz-review summary").first.click()
    expect(learner.locator(".quiz-rubric")).to_contain_text("1 of 3")
    expect(learner.locator(".quiz-comment")).to_contain_text("Which of them do you know?")


def test_a_file_goes_beside_the_text_and_needs_the_network(enter: Callable[[str], Page], scene: Scene) -> None:
    reader = enter("reader")
    reader.goto(f"/attempts/{scene.parts['writing_essay']}/questions/1")
    reader.get_by_role("textbox", name="Your answer").fill(ANSWER)
    chooser = reader.get_by_label("Another file")
    chooser.set_input_files({"name": "copies.txt", "mimeType": "text/plain", "buffer": b"They copy what is cheap."})
    reader.context.set_offline(True)
    replace = reader.get_by_role("button", name="Replace the file")
    replace.click()
    expect(reader.locator("[data-file-says]")).to_contain_text("You are offline.")
    reader.context.set_offline(False)
    replace.click()
    expect(reader.get_by_role("main")).to_contain_text("“copies.txt” is handed in.")
    expect(reader.get_by_role("link", name="copies.txt")).to_be_visible()
    expect(reader.get_by_role("textbox", name="Your answer")).to_have_value(ANSWER)
    with reader.expect_download() as saved:
        reader.get_by_role("link", name="copies.txt").click()
    assert saved.value.suggested_filename == "copies.txt"
