"""How a person stands in the course, pillar by pillar, and the one thing to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Literal

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload

from webapp.accounts.models import User
from webapp.content.course.course import Course, Pillar
from webapp.content.course.quiz import Quiz
from webapp.content.lessons.lesson import Lesson, Section
from webapp.database import db
from webapp.lessons import service as lessons
from webapp.progress.work import pillars_filled
from webapp.quizzes import attempt_state, eligibility, scores
from webapp.quizzes.eligibility import NO_STANDING
from webapp.quizzes.models import Attempt
from webapp.quizzes.vocabulary import AttemptKind, AttemptState
from webapp.review import service as review


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
    #: whether an attempt waits for people to grade it
    waits: bool = False
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
class CourseStanding:
    """All that home shows of one person."""

    states: dict[str, PillarState]
    progress: dict[str, lessons.Progress]
    #: the attempt that is open, if there is one
    open_attempt: Attempt | None = None
    #: the practice that is open; it waits, and never takes the place of the next step
    open_practice: Attempt | None = None
    #: quiz id → score that counts, for quizzes handed in and shown
    scores: dict[str, scores.QuizScore] = field(default_factory=dict)
    due: int = 0


def pillar_states(user: User | None, course: Course, now: datetime) -> dict[str, PillarState]:
    """How each pillar stands, by pillar id."""
    return standing(user, course, now).states


def standing(
    user: User | None,
    course: Course,
    now: datetime,
    *,
    mastery: Mapping[str, float] | None = None,
    due: int | None = None,
) -> CourseStanding:
    """How a person stands: three queries, and those of lessons, review and mastery.

    `mastery` is that of each pillar, 0 to 1, and `due` what is due for review, for callers who know it already.
    """
    progress = lessons.progress_of(user, [stop.lesson for stop in lessons.way(course)])
    found = _attempts(user, course, now)
    attempts = [attempt for attempt, _tells in found]
    counting = _scores(course, [attempt for attempt, tells in found if tells])
    if mastery is None:
        mastery = pillars_filled(user, course, now) if user is not None else {}
    states: dict[str, PillarState] = {}
    for pillar in course.pillars:
        reading = progress.get(pillar.id)
        _pretest, quiz = lessons.quizzes_of(course, pillar.id)
        score = counting.get(quiz.id, scores.NOTHING) if quiz else scores.NOTHING
        states[pillar.id] = PillarState(
            sections_read=reading.sections_read if reading else 0,
            sections=len(reading.lesson.sections) if reading else 0,
            minutes=reading.lesson.minutes if reading else 0,
            minutes_left=reading.minutes_left if reading else 0,
            best=score.percent,
            passed=score.passed,
            attempts=score.attempts,
            waits=score.awaiting > 0,
            mastery=mastery.get(pillar.id),
        )
    if due is None:
        due = review.waiting(user, course, now) if user is not None else 0
    running = sorted(
        (attempt for attempt in attempts if attempt.is_open and not _is_over(attempt, now)), key=lambda a: a.active_at
    )
    return CourseStanding(
        states,
        progress,
        open_attempt=next((attempt for attempt in reversed(running) if not attempt.is_practice), None),
        open_practice=next((attempt for attempt in reversed(running) if attempt.is_practice), None),
        scores=counting,
        due=due,
    )


def _attempts(user: User | None, course: Course, now: datetime) -> list[tuple[Attempt, bool]]:
    """The person's attempts in a course, each with whether it makes a score that they may see."""
    if user is None:
        return []
    asked = {"user_id": user.id, "course_id": course.id, "now": now}
    # A score that waits for its date is not told here either.
    return [
        (attempt, tells and attempt_state.is_released(attempt, now, NO_STANDING))
        for attempt, tells in db.session.execute(_own_attempts(), asked)
    ]


@cache
def _own_attempts() -> Select[tuple[Attempt, bool]]:
    return (
        select(Attempt, eligibility.counts_for_learner() & ~eligibility.keys_kept(bindparam("now")))
        .options(joinedload(Attempt.assignment))
        .where(
            Attempt.user_id == bindparam("user_id"),
            Attempt.course_id == bindparam("course_id"),
            Attempt.state != AttemptState.VOID,
            Attempt.kind != AttemptKind.REVIEW,
        )
    )


def _is_over(attempt: Attempt, now: datetime) -> bool:
    return attempt.deadline is not None and attempt.deadline <= now


def _scores(course: Course, attempts: list[Attempt]) -> dict[str, scores.QuizScore]:
    counting = {}
    for quiz in course.quizzes:
        shown = [attempt for attempt in attempts if attempt.quiz_id == quiz.id]
        if shown:
            counting[quiz.id] = scores.recorded_score(shown, quiz.policy.score, quiz.policy.pass_mark)
    return counting


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


def next_step(
    course: Course, standing: CourseStanding, last_lesson: str | None = None, *, reviews: bool = True
) -> NextStep:
    """What to do next: finish what is open, review what is due, read on, quiz what was read, read more, the final.

    Practice that is open never takes the place of anything: it waits where it was begun. Without `reviews` what is due
    is passed over.

    A quiz tried before its lesson was read, and not passed, leads back to that lesson first. What waits for people to
    grade it is not to be done again.
    `last_lesson` is the id of the lesson the person was in last.
    """
    if standing.open_attempt is not None:
        attempt = standing.open_attempt
        return NextStep("attempt", attempt=attempt, quiz=course.quiz(attempt.quiz_behind))
    if standing.due and reviews:
        return NextStep("review", count=standing.due)
    here = standing.progress.get(last_lesson or "")
    if here is not None and here.is_begun and not here.is_read:
        pillar = course.pillar(here.lesson.id)
        return NextStep("resume", pillar, here.lesson, here.resume_at, minutes=here.minutes_left)
    for pillar, state in _pairs(course, standing):
        quiz = lessons.quizzes_of(course, pillar.id)[1]
        if quiz and state.is_read and not state.attempts:
            return NextStep("quiz", pillar, pillar.lesson, quiz=quiz)
    for pillar, state in _pairs(course, standing):
        if pillar.lesson and not state.is_read and not state.passed:
            begun = any(progress.is_begun for progress in standing.progress.values()) or bool(standing.scores)
            kind: Literal["read", "start"] = "read" if begun else "start"
            return NextStep(kind, pillar, pillar.lesson, minutes=state.minutes_left)
    for pillar, state in _pairs(course, standing):
        if state.attempts and not state.passed and not state.waits:
            return NextStep("again", pillar, pillar.lesson, quiz=lessons.quizzes_of(course, pillar.id)[1])
    _none, final = lessons.quizzes_of(course, None)
    of_final = standing.scores.get(final.id, scores.NOTHING) if final is not None else scores.NOTHING
    if final is not None and not of_final.passed and not of_final.awaiting:
        return NextStep("final", quiz=final)
    return NextStep("done")


def _pairs(course: Course, standing: CourseStanding) -> list[tuple[Pillar, PillarState]]:
    return [(pillar, standing.states[pillar.id]) for pillar in course.pillars]
