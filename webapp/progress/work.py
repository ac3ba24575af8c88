"""What a person did in quizzes and reviews, and how far that brought them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Select, bindparam, null, select

from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.content.course.quiz import Quiz
from webapp.database import db
from webapp.lessons import service as lessons
from webapp.progress import mastery
from webapp.progress.mastery import Answer, Mastery
from webapp.quizzes import attempt_state, eligibility, scores
from webapp.quizzes import service as quizzes
from webapp.quizzes.eligibility import NO_STANDING
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.scores import QuizScore
from webapp.quizzes.vocabulary import AttemptState


@dataclass(frozen=True)
class Work:
    """All of a person's attempts whose results they may see, the latest first, and every answer in them."""

    attempts: tuple[Attempt, ...]
    answers: tuple[Answer, ...]
    #: ids of the attempts that make a score; see `quizzes.eligibility`
    counting: frozenset[int] = frozenset()

    @cached_property
    def answered_last_in(self) -> Mapping[str, int]:
        """question id → the id of the attempt in which it was answered last."""
        in_order = sorted(self.answers, key=lambda answer: answer.at)
        return {answer.question_id: answer.attempt_id for answer in in_order}

    def of(self, quiz: Quiz) -> list[Attempt]:
        """The attempts at a quiz, the latest first; practice is not among them."""
        return [attempt for attempt in self.attempts if attempt.quiz_id == quiz.id]

    def score(self, quiz: Quiz) -> QuizScore:
        """The score that counts at a quiz, by the rules it is recorded under."""
        counting = [attempt for attempt in self.of(quiz) if attempt.id in self.counting]
        return scores.recorded_score(counting, quiz.policy.score, quiz.policy.pass_mark)


def work_of(user: User, course: Course, now: datetime) -> Work:
    """What a person did in a course, in two queries. Void attempts, and results that wait for their date, are not
    in it."""
    asked = {"user_id": user.id, "course_id": course.id, "now": now}
    attempts = {}
    counting = set()
    for attempt, kept, counts in db.session.execute(_attempts(), asked):
        if attempt.is_review or (not kept and attempt_state.is_released(attempt, now, NO_STANDING)):
            attempts[attempt.id] = attempt
            if counts:
                counting.add(attempt.id)
    if not attempts:
        return Work((), ())
    rows = db.session.execute(_graded(), asked)
    answers = [answer for row in rows if (answer := _answer(row, attempts.get(row.attempt_id))) is not None]
    return Work(tuple(attempts.values()), tuple(answers), frozenset(counting))


@cache
def _attempts() -> Select[tuple[Attempt, bool, bool]]:
    """A person's attempts in a course, each with whether its keys are kept back and whether it makes a score."""
    return quizzes.own_attempts().add_columns(eligibility.keys_kept(bindparam("now")), eligibility.counts_for_learner())


@cache
def _graded() -> Select[Any]:
    """What of a person's answers in a course is graded."""
    return (
        select(
            Slot.attempt_id,
            Slot.question_id,
            Slot.fraction,
            Slot.certainty,
            Slot.answered_at,
            Slot.response.is_not(null()).label("answered"),
        )
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .where(
            Attempt.user_id == bindparam("user_id"),
            Attempt.course_id == bindparam("course_id"),
            Attempt.state != AttemptState.VOID,
            Slot.fraction.is_not(None),
        )
        .order_by(Slot.id)
    )


def _answer(row: Any, attempt: Attempt | None) -> Answer | None:
    if attempt is None or attempt.is_pretest:
        return None
    if attempt.is_review and not row.answered:
        return None  # it was asked on a day that ended before it was answered
    at = row.answered_at or attempt.submitted_at or attempt.started_at
    return Answer(
        row.question_id, attempt.kind, row.fraction, at, bool(row.answered), row.certainty, attempt_id=row.attempt_id
    )


def mastery_of(course: Course, work: Work) -> Mastery:
    """How far the person is, by the rule in `mastery`."""
    _none, final = lessons.quizzes_of(course, None)
    passed = bool(final is not None and work.score(final).passed)
    return mastery.mastery(course, work.answers, final_passed=passed)


def pillars_filled(user: User, course: Course, now: datetime) -> Mapping[str, float]:
    """pillar id → how full it is, 0 to 1, where 1 is mastered; for home. Two queries."""
    return filled(mastery_of(course, work_of(user, course, now)))


def filled(person_mastery: Mastery) -> dict[str, float]:
    """pillar id → how full it is, 0 to 1."""
    return {id: pillar.filled for id, pillar in person_mastery.pillars.items()}
