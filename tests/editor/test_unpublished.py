"""Drafts in the browser: begun as drafts, shown to staff and to nobody else, published one by one or together."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from tests.conftest import token_of
from tests.editor.conftest import FormReader, Screen, fields_of
from webapp.audit.models import AuditEntry
from webapp.content.course.loading import load_course
from webapp.database import db
from webapp.editor.models import ContentVersion
from webapp.editor.publishing import flagged_lesson
from webapp.editor.starters import flagged

SECRET = "Zanzibar"
PAGE = "/instructor/bank/unpublished"
QUESTION = f"""
  - id: tea-secret
    type: true_false
    draft: true
    stem: {SECRET} grows tea.
    answer: true
"""
QUIZ = f"""
  - id: secret-quiz
    draft: true
    title: {SECRET} quiz
    draw:
      - {{count: 1, questions: [tea-secret]}}
"""


@pytest.fixture
def drafts(bank: Path) -> Path:
    """The course with a draft question and a draft quiz that draws it."""
    for path, text in (("1-tea/questions.yaml", QUESTION), ("course.yaml", QUIZ)):
        file = bank / path
        file.write_text(file.read_text().rstrip() + "\n" + text)
    return bank


def send(screen: Screen, *names: str, action: str = "publish") -> Any:
    """Ticks drafts on the page and sends it."""
    return screen.client.post(PAGE, data=ticked(screen, *names, action=action))


def begun(learner: FlaskClient, quiz: str) -> str:
    """The id of an attempt that a learner has just begun."""
    token = token_of(learner.get(f"/quizzes/{quiz}").text)
    answer = learner.post(f"/quizzes/{quiz}/attempts", data={"csrf_token": token})
    return str(re.search(r"/attempts/(\d+)", answer.headers["Location"])[1])  # type: ignore[index]


def ticked(screen: Screen, *names: str, action: str = "publish") -> MultiDict[str, str]:
    form = FormReader("drafts").read(screen.client.get(PAGE).text)
    assert form is not None
    sent = fields_of(form)
    sent["action"] = action
    for name in names:
        sent.add("draft", name)
    return sent


def test_a_new_question_is_kept_half_written_and_drawn_for_nobody(screen: Screen, bank: Path) -> None:
    screen.open("/instructor/bank/new/choice?pillar=tea")
    assert 'value="draft"' in screen.text
    assert 'value="publish"' in screen.text
    screen.fill(stem="Which leaf is half written?").press("draft")
    assert screen.status == 200
    assert "Saved as a draft." in screen.text
    assert "Draft</span>" in screen.text
    assert "open before it can be published" in screen.text
    course = load_course(bank)
    draft = course.drafts.find("question", "tea-leaf-half-written")
    assert draft is not None
    assert course.question(draft.id) is None


def test_a_draft_without_a_word_gets_an_id(screen: Screen, bank: Path) -> None:
    screen.open("/instructor/bank/new/choice?pillar=tea").press("draft")
    assert screen.status == 200
    screen.open("/instructor/bank/new/choice?pillar=tea").press("draft")
    assert [draft.id for draft in load_course(bank).drafts.all] == ["tea-draft", "tea-draft-2"]


def test_a_half_written_question_is_not_published_and_says_why(screen: Screen, bank: Path) -> None:
    screen.open("/instructor/bank/new/choice?pillar=tea").fill(stem="Which leaf?").press("draft")
    screen.press("publish")
    assert screen.status == 422
    assert "The key `options` is missing" in screen.text
    assert load_course(bank).drafts.all


def test_a_draft_is_finished_published_and_taken_back(app: Flask, screen: Screen, drafts: Path) -> None:
    screen.open("/instructor/bank/questions/tea-secret")
    assert "Draft</span>" in screen.text
    screen.press("publish")
    assert "Saved. It is published now." in screen.text
    assert load_course(drafts).question("tea-secret") is not None
    assert "draft" not in screen.yaml
    screen.press("draft")
    assert "Saved as a draft." in screen.text
    assert load_course(drafts).question("tea-secret") is None
    with app.app_context():
        acts = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert acts[-2:] == ["question.published", "question.unpublished"]


def test_a_quiz_begins_as_a_draft_shows_what_it_draws_and_is_published(screen: Screen, drafts: Path) -> None:
    screen.open("/instructor/bank/quizzes/secret-quiz")
    assert "Draft</span>" in screen.text
    screen.press("publish")
    assert screen.status == 422, "its question is a draft"
    assert "the question `tea-secret` is a draft" in screen.text.lower()
    screen.open("/instructor/bank/new-quiz").press("draft")
    assert load_course(drafts).drafts.find("quiz", "quiz-draft") is not None


def test_all_that_is_chosen_is_published_in_one_save_with_a_note_each(app: Flask, screen: Screen, drafts: Path) -> None:
    page = screen.client.get(PAGE)
    assert page.text.count("Draft</span>") == 2
    answer = send(screen, "question:tea-secret", "quiz:secret-quiz")
    assert answer.status_code == 302
    course = load_course(drafts)
    assert course.drafts.all == ()
    assert course.quiz("secret-quiz") is not None
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "drafts.published")).one()
        noted = db.session.execute(
            select(ContentVersion.path, ContentVersion.note).where(ContentVersion.note.contains("Published:"))
        ).all()
    assert sorted(path for path, _note in noted) == ["1-tea/questions.yaml", "course.yaml"]
    assert {note for _path, note in noted} == {"Published: question tea-secret, quiz secret-quiz"}
    assert "question:tea-secret" in str(entry.details)


def test_nothing_is_published_when_a_part_of_it_would_break_the_course(screen: Screen, drafts: Path) -> None:
    before = {path: path.read_bytes() for path in drafts.rglob("*") if path.is_file()}
    answer = send(screen, "quiz:secret-quiz")
    assert answer.status_code == 422
    assert "the question `tea-secret` is a draft" in answer.text
    assert {path: path.read_bytes() for path in before} == before


def test_what_was_changed_since_the_list_was_shown_is_not_published(screen: Screen, drafts: Path) -> None:
    sent = ticked(screen, "question:tea-secret")
    file = drafts / "1-tea" / "questions.yaml"
    file.write_text(file.read_text().replace(f"{SECRET} grows tea", "Peru grows tea"))
    answer = screen.client.post(PAGE, data=sent)
    assert answer.status_code == 409
    assert load_course(drafts).question("tea-secret") is None


def test_publishing_a_question_says_which_quizzes_under_way_may_draw_it(
    app: Flask, screen: Screen, drafts: Path, make_user: Callable[..., int], sign_in: Callable[..., Any]
) -> None:
    learner = sign_in(app.test_client(), make_user("learner", username="lea"))
    begun(learner, "bread")
    bread = drafts / "2-bread" / "questions.yaml"
    bread.write_text(bread.read_text().rstrip() + "\n" + QUESTION.replace("tea-secret", "bread-secret"))
    answer = send(screen, "question:bread-secret")
    assert answer.status_code == 409
    assert "Bread quiz" in answer.text
    screen.open("/instructor/bank/questions/bread-secret").press("publish")
    assert screen.status == 409
    assert "Bread quiz" in screen.text
    assert send(screen, "question:bread-secret", action="confirm").status_code == 302
    assert load_course(drafts).question("bread-secret") is not None


def test_a_draft_lesson_is_marked_shown_to_staff_and_published(screen: Screen, bank: Path) -> None:
    address = "/instructor/bank/file?path=opening.md"
    screen.open(address).press("draft")
    assert "Draft</span>" in screen.text
    course = load_course(bank)
    assert course.opening is None
    assert "Draft</span>" in screen.client.get("/instructor/bank/lessons").text
    assert screen.open(address).press("preview").status == 200
    assert send(screen, "lesson:opening").status_code == 302
    assert load_course(bank).opening is not None


def test_a_mark_is_set_and_taken_out_without_touching_another_line() -> None:
    item = "id: a  # mine\ntype: choice\nstem: |\n  draft: true"
    assert flagged(item, True) == "id: a  # mine\ntype: choice\ndraft: true\nstem: |\n  draft: true"
    assert flagged(flagged(item, True), False) == item
    lesson = "---\ntitle: A\n---\ndraft: true stays, in the text\n"
    assert flagged_lesson(lesson, True) == lesson.replace("---\n", "---\ndraft: true\n", 1)
    assert flagged_lesson(flagged_lesson(lesson, True), False) == lesson


DOORS = [
    "/", "/lessons/tea", "/lessons/opening", "/quizzes/tea", "/quizzes/secret-quiz", "/progress", "/review",
    "/practice", "/account/data", "/offline",
]  # fmt: skip


def test_no_door_of_a_learner_shows_a_word_of_a_draft(
    app: Flask, drafts: Path, make_user: Callable[..., int], sign_in: Callable[..., Any]
) -> None:
    """Every address that a learner may GET, with the ids of the drafts in each place where an id can stand."""
    opening = drafts / "opening.md"
    opening.write_text(opening.read_text().replace("---\n", f"---\ndraft: true\nremember: [{SECRET}]\n", 1))
    tea = drafts / "1-tea" / "lesson.md"
    check = f"draft: true\ntype: true_false\nstem: Tea is grown in {SECRET}.\nanswer: true"
    tea.write_text(tea.read_text() + f"\n```check\n{check}\n```\n")
    assert len(load_course(drafts).drafts.all) == 4
    learner = sign_in(app.test_client(), make_user("learner", username="lea"))
    attempt = begun(learner, "tea")
    learner.get("/")
    asked = 0
    names = {"quiz_id": "secret-quiz", "lesson_id": "opening", "question_id": "tea-secret", "attempt_id": attempt,
             "check_id": "tea-check-2", "pillar_id": "tea", "filename": "app.js", "position": "1"}  # fmt: skip
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith("/static") or rule.rule.startswith("/instructor"):
            continue
        values = {name: names.get(name, "1") for name in rule.arguments}
        try:
            address = adapter.build(rule.endpoint, values)
        except Exception:  # a converter that takes none of these: no door for an id of a draft
            continue
        answer = learner.get(address)
        asked += 1
        assert SECRET not in answer.text, address
    for address in DOORS:
        assert SECRET not in learner.get(address, follow_redirects=True).text, address
    assert learner.get("/lessons/opening").status_code == 404
    assert learner.get("/quizzes/secret-quiz").status_code == 404
    token = token_of(learner.get("/quizzes/tea").text)
    assert learner.post("/quizzes/secret-quiz/attempts", data={"csrf_token": token}).status_code == 404
    assert learner.get(PAGE).status_code in (302, 403, 404)
    assert asked > 20


def test_a_search_of_the_bank_by_staff_leaves_drafts_to_their_own_page(
    client: FlaskClient, screen: Screen, drafts: Path
) -> None:
    assert "tea-secret" not in screen.client.get("/instructor/bank").text
    assert SECRET in screen.client.get(PAGE).text
