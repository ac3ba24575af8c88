"""What a person is offered: whether a quiz can be started, how often still, on what terms, and starting it."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.content.course.quiz import Quiz, Score
from webapp.database import db
from webapp.questions.contract import Question
from webapp.quizzes import attempt_state, handing_in, revisions, scores, selection
from webapp.quizzes.models import Accommodation, Assignment, Attempt, Slot
from webapp.quizzes.policy import AttemptPolicy
from webapp.quizzes.scores import QuizScore
from webapp.quizzes.selection import DrawnQuestion
from webapp.quizzes.terms import (
    NO_ALLOWANCE,
    Terms,
    allowances_for,
    assigned_to,
    combined,
    in_force,
    set_deadline,
    terms_of,
)
from webapp.quizzes.vocabulary import AttemptKind, AttemptState, FeedbackTime


@dataclass(frozen=True)
class Refusal:
    """Why a quiz can't be started: "not-open" (until `at`), "closed" (since `at`), "used-up" or "empty"."""

    reason: Literal["not-open", "closed", "used-up", "empty"]
    at: datetime | None = None


class NotOffered(Exception):
    """The quiz can't be started now."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


class WrongCode(Exception):
    """The access code is missing or not the right one."""


@dataclass(frozen=True)
class Offer:
    """One person's standing at one quiz, and what they may do now."""

    quiz: Quiz
    terms: Terms
    #: all but void ones, the latest first
    attempts: tuple[Attempt, ...]
    open: Attempt | None
    #: attempts that count toward the limit
    used: int
    #: attempts still possible; None is without limit
    left: int | None
    #: why none can be started now; an open one can be continued in any case
    refusal: Refusal | None
    #: the score so far, from attempts whose feedback has come
    score: QuizScore
    #: handed in, but the learner may not see the result yet
    waiting: bool
    #: which attempt counts, and the pass mark in percent: those of the first attempt, or of the quiz before one
    rules: tuple[Score, float]

    @property
    def may_start(self) -> bool:
        return self.open is None and self.refusal is None

    @property
    def earlier(self) -> tuple[Attempt, ...]:
        """The attempts that are handed in, the latest first."""
        return tuple(attempt for attempt in self.attempts if attempt.is_submitted)


def offer(user: User | None, quiz: Quiz, now: datetime) -> Offer:
    """What `user` (None: a visitor) is offered at a quiz. At most three queries."""
    if user is None:
        return _offer(quiz, (), (), (), now)
    attempts = db.session.scalars(_attempts_of(user.id).where(Attempt.quiz_id == quiz.id)).all()
    return _offer(quiz, attempts, assigned_to(user.id, quiz.id), allowances_for(user.id), now)


def offers(user: User | None, course: Course, now: datetime) -> list[Offer]:
    """The same for every quiz of the course, in its order; three queries in all."""
    if user is None:
        return [_offer(quiz, (), (), (), now) for quiz in course.quizzes]
    attempts = _by_quiz(db.session.scalars(_attempts_of(user.id)))
    assignments = _by_quiz(assigned_to(user.id))
    accommodations = allowances_for(user.id)
    return [
        _offer(quiz, attempts.get(quiz.id, ()), assignments.get(quiz.id, ()), accommodations, now)
        for quiz in course.quizzes
    ]


def start(
    user: User,
    quiz: Quiz,
    course: Course,
    now: datetime,
    *,
    seed: int | None = None,
    access_code: str | None = None,
) -> Attempt:
    """A new attempt with its paper, flushed; or the open one, if there is one, so that starting twice makes one.

    Raises NotOffered when it can't be started now and WrongCode when an access code is needed and not given.
    """
    offered = offer(user, quiz, now)
    if offered.open is not None:
        if not handing_in.expire(offered.open, now):
            return offered.open
        offered = offer(user, quiz, now)
    if offered.refusal is not None:
        raise NotOffered(offered.refusal)
    assignment = offered.terms.assignment
    if assignment is not None and assignment.access_code and not _same_code(assignment.access_code, access_code):
        raise WrongCode
    seed = selection.new_seed() if seed is None else seed
    seen = {id: times for id, times in times_seen(user.id).items() if course.question(id) is not None}
    paper = selection.draw(quiz, course, seed, seen)
    if not paper:
        raise NotOffered(Refusal("empty"))
    limit = assignment.time_limit if assignment and assignment.time_limit is not None else quiz.policy.time_limit
    attempt = Attempt(
        user_id=user.id,
        quiz_id=quiz.id,
        kind=AttemptKind(quiz.kind),
        seed=seed,
        drawn_from={"edition": course.digest, "seen": seen},
        # Somebody who has begun goes on by the rules they began under.
        policy=replace(AttemptPolicy.of(quiz, limit), score=offered.rules[0], pass_mark=offered.rules[1]),
        assignment=assignment,
        assignment_id=assignment.id if assignment else None,
    )
    return _store(attempt, paper, now)


def practise(user: User, source: Attempt, course: Course, now: datetime, *, seed: int | None = None) -> Attempt | None:
    """A paper of what went wrong in `source`, with feedback at once, counting for nothing. None: nothing went wrong.

    A practice paper with the same questions that is still open is continued; one with others is handed in.
    """
    wrong = [question for slot in source.slots if (question := _to_practise(slot, course)) is not None]
    if not wrong:
        return None
    quiz_id = f"{AttemptKind.PRACTICE}:{source.quiz_behind}"
    running = db.session.scalar(_open_attempt(user.id, quiz_id))
    if running is not None:
        if {slot.question_id for slot in running.slots} == {question.id for question in wrong}:
            return running
        handing_in.submit(running, now)
    seed = selection.new_seed() if seed is None else seed
    attempt = Attempt(
        user_id=user.id,
        quiz_id=quiz_id,
        kind=AttemptKind.PRACTICE,
        seed=seed,
        drawn_from={"edition": course.digest, "attempt": source.id},
        policy=replace(source.policy, graded=False, feedback=FeedbackTime.AT_ONCE, time_limit=None, attempts=None),
    )
    return _store(attempt, selection.again(wrong, seed), now)


def times_seen(user_id: int) -> dict[str, int]:
    """question id → how often it was on a paper of this person, open and void ones included."""
    counted = (
        select(Slot.question_id, func.count())
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .where(Attempt.user_id == user_id)
        .group_by(Slot.question_id)
    )
    return dict(db.session.execute(counted).tuples().all())


def _store(attempt: Attempt, paper: Sequence[DrawnQuestion], now: datetime) -> Attempt:
    """Stores an attempt with its slots; gives the open one instead when another request was quicker."""
    attempt.policy = replace(attempt.policy, questions=len(paper))
    digests = revisions.keep([drawn.question for drawn in paper], now)
    attempt.state = AttemptState.OPEN
    attempt.started_at = attempt.active_at = now
    attempt.position = 1
    attempt.max_score = float(sum(drawn.question.points for drawn in paper))
    attempt.number = _next_number(attempt.user_id, attempt.quiz_id)
    attempt.slots = [
        Slot(
            position=position,
            question_id=drawn.question.id,
            digest=digests[drawn.question.id],
            order_seed=drawn.order_seed,
            points=float(drawn.question.points),
        )
        for position, drawn in enumerate(paper, start=1)
    ]
    set_deadline(attempt)
    user_id, quiz_id = attempt.user_id, attempt.quiz_id
    try:
        with db.session.begin_nested():
            db.session.add(attempt)
            db.session.flush()
    except IntegrityError:
        quicker = db.session.scalar(_open_attempt(user_id, quiz_id))
        if quicker is None:
            raise
        return quicker
    return attempt


def _next_number(user_id: int, quiz_id: str) -> int:
    mine = (Attempt.user_id == user_id, Attempt.quiz_id == quiz_id)
    return (db.session.scalar(select(func.max(Attempt.number)).where(*mine)) or 0) + 1


def _open_attempt(user_id: int, quiz_id: str) -> Select[tuple[Attempt]]:
    return _attempts_of(user_id).where(Attempt.quiz_id == quiz_id, Attempt.state == AttemptState.OPEN)


def _attempts_of(user_id: int) -> Select[tuple[Attempt]]:
    return (
        select(Attempt)
        .options(joinedload(Attempt.assignment))
        .where(Attempt.user_id == user_id, Attempt.state != AttemptState.VOID)
        .order_by(Attempt.number.desc())
    )


_OfAQuiz = TypeVar("_OfAQuiz", Attempt, Assignment)


def _by_quiz(rows: Iterable[_OfAQuiz]) -> dict[str, list[_OfAQuiz]]:
    grouped: dict[str, list[_OfAQuiz]] = {}
    for row in rows:
        grouped.setdefault(row.quiz_id, []).append(row)
    return grouped


def _offer(
    quiz: Quiz,
    attempts: Sequence[Attempt],
    assignments: Sequence[Assignment],
    accommodations: Sequence[Accommodation],
    now: datetime,
) -> Offer:
    allowance = combined(accommodations, quiz.id) if accommodations else NO_ALLOWANCE
    assignment = in_force(assignments, allowance, now)
    terms = terms_of(quiz, assignment, allowance)
    counting = [a for a in attempts if assignment is None or a.assignment_id == assignment.id]
    left = None if terms.attempts is None else max(0, terms.attempts - len(counting))
    rules = scores.rules_of(attempts, quiz.policy.score, quiz.policy.pass_mark)
    released = [a for a in attempts if attempt_state.is_released(a, now)]
    return Offer(
        quiz=quiz,
        terms=terms,
        attempts=tuple(attempts),
        open=next((a for a in attempts if a.is_open), None),
        used=len(counting),
        left=left,
        refusal=_refusal(terms, left, now),
        score=scores.quiz_score(released, *rules),
        rules=rules,
        waiting=any(a.is_submitted and a not in released for a in attempts),
    )


def _refusal(terms: Terms, left: int | None, now: datetime) -> Refusal | None:
    if terms.opens_at is not None and now < terms.opens_at:
        return Refusal("not-open", terms.opens_at)
    if terms.closes_at is not None and now >= terms.closes_at:
        return Refusal("closed", terms.closes_at)
    if left == 0:
        return Refusal("used-up")
    return None


def _same_code(expected: str, given: str | None) -> bool:
    def plain(code: str) -> bytes:
        return "".join(code.split()).casefold().encode()

    return hmac.compare_digest(plain(expected), plain(given or ""))


def _to_practise(slot: Slot, course: Course) -> Question | None:
    """The question of a slot that went wrong: as it is in the course now, or as it was shown if it is gone."""
    if slot.fraction is None or slot.fraction >= 1:
        return None
    current = course.question(slot.question_id)
    return current if current is not None and not current.retired else revisions.question_of(slot.revision)
