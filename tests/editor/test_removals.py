"""Taking out what is in use: said by number and name, for a reason, and nothing of what is recorded is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import Clock, token_of
from tests.editor.conftest import Screen
from tests.quizzes.conftest import Desk
from webapp.accounts.models import Cohort
from webapp.audit.models import AuditEntry
from webapp.database import db
from webapp.quizzes.grade_changes.models import RecordedChange
from webapp.quizzes.models import Assignment
from webapp.reports import scope
from webapp.reports.scores import quiz_columns, score_rows

FILE = "/instructor/bank/file?path=course.yaml"


@pytest.fixture
def in_use(app: Flask, make_user: Callable[..., int], clock: Clock) -> int:
    """Ada has handed the tea quiz in, and it is set to a class."""
    ada = make_user(name="Ada Learner", username="ada")
    with app.app_context():
        Desk(ada, app.extensions["courses"].only.current(), clock).take("tea")
        cohort = Cohort(course_id="tea-and-bread", name="Economics 11b", join_code="code", created_at=clock())
        db.session.add(cohort)
        db.session.flush()
        db.session.add(Assignment(cohort_id=cohort.id, quiz_id="tea", created_at=clock()))
        db.session.commit()
    return ada


def without_tea(bank: Path) -> str:
    text = (bank / "course.yaml").read_text()
    start, end = text.index("  - id: tea\n    title: Tea quiz"), text.index("  - id: bread\n    title: Bread quiz")
    return text[:start] + text[end:]


def sent_again(screen: Screen, reason: str) -> None:
    """Sends what the page that asks why has kept, with a reason."""
    form = screen.text.partition('<form method="post" action="')[2].partition("</form>")[0]
    address = form.partition('"')[0].replace("&amp;", "&")
    import html

    fields = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
    }
    data = fields | {"csrf_token": token_of(form), "reason": reason}
    screen.show(screen.client.post(address, data=data, follow_redirects=True))


def test_a_quiz_in_use_is_taken_out_for_a_reason_and_its_results_stay(
    screen: Screen, app: Flask, bank: Path, in_use: int
) -> None:
    before = (bank / "course.yaml").read_text()
    screen.open(FILE).set("text", without_tea(bank)).press("save")
    assert screen.status == 409
    assert "1 attempt of 1 learner" in screen.text
    assert "Economics 11b" in screen.text
    assert (bank / "course.yaml").read_text() == before
    sent_again(screen, " ")
    assert screen.status == 409
    sent_again(screen, "It is replaced by the final.")
    assert "Saved." in screen.text
    assert "title: Tea quiz" not in (bank / "course.yaml").read_text()
    with app.app_context():
        course = app.extensions["courses"].only.current()
        assert course.quiz("tea") is None
        rows = list(score_rows(scope.everybody("tea-and-bread"), quiz_columns(course)))
        assert [(row.learner, row.quiz, row.percent) for row in rows] == [("ada", "tea", 100.0)]
        change = db.session.scalars(select(RecordedChange)).one()
        assert (change.kind, change.subject, change.reason) == ("removal", "quiz:tea", "It is replaced by the final.")
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "grades.changed")).one()
        assert any("Economics 11b" in sentence for sentence in entry.details["before"]["in_use"])


def test_another_id_for_a_quiz_in_use_takes_out_the_old_one(screen: Screen, bank: Path, in_use: int) -> None:
    screen.open("/instructor/bank/quizzes/tea").fill(id="tea-again").press("save")
    assert screen.status == 409
    assert "1 attempt of 1 learner" in screen.text
    sent_again(screen, "A clearer name.")
    assert "id: tea-again" in (bank / "course.yaml").read_text()


def test_a_quiz_nobody_has_to_do_with_goes_without_a_word(screen: Screen, bank: Path) -> None:
    screen.open(FILE).set("text", without_tea(bank)).press("save")
    assert "Saved." in screen.text


def test_an_earlier_version_without_the_quiz_is_taken_for_a_reason(
    screen: Screen, app: Flask, bank: Path, in_use: int
) -> None:
    whole = (bank / "course.yaml").read_text()
    (bank / "course.yaml").write_text(without_tea(bank))
    screen.open(FILE)
    (bank / "course.yaml").write_text(whole)
    screen.open(FILE)
    first = re.findall(r"/instructor/bank/history/(\d+)", screen.open("/instructor/bank/history?path=course.yaml").text)
    screen.open(f"/instructor/bank/history/{min(map(int, first))}")
    digest = re.search(r'name="digest" value="([0-9a-f]+)"', screen.text)
    assert digest
    data = {"csrf_token": token_of(screen.text), "digest": digest[1]}
    screen.show(screen.client.post(f"/instructor/bank/history/{min(map(int, first))}/restore", data=data))
    assert screen.status == 409
    assert "Economics 11b" in screen.text
    sent_again(screen, "As it was last year.")
    assert "title: Tea quiz" not in (bank / "course.yaml").read_text()


def test_a_question_of_an_assigned_quiz_is_retired_for_a_reason(
    screen: Screen, app: Flask, bank: Path, in_use: int, questions_file: Path
) -> None:
    text = questions_file.read_text()
    start, end = text.index("  - id: tea-true-false"), text.index("  - id: tea-numeric")
    questions_file.write_text(text.rstrip("\n") + "\n\n" + text[start:end].replace("tea-true-false", "tea-spare"))
    path = "/instructor/bank/questions/tea-spare"
    screen.open(path)
    data = {"csrf_token": token_of(screen.text), "retired": "1"}
    screen.show(screen.client.post(f"{path}/retire", data=data))
    assert screen.status == 409
    assert "Tea quiz" in screen.text
    sent_again(screen, "Two answers are right.")
    assert "no longer drawn" in screen.text
    with app.app_context():
        assert app.extensions["courses"].only.current().question("tea-spare").retired
        assert db.session.scalars(select(RecordedChange)).one().subject == "question:tea-spare"


def take_out(screen: Screen, question_id: str) -> None:
    page = screen.open(f"/instructor/bank/questions/{question_id}").text
    data = {"csrf_token": token_of(page)}
    address = f"/instructor/bank/questions/{question_id}/take-out"
    screen.show(screen.client.post(address, data=data, follow_redirects=True))


def test_a_question_is_taken_out_of_its_file_and_nothing_else_changes(screen: Screen, bank: Path) -> None:
    path = bank / "1-tea" / "questions.yaml"
    before = path.read_text()
    take_out(screen, "tea-retired")
    assert "The question is taken out." in screen.text
    after = path.read_text()
    assert "tea-retired" not in after
    assert [line for line in after.splitlines() if line not in before.splitlines()] == []
    assert "tea-retired" in screen.open("/instructor/bank/taken-out").text
    assert screen.client.get("/instructor/bank/questions/tea-retired").status_code == 404


def test_a_question_of_an_assigned_quiz_is_taken_out_for_a_reason(
    screen: Screen, in_use: int, questions_file: Path
) -> None:
    text = questions_file.read_text()
    start, end = text.index("  - id: tea-true-false"), text.index("  - id: tea-numeric")
    questions_file.write_text(text.rstrip("\n") + "\n\n" + text[start:end].replace("tea-true-false", "tea-spare"))
    take_out(screen, "tea-spare")
    assert screen.status == 409
    assert "Tea quiz" in screen.text
    assert "tea-spare" in questions_file.read_text()
    sent_again(screen, "It was ambiguous.")
    assert "The question is taken out." in screen.text
    assert "tea-spare" not in questions_file.read_text()
