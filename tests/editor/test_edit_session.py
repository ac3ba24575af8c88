"""Writing a question: form, YAML and preview are one, what is wrong is said at its place, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.editor.conftest import Screen
from webapp.audit.models import AuditEntry
from webapp.database import db
from webapp.editor.models import ContentVersion
from webapp.questions import TYPES, scripts

CHOICE = "/instructor/bank/questions/tea-choice"
EVERY_TYPE = ["tea-choice", "tea-multiple", "tea-true-false", "tea-numeric", "tea-short", "bread-matching",
              "bread-ordering", "bread-cloze", "bread-categorise"]  # fmt: skip


def test_a_field_changed_in_the_form_changes_its_line_of_the_file(screen: Screen, questions_file: Path) -> None:
    before = questions_file.read_text()
    screen.open(CHOICE).fill(explanation="Air turns leaves black.").press("save")
    assert "Saved." in screen.text
    line = "    explanation: Rolled leaves that lie in the air oxidise, and oxidised leaves are black tea.\n"
    assert line in before
    assert questions_file.read_text() == before.replace(line, "    explanation: Air turns leaves black.\n")


def test_saving_without_a_change_changes_no_byte(screen: Screen, bank: Path) -> None:
    before = {path: path.read_bytes() for path in bank.rglob("*.*")}
    for question in EVERY_TYPE:
        screen.open(f"/instructor/bank/questions/{question}").press("save")
        assert screen.status == 200
        assert "Saved." in screen.text
    assert {path: path.read_bytes() for path in bank.rglob("*.*")} == before


def test_line_ends_and_byte_order_mark_of_windows_stay(screen: Screen, questions_file: Path) -> None:
    raw = b"\xef\xbb\xbf" + questions_file.read_bytes().replace(b"\n", b"\r\n")
    questions_file.write_bytes(raw)
    screen.open(CHOICE).fill(stem="What makes tea black?").press("save")
    stem = b"What makes a fresh leaf into black tea?"
    assert questions_file.read_bytes() == raw.replace(stem, b"What makes tea black?")


def test_the_yaml_follows_the_form_and_the_form_the_yaml(screen: Screen) -> None:
    screen.open(CHOICE).fill(stem="Why is it black?").press("to-yaml")
    assert "stem: Why is it black?" in screen.yaml
    screen.set("yaml", screen.yaml.replace("easy", "hard")).press("to-form")
    assert screen.fields["q.difficulty"] == "hard"
    assert screen.fields["q.stem"] == "Why is it black?"


def test_comments_in_the_yaml_outlive_a_change_in_the_form(screen: Screen, questions_file: Path) -> None:
    screen.open(CHOICE)
    screen.set("yaml", "# asked every year\n" + screen.yaml.replace("easy", "easy  # or is it?")).press("to-form")
    screen.fill(stem="Why?").press("save")
    text = questions_file.read_text()
    assert "  - # asked every year\n    id: tea-choice\n" in text
    assert "difficulty: easy  # or is it?\n" in text
    assert "stem: Why?\n" in text


def test_when_both_sides_were_changed_neither_is_lost_and_one_is_chosen(screen: Screen, questions_file: Path) -> None:
    before = questions_file.read_text()
    screen.open(CHOICE).fill(stem="From the form?")
    screen.set("yaml", screen.yaml.replace("difficulty: easy", "difficulty: hard")).press("save")
    assert "were both changed" in screen.text
    assert questions_file.read_text() == before
    assert screen.fields["q.stem"] == "From the form?"
    assert "difficulty: hard" in screen.yaml
    kept = screen.fields.copy()
    screen.press("to-yaml")
    assert "stem: From the form?" in screen.yaml
    assert "difficulty: easy" in screen.yaml
    screen.fields = kept
    screen.press("to-form")
    assert screen.fields["q.difficulty"] == "hard"
    assert screen.fields["q.stem"].startswith("What makes")


def test_yaml_that_cannot_be_read_is_kept_and_its_line_is_named(screen: Screen, questions_file: Path) -> None:
    before = questions_file.read_text()
    screen.open(CHOICE)
    broken = screen.yaml.replace("stem: What", "stem: Look: What")
    screen.set("yaml", broken).press("save")
    assert screen.status == 422
    assert "Not saved" in screen.text
    line = broken.split("\n").index(next(line for line in broken.split("\n") if "Look" in line)) + 1
    assert f'data-line="{line}"' in screen.text
    assert screen.yaml == broken
    assert questions_file.read_text() == before
    screen.set("yaml", broken.replace("Look: What", "Look, what")).press("save")
    assert "Saved." in screen.text


@pytest.mark.parametrize(
    ("change", "said", "field"),
    [
        ({"options__1__key": None}, "No option is the key", ""),
        ({"section": "leafs"}, "did you mean `leaves`?", "q.section"),
        ({"facts__0__@value": "oxydation"}, "did you mean `oxidation`?", "q.facts.0.@value"),
        ({"points": "many"}, "expected a number", "q.points"),
        ({"options__0__text": ""}, "", ""),
        ({"id": "Tea Choice"}, "expected small letters", "q.id"),
        ({"id": "tea-short"}, "used a second time", ""),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(
    screen: Screen, questions_file: Path, change: dict[str, str | None], said: str, field: str
) -> None:
    before = questions_file.read_text()
    screen.open(CHOICE).fill(**change).press("save")
    assert screen.status == 422
    assert said.casefold() in screen.text.casefold()
    assert questions_file.read_text() == before
    if field:
        assert f'id="{field}-error"' in screen.text


def test_a_question_that_a_quiz_needs_cannot_be_renamed_away(screen: Screen) -> None:
    screen.open(CHOICE).fill(id="tea-other").press("save")
    assert screen.status == 422
    assert "course.yaml" in screen.text


@pytest.mark.parametrize("question_id", EVERY_TYPE)
def test_the_preview_asks_and_grades_as_a_quiz_does(screen: Screen, app: Any, question_id: str) -> None:
    question = app.extensions["courses"].only.current().question(question_id)
    kind = TYPES[question.type]
    screen.open(f"/instructor/bank/questions/{question_id}")
    assert 'name="answer-' in screen.text
    order = kind.order(question, int(screen.fields["seed"]))
    with app.test_request_context():
        form = kind.form(question, order, response=kind.key(question), prefix="answer-")
        for part in form:
            values = part.data if isinstance(part.data, list) else [part.data]
            screen.fields.setlist(part.name, [str(value) for value in values if value not in (None, "")])
    screen.press("grade")
    assert "Right</span>" in screen.text
    assert f"{question.points:g} of {question.points:g} points" in screen.text
    screen.press("again")
    for name in [name for name in screen.fields if name.startswith("answer-")]:
        screen.set(name, None)
    screen.press("grade")
    assert f"of {question.points:g} points" not in screen.text


def test_the_scripts_of_all_types_are_there_for_the_preview(screen: Screen) -> None:
    screen.open(CHOICE)
    assert scripts()
    for script in scripts():
        assert screen.text.count(f"/static/{script}") == 1


def test_the_preview_shows_what_is_written_not_what_is_saved(screen: Screen) -> None:
    answer = screen.open(CHOICE).fill(stem="Is *this* new?").sync()
    assert "Is <em>this</em> new?" in answer["preview"]
    assert answer["changed"]
    assert answer["form"] is None


def test_a_script_gets_problems_at_their_lines_and_the_form_when_the_yaml_changed(screen: Screen) -> None:
    screen.open(CHOICE)
    screen.set("yaml", screen.yaml.replace("level: understand", "level: understnad"))
    answer = screen.sync()
    line = screen.yaml.split("\n").index("level: understnad") + 1
    assert [(problem["line"], problem["severity"]) for problem in answer["problems"]] == [(line, "error")]
    assert "understnad" in answer["form"]
    screen.set("yaml", screen.yaml + "\ntags: [")
    answer = screen.sync()
    assert answer["broken"]
    assert answer["form"] is None


@pytest.mark.parametrize("name", TYPES)
def test_a_question_of_each_type_is_written_by_form_alone(screen: Screen, app: Any, name: str, bank: Path) -> None:
    """Begun from the worked example, given a new question, saved without scripts: it is in file and course."""
    screen.open(f"/instructor/bank/new/{name}?pillar=bread&example=1")
    screen.fill(stem=f"A question of the type {name}, newly written?").press("save")
    assert "Saved." in screen.text, screen.text
    course = app.extensions["courses"].only.current()
    written = [question for question in course.questions if "newly written" in question.stem]
    assert [(question.type, question.pillar) for question in written] == [(name, "bread")]
    assert written[0].id.startswith("bread-question-type-")
    assert f"id: {written[0].id}\n" in (bank / "2-bread" / "questions.yaml").read_text()
    with app.app_context():
        entry = db.session.query(AuditEntry).filter_by(action="question.added").one()
        assert entry.subject == written[0].id
        assert entry.actor_name == "Ines Tructor"


def test_a_blank_question_has_rows_to_fill_in_and_says_what_is_missing(screen: Screen, questions_file: Path) -> None:
    before = questions_file.read_text()
    screen.open("/instructor/bank/new/choice?pillar=tea")
    assert "q.options.2.text" in screen.fields
    screen.press("save")
    assert screen.status == 422
    assert questions_file.read_text() == before
    screen.fill(stem="Which one?", options__0__text="This", options__1__text="That", options__1__key="y").press("save")
    assert "Saved." in screen.text
    assert questions_file.read_text().startswith(before.rstrip("\n"))
    assert "  - id: tea-one\n    type: choice\n    stem: Which one?\n" in questions_file.read_text()


def test_a_question_is_written_into_the_pillar_that_was_chosen_on_the_page(screen: Screen, bank: Path) -> None:
    screen.open("/instructor/bank/new/true_false?pillar=tea").fill(stem="Bread is wet.", answer="false")
    screen.fill(feedback__true="It is dry.").set("file", "2-bread/questions.yaml").press("save")
    assert "Saved." in screen.text
    assert "Bread is wet." in (bank / "2-bread" / "questions.yaml").read_text()


def test_a_copy_has_an_id_of_its_own_and_the_words_of_the_original(screen: Screen, app: Any) -> None:
    screen.open("/instructor/bank/new/choice?copy=tea-choice&pillar=tea").press("save")
    assert "Saved." in screen.text
    course = app.extensions["courses"].only.current()
    copy = course.question("tea-choice-copy")
    assert copy is not None
    assert copy.stem == course.question("tea-choice").stem


def test_the_buttons_of_a_list_work_without_scripts_and_lose_nothing(screen: Screen) -> None:
    screen.open(CHOICE).fill(stem="Typed before the button").press("add:q.options")
    assert screen.fields["q.options.3.text"] == ""
    assert screen.fields["q.stem"] == "Typed before the button"
    screen.fill(options__3__text="Freezing it").press("up:q.options.3")
    assert screen.fields["q.options.2.text"] == "Freezing it"
    screen.press("remove:q.options.0")
    texts = [value for name, value in screen.fields.items() if name.endswith(".text")]
    assert texts == ["Leaving it in the air", "Freezing it", "Heating it at once"]
    assert [line for line in screen.yaml.split("\n") if "Freezing" in line] == ["  - {text: Freezing it}"]


def test_enter_in_a_field_saves_nothing(screen: Screen, client: FlaskClient, questions_file: Path) -> None:
    before = questions_file.read_text()
    screen.open(CHOICE)
    first = next(button for button in screen.form("desk").iter("button"))
    assert first.get("value") == "sync"
    screen.fill(stem="Half").press("sync")
    assert questions_file.read_text() == before


def test_a_question_whose_type_is_unknown_leads_to_the_text_of_its_file(screen: Screen, questions_file: Path) -> None:
    screen.open(CHOICE)
    questions_file.write_text(questions_file.read_text().replace("type: choice", "type: chioce", 1))
    screen.open(CHOICE)
    assert "1-tea/questions.yaml" in screen.text
    assert 'id="text"' in screen.text


@pytest.mark.parametrize("role", ["learner", None])
def test_only_instructors_come_near_the_bank(
    app: Any, make_user: Callable[..., int], sign_in: Callable[..., Any], role: str | None
) -> None:
    client = app.test_client()
    if role:
        sign_in(client, make_user(role))
    for path in ("", "/files", "/file?path=course.yaml", "/history?path=course.yaml", "/questions/tea-choice", "/new"):
        assert client.get(f"/instructor/bank{path}").status_code == (403 if role else 303)


def test_what_was_saved_is_in_the_history_with_its_author(screen: Screen, app: Any) -> None:
    screen.open(CHOICE).fill(stem="Why?").press("save")
    with app.app_context():
        versions = db.session.query(ContentVersion).filter_by(path="1-tea/questions.yaml").all()
        assert [(version.origin, version.author_name) for version in versions] == [
            ("found", ""),
            ("browser", "Ines Tructor"),
        ]
        assert versions[1].before_digest == versions[0].digest
        assert "stem: Why?" in versions[1].text
