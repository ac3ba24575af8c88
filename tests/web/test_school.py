"""Two courses on one site whose quizzes, questions and lessons have the same ids: what is of the one is not in the
other, by none of its addresses, and whoever works in the one is nobody in the other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.clients import TINY, within
from tests.conftest import TINY as FOLDER
from tests.conftest import session_of, token_of
from tests.web import test_access
from tests.web.test_access import OBJECTS, World, content, methods, populated, rules
from webapp.accounts import course_admission, course_roles, course_staff
from webapp.accounts.models import Admission, Cohort, CohortMember, CourseRole, Invitation, User
from webapp.database import db
from webapp.quizzes import service as quizzes
from webapp.web.current import COURSE

#: the other course: the same files, with another id
OTHER = "tea-there"
WORK = ("", "/gradebook", "/attention", "/statistics", "/coverage", "/cohorts", "/bank", "/course/people")


@pytest.fixture
def school(make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    for name in (TINY, OTHER):
        shutil.copytree(FOLDER, tmp_path / "several" / name)
        file = tmp_path / "several" / name / "course.yaml"
        text = file.read_text().replace(f"id: {TINY}\n", f"id: {name}\n", 1)
        file.write_text(text.replace("title: Tea and bread\n", f"title: Course of {name}\n", 1))
    return make_app(bank=tmp_path / "several")


@pytest.fixture
def world(school: Flask, make_user: Any, clock: Any) -> World:
    return populated(school, lambda **more: make_user(**more, app=school), clock)


def client_of(world: World, who: str) -> FlaskClient:
    client = world.app.test_client()
    client.set_cookie("session", session_of(world.app, world.ids[who]))
    return client


def settle(world: World, admission: Admission, *, archived: bool = False) -> str:
    """Says who may take the other course; gives its code."""
    with world.app.app_context():
        admin = world.user("admin")
        row = course_admission.admit(OTHER, admission, by=admin, now=world.now)
        if archived:
            course_admission.archive(OTHER, by=admin, now=world.now)
        db.session.commit()
        return row.join_code


# --- what is of a course ----------------------------------------------------------------------------------------------


def test_what_is_of_one_course_is_by_no_address_in_another(world: World) -> None:
    """Each that may see it at home, and an admin, who may see everything."""
    wrong, asked = [], 0
    for rule in rules(world.app):
        if rule.endpoint not in OBJECTS or not rule.rule.startswith(COURSE):
            continue
        audience = str(test_access.access.audience_of(world.app, rule.endpoint))
        theirs = {"owner": "course-owner", "teacher": "teacher", "admin": "admin"}.get(audience, "owner")
        # An admin may see the account of everybody, in whichever course.
        people = [theirs] if theirs == "owner" or rule.endpoint == "reports.learner" else [theirs, "admin"]
        values = content(rule) | test_access.make(world, rule.endpoint)
        for who in people:
            client = client_of(world, who)
            token = client.get("/session").json["token"]  # type: ignore[index]
            for method in methods(rule):
                _, path = rule.build(values | {"course": OTHER}) or ("", "")
                data = {"csrf_token": token} if method == "POST" else None
                asked += 1
                answer = client.open(path, method=method, data=data)
                if answer.status_code != 404 and not (answer.status_code == 403 and theirs == "course-owner"):
                    wrong.append(f"{method} {path} by {who}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert asked > 50


def test_a_class_is_never_shown_in_another_course(world: World) -> None:
    name = "The owner&#39;s class"
    test_access.make(world, "quizzes.result")
    teacher = client_of(world, "teacher")
    assert name in teacher.get(within("/instructor/cohorts")).text
    for path in WORK[:6]:
        page = teacher.get(within(f"/instructor{path}", OTHER))
        assert page.status_code == 200, path
        assert name not in page.text, path
    for report in ("scores", "gradebook", "responses"):
        here, there = (teacher.get(within(f"/instructor/{report}.csv", course)).text for course in (TINY, OTHER))
        assert len(here.splitlines()) > 1, report
        assert len(there.splitlines()) == 1, report
    cohort = world.ids["cohort"]
    assert teacher.get(within(f"/instructor/gradebook?cohort={cohort}")).status_code == 200
    assert teacher.get(within(f"/instructor/gradebook?cohort={cohort}", OTHER)).status_code == 404


def test_an_invitation_is_told_in_its_course_and_on_the_list(world: World) -> None:
    with world.app.app_context():
        row = Invitation(
            cohort_id=world.ids["cohort"], user_id=world.ids["learner"], listed_as="L", invited_at=world.now
        )
        db.session.add(row)
        db.session.commit()
    learner = client_of(world, "learner")
    said = "You are invited to"
    assert said in learner.get(within("")).text
    assert said in learner.get("/").text
    assert said not in learner.get(within("", OTHER)).text


def test_a_class_is_joined_from_anywhere_and_leads_to_its_course(world: World) -> None:
    with world.app.app_context():
        db.session.add(Cohort(course_id=OTHER, name="There", join_code="THERE234", created_at=world.now, joinable=True))
        db.session.commit()
    learner = client_of(world, "learner")
    page = learner.get("/join/THERE234")
    joined = learner.post("/join/THERE234", data={"csrf_token": token_of(page.text)}, follow_redirects=True)
    assert joined.request.path == "/join"
    assert f'href="{within("/quizzes", OTHER)}"' in joined.text
    assert within("/quizzes", OTHER) in learner.get("/join/THERE234").text


# --- who works in a course --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [str(role) for role in CourseRole])
def test_who_has_a_role_in_one_course_is_nobody_in_another(world: World, role: str) -> None:
    client = client_of(world, f"course-{role}")
    desk = within("/instructor")
    assert f'href="{desk}"' in client.get(within("")).text
    assert client.get(desk, follow_redirects=True).status_code == 200
    there = client.get(within("", OTHER))
    assert there.status_code == 200
    assert "/instructor" not in there.text
    for path in WORK:
        assert client.get(within(f"/instructor{path}", OTHER)).status_code == 403, path
    settle(world, Admission.CLASS)
    assert client.get(within("/quizzes", OTHER)).status_code == 403
    assert client.get(within("/quizzes")).status_code == 200


def test_pages_of_the_site_know_of_no_role(world: World) -> None:
    owner = client_of(world, "course-owner")
    for path in ("/", "/account", "/join", "/review", "/nothing"):
        page = owner.get(path)
        assert page.status_code == (404 if path == "/nothing" else 200), path
        assert "/instructor" not in page.text, path
    admin = client_of(world, "admin")
    assert admin.get("/admin/people").status_code == 200


@pytest.mark.parametrize("who", ["anonymous", "admin"])
def test_no_page_of_the_site_needs_a_course(world: World, who: str) -> None:
    client = world.app.test_client() if who == "anonymous" else client_of(world, who)
    wrong, asked = [], 0
    for rule in rules(world.app):
        if "GET" in methods(rule) and not rule.arguments:
            asked += 1
            answer = client.get(rule.rule)
            if answer.status_code >= 500 and rule.endpoint != "site.ready":
                wrong.append(f"{rule}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert asked > 20


def test_a_broken_course_is_told_to_its_own_staff_only(world: World, tmp_path: Path) -> None:
    with world.app.app_context():
        for course_id in (TINY, OTHER):
            course_admission.settled(course_id, by=world.user("admin"), now=world.now)
            course_staff.let_all_instructors(course_id, False, by=world.user("admin"), now=world.now)
        db.session.commit()
    file = tmp_path / "several" / OTHER / "1-tea" / "questions.yaml"
    file.write_text("questions: 3\n")
    shutil.rmtree(Path(world.app.config["SETTINGS"].data) / "cache", ignore_errors=True)
    assert client_of(world, "course-owner").get(within("/quizzes", OTHER)).status_code == 404
    assert "questions.yaml" not in client_of(world, "course-owner").get("/").text
    told = client_of(world, "admin").get(within("/quizzes", OTHER))
    assert told.status_code == 503
    assert "questions.yaml" in told.text


# --- the list ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("admission", "seen_by"),
    [
        (Admission.OPEN, {"anonymous", "learner", "owner", "admin"}),
        (Admission.CODE, {"anonymous", "learner", "owner", "admin"}),
        (Admission.CLASS, {"owner", "admin"}),
    ],
)
def test_the_list_holds_what_one_may_see(world: World, admission: Admission, seen_by: set[str]) -> None:
    with world.app.app_context():
        cohort = Cohort(course_id=OTHER, name="There", join_code="THERE234", created_at=world.now)
        db.session.add(cohort)
        db.session.flush()
        db.session.add(CohortMember(cohort_id=cohort.id, user_id=world.ids["owner"], joined_at=world.now))
        db.session.commit()
    settle(world, admission)
    for who in ("anonymous", "learner", "owner", "admin"):
        client = world.app.test_client() if who == "anonymous" else client_of(world, who)
        page = client.get("/").text
        assert f"Course of {TINY}" in page, who
        assert (f"Course of {OTHER}" in page) == (who in seen_by), who
        locked = admission == Admission.CODE and who in {"anonymous", "learner"}
        assert ("With a code" in page) == locked, who


def test_the_code_of_a_course_is_typed_at_its_door(world: World) -> None:
    code = settle(world, Admission.CODE)
    visitor = world.app.test_client()
    door = visitor.get(within("/lessons/tea", OTHER))
    assert door.status_code == 403
    fields = {"csrf_token": token_of(door.text), "code": code, "next": within("/lessons/tea", OTHER)}
    assert visitor.post(within("/course/enter"), data=fields).status_code == 422, "it opens its own course only"
    entered = visitor.post(within("/course/enter", OTHER), data=fields)
    assert (entered.status_code, entered.headers["Location"]) == (303, within("/lessons/tea", OTHER))
    assert visitor.get(within("/lessons/tea", OTHER)).status_code == 200
    assert "With a code" not in visitor.get("/").text


def test_all_standings_are_those_of_each_course(world: World) -> None:
    """What the list asks for at once is what each door asks for."""
    settle(world, Admission.CODE, archived=True)
    with world.app.app_context():
        course_admission.enter(OTHER, world.user("learner"), world.now)
        db.session.commit()
        for who in world.ids.keys() - {"cohort"}:
            person = world.user(who)
            at_once = course_roles.all_accesses(person, [TINY, OTHER])
            assert at_once == {each: course_roles.access_of(person, each) for each in (TINY, OTHER)}, who
        assert course_roles.all_accesses(None, [OTHER]) == {OTHER: course_roles.access_of(None, OTHER)}


# --- the review -------------------------------------------------------------------------------------------------------


def test_the_review_brings_both_courses_and_none_that_is_closed(world: World, clock: Any) -> None:
    with world.app.app_context():
        for name in (TINY, OTHER):
            store = world.app.extensions["courses"].store(name)
            course, user = store.current(), world.user("owner")
            quizzes.submit(quizzes.start(user, course.quiz("tea"), course, world.now, seed=1), world.now)
        db.session.commit()
    clock.advance(days=3)
    owner = client_of(world, "owner")
    due = [int(word) for word in owner.get("/review").text.split() if word.isdecimal()]
    assert due
    token = owner.get("/session").json["token"]  # type: ignore[index]
    asked = owner.post("/review/next", data={"csrf_token": token}).headers["Location"]
    page = owner.get(asked)
    assert page.status_code == 200
    settle(world, Admission.CLASS)
    seen = set()
    for _turn in range(40):
        asked = owner.post("/review/next", data={"csrf_token": token}).headers["Location"]
        if asked == "/review":
            break
        page = owner.get(asked).text
        seen |= {name for name in (TINY, OTHER) if f"Course of {name}" in page}
        owner.post(asked, data={"csrf_token": token_of(page), "action": "unknown", "sequence": "0"})
    assert seen == {TINY}


def test_names_of_people_are_no_way_in(world: World) -> None:
    """Somebody of the staff of both teaches only the class that is theirs, in each."""
    with world.app.app_context():
        admin, teacher = world.user("admin"), db.session.get_one(User, world.ids["course-teacher"])
        course_staff.give(OTHER, teacher, CourseRole.OWNER, by=admin, now=world.now)
        db.session.commit()
    client = client_of(world, "course-teacher")
    assert client.get(within(f"/instructor/cohorts/{world.ids['cohort']}")).status_code == 404
    assert client.get(within(f"/instructor/cohorts/{world.ids['cohort']}", OTHER)).status_code == 404
    assert client.get(within("/instructor/course/people", OTHER)).status_code == 200
    assert client.get(within("/instructor/course/people")).status_code == 403
