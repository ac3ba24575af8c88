"""What holds for one person at one quiz: the quiz's policy, what their cohort was set, and their accommodations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from webapp.accounts.models import Cohort, CohortMember
from webapp.content.course.quiz import Quiz
from webapp.database import db
from webapp.quizzes.models import Accommodation, Assignment, Attempt
from webapp.quizzes.policy import feedback_time
from webapp.quizzes.vocabulary import AttemptState, FeedbackTime, LatePolicy

#: an answer that was under way when the time ran out still counts
GRACE = timedelta(seconds=5)


@dataclass(frozen=True)
class Allowance:
    """What somebody is allowed beyond the rules. Where several accommodations hold, the largest of each counts.

    What a class granted holds under that class's assignments, nowhere else: other classes, and what is open to
    everybody, go by their own rules.
    """

    extra_time_percent: int = 0
    extra_attempts: int = 0
    later_hours: int = 0

    @property
    def later(self) -> timedelta:
        return timedelta(hours=self.later_hours)


NO_ALLOWANCE = Allowance()


@dataclass(frozen=True)
class Terms:
    """The rules in force for one person at one quiz; dates and times include their accommodations."""

    assignment: Assignment | None
    allowance: Allowance
    opens_at: datetime | None
    due_at: datetime | None
    #: nothing can be started or answered from then on
    closes_at: datetime | None
    #: minutes
    time_limit: float | None
    #: how many attempts in all; None is without limit
    attempts: int | None
    needs_code: bool
    feedback: FeedbackTime | datetime
    #: on whose clock its dates were set; None where nobody knows
    zone: str | None = None


def terms_of(quiz: Quiz, assignment: Assignment | None, allowance: Allowance) -> Terms:
    policy = quiz.policy
    limit = assignment.time_limit if assignment and assignment.time_limit is not None else policy.time_limit
    attempts = assignment.attempts if assignment and assignment.attempts is not None else policy.attempts
    return Terms(
        assignment=assignment,
        allowance=allowance,
        opens_at=assignment.opens_at if assignment else None,
        due_at=due(assignment, allowance),
        closes_at=closing(assignment, allowance),
        time_limit=None if limit is None else limit * (100 + allowance.extra_time_percent) / 100,
        attempts=None if attempts is None else attempts + allowance.extra_attempts,
        needs_code=bool(assignment and assignment.access_code),
        feedback=feedback_time((assignment and assignment.feedback_at) or policy.feedback),
        zone=assignment.zone if assignment else None,
    )


def due(assignment: Assignment | None, allowance: Allowance) -> datetime | None:
    """When work counts as late, for this person."""
    if assignment is None or assignment.withdrawn_at or assignment.due_at is None:
        return None
    return assignment.due_at + allowance.later


def closing(assignment: Assignment | None, allowance: Allowance) -> datetime | None:
    """When no answer is taken any more: the closing date, or the due date where late work is refused."""
    if assignment is None or assignment.withdrawn_at:
        return None
    ends = [assignment.closes_at]
    if assignment.late_policy == LatePolicy.REFUSE:
        ends.append(assignment.due_at)
    return min((end + allowance.later for end in ends if end is not None), default=None)


def deadline_under(attempt: Attempt, assignment: Assignment | None, allowance: Allowance) -> datetime | None:
    """When the server hands an attempt in: its time limit with extra time, or the closing date, whichever is first.

    An extension given by an instructor wins where it is later; time given to all comes on top. None: no limit.
    """
    ends = []
    limit = attempt.policy.time_limit
    if limit is not None:
        ends.append(attempt.started_at + timedelta(minutes=limit) * (100 + allowance.extra_time_percent) / 100)
    closes = closing(assignment, allowance)
    if closes is not None:
        ends.append(closes)
    if not ends:
        return None
    end = min(ends)
    if attempt.extended_to:
        end = max(end, attempt.extended_to)
    return end + timedelta(seconds=attempt.given_seconds or 0)


def effective_deadline(attempt: Attempt) -> datetime | None:
    """When the server hands this attempt in, by what holds at this moment: at most one query, none without a limit."""
    if not _may_end(attempt):
        return None
    return deadline_under(attempt, attempt.assignment, allowance_of(attempt))


def set_deadline(attempt: Attempt) -> datetime | None:
    """Brings `attempt.deadline` up to date with the rules, and returns it."""
    deadline = effective_deadline(attempt)
    if attempt.deadline != deadline:
        attempt.deadline = deadline
    return deadline


def refresh_deadlines(
    *,
    user_id: int | None = None,
    cohort_id: int | None = None,
    course_id: str | None = None,
    quiz_id: str | None = None,
    assignment_id: int | None = None,
) -> int:
    """Brings the deadlines of running attempts up to date; returns how many moved. Flushes.

    A quiz is given together with its course. To be called when an assignment or an accommodation changes, with what it
    is for, so that overdue attempts are found by their column. A learner at work is served by `effective_deadline` in
    any case.
    """
    query = select(Attempt).options(joinedload(Attempt.assignment)).where(Attempt.state == AttemptState.OPEN)
    if user_id is not None:
        query = query.where(Attempt.user_id == user_id)
    if cohort_id is not None:
        members = select(CohortMember.user_id).where(CohortMember.cohort_id == cohort_id)
        query = query.where(Attempt.user_id.in_(members))
    if course_id is not None:
        query = query.where(Attempt.course_id == course_id)
    if quiz_id is not None:
        query = query.where(Attempt.quiz_id == quiz_id)
    if assignment_id is not None:
        query = query.where(Attempt.assignment_id == assignment_id)
    moved = 0
    for attempt in db.session.scalars(query):
        before = attempt.deadline
        moved += before != set_deadline(attempt)
    db.session.flush()
    return moved


def _may_end(attempt: Attempt) -> bool:
    return attempt.policy.time_limit is not None or attempt.assignment_id is not None


def allowance_of(attempt: Attempt) -> Allowance:
    """What its learner is allowed at an attempt: one query."""
    held = select(Accommodation).where(_holds_for(attempt.user_id, attempt.course_id), _covers(attempt.quiz_id))
    return combined(db.session.scalars(held.where(_holds_in(class_of(attempt.assignment)))).all())


def allowances_at(assignment: Assignment) -> dict[int, Allowance]:
    """user id → what they are allowed at an assignment's quiz, for all who are allowed anything; one query."""
    of_class = select(Cohort.course_id).where(Cohort.id == assignment.cohort_id).scalar_subquery()
    rows = db.session.execute(
        select(Accommodation, CohortMember.user_id)
        .outerjoin(
            CohortMember, and_(CohortMember.cohort_id == Accommodation.cohort_id, CohortMember.left_at.is_(None))
        )
        .where(
            Accommodation.ended_at.is_(None),
            Accommodation.course_id == of_class,
            _covers(assignment.quiz_id),
            _holds_in(assignment.cohort_id),
        )
    )
    of: dict[int, list[Accommodation]] = {}
    for accommodation, member in rows:
        user_id = accommodation.user_id or member
        if user_id is not None:
            of.setdefault(user_id, []).append(accommodation)
    return {user_id: combined(found) for user_id, found in of.items()}


def class_of(assignment: Assignment | None) -> int | None:
    """The class under whose rules something is done."""
    return assignment.cohort_id if assignment is not None else None


def allowances_for(user_id: int, course_id: str) -> list[Accommodation]:
    """All accommodations in force for a person in a course, of any class and for any quiz."""
    return list(db.session.scalars(_in_course(), {"user_id": user_id, "course_id": course_id}))


@cache
def _in_course() -> Select[tuple[Accommodation]]:
    return select(Accommodation).where(_holds_for(bindparam("user_id"), bindparam("course_id")))


def allowed(accommodations: Iterable[Accommodation], quiz_id: str, cohort_id: int | None) -> Allowance:
    """What those among the accommodations give that hold for a quiz in a class; None: under no assignment."""
    return combined(
        each for each in accommodations if each.quiz_id in (None, quiz_id) and each.of_class in (None, cohort_id)
    )


def combined(accommodations: Iterable[Accommodation]) -> Allowance:
    """The largest of each."""
    found = list(accommodations)
    if not found:
        return NO_ALLOWANCE
    return Allowance(
        max(a.extra_time_percent for a in found),
        max(a.extra_attempts for a in found),
        max(a.later_hours for a in found),
    )


def _cohorts_of(user_id: int | ColumnElement[int]) -> Select[tuple[int]]:
    """The classes a person is in: what a class is allowed ends when somebody leaves it."""
    return select(CohortMember.cohort_id).where(CohortMember.user_id == user_id, CohortMember.left_at.is_(None))


def _holds_for(user_id: int | ColumnElement[int], course_id: str | ColumnElement[str]) -> ColumnElement[bool]:
    mine = or_(Accommodation.user_id == user_id, Accommodation.cohort_id.in_(_cohorts_of(user_id)))
    return mine & Accommodation.ended_at.is_(None) & (Accommodation.course_id == course_id)


def _covers(quiz_id: str) -> ColumnElement[bool]:
    return or_(Accommodation.quiz_id.is_(None), Accommodation.quiz_id == quiz_id)


def _holds_in(cohort_id: int | None) -> ColumnElement[bool]:
    """Granted by this class. Of some old ones nobody knows which class did; they hold everywhere until they end."""
    granted_by = func.coalesce(Accommodation.cohort_id, Accommodation.granted_by_cohort)
    return granted_by.is_(None) if cohort_id is None else or_(granted_by.is_(None), granted_by == cohort_id)


def in_force(
    assignments: Sequence[Assignment], allowance: Callable[[Assignment], Allowance], now: datetime
) -> Assignment | None:
    """The one of several assignments of a quiz that counts for a person, by what each class allows them: the kindest.

    An open one before one that opens later before one that is over; of open ones the one that closes last, of coming
    ones the next, of past ones the latest.
    """

    def rank(assignment: Assignment) -> tuple[int, float]:
        closes = closing(assignment, allowance(assignment))
        if closes is not None and closes <= now:
            return (2, -closes.timestamp())
        if assignment.opens_at is not None and assignment.opens_at > now:
            return (1, assignment.opens_at.timestamp())
        return (0, -closes.timestamp() if closes is not None else float("-inf"))

    return min(assignments, key=rank, default=None)
