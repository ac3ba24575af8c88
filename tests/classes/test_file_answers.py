"""Answers that are files: handed in on the question's page, downloaded by those who may, graded like any other."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.conftest import Clock
from tests.quizzes.conftest import Paper
from tests.quizzes.test_file_kinds import docx
from webapp.accounts import data_file
from webapp.accounts import service as accounts
from webapp.accounts.models import User
from webapp.content.course import revision
from webapp.content.course.loading import load_course
from webapp.database import db
from webapp.quizzes import retention
from webapp.quizzes.answer_files import keeping, kinds
from webapp.quizzes.answer_files.models import AnswerFile
from webapp.quizzes.conditions import Conditions
from webapp.quizzes.models import Assignment, Attempt, Slot, Step

from .conftest import Browser

pytestmark = pytest.mark.usefixtures("bank")

QUESTIONS = """\
questions:
  - id: bring-a-file
    type: essay
    facts: [yeast-gas]
    section: rising
    level: evaluate
    stem: Why does bread rise? Draw it.
    explanation: The yeast makes gas.
    rubric: [{text: Says that the gas comes back, points: 4}]
    takes: either
  - id: only-a-file
    type: essay
    facts: [yeast-gas]
    section: rising
    level: evaluate
    stem: Draw a loaf.
    explanation: The yeast makes gas.
    rubric: [{text: It is a loaf, points: 2}]
    takes: file
  - id: only-a-text
    type: essay
    facts: [yeast-gas]
    section: rising
    level: evaluate
    stem: Say what a loaf is.
    explanation: The yeast makes gas.
    rubric: [{text: It says so, points: 2}]
"""
QUIZZES = """\
  - id: files
    title: Bring a file
    kind: quiz
    summary: Files that are graded by people.
    draw: [{count: 3, questions: [bring-a-file, only-a-file, only-a-text]}]
    shuffle_questions: false
    time_limit: 30
"""
PDF = b"%PDF-1.7\n<html><script>alert(1)</script>"


@pytest.fixture
def bank(bank: Path) -> Path:
    (bank / "2-bread" / "files.yaml").write_text(QUESTIONS, encoding="utf-8")
    with (bank / "course.yaml").open("a", encoding="utf-8") as file:
        file.write(QUIZZES)
    return bank


@pytest.fixture
def begun(a_class: int, enrol: Any, ada: Browser, at_work: Any) -> int:
    """Ada, who is in Irene's class, has begun; the attempt's id."""
    enrol(a_class, ada.user_id)
    with at_work(ada.user_id) as desk:
        return int(desk.start("files").id)


def address(attempt_id: int, position: int = 1) -> str:
    return f"/attempts/{attempt_id}/questions/{position}/file"


def send(person: Browser, attempt_id: int, raw: bytes = PDF, name: str = "loaf.pdf", position: int = 1) -> Any:
    """Hands in what the page's form sends, with the file that the page shows; the page that follows."""
    page = person.get(f"/attempts/{attempt_id}/questions/{position}")
    shown = re.search(r'name="replaces" value="(\d+)"', page.text)
    fields = {"file": (io.BytesIO(raw), name), "replaces": shown[1] if shown else "0"}
    return person.post(address(attempt_id, position), fields, follow_redirects=True)


def slot_of(app: Flask, attempt_id: int, position: int = 1) -> Slot:
    with app.app_context():
        slot = db.session.scalars(select(Slot).filter_by(attempt_id=attempt_id, position=position)).one()
        db.session.expunge(slot)
        return slot


def kept(app: Flask) -> list[tuple[str, bytes]]:
    with app.app_context():
        return [(row.name, row.content) for row in db.session.scalars(select(AnswerFile).order_by(AnswerFile.id))]


def submit(at_work: Any, person: Browser, attempt_id: int) -> None:
    with at_work(person.user_id) as desk:
        desk.submit(db.session.get_one(Attempt, attempt_id))


def test_the_course_is_sound_and_the_page_asks_for_a_file(bank: Path, begun: int, ada: Browser) -> None:
    course = load_course(bank)
    assert course.question("bring-a-file") is not None
    either, only, text = (ada.get(f"/attempts/{begun}/questions/{number}").text for number in (1, 2, 3))
    assert 'type="file"' in either
    assert "<textarea" in either
    assert 'type="file"' in only
    assert "<textarea" not in only
    assert 'type="file"' not in text
    assert "<textarea" in text
    assert re.search(rf'enctype="multipart/form-data" action="[^"]*{address(begun)}"', either)


def test_essays_without_files_keep_their_revision(bank: Path) -> None:
    course = load_course(bank)
    text, either = course.question("only-a-text"), course.question("bring-a-file")
    assert text is not None
    assert either is not None
    assert "takes" not in revision.body(text)
    assert revision.body(either)["takes"] == "either"


def test_a_file_is_handed_in_replaced_and_taken_back(app: Flask, begun: int, ada: Browser) -> None:
    page = send(ada, begun)
    assert page.status_code == 200
    assert "“loaf.pdf” is handed in." in page.text
    assert kept(app) == [("loaf.pdf", PDF)]
    slot = slot_of(app, begun)
    assert slot.sequence == 1
    assert slot.response is not None
    assert slot.response["file"]["name"] == "loaf.pdf"
    page = send(ada, begun, docx(), "better.docx")
    assert kept(app) == [("better.docx", docx())]
    taken = re.search(r'name="taken" value="(\d+)"', page.text)
    assert taken is not None
    page = ada.post(address(begun) + "/take-back", {"taken": taken[1]}, follow_redirects=True)
    assert "taken back" in page.text
    assert kept(app) == []
    assert slot_of(app, begun).response is None
    with app.app_context():
        said = [(step.response or {}).get("file", {}).get("name") for step in db.session.scalars(select(Step))]
    assert said == ["loaf.pdf", "better.docx", None]


def test_a_file_sent_twice_is_one_answer(app: Flask, begun: int, ada: Browser) -> None:
    for _ in range(2):
        ada.post(address(begun), {"file": (io.BytesIO(PDF), "loaf.pdf"), "replaces": "0"})
    assert slot_of(app, begun).sequence == 1
    assert len(kept(app)) == 1


def test_a_page_that_shows_another_file_changes_nothing(app: Flask, begun: int, ada: Browser) -> None:
    send(ada, begun)
    old = {"file": (io.BytesIO(docx()), "old.docx"), "replaces": "0"}
    page = ada.post(address(begun), old, follow_redirects=True)
    assert "Meanwhile the file was replaced" in page.text
    page = ada.post(address(begun) + "/take-back", {"taken": "999"}, follow_redirects=True)
    assert "Meanwhile the file was replaced" in page.text
    assert kept(app) == [("loaf.pdf", PDF)]
    assert slot_of(app, begun).sequence == 1


def test_text_and_file_do_not_undo_each_other(app: Flask, begun: int, ada: Browser) -> None:
    form = f"/attempts/{begun}/questions/1"
    ada.post(form, {"sequence": "0", "answer-text": "Gas.", "action": "save"})
    send(ada, begun)
    # The page of the text was loaded before the file was handed in.
    answer = ada.post(form, {"sequence": "1", "answer-text": "Gas!", "action": "save"})
    assert answer.status_code == 303
    response = slot_of(app, begun).response
    assert response is not None
    assert response["text"] == "Gas!"
    assert response["file"]["name"] == "loaf.pdf"
    # One that knows neither this text nor the file is from elsewhere.
    assert ada.post(form, {"sequence": "0", "answer-text": "Other.", "action": "save"}).status_code == 409
    answer = ada.post(form, {"sequence": "3", "answer-text": "", "action": "save"})
    assert answer.status_code == 303
    response = slot_of(app, begun).response
    assert response is not None
    assert set(response) == {"file"}


@pytest.mark.parametrize(
    ("raw", "name", "words"),
    [
        (b"", "a.pdf", "The file is empty"),
        (b"MZ\x90\x00", "a.pdf", "none of these"),
        (docx(**{"word/vbaProject.bin": b"1"}), "a.docx", "has macros"),
        (b"%PDF-" + b"a" * (kinds.LARGEST - 4), "a.pdf", "10 megabytes at most"),
        (PDF, "", "choose a file first"),
    ],
)
def test_what_is_refused_says_why(app: Flask, begun: int, ada: Browser, raw: bytes, name: str, words: str) -> None:
    page = send(ada, begun, raw, name)
    assert words in page.text
    assert kept(app) == []
    assert slot_of(app, begun).sequence == 0


def test_ten_megabytes_arrive_whole(app: Flask, begun: int, ada: Browser) -> None:
    raw = b"%PDF-" + b"a" * (kinds.LARGEST - 5)
    assert "is handed in" in send(ada, begun, raw).text
    assert kept(app)[0][1] == raw


def test_a_paper_has_a_quota(app: Flask, begun: int, ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_OF_ATTEMPT", len(PDF) + 5)
    send(ada, begun)
    assert "together with your other files" in send(ada, begun, PDF, position=2).text
    # What it replaces makes room.
    assert "is handed in" in send(ada, begun, PDF + b"12345").text


def test_only_an_essay_that_takes_one_gets_a_file(app: Flask, begun: int, ada: Browser) -> None:
    assert send(ada, begun, position=3).status_code == 404
    assert kept(app) == []


def test_after_the_deadline_and_after_handing_in_none_is_taken(
    app: Flask, begun: int, ada: Browser, clock: Clock
) -> None:
    send(ada, begun)
    clock.advance(minutes=40)
    late = {"file": (io.BytesIO(docx()), "late.docx"), "replaces": "1"}
    page = ada.post(address(begun), late, follow_redirects=True)
    assert "No more answers are taken here" in page.text
    assert kept(app) == [("loaf.pdf", PDF)]
    with app.app_context():
        assert db.session.get_one(Attempt, begun).is_submitted
    ada.post(address(begun), {"file": (io.BytesIO(docx()), "late.docx"), "replaces": "1"})
    ada.post(address(begun) + "/take-back", {"taken": "1"})
    assert kept(app) == [("loaf.pdf", PDF)]


def test_who_gets_the_file(
    begun: int, ada: Browser, irene: Browser, carl: Browser, make_user: Any, browse: Any, at_work: Any
) -> None:
    send(ada, begun, name="../Löwen 汉字.pdf")
    other = browse(make_user(name="Bo", username="bo"))
    assert ada.get(address(begun)).data == PDF
    # While it is written, it is its learner's alone.
    assert [person.get(address(begun)).status_code for person in (other, irene, carl)] == [404, 404, 404]
    submit(at_work, ada, begun)
    assert [person.get(address(begun)).status_code for person in (other, irene, carl)] == [404, 200, 404]
    got = irene.get(address(begun))
    assert got.data == PDF
    assert got.mimetype == "application/pdf"
    headers = got.headers
    assert headers["Content-Disposition"] == (
        "attachment; filename=\"L_wen __.pdf\"; filename*=UTF-8''L%C3%B6wen%20%E6%B1%89%E5%AD%97.pdf"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "no-store"
    nameless = irene.get(address(begun) + "?nameless=1").headers["Content-Disposition"]
    assert re.fullmatch(r"attachment; filename=\"answer-\d+\.pdf\"; .*", nameless)
    assert irene.get(address(begun, 2)).status_code == 404


def test_it_is_graded_with_its_name_hidden_or_not(
    app: Flask, begun: int, ada: Browser, irene: Browser, at_work: Any
) -> None:
    send(ada, begun, name="Ada.pdf")
    send(ada, begun, docx(), "loaf.docx", position=2)
    submit(at_work, ada, begun)
    slot = slot_of(app, begun)
    page = irene.get(f"/instructor/grading/{slot.id}").text
    assert "Ada.pdf" in page
    assert address(begun) in page
    irene.post("/instructor/grading/names")
    page = irene.get(f"/instructor/grading/{slot.id}").text
    assert "Ada" not in page
    assert "The file that was handed in" in page
    assert address(begun) + "?nameless=1" in page
    for each, points in ((slot, "4"), (slot_of(app, begun, 2), "2")):
        assert irene.post(f"/instructor/grading/{each.id}", {"points_0": points, "comment": ""}).status_code == 303
    result = ada.get(f"/attempts/{begun}/result").text
    assert "Ada.pdf" in result
    assert "loaf.docx" in result
    assert address(begun, 2) in result


def test_pages_and_exports_tell_of_it(
    app: Flask, begun: int, ada: Browser, irene: Browser, at_work: Any, clock: Clock
) -> None:
    send(ada, begun, docx(), "loaf.docx", position=2)
    assert "loaf.docx" in ada.get(f"/attempts/{begun}/questions/2").text
    mine = json.loads(ada.get("/account/data").data)
    answers = next(iter(mine["attempts"]))["answers"]
    assert answers[1]["file"]["name"] == "loaf.docx"
    assert answers[1]["answer"] == "[loaf.docx]"
    submit(at_work, ada, begun)
    rows = list(csv.DictReader(io.StringIO(irene.get("/instructor/responses.csv").get_data(as_text=True))))
    assert {row["question"]: row["response"] for row in rows}["only-a-file"] == "[loaf.docx]"
    with app.app_context(), app.test_request_context():
        user = db.session.get_one(User, ada.user_id)
        raw = data_file.as_zip(accounts.data_export(user, now=clock()), accounts.files_of(user))
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert archive.read("files/1-loaf.docx") == docx()


def test_the_exam_room_holds_for_files(app: Flask, begun: int, a_class: int, ada: Browser, clock: Clock) -> None:
    send(ada, begun)
    with app.app_context():
        here = Conditions(addresses=("10.20.0.0/16",))
        exam = Assignment(cohort_id=a_class, quiz_id="files", conditions=here, created_at=clock())
        db.session.add(exam)
        db.session.flush()
        db.session.get_one(Attempt, begun).assignment_id = exam.id
        db.session.commit()
    sent = {"file": (io.BytesIO(docx()), "late.docx"), "replaces": "1"}
    assert ada.post(address(begun), sent).status_code == 403
    assert ada.post(address(begun) + "/take-back", {"taken": "1"}).status_code == 403
    assert ada.get(address(begun)).status_code == 403
    assert kept(app) == [("loaf.pdf", PDF)]


def test_the_editor_shows_the_field_and_takes_nothing(irene: Browser) -> None:
    page = irene.get("/instructor/bank/questions/only-a-file").text
    field = re.search(r'<input type="file" id="file-preview"[^>]*>', page)
    assert field is not None
    assert " disabled " in field[0]
    assert "in a preview none is taken" in page


def test_it_goes_with_its_person(app: Flask, begun: int, ada: Browser, at_work: Any, clock: Clock) -> None:
    send(ada, begun, name="Ada Learner.pdf")
    submit(at_work, ada, begun)
    with app.app_context():
        user = db.session.get_one(User, ada.user_id)
        accounts.delete_account(user, now=clock(), by=None, with_results=False)
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(AnswerFile)) == 0
        slot = db.session.scalars(select(Slot).filter_by(attempt_id=begun, position=1)).one()
        assert slot.response is not None
        assert slot.response["file"]["name"] == "file.pdf"
        assert all("Learner" not in json.dumps(step.response) for step in db.session.scalars(select(Step)))


def test_it_goes_with_its_results_and_after_years(
    app: Flask, begun: int, ada: Browser, clock: Clock, at_work: Any
) -> None:
    send(ada, begun)
    send(ada, begun, position=2)
    with app.app_context():
        ids = db.session.scalars(retention.stale_files(clock())).all()
        assert not ids
        ids = db.session.scalars(retention.stale_files(clock() + timedelta(days=1096))).all()
        assert retention.remove_files(ids[:1], clock()) == 1
        user = db.session.get_one(User, ada.user_id)
        accounts.delete_account(user, now=clock(), by=None, with_results=True)
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(AnswerFile)) == 0


def test_guests_are_told_to_sign_in(client: Any) -> None:
    paper = Paper(client)
    paper.start("files")
    page = paper.get(1)
    assert "sign in with an account" in page.text
    assert 'type="file"' not in page.text
    sent = {"csrf_token": paper.token, "file": (io.BytesIO(PDF), "loaf.pdf"), "replaces": "0"}
    assert client.post(f"{paper.path}/questions/1/file", data=sent).status_code == 303
    assert paper.slot(1).response is None
