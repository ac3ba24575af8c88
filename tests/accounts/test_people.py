"""People, for admins: finding them, roles, and a way back in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.accounts.test_sign_in import who
from tests.clients import within
from webapp.accounts import service
from webapp.accounts.models import Cohort, CohortInstructor, CohortMember, User
from webapp.audit.models import AuditEntry
from webapp.database import db


@pytest.fixture
def admin(app: Flask, make_user: Any, sign_in: Any) -> FlaskClient:
    signed_in: FlaskClient = sign_in(app.test_client(), make_user(role="admin", username="root", name="Root"))
    return signed_in


@pytest.fixture
def ada(make_user: Any) -> int:
    user_id: int = make_user(username="ada", name="Ada Lovelace")
    return user_id


def names_on(page: Any) -> list[str]:
    return re.findall(r'<a href="/admin/people/\d+"><bdi>([^<]*)</bdi>', page.text)


def test_people_are_found_by_parts_of_name_and_login(
    app: Flask, admin: FlaskClient, ada: int, make_user: Any, clock: Any
) -> None:
    make_user(username="mary", email="mary@example.org", name="Mary_Somerville")
    with app.app_context():
        service.create_guest(now=clock())
        gone = service.create_user(name="Gone", username="gone", now=clock())
        service.delete_account(gone, now=clock())
        db.session.commit()
    assert names_on(admin.get("/admin/people")) == ["Ada Lovelace", "Mary_Somerville", "Root"]
    for search, found in {
        "love": ["Ada Lovelace"],
        "ADA": ["Ada Lovelace"],
        "mary@": ["Mary_Somerville"],
        "%": [],
        "y_s": ["Mary_Somerville"],
        "a_a": [],
        "'; DROP TABLE user; --": [],
    }.items():
        assert names_on(admin.get("/admin/people", query_string={"q": search})) == found, search
    with app.app_context():
        service.create_user(name="Ayşe Çelik", username="ayse", now=clock())
        db.session.commit()
    for search, found in {"celik": ["Ayşe Çelik"], "ÇELİK": ["Ayşe Çelik"], "\u0301": []}.items():
        assert names_on(admin.get("/admin/people", query_string={"q": search})) == found, search
    assert names_on(admin.get("/admin/people?role=admin")) == ["Root"]
    assert len(names_on(admin.get("/admin/people?role=guest"))) == 0


def test_two_thousand_people_come_in_pages(app: Flask, admin: FlaskClient, clock: Any, count_queries: Any) -> None:
    with app.app_context():
        db.session.add_all(
            User(name=f"Learner {n:04}", username=f"l{n}", role="learner", created_at=clock(), preferences={})
            for n in range(2000)
        )
        db.session.commit()
    with count_queries(app) as counted:
        first = admin.get("/admin/people")
    asked = [statement for statement in counted.statements if 'FROM "user"' in statement or "FROM user" in statement]
    assert len(asked) == 3  # who asks, how many, one page
    assert len(names_on(first)) == 50
    assert "Page 1 of 41" in first.text
    assert "page=2" in first.text
    assert names_on(admin.get("/admin/people?page=41"))[-1] == "Root"
    assert names_on(admin.get("/admin/people?page=999")) == names_on(admin.get("/admin/people?page=41"))
    for odd in ("-3", "x", "0"):
        assert names_on(admin.get(f"/admin/people?page={odd}")) == names_on(first)


def test_a_role_is_given_and_logged(app: Flask, admin: FlaskClient, ada: int, sign_in: Any, post: Any) -> None:
    learner = sign_in(app.test_client(), ada)
    assert learner.get("/admin/people").status_code == 403
    assert post(admin, f"/admin/people/{ada}/role", {"role": "admin"}, page=f"/admin/people/{ada}").status_code == 303
    assert learner.get("/admin/people").status_code == 303, "whoever got the role signs in with it"
    assert sign_in(learner, ada).get("/admin/people").status_code == 200
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry)).one()
        assert (entry.actor_name, entry.action, entry.subject) == ("Root", "person.role_changed", f"user:{ada}")
        assert entry.details == {"before": "learner", "after": "admin"}


@pytest.mark.parametrize("role", ["guest", "king", ""])
def test_no_other_roles_can_be_given(
    app: Flask, admin: FlaskClient, ada: int, post: Any, clock: Any, role: str
) -> None:
    page = post(admin, f"/admin/people/{ada}/role", {"role": role}, page=f"/admin/people/{ada}")
    assert page.status_code == 422
    with app.app_context():
        assert db.session.get_one(User, ada).role == "learner"
        with pytest.raises(ValueError, match="can't be given"):
            service.set_role(db.session.get_one(User, ada), role, by="nobody", now=clock())


def test_the_only_admin_stays_one(app: Flask, admin: FlaskClient, post: Any) -> None:
    page = post(admin, "/admin/people/1/role", {"role": "learner"}, page="/admin/people/1")
    assert page.status_code == 422
    assert "only admin" in page.text
    with app.app_context():
        assert db.session.get_one(User, 1).role == "admin"


def test_a_link_is_shown_once_and_sets_a_password(app: Flask, admin: FlaskClient, ada: int, post: Any) -> None:
    page = post(admin, f"/admin/people/{ada}/link", page=f"/admin/people/{ada}")
    found = re.search(r'value="http://localhost(/reset/[\w-]+)"', page.text)
    assert found
    assert page.headers["Cache-Control"] == "no-store"
    assert "/reset/" not in admin.get(f"/admin/people/{ada}").text
    person = app.test_client()
    assert post(person, found.group(1), {"password": "teal bicycle moon"}).status_code == 303
    assert who(person) == "Ada Lovelace"
    with app.app_context():
        actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert actions == ["person.link_made", "person.password_set"]


def test_guests_deleted_people_and_nobody_have_no_page(
    app: Flask, admin: FlaskClient, ada: int, clock: Any, post: Any
) -> None:
    with app.app_context():
        guest = service.create_guest(now=clock()).id
        service.delete_account(db.session.get_one(User, ada), now=clock())
        db.session.commit()
    for user_id in (guest, ada, 9999):
        assert admin.get(f"/admin/people/{user_id}").status_code == 404
        for act in ("role", "link"):
            assert post(admin, f"/admin/people/{user_id}/{act}", {"role": "admin"}, page="/account").status_code == 404


def test_an_instructor_may_reset_learners_only(app: Flask, make_user: Any) -> None:
    ids = {role: make_user(role=role) for role in ("learner", "instructor", "admin")}
    with app.app_context():
        users = {role: db.session.get_one(User, user_id) for role, user_id in ids.items()}
        allowed = {(actor, user) for actor in users for user in users if service.may_reset(users[actor], users[user])}
    assert allowed == {("instructor", "learner"), ("admin", "learner"), ("admin", "instructor"), ("admin", "admin")}


def test_a_link_that_a_teacher_made_for_a_learner_is_no_way_into_the_account_of_a_colleague(
    app: Flask, admin: FlaskClient, ada: int, clock: Any, post: Any
) -> None:
    from webapp.accounts import links

    with app.app_context():
        token = links.create("reset", user=db.session.get_one(User, ada), now=clock())
        db.session.commit()
    assert app.test_client().get(f"/reset/{token}").status_code == 200
    post(admin, f"/admin/people/{ada}/role", {"role": "instructor"}, page=f"/admin/people/{ada}")
    assert app.test_client().get(f"/reset/{token}").status_code == 404


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["Ada Lovelace", "Mary_Somerville"]),
        ("LOVE", ["Ada Lovelace"]),
        ("  ada   l", ["Ada Lovelace"]),
        ("mary@", ["Mary_Somerville"]),
        ("@", ["Mary_Somerville"]),
        ("y_s", ["Mary_Somerville"]),
        ("%", []),
    ],
)
def test_people_classes_and_the_gradebook_are_searched_alike(
    app: Flask, ada: int, make_user: Any, teacher: int, as_person: Any, clock: Any, typed: str, names: list[str]
) -> None:
    mary = make_user(username="mary", email="mary@example.org", name="Mary_Somerville")
    with app.app_context():
        cohort = Cohort(course_id="tea-and-bread", name="Class", join_code="CODE", created_at=clock())
        db.session.add(cohort)
        db.session.flush()
        db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=teacher))
        for user_id in (ada, mary):
            db.session.add(CohortMember(cohort_id=cohort.id, user_id=user_id, joined_at=clock()))
        db.session.commit()
        cohort_id = cohort.id
        assert [user.name for user in service.people(search=typed, role="learner")] == names
    client = as_person(teacher)
    for path in (f"/instructor/cohorts/{cohort_id}", "/instructor/gradebook"):
        page = client.get(path, query_string={"q": typed}).text
        assert re.findall(rf'<a href="{within("/instructor/learners")}/\d+"><bdi>([^<]*)</bdi>', page) == names, path
