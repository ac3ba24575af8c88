"""Two people, broken files, read-only folders, questions in use: what saving refuses, says and keeps."""

from __future__ import annotations

from collections.abc import Callable
from difflib import ndiff
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.clients import within
from tests.conftest import Clock, token_of
from tests.editor.conftest import Screen
from tests.quizzes.conftest import Desk, right_answer
from webapp.audit.models import AuditEntry
from webapp.content.folder_store import CourseStore
from webapp.database import db
from webapp.editor import saving
from webapp.quizzes import service as quizzes
from webapp.quizzes.models import Attempt
from webapp.quizzes.revisions import question_of

CHOICE = "/instructor/bank/questions/tea-choice"
NUMERIC = "/instructor/bank/questions/tea-numeric"


# --- two people on one file ------------------------------------------------------------------------------------------


def test_two_people_at_one_question_see_three_versions_and_lose_nothing(
    screen: Screen, another_screen: Callable[[], Screen], questions_file: Path
) -> None:
    other = another_screen()
    screen.open(CHOICE)
    other.open(CHOICE).fill(stem="What did Otto write?").press("save")
    screen.fill(stem="What did Ines write?").press("save")
    assert screen.status == 409
    for words in ("What you opened", "What is there now", "Yours", "What they changed", "What yours would change"):
        assert words in screen.text
    assert "<del>" in screen.text
    assert "<ins>" in screen.text
    assert screen.fields["q.stem"] == "What did Ines write?"
    assert "What did Otto write?" in questions_file.read_text()
    digest = screen.text.partition('value="over:')[2].partition('"')[0]
    screen.press(f"over:{digest}")
    assert "Saved." in screen.text
    assert "What did Ines write?" in questions_file.read_text()
    assert "Otto" not in questions_file.read_text()


def test_a_change_of_another_question_is_no_reason_to_choose_and_both_are_kept(
    screen: Screen, another_screen: Callable[[], Screen], questions_file: Path
) -> None:
    other = another_screen()
    screen.open(CHOICE)
    other.open(NUMERIC).fill(stem="How long?").press("save")
    screen.fill(stem="Why black?").press("save")
    assert "Saved." in screen.text
    assert "another part of the file" in screen.text
    text = questions_file.read_text()
    assert "stem: How long?" in text
    assert "stem: Why black?" in text


def test_going_over_an_older_state_than_the_newest_is_refused_again(
    screen: Screen, another_screen: Callable[[], Screen], questions_file: Path
) -> None:
    other = another_screen()
    screen.open(CHOICE)
    other.open(CHOICE).fill(stem="First").press("save")
    screen.fill(stem="Mine").press("save")
    digest = screen.text.partition('value="over:')[2].partition('"')[0]
    other.open(CHOICE).fill(stem="Second").press("save")
    screen.press(f"over:{digest}")
    assert screen.status == 409
    assert "stem: Second" in questions_file.read_text()


def test_a_question_taken_out_of_its_file_meanwhile_is_not_lost_by_who_wrote_it(
    screen: Screen, bank: Path, questions_file: Path
) -> None:
    screen.open(CHOICE)
    text = questions_file.read_text()
    start, end = text.index("  - id: tea-choice"), text.index("  - id: tea-multiple")
    questions_file.write_text(text[:start] + text[end:])
    course = bank / "course.yaml"
    course.write_text(course.read_text().replace("tea-choice, ", "").replace("count: 9", "count: 8"))
    screen.fill(stem="Still here?").press("save")
    assert screen.status == 409
    assert "no longer in the file" in screen.text
    digest = screen.text.partition('value="over:')[2].partition('"')[0]
    screen.press(f"over:{digest}")
    assert "Saved." in screen.text
    assert "stem: Still here?" in questions_file.read_text()


def test_an_edit_on_disk_counts_as_somebody_else(screen: Screen, questions_file: Path) -> None:
    screen.open(CHOICE)
    questions_file.write_text(questions_file.read_text().replace("difficulty: easy", "difficulty: hard", 1))
    screen.fill(difficulty="medium").press("save")
    assert screen.status == 409
    assert "difficulty: hard" in questions_file.read_text()


# --- broken files ----------------------------------------------------------------------------------------------------


def test_a_broken_file_shows_a_banner_with_every_problem_and_a_way_to_its_line(screen: Screen, bank: Path) -> None:
    screen.open("/instructor/bank")
    path = bank / "2-bread" / "questions.yaml"
    path.write_text(path.read_text().replace("level: ", "levle: ", 2))
    screen.open("/instructor/bank")
    assert "The files have 2 problems" in screen.text
    assert screen.text.count("did you mean `level`?") == 2
    assert "path=2-bread/questions.yaml&amp;line=" in screen.text
    assert "Learners see the last good edition" in screen.text


def test_one_of_two_broken_files_can_be_mended_though_the_other_is_still_broken(screen: Screen, bank: Path) -> None:
    screen.open("/instructor/bank")
    one, two = bank / "1-tea" / "questions.yaml", bank / "2-bread" / "questions.yaml"
    for path in (one, two):
        path.write_text(path.read_text().replace("level: ", "levle: ", 1))
    screen.open("/instructor/bank/file?path=1-tea/questions.yaml")
    screen.set("text", screen.fields["text"].replace("levle", "level")).press("save")
    assert "Saved." in screen.text
    assert "levle" not in one.read_text()
    screen.open("/instructor/bank/file?path=2-bread/questions.yaml")
    screen.set("text", screen.fields["text"].replace("levle", "lvel")).press("save")
    assert screen.status == 422


def test_a_broken_question_can_be_mended_on_its_desk(screen: Screen, questions_file: Path) -> None:
    screen.open("/instructor/bank")
    questions_file.write_text(questions_file.read_text().replace("facts: [oxidation]", "facts: [oxydation]", 1))
    screen.open("/instructor/bank")
    assert "Problem" in screen.text
    screen.open(CHOICE)
    assert "Did you mean `oxidation`?" in screen.text
    screen.set("q.facts.0.@value", "oxidation").press("save")
    assert "Saved." in screen.text
    assert "oxydation" not in questions_file.read_text()


def test_a_file_that_is_no_yaml_leads_from_the_desk_to_its_text(screen: Screen, questions_file: Path) -> None:
    screen.open(CHOICE)
    questions_file.write_text(questions_file.read_text() + "\n  - id: [\n")
    screen.open(CHOICE)
    assert "has no form" in screen.text
    assert 'id="text"' in screen.text


# --- a folder that can't be written ----------------------------------------------------------------------------------


def test_a_read_only_folder_makes_the_editor_read_only(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    screen.open(CHOICE)
    monkeypatch.setattr(saving.os, "access", lambda path, mode: False)
    for path in ("/instructor/bank", CHOICE, "/instructor/bank/file?path=course.yaml", "/instructor/bank/quizzes/tea"):
        screen.open(path)
        assert "may not write to the course folder" in screen.text
        assert 'value="save"' not in screen.text


def test_a_disk_that_refuses_says_so_and_keeps_what_was_typed(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, questions_file: Path
) -> None:
    before = questions_file.read_text()
    screen.open(CHOICE).fill(stem="Typed for nothing?")

    def refuse(*_given: Any) -> str:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(CourseStore, "save", refuse)
    screen.press("save")
    assert screen.status == 409
    assert "Read-only file system" in screen.text
    assert screen.fields["q.stem"] == "Typed for nothing?"
    assert questions_file.read_text() == before


# --- questions in use ------------------------------------------------------------------------------------------------


@pytest.fixture
def learners(app: Flask, make_user: Callable[..., int], clock: Clock) -> Callable[[], Desk]:
    return lambda: Desk(make_user(), app.extensions["courses"].only.current(), clock)


def move_the_key(screen: Screen) -> Screen:
    return screen.open(CHOICE).fill(options__1__key=None, options__2__key="y")


def test_moving_a_key_says_what_it_means_and_asks(
    screen: Screen, app: Flask, learners: Callable[[], Desk], questions_file: Path
) -> None:
    with app.app_context():
        for _ in range(2):
            learners().take("every-type")
        learners().start("every-type")
    before = questions_file.read_text()
    move_the_key(screen).press("save")
    assert screen.status == 409
    assert "The key moves from B (“Leaving it in the air”) to C (“Heating it at once”)." in screen.text
    assert "2 attempts in 1 quiz were graded against the old one" in screen.text
    assert "1 attempt is in progress" in screen.text
    assert questions_file.read_text() == before
    seal = screen.text.partition('value="confirm:')[2].partition('"')[0]
    screen.press(f"confirm:{seal}")
    assert "Saved." in screen.text
    assert f'href="{within("/instructor/questions/tea-choice/regrade")}"' in screen.text
    assert questions_file.read_text() != before
    with app.app_context():
        entry = db.session.query(AuditEntry).filter_by(action="question.saved").one()
        assert "The key moves from B" in entry.reason


def test_a_confirmation_counts_for_what_was_on_the_page_only(
    screen: Screen, app: Flask, learners: Callable[[], Desk], questions_file: Path
) -> None:
    with app.app_context():
        learners().take("every-type")
    before = questions_file.read_text()
    move_the_key(screen).press("save")
    seal = screen.text.partition('value="confirm:')[2].partition('"')[0]
    screen.fill(stem="And something else").press(f"confirm:{seal}")
    assert screen.status == 409
    assert questions_file.read_text() == before


def test_a_change_of_words_says_that_the_key_stays(screen: Screen, app: Flask, learners: Callable[[], Desk]) -> None:
    with app.app_context():
        learners().take("every-type")
    screen.open(CHOICE).fill(stem="Better words?").press("save")
    assert "What changes: Question. The right answer stays." in screen.text
    assert "1 attempt in 1 quiz keep the wording they had." in screen.text.replace("keeps", "keep")


def test_tags_and_level_change_without_a_question(screen: Screen, app: Flask, learners: Callable[[], Desk]) -> None:
    with app.app_context():
        learners().take("every-type")
    screen.open(CHOICE).fill(tags="leaf, air").press("save")
    assert "Saved." in screen.text


def test_an_attempt_in_progress_keeps_its_paper_and_a_finished_one_what_it_saw(
    screen: Screen, app: Flask, learners: Callable[[], Desk]
) -> None:
    with app.app_context():
        done, going = learners(), learners()
        finished = done.take("every-type")
        attempt = going.start("every-type")
        finished_id, attempt_id, score = finished.id, attempt.id, finished.score
        going_id = going.user_id
    move_the_key(screen).press("save")
    seal = screen.text.partition('value="confirm:')[2].partition('"')[0]
    screen.press(f"confirm:{seal}")
    with app.app_context():
        current = app.extensions["courses"].only.current().question("tea-choice")
        assert current.options[2].key
        slot = next(slot for slot in db.session.get(Attempt, attempt_id).slots if slot.question_id == "tea-choice")
        assert question_of(slot.revision).options[1].key
        assert not question_of(slot.revision).options[2].key
        desk = Desk(going_id, app.extensions["courses"].only.current(), going.clock)
        attempt = quizzes.attempt_for(desk.user, attempt_id)
        for each in list(attempt.slots):
            desk.answer(attempt, each.position, right_answer(each))
        desk.submit(attempt)
        assert db.session.get(Attempt, attempt_id).percent == 100
        assert db.session.get(Attempt, finished_id).score == score


# --- retiring and moving ---------------------------------------------------------------------------------------------


def press_form(screen: Screen, path: str, **fields: str) -> Screen:
    return screen.show(
        screen.client.post(path, data={"csrf_token": token_of(screen.text), **fields}, follow_redirects=True)
    )


@pytest.fixture
def spare(screen: Screen, questions_file: Path) -> str:
    """A question that no quiz names."""
    text = questions_file.read_text()
    start, end = text.index("  - id: tea-true-false"), text.index("  - id: tea-numeric")
    questions_file.write_text(text.rstrip("\n") + "\n\n" + text[start:end].replace("tea-true-false", "tea-spare"))
    return "tea-spare"


def test_a_retired_question_is_no_longer_drawn_and_can_come_back(
    screen: Screen, app: Flask, spare: str, questions_file: Path
) -> None:
    before = questions_file.read_text()
    path = f"/instructor/bank/questions/{spare}"
    screen.open(path)
    press_form(screen, f"{path}/retire", retired="1")
    assert "no longer drawn" in screen.text
    course = app.extensions["courses"].only.current()
    assert course.question(spare).retired
    assert spare not in [question.id for question in course.pool(course.quiz("tea"))]
    press_form(screen, f"{path}/retire", retired="0")
    assert questions_file.read_text() == before
    with app.app_context():
        actions = [entry.action for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions == ["question.retired", "question.unretired"]


def test_a_question_that_a_quiz_cannot_do_without_is_not_retired(screen: Screen, questions_file: Path) -> None:
    before = questions_file.read_text()
    screen.open(CHOICE)
    press_form(screen, f"{CHOICE}/retire", retired="1")
    assert "the course would not be whole" in screen.text
    assert questions_file.read_text() == before


def test_a_question_moves_to_another_pillar_with_its_comments_left_and_its_section_named(
    screen: Screen, app: Flask, bank: Path, spare: str, questions_file: Path
) -> None:
    path = f"/instructor/bank/questions/{spare}"
    screen.open(path)
    before = questions_file.read_text()
    press_form(screen, f"{path}/move", to="2-bread/questions.yaml")
    assert "Moved to 2-bread/questions.yaml" in screen.text
    question = app.extensions["courses"].only.current().question(spare)
    assert question.pillar == "bread"
    assert question.section == "tea/water"
    assert before.startswith(questions_file.read_text().rstrip("\n"))
    assert f"- id: {spare}" in (bank / "2-bread" / "questions.yaml").read_text()


def test_a_move_that_somebody_was_faster_than_changes_neither_file(
    screen: Screen, bank: Path, spare: str, questions_file: Path
) -> None:
    path = f"/instructor/bank/questions/{spare}"
    screen.open(path)
    questions_file.write_text(questions_file.read_text() + "# just now\n")
    before = (questions_file.read_text(), (bank / "2-bread" / "questions.yaml").read_text())
    old = screen.fields["digest"]
    press_form(screen, f"{path}/move", to="2-bread/questions.yaml", digest=old)
    assert "somebody else" in screen.text
    assert (questions_file.read_text(), (bank / "2-bread" / "questions.yaml").read_text()) == before


# --- quizzes ---------------------------------------------------------------------------------------------------------


def test_a_quiz_is_changed_by_form_and_only_its_lines_change(screen: Screen, app: Flask, bank: Path) -> None:
    path = bank / "course.yaml"
    before = path.read_text()
    screen.open("/instructor/bank/quizzes/final").fill(time_limit="30", certainty="true").press("save")
    assert "Saved." in screen.text
    lines = [line for line in ndiff(before.split("\n"), path.read_text().split("\n")) if line[:2] in ("- ", "+ ")]
    assert sorted(lines) == ["+     certainty: true", "+     time_limit: 30", "-     time_limit: 20"]
    quiz = app.extensions["courses"].only.current().quiz("final")
    assert quiz.policy.time_limit == 30
    assert quiz.policy.certainty


def test_a_quiz_that_wants_more_than_there_is_is_refused_at_its_count(screen: Screen, bank: Path) -> None:
    before = (bank / "course.yaml").read_text()
    screen.open("/instructor/bank/quizzes/bread").fill(draw__0__count="99").press("save")
    assert screen.status == 422
    assert 'id="q.draw.0.count-error"' in screen.text
    assert (bank / "course.yaml").read_text() == before


def test_a_new_quiz_is_written_by_form(screen: Screen, app: Flask) -> None:
    screen.open("/instructor/bank/new-quiz").fill(title="A short one", draw__0__count="2").press("save")
    assert "Saved." in screen.text
    quiz = app.extensions["courses"].only.current().quiz("short-one")
    assert (quiz.title, quiz.size) == ("A short one", 2)


def test_a_file_broken_while_one_writes_keeps_what_was_written(screen: Screen, questions_file: Path) -> None:
    before = questions_file.read_text()
    for path in (CHOICE, "/instructor/bank/new/true_false?pillar=tea&example=1"):
        questions_file.write_text(before)
        screen.open(path)
        questions_file.write_text(before + "\n  - id: [\n")
        screen.fill(stem="Typed meanwhile?").press("save")
        assert screen.status == 422
        assert screen.fields["q.stem"] == "Typed meanwhile?"
        assert "stem: Typed meanwhile?" in screen.yaml
        questions_file.write_text(before)
        screen.press("save")
        assert "Saved." in screen.text
        assert "stem: Typed meanwhile?" in questions_file.read_text()


def test_retiring_and_moving_lead_to_the_text_while_a_file_is_broken(screen: Screen, bank: Path) -> None:
    screen.open(CHOICE)
    token = token_of(screen.text)
    path = bank / "2-bread" / "questions.yaml"
    path.write_text(path.read_text() + "\n  - id: [\n")
    moved = screen.client.post(f"{CHOICE}/move", data={"csrf_token": token, "to": "2-bread/questions.yaml"})
    assert "/instructor/bank/file?path=2-bread" in moved.location


ODD = ["", "x" * 5_000, "\x00\x01", "🙂", "a: b", "- [", "../../etc/passwd", "1e999", "٣", "&a *b", "\r\n\r\n", "null"]


@pytest.mark.long
@pytest.mark.parametrize("value", ODD)
def test_odd_values_in_any_field_are_answered_and_harm_nothing(
    screen: Screen, questions_file: Path, value: str
) -> None:
    before = questions_file.read_text()
    screen.open(CHOICE)
    kept = screen.fields.copy()
    for name in kept:
        if name == "csrf_token":
            continue
        screen.fields = kept.copy()
        screen.fields[name] = value
        data = {**screen.fields.to_dict(), "action": "sync"}
        assert screen.client.post(CHOICE, data=data).status_code == 200, name
    for action in (value, f"add:{value}", f"over:{value}", f"confirm:{value}", f"remove:q.options.{value}"):
        data = {**kept.to_dict(), "action": action}
        assert screen.client.post(CHOICE, data=data).status_code in (200, 302, 409), action
    assert questions_file.read_text() == before
