"""The history of one question: each save that changed it, in words; and the way back for it alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Clock, token_of
from tests.editor.conftest import FormReader, Screen, fields_of
from tests.quizzes.conftest import Desk
from webapp.database import db
from webapp.editor import question_history
from webapp.editor.models import ContentVersion
from webapp.editor.question_history import QuestionVersion
from webapp.editor.yaml_roundtrip import items

FILE = "1-tea/questions.yaml"
CHOICE = "/instructor/bank/questions/tea-choice"
NUMERIC = "/instructor/bank/questions/tea-numeric"


def versions(app: Flask, question_id: str = "tea-choice") -> list[QuestionVersion]:
    with app.app_context():
        return question_history.versions(app.extensions["courses"].only, question_id)


def acts(app: Flask, question_id: str = "tea-choice") -> list[tuple[str, str, str]]:
    return [(version.act, version.path, version.state.author_name) for version in versions(app, question_id)]


def open_version(screen: Screen, app: Flask, number: int, question_id: str = "tea-choice") -> Screen:
    version = versions(app, question_id)[number]
    return screen.open(f"/instructor/bank/questions/{question_id}/history/{version.id}")


def bring_back(screen: Screen, **more: str) -> Screen:
    """Presses the button of a version's page."""
    form = FormReader("back").read(screen.text)
    assert form is not None
    data = fields_of(form)
    for name, value in more.items():
        data.setlist(name, [value])
    return screen.show(screen.client.post(form.get("action"), data=data, follow_redirects=True))


def without(text: str, question_id: str, following: str) -> str:
    start, end = text.index(f"  - id: {question_id}\n"), text.index(f"  - id: {following}\n")
    return text[:start] + text[end:]


def test_only_saves_that_changed_the_question_are_in_its_history(screen: Screen, app: Flask, clock: Clock) -> None:
    screen.open(CHOICE).fill(stem="Why?", difficulty="hard").set("note", "A reader wrote.").press("save")
    clock.advance(minutes=5)
    screen.open(NUMERIC).fill(stem="How long?").press("save")
    clock.advance(minutes=5)
    screen.open(CHOICE).fill(stem="Why so?").press("save")
    assert acts(app) == [
        ("changed", FILE, "Ines Tructor"),
        ("changed", FILE, "Ines Tructor"),
        ("first", FILE, ""),
    ]
    page = screen.open(CHOICE + "/history").text
    for words in ("Ines Tructor", "A reader wrote.", ">Difficulty</h3>", "<del>easy</del>", "<ins>hard</ins>"):
        assert words in page
    assert "How long?" not in page
    assert CHOICE + "/history" in screen.open(CHOICE).text


def test_an_edit_on_disk_and_the_save_after_it_are_two_versions(
    screen: Screen, app: Flask, questions_file: Path
) -> None:
    screen.open("/instructor/bank")
    questions_file.write_text(questions_file.read_text().replace("tags: [leaf]", "tags: [leaf, air]", 1))
    screen.open(CHOICE).fill(stem="Why?").press("save")
    assert [version.state.origin for version in versions(app)] == ["browser", "disk", "found"]
    assert [version.act for version in versions(app)] == ["changed", "changed", "first"]


def test_a_change_that_no_field_shows_is_told_as_one_of_the_spelling(
    screen: Screen, app: Flask, questions_file: Path
) -> None:
    screen.open("/instructor/bank")
    questions_file.write_text(questions_file.read_text().replace("tags: [leaf]", "tags: [leaf]  # one", 1))
    assert "only how it is written" in screen.open(CHOICE + "/history").text


def test_a_version_shows_the_question_as_learners_met_it_and_comes_back_alone(
    screen: Screen, app: Flask, questions_file: Path
) -> None:
    before = questions_file.read_text()
    screen.open(CHOICE).fill(stem="Why?", options__0__text="Cooking it", difficulty="hard").press("save")
    screen.open(NUMERIC).fill(stem="How long?").press("save")
    between = questions_file.read_text()
    page = open_version(screen, app, -1).text
    shown = page.partition("As learners met it")[2].partition("</section>")[0]
    for words in ("What makes a fresh leaf into black tea?", "Boiling it in water", "Leaving it in the air"):
        assert words in shown
    assert "Cooking it" not in shown
    bring_back(screen, note="It was right.")
    assert "Saved." in screen.text
    text = questions_file.read_text()
    assert without(text, "tea-choice", "tea-multiple") == without(between, "tea-choice", "tea-multiple")
    assert without(text, "tea-numeric", "tea-short") == without(before, "tea-numeric", "tea-short")
    newest = versions(app)[0]
    assert newest.act == "changed"
    assert newest.state.note.startswith("Back to the version of ")
    assert "It was right." in newest.state.note


def test_going_back_to_what_somebody_has_changed_since_is_refused(
    screen: Screen, app: Flask, another_screen: Callable[[], Screen], questions_file: Path
) -> None:
    screen.open(CHOICE).fill(stem="Why?").press("save")
    open_version(screen, app, -1)
    other = another_screen()
    other.open(CHOICE).fill(stem="Newer?").press("save")
    bring_back(screen)
    assert "somebody else has changed this question since" in screen.text
    assert "stem: Newer?" in questions_file.read_text()


def test_a_change_of_another_question_is_no_hindrance(
    screen: Screen, app: Flask, another_screen: Callable[[], Screen], questions_file: Path
) -> None:
    screen.open(CHOICE).fill(stem="Why?").press("save")
    open_version(screen, app, -1)
    another_screen().open(NUMERIC).fill(stem="How long?").press("save")
    bring_back(screen)
    assert "Saved." in screen.text
    assert "stem: How long?" in questions_file.read_text()
    assert "stem: What makes a fresh leaf into black tea?" in questions_file.read_text()


def test_bringing_back_a_question_in_use_says_what_it_means_first(
    screen: Screen, app: Flask, make_user: Callable[..., int], clock: Clock, questions_file: Path
) -> None:
    screen.open(CHOICE).fill(options__1__key=None, options__2__key="y").press("save")
    assert "Saved." in screen.text
    with app.app_context():
        Desk(make_user(), app.extensions["courses"].only.current(), clock).take("every-type")
    saved = questions_file.read_text()
    open_version(screen, app, -1)
    bring_back(screen, note="Air it is.")
    assert screen.status == 409
    assert "This question is in use" in screen.text
    assert questions_file.read_text() == saved
    screen.press("confirm:" + screen.text.partition('value="confirm:')[2].partition('"')[0])
    assert "Saved." in screen.text
    assert "Air it is." in versions(app)[0].state.note


def test_a_version_that_would_not_be_whole_now_is_not_brought_back(
    screen: Screen, app: Flask, bank: Path, questions_file: Path
) -> None:
    screen.open("/instructor/bank")
    ledger = next(path for path in bank.rglob("ledger.yaml"))
    screen.open(CHOICE)
    screen.set("yaml", screen.yaml.replace("facts: [oxidation]", "facts: [one-plant]")).press("save")
    saved = questions_file.read_text()
    questions_file.write_text(saved.replace("oxidation", "one-plant"))
    for path in (*bank.rglob("*.yaml"), *bank.rglob("*.md")):
        if path not in (ledger, questions_file):
            path.write_text(path.read_text().replace("oxidation", "one-plant"))
    ledger.write_text(ledger.read_text().replace("id: oxidation", "id: oxidation-2"))
    open_version(screen, app, -1)
    saved = questions_file.read_text()
    bring_back(screen)
    assert screen.status == 422
    assert questions_file.read_text() == saved


def taken_out(screen: Screen, bank: Path, questions_file: Path) -> str:
    """The question is taken out of its file, and out of the quizzes that name it; gives the file as it is then."""
    screen.open("/instructor/bank")
    text = without(questions_file.read_text(), "tea-choice", "tea-multiple")
    questions_file.write_text(text)
    course = bank / "course.yaml"
    course.write_text(course.read_text().replace("tea-choice, ", "").replace("count: 9", "count: 8"))
    screen.open("/instructor/bank")
    return text


def test_a_question_that_was_taken_out_is_found_and_brought_back(
    screen: Screen, app: Flask, clock: Clock, bank: Path, questions_file: Path
) -> None:
    rest = taken_out(screen, bank, questions_file)
    assert [act for act, _path, _who in acts(app)] == ["taken out", "first"]
    page = screen.open("/instructor/bank/taken-out").text
    assert CHOICE + "/history" in page
    assert "tea-multiple" not in page
    clock.advance(minutes=5)
    open_version(screen, app, 0)
    bring_back(screen)
    assert "Saved." in screen.text
    text = questions_file.read_text()
    assert text.startswith(rest.rstrip("\n")), "the rest of the file stays as it is"
    assert "stem: What makes a fresh leaf into black tea?" in text
    assert [act for act, _path, _who in acts(app)] == ["brought back", "taken out", "first"]
    assert CHOICE + "/history" not in screen.open("/instructor/bank/taken-out").text


def test_it_may_come_back_into_another_file(screen: Screen, app: Flask, bank: Path, questions_file: Path) -> None:
    rest = taken_out(screen, bank, questions_file)
    open_version(screen, app, 0)
    bring_back(screen, file="2-bread/questions.yaml")
    assert screen.status == 422, "its section is none of bread's"
    screen.set("yaml", screen.yaml.replace("section: leaves", "section: tea/leaves")).press("save")
    assert "Saved." in screen.text
    assert questions_file.read_text() == rest
    assert acts(app)[0][:2] == ("brought back", "2-bread/questions.yaml")


def test_it_comes_back_into_a_file_of_questions_only(
    screen: Screen, app: Flask, bank: Path, questions_file: Path
) -> None:
    taken_out(screen, bank, questions_file)
    for odd in ("../ledger.yaml", "course.yaml", ""):
        bring_back(open_version(screen, app, 0), file=odd)
        assert screen.status == 400


def test_a_question_that_moved_keeps_its_history(screen: Screen, app: Flask, clock: Clock) -> None:
    screen.open("/instructor/bank")
    clock.advance(minutes=5)
    page = screen.open("/instructor/bank/questions/tea-retired").text
    data = {"csrf_token": token_of(page), "digest": "", "to": "2-bread/questions.yaml"}
    screen.show(screen.client.post("/instructor/bank/questions/tea-retired/move", data=data, follow_redirects=True))
    assert "Moved to" in screen.text
    found = acts(app, "tea-retired")
    assert found == [("moved", "2-bread/questions.yaml", "Ines Tructor"), ("first", FILE, "")]
    clock.advance(minutes=5)
    screen.open("/instructor/bank/questions/tea-retired").fill(explanation="Old.").press("save")
    assert [act for act, _path, _who in acts(app, "tea-retired")] == ["changed", "moved", "first"]


def test_a_version_that_cannot_be_read_is_passed_over(screen: Screen, app: Flask, questions_file: Path) -> None:
    screen.open("/instructor/bank")
    text = questions_file.read_text()
    questions_file.write_text(text.replace("stem: What makes", "stem: [What makes", 1))
    screen.open("/instructor/bank")
    questions_file.write_text(text.replace("difficulty: easy", "difficulty: hard", 1))
    screen.open("/instructor/bank")
    assert [version.act for version in versions(app)] == ["changed", "first"]


@pytest.mark.parametrize("name", ["nothing-like-it", "tea", "%2e%2e", "a%00b", "-x"])
def test_what_was_never_a_question_has_no_history(screen: Screen, name: str) -> None:
    screen.open("/instructor/bank")
    assert screen.client.get(f"/instructor/bank/questions/{name}/history").status_code == 404


def test_a_version_of_another_question_is_none_of_this_one(screen: Screen, app: Flask) -> None:
    screen.open(NUMERIC).fill(stem="How long?").press("save")
    newest = versions(app, "tea-numeric")[0].id
    assert screen.client.get(f"{CHOICE}/history/{newest}").status_code == 404
    for odd in ("0", "x", "9" * 40):
        assert screen.client.get(f"{CHOICE}/history/{odd}").status_code == 404


def test_places_that_are_followed_are_those_that_reading_each_version_finds(
    screen: Screen, app: Flask, questions_file: Path
) -> None:
    """Also where lines before, after and inside the question come and go."""
    screen.open("/instructor/bank")
    text = questions_file.read_text()
    edits: list[Any] = [
        ("questions:", "# a comment\nquestions:"),
        ("  - id: tea-multiple", "    accept: {}\n\n  - id: tea-multiple"),
        ("    accept: {}\n", ""),
        ("    hints: [Think of a cut apple.]\n", ""),
        ("  - id: tea-choice\n", "  # before it\n  - id: tea-choice\n"),
    ]
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
        questions_file.write_text(text)
        screen.open("/instructor/bank")
    with app.app_context():
        rows = db.session.query(ContentVersion).filter_by(path=FILE).order_by(ContentVersion.id.desc())
        for question_id in ("tea-choice", "tea-multiple", "tea-retired"):
            read = [items.find(row.text, "questions", question_id) for row in rows]
            states = question_history._states(app.extensions["courses"].only, FILE, question_id)
            assert [state.item for state in states] == [item.text if item else None for item in read]
