"""Two people at one question or quiz at once: different fields are brought together, the same field is somebody's to
decide, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.editor.conftest import Screen
from tests.quizzes.conftest import Desk
from webapp.audit.models import AuditEntry
from webapp.database import db
from webapp.editor.field_changes import changes
from webapp.editor.models import ContentVersion
from webapp.editor.three_way import joined

CHOICE = "/instructor/bank/questions/tea-choice"
QUIZ = "/instructor/bank/quizzes/tea"


@pytest.fixture
def other(another_screen: Callable[[], Screen]) -> Screen:
    return another_screen()


def offered(screen: Screen, verb: str) -> str:
    """The button of a page that does this: `confirm:` and what it confirms."""
    assert f'value="{verb}:' in screen.text
    return f"{verb}:" + screen.text.partition(f'value="{verb}:')[2].partition('"')[0]


def the_question(text: str) -> str:
    start = text.index("  - id: tea-choice\n")
    return text[start : text.index("  - id: tea-multiple")]


def test_changes_of_different_fields_are_both_saved_and_the_second_is_told(
    screen: Screen, other: Screen, app: Flask, questions_file: Path
) -> None:
    before = questions_file.read_text()
    screen.open(CHOICE)
    other.open(CHOICE).fill(difficulty="hard", explanation="The air does it.").press("save")
    screen.fill(stem="What did Ines write?").press("save")
    assert "Saved." in screen.text
    assert "Difficulty (easy → hard)" in screen.text
    assert "Explanation (" in screen.text
    easy = "level: understand\n    difficulty: easy"
    expected = before.replace(easy, easy.replace("easy", "hard"), 1)
    expected = expected.replace("What makes a fresh leaf into black tea?", "What did Ines write?")
    expected = expected.replace(
        "Rolled leaves that lie in the air oxidise, and oxidised leaves are black tea.", "The air does it."
    )
    assert questions_file.read_text() == expected, "no other byte changes"
    with app.app_context():
        authors = db.session.query(ContentVersion.author_name).filter_by(path="1-tea/questions.yaml", origin="browser")
        assert [name for (name,) in authors.order_by(ContentVersion.id)] == ["Otto Other", "Ines Tructor"]


def test_what_was_edited_on_disk_is_brought_together_with_a_save_too(screen: Screen, questions_file: Path) -> None:
    screen.open(CHOICE)
    questions_file.write_text(questions_file.read_text().replace("tags: [leaf]", "tags: [leaf, air]  # new", 1))
    screen.fill(stem="Mine").press("save")
    assert "Saved." in screen.text
    mine = the_question(questions_file.read_text())
    assert "stem: Mine\n" in mine
    assert "tags: [leaf, air]  # new\n" in mine


def test_rows_of_a_list_count_as_fields_where_none_was_added_or_moved(
    screen: Screen, other: Screen, questions_file: Path
) -> None:
    screen.open(CHOICE)
    other.open(CHOICE).fill(options__0__text="Boiling it").press("save")
    screen.fill(options__2__text="Heating it").press("save")
    assert "Saved." in screen.text
    mine = the_question(questions_file.read_text())
    assert "text: Boiling it," in mine
    assert "text: Heating it," in mine


def test_the_same_field_is_asked_about_and_only_that_one(screen: Screen, other: Screen, questions_file: Path) -> None:
    screen.open(CHOICE)
    other.open(CHOICE).fill(stem="What did Otto write?", difficulty="hard").press("save")
    saved = questions_file.read_text()
    screen.fill(stem="What did Ines write?", explanation="Air.").press("save")
    assert screen.status == 409
    assert questions_file.read_text() == saved
    asked = screen.text.partition('aria-labelledby="conflict-title"')[2].partition("</section>")[0]
    for words in ("What makes a fresh leaf into black tea?", "What did Otto write?", "What did Ines write?"):
        assert f"<dd>{words}</dd>" in asked
    assert "Air." not in asked, "what only one of them changed is no question"
    assert "in the form below already" in asked
    assert screen.fields["q.stem"] == "What did Ines write?"
    assert screen.fields["q.difficulty"] == "hard"
    assert screen.fields["q.explanation"] == "Air."


@pytest.mark.parametrize(("whose", "stem"), [("over", "What did Ines write?"), ("theirs", "What did Otto write?")])
def test_whoever_wins_the_field_everything_else_of_both_is_kept(
    screen: Screen, other: Screen, questions_file: Path, whose: str, stem: str
) -> None:
    screen.open(CHOICE)
    other.open(CHOICE).fill(stem="What did Otto write?", difficulty="hard").press("save")
    screen.fill(stem="What did Ines write?", explanation="Air.").press("save")
    screen.press(offered(screen, whose))
    assert "Saved." in screen.text
    mine = the_question(questions_file.read_text())
    assert f"stem: {stem}\n" in mine
    assert "difficulty: hard\n" in mine
    assert "explanation: Air.\n" in mine


@pytest.mark.parametrize("whose", ["over", "theirs"])
def test_a_choice_counts_for_the_version_that_was_seen(
    screen: Screen, other: Screen, questions_file: Path, whose: str
) -> None:
    screen.open(CHOICE)
    other.open(CHOICE).fill(stem="First").press("save")
    screen.fill(stem="Mine").press("save")
    seen = offered(screen, whose)
    other.open(CHOICE).fill(stem="Second").press("save")
    screen.press(seen)
    assert screen.status == 409
    assert "<dd>Second</dd>" in screen.text
    assert "stem: Second" in questions_file.read_text()


def test_a_comment_that_one_of_them_wrote_is_never_lost(screen: Screen, other: Screen, questions_file: Path) -> None:
    screen.open(CHOICE)
    other.open(CHOICE).fill(difficulty="hard").press("save")
    typed = screen.yaml.replace("difficulty: easy", "difficulty: easy  # for most")
    screen.set("yaml", typed).press("save")
    assert screen.status == 409
    assert "# for most" in screen.yaml
    assert "difficulty: hard" in questions_file.read_text()


def test_two_changes_that_are_not_whole_together_are_not_brought_together(
    screen: Screen, other: Screen, questions_file: Path
) -> None:
    """One takes the mark of the right answer to another row, the other one to a third."""
    screen.open(CHOICE)
    other.open(CHOICE)
    other.set("yaml", other.yaml.replace("text: Boiling it in water,", "text: Boiling it in water, key: true,").replace(
        "air, key: true", "air")).press("save")  # fmt: skip
    assert "Saved." in other.text
    saved = questions_file.read_text()
    screen.set("yaml", screen.yaml.replace("text: Heating it at once,", "text: Heating it at once, key: true,").replace(
        "air, key: true", "air")).press("save")  # fmt: skip
    assert screen.status == 409
    assert questions_file.read_text() == saved


def test_a_draft_is_not_published_by_whoever_saves_it_as_a_draft(
    screen: Screen, other: Screen, app: Flask, questions_file: Path
) -> None:
    extra = "\n  - id: tea-more\n    draft: true\n    type: true_false\n    level: recall\n    difficulty: easy\n" \
        "    tags: [leaf]\n    facts: [oxidation]\n    section: leaves\n    stem: Tea is a leaf.\n    answer: true\n" \
        "    explanation: It is.\n"  # fmt: skip
    questions_file.write_text(questions_file.read_text() + extra)
    address = "/instructor/bank/questions/tea-more"
    screen.open(address)
    other.open(address).press("publish")
    assert "It is published now." in other.text
    screen.fill(stem="Half").press("draft")
    assert screen.status == 409
    assert "Draft" in screen.text
    assert "stem: Tea is a leaf." in questions_file.read_text()


def test_a_merged_question_in_use_says_what_it_means_and_is_saved_once_that_is_confirmed(
    screen: Screen, other: Screen, app: Flask, clock: Clock, make_user: Callable[..., int], questions_file: Path
) -> None:
    with app.app_context():
        Desk(make_user(), app.extensions["courses"].only.current(), clock).take("every-type")
    screen.open(CHOICE)
    other.open(CHOICE).fill(explanation="Air.").press("save")
    other.press(offered(other, "confirm"))
    assert "Saved." in other.text
    screen.fill(stem="Mine?").press("save")
    assert screen.status == 409
    assert "This question is in use" in screen.text
    assert "Somebody else has saved this meanwhile" in screen.text
    screen.press(offered(screen, "confirm"))
    assert "Saved." in screen.text
    mine = the_question(questions_file.read_text())
    assert "stem: Mine?" in mine
    assert "explanation: Air." in mine


def test_settings_of_one_quiz_are_brought_together_as_well(screen: Screen, other: Screen, bank: Path) -> None:
    screen.open(QUIZ)
    other.open(QUIZ).fill(title="All about tea").press("save")
    screen.fill(pass_mark="55").press("save")
    assert "Saved." in screen.text
    assert "All about tea" in screen.text
    text = (bank / "course.yaml").read_text()
    assert "title: All about tea" in text
    assert "pass_mark: 55" in text


def test_both_saves_are_in_the_log(screen: Screen, other: Screen, app: Flask) -> None:
    screen.open(CHOICE)
    other.open(CHOICE).fill(difficulty="hard").press("save")
    screen.fill(stem="Mine").press("save")
    with app.app_context():
        entries = db.session.query(AuditEntry).filter_by(action="question.saved")
        assert [entry.actor_name for entry in entries.order_by(AuditEntry.id)] == ["Otto Other", "Ines Tructor"]


# --- three texts -----------------------------------------------------------------------------------------------------

BASE = "id: a\nstem: One\ntags: [x]\noptions:\n  - {text: A}\n  - {text: B, key: true}\nlevel: recall"


@pytest.mark.parametrize(
    ("theirs", "mine", "text", "clashes"),
    [
        (("One", "Two"), ("recall", "apply"), BASE.replace("One", "Two").replace("recall", "apply"), ()),
        (("One", "Two"), ("One", "Two"), BASE.replace("One", "Two"), ()),
        (("One", "Two"), ("One", "Three"), BASE.replace("One", "Three"), ("stem",)),
        (("\nlevel: recall", ""), ("[x]", "[x, y]"), BASE.replace("\nlevel: recall", "").replace("[x]", "[x, y]"), ()),
        (("\nlevel: recall", ""), ("recall", "apply"), BASE.replace("recall", "apply"), ("level",)),
        (("{text: A}", "{text: C}"), ("{text: B,", "{text: D,"), BASE.replace("A}", "C}").replace("B,", "D,"), ()),
        (("  - {text: A}\n", ""), ("{text: B,", "{text: D,"), BASE.replace("B,", "D,"), ("options",)),
        (("tags: [x]", "tags: [x]  # why"), ("One", "Two"), BASE.replace("One", "Two").replace("x]", "x]  # why"), ()),
    ],
    ids=["apart", "same", "both", "gone", "gone and changed", "rows", "row gone", "comment"],
)  # fmt: skip
def test_three_texts_become_one(
    theirs: tuple[str, str], mine: tuple[str, str], text: str, clashes: tuple[str, ...]
) -> None:
    made = joined(BASE, BASE.replace(*theirs), BASE.replace(*mine))
    assert made is not None
    assert (made.text, made.clashes) == (text, clashes)


def test_texts_that_cannot_be_read_are_not_brought_together() -> None:
    assert joined(BASE, BASE + "\n  - :", BASE) is None


def test_changes_are_told_in_the_words_of_the_form(app: Flask) -> None:
    old = "id: a\ntype: choice\ndifficulty: easy\nstem: A cat\noptions:\n  - {text: Yes, key: true}\n  - text: No"
    new = (
        "id: a\ntype: choice\ndifficulty: hard\nretired: true\nstem: A dog\noptions:\n  - {text: Yes, key: true}\n"
        "  - {text: 'No', feedback: Why?}\n  - text: Perhaps\n"
    )
    with app.test_request_context():
        told = [change.said for change in changes("question", old, new)]
    assert told == [
        "Question (A cat → A dog)",
        "Answer 2: Feedback (new: Why?)",
        "Answer 3 (new: Perhaps)",
        "Difficulty (easy → hard)",
        "Retired (No → Yes)",
    ]


def test_the_order_of_a_list_is_told_and_what_is_only_spelt_in_another_way_is_not(app: Flask) -> None:
    old = "id: a\ntype: choice\nstem: A cat\noptions:\n  - {text: Yes, key: true}\n  - text: No\n  - text: Perhaps"
    with app.test_request_context():
        assert changes("question", old, old.replace("A cat", '"A cat"  # a comment')) == []
        moved = old.replace("  - text: No\n  - text: Perhaps", "  - text: Perhaps\n  - text: No")
        (change,) = changes("question", old, moved)
    assert change.said == "Answers to choose from: their order (1, 2, 3 → 1, 3, 2)"
