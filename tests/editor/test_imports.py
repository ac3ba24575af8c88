"""Questions of another program, brought in with the browser: sent, looked at, imported as one change, taken back."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from tests.conftest import ROOT, token_of
from tests.editor.conftest import FormReader, Screen, fields_of
from tests.pictures import picture
from webapp.accounts import personal_data
from webapp.accounts.models import User
from webapp.audit.models import AuditEntry
from webapp.content.course.loading import load_course
from webapp.database import db
from webapp.editor.models import ContentVersion, QuestionImport
from webapp.web import retention

PAGE = "/instructor/bank/import"
GIFT = """\
::Boiling::At sea level, water boils at how many °C?{#100:0.5}

::Warm::Which is warm?{=Red ~%50%Orange ~Blue}

::Leaf::Tea comes from a leaf.{T}

Only a text.
"""
INTO = "1-tea/questions.yaml"


class Import(Screen):
    """Somebody who brings in a file, from the page on which they choose it to the one that tells what was done."""

    def send(self, raw: str | bytes, name: str = "old.gift", into: str = INTO, **more: str) -> Import:
        page = self.client.get(PAGE)
        form = FormReader("upload").read(page.text)
        assert form is not None, page.text
        data: dict[str, Any] = {**fields_of(form).to_dict(), "into": into, **more}
        data["file"] = (io.BytesIO(raw.encode() if isinstance(raw, str) else raw), name)
        answer = self.client.post(PAGE, data=data, content_type="multipart/form-data", follow_redirects=True)
        self.show(answer)
        return self

    def press_on(self, form_id: str, action: str = "", *, tick: list[str] | None = None, **more: str) -> Import:
        form = self.form(form_id)
        assert form is not None, self.text
        data: MultiDict[str, str] = fields_of(form)
        if tick is not None:
            data.setlist("take", tick)
        data.update({"action": action, **more})
        self.show(self.client.post(form.get("action"), data=data, follow_redirects=True))
        return self

    @property
    def said(self) -> str:
        words = re.sub(r"<[^>]+>", " ", self.text.split("<main", 1)[1])
        return " ".join(words.split())


@pytest.fixture
def desk(client: FlaskClient, instructor: int, sign_in: Callable[..., Any]) -> Import:
    return Import(sign_in(client, instructor))


def versions(app: Flask) -> list[tuple[str, str, str]]:
    with app.app_context():
        kept = db.session.scalars(select(ContentVersion).order_by(ContentVersion.id))
        return [(each.path, each.origin, each.note) for each in kept if each.origin != "found"]


def test_a_file_becomes_a_plan_then_one_change_and_goes_back_as_one(desk: Import, bank: Path, app: Flask) -> None:
    before = (bank / INTO).read_bytes()
    desk.send(GIFT)
    assert desk.status == 200
    assert "4 items in the file: 2 carried 1 carried with losses 1 left out" in desk.said
    assert "new: 3 left out: 1" in desk.said
    assert "answers that earned a part of the points earn nothing" in desk.said
    assert "add them to the right answers, if they should count" in desk.said
    assert "Import 3 questions" in desk.said
    assert (bank / INTO).read_bytes() == before, "nothing is changed by looking"

    desk.press_on("plan", "import")
    assert "3 questions are new." in desk.said
    course = load_course(bank)
    assert [question.id for question in course.questions if question.source] == ["boiling", "warm", "leaf"]
    ((path, origin, note),) = versions(app)
    assert (path, origin) == (INTO, "browser")
    assert note == "3 questions from old.gift"
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "questions.imported")).one()
        assert (entry.actor_name, entry.subject) == ("Ines Tructor", "old.gift")
        assert db.session.scalars(select(QuestionImport)).one().content is None, "what was sent is kept no longer"

    desk.press_on("back")
    assert "The import is taken back" in desk.text
    assert (bank / INTO).read_bytes() == before
    assert [each[1] for each in versions(app)] == ["browser", "restore"]
    assert desk.form("back") is None, "once is enough"


def test_the_same_file_again_doubles_nothing_and_an_edited_one_changes_a_question(desk: Import, bank: Path) -> None:
    desk.send(GIFT).press_on("plan", "import")
    once = (bank / INTO).read_bytes()
    desk.send(GIFT, into="mixed/questions.yaml")
    assert "is here already: 3" in desk.said
    assert "There is nothing in it that would change the course." in desk.said
    assert "Import 0" not in desk.said
    desk.send(GIFT.replace("Which is warm?", "Which one is warm?"))
    assert "changes one that is here: 1 is here already: 2" in desk.said
    assert "Which<ins> one</ins> is warm?" in desk.text
    desk.press_on("plan", "import")
    assert "0 questions are new. 1 question was changed." in desk.said
    assert (bank / INTO).read_bytes() == once.replace(b"Which is warm?", b"Which one is warm?").replace(
        *(re.search(rb"source: \S*warm\S*", text)[0] for text in (once, (bank / INTO).read_bytes()))  # type: ignore[index]
    )


def test_the_sheet_of_the_documentation_is_a_question(desk: Import) -> None:
    text = (ROOT / "docs" / "bring-your-questions.md").read_text()
    desk.send(text.split("```csv\n")[1].split("```")[0], "sheet.csv")
    assert "1 item in the file: 1 carried 0 carried with losses 0 left out" in desk.said
    assert "Right answer: Red" in desk.said


def test_only_what_is_ticked_is_imported(desk: Import, bank: Path) -> None:
    desk.send(GIFT).press_on("plan", "import", tick=["warm"])
    assert "1 question is new." in desk.said
    assert [question.id for question in load_course(bank).questions if question.source] == ["warm"]


def test_nothing_ticked_imports_nothing(desk: Import, bank: Path) -> None:
    desk.send(GIFT).press_on("plan", "import", tick=[])
    assert desk.status == 422
    assert "Choose what is to be imported." in desk.said
    assert all(question.source is None for question in load_course(bank).questions)


def test_what_is_ticked_is_kept_from_page_to_page(desk: Import, bank: Path) -> None:
    many = "\n\n".join(f"::Sum {number}::What is {number} and {number}?{{#{2 * number}}}" for number in range(70))
    desk.send(many)
    assert "Import 70 questions" in desk.said
    assert "Page 1 of 2" in desk.said
    desk.press_on("plan", "page:2", tick=["sum-3"])
    assert "Page 2 of 2" in desk.said
    assert "Import 21 questions" in desk.said
    desk.press_on("plan", "page:1")
    assert 'value="sum-3" checked' in desk.text
    assert 'value="sum-4" checked' not in desk.text
    desk.press_on("plan", "import")
    assert "21 questions are new." in desk.said


def test_pictures_come_with_the_questions_and_go_with_them(desk: Import, bank: Path) -> None:
    packed = base64.b64encode(picture(size=(31, 17))).decode()
    raw = f"""<quiz><question type="truefalse"><name><text>Seen</text></name><questiontext format="html">
        <text><![CDATA[What is this? <img src="@@PLUGINFILE@@/leaf.png" alt="Three leaves">]]></text>
        <file name="leaf.png" encoding="base64">{packed}</file></questiontext>
        <answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>
        </question></quiz>"""
    there = set((bank / "media").iterdir())
    desk.send(raw, "q.xml").press_on("plan", "import")
    assert "1 picture came with them." in desk.said
    (new,) = set((bank / "media").iterdir()) - there
    assert new.read_bytes() == picture(size=(31, 17))
    desk.press_on("back")
    assert set((bank / "media").iterdir()) == there


def test_an_import_does_not_go_back_over_what_was_edited_since(desk: Import, bank: Path) -> None:
    desk.send(GIFT).press_on("plan", "import")
    edited = (bank / INTO).read_text() + "\n# a note of mine\n"
    (bank / INTO).write_text(edited)
    desk.press_on("back")
    assert desk.status == 409
    assert "Nothing was changed: a file that the import wrote was changed since." in desk.said
    assert (bank / INTO).read_text() == edited


def test_a_plan_of_another_edition_of_the_course_is_shown_again_and_not_carried_out(desk: Import, bank: Path) -> None:
    desk.send(GIFT)
    with (bank / INTO).open("a") as file:
        file.write("  - id: warm\n    type: true_false\n    stem: Tea is warm.\n    answer: true\n")
    desk.press_on("plan", "import")
    assert desk.status == 409
    assert "the course has changed since you opened this page" in desk.said
    assert 'value="warm-2" checked' in desk.text
    desk.press_on("plan", "import")
    assert "3 questions are new." in desk.said


def answered(app: Flask, make_user: Any, sign_in: Any, quiz: str) -> None:
    """Somebody hands in a quiz."""
    learner = sign_in(app.test_client(), make_user("learner", username="lea"))
    token = token_of(learner.get(f"/quizzes/{quiz}").text)
    begun = learner.post(f"/quizzes/{quiz}/attempts", data={"csrf_token": token})
    attempt = re.search(r"/attempts/(\d+)", begun.headers["Location"])[1]  # type: ignore[index]
    learner.post(f"/attempts/{attempt}/submit", data={"csrf_token": token})


def test_another_key_for_a_question_that_was_answered_has_to_be_confirmed(
    desk: Import, bank: Path, app: Flask, make_user: Any, sign_in: Any
) -> None:
    file = bank / "course.yaml"
    quiz = "\n  - id: old-ones\n    title: Old ones\n    draw:\n      - {count: 1, questions: [leaf]}\n"
    desk.send(GIFT).press_on("plan", "import")
    file.write_text(file.read_text().rstrip() + quiz)
    answered(app, make_user, sign_in, "old-ones")
    before = (bank / INTO).read_bytes()

    desk.send(GIFT.replace("{T}", "{F}")).press_on("plan", "import")
    assert desk.status == 409
    assert "This touches questions in use" in desk.said
    assert "The key moves from" in desk.said
    assert (bank / INTO).read_bytes() == before
    seal = re.search(r'value="confirm:([0-9a-f]+)"', desk.text)
    assert seal is not None
    desk.press_on("plan", "confirm:0123")
    assert (bank / INTO).read_bytes() == before, "a seal of something else confirms nothing"
    desk.press_on("plan", f"confirm:{seal[1]}")
    assert "1 question was changed." in desk.said
    question = load_course(bank).question("leaf")
    assert question is not None
    assert question.answer is False  # type: ignore[attr-defined]
    assert "leaf: The key moves" in versions(app)[-1][2]

    # Everybody who answered met the question as it becomes again, so there is nothing to confirm.
    desk.press_on("back")
    assert (bank / INTO).read_bytes() == before


def test_taking_back_a_key_that_somebody_met_has_to_be_confirmed(
    desk: Import, bank: Path, app: Flask, make_user: Any, sign_in: Any
) -> None:
    quiz = "\n  - id: old-ones\n    title: Old ones\n    draw:\n      - {count: 1, questions: [leaf]}\n"
    desk.send(GIFT).press_on("plan", "import")
    (bank / "course.yaml").write_text((bank / "course.yaml").read_text().rstrip() + quiz)
    before = (bank / INTO).read_bytes()
    desk.send(GIFT.replace("{T}", "{F}")).press_on("plan", "import")
    answered(app, make_user, sign_in, "old-ones")
    after = (bank / INTO).read_bytes()
    desk.press_on("back")
    assert desk.status == 409
    assert "The key moves from" in desk.said
    assert (bank / INTO).read_bytes() == after
    seal = re.search(r'value="confirm:([0-9a-f]+)"', desk.text)
    assert seal is not None
    desk.press_on("back", f"confirm:{seal[1]}")
    assert (bank / INTO).read_bytes() == before


def test_taking_back_questions_that_were_answered_needs_a_reason(
    desk: Import, bank: Path, app: Flask, make_user: Any, sign_in: Any
) -> None:
    before = (bank / INTO).read_bytes()
    desk.send(GIFT).press_on("plan", "import")
    place = desk.response.request.full_path
    file = bank / "course.yaml"
    course = file.read_text()
    file.write_text(course.rstrip() + "\n  - id: o\n    title: O\n    draw:\n      - {count: 1, questions: [leaf]}\n")
    answered(app, make_user, sign_in, "o")
    file.write_text(course)
    imported = (bank / INTO).read_bytes()
    desk.open(place).press_on("back")
    assert desk.status == 409
    assert "This takes out what is in use" in desk.said
    assert (bank / INTO).read_bytes() == imported
    action = re.search(r'<form method="post" action="([^"]*take-back[^"]*)"', desk.text)
    assert action is not None
    token = token_of(desk.text)
    desk.show(desk.client.post(action[1], data={"csrf_token": token, "reason": "Wrong course."}, follow_redirects=True))
    assert "The import is taken back" in desk.text
    assert (bank / INTO).read_bytes() == before


# --- who, and what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}/plan?of=1"])
def test_who_writes_nothing_here_brings_in_nothing(
    app: Flask, client: FlaskClient, make_user: Any, sign_in: Any, desk: Import, bank: Path, address: str
) -> None:
    desk.send(GIFT)
    before = (bank / INTO).read_bytes()
    learner = sign_in(app.test_client(), make_user("learner", username="lea"))
    token = learner.get("/session").json["token"]
    assert learner.get(address).status_code == 403
    assert learner.post(address, data={"csrf_token": token, "action": "import"}).status_code == 403
    assert app.test_client().get(address).status_code in (302, 303)
    assert (bank / INTO).read_bytes() == before


def test_a_file_that_waits_is_its_senders_alone(desk: Import, another_screen: Callable[[], Screen], bank: Path) -> None:
    desk.send(GIFT)
    address = f"{urlsplit(desk.response.request.path).path}?{desk.response.request.query_string.decode()}"
    other = another_screen().open(address)
    assert "That file is not here any more." in other.text
    desk.press_on("plan", "import")
    assert "3 questions are new." in another_screen_text(other, address), "but what was imported is everybody's"


def another_screen_text(screen: Screen, address: str) -> str:
    return re.sub(r"\s+", " ", screen.open(address).text)


def bomb() -> bytes:
    with zipfile.ZipFile(raw := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("imsmanifest.xml", b"<manifest>" + b" " * 40_000_000)
    return raw.getvalue()


@pytest.mark.parametrize(
    ("raw", "name", "said"),
    [
        (bomb(), "bomb.zip", "far larger"),
        (b"PK\x03\x04 broken", "broken.zip", "The file is no zip"),
        (b"\x00\x01\x02\xff" * 50, "cat.gif", "no file of questions"),
        (
            b'<!DOCTYPE q [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><quiz>&b;</quiz>',
            "laugh.xml",
            "declares entities of its own",
        ),
        (b" ", "empty.gift", "nothing in the file"),
        (GIFT.encode(), "old.gift", "Not a valid choice"),
    ],
    ids=["bomb", "broken", "no questions", "entities", "empty", "no such format"],
)
def test_what_can_not_be_read_gets_a_sentence(desk: Import, app: Flask, raw: bytes, name: str, said: str) -> None:
    formats = {"bomb.zip": "qti2", "broken.zip": "qti3", "laugh.xml": "moodle", "old.gift": "no-such"}
    desk.send(raw, name, format=formats.get(name, ""))
    assert desk.status == 422
    assert "to put right" in desk.said
    assert said in desk.said
    with app.app_context():
        assert db.session.scalars(select(QuestionImport)).all() == []


def test_without_a_file_the_page_asks_for_one(desk: Import) -> None:
    desk.send(b"", "")
    assert desk.status == 422
    assert "Choose a file." in desk.said


def test_what_was_sent_to_be_imported_is_not_kept_for_ever(desk: Import, app: Flask, clock: Any) -> None:
    for _time in range(4):
        desk.send(GIFT)
    with app.app_context():
        assert len(db.session.scalars(select(QuestionImport)).all()) == 3, "of one person a few wait"
    desk.press_on("plan", "import")
    clock.at += timedelta(days=2)
    with app.app_context():
        retention.tidy(clock.at)
        assert len(db.session.scalars(select(QuestionImport)).all()) == 1, "what was imported is told of"
        retention.tidy(clock.at + timedelta(days=30))
        assert db.session.scalars(select(QuestionImport)).all() == []


def test_a_file_can_be_dropped(desk: Import, app: Flask) -> None:
    desk.send(GIFT).press_on("plan", "drop")
    assert "Send a file" in desk.said
    with app.app_context():
        assert db.session.scalars(select(QuestionImport)).all() == []


def test_what_was_sent_is_its_senders_own_data(desk: Import, app: Flask, instructor: int, clock: Any) -> None:
    desk.send(GIFT)
    with app.test_request_context():
        (kind,) = [each for each in personal_data.all_kinds() if each.name == "imported_questions"]
        user = db.session.get_one(User, instructor)
        assert [each["file"] for each in kind.export(user, clock.at)] == ["old.gift"]
        assert [fate.number for fate in kind.fates(user)] == [1]
        kind.erase(user)
        assert kind.export(user, clock.at) == []
