"""A request is answered in one command or on one page: a copy of all there is, or nothing left that says who it was."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import String, cast, func, select, text, update
from sqlalchemy.exc import DBAPIError

from tests.accounts.rows import attempt, card, place, reading
from tests.conftest import Clock
from webapp.accounts import service
from webapp.accounts.models import Cohort, CohortMember, User
from webapp.accounts.personal_data import all_kinds
from webapp.audit.models import AuditEntry
from webapp.audit.service import record
from webapp.commands.users import users
from webapp.database import db
from webapp.editor.models import ContentVersion, QuestionImport
from webapp.lessons.models import CheckAnswer
from webapp.quizzes.marking.models import GivenMark
from webapp.quizzes.models import Accommodation, Assignment, Attempt, AttemptNote, Slot, TimeGift

#: stands in everything that tells who it is
NAME = "Zenobia"
MAIL = "zenobia@example.org"


def somebody(at: Any) -> int:
    """A person of whom there is something in every room, and of whom the log tells."""
    user = service.create_user(
        name=NAME, username="zenobia", email=MAIL, password="teal bicycle moon", role="instructor", now=at
    )
    boss = service.create_user(name="Boss", username="boss", password="teal bicycle moon", role="admin", now=at)
    cohort = Cohort(course_id="tea-and-bread", name="Evening class", join_code="abc", created_at=at)
    db.session.add(cohort)
    db.session.flush()
    assignment = Assignment(cohort_id=cohort.id, quiz_id="tea", created_by=user.id, created_at=at)
    db.session.add(assignment)
    db.session.flush()
    done = attempt(user.id, "tea", 1, at)
    done.assignment_id = assignment.id
    db.session.add_all(
        [
            CohortMember(cohort_id=cohort.id, user_id=user.id, joined_at=at),
            Accommodation(
                course_id="tea-and-bread",
                user_id=user.id,
                extra_time_percent=25,
                reason=f"{NAME} is ill",
                created_at=at,
            ),
            AttemptNote(attempt_id=done.id, kind="left", at=at),
            TimeGift(assignment_id=assignment.id, seconds=300, by_name=NAME, at=at),
            QuestionImport(
                course_id="tea-and-bread",
                user_id=user.id,
                name="old.gift",
                format="gift",
                into="mixed/questions.yaml",
                content=b"Whose?{}",
                left_out=[],
                files=[],
                pictures=[],
                losses=[],
                added=0,
                updated=0,
                sent_at=at,
            ),
            ContentVersion(
                course_id="tea-and-bread",
                path="a.yaml",
                digest="d",
                text="a",
                author_id=user.id,
                author_name=NAME,
                origin="browser",
                at=at,
            ),
            reading(user.id, "tea", "water", at),
            place(user.id, "tea", "water", at),
            CheckAnswer(
                course_id="tea-and-bread",
                user_id=user.id,
                lesson_id="tea",
                check_id="tea-check-1",
                response={"answer": True},
                at=at,
            ),
            card(user.id, "tea-water", at),
            # What the person gave, and what somebody gave to them.
            GivenMark(slot_id=done.slots[0].id, number=1, marker_id=user.id, points=[1], comment="Good.", at=at),
            GivenMark(slot_id=done.slots[0].id, number=2, marker_id=boss.id, points=[1], comment=f"So, {NAME}", at=at),
        ]
    )
    service.make_reset_link(user, by=boss, now=at)
    record(user, "assignment.minutes_given", f"assignment:{assignment.id}", now=at, minutes=5)
    record(boss, "accommodation.granted", f"user:{user.id}", now=at, reason=f"{NAME} is ill")
    record(boss, "attempt.extended", f"attempt:{done.id}", now=at, reason=f"{NAME} came late", user=user.id, minutes=5)
    record(boss, "cohort.instructor_added", f"cohort:{cohort.id}", now=at, user=user.id, name=NAME)
    changed = {str(user.id): {"name": NAME, "email": MAIL}, "999": {"name": "Other"}}
    record(boss, "roster.imported", f"cohort:{cohort.id}", now=at, added=[user.id], changed=changed)
    db.session.commit()
    return user.id


def places_of(word: str) -> list[str]:
    """The columns in which a word stands, whatever their type."""
    found = []
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if db.session.scalar(select(func.count()).where(cast(column, String).icontains(word))):
                found.append(f"{table.name}.{column.name}")
    return found


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def site(request: pytest.FixtureRequest, make_app: Callable[..., Flask]) -> Iterator[Flask]:
    url = request.getfixturevalue("postgres")() if request.param == "postgresql" else ""
    app = make_app(database_url=url) if url else make_app()
    with app.app_context(), app.test_request_context():
        yield app


def test_after_an_erasure_the_name_stands_nowhere(site: Flask, clock: Clock) -> None:
    erased = db.session.get_one(User, somebody(clock.at))
    assert {"user.name", "audit_entry.actor_name", "audit_entry.details", "content_version.author_name"} <= set(
        places_of(NAME)
    )
    service.delete_account(erased, now=clock.at, by="command line")
    db.session.commit()
    assert places_of(NAME) == []
    # What was decided is still known, and that it was one person.
    name = f"user:{erased.id}"
    entries = {entry.action: entry for entry in db.session.scalars(select(AuditEntry))}
    assert entries["assignment.minutes_given"].actor_name == name
    assert entries["attempt.extended"].details == {"user": erased.id, "minutes": 5}
    assert entries["attempt.extended"].actor_name == "Boss"
    assert entries["roster.imported"].details["changed"] == {str(erased.id): {}, "999": {"name": "Other"}}
    assert entries["person.erased"].details == {"role": "instructor", "with_results": False}
    assert db.session.scalars(select(TimeGift.by_name)).all() == [name]
    assert db.session.scalars(select(ContentVersion.author_name)).all() == [name]
    assert db.session.scalar(select(func.count()).select_from(AttemptNote)) == 0
    assert db.session.scalars(select(Attempt.percent)).all() == [100.0]


def test_results_go_too_where_that_is_wanted(site: Flask, clock: Clock) -> None:
    erased = db.session.get_one(User, somebody(clock.at))
    service.delete_account(erased, now=clock.at, by="command line", with_results=True)
    db.session.commit()
    for table in (Attempt, Slot):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    assert places_of(NAME) == []


def test_the_log_lets_go_of_nobody_who_was_not_erased(site: Flask, clock: Clock) -> None:
    """The database refuses, whatever the app says."""
    user_id = somebody(clock.at)
    other = service.create_user(name="Gone", username="gone", now=clock.at)
    service.delete_account(other, now=clock.at)
    db.session.commit()
    boss = db.session.scalars(select(User.id).where(User.username == "boss")).one()
    about, by = AuditEntry.subject == f"user:{user_id}", AuditEntry.actor_id == boss
    for act in (
        update(AuditEntry).where(by).values(actor_name=f"user:{boss}"),
        update(AuditEntry).where(about).values(reason=""),
        update(AuditEntry).where(about).values(details={"a": 1}),
        update(AuditEntry).where(about).values(action="nothing"),
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(act)
        db.session.rollback()
    service.delete_account(db.session.get_one(User, user_id), now=clock.at, by="command line")
    db.session.commit()
    # Nor may more be changed of who was.
    for values in (
        {"actor_name": "Somebody else"},
        {"action": "nothing"},
        {"subject": "user:1000"},
        {"actor_id": None},
        {"reason": "for another reason"},
        {"details": {"more": "x" * 500}},
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(update(AuditEntry).where(AuditEntry.actor_id == user_id).values(**values))
        db.session.rollback()


def test_the_forecast_counts_what_then_happens(site: Flask, clock: Clock) -> None:
    user = db.session.get_one(User, somebody(clock.at))
    fates = {fate.what: (fate.number, fate.goes) for fate in service.fates(user)}
    assert fates["memberships of classes, now or before"] == (1, True)
    assert fates["links to set a password"] == (1, True)
    assert fates["attempts with their answers"] == (1, False)
    assert fates["results recorded for a class"] == (1, False)
    assert fates["lines of the quiet log"] == (1, True)
    assert fates["acts in the audit log"] == (1, False)
    assert fates["entries of the audit log that tell of them"] == (5, False)
    assert fates["versions of the course's files"] == (1, False)
    assert all(fate.goes or fate.why for fate in service.fates(user))
    service.delete_account(user, now=clock.at, by="command line")
    db.session.commit()
    assert not [fate for fate in service.fates(user) if fate.goes]


def test_a_copy_holds_every_kind_and_what_is_kept_of_it(site: Flask, clock: Clock) -> None:
    user = db.session.get_one(User, somebody(clock.at))
    data = service.data_export(user, now=clock.at)
    assert all(data[kind.name] for kind in all_kinds() if kind.name != "changed_results")
    only = data["attempts"][0]
    assert (only["class"], only["quiet_log"]) == ("Evening class", [{"at": clock.at.isoformat(), "what": "left"}])
    assert only["answers"][0]["history"][0]["what"] == "answer"
    assert data["places"] == [
        {"course": "tea-and-bread", "lesson": "tea", "section": "water", "at": clock.at.isoformat()}
    ]
    assert data["log"]["did"][0]["what"] == "assignment.minutes_given"
    assert "Boss" not in json.dumps(data)  # who decided is another person's
    assert data["saved_files"][0]["file"] == "a.yaml"


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(app: Flask, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    for name, value in (("DATA", settings.data), ("BANK", settings.bank), ("SECRET_KEY", settings.secret_key)):
        monkeypatch.setenv(f"WEBAPP_{name}", str(value))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, stdin="": CliRunner().invoke(users, arguments, input=stdin)


def name_of(app: Flask, user_id: int) -> str:
    with app.app_context():
        return db.session.get_one(User, user_id).name


def test_a_command_writes_all_there_is_for_machines_and_to_read(
    app: Flask, run: Callable[..., Result], clock: Clock, tmp_path: Path
) -> None:
    with app.app_context():
        somebody(clock.at)
    said = run("export", "Zenobia@Example.org", "--out", "copy.zip")
    assert said.exit_code == 0, said.output
    path = tmp_path / "copy.zip"
    assert path.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(path) as archive:
        data = json.loads(archive.read("data.json"))
        page = archive.read("data.html").decode()
    assert data["account"]["e_mail"] == MAIL
    assert MAIL in page
    assert "Evening class" in page
    assert run("export", "zenobia", "--out", "copy.zip").exit_code == 1
    with app.app_context():
        assert db.session.scalars(select(AuditEntry.action)).all().count("person.exported") == 1


def test_a_command_says_what_it_erases_and_asks_for_the_name(
    app: Flask, run: Callable[..., Result], clock: Clock
) -> None:
    with app.app_context():
        user_id = somebody(clock.at)
    said = run("erase", "zenobia", "--dry-run")
    assert said.exit_code == 0, said.output
    assert "       1  attempts with their answers: Kept without a name" in said.output
    assert "Backups that were made before" in said.output
    assert "Nothing was removed." in said.output
    assert run("erase", "zenobia", stdin="ada\n").exit_code == 1
    assert name_of(app, user_id) == NAME
    said = run("erase", "zenobia", "--with-results", stdin="zenobia\n")
    assert said.exit_code == 0, said.output
    assert name_of(app, user_id) == ""
    assert run("erase", "nobody").exit_code == 1
    said = run("erase", "boss", stdin="boss\n")
    assert "only admin" in said.output


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def admin(app: Flask, clock: Clock, sign_in: Any) -> tuple[FlaskClient, int]:
    """The page of an admin, and the number of who is erased."""
    with app.app_context():
        user_id = somebody(clock.at)
        boss = db.session.scalars(select(User.id).where(User.username == "boss")).one()
    client = app.test_client()
    sign_in(client, boss)
    return client, user_id


def test_an_admin_gets_a_copy_on_a_page(app: Flask, admin: tuple[FlaskClient, int]) -> None:
    client, user_id = admin
    page = client.get(f"/admin/people/{user_id}/data")
    assert "results recorded for a class" in page.text
    file = client.get(f"/admin/people/{user_id}/data.zip")
    assert file.status_code == 200
    assert "no-store" in file.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        assert archive.namelist() == ["data.json", "data.html"]
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "person.exported")).one()
        assert (entry.actor_name, entry.subject) == ("Boss", f"user:{user_id}")


def test_an_admin_erases_only_with_what_was_typed(app: Flask, admin: tuple[FlaskClient, int], post: Any) -> None:
    client, user_id = admin
    path = f"/admin/people/{user_id}"
    for typed in ("", "boss", NAME + "x"):
        assert post(client, f"{path}/erase", {"confirmation": typed}, page=f"{path}/data").status_code == 422
    assert name_of(app, user_id) == NAME
    done = post(client, f"{path}/erase", {"confirmation": MAIL.upper()}, page=f"{path}/data")
    assert done.status_code == 303
    assert name_of(app, user_id) == ""
    assert client.get(f"{path}/data").status_code == 404


def test_the_only_admin_stays(app: Flask, admin: tuple[FlaskClient, int], post: Any) -> None:
    client, _ = admin
    with app.app_context():
        boss = db.session.scalars(select(User.id).where(User.username == "boss")).one()
    path = f"/admin/people/{boss}"
    page = post(client, f"{path}/erase", {"confirmation": "boss"}, page=f"{path}/data")
    assert page.status_code == 422
    assert "only admin" in page.text
    assert name_of(app, boss) == "Boss"


def test_both_ask_for_the_password_again(app: Flask, admin: tuple[FlaskClient, int], post: Any, clock: Clock) -> None:
    client, user_id = admin
    path = f"/admin/people/{user_id}"
    clock.advance(minutes=11)
    assert client.get(f"{path}/data.zip").status_code == 303
    assert post(client, f"{path}/erase", {"confirmation": "zenobia"}, page=f"{path}/data").status_code == 401
    assert name_of(app, user_id) == NAME
    with app.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM audit_entry WHERE action = 'person.exported'")) == 0
