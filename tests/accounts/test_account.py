"""One's own account: details, password, other devices, data, and leaving."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import ForeignKey, select

from tests.accounts.rows import attempt, card, place, reading
from tests.accounts.test_sign_in import PASSWORD, who
from webapp.accounts import links, service
from webapp.accounts.models import Cohort, CohortInstructor, CohortMember, OneTimeLink, User
from webapp.accounts.personal_data import all_kinds
from webapp.audit.models import AuditEntry
from webapp.database import db
from webapp.lessons.models import Place, Reading
from webapp.quizzes.models import Accommodation, Attempt
from webapp.review.models import Card


@pytest.fixture
def ada(make_user: Any) -> int:
    user_id: int = make_user(username="ada", name="Ada Lovelace")
    return user_id


@pytest.fixture
def as_ada(client: FlaskClient, ada: int, sign_in: Any) -> FlaskClient:
    signed_in: FlaskClient = sign_in(client, ada)
    return signed_in


PROFILE = {"name": "Countess Ada", "username": "countess", "email": "ada@example.org", "locale": "de", "certainty": "y"}


def test_details_are_kept(app: Flask, as_ada: FlaskClient, ada: int, post: Any) -> None:
    assert post(as_ada, "/account", PROFILE).status_code == 303
    with app.app_context():
        user = db.session.get_one(User, ada)
        assert (user.name, user.username, user.email, user.locale) == (
            "Countess Ada",
            "countess",
            "ada@example.org",
            "de",
        )
        assert service.preference(user, "certainty") is True
    assert '<html lang="de"' in as_ada.get("/account").text
    post(as_ada, "/account", {**PROFILE, "locale": ""})
    with app.app_context():
        assert db.session.get_one(User, ada).locale is None


def test_not_wanting_to_say_how_sure_one_is_is_kept(app: Flask, as_ada: FlaskClient, ada: int, post: Any) -> None:
    post(as_ada, "/account", {key: value for key, value in PROFILE.items() if key != "certainty"})
    with app.app_context():
        assert service.preference(db.session.get_one(User, ada), "certainty") is False
        assert service.preference(None, "certainty") is True


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("username", "a b"),
        ("username", "EVE"),
        ("email", "no address"),
        ("email", "Eve@example.org"),
        ("locale", "xx"),
    ],
)
def test_a_refused_change_changes_nothing_and_keeps_what_was_typed(
    app: Flask, as_ada: FlaskClient, ada: int, make_user: Any, post: Any, field: str, value: str
) -> None:
    make_user(username="eve", email="eve@example.org")
    page = post(as_ada, "/account", {**PROFILE, field: value})
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    if value and field != "locale":
        assert f'value="{value}"' in page.text
    with app.app_context():
        user = db.session.get_one(User, ada)
        assert (user.name, user.username, user.email, user.locale) == ("Ada Lovelace", "ada", None, None)


def test_something_to_sign_in_with_must_stay(as_ada: FlaskClient, post: Any) -> None:
    assert post(as_ada, "/account", {**PROFILE, "username": "", "email": ""}).status_code == 422


# --- password and devices --------------------------------------------------------------------------------------------


def test_a_new_password_ends_the_other_sessions_but_not_this_one(
    app: Flask, as_ada: FlaskClient, ada: int, sign_in: Any, post: Any
) -> None:
    elsewhere = sign_in(app.test_client(), ada)
    change = {"current": PASSWORD, "password": "teal bicycle moon"}
    assert post(as_ada, "/account/password", change).status_code == 303
    assert who(as_ada) == "Ada Lovelace"
    assert who(elsewhere) is None
    fresh = app.test_client()
    assert post(fresh, "/sign-in", {"login": "ada", "password": PASSWORD}).status_code == 401
    assert post(fresh, "/sign-in", {"login": "ada", "password": "teal bicycle moon"}).status_code == 303


def test_the_current_password_is_asked_for(as_ada: FlaskClient, post: Any) -> None:
    page = post(as_ada, "/account/password", {"current": "a wrong password", "password": "teal bicycle moon"})
    assert page.status_code == 401
    assert 'href="#current"' in page.text
    assert "teal bicycle moon" not in page.text


def test_a_new_password_knows_its_person(as_ada: FlaskClient, post: Any) -> None:
    page = post(as_ada, "/account/password", {"current": PASSWORD, "password": "LOVELACE-ada-1"})
    assert page.status_code == 422
    assert 'href="#password"' in page.text


def test_other_devices_can_be_signed_out(app: Flask, as_ada: FlaskClient, ada: int, sign_in: Any, post: Any) -> None:
    elsewhere = sign_in(app.test_client(), ada)
    assert post(as_ada, "/account/sessions", page="/account").status_code == 303
    assert who(as_ada) == "Ada Lovelace"
    assert who(elsewhere) is None


# --- one's own data --------------------------------------------------------------------------------------------------


def test_the_download_holds_what_is_kept_and_no_secret(app: Flask, as_ada: FlaskClient, ada: int, clock: Any) -> None:
    with app.app_context():
        cohort = Cohort(course_id="tea-and-bread", name="Evening class", join_code="abc", created_at=clock())
        db.session.add(cohort)
        db.session.flush()
        db.session.add(CohortMember(cohort_id=cohort.id, user_id=ada, joined_at=clock()))
        attempt(ada, "tea", 1, clock())
        db.session.add_all([reading(ada, "tea", "water", clock()), card(ada, "tea-water", clock())])
        db.session.commit()
        user = db.session.get_one(User, ada)
        secrets = {user.password_hash, user.stamp}
    response = as_ada.get("/account/data")
    assert response.mimetype == "application/json"
    assert "attachment" in response.headers["Content-Disposition"]
    assert response.headers["Cache-Control"] == "no-store"
    assert not any(str(secret) in response.text for secret in secrets)
    data = json.loads(response.text)
    assert data["account"]["name"] == "Ada Lovelace"
    assert data["account"]["user_name"] == "ada"
    assert data["classes"]["in"] == ["Evening class"]
    assert data["attempts"][0]["quiz"] == "tea"
    assert data["reading"] == [
        {"course": "tea-and-bread", "lesson": "tea", "section": "water", "read_at": clock().isoformat()}
    ]
    assert data["review"][0]["question"] == "tea-water"
    assert {kind.name for kind in all_kinds()} <= set(data)


def test_the_download_is_readable_in_every_script(client: FlaskClient, make_user: Any, sign_in: Any) -> None:
    sign_in(client, make_user(name="Søren 李"))
    assert '"name": "Søren 李"' in client.get("/account/data").text


# --- leaving ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def ada_with_everything(app: Flask, ada: int, clock: Any) -> int:
    with app.app_context():
        cohort = Cohort(course_id="tea-and-bread", name="Evening class", join_code="abc", created_at=clock())
        db.session.add(cohort)
        db.session.flush()
        attempt(ada, "tea", 1, clock())
        db.session.add_all(
            [
                CohortMember(cohort_id=cohort.id, user_id=ada, joined_at=clock()),
                CohortInstructor(cohort_id=cohort.id, user_id=ada),
                Accommodation(
                    course_id="tea-and-bread", user_id=ada, extra_time_percent=25, reason="ill", created_at=clock()
                ),
                reading(ada, "tea", "water", clock()),
                place(ada, "tea", "water", clock()),
                card(ada, "tea-water", clock()),
            ]
        )
        links.reset(db.session.get_one(User, ada), now=clock())
        db.session.commit()
    return ada


def test_deleting_leaves_results_without_a_name(
    app: Flask, as_ada: FlaskClient, ada_with_everything: int, post: Any, clock: Any
) -> None:
    post(as_ada, "/account", PROFILE)
    clock.advance(hours=1)
    assert post(as_ada, "/account/delete", {"password": PASSWORD}).status_code == 303
    with app.app_context():
        user = db.session.get_one(User, ada_with_everything)
        assert (user.name, user.username, user.email, user.password_hash) == ("", None, None, None)
        assert (user.locale, user.preferences, user.role) == (None, {}, "learner")
        assert user.deleted_at == clock()
        for gone in (CohortMember, CohortInstructor, Accommodation, Place, Card, OneTimeLink):
            assert db.session.scalars(select(gone)).all() == [], gone
        assert len(db.session.scalars(select(Attempt)).all()) == 1
        assert len(db.session.scalars(select(Reading)).all()) == 1
        assert service.people().total == 0


def test_nobody_comes_back_as_a_deleted_person(
    app: Flask, as_ada: FlaskClient, ada: int, sign_in: Any, post: Any
) -> None:
    elsewhere = sign_in(app.test_client(), ada)
    post(as_ada, "/account/delete", {"password": PASSWORD})
    assert who(as_ada) is None
    assert who(elsewhere) is None
    assert post(app.test_client(), "/sign-in", {"login": "ada", "password": PASSWORD}).status_code == 401
    # The user name is free again.
    new = {"name": "Ada Two", "login": "ada", "password": "teal bicycle moon"}
    assert post(app.test_client(), "/sign-up", new).status_code == 303


def test_deleting_asks_for_the_password(app: Flask, as_ada: FlaskClient, post: Any) -> None:
    assert post(as_ada, "/account/delete", {"password": "a wrong one"}).status_code == 401
    assert post(as_ada, "/account/delete", {}).status_code == 422
    assert who(as_ada) == "Ada Lovelace"


def test_the_only_admin_cannot_leave(app: Flask, client: FlaskClient, make_user: Any, sign_in: Any, post: Any) -> None:
    admin = make_user(role="admin", username="root", name="Root")
    sign_in(client, admin)
    page = post(client, "/account/delete", {"password": PASSWORD})
    assert page.status_code == 422
    assert "only admin" in page.text
    make_user(role="admin")
    assert post(client, "/account/delete", {"password": PASSWORD}).status_code == 303
    with app.app_context():
        left = db.session.scalars(select(AuditEntry)).one()
        assert left.action == "person.deleted"
        assert "Root" not in (left.actor_name, left.subject)


def test_everything_that_belongs_to_a_person_is_spoken_for(app: Flask) -> None:
    """A room that adds a table with a person in it says what becomes of its rows, or this fails."""
    columns = {
        f"{table.name}.{column.name}"
        for table in db.metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if isinstance(key, ForeignKey) and key.column.table.name == "user"
    }
    spoken_for = {column for kind in all_kinds() for column in kind.columns}
    assert columns == spoken_for
