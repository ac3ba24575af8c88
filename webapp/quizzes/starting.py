"""What a person is offered: whether a quiz can be started, how often still, on what terms, and starting it."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from webapp import questions
from webapp.accounts import course_roles
from webapp.accounts.course_roles import CourseAccess
from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.content.course.quiz import Quiz, Score
from webapp.database import db
from webapp.questions.contract import Question
from webapp.quizzes import attempt_state, eligibility, handing_in, revisions, scores, selection
from webapp.quizzes.eligibility import NO_STANDING, Refusal, Standing
from webapp.quizzes.models import Accommodation, Assignment, Attempt, Slot
from webapp.quizzes.policy import AttemptPolicy
from webapp.quizzes.scores import QuizScore
from webapp.quizzes.selection import DrawnQuestion
from webapp.quizzes.terms import (
    NO_ALLOWANCE,
    Allowance,
    Terms,
    allowances_for,
    allowed,
    class_of,
    set_deadline,
    terms_of,
)
from webapp.quizzes.vocabulary import AttemptKind, AttemptState, FeedbackTime


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
    #: how the person stands to the quiz
    standing: Standing

    @property
    def counting(self) -> list[Attempt]:
        """The attempts that make the score, once they are handed in."""
        return self.standing.counting(self.attempts)

    @property
    def may_start(self) -> bool:
        return self.open is None and self.refusal is None

    @property
    def earlier(self) -> tuple[Attempt, ...]:
        """The attempts that are handed in, the latest first."""
        return tuple(attempt for attempt in self.attempts if attempt.is_submitted)


def offer(user: User | None, quiz: Quiz, course: Course, now: datetime, *, access_code: str | None = None) -> Offer:
    """What `user` (None: a visitor) is offered at a quiz. At most three queries, and one where it is not known yet how
    they stand to the course.

    Of several classes that are set the quiz, one whose code is given comes first.
    """
    standing = eligibility.standing(user.id if user else None, quiz.course_id, quiz.id, now)
    in_course = course_roles.access_of(user, course.id)
    if user is None:
        return _offer(quiz, (), standing, (), now, in_course)
    attempts = db.session.scalars(_attempts_at(), _asked(user.id, quiz.course_id, quiz.id)).all()
    return _offer(quiz, attempts, standing, allowances_for(user.id, quiz.course_id), now, in_course, access_code)


def offers(user: User | None, course: Course, now: datetime) -> list[Offer]:
    """The same for every quiz of the course, in its order; no more queries in all."""
    in_course = course_roles.access_of(user, course.id)
    standings = eligibility.standings(user.id if user else None, course.id, now)
    attempts = _by_quiz(db.session.scalars(own_attempts(), _asked(user.id, course.id))) if user else {}
    accommodations = allowances_for(user.id, course.id) if user else []
    return [
        _offer(quiz, attempts.get(quiz.id, ()), standings.get(quiz.id, NO_STANDING), accommodations, now, in_course)
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
    offered = offer(user, quiz, course, now, access_code=access_code)
    if offered.open is not None:
        if not handing_in.expire(offered.open, now):
            return offered.open
        offered = offer(user, quiz, course, now, access_code=access_code)
    if offered.refusal is not None:
        raise NotOffered(offered.refusal)
    assignment = offered.terms.assignment
    if assignment is not None and assignment.access_code and not _same_code(assignment.access_code, access_code):
        raise WrongCode
    seed = selection.new_seed() if seed is None else seed
    seen = {id: times for id, times in times_seen(user.id, course.id).items() if course.question(id) is not None}
    kept = eligibility.kept_questions(course, now)
    paper = selection.draw(quiz, course, seed, seen, kept)
    if not paper:
        raise NotOffered(Refusal("empty"))
    limit = assignment.time_limit if assignment and assignment.time_limit is not None else quiz.policy.time_limit
    attempt = Attempt(
        user_id=user.id,
        course_id=course.id,
        quiz_id=quiz.id,
        kind=AttemptKind(quiz.kind),
        seed=seed,
        drawn_from={"edition": course.digest, "seen": seen} | ({"kept": sorted(kept)} if kept else {}),
        # Somebody who has begun goes on by the rules they began under.
        policy=replace(AttemptPolicy.of(quiz, limit), score=offered.rules[0], pass_mark=offered.rules[1]),
        assignment=assignment,
        assignment_id=assignment.id if assignment else None,
    )
    return _store(attempt, paper, now)


def practise(user: User, source: Attempt, course: Course, now: datetime, *, seed: int | None = None) -> Attempt | None:
    """A paper of what went wrong in `source`, with feedback at once, counting for nothing. None: nothing went wrong.

    A practice paper with the same questions that is still open is continued; one with others is handed in. Raises
    NotOffered where the course lets nothing be begun.
    """
    refused = eligibility.refused_by_course(course_roles.access_of(user, course.id))
    if refused is not None:
        raise NotOffered(refused)
    kept = eligibility.kept_questions(course, now)
    found = [question for slot in source.slots if (question := _to_practise(slot, course)) is not None]
    wrong = [question for question in found if question.id not in kept]
    if not wrong:
        return None
    quiz_id = f"{AttemptKind.PRACTICE}:{source.quiz_behind}"
    running = db.session.scalar(_open_attempt(), _asked(user.id, source.course_id, quiz_id))
    if running is not None:
        if {slot.question_id for slot in running.slots} == {question.id for question in wrong}:
            return running
        handing_in.submit(running, now)
    seed = selection.new_seed() if seed is None else seed
    attempt = Attempt(
        user_id=user.id,
        course_id=source.course_id,
        quiz_id=quiz_id,
        kind=AttemptKind.PRACTICE,
        seed=seed,
        drawn_from={"edition": course.digest, "attempt": source.id},
        policy=replace(source.policy, graded=False, feedback=FeedbackTime.AT_ONCE, time_limit=None, attempts=None),
    )
    return _store(attempt, selection.again(wrong, seed), now)


def times_seen(user_id: int, course_id: str) -> dict[str, int]:
    """question id → how often it was on a paper of this person in the course, open and void ones included."""
    return dict(db.session.execute(_counted(), _asked(user_id, course_id)).tuples().all())


@cache
def _counted() -> Select[tuple[str, int]]:
    return (
        select(Slot.question_id, func.count())
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .where(Attempt.user_id == bindparam("user_id"), Attempt.course_id == bindparam("course_id"))
        .group_by(Slot.question_id)
    )


def _store(attempt: Attempt, paper: Sequence[DrawnQuestion], now: datetime) -> Attempt:
    """Stores an attempt with its slots; gives the open one instead when another request was quicker."""
    attempt.policy = replace(attempt.policy, questions=len(paper))
    digests = revisions.keep([drawn.question for drawn in paper], now)
    attempt.state = AttemptState.OPEN
    attempt.started_at = attempt.active_at = now
    attempt.position = 1
    attempt.max_score = float(sum(drawn.question.points for drawn in paper))
    attempt.number = _next_number(attempt.user_id, attempt.course_id, attempt.quiz_id)
    set_deadline(attempt)
    mine = attempt.user_id, attempt.course_id, attempt.quiz_id
    try:
        with db.session.begin_nested():
            db.session.add(attempt)
            db.session.flush()
            # Nobody needs their ids yet: all in one statement.
            db.session.execute(
                insert(Slot),
                [
                    {
                        "attempt_id": attempt.id,
                        "position": position,
                        "question_id": drawn.question.id,
                        "digest": digests[drawn.question.id],
                        "order_seed": drawn.order_seed,
                        "points": float(drawn.question.points),
                    }
                    for position, drawn in enumerate(paper, start=1)
                ],
            )
    except IntegrityError:
        quicker = db.session.scalar(_open_attempt(), _asked(*mine))
        if quicker is None:
            raise
        return quicker
    return attempt


def _next_number(user_id: int, course_id: str, quiz_id: str) -> int:
    return (db.session.scalar(_last_number(), _asked(user_id, course_id, quiz_id)) or 0) + 1


@cache
def _last_number() -> Select[tuple[int]]:
    return select(func.max(Attempt.number)).where(
        Attempt.user_id == bindparam("user_id"),
        Attempt.course_id == bindparam("course_id"),
        Attempt.quiz_id == bindparam("quiz_id"),
    )


def _asked(user_id: int, course_id: str, quiz_id: str | None = None) -> dict[str, Any]:
    return {"user_id": user_id, "course_id": course_id, "quiz_id": quiz_id}


@cache
def _open_attempt() -> Select[tuple[Attempt]]:
    return _attempts_at().where(Attempt.state == AttemptState.OPEN)


@cache
def _attempts_at() -> Select[tuple[Attempt]]:
    """A person's attempts at a quiz, the latest first."""
    return own_attempts().where(Attempt.quiz_id == bindparam("quiz_id"))


@cache
def own_attempts() -> Select[tuple[Attempt]]:
    """A person's attempts in a course, the latest first."""
    return (
        select(Attempt)
        .options(joinedload(Attempt.assignment))
        .where(
            Attempt.user_id == bindparam("user_id"),
            Attempt.course_id == bindparam("course_id"),
            Attempt.state != AttemptState.VOID,
        )
        .order_by(Attempt.number.desc())
    )


def _by_quiz(rows: Iterable[Attempt]) -> dict[str, list[Attempt]]:
    grouped: dict[str, list[Attempt]] = {}
    for row in rows:
        grouped.setdefault(row.quiz_id, []).append(row)
    return grouped


def _offer(
    quiz: Quiz,
    attempts: Sequence[Attempt],
    standing: Standing,
    accommodations: Sequence[Accommodation],
    now: datetime,
    in_course: CourseAccess,
    access_code: str | None = None,
) -> Offer:
    def allowance(assignment: Assignment | None) -> Allowance:
        return allowed(accommodations, quiz.id, class_of(assignment)) if accommodations else NO_ALLOWANCE

    fitting = [a for a in standing.mine if access_code and a.access_code and _same_code(a.access_code, access_code)]
    assignment = eligibility.assignment_for(fitting or standing.mine, attempts, allowance, quiz.policy.attempts, now)
    terms = terms_of(quiz, assignment, allowance(assignment))
    if assignment is None:
        made = [a for a in attempts if a.set_aside is None]
    else:
        made = [a for a in attempts if a.assignment_id == assignment.id]
    left = None if terms.attempts is None else max(0, terms.attempts - len(made))
    rules = scores.rules_of(standing.counting(attempts), quiz.policy.score, quiz.policy.pass_mark)
    released = [a for a in attempts if attempt_state.is_released(a, now, standing)]
    return Offer(
        quiz=quiz,
        terms=terms,
        attempts=tuple(attempts),
        open=next((a for a in attempts if a.is_open), None),
        used=len(made),
        left=left,
        refusal=eligibility.refusal(quiz, standing, terms, left, now, in_course),
        score=scores.quiz_score(standing.counting(released), *rules),
        rules=rules,
        waiting=any(a.is_submitted and a not in released for a in attempts),
        standing=standing,
    )


def _same_code(expected: str, given: str | None) -> bool:
    def plain(code: str) -> bytes:
        return "".join(code.split()).casefold().encode()

    return hmac.compare_digest(plain(expected), plain(given or ""))


def _to_practise(slot: Slot, course: Course) -> Question | None:
    """The question of a slot that went wrong: as it is in the course now, or as it was shown if it is gone.

    None of those that people grade: in practice there is nobody.
    """
    if slot.fraction is None or slot.fraction >= 1:
        return None
    current = course.question(slot.question_id)
    question = current if current is not None and not current.retired else revisions.question_of(slot.revision)
    return question if questions.type_of(question).rubric(question) is None else None
