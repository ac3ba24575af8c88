"""Who may take a quiz, what of it counts, and from when on its keys are shown. Every door asks here.

A quiz that is set to a class is taken under the rules of the class or not at all by whoever is in the class or was in
it; others stay outside as long as the class keeps it to itself. Its keys come to nobody before their date, however
they came to have an attempt at it. Questions kept for exams stay out of everything else until they are released.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Literal

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from webapp.accounts.course_roles import CourseAccess
from webapp.accounts.models import Cohort, CohortMember
from webapp.content.course.course import Course
from webapp.content.course.quiz import Quiz
from webapp.database import db
from webapp.quizzes.models import Assignment, Attempt
from webapp.quizzes.terms import NO_ALLOWANCE, Allowance, Terms, closing, in_force
from webapp.quizzes.vocabulary import AttemptKind, SetAside

#: until somebody decides otherwise: no date is known
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Refusal:
    """Why a quiz can't be started.

    "set" is kept for a class, until `at` where that is known; "by-assignment" is taken only by those it is set to.
    "not-open" until `at`, "closed" since `at`, "used-up", "empty". "not-admitted": the course is not for this person;
    "archived": the course is, since `at`.
    """

    reason: Literal["set", "by-assignment", "not-open", "closed", "used-up", "empty", "not-admitted", "archived"]
    at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """How one person stands to one quiz: what their classes are set, and what other classes keep to themselves."""

    #: of classes that the person is in or was in, open now or not
    mine: tuple[Assignment, ...] = ()
    #: of classes that they have no part in, as far as these keep the quiz or its keys to themselves
    others: tuple[Assignment, ...] = ()

    @property
    def classes(self) -> frozenset[int]:
        """The person's classes that are set the quiz."""
        return frozenset(assignment.cohort_id for assignment in self.mine)

    def keys_from(self, attempt: Attempt, now: datetime) -> datetime | None:
        """When the classes let the keys of this person's attempt be shown; None: they don't keep them back now.

        An attempt under an assignment goes by the person's own classes, any other one by all classes.
        """
        under = attempt.assignment is not None and attempt.assignment.withdrawn_at is None
        keeping = self.mine if under else (*self.mine, *self.others)
        return _latest((date for each in keeping for date in (each.opens_at, each.feedback_at)), now)

    def counting(self, attempts: Iterable[Attempt]) -> list[Attempt]:
        """Those of the person's attempts at the quiz that make a score."""
        return [attempt for attempt in attempts if counts(attempt.set_aside, _class_of(attempt), self.classes)]


NO_STANDING = Standing()


# --- who stands how --------------------------------------------------------------------------------------------------


def standings(user_id: int | None, course_id: str, now: datetime, quiz_id: str | None = None) -> dict[str, Standing]:
    """quiz id → how a person (None: a visitor) stands to it, where a class of the course has anything to say; one
    query."""
    asked = {"user_id": user_id or 0, "course_id": course_id, "now": now, "quiz_id": quiz_id}
    mine: dict[str, list[Assignment]] = {}
    others: dict[str, list[Assignment]] = {}
    for assignment, has_part in db.session.execute(_said(of_quiz=quiz_id is not None), asked):
        (mine if has_part else others).setdefault(assignment.quiz_id, []).append(assignment)
    return {id: Standing(tuple(mine.get(id, ())), tuple(others.get(id, ()))) for id in mine.keys() | others.keys()}


@cache
def _said(*, of_quiz: bool) -> Select[tuple[Assignment, bool]]:
    """The assignments of a course that say anything about a person or to everybody."""
    wanted = (
        select(Assignment, CohortMember.user_id.is_not(None))
        .join(Cohort, Cohort.id == Assignment.cohort_id)
        .outerjoin(
            CohortMember,
            and_(CohortMember.cohort_id == Assignment.cohort_id, CohortMember.user_id == bindparam("user_id")),
        )
        .where(
            is_running(),
            Cohort.course_id == bindparam("course_id"),
            or_(CohortMember.user_id.is_not(None), _may_keep(bindparam("now"))),
        )
        .order_by(Assignment.id)
    )
    return wanted.where(Assignment.quiz_id == bindparam("quiz_id")) if of_quiz else wanted


def assignments_of(user_id: int, course_id: str) -> list[Assignment]:
    """All that the classes of a person are set in a course, whether they are in them or left them; one query."""
    of_classes = select(CohortMember.cohort_id).where(CohortMember.user_id == user_id)
    return list(
        db.session.scalars(
            select(Assignment)
            .join(Cohort, Cohort.id == Assignment.cohort_id)
            .where(is_running(), Cohort.course_id == course_id, Assignment.cohort_id.in_(of_classes))
            .order_by(Assignment.id)
        )
    )


def standing(user_id: int | None, course_id: str, quiz_id: str, now: datetime) -> Standing:
    """How a person stands to one quiz: one query."""
    return standings(user_id, course_id, now, quiz_id).get(quiz_id, NO_STANDING)


def standing_of(attempt: Attempt, now: datetime) -> Standing:
    """How the learner of an attempt stands to its quiz; for practice, to the one whose mistakes are practised."""
    if attempt.kind == AttemptKind.REVIEW:
        return NO_STANDING
    return standing(attempt.user_id, attempt.course_id, attempt.quiz_behind, now)


def is_running() -> ColumnElement[bool]:
    """The condition on Assignment and Cohort: not withdrawn, and of a class that is not archived."""
    return Assignment.withdrawn_at.is_(None) & Cohort.archived_at.is_(None)


def _may_keep(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    """The condition for assignments that can keep anything from others at this moment; `kept_until` decides."""
    guarded = or_(Assignment.access_code.is_not(None), Assignment.attempts.is_not(None))
    ended = and_(Assignment.closes_at.is_not(None), Assignment.closes_at <= now)
    return or_(
        Assignment.opens_at > now,
        Assignment.feedback_at > now,
        and_(guarded, Assignment.feedback_at.is_(None), ~ended),
    )


# --- taking a quiz ---------------------------------------------------------------------------------------------------


def kept_until(assignment: Assignment) -> datetime | None:
    """Until when a class keeps a quiz from everybody else; None: it never does.

    Before it opens, and until its feedback date. Where there is a code or a limit of attempts of its own, but no such
    date, until it closes, or until the assignment is taken back.
    """
    dates = [assignment.opens_at, assignment.feedback_at]
    if assignment.feedback_at is None and (assignment.access_code or assignment.attempts is not None):
        dates.append(closing(assignment, NO_ALLOWANCE) or NEVER)
    return max((date for date in dates if date is not None), default=None)


def assignment_for(
    mine: Sequence[Assignment],
    attempts: Sequence[Attempt],
    allowance: Callable[[Assignment], Allowance],
    limit: int | None,
    now: datetime,
) -> Assignment | None:
    """Under which of a person's assignments the next attempt is made: the kindest of those with an attempt left.

    One that can be begun without a code comes before one that asks for it: who gives the code means that one, and is
    not asked here. `allowance` gives what the class of an assignment allows the person; `limit` is how often the quiz
    itself lets it be taken.
    """

    def used_up(assignment: Assignment) -> bool:
        most = assignment.attempts if assignment.attempts is not None else limit
        made = sum(attempt.assignment_id == assignment.id for attempt in attempts)
        return most is not None and made >= most + allowance(assignment).extra_attempts

    def is_plain(assignment: Assignment) -> bool:
        closes = closing(assignment, allowance(assignment))
        is_open = (assignment.opens_at is None or assignment.opens_at <= now) and (closes is None or closes > now)
        return is_open and not assignment.access_code

    left = [each for each in mine if not used_up(each)]
    return in_force([each for each in left if is_plain(each)] or left or mine, allowance, now)


def refused_by_course(standing: CourseAccess) -> Refusal | None:
    """Why somebody who stands so to a course can begin nothing in it, be it a quiz, practice or a review; None: they
    can."""
    if not standing.is_admitted:
        return Refusal("not-admitted")
    return Refusal("archived", standing.archived_at) if standing.archived_at is not None else None


def refusal(
    quiz: Quiz, standing: Standing, terms: Terms, left: int | None, now: datetime, in_course: CourseAccess
) -> Refusal | None:
    """Why the person can't begin an attempt now; None when they can (with the code, where one is needed)."""
    by_course = refused_by_course(in_course)
    if by_course is not None:
        return by_course
    if not standing.mine:
        if quiz.open_to == "assigned":
            return Refusal("by-assignment")
        until = _latest((kept_until(assignment) for assignment in standing.others), now)
        if until is not None:
            return Refusal("set", None if until == NEVER else until)
    if terms.opens_at is not None and now < terms.opens_at:
        return Refusal("not-open", terms.opens_at)
    if terms.closes_at is not None and now >= terms.closes_at:
        return Refusal("closed", terms.closes_at)
    if left == 0:
        return Refusal("used-up")
    return None


def _latest(dates: Iterable[datetime | None], now: datetime) -> datetime | None:
    """The latest of the dates that are still to come."""
    return max((date for date in dates if date is not None and date > now), default=None)


# --- what counts -----------------------------------------------------------------------------------------------------


def counts(set_aside: SetAside | None, under: int | None, setters: Collection[int]) -> bool:
    """Whether an attempt makes a score.

    `under` is the class under whose assignment it was made, `setters` those of the classes in question that are set
    the quiz: where there are any, only what was made under their rules counts.
    """
    return set_aside is None and (not setters or under in setters)


def quizzes_set() -> ScalarSelect[str | None]:
    """In a query of cohorts: the ids of the quizzes that each is set, with commas between."""
    return (
        select(func.aggregate_strings(Assignment.quiz_id, ","))
        .where(Assignment.cohort_id == Cohort.id, Assignment.withdrawn_at.is_(None))
        .correlate(Cohort)
        .scalar_subquery()
    )


def counts_for_learner() -> ColumnElement[bool]:
    """The condition on Attempt: it makes a score on its learner's own pages. The same rule as `Standing.counting`."""
    of_learner = (
        select(Assignment.id)
        .join(Cohort, Cohort.id == Assignment.cohort_id)
        .join(CohortMember, CohortMember.cohort_id == Assignment.cohort_id)
        .where(
            Assignment.quiz_id == Attempt.quiz_id,
            Cohort.course_id == Attempt.course_id,
            CohortMember.user_id == Attempt.user_id,
            is_running(),
        )
        .correlate(Attempt)
    )
    under = of_learner.where(Assignment.id == Attempt.assignment_id).exists()
    return and_(Attempt.set_aside.is_(None), or_(~of_learner.exists(), under))


def counting_in(cohort_id: int) -> ColumnElement[bool]:
    """The condition on an Attempt of the course of this class: it counts there, for statistics."""
    of_class = and_(Assignment.cohort_id == cohort_id, Assignment.withdrawn_at.is_(None))
    return and_(
        Attempt.set_aside.is_(None),
        or_(
            Attempt.quiz_id.not_in(select(Assignment.quiz_id).where(of_class)),
            Attempt.assignment_id.in_(select(Assignment.id).where(of_class)),
        ),
    )


def _class_of(attempt: Attempt) -> int | None:
    return attempt.assignment.cohort_id if attempt.assignment is not None else None


# --- keys ------------------------------------------------------------------------------------------------------------


def keys_kept(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """The condition on Attempt: a class keeps its keys back from its learner. The same rule as `Standing.keys_from`."""
    own = aliased(Assignment)
    under = exists().where(own.id == Attempt.assignment_id, own.withdrawn_at.is_(None))
    has_part = exists().where(CohortMember.cohort_id == Assignment.cohort_id, CohortMember.user_id == Attempt.user_id)
    return (
        select(Assignment.id)
        .join(Cohort, Cohort.id == Assignment.cohort_id)
        .where(
            Assignment.quiz_id == func.replace(Attempt.quiz_id, f"{AttemptKind.PRACTICE}:", ""),
            Cohort.course_id == Attempt.course_id,
            is_running(),
            or_(Assignment.feedback_at > now, Assignment.opens_at > now),
            or_(has_part, Assignment.id == Attempt.assignment_id, ~under),
        )
        .correlate(Attempt)
        .exists()
    )


def kept_questions(course: Course, now: datetime) -> frozenset[str]:
    """The ids of questions that are kept for exams and not released; one query, none where no question is kept.

    They are released when each class that is set a quiz which may draw them has had its feedback date, or when an
    instructor says so in the question. A class without such a date, or none at all, releases nothing.
    """
    drawn_by = course.exams
    if not drawn_by:
        return frozenset()
    dates: dict[str, list[datetime | None]] = {}
    quiz_ids = set().union(*drawn_by.values())
    for quiz_id, feedback_at in db.session.execute(
        select(Assignment.quiz_id, Assignment.feedback_at)
        .join(Cohort, Cohort.id == Assignment.cohort_id)
        .where(is_running(), Cohort.course_id == course.id, Assignment.quiz_id.in_(quiz_ids))
    ):
        dates.setdefault(quiz_id, []).append(feedback_at)
    return frozenset(id for id, quizzes in drawn_by.items() if not _are_over(quizzes, dates, now))


def _are_over(quiz_ids: Iterable[str], dates: Mapping[str, Sequence[datetime | None]], now: datetime) -> bool:
    all_dates = [date for quiz_id in quiz_ids for date in dates.get(quiz_id, ())]
    return bool(all_dates) and all(date is not None and date <= now for date in all_dates)
