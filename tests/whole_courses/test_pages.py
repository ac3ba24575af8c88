"""A course made, copied, taken out and put back in the browser, on a server with several, with one, and with none."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.clients import TINY, within
from tests.conftest import TINY as FOLDER
from tests.conftest import session_of, token_of
from tests.several import write_several
from webapp.accounts import course_admission, course_roles, course_staff
from webapp.accounts.models import Admission, Cohort, CohortMember, CourseRole, User
from webapp.audit.models import AuditEntry
from webapp.classes import assignments, cohorts
from webapp.content.course.loading import load_course
from webapp.content.lint.run import lint
from webapp.content.translating import gaps
from webapp.database import db
from webapp.editor.models import ContentVersion
from webapp.quizzes import service as quizzes
from webapp.quizzes.models import Assignment
from webapp.web import bodies

NEW = "/new-course"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_several(tmp_path / "several", "salt", "tea")


@pytest.fixture
def school(make_app: Callable[..., Flask], folder: Path) -> Flask:
    return make_app(bank=folder)


@pytest.fixture
def person(school: Flask, make_user: Any) -> Callable[..., tuple[FlaskClient, int]]:
    def enter(role: str = "instructor", app: Flask = school, **more: Any) -> tuple[FlaskClient, int]:
        user_id = make_user(role=role, app=app, **more)
        client = FlaskClient(app, app.response_class)
        client.set_cookie("session", session_of(app, user_id))
        return client, user_id

    return enter


def send(client: FlaskClient, path: str = NEW, page: str | None = None, **fields: Any) -> Any:
    token = token_of(client.get(page or path).text)
    return client.post(path, data={"csrf_token": token, **fields}, content_type="multipart/form-data")


def own(app: Flask, course_id: str, user_id: int, now: Any) -> None:
    with app.app_context():
        user = db.session.get_one(User, user_id)
        course_staff.give(course_id, user, CourseRole.OWNER, by=user, now=now)
        db.session.commit()


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def zip_of(source: Path, name: str = "course", **instead: str) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(source.rglob("*")):
            if path.is_file():
                archive.write(path, f"{name}/{path.relative_to(source).as_posix()}")
        for path, text in instead.items():
            archive.writestr(f"{name}/{path}", text)
    stream.seek(0)
    return stream


def upload(stream: io.BytesIO, name: str = "tea.zip") -> tuple[io.BytesIO, str]:
    return io.BytesIO(stream.getvalue()), name


# --- from nothing -----------------------------------------------------------------------------------------------------


def test_where_there_is_one_course_it_is_said_what_to_move(course_app: Flask, person: Any, app: Flask) -> None:
    """The shipped course has its ledger in another folder: moved without that, it would not work."""
    client, _ = person(app=course_app)
    assert "moves question_bank and seeds into a new, empty folder" in client.get(NEW).text
    client, _ = person(app=app)
    assert " and seeds" not in client.get(NEW).text


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_a_new_course_works_belongs_to_its_maker_and_is_nobody_elses_to_see(
    school: Flask, folder: Path, person: Any, clock: Any, language: str
) -> None:
    client, user_id = person()
    made = send(client, source="nothing", title="Física: “moderna”", language=language)
    assert (made.status_code, made.headers["Location"]) == (303, "/courses/fisica-moderna")
    home = client.get("/courses/fisica-moderna")
    assert home.status_code == 200
    assert "Física: “moderna”" in home.text
    course = load_course(folder / "fisica-moderna")
    assert (course.id, course.language, len(course.pillars), len(course.quizzes)) == ("fisica-moderna", language, 1, 1)
    assert lint(course) == []
    assert [gap for each in course.translations for gap in gaps(course, each)] == []
    marked = "zu ersetzen" if language == "de" else "replace"
    assert all(marked in text for text in (course.summary.replace("replaced", "replace"), course.pillars[0].title,
                                           course.pillars[0].lesson.title, course.quizzes[0].title))  # fmt: skip
    assert client.get("/courses/fisica-moderna/quizzes/start").status_code == 200
    other, _ = person(name="Other Instructor")
    stranger = FlaskClient(school, school.response_class)
    for each in (other, stranger):
        assert each.get("/courses/fisica-moderna/lessons/start").status_code == 403
        assert "Física" not in each.get("/").text
    with school.app_context():
        standing = course_roles.access_of(db.session.get_one(User, user_id), "fisica-moderna")
        assert standing.owns
        assert standing.admission == Admission.CLASS
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "course.made")).one()
        assert (entry.actor_id, entry.course_id) == (user_id, "fisica-moderna")
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_each_course_gets_a_folder_of_its_own_with_a_plain_name(school: Flask, folder: Path, person: Any) -> None:
    client, _ = person()
    (folder / "notes").mkdir()
    titles = ("Tea", "tea!", "Notes", "../../etc", "CON", "Seeds", "日本", "x" * 120)
    found = [send(client, source="nothing", title=title, language="en").headers["Location"] for title in titles]
    assert [each.removeprefix("/courses/") for each in found] == [
        "tea-2", "tea-3", "notes-2", "etc", "con-2", "seeds-2", "course", "x" * 60,
    ]  # fmt: skip
    assert {path.name for path in folder.parent.iterdir() if path.is_dir()} >= {"several"}
    assert not (folder.parent / "etc").exists()


def test_an_id_under_which_something_is_kept_is_not_given_to_another_course(
    school: Flask, folder: Path, person: Any, clock: Any
) -> None:
    client, user_id = person()
    own(school, "pepper", user_id, clock())  # a course that was here once
    made = send(client, source="nothing", title="Pepper", language="en")
    assert made.headers["Location"] == "/courses/pepper-2"


def test_a_course_without_a_title_is_not_made(school: Flask, folder: Path, person: Any) -> None:
    client, _ = person()
    before = snapshot(folder)
    for title in ("", "  \u200b ", "x" * 121):
        page = send(client, source="nothing", title=title, language="en")
        assert page.status_code == 422, title
        assert "thing to put right" in page.text, title
    assert send(client, source="nothing", title="A", language="xx").status_code == 422
    assert send(client, source="own", title="A", course="salt").status_code == 422, "not theirs"
    assert snapshot(folder) == before


def test_only_instructors_of_the_site_make_courses(school: Flask, folder: Path, person: Any, clock: Any) -> None:
    learner, learner_id = person("learner")
    own(school, "salt", learner_id, clock())
    learner.set_cookie("session", session_of(school, learner_id))
    assert learner.get(NEW).status_code == 403
    assert "New course" not in learner.get("/").text
    owned = learner.get("/courses/salt/instructor/course/copies")
    assert owned.status_code == 200
    assert "Copies are made by instructors" in owned.text
    teacher, _ = person()
    assert f'href="{NEW}"' in teacher.get("/").text


def test_a_folder_that_cannot_be_written_to_is_told_of(
    school: Flask, folder: Path, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = person()
    before = snapshot(folder)

    def full(*_args: Any, **_more: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", full)
        page = send(client, source="nothing", title="Pepper", language="en")
    assert page.status_code == 422
    assert "No space left on device" in page.text
    assert snapshot(folder) == before
    with school.app_context():
        assert db.session.scalars(select(AuditEntry).where(AuditEntry.action == "course.made")).all() == []
    assert send(client, source="nothing", title="Pepper", language="en").headers["Location"] == "/courses/pepper"


def test_what_a_stopped_server_left_is_cleared_a_day_later(school: Flask, folder: Path, person: Any) -> None:
    client, _ = person()
    for name, age in ((".making-old", 2 * 86400), (".making-now", 60)):
        (folder / name / "course").mkdir(parents=True)
        at = (folder / name).stat().st_mtime - age
        os.utime(folder / name, (at, at))
    send(client, source="nothing", title="Pepper", language="en")
    assert {path.name for path in folder.iterdir() if path.name[0] == "."} == {".making-now"}


def test_an_empty_folder_waits_for_its_first_course(make_app: Any, person: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    app = make_app(bank=tmp_path / "empty")
    client, _ = person(app=app)
    first = client.get("/")
    assert first.status_code == 200
    assert "No course yet" in first.text
    assert f'href="{NEW}"' in first.text
    for path in ("/courses", "/review", "/account", "/healthz", "/instructor"):
        assert client.get(path).status_code in (200, 302, 303, 308, 404), path
    assert send(client, source="nothing", title="Pepper", language="en").status_code == 303
    assert "Pepper" in client.get("/").text


def test_a_server_with_one_course_says_what_to_set(app: Flask, person: Any, bank: Path) -> None:
    client, _ = person(app=app)
    before = snapshot(bank)
    page = client.get(NEW)
    assert page.status_code == 200
    assert "WEBAPP_BANK" in page.text
    assert bank.name in page.text
    token = client.get("/session").json["token"]  # type: ignore[index]
    assert client.post(NEW, data={"csrf_token": token, "source": "nothing", "title": "A"}).status_code == 409
    assert snapshot(bank) == before


# --- from another one -------------------------------------------------------------------------------------------------


def test_the_shipped_course_can_be_begun_with_and_its_ledger_goes_along(
    school: Flask, folder: Path, person: Any
) -> None:
    client, _ = person()
    made = send(client, source="shipped", title="Kitchen")
    assert made.headers["Location"] == "/courses/kitchen"
    course = load_course(folder / "kitchen")
    assert (course.title, course.ledger_path[:6]) == ("Kitchen", "seeds/")
    assert len(course.facts) > 50
    assert not (folder / "seeds").exists()


def test_a_copy_has_the_content_and_its_classes_without_people_or_results(
    school: Flask, folder: Path, person: Any, clock: Any
) -> None:
    client, user_id = person()
    _, learner_id = person("learner", name="Lena")
    own(school, "salt", user_id, clock())
    with school.app_context():
        by, learner = db.session.get_one(User, user_id), db.session.get_one(User, learner_id)
        store = school.extensions["courses"].store("salt")
        for name in ("3a", "3b", "old"):
            cohort = cohorts.create(name, "salt", by=by, now=clock())
            db.session.add(CohortMember(cohort_id=cohort.id, user_id=learner_id, joined_at=clock()))
            rules = assignments.Rules(due_at=clock() + timedelta(days=3), attempts=2, access_code="wolf")
            assignments.assign(cohort, "salt-quiz", rules, by=by, now=clock())
            if name == "old":
                cohorts.archive(cohort, by=by, now=clock())
        quizzes.start(learner, store.current().quiz("salt-quiz"), store.current(), clock(), seed=1, access_code="wolf")
        db.session.commit()
    made = send(client, source="own", course="salt", title="", with_classes="y")
    assert made.headers["Location"] == "/courses/all-about-salt"
    assert load_course(folder / "all-about-salt").title == "All about salt"
    again = send(client, source="own", course="salt", title="Salt again")
    assert again.headers["Location"] == "/courses/salt-again"
    with school.app_context():
        copied = db.session.scalars(select(Cohort).where(Cohort.course_id == "all-about-salt")).all()
        assert {each.name for each in copied} == {"3a", "3b"}
        originals = {each.join_code for each in db.session.scalars(select(Cohort).where(Cohort.course_id == "salt"))}
        for each in copied:
            assert each.members == []
            assert [one.id for one in each.instructors] == [user_id]
            assert each.join_code not in originals
            set_quiz = db.session.scalars(select(Assignment).where(Assignment.cohort_id == each.id)).one()
            assert (set_quiz.quiz_id, set_quiz.attempts, set_quiz.access_code) == ("salt-quiz", 2, "wolf")
            assert set_quiz.due_at == clock() + timedelta(days=3)
        assert not db.session.scalars(select(Cohort).where(Cohort.course_id == "salt-again")).all()
        assert quizzes.courses_of(db.session.get_one(User, learner_id)) == {"salt"}


def test_a_broken_course_is_not_copied_and_told_of(school: Flask, folder: Path, person: Any) -> None:
    client, _ = person("admin")
    client.get("/courses/salt")
    (folder / "salt" / "one" / "questions.yaml").write_text("questions:\n  - {id: x}\n")
    before = snapshot(folder)
    page = send(client, source="own", course="salt", title="Copy")
    assert page.status_code == 422
    assert "one/questions.yaml" in page.text
    assert snapshot(folder) == before


# --- a zip ------------------------------------------------------------------------------------------------------------


def test_what_is_taken_out_is_put_in_as_a_new_course(school: Flask, folder: Path, person: Any, clock: Any) -> None:
    client, user_id = person("admin")
    token = token_of(client.get("/courses/salt/instructor/course/copies").text)
    taken = client.post("/courses/salt/instructor/course/take-out", data={"csrf_token": token})
    assert (taken.status_code, taken.mimetype) == (200, "application/zip")
    assert f"salt-{clock():%Y-%m-%d}.zip" in taken.headers["Content-Disposition"]
    assert int(taken.headers["Content-Length"]) == len(taken.data)
    made = send(client, source="zip", title="", file=upload(io.BytesIO(taken.data)))
    assert made.headers["Location"] == "/courses/salt-2", "its id is taken"
    there, here = load_course(folder / "salt-2"), load_course(folder / "salt")
    assert {**there.sources, "course.yaml": b""} == {**here.sources, "course.yaml": b""}
    named = send(client, source="zip", title="Sea salt", file=upload(io.BytesIO(taken.data)))
    assert named.headers["Location"] == "/courses/sea-salt"
    assert load_course(folder / "sea-salt").title == "Sea salt"
    with school.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "course.taken_out")).one()
        assert (entry.actor_id, entry.course_id) == (user_id, "salt")


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (lambda: io.BytesIO(b"no zip at all"), "This is no zip"),
        (lambda: zip_of(FOLDER, **{"../../evil.md": "x"}), "leads out of its folder"),
        (lambda: zip_of(FOLDER, **{"big.md": "0" * 40_000_000}), "far more than files"),
        (lambda: zip_of(FOLDER, **{"1-tea/more.zip": "x"}), "packed file"),
        (lambda: zip_of(FOLDER, **{"1-tea/run.exe": "x"}), "of a kind"),
    ],
)
def test_a_hostile_zip_is_refused_with_a_sentence_and_changes_nothing(
    school: Flask, folder: Path, person: Any, clock: Any, stream: Callable[[], io.BytesIO], said: str
) -> None:
    client, _ = person("admin")
    before = snapshot(folder)
    page = send(client, source="zip", title="Evil", file=upload(stream()))
    assert page.status_code == 422
    assert said in page.text
    over = send(
        client, "/courses/salt/instructor/course/put-back", "/courses/salt/instructor/course/copies",
        file=upload(stream()),
    )  # fmt: skip
    assert over.status_code == 422
    assert said in over.text
    assert snapshot(folder) == before
    waiting = school.config["SETTINGS"].data / "put-back"
    assert not waiting.exists() or list(waiting.iterdir()) == []


def test_a_zip_whose_course_does_not_work_is_refused_with_what_to_mend(
    school: Flask, folder: Path, person: Any
) -> None:
    client, _ = person("admin")
    before = snapshot(folder)
    broken = zip_of(folder / "tea").getvalue()
    with zipfile.ZipFile(stream := io.BytesIO(), "w") as archive:
        for info in zipfile.ZipFile(io.BytesIO(broken)).infolist():
            archive.writestr(info.filename, "questions:\n  - {id: x}\n" if "questions" in info.filename else
                             zipfile.ZipFile(io.BytesIO(broken)).read(info))  # fmt: skip
    page = send(client, source="zip", title="Broken", file=upload(stream))
    assert page.status_code == 422
    assert "one/questions.yaml:2" in page.text
    assert snapshot(folder) == before
    assert "Please choose a zip" in send(client, source="zip", title="Nothing").text


def test_a_zip_larger_than_a_request_may_be_is_refused_by_its_length(school: Flask, person: Any) -> None:
    client, _ = person("admin")
    for path in (NEW, "/courses/salt/instructor/course/put-back"):
        for length, status in ((bodies.FILES + 1, 413), (bodies.FILES, 400)):
            page = client.post(path, environ_overrides={"CONTENT_LENGTH": str(length)})
            assert page.status_code == status, (path, length)
    page = client.post(NEW, environ_overrides={"CONTENT_LENGTH": str(bodies.FILES + 1)})
    assert page.status_code == 413
    assert "12 megabytes" in page.text


# --- put back over the one that is here -------------------------------------------------------------------------------


@pytest.fixture
def mine(app: Flask, person: Any, bank: Path) -> FlaskClient:
    """An admin at a server with one course."""
    client: FlaskClient = person("admin", app=app)[0]
    return client


COPIES, PUT_BACK = within("/instructor/course/copies"), within("/instructor/course/put-back")


def changed(bank: Path, tmp_path: Path, change: Callable[[Path], None]) -> io.BytesIO:
    """A zip of the course as it would be after a change."""
    there = tmp_path / "changed"
    shutil.copytree(bank, there)
    change(there)
    return zip_of(there)


def shown(client: FlaskClient, stream: io.BytesIO) -> tuple[str, dict[str, str]]:
    """The plan page, and the fields with which it is confirmed."""
    answer = send(client, PUT_BACK, COPIES, file=upload(stream))
    assert answer.status_code == 303, answer.text
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    seal = page.text.partition('name="seal" type="hidden" value="')[2].partition('"')[0]
    return page.text, {
        "csrf_token": token_of(page.text),
        "of": answer.headers["Location"].partition("of=")[2],
        "seal": seal,
    }


def retitle(folder: Path) -> None:
    file = folder / "course.yaml"
    file.write_text(file.read_text().replace("title: Tea and bread", "title: Bread and tea", 1))
    (folder / "3-new").mkdir()
    (folder / "3-new" / "notes.txt").write_text("New.")
    (folder / "README.md").write_text("Read me.")


def test_putting_back_is_first_a_plan_and_then_one_change(
    app: Flask, mine: FlaskClient, bank: Path, tmp_path: Path
) -> None:
    (bank / "old.txt").write_text("Old.")
    (bank / "mine.exe").write_bytes(b"not of a course")
    before = snapshot(bank)
    stream = changed(
        bank, tmp_path, lambda there: (retitle(there), (there / "old.txt").unlink(), (there / "mine.exe").unlink())[0]
    )
    page, fields = shown(mine, stream)
    assert snapshot(bank) == before, "a plan changes nothing"
    for words in ("Files that come", "3-new/notes.txt", "Files that change", "course.yaml", "Files that go", "old.txt"):
        assert words in page
    assert "mine.exe" not in page
    done = mine.post(PUT_BACK, data=fields)
    assert (done.status_code, done.headers["Location"]) == (303, COPIES)
    after = snapshot(bank)
    assert after["3-new/notes.txt"] == b"New."
    assert "old.txt" not in after
    assert after["mine.exe"] == before["mine.exe"]
    assert "Bread and tea" in mine.get("/").text
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "course.put_back")).one()
        assert (entry.details["changed"], entry.details["removed"]) == (["course.yaml"], ["old.txt"])
        versions = db.session.scalars(
            select(ContentVersion).where(ContentVersion.path == "course.yaml").order_by(ContentVersion.id)
        ).all()
        assert ["Tea and bread" in each.text for each in versions] == [True, False]
        assert versions[1].before_digest == versions[0].digest
        assert versions[1].note == "Put back from a zip"
    assert list((app.config["SETTINGS"].data / "put-back").iterdir()) == []
    again = mine.post(PUT_BACK, data=fields, follow_redirects=True)
    assert "not here any more" in again.text


def test_the_same_course_put_back_changes_nothing(mine: FlaskClient, bank: Path) -> None:
    page, _ = shown(mine, zip_of(bank))
    assert "Nothing would change" in page


def test_what_was_changed_since_the_plan_is_not_overwritten(mine: FlaskClient, bank: Path, tmp_path: Path) -> None:
    _, fields = shown(mine, changed(bank, tmp_path, retitle))
    file = bank / "course.yaml"
    file.write_text(file.read_text().replace("title: Tea and bread", "title: Somebody else", 1))
    before = snapshot(bank)
    answer = mine.post(PUT_BACK, data=fields)
    assert answer.status_code == 409
    assert "has been changed since" in answer.text
    assert snapshot(bank) == before


def test_taking_out_what_is_in_use_needs_a_reason(
    app: Flask, mine: FlaskClient, bank: Path, tmp_path: Path, make_user: Any, clock: Any
) -> None:
    with app.app_context():
        course = app.extensions["courses"].only.current()
        user = db.session.get_one(User, make_user(name="Lena"))
        quizzes.submit(quizzes.start(user, course.quiz("tea"), course, clock(), seed=1), clock())
        db.session.commit()

    def without_quiz(there: Path) -> None:
        file = there / "course.yaml"
        text = file.read_text()
        start = text.index("  - id: tea\n", text.index("quizzes:"))
        file.write_text(text[:start] + text[text.index("  - id:", start + 5) :])

    page, fields = shown(mine, changed(bank, tmp_path, without_quiz))
    assert "What is in use and goes" in page
    before = snapshot(bank)
    refused = mine.post(PUT_BACK, data=fields)
    assert refused.status_code == 409
    assert "Please say why" in refused.text
    assert snapshot(bank) == before
    assert mine.post(PUT_BACK, data=fields | {"reason": "Replaced in spring."}).status_code == 303
    assert app.extensions["courses"].only.current().quiz("tea") is None


def test_where_a_file_cannot_be_written_all_are_as_they_were(
    mine: FlaskClient, bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bank / "old.txt").write_text("Old.")
    _, fields = shown(mine, changed(bank, tmp_path, lambda there: (retitle(there), (there / "old.txt").unlink())[0]))
    before = snapshot(bank)

    def no(self: Path, missing_ok: bool = False) -> None:
        if self.name == "old.txt":
            raise PermissionError(13, "Permission denied")
        os.unlink(self)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", no)
        answer = mine.post(PUT_BACK, data=fields)
    assert answer.status_code == 409
    assert "Permission denied" in answer.text
    assert snapshot(bank) == before
    assert mine.post(PUT_BACK, data=fields).status_code == 303


def test_a_link_in_the_folder_is_no_way_out_of_it(mine: FlaskClient, bank: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (bank / "3-new").symlink_to(outside)
    there = tmp_path / "there"
    shutil.copytree(bank, there, symlinks=True)
    (there / "3-new").unlink()
    retitle(there)
    _, fields = shown(mine, zip_of(there))
    before = snapshot(bank)
    answer = mine.post(PUT_BACK, data=fields)
    assert answer.status_code == 409
    assert "link leads out" in answer.text
    assert snapshot(bank) == before
    assert list(outside.iterdir()) == []


def test_another_course_put_over_this_one_is_pointed_out_and_keeps_this_id(
    app: Flask, mine: FlaskClient, bank: Path, folder: Path
) -> None:
    page, fields = shown(mine, zip_of(folder / "salt"))
    assert "has the id “salt”" in page
    assert mine.post(PUT_BACK, data=fields).status_code == 303
    course = load_course(bank)
    assert (course.id, course.title) == (TINY, "All about salt")


def test_what_somebody_else_sent_is_not_there(
    app: Flask, mine: FlaskClient, person: Any, bank: Path, tmp_path: Path
) -> None:
    _, fields = shown(mine, changed(bank, tmp_path, retitle))
    other, _ = person("admin", app=app, name="Other")
    token = token_of(other.get(COPIES).text)
    for name in (fields["of"], "../../bank", "", "1-" + "0" * 32):
        assert other.get(PUT_BACK, query_string={"of": name}).status_code == 303
        assert other.post(PUT_BACK, data=fields | {"csrf_token": token, "of": name}).status_code == 303
    assert "Bread and tea" not in (bank / "course.yaml").read_text()


def test_one_person_has_few_zips_waiting_and_none_for_more_than_a_day(
    app: Flask, mine: FlaskClient, bank: Path, tmp_path: Path
) -> None:
    raw = changed(bank, tmp_path, retitle).getvalue()
    for _ in range(5):
        shown(mine, io.BytesIO(raw))
    waiting = app.config["SETTINGS"].data / "put-back"
    assert len(list(waiting.iterdir())) == 3
    for path in waiting.iterdir():
        os.utime(path, (0, 0))
    shown(mine, io.BytesIO(raw))
    assert len(list(waiting.iterdir())) == 1


# --- the list ---------------------------------------------------------------------------------------------------------


def test_an_archived_course_is_listed_for_its_staff_and_those_who_took_it(
    school: Flask, person: Any, clock: Any
) -> None:
    admin, admin_id = person("admin")
    took, took_id = person("learner", name="Took it")
    other, _ = person("learner", name="Other")
    with school.app_context():
        course = school.extensions["courses"].store("salt").current()
        quizzes.start(db.session.get_one(User, took_id), course.quiz("salt-quiz"), course, clock(), seed=1)
        course_admission.archive("salt", by=db.session.get_one(User, admin_id), now=clock())
        db.session.commit()
    stranger = FlaskClient(school, school.response_class)
    assert ["All about salt" in each.get("/").text for each in (admin, took, other, stranger)] == [
        True,
        True,
        False,
        False,
    ]
    assert all("All about tea" in each.get("/").text for each in (admin, took, other, stranger))
    assert took.get("/courses/salt/lessons/salt-one").status_code == 200
