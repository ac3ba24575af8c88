"""What the browser tests find on the server: a class, a learner with papers in every state, and thirty who don't exist.

All of it is made by the rooms' own services, in the test's process, on the server's database: that takes a second or
two where the pages would take a minute.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyotp
from flask import Flask
from sqlalchemy import select

from tests.conftest import session_of
from tests.pictures import picture
from tests.servers import ROOT, Server
from webapp import create_app
from webapp.accounts import course_staff, links, second_factor
from webapp.accounts import service as accounts
from webapp.accounts.models import CohortMember, CourseRole, Invitation, User
from webapp.classes import accommodations, assignments, cohorts, given_time
from webapp.commands.db import upgrade_database
from webapp.config import Settings
from webapp.content.course.course import Course
from webapp.content.course.loading import load_course
from webapp.database import db
from webapp.editor import history, question_history
from webapp.lessons import service as lessons
from webapp.questions.contract import Question
from webapp.quizzes import revisions
from webapp.quizzes import service as quizzes
from webapp.quizzes.answer_files import keeping as answer_files
from webapp.quizzes.conditions import Conditions
from webapp.quizzes.grade_changes import overrides
from webapp.quizzes.marking import marks
from webapp.quizzes.models import Attempt, AttemptNote, Slot
from webapp.quizzes.regrade import run
from webapp.quizzes.vocabulary import NoteKind, SessionRule
from webapp.reports import demo_class
from webapp.review import service as review

PASSWORD = "a long and quiet evening"
#: user name → name; the role is the user name where it is one, else learner
PEOPLE = {
    "instructor": "Irene Instructor",
    "admin": "Adam Admin",
    "learner": "Lea Learner",
    "reader": "Rita Reader",
    "newcomer": "Nils Newcomer",
    "returner": "Rosa Returner",
    "examiner": "Edna Examiner",
    "examinee": "Emil Examinee",
}
#: who is more than a learner
ROLES = {"instructor": "instructor", "admin": "admin", "examiner": "instructor"}
#: what the made-up class takes: enough for every statistic, and not so much that the tests wait for it
TAKEN = ("research",)
#: two quizzes that the course that ships has no need of
QUIZZES = """
  - id: every-type
    title: One question of every type
    summary: Nine questions, one of each type, in a fixed order.
    shuffle_questions: false
    certainty: false
    draw:
      - {{count: 9, questions: [{questions}]}}

  - id: at-once
    title: A quiz that answers at once
    feedback: at-once
    draw:
      - {{from: [talent], count: 3}}

  - id: later
    draft: true
    title: A quiz that is not published yet
    draw:
      - {{from: [talent], count: 3}}

  - id: hardly-begun
    draft: true

  - id: written
    title: In your own words
    open_to: assigned
    shuffle_questions: false
    certainty: false
    attempts: 5
    draw:
      - {{count: 1, questions: [why-rivals-copy]}}
"""
#: a question that people grade, which no other quiz draws
WRITTEN = """\
materials:
  - id: note-on-thrift
    title: A note on thrift
    text: |
      Thrift spreads faster than skill, as this table of an **invented** year says.

      | what was copied | firms |
      |-----------------|-------|
      | a cheaper part  |   120 |
      | a better method |    14 |
questions:
  - id: why-rivals-copy
    type: essay
    material: note-on-thrift
    use: exam
    level: evaluate
    stem: "In your own words: why do rivals copy what is cheap before what is good?"
    rubric:
      - text: Says what makes it **cheap** to copy
        points: 3
        levels:
          - {text: Gives two reasons that hold, points: 3}
          - {text: Gives one reason that holds, points: 1}
          - {text: Gives none, points: 0}
      - {text: Gives an example, points: 2}
    takes: either
    min_words: 10
    max_words: 120
    sample: What is cheap is tried by many, and what many try is soon known to all.
    explanation: Thrift spreads, because everybody can afford it.
"""


def serve_copy(folder: Path, **settings: str) -> Server:
    """A server that has not started, on a copy of the course that ships."""
    shutil.copytree(ROOT / "question_bank", folder / "question_bank")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    return Server(folder / "data", folder / "question_bank", settings={"WEBAPP_LIMITS": "off", **settings})


def prepared(server: Server) -> Flask:
    """The app on the server's data in this process, with its database brought up to date.

    What the tests need is made by it: a command of its own for each would take seconds to start.
    """
    app = create_app(Settings.from_environ(server.environment))
    with app.app_context():
        upgrade_database()
    return app


def write_quizzes(server: Server) -> None:
    """Adds QUIZZES to a copy of the course that ships, with its first question of each type."""
    first: dict[str, str] = {}
    # What is read here is not read again when the app starts.
    for question in load_course(server.bank, server.data / "cache").questions:
        if not question.retired:
            first.setdefault(question.type, question.id)
    assert len(first) == 9, first
    with (server.bank / "course.yaml").open("a", encoding="utf-8") as file:
        file.write(QUIZZES.format(questions=", ".join(first.values())))
    (server.bank / "2-talent" / "written.yaml").write_text(WRITTEN, encoding="utf-8")
    (server.bank / "media").mkdir()
    (server.bank / "media" / "flower.png").write_bytes(picture(size=(800, 600)))


@dataclass
class Scene:
    """The app on the server's database, and the parts of addresses that pages of tests/browser/addresses.py have."""

    app: Flask
    #: user name → number
    people: dict[str, int] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)

    def cookies(self, who: str) -> dict[str, str]:
        """The cookie of somebody who signed in a moment ago, with all that is asked of them."""
        return {"session": session_of(self.app, self.people[who], second=True)}

    @property
    def course(self) -> Course:
        """The course as its files say now; tests edit them."""
        course: Course = self.app.extensions["courses"].only.current()
        return course

    def question(self, attempt_id: int, position: int) -> Question:
        """The question of one's paper as it is shown there, with the values that were drawn."""
        with self.app.app_context():
            slot = db.session.scalars(
                select(Slot).where(Slot.attempt_id == attempt_id, Slot.position == position)
            ).one()
            return revisions.question_of(slot.revision, slot.order_seed)

    def fraction(self, attempt_id: int, position: int) -> float | None:
        """What an answer on one's paper is worth, 0 to 1."""
        with self.app.app_context():
            wanted = select(Slot.fraction).where(Slot.attempt_id == attempt_id, Slot.position == position)
            return db.session.scalars(wanted).one()

    def attempts(self, quiz_id: str, who: str) -> list[Attempt]:
        """The attempts of a person, by number."""
        with self.app.app_context():
            wanted = select(Attempt).where(Attempt.quiz_id == quiz_id, Attempt.user_id == self.people[who])
            return list(db.session.scalars(wanted.order_by(Attempt.number)))


def furnish(server: Server) -> Scene:
    """Puts everything onto a database of its own; some seconds."""
    app = prepared(server)
    scene = Scene(app)
    at = datetime.now(UTC).replace(microsecond=0)
    with app.app_context():
        for username, name in PEOPLE.items():
            role = ROLES.get(username, "learner")
            user = accounts.create_user(name=name, username=username, password=PASSWORD, role=role, now=at)
            scene.people[username] = user.id
        guest = accounts.create_guest(now=at)
        scene.people["guest"] = guest.id
        taken = tuple(quiz for quiz in scene.course.quizzes if quiz.id in TAKEN)
        for _user in demo_class.add(replace(scene.course, quizzes=taken), at):
            pass
        _class(scene, at)
        _papers(scene, at)
        _regrade(scene, at)
        _overrule(scene, at)
        _written(scene, at)
        _exam(scene, at)
        history.notice(app.extensions["courses"].only, None, at)
        scene.parts["version"] = 1
        versions = question_history.versions(app.extensions["courses"].only, scene.parts["question"])
        scene.parts["question_version"] = versions[0].id
        for purpose, who in (("reset", "newcomer"), ("setup", None)):
            user = db.session.get_one(User, scene.people[who]) if who else None
            scene.parts[purpose] = links.create(purpose, now=at, user=user)
        db.session.commit()
    return scene


def _user(scene: Scene, who: str) -> User:
    return db.session.get_one(User, scene.people[who])


def _class(scene: Scene, at: datetime) -> None:
    """A class of the instructor with the reader in it, two quizzes set, and more time for the reader."""
    teacher = _user(scene, "instructor")
    cohort = cohorts.create("The reading class", scene.course.id, by=teacher, now=at)
    db.session.add(CohortMember(cohort_id=cohort.id, user_id=scene.people["reader"], joined_at=at))
    db.session.flush()
    rules = assignments.Rules(due_at=at + timedelta(days=7), closes_at=at + timedelta(days=9), access_code="owl")
    assignments.assign(cohort, "talent", rules, by=teacher, now=at)
    assignments.assign(cohort, "every-type", assignments.Rules(), by=teacher, now=at)
    assignments.assign(cohort, "written", assignments.Rules(), by=teacher, now=at - timedelta(days=4))
    accommodations.grant(
        cohort,
        person=_user(scene, "reader"),
        quiz_id=None,
        extra_time_percent=25,
        extra_attempts=1,
        later_hours=24,
        reason="reads slowly",
        by=teacher,
        now=at,
    )
    scene.parts |= {"cohort": cohort.id, "code": cohort.join_code}


def _papers(scene: Scene, at: datetime) -> None:
    """The reader's papers: handed in some days ago, so that reviews are due; open; with a limit; checked at once."""
    reader = _user(scene, "reader")
    chance = Random(7)
    research = scene.course.lesson("research")
    talent = scene.course.lesson("talent")
    assert research
    assert talent
    lessons.mark_read(reader, research, [section.id for section in research.sections], at - timedelta(days=4))
    lessons.mark_read(reader, talent, [talent.sections[0].id], at - timedelta(hours=5))
    for name, who, quiz_id, ago in (
        ("pretest", "reader", "research-pretest", 4),
        ("result", "reader", "research", 3),
        ("returned", "returner", "research", 3),
    ):
        user = _user(scene, who)
        attempt = _take(scene, user, quiz_id, at - timedelta(days=ago), chance)
        quizzes.submit(attempt, at - timedelta(days=ago) + timedelta(minutes=9), actor_id=user.id)
        scene.parts[name] = attempt.id
    for name, quiz_id, answers in (("open", "every-type", 7), ("timed", "final", 3), ("at_once", "at-once", 1)):
        attempt = _take(scene, reader, quiz_id, at - timedelta(minutes=2), chance, answers)
        scene.parts[name] = attempt.id
        quizzes.flag(attempt.slots[1], True)
        if name == "at_once":
            quizzes.check(attempt.slots[0], at)
    practice = quizzes.practise(reader, db.session.get_one(Attempt, scene.parts["result"]), scene.course, at)
    assert practice is not None
    scene.parts["practice"] = practice.id
    due = review.next_slot(reader, scene.course, at)
    assert due is not None
    scene.parts |= {"round": due.attempt_id, "turn": due.position, "reader": reader.id}


def _take(scene: Scene, user: User, quiz_id: str, at: datetime, chance: Random, answers: int = 99) -> Attempt:
    """Starts a paper and answers some of it, a good half rightly."""
    quiz = scene.course.quiz(quiz_id)
    assert quiz
    attempt = quizzes.start(user, quiz, scene.course, at, seed=11)
    for number, slot in enumerate(attempt.slots[:answers]):
        question = quizzes.question_of(slot.revision)
        quizzes.answer(
            slot,
            sequence=slot.sequence,
            response=demo_class.answer_to(question, 0.6, chance),
            certainty=1 + number % 3 if attempt.policy.certainty else None,
            seconds=30,
            now=at + timedelta(seconds=30 * number),
        )
    return attempt


def _overrule(scene: Scene, at: datetime) -> None:
    """Full points for the first answer of the reader's paper that had not earned them: taking that back changes
    something, so it is shown first and nothing is taken back by looking."""
    attempt = db.session.get_one(Attempt, scene.parts["result"])
    slot = next(each for each in attempt.slots if each.fraction is not None and each.fraction < 1)
    done = overrides.override(
        slot, Decimal(repr(slot.points)), reason="It can be read so.", by=_user(scene, "instructor"), now=at
    )
    assert done.change
    scene.parts |= {"change": done.change.id, "overruled": slot.position}


def _written(scene: Scene, at: datetime) -> None:
    """Three papers that the reader wrote: one that is graded, one that waits, one under way."""
    reader = _user(scene, "reader")
    for name, days in (("graded", 3), ("waiting", 2), ("writing", 1)):
        began = at - timedelta(days=days)
        attempt = _take(scene, reader, "written", began, Random(days))
        scene.parts[f"{name}_essay"] = attempt.id
        slot = quizzes.slot_for(reader, attempt.id, 1)
        answer_files.hand_in(slot, answer_files.FileSent.read(b"%PDF-1.7", "thrift.pdf"), replaces=0, now=began)
        if name != "writing":
            quizzes.submit(attempt, began + timedelta(minutes=9), actor_id=reader.id)
            scene.parts[f"{name}_slot"] = attempt.slots[0].id
    slot = db.session.get_one(Slot, scene.parts["graded_slot"])
    words = "A good example.\nWhat else is cheap?"
    marks.mark(slot, [1, 2], words, by=_user(scene, "instructor"), now=at, cohort_id=scene.parts["cohort"])


def _exam(scene: Scene, at: datetime) -> None:
    """An exam that isn't taken from here: one attempt under way, lines in its quiet log, time that was given to it,
    and an invitation to another class. Its examiner signs in with a second factor and is in the staff."""
    examiner, examinee = _user(scene, "examiner"), _user(scene, "examinee")
    cohort = cohorts.create("The exam class", scene.course.id, by=examiner, now=at)
    db.session.add(CohortMember(cohort_id=cohort.id, user_id=examinee.id, joined_at=at))
    db.session.add(
        Invitation(
            cohort_id=scene.parts["cohort"], user_id=examinee.id, listed_as="Emil E.",
            invited_by=scene.people["instructor"], invited_at=at,
        )
    )  # fmt: skip
    db.session.flush()
    strict = Conditions(
        addresses=("192.0.2.0/24",), outside="This exam is taken in room 12.", config_keys=("ab" * 32,),
        sessions=SessionRule.NOTED, notes=True,
    )  # fmt: skip
    assignments.assign(
        cohort, "competition", assignments.Rules(access_code="owl", conditions=strict), by=examiner, now=at
    )
    assignments.assign(cohort, "final", assignments.Rules(conditions=strict), by=examiner, now=at)
    attempt = _take(scene, examinee, "final", at - timedelta(minutes=3), Random(7), 4)
    for kind in (NoteKind.LEFT, NoteKind.FOCUS, NoteKind.TAKEN_OVER):
        db.session.add(AttemptNote(attempt_id=attempt.id, kind=kind, at=at))
    assert attempt.assignment
    given_time.give_minutes(attempt.assignment, 5, by=examiner, now=at)
    secret = second_factor.new_secret()
    key = str(scene.app.config["SECRET_KEY"])
    assert second_factor.add_app(examiner, secret, pyotp.TOTP(secret).at(at), key=key, now=at)
    second_factor.new_codes(examiner)
    admin = _user(scene, "admin")
    course_staff.give(scene.course.id, examiner, CourseRole.TEACHER, by=admin, now=at)
    scene.parts |= {"exam": attempt.id, "exam_class": cohort.id, "examiner": examiner.id}


def _regrade(scene: Scene, at: datetime) -> None:
    """Full marks to everybody for the question that was asked first."""
    slot = db.session.scalars(
        select(Slot).join(Attempt).where(Attempt.quiz_id == "research", Slot.graded_at.is_not(None)).order_by(Slot.id)
    ).first()
    assert slot
    regrade = run.begin(
        slot.question_id,
        scene.course,
        policy="full-marks",
        reason="The stem could be read in two ways.",
        actor=_user(scene, "instructor"),
        now=at,
    )
    while regrade.state != "done":
        regrade = run.advance(regrade.id, at)
    scene.parts |= {"regrade": regrade.id, "question": slot.question_id}
