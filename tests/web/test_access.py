"""Who gets where: every route with every role, and every object with somebody it does not belong to.

A new route needs nothing here unless its address holds the number or name of something that belongs to somebody: then
it needs a line in OBJECTS, which makes such a thing. A new route that is open to everybody needs a line in OPEN.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.routing import AnyConverter, Rule

from tests.clients import TINY
from tests.conftest import session_of
from webapp.accounts import api_tokens, course_staff, links, service, session_store
from webapp.accounts.models import (
    Cohort,
    CohortInstructor,
    CohortMember,
    CourseRole,
    Invitation,
    TokenScope,
    User,
)
from webapp.accounts.single_sign_on.models import Identity
from webapp.classes import given_time
from webapp.database import db
from webapp.questions import TYPES, parse
from webapp.quizzes import revisions
from webapp.quizzes import service as quizzes
from webapp.quizzes.answer_files import keeping
from webapp.quizzes.grade_changes import overrides
from webapp.quizzes.models import Accommodation, Assignment, Attempt
from webapp.review import rounds
from webapp.web import access
from webapp.web.current import COURSE

#: who is asked for every route. Those with a role in the course have none on the site; the instructor is author and
#: teacher, because the course leaves all instructors so
PEOPLE = (
    "anonymous", "guest", "learner", "instructor", "admin", "course-owner", "course-author", "course-teacher",
)  # fmt: skip
#: what each of them is in the course
IN_COURSE = {
    "admin": {"owner", "author", "teacher"},
    "instructor": {"author", "teacher"},
    "course-owner": {"owner", "author", "teacher"},
    "course-author": {"author"},
    "course-teacher": {"teacher"},
}

#: Parts of addresses that name what belongs to nobody, with a value of the tiny course: content, which is the same for
#: everybody; the history of files and the regrades, which instructors share; and secrets that open by being known.
CONTENT: dict[str, Any] = {
    "course": TINY,
    "lesson_id": "tea",
    "quiz_id": "tea",
    "check_id": "x",
    "question_id": "tea-choice",
    "material_id": "letter",
    "type_name": "choice",
    "name": "questions",
    "version_id": 1,
    "regrade_id": 1,
    "code": "XYZ234",
    "token": "x",
    "file": "x.png",
    "provider": "school",
}

#: What is open to everybody, as a list that somebody has looked at.
OPEN = {
    "api.document",
    "accounts.reset",
    "accounts.setup",
    "accounts.give_second_factor",
    "accounts.sign_in",
    "accounts.sign_out",
    "accounts.sign_up",
    "accounts.go_to_provider",
    "accounts.come_back",
    "accounts.first_sign_in",
    "accounts.course_entry",
    "joining.join_with",
    "lessons.all_lessons",
    "lessons.answer_check",
    "home.all_courses",
    "home.home",
    "lessons.lesson",
    "lessons.show_check",
    "styleguide.styleguide",
    "media.file",
    "quizzes.index",
    "quizzes.quiz",
    "progress.overview",
    "review.index",
    "site.choose_language",
    "site.health",
    "site.live",
    "site.metrics",
    "site.ready",
    "site.manifest",
    "site.offline_page",
    "site.service_worker",
    "site.session",
}


@dataclass
class World:
    """Somebody with an attempt, in a class; their teacher; and people who have nothing to do with them.

    `now` is the time, `course` the course. Functions in OBJECTS run in an app context and may add rows; what they add
    is committed.
    """

    app: Flask
    clock: Callable[[], Any]
    ids: dict[str, int] = field(default_factory=dict)
    #: who → the token of a program of theirs
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def now(self) -> Any:
        return self.clock()

    @property
    def course(self) -> Any:
        courses = self.app.extensions["courses"]
        return (courses.only or courses.store(TINY)).current()

    def user(self, who: str) -> User:
        return db.session.get_one(User, self.ids[who])

    def attempt(self, quiz_id: str = "tea", *, submitted: bool = False) -> int:
        """A new attempt of the owner."""
        quiz = self.course.quiz(quiz_id)
        attempt = quizzes.start(self.user("owner"), quiz, self.course, self.now, seed=1)
        if submitted:
            quizzes.submit(attempt, self.now)
        return attempt.id


def _attempt(world: World) -> dict[str, Any]:
    return {"attempt_id": world.attempt()}


def _submitted(world: World) -> dict[str, Any]:
    return {"attempt_id": world.attempt("every-type", submitted=True)}


def _slot(world: World) -> dict[str, Any]:
    return {"attempt_id": world.attempt(), "position": 1}


def _cohort(world: World) -> dict[str, Any]:
    """A class of the teacher, with the owner in it."""
    cohort = Cohort(
        course_id="tea-and-bread",
        name=f"Class {secrets.token_hex(4)}",
        join_code=secrets.token_hex(6),
        created_at=world.now,
    )
    db.session.add(cohort)
    db.session.flush()
    db.session.add(CohortMember(cohort_id=cohort.id, user_id=world.ids["owner"], joined_at=world.now))
    db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=world.ids["teacher"]))
    db.session.flush()
    return {"cohort_id": cohort.id}


def _session(world: World) -> dict[str, Any]:
    owner = db.session.get_one(User, world.ids["owner"])
    return {"session_id": session_store.begin(owner, stay=False, now=world.now).row_id}


def _identity(world: World) -> dict[str, Any]:
    identity = Identity(
        user_id=world.ids["owner"],
        issuer="https://school.example",
        subject=secrets.token_hex(4),
        provider="school",
        created_at=world.now,
        last_used_at=world.now,
    )
    db.session.add(identity)
    db.session.flush()
    return {"identity_id": identity.id}


def _token(world: World) -> dict[str, Any]:
    owner = world.user("owner")
    api_tokens.make(owner, name="A program", scopes=[TokenScope.COURSES], days=7, now=world.now)
    return {"token_id": api_tokens.of(owner)[0].id}


def _member(world: World) -> dict[str, Any]:
    return _cohort(world) | {"user_id": world.ids["owner"]}


def _invitation(world: World) -> dict[str, Any]:
    made = _cohort(world)
    db.session.execute(delete(CohortMember).where(CohortMember.cohort_id == made["cohort_id"]))
    db.session.add(
        Invitation(cohort_id=made["cohort_id"], user_id=world.ids["owner"], listed_as="O", invited_at=world.now)
    )
    db.session.flush()
    return made


def _invited(world: World) -> dict[str, Any]:
    return _invitation(world) | {"user_id": world.ids["owner"]}


def _instructor(world: World) -> dict[str, Any]:
    return _cohort(world) | {"user_id": world.ids["teacher"]}


def _assignment(world: World) -> dict[str, Any]:
    made = _cohort(world)
    db.session.add(Assignment(cohort_id=made["cohort_id"], quiz_id="tea", created_at=world.now))
    return made


def _accommodation(world: World) -> dict[str, Any]:
    made = _cohort(world)
    given = Accommodation(
        course_id="tea-and-bread", cohort_id=made["cohort_id"], extra_time_percent=25, created_at=world.now
    )
    db.session.add(given)
    db.session.flush()
    return made | {"accommodation_id": given.id}


def _gift(world: World) -> dict[str, Any]:
    """Minutes that were given to a class."""
    made = _assignment(world)
    assignment = db.session.query(Assignment).filter_by(**made).one()
    gift = given_time.give_minutes(assignment, 5, by=world.user("teacher"), now=world.now)
    db.session.flush()
    return made | {"gift_id": gift.id}


def _asked(world: World) -> dict[str, Any]:
    """A question of a round of reviews."""
    slot = rounds.ask(world.user("owner"), world.course.question("tea-choice"), world.course, world.now)
    return {"attempt_id": slot.attempt_id, "position": slot.position}


def _overridden(world: World) -> dict[str, Any]:
    """A graded answer."""
    return {"attempt_id": world.attempt(submitted=True), "position": 1}


def _changed(world: World) -> dict[str, Any]:
    """A change of the owner's result, which their teacher made."""
    attempt_id = world.attempt(submitted=True)
    attempt = quizzes.attempt_for(world.user("owner"), attempt_id)
    slot = overrides.graded_slot(attempt, 1)
    done = overrides.override(slot, Decimal(1), reason="Also right.", by=world.user("teacher"), now=world.now)
    assert done.change is not None
    return {"change_id": done.change.id}


#: endpoint → what makes the object that is asked for, and gives the parts of its address. Objects of learners are made
#: for the "owner", objects of instructors for the "teacher" of the owner's class (`world.ids["cohort"]`).
def _waiting(world: World) -> dict[str, Any]:
    """A written answer of the owner that waits to be graded."""
    question = parse(yaml.load(TYPES["essay"].example, yaml.BaseLoader))
    digest = revisions.keep([question], world.now)[question.id]
    attempt = db.session.get_one(Attempt, world.attempt("every-type", submitted=True))
    slot = attempt.slots[0]
    slot.digest, slot.response = digest, {"text": "A right, not a product."}
    slot.fraction = slot.graded_at = None
    attempt.awaiting = 1
    db.session.flush()
    return {"slot_id": slot.id}


def _file(world: World) -> dict[str, Any]:
    """A question of the owner's whose answer is a file, which is handed in."""
    text = yaml.load(TYPES["essay"].example, yaml.BaseLoader)
    question = parse({**text, "id": "bring-a-file", "takes": "either"})
    attempt_id = world.attempt()
    slot = quizzes.slot_for(world.user("owner"), attempt_id, 1)
    slot.digest = revisions.keep([question], world.now)[question.id]
    db.session.flush()
    db.session.expire(slot)
    keeping.hand_in(slot, keeping.FileSent.read(b"%PDF-1.7", "a.pdf"), replaces=0, now=world.now)
    return {"attempt_id": attempt_id, "position": 1}


def _file_handed_in(world: World) -> dict[str, Any]:
    made = _file(world)
    quizzes.submit(quizzes.attempt_for(world.user("owner"), made["attempt_id"]), world.now)
    return made


def _class_of_programs(world: World) -> dict[str, Any]:
    return {"class_id": _cohort(world)["cohort_id"]}


OBJECTS: dict[str, Callable[[World], dict[str, Any]]] = {
    "api.one_class": _class_of_programs,
    "api.class_assignments": _class_of_programs,
    "api.people": _class_of_programs,
    "api.responses": lambda world: {"attempt_id": world.attempt(submitted=True)},
    "quizzes.hand_in_file": _file,
    "quizzes.take_back_file": _file,
    "quizzes.answer_file": _file_handed_in,
    "quizzes.attempt": _attempt,
    "quizzes.question": _slot,
    "quizzes.save": _slot,
    "quizzes.conflict": _slot,
    "quizzes.summary": _attempt,
    "quizzes.paper": _attempt,
    "quizzes.submit": _attempt,
    "quizzes.clock": _attempt,
    "quizzes.result": _submitted,
    "quizzes.practise": _submitted,
    "review.question": _asked,
    "review.answer": _asked,
    "joining.leave": _cohort,
    "joining.accept_invitation": _invitation,
    "joining.decline_invitation": _invitation,
    "classes.withdraw_invitation": _invited,
    "classes.vouch": _invited,
    "classes.cohort": _cohort,
    "classes.rename": _cohort,
    "classes.archive": _cohort,
    "classes.restore": _cohort,
    "classes.code": _cohort,
    "classes.add_instructor": _cohort,
    "classes.remove_instructor": _instructor,
    "classes.remove_member": _member,
    "classes.make_link": _member,
    "classes.roster_import": _cohort,
    "classes.roster_confirm": _cohort,
    "classes.roster_links": _cohort,
    "classes.roster_links_file": _cohort,
    "classes.roster_export": _cohort,
    "classes.assignment_list": _cohort,
    "classes.assignment": _assignment,
    "classes.withdraw": _assignment,
    "classes.accommodations": _cohort,
    "classes.end_accommodation": _accommodation,
    "classes.live_choice": _cohort,
    "classes.live_view": _assignment,
    "classes.live_rows": _assignment,
    "classes.give_minutes": _assignment,
    "classes.incident": _assignment,
    "classes.undo_given_time": _gift,
    "classes.go_on_elsewhere": _attempt,
    "quizzes.take_over": _attempt,
    "quizzes.left": _attempt,
    "classes.attempt": _attempt,
    "classes.extend": _attempt,
    "classes.hand_in": _attempt,
    "classes.reset": _attempt,
    "accounts.change_course_role": lambda world: {"user_id": world.ids["course-teacher"]},
    "accounts.remove_from_course": lambda world: {"user_id": world.ids["course-teacher"]},
    "reports.learner": lambda world: {"learner_id": world.ids["owner"]},
    "accounts.person": lambda world: {"user_id": world.ids["owner"]},
    "accounts.person_data": lambda world: {"user_id": world.ids["owner"]},
    "accounts.export_person": lambda world: {"user_id": world.ids["owner"]},
    "accounts.erase_person": lambda world: {"user_id": world.ids["owner"]},
    "accounts.change_role": lambda world: {"user_id": world.ids["owner"]},
    "accounts.remove_second_factor_of": lambda world: {"user_id": world.ids["owner"]},
    "accounts.end_session": _session,
    "accounts.unlink_identity": _identity,
    "accounts.end_token": _token,
    "accounts.make_reset_link": lambda world: {"user_id": world.ids["owner"]},
    "classes.grade_change": _changed,
    "classes.undo_grade_change": _changed,
    "classes.override": _overridden,
    "classes.mark": _waiting,
}

#: what gives 404 to the owner, too, when it is asked for without more
NEEDS_MORE = {"quizzes.conflict"}


@pytest.fixture
def world(app: Flask, bank: Path, make_user: Any, clock: Any) -> World:
    with (bank / "1-tea" / "questions.yaml").open("a", encoding="utf-8") as file:
        file.write("\nmaterials:\n  - id: letter\n    text: The tea came late.\n")
    return populated(app, make_user, clock)


def populated(app: Flask, make_user: Any, clock: Any) -> World:
    made = World(app, clock)
    app.config["PROPAGATE_EXCEPTIONS"] = False  # a view that breaks is listed with the others, as a 500
    made.ids = {who: make_user(role=who, name=who.title()) for who in ("learner", "instructor", "admin")}
    made.ids["owner"] = make_user(role="learner", name="Owner")
    made.ids["teacher"] = make_user(role="instructor", name="Teacher")
    for role in CourseRole:
        made.ids[f"course-{role}"] = make_user(name=f"Course {role.title()}")
    with app.app_context():
        admin = db.session.get_one(User, made.ids["admin"])
        for role in CourseRole:
            person = db.session.get_one(User, made.ids[f"course-{role}"])
            course_staff.give(made.course.id, person, role, by=admin, now=clock())
        guest = service.create_guest(now=clock())
        cohort = Cohort(course_id="tea-and-bread", name="The owner's class", join_code="code", created_at=clock())
        db.session.add(cohort)
        db.session.flush()
        db.session.add(CohortMember(cohort_id=cohort.id, user_id=made.ids["owner"], joined_at=clock()))
        db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=made.ids["teacher"]))
        db.session.commit()
        made.ids |= {"guest": guest.id, "cohort": cohort.id}
    return made


def rules(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            yield rule


def content(rule: Rule) -> dict[str, Any]:
    """The parts of an address that belong to nobody: names of content, and words of a fixed list."""
    words = {
        name: sorted(converter.items)[0]
        for name, converter in rule._converters.items()
        if isinstance(converter, AnyConverter)
    }
    return {name: value for name, value in (CONTENT | words).items() if name in rule.arguments}


def is_object(rule: Rule) -> bool:
    return bool(rule.arguments - set(content(rule)))


def nobodys(rule: Rule) -> dict[str, Any]:
    """Values for a rule whose objects don't exist."""
    return dict.fromkeys(rule.arguments, 10**6) | content(rule)


class Visitor:
    """Somebody at a browser with a valid form token, so that what is refused is refused for who they are."""

    def __init__(self, world: World, who: str) -> None:
        self.world, self.who = world, who
        self.program()  # by now, so that what is looked at afterwards has not changed by it

    def client(self) -> FlaskClient:
        client = self.world.app.test_client()
        if self.who != "anonymous":
            with self.world.app.app_context():
                user_id = self.world.user(self.who).id
            client.set_cookie("session", session_of(self.world.app, user_id))
        self.token = client.get("/session").json["token"]  # type: ignore[index]
        return client

    def program(self) -> dict[str, str]:
        """The headers of a program of theirs, with a token for everything; a guest can't have one."""
        if self.who in {"anonymous", "guest"}:
            return {}
        made: dict[str, str] = self.world.tokens
        if self.who not in made:
            with self.world.app.app_context():
                user = self.world.user(self.who)
                made[self.who] = api_tokens.make(
                    user, name="A program", scopes=tuple(TokenScope), days=7, now=self.world.now
                )
                db.session.commit()
        return {"Authorization": f"Bearer {made[self.who]}"}

    def ask(self, rule: Rule, method: str, values: dict[str, Any]) -> Any:
        """The response to a request without any fields, in a new session."""
        _, path = rule.build(values) or ("", "")
        assert path, f"{rule} can't be built from {values}"
        client = self.client()
        if is_for_programs(rule):
            # Whoever is signed in in a browser has to have a token all the same.
            return client.open(path, method=method, headers=self.program())
        data = {"csrf_token": self.token} if method == "POST" else None
        return client.open(path, method=method, data=data)


def is_for_programs(rule: Rule) -> bool:
    return rule.rule.startswith("/api/")


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def outcome(response: Any) -> str:
    """allowed, sign-in or forbidden. What is not there (404) or not well-formed is told to those who are allowed."""
    if response.status_code == 403:
        return "forbidden"
    if response.status_code == 401 or (300 <= response.status_code < 400 and "/sign-in" in response.location):
        return "sign-in"
    return "allowed"


def is_among(audience: str, who: str) -> bool:
    """Whether somebody belongs to an audience by a role, on the site or in the course."""
    if audience in access.COURSE_ROLES_OF:
        return not access.COURSE_ROLES_OF[audience].isdisjoint(IN_COURSE.get(who, ()))
    if audience == access.INSTRUCTOR:
        return who in IN_COURSE  # whoever has work at some desk
    return ("learner" if who.startswith("course-") else who) in access.ROLES_OF[audience]


def expected(audience: str, who: str, method: str, view: Any) -> str:
    if audience == access.ANYONE or is_among(audience, who):
        return "allowed"
    if audience == access.PARTICIPANT and method == "POST" and access.takes_newcomers(view):
        return "allowed"  # becomes a guest
    return "sign-in" if who in ("anonymous", "guest") else "forbidden"


def test_every_route_states_its_audience(app: Flask) -> None:
    silent = [rule.endpoint for rule in rules(app) if access.audience_of(app, rule.endpoint) not in access.AUDIENCES]
    assert silent == []


def test_what_is_open_to_everybody_is_a_list_somebody_looked_at(app: Flask) -> None:
    assert {r.endpoint for r in rules(app) if access.audience_of(app, r.endpoint) == access.ANYONE} == OPEN


def test_the_desk_is_for_staff_and_administration_for_admins(app: Flask) -> None:
    for rule in rules(app):
        audience = access.audience_of(app, rule.endpoint)
        path = rule.rule.removeprefix(COURSE)
        if path.startswith("/instructor"):
            assert audience in {*access.COURSE_ROLES_OF, access.ADMIN}, rule
        if path.startswith("/admin"):
            assert audience == access.ADMIN, rule


@pytest.mark.long
@pytest.mark.parametrize("who", PEOPLE)
def test_every_route_lets_in_whom_it_says_and_nobody_else(world: World, who: str) -> None:
    visitor = Visitor(world, who)
    wrong = []
    for rule in rules(world.app):
        view = world.app.view_functions[rule.endpoint]
        audience = str(access.audience_of(world.app, rule.endpoint))
        values = nobodys(rule)
        for method in methods(rule):
            response = visitor.ask(rule, method, values)
            want = expected(audience, who, method, view)
            if outcome(response) != want or response.status_code >= 500:
                wrong.append(f"{method} {rule} ({audience}): {response.status_code}, not {want}")
        refresh(world)
    assert not wrong, "\n".join(wrong)


def refresh(world: World) -> None:
    """People whom a request has deleted or signed out (a guest who asks to be forgotten is) are back."""
    with world.app.app_context():
        for who in ("guest", "learner", "instructor", "admin"):
            user = world.user(who)
            user.deleted_at = None
            user.role = who
        db.session.commit()


def test_without_guests_nobody_starts_anything_unknown(make_app: Any, clock: Any) -> None:
    world = World(make_app(guests=False), clock)
    visitor = Visitor(world, "anonymous")
    for rule in rules(world.app):
        audience = access.audience_of(world.app, rule.endpoint)
        if audience == access.PARTICIPANT and "POST" in methods(rule):
            values = nobodys(rule)
            assert outcome(visitor.ask(rule, "POST", values)) == "sign-in", rule


# --- what belongs to somebody ----------------------------------------------------------------------------------------


def test_every_route_to_somebodys_object_is_listed(app: Flask) -> None:
    objects = {rule.endpoint for rule in rules(app) if is_object(rule)}
    assert objects == set(OBJECTS), "add what is missing to OBJECTS, with a function that makes such an object"


def kept(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, but for guests who came by on the way, and sessions of who asks."""
    with world.app.app_context():
        rows = {
            name: [tuple(row) for row in db.session.execute(select(table)).all()]
            for name, table in sorted(db.metadata.tables.items())
        }
    whose = list(db.metadata.tables["session"].columns.keys()).index("user_id")
    rows["session"] = [row for row in rows["session"] if row[whose] == world.ids["owner"]]
    whose = list(db.metadata.tables["api_token"].columns.keys()).index("user_id")
    rows["api_token"] = [row for row in rows["api_token"] if row[whose] == world.ids["owner"]]
    rows["user"] = [row for row in rows["user"] if "guest" not in row]
    return rows


def make(world: World, endpoint: str) -> dict[str, Any]:
    with world.app.app_context():
        values = OBJECTS[endpoint](world)
        db.session.commit()
    return values


@pytest.mark.long
@pytest.mark.parametrize("who", PEOPLE)
def test_somebody_elses_object_is_not_there_and_stays_as_it_is(world: World, who: str) -> None:
    wrong = []
    visitor = Visitor(world, who)
    for rule in rules(world.app):
        audience = str(access.audience_of(world.app, rule.endpoint))
        if rule.endpoint not in OBJECTS or who in {"admin", "course-owner"}:
            continue
        values = content(rule) | make(world, rule.endpoint)
        before = kept(world)
        for method in methods(rule):
            response = visitor.ask(rule, method, values)
            may_ask = is_among(audience, who)
            if response.status_code != 404 if may_ask else outcome(response) == "allowed":
                wrong.append(f"{method} {rule} by {who}: {response.status_code}")
        if kept(world) != before:
            wrong.append(f"{rule} by {who} changed something")
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
def test_those_it_belongs_to_find_it(world: World) -> None:
    """Without this, a route that answers 404 to all would pass the test above."""
    wrong = []
    for rule in rules(world.app):
        if rule.endpoint not in OBJECTS or rule.endpoint in NEEDS_MORE:
            continue
        audience = str(access.audience_of(world.app, rule.endpoint))
        owner = {access.ADMIN: "admin", access.OWNER: "course-owner", access.TEACHER: "teacher"}.get(audience, "owner")
        values = content(rule) | make(world, rule.endpoint)
        for method in methods(rule):
            response = Visitor(world, owner).ask(rule, method, values)
            if response.status_code in {401, 403, 404} or response.status_code >= 500:
                wrong.append(f"{method} {rule} by {owner}: {response.status_code}")
    assert not wrong, "\n".join(wrong)


def test_a_link_made_for_somebody_opens_nothing_else(world: World) -> None:
    with world.app.app_context():
        token = links.reset(world.user("owner"), now=world.now)
        db.session.commit()
    client = world.app.test_client()
    assert client.get(f"/reset/{token}").status_code == 200
    assert client.get(f"/setup/{token}").status_code == 404
    for near in (token[:-1], token + "A", token.swapcase(), token.upper()):
        assert client.get(f"/reset/{near}").status_code == 404


def mixed(world: World, rule: Rule) -> Iterator[dict[str, Any]]:
    """Addresses of which one part is the asker's own and another somebody else's, for each part that is a number."""
    theirs = content(rule) | make(world, rule.endpoint)
    with world.app.app_context():
        own = make_own_class(world)
        db.session.commit()
    numbers = [name for name in rule.arguments if name in theirs and name.endswith("_id") and name not in CONTENT]
    if "cohort_id" in numbers and len(numbers) > 1:
        yield theirs | {"cohort_id": own}


def make_own_class(world: World) -> int:
    """A class that "instructor" teaches, set the same quiz, with a learner of its own."""
    cohort = Cohort(
        course_id="tea-and-bread",
        name=f"Own {secrets.token_hex(4)}",
        join_code=secrets.token_hex(6),
        created_at=world.now,
    )
    db.session.add(cohort)
    db.session.flush()
    db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=world.ids["instructor"]))
    db.session.add(CohortMember(cohort_id=cohort.id, user_id=world.ids["learner"], joined_at=world.now))
    db.session.add(Assignment(cohort_id=cohort.id, quiz_id="tea", created_at=world.now))
    return cohort.id


def test_ones_own_class_is_no_way_to_what_belongs_to_another(world: World) -> None:
    """An address has two numbers, the class and what is meant in it: one's own class in front opens nothing."""
    wrong, seen = [], set()
    visitor = Visitor(world, "instructor")
    for rule in rules(world.app):
        audience = str(access.audience_of(world.app, rule.endpoint))
        if rule.endpoint not in OBJECTS or audience != access.TEACHER:
            continue
        for values in mixed(world, rule):
            seen.add(rule.endpoint)
            before = kept(world)
            for method in methods(rule):
                response = visitor.ask(rule, method, values)
                # Removing somebody who does not teach the class leads back to it.
                if response.status_code != 404 and rule.endpoint != "classes.remove_instructor":
                    wrong.append(f"{method} {rule}: {response.status_code}")
            if kept(world) != before:
                wrong.append(f"{rule} changed something")
    assert not wrong, "\n".join(wrong)
    assert {
        "classes.end_accommodation",
        "classes.undo_given_time",
        "classes.make_link",
        "classes.remove_member",
    } <= seen


@pytest.mark.long
def test_no_word_of_a_query_string_or_field_leads_to_another_class(world: World) -> None:
    """Reports take the class as `?cohort=`; what took more than it should would name the owner or their class."""
    with world.app.app_context():
        made = OBJECTS["classes.accommodations"](world)
        attempt = world.attempt(submitted=True)
        db.session.get_one(Cohort, made["cohort_id"]).name = "Somebody else's class"
        db.session.get_one(User, world.ids["owner"]).name = "Owner Nobody Should See"
        own = make_own_class(world)
        db.session.commit()
    asked = dict.fromkeys(("learner", "learner_id", "user", "user_id", "person"), world.ids["owner"])
    asked |= {"attempt": attempt, "attempt_id": attempt, "cohort_id": made["cohort_id"]}
    wrong = []
    before = kept(world)
    visitor = Visitor(world, "instructor")
    client = visitor.client()
    for rule in rules(world.app):
        values = content(rule) | ({"cohort_id": own} if "cohort_id" in rule.arguments else {})
        audience = access.audience_of(world.app, rule.endpoint)
        if audience not in {access.STAFF, access.AUTHOR, access.TEACHER} or rule.arguments - set(values):
            continue
        for words in (asked, asked | {"cohort": made["cohort_id"]}) if "GET" in methods(rule) else ():
            _, path = rule.build(values) or ("", "")
            response = client.get(path, query_string=words)
            if "Nobody Should See" in response.text or "Somebody else" in response.text:
                wrong.append(f"{path} tells of another class")
            response.close()
    assert not wrong, "\n".join(wrong)
    assert kept(world)["attempt"] == before["attempt"]
