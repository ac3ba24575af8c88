"""Changes of recorded results by the pages: what an instructor is shown first, and what a learner is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from tests.classes.conftest import Browser
from tests.conftest import Clock
from webapp.accounts.models import CohortInstructor
from webapp.audit.models import AuditEntry
from webapp.classes import grade_changes
from webapp.database import db
from webapp.quizzes.grade_changes.models import RecordedChange
from webapp.quizzes.models import Assignment, Attempt, AttemptNote
from webapp.quizzes.vocabulary import NoteKind

UNSHUFFLED = "    shuffle_questions: false\n"
RULES = "/instructor/quizzes/every-type/rules"


def seal_of(page: str) -> str:
    """What the button that decides sends: it stands for the forecast on the page."""
    found = re.search(r'name="[a-z-]*seen" value="([0-9a-f]{32})"', page)
    assert found, page
    return found[1]


@pytest.fixture
def taken(ada: Browser, at_work: Any, a_class: int, enrol: Any, bank: Path) -> int:
    """Ada, of Irene's class, has 68.75 percent at the quiz with every type, which 60 pass."""
    enrol(a_class, ada.user_id)
    with at_work(ada.user_id) as desk:
        return desk.take("every-type", lambda slot: slot.position <= 7).id


@pytest.fixture
def edited(taken: int, bank: Path) -> int:
    """Then the file says that 80 passes."""
    path = bank / "course.yaml"
    path.write_text(path.read_text().replace(UNSHUFFLED, UNSHUFFLED + "    pass_mark: 80\n"))
    return taken


def of(app: Flask, attempt_id: int) -> tuple[Any, ...]:
    with app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        return attempt.state, attempt.percent, attempt.passed


def test_the_desk_asks_to_decide_and_the_decision_is_forecast_by_name_told_and_taken_back(
    app: Flask, irene: Browser, ada: Browser, edited: int, log: Any
) -> None:
    desk = irene.get("/instructor").text
    assert RULES in desk
    assert "Recorded results stand under" in desk
    page = irene.get(RULES).text
    assert "Ada Learner" in page
    assert "Not passed any more" in page
    assert "60% was needed" in ada.get(f"/attempts/{edited}/result").text
    refused = irene.post(RULES, {"seen": seal_of(page)})
    assert refused.status_code == 422
    assert "Please give a reason." in refused.text
    assert of(app, edited)[2] is True
    done = irene.post(RULES, {"seen": seal_of(page), "reason": "As the exam board says."})
    assert done.status_code == 303
    assert of(app, edited)[2] is False
    assert log()[-1] == ("grades.changed", "quiz:every-type", "As the exam board says.")
    assert RULES not in irene.get("/instructor").text
    for address in ("/", f"/attempts/{edited}/result"):
        told = ada.get(address).text
        assert "As the exam board says." in told, address
        assert "Not passed any more" in told
    note = re.search(r'name="note" value="(\d+)"', told)
    assert note
    assert ada.post("/notes/seen", {"note": note[1], "attempt": str(edited)}).status_code == 303
    assert "As the exam board says." not in ada.get("/").text

    change = "/instructor/grade-changes/1"
    assert change in irene.get("/instructor/grade-changes").text
    assert "Ada Learner" in irene.get(change).text
    asked = irene.post(f"{change}/undo", {"reason": "Announced too late."})
    assert asked.status_code == 409
    assert "Now passed" in asked.text
    assert of(app, edited)[2] is False
    back = irene.post(f"{change}/undo", {"reason": "Announced too late.", "seen": seal_of(asked.text)})
    assert back.status_code == 303
    assert of(app, edited)[2] is True
    assert "An earlier change was taken back." in ada.get("/").text


def test_what_is_recorded_can_be_left(app: Flask, irene: Browser, edited: int) -> None:
    assert irene.post(RULES, {"leave": "1", "reason": "From next year on."}).status_code == 303
    assert of(app, edited)[2] is True
    assert RULES not in irene.get("/instructor").text


def test_saving_a_quiz_says_that_what_is_recorded_stays(irene: Browser, edited: int, bank: Path) -> None:
    path = "/instructor/bank/file?path=course.yaml"
    page = irene.get(path).text
    digest = re.search(r'name="digest" value="([0-9a-f]*)"', page)
    assert digest
    text = (bank / "course.yaml").read_text().replace("pass_mark: 80", "pass_mark: 90")
    saved = irene.post(
        path, {"action": "save", "digest": digest[1], "text": text}, page=path, follow_redirects=True
    ).text
    assert "what is recorded stays under the rules" in saved
    assert RULES in saved


def test_other_instructors_neither_see_nor_undo_it(carl: Browser, irene: Browser, ada: Browser, edited: int) -> None:
    irene.post(RULES, {"seen": seal_of(irene.get(RULES).text), "reason": "Because."})
    assert "Nothing to decide" in carl.get(RULES).text
    assert "/instructor/grade-changes/1" not in carl.get("/instructor/grade-changes").text
    assert carl.get("/instructor/grade-changes/1").status_code == 404
    assert carl.post("/instructor/grade-changes/1/undo", {"reason": "x"}).status_code == 404
    assert ada.get("/instructor/grade-changes/1").status_code == 403


def test_one_answer_is_decided_about_after_a_look_and_the_learner_reads_why(
    app: Flask, irene: Browser, ada: Browser, carl: Browser, taken: int, log: Any
) -> None:
    path = f"/instructor/attempts/{taken}/questions/9"
    assert path in irene.get(f"/instructor/attempts/{taken}").text
    assert path in irene.get(f"/attempts/{taken}/result").text
    assert path not in ada.get(f"/attempts/{taken}/result").text
    assert irene.post(path, {"points": "3", "reason": "x"}).status_code == 422, "more than the question is worth"
    assert irene.post(path, {"points": "NaN", "reason": "x"}).status_code == 422
    assert irene.post(path, {"points": "2", "reason": " "}).status_code == 422
    looked = irene.post(path, {"points": "2", "reason": "Also right."})
    assert looked.status_code == 409
    assert "68.75 → 81.25" in looked.text
    assert of(app, taken)[1] == 68.75
    sent = {"points": "2", "reason": "Also right.", "seen": seal_of(looked.text)}
    assert carl.post(path, sent).status_code == 404
    assert irene.post(path, sent).status_code == 303
    assert of(app, taken)[1] == 81.25
    assert log()[-1][0] == "grades.changed"
    result = ada.get(f"/attempts/{taken}/result").text
    assert "An instructor decided about this answer" in result
    assert "Also right." in result
    assert "until that is taken back" in irene.get(path).text


def test_nobody_decides_about_their_own_answer(app: Flask, irene: Browser, at_work: Any) -> None:
    with at_work(irene.user_id) as desk:
        own = desk.take("every-type").id
    assert irene.get(f"/instructor/attempts/{own}/questions/1").status_code == 404


def test_dates_that_change_results_are_forecast_on_their_page(
    app: Flask, irene: Browser, ada: Browser, at_work: Any, a_class: int, enrol: Any, clock: Clock
) -> None:
    enrol(a_class, ada.user_id)
    path = f"/instructor/cohorts/{a_class}/assignments/every-type"
    rules = {"zone": "UTC", "due_at": "2026-03-02T08:00", "late_policy": "penalty", "late_percent": "20"}
    irene.post(path, rules, page=path)
    with at_work(ada.user_id) as desk:
        attempt_id = desk.take("every-type").id
    assert of(app, attempt_id)[1] == 80
    later = rules | {"due_at": "2026-03-02T20:00"}
    asked = irene.post(path, later)
    assert asked.status_code == 409
    assert "Ada Learner" in asked.text
    assert "80 → 100" in asked.text
    assert of(app, attempt_id)[1] == 80
    assert irene.post(path, later | {"seen": seal_of(asked.text)}).status_code == 409, "and why?"
    done = irene.post(path, later | {"seen": seal_of(asked.text), "reason": "The bus was late."})
    assert done.status_code == 303
    assert of(app, attempt_id)[1] == 100
    assert "The bus was late." in ada.get("/").text
    withdrawn = irene.post(f"{path}/withdraw")
    assert withdrawn.status_code == 303, "it changes nobody's result"


def test_a_reset_attempt_has_a_page_that_says_so_and_why(
    app: Flask, irene: Browser, ada: Browser, carl: Browser, taken: int
) -> None:
    path = f"/instructor/attempts/{taken}/reset"
    asked = irene.post(path, {"reset-reason": "The projector showed the key."})
    assert asked.status_code == 409
    assert "68.75 → –" in asked.text
    irene.post(path, {"reset-reason": "The projector showed the key.", "reset-seen": seal_of(asked.text)})
    assert of(app, taken)[0] == "void"
    for address in (f"/attempts/{taken}/result", f"/attempts/{taken}"):
        page = ada.get(address, follow_redirects=True)
        assert page.status_code == 200
        assert "This attempt was reset" in page.text
        assert "The projector showed the key." in page.text
    assert carl.get(f"/attempts/{taken}/result").status_code == 404


@pytest.fixture
def carls(carl: Browser, ada: Browser, enrol: Any) -> int:
    """A class of Carl's with Ada in it."""
    made = carl.post("/instructor/cohorts/new", {"name": "History 11b"})
    cohort_id = int(made.location.rsplit("/", 1)[-1])
    enrol(cohort_id, ada.user_id)
    return cohort_id


@pytest.fixture
def under(app: Flask, irene: Browser, ada: Browser, at_work: Any, a_class: int, enrol: Any, carls: int) -> int:
    """An attempt that Ada, who is in Carl's class, too, handed in under an assignment of Irene's."""
    enrol(a_class, ada.user_id)
    path = f"/instructor/cohorts/{a_class}/assignments/every-type"
    irene.post(path, {"zone": "UTC", "late_policy": "accept"}, page=path)
    with at_work(ada.user_id) as desk:
        attempt = desk.take("every-type", lambda slot: slot.position < 9)
        assert attempt.assignment_id is not None
        return int(attempt.id)


def test_an_answer_is_decided_about_by_those_whose_class_set_the_quiz(
    app: Flask, irene: Browser, carl: Browser, adam: Browser, ada: Browser, browse: Any, make_user: Any, under: int
) -> None:
    """An instructor of another class of the learner overruled what was answered here."""
    stranger = browse(make_user(role="instructor", name="Sue", username="sue"))
    path, fields = f"/instructor/attempts/{under}/questions/9", {"points": "2", "reason": "Also right."}
    for browser, status in ((carl, 403), (ada, 403), (stranger, 404)):
        assert browser.get(path).status_code == status
        assert browser.post(path, fields).status_code == status
    for page in (f"/instructor/attempts/{under}", f"/attempts/{under}/result"):
        assert path not in carl.get(page).text
        assert path in irene.get(page).text
    before = of(app, under)
    sent = fields | {"seen": seal_of(irene.post(path, fields).text)}
    assert carl.post(path, sent).status_code == 403
    assert of(app, under) == before
    assert irene.post(path, sent).status_code == 303
    assert of(app, under)[1] != before[1]
    change = "/instructor/grade-changes/1"
    for browser, may in ((irene, True), (adam, True), (carl, False)):
        assert (f"{change}/undo" in browser.get(change).text) == may
    assert carl.post(f"{change}/undo", {"reason": "x"}).status_code == 404
    assert of(app, under)[1] != before[1], "nor taken back"
    fields = {"points": "1", "reason": "Half of it."}
    sent = fields | {"seen": seal_of(adam.post(path, fields).text)}
    assert adam.post(path, sent).status_code == 303


def test_setting_a_quiz_that_people_took_and_taking_that_back_says_whose_results_it_changes(
    app: Flask, irene: Browser, ada: Browser, at_work: Any, a_class: int, enrol: Any, log: Any
) -> None:
    """What was done before counts no more when the class is set the quiz: nobody was told."""
    enrol(a_class, ada.user_id)
    with at_work(ada.user_id) as desk:
        desk.take("every-type")
    path = f"/instructor/cohorts/{a_class}/assignments/every-type"
    rules = {"zone": "UTC", "late_policy": "accept"}
    asked = irene.post(path, rules, page=path)
    assert asked.status_code == 409
    assert "Ada Learner" in asked.text
    assert "100 → –" in asked.text
    sent = rules | {"seen": seal_of(asked.text), "reason": "It is an exam now."}
    assert irene.post(path, sent).status_code == 303
    assert "It is an exam now." in ada.get("/").text
    with at_work(ada.user_id) as desk:
        attempt_id = desk.take("every-type", lambda slot: slot.position < 5).id
    recorded = of(app, attempt_id)

    asked = irene.post(f"{path}/withdraw", {"seen": ""})
    assert asked.status_code == 409
    assert "Ada Learner" in asked.text
    assert of(app, attempt_id) == recorded
    assert irene.post(f"{path}/withdraw", {"seen": seal_of(asked.text)}).status_code == 409, "and why?"
    sent = {"seen": seal_of(asked.text), "reason": "Too easy."}
    assert irene.post(f"{path}/withdraw", sent).status_code == 303
    assert of(app, attempt_id) == recorded, "what was recorded for the attempt stays"
    assert log()[-1] == ("grades.changed", log()[-2][1], "Too easy.")
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert entry.details["before"]["late_policy"] == "accept"
        assert entry.details["after"] == {}
        assert [row["to"] for row in entry.details["results"]] == [100.0]
    assert "Too easy." in ada.get("/").text

    change = "/instructor/grade-changes/2"
    asked = irene.post(f"{change}/undo", {"reason": "Not so easy."})
    assert asked.status_code == 409
    sent = {"reason": "Not so easy.", "seen": seal_of(asked.text)}
    assert irene.post(f"{change}/undo", sent).status_code == 303
    assert "Not so easy." in ada.get("/").text
    assert path in irene.get(f"/instructor/cohorts/{a_class}/assignments").text
    assert irene.post(path, rules).status_code == 303, "the assignment is there again, with the rules it had"


def test_what_one_class_decided_is_not_for_those_of_another_class_of_the_learner(
    app: Flask, irene: Browser, carl: Browser, ada: Browser, a_class: int, enrol: Any, at_work: Any, clock: Clock
) -> None:
    """H4: reasons, quiet logs, and the power to overrule and take back, came with any class that a learner was in."""
    other = int(carl.post("/instructor/cohorts/new", {"name": "Chess club"}).location.rsplit("/", 1)[-1])
    enrol(a_class, ada.user_id)
    enrol(other, ada.user_id)
    with at_work(ada.user_id) as desk:
        db.session.add(Assignment(cohort_id=a_class, quiz_id="every-type", created_at=clock()))
        db.session.flush()
        attempt_id = desk.take("every-type", lambda slot: slot.position <= 7).id
        db.session.add(AttemptNote(attempt_id=attempt_id, kind=NoteKind.LEFT, at=clock()))
        db.session.commit()
    page, answer = f"/instructor/attempts/{attempt_id}", f"/instructor/attempts/{attempt_id}/questions/9"
    assert "the page was left or hidden" in irene.get(page).text
    seen_by_carl = carl.get(page)
    assert seen_by_carl.status_code == 200
    assert "the page was left or hidden" not in seen_by_carl.text
    assert answer not in seen_by_carl.text
    assert answer not in carl.get(f"/attempts/{attempt_id}/result").text
    assert carl.get(answer).status_code == 403
    assert carl.post(answer, {"points": "2", "reason": "As I like it."}).status_code == 403
    looked = irene.post(answer, {"points": "2", "reason": "She was ill."})
    assert (
        irene.post(answer, {"points": "2", "reason": "She was ill.", "seen": seal_of(looked.text)}).status_code == 303
    )
    change = "/instructor/grade-changes/1"
    assert "She was ill." in irene.get(change).text
    assert "She was ill." not in carl.get("/instructor/grade-changes").text
    assert carl.get(change).status_code == 404
    assert carl.post(f"{change}/undo", {"reason": "x"}).status_code == 404
    with app.app_context():
        db.session.execute(delete(CohortInstructor).where(CohortInstructor.cohort_id == a_class))
        db.session.commit()
    back = irene.post(f"{change}/undo", {"reason": "I left that class."}, follow_redirects=True)
    assert "can’t be taken back" in back.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(RecordedChange)) == 1


def test_a_long_list_of_changes_comes_in_pages(irene: Browser, edited: int, monkeypatch: pytest.MonkeyPatch) -> None:
    irene.post(RULES, {"seen": seal_of(irene.get(RULES).text), "reason": "As the exam board says."})
    change = "/instructor/grade-changes/1"
    asked = irene.post(f"{change}/undo", {"reason": "Announced too late."})
    irene.post(f"{change}/undo", {"reason": "Announced too late.", "seen": seal_of(asked.text)})
    monkeypatch.setattr(grade_changes, "PAGE", 1)
    first = irene.get("/instructor/grade-changes")
    assert first.status_code == 200
    assert "Announced too late." in first.text
    assert "/instructor/grade-changes?page=2" in first.text
    assert "As the exam board says." in irene.get("/instructor/grade-changes?page=2").text


def test_a_reason_that_is_needed_is_not_called_optional(irene: Browser, edited: int) -> None:
    label = re.search('<label for="reason">.*?</label>', irene.get(RULES).text)
    assert label
    assert "optional" not in label[0]
