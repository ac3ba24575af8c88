"""Reading: what a person has read, where they were, how their pillars stand, and what to do next."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound

from webapp.accounts.models import User
from webapp.content.course import Course, Pillar, Quiz
from webapp.content.facts import Fact
from webapp.content.lesson import Lesson, Section
from webapp.database import db
from webapp.lessons.models import Place, Reading
from webapp.questions import Grade, Order, Question, Response, type_of
from webapp.quizzes import scores, states
from webapp.quizzes.models import Attempt

OPENING, CLOSING = "opening", "closing"

#: firmest first; the order in which a lesson shows them
FIRMNESSES = ("stated", "reported", "estimated", "claimed", "judgement")


@dataclass
class Outside:
    """What rooms above this one know and home shows: they set it when they are loaded. Without them it stays blank."""

    #: mastery of each pillar by its id, 0 to 1
    mastery: Callable[[User, Course, datetime], Mapping[str, float]] | None = None
    #: how many questions of earlier sittings are due for review now
    due: Callable[[User, Course, datetime], int] | None = None


outside = Outside()


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
class Cited:
    """One source of a lesson: its number there, the fact, and the id of the paragraph or figure that first cites it."""

    number: int
    fact: Fact
    anchor: str | None


def sources(course: Course, lesson: Lesson) -> list[Cited]:
    """The facts a lesson cites, by number."""
    return [
        Cited(number, course.facts[name], lesson.anchors.get(name))
        for number, name in enumerate(lesson.cited, 1)
        if name in course.facts
    ]


def firmness_counts(cited: Iterable[Cited]) -> list[tuple[str, int]]:
    """How many of the facts are known how firmly, firmest first; those that don't occur are left out."""
    found: dict[str, int] = {}
    for source in cited:
        found[source.fact.firmness] = found.get(source.fact.firmness, 0) + 1
    return [(name, found[name]) for name in FIRMNESSES if name in found]


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
    #: a message (to be translated): the answer is missing or can't be read
    message: str | None = None

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


def answer_check(lesson: Lesson, check_id: str, formdata: Any) -> CheckView:
    """A check with the answer that was sent: graded, or open again when there is none or it can't be read."""
    question, order = question_of(lesson, check_id), check_order(lesson, check_id)
    kind = type_of(question)
    form = kind.form(question, order, formdata=formdata, prefix=f"{check_id}-")
    if getattr(form, "moved", False):
        return CheckView(check_id, question, order, form)
    if form.malformed:
        return CheckView(check_id, question, order, form, message="malformed")
    response = form.response()
    if response is None:
        return CheckView(check_id, question, order, form, message="blank")
    return CheckView(check_id, question, order, form, response, kind.grade(question, response))


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
    """How far a person is in each of the lessons, by lesson id: two queries, whatever their number."""
    if user is None or not lessons:
        return {lesson.id: Progress(lesson) for lesson in lessons}
    ids = [lesson.id for lesson in lessons]
    read: dict[str, set[str]] = {}
    for lesson_id, section_id in db.session.execute(
        select(Reading.lesson_id, Reading.section_id).where(Reading.user_id == user.id, Reading.lesson_id.in_(ids))
    ):
        read.setdefault(lesson_id, set()).add(section_id)
    places = dict(
        db.session.execute(
            select(Place.lesson_id, Place.section_id).where(Place.user_id == user.id, Place.lesson_id.in_(ids))
        ).all()
    )
    return {
        lesson.id: Progress(lesson, frozenset(read.get(lesson.id, ())), places.get(lesson.id)) for lesson in lessons
    }


def last_place(user: User, course: Course) -> str | None:
    """The id of the lesson the person was in last, if the course still has it."""
    ids = [stop.id for stop in way(course)]
    return db.session.scalar(
        select(Place.lesson_id)
        .where(Place.user_id == user.id, Place.lesson_id.in_(ids))
        .order_by(Place.at.desc())
        .limit(1)
    )


def mark_read(user: User, lesson: Lesson, section_ids: Iterable[str], now: datetime) -> None:
    """Notes sections as read; those read before keep their time, unknown ones are passed over."""
    known = [section.id for section in lesson.sections]
    wanted = [name for name in dict.fromkeys(section_ids) if name in known]
    have = progress_of(user, [lesson])[lesson.id].read
    for name in wanted:
        if name not in have:
            _add_once(Reading(user_id=user.id, lesson_id=lesson.id, section_id=name, read_at=now))


def keep_place(user: User, lesson: Lesson, section_id: str, now: datetime) -> None:
    """Notes where the person is; a section the lesson doesn't have is passed over."""
    if lesson.section(section_id) is None:
        return
    place = db.session.get(Place, (user.id, lesson.id))
    if place is None:
        _add_once(Place(user_id=user.id, lesson_id=lesson.id, section_id=section_id, at=now))
    else:
        place.section_id, place.at = section_id, now
        db.session.flush()


def _add_once(row: Reading | Place) -> None:
    """Adds a row that another tab may be adding at this moment: then its row stands, and this one is dropped."""
    with suppress(IntegrityError), db.session.begin_nested():
        db.session.add(row)


# ---------------------------------------------------------------------- pillars, and the next step


@dataclass(frozen=True)
class PillarState:
    """How one pillar stands for one person. Percents are 0 to 100."""

    sections_read: int = 0
    sections: int = 0
    minutes: int = 0
    minutes_left: int = 0
    #: the score that counts at the pillar's quiz; None before one is handed in and shown
    best: float | None = None
    passed: bool | None = None
    attempts: int = 0
    #: 0 to 1, by the rule of the progress page; None where nobody supplies it
    mastery: float | None = None

    @property
    def is_read(self) -> bool:
        return 0 < self.sections == self.sections_read

    @property
    def filled(self) -> float:
        """How full the pillar is drawn, 0 to 100: mastery, or the best score. Reading alone never fills it."""
        if self.mastery is not None:
            return round(100 * self.mastery, 1)
        return self.best or 0.0

    @property
    def stage(self) -> Literal["new", "begun", "read", "tried", "passed", "mastered"]:
        if self.mastery is not None and self.mastery >= 1:
            return "mastered"
        if self.passed:
            return "passed"
        if self.attempts:
            return "tried"
        if self.is_read:
            return "read"
        return "begun" if self.sections_read else "new"


@dataclass(frozen=True)
class Standing:
    """All that home shows of one person."""

    states: dict[str, PillarState]
    progress: dict[str, Progress]
    #: the attempt that is open, if there is one
    open_attempt: Attempt | None = None
    #: quiz id → score that counts, for quizzes handed in and shown
    scores: dict[str, scores.QuizScore] = field(default_factory=dict)
    due: int = 0


def pillar_states(user: User | None, course: Course, now: datetime) -> dict[str, PillarState]:
    """How each pillar stands, by pillar id."""
    return standing(user, course, now).states


def standing(
    user: User | None, course: Course, now: datetime, *, mastery: Mapping[str, float] | None = None
) -> Standing:
    """How a person stands: three queries, and those of the rooms above.

    `mastery` is that of each pillar, 0 to 1, for callers who know it already.
    """
    progress = progress_of(user, [stop.lesson for stop in way(course)])
    attempts = _attempts(user)
    counting = _scores(course, attempts, now)
    if mastery is None:
        mastery = outside.mastery(user, course, now) if user is not None and outside.mastery else {}
    found: dict[str, PillarState] = {}
    for pillar in course.pillars:
        reading = progress.get(pillar.id)
        _pretest, quiz = quizzes_of(course, pillar.id)
        score = counting.get(quiz.id, scores.NOTHING) if quiz else scores.NOTHING
        found[pillar.id] = PillarState(
            sections_read=reading.sections_read if reading else 0,
            sections=len(reading.lesson.sections) if reading else 0,
            minutes=reading.lesson.minutes if reading else 0,
            minutes_left=reading.minutes_left if reading else 0,
            best=score.percent,
            passed=score.passed,
            attempts=score.attempts,
            mastery=mastery.get(pillar.id),
        )
    due = outside.due(user, course, now) if user is not None and outside.due else 0
    running = [attempt for attempt in attempts if attempt.state == "open" and not _is_over(attempt, now)]
    return Standing(found, progress, max(running, key=lambda a: a.active_at, default=None), counting, due)


def _attempts(user: User | None) -> list[Attempt]:
    if user is None:
        return []
    wanted = select(Attempt).options(joinedload(Attempt.assignment)).where(Attempt.user_id == user.id)
    return list(db.session.scalars(wanted.where(Attempt.state != "void", Attempt.kind != states.REVIEW)))


def _is_over(attempt: Attempt, now: datetime) -> bool:
    return attempt.deadline is not None and attempt.deadline <= now


def _scores(course: Course, attempts: list[Attempt], now: datetime) -> dict[str, scores.QuizScore]:
    found = {}
    for quiz in course.quizzes:
        # A score that waits for its date is not told here either.
        shown = [a for a in attempts if a.quiz_id == quiz.id and states.is_released(a, now)]
        if shown:
            found[quiz.id] = scores.quiz_score(shown, quiz.policy.score, quiz.policy.pass_mark)
    return found


@dataclass(frozen=True)
class NextStep:
    """The one thing to do next. `minutes` and `count` are for its sentence, which the template words."""

    kind: Literal["start", "attempt", "resume", "quiz", "again", "review", "read", "final", "done"]
    pillar: Pillar | None = None
    lesson: Lesson | None = None
    section: Section | None = None
    quiz: Quiz | None = None
    attempt: Attempt | None = None
    minutes: int = 0
    count: int = 0


def next_step(course: Course, standing: Standing, last_lesson: str | None = None) -> NextStep:
    """What to do next: finish what is open, review what is due, read on, quiz what was read, read more, the final.

    A quiz tried before its lesson was read, and not passed, leads back to that lesson first.
    `last_lesson` is the id of the lesson the person was in last.
    """
    if standing.open_attempt is not None:
        attempt = standing.open_attempt
        return NextStep("attempt", attempt=attempt, quiz=course.quiz(attempt.quiz_id.removeprefix("practice:")))
    if standing.due:
        return NextStep("review", count=standing.due)
    here = standing.progress.get(last_lesson or "")
    if here is not None and here.is_begun and not here.is_read:
        pillar = course.pillar(here.lesson.id)
        return NextStep("resume", pillar, here.lesson, here.resume_at, minutes=here.minutes_left)
    for pillar, state in _pairs(course, standing):
        quiz = quizzes_of(course, pillar.id)[1]
        if quiz and state.is_read and not state.attempts:
            return NextStep("quiz", pillar, pillar.lesson, quiz=quiz)
    for pillar, state in _pairs(course, standing):
        if pillar.lesson and not state.is_read and not state.passed:
            begun = any(progress.is_begun for progress in standing.progress.values()) or bool(standing.scores)
            kind: Literal["read", "start"] = "read" if begun else "start"
            return NextStep(kind, pillar, pillar.lesson, minutes=state.minutes_left)
    for pillar, state in _pairs(course, standing):
        if state.attempts and not state.passed:
            return NextStep("again", pillar, pillar.lesson, quiz=quizzes_of(course, pillar.id)[1])
    _none, final = quizzes_of(course, None)
    if final is not None and not standing.scores.get(final.id, scores.NOTHING).passed:
        return NextStep("final", quiz=final)
    return NextStep("done")


def _pairs(course: Course, standing: Standing) -> list[tuple[Pillar, PillarState]]:
    return [(pillar, standing.states[pillar.id]) for pillar in course.pillars]
