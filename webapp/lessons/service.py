"""Reading: the lessons on their way, their checks, what a person has read, and where they were."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import NotFound

from webapp.accounts.models import User
from webapp.content.course.course import Course, Pillar
from webapp.content.course.quiz import Quiz
from webapp.content.ledger import FIRMNESSES, Fact
from webapp.content.lessons.lesson import Lesson, Section
from webapp.database import db
from webapp.lessons.models import CheckAnswer, Place, Reading
from webapp.questions import Grade, Order, Question, Response, type_of
from webapp.questions.contract import Rubric

OPENING, CLOSING = "opening", "closing"
#: in place of a section's id: the whole lesson
ALL = "all"


# ---------------------------------------------------------------------- lessons


@dataclass(frozen=True)
class Stop:
    """One lesson on the way through the course. `number` is the pillar's (1…), None for opening and closing."""

    lesson: Lesson
    number: int | None = None
    pillar: Pillar | None = None

    @property
    def id(self) -> str:
        return self.lesson.id

    @property
    def name(self) -> str:
        return self.pillar.title if self.pillar else self.lesson.title


def way(course: Course) -> list[Stop]:
    """The lessons in the order of reading: the opening, the pillars, the closing."""
    stops = [Stop(course.opening)] if course.opening else []
    stops += [Stop(pillar.lesson, pillar.number, pillar) for pillar in course.pillars if pillar.lesson]
    return stops + ([Stop(course.closing)] if course.closing else [])


def stop_of(course: Course, lesson_id: str) -> Stop:
    """The lesson with this id and where it stands. Raises NotFound."""
    for stop in way(course):
        if stop.id == lesson_id:
            return stop
    raise NotFound


def neighbours(course: Course, stop: Stop) -> tuple[Stop | None, Stop | None]:
    """The lessons before and after."""
    stops = way(course)
    at = next(index for index, other in enumerate(stops) if other.id == stop.id)
    return (stops[at - 1] if at else None), (stops[at + 1] if at + 1 < len(stops) else None)


@dataclass(frozen=True)
class LessonSource:
    """One source of a lesson: its number there, the fact, and the id of the paragraph or figure that first cites it."""

    number: int
    fact: Fact
    anchor: str | None


def sources(course: Course, lesson: Lesson) -> list[LessonSource]:
    """The facts a lesson cites, by number."""
    return [
        LessonSource(number, course.facts[name], lesson.anchors.get(name))
        for number, name in enumerate(lesson.cited, 1)
        if name in course.facts
    ]


def firmness_counts(cited: Iterable[LessonSource]) -> list[tuple[str, int]]:
    """How many of the facts are known how firmly, firmest first; those that don't occur are left out."""
    counts = Counter(source.fact.firmness for source in cited)
    return [(name, counts[name]) for name in FIRMNESSES if name in counts]


def quizzes_of(course: Course, pillar_id: str | None) -> tuple[Quiz | None, Quiz | None]:
    """The pretest and the quiz of a pillar; without one, (None, the final of the whole course)."""
    if pillar_id is None:
        return None, next((quiz for quiz in course.quizzes if quiz.kind == "final"), None)
    own = [quiz for quiz in course.quizzes if quiz.pillar == pillar_id]
    return (
        next((quiz for quiz in own if quiz.kind == "pretest"), None),
        next((quiz for quiz in own if quiz.kind == "quiz"), None),
    )


# ---------------------------------------------------------------------- checks


@dataclass(frozen=True)
class CheckView:
    """A question inside a lesson as it stands on the page. Without `grade` it is open, and no key is in it."""

    id: str
    question: Question
    order: Order
    form: Any
    response: Response | None = None
    grade: Grade | None = None
    #: the answer is missing ("blank"), can't be read ("malformed"), or was missed once ("missed")
    message: Literal["blank", "malformed", "missed"] | None = None
    #: after a first miss: what is wrong with the one thing that was answered (Markdown, or ""), and how many of all
    #: parts are right; which of several are, would tell the key
    reason: str = ""
    parts_right: int = 0
    parts: int = 1

    @property
    def rubric(self) -> Rubric | None:
        """By what its learner compares an answer that no machine can grade; None for any other."""
        return type_of(self.question).rubric(self.question) if self.grade and self.grade.pending else None

    @property
    def state(self) -> Literal["open", "closed"]:
        return "closed" if self.grade else "open"


def check_order(lesson: Lesson, check_id: str) -> Order:
    """The order of a check's parts: the same for everybody and every time, because it counts for nothing."""
    question = question_of(lesson, check_id)
    return type_of(question).order(question, zlib.crc32(f"{lesson.id}/{check_id}".encode()))


def question_of(lesson: Lesson, check_id: str) -> Question:
    """The question of a check. Raises NotFound."""
    check = lesson.check(check_id)
    if check is None:
        raise NotFound
    return check.question


def open_check(lesson: Lesson, check_id: str) -> CheckView:
    """A check before it is answered."""
    question, order = question_of(lesson, check_id), check_order(lesson, check_id)
    return CheckView(check_id, question, order, type_of(question).form(question, order, prefix=f"{check_id}-"))


def answer_check(lesson: Lesson, check_id: str, formdata: Any, *, again: bool = False) -> CheckView:
    """A check with the answer that was sent: graded, or open again when there is none or it can't be read.

    A first miss keeps the key, and says what is wrong with the answer; `again` says that there was one before. Of two
    ways to answer, a miss leaves one, so the key is told at once.
    """
    question, order = question_of(lesson, check_id), check_order(lesson, check_id)
    kind = type_of(question)
    form = kind.form(question, order, formdata=formdata, prefix=f"{check_id}-")
    if form.moved:
        return CheckView(check_id, question, order, form)
    if form.malformed:
        return CheckView(check_id, question, order, form, message="malformed")
    response = form.response()
    if response is None:
        return CheckView(check_id, question, order, form, message="blank")
    grade = kind.grade(question, response)
    if grade.fraction < 1 and not grade.pending and not again and len(kind.choices(question)) != 2:
        return CheckView(
            check_id,
            question,
            order,
            form,
            message="missed",
            reason=grade.parts[0].feedback if len(grade.parts) == 1 else "",
            parts_right=sum(part.fraction >= 1 for part in grade.parts),
            parts=len(grade.parts),
        )
    return CheckView(check_id, question, order, form, response, grade)


def done_checks(user: User | None, lesson: Lesson) -> dict[str, CheckView]:
    """check id → the check as a person ended it, for those they did and the lesson still has: one query."""
    if user is None:
        return {}
    asked = {"user_id": user.id, "course_id": lesson.course_id, "lesson_id": lesson.id}
    rows = db.session.execute(_answered_checks(), asked)
    return {row.check_id: _done(lesson, row.check_id, row.response) for row in rows if lesson.check(row.check_id)}


@cache
def _answered_checks() -> Select[tuple[str, Any]]:
    return select(CheckAnswer.check_id, CheckAnswer.response).where(
        CheckAnswer.user_id == bindparam("user_id"),
        CheckAnswer.course_id == bindparam("course_id"),
        CheckAnswer.lesson_id == bindparam("lesson_id"),
    )


def _done(lesson: Lesson, check_id: str, response: Response) -> CheckView:
    question, order = question_of(lesson, check_id), check_order(lesson, check_id)
    kind = type_of(question)
    form = kind.form(question, order, prefix=f"{check_id}-")
    return CheckView(check_id, question, order, form, response, kind.grade(question, response))


def keep_check(user: User, lesson: Lesson, view: CheckView, now: datetime) -> None:
    """Keeps a check that a person has ended; the answer given last stands. Flushes."""
    if view.grade is None or view.response is None:
        return
    key = {"user_id": user.id, "course_id": lesson.course_id, "lesson_id": lesson.id, "check_id": view.id}
    kept = db.session.get(CheckAnswer, key)
    if kept is None:
        _add_once(CheckAnswer(**key, response=view.response, at=now))
    else:
        kept.response, kept.at = view.response, now
        db.session.flush()


# ---------------------------------------------------------------------- what was read


@dataclass(frozen=True)
class Progress:
    """How far one person is in one lesson."""

    lesson: Lesson
    #: ids of the sections read
    read: frozenset[str] = frozenset()
    #: the section they were in last
    place: str | None = None

    @property
    def sections_read(self) -> int:
        return sum(section.id in self.read for section in self.lesson.sections)

    @property
    def is_read(self) -> bool:
        return bool(self.lesson.sections) and self.sections_read == len(self.lesson.sections)

    @property
    def is_begun(self) -> bool:
        return self.sections_read > 0 or self.place is not None

    @property
    def minutes_left(self) -> int:
        """Whole minutes for the sections not read yet; at least 1 while there is one."""
        if self.is_read:
            return 0
        words = sum(section.words for section in self.lesson.sections) or 1
        left = sum(section.words for section in self.lesson.sections if section.id not in self.read)
        return max(1, round(self.lesson.minutes * left / words))

    @property
    def resume_at(self) -> Section | None:
        """Where to go on: the section they were in, or the first unread one; None at the start and at the end."""
        if self.is_read or not self.is_begun:
            return None
        sections = self.lesson.sections
        section = self.lesson.section(self.place) if self.place else None
        if section is None or section.id in self.read:
            section = next((other for other in sections if other.id not in self.read), None)
        return None if section is None or section is sections[0] else section


def progress_of(user: User | None, lessons: Sequence[Lesson]) -> dict[str, Progress]:
    """How far a person is in each of the lessons (all of one course), by lesson id: two queries, whatever their
    number."""
    if user is None or not lessons:
        return {lesson.id: Progress(lesson) for lesson in lessons}
    asked = {"user_id": user.id, "course_id": lessons[0].course_id, "lesson_ids": [lesson.id for lesson in lessons]}
    read: dict[str, set[str]] = {}
    for lesson_id, section_id in db.session.execute(_sections_read(), asked):
        read.setdefault(lesson_id, set()).add(section_id)
    places = dict(db.session.execute(_places(), asked).tuples().all())
    return {
        lesson.id: Progress(lesson, frozenset(read.get(lesson.id, ())), places.get(lesson.id)) for lesson in lessons
    }


@cache
def _sections_read() -> Select[tuple[str, str]]:
    return select(Reading.lesson_id, Reading.section_id).where(
        Reading.user_id == bindparam("user_id"),
        Reading.course_id == bindparam("course_id"),
        Reading.lesson_id.in_(bindparam("lesson_ids", expanding=True)),
    )


@cache
def _places() -> Select[tuple[str, str]]:
    return select(Place.lesson_id, Place.section_id).where(*_of_person())


def _of_person() -> tuple[ColumnElement[bool], ...]:
    """The conditions on Place: a person's, in some lessons of a course."""
    return (
        Place.user_id == bindparam("user_id"),
        Place.course_id == bindparam("course_id"),
        Place.lesson_id.in_(bindparam("lesson_ids", expanding=True)),
    )


def last_place(user: User, course: Course) -> str | None:
    """The id of the lesson the person was in last, if the course still has it."""
    asked = {"user_id": user.id, "course_id": course.id, "lesson_ids": [stop.id for stop in way(course)]}
    return db.session.scalar(_last_place(), asked)


@cache
def _last_place() -> Select[tuple[str]]:
    return select(Place.lesson_id).where(*_of_person()).order_by(Place.at.desc()).limit(1)


def places_of(user: User) -> list[Place]:
    """Where the person was in each lesson of every course, the latest first: one query."""
    return list(db.session.scalars(select(Place).where(Place.user_id == user.id).order_by(Place.at.desc())))


def mark_read(user: User, lesson: Lesson, section_ids: Iterable[str], now: datetime) -> None:
    """Notes sections as read; those read before keep their time, unknown ones are passed over."""
    read_before = progress_of(user, [lesson])[lesson.id].read
    for section_id in dict.fromkeys(section_ids):
        if lesson.section(section_id) is not None and section_id not in read_before:
            key = {"user_id": user.id, "course_id": lesson.course_id, "lesson_id": lesson.id, "section_id": section_id}
            _add_once(Reading(**key, read_at=now))


def note_reading(user: User, lesson: Lesson, section_id: str, place: str, now: datetime) -> None:
    """Notes what a reader sends: the section that was read (`ALL`: every one; empty: none), and where they are.

    Without a place they are in what they read last.
    """
    ids = [section.id for section in lesson.sections]
    read = ids if section_id == ALL else [section_id]
    mark_read(user, lesson, read, now)
    keep_place(user, lesson, place or (read[-1] if read else ""), now)


def section_after(lesson: Lesson, section_id: str) -> Section | None:
    """The section that follows one; None after the last, after `ALL` and where there is no such section."""
    return next((after for before, after in pairwise(lesson.sections) if before.id == section_id), None)


def keep_place(user: User, lesson: Lesson, section_id: str, now: datetime) -> None:
    """Notes where the person is; a section the lesson doesn't have is passed over."""
    if lesson.section(section_id) is None:
        return
    key = {"user_id": user.id, "course_id": lesson.course_id, "lesson_id": lesson.id}
    place = db.session.get(Place, key)
    if place is None:
        _add_once(Place(**key, section_id=section_id, at=now))
    else:
        place.section_id, place.at = section_id, now
        db.session.flush()


def _add_once(row: Reading | Place | CheckAnswer) -> None:
    """Adds a row that another tab may be adding at this moment: then its row stands, and this one is dropped."""
    with suppress(IntegrityError), db.session.begin_nested():
        db.session.add(row)
