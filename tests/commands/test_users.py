"""`webapp users`, as typed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from tests.accounts.test_sign_in import who
from webapp.accounts import service
from webapp.accounts.models import User
from webapp.audit.models import AuditEntry
from webapp.commands.users import users
from webapp.database import db


@pytest.fixture
def run(app: Flask, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command on the database of `app`, by the same variables as an operator sets."""
    monkeypatch.setenv("WEBAPP_DATA", str(settings.data))
    monkeypatch.setenv("WEBAPP_BANK", str(settings.bank))
    monkeypatch.setenv("WEBAPP_SECRET_KEY", settings.secret_key)

    def invoke(*arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(users, arguments, input=stdin)

    return invoke


def test_a_person_is_added_with_a_password_typed_twice(app: Flask, run: Any, post: Any) -> None:
    result = run("add", "Ada Lovelace", "--role", "instructor", stdin="teal bicycle moon\nteal bicycle moon\n")
    assert result.exit_code == 0, result.output
    assert "Sign in as ada.lovelace." in result.output
    assert "teal" not in result.output
    client = app.test_client()
    assert post(client, "/sign-in", {"login": "ada.lovelace", "password": "teal bicycle moon"}).status_code == 303
    assert who(client) == "Ada Lovelace"
    with app.app_context():
        user = service.find("ada.lovelace")
        assert user is not None
        assert (user.role, user.origin) == ("instructor", "cli")
        entry = db.session.scalars(select(AuditEntry)).one()
        assert (entry.actor_id, entry.actor_name, entry.action) == (None, "command line", "person.created")


def test_a_password_from_standard_input(app: Flask, run: Any) -> None:
    result = run("add", "ada", "--email", "ada@example.org", "--password-stdin", stdin="teal bicycle moon\n")
    assert result.exit_code == 0, result.output
    with app.app_context():
        user = service.find("Ada@example.org")
        assert user is not None
        assert (user.role, user.username) == ("learner", None)


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (["add", "Ada"], "short\n", "at least 12"),
        (["add", "Ada"], "\n", "at least 12"),
        (["add", "Ada"], "password1234\n", "first passwords to be tried"),
        (["add", "Ada", "--email", "nonsense"], "teal bicycle moon\n", "no e-mail address"),
        (["add", "Ada", "--username", "a b"], "teal bicycle moon\n", "--username"),
        (["add", "***"], "teal bicycle moon\n", "user name"),
        (["add", "eve"], "teal bicycle moon\n", "already"),
        (["add", "Ada", "--role", "guest"], "", "guest"),
        (["password", "nobody"], "teal bicycle moon\n", "nobody"),
        (["link", "nobody"], "", "nobody"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line(
    app: Flask, run: Any, make_user: Any, arguments: list[str], stdin: str, says: str
) -> None:
    make_user(username="eve")
    more = ["--password-stdin"] if arguments[0] != "link" else []
    result = run(*arguments, *more, stdin=stdin)
    assert result.exit_code != 0
    assert says in result.output
    assert "Traceback" not in result.output
    with app.app_context():
        assert service.people().total == 1


def test_people_are_listed(run: Any, make_user: Any) -> None:
    make_user(username="ada", name="Ada")
    make_user(username="root", name="Root", role="admin")
    result = run("list")
    assert result.stdout == "ada\tlearner\tAda\nroot\tadmin\tRoot\n"
    assert "2 in all" in result.stderr
    assert run("list", "--role", "admin").stdout == "root\tadmin\tRoot\n"


def test_a_new_password_ends_all_sessions(app: Flask, run: Any, make_user: Any, sign_in: Any, post: Any) -> None:
    client = sign_in(app.test_client(), make_user(username="ada", name="Ada"))
    assert who(client) == "Ada"
    result = run("password", "ADA", "--password-stdin", stdin="teal bicycle moon\n")
    assert result.exit_code == 0, result.output
    assert who(client) is None
    assert post(client, "/sign-in", {"login": "ada", "password": "teal bicycle moon"}).status_code == 303


def test_a_link_sets_a_password(app: Flask, run: Any, make_user: Any, post: Any) -> None:
    make_user(username="ada", name="Ada")
    result = run("link", "ada")
    assert re.fullmatch(r"/reset/[\w-]{32}\n", result.stdout)
    assert post(app.test_client(), result.stdout.strip(), {"password": "teal bicycle moon"}).status_code == 303


def test_the_commands_work_on_people_without_a_password(app: Flask, run: Any, clock: Any) -> None:
    with app.app_context():
        service.create_user(name="New", username="new", origin="roster", now=clock())
        db.session.commit()
    assert run("password", "new", "--password-stdin", stdin="teal bicycle moon\n").exit_code == 0
    with app.app_context():
        assert db.session.scalars(select(User.password_hash)).one() is not None


def test_without_tables_it_says_how_to_get_them(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("WEBAPP_DATA", str(tmp_path / "new"))
    result = run("list")
    assert result.exit_code == 1
    assert "webapp db upgrade" in result.output
