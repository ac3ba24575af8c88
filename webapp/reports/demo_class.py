"""A made-up class, so that an instructor sees every report on the first day, and can take it away again.

Thirty people who don't exist take the course's quizzes over some weeks, by the same services as everybody else. How
they answer follows the three-parameter logistic model of item response theory (Birnbaum 1968): a person of ability θ
knows the answer to a question of difficulty b with probability c + (1 − c) / (1 + e^(−a(θ − b))), where c is that of a
blind guess. Chance comes from a seed, so the class is the same on every machine with the same course.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp
from typing import Any

from sqlalchemy import delete, func, select, update

from webapp import questions
from webapp.accounts import service as accounts
from webapp.accounts.models import Cohort, CohortInstructor, CohortMember, User
from webapp.content.course.course import Course
from webapp.content.course.quiz import Quiz
from webapp.database import db
from webapp.lessons import service as lessons
from webapp.questions.contract import Question, Response
from webapp.quizzes import service as quizzes
from webapp.quizzes.models import Accommodation, Assignment, Attempt, Slot, Step
from webapp.quizzes.revisions import question_of
from webapp.quizzes.selection import derive
from webapp.quizzes.vocabulary import Certainty
from webapp.reports.scope import DEMO

CLASS = "Demo class"
SEED = 20_250_127
# fmt: off
_NAMES = (
    "Abel", "Ada", "Ben", "Cleo", "Dora", "Eli", "Fay", "Gus", "Hana", "Ivo", "Jana", "Kit", "Lena", "Milo", "Nora",
    "Otto", "Pia", "Quinn", "Rosa", "Sami", "Tess", "Uma", "Vito", "Wanda", "Xenia", "Yusuf", "Zoe", "Arlo", "Bela",
    "Cora",
)
# fmt: on
_SURNAMES = ("Example", "Sample", "Madeup")

_DISCRIMINATION = 1.3
_DIFFICULTY = {"easy": -1.1, "medium": 0.0, "hard": 0.9}
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class MadeUpPerson:
    """Somebody who doesn't exist."""

    number: int
    name: str
    #: θ: 0 is middling, 1 good
    ability: float
    #: the week after which they don't come back; None for those who stay
    stops_after: int | None


def people() -> list[MadeUpPerson]:
    """The thirty, always the same."""
    chance = random.Random(SEED)  # noqa: S311 - a class must come out the same, not be secret
    thirty = []
    for number, name in enumerate(_NAMES):
        ability = chance.gauss(0.0, 0.9)
        stops = chance.choice((1, 2, 2, 3)) if number % 8 == 5 else None
        thirty.append(MadeUpPerson(number, f"{name} {_SURNAMES[number % len(_SURNAMES)]}", ability, stops))
    return thirty


def add(course: Course, now: datetime) -> Iterator[User]:
    """Adds the class with all it did in the weeks before `now`, one learner at a time: commit after each.

    Who is there already stays as they are, so twice is once, and a run that was interrupted is completed. All
    instructors and admins of the moment become its instructors. Flushes.
    """
    cohort = _cohort(course, now)
    in_class = select(User.name).join(CohortMember, CohortMember.user_id == User.id)
    here = set(db.session.scalars(in_class.where(CohortMember.cohort_id == cohort.id, User.origin == DEMO)))
    weeks = _weeks(course)
    start = now - _WEEK * (len(weeks) + 1)
    for person in people():
        if person.name not in here:
            user = accounts.create_user(name=person.name, role="learner", origin=DEMO, now=start)
            db.session.add(CohortMember(cohort_id=cohort.id, user_id=user.id, joined_at=start))
            db.session.flush()
            _Life(person, user, course, start, now).live(weeks)
            yield user


def _cohort(course: Course, now: datetime) -> Cohort:
    of_course = Cohort.course_id == course.id
    cohort = db.session.scalar(select(Cohort).where(of_course, Cohort.demo).order_by(Cohort.id))
    if cohort is None:
        taken = db.session.scalar(select(Cohort.id).where(of_course, Cohort.name == CLASS))
        name = CLASS if taken is None else f"{CLASS} (made up)"
        # Nobody real gets in by a code: it isn't open, and has characters that no code has.
        code = f"demo-{secrets.token_hex(5)}"
        cohort = Cohort(course_id=course.id, name=name, join_code=code, joinable=False, demo=True, created_at=now)
        db.session.add(cohort)
        db.session.flush()
    teaching = select(CohortInstructor.user_id).where(CohortInstructor.cohort_id == cohort.id)
    new = select(User.id).where(
        User.role.in_(("instructor", "admin")), User.deleted_at.is_(None), User.id.not_in(teaching)
    )
    for user_id in db.session.scalars(new).all():
        db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=user_id))
    db.session.flush()
    return cohort


def _weeks(course: Course) -> list[tuple[str | None, list[Quiz]]]:
    """What the class does week by week: a pillar with its quizzes, and last what goes over all of them."""
    weeks: list[tuple[str | None, list[Quiz]]] = []
    for pillar in course.pillars:
        weeks.append((pillar.id, [quiz for quiz in course.quizzes if quiz.pillar == pillar.id]))
    rest = [quiz for quiz in course.quizzes if quiz.pillar is None]
    return [*weeks, (None, rest)] if rest else weeks


class _Life:
    """What one made-up person does."""

    def __init__(self, person: MadeUpPerson, user: User, course: Course, start: datetime, end: datetime) -> None:
        self.person, self.user, self.course, self.start, self.end = person, user, course, start, end
        self.chance = random.Random(f"{SEED}:{person.number}")  # noqa: S311

    def live(self, weeks: list[tuple[str | None, list[Quiz]]]) -> None:
        for number, (pillar_id, offered) in enumerate(weeks, 1):
            if self.person.stops_after is not None and number > self.person.stops_after:
                return
            at = self.start + _WEEK * (number - 1) + timedelta(days=self.chance.uniform(0.3, 4.5))
            for quiz in offered:
                at += timedelta(hours=self.chance.uniform(1, 9))
                if quiz.kind == "pretest":
                    if self.chance.random() < 0.7:
                        self.take(quiz, at, self.person.ability - 0.9)
                    if pillar_id is not None:
                        self.read(pillar_id, at + timedelta(hours=1))
                elif self.chance.random() < (0.95 if pillar_id else 0.85):
                    if self.leaves_open(number, len(weeks)):
                        self.take(quiz, self.end - timedelta(days=5), self.person.ability, hand_in=False)
                        return
                    self.until_passed(quiz, at)

    def leaves_open(self, week: int, weeks: int) -> bool:
        """One of the class begins a quiz and doesn't hand it in."""
        return self.person.number == 9 and week == weeks - 1

    def until_passed(self, quiz: Quiz, at: datetime) -> None:
        """Takes a quiz, and mostly again: papers are drawn, so a retake brings other questions."""
        ability = self.person.ability
        for _turn in range(4):
            attempt = self.take(quiz, at, ability)
            if attempt is None or self.chance.random() > (0.75 if attempt.passed else 0.9):
                return
            ability += 0.4
            at += timedelta(hours=self.chance.uniform(5, 40))

    def read(self, pillar_id: str, at: datetime) -> None:
        lesson = self.course.lesson(pillar_id)
        if lesson is None or self.chance.random() > 0.9:
            return
        sections = [section.id for section in lesson.sections]
        far = len(sections) if self.chance.random() < 0.75 else self.chance.randint(1, max(1, len(sections) - 1))
        lessons.mark_read(self.user, lesson, sections[:far], at)

    def take(self, quiz: Quiz, at: datetime, ability: float, *, hand_in: bool = True) -> Attempt | None:
        at = min(at, self.end - timedelta(hours=1))
        try:
            attempt = quizzes.start(self.user, quiz, self.course, at, seed=self.chance.getrandbits(53))
        except (quizzes.NotOffered, quizzes.WrongCode):
            return None
        for slot in attempt.slots if hand_in else attempt.slots[: len(attempt.slots) // 2]:
            seconds = max(8, int(self.chance.lognormvariate(3.9, 0.5)))
            at += timedelta(seconds=seconds)
            self.answer(slot, ability, seconds, at)
        if hand_in:
            quizzes.submit(attempt, at + timedelta(seconds=20), actor_id=self.user.id)
        return attempt

    def answer(self, slot: Slot, ability: float, seconds: int, at: datetime) -> None:
        question = question_of(slot.revision, slot.order_seed)
        knows = probability(question, ability)
        if self.chance.random() < 0.02 * (1.2 - knows):
            return
        asks_certainty = slot.attempt.policy.certainty
        sure = knows + self.chance.gauss(0, 0.18)
        quizzes.answer(
            slot,
            sequence=slot.sequence,
            response=answer_to(question, knows, self.chance),
            certainty=(Certainty.SURE if sure > 0.75 else Certainty.UNSURE if sure > 0.45 else Certainty.GUESS)
            if asks_certainty
            else None,
            seconds=seconds,
            now=at,
        )


def probability(question: Question, ability: float) -> float:
    """How likely somebody of this ability knows the answer, 0 to 1."""
    guess = questions.type_of(question).guess(question)
    # Questions of one difficulty differ, too; which is harder is a matter of its id.
    own = (derive(SEED, question.id) % 1000) / 1000 * 1.4 - 0.7
    knows = 1 / (1 + exp(-_DISCRIMINATION * (ability - _DIFFICULTY[question.difficulty] - own)))
    return guess + (1 - guess) * knows


def answer_to(question: Question, knows: float, chance: random.Random) -> Response:
    """A response of somebody who knows the answer with probability `knows`, and else half as well each part of it."""
    kind = questions.type_of(question)
    return kind.key(question) if chance.random() < knows else kind.wrong(question, chance, knows / 2)


@dataclass(frozen=True)
class Removed:
    """What was taken away."""

    learners: int
    attempts: int


def remove() -> Removed:
    """Takes the made-up people, their classes and all they did away, in every course. Flushes.

    The questions they were shown stay (revisions are never deleted), and so does the audit log.
    """
    ids = select(User.id).where(User.origin == DEMO)
    attempts = select(Attempt.id).where(Attempt.user_id.in_(ids))
    slots = select(Slot.id).where(Slot.attempt_id.in_(attempts))
    cohorts = select(Cohort.id).where(Cohort.demo)
    removed = Removed(_count(ids), _count(attempts))
    db.session.expunge_all()
    db.session.execute(delete(Step).where(Step.slot_id.in_(slots)))
    db.session.execute(delete(Slot).where(Slot.attempt_id.in_(attempts)))
    db.session.execute(delete(Attempt).where(Attempt.user_id.in_(ids)))
    set_there = select(Assignment.id).where(Assignment.cohort_id.in_(cohorts))
    db.session.execute(update(Attempt).where(Attempt.assignment_id.in_(set_there)).values(assignment_id=None))
    db.session.execute(delete(Assignment).where(Assignment.cohort_id.in_(cohorts)))
    db.session.execute(delete(Accommodation).where(Accommodation.cohort_id.in_(cohorts)))
    db.session.execute(delete(CohortMember).where(CohortMember.cohort_id.in_(cohorts)))
    db.session.execute(delete(CohortInstructor).where(CohortInstructor.cohort_id.in_(cohorts)))
    # Whatever other rooms keep about a person: each row that belongs to one of them.
    for table in reversed(db.metadata.sorted_tables):
        for column in table.columns:
            points_at_people = any(key.column.table.name == "user" for key in column.foreign_keys)
            if points_at_people and table.name not in {"audit_entry", "attempt", "slot", "step"}:
                db.session.execute(delete(table).where(column.in_(ids)))
    db.session.execute(delete(Cohort).where(Cohort.demo))
    db.session.execute(delete(User).where(User.origin == DEMO))
    db.session.flush()
    return removed


def _count(ids: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0
