"""Who may do what in a course, by role; and who may take it, at each of its doors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.clients import within
from tests.conftest import Clock, token_of
from webapp.accounts import course_admission, course_roles, course_staff, service, teaching
from webapp.accounts.models import (
    Admission,
    Cohort,
    CohortInstructor,
    CohortMember,
    CourseMember,
    CourseRole,
    CourseStaff,
    User,
)
from webapp.audit.models import AuditEntry
from webapp.classes import regrades
from webapp.database import db
from webapp.quizzes import service as quizzes
from webapp.quizzes.grade_changes import policies

OWNER, AUTHOR, TEACHER = CourseRole.OWNER, CourseRole.AUTHOR, CourseRole.TEACHER


@pytest.fixture
def course_id(app: Flask) -> str:
    return str(app.extensions["courses"].only.current().id)


@pytest.fixture
def give(app: Flask, admin: int, course_id: str, clock: Clock) -> Callable[[int, CourseRole], int]:
    def done(user_id: int, role: CourseRole) -> int:
        with app.app_context():
            person, by = db.session.get_one(User, user_id), db.session.get_one(User, admin)
            course_staff.give(course_id, person, role, by=by, now=clock())
            db.session.commit()
        return user_id

    return done


@pytest.fixture
def close(app: Flask, admin: int, course_id: str, clock: Clock) -> Callable[[Admission], str]:
    """Closes the course; gives its code."""

    def done(admission: Admission) -> str:
        with app.app_context():
            row = course_admission.admit(course_id, admission, by=db.session.get_one(User, admin), now=clock())
            db.session.commit()
            return row.join_code

    return done


def roles(app: Flask, user_id: int, course_id: str) -> set[str]:
    with app.app_context():
        return set(course_roles.access_of(db.session.get_one(User, user_id), course_id).roles)


# --- roles -----------------------------------------------------------------------------------------------------------


def test_before_anybody_settles_anything_every_instructor_writes_and_teaches_and_admins_own(
    app: Flask, teacher: int, admin: int, make_user: Any, course_id: str
) -> None:
    assert roles(app, teacher, course_id) == {"author", "teacher"}
    assert roles(app, admin, course_id) == {"owner", "author", "teacher"}
    assert roles(app, make_user(), course_id) == set()


def test_a_role_is_of_one_course(app: Flask, make_user: Any, give: Any, course_id: str) -> None:
    owner = give(make_user(), OWNER)
    assert roles(app, owner, course_id) == {"owner", "author", "teacher"}
    assert roles(app, owner, "another") == set()


def test_when_only_the_list_counts_who_has_a_class_stays_as_its_teacher_and_others_have_no_part(
    app: Flask, teacher: int, admin: int, make_user: Any, course_id: str, clock: Clock
) -> None:
    colleague = make_user(role="instructor", name="Without a class")
    with app.app_context():
        cohort = Cohort(course_id="tea-and-bread", name="Class", join_code="CODE", created_at=clock())
        db.session.add(cohort)
        db.session.flush()
        db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=teacher))
        made = course_staff.let_all_instructors(course_id, False, by=db.session.get_one(User, admin), now=clock())
        db.session.commit()
    assert made == 1
    assert roles(app, teacher, course_id) == {"teacher"}
    assert roles(app, colleague, course_id) == set()


def test_what_happens_in_one_course_leaves_the_classes_of_another(
    app: Flask, admin: int, make_user: Any, give: Any, course_id: str, clock: Clock
) -> None:
    teacher, member, instructor = give(make_user(), TEACHER), make_user(), make_user(role="instructor")
    with app.app_context():
        by = db.session.get_one(User, admin)
        here, there = (
            Cohort(course_id=of, name="Class", join_code=of, created_at=clock()) for of in (course_id, "another")
        )
        db.session.add_all([here, there])
        db.session.flush()
        db.session.add_all(CohortInstructor(cohort_id=each.id, user_id=teacher) for each in (here, there))
        db.session.add(CohortInstructor(cohort_id=there.id, user_id=instructor))
        db.session.add(CohortMember(cohort_id=there.id, user_id=member, joined_at=clock()))
        course_admission.admit(course_id, Admission.CLASS, by=by, now=clock())
        assert not course_roles.access_of(db.session.get_one(User, member), course_id).is_admitted
        assert course_staff.let_all_instructors(course_id, False, by=by, now=clock()) == 0
        course_staff.remove(course_id, teacher, by=by, now=clock())
        kept = {(each.cohort_id, each.user_id) for each in db.session.scalars(select(CohortInstructor))}
        assert kept == {(there.id, teacher), (there.id, instructor)}


def test_the_last_owner_stays_one(
    app: Flask, admin: int, make_user: Any, give: Any, course_id: str, clock: Clock
) -> None:
    owner = give(make_user(), OWNER)
    with app.app_context():
        by, person = db.session.get_one(User, admin), db.session.get_one(User, owner)
        with pytest.raises(course_staff.LastOwner):
            course_staff.remove(course_id, owner, by=by, now=clock())
        with pytest.raises(course_staff.LastOwner):
            course_staff.give(course_id, person, TEACHER, by=by, now=clock())
    give(make_user(), OWNER)
    with app.app_context():
        course_staff.remove(course_id, owner, by=db.session.get_one(User, admin), now=clock())
        db.session.commit()
        assert not db.session.get_one(User, owner).in_staff
        acts = db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"course:{course_id}"))
        assert list(acts) == ["course.staff_added", "course.staff_added", "course.staff_removed"]


def test_whoever_is_no_teacher_any_more_teaches_no_class(
    app: Flask, admin: int, make_user: Any, give: Any, course_id: str, clock: Clock
) -> None:
    person = give(make_user(), TEACHER)
    with app.app_context():
        cohort = Cohort(course_id="tea-and-bread", name="Class", join_code="CODE", created_at=clock())
        db.session.add(cohort)
        db.session.flush()
        db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=person))
        db.session.commit()
        assert teaching.may_open(db.session.get_one(User, person), cohort)
    give(person, AUTHOR)
    with app.app_context():
        assert not db.session.scalars(select(CohortInstructor)).all()


def test_a_session_that_began_as_a_learners_ends_when_the_person_becomes_staff(
    app: Flask, make_user: Any, give: Any, as_person: Any
) -> None:
    person = make_user()
    client = as_person(person)
    assert client.get("/account").status_code == 200
    give(person, TEACHER)
    assert client.get("/account").status_code == 303
    with app.app_context():
        teacher = service.create_user(
            name="T", username="t2", password="correct horse battery", role="instructor", now=app.config["CLOCK"]()
        )
        db.session.flush()
        # No instructor makes a link that sets the password of somebody of the staff.
        assert not service.may_reset(teacher, db.session.get_one(User, person))


def test_owners_decide_for_the_classes_of_others_and_teachers_for_their_own(
    app: Flask, make_user: Any, give: Any, course_id: str, clock: Clock
) -> None:
    owner, teacher, learner = give(make_user(), OWNER), give(make_user(), TEACHER), make_user()
    with app.app_context():
        own, other = (
            Cohort(course_id="tea-and-bread", name=name, join_code=name, created_at=clock())
            for name in ("Own", "Other")
        )
        db.session.add_all([own, other])
        db.session.flush()
        db.session.add(CohortInstructor(cohort_id=own.id, user_id=teacher))
        db.session.add(CohortMember(cohort_id=other.id, user_id=learner, joined_at=clock()))
        db.session.commit()
        people = {name: db.session.get_one(User, id) for name, id in (("owner", owner), ("teacher", teacher))}
        assert regrades.reach_of(people["owner"], course_id) is None
        assert regrades.reach_of(people["teacher"], course_id) == [own.id]
        assert teaching.may_open(people["owner"], other)
        assert not teaching.may_open(people["teacher"], other)
        assert teaching.may_see(people["owner"], learner, course_id)
        assert not teaching.may_see(people["teacher"], learner, course_id)
        assert set(db.session.scalars(teaching.learners_of(people["owner"], course_id))) == {learner}
        assert set(db.session.scalars(select(Cohort.id).where(teaching.cohorts_of(people["owner"], course_id)))) == {
            own.id,
            other.id,
        }
        assert regrades.reach_of(people["owner"], "another") == [], "an owner of one course is nobody in another"
        assert not teaching.may_see(people["owner"], learner, "another")
        course = app.extensions["courses"].only.current()
        quizzes.submit(quizzes.start(db.session.get_one(User, learner), course.quiz("tea"), course, clock()), clock())
        db.session.commit()
        assert policies.forecast(course.quiz("tea"), people["teacher"]).differences == ()


NAV = ("/instructor/gradebook", "/instructor/bank", "/instructor/course/people")


@pytest.mark.parametrize(
    ("role", "shown"),
    [(OWNER, NAV), (AUTHOR, NAV[1:2]), (TEACHER, NAV[:1])],
)
def test_the_desk_leads_only_where_one_may_go(
    role: CourseRole, shown: tuple[str, ...], make_user: Any, give: Any, as_person: Any
) -> None:
    client = as_person(give(make_user(), role))
    page = client.get("/instructor", follow_redirects=True)
    assert page.status_code == 200
    assert {path for path in NAV if f'href="{within(path)}"' in page.text} == set(shown)
    for path in NAV:
        assert client.get(path).status_code == (200 if path in shown else 403), path


# --- the pages of owners ---------------------------------------------------------------------------------------------


def test_an_owner_adds_changes_and_removes_people(
    app: Flask, make_user: Any, give: Any, as_person: Any, post: Any, course_id: str
) -> None:
    client = as_person(give(make_user(), OWNER))
    colleague = make_user(username="bo", name="Bo Author")
    list_page = "/instructor/course/people"
    unknown = post(client, list_page, {"login": "nobody", "role": "author"})
    assert unknown.status_code == 422
    assert "There is no account with this name" in unknown.text
    assert post(client, list_page, {"login": "bo", "role": "author"}).status_code == 303
    assert roles(app, colleague, course_id) == {"author"}
    assert post(client, list_page, {"login": "bo", "role": "teacher"}).status_code == 422
    post(client, f"{list_page}/{colleague}/role", {"role": "teacher"}, page=list_page)
    assert roles(app, colleague, course_id) == {"teacher"}
    asked = client.get(f"{list_page}/{colleague}/remove")
    assert "Remove Bo Author from this course?" in asked.text
    assert roles(app, colleague, course_id) == {"teacher"}
    post(client, f"{list_page}/{colleague}/remove")
    assert roles(app, colleague, course_id) == set()


def test_the_last_owner_is_told_why_they_stay(make_user: Any, give: Any, as_person: Any, post: Any) -> None:
    owner = give(make_user(), OWNER)
    client = as_person(owner)
    post(client, f"/instructor/course/people/{owner}/remove")
    page = client.get("/instructor/course/people")
    assert page.status_code == 200
    assert "A course keeps at least one owner." in page.text


def test_an_owner_says_who_may_take_it_renews_the_code_and_archives(
    app: Flask, make_user: Any, give: Any, as_person: Any, post: Any, course_id: str
) -> None:
    client = as_person(give(make_user(), OWNER))
    page = "/instructor/course/admission"
    assert post(client, page, {"admission": "nobody"}).status_code == 422
    post(client, page, {"admission": "code"})
    with app.app_context():
        first = course_admission.found(course_id).join_code  # type: ignore[union-attr]
    post(client, "/instructor/course/code", page=page)
    post(client, "/instructor/course/archive", page=page)
    with app.app_context():
        row = course_admission.found(course_id)
        assert row is not None
        assert row.admission == "code"
        assert row.join_code != first
        assert row.archived_at
    post(client, "/instructor/course/restore", page=page)
    with app.app_context():
        assert course_admission.found(course_id).archived_at is None  # type: ignore[union-attr]


# --- who may take it -------------------------------------------------------------------------------------------------

#: a door of each kind, with words of the tiny course that are behind it
DOORS = (
    "/", "/lessons/tea", "/lessons/tea/checks/x", "/lessons/", "/quizzes", "/quizzes/tea", "/review", "/progress",
    "/attempts/{attempt}", "/attempts/{attempt}/questions/1", "/attempts/{attempt}/paper",
    "/attempts/{attempt}/summary", "/attempts/{attempt}/clock", "/attempts/{done}/result",
)  # fmt: skip
FORMS = (
    "/lessons/tea/checks/x", "/lessons/tea/read", "/quizzes/tea/attempts", "/attempts/{attempt}/questions/1",
    "/attempts/{attempt}/submit", "/attempts/{done}/practice", "/review/next", "/review/cap",
)  # fmt: skip


def texts(app: Flask) -> set[str]:
    """Sentences of the course that no closed door may let out: of lessons, questions, quizzes and its source."""
    course = app.extensions["courses"].only.current()
    said = {quiz.title for quiz in course.quizzes} | {quiz.summary for quiz in course.quizzes}
    said |= {question.stem for question in course.questions} | {pillar.title for pillar in course.pillars}
    said |= {file.lesson.title for file in course.lesson_files if file.lesson is not None}
    if course.ledger is not None and course.ledger.source is not None:
        said.add(course.ledger.source.title)
    return {each for each in said if each and len(each) > 3 and each != course.title}


@pytest.fixture
def begun(app: Flask, make_user: Any, clock: Clock) -> dict[str, int]:
    """A learner with an open attempt and one that is handed in."""
    user_id = make_user(name="Lea Learner")
    with app.app_context():
        course, user = app.extensions["courses"].only.current(), db.session.get_one(User, user_id)
        done = quizzes.start(user, course.quiz("every-type"), course, clock(), seed=1)
        quizzes.submit(done, clock())
        attempt = quizzes.start(user, course.quiz("tea"), course, clock(), seed=1)
        db.session.commit()
        return {"user": user_id, "attempt": attempt.id, "done": done.id}


@pytest.mark.parametrize("admission", [Admission.CODE, Admission.CLASS])
@pytest.mark.parametrize("who", ["learner", "visitor"])
def test_no_door_of_a_closed_course_lets_out_a_text(
    app: Flask, begun: dict[str, int], close: Any, as_person: Any, who: str, admission: Admission
) -> None:
    client = as_person(begun["user"]) if who == "learner" else app.test_client()
    open_before = client.get("/quizzes").text
    secret = texts(app)
    assert any(each in open_before for each in secret), "the words would be seen if they were there"
    close(admission)
    token = client.get("/session").json["token"]
    answers = [client.get(door.format(**begun)) for door in DOORS]
    answers += [client.post(form.format(**begun), data={"csrf_token": token}) for form in FORMS]
    for answer in answers:
        assert answer.status_code == 403, answer.request.path
        assert not [each for each in secret if each in answer.text], answer.request.path
        assert "Keep-Offline" not in answer.headers
    asked = client.get("/quizzes", headers={"Accept": "application/json"})
    assert asked.status_code == 403
    assert asked.json == {"error": "not-admitted"}
    for elsewhere in ("/sign-in", "/offline", "/nothing", "/course/enter", "/join", "/account"):
        assert not [each for each in secret if each in client.get(elsewhere).text], elsewhere
    if who == "learner":
        with app.app_context():
            course, user = app.extensions["courses"].only.current(), db.session.get_one(User, begun["user"])
            with pytest.raises(quizzes.NotOffered) as refused:
                quizzes.start(user, course.quiz("bread"), course, app.config["CLOCK"]())
            assert refused.value.refusal.reason == "not-admitted"


def test_staff_and_the_classes_of_a_closed_course_are_let_in(
    app: Flask, close: Any, make_user: Any, give: Any, teacher: int, as_person: Any, clock: Clock
) -> None:
    member, author = make_user(), give(make_user(), AUTHOR)
    with app.app_context():
        cohort = Cohort(course_id="tea-and-bread", name="Class", join_code="CODE", created_at=clock())
        db.session.add(cohort)
        db.session.flush()
        db.session.add(CohortMember(cohort_id=cohort.id, user_id=member, joined_at=clock()))
        db.session.commit()
    close(Admission.CLASS)
    for user_id in (member, author, teacher):
        assert as_person(user_id).get("/quizzes").status_code == 200
    with app.app_context():
        db.session.scalars(select(Cohort)).one().archived_at = clock()
        db.session.commit()
    assert as_person(member).get("/quizzes").status_code == 403


def entered(client: FlaskClient, code: str) -> Any:
    page = client.get("/quizzes/tea")
    return client.post("/course/enter", data={"csrf_token": token_of(page.text), "code": code, "next": "/quizzes/tea"})


def test_a_code_lets_in_whoever_types_it_guests_too_and_an_old_one_nobody_new(
    app: Flask, close: Any, make_user: Any, admin: int, as_person: Any, course_id: str, clock: Clock
) -> None:
    code = close(Admission.CODE)
    visitor, learner = app.test_client(), as_person(make_user())
    wrong = entered(visitor, "wrong")
    assert wrong.status_code == 422
    assert "This code does not open the course" in wrong.text
    with app.app_context():
        assert not db.session.scalars(select(User).where(User.role == "guest")).all(), "a wrong code makes no guest"
    for client in (visitor, learner):
        answer = entered(client, f"{code[:4].lower()}-{code[4:]}")
        assert (answer.status_code, answer.location) == (303, "/quizzes/tea")
        assert client.get("/quizzes/tea").status_code == 200
    with app.app_context():
        course_admission.renew_code(course_id, by=db.session.get_one(User, admin), now=clock())
        db.session.commit()
    assert visitor.get("/quizzes/tea").status_code == 200
    assert entered(app.test_client(), code).status_code == 422
    close(Admission.CLASS)
    assert visitor.get("/quizzes/tea").status_code == 403, "by class only is by class only"


def test_what_a_guest_entered_goes_along_into_the_account(
    app: Flask, close: Any, make_user: Any, course_id: str, clock: Clock
) -> None:
    close(Admission.CODE)
    user_id = make_user()
    with app.app_context():
        guest, user = service.create_guest(now=clock()), db.session.get_one(User, user_id)
        course_admission.enter(course_id, guest, clock())
        for kind in service.all_kinds():
            kind.move(guest, user)
        db.session.commit()
        assert [row.user_id for row in db.session.scalars(select(CourseMember))] == [user_id]


def test_an_archived_course_is_read_and_finished_and_nothing_is_begun_in_it(
    app: Flask, begun: dict[str, int], admin: int, as_person: Any, course_id: str, clock: Clock
) -> None:
    with app.app_context():
        course_admission.archive(course_id, by=db.session.get_one(User, admin), now=clock())
        db.session.commit()
    client = as_person(begun["user"])
    for door in ("/", "/lessons/tea", "/quizzes", "/progress", "/attempts/{done}/result", "/review"):
        page = client.get(door.format(**begun))
        assert page.status_code == 200, door
        assert "This course is archived" in page.text, door
    result = client.get(f"/attempts/{begun['done']}/result").text
    practise, begin = (within(path) for path in (f"/attempts/{begun['done']}/practice", "/quizzes/bread/attempts"))
    assert f'action="{practise}"' not in result
    assert f'action="{begin}"' not in client.get("/quizzes/bread").text
    token = client.get("/session").json["token"]
    assert client.post("/quizzes/bread/attempts", data={"csrf_token": token}).status_code == 409
    client.post(f"/attempts/{begun['done']}/practice", data={"csrf_token": token})
    client.post("/review/next", data={"csrf_token": token})
    with app.app_context():
        assert _attempts(begun["user"]) == 2
    # What is under way is finished.
    handed_in = client.post(f"/attempts/{begun['attempt']}/submit", data={"csrf_token": token})
    assert handed_in.location == f"/attempts/{begun['attempt']}/result"


def _attempts(user_id: int) -> int:
    from webapp.quizzes.models import Attempt

    return len(db.session.scalars(select(Attempt).where(Attempt.user_id == user_id)).all())


def test_an_erased_person_is_in_no_staff(app: Flask, make_user: Any, give: Any, clock: Clock) -> None:
    person = give(make_user(), AUTHOR)
    with app.app_context():
        service.delete_account(db.session.get_one(User, person), now=clock())
        db.session.commit()
        assert not db.session.scalars(select(CourseStaff)).all()
        assert not db.session.get_one(User, person).in_staff
