"""Questions asked one at a time outside of quizzes: a round holds those that came back to one person on one day.

A round is an attempt like any other, so that its answers are kept as a log of steps. It counts for nothing, gives
feedback with each answer, and grows by one question at a time, so that nothing lies open but what is being asked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.database import db
from webapp.questions.contract import Question
from webapp.quizzes import attempt_state, handing_in, revisions, selection
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.policy import AttemptPolicy
from webapp.quizzes.vocabulary import AttemptKind, AttemptState, FeedbackTime
from webapp.web import timezones

#: what every round has in place of the id of a quiz
_QUIZ_ID = str(AttemptKind.REVIEW)

_POLICY = AttemptPolicy(title="Review", graded=False, feedback=FeedbackTime.AT_ONCE, certainty=True, pass_mark=0.0)


def ask(user: User, question: Question, course: Course, now: datetime, *, seed: int | None = None) -> Slot:
    """Puts a question before a person in the round of today (see `timezones.learning_day`), flushed.

    A question that was put before them already and still waits for its answer comes first, so that asking twice adds
    one question. The round of an earlier day is closed; what waited there was never answered, and counts as nothing.
    """
    running = _running(user, now, course, seed)
    waiting = next((slot for slot in running.slots if not attempt_state.is_checked(slot)), None)
    if waiting is not None:
        return waiting
    digest = revisions.keep([question], now)[question.id]
    position = len(running.slots) + 1
    slot = Slot(
        attempt=running,
        position=position,
        question_id=question.id,
        digest=digest,
        order_seed=selection.derive(running.seed, "order", question.id, position),
        points=float(question.points),
    )
    db.session.add(slot)
    running.policy = replace(running.policy, questions=position)
    running.max_score += slot.points
    running.active_at = now
    db.session.flush()
    return slot


def round_of(user: User, course_id: str, now: datetime) -> Attempt | None:
    """The open round of today in a course, locked for a change; one of an earlier day is closed on the way."""
    mine = select(Attempt).where(
        Attempt.user_id == user.id,
        Attempt.course_id == course_id,
        Attempt.kind == AttemptKind.REVIEW,
        Attempt.state == AttemptState.OPEN,
    )
    running = db.session.scalar(mine.with_for_update())
    if running is not None and running.started_at < timezones.learning_day(now, timezones.of_person(user)):
        handing_in.submit(running, now)
        return None
    return running


def _running(user: User, now: datetime, course: Course, seed: int | None) -> Attempt:
    running = round_of(user, course.id, now)
    if running is not None:
        return running
    mine = (Attempt.user_id == user.id, Attempt.course_id == course.id, Attempt.quiz_id == _QUIZ_ID)
    new = Attempt(
        user_id=user.id,
        course_id=course.id,
        quiz_id=_QUIZ_ID,
        kind=AttemptKind.REVIEW,
        seed=selection.new_seed() if seed is None else seed,
        drawn_from={"edition": course.digest},
        policy=_POLICY,
        number=(db.session.scalar(select(func.max(Attempt.number)).where(*mine)) or 0) + 1,
        state=AttemptState.OPEN,
        started_at=now,
        active_at=now,
        position=1,
        max_score=0.0,
    )
    try:
        with db.session.begin_nested():
            db.session.add(new)
            db.session.flush()
    except IntegrityError:
        # Another tab was quicker.
        quicker = round_of(user, course.id, now)
        if quicker is None:
            raise
        return quicker
    return new
